//! One seat: its lease, how long it is good for, and when it ends under the publisher's policy.
//!
//! All instants are readings of the steady clock. A lease's interval begins when its request was
//! first sent and is shorter than the server's by a margin for clocks of different speed.

use std::time::Duration;

use tenure_api::Problem;

use super::held::HeldLease;
use super::message::{Ticket, Wanted};
use crate::clock::Now;
use crate::policy::{OnLoss, SeatState, Why};

/// Failures in a row after which the server counts as lost.
pub(crate) const LOSS_FAILURES: u32 = 3;

/// Quartz clocks differ by up to some 100 parts in a million; this is twice that.
const MARGIN: u32 = 4_096;

/// One seat of the application.
#[derive(Clone, Debug)]
pub(crate) struct Seat {
    /// What to ask for when the lease is gone.
    pub wanted: Wanted,
    pub held: HeldLease,
    /// The lease is good up to here.
    pub until: Duration,
    /// Renew from here on; `None` for a borrowed lease.
    pub renew_at: Option<Duration>,
    /// Failures to reach the server since the last success.
    pub failures: u32,
    /// The first of them.
    pub failing_since: Option<Duration>,
    /// The application was told that the server is lost.
    pub lost: bool,
    /// The server's last word was no.
    pub refused: Option<Box<Problem>>,
    /// The message about this seat that is under way.
    pub busy: Option<Ticket>,
    pub ended: Option<Why>,
    /// The server has the lease back, or knows it no more.
    pub handed_back: bool,
}

impl Seat {
    pub fn new(wanted: Wanted, held: HeldLease, sent: Duration) -> Self {
        let mut seat = Self {
            wanted,
            held: held.clone(),
            until: sent,
            renew_at: None,
            failures: 0,
            failing_since: None,
            lost: false,
            refused: None,
            busy: None,
            ended: None,
            handed_back: false,
        };
        seat.lease(held, sent);
        seat
    }

    /// A seat of a lease from disk that is good for `left` from `now`.
    pub fn restored(held: HeldLease, now: Duration, left: Duration) -> Self {
        let mut seat = Self::new(Wanted::default(), held, now);
        seat.until = now + left;
        seat.renew_at = None;
        seat
    }

    /// Takes over a new or renewed lease whose request was first sent at `sent`.
    pub fn lease(&mut self, held: HeldLease, sent: Duration) {
        let term = held.lease.expires.since(held.lease.issued);
        self.until = sent + (term - term / MARGIN);
        let rest = held.lease.renew_after.since(held.lease.issued).min(term / 4 * 3);
        self.renew_at = (!held.lease.borrowed).then_some(sent + rest);
        self.held = held;
        self.failures = 0;
        self.failing_since = None;
        self.lost = false;
        self.refused = None;
        self.busy = None;
    }

    /// The length of the lease.
    pub fn term(&self) -> Duration {
        self.held.lease.expires.since(self.held.lease.issued)
    }

    pub fn is_borrowed(&self) -> bool {
        self.held.lease.borrowed
    }

    /// Whether the server may still count the lease: a renewal whose answer was lost has made it longer than it is here.
    pub fn may_be_counted(&self, now: Duration) -> bool {
        let longer = if self.failures > 0 { self.term() } else { Duration::ZERO };
        !self.handed_back && now < self.until.saturating_add(longer)
    }

    /// When the seat ends if nothing changes; `None` for never.
    pub fn deadline(&self, on_loss: OnLoss) -> Option<Duration> {
        let grace = match on_loss {
            _ if self.is_borrowed() || self.refused.is_some() => Duration::ZERO,
            OnLoss::KeepUntilExpiry | OnLoss::Stop => Duration::ZERO,
            OnLoss::Grace(grace) => grace,
            OnLoss::Continue => return None,
        };
        Some(self.until.saturating_add(grace))
    }

    /// One more failure to reach the server; `true` when this makes the loss certain.
    pub fn fail(&mut self, now: Duration) -> bool {
        self.failures = self.failures.saturating_add(1);
        self.failing_since.get_or_insert(now);
        let certain = self.failures >= LOSS_FAILURES && !self.lost;
        self.lost |= certain;
        certain
    }

    /// Why the seat is over by now, if it is and nobody has said so yet.
    pub fn overdue(&self, on_loss: OnLoss, now: Duration) -> Option<Why> {
        if self.ended.is_some() {
            return None;
        }
        if self.lost && on_loss == OnLoss::Stop {
            return Some(Why::ServerLost);
        }
        if now < self.deadline(on_loss)? {
            return None;
        }
        if let Some(problem) = &self.refused {
            return Some(Why::Refused(problem.clone()));
        }
        if self.is_borrowed() {
            return Some(Why::Expired);
        }
        // A machine that slept past the end has not asked yet: it may, three times, before the seat is over.
        let slept = self.failing_since.is_none_or(|since| since >= self.until);
        match slept && self.failures < LOSS_FAILURES {
            true => None,
            false if self.failures > 0 => Some(Why::ServerLost),
            false => Some(Why::Expired),
        }
    }

    /// What the application sees. A seat past its deadline is never shown as usable, even before
    /// the session has got round to ending it.
    pub fn state(&self, on_loss: OnLoss, now: Now) -> SeatState {
        if let Some(why) = &self.ended {
            return SeatState::Ended(why.clone());
        }
        let deadline = self.deadline(on_loss);
        if deadline.is_some_and(|deadline| now.steady >= deadline) {
            return self.overdue(on_loss, now.steady).map_or(SeatState::Lapsed, SeatState::Ended);
        }
        if let Some(problem) = &self.refused {
            return SeatState::Refused { until: now.wall_at(self.until), problem: problem.clone() };
        }
        if self.lost || now.steady >= self.until {
            return SeatState::Lost { until: deadline.map(|deadline| now.wall_at(deadline)) };
        }
        SeatState::Held { until: now.wall_at(self.until) }
    }
}
