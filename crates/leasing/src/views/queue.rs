//! Tickets: who waits for what, at which place, and for how long presumably.
//!
//! Invariants: a place counts those in the longest line that the ticket stands in; an estimate is no promise and says
//! so by being absent where nothing is known. Deliberately not here: tokens of tickets (server).

use super::page::{Listing, Page};
use crate::ids::{No, TicketId};
use crate::queue::Line;
use crate::request::FeatureRequest;
use crate::state::Leasing;
use crate::stock::Feature;
use crate::term::{Now, RECLAIM_MARGIN_MS, later};
use crate::ticket::{Ticket, Turn};
use std::collections::BTreeMap;
use tenure_document::{Holder, LeaseId, Time};

/// The longest look at the ends of leases, for an estimate.
const ENDS_LOOKED_AT: usize = 64;

/// How many stand before a turn in a line.
type Places = BTreeMap<(No<Feature>, Turn), u64>;

/// One ticket that waits or has an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketRow {
    /// Its number.
    pub id: TicketId,
    /// Who waits.
    pub holder: Holder,
    /// For what: one feature, or several that are wanted together.
    pub features: Vec<FeatureRequest>,
    /// Since when.
    pub since: Time,
    /// So long at most.
    pub until: Time,
    /// Its priority class; 0 is the best.
    pub class: u32,
    /// So many are served before it.
    pub ahead: u64,
    /// When it may be served, by how fast its line moves or by the ends of leases; none: nothing is known.
    pub expected: Option<Time>,
    /// What it is offered, and until when.
    pub offer: Option<(Vec<LeaseId>, Time)>,
}

impl Leasing {
    /// One ticket that waits or has an offer.
    pub fn ticket_row(&self, id: TicketId, now: Now) -> Option<TicketRow> {
        let ticket = self.queue.tickets.get(&id)?;
        Some(self.row_of_ticket(ticket, &Places::new(), now))
    }

    /// Tickets in the order of their turns; of one feature where it is given.
    pub fn ticket_rows(&self, feature: Option<&str>, page: Page, now: Now) -> Listing<TicketRow> {
        let fits = |ticket: &&Ticket| {
            let mut features = ticket.queued.asked.features.iter();
            feature.is_none_or(|name| features.any(|feature| feature.name == name))
        };
        let mut found: Vec<&Ticket> = self.queue.tickets.values().filter(fits).collect();
        found.sort_unstable_by_key(|ticket| ticket.turn());
        let total = found.len();
        let page = found.iter().skip(page.skip).take(page.take);
        let places = if page.len() > 1 { self.places() } else { Places::new() };
        Listing {
            rows: page.map(|ticket| self.row_of_ticket(ticket, &places, now)).collect(),
            total,
        }
    }

    /// How many wait for each feature that anybody waits for, by name.
    pub fn queue_lengths(&self) -> Vec<(String, usize)> {
        let lines = self.queue.lines.iter().filter(|(_, line)| !line.turns.is_empty());
        let length = |(no, line): (&No<Feature>, &Line)| {
            Some((self.features.get(*no)?.name.to_string(), line.turns.len()))
        };
        let mut lengths: Vec<(String, usize)> = lines.filter_map(length).collect();
        lengths.sort_unstable();
        lengths
    }

    fn row_of_ticket(&self, ticket: &Ticket, places: &Places, now: Now) -> TicketRow {
        let queued = &ticket.queued;
        let features = queued.asked.features.iter();
        let waits = ticket.offer.is_none();
        let ahead = |no| match places.get(&(no, ticket.turn())) {
            Some(ahead) => *ahead,
            None => self.ahead_in(no, ticket.turn()),
        };
        let lines: Vec<(No<Feature>, u64)> = features
            .filter(|_| waits)
            .filter_map(|feature| self.features.find(feature.name.as_str()))
            .map(|no| (no, ahead(no)))
            .collect();
        let expected = lines.iter().map(|(no, ahead)| self.expected(*no, *ahead, now)).max();
        TicketRow {
            id: queued.ticket,
            holder: queued.asked.holder.clone(),
            features: queued.asked.features.clone(),
            since: queued.at,
            until: queued.until,
            class: queued.class,
            ahead: lines.iter().map(|(_, ahead)| *ahead).max().unwrap_or(0),
            expected: expected.flatten(),
            offer: ticket.offer.as_ref().map(|offer| (offer.leases.clone(), offer.until)),
        }
    }

    /// All places at once: counting from the front for each ticket anew takes the square of a line.
    fn places(&self) -> Places {
        let lines = self.queue.lines.iter();
        let places =
            lines.flat_map(|(no, line)| line.turns.iter().map(|turn| (*no, *turn)).zip(0..));
        places.collect()
    }

    fn ahead_in(&self, feature: No<Feature>, turn: Turn) -> u64 {
        let line = self.queue.lines.get(&feature);
        line.map_or(0, |line| u64::try_from(line.turns.range(..turn).count()).unwrap_or(u64::MAX))
    }

    /// When a line may have served so many and one more.
    fn expected(&self, no: No<Feature>, ahead: u64, now: Now) -> Option<Time> {
        let pace = self.queue.lines.get(&no).map(|line| line.pace).unwrap_or_default();
        if pace.gap_ms > 0 {
            let from = pace.last.unwrap_or(now.at);
            let wait = pace.gap_ms.saturating_mul(ahead.saturating_add(1));
            let at = later(from, i64::try_from(wait).unwrap_or(i64::MAX));
            return Some(at.max(now.at));
        }
        let place = usize::try_from(ahead).ok().filter(|place| *place < ENDS_LOOKED_AT)?;
        let end = self.features.get(no)?.ends.iter().nth(place)?.0;
        Some(later(end, RECLAIM_MARGIN_MS).max(now.at))
    }
}
