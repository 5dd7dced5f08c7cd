//! Giving leases back: by the application, by another process of this machine, and what that ends.
//!
//! Invariants: a seat that ended here is given back as long as the server may count it; every seat that was made of a
//! lease ends with it; a borrowed lease goes to the server that signed it and to no other.
//! Not here: repeating the message (`state`), which answers count as given back (`verdict`).

use tenure_document::Lease;

use super::held::{HeldLease, Loan};
use super::message::{Action, Message, SeatId};
use super::outstanding::{Pending, Purpose};
use super::state::Session;
use crate::clock::Now;
use crate::error::Error;
use crate::policy::{Notice, Why};

impl Session {
    pub(super) fn release(&mut self, id: SeatId, now: Now, out: &mut Vec<Action>) {
        let known = self.authority.as_ref().map(|known| known.certificate().container);
        let Some(seat) = self.seats.get_mut(&id) else { return };
        if seat.ended.is_some() && !seat.may_be_counted(now.steady) {
            out.push(Action::Returned { seat: id, outcome: Ok(()) });
            return;
        }
        if seat.is_borrowed() && known != Some(seat.held.lease.server) {
            return self.wait_for_chain(Pending::Release { seat: id }, now, out);
        }
        if seat.ended.is_none() && !seat.is_borrowed() {
            // From here on the application no longer uses it, whatever becomes of the message.
            seat.ended = Some(Why::Released);
            out.push(Action::Tell { seat: id, notice: Notice::Ended(Why::Released) });
        }
        self.give_back(id, &self.seats[&id].held.clone(), now, out);
    }

    /// Gives a borrowed lease back, now that the server has said who it is.
    pub(super) fn give_back_there(&mut self, id: SeatId, now: Now, out: &mut Vec<Action>) {
        let known = self.authority.as_ref().map(|known| known.certificate().container);
        let Some((held, known)) = self.held(id).cloned().zip(known) else { return };
        if held.lease.server == known {
            return self.give_back(id, &held, now, out);
        }
        let error = Error::Setup(format!(
            "{} was borrowed of the license server {}, and this connection is to {}: give it back there",
            held.lease.id,
            held.lease.server.serial(),
            known.serial()
        ));
        out.push(Action::Returned { seat: id, outcome: Err(error) });
    }

    pub(super) fn give_back(
        &mut self,
        seat: SeatId,
        held: &HeldLease,
        now: Now,
        out: &mut Vec<Action>,
    ) {
        let message = Message::Release { lease: held.lease.id, token: held.token.clone() };
        self.send(Purpose::Release { seat }, message, now, out);
    }

    /// The server has the lease of a seat back.
    pub(super) fn returned(&mut self, id: SeatId, out: &mut Vec<Action>) {
        if let Some(held) = self.held(id) {
            let loan = Loan::of(&held.lease);
            self.end_of(|one| Loan::of(one) == loan, out);
        }
        out.push(Action::Returned { seat: id, outcome: Ok(()) });
    }

    /// Another process has given a borrowed lease back.
    pub(super) fn given_back(&mut self, loan: Loan, out: &mut Vec<Action>) {
        self.end_of(|one| Loan::of(one) == loan && one.borrowed, out);
    }

    /// Ends every seat that was made of a lease.
    fn end_of(&mut self, is_it: impl Fn(&Lease) -> bool, out: &mut Vec<Action>) {
        let of_it = self.seats.iter_mut().filter(|(_, seat)| is_it(&seat.held.lease));
        let ids: Vec<SeatId> = of_it
            .map(|(id, seat)| {
                seat.handed_back = true;
                *id
            })
            .collect();
        ids.into_iter().for_each(|id| self.end(id, Why::Released, out));
    }
}
