//! Just enough reading of Rust to tell which paths and words a file names outside of comments, strings and tests.

/// A file's words and marks in order, without comments, strings and test code.
pub struct Source {
    tokens: Vec<String>,
    /// Lines before the first `#[cfg(test)]` module, comments included.
    pub lines_before_tests: usize,
}

impl Source {
    pub fn new(text: &str) -> Source {
        let lines = text.lines().collect::<Vec<_>>();
        let tests = (0..lines.len())
            .find(|&i| lines[i] == "#[cfg(test)]" && lines.get(i + 1).is_some_and(|next| next.starts_with("mod ")));
        Source { tokens: without_tests(&tokens(&code(text))), lines_before_tests: tests.unwrap_or(lines.len()) }
    }

    /// Whether `word` is said at all.
    pub fn says(&self, word: &str) -> bool {
        self.tokens.iter().any(|token| token == word)
    }

    /// Whether `function` is called as the standard library's: `x.exp()`, `f32::exp`.
    pub fn calls_on_a_number(&self, function: &str) -> bool {
        self.tokens.windows(3).any(|three| {
            let method = three[0] == "." && three[1] == function && three[2] == "(";
            method || (["f32", "f64"].contains(&three[0].as_str()) && three[1] == "::" && three[2] == function)
        })
    }

    /// The paths that start at the crate's root, which is also `super` said `depth` times or more.
    pub fn paths(&self, depth: usize) -> Vec<Vec<String>> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < self.tokens.len() {
            let start = at;
            while self.is(at, "super") && self.is(at + 1, "::") {
                at += 2;
            }
            let root = at > start && (at - start) / 2 >= depth;
            if self.is(at, "crate") && self.is(at + 1, "::") {
                at += 2;
                self.tree(&mut at, &[], &mut found);
            } else if root {
                self.tree(&mut at, &[], &mut found);
            } else {
                at += 1;
            }
        }
        found
    }

    fn is(&self, at: usize, token: &str) -> bool {
        self.tokens.get(at).is_some_and(|found| found == token)
    }

    /// `a::b`, `a as b`, `{a, b::{c, d}}`: every path in it, each after `prefix`.
    fn tree(&self, at: &mut usize, prefix: &[String], found: &mut Vec<Vec<String>>) {
        if self.is(*at, "{") {
            *at += 1;
            while *at < self.tokens.len() && !self.is(*at, "}") {
                self.tree(at, prefix, found);
            }
            *at += 1;
            return;
        }
        let Some(word) = self.tokens.get(*at) else { return };
        *at += 1;
        if word == "," {
            return;
        }
        let path = [prefix, std::slice::from_ref(word)].concat();
        if self.is(*at, "::") {
            *at += 1;
            self.tree(at, &path, found);
        } else {
            found.push(path);
            if self.is(*at, "as") {
                *at += 2;
            }
        }
    }
}

/// Which room each name comes from that `lib.rs` hands on: `pub use network::{Network, Trace};`.
pub fn exports(lib: &str) -> Vec<(String, String)> {
    let source = Source::new(lib);
    let mut found = Vec::new();
    for at in 0..source.tokens.len() {
        if source.is(at, "pub") && source.is(at + 1, "use") {
            let mut at = if source.is(at + 2, "crate") { at + 4 } else { at + 2 };
            source.tree(&mut at, &[], &mut found);
        }
    }
    found
        .into_iter()
        .filter(|path| path.len() > 1)
        .map(|path| (path[path.len() - 1].clone(), path[0].clone()))
        .collect()
}

/// `text` with comments and the contents of strings and characters left out.
fn code(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let starts = |at: usize, what: &str| what.chars().enumerate().all(|(i, c)| chars.get(at + i) == Some(&c));
    let find = |from: usize, what: &str| (from..chars.len()).find(|&at| starts(at, what)).unwrap_or(chars.len());
    let mut code = String::new();
    let mut at = 0;
    while at < chars.len() {
        let raw = (0..4).map(|hashes| format!("r{}\"", "#".repeat(hashes))).find(|open| starts(at, open));
        let in_word = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_') && chars[at - 1] != 'b';
        if starts(at, "//") {
            at = find(at, "\n");
        } else if starts(at, "/*") {
            let mut depth = 0;
            loop {
                if starts(at, "/*") {
                    depth += 1;
                    at += 2;
                } else if starts(at, "*/") {
                    depth -= 1;
                    at += 2;
                } else {
                    at += 1;
                }
                if depth == 0 || at >= chars.len() {
                    break;
                }
            }
            code.push(' ');
        } else if let (Some(open), false) = (raw, in_word) {
            let close = format!("\"{}", "#".repeat(open.len() - 2));
            at = find(at + open.len(), &close) + close.len();
            code.push_str("\"\"");
        } else if chars[at] == '"' {
            at += 1;
            while at < chars.len() && chars[at] != '"' {
                at += if chars[at] == '\\' { 2 } else { 1 };
            }
            at += 1;
            code.push_str("\"\"");
        } else if chars[at] == '\'' && chars.get(at + 1) == Some(&'\\') {
            at = find(at + 3, "'") + 1;
        } else if chars[at] == '\'' && chars.get(at + 2) == Some(&'\'') {
            at += 3;
        } else {
            code.push(chars[at]);
            at += 1;
        }
    }
    code
}

/// Words, `::`, and every other mark by itself.
fn tokens(code: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut joins = ' ';
    for c in code.chars() {
        let word = c.is_alphanumeric() || c == '_';
        let joined = (word && (joins.is_alphanumeric() || joins == '_')) || (c == ':' && joins == ':');
        match tokens.last_mut() {
            Some(last) if joined => last.push(c),
            _ if c.is_whitespace() => {}
            _ => tokens.push(c.to_string()),
        }
        joins = if c == ':' && joined { ' ' } else { c };
    }
    tokens
}

/// `tokens` without what stands under `#[cfg(test)]`: the item up to its `;` or its closing brace.
fn without_tests(tokens: &[String]) -> Vec<String> {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if !tokens[at..].iter().zip(MARK).filter(|(token, mark)| token == mark).count().eq(&MARK.len()) {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        let mut depth = 0;
        while at < tokens.len() {
            match tokens[at].as_str() {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => {}
            }
            at += 1;
            if depth == 0 && [";", "}"].contains(&tokens[at - 1].as_str()) {
                break;
            }
        }
    }
    kept
}
