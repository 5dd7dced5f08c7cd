//! Splitting a key over the traits of a machine, and getting it back.
//!
//! Invariants: a trait of weight w holds w shares, sealed under a key that is derived from the device's salt, the kind
//! and the value; fewer shares than the threshold say nothing about the key; each split draws new chance.
//! Deliberately not here: when to split anew (healing), what the key seals.

use super::{
    report::{BindingReport, TraitReport, TraitStatus},
    shamir::{self, Block, SECRET_LEN},
};
use crate::{
    chance::random_bytes,
    error::VaultError,
    machine::{Machine, MachineTrait, TraitKind},
    secret::SecretBytes,
};
use aws_lc_rs::hmac;
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use serde::{Deserialize, Serialize};
use tenure_document::{Bytes, Tolerance};
use zeroize::Zeroizing;

const SALT_LEN: usize = 32;
const NONCE_LEN: usize = 24;
const TAG_LEN: usize = 16;
/// Marks in reports are this long: enough to tell traits of one machine apart.
const MARK_LEN: usize = 16;
/// Share numbers are one byte and not 0.
const SHARES_MAX: u32 = 255;

/// Where the shares of a key are, and how many open it. Stored; holds nothing that names a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    salt: Bytes,
    tolerance: Tolerance,
    threshold: u32,
    total: u32,
    records: Vec<Record>,
}

/// The shares of one trait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    kind: TraitKind,
    /// The number of the first share.
    first: u8,
    weight: u8,
    nonce: Bytes,
    sealed: Bytes,
}

/// What came of trying to open a binding.
pub struct Opening {
    /// How the machine fits.
    pub report: BindingReport,
    /// The key, where enough of it was found.
    pub key: Option<SecretBytes>,
}

impl Binding {
    /// Binds `key` (32 bytes) to a machine for the first time.
    ///
    /// # Errors
    /// [`VaultError::Crypto`].
    pub fn new(
        key: &SecretBytes,
        machine: &Machine,
        tolerance: Tolerance,
    ) -> Result<Binding, VaultError> {
        split(key, machine, tolerance, Bytes(random_bytes::<SALT_LEN>()?.to_vec()))
    }

    /// Binds a new key to the machine as it is now; marks stay comparable.
    ///
    /// # Errors
    /// [`VaultError::Crypto`].
    pub fn renewed(
        &self,
        key: &SecretBytes,
        machine: &Machine,
        tolerance: Tolerance,
    ) -> Result<Binding, VaultError> {
        split(key, machine, tolerance, self.salt.clone())
    }

    /// How much may change.
    pub fn tolerance(&self) -> Tolerance {
        self.tolerance
    }

    /// Looks for the key's shares on a machine.
    pub fn open(&self, machine: &Machine) -> Opening {
        let mut left: Vec<&MachineTrait> = machine.traits().iter().collect();
        let mut shares: Vec<(u8, Block)> = Vec::new();
        let mut lost: Vec<&Record> = Vec::new();
        let mut traits = Vec::new();
        for record in &self.records {
            let place = left
                .iter()
                .position(|one| one.kind() == record.kind && self.unseal(record, one, &mut shares));
            match place {
                Some(place) => {
                    let found = left.remove(place);
                    traits.push(self.line(record, TraitStatus::Matched, Some(found)));
                }
                None => lost.push(record),
            }
        }
        let matched = traits.iter().map(|line| line.weight).sum();
        for record in lost {
            let other = left.iter().position(|one| one.kind() == record.kind);
            let other = other.map(|place| left.remove(place));
            let status = match other {
                Some(_) => TraitStatus::Changed,
                None if machine.unreadable.contains(&record.kind) => TraitStatus::Unreadable,
                None => TraitStatus::Absent,
            };
            traits.push(self.line(record, status, other));
        }
        traits.extend(left.into_iter().map(|one| TraitReport {
            kind: one.kind(),
            weight: u32::from(one.kind().weight()),
            status: TraitStatus::New,
            mark: Some(self.mark(one)),
        }));
        let report = BindingReport {
            machine: machine.kind,
            evidence: machine.evidence.clone(),
            traits,
            matched,
            total: self.total,
            threshold: self.threshold,
        };
        let key = self.combine(shares);
        Opening { report, key }
    }

    /// Names a trait's value within this container and nowhere else.
    pub(super) fn mark(&self, one: &MachineTrait) -> Bytes {
        let mark = derive(&self.salt.0, b"TENURE-TRAIT-MARK-V1", one);
        Bytes(mark[..MARK_LEN].to_vec())
    }

    /// Says what does not fit together in a binding that was read.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        let mut next = 1;
        for record in &self.records {
            let sealed = usize::from(record.weight) * SECRET_LEN + TAG_LEN;
            if u32::from(record.first) != next || record.weight == 0 {
                return Some("its shares are not numbered without gaps");
            }
            if record.nonce.0.len() != NONCE_LEN || record.sealed.0.len() != sealed {
                return Some("a share has the wrong length");
            }
            next += u32::from(record.weight);
        }
        if next - 1 != self.total || self.total > SHARES_MAX {
            return Some("its weights do not add up");
        }
        if self.threshold == 0 || self.threshold > self.total {
            return Some("its threshold can't be reached");
        }
        (self.salt.0.len() != SALT_LEN).then_some("its salt has the wrong length")
    }

    fn line(
        &self,
        record: &Record,
        status: TraitStatus,
        found: Option<&MachineTrait>,
    ) -> TraitReport {
        let mark = found.map(|one| self.mark(one));
        TraitReport { kind: record.kind, weight: u32::from(record.weight), status, mark }
    }

    /// Adds the shares of a record, if the trait is the one they were sealed under.
    fn unseal(&self, record: &Record, one: &MachineTrait, shares: &mut Vec<(u8, Block)>) -> bool {
        let (cipher, nonce) = match cipher(&self.salt.0, one, &record.nonce.0) {
            Some(both) => both,
            None => return false,
        };
        let aad = record.covered(self.threshold);
        let payload = Payload { msg: &record.sealed.0, aad: &aad };
        let Ok(opened) = cipher.decrypt(&nonce, payload).map(Zeroizing::new) else { return false };
        let (blocks, _) = opened.as_chunks::<SECRET_LEN>();
        shares.extend((record.first..).zip(blocks.iter().map(|block| Zeroizing::new(*block))));
        true
    }

    fn combine(&self, mut shares: Vec<(u8, Block)>) -> Option<SecretBytes> {
        let needed = usize::try_from(self.threshold).ok()?;
        if shares.len() < needed {
            return None;
        }
        shares.truncate(needed);
        Some(SecretBytes::new(shamir::combine(&shares).to_vec()))
    }
}

impl Record {
    /// What the seal of the shares covers besides them.
    fn covered(&self, threshold: u32) -> Vec<u8> {
        let mut bytes = b"TENURE-SHARES-V1".to_vec();
        bytes.extend_from_slice(self.kind.name().as_bytes());
        bytes.extend_from_slice(&[0, self.first, self.weight]);
        bytes.extend_from_slice(&threshold.to_be_bytes());
        bytes
    }
}

fn split(
    key: &SecretBytes,
    machine: &Machine,
    tolerance: Tolerance,
    salt: Bytes,
) -> Result<Binding, VaultError> {
    const FAILED: VaultError = VaultError::Crypto("binding to the machine");
    let total = machine.weight();
    let shares = u8::try_from(total).map_err(|_| FAILED)?;
    let threshold = threshold(tolerance, total);
    let secret = Zeroizing::new(key.expose().try_into().map_err(|_| FAILED)?);
    let chance = (1..threshold)
        .map(|_| Ok(Zeroizing::new(random_bytes::<SECRET_LEN>()?)))
        .collect::<Result<Vec<Block>, VaultError>>()?;
    let shares = shamir::split(&secret, shares, &chance);
    let (mut records, mut first) = (Vec::new(), 1_u8);
    for one in machine.traits() {
        let weight = one.kind().weight();
        let from = usize::from(first - 1);
        let own = shares.get(from..from + usize::from(weight)).ok_or(FAILED)?;
        let clear = Zeroizing::new(own.iter().flat_map(|share| **share).collect::<Vec<u8>>());
        let nonce = Bytes(random_bytes::<NONCE_LEN>()?.to_vec());
        let mut record =
            Record { kind: one.kind(), first, weight, nonce, sealed: Bytes::default() };
        let (cipher, nonce) = cipher(&salt.0, one, &record.nonce.0).ok_or(FAILED)?;
        let aad = record.covered(threshold);
        let payload = Payload { msg: &clear, aad: &aad };
        record.sealed = Bytes(cipher.encrypt(&nonce, payload).map_err(|_| FAILED)?);
        records.push(record);
        first = first.saturating_add(weight);
    }
    Ok(Binding { salt, tolerance, threshold, total, records })
}

fn cipher(salt: &[u8], one: &MachineTrait, nonce: &[u8]) -> Option<(XChaCha20Poly1305, XNonce)> {
    let key = derive(salt, b"TENURE-TRAIT-KEY-V1", one);
    let nonce: [u8; NONCE_LEN] = nonce.try_into().ok()?;
    Some((XChaCha20Poly1305::new_from_slice(&*key).ok()?, nonce.into()))
}

/// The weight that is needed of a total, rounded up.
fn threshold(tolerance: Tolerance, total: u32) -> u32 {
    (total * tolerance.percent()).div_ceil(100).max(1)
}

/// HMAC-SHA-256 under the salt, over purpose, kind and value.
fn derive(salt: &[u8], purpose: &[u8], one: &MachineTrait) -> Block {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, salt));
    for part in [purpose, &[0], one.kind().name().as_bytes(), &[0], one.value().as_bytes()] {
        context.update(part);
    }
    let mut key = Zeroizing::new([0; SECRET_LEN]);
    key.copy_from_slice(context.sign().as_ref());
    key
}
