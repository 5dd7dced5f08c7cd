//! Deciding whether the container applies an update, and what time does to it.
//!
//! Invariants: everything of an update is applied or nothing; one whose every part is applied already is a success
//! without events; histories are compared at every point that both sides have, not only at the first; an update is
//! never judged by an older key list than the container's.
//! Deliberately not here: signatures (open), what an operation does to items (history).

use crate::{
    clock::{LEASE_TOLERANCE_MS, Reading, Rights},
    event::ContainerEvent,
    history::{ITEMS_MAX, apply_op, is_movable, next_hash},
    open::{Brought, OpenedUpdate},
    refusal::UpdateRefusal,
    state::Container,
};
use std::collections::BTreeMap;
use tenure_document::{Hash, Hasher, Item, Numbered, Pool, PoolBasis, Update};

impl Container {
    /// Decides about an update. No events: everything in it is applied already, which is a success.
    ///
    /// # Errors
    /// [`UpdateRefusal`]; nothing changes then.
    pub fn decide_update(
        &self,
        opened: &OpenedUpdate,
        now: Reading,
    ) -> Result<Vec<ContainerEvent>, UpdateRefusal> {
        self.decide(&opened.update, &opened.brought, now)
    }

    pub(crate) fn decide(
        &self,
        update: &Update,
        brought: &Brought,
        now: Reading,
    ) -> Result<Vec<ContainerEvent>, UpdateRefusal> {
        self.check_address(update)?;
        check_numbers(update)?;
        let history_hash = self.check_history(update)?;
        let mut events = self.decide_attachments(brought, now)?;
        let held = usize::try_from(self.sequence - update.from_sequence).unwrap_or(usize::MAX);
        let fresh = update.ops.get(held..).unwrap_or_default();
        self.hear_of_nothing(update, fresh, &mut events);
        if fresh.is_empty() && events.is_empty() && self.newer_pool(update, brought).is_none() {
            return Ok(events);
        }
        self.check_time(update, brought, now)?;
        self.check_certificate(brought)?;
        self.confirm_time(update, &mut events, now);
        if !fresh.is_empty() {
            self.check_items(fresh)?;
            // Only where something of it is new: an old file must not be kept again.
            let movable = fresh.iter().any(|numbered| is_movable(&numbered.op));
            if let (true, Some(document)) = (movable, &brought.origin) {
                events.push(ContainerEvent::OriginKept { document: document.clone() });
            }
            events.push(ContainerEvent::Updated {
                ops: fresh.to_vec(),
                acknowledged: update.from_sequence,
                history_hash,
                ratchet: self.next_ratchet(&brought.entropy),
                issued: Some(update.issued),
            });
        }
        self.decide_pool(update, brought, &mut events)?;
        Ok(events)
    }

    /// An update without news for the items is news of the publisher all the same.
    fn hear_of_nothing(
        &self,
        update: &Update,
        fresh: &[Numbered],
        events: &mut Vec<ContainerEvent>,
    ) {
        let counts = self.items.values().any(|item| item.checkpoint_days > 0);
        if fresh.is_empty() && counts && self.last_contact < Some(update.issued) {
            events.push(ContainerEvent::Contacted { at: update.issued });
        }
    }

    /// The pool document, if it is newer than the one held and the update is not an old one.
    fn newer_pool<'a>(&self, update: &Update, brought: &'a Brought) -> Option<(&'a Pool, &'a str)> {
        let (pool, document) = brought.pool.as_ref()?;
        let held = self.pool.as_ref().is_some_and(|held| pool.issued <= held.issued);
        (update.to_sequence >= self.sequence && !held).then_some((pool, document))
    }

    /// A pool document must list what the update leads to, as the office knows it.
    fn decide_pool(
        &self,
        update: &Update,
        brought: &Brought,
        events: &mut Vec<ContainerEvent>,
    ) -> Result<(), UpdateRefusal> {
        let Some((pool, document)) = self.newer_pool(update, brought) else { return Ok(()) };
        let bad = |why: &str| Err(UpdateRefusal::Malformed(format!("its pool document {why}")));
        let basis = PoolBasis { generation: update.generation, history_hash: update.to_hash };
        if pool.server != self.id
            || pool.basis != Some(basis)
            || pool.sequence != update.to_sequence
        {
            return bad("is not about this container after this update");
        }
        let mut after = self.clone();
        events.iter().for_each(|event| after.apply(event));
        let listed: BTreeMap<&str, &Item> =
            pool.items.iter().map(|item| (item.id.as_str(), item)).collect();
        let known = after.as_booked();
        let same = listed.len() == pool.items.len()
            && known.len() == listed.len()
            && known.iter().all(|item| listed.get(item.id.as_str()) == Some(&item));
        if !same {
            return bad("does not list the items that its operations lead to");
        }
        events.push(ContainerEvent::PoolAdopted {
            sequence: pool.sequence,
            document: document.to_owned(),
            issued: pool.issued,
            valid_until: pool.valid_until,
        });
        Ok(())
    }

    /// What the passing of time has to be recorded of a container: nothing, most of the time.
    pub fn decide_time(&self, now: Reading) -> Vec<ContainerEvent> {
        let mut events = Vec::new();
        let rights = self.rights(now);
        if rights.is_alarming() && !self.clock_behind {
            events
                .push(ContainerEvent::ClockBehind { wall: now.wall, behind_ms: rights.behind_ms });
        }
        // Half the tolerance, so that a clock at the edge does not make an event with every batch.
        if rights.behind_ms <= LEASE_TOLERANCE_MS / 2 && self.clock_behind {
            events.push(ContainerEvent::ClockRight);
        }
        let clock = self.clock.advanced(now);
        if self.clock.is_worth_recording(&clock) {
            events.push(ContainerEvent::TimeAdvanced { clock });
        }
        events
    }

    /// The instants at which rights are judged.
    pub fn rights(&self, now: Reading) -> Rights {
        self.clock.rights(now)
    }

    fn check_address(&self, update: &Update) -> Result<(), UpdateRefusal> {
        if update.id != self.id {
            return Err(UpdateRefusal::WrongContainer { ours: self.id, theirs: update.id });
        }
        if update.generation != self.generation {
            let (ours, theirs) = (self.generation, update.generation);
            return Err(UpdateRefusal::WrongGeneration { ours, theirs });
        }
        if update.from_sequence > self.sequence {
            return Err(UpdateRefusal::Gap { held: self.sequence, from: update.from_sequence });
        }
        Ok(())
    }

    /// Walks the update's operations; gives the history hash at its end.
    fn check_history(&self, update: &Update) -> Result<Hash, UpdateRefusal> {
        let same = |sequence: u64, hash: &Hash| match self.hash_at(sequence) {
            Some(ours) if ours != hash => Err(UpdateRefusal::Fork { at: sequence }),
            _ => Ok(()),
        };
        let mut hash = update.from_hash;
        same(update.from_sequence, &hash)?;
        for numbered in &update.ops {
            hash = next_hash(&hash, numbered.sequence, &numbered.op);
            same(numbered.sequence, &hash)?;
        }
        if hash != update.to_hash {
            let why = "its operations do not lead to the history hash it names";
            return Err(UpdateRefusal::Malformed(why.into()));
        }
        Ok(hash)
    }

    /// Only what is newer than what is held.
    fn decide_attachments(
        &self,
        brought: &Brought,
        now: Reading,
    ) -> Result<Vec<ContainerEvent>, UpdateRefusal> {
        if brought.keyset_version < self.keyset_version
            || brought.revocation_sequence < self.revocation_sequence
        {
            return Err(UpdateRefusal::StaleKeyset);
        }
        let mut events = Vec::new();
        for (version, document) in &brought.keysets {
            if *version > self.keyset_version {
                let (version, document) = (*version, document.clone());
                events.push(ContainerEvent::KeysetAdopted { version, document });
            }
        }
        if let Some(list) = &brought.revocation
            && list.sequence > self.revocation_sequence
        {
            events.push(ContainerEvent::RevocationAdopted {
                sequence: list.sequence,
                document: list.document.clone(),
                at: list.at,
                revoked: list.revokes,
            });
        }
        if let Some((nonce, time)) = &brought.time
            && *nonce == self.nonce()
        {
            events.push(ContainerEvent::TimeCorrected { clock: self.clock.corrected(*time, now) });
        }
        Ok(events)
    }

    fn check_time(
        &self,
        update: &Update,
        brought: &Brought,
        now: Reading,
    ) -> Result<(), UpdateRefusal> {
        let corrected =
            brought.time.as_ref().filter(|(nonce, _)| *nonce == self.nonce()).map(|(_, at)| *at);
        if let (Some(error), None) = (&brought.only_with_time, corrected) {
            return Err(UpdateRefusal::Unverified(error.clone()));
        }
        let now = corrected.unwrap_or(self.rights(now).items);
        match update.expires {
            Some(expires) if now > expires => Err(UpdateRefusal::Expired { expires }),
            _ => Ok(()),
        }
    }

    /// The publisher signed at `issued`: it is not earlier than that.
    fn confirm_time(&self, update: &Update, events: &mut Vec<ContainerEvent>, now: Reading) {
        let clock = self.clock.confirmed(update.issued, now);
        let corrected =
            |event: &ContainerEvent| matches!(event, ContainerEvent::TimeCorrected { .. });
        if self.clock.is_worth_recording(&clock) && !events.iter().any(corrected) {
            events.push(ContainerEvent::TimeAdvanced { clock });
        }
    }

    fn check_certificate(&self, brought: &Brought) -> Result<(), UpdateRefusal> {
        let refuse = |why: String| Err(UpdateRefusal::BadCertificate(why));
        match &brought.certificate {
            Some((sequence, _)) if *sequence <= self.sequence => Ok(()),
            None => Ok(()),
            Some((_, Err(error))) => refuse(error.to_string()),
            Some((_, Ok(certificate))) => {
                let ours = certificate.container == self.id
                    && certificate.generation == self.generation
                    && certificate.key == self.key;
                if ours { Ok(()) } else { refuse("it is for another container or key".into()) }
            }
        }
    }

    fn check_items(&self, fresh: &[Numbered]) -> Result<(), UpdateRefusal> {
        // Operations only add one item each: most updates need no trial.
        if self.items.len() + fresh.len() <= ITEMS_MAX {
            return Ok(());
        }
        let mut items = if self.carried_over { BTreeMap::new() } else { self.items.clone() };
        for numbered in fresh {
            apply_op(&mut items, &numbered.op);
        }
        let count = items.len();
        if count > ITEMS_MAX { Err(UpdateRefusal::TooManyItems { count }) } else { Ok(()) }
    }

    /// Two copies that apply the same update part ways here: each mixes in its own chance.
    fn next_ratchet(&self, entropy: &Hash) -> Hash {
        Hasher::new()
            .with(b"TENURE-RATCHET-V1")
            .with(self.ratchet.as_bytes())
            .with(entropy.as_bytes())
            .finish()
    }
}

/// The operations are numbered without gaps from one end to the other.
fn check_numbers(update: &Update) -> Result<(), UpdateRefusal> {
    let ends = update.from_sequence.checked_add(update.ops.len() as u64);
    let in_order = (update.from_sequence + 1..).zip(&update.ops).all(|(n, op)| op.sequence == n);
    if ends == Some(update.to_sequence) && in_order {
        return Ok(());
    }
    Err(UpdateRefusal::Malformed("its operations are not numbered without gaps".into()))
}
