//! A container that begins anew: the next generation, with another key.
//!
//! Invariants: generations follow one by one; without a ruling only the word of the present key counts, and only within
//! the customer's quota; a key without that word is a proposal which a person must name; the books follow what went
//! without the office before; the generation before goes on the revocation list in the same event, and what the
//! container had is issued again from nothing.
//! Deliberately not here: rulings, the quota (replacements).

use super::container::{ContainerState, OfficeContainer, Proposal};
use super::exchange::{carried_by, sight};
use super::history::History;
use super::issuing::Ask;
use super::orders::{ContextTaken, Exchange, Regenerated, SuccessorProposed};
use super::refusal::FleetRefusal;
use crate::contact::Finding;
use crate::office::activations::ActivationState;
use crate::office::event::Event;
use crate::office::numbers::CustomerId;
use crate::office::refusal::Refusal;
use crate::office::staff::policy::OnOddity;
use crate::office::state::Office;
use std::collections::{BTreeMap, BTreeSet};
use tenure_document::{Bytes, Hash, Time};

impl Office {
    /// A context of the generation after the present one.
    pub(crate) fn succession(
        &self,
        container: &OfficeContainer,
        exchange: &Exchange,
        now: Time,
    ) -> Result<Vec<Event>, Refusal> {
        let context = &exchange.context;
        let serial = || container.id.serial();
        if container.state.is_gone() {
            let state = container.state;
            return Err(FleetRefusal::Gone { serial: serial(), state }.into());
        }
        if context.sequence != 0 || context.history_hash != Hash::ZERO {
            let sequence = context.sequence;
            return Err(FleetRefusal::NotNew { serial: serial(), sequence }.into());
        }
        let key = context.key.id();
        let vouched = context.is_vouched_by(&container.key);
        let Some(customers) = self.may_succeed(container, key, vouched, now) else {
            let proposal = Proposal { key, vouched, at: now };
            return Ok(propose(container, proposal));
        };
        let mut events = Vec::new();
        let made = self.claim(exchange, &mut events, now)?;
        // What went without the office went in the generation before: the next one begins with what is there after it.
        let settled = self.take_moves(container, context, made.len(), &mut events, now);
        let begun = self.regenerated(container, exchange, customers, (&events, &settled));
        let takes_over = !begun.reissued.is_empty();
        let over = carried_by(&events).map(|one| one.activation).chain(begun.ended.clone());
        let over = over.collect();
        events.push(Event::Regenerated(begun));
        events.push(Event::ContextTaken(ContextTaken {
            by: exchange.by.clone(),
            id: container.id,
            finding: Finding::Acknowledges { sequence: 0 },
            sight: sight(exchange, Some(container)),
        }));
        let history = History::default();
        let mut ask = self.ask(exchange, &history, None, &made, now)?;
        (ask.settled, ask.carried) = (&settled, over);
        // What it had is issued in the same entry of the ledger, and what is chosen with it, but by what falls due: the
        // activations must first be known to be assigned again.
        events.extend(match takes_over {
            true => self.issue_certificate(exchange, ask.certificate),
            false => self.issue(ask, now)?,
        });
        Ok(events)
    }

    /// Against whose quota the next generation counts, if it is taken.
    fn may_succeed(
        &self,
        container: &OfficeContainer,
        key: tenure_document::KeyId,
        vouched: bool,
        now: Time,
    ) -> Option<Vec<CustomerId>> {
        let ruled = container.succession.as_deref().filter(|succession| succession.ruled);
        if let Some(succession) = ruled {
            let taken = match succession.key {
                Some(only) => only == key,
                None => vouched,
            };
            return taken.then(Vec::new);
        }
        let by_itself = match container.state {
            ContainerState::Known => true,
            ContainerState::Rollback { .. } => self.policies.on_rollback == OnOddity::NewGeneration,
            ContainerState::Clone { .. } => self.policies.on_clone == OnOddity::NewGeneration,
            _ => false,
        };
        if !vouched || !by_itself {
            return None;
        }
        self.quota_left(container, now).ok()
    }

    /// `events` are what is decided before, `settled` the transfers that come to their end by it.
    fn regenerated(
        &self,
        container: &OfficeContainer,
        exchange: &Exchange,
        customers: Vec<CustomerId>,
        (events, settled): (&[Event], &[Bytes]),
    ) -> Regenerated {
        let moves = &self.fleet.moves;
        let arrived = settled.iter().filter_map(|nonce| moves.get(nonce));
        let arrived: BTreeSet<_> = arrived.flat_map(|one| &one.activations).collect();
        // What is on its way to it still was never part of the generation before.
        let there = |no| !moves.is_travelling(no) || arrived.contains(&no);
        let held = self.activations.of_container(container.id).filter(|one| there(one.no));
        let mut held: BTreeMap<_, _> = held.map(|one| (one.no, one.state)).collect();
        // A part is in the state of what it was split off from.
        let mut carried = BTreeMap::new();
        for one in carried_by(events) {
            let known = self.activations.get(one.activation).map(|known| known.state);
            let state = carried.get(&one.activation).copied().or(known);
            let Some(state) = state else { continue };
            carried.insert(one.moved(), state);
            held.remove(&one.moved());
            if one.to == container.id {
                held.insert(one.moved(), state);
            }
        }
        let (mut reissued, mut ended) = (Vec::new(), Vec::new());
        for (no, state) in held {
            match state {
                state if state.is_live() => reissued.push(no),
                ActivationState::ReturnAsked | ActivationState::ReturnedWithoutReceipt => {
                    ended.push(no);
                }
                // It came after it was taken back, and is asked back: it ends with the generation before.
                _ if carried.contains_key(&no) => ended.push(no),
                _ => {}
            }
        }
        Regenerated {
            by: exchange.by.clone(),
            id: container.id,
            generation: exchange.context.generation,
            key: exchange.context.key.clone(),
            reissued,
            ended,
            customers,
            context: exchange.context.payload_hash(),
        }
    }

    fn issue_certificate(
        &self,
        exchange: &Exchange,
        certificate: Option<(String, tenure_document::KeyId)>,
    ) -> Option<Event> {
        let (document, key) = certificate?;
        let super::issuing::Certified { not_after, account } = super::issuing::certified(&document);
        Some(Event::OpsIssued(super::orders::OpsIssued {
            by: exchange.by.clone(),
            id: exchange.context.id,
            first: 1,
            account,
            ops: vec![tenure_document::Op::Certify { certificate: document }],
            works: Vec::new(),
            certified_by: Some(key),
            certified_until: not_after,
        }))
    }

    /// Operations for containers of a new generation, whose activations have just been assigned again.
    pub(crate) fn reissue_due(&self, now: Time) -> Vec<Event> {
        let containers = self.fleet.reissue.iter().filter_map(|id| self.fleet.get(*id));
        let issued = containers.filter_map(|container| {
            let ask = Ask {
                by: &crate::office::asker::Asker::System,
                id: container.id,
                history: &container.history,
                certificate: None,
                made: &[],
                settled: &[],
                carried: Vec::new(),
                serial: container.id.serial(),
            };
            self.issue(ask, now).ok().flatten()
        });
        issued.collect()
    }
}

/// A key that must wait for a ruling; nothing when it waits already.
fn propose(container: &OfficeContainer, proposal: Proposal) -> Vec<Event> {
    let before = container.succession.as_deref().and_then(|one| one.proposed.as_ref());
    let same = |one: &Proposal| (one.key, one.vouched) == (proposal.key, proposal.vouched);
    if before.is_some_and(same) {
        return Vec::new();
    }
    vec![Event::SuccessorProposed(SuccessorProposed { id: container.id, proposal })]
}
