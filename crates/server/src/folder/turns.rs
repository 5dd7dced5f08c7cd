//! Owners in turns: one of each, then the next one of each, so that whoever has many does not keep out who has one.
//!
//! Invariants: within an owner the order stays; where a look ends before all had theirs, the next one begins after the
//! owner who came last. Deliberately not here: what is done with them.

use std::collections::{BTreeMap, VecDeque};

/// What stands in queues, by owner, in turns.
pub(crate) struct Turns<T>(VecDeque<(u32, VecDeque<T>)>);

impl<T> Turns<T> {
    /// Beginning with the owner after this one.
    pub(crate) fn after(last: Option<u32>, queues: BTreeMap<u32, VecDeque<T>>) -> Self {
        let mut queues: VecDeque<_> = queues.into_iter().collect();
        let before = queues.partition_point(|(owner, _)| Some(*owner) <= last);
        queues.rotate_left(before);
        Self(queues)
    }
}

impl<T> Iterator for Turns<T> {
    type Item = (u32, T);

    fn next(&mut self) -> Option<(u32, T)> {
        loop {
            let (owner, mut queue) = self.0.pop_front()?;
            if let Some(next) = queue.pop_front() {
                self.0.push_back((owner, queue));
                return Some((owner, next));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[test]
    fn each_owner_has_a_turn_and_the_next_look_goes_on_after_the_last() {
        check(None, expect!["1a 2a 3a 1b 3b 1c"]);
        check(Some(1), expect!["2a 3a 1a 3b 1b 1c"]);
        check(Some(2), expect!["3a 1a 2a 3b 1b 1c"]);
        check(Some(3), expect!["1a 2a 3a 1b 3b 1c"]);
        check(Some(9), expect!["1a 2a 3a 1b 3b 1c"]);
    }

    #[track_caller]
    fn check(last: Option<u32>, order: Expect) {
        let queue = |letters: &str| letters.chars().collect::<VecDeque<_>>();
        let queues = [(1, queue("abc")), (2, queue("a")), (3, queue("ab"))];
        let turns = Turns::after(last, queues.into());
        let turns: Vec<_> = turns.map(|(owner, letter)| format!("{owner}{letter}")).collect();
        order.assert_eq(&turns.join(" "));
    }
}
