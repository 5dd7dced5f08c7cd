//! What a container knows of its transfers.
//!
//! Invariants: a nonce is in one of these places at most: asked, out, came, refused; one that went out is remembered
//! for ever, the rest until the office has booked it and then for a while.
//! Deliberately not here: how events change it (moved), which of them may follow (transfer).

use crate::stock::Lot;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use tenure_document::{
    Bytes, ContainerId, Count, Direction, Hash, Item, Move, MoveState, OpenTransfer,
};

/// Booked transfers that are remembered with their papers.
const BOOKED_KEPT: usize = 1_000;
/// The largest count of an item, as documents allow.
pub(crate) const COUNT_MAX: u64 = 10_000_000;

/// Everything about transfers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Transfers {
    pub(crate) asked: BTreeMap<Bytes, Asked>,
    pub(crate) out: BTreeMap<Bytes, Outgoing>,
    pub(crate) came: BTreeMap<Bytes, Incoming>,
    pub(crate) refused: BTreeMap<Bytes, Refused>,
    /// Nonces that went out, whose papers are forgotten.
    pub(crate) spent: BTreeSet<Bytes>,
    /// Transfers ever taken part in.
    pub(crate) moved: u64,
    /// Units of an item that were away when the office ordered fewer: so many of those that come back are not credited.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) forfeited: BTreeMap<String, u64>,
}

/// A request of this container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    pub(crate) item_id: String,
    pub(crate) count: u64,
    pub(crate) document: String,
}

/// A transfer from this container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Outgoing {
    pub(crate) target: ContainerId,
    /// The target's, as the request brought it: its answer is judged by it.
    pub(crate) certificate: String,
    pub(crate) item: Item,
    pub(crate) lot: Lot,
    pub(crate) transfer: Hash,
    /// The exact bytes, as long as they may be asked for again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) document: Option<String>,
    pub(crate) state: MoveState,
    /// The office has booked it.
    pub(crate) booked: bool,
    /// Sent in a generation before: only the office can end it.
    pub(crate) surrendered: bool,
    pub(crate) number: u64,
    /// An update made the item a counted one while it was away, or an uncounted one: nothing of this comes back.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) void: bool,
}

impl Outgoing {
    /// The office has it in its books here.
    pub(crate) fn is_away(&self) -> bool {
        !self.booked && self.state != MoveState::Refunded
    }
}

pub(crate) fn is_false(value: &bool) -> bool {
    !value
}

/// A transfer to this container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Incoming {
    pub(crate) source: ContainerId,
    pub(crate) item_id: String,
    pub(crate) count: Count,
    pub(crate) transfer: Hash,
    pub(crate) receipt: String,
    pub(crate) booked: bool,
    pub(crate) number: u64,
}

/// A request of this container that will never be fulfilled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refused {
    pub(crate) document: String,
    pub(crate) number: u64,
}

impl Transfers {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Transfers::default()
    }

    /// What the office has to hear, in the order in which it happened: what came before what went on.
    pub(crate) fn moves(&self) -> Vec<Move> {
        let out = self.out.iter().filter(|(_, out)| !out.booked).map(|(nonce, out)| {
            let told = Move {
                nonce: nonce.clone(),
                direction: Direction::Out,
                item_id: out.item.id.clone(),
                count: out.item.count,
                other: out.target,
                transfer: out.transfer,
                state: out.state,
            };
            (out.number, told)
        });
        let came = self.came.iter().filter(|(_, came)| !came.booked).map(|(nonce, came)| {
            let told = Move {
                nonce: nonce.clone(),
                direction: Direction::In,
                item_id: came.item_id.clone(),
                count: came.count,
                other: came.source,
                transfer: came.transfer,
                state: MoveState::Credited,
            };
            (came.number, told)
        });
        let mut moves: Vec<(u64, Move)> = out.chain(came).collect();
        moves.sort_by_key(|(number, _)| *number);
        moves.into_iter().map(|(_, told)| told).collect()
    }

    pub(crate) fn asked(&self) -> Vec<OpenTransfer> {
        let open = |(nonce, asked): (&Bytes, &Asked)| OpenTransfer {
            nonce: nonce.clone(),
            item_id: asked.item_id.clone(),
            count: asked.count,
        };
        self.asked.iter().map(open).collect()
    }

    /// Units of an item that the office does not know to have gone, and to have come.
    pub(crate) fn unbooked(&self, item: &str) -> (u64, u64) {
        let gone = self.away(item);
        let come = self.came.values().filter(|came| !came.booked && came.item_id == item);
        let sum = |counts: &mut dyn Iterator<Item = Count>| counts.map(units).sum();
        (sum(&mut gone.map(|out| out.item.count)), sum(&mut come.map(|came| came.count)))
    }

    /// Transfers that took units of an item which the office does not know to have gone.
    pub(crate) fn away(&self, item: &str) -> impl Iterator<Item = &Outgoing> {
        self.out.values().filter(move |out| out.is_away() && out.item.id == item)
    }

    /// What would come back of an item if every target refused it; none where nothing would.
    pub(crate) fn may_come_back(&self, item: &str) -> Option<Count> {
        let sent = self.away(item).filter(|out| out.state == MoveState::Sent && !out.void);
        let all = sent.map(|out| out.item.count).reduce(|all, more| sum(all, units(more)))?;
        match (all, units(all).saturating_sub(self.forfeited(item))) {
            (Count::Counted(_), 0) => None,
            (_, left) => Some(counted(left, all)),
        }
    }

    pub(crate) fn forfeited(&self, item: &str) -> u64 {
        self.forfeited.get(item).copied().unwrap_or_default()
    }

    /// An update replaced an item: what comes back of it is what the update says, by the document that holds it.
    pub(crate) fn replace(&mut self, item: &Item, origin: Option<Hash>) {
        let away = self.out.values_mut().filter(|out| out.is_away() && out.item.id == item.id);
        for out in away {
            let count = out.item.count;
            out.void = (count == Count::Uncounted) != (item.count == Count::Uncounted);
            out.item = Item { count, ..item.clone() };
            out.lot.steps.clear();
            out.lot.origin = origin.unwrap_or(out.lot.origin);
        }
    }

    /// Units come back; gives how many of them the office has taken away meanwhile.
    pub(crate) fn pay(&mut self, item: &str, back: u64) -> u64 {
        let Some(forfeited) = self.forfeited.get_mut(item) else { return 0 };
        let paid = back.min(*forfeited);
        *forfeited -= paid;
        paid
    }

    /// What is booked does not come back, so that nothing of it is forfeited any more.
    fn forgive(&mut self) {
        let mut forfeited = std::mem::take(&mut self.forfeited);
        forfeited.retain(|item, units| {
            *units = self.unbooked(item).0.min(*units);
            *units > 0
        });
        self.forfeited = forfeited;
    }

    /// Forgets what was booked long ago.
    pub(crate) fn forget(&mut self) {
        self.forgive();
        let booked = self.out.values().filter(|out| out.booked).map(|out| out.number);
        let came = self.came.values().filter(|came| came.booked).map(|came| came.number);
        let refused = self.refused.values().map(|refused| refused.number);
        let mut numbers: Vec<u64> = booked.chain(came).chain(refused).collect();
        if numbers.len() <= BOOKED_KEPT {
            return;
        }
        numbers.sort_unstable_by(|a, b| b.cmp(a));
        let oldest = numbers[BOOKED_KEPT - 1];
        let spent = |(nonce, out): (&Bytes, &Outgoing)| {
            (out.booked && out.number < oldest).then(|| nonce.clone())
        };
        let old: Vec<Bytes> = self.out.iter().filter_map(spent).collect();
        self.out.retain(|_, out| !out.booked || out.number >= oldest);
        self.spent.extend(old);
        self.came.retain(|_, came| !came.booked || came.number >= oldest);
        self.refused.retain(|_, refused| refused.number >= oldest);
    }
}

/// Units of a count; none of an uncounted one, which only moves as a whole.
pub(crate) fn units(count: Count) -> u64 {
    match count {
        Count::Counted(count) => u64::from(count),
        Count::Uncounted => 0,
    }
}

/// So many units more.
pub(crate) fn sum(count: Count, more: u64) -> Count {
    counted(units(count) + more, count)
}

/// A count of so many units; an uncounted one stays what it is.
pub(crate) fn counted(units: u64, like: Count) -> Count {
    match like {
        Count::Uncounted => Count::Uncounted,
        Count::Counted(_) => {
            Count::Counted(u32::try_from(units.clamp(1, COUNT_MAX)).unwrap_or(u32::MAX))
        }
    }
}
