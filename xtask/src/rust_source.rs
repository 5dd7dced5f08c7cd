//! A Rust file as the checks see it: its text, its code without comments and
//! literals, and which of its lines are test code.
//!
//! This is a scanner, not a parser: it knows comments, string and character
//! literals and matching braces, which is all the checks need. Masked text has
//! the same bytes per line as the original, so line numbers agree. Macros are
//! not expanded.

use std::ops::Range;

/// One `.rs` file.
#[derive(Debug)]
pub struct RustFile {
    /// Path relative to the root, with `/`.
    pub path: String,
    /// The file as it stands.
    pub text: String,
    /// The same with comments and the insides of literals blanked.
    pub code: String,
    test_lines: Vec<Range<usize>>,
    /// Names of modules declared as `#[cfg(test)] mod name;`.
    pub test_modules: Vec<String>,
}

impl RustFile {
    /// Scans `text`.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let (path, text) = (path.into(), text.into());
        let code = mask(&text);
        let (test_lines, test_modules) = test_items(&code);
        RustFile { path, text, code, test_lines, test_modules }
    }

    /// Whether the whole file exists for tests only.
    pub fn is_test_file(&self) -> bool {
        ["/tests/", "/benches/"].iter().any(|part| self.path.contains(part))
            || self.path.ends_with("/tests.rs")
            || self.path.starts_with("fuzz/")
    }

    /// Whether line `line` (from 1) is test code.
    pub fn is_test_line(&self, line: usize) -> bool {
        self.is_test_file() || self.test_lines.iter().any(|range| range.contains(&line))
    }

    /// The masked lines with their numbers, from 1.
    pub fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// The masked text without test items (their lines are empty).
    pub fn product_code(&self) -> String {
        let keep = |(number, line)| if self.is_test_line(number) { "" } else { line };
        self.code_lines().map(keep).collect::<Vec<_>>().join("\n")
    }

    /// The crate folder this file belongs to: `crates/ledger`, `xtask`, `fuzz`.
    pub fn home(&self) -> &str {
        let mut slashes = self.path.match_indices('/').map(|(at, _)| at);
        let end = match self.path.starts_with("crates/") {
            true => slashes.nth(1),
            false => slashes.next(),
        };
        &self.path[..end.unwrap_or(self.path.len())]
    }
}

/// Blanks comments and the insides of string and character literals.
pub fn mask(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = token_end(bytes, at);
        if let Some((hidden, end)) = end {
            for index in hidden {
                if out[index] != b'\n' {
                    out[index] = b' ';
                }
            }
            at = end;
        } else {
            at += 1;
        }
    }
    String::from_utf8(out).unwrap_or_default()
}

/// If a comment or literal begins at `at`: the bytes to hide, and where it ends.
fn token_end(bytes: &[u8], at: usize) -> Option<(Range<usize>, usize)> {
    let rest = &bytes[at..];
    if rest.starts_with(b"//") {
        let end = find(bytes, at, b"\n").unwrap_or(bytes.len());
        return Some((at..end, end));
    }
    if rest.starts_with(b"/*") {
        let end = block_comment_end(bytes, at);
        return Some((at..end, end));
    }
    if rest.starts_with(b"'") {
        return character_end(bytes, at).map(|end| (at + 1..end - 1, end));
    }
    let fresh = at == 0 || !is_word(bytes[at - 1]);
    let prefix = fresh && matches!(rest[0], b'r' | b'b' | b'c');
    if let Some(raw) = prefix.then(|| raw_string(bytes, at)).flatten() {
        return Some(raw);
    }
    if rest[0] == b'"' {
        let end = string_end(bytes, at + 1);
        return Some((at + 1..end.saturating_sub(1).max(at + 1), end));
    }
    None
}

fn block_comment_end(bytes: &[u8], start: usize) -> usize {
    let (mut depth, mut at) = (0usize, start);
    while at < bytes.len() {
        if bytes[at..].starts_with(b"/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if bytes[at..].starts_with(b"*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    bytes.len()
}

/// The end of a character literal, or `None` for a lifetime.
fn character_end(bytes: &[u8], at: usize) -> Option<usize> {
    if bytes.get(at + 1) == Some(&b'\\') {
        return find(bytes, at + 3, b"'").map(|end| end + 1);
    }
    let text = std::str::from_utf8(&bytes[at + 1..]).ok()?;
    let width = text.chars().next()?.len_utf8();
    (bytes.get(at + 1 + width) == Some(&b'\'')).then_some(at + width + 2)
}

fn raw_string(bytes: &[u8], at: usize) -> Option<(Range<usize>, usize)> {
    let r = at + bytes[at..].iter().take(2).position(|byte| *byte == b'r')?;
    let hashes = bytes[r + 1..].iter().take_while(|byte| **byte == b'#').count();
    let open = r + 1 + hashes;
    if bytes.get(open) != Some(&b'"') {
        return None;
    }
    let close = [b"\"".as_slice(), &b"#".repeat(hashes)].concat();
    let inner_end = find(bytes, open + 1, &close).unwrap_or(bytes.len());
    Some((open + 1..inner_end, (inner_end + close.len()).min(bytes.len())))
}

fn string_end(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn find(bytes: &[u8], from: usize, needle: &[u8]) -> Option<usize> {
    let rest = bytes.get(from..)?;
    rest.windows(needle.len()).position(|window| window == needle).map(|at| from + at)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Where `#[cfg(test)]` items stand, and which modules they declare elsewhere.
fn test_items(code: &str) -> (Vec<Range<usize>>, Vec<String>) {
    let (mut lines, mut modules) = (Vec::new(), Vec::new());
    for mark in ["#[cfg(test)]", "#[cfg(any(test", "#[cfg(all(test"] {
        for (start, _) in code.match_indices(mark) {
            let Some(length) = code[start..].find(['{', ';']) else {
                continue;
            };
            let head = &code[start..start + length];
            let end = if code[start + length..].starts_with(';') {
                if let Some(name) = head.split_whitespace().last().filter(|_| is_module(head)) {
                    modules.push(name.to_owned());
                }
                start + length
            } else {
                matching_brace(code, start + length).unwrap_or(code.len())
            };
            lines.push(line_of(code, start)..line_of(code, end) + 1);
        }
    }
    (lines, modules)
}

fn is_module(head: &str) -> bool {
    head.split_whitespace().rev().nth(1) == Some("mod")
}

/// The byte of the brace that closes the one at `open`.
pub fn matching_brace(code: &str, open: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (at, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 1 => return Some(at),
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// The line, from 1, in which byte `at` stands.
pub fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes()[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count() + 1
}

/// Whether `word` stands in `line` with no identifier character on either side.
pub fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].bytes().next_back();
        let after = line[at + word.len()..].bytes().next();
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(input: &str, want: Expect) {
        want.assert_eq(&mask(input));
    }

    #[test]
    fn comments_and_literals_are_blanked() {
        check("let a = 1; // now()", expect!["let a = 1;         "]);
        check("a /* x /* y */ z */ b", expect!["a                   b"]);
        check(r#"f("a \" b", 'c')"#, expect![[r#"f("      ", ' ')"#]]);
        check(r##"f(r#"a "b" c"#)"##, expect![[r##"f(r#"       "#)"##]]);
        check(r"x('\'', '\n')", expect![[r"x('  ', '  ')"]]);
    }

    #[test]
    fn lifetimes_and_raw_identifiers_stay() {
        check("fn f<'a>(r#type: &'a str)", expect!["fn f<'a>(r#type: &'a str)"]);
        check("let unclosed = \"abc", expect![[r#"let unclosed = "  c"#]]);
    }

    #[test]
    fn test_items_are_found() {
        let text = "use a;\n#[cfg(test)]\nmod tests {\n fn x() {}\n}\nfn y() {}\n";
        let file = RustFile::new("crates/x/src/a.rs", text);
        let test: Vec<_> = (1..=6).filter(|line| file.is_test_line(*line)).collect();
        assert_eq!(test, [2, 3, 4, 5]);
        let file = RustFile::new("crates/x/src/lib.rs", "#[cfg(test)]\nmod samples;\nmod b;\n");
        assert_eq!(file.test_modules, ["samples"]);
    }

    #[test]
    fn homes_and_words() {
        assert_eq!(RustFile::new("crates/ledger/src/a.rs", "").home(), "crates/ledger");
        assert_eq!(RustFile::new("xtask/src/a.rs", "").home(), "xtask");
        assert!(has_word("use tokio::net", "tokio"));
        assert!(!has_word("use tokio_util::net", "tokio"));
    }
}
