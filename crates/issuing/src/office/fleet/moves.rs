//! Transfers that went from container to container without the office, as both sides report them.
//!
//! Invariants: one entry for each nonce for ever, whichever side reports first and however often; a transfer is booked
//! once: units change their container with the first report of who gave them (who wants them may say anything), or as
//! soon as they are known to have been there, and change back only when the source has them back; a transfer that
//! arrived and was refunded too is a contradiction, kept and shown, never smoothed over.
//! Deliberately not here: deciding (moving), the activations (activation_fold).

use crate::office::activation_command::ActivationPart;
use crate::office::activations::Activations;
use crate::office::numbers::ActivationNo;
use crate::office::terms::is_default;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use tenure_document::{Bytes, ContainerId, Count, Direction, Hash, Move, Time};

/// A transfer in the books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Booked {
    /// The nonce that names it.
    pub nonce: Bytes,
    /// The item.
    pub item_id: String,
    /// How much of it.
    pub count: Count,
    /// Where it left.
    pub source: ContainerId,
    /// Where it goes.
    pub target: ContainerId,
    /// SHA-256 of the transfer's payload.
    pub transfer: Hash,
    /// How far it is.
    pub state: BookedState,
    /// The source has reported it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub source_told: bool,
    /// The target has reported it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub target_told: bool,
    /// The source has begun a new generation since it told: it may know nothing of it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub forgotten: bool,
    /// The activations that went along; none where the count is not whole units.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub activations: Vec<ActivationNo>,
    /// What it took was not known to be there when it was told; the books followed it later.
    #[serde(default, skip_serializing_if = "is_default")]
    pub caught_up: bool,
    /// When it was first reported.
    pub since: Time,
}

/// How far a transfer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BookedState {
    /// The target says that it arrived; the source has not said that it left. Nothing follows from it.
    Claimed,
    /// It left; nobody has said that it arrived.
    InTransit,
    /// It arrived.
    Arrived,
    /// It was refused, and the source has it back.
    Refunded,
    /// The office ruled that the source gets it back; the source has not said that it has.
    RefundOrdered,
    /// It arrived, and the source took it back too.
    Contradiction,
}

/// A report of one side, as an event stores it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoveReported {
    /// Which side.
    pub by: ContainerId,
    /// What it says.
    pub report: Move,
    /// The state of the transfer from now on.
    pub state: BookedState,
    /// What happens to activations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carried: Vec<Carried>,
    /// Activations whose removal is complete now that it is known where the rest went.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<Removed>,
    /// Transfers told before which the books could not follow then, and can now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caught_up: Vec<CaughtUp>,
}

/// Transfers that the books follow later than they were told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaughtUp {
    /// Which: one that is on its way, or all that have arrived and are set off against each other.
    pub nonces: Vec<Bytes>,
    /// The units that change their container by all of them together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carried: Vec<Carried>,
}

/// Units that change their container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Carried {
    /// Of which activation.
    pub activation: ActivationNo,
    /// Only this part of it, which is an activation of its own from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<ActivationPart>,
    /// Where they are from now on.
    pub to: ContainerId,
}

impl MoveReported {
    /// What happens to activations, by the transfers that the books follow later too.
    pub(crate) fn all_carried(&self) -> impl Iterator<Item = &Carried> {
        self.carried.iter().chain(self.caught_up.iter().flat_map(|one| &one.carried))
    }
}

impl Carried {
    /// The activation that is elsewhere from now on.
    pub fn moved(&self) -> ActivationNo {
        self.part.map_or(self.activation, |part| part.activation)
    }
}

/// The source of a transfer shall have its item back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefundRuled {
    /// By whom.
    pub by: String,
    /// Which.
    pub nonce: Bytes,
    /// The units that go back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carried: Vec<Carried>,
    /// Why, in the words of who did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What only the target has told is believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimAccepted {
    /// By whom.
    pub by: String,
    /// Which.
    pub nonce: Bytes,
    /// The units that are at the target from now on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carried: Vec<Carried>,
    /// Why, in the words of who did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// An activation that a container says it removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Removed {
    /// Which.
    pub activation: ActivationNo,
    /// It counts as back from then on.
    pub back_at: Time,
}

/// A removal that took less than was ordered: the rest had moved away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shortfall {
    /// Which activation.
    pub activation: ActivationNo,
    /// How many units were removed.
    pub removed: u32,
}

/// All transfers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MoveBook {
    all: Vec<Booked>,
    #[serde(skip)]
    by_nonce: BTreeMap<Bytes, usize>,
    /// Settlements and refunds that the next update for a container has to hold.
    due: BTreeMap<ContainerId, BTreeSet<Bytes>>,
    refunds: BTreeMap<ContainerId, BTreeSet<Bytes>>,
    /// Activations that left and have not arrived: nothing is issued about them.
    travelling: BTreeSet<ActivationNo>,
    /// Removals that took less than was ordered.
    short: BTreeMap<ActivationNo, u32>,
    /// Activations of which something left that is not whole units: they don't come back by themselves.
    loose: BTreeMap<ActivationNo, u32>,
}

impl MoveBook {
    /// One of them.
    pub fn get(&self, nonce: &Bytes) -> Option<&Booked> {
        self.by_nonce.get(nonce).and_then(|place| self.all.get(*place))
    }

    /// All of them, in the order in which they were first reported.
    pub fn all(&self) -> &[Booked] {
        &self.all
    }

    /// Those of a container, on either side.
    pub fn of_container(&self, id: ContainerId) -> impl Iterator<Item = &Booked> {
        self.all.iter().filter(move |one| one.source == id || one.target == id)
    }

    /// How many transfers only this container has told, their target.
    pub(crate) fn claims_of(&self, id: ContainerId) -> usize {
        let claimed = |one: &&Booked| one.target == id && one.state == BookedState::Claimed;
        self.all.iter().filter(claimed).count()
    }

    /// Whether units of this activation left and have not arrived.
    pub fn is_travelling(&self, no: ActivationNo) -> bool {
        self.travelling.contains(&no)
    }

    /// Whether something of this activation (the first of its parts) is elsewhere that is not whole units.
    pub fn is_loose(&self, root: ActivationNo) -> bool {
        self.loose.contains_key(&root)
    }

    /// What has left a container and not arrived, in units of each item: the container counts it as its own until it is
    /// settled, the books have it elsewhere already. `settled` are those that are settled before.
    pub(crate) fn in_transit_from(
        &self,
        id: ContainerId,
        settled: &[Bytes],
    ) -> BTreeMap<&str, u32> {
        let mut gone: BTreeMap<&str, u32> = BTreeMap::new();
        if self.travelling.is_empty() {
            return gone;
        }
        let booked = |one: &&Booked| {
            let open = one.state == BookedState::InTransit && !settled.contains(&one.nonce);
            one.source == id && open && !one.forgotten && !one.activations.is_empty()
        };
        for one in self.all.iter().filter(booked) {
            if let Count::Counted(units) = one.count {
                let gone = gone.entry(&one.item_id).or_default();
                *gone = gone.saturating_add(units);
            }
        }
        gone
    }

    /// How many units of an activation a removal took, where it was less than ordered.
    pub(crate) fn shortfall(&self, no: ActivationNo) -> Option<u32> {
        self.short.get(&no).copied()
    }

    /// Settlements that are due at a container.
    pub(crate) fn settlements(&self, id: ContainerId) -> impl Iterator<Item = &Bytes> {
        self.due.get(&id).into_iter().flatten()
    }

    /// Refunds that are due at a container.
    pub(crate) fn refunds(&self, id: ContainerId) -> impl Iterator<Item = &Bytes> {
        self.refunds.get(&id).into_iter().flatten()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty() && self.short.is_empty()
    }

    /// Finds the indices again that are not stored.
    pub(crate) fn restore(&mut self) {
        let places = self.all.iter().enumerate();
        self.by_nonce = places.map(|(place, one)| (one.nonce.clone(), place)).collect();
    }

    /// Takes a report in, once the units are where it puts them (`books`).
    pub(crate) fn report(&mut self, event: &MoveReported, books: &Activations, at: Time) {
        let Move { nonce, direction, item_id, count, other, transfer, .. } = &event.report;
        let place = *self.by_nonce.entry(nonce.clone()).or_insert_with(|| {
            let (source, target) = match direction {
                Direction::Out => (event.by, *other),
                Direction::In => (*other, event.by),
            };
            self.all.push(Booked {
                nonce: nonce.clone(),
                item_id: item_id.clone(),
                count: *count,
                source,
                target,
                transfer: *transfer,
                state: event.state,
                source_told: false,
                target_told: false,
                forgotten: false,
                activations: Vec::new(),
                caught_up: false,
                since: at,
            });
            self.all.len() - 1
        });
        let Some(booked) = self.all.get_mut(place) else { return };
        let before = std::mem::replace(&mut booked.state, event.state);
        match direction {
            Direction::Out => (booked.source_told, booked.forgotten) = (true, false),
            Direction::In => booked.target_told = true,
        }
        let first = booked.activations.is_empty();
        if first {
            booked.activations = event.carried.iter().map(Carried::moved).collect();
        }
        let (state, target) = (booked.state, booked.target);
        if state == BookedState::Claimed {
            return;
        }
        if state == BookedState::InTransit {
            if first || before != state {
                self.travelling.extend(booked.activations.iter().copied());
            }
            return;
        }
        // What has gone on since travels by another transfer, or not at all.
        let there = |no: &&ActivationNo| books.get(**no).is_some_and(|one| one.container == target);
        for no in booked.activations.iter().filter(there) {
            self.travelling.remove(no);
        }
        for carried in &event.carried {
            self.travelling.remove(&carried.moved());
        }
        self.settle(place);
    }

    /// The books follow transfers that were told before; gives the activations that have arrived.
    pub(crate) fn catch_up(&mut self, event: &CaughtUp) -> Vec<ActivationNo> {
        let moved: Vec<ActivationNo> = event.carried.iter().map(Carried::moved).collect();
        let mut travel = false;
        for nonce in &event.nonces {
            let place = self.by_nonce.get(nonce).copied();
            let Some(booked) = place.and_then(|place| self.all.get_mut(place)) else { continue };
            booked.caught_up = true;
            if booked.state == BookedState::InTransit {
                travel = true;
                booked.activations.clone_from(&moved);
            }
        }
        if travel {
            self.travelling.extend(moved);
            return Vec::new();
        }
        self.travelling.retain(|no| !moved.contains(no));
        moved
    }

    /// A part of an activation goes its own way in the books; where the whole is on its way, so is the part.
    pub(crate) fn split(&mut self, no: ActivationNo, part: ActivationNo) {
        if !self.travelling.contains(&no) {
            return;
        }
        self.travelling.insert(part);
        let on_its_way = |one: &&mut Booked| one.state == BookedState::InTransit;
        for booked in self.all.iter_mut().filter(on_its_way) {
            if booked.activations.contains(&no) {
                booked.activations.push(part);
            }
        }
    }

    /// Lists the settlements that are due now that a transfer has come to its end. What arrived is settled on both sides
    /// whoever has told: the books have followed it, and what is issued to either from now on counts on that.
    fn settle(&mut self, place: usize) {
        let Some(booked) = self.all.get(place) else { return };
        let sides = [(booked.source, booked.source_told), (booked.target, booked.target_told)];
        let (nonce, arrived) = (booked.nonce.clone(), booked.state == BookedState::Arrived);
        for (id, told) in sides {
            if told || arrived {
                self.due.entry(id).or_default().insert(nonce.clone());
            }
        }
    }

    /// A container begins anew, perhaps from a backup of before it sent what is on its way.
    pub(crate) fn begin_anew(&mut self, id: ContainerId) {
        let open = |one: &&mut Booked| one.source == id && one.state == BookedState::InTransit;
        self.all.iter_mut().filter(open).for_each(|one| one.forgotten = true);
    }

    pub(crate) fn refund(&mut self, event: &RefundRuled) {
        let place = self.by_nonce.get(&event.nonce).copied();
        let Some(booked) = place.and_then(|place| self.all.get_mut(place)) else { return };
        booked.state = BookedState::RefundOrdered;
        booked.activations.iter().for_each(|no| {
            self.travelling.remove(no);
        });
        self.refunds.entry(booked.source).or_default().insert(event.nonce.clone());
    }

    /// A claim is believed.
    pub(crate) fn accept(&mut self, event: &ClaimAccepted) {
        let Some(place) = self.by_nonce.get(&event.nonce).copied() else { return };
        let Some(booked) = self.all.get_mut(place) else { return };
        booked.state = BookedState::Arrived;
        booked.activations = event.carried.iter().map(Carried::moved).collect();
        self.settle(place);
    }

    /// Settlements and refunds went into an update.
    pub(crate) fn issued(&mut self, id: ContainerId, nonce: &Bytes) {
        for map in [&mut self.due, &mut self.refunds] {
            if let Some(set) = map.get_mut(&id) {
                set.remove(nonce);
                if set.is_empty() {
                    map.remove(&id);
                }
            }
        }
    }

    /// Something left, or came back, that is not whole units of an activation.
    pub(crate) fn note_loose(&mut self, root: ActivationNo, left: bool) {
        let count = self.loose.entry(root).or_default();
        *count = if left { count.saturating_add(1) } else { count.saturating_sub(1) };
        if *count == 0 {
            self.loose.remove(&root);
        }
    }

    pub(crate) fn note_short(&mut self, short: &Shortfall) {
        self.short.insert(short.activation, short.removed);
    }

    pub(crate) fn forget_short(&mut self, no: ActivationNo) {
        self.short.remove(&no);
    }
}
