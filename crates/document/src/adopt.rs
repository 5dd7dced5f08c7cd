//! Adopting key sets and revocation lists: the only way trust changes.
//!
//! Invariants: the first key set's root has the pinned hash; each further one is signed by the
//! threshold of the held root and, when the root changes, of the new root too and is the very
//! next version; nothing older, nothing different under a known number, no jump beyond 10,000
//! (a leaked key must not be able to use up the numbers). Not here: storage.

use serde::Deserialize;

use crate::{
    envelope::Envelope,
    error::DocumentError,
    hash::Hash,
    keys::{KeyId, Prepared},
    keyset::{Keyset, RootRecord},
    revocation::Revocation,
    strict::{self, Limits},
    time::Time,
    trust::{Adopted, HeldKeyset, HeldRevocation, Trust},
    verified::Verified,
    verify::{check_type, parse_payload},
};

/// Furthest a version or sequence may jump at once.
const LARGEST_JUMP: u64 = 10_000;

impl Trust {
    /// Takes over a key set, if it is the rightful successor of what is held.
    ///
    /// # Errors
    /// `wrong-type`, `wrong-root`, `below-threshold`, `stale-keyset`, `forked-keyset`,
    /// `keyset-gap`, `fast-forward`, `wrong-publisher`, and those of [`Keyset::check`] and of
    /// the strict reader.
    pub fn adopt_keyset(&mut self, envelope: &Envelope) -> Result<Adopted, DocumentError> {
        check_type::<Keyset>(envelope)?;
        match &self.keyset {
            None => self.adopt_first(envelope),
            Some(held) => {
                let next = succeed(held, envelope)?;
                let adopted = if next.is_some() { Adopted::Newer } else { Adopted::Unchanged };
                if let Some(next) = next {
                    self.hold(next, envelope);
                }
                Ok(adopted)
            }
        }
    }

    /// The first key set: its root must have the pinned hash, then it signs for itself.
    fn adopt_first(&mut self, envelope: &Envelope) -> Result<Adopted, DocumentError> {
        #[derive(Deserialize)]
        struct RootOnly {
            root: RootRecord,
        }
        let RootOnly { root } = strict::read(&envelope.payload, Limits::PAYLOAD)?;
        if root.pin() != self.pin {
            return Err(DocumentError::WrongRoot);
        }
        root.check()?;
        check_threshold(envelope, &root)?;
        let keyset: Keyset = parse_payload(&envelope.payload)?;
        keyset.check()?;
        self.hold(keyset, envelope);
        Ok(Adopted::Newer)
    }

    fn hold(&mut self, keyset: Keyset, envelope: &Envelope) {
        let prepared = keyset.keys.iter().map(|record| Prepared::new(&record.key)).collect();
        let payload_hash = Hash::of(&envelope.payload);
        self.keyset = Some(HeldKeyset { keyset, payload_hash, prepared });
    }

    /// Takes over a revocation list, if it is newer and leaves nothing out.
    ///
    /// # Errors
    /// As [`Trust::verify`], and `stale-revocation`, `forked-revocation`, `revocation-shrunk`,
    /// `fast-forward`.
    pub fn adopt_revocation(
        &mut self,
        envelope: &Envelope,
        at: Time,
    ) -> Result<Adopted, DocumentError> {
        let Some((next, base)) = self.next_revocation(envelope, at)? else {
            return Ok(Adopted::Unchanged);
        };
        let offered = next.list.sequence;
        if offered - base > LARGEST_JUMP {
            let what = "the revocation list";
            return Err(DocumentError::FastForward { what, held: base, offered });
        }
        self.revocation = Some(next);
        Ok(Adopted::Newer)
    }

    /// Takes back a revocation list that was adopted before and kept, when trust is built anew.
    ///
    /// The same checks but for the jump: that was judged against the lists before it, which are
    /// not kept. Not for a list that somebody brings.
    ///
    /// # Errors
    /// As [`Trust::adopt_revocation`], without `fast-forward`.
    pub fn restore_revocation(
        &mut self,
        envelope: &Envelope,
        at: Time,
    ) -> Result<(), DocumentError> {
        if let Some((next, _)) = self.next_revocation(envelope, at)? {
            self.revocation = Some(next);
        }
        Ok(())
    }

    /// The list if it may follow the held one, with the sequence it jumps from; nothing if it is
    /// the held one.
    fn next_revocation(
        &self,
        envelope: &Envelope,
        at: Time,
    ) -> Result<Option<(HeldRevocation, u64)>, DocumentError> {
        let list: Verified<Revocation> = self.verify(envelope, at)?;
        let demanded = self.keyset().map_or(0, |keyset| keyset.revocation_sequence);
        let offered = list.sequence;
        // A list whose signing key left the key set no longer holds the numbers.
        let current = self.revocation.as_ref().filter(|held| self.still_signs(held.signed_by));
        let held = current.map_or(0, |held| held.list.sequence);
        if let Some(current) = current {
            if offered == held {
                return if current.payload_hash == list.payload_hash() {
                    Ok(None)
                } else {
                    Err(DocumentError::ForkedRevocation(offered))
                };
            }
            if offered > held && !list.contains(&current.list) {
                return Err(DocumentError::RevocationShrunk(offered));
            }
        }
        let base = held.max(demanded);
        if offered < base || offered == 0 {
            return Err(DocumentError::StaleRevocation { offered, held: base });
        }
        let next = HeldRevocation {
            payload_hash: list.payload_hash(),
            signed_by: list.signed_by(),
            list: list.into_inner(),
        };
        Ok(Some((next, base)))
    }

    fn still_signs(&self, key: KeyId) -> bool {
        self.keyset().is_some_and(|keyset| keyset.keys.iter().any(|record| record.id == key))
    }
}

/// The key set if it follows the held one, nothing if it is the held one.
fn succeed(held: &HeldKeyset, envelope: &Envelope) -> Result<Option<Keyset>, DocumentError> {
    let current = &held.keyset;
    check_threshold(envelope, &current.root)?;
    let next: Keyset = parse_payload(&envelope.payload)?;
    next.check()?;
    let (offered, version) = (next.version, current.version);
    if offered < version {
        return Err(DocumentError::StaleKeyset { offered, held: version });
    }
    if offered == version {
        return if held.payload_hash == Hash::of(&envelope.payload) {
            Ok(None)
        } else {
            Err(DocumentError::ForkedKeyset(offered))
        };
    }
    if offered - version > LARGEST_JUMP {
        return Err(DocumentError::FastForward { what: "the key set", held: version, offered });
    }
    if next.publisher != current.publisher {
        let (held, found) = (current.publisher.clone(), next.publisher);
        return Err(DocumentError::WrongPublisher { held, found });
    }
    if next.revocation_sequence < current.revocation_sequence {
        let why = "the key set demands an older revocation list than its predecessor";
        return Err(DocumentError::MalformedPayload(why.into()));
    }
    if next.root != current.root {
        if offered != version + 1 {
            return Err(DocumentError::KeysetGap { offered, held: version });
        }
        check_threshold(envelope, &next.root)?;
    }
    Ok(Some(next))
}

/// Enough distinct keys of the root signed the envelope.
///
/// The hints only choose which key is tried first; a key counts once.
fn check_threshold(envelope: &Envelope, root: &RootRecord) -> Result<(), DocumentError> {
    let message = envelope.pae();
    let keys: Vec<(String, Prepared)> =
        root.keys.iter().map(|key| (key.id().to_string(), Prepared::new(key))).collect();
    let mut signed = vec![false; keys.len()];
    let mut valid = 0;
    for signature in envelope.signatures.iter().filter(|s| s.batch.is_none()) {
        let hinted = |place: &usize| Some(&keys[*place].0) == signature.keyid.as_ref();
        let (first, rest): (Vec<usize>, Vec<usize>) = (0..keys.len()).partition(hinted);
        let fits =
            |place: &usize| !signed[*place] && keys[*place].1.verifies(&message, &signature.sig);
        if let Some(place) = first.into_iter().chain(rest).find(fits) {
            signed[place] = true;
            valid += 1;
            if valid == root.threshold {
                return Ok(());
            }
        }
    }
    Err(DocumentError::BelowThreshold { valid, needed: root.threshold })
}
