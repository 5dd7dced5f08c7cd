//! Verification: from an envelope to a [`Verified`] payload.
//!
//! Invariants, in this order for every document: the signature is checked over the received
//! bytes; then the type; then what the key's signed record allows without the content; only
//! then is the payload parsed; last the rules that need the content. Two documents carry the
//! key that signs them, a first key set (`adopt.rs`) and a container's first context: there one
//! member is read before the signature and trusted for nothing but checking it.

use serde::Deserialize;

use crate::{
    batch::batch_message,
    certificate::Certificate,
    context::Context,
    envelope::{Envelope, Signature},
    error::DocumentError,
    hash::{Bytes, Hash},
    ids::ContainerId,
    keys::{Algorithm, KeyId, PublicKey},
    keyset::KeyRecord,
    lease::Lease,
    merkle::leaf_hash,
    payload::Payload,
    revocation::Revocation,
    strict::{self, Limits},
    time::Time,
    trust::{HeldRevocation, Trust},
    verified::Verified,
};

impl Trust {
    /// Verifies a document signed by a publisher key.
    ///
    /// `at` is the verifier's own time; the document's own time is read from the payload.
    ///
    /// # Errors
    /// `no-keyset`, `unknown-key`, `bad-signature`, `wrong-type`, `revocation-missing`,
    /// `revoked-key`, `wrong-role`, `out-of-scope`, `outside-window`, and the codes of the
    /// strict reader for the payload.
    pub fn verify<P: Payload>(
        &self,
        envelope: &Envelope,
        at: Time,
    ) -> Result<Verified<P>, DocumentError> {
        let held = self.held()?;
        let plain: Vec<(Option<&str>, &[u8])> = envelope
            .signatures
            .iter()
            .filter(|signature| signature.batch.is_none())
            .map(|signature| (signature.keyid.as_deref(), signature.sig.as_slice()))
            .collect();
        let signers = held.signers(&plain, &envelope.pae());
        if signers.is_empty() {
            return Err(self.foreign(envelope));
        }
        check_type::<P>(envelope)?;
        // A revocation list is what ends this state, so it alone is exempt.
        let needed = held.keyset.revocation_sequence;
        if needed > self.revocation_sequence() && P::NAME != "revocation" {
            let held = self.revocation_sequence();
            return Err(DocumentError::RevocationMissing { needed, held });
        }
        let (allowed, mut why) = select(&signers, |record| self.may_sign::<P>(record, at));
        if allowed.is_empty() {
            return Err(why.unwrap_or(DocumentError::BadSignature));
        }
        let payload: P = parse_payload(&envelope.payload)?;
        let (accepted, content) = select(&allowed, |record| covers_content(record, &payload));
        why = why.or(content);
        match accepted.first() {
            Some(record) => Ok(Verified::new(
                payload,
                record.id,
                Hash::of(&envelope.payload),
                record.products.clone(),
                None,
            )),
            None => Err(why.unwrap_or(DocumentError::BadSignature)),
        }
    }

    /// The same trust but for revoked containers, for what the publisher has confirmed by a document of its own: it
    /// does not become undone with the container that handed it on. Revoked keys stay revoked.
    pub fn sparing_containers(&self) -> Trust {
        let spared = self.revocation.as_ref().map(|held| HeldRevocation {
            list: Revocation {
                sequence: held.list.sequence,
                issued: held.list.issued,
                keys: held.list.keys.clone(),
                containers: Vec::new(),
            },
            payload_hash: held.payload_hash,
            signed_by: held.signed_by,
        });
        Trust { pin: self.pin, keyset: self.keyset.clone(), revocation: spared }
    }

    /// Verifies a container's certificate.
    ///
    /// # Errors
    /// As [`Trust::verify`], and `wrong-algorithm`, `revoked-container`, `outside-window`.
    pub fn verify_certificate(
        &self,
        envelope: &Envelope,
        at: Time,
    ) -> Result<Verified<Certificate>, DocumentError> {
        let certificate: Verified<Certificate> = self.verify(envelope, at)?;
        if certificate.key.algorithm() == Algorithm::Hybrid {
            let why = "a container's key is ed25519 or ed25519-batch";
            return Err(DocumentError::WrongAlgorithm(why.into()));
        }
        self.certificate_holds(&certificate, at)?;
        Ok(certificate)
    }

    /// Verifies a document signed by the container that `certificate` is for: contexts,
    /// receipts, transfers, and leases in their batch form.
    ///
    /// # Errors
    /// `wrong-algorithm`, `bad-path`, `bad-signature`, `wrong-type`, `revoked-key`,
    /// `revoked-container`, `out-of-scope`, `outside-window`, `wrong-container` (`wrong-server`
    /// for leases), and the codes of the strict reader for the payload.
    pub fn verify_by<P: Payload>(
        &self,
        envelope: &Envelope,
        certificate: &Verified<Certificate>,
        at: Time,
    ) -> Result<Verified<P>, DocumentError> {
        let signature = signed_under(envelope, &certificate.key)?;
        check_type::<P>(envelope)?;
        self.certificate_holds(certificate, at)?;
        if !certificate.uses.iter().any(|name| name == P::NAME) {
            let why = format!("the certificate does not allow documents of type {}", P::NAME);
            return Err(DocumentError::OutOfScope(why));
        }
        let payload: P = parse_payload(&envelope.payload)?;
        check_signer(&payload, certificate)?;
        if let Some(signed) = payload.signed_at() {
            let latest = certificate.not_after.unwrap_or(Time::LATEST);
            check_window("the time of signing", signed, certificate.not_before, latest)?;
        }
        let hash = Hash::of(&envelope.payload);
        let key = certificate.key.id();
        Ok(Verified::new(payload, key, hash, Vec::new(), signature.batch.clone()))
    }

    /// Verifies a lease and that it answers the request that was made.
    ///
    /// # Errors
    /// As [`Trust::verify_by`], and `wrong-server`, `wrong-nonce`, `wrong-request`,
    /// `wrong-client-key`.
    pub fn verify_lease(
        &self,
        envelope: &Envelope,
        certificate: &Verified<Certificate>,
        at: Time,
        expected: &LeaseExpectation,
    ) -> Result<Verified<Lease>, DocumentError> {
        let lease: Verified<Lease> = self.verify_by(envelope, certificate, at)?;
        if let Some(server) = expected.server
            && lease.server != server
        {
            let (expected, found) = (server.serial(), lease.server.serial());
            return Err(DocumentError::WrongServer { expected, found });
        }
        if expected.nonce.is_some() && lease.nonce != expected.nonce {
            return Err(DocumentError::WrongNonce);
        }
        if expected.request.is_some() && lease.request != expected.request {
            return Err(DocumentError::WrongRequest);
        }
        if expected.client_key.is_some()
            && lease.client_key.as_ref().map(PublicKey::id) != expected.client_key
        {
            return Err(DocumentError::WrongClientKey);
        }
        Ok(lease)
    }

    /// What holds of a certificate each time it is used.
    fn certificate_holds(
        &self,
        certificate: &Verified<Certificate>,
        at: Time,
    ) -> Result<(), DocumentError> {
        if self.is_revoked_key(certificate.signed_by()) {
            return Err(DocumentError::RevokedKey(certificate.signed_by().to_string()));
        }
        if self.is_revoked_container(certificate.container, certificate.generation) {
            return Err(DocumentError::RevokedContainer(certificate.container.serial()));
        }
        let latest = certificate.not_after.unwrap_or(Time::LATEST);
        check_window("the time of verification", at, Time::EARLIEST, latest)
    }

    /// What the record allows before the content is known.
    fn may_sign<P: Payload>(&self, record: &KeyRecord, at: Time) -> Result<(), DocumentError> {
        if self.is_revoked_key(record.id) {
            return Err(DocumentError::RevokedKey(record.id.to_string()));
        }
        if !record.role.types().contains(&P::NAME) {
            let (role, name) = (record.role.to_string(), P::NAME.to_owned());
            return Err(DocumentError::WrongRole { role, name });
        }
        if !record.types.iter().any(|name| name == P::NAME) {
            let why = format!("key {} is not for documents of type {}", record.id, P::NAME);
            return Err(DocumentError::OutOfScope(why));
        }
        check_window("the time of verification", at, Time::EARLIEST, record.verify_until)
    }

    /// Tells a foreign key from a broken signature, by the hint: only the message depends on it.
    fn foreign(&self, envelope: &Envelope) -> DocumentError {
        let known = |hint: &str| {
            self.keyset().is_some_and(|k| k.keys.iter().any(|record| record.id.to_string() == hint))
        };
        let hints = || envelope.signatures.iter().map(|signature| signature.keyid.as_deref());
        if hints().all(|hint| hint.is_some_and(|hint| !known(hint))) {
            DocumentError::UnknownKey
        } else {
            DocumentError::BadSignature
        }
    }
}

/// What a client knows about the lease it asked for; absent members are not checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeaseExpectation {
    /// The server that was asked.
    pub server: Option<ContainerId>,
    /// The nonce that was sent.
    pub nonce: Option<Bytes>,
    /// The hash of the request that was sent.
    pub request: Option<Hash>,
    /// The key with which the request was signed.
    pub client_key: Option<KeyId>,
}

/// Verifies a context against the key it carries itself: the container's first contact.
///
/// Says only that one holder of that key made it; who that is, a person or a certificate says.
///
/// # Errors
/// `wrong-type`, `wrong-algorithm`, `bad-signature`, and the codes of the strict reader.
pub fn verify_self_signed_context(envelope: &Envelope) -> Result<Verified<Context>, DocumentError> {
    check_type::<Context>(envelope)?;
    #[derive(Deserialize)]
    struct KeyOnly {
        key: PublicKey,
    }
    let KeyOnly { key } = strict::read(&envelope.payload, Limits::PAYLOAD)?;
    if key.algorithm() == Algorithm::Hybrid {
        let why = "a container's key is ed25519 or ed25519-batch";
        return Err(DocumentError::WrongAlgorithm(why.into()));
    }
    signed_under(envelope, &key)?;
    let context: Context = parse_payload(&envelope.payload)?;
    Ok(Verified::new(context, key.id(), Hash::of(&envelope.payload), Vec::new(), None))
}

/// Verifies a document of a container whose key the caller has on record, without a certificate.
///
/// Says only that the holder of that key made it: whether the container and the generation in it
/// are those of the key, and whether they are revoked, the caller's record says.
///
/// # Errors
/// `wrong-algorithm`, `bad-path`, `bad-signature`, `wrong-type`, and the codes of the strict
/// reader.
pub fn verify_signed_by<P: Payload>(
    envelope: &Envelope,
    key: &PublicKey,
) -> Result<Verified<P>, DocumentError> {
    let batch = signed_under(envelope, key)?.batch.clone();
    check_type::<P>(envelope)?;
    let payload: P = parse_payload(&envelope.payload)?;
    Ok(Verified::new(payload, key.id(), Hash::of(&envelope.payload), Vec::new(), batch))
}

/// Finds the signature of `key`, in the form that the key's algorithm demands for the type.
fn signed_under<'a>(
    envelope: &'a Envelope,
    key: &PublicKey,
) -> Result<&'a Signature, DocumentError> {
    let in_batch =
        key.algorithm() == Algorithm::Ed25519Batch && envelope.payload_type == Lease::TYPE;
    let message = envelope.pae();
    let leaf = leaf_hash(&message);
    let mut why = None;
    for signature in &envelope.signatures {
        let right = match &signature.batch {
            Some(batch) if in_batch => match batch.entry_hash(&leaf) {
                Ok(entry) => key.verifies(&batch_message(&entry), &signature.sig),
                Err(error) => {
                    why.get_or_insert(error);
                    continue;
                }
            },
            None if !in_batch => key.verifies(&message, &signature.sig),
            _ => {
                let demanded = if in_batch { "a ledger entry" } else { "the document itself" };
                why.get_or_insert(DocumentError::WrongAlgorithm(format!(
                    "the key record demands a signature over {demanded}"
                )));
                continue;
            }
        };
        if right {
            return Ok(signature);
        }
        why = Some(DocumentError::BadSignature);
    }
    Err(why.unwrap_or(DocumentError::BadSignature))
}

/// The one place where a payload is parsed; everything calls it after its signature check.
pub(crate) fn parse_payload<P: Payload>(payload: &[u8]) -> Result<P, DocumentError> {
    strict::read(payload, P::LIMITS)
}

/// Says that somebody picked the wrong file; believes nothing that the document says.
///
/// # Errors
/// `wrong-type`.
pub fn check_type<P: Payload>(envelope: &Envelope) -> Result<(), DocumentError> {
    if envelope.payload_type == P::TYPE {
        return Ok(());
    }
    let found = envelope.payload_type.clone();
    Err(DocumentError::WrongType { expected: P::TYPE.into(), found })
}

/// The records that pass, and why the first of the others did not.
fn select<'a>(
    records: &[&'a KeyRecord],
    check: impl Fn(&KeyRecord) -> Result<(), DocumentError>,
) -> (Vec<&'a KeyRecord>, Option<DocumentError>) {
    let mut why = None;
    let mut passed = Vec::new();
    for record in records {
        match check(record) {
            Ok(()) => passed.push(*record),
            Err(error) => {
                why.get_or_insert(error);
            }
        }
    }
    (passed, why)
}

/// What the record allows once the content is known.
fn covers_content<P: Payload>(record: &KeyRecord, payload: &P) -> Result<(), DocumentError> {
    if let Some(signed) = payload.signed_at() {
        check_window("the time of signing", signed, record.sign_from, record.sign_until)?;
    }
    match payload.products().into_iter().find(|product| !record.covers_product(product)) {
        Some(product) => {
            let why = format!("key {} is not for product {product:?}", record.id);
            Err(DocumentError::OutOfScope(why))
        }
        None => Ok(()),
    }
}

/// The document speaks for the container of the certificate, in the same generation.
fn check_signer<P: Payload>(payload: &P, certificate: &Certificate) -> Result<(), DocumentError> {
    let Some(container) = payload.signed_for() else { return Ok(()) };
    let serials = || (certificate.container.serial(), container.serial());
    if container != certificate.container {
        let (expected, found) = serials();
        return Err(match P::NAME {
            "lease" => DocumentError::WrongServer { expected, found },
            _ => DocumentError::WrongContainer { expected, found },
        });
    }
    match payload.generation() {
        Some(generation) if generation != certificate.generation => {
            let (expected, found) = serials();
            Err(DocumentError::WrongContainer {
                expected: format!("{expected} generation {}", certificate.generation),
                found: format!("{found} generation {generation}"),
            })
        }
        _ => Ok(()),
    }
}

fn check_window(
    what: &'static str,
    at: Time,
    from: Time,
    until: Time,
) -> Result<(), DocumentError> {
    if (from..=until).contains(&at) {
        return Ok(());
    }
    let shown = |end: Time, open: Time| {
        if end == open { "any time".to_owned() } else { end.to_string() }
    };
    let (from, until) = (shown(from, Time::EARLIEST), shown(until, Time::LATEST));
    let at = at.to_string();
    Err(DocumentError::OutsideWindow { what, at, from, until })
}
