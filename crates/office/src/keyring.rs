//! The publisher's keys that are unlocked here, and which of them may sign what now.
//!
//! Kept here: a key signs only in its role, within its window, for products in its scope, and never once it is
//! revoked; nothing is signed that verifiers would refuse. Deliberately not here: private keys themselves (signers come
//! from whoever composes), what is to be signed.

use std::sync::Arc;

use tenure_api::office::OfficeKey;
use tenure_document::{
    Certificate, Envelope, HostCheck, HostKey, KeyId, KeyRecord, Op, Payload, Pool, Revocation,
    Role, Signer, Time, TimeStatement, Trust, Update, armor, seal, summarize,
};
use tenure_issuing::TrustPapers;

use crate::wire::KeyStanding;

/// A key of the key list whose private half is here.
#[derive(Clone)]
pub struct PublisherKey {
    /// What the key list says of it.
    pub record: KeyRecord,
    /// Signs with its private half.
    pub signer: Arc<dyn Signer>,
}

/// No key is here that may sign this now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoKey(pub Role);

/// An update, and what travels with it once it is signed itself.
#[derive(Debug, Clone)]
pub struct Parcel {
    /// The update; its attachments hold the trust documents.
    pub update: Update,
    /// What a license server may serve afterwards.
    pub pool: Option<Pool>,
    /// The time, for a container whose clock is wrong.
    pub time: Option<TimeStatement>,
}

/// The keys, and the trust documents that travel with what they sign.
pub struct Keyring {
    trust: Trust,
    papers: TrustPapers,
    keys: Vec<PublisherKey>,
}

impl Keyring {
    /// Keys of the newest key list of `trust`, oldest first.
    pub fn new(trust: Trust, papers: TrustPapers, keys: Vec<PublisherKey>) -> Self {
        Self { trust, papers, keys }
    }

    /// What is believed: key list and revocations.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// What travels with updates.
    pub fn papers(&self) -> &TrustPapers {
        &self.papers
    }

    /// The key that certifies containers now.
    ///
    /// # Errors
    /// There is none.
    pub fn certifier(&self, now: Time) -> Result<&KeyRecord, NoKey> {
        self.current(Role::Certifier, now, |_| true).map(|key| &key.record)
    }

    /// Signs a container's certificate with the key that certifies now.
    ///
    /// # Errors
    /// There is none.
    pub fn certify(&self, certificate: &Certificate, now: Time) -> Result<(String, KeyId), NoKey> {
        let key = self.current(Role::Certifier, now, |_| true)?;
        Ok((seal(certificate, &[key.signer.as_ref()]).to_json(), key.record.id))
    }

    /// The armored, signed text of an update, by the newest issuer whose scope takes in all of its products.
    ///
    /// What travels with it is signed first; without a key for it the update goes alone, as containers need only it.
    ///
    /// # Errors
    /// No issuer is here that may sign it.
    pub fn sign(&self, parcel: Parcel, now: Time) -> Result<String, NoKey> {
        let Parcel { mut update, pool, time } = parcel;
        let attachments = &mut update.attachments;
        attachments.pool = pool.and_then(|pool| {
            let mut products = pool.items.iter().map(|item| item.product.as_str());
            let fits = |record: &KeyRecord| {
                signs(record, "pool") && products.all(|product| record.covers_product(product))
            };
            Some(seal(&pool, &[self.issuer(now, fits).ok()?.signer.as_ref()]).to_json())
        });
        attachments.time = time.and_then(|time| {
            let key = self.current(Role::Time, now, |_| true).ok()?;
            Some(seal(&time, &[key.signer.as_ref()]).to_json())
        });
        let fits = |record: &KeyRecord| {
            let covered =
                |op: &Op| op.product().is_none_or(|product| record.covers_product(product));
            signs(record, "update") && update.ops.iter().all(|numbered| covered(&numbered.op))
        };
        let key = self.issuer(now, fits)?;
        let envelope = seal(&update, &[key.signer.as_ref()]);
        Ok(armor(&envelope, &summarize(&envelope)))
    }

    /// Signs a host key, by the newest issuer whose scope takes in its product.
    ///
    /// # Errors
    /// No issuer is here that may sign it.
    pub fn host_key(&self, key: &HostKey, now: Time) -> Result<Envelope, NoKey> {
        let fits = |record: &KeyRecord| {
            signs(record, HostKey::NAME) && record.covers_product(&key.product)
        };
        Ok(seal(key, &[self.issuer(now, fits)?.signer.as_ref()]))
    }

    /// Signs the answer to a check with a publisher key.
    ///
    /// # Errors
    /// No issuer is here that may sign it.
    pub fn answer(&self, answer: &HostCheck, now: Time) -> Result<Envelope, NoKey> {
        let key = self.issuer(now, |record| signs(record, HostCheck::NAME))?;
        Ok(seal(answer, &[key.signer.as_ref()]))
    }

    /// Signs a revocation list.
    ///
    /// # Errors
    /// No revoker is here that may sign now.
    pub fn revoke(&self, list: &Revocation, now: Time) -> Result<Envelope, NoKey> {
        let key = self.current(Role::Revoker, now, |_| true)?;
        Ok(seal(list, &[key.signer.as_ref()]))
    }

    /// What can be signed now.
    pub(crate) fn standing(&self, now: Time) -> KeyStanding {
        let can = |role| self.current(role, now, |_| true).is_ok();
        KeyStanding {
            can_issue: can(Role::Issuer),
            can_certify: can(Role::Certifier),
            can_revoke: can(Role::Revoker),
        }
    }

    /// The keys that are here, the one that ends first before the others.
    pub(crate) fn outlook(&self, now: Time) -> Vec<OfficeKey> {
        let mut all: Vec<OfficeKey> = self.keys.iter().map(|key| self.seen(key, now)).collect();
        all.sort_by_key(|key| key.signs_until);
        all
    }

    fn seen(&self, key: &PublisherKey, now: Time) -> OfficeKey {
        let record = &key.record;
        OfficeKey {
            key: record.id,
            role: record.role.name().to_owned(),
            signs_until: record.sign_until,
            signs_now: (record.sign_from..=record.sign_until).contains(&now)
                && !self.trust.is_revoked_key(record.id),
        }
    }

    fn issuer(
        &self,
        now: Time,
        fits: impl FnMut(&KeyRecord) -> bool,
    ) -> Result<&PublisherKey, NoKey> {
        self.current(Role::Issuer, now, fits)
    }

    fn current(
        &self,
        role: Role,
        now: Time,
        mut fits: impl FnMut(&KeyRecord) -> bool,
    ) -> Result<&PublisherKey, NoKey> {
        let mut usable = |key: &&PublisherKey| {
            let record = &key.record;
            record.role == role
                && (record.sign_from..=record.sign_until).contains(&now)
                && !self.trust.is_revoked_key(record.id)
                && fits(record)
        };
        self.keys.iter().rev().find(|key| usable(key)).ok_or(NoKey(role))
    }
}

fn signs(record: &KeyRecord, kind: &str) -> bool {
    record.types.iter().any(|name| name == kind)
}
