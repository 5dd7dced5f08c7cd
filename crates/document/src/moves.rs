//! How an item may move between containers without the office.
//!
//! Invariants: the publisher signs the policy as a part of the item; every side of a transfer
//! checks it against signed evidence. An item without a policy does not move. Not here: the
//! protocol (container) and its documents (`transfer.rs`).

use serde::{Deserialize, Serialize};

/// Longest chain of transfers from the container that the publisher gave the item to.
pub const MOST_MOVES: usize = 8;
/// Longest wait between two moves, as for every other term in days.
const MOST_DAYS: u32 = 36_500;

/// The policy. `{}` lets the item move freely, within [`MOST_MOVES`].
///
/// Moves into a portable container that only carries the item (`hop_only`) are not counted and
/// need no days between: the move that follows is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Moves {
    /// How often it may move before it must be brought to the publisher; absent: no number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// Days between one move and the next.
    #[serde(skip_serializing_if = "is_default")]
    pub days_between: u32,
    /// Only between containers whose certificates name the same account.
    #[serde(skip_serializing_if = "is_default")]
    pub within_account: bool,
    /// Only into and out of portable containers, which carry it and do not use it.
    #[serde(skip_serializing_if = "is_default")]
    pub hop_only: bool,
}

impl Moves {
    /// The rules between the members.
    pub(crate) fn check(&self) -> Result<(), String> {
        match (self.times, self.days_between) {
            (Some(times), _) if !(1..=1_000).contains(&times) => {
                Err(format!("times must be 1 to 1000, not {times}; leave moves out for never"))
            }
            (_, days) if days > MOST_DAYS => {
                Err(format!("days_between must be at most {MOST_DAYS}, not {days}"))
            }
            _ => Ok(()),
        }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
