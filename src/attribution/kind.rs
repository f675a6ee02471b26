//! Where a method stands among explanations (Du, Liu & Hu 2020, the taxonomy of their §2).

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// Was the network built to explain itself?
    pub origin: Origin,
    /// What is explained.
    pub scope: Scope,
    /// What it has to know of the network.
    pub access: Access,
}

/// When the explanation comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// It is a part of the network, as attention is.
    Intrinsic,
    /// It is made afterwards.
    PostHoc,
}

/// How far it reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// One answer to one input.
    Local,
    /// The network over many inputs.
    Global,
}

/// By what means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It asks for scores and nothing else: any model would do.
    Agnostic,
    /// It takes derivatives, or follows the equations of the cells.
    Specific,
}

impl Kind {
    /// One answer, from scores alone.
    pub const AGNOSTIC: Kind = Kind { origin: Origin::PostHoc, scope: Scope::Local, access: Access::Agnostic };
    /// One answer, from the inside of the network.
    pub const SPECIFIC: Kind = Kind { access: Access::Specific, ..Kind::AGNOSTIC };

    /// Three words for people.
    pub fn label(&self) -> String {
        let origin = match self.origin {
            Origin::Intrinsic => "intrinsic",
            Origin::PostHoc => "post-hoc",
        };
        let scope = match self.scope {
            Scope::Local => "local",
            Scope::Global => "global",
        };
        let access = match self.access {
            Access::Agnostic => "model-agnostic",
            Access::Specific => "model-specific",
        };
        format!("{origin}, {scope}, {access}")
    }
}
