//! A checkout that waits in the server's queue: its tickets, asked about one after the other until each has an answer.
//!
//! Invariants: every question has a nonce of its own, so that its answer can't be an old one; a lease is counted from
//! the question that brought it; whoever gives up says so, and gives back what came in the same moment.
//! Not here: who sends the questions (`driver`: never the thread that renews, because they stay open for a while).

use std::time::Duration;

use tenure_api::{ApiError, CheckoutAnswer};

use super::message::{Action, Event, Message, RequestId, SeatId, Ticket, Wanted};
use super::outstanding::{Outstanding, Purpose};
use super::seat::Seat;
use super::state::Session;
use super::verdict::one_feature;
use super::waiting::Waiting;
use crate::backoff;
use crate::clock::Now;
use crate::error::{Denied, Error, Forged};

/// All tickets of a checkout are asked about within this time, which is less than [`OFFER`].
const ROUND: u64 = 20;
/// A server holds an offer at least for so long.
const OFFER: Duration = Duration::from_secs(30);
/// Not more often than this.
const PAUSE: Duration = Duration::from_secs(1);
/// A server that can't be reached is asked for so long beyond the end of the wait.
const PATIENCE: Duration = Duration::from_secs(60);

impl Session {
    /// Waits with the tickets of an answer; `seats` came with them.
    pub(super) fn wait(
        &mut self,
        request: RequestId,
        (asked, wanted): (&Outstanding, &Wanted),
        (seats, answer): (Vec<SeatId>, &CheckoutAnswer),
        now: Now,
        out: &mut Vec<Action>,
    ) {
        let tickets = answer.tickets.iter();
        let wait = wanted.wait.map_or(Duration::ZERO, |wait| wait.duration());
        let waiting = Waiting {
            wanted: wanted.clone(),
            body: asked.request(),
            seats,
            denials: answer.denials.clone(),
            tickets: tickets.map(|ticket| (ticket.id.clone(), ticket.token.clone())).collect(),
            refused: None,
            until: now.steady.saturating_add(wait).saturating_add(PATIENCE),
        };
        let ids: Vec<String> = waiting.tickets.keys().cloned().collect();
        self.waiting.insert(request, waiting);
        for id in ids {
            self.poll(request, id, (0, now.steady), out);
        }
    }

    /// Asks about a ticket at this instant, under a new nonce and key.
    fn poll(
        &mut self,
        request: RequestId,
        id: String,
        (failures, at): (u32, Duration),
        out: &mut Vec<Action>,
    ) {
        let Some(waiting) = self.waiting.get(&request) else { return };
        let Some(token) = waiting.tickets.get(&id).cloned() else { return };
        let wait = (ROUND / waiting.tickets.len().max(1) as u64).max(1);
        let nonce = self.nonce();
        let message = Message::Poll { id: id.clone(), token, nonce: nonce.clone(), wait };
        let purpose = Purpose::Poll { request, id, nonce };
        let key = self.draw().to_string();
        let asked =
            Outstanding { purpose, message, key, first_sent: at, failures, retry_at: Some(at) };
        self.schedule(asked, out);
    }

    /// Judges the answer to a question about a ticket.
    pub(super) fn polled(
        &mut self,
        asked: &Outstanding,
        answer: &CheckoutAnswer,
        now: Now,
        out: &mut Vec<Action>,
    ) -> Result<(), Forged> {
        let Purpose::Poll { request, id, nonce } = &asked.purpose else { return Ok(()) };
        let request = *request;
        // Given up meanwhile: the server was told, and takes back what it gave.
        let Some(waiting) = self.waiting.get(&request) else { return Ok(()) };
        let wanted = waiting.wanted.clone();
        if answer.leases.is_empty() {
            let at = now.steady.max(asked.first_sent.saturating_add(PAUSE));
            self.poll(request, id.clone(), (0, at), out);
            return Ok(());
        }
        let body = waiting.body;
        let mut proved = Vec::new();
        for grant in &answer.leases {
            proved.push(self.prove(body, &wanted.features, nonce, grant, None, now.wall)?);
        }
        let mut seats = Vec::new();
        for held in proved {
            let again = one_feature(&wanted, &held);
            seats.push(self.seat(Seat::new(again, held, asked.first_sent)));
        }
        if let Some(waiting) = self.waiting.get_mut(&request) {
            waiting.seats.extend(seats);
            waiting.tickets.remove(id);
        }
        self.settle(request, out);
        Ok(())
    }

    /// The server said that a ticket is over.
    pub(super) fn ticket_refused(
        &mut self,
        (request, id): (RequestId, &str),
        error: ApiError,
        out: &mut Vec<Action>,
    ) {
        let Some(waiting) = self.waiting.get_mut(&request) else { return };
        waiting.tickets.remove(id);
        match error.problem() {
            Some(problem) if !problem.denials.is_empty() => {
                waiting.denials.extend(problem.denials.iter().cloned());
            }
            _ => waiting.refused = Some(error),
        }
        self.settle(request, out);
    }

    /// A question about a ticket got no answer: ask again, later and under a new nonce.
    pub(super) fn poll_failed(
        &mut self,
        asked: &Outstanding,
        error: ApiError,
        now: Now,
        out: &mut Vec<Action>,
    ) {
        let Purpose::Poll { request, id, .. } = &asked.purpose else { return };
        let Some(waiting) = self.waiting.get(request) else { return };
        if now.steady >= waiting.until {
            return self.stop_waiting(*request, Some(error.into()), now, out);
        }
        let failures = asked.failures.saturating_add(1);
        let chance = self.chance();
        let wait = backoff::wait(failures, error.retry_after(), Some(OFFER), chance);
        self.poll(*request, id.clone(), (failures, now.steady.saturating_add(wait)), out);
    }

    /// Waits no longer: says so to the server, gives back what came so far, and tells the application why, if there is
    /// a reason.
    pub(super) fn stop_waiting(
        &mut self,
        request: RequestId,
        error: Option<Error>,
        now: Now,
        out: &mut Vec<Action>,
    ) {
        let Some(waiting) = self.waiting.remove(&request) else { return };
        for (id, token) in waiting.tickets {
            self.send(Purpose::Cancel, Message::Cancel { id, token }, now, out);
        }
        for seat in waiting.seats {
            out.extend(self.step(Event::Release { seat }, now));
            self.seats.remove(&seat);
        }
        out.extend(error.map(|error| Action::Failed { request, error }));
    }

    /// Tells the application when there is nothing left to wait for.
    fn settle(&mut self, request: RequestId, out: &mut Vec<Action>) {
        let over = self.waiting.get(&request).is_some_and(|waiting| waiting.tickets.is_empty());
        let Some(waiting) = over.then(|| self.waiting.remove(&request)).flatten() else { return };
        let Waiting { seats, denials, refused, .. } = waiting;
        out.push(match (seats.is_empty(), refused) {
            (false, _) => Action::Granted { request, seats, denials },
            (true, Some(refused)) if denials.is_empty() => {
                Action::Failed { request, error: refused.into() }
            }
            (true, _) => Action::Failed { request, error: Error::Denied(Denied { denials }) },
        });
    }

    /// The checkout that a question belongs to.
    pub fn request_of(&self, ticket: Ticket) -> Option<RequestId> {
        match self.purpose(ticket)? {
            Purpose::Poll { request, .. } => Some(*request),
            _ => None,
        }
    }
}
