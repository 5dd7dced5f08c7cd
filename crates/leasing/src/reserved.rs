//! Seats that reservations keep: what of a bin is kept, and what of that is kept for the asker.
//!
//! Invariants: only idle reserved seats count here: what a member already holds is in use, not reserved.
//! Deliberately not here: where reservations come from.

use crate::allocation::Source;

/// Idle reserved seats of one bin, as one asker sees them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Reserved {
    /// For whomever.
    pub(crate) all: u64,
    /// Of these, for the asker's device.
    pub(crate) device: u64,
    /// Of these, for the asker's user.
    pub(crate) user: u64,
}

impl Reserved {
    /// What is left when the asker has taken so many of its seats: the device's first.
    pub(crate) fn less(self, taken: u64) -> Reserved {
        let device = self.device.saturating_sub(taken);
        let user = self.user.saturating_sub(taken.saturating_sub(self.device));
        Reserved { all: self.all.saturating_sub(taken), device, user }
    }
}

/// The place of a device's own reserved seats among the sources of a request.
const DEVICE_PLACE: u16 = 0;
/// The place of a user's own reserved seats.
const USER_PLACE: u16 = 1;
/// The place of the first pool.
pub(crate) const POOLS_PLACE: u16 = 2;

/// Splits what is free of a bin into what is kept for the asker's device, for its user, and what anybody may have.
pub(crate) fn split(free: &Source, reserved: Reserved) -> ([Option<Source>; 2], Source) {
    if reserved == Reserved::default() {
        return ([None, None], free.clone());
    }
    let mut left = free.clone();
    let device = carve(&mut left, reserved.device, DEVICE_PLACE);
    let user = carve(&mut left, reserved.user, USER_PLACE);
    let others = reserved.all.saturating_sub(reserved.device).saturating_sub(reserved.user);
    carve(&mut left, others, free.pool);
    ([device, user], left)
}

/// Takes seats out of a source, regular ones first, as far as it has them.
fn carve(from: &mut Source, count: u64, pool: u16) -> Option<Source> {
    if count == 0 {
        return None;
    }
    let take = |room: &mut Option<u64>, count: u64| {
        let taken = room.map_or(count, |room| room.min(count));
        *room = room.map(|room| room - taken);
        taken
    };
    let regular = take(&mut from.regular, count);
    let overdraft = take(&mut from.overdraft, count - regular);
    // What is reserved lies within the count; it is others who are in the overdraft then.
    let (regular, overdraft) = (Some(regular + overdraft), Some(0));
    Some(Source { pool, regular, overdraft, beyond: false, ..from.clone() })
}
