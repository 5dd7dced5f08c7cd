//! Envelopes of one batch as they stand inside a JSON string: an answer carries its document like that.
//!
//! Invariants: byte for byte what serde_json makes of the text of [`crate::Envelope::to_json`] (a law in
//! `tests/laws.rs`); what the documents of a batch have in common is put into text once, not once per document.
//! Not here: envelopes by themselves (`envelope.rs`).

use crate::{batch::Batch, hash::Hash, json_text::JsonText, keys::KeyId};

/// What all envelopes of one batch say alike.
#[derive(Debug)]
pub struct BatchText {
    /// From behind the payload to the number of the document.
    signed: Box<str>,
    /// From there to the path.
    size: Box<str>,
}

impl BatchText {
    /// For the batch that `key` signed with `sig`; index and path of `batch` stand for no document.
    pub fn new(key: KeyId, sig: &[u8], batch: &Batch) -> BatchText {
        let Batch { sequence, at, epoch, previous, events_hash, size, .. } = batch;
        let mut text = JsonText::with_capacity(512);
        text.raw("\",\"signatures\":[{\"keyid\":\"");
        text.raw(&key.to_string());
        text.raw("\",\"sig\":\"");
        text.base64(sig);
        text.raw("\",\"batch\":{\"sequence\":");
        text.number(*sequence);
        text.raw(",\"at\":");
        text.time(*at);
        text.raw(",\"epoch\":");
        text.number(*epoch);
        text.raw(",\"previous\":\"");
        text.hash(previous);
        text.raw("\",\"events_hash\":\"");
        text.hash(events_hash);
        text.raw("\",\"index\":");
        let signed = String::from_utf8_lossy(&text.0).replace('"', "\\\"").into();
        let size = format!(",\\\"size\\\":{size},\\\"path\\\":[").into();
        BatchText { signed, size }
    }

    /// Writes the envelope of document `index` as a JSON string, quotes included. The type must be one of
    /// [`crate::Payload::TYPE`]: plain characters only.
    pub fn write<'p>(
        &self,
        payload_type: &str,
        payload: &[u8],
        index: u32,
        path: impl IntoIterator<Item = &'p Hash>,
        out: &mut JsonText,
    ) {
        out.raw("\"{\\\"payloadType\\\":\\\"");
        out.raw(payload_type);
        out.raw("\\\",\\\"payload\\\":\\\"");
        out.base64(payload);
        // The shared text was escaped when it was made.
        out.raw(&self.signed);
        out.number(u64::from(index));
        out.raw(&self.size);
        for (place, hash) in path.into_iter().enumerate() {
            out.raw(if place == 0 { "\\\"" } else { ",\\\"" });
            out.hash(hash);
            out.raw("\\\"");
        }
        out.raw("]}}]}\"");
    }
}
