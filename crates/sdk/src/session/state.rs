//! The state of a session and its one transition.
//!
//! Invariants: a message keeps its body and idempotency key through all repetitions; an answer is
//! acted upon at most once; nothing is believed before it is verified (`verdict`). A renewal that
//! is repeated for too long is replaced by a new one, because its answer would be counted from the
//! first sending.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tenure_api::{ApiError, Renewals, WantedRenewal, body_of};
use tenure_document::{Bytes, Hash, Holder, PublicKey, RootPin};

use super::held::{HeldLease, Loan};
use super::message::{Action, Event, Message, Reply, RequestId, SeatId, Ticket, Wanted};
use super::outstanding::{Outstanding, Pending, Purpose};
use super::seat::Seat;
use super::waiting::Waiting;
use crate::backoff;
use crate::clock::Now;
use crate::error::Error;
use crate::policy::{Notice, OnLoss, SeatState};
use crate::proof::Authority;

/// Attempts of a message that somebody is waiting for.
const ATTEMPTS: u32 = 3;

/// Seats that one message renews: what a shared folder carries, and far fewer than a server takes.
const RENEWED_AT_ONCE: usize = 100;

/// Checkouts without an answer that are remembered.
const ABANDONED: usize = 16;
/// So long, and borrowings as long as they would run: what such a checkout got, and why it got nothing, is over then.
const ABANDONED_FOR: Duration = Duration::from_secs(15 * 60);

/// What a session is made with.
#[derive(Clone)]
pub struct Settings {
    /// Who asks.
    pub holder: Holder,
    /// The publisher's root.
    pub root: RootPin,
    /// What a seat is worth without the server.
    pub on_loss: OnLoss,
    /// Leases are bound to this key.
    pub client_key: Option<PublicKey>,
    /// Unforeseeable bytes; nonces and idempotency keys are derived from them.
    pub seed: [u8; 32],
}

/// The client's side of everything between it and one license server.
pub struct Session {
    pub(super) settings: Settings,
    pub(super) authority: Option<Authority>,
    pub(super) seats: BTreeMap<SeatId, Seat>,
    /// What waits for a chain of trust.
    pub(super) pending: Vec<Pending>,
    /// Checkouts that wait in the queue.
    pub(super) waiting: BTreeMap<RequestId, Waiting>,
    outstanding: BTreeMap<Ticket, Outstanding>,
    /// Checkouts given up without an answer: asked again under the same key, so that a lost answer costs no seat.
    abandoned: Vec<Outstanding>,
    drawn: u64,
    numbered: u64,
    stepped: Duration,
}

impl Session {
    /// A session that knows nothing about its server yet, or what it knew before.
    pub fn new(settings: Settings, authority: Option<Authority>) -> Self {
        Self {
            settings,
            authority,
            seats: BTreeMap::new(),
            pending: Vec::new(),
            waiting: BTreeMap::new(),
            outstanding: BTreeMap::new(),
            abandoned: Vec::new(),
            drawn: 0,
            numbered: 0,
            stepped: Duration::ZERO,
        }
    }

    /// Takes in one event and says what is to be done.
    pub fn step(&mut self, event: Event, now: Now) -> Vec<Action> {
        self.stepped = now.steady;
        let mut actions = Vec::new();
        match event {
            Event::Checkout { request, wanted } => {
                self.checkout(request, wanted, now, &mut actions)
            }
            Event::Answered { ticket, answer } => self.answered(ticket, answer, now, &mut actions),
            Event::Restored { request, lease, left } => {
                let seat = self.seat(Seat::restored(*lease, now.steady, left));
                actions.push(Action::Granted { request, seats: vec![seat], denials: Vec::new() });
            }
            Event::Release { seat } => self.release(seat, now, &mut actions),
            Event::GiveUp { request } => self.stop_waiting(request, None, now, &mut actions),
            Event::Forget { seat } => {
                self.seats.remove(&seat);
            }
            Event::GivenBack { loan } => self.given_back(loan, &mut actions),
            Event::Tick => {}
        }
        self.end_overdue(now, &mut actions);
        self.repeat_due(now, &mut actions);
        self.renew_due(now, &mut actions);
        actions
    }

    /// When to step again if nothing happens before.
    pub fn next_wake(&self) -> Option<Duration> {
        let repeats = self.outstanding.values().filter_map(|message| message.retry_at);
        let live = || self.seats.values().filter(|seat| seat.ended.is_none());
        let renewals = live().filter(|seat| seat.busy.is_none()).filter_map(|seat| seat.renew_at);
        let deadlines = live().filter_map(|seat| seat.deadline(self.settings.on_loss));
        // A deadline that has passed without ending the seat waits for an answer, not for time.
        repeats.chain(renewals).chain(deadlines.filter(|at| *at > self.stepped)).min()
    }

    /// What the application sees of a seat; `None` when it was forgotten.
    pub fn state(&self, seat: SeatId, now: Now) -> Option<SeatState> {
        self.seats.get(&seat).map(|seat| seat.state(self.settings.on_loss, now))
    }

    /// The lease of a seat; `None` when it was forgotten.
    pub fn held(&self, seat: SeatId) -> Option<&HeldLease> {
        self.seats.get(&seat).map(|seat| &seat.held)
    }

    /// The borrowed leases whose seats have not ended.
    pub fn borrowed(&self) -> BTreeSet<Loan> {
        let live = self.seats.values().filter(|seat| seat.ended.is_none() && seat.is_borrowed());
        live.map(|seat| Loan::of(&seat.held.lease)).collect()
    }

    /// The proven server, once its chain was fetched.
    pub fn authority(&self) -> Option<&Authority> {
        self.authority.as_ref()
    }

    /// Who asks.
    pub fn holder(&self) -> &Holder {
        &self.settings.holder
    }

    fn checkout(&mut self, request: RequestId, wanted: Wanted, now: Now, out: &mut Vec<Action>) {
        if self.authority.is_none() {
            self.wait_for_chain(Pending::Start { request, wanted }, now, out);
        } else {
            self.start(request, wanted, now, out);
        }
    }

    pub(super) fn start(
        &mut self,
        request: RequestId,
        wanted: Wanted,
        now: Now,
        out: &mut Vec<Action>,
    ) {
        self.abandoned.retain(|given_up| !given_up.is_older(ABANDONED_FOR, now.steady));
        let same = |given_up: &Outstanding| matches!(&given_up.purpose, Purpose::Checkout { wanted: before, .. } if *before == wanted);
        if let Some(place) = self.abandoned.iter().position(same) {
            let mut again = self.abandoned.remove(place);
            if let Purpose::Checkout { request: number, .. } = &mut again.purpose {
                *number = request;
            }
            again.failures = 0;
            self.dispatch(again, out);
            return;
        }
        let nonce = self.nonce();
        match self.checkout_message(&wanted, nonce.clone()) {
            Ok(message) => {
                self.send(Purpose::Checkout { request, wanted, nonce }, message, now, out);
            }
            Err(error) => out.push(Action::Failed { request, error: error.into() }),
        }
    }

    fn checkout_message(&self, wanted: &Wanted, nonce: Bytes) -> Result<Message, ApiError> {
        let client_key = self.settings.client_key.clone();
        body_of(&wanted.request(&self.settings.holder, nonce, client_key)).map(Message::Checkout)
    }

    /// Asks for the seat's feature anew, because its lease is gone.
    pub(super) fn reacquire(&mut self, id: SeatId, now: Now, out: &mut Vec<Action>) {
        let nonce = self.nonce();
        let Some(wanted) = self.seats.get(&id).map(|seat| seat.wanted.clone()) else { return };
        if let Ok(message) = self.checkout_message(&wanted, nonce.clone()) {
            let ticket = self.send(Purpose::Reacquire { seat: id, nonce }, message, now, out);
            if let Some(seat) = self.seats.get_mut(&id) {
                seat.busy = Some(ticket);
            }
        }
    }

    pub(super) fn seat(&mut self, seat: Seat) -> SeatId {
        self.numbered += 1;
        let id = SeatId(self.numbered);
        self.seats.insert(id, seat);
        id
    }

    pub(super) fn wait_for_chain(&mut self, pending: Pending, now: Now, out: &mut Vec<Action>) {
        self.pending.push(pending);
        let asked = self.outstanding.values().any(|asked| matches!(asked.purpose, Purpose::Chain));
        if !asked {
            self.send(Purpose::Chain, Message::Chain, now, out);
        }
    }

    pub(super) fn send(
        &mut self,
        purpose: Purpose,
        message: Message,
        now: Now,
        out: &mut Vec<Action>,
    ) -> Ticket {
        let key = self.draw().to_string();
        let first_sent = now.steady;
        self.dispatch(
            Outstanding { purpose, message, key, first_sent, failures: 0, retry_at: None },
            out,
        )
    }

    fn dispatch(&mut self, mut asked: Outstanding, out: &mut Vec<Action>) -> Ticket {
        self.numbered += 1;
        let ticket = Ticket(self.numbered);
        asked.retry_at = None;
        let (message, key) = (asked.message.clone(), asked.key.clone());
        out.push(Action::Send { ticket, message, key });
        self.outstanding.insert(ticket, asked);
        ticket
    }

    /// Sends a message at its instant: now, or when it has come.
    pub(super) fn schedule(&mut self, asked: Outstanding, out: &mut Vec<Action>) {
        if asked.retry_at.is_none_or(|at| at <= self.stepped) {
            self.dispatch(asked, out);
        } else {
            self.numbered += 1;
            self.outstanding.insert(Ticket(self.numbered), asked);
        }
    }

    /// What a message that has not been answered is for.
    pub(super) fn purpose(&self, ticket: Ticket) -> Option<&Purpose> {
        self.outstanding.get(&ticket).map(|asked| &asked.purpose)
    }

    fn answered(
        &mut self,
        ticket: Ticket,
        answer: Result<Reply, ApiError>,
        now: Now,
        out: &mut Vec<Action>,
    ) {
        let Some(asked) = self.outstanding.remove(&ticket) else { return };
        match answer {
            Ok(reply) => self.judge(asked, reply, false, now, out),
            Err(error) if error.is_fault() => self.fault(ticket, asked, error, now, out),
            Err(error) => self.refusal(asked, error, now, out),
        }
    }

    /// No answer, or one that says "later".
    fn fault(
        &mut self,
        ticket: Ticket,
        mut asked: Outstanding,
        error: ApiError,
        now: Now,
        out: &mut Vec<Action>,
    ) {
        asked.failures += 1;
        let mut left = None;
        match &asked.purpose {
            Purpose::Renew { seats } => {
                for (seat, _) in seats {
                    let (failures, rest) = self.fail(*seat, now, out);
                    asked.failures = asked.failures.max(failures);
                    left = left.into_iter().chain(rest).min();
                }
            }
            Purpose::Reacquire { seat, .. } => {
                left = self.fail(*seat, now, out).1;
                if self.seats.get(seat).is_none_or(|seat| seat.ended.is_some()) {
                    return;
                }
            }
            Purpose::Poll { .. } => return self.poll_failed(&asked, error, now, out),
            Purpose::Chain
            | Purpose::Checkout { .. }
            | Purpose::Cancel
            | Purpose::Release { .. } => {
                if asked.failures >= ATTEMPTS {
                    return self.give_up(asked, error, now, out);
                }
            }
        }
        let chance = self.chance();
        let wait = backoff::wait(asked.failures, error.retry_after(), left, chance);
        asked.retry_at = Some(now.steady + wait);
        self.outstanding.insert(ticket, asked);
    }

    /// Counts a failure of a seat; its failures so far and what is left of its lease.
    pub(super) fn fail(
        &mut self,
        id: SeatId,
        now: Now,
        out: &mut Vec<Action>,
    ) -> (u32, Option<Duration>) {
        let on_loss = self.settings.on_loss;
        let Some(seat) = self.seats.get_mut(&id).filter(|seat| seat.ended.is_none()) else {
            return (0, None);
        };
        if seat.fail(now.steady) {
            let until = seat.deadline(on_loss).map(|deadline| now.wall_at(deadline));
            out.push(Action::Tell { seat: id, notice: Notice::Lost { until } });
        }
        (seat.failures, Some(seat.until.saturating_sub(now.steady)))
    }

    /// A message that somebody waits for has failed for good.
    fn give_up(&mut self, asked: Outstanding, error: ApiError, now: Now, out: &mut Vec<Action>) {
        match &asked.purpose {
            Purpose::Checkout { request, .. } => {
                out.push(Action::Failed { request: *request, error: error.into() });
                self.abandoned.push(asked);
                if self.abandoned.len() > ABANDONED {
                    self.abandoned.remove(0);
                }
            }
            Purpose::Chain => self.chain_failed(error.into(), now, out),
            Purpose::Release { seat } => {
                out.push(Action::Returned { seat: *seat, outcome: Err(error.into()) });
            }
            Purpose::Reacquire { .. }
            | Purpose::Renew { .. }
            | Purpose::Poll { .. }
            | Purpose::Cancel => {}
        }
    }

    /// Whatever waited for the chain fails with it; seats keep what they have and ask again.
    pub(super) fn chain_failed(&mut self, error: Error, now: Now, out: &mut Vec<Action>) {
        for pending in std::mem::take(&mut self.pending) {
            match pending {
                Pending::Start { request, .. } => {
                    out.push(Action::Failed { request, error: error.clone() });
                }
                Pending::Judge(judge) => self.unjudged(judge.0, &error, now, out),
                Pending::Release { seat } => {
                    out.push(Action::Returned { seat, outcome: Err(error.clone()) });
                }
            }
        }
    }

    fn end_overdue(&mut self, now: Now, out: &mut Vec<Action>) {
        let on_loss = self.settings.on_loss;
        for (id, seat) in &mut self.seats {
            if let Some(why) = seat.overdue(on_loss, now.steady) {
                seat.ended = Some(why.clone());
                out.push(Action::Tell { seat: *id, notice: Notice::Ended(why) });
            }
        }
    }

    fn repeat_due(&mut self, now: Now, out: &mut Vec<Action>) {
        let due = |asked: &Outstanding| asked.retry_at.is_some_and(|at| at <= now.steady);
        let tickets: Vec<Ticket> =
            self.outstanding.iter().filter(|(_, asked)| due(asked)).map(|(id, _)| *id).collect();
        for ticket in tickets {
            if self.outstanding.get(&ticket).is_some_and(|asked| self.is_stale(asked, now)) {
                self.drop_stale(ticket);
            } else if let Some(asked) = self.outstanding.get_mut(&ticket) {
                asked.retry_at = None;
                let (message, key) = (asked.message.clone(), asked.key.clone());
                out.push(Action::Send { ticket, message, key });
            }
        }
    }

    /// A renewal whose answer would be worth little, or that names a seat nobody uses any more.
    fn is_stale(&self, asked: &Outstanding, now: Now) -> bool {
        let age = now.steady.saturating_sub(asked.first_sent);
        let gone = |id: &SeatId| self.seats.get(id).is_none_or(|seat| seat.ended.is_some());
        match &asked.purpose {
            Purpose::Renew { seats } => seats.iter().any(|(id, _)| {
                gone(id) || self.seats.get(id).is_some_and(|seat| age > seat.term() / 4)
            }),
            Purpose::Reacquire { seat, .. } => gone(seat),
            Purpose::Poll { request, .. } => !self.waiting.contains_key(request),
            Purpose::Chain
            | Purpose::Checkout { .. }
            | Purpose::Cancel
            | Purpose::Release { .. } => false,
        }
    }

    fn drop_stale(&mut self, ticket: Ticket) {
        self.outstanding.remove(&ticket);
        for seat in self.seats.values_mut().filter(|seat| seat.busy == Some(ticket)) {
            seat.busy = None;
        }
    }

    fn renew_due(&mut self, now: Now, out: &mut Vec<Action>) {
        let due = |seat: &Seat| {
            seat.ended.is_none()
                && seat.busy.is_none()
                && seat.renew_at.is_some_and(|at| at <= now.steady)
        };
        let ids: Vec<SeatId> =
            self.seats.iter().filter(|(_, seat)| due(seat)).map(|(id, _)| *id).collect();
        ids.chunks(RENEWED_AT_ONCE).for_each(|ids| self.renew(ids, now, out));
    }

    fn renew(&mut self, ids: &[SeatId], now: Now, out: &mut Vec<Action>) {
        let seats: Vec<(SeatId, Bytes)> = ids.iter().map(|id| (*id, self.nonce())).collect();
        let renewals = seats.iter().map(|(id, nonce)| {
            let held = &self.seats[id].held;
            WantedRenewal {
                lease: held.lease.id,
                token: held.token.clone(),
                nonce: Some(nonce.clone()),
            }
        });
        let Ok(body) = body_of(&Renewals { renewals: renewals.collect() }) else { return };
        let purpose = Purpose::Renew { seats: seats.clone() };
        let ticket = self.send(purpose, Message::Renew(body), now, out);
        for (id, _) in &seats {
            if let Some(seat) = self.seats.get_mut(id) {
                seat.busy = Some(ticket);
            }
        }
    }

    /// The next value that nobody can foresee.
    pub(super) fn draw(&mut self) -> Hash {
        self.drawn += 1;
        let mut bytes = self.settings.seed.to_vec();
        bytes.extend_from_slice(&self.drawn.to_be_bytes());
        Hash::of(&bytes)
    }

    pub(super) fn nonce(&mut self) -> Bytes {
        let drawn = self.draw();
        Bytes(drawn.as_bytes()[..16].to_vec())
    }

    pub(super) fn chance(&mut self) -> u32 {
        let drawn = self.draw();
        let [a, b, c, d, ..] = *drawn.as_bytes();
        u32::from_be_bytes([a, b, c, d])
    }
}
