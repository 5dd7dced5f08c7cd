//! How many tests passed, failed and were left out, read from what test runners print.
//!
//! Understands the summary lines of `cargo nextest` and of `cargo test`; every other
//! line counts nothing.

use std::fmt;
use std::ops::AddAssign;

/// Tests of one or of all stages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub passed: u64,
    pub failed: u64,
    pub left_out: u64,
}

impl Counts {
    /// What a line of output adds.
    pub fn of_line(line: &str) -> Counts {
        let line = line.trim_start();
        let summary = line.starts_with("Summary [") || line.starts_with("test result:");
        if !summary {
            return Counts::default();
        }
        let before = |words: &[&str]| words.iter().map(|word| number_before(line, word)).sum();
        Counts {
            passed: before(&["passed"]),
            failed: before(&["failed", "timed out", "exec failed"]),
            left_out: before(&["skipped", "ignored", "not run"]),
        }
    }
}

/// The number in `… 12 passed …`; a remark in brackets may follow.
fn number_before(line: &str, word: &str) -> u64 {
    let found = line.find(&format!(" {word}"));
    let digits = found.and_then(|at| line[..at].rsplit(|c: char| !c.is_ascii_digit()).next());
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.left_out += other.left_out;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed; {} failed; {} ignored", self.passed, self.failed, self.left_out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, passed: u64, failed: u64, left_out: u64) {
        assert_eq!(Counts::of_line(line), Counts { passed, failed, left_out }, "{line}");
    }

    #[test]
    fn summaries_are_read() {
        check("     Summary [   1.204s] 512 tests run: 512 passed, 3 skipped", 512, 0, 3);
        check(
            "Summary [1s] 12 tests run: 9 passed (1 slow), 2 failed, 1 timed out, 0 skipped",
            9,
            3,
            0,
        );
        check("Summary [1s] 1 test run: 1 passed, 0 skipped", 1, 0, 0);
        check(
            "test result: ok. 25 passed; 0 failed; 1 ignored; 0 measured; 4 filtered out",
            25,
            0,
            1,
        );
        check("test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured", 1, 2, 0);
    }

    #[test]
    fn other_lines_count_nothing() {
        check("PASS [ 0.1s] a 3 passed", 0, 0, 0);
        check("", 0, 0, 0);
    }
}
