//! What containers ask: whoever brings a document that a container signed.
//!
//! Kept here: the signature is the proof, no login is needed; the body is the document itself, in any of its forms.

pub(crate) mod exchange;
pub(crate) mod reports;
