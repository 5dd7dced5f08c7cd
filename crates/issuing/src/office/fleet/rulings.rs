//! Deciding orders about one container: describing, pushing, rulings, refunds and claims of transfers.
//!
//! Invariants: a restored copy is accepted only with exactly the operations that it forgot, and never where it forgot a
//! transfer: nothing takes that away from it again; a ruling that does not fit the state is refused with what it is for;
//! a push issues what an exchange would.
//! Deliberately not here: giving containers up (replacements), what needs a second person (gate).

use super::container::{ContainerState, OfficeContainer};
use super::issuing::Ask;
use super::moves::{BookedState, Carried, ClaimAccepted, RefundRuled};
use super::orders::{ContainerCommand, ContainerDescribed, Description, Ruled, Ruling};
use super::refusal::FleetRefusal;
use super::whereabouts::{Whereabouts, root_of};
use crate::office::asker::Asker;
use crate::office::event::Event;
use crate::office::state::Office;
use crate::office::text::reason_text;
use tenure_document::{Bytes, ContainerId, KeyId, Time};

type Decided = Result<Vec<Event>, FleetRefusal>;

impl Office {
    /// `approved`: a second person has looked at it.
    pub(crate) fn decide_container(
        &self,
        command: &ContainerCommand,
        approved: bool,
        now: Time,
    ) -> Decided {
        match command {
            ContainerCommand::Describe { by, id, customer, tolerance, anchored } => {
                let known = self.container(*id)?;
                let before = Description {
                    customer: known.customer,
                    tolerance: known.tolerance,
                    anchored: known.anchored,
                };
                let customer = customer.unwrap_or(before.customer);
                if let Some(customer) = customer.filter(|one| self.customers.get(*one).is_none()) {
                    return Err(FleetRefusal::CustomerUnknown { customer });
                }
                let event = ContainerDescribed {
                    by: by.clone(),
                    id: *id,
                    customer,
                    tolerance: tolerance.unwrap_or(before.tolerance),
                    anchored: anchored.unwrap_or(before.anchored),
                    before: Some(before),
                };
                let same = event.description() == before;
                Ok(if same { Vec::new() } else { vec![Event::ContainerDescribed(event)] })
            }
            ContainerCommand::Push { by, id, certificate } => {
                self.push(by, *id, certificate.clone(), now)
            }
            ContainerCommand::Replace { by, id, why, reason } => self.replace_container(
                by,
                *id,
                (*why, reason.as_deref().and_then(reason_text)),
                approved,
                now,
            ),
            ContainerCommand::Rule { by, id, ruling, reason } => {
                self.rule(by, self.container(*id)?, ruling, reason.as_deref().and_then(reason_text))
            }
            ContainerCommand::Refund { by, nonce, reason } => {
                self.refund(by, nonce, reason.as_deref().and_then(reason_text))
            }
            ContainerCommand::AcceptClaim { by, nonce, reason } => {
                self.accept_claim(by, nonce, reason.as_deref().and_then(reason_text))
            }
        }
    }

    fn push(
        &self,
        by: &Asker,
        id: ContainerId,
        certificate: Option<(String, KeyId)>,
        now: Time,
    ) -> Decided {
        let container = self.container(id)?;
        let (serial, state) = (id.serial(), container.state);
        if let Asker::Portal { activation_id } = by {
            let mut held = self.activations.of_container(id).filter(|one| one.state.counts());
            if !held.any(|one| one.entitlement == *activation_id) {
                return Err(FleetRefusal::NotYours { serial });
            }
        }
        if state.is_out_of_step() {
            return Err(FleetRefusal::OutOfStep { serial, state });
        }
        if state.is_gone() {
            return Ok(Vec::new());
        }
        let certificate = self.certificate_to_issue(Some(container), &certificate, &serial, now)?;
        let history = &container.history;
        let carried = Vec::new();
        let ask = Ask { by, id, history, certificate, made: &[], settled: &[], carried, serial };
        Ok(self.issue(ask, now)?.into_iter().collect())
    }

    fn rule(
        &self,
        by: &str,
        container: &OfficeContainer,
        ruling: &Ruling,
        reason: Option<String>,
    ) -> Decided {
        let state = container.state;
        let misfit = |fits| {
            let (serial, ruling) = (container.id.serial(), ruling.code());
            Err(FleetRefusal::RulingDoesNotFit { serial, state, ruling, fits })
        };
        match ruling {
            Ruling::Revoke if state == ContainerState::Revoked => return Ok(Vec::new()),
            Ruling::Revoke if state.is_gone() => {
                return misfit("containers that are not given up already");
            }
            Ruling::Revoke => return Ok(self.revoke_container(by, container, reason)),
            Ruling::NewGeneration { .. } if state.is_gone() => {
                return misfit("containers that are not given up");
            }
            Ruling::NewGeneration { .. } => {}
            Ruling::AcceptRestored { forgotten } => {
                let ContainerState::Rollback { seen, hash, moves } = state else {
                    return misfit("containers in state \"rollback\"");
                };
                if moves {
                    return misfit("containers that forgot no transfer: rule new-generation");
                }
                if !container.history.is_suffix(seen, hash, forgotten) {
                    let (serial, to) = (container.id.serial(), container.acknowledged());
                    return Err(FleetRefusal::WrongForgotten { serial, from: seen, to });
                }
            }
        }
        Ok(vec![Event::Ruled(Ruled {
            by: Asker::Staff(by.to_owned()),
            id: container.id,
            ruling: ruling.clone(),
            reason,
        })])
    }

    /// Which operations a restored container forgot: after the first number, up to and including the second.
    pub fn forgotten(&self, id: ContainerId) -> Option<(u64, u64)> {
        let container = self.fleet.get(id)?;
        match container.state {
            ContainerState::Rollback { seen, .. } => Some((seen, container.acknowledged())),
            _ => None,
        }
    }

    fn accept_claim(&self, by: &str, nonce: &Bytes, reason: Option<String>) -> Decided {
        let booked = self.fleet.moves.get(nonce);
        let Some(booked) = booked.filter(|one| one.state == BookedState::Claimed) else {
            return Err(FleetRefusal::TransferNotClaimed { nonce: nonce.to_string() });
        };
        let mut places = Whereabouts::new(self, 0);
        let way = (booked.source, booked.target);
        let carried = root_of(&booked.item_id)
            .and_then(|root| places.carry(root, way, places.units(root, booked.count)?));
        let Some(carried) = carried else {
            let (serial, item) = (booked.source.serial(), booked.item_id.clone());
            return Err(FleetRefusal::ClaimNotCovered { serial, item });
        };
        let (by, nonce) = (by.to_owned(), nonce.clone());
        Ok(vec![Event::ClaimAccepted(ClaimAccepted { by, nonce, carried, reason })])
    }

    fn refund(&self, by: &str, nonce: &Bytes, reason: Option<String>) -> Decided {
        let booked = self.fleet.moves.get(nonce);
        let open = booked.filter(|one| one.state == BookedState::InTransit && one.source_told);
        let Some(booked) = open else {
            return Err(FleetRefusal::TransferNotOpen { nonce: nonce.to_string() });
        };
        let numbers = booked.activations.iter().copied();
        let to = booked.source;
        let carried = numbers.map(|activation| Carried { activation, part: None, to }).collect();
        let (by, nonce) = (by.to_owned(), nonce.clone());
        Ok(vec![Event::RefundRuled(RefundRuled { by, nonce, carried, reason })])
    }
}
