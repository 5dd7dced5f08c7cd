//! The signed documents that an item came with: what shows that the publisher gave it to this container.
//!
//! Invariants: a document is kept as long as an item that it brought is held; each is kept as it came.
//! Deliberately not here: believing them (whoever uses an item verifies them from the publisher's root).

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use tenure_container::{Container, ContainerEvent};
use tenure_document::{Count, Envelope, Hash, Op, Payload as _, Transfer};

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
    /// units that came in transfers which the publisher has not booked.
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
            if let Op::Add { item } | Op::Replace { item } = &numbered.op {
                let hash = self.keep(document);
                let held = container.item(&item.id).map(|held| held.count);
                let mut hashes = self.items.remove(&item.id).unwrap_or_default();
                hashes.retain(|hash| is_more(held, item.count) && self.is_transfer(hash));
                hashes.push(hash);
                self.items.insert(item.id.clone(), hashes);
            }
        }
    }

    fn is_transfer(&self, hash: &Hash) -> bool {
        let document =
            self.documents.get(hash).and_then(|text| Envelope::parse(text.as_bytes()).ok());
        document.is_some_and(|envelope| envelope.payload_type == Transfer::TYPE)
    }

    /// A transfer was accepted: it proves its units besides what there was.
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
        self.items.retain(|id, _| container.item(id).is_some());
        let used: BTreeSet<Hash> = self.items.values().flatten().copied().collect();
        self.documents.retain(|hash, _| used.contains(hash));
    }

    fn keep(&mut self, document: &str) -> Hash {
        let hash = Hash::of(document.as_bytes());
        self.documents.entry(hash).or_insert_with(|| document.to_owned());
        hash
    }
}
