//! What a caller gets back: the events of the command and the documents they gave rise to, provable
//! by the batch's one signature.
//!
//! Invariants: the envelope's text is built where it is asked for, on the caller's thread, so the
//! writer thread never does; all documents of a batch share one [`Seal`].
//! Not here: how an envelope looks (`tenure_document`).

use std::sync::{Arc, OnceLock};

use tenure_document::{
    Batch, BatchText, Envelope, Hash, JsonText, KeyId, Time, Tree, document_leaf,
};

use crate::{entry::Entry, machine::Document};

/// The signature of one commit with the tree of documents it covers.
#[derive(Debug)]
pub struct Seal {
    sequence: u64,
    at: Time,
    epoch: u64,
    previous: Hash,
    events_hash: Hash,
    tree: Tree,
    signature: [u8; 64],
    key: KeyId,
    /// What all envelopes of the batch say alike; made by the first caller who writes one.
    text: OnceLock<BatchText>,
}

impl Seal {
    pub(crate) fn new(entry: &Entry, tree: Tree, key: KeyId) -> Self {
        Self {
            sequence: entry.sequence,
            at: entry.at,
            epoch: entry.epoch,
            previous: entry.previous,
            events_hash: entry.events_hash,
            tree,
            signature: entry.signature,
            key,
            text: OnceLock::new(),
        }
    }

    /// The batch, as far as all its documents are alike.
    fn batch(&self) -> Batch {
        Batch {
            sequence: self.sequence,
            at: self.at,
            epoch: self.epoch,
            previous: self.previous,
            events_hash: self.events_hash,
            index: 0,
            size: self.tree.size(),
            path: Vec::new(),
        }
    }

    fn text(&self) -> &BatchText {
        self.text.get_or_init(|| BatchText::new(self.key, &self.signature, &self.batch()))
    }
}

impl Seal {
    /// Ledger time of the commit.
    pub fn at(&self) -> Time {
        self.at
    }

    /// Sequence of its entry.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }
}

/// A document with its place in the batch.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// The document.
    pub document: Document,
    index: u32,
    seal: Arc<Seal>,
}

impl Sealed {
    pub(crate) fn new(document: Document, index: u32, seal: Arc<Seal>) -> Self {
        Self { document, index, seal }
    }

    /// The signed envelope.
    pub fn envelope(&self) -> Envelope {
        let seal = &self.seal;
        let path = seal.tree.path(self.index);
        let batch = Batch { index: self.index, path, ..seal.batch() };
        let Document { payload_type, payload } = self.document.clone();
        Envelope::batched(payload_type, payload, seal.key, seal.signature.to_vec(), batch)
    }

    /// Writes the compact JSON of the signed envelope as a JSON string, quotes included.
    pub fn write_quoted(&self, out: &mut JsonText) {
        let (seal, Document { payload_type, payload }) = (&self.seal, &self.document);
        let path = seal.tree.siblings(self.index);
        seal.text().write(payload_type, payload, self.index, path, out);
    }
}

/// What became of a command: it is durable.
#[derive(Clone, Debug)]
pub struct Outcome<E> {
    /// What happened, in order.
    pub events: Vec<E>,
    /// Parallel to `events`: the document of each that has one. In a replayed outcome a document
    /// that can't be made again byte for byte from the present state is left out; ask for the state
    /// instead.
    pub documents: Vec<Option<Sealed>>,
    /// Ledger time of the entry; for no events, of the decision.
    pub at: Time,
    /// Sequence of the entry; for no events, of the last entry before.
    pub sequence: u64,
    /// Whether this is the recorded answer to an earlier command with the same idempotency key.
    pub replayed: bool,
}

impl<E> Outcome<E> {
    /// Compact JSON of the signed envelope of event `index`, if it has a document.
    pub fn envelope(&self, index: usize) -> Option<String> {
        Some(self.documents.get(index)?.as_ref()?.envelope().to_json())
    }
}

/// The Merkle leaf of a document.
pub(crate) fn leaf_of(document: &Document) -> Hash {
    document_leaf(document.payload_type, &document.payload)
}
