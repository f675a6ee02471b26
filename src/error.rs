//! One enum for everything that can go wrong, split by who can act: the file, the request, us.

/// Shorthand used everywhere.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong, where, and what to do about it.
///
/// The page switches on [`Error::code`], never on the message.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file is at fault: it is not what it claims to be.
    #[error("{place}: {problem}")]
    File {
        /// Tensor, field or byte offset.
        place: String,
        /// What is wrong there.
        problem: String,
        /// What would mend it.
        remedy: String,
    },
    /// The file is fine; it holds something that we do not support.
    #[error("{place}: {found} is not supported; known: {known}")]
    Unsupported {
        /// Field or tensor.
        place: String,
        /// What was found there.
        found: String,
        /// What could stand there.
        known: String,
    },
    /// The request is at fault: change the control that sent it.
    #[error("{name} must be {rule}; it is {got}")]
    Request {
        /// The control.
        name: String,
        /// What it has to satisfy.
        rule: String,
        /// What came.
        got: String,
    },
    /// What was asked for is not defined here; the reason is a sentence that says what to change.
    #[error("{reason}")]
    Refused {
        /// The control.
        name: String,
        /// Without a full stop, as every message.
        reason: String,
    },
    /// The page's memory does not suffice.
    #[error("{what} needs about {needed_mb} MB; at most {limit_mb} MB are allowed")]
    Memory {
        /// What was to be computed.
        what: String,
        /// Estimated peak, megabytes.
        needed_mb: usize,
        /// The limit, megabytes.
        limit_mb: usize,
    },
    /// We are at fault: please report it.
    #[error("internal error in {place}: {problem}")]
    Bug {
        /// Where it was noticed.
        place: &'static str,
        /// What was noticed.
        problem: String,
    },
}

impl Error {
    /// Stable name of the variant.
    pub fn code(&self) -> &'static str {
        match self {
            Error::File { .. } => "bad-file",
            Error::Unsupported { .. } => "unsupported",
            Error::Request { .. } | Error::Refused { .. } => "bad-request",
            Error::Memory { .. } => "too-large",
            Error::Bug { .. } => "bug",
        }
    }

    /// The place that the error names: tensor, control, field.
    pub fn place(&self) -> &str {
        match self {
            Error::File { place, .. } | Error::Unsupported { place, .. } => place,
            Error::Request { name, .. } | Error::Refused { name, .. } => name,
            Error::Memory { what, .. } => what,
            Error::Bug { place, .. } => place,
        }
    }

    /// What the person can do now.
    pub fn remedy(&self) -> String {
        match self {
            Error::File { remedy, .. } => remedy.clone(),
            Error::Unsupported { .. } => "Export the model with one of these.".into(),
            Error::Request { name, rule, .. } => format!("Choose a {name} that is {rule}."),
            Error::Refused { name, .. } => format!("Or choose another {name}."),
            Error::Memory { .. } => "Use a shorter input or a smaller model.".into(),
            Error::Bug { .. } => "Reload the page; the input and the settings are in the address.".into(),
        }
    }

    /// A file at fault.
    pub fn file(place: impl Into<String>, problem: impl Into<String>, remedy: impl Into<String>) -> Error {
        Error::File { place: place.into(), problem: problem.into(), remedy: remedy.into() }
    }

    /// A request at fault.
    pub fn request(name: impl Into<String>, rule: impl Into<String>, got: impl ToString) -> Error {
        Error::Request { name: name.into(), rule: rule.into(), got: got.to_string() }
    }

    /// A request for what is not defined here; `reason` is a sentence.
    pub fn refused(name: impl Into<String>, reason: impl AsRef<str>) -> Error {
        Error::Refused { name: name.into(), reason: reason.as_ref().trim_end_matches('.').into() }
    }

    /// Something in the file that we do not support.
    pub fn unsupported(place: impl Into<String>, found: impl Into<String>, known: impl Into<String>) -> Error {
        Error::Unsupported { place: place.into(), found: found.into(), known: known.into() }
    }
}
