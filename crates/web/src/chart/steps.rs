//! Lines and areas of levels that hold for a stretch of time each, as the data of SVG paths.
//!
//! Invariants: every coordinate is a whole number from 0 to [`FULL`](super::scale::FULL); a level that is not known
//! interrupts the shape; neighbors of one level are one piece. Deliberately not here: numbers (`scale`), looks.

use std::fmt::Write;

use super::scale::At;

/// A stretch with what is known of it, from the left, without overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) left: At,
    pub(super) right: At,
    /// Bottom and top, seen from the bottom of the frame.
    pub(super) level: Option<(At, At)>,
}

/// Left, right, and level: a stretch of which everything is known.
type Known = (At, At, (At, At));

/// Stretches that follow on each other with nothing unknown between them.
fn runs(steps: &[Step]) -> Vec<Vec<Known>> {
    let mut runs: Vec<Vec<Known>> = Vec::new();
    for Step { left, right, level } in steps {
        let Some(level) = level else { continue };
        let run = match runs.last_mut() {
            Some(run) if run.last().is_some_and(|(_, end, _)| end == left) => run,
            _ => {
                runs.push(Vec::new());
                match runs.last_mut() {
                    Some(run) => run,
                    None => continue,
                }
            }
        };
        match run.last_mut() {
            Some((_, end, known)) if known == level => *end = *right,
            _ => run.push((*left, *right, *level)),
        }
    }
    runs
}

/// The outline of the area between bottoms and tops.
pub(super) fn area(steps: &[Step]) -> String {
    let mut path = String::new();
    for run in runs(steps) {
        let Some((first, _, (bottom, _))) = run.first() else { continue };
        let _ = write!(path, "M{} {}", first.units(), bottom.turned().units());
        for (_, right, (_, top)) in &run {
            let _ = write!(path, "V{}H{}", top.turned().units(), right.units());
        }
        for (left, _, (bottom, _)) in run.iter().rev() {
            let _ = write!(path, "V{}H{}", bottom.turned().units(), left.units());
        }
        path.push('Z');
    }
    path
}

/// The line along the tops.
pub(super) fn line(steps: &[Step]) -> String {
    let mut path = String::new();
    for run in runs(steps) {
        let mut begin = 'M';
        for (left, right, (_, top)) in &run {
            let top = top.turned().units();
            match begin {
                'M' => {
                    let _ = write!(path, "M{} {top}H{}", left.units(), right.units());
                }
                _ => {
                    let _ = write!(path, "V{top}H{}", right.units());
                }
            }
            begin = 'V';
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn step(left: u32, right: u32, level: Option<(u32, u32)>) -> Step {
        let level = level.map(|(bottom, top)| (At::new(bottom), At::new(top)));
        Step { left: At::new(left), right: At::new(right), level }
    }

    #[test]
    fn levels_become_steps_and_gaps_stay_gaps() {
        let steps = [
            step(0, 1_000, Some((0, 5_000))),
            step(1_000, 2_000, Some((0, 5_000))),
            step(2_000, 3_000, Some((1_000, 7_500))),
            step(3_000, 4_000, None),
            step(4_000, 10_000, Some((0, 10_000))),
        ];
        expect![["M0 10000V5000H2000V2500H3000V9000H2000V10000H0ZM4000 10000V0H10000V10000H4000Z"]]
            .assert_eq(&area(&steps));
        expect![["M0 5000H2000V2500H3000M4000 0H10000"]].assert_eq(&line(&steps));
        assert_eq!(area(&[]), "");
        assert_eq!(line(&[step(0, 10, None)]), "");
    }
}
