//! The envelope: signed bytes, their type, and signatures (DSSE, with the batch form of leases).
//!
//! Invariants: an envelope that was parsed has 1 to 8 signatures and was written in canonical
//! base64 without duplicate or unknown members; its payload has not been looked into; the key
//! hint decides nothing. Not here: whether any signature is right (`verify.rs`).

use std::borrow::Cow;

use serde::Deserialize;

use crate::{
    batch::Batch,
    encoding,
    error::DocumentError,
    hash::Hash,
    json_text::JsonText,
    keys::KeyId,
    merkle::leaf_hash_of_parts,
    objects,
    payload::{Payload, payload_bytes},
    signer::Signer,
    strict::{self, Limits},
};

/// Most signatures of a document.
const MOST_SIGNATURES: usize = 8;
/// Longest type string.
const LONGEST_TYPE: usize = 128;

/// A signed document, not yet verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The type string; covered by the signatures.
    pub payload_type: String,
    /// The bytes that are signed.
    pub payload: Vec<u8>,
    /// The signatures.
    pub signatures: Vec<Signature>,
}

/// One signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// A hint which key signed; decides nothing.
    pub keyid: Option<String>,
    /// The signature's bytes.
    pub sig: Vec<u8>,
    /// Present when the signature covers a whole ledger entry.
    pub batch: Option<Batch>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written<'a> {
    #[serde(rename = "payloadType", borrow)]
    payload_type: Cow<'a, str>,
    #[serde(borrow)]
    payload: Cow<'a, str>,
    #[serde(borrow)]
    signatures: Vec<WrittenSignature<'a>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSignature<'a> {
    #[serde(default)]
    keyid: Option<String>,
    #[serde(borrow)]
    sig: Cow<'a, str>,
    #[serde(default)]
    batch: Option<Batch>,
}

impl Envelope {
    /// Reads the JSON form.
    ///
    /// # Errors
    /// `too-large`, `malformed-envelope`, `no-signature`, `too-many-signatures`,
    /// `not-canonical`, and the codes of the strict reader.
    pub fn parse(text: &[u8]) -> Result<Envelope, DocumentError> {
        let malformed = |error| match error {
            DocumentError::MalformedPayload(why) => DocumentError::MalformedEnvelope(why),
            other => other,
        };
        strict::check(text, Limits::ENVELOPE).map_err(malformed)?;
        let written: Written<'_> =
            objects::read(text).map_err(|error| malformed(strict::shape_error(&error)))?;
        check_frame(&written.payload_type, written.signatures.len())?;
        let bytes = |what: &str, text: &str| {
            encoding::from_base64(text).ok_or_else(|| DocumentError::NotCanonical(what.into()))
        };
        let payload = bytes("the payload", &written.payload)?;
        let signatures = written
            .signatures
            .into_iter()
            .map(|signature| {
                let sig = bytes("a signature", &signature.sig)?;
                Ok(Signature { keyid: signature.keyid, sig, batch: signature.batch })
            })
            .collect::<Result<_, DocumentError>>()?;
        Ok(Envelope { payload_type: written.payload_type.into_owned(), payload, signatures })
    }

    /// The envelope, if its type is plain and the number of its signatures is right.
    pub(crate) fn checked(self) -> Result<Envelope, DocumentError> {
        check_frame(&self.payload_type, self.signatures.len())?;
        Ok(self)
    }

    /// The compact JSON form; the same envelope always gives the same text.
    pub fn to_json(&self) -> String {
        let batched = self.signatures.iter().filter_map(|s| s.batch.as_ref());
        let paths: usize = batched.map(|batch| 320 + 46 * batch.path.len()).sum();
        let signed: usize = self.signatures.iter().map(|s| s.sig.len() * 4 / 3 + 80).sum();
        let mut json = String::with_capacity(128 + self.payload.len() * 4 / 3 + signed + paths);
        json.push_str("{\"payloadType\":");
        push_text(&self.payload_type, &mut json);
        json.push_str(",\"payload\":\"");
        encoding::push_base64(&self.payload, &mut json);
        json.push_str("\",\"signatures\":[");
        for (place, signature) in self.signatures.iter().enumerate() {
            json.push_str(if place == 0 { "{" } else { ",{" });
            if let Some(keyid) = &signature.keyid {
                json.push_str("\"keyid\":");
                push_text(keyid, &mut json);
                json.push(',');
            }
            json.push_str("\"sig\":\"");
            encoding::push_base64(&signature.sig, &mut json);
            json.push('"');
            if let Some(batch) = &signature.batch {
                json.push_str(",\"batch\":");
                json.push_str(&serde_json::to_string(batch).unwrap_or_default());
            }
            json.push('}');
        }
        json.push_str("]}");
        json
    }

    /// The pre-authentication encoding: what plain signatures cover.
    pub fn pae(&self) -> Vec<u8> {
        pae(&self.payload_type, &self.payload)
    }

    /// The Merkle leaf of this document: what batch signatures cover.
    pub fn leaf(&self) -> Hash {
        document_leaf(&self.payload_type, &self.payload)
    }

    /// A document signed by a whole ledger entry.
    pub fn batched(
        payload_type: impl Into<String>,
        payload: Vec<u8>,
        key: KeyId,
        sig: Vec<u8>,
        batch: Batch,
    ) -> Envelope {
        let signature = Signature { keyid: Some(key.to_string()), sig, batch: Some(batch) };
        Envelope { payload_type: payload_type.into(), payload, signatures: vec![signature] }
    }
}

/// What holds of every envelope, whatever form it came in.
fn check_frame(payload_type: &str, signatures: usize) -> Result<(), DocumentError> {
    let plain = |c: u8| c.is_ascii_graphic() && c != b'"' && c != b'\\';
    if payload_type.len() > LONGEST_TYPE || !payload_type.bytes().all(plain) {
        return Err(DocumentError::MalformedEnvelope("the type string is not plain".into()));
    }
    match signatures {
        0 => Err(DocumentError::NoSignature),
        1..=MOST_SIGNATURES => Ok(()),
        more => Err(DocumentError::TooManySignatures(more)),
    }
}

/// DSSE's pre-authentication encoding.
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(payload_type.len() + payload.len() + 32);
    message.extend_from_slice(&pae_head(payload_type, payload.len()));
    message.extend_from_slice(payload);
    message
}

/// What stands before the payload there.
fn pae_head(payload_type: &str, length: usize) -> Vec<u8> {
    let mut head = JsonText::with_capacity(payload_type.len() + 48);
    head.raw("DSSEv1 ");
    head.number(payload_type.len() as u64);
    head.raw(" ");
    head.raw(payload_type);
    head.raw(" ");
    head.number(length as u64);
    head.raw(" ");
    head.into_bytes()
}

/// The Merkle leaf of a document: the leaf hash of its pre-authentication encoding.
pub fn document_leaf(payload_type: &str, payload: &[u8]) -> Hash {
    leaf_hash_of_parts([&pae_head(payload_type, payload.len()), payload])
}

/// Signs a payload: one signature per signer, in their order.
pub fn seal<P: Payload>(payload: &P, signers: &[&dyn Signer]) -> Envelope {
    let mut envelope = Envelope {
        payload_type: P::TYPE.into(),
        payload: payload_bytes(payload),
        signatures: Vec::with_capacity(signers.len()),
    };
    let message = envelope.pae();
    for signer in signers {
        let keyid = Some(signer.public().id().to_string());
        envelope.signatures.push(Signature { keyid, sig: signer.sign(&message), batch: None });
    }
    envelope
}

/// Appends a JSON string.
fn push_text(text: &str, json: &mut String) {
    if text.bytes().all(|c| c.is_ascii_graphic() && c != b'"' && c != b'\\') {
        json.push('"');
        json.push_str(text);
        json.push('"');
    } else {
        json.push_str(&serde_json::to_string(text).unwrap_or_default());
    }
}
