//! The state of a container and how each event changes it: the only way it changes.
//!
//! Invariants: sequence, key list version, revocation sequence never go back; the history hash is the fold of the
//! operations; past hashes are kept back to the last acknowledged operation; `apply` takes no decision.
//! Deliberately not here: which events may follow (update, clock), documents made from the state (report).

use crate::{
    clock::{Reading, RightsClock},
    event::ContainerEvent,
    history::{apply_op, next_hash},
    moving::{Transfers, is_false, units},
    stock::Stock,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tenure_document::{
    Bytes, ContainerId, ContainerKind, Hash, Item, Numbered, Op, OpOutcome, OpResult, PublicKey,
    RootPin, Time,
};

/// What a container is born with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Birth {
    /// Its identity, from 16 random bytes.
    pub id: ContainerId,
    /// What people call it.
    pub name: String,
    /// What it is stored on.
    pub kind: ContainerKind,
    /// The public half of its identity key.
    pub key: PublicKey,
    /// The publisher it belongs to for ever.
    pub root: RootPin,
    /// The publisher's key lists, oldest first, already verified against `root`.
    pub keysets: Vec<String>,
    /// The version of the last of them.
    pub keyset_version: u64,
    /// 32 random bytes: the first ratchet secret, hashed.
    pub ratchet: Hash,
    /// The clocks at birth.
    pub at: Reading,
}

/// A container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Container {
    pub(crate) id: ContainerId,
    pub(crate) generation: u32,
    pub(crate) name: String,
    pub(crate) kind: ContainerKind,
    pub(crate) key: PublicKey,
    #[serde(with = "root_text")]
    pub(crate) root: RootPin,
    pub(crate) sequence: u64,
    pub(crate) acknowledged: u64,
    pub(crate) history_hash: Hash,
    /// The history hashes from the acknowledged operation on, that one first.
    past: Vec<Hash>,
    pub(crate) results: Vec<OpResult>,
    pub(crate) items: BTreeMap<String, Item>,
    pub(crate) ratchet: Hash,
    pub(crate) keyset_version: u64,
    pub(crate) keysets: Vec<String>,
    pub(crate) revocation_sequence: u64,
    pub(crate) revocation: Option<Revocation>,
    pub(crate) revoked: bool,
    pub(crate) certificate: Option<String>,
    pub(crate) clock: RightsClock,
    pub(crate) corrections: u64,
    pub(crate) clock_behind: bool,
    /// Everything from here on came with the second release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_contact: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pool: Option<HeldPool>,
    #[serde(default, skip_serializing_if = "Transfers::is_empty")]
    pub(crate) transfers: Transfers,
    #[serde(default, skip_serializing_if = "Stock::is_empty")]
    pub(crate) stock: Stock,
    /// The word of the key before, in a new generation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) vouch: Option<Bytes>,
    /// The items are those of the generation before.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) carried_over: bool,
}

/// The pool document as received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HeldPool {
    pub(crate) sequence: u64,
    pub(crate) document: String,
    pub(crate) issued: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) valid_until: Option<Time>,
}

/// The revocation list as received, and what it was judged by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Revocation {
    pub(crate) document: String,
    pub(crate) at: Time,
    /// A later key list may no longer hold the key that signed it.
    pub(crate) keyset_version: u64,
}

impl Container {
    /// A new container: no items, sequence 0, generation 1.
    pub fn new(birth: Birth) -> Container {
        Container {
            id: birth.id,
            generation: 1,
            name: birth.name,
            kind: birth.kind,
            key: birth.key,
            root: birth.root,
            sequence: 0,
            acknowledged: 0,
            history_hash: Hash::ZERO,
            past: vec![Hash::ZERO],
            results: Vec::new(),
            items: BTreeMap::new(),
            ratchet: birth.ratchet,
            keyset_version: birth.keyset_version,
            keysets: birth.keysets,
            revocation_sequence: 0,
            revocation: None,
            revoked: false,
            certificate: None,
            clock: RightsClock::new(birth.at),
            corrections: 0,
            clock_behind: false,
            last_contact: None,
            pool: None,
            transfers: Transfers::default(),
            stock: Stock::default(),
            vouch: None,
            carried_over: false,
        }
    }

    /// An empty history, with nothing in it that the office could acknowledge.
    pub(crate) fn begin_history(&mut self) {
        self.sequence = 0;
        self.acknowledged = 0;
        self.history_hash = Hash::ZERO;
        self.past = vec![Hash::ZERO];
        self.results.clear();
    }

    /// Changes the state by one event.
    pub fn apply(&mut self, event: &ContainerEvent) {
        match event {
            ContainerEvent::Updated { ops, acknowledged, history_hash, ratchet, issued } => {
                if self.carried_over {
                    self.items.clear();
                    self.carried_over = false;
                }
                ops.iter().for_each(|numbered| self.apply_numbered(numbered));
                debug_assert_eq!(
                    self.history_hash, *history_hash,
                    "the event was decided on another state"
                );
                self.acknowledge(*acknowledged);
                self.ratchet = *ratchet;
                self.stock.end();
                self.tidy_up();
                self.hear(*issued);
            }
            ContainerEvent::Contacted { at } => self.hear(Some(*at)),
            ContainerEvent::OriginKept { document } => self.stock.begin(document),
            ContainerEvent::PoolAdopted { sequence, document, issued, valid_until } => {
                self.pool = Some(HeldPool {
                    sequence: *sequence,
                    document: document.clone(),
                    issued: *issued,
                    valid_until: *valid_until,
                });
            }
            ContainerEvent::KeysetAdopted { version, document } => {
                self.keyset_version = *version;
                self.keysets.push(document.clone());
            }
            ContainerEvent::RevocationAdopted { sequence, document, at, revoked } => {
                self.revocation_sequence = *sequence;
                self.revocation = Some(Revocation {
                    document: document.clone(),
                    at: *at,
                    keyset_version: self.keyset_version,
                });
                self.revoked = *revoked;
            }
            ContainerEvent::TimeAdvanced { clock } => self.clock = clock.clone(),
            ContainerEvent::TimeCorrected { clock } => {
                self.clock = clock.clone();
                self.corrections += 1;
                // The publisher's own word about the time, perhaps an earlier one than before.
                self.last_contact = Some(clock.high_water());
            }
            ContainerEvent::ClockBehind { .. } => self.clock_behind = true,
            ContainerEvent::ClockRight => self.clock_behind = false,
            ContainerEvent::Regenerated { generation, key, ratchet, vouch } => {
                self.apply_regenerated(*generation, key, *ratchet, vouch.as_ref());
            }
            ContainerEvent::TransferRequested { .. }
            | ContainerEvent::TransferSent { .. }
            | ContainerEvent::TransferCredited { .. }
            | ContainerEvent::TransferRefused { .. }
            | ContainerEvent::TransferReceived { .. }
            | ContainerEvent::TransferRefunded { .. } => self.apply_move(event),
        }
    }

    fn hear(&mut self, at: Option<Time>) {
        self.last_contact = self.last_contact.max(at);
    }

    /// Does one operation; gives what became of it, and how much was taken where it was less than ordered.
    fn apply_operation(&mut self, op: &Op) -> (OpOutcome, Option<u64>) {
        let before = match op {
            Op::Withdraw { item_id, .. } => self.items.get(item_id).map(|item| units(item.count)),
            _ => None,
        };
        let result = apply_op(&mut self.items, op);
        match op {
            Op::Certify { certificate } => {
                self.certificate = Some(certificate.clone());
                self.vouch = None;
            }
            Op::Add { item } if result == OpOutcome::Applied => {
                self.stock.set_own(&item.id, item.moves.is_some());
            }
            // The office replaces what it has in its books, also where all of it is away.
            Op::Replace { item }
                if result == OpOutcome::Applied
                    || self.transfers.away(&item.id).next().is_some() =>
            {
                self.stock.set_own(&item.id, item.moves.is_some());
                self.adjust(item);
                return (OpOutcome::Applied, None);
            }
            Op::Withdraw { item_id, count } => {
                match self.items.get(item_id).map(|item| units(item.count)) {
                    Some(held) => self.stock.trim(item_id, held),
                    None => self.stock.remove(item_id),
                }
                return (result, before.filter(|before| count.is_some_and(|n| n > *before)));
            }
            Op::Refund { nonce } => return (self.rule(nonce, true), None),
            Op::Settle { nonce } => return (self.rule(nonce, false), None),
            _ => {}
        }
        (result, None)
    }

    fn apply_numbered(&mut self, numbered: &Numbered) {
        let (result, taken) = self.apply_operation(&numbered.op);
        self.sequence = numbered.sequence;
        self.history_hash = next_hash(&self.history_hash, numbered.sequence, &numbered.op);
        self.past.push(self.history_hash);
        self.results.push(OpResult {
            sequence: numbered.sequence,
            op_id: numbered.op_id.clone(),
            result,
            taken,
        });
    }

    /// Forgets the hashes before, and the results up to, what the office has acknowledged.
    fn acknowledge(&mut self, acknowledged: u64) {
        if acknowledged > self.acknowledged {
            let forgotten = usize::try_from(acknowledged - self.acknowledged).unwrap_or(usize::MAX);
            self.past.drain(..forgotten.min(self.past.len()));
            self.acknowledged = acknowledged;
            self.results.retain(|result| result.sequence > acknowledged);
        }
    }
}

/// Views.
impl Container {
    /// The history hash after an operation; none where it is forgotten or not there yet.
    pub(crate) fn hash_at(&self, sequence: u64) -> Option<&Hash> {
        let place = sequence.checked_sub(self.acknowledged)?;
        self.past.get(usize::try_from(place).ok()?)
    }

    /// Its identity.
    pub fn id(&self) -> ContainerId {
        self.id
    }

    /// Grows when the publisher starts the container's history anew.
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// What people call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is stored on.
    pub fn kind(&self) -> ContainerKind {
        self.kind
    }

    /// The public half of its identity key.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The publisher's root that it trusts for ever.
    pub fn root(&self) -> RootPin {
        self.root
    }

    /// The number of the last operation applied.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The number of the last operation that the office is known to have acknowledged.
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    /// The hash of all operations applied.
    pub fn history_hash(&self) -> Hash {
        self.history_hash
    }

    /// The items, by item ID.
    pub fn items(&self) -> impl ExactSizeIterator<Item = &Item> {
        self.items.values()
    }

    /// One item.
    pub fn item(&self, id: &str) -> Option<&Item> {
        self.items.get(id)
    }

    /// The version of the newest key list.
    pub fn keyset_version(&self) -> u64 {
        self.keyset_version
    }

    /// The publisher's key lists as received, oldest first.
    pub fn keysets(&self) -> &[String] {
        &self.keysets
    }

    /// The sequence of the newest revocation list; 0 before the first.
    pub fn revocation_sequence(&self) -> u64 {
        self.revocation_sequence
    }

    /// The newest revocation list as received.
    pub fn revocation(&self) -> Option<&str> {
        self.revocation.as_ref().map(|list| list.document.as_str())
    }

    /// True when the publisher has revoked this container.
    pub fn is_revoked(&self) -> bool {
        self.revoked
    }

    /// The publisher's certificate for this container's key, as received; none before the first update.
    pub fn certificate(&self) -> Option<&str> {
        self.certificate.as_deref()
    }

    /// The clock that rights are judged by.
    pub fn clock(&self) -> &RightsClock {
        &self.clock
    }

    /// True from the event that the wall clock fell behind until it is right again.
    pub fn is_clock_behind(&self) -> bool {
        self.clock_behind
    }
}

/// A root pin as the text people know.
mod root_text {
    use serde::{Deserialize, Deserializer, Serializer, de};
    use tenure_document::RootPin;

    pub(super) fn serialize<S: Serializer>(
        root: &RootPin,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(root)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<RootPin, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
