//! The signed documents that an item came with: what shows that the publisher gave it to this container.
//!
//! Invariants: a document is kept as long as an item that it brought is held, or may come back; each is kept as it came.
//! Deliberately not here: believing them (whoever uses an item verifies them from the publisher's root).

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use tenure_container::{Container, ContainerEvent};
use tenure_document::{Bytes, Count, Envelope, Hash, Op, Payload as _, Transfer, read_json};

fn is_more(held: Option<Count>, given: Count) -> bool {
    matches!((held, given), (Some(Count::Counted(held)), Count::Counted(given)) if held > given)
}

/// Which documents brought which items.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Evidence {
    documents: BTreeMap<Hash, String>,
    items: BTreeMap<String, Vec<Hash>>,
}

impl Evidence {
    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// An update was applied, after which the container is this: what it added or replaced is proved by it alone, but for
    /// units that came in transfers which the publisher has not booked. Its word that it has booked one proves that one.
    pub(super) fn updated(
        &mut self,
        events: &[ContainerEvent],
        document: &str,
        container: &Container,
    ) {
        let ops = events.iter().flat_map(|event| match event {
            ContainerEvent::Updated { ops, .. } => ops.as_slice(),
            _ => &[],
        });
        for numbered in ops {
            match &numbered.op {
                Op::Add { item } | Op::Replace { item } => {
                    let held = container.within_reach(&item.id);
                    let is_more = is_more(held, item.count);
                    let mut hashes = self.items.remove(&item.id).unwrap_or_default();
                    hashes.retain(|hash| is_more && self.transfer(hash).is_some());
                    self.items.insert(item.id.clone(), hashes);
                    self.accepted(&item.id, document);
                }
                Op::Settle { nonce } => {
                    let came = |hashes: &Vec<Hash>| {
                        hashes.iter().any(|hash| self.transfer(hash).as_ref() == Some(nonce))
                    };
                    let booked = self.items.iter().filter(|(_, hashes)| came(hashes));
                    let booked: Vec<String> = booked.map(|(id, _)| id.clone()).collect();
                    booked.iter().for_each(|id| self.accepted(id, document));
                }
                Op::Withdraw { .. } | Op::Certify { .. } | Op::Refund { .. } => {}
            }
        }
    }

    /// What names a transfer; none of another document.
    fn transfer(&self, hash: &Hash) -> Option<Bytes> {
        #[derive(Deserialize)]
        struct NonceOnly {
            nonce: Bytes,
        }
        let envelope = Envelope::parse(self.documents.get(hash)?.as_bytes()).ok()?;
        let is_transfer = envelope.payload_type == Transfer::TYPE;
        let named =
            is_transfer.then(|| read_json::<NonceOnly>(&envelope.payload, Transfer::LIMITS));
        Some(named?.ok()?.nonce)
    }

    /// A document was accepted: it proves units of an item besides what there was.
    pub(super) fn accepted(&mut self, item_id: &str, document: &str) {
        let hash = self.keep(document);
        let held = self.items.entry(item_id.to_owned()).or_default();
        if !held.contains(&hash) {
            held.push(hash);
        }
    }

    /// The documents that an item came with.
    pub(super) fn of(&self, item_id: &str) -> impl Iterator<Item = &str> {
        let hashes = self.items.get(item_id).map_or(&[][..], Vec::as_slice);
        hashes.iter().filter_map(|hash| self.documents.get(hash).map(String::as_str))
    }

    /// Forgets what belongs to no item any more.
    pub(super) fn sweep(&mut self, container: &Container) {
        self.items.retain(|id, _| container.within_reach(id).is_some());
        let used: BTreeSet<Hash> = self.items.values().flatten().copied().collect();
        self.documents.retain(|hash, _| used.contains(hash));
    }

    fn keep(&mut self, document: &str) -> Hash {
        let hash = Hash::of(document.as_bytes());
        self.documents.entry(hash).or_insert_with(|| document.to_owned());
        hash
    }
}
