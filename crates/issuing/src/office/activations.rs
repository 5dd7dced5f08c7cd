//! Activations: units of a line in a container, from the first wish to the last receipt.
//!
//! Invariants: numbered from 1 in the order they were made and never forgotten; every activation counts against its line
//! until it is credibly back (`Returned`) or its container is written off; a part that is given back is an activation of
//! its own, whose items are those of the one it was part of.
//! Deliberately not here: operations in a container's history (fleet), how many units are free (`line`), the decisions.

use super::numbers::ActivationNo;
use super::terms::is_default;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};
use tenure_document::{ActivationId, ContainerId, Time};

/// Units of a line in a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activation {
    /// Its number.
    pub no: ActivationNo,
    /// The entitlement.
    pub entitlement: ActivationId,
    /// Its line.
    pub line: u32,
    /// The container.
    pub container: ContainerId,
    /// How many units.
    pub quantity: u32,
    /// How far it is.
    pub state: ActivationState,
    /// What the next update for the container has to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<Step>,
    /// Its items are those of this activation, of which it was a part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part_of: Option<ActivationNo>,
    /// The revision of the line that its items were last issued in.
    #[serde(default, skip_serializing_if = "is_default")]
    pub revision: u32,
    /// When it was made.
    pub activated: Time,
    /// Since when it is in this state.
    pub since: Time,
    /// When its units are free again, where its removal has a receipt but is not yet credible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back_at: Option<Time>,
}

impl Activation {
    /// The activation whose number its items have.
    pub fn root(&self) -> ActivationNo {
        self.part_of.unwrap_or(self.no)
    }
}

/// How far an activation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActivationState {
    /// Meant for the container; no update with it was made.
    Assigned,
    /// In an update; no receipt yet.
    Delivered,
    /// The container has it.
    Confirmed,
    /// It shall come back; no update with the removal was made.
    ReturnAsked,
    /// The removal is in an update; no receipt yet.
    ReturnedWithoutReceipt,
    /// The removal has a receipt, which counts after a while.
    CoolingDown,
    /// Back: its units are free.
    Returned,
    /// Written off with its container: its units are free.
    WrittenOff,
    /// Taken back before any update held it: its units are free.
    Cancelled,
}

impl ActivationState {
    /// Whether its units are not free.
    pub fn counts(self) -> bool {
        use ActivationState::{Cancelled, Returned, WrittenOff};
        !matches!(self, Returned | WrittenOff | Cancelled)
    }

    /// Whether it is meant to be used in its container.
    pub fn is_live(self) -> bool {
        use ActivationState::{Assigned, Confirmed, Delivered};
        matches!(self, Assigned | Delivered | Confirmed)
    }

    /// The stable name.
    pub fn code(self) -> &'static str {
        match self {
            ActivationState::Assigned => "assigned",
            ActivationState::Delivered => "delivered",
            ActivationState::Confirmed => "confirmed",
            ActivationState::ReturnAsked => "return-asked",
            ActivationState::ReturnedWithoutReceipt => "returned-without-receipt",
            ActivationState::CoolingDown => "cooling-down",
            ActivationState::Returned => "returned",
            ActivationState::WrittenOff => "written-off",
            ActivationState::Cancelled => "cancelled",
        }
    }
}

/// What an update does about an activation, in the order in which an update does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// The publisher takes it back.
    Withdraw,
    /// The customer gives it back.
    Return,
    /// The publisher puts it in.
    Assign,
    /// Its items change.
    Replace,
    /// The customer puts it in.
    Activate,
}

impl Step {
    /// Whether it takes items out for good.
    pub fn removes(self) -> bool {
        matches!(self, Step::Withdraw | Step::Return)
    }
}

/// All activations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Activations {
    /// By number from 1.
    all: Vec<Activation>,
    by_container: HashMap<ContainerId, Vec<ActivationNo>>,
    /// Those that cool down, by the end of it.
    cooling: BTreeSet<(Time, ActivationNo)>,
}

impl Activations {
    /// One of them.
    pub fn get(&self, no: ActivationNo) -> Option<&Activation> {
        self.all.get(no.index())
    }

    /// Those of a container, oldest first, whatever their state.
    pub fn of_container(
        &self,
        container: ContainerId,
    ) -> impl DoubleEndedIterator<Item = &Activation> {
        let numbers = self.by_container.get(&container).into_iter().flatten();
        numbers.filter_map(|no| self.get(*no))
    }

    /// All of them, in order of their number.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = &Activation> {
        self.all.iter()
    }

    /// How many were ever made.
    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// When the next one has cooled down.
    pub fn next_back(&self) -> Option<Time> {
        self.cooling.first().map(|(at, _)| *at)
    }

    /// Those that have cooled down by `now`.
    pub(crate) fn back_by(&self, now: Time) -> impl Iterator<Item = ActivationNo> {
        self.cooling.iter().take_while(move |(at, _)| *at <= now).map(|(_, no)| *no)
    }

    /// The number of the next one.
    pub(crate) fn next(&self) -> ActivationNo {
        ActivationNo::FIRST.after(u32::try_from(self.all.len()).unwrap_or(u32::MAX))
    }

    /// Adds one; its number must be the next.
    pub(crate) fn push(&mut self, activation: Activation) {
        debug_assert_eq!(activation.no, self.next(), "numbers run without gaps");
        self.by_container.entry(activation.container).or_default().push(activation.no);
        if let Some(back_at) = activation.back_at {
            self.cooling.insert((back_at, activation.no));
        }
        self.all.push(activation);
    }

    /// Changes one by `change`, which must leave number and container as they are.
    pub(crate) fn change(
        &mut self,
        no: ActivationNo,
        change: impl FnOnce(&mut Activation),
    ) -> Option<(Activation, &Activation)> {
        let activation = self.all.get_mut(no.index())?;
        let before = activation.clone();
        change(activation);
        if before.back_at != activation.back_at {
            before.back_at.map(|at| self.cooling.remove(&(at, no)));
            activation.back_at.map(|at| self.cooling.insert((at, no)));
        }
        Some((before, activation))
    }

    /// Puts one into another container's list.
    pub(crate) fn carry(&mut self, no: ActivationNo, to: ContainerId) {
        let Some(activation) = self.all.get_mut(no.index()) else {
            return;
        };
        if let Some(numbers) = self.by_container.get_mut(&activation.container) {
            numbers.retain(|one| *one != no);
            if numbers.is_empty() {
                self.by_container.remove(&activation.container);
            }
        }
        activation.container = to;
        let numbers = self.by_container.entry(to).or_default();
        let place = numbers.partition_point(|one| *one < no);
        numbers.insert(place, no);
    }
}

impl Serialize for Activations {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.all.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Activations {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Activations, D::Error> {
        struct Sequence;
        impl<'de> serde::de::Visitor<'de> for Sequence {
            type Value = Activations;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list of activations")
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut sequence: A,
            ) -> Result<Activations, A::Error> {
                let mut activations = Activations::default();
                while let Some(activation) = sequence.next_element::<Activation>()? {
                    let no = activation.no;
                    if no != activations.next() {
                        let why = format!("activation {no} is not at its place");
                        return Err(serde::de::Error::custom(why));
                    }
                    activations.push(activation);
                }
                Ok(activations)
            }
        }
        deserializer.deserialize_seq(Sequence)
    }
}
