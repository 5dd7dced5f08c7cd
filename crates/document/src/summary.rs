//! What a document says, as lines for people: `Name: value`.
//!
//! Invariants: made from the payload alone, the same lines for the same payload, so that the
//! summary in a file can be compared with the signed truth. Not here: whether it is signed.

use crate::envelope::Envelope;

/// The lines; without any when the payload cannot be read.
pub fn summarize(envelope: &Envelope) -> Vec<String> {
    let _ = envelope;
    Vec::new()
}
