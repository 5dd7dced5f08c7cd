//! A report on a document: the signed truth, who signed it, and where the summary differs.
//!
//! Invariants: never fails on a document that can be read at all, says plainly whether the
//! signature was checked. Not here: printing (tenure).

use serde::Serialize;

use crate::{envelope::Envelope, error::DocumentError, time::Time, trust::Trust};

/// What is known about a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Inspection {
    /// The type string.
    pub payload_type: String,
    /// Bytes of the payload.
    pub payload_size: usize,
    /// Whether the signature is right.
    pub verdict: Verdict,
    /// Each signature.
    pub signatures: Vec<SignatureLine>,
    /// What the document says, `Name: value`.
    pub summary: Vec<String>,
    /// What is suspicious.
    pub warnings: Vec<String>,
    /// The payload as indented JSON: every byte it discloses.
    pub content: String,
}

/// Whether the signature is right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "result")]
pub enum Verdict {
    /// It is, and the key may sign this.
    Verified {
        /// The chain, root first.
        chain: Vec<String>,
    },
    /// Nothing to check it with.
    NotChecked {
        /// What is missing.
        why: String,
    },
    /// It is not.
    Refused {
        /// The code.
        code: String,
        /// The message.
        message: String,
    },
}

/// One signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SignatureLine {
    /// The key hint in the file.
    pub keyid: Option<String>,
    /// The form, by its length: `ed25519`, `ed25519-batch`, `ed25519+ml-dsa-65`.
    pub form: String,
}

/// Reports on a document in either form.
///
/// # Errors
/// Those of [`crate::read_document`].
pub fn inspect(text: &[u8], trust: Option<&Trust>, at: Time) -> Result<Inspection, DocumentError> {
    let _ = (trust, at);
    let envelope: Envelope = crate::armor::read_document(text)?;
    Ok(Inspection {
        payload_type: envelope.payload_type.clone(),
        payload_size: envelope.payload.len(),
        verdict: Verdict::NotChecked { why: "not implemented".into() },
        signatures: Vec::new(),
        summary: Vec::new(),
        warnings: Vec::new(),
        content: String::new(),
    })
}
