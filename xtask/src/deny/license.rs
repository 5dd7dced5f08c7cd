//! SPDX license expressions: is one allowed by a list of licenses?
//!
//! Knows `AND`, `OR`, `WITH`, parentheses and the old `A/B` for `A OR B`. An
//! exception (`WITH`) only grants more than its license does and is not asked for.
//! What does not parse is not allowed.

/// Whether `expression` can be satisfied with the licenses in `allowed`.
pub fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader { words: &words, allowed };
    reader.alternatives().is_some_and(|answer| answer && reader.words.is_empty())
}

struct Reader<'a> {
    words: &'a [&'a str],
    allowed: &'a [String],
}

impl<'a> Reader<'a> {
    fn take(&mut self) -> Option<&'a str> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some(first)
    }

    fn take_if(&mut self, word: &str) -> bool {
        let found = self.words.first() == Some(&word);
        if found {
            self.words = &self.words[1..];
        }
        found
    }

    fn alternatives(&mut self) -> Option<bool> {
        let mut any = self.conjunction()?;
        while self.take_if("OR") {
            any |= self.conjunction()?;
        }
        Some(any)
    }

    fn conjunction(&mut self) -> Option<bool> {
        let mut all = self.license()?;
        while self.take_if("AND") {
            all &= self.license()?;
        }
        Some(all)
    }

    fn license(&mut self) -> Option<bool> {
        if self.take_if("(") {
            let inner = self.alternatives()?;
            return self.take_if(")").then_some(inner);
        }
        let name = self.take()?;
        if self.take_if("WITH") {
            self.take()?;
        }
        Some(self.allowed.iter().any(|allowed| allowed == name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expression: &str) -> bool {
        is_allowed(expression, &["MIT".to_owned(), "Apache-2.0".to_owned(), "ISC".to_owned()])
    }

    #[test]
    fn what_is_allowed() {
        for good in [
            "MIT",
            "MIT OR GPL-3.0",
            "GPL-3.0/MIT",
            "Apache-2.0 / MIT",
            "(MIT OR Apache-2.0) AND ISC",
            "ISC AND (Apache-2.0 OR ISC)",
            "Apache-2.0 WITH LLVM-exception",
            "GPL-3.0 AND X OR MIT",
        ] {
            assert!(check(good), "{good}");
        }
    }

    #[test]
    fn what_is_not() {
        for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT", "MIT)", "MIT OR", "MIT MIT", "mit"] {
            assert!(!check(bad), "{bad}");
        }
    }
}
