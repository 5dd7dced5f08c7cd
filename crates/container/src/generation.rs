//! Beginning a new generation: a new key and an empty history under the same identity.
//!
//! Invariants: the old generation never comes back; what was held stays usable until the office's first update of the
//! new generation, which begins from nothing; a revoked container keeps nothing; transfers on their way are left to
//! the office, because a copy of this container may have settled them otherwise.
//! Deliberately not here: making the key, and whether the office takes the new generation.

use crate::{event::ContainerEvent, state::Container};
use tenure_document::{Bytes, Hash, PublicKey, Signer, vouch_message};

impl Container {
    /// Begins the next generation with a new identity key. `before`, the key of this generation, vouches for it where
    /// it is still there; `ratchet` is the hash of 32 random bytes.
    ///
    /// The next context is to be signed by the new key.
    pub fn regenerate(
        &self,
        key: &PublicKey,
        ratchet: Hash,
        before: Option<&dyn Signer>,
    ) -> Vec<ContainerEvent> {
        let generation = self.generation + 1;
        let message = vouch_message(self.id, generation, key.id());
        let vouch = before.map(|signer| Bytes(signer.sign(&message)));
        vec![ContainerEvent::Regenerated { generation, key: key.clone(), ratchet, vouch }]
    }

    pub(crate) fn apply_regenerated(
        &mut self,
        generation: u32,
        key: &PublicKey,
        ratchet: Hash,
        vouch: Option<&Bytes>,
    ) {
        if self.revoked {
            self.items.clear();
        }
        self.generation = generation;
        self.key = key.clone();
        self.ratchet = ratchet;
        self.vouch = vouch.cloned();
        self.begin_history();
        self.carried_over = !self.items.is_empty();
        self.certificate = None;
        self.pool = None;
        self.revoked = false;
        self.stock.clear();
        self.surrender();
    }

    /// Whether the items are still those of the generation before.
    pub fn is_carried_over(&self) -> bool {
        self.carried_over
    }
}
