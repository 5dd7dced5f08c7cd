//! Features of which there is plenty: nobody who waits in their lines waits for them.
//!
//! Those who wait for seats of several features together stand in the lines of all of them, also of those of which
//! enough is free; without this every checkout and every return there would have to look at each of them.
//! Invariants: only saves work; where it is not certain there is no plenty. Deliberately not here: who is served (offers).

use crate::ids::No;
use crate::state::Leasing;
use crate::stock::{Feature, Shelf, limited};

impl Leasing {
    /// Each item of the feature has free seats for all who wait in its line, and so many more, whoever they are: none of
    /// it is shared out, reserved, or for one holder once only.
    pub(crate) fn has_plenty(&self, no: No<Feature>, more: u64) -> bool {
        let wanted = self.queue.lines.get(&no).map_or(0, |line| line.wanted);
        let wanted = wanted.saturating_add(more);
        let is_plenty = |shelf: &Shelf| {
            let free = limited(shelf.item.capacity()).map(|seats| seats.saturating_sub(shelf.used));
            let is_open = shelf.shares.is_none() && !shelf.item.exclusive;
            is_open && free.is_none_or(|free| free >= wanted)
        };
        let shelves = self.features.get(no).map_or(&[][..], |feature| &feature.shelves[..]);
        let mut shelves = shelves.iter().filter_map(|shelf| self.shelves.get(*shelf));
        self.book.is_empty()
            && shelves.all(|shelf| !shelf.present || shelf.is_metered() || is_plenty(shelf))
    }
}
