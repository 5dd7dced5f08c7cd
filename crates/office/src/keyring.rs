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

/// Longest update that containers read, in bytes.
pub(crate) const UPDATE_MAX: usize = Update::LIMITS.size;

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
    /// So it does without its pool where it would be longer than containers read. Whether a key may sign is judged by
    /// the date that stands in the update, as containers do: the wall clock may be away from the books' time.
    ///
    /// # Errors
    /// No issuer is here that may sign it.
    pub fn sign(&self, parcel: Parcel) -> Result<String, NoKey> {
        let Parcel { mut update, pool, time } = parcel;
        let now = update.issued;
        let attachments = &mut update.attachments;
        attachments.pool = pool.and_then(|pool| {
            let fits = |record: &KeyRecord| {
                let mut products = pool.items.iter().map(|item| item.product.as_str());
                signs(record, "pool") && products.all(|product| record.covers_product(product))
            };
            Some(seal(&pool, &[self.issuer(now, fits).ok()?.signer.as_ref()]).to_json())
        });
        attachments.time = time.and_then(|time| {
            let key = self.current(Role::Time, now, |_| true).ok()?;
            Some(seal(&time, &[key.signer.as_ref()]).to_json())
        });
        let text = self.sign_update(&update, now)?;
        if text.len() <= UPDATE_MAX || update.attachments.pool.take().is_none() {
            return Ok(text);
        }
        self.sign_update(&update, now)
    }

    fn sign_update(&self, update: &Update, now: Time) -> Result<String, NoKey> {
        let fits = |record: &KeyRecord| {
            let covered =
                |op: &Op| op.product().is_none_or(|product| record.covers_product(product));
            signs(record, "update") && update.ops.iter().all(|numbered| covered(&numbered.op))
        };
        let key = self.issuer(now, fits)?;
        let envelope = seal(update, &[key.signer.as_ref()]);
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

    fn issuer(&self, now: Time, fits: impl Fn(&KeyRecord) -> bool) -> Result<&PublisherKey, NoKey> {
        self.current(Role::Issuer, now, fits)
    }

    fn current(
        &self,
        role: Role,
        now: Time,
        fits: impl Fn(&KeyRecord) -> bool,
    ) -> Result<&PublisherKey, NoKey> {
        let usable = |key: &&PublisherKey| {
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

#[cfg(test)]
#[path = "../../document/tests/support/publisher.rs"]
mod publisher;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tenure_container::open_update;
    use tenure_document::{
        Attachments, ContainerId, Count, Hash, Item, Numbered, RevokedContainer, Version,
        read_document,
    };

    use super::publisher::{Publisher, hybrid, now, record};
    use super::*;

    /// A publisher with these issuers, oldest first: numbers of keys, and the products in their scope.
    fn keyring(issuers: &[(u8, &str)]) -> Keyring {
        let mut publisher = Publisher::new(0);
        let issuer = |(number, product): &(u8, &str)| {
            let signer = hybrid(*number);
            let record =
                KeyRecord { products: vec![(*product).into()], ..record(&signer, Role::Issuer) };
            PublisherKey { record, signer: Arc::new(signer) }
        };
        let revoker = hybrid(6);
        let revoker =
            PublisherKey { record: record(&revoker, Role::Revoker), signer: Arc::new(revoker) };
        let keys: Vec<_> = issuers.iter().map(issuer).chain([revoker]).collect();
        publisher.keyset.keys = keys.iter().map(|key| key.record.clone()).collect();
        Keyring::new(publisher.trust(), TrustPapers::default(), keys)
    }

    fn item(number: usize, product: &str) -> Item {
        let id = format!("A-0000001-{number}");
        let item = Item::new(id, product, Version::new(1, 0, 0), Count::Counted(1));
        Item { product: product.into(), ..item }
    }

    /// An update that adds items to a license server which holds the others already.
    fn parcel(added: &[Item], held: &[Item], revocation: Option<String>) -> Parcel {
        let server = ContainerId([7; 16]);
        let op = |(sequence, item): (u64, &Item)| Numbered {
            sequence,
            op_id: format!("T-0000-0000-0000-{sequence}"),
            op: Op::Add { item: item.clone() },
        };
        let to_sequence = added.len() as u64;
        Parcel {
            update: Update {
                id: server,
                generation: 1,
                from_sequence: 0,
                from_hash: Hash::ZERO,
                ops: (1..).zip(added).map(op).collect(),
                to_sequence,
                to_hash: Hash::ZERO,
                issued: now(),
                expires: None,
                attachments: Attachments { revocation, ..Attachments::default() },
            },
            pool: Some(Pool {
                server,
                sequence: to_sequence,
                previous: Hash::ZERO,
                items: held.iter().chain(added).cloned().collect(),
                issued: now(),
                valid_until: None,
                basis: None,
            }),
            time: None,
        }
    }

    /// What a container finds in what was signed.
    fn opened(keyring: &Keyring, text: &str) -> String {
        let later = now().plus(Duration::from_secs(60));
        let opened = read_document(text.as_bytes())
            .map_err(Into::into)
            .and_then(|envelope| open_update(keyring.trust.clone(), &envelope, later, [5; 32]));
        match opened {
            Ok(opened) => {
                let update = opened.update();
                let attached = &update.attachments;
                let with = |what: &str, is: bool| if is { format!(", {what}") } else { "".into() };
                let listed = opened.trust().revocation().map_or(0, |list| list.containers.len());
                format!(
                    "{} operations{}{}",
                    update.ops.len(),
                    with("a pool", attached.pool.is_some()),
                    with(&format!("{listed} revoked"), listed > 0),
                )
            }
            Err(refusal) => format!("{}: {refusal}", refusal.code()),
        }
    }

    #[test]
    fn a_pool_is_signed_by_a_key_whose_scope_takes_in_all_of_it_or_not_at_all() {
        let check = |issuers: &[(u8, &str)], pool: &[&str]| {
            let keyring = keyring(issuers);
            let held: Vec<Item> = (2..).zip(pool).map(|(no, product)| item(no, product)).collect();
            let text = keyring.sign(parcel(&[item(1, "cad")], &held, None)).expect("signed");
            opened(&keyring, &text)
        };
        let told = "1 operations, a pool";
        let alone = "1 operations";
        assert_eq!(check(&[(4, "cad*"), (5, "render*")], &["render"]), alone);
        assert_eq!(check(&[(4, "cad*"), (5, "render*")], &["cad"]), told);
        assert_eq!(check(&[(4, "*"), (5, "cad*")], &["render"]), told);
    }

    #[test]
    fn an_update_is_signed_by_a_key_of_its_own_date() {
        let mut keyring = keyring(&[(4, "*"), (5, "*")]);
        let [_, newer, _] = &mut keyring.keys[..] else { unreachable!() };
        newer.record.sign_from = now().plus(Duration::from_secs(1));
        let newer = newer.record.id.to_string();
        let signed_by_newer = |seconds: u64| {
            let mut parcel = parcel(&[item(1, "cad")], &[], None);
            parcel.update.issued = now().plus(Duration::from_secs(seconds));
            let text = keyring.sign(parcel).expect("signed");
            let envelope = read_document(text.as_bytes()).expect("a document");
            envelope.signatures[0].keyid.as_deref() == Some(newer.as_str())
        };
        assert_eq!([0, 1].map(signed_by_newer), [false, true]);
    }

    #[test]
    fn whatever_is_signed_containers_can_read() {
        let keyring = keyring(&[(4, "*")]);
        let items: Vec<Item> = (0..9_000).map(|number| item(number, "cad")).collect();
        let revoked = |count: u32| {
            let entry = |number: u32| {
                let mut id = [0xee; 16];
                id[..4].copy_from_slice(&number.to_be_bytes());
                RevokedContainer { container: ContainerId(id), generation: 1 }
            };
            let containers = (0..count).map(entry).collect();
            let list = Revocation { sequence: 1, issued: now(), keys: Vec::new(), containers };
            keyring.revoke(&list, now()).expect("signed").to_json()
        };
        let check = |added: usize, held: usize, list: u32| {
            let list = (list > 0).then(|| revoked(list));
            let parcel = parcel(&items[..added], &items[added..added + held], list);
            opened(&keyring, &keyring.sign(parcel).expect("signed"))
        };
        assert_eq!(check(10, 990, 0), "10 operations, a pool");
        assert_eq!(check(1_000, 0, 0), "1000 operations, a pool");
        assert_eq!(check(10, 8_990, 0), "10 operations");
        assert_eq!(check(10, 0, 4_000), "10 operations, a pool, 4000 revoked");
        assert_eq!(check(1_000, 2_000, 4_000), "1000 operations, 4000 revoked");
    }
}
