//! What a session makes of an answer: verify, then take over, or end the seat.
//!
//! A document that does not verify may mean that the server's chain has changed, so the chain is
//! fetched once more and the same answer judged again; what fails then is a forgery and ends the
//! seat. An answer of the wrong kind counts as no answer.

use tenure_api::{ApiError, CheckoutAnswer, DesiredFeature, LeaseGrant, Problem, RenewalOutcome};
use tenure_document::{Bytes, Hash, Time};

use super::held::HeldLease;
use super::message::{Action, Reply, SeatId, Wanted};
use super::outstanding::{Outstanding, Pending, Purpose};
use super::seat::Seat;
use super::state::Session;
use crate::clock::Now;
use crate::error::{Denied, Error, Forged};
use crate::policy::{Notice, Why};
use crate::proof::{Authority, Expected};

/// Codes of a refused renewal or release after which the lease is certainly gone.
const GONE: [&str; 6] =
    ["lease-unknown", "lease-ended", "taken-over", "dropped", "not-yours", "revoked"];

/// Those that mean no more than that its time was over.
const OVER: [&str; 2] = ["lease-unknown", "lease-ended"];

impl Session {
    /// Judges an answer; `fresh` when the chain was fetched for this very answer.
    pub(super) fn judge(
        &mut self,
        asked: Outstanding,
        reply: Reply,
        fresh: bool,
        now: Now,
        out: &mut Vec<Action>,
    ) {
        let verdict = match (&asked.purpose, &reply) {
            (Purpose::Chain, Reply::Chain(chain)) => {
                let (root, before) = (self.settings.root, self.authority.as_ref());
                match Authority::establish(root, chain.clone(), before, now.wall) {
                    Ok(authority) => self.adopt(authority, now, out),
                    Err(forged) => self.chain_forged(forged, now, out),
                }
                return;
            }
            (Purpose::Checkout { .. }, Reply::Checkout(answer)) => {
                self.granted(&asked, answer, now, out)
            }
            (Purpose::Poll { .. }, Reply::Checkout(answer)) => {
                self.polled(&asked, answer, now, out)
            }
            (Purpose::Cancel, _) => return,
            (Purpose::Reacquire { .. }, Reply::Checkout(answer)) => {
                self.reacquired(&asked, answer, now, out)
            }
            (Purpose::Renew { .. }, Reply::Renewed(answer)) => {
                self.renewed(&asked, &answer.renewals, now, out)
            }
            (Purpose::Release { seat }, Reply::Released) => {
                self.returned(*seat, out);
                return;
            }
            _ => {
                let reason = "an answer to another question".to_owned();
                let error = Error::Server(ApiError::Garbled { status: 200, reason });
                return self.unjudged(asked, &error, now, out);
            }
        };
        match verdict {
            Ok(()) => {}
            Err(_) if !fresh => {
                self.wait_for_chain(Pending::Judge(Box::new((asked, reply))), now, out)
            }
            Err(forged) => self.unjudged(asked, &Error::Forged(forged), now, out),
        }
    }

    /// A new chain holds: go on with what waited for it.
    fn adopt(&mut self, authority: Authority, now: Now, out: &mut Vec<Action>) {
        out.push(Action::Keep(Box::new(authority.chain().clone())));
        self.authority = Some(authority);
        for pending in std::mem::take(&mut self.pending) {
            match pending {
                Pending::Start { request, wanted } => self.start(request, wanted, now, out),
                Pending::Judge(judge) => self.judge(judge.0, judge.1, true, now, out),
                Pending::Release { seat } => self.give_back_there(seat, now, out),
            }
        }
    }

    fn chain_forged(&mut self, forged: Forged, now: Now, out: &mut Vec<Action>) {
        self.chain_failed(Error::Forged(forged), now, out);
    }

    /// An answer that can't be judged, or whose judgment is `Forged`, is dealt with here.
    pub(super) fn unjudged(
        &mut self,
        asked: Outstanding,
        error: &Error,
        now: Now,
        out: &mut Vec<Action>,
    ) {
        let seats: Vec<SeatId> = match asked.purpose {
            Purpose::Checkout { request, .. } => {
                out.push(Action::Failed { request, error: error.clone() });
                return;
            }
            Purpose::Chain => return self.chain_failed(error.clone(), now, out),
            Purpose::Poll { request, .. } => {
                return self.stop_waiting(request, Some(error.clone()), now, out);
            }
            Purpose::Cancel => return,
            Purpose::Release { seat } => {
                out.push(Action::Returned { seat, outcome: Err(error.clone()) });
                return;
            }
            Purpose::Reacquire { seat, .. } => vec![seat],
            Purpose::Renew { seats } => seats.into_iter().map(|(seat, _)| seat).collect(),
        };
        for id in seats {
            match error {
                Error::Forged(forged) => self.end(id, Why::Forged(forged.clone()), out),
                _ => {
                    self.fail(id, now, out);
                    self.ask_later(id, now);
                }
            }
        }
    }

    /// The server said no to a whole message.
    pub(super) fn refusal(
        &mut self,
        asked: Outstanding,
        error: ApiError,
        now: Now,
        out: &mut Vec<Action>,
    ) {
        let problem = || {
            error.problem().cloned().map(Box::new).unwrap_or_else(|| {
                Box::new(Problem::new(
                    0,
                    error.code(),
                    "The request could not be made",
                    error.to_string(),
                ))
            })
        };
        match asked.purpose {
            Purpose::Chain => self.chain_failed(error.into(), now, out),
            Purpose::Checkout { request, .. } => {
                out.push(Action::Failed { request, error: error.into() });
            }
            Purpose::Reacquire { seat, .. } => self.end(seat, Why::Refused(problem()), out),
            Purpose::Renew { seats } => {
                for (seat, _) in seats {
                    self.renewal_refused(seat, problem(), now, out);
                }
            }
            Purpose::Poll { request, id, .. } => self.ticket_refused((request, &id), error, out),
            Purpose::Cancel => {}
            // A lease that the server no longer knows is as good as given back.
            Purpose::Release { seat } if GONE.contains(&error.code()) => self.returned(seat, out),
            Purpose::Release { seat } => {
                out.push(Action::Returned { seat, outcome: Err(error.into()) });
            }
        }
    }

    fn granted(
        &mut self,
        asked: &Outstanding,
        answer: &CheckoutAnswer,
        now: Now,
        out: &mut Vec<Action>,
    ) -> Result<(), Forged> {
        let Purpose::Checkout { request, wanted, nonce } = &asked.purpose else { return Ok(()) };
        let request = *request;
        let mut proved = Vec::new();
        for grant in &answer.leases {
            let body = asked.request();
            proved.push(self.prove(body, &wanted.features, nonce, grant, None, now.wall)?);
        }
        if proved.is_empty() && answer.tickets.is_empty() {
            let denied = Denied { denials: answer.denials.clone() };
            out.push(Action::Failed { request, error: Error::Denied(denied) });
            return Ok(());
        }
        let mut seats = Vec::new();
        for held in proved {
            let again = one_feature(wanted, &held);
            seats.push(self.seat(Seat::new(again, held, asked.first_sent)));
        }
        if !answer.tickets.is_empty() {
            self.wait(request, (asked, wanted), (seats, answer), now, out);
            return Ok(());
        }
        out.push(Action::Granted { request, seats, denials: answer.denials.clone() });
        Ok(())
    }

    fn reacquired(
        &mut self,
        asked: &Outstanding,
        answer: &CheckoutAnswer,
        now: Now,
        out: &mut Vec<Action>,
    ) -> Result<(), Forged> {
        let Purpose::Reacquire { seat: id, nonce } = &asked.purpose else { return Ok(()) };
        let id = *id;
        let features = self.seats.get(&id).map(|seat| seat.wanted.features.clone());
        let Some(grant) = answer.leases.first() else {
            let denials = answer.denials.clone();
            let problem = Problem::new(409, "denied", "Denied", "").with_denials(denials);
            self.end(id, Why::Refused(Box::new(problem)), out);
            return Ok(());
        };
        let held = self.prove(
            asked.request(),
            &features.unwrap_or_default(),
            nonce,
            grant,
            None,
            now.wall,
        )?;
        match self.seats.get_mut(&id).filter(|seat| seat.ended.is_none()) {
            Some(seat) => {
                seat.lease(held, asked.first_sent);
                let until = now.wall_at(seat.until);
                out.push(Action::Tell { seat: id, notice: Notice::Renewed { until } });
            }
            // Nobody waits for it any more.
            None => self.give_back(id, &held, now, out),
        }
        Ok(())
    }

    fn renewed(
        &mut self,
        asked: &Outstanding,
        outcomes: &[RenewalOutcome],
        now: Now,
        out: &mut Vec<Action>,
    ) -> Result<(), Forged> {
        let Purpose::Renew { seats } = &asked.purpose else { return Ok(()) };
        // All are proved before any is taken over, so that an answer can be judged again as a whole.
        let mut verdicts = Vec::new();
        for (id, nonce) in seats {
            let Some(seat) = self.seats.get(id).filter(|seat| seat.ended.is_none()) else {
                continue;
            };
            let outcome = outcomes.iter().find(|outcome| outcome.id == seat.held.lease.id);
            let proved = match outcome.map(|outcome| (&outcome.lease, &outcome.problem)) {
                Some((Some(grant), _)) => {
                    let body = asked.request();
                    Ok(self.prove(body, &[], nonce, grant, Some(&seat.held), now.wall)?)
                }
                Some((None, Some(problem))) => Err(Some(problem.clone())),
                Some((None, None)) | None => Err(None),
            };
            verdicts.push((*id, proved));
        }
        for (id, proved) in verdicts {
            match proved {
                Ok(held) => {
                    let Some(seat) = self.seats.get_mut(&id) else { continue };
                    seat.lease(held, asked.first_sent);
                    let until = now.wall_at(seat.until);
                    out.push(Action::Tell { seat: id, notice: Notice::Renewed { until } });
                }
                Err(Some(problem)) => self.renewal_refused(id, Box::new(problem), now, out),
                Err(None) => {
                    self.fail(id, now, out);
                    self.ask_later(id, now);
                }
            }
        }
        Ok(())
    }

    pub(super) fn prove(
        &self,
        request: Hash,
        features: &[DesiredFeature],
        nonce: &Bytes,
        grant: &LeaseGrant,
        renewed: Option<&HeldLease>,
        wall: Time,
    ) -> Result<HeldLease, Forged> {
        let authority = self.authority.as_ref();
        let authority =
            authority.ok_or_else(|| Forged::new("no-chain", "no chain of trust yet"))?;
        let lease = authority.lease(&grant.document, wall)?;
        let expected = Expected {
            holder: &self.settings.holder,
            features,
            renewed: renewed.map(|held| &*held.lease),
            nonce,
            request,
            client_key: self.settings.client_key.as_ref(),
        };
        expected.check(&lease, grant.id)?;
        Ok(HeldLease { lease, document: grant.document.clone(), token: grant.token.clone() })
    }

    /// The server said no to one renewal.
    fn renewal_refused(
        &mut self,
        id: SeatId,
        problem: Box<Problem>,
        now: Now,
        out: &mut Vec<Action>,
    ) {
        let Some(seat) = self.seats.get_mut(&id).filter(|seat| seat.ended.is_none()) else {
            return;
        };
        seat.busy = None;
        let lapsed = now.steady >= seat.until;
        if lapsed && OVER.contains(&problem.code.as_str()) {
            return self.reacquire(id, now, out);
        }
        if GONE.contains(&problem.code.as_str()) {
            seat.handed_back = true;
            return self.end(id, Why::Refused(problem), out);
        }
        let news = seat.refused.as_ref().is_none_or(|before| before.code != problem.code);
        seat.refused = Some(problem.clone());
        if news {
            let until = now.wall_at(seat.until);
            out.push(Action::Tell { seat: id, notice: Notice::Refused { until, problem } });
        }
        self.ask_later(id, now);
    }

    /// The next renewal comes under a new key, after a part of what is left of the lease.
    fn ask_later(&mut self, id: SeatId, now: Now) {
        let Some(seat) = self.seats.get_mut(&id) else { return };
        let left = seat.until.saturating_sub(now.steady);
        seat.busy = None;
        seat.renew_at = Some(now.steady + (left / 4).max(std::time::Duration::from_secs(5)));
    }

    pub(super) fn end(&mut self, id: SeatId, why: Why, out: &mut Vec<Action>) {
        let Some(seat) = self.seats.get_mut(&id).filter(|seat| seat.ended.is_none()) else {
            return;
        };
        seat.busy = None;
        seat.ended = Some(why.clone());
        out.push(Action::Tell { seat: id, notice: Notice::Ended(why) });
    }
}

/// What to ask for when this one lease is gone.
pub(super) fn one_feature(wanted: &Wanted, held: &HeldLease) -> Wanted {
    let lease = &held.lease;
    let asked = wanted.features.iter().find(|asked| asked.name == lease.feature);
    let version = asked.map_or(lease.version, |asked| asked.version);
    let feature = DesiredFeature::new(lease.feature.clone(), version, lease.count);
    Wanted { features: vec![feature], wait: None, all: false, ..wanted.clone() }
}
