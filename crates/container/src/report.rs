//! What a container says about itself: its context, its receipt, the trust it holds.
//!
//! Invariants: both documents are functions of the state and the time alone; the nonce changes with every update and
//! every correction of the clock, so that a signed time counts once; no figure is beyond what a document may hold.
//! Deliberately not here: signing (the holder of the identity key does), consumption (its owner says how much).

use crate::state::Container;
use tenure_document::{
    Bytes, Context, DocumentError, Hasher, HeldItem, Item, Receipt, Time, Trust, read_document,
};

/// The most units used up that a document can speak of: its largest integer.
pub const CONSUMED_MAX: u64 = (1 << 53) - 1;

impl Container {
    /// What the office needs to know. `consumed` says how many metered units of an item are used up.
    pub fn context(&self, at: Time, consumed: impl Fn(&Item) -> u64) -> Context {
        let held = |item: &Item| HeldItem {
            id: item.id.clone(),
            feature: item.feature.clone(),
            version: item.version,
            count: item.count,
            consumed: consumed(item).min(CONSUMED_MAX),
        };
        Context {
            id: self.id,
            generation: self.generation,
            sequence: self.sequence,
            history_hash: self.history_hash,
            name: self.name.clone(),
            kind: self.kind,
            key: self.key.clone(),
            items: self.items.values().map(held).collect(),
            ratchet: self.ratchet,
            pending: self.results.clone(),
            transfers: self.transfers.asked(),
            moves: self.transfers.moves(),
            moved: self.transfers.moved,
            binding: None,
            machine: None,
            vouch: self.vouch.clone(),
            time_high_water: self.clock.high_water(),
            keyset_version: self.keyset_version,
            revocation_sequence: self.revocation_sequence,
            nonce: self.nonce(),
            at,
        }
    }

    /// The proof of what was applied.
    pub fn receipt(&self, at: Time) -> Receipt {
        Receipt {
            id: self.id,
            generation: self.generation,
            sequence: self.sequence,
            history_hash: self.history_hash,
            results: self.results.clone(),
            nonce: self.nonce(),
            at,
        }
    }

    /// The trust that the container holds, built anew from the documents it adopted.
    ///
    /// # Errors
    /// None for a state that came about by its events; anything else is corruption of the stored state.
    pub fn trust(&self) -> Result<Trust, DocumentError> {
        let mut trust = Trust::pin(self.root);
        let mut list = self.revocation.as_ref();
        for keyset in &self.keysets {
            trust.adopt_keyset(&read_document(keyset.as_bytes())?)?;
            if let Some(due) = list.filter(|due| trust.keyset_version() == due.keyset_version) {
                // The lists before it are not kept, so that the jump from them can't be judged again.
                trust.restore_revocation(&read_document(due.document.as_bytes())?, due.at)?;
                list = None;
            }
        }
        Ok(trust)
    }

    /// Names the present state of this container and of no copy that went on by itself.
    pub(crate) fn nonce(&self) -> Bytes {
        let hash = Hasher::new()
            .with(b"TENURE-NONCE-V1")
            .with(self.ratchet.as_bytes())
            .with_u64(self.sequence)
            .with_u64(self.corrections)
            .finish();
        Bytes(hash.as_bytes()[..16].to_vec())
    }
}
