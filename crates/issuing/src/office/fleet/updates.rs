//! What goes out to a container: its update, its certificate, a license server's pool, the time.
//!
//! Invariants: all are functions of the state and the time alone, so that the same question gets the same operations
//! however often it is asked; a container out of step gets none; one whose generation is revoked gets the revocation
//! list and nothing else; a certificate that ends is made anew when half of its time is gone.
//! Deliberately not here: signing (the shell), which operations there are (issuing).

use super::container::{ContainerState, OfficeContainer};
use super::issuing::UPDATE_BYTES_MAX;
use crate::certify::Subject;
use crate::office::numbers::CustomerId;
use crate::office::state::Office;
use std::time::Duration;
use tenure_document::{
    Bytes, Certificate, ContainerId, ContainerKind, Context, Hash, KeyId, KeyRecord, Pool,
    PoolBasis, Time, TimeStatement, Update,
};

const DAY: Duration = Duration::from_secs(86_400);
/// A container whose clock is ahead by more is told the time.
const AHEAD_MAX: Duration = Duration::from_secs(3_600);

impl Office {
    /// The update for a container: everything since the last acknowledged operation, as far as one document holds it;
    /// nothing for one out of step.
    pub fn update_for(&self, id: ContainerId, at: Time) -> Option<Update> {
        let container = self.fleet.get(id)?;
        if container.state.is_out_of_step() {
            return None;
        }
        let history = &container.history;
        let papers = self.papers.trust_papers();
        let days = self.policies.update_days;
        let attachments =
            papers.newer_than(container.keyset_version, container.revocation_sequence);
        let attached: usize =
            attachments.keysets.iter().chain(&attachments.revocation).map(String::len).sum();
        let mut ops = history.waiting(id, container.generation);
        ops.truncate(history.fitting(UPDATE_BYTES_MAX.saturating_sub(attached)));
        let to_sequence = history.acknowledged() + ops.len() as u64;
        Some(Update {
            id,
            generation: container.generation,
            from_sequence: history.acknowledged(),
            from_hash: history.hash_at(history.acknowledged())?,
            ops,
            to_sequence,
            to_hash: history.hash_at(to_sequence)?,
            issued: at,
            expires: (days > 0).then(|| at.plus(DAY * days)),
            attachments,
        })
    }

    /// What a context of a revoked generation gets in the place of an update: the list that revokes it.
    ///
    /// Nothing when the list is not published yet, or the generation is not revoked.
    pub fn farewell(&self, context: &Context, at: Time) -> Option<Update> {
        if !self.papers.is_listed(context.id, context.generation) {
            return None;
        }
        let papers = self.papers.trust_papers();
        let attachments = papers.newer_than(context.keyset_version, context.revocation_sequence);
        Some(Update {
            id: context.id,
            generation: context.generation,
            from_sequence: context.sequence,
            from_hash: context.history_hash,
            ops: Vec::new(),
            to_sequence: context.sequence,
            to_hash: context.history_hash,
            issued: at,
            expires: None,
            attachments,
        })
    }

    /// What a license server may serve once its update is applied; nothing for other containers, nor with an update
    /// after which there is more to come.
    pub fn pool_for(&self, update: &Update) -> Option<Pool> {
        let container = self.fleet.get(update.id)?;
        let known =
            container.kind == ContainerKind::Server && container.state == ContainerState::Known;
        if !known || update.to_sequence != container.history.issued() {
            return None;
        }
        Some(Pool {
            server: update.id,
            sequence: update.to_sequence,
            previous: Hash::ZERO,
            items: container.items.values().cloned().collect(),
            issued: update.issued,
            valid_until: None,
            basis: Some(PoolBasis {
                generation: container.generation,
                history_hash: container.history.head(),
            }),
        })
    }

    /// The certificate that has to be made before an exchange with this context is decided; mostly none is.
    ///
    /// `with` is the key that would sign it, `now` the office's time.
    pub fn certificate_due(
        &self,
        context: &Context,
        with: &KeyRecord,
        now: Time,
    ) -> Option<Certificate> {
        match self.fleet.get(context.id) {
            Some(container) if context.generation == container.generation => {
                self.certificate_due_for(context.id, with, now)
            }
            Some(container) if context.generation < container.generation => None,
            Some(container) if container.state.is_gone() => None,
            // New, or of a new generation.
            before => Some(self.certificate(
                Subject {
                    container: context.id,
                    generation: context.generation,
                    name: &context.name,
                    kind: context.kind,
                    key: &context.key,
                    certificates: before.map_or(0, |container| container.certificates),
                },
                before,
                (with, context.at),
                now,
            )),
        }
    }

    /// The same for a container of which there is no context at hand.
    pub fn certificate_due_for(
        &self,
        id: ContainerId,
        with: &KeyRecord,
        now: Time,
    ) -> Option<Certificate> {
        let in_use = |one: &&OfficeContainer| !one.state.is_gone() && !one.state.is_out_of_step();
        let container = self.fleet.get(id).filter(in_use)?;
        if !self.lacks_certificate(container, with.id, now) {
            return None;
        }
        let subject = Subject {
            container: id,
            generation: container.generation,
            name: &container.name,
            kind: container.kind,
            key: &container.key,
            certificates: container.certificates,
        };
        Some(self.certificate(subject, Some(container), (with, container.last_context_at), now))
    }

    /// Whose a container is: as was said, or the one whose things are in it.
    fn account_of(&self, container: &OfficeContainer) -> Option<CustomerId> {
        let customers = self.customers_of(container);
        let only = (customers.len() == 1).then(|| customers.first().copied());
        container.customer.or(only.flatten())
    }

    /// Whether a certificate by this key would tell a container something new.
    pub(crate) fn lacks_certificate(
        &self,
        container: &OfficeContainer,
        key: KeyId,
        now: Time,
    ) -> bool {
        container.certified_by != Some(key)
            || self.has_wrong_account(container)
            || self.has_wrong_end(container, now)
    }

    /// Whether less than half of the time is left to its certificate that one made now would have.
    fn has_wrong_end(&self, container: &OfficeContainer, now: Time) -> bool {
        let days = self.policies.certificate_days;
        match container.certified_until {
            None => days > 0,
            Some(until) => days == 0 || until < now.plus(DAY * days / 2),
        }
    }

    /// Whether something in a container may move within its account, which its certificate does not name rightly.
    pub(crate) fn has_wrong_account(&self, container: &OfficeContainer) -> bool {
        let mut held =
            self.activations.of_container(container.id).filter(|one| one.state.is_live());
        let needs = held.any(|one| {
            let line = self.entitlements.line(one.entitlement, one.line);
            let moves = line.and_then(|line| line.sold.terms().moves.as_ref());
            moves.is_some_and(|moves| moves.within_account)
        });
        needs && self.account_of(container) != container.account
    }

    /// Whether nothing can be issued without a new certificate.
    pub(crate) fn is_certificate_due(&self, container: &OfficeContainer) -> bool {
        container.certified_by.is_none_or(|key| self.papers.is_key_listed(key))
    }

    fn certificate(
        &self,
        subject: Subject,
        known: Option<&OfficeContainer>,
        (with, signed): (&KeyRecord, Time),
        now: Time,
    ) -> Certificate {
        // A container whose clock is behind signs with earlier times; how early is bounded by the signer's own window.
        let not_before = now.minus(DAY).min(signed).max(with.sign_from);
        let days = self.policies.certificate_days;
        let mut certificate =
            subject.certificate(not_before, (days > 0).then(|| now.plus(DAY * days)));
        let customer = known.and_then(|container| self.account_of(container));
        certificate.account = customer.map(|customer| customer.to_string());
        certificate.binding = known.and_then(|container| container.tolerance);
        certificate
    }

    /// The time, for a container whose clock is ahead: it travels with the update, signed.
    pub fn time_for(&self, context: &Context, now: Time) -> Option<TimeStatement> {
        let ahead = context.time_high_water > now.plus(AHEAD_MAX);
        let nonce: &Bytes = &context.nonce;
        ahead.then(|| TimeStatement { container: context.id, nonce: nonce.clone(), time: now })
    }
}
