//! What events about containers do to the office.
//!
//! Invariants: total; an event that does not fit changes nothing; whatever an event does to containers, activations,
//! transfers and published documents is done here in one place.
//! Deliberately not here: which events (exchange, receipt, rulings, replacements, moving).

use super::container::{ContainerState, OfficeContainer, Succession};
use super::history::{History, Purpose};
use super::moves::{
    BookedState, Carried, CaughtUp, ClaimAccepted, MoveReported, RefundRuled, Removed,
};
use super::orders::{
    Acknowledged, ContainerDescribed, ContainerGone, ContainerMet, ContextTaken, Gone, OpsIssued,
    Regenerated, Ruled, Ruling, SuccessorProposed,
};
use super::whereabouts::root_of;
use crate::office::activation_command::Issued;
use crate::office::numbers::{ActivationNo, CustomerId};
use crate::office::state::Office;
use std::collections::BTreeMap;
use tenure_container::apply_op;
use tenure_document::{ContainerId, ContainerKind, Hash, Op, Time};

/// How many replacements are remembered for each customer.
const REPLACED_MAX: usize = 100;

impl Office {
    pub(crate) fn container_met(&mut self, event: &ContainerMet, at: Time) {
        self.fleet.insert(OfficeContainer {
            id: event.id,
            generation: event.generation,
            name: event.name.clone(),
            kind: event.kind,
            key: event.key.clone(),
            state: ContainerState::Known,
            customer: None,
            anchored: event.anchored,
            claimed: false,
            tolerance: None,
            history: History::default(),
            ratchet: None,
            keyset_version: 0,
            revocation_sequence: 0,
            certificates: 0,
            certified_by: None,
            certified_until: None,
            account: None,
            last_context: Hash::ZERO,
            earlier_contexts: Vec::new(),
            last_context_at: Time::EARLIEST,
            binding: None,
            moved: 0,
            met: at,
            seen: at,
            lineages: Vec::new(),
            succession: None,
            items: BTreeMap::new(),
        });
    }

    pub(crate) fn context_taken(&mut self, event: &ContextTaken, at: Time) {
        self.fleet.change(event.id, |container| container.take(&event.sight, event.finding, at));
    }

    pub(crate) fn acknowledge(&mut self, event: &Acknowledged, at: Time) {
        self.fleet.change(event.id, |container| {
            container.history.acknowledge(event.sequence);
            container.seen = at;
            container.last_context_at =
                container.last_context_at.max(event.said_at.unwrap_or(Time::EARLIEST));
            if event.by_receipt {
                container.ratchet = None;
            }
        });
        for no in &event.confirmed {
            self.activation_confirmed(*no, at);
        }
        for removed in &event.removed {
            self.remove(*removed, at);
        }
        for short in &event.short {
            self.fleet.moves.note_short(short);
        }
    }

    fn remove(&mut self, removed: Removed, at: Time) {
        self.activation_removed(removed.activation, Some(removed.back_at), at);
        self.fleet.moves.forget_short(removed.activation);
    }

    pub(crate) fn ops_issued(&mut self, event: &OpsIssued, at: Time) {
        let works = event.works.iter().flat_map(|work| {
            let purpose = Purpose { activation: work.activation, step: work.step };
            std::iter::repeat_n(Some(purpose), work.ops as usize)
        });
        let in_works: usize = event.works.iter().map(|work| work.ops as usize).sum();
        let leading = event.ops.len().saturating_sub(in_works);
        let purposes = std::iter::repeat_n(None, leading).chain(works);
        self.fleet.change(event.id, |container| {
            for (op, purpose) in event.ops.iter().zip(purposes) {
                container.history.append(op, purpose);
                container.certificates += u64::from(matches!(op, Op::Certify { .. }));
                if container.kind == ContainerKind::Server {
                    apply_op(&mut container.items, op);
                }
            }
            if event.certified_by.is_some() {
                container.certified_by = event.certified_by;
                container.certified_until = event.certified_until;
                container.account = event.account;
            }
        });
        for op in &event.ops {
            if let Op::Settle { nonce } | Op::Refund { nonce } = op {
                self.fleet.moves.issued(event.id, nonce);
            }
        }
        for work in &event.works {
            let (activation, step, revision) = (work.activation, work.step, work.revision);
            self.activation_issued(&Issued { activation, step, revision }, at);
        }
        if !event.works.is_empty() {
            self.fleet.reissue.remove(&event.id);
        }
    }

    pub(crate) fn container_described(&mut self, event: &ContainerDescribed) {
        self.fleet.change(event.id, |container| {
            let account = container.customer != event.customer;
            let binding = container.tolerance != event.tolerance;
            container.customer = event.customer;
            container.tolerance = event.tolerance;
            container.anchored = event.anchored;
            if account || binding {
                // Both stand in its certificate: the next update brings another.
                container.certified_by = None;
            }
        });
    }

    pub(crate) fn container_gone(&mut self, event: &ContainerGone, at: Time) {
        self.fleet.change(event.id, |container| {
            container.state = match event.why {
                None => ContainerState::Revoked,
                Some(Gone::Lost) => ContainerState::Lost,
                Some(Gone::Broken) => ContainerState::Broken,
            };
            container.succession = None;
        });
        self.fleet.reissue.remove(&event.id);
        self.papers.want_revoked(event.id, event.generation);
        for no in &event.freed {
            self.activation_written_off(*no, at);
        }
        self.count_replacement(&event.customers, at);
    }

    fn count_replacement(&mut self, customers: &[CustomerId], at: Time) {
        for customer in customers {
            let times = self.fleet.replaced.entry(*customer).or_default();
            times.push(at);
            let many = times.len().saturating_sub(REPLACED_MAX);
            times.drain(..many);
        }
    }

    pub(crate) fn ruled(&mut self, event: &Ruled) {
        self.fleet.change(event.id, |container| match &event.ruling {
            Ruling::AcceptRestored { forgotten } => {
                if let ContainerState::Rollback { seen, hash, moves } = container.state {
                    container.history.go_back(seen, hash, forgotten);
                    container.state = ContainerState::Known;
                    container.ratchet = None;
                    if moves {
                        // It was accepted once with transfers forgotten, too.
                        container.moved = 0;
                    }
                    container.lineages.clear();
                    // The other way out, if it was ruled before, is not taken.
                    container.succession = None;
                }
            }
            Ruling::NewGeneration { key } => {
                let succession = container.succession.get_or_insert_default();
                succession.ruled = true;
                succession.key = *key;
            }
            // An event of its own.
            Ruling::Revoke => {}
        });
    }

    pub(crate) fn successor_proposed(&mut self, event: &SuccessorProposed) {
        self.fleet.change(event.id, |container| {
            let succession: &mut Succession = container.succession.get_or_insert_default();
            succession.proposed = Some(event.proposal.clone());
        });
    }

    pub(crate) fn regenerate(&mut self, event: &Regenerated, at: Time) {
        self.fleet.change(event.id, |container| {
            container.generation = event.generation;
            container.key = event.key.clone();
            container.state = ContainerState::Known;
            container.history = History::default();
            container.ratchet = None;
            container.moved = 0;
            container.certified_by = None;
            container.certified_until = None;
            container.account = None;
            container.last_context = Hash::ZERO;
            container.earlier_contexts.clear();
            container.lineages.clear();
            container.succession = None;
            container.items.clear();
        });
        self.fleet.moves.begin_anew(event.id);
        self.papers.want_revoked(event.id, event.generation.saturating_sub(1));
        for no in event.reissued.iter().chain(&event.ended) {
            self.activation_reissue(*no, at);
        }
        if !event.reissued.is_empty() {
            self.fleet.reissue.insert(event.id);
        }
        self.count_replacement(&event.customers, at);
    }

    pub(crate) fn move_reported(&mut self, event: &MoveReported, at: Time) {
        let before = self.fleet.moves.get(&event.report.nonce).map(|booked| booked.state);
        // A claim is no more than its first word: what follows from a transfer follows when the source tells.
        let before = before.filter(|state| *state != BookedState::Claimed);
        event.carried.iter().for_each(|carried| self.carry_units(carried, at));
        self.fleet.moves.report(event, &self.activations, at);
        let root = root_of(&event.report.item_id);
        if let Some(root) = root {
            let booked = self.fleet.moves.get(&event.report.nonce);
            let loose =
                booked.is_some_and(|booked| booked.activations.is_empty() && !booked.caught_up);
            match (before, event.state) {
                (None, BookedState::Refunded | BookedState::Claimed) => {}
                (None, _) if loose => self.fleet.moves.note_loose(root, true),
                (Some(_), BookedState::Refunded) if loose => {
                    self.fleet.moves.note_loose(root, false);
                }
                _ => {}
            }
        }
        let arrived = event.state == BookedState::Arrived && before != Some(BookedState::Arrived);
        if let Some(booked) = self.fleet.moves.get(&event.report.nonce).filter(|_| arrived) {
            let target = booked.target;
            self.land(booked.activations.clone(), Some(target), at);
        }
        for caught_up in &event.caught_up {
            self.catch_up_with(caught_up, at);
        }
        event.removed.iter().for_each(|removed| self.remove(*removed, at));
    }

    fn catch_up_with(&mut self, caught_up: &CaughtUp, at: Time) {
        caught_up.carried.iter().for_each(|carried| self.carry_units(carried, at));
        for nonce in &caught_up.nonces {
            let booked = self.fleet.moves.get(nonce);
            if let Some(root) = booked.and_then(|booked| root_of(&booked.item_id)) {
                self.fleet.moves.note_loose(root, false);
            }
        }
        let landed = self.fleet.moves.catch_up(caught_up);
        self.land(landed, None, at);
    }

    /// Their container says that it has them; of those that have gone on since, it says nothing new.
    fn land(&mut self, numbers: Vec<ActivationNo>, target: Option<ContainerId>, at: Time) {
        for no in numbers {
            let place = self.activations.get(no).map(|one| one.container);
            if target.is_none() || place == target {
                self.activation_landed(no, at);
            }
        }
    }

    fn carry_units(&mut self, carried: &Carried, at: Time) {
        let no = match carried.part {
            Some(part) => {
                self.activation_split(carried.activation, part, at);
                part.activation
            }
            None => carried.activation,
        };
        self.activation_moved(no, carried.to, at);
        self.fleet.claim(carried.to);
    }

    pub(crate) fn claim_accepted(&mut self, event: &ClaimAccepted, at: Time) {
        event.carried.iter().for_each(|carried| self.carry_units(carried, at));
        self.fleet.moves.accept(event);
        let moved = event.carried.iter().map(Carried::moved).collect();
        self.land(moved, None, at);
    }

    pub(crate) fn refund_ruled(&mut self, event: &RefundRuled, at: Time) {
        self.fleet.moves.refund(event);
        event.carried.iter().for_each(|carried| self.carry_units(carried, at));
    }
}
