//! A report on a document: the signed truth, who signed it, and where the summary differs.
//!
//! Invariants: never fails on a document that can be read at all; says plainly whether the
//! signature was checked, and against what; shows every byte the payload discloses.
//! Not here: printing (tenure), and adopting anything: the given trust is not changed.

use serde::{Deserialize, Serialize};

use crate::{
    armor::{armored, read_document},
    certificate::Certificate,
    context::{Context, Receipt},
    envelope::{Envelope, Signature},
    error::DocumentError,
    ext::Json,
    holder::breaks_lines,
    host_key::{HostCheck, HostKey},
    keyset::{Keyset, RootPin},
    lease::Lease,
    payload::Payload,
    revocation::Revocation,
    statements::{Pool, TimeStatement, Usage},
    strict::{self, Limits},
    summary::summarize,
    time::Time,
    transfer::{Transfer, TransferReceipt, TransferRefusal, TransferRequest},
    trust::Trust,
    update::Update,
    verified::Verified,
    verify::verify_self_signed_context,
};

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
    /// What is suspicious, such as a summary line in the file that the payload does not confirm.
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
    /// It fits the key that the document itself carries, which proves little.
    SelfSigned {
        /// What is proved, and what is not.
        why: String,
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
    /// The form it has, such as `ed25519+ml-dsa-65`.
    pub form: String,
}

/// Reports on a document in any of its forms.
///
/// Documents of containers are checked under `certificates`, tried in order.
///
/// # Errors
/// Those of [`crate::read_document`]: there is nothing to report on.
pub fn inspect(
    text: &[u8],
    trust: Option<&Trust>,
    certificates: &[Verified<Certificate>],
    at: Time,
) -> Result<Inspection, DocumentError> {
    let (envelope, shown) = match armored(text)? {
        Some((envelope, shown)) => (envelope, Some(shown)),
        None => (read_document(text)?, None),
    };
    let summary = summarize(&envelope);
    let mut warnings = Vec::new();
    for line in shown.iter().flatten().filter(|line| !summary.contains(line)) {
        let plain: String = line.chars().filter(|c| !breaks_lines(*c)).take(120).collect();
        warnings.push(format!("the file's summary says {plain:?}, the signed content does not"));
    }
    if shown.is_some_and(|shown| !shown.is_empty() && summary.iter().any(|l| !shown.contains(l))) {
        warnings.push("the file's summary leaves out a part of what is signed".into());
    }
    let content = match strict::read::<Json>(&envelope.payload, Limits::ENVELOPE) {
        Ok(json) => serde_json::to_string_pretty(&json).unwrap_or_default(),
        Err(error) => {
            warnings.push(format!("the payload is not strict JSON: {error}"));
            String::from_utf8_lossy(&envelope.payload).into_owned()
        }
    };
    Ok(Inspection {
        verdict: verdict(&envelope, trust, certificates, at),
        payload_size: envelope.payload.len(),
        signatures: envelope.signatures.iter().map(signature_line).collect(),
        payload_type: envelope.payload_type,
        summary,
        warnings,
        content,
    })
}

fn signature_line(signature: &Signature) -> SignatureLine {
    let form = match (signature.sig.len(), &signature.batch) {
        (64, None) => "ed25519".to_owned(),
        (64, Some(batch)) => format!("ed25519-batch, ledger entry {}", batch.sequence),
        (3373, None) => "ed25519+ml-dsa-65".to_owned(),
        (length, _) => format!("unknown, {length} bytes"),
    };
    SignatureLine { keyid: signature.keyid.clone(), form }
}

/// Checks the document as its type demands.
fn verdict(
    envelope: &Envelope,
    trust: Option<&Trust>,
    certificates: &[Verified<Certificate>],
    at: Time,
) -> Verdict {
    let Some(trust) = trust else {
        return without_trust(envelope);
    };
    match envelope.payload_type.as_str() {
        Keyset::TYPE => match trust.clone().adopt_keyset(envelope) {
            Ok(_) => chain(trust, vec![]),
            Err(error) => refused(&error),
        },
        Certificate::TYPE => by_publisher::<Certificate>(envelope, trust, at),
        Revocation::TYPE => by_publisher::<Revocation>(envelope, trust, at),
        Update::TYPE => by_publisher::<Update>(envelope, trust, at),
        Pool::TYPE => by_publisher::<Pool>(envelope, trust, at),
        TimeStatement::TYPE => by_publisher::<TimeStatement>(envelope, trust, at),
        HostKey::TYPE => by_publisher::<HostKey>(envelope, trust, at),
        HostCheck::TYPE => by_either::<HostCheck>(envelope, trust, certificates, at),
        Context::TYPE if certificates.is_empty() => without_trust(envelope),
        Context::TYPE => by_container::<Context>(envelope, trust, certificates, at),
        Receipt::TYPE => by_container::<Receipt>(envelope, trust, certificates, at),
        Lease::TYPE => by_container::<Lease>(envelope, trust, certificates, at),
        Usage::TYPE => by_container::<Usage>(envelope, trust, certificates, at),
        TransferReceipt::TYPE => by_container::<TransferReceipt>(envelope, trust, certificates, at),
        TransferRefusal::TYPE => by_container::<TransferRefusal>(envelope, trust, certificates, at),
        TransferRequest::TYPE => by_brought::<TransferRequest>(envelope, trust, at),
        Transfer::TYPE => by_brought::<Transfer>(envelope, trust, at),
        other => {
            Verdict::NotChecked { why: format!("documents of type {other} are not checked here") }
        }
    }
}

fn without_trust(envelope: &Envelope) -> Verdict {
    if envelope.payload_type == Context::TYPE {
        return match verify_self_signed_context(envelope) {
            Ok(context) => Verdict::SelfSigned {
                why: format!(
                    "the context fits the key it carries, {}; whether container {} really has \
                     that key, only its certificate or a person can say",
                    context.signed_by(),
                    context.id.serial()
                ),
            },
            Err(error) => refused(&error),
        };
    }
    if envelope.payload_type == Keyset::TYPE
        && let Ok(keyset) = strict::read::<Keyset>(&envelope.payload, Limits::PAYLOAD)
    {
        let pin = keyset.root.pin();
        return match Trust::pin(pin).adopt_keyset(envelope) {
            Ok(_) => Verdict::SelfSigned {
                why: format!("the key set fits its own root; compare {pin} with the publisher's"),
            },
            Err(error) => refused(&error),
        };
    }
    Verdict::NotChecked { why: "no key set was given to check the signature with".into() }
}

fn by_publisher<P: Payload>(envelope: &Envelope, trust: &Trust, at: Time) -> Verdict {
    match trust.verify::<P>(envelope, at) {
        Ok(verified) => chain(trust, vec![format!("publisher key {}", verified.signed_by())]),
        Err(error) => refused(&error),
    }
}

/// Checks a document that a publisher key or one that it certified may have signed.
fn by_either<P: Payload>(
    envelope: &Envelope,
    trust: &Trust,
    certificates: &[Verified<Certificate>],
    at: Time,
) -> Verdict {
    match by_publisher::<P>(envelope, trust, at) {
        Verdict::Refused { .. } if !certificates.is_empty() => {
            by_container::<P>(envelope, trust, certificates, at)
        }
        verdict => verdict,
    }
}

/// Checks a document that brings its signer's certificate along.
fn by_brought<P: Payload>(envelope: &Envelope, trust: &Trust, at: Time) -> Verdict {
    #[derive(Deserialize)]
    struct CertificateOnly {
        certificate: String,
    }
    let brought = strict::read::<CertificateOnly>(&envelope.payload, P::LIMITS)
        .and_then(|brought| read_document(brought.certificate.as_bytes()))
        .and_then(|certificate| trust.verify_certificate(&certificate, at));
    match brought {
        Ok(certificate) => by_container::<P>(envelope, trust, &[certificate], at),
        Err(error) => refused(&error),
    }
}

fn by_container<P: Payload>(
    envelope: &Envelope,
    trust: &Trust,
    certificates: &[Verified<Certificate>],
    at: Time,
) -> Verdict {
    let mut why = None;
    for certificate in certificates {
        match trust.verify_by::<P>(envelope, certificate, at) {
            Ok(verified) => {
                let serial = certificate.container.serial();
                let mut links = vec![
                    format!("publisher key {}", certificate.signed_by()),
                    format!("container {serial} with key {}", verified.signed_by()),
                ];
                if let Some(batch) = verified.batch() {
                    links.push(format!("ledger entry {} of {}", batch.sequence, batch.at));
                }
                return chain(trust, links);
            }
            Err(error) => why = why.or(Some(error)),
        }
    }
    let missing = || Verdict::NotChecked { why: "the container's certificate is needed".into() };
    why.map_or_else(missing, |error| refused(&error))
}

fn chain(trust: &Trust, links: Vec<String>) -> Verdict {
    let root: RootPin = trust.root();
    let mut chain = vec![format!("pinned {root}")];
    if let Some(keyset) = trust.keyset() {
        chain.push(format!("key set {} of {}", keyset.version, keyset.publisher));
    }
    chain.extend(links);
    Verdict::Verified { chain }
}

fn refused(error: &DocumentError) -> Verdict {
    Verdict::Refused { code: error.code().into(), message: error.to_string() }
}
