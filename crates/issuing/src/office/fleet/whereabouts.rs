//! Where the units of activations are in the books while one decision goes on.
//!
//! Invariants: what the decision carried so far counts at once, so that units which came and went on in one report are
//! found where they came to; units are fungible among the parts of one activation, and those that a container surely
//! has go first, what is on its way to it or meant to be gone from it last.
//! Deliberately not here: which transfers carry them (moving, catching_up), the state (fold).

use super::moves::Carried;
use crate::office::activation_command::ActivationPart;
use crate::office::activations::{Activation, ActivationState};
use crate::office::numbers::ActivationNo;
use crate::office::state::Office;
use std::collections::BTreeMap;
use tenure_document::{ContainerId, Count};

/// So many units of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Units {
    /// Of what is counted.
    Counted(u32),
    /// Of what is not counted, everything goes.
    All,
}

impl Units {
    /// What they weigh when transfers are set off against each other: what is not counted goes as one thing.
    pub(crate) fn weight(self) -> i64 {
        match self {
            Units::Counted(units) => i64::from(units),
            Units::All => 1,
        }
    }
}

/// An activation that the decision has changed, or a part that it has made.
struct Place {
    quantity: u32,
    container: ContainerId,
    /// The activation in the state that it is, or was split off from: it is in the same state.
    like: ActivationNo,
}

/// The books, with what the decision has carried so far.
pub(crate) struct Whereabouts<'a> {
    office: &'a Office,
    changed: BTreeMap<ActivationNo, Place>,
    /// The number of the next part.
    next: ActivationNo,
}

impl<'a> Whereabouts<'a> {
    /// `made`: so many numbers of activations are given out by the same decision already.
    pub(crate) fn new(office: &'a Office, made: usize) -> Whereabouts<'a> {
        let steps = u32::try_from(made).unwrap_or(u32::MAX);
        let next = office.activations.next().after(steps);
        Whereabouts { office, changed: BTreeMap::new(), next }
    }

    /// How many units an activation has, and where.
    pub(crate) fn at(&self, no: ActivationNo) -> Option<(u32, ContainerId)> {
        match self.changed.get(&no) {
            Some(place) => Some((place.quantity, place.container)),
            None => self.office.activations.get(no).map(|one| (one.quantity, one.container)),
        }
    }

    /// How many units a count of an item is, where they are whole ones.
    pub(crate) fn units(&self, root: ActivationNo, count: Count) -> Option<Units> {
        let activation = self.office.activations.get(root)?;
        let line = self.office.entitlements.line(activation.entitlement, activation.line)?;
        let product = line.product_at(activation.revision);
        let [feature] = product.features.as_slice() else { return None };
        match (feature.count_per_unit, count) {
            (Count::Uncounted, _) => Some(Units::All),
            (Count::Counted(each), Count::Counted(count)) if each > 0 && count % each == 0 => {
                Some(Units::Counted(count / each))
            }
            _ => None,
        }
    }

    /// The weight of what a container has of `root`.
    pub(crate) fn weight(&self, root: ActivationNo, container: ContainerId, of: Units) -> i64 {
        let parts = self.parts(root, container, of);
        match of {
            Units::Counted(_) => parts.iter().map(|(_, quantity)| i64::from(*quantity)).sum(),
            Units::All => i64::from(!parts.is_empty()),
        }
    }

    /// Whether a container has something of `root`, and all of it is on its way there.
    pub(crate) fn only_travels(
        &self,
        root: ActivationNo,
        container: ContainerId,
        of: Units,
    ) -> bool {
        let parts = self.parts(root, container, of);
        let travels = |no| self.office.fleet.moves.is_travelling(no);
        !parts.is_empty() && parts.iter().all(|(no, _)| travels(*no))
    }

    /// Carries units of `root`; nothing where the source has not so many.
    pub(crate) fn carry(
        &mut self,
        root: ActivationNo,
        (from, to): (ContainerId, ContainerId),
        units: Units,
    ) -> Option<Vec<Carried>> {
        if units.weight() > self.weight(root, from, units) {
            return None;
        }
        let mut left = match units {
            Units::Counted(units) => units,
            Units::All => u32::MAX,
        };
        let mut carried = Vec::new();
        for (activation, quantity) in self.parts(root, from, units) {
            if left == 0 {
                break;
            }
            let part = (quantity > left).then(|| self.split(activation, left));
            left -= quantity.min(left);
            self.put(part.map_or(activation, |part| part.activation), to);
            carried.push(Carried { activation, part, to });
        }
        Some(carried)
    }

    /// Carries a whole activation.
    pub(crate) fn put(&mut self, no: ActivationNo, to: ContainerId) {
        let Some((quantity, _)) = self.at(no) else { return };
        let like = self.changed.get(&no).map_or(no, |place| place.like);
        self.changed.insert(no, Place { quantity, container: to, like });
    }

    /// A part of an activation, with a number of its own.
    fn split(&mut self, no: ActivationNo, quantity: u32) -> ActivationPart {
        let (before, container) = self.at(no).unwrap_or((quantity, ContainerId([0; 16])));
        let like = self.changed.get(&no).map_or(no, |place| place.like);
        let part = self.next;
        self.next = self.next.after(1);
        let left = before.saturating_sub(quantity);
        self.changed.insert(no, Place { quantity: left, container, like });
        self.changed.insert(part, Place { quantity, container, like });
        ActivationPart { activation: part, quantity }
    }

    /// The activations with items of `root` that a container has, those first that a transfer of so many units most
    /// likely took.
    fn parts(
        &self,
        root: ActivationNo,
        container: ContainerId,
        units: Units,
    ) -> Vec<(ActivationNo, u32)> {
        let state = self.office.activations.of_container(container);
        let kept = state.filter(|one| !self.changed.contains_key(&one.no));
        let kept = kept.map(|one| (one.no, one, one.quantity));
        let changed = self.changed.iter().filter(|(_, place)| place.container == container);
        let changed = changed.filter_map(|(no, place)| {
            Some((*no, self.office.activations.get(place.like)?, place.quantity))
        });
        let mut found: Vec<_> = kept
            .chain(changed)
            .filter(|(_, one, _)| one.part_of.unwrap_or(one.no) == root)
            .filter_map(|(no, one, quantity)| {
                let travels =
                    self.office.fleet.moves.is_travelling(no) && !self.changed.contains_key(&no);
                let other = units != Units::Counted(quantity);
                Some(((doubt(one)?, travels, other, !one.state.is_live(), no), quantity))
            })
            .filter(|(_, quantity)| *quantity > 0)
            .collect();
        found.sort_unstable();
        found.into_iter().map(|((.., no), quantity)| (no, quantity)).collect()
    }
}

/// The lower, the surer it is that a container has an activation in this state; none for one that it never had.
fn doubt(activation: &Activation) -> Option<u8> {
    use ActivationState::{
        Assigned, Cancelled, Confirmed, CoolingDown, Delivered, ReturnAsked, Returned,
        ReturnedWithoutReceipt, WrittenOff,
    };
    match activation.state {
        Assigned | Cancelled => None,
        Delivered | Confirmed | ReturnAsked => Some(0),
        ReturnedWithoutReceipt => Some(1),
        CoolingDown => Some(2),
        Returned | WrittenOff => Some(3),
    }
}

/// The activation that an item belongs to, or the one that it was first part of.
pub(crate) fn root_of(item_id: &str) -> Option<ActivationNo> {
    item_id.rsplit_once('.')?.0.parse().ok()
}
