//! Who waits for what: one line per feature, in the order in which holders are served.
//!
//! Invariants: a ticket stands in the lines of all its features while it waits, and in none while it has an offer;
//! every ticket has one instant at which its waiting or its offer ends; tickets that are over are remembered for a
//! while, a bounded number of them. Deliberately not here: who is served (offers), how long a line may get (waiting).

use crate::ids::{No, TicketId};
use crate::stock::Feature;
use crate::ticket::{Offer, Settled, Ticket, Turn};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use tenure_document::Time;

/// The most tickets that are over and still remembered.
const SETTLED_MAX: usize = 10_000;

/// Everybody who waits.
#[derive(Debug, Clone)]
pub(crate) struct Queue {
    pub(crate) next: TicketId,
    pub(crate) tickets: BTreeMap<TicketId, Ticket>,
    pub(crate) lines: BTreeMap<No<Feature>, Line>,
    /// Ends of waiting.
    pub(crate) ends: BTreeSet<(Time, TicketId)>,
    /// Ends of offers.
    pub(crate) lapses: BTreeSet<(Time, TicketId)>,
    pub(crate) settled: VecDeque<(TicketId, Settled)>,
}

/// Who waits for one feature.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line {
    pub(crate) turns: BTreeSet<Turn>,
    /// Seats that they want together.
    pub(crate) wanted: u64,
    /// Features that some of them want together with this one, and how many do.
    pub(crate) links: BTreeMap<No<Feature>, usize>,
    pub(crate) pace: Pace,
    stirs: u64,
    looked: Looked,
}

/// How fast a line moves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Pace {
    /// The last offer, while others went on waiting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last: Option<Time>,
    /// Milliseconds between offers, the latest ones counting most; 0: not known.
    pub(crate) gap_ms: u64,
}

/// When a line was last gone through in vain, so that it need not be done again before something changes. Only saves
/// work: without it decisions are the same.
#[derive(Debug)]
struct Looked {
    stirs: AtomicU64,
    seconds: [AtomicI64; 2],
}

impl Default for Looked {
    fn default() -> Looked {
        let never = || AtomicI64::new(i64::MIN);
        Looked { stirs: AtomicU64::new(u64::MAX), seconds: [never(), never()] }
    }
}

impl Clone for Looked {
    fn clone(&self) -> Looked {
        Looked::default()
    }
}

/// What a ticket waits for: each feature once, with how many seats of it.
pub(crate) type Wants = [(No<Feature>, u64)];

impl Line {
    fn enter(&mut self, own: No<Feature>, turn: Turn, wants: &Wants) {
        self.turns.insert(turn);
        for (feature, seats) in wants {
            if *feature == own {
                self.wanted += seats;
            } else {
                *self.links.entry(*feature).or_default() += 1;
            }
        }
        self.stir();
    }

    fn leave(&mut self, own: No<Feature>, turn: Turn, wants: &Wants) {
        if !self.turns.remove(&turn) {
            return;
        }
        for (feature, seats) in wants {
            if *feature == own {
                self.wanted -= seats;
            } else if let Some(links) = self.links.get_mut(feature) {
                *links -= 1;
            }
        }
        self.links.retain(|_, links| *links > 0);
        self.stir();
    }

    /// Something has changed that may serve somebody here.
    pub(crate) fn stir(&mut self) {
        self.stirs += 1;
    }

    /// Nobody here could be served at these instants (ledger time, time of items), and nothing has changed since.
    pub(crate) fn is_still(&self, instants: [Time; 2]) -> bool {
        let seconds = instants.map(second);
        self.looked.stirs.load(Ordering::Relaxed) == self.stirs
            && self.looked.seconds.iter().zip(seconds).all(|(a, b)| a.load(Ordering::Relaxed) == b)
    }

    /// Nobody here can be served at these instants.
    pub(crate) fn rest(&self, instants: [Time; 2]) {
        self.looked.stirs.store(self.stirs, Ordering::Relaxed);
        for (memo, instant) in self.looked.seconds.iter().zip(instants) {
            memo.store(second(instant), Ordering::Relaxed);
        }
    }
}

fn second(at: Time) -> i64 {
    at.as_millis().div_euclid(1_000)
}

impl Pace {
    /// Somebody was offered something.
    fn note(&mut self, at: Time) {
        if let Some(last) = self.last {
            let gap = at.as_millis().saturating_sub(last.as_millis());
            let gap = u64::try_from(gap).unwrap_or(0);
            self.gap_ms = if self.gap_ms == 0 { gap } else { (self.gap_ms * 3 + gap) / 4 };
        }
        self.last = Some(at);
    }
}

impl Default for Queue {
    fn default() -> Queue {
        Queue {
            next: TicketId(1),
            tickets: BTreeMap::new(),
            lines: BTreeMap::new(),
            ends: BTreeSet::new(),
            lapses: BTreeSet::new(),
            settled: VecDeque::new(),
        }
    }
}

impl Queue {
    /// How many wait for a feature.
    pub(crate) fn length(&self, feature: No<Feature>) -> usize {
        self.lines.get(&feature).map_or(0, |line| line.turns.len())
    }

    /// Something has changed for this feature.
    pub(crate) fn stir(&mut self, feature: No<Feature>) {
        if let Some(line) = self.lines.get_mut(&feature) {
            line.stir();
        }
    }

    /// Something has changed that may concern every feature.
    pub(crate) fn stir_all(&mut self) {
        self.lines.values_mut().for_each(Line::stir);
    }

    /// Puts a ticket into its lines, or among those that have an offer.
    pub(crate) fn add(&mut self, ticket: Ticket, wants: &Wants) {
        let id = ticket.queued.ticket;
        self.next = self.next.max(TicketId(id.0 + 1));
        match &ticket.offer {
            Some(offer) => {
                self.lapses.insert((offer.until, id));
            }
            None => {
                self.ends.insert((ticket.queued.until, id));
                for (feature, _) in wants {
                    let line = self.lines.entry(*feature).or_default();
                    line.enter(*feature, ticket.turn(), wants);
                }
            }
        }
        self.tickets.insert(id, ticket);
    }

    /// A ticket leaves its lines for an offer.
    pub(crate) fn offer(&mut self, id: TicketId, wants: &Wants, offer: Offer, at: Time) {
        let Some(ticket) = self.tickets.get_mut(&id) else {
            debug_assert!(false, "no ticket {id}");
            return;
        };
        let (turn, until) = (ticket.turn(), ticket.queued.until);
        self.lapses.insert((offer.until, id));
        ticket.offer = Some(offer);
        self.ends.remove(&(until, id));
        self.leave(turn, wants, Some(at));
    }

    /// A ticket is over.
    pub(crate) fn settle(
        &mut self,
        id: TicketId,
        wants: &Wants,
        settled: impl FnOnce(&Ticket) -> Settled,
    ) {
        let Some(ticket) = self.tickets.remove(&id) else {
            debug_assert!(false, "no ticket {id}");
            return;
        };
        self.ends.remove(&(ticket.queued.until, id));
        if let Some(offer) = &ticket.offer {
            self.lapses.remove(&(offer.until, id));
        }
        self.leave(ticket.turn(), wants, None);
        self.settled.push_back((id, settled(&ticket)));
        if self.settled.len() > SETTLED_MAX {
            self.settled.pop_front();
        }
    }

    fn leave(&mut self, turn: Turn, wants: &Wants, offered: Option<Time>) {
        for (feature, _) in wants {
            let Some(line) = self.lines.get_mut(feature) else { continue };
            line.leave(*feature, turn, wants);
            if let Some(at) = offered {
                line.pace.note(at);
            }
            if line.turns.is_empty() {
                line.pace.last = None;
                if line.pace == Pace::default() {
                    self.lines.remove(feature);
                }
            }
        }
    }

    /// A ticket that is over, as far as it is remembered.
    pub(crate) fn find_settled(&self, id: TicketId) -> Option<&Settled> {
        self.settled.iter().rev().find(|(settled, _)| *settled == id).map(|(_, settled)| settled)
    }
}
