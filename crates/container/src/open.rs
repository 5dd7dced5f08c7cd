//! Opening an update file: all the work on signatures, done before the container is asked.
//!
//! Invariants: an update is judged by the newest key list and revocation list that it brings or the container has; what
//! is read from it before its own signature is checked is only the documents attached to it, which are signed
//! themselves; documents older than what is held are passed over, never adopted.
//! Deliberately not here: whether the update fits the container (update).

use crate::{history::is_movable, refusal::UpdateRefusal};
use serde::Deserialize;
use std::fmt;
use tenure_document::{
    Attachments, Bytes, Certificate, ContainerId, DocumentError, Envelope, Hash, Limits, Op,
    Payload, Pool, Time, TimeStatement, Trust, Update, Verified, read_document, read_json,
};

/// An update whose signatures hold, and what it brings along.
#[derive(Clone)]
pub struct OpenedUpdate {
    pub(crate) update: Verified<Update>,
    pub(crate) brought: Brought,
    trust: Trust,
}

/// What travels with an update, verified.
#[derive(Clone, Debug)]
pub(crate) struct Brought {
    /// Key lists that were newer, oldest first.
    pub(crate) keysets: Vec<(u64, String)>,
    /// The newest key list that the update was judged by.
    pub(crate) keyset_version: u64,
    /// A revocation list that was newer.
    pub(crate) revocation: Option<BroughtRevocation>,
    /// The newest revocation list that the update was judged by.
    pub(crate) revocation_sequence: u64,
    /// A signed time and the nonce it is for.
    pub(crate) time: Option<(Bytes, Time)>,
    /// Why the update would not hold but for the signed time.
    pub(crate) only_with_time: Option<DocumentError>,
    /// The last certificate in it, by operation.
    pub(crate) certificate: Option<(u64, Result<Certificate, DocumentError>)>,
    /// Random bytes that the ratchet goes on with.
    pub(crate) entropy: Hash,
    /// The update itself, when it brings items that may move.
    pub(crate) origin: Option<String>,
    /// A pool document.
    pub(crate) pool: Option<(Pool, String)>,
}

#[derive(Clone, Debug)]
pub(crate) struct BroughtRevocation {
    pub(crate) sequence: u64,
    pub(crate) document: String,
    pub(crate) at: Time,
    pub(crate) revokes: bool,
}

impl Brought {
    pub(crate) fn nothing(entropy: Hash) -> Brought {
        Brought {
            keysets: Vec::new(),
            keyset_version: 0,
            revocation: None,
            revocation_sequence: 0,
            time: None,
            only_with_time: None,
            certificate: None,
            entropy,
            origin: None,
            pool: None,
        }
    }
}

impl OpenedUpdate {
    /// The update.
    pub fn update(&self) -> &Verified<Update> {
        &self.update
    }

    /// The trust it was judged by: the container's own once the update is applied.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }
}

impl fmt::Debug for OpenedUpdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenedUpdate").field("update", &self.update).finish_non_exhaustive()
    }
}

/// Checks the signatures of an update and of everything it brings.
///
/// `trust` is the container's ([`crate::Container::trust`]), `at` the time its rights are judged by, `entropy` 32 random
/// bytes.
///
/// # Errors
/// [`UpdateRefusal::Unverified`].
pub fn open_update(
    trust: Trust,
    envelope: &Envelope,
    at: Time,
    entropy: [u8; 32],
) -> Result<OpenedUpdate, UpdateRefusal> {
    if envelope.payload_type != Update::TYPE {
        // Said before the signature is looked at: somebody picked the wrong file.
        let (expected, found) = (Update::TYPE.to_owned(), envelope.payload_type.clone());
        return Err(DocumentError::WrongType { expected, found }.into());
    }
    let mut judging = trust.clone();
    let mut brought = Brought::nothing(Hash::of(&entropy));
    if let Err(error) = adopt_attachments(&mut judging, &mut brought, envelope, at) {
        // Whoever altered the file may have altered the attachments: say so when that is the case.
        trust.verify::<Update>(envelope, at)?;
        return Err(error.into());
    }
    let update = verify(&judging, &mut brought, envelope, at)?;
    brought.keyset_version = judging.keyset_version();
    brought.revocation_sequence = judging.revocation_sequence();
    if let Some(list) = &mut brought.revocation {
        list.revokes = judging.is_revoked_container(update.id, update.generation);
    }
    let judged_at = brought.time.as_ref().map_or(at, |(_, time)| *time);
    if let Some(text) = &update.attachments.pool {
        let pool = judging.verify::<Pool>(&read_document(text.as_bytes())?, judged_at)?;
        brought.pool = Some((pool.into_inner(), text.clone()));
    }
    brought.origin =
        update.ops.iter().any(|numbered| is_movable(&numbered.op)).then(|| envelope.to_json());
    brought.certificate = last_certificate(&judging, &update, judged_at);
    Ok(OpenedUpdate { update, brought, trust: judging })
}

/// Verifies the update, if need be at the time that a signed statement in it names.
fn verify(
    judging: &Trust,
    brought: &mut Brought,
    envelope: &Envelope,
    at: Time,
) -> Result<Verified<Update>, DocumentError> {
    let error = match judging.verify::<Update>(envelope, at) {
        Ok(update) => return Ok(update),
        Err(error) => error,
    };
    let Some((_, time)) = brought.time else { return Err(error) };
    let update = judging.verify::<Update>(envelope, time)?;
    brought.only_with_time = Some(error);
    Ok(update)
}

fn adopt_attachments(
    judging: &mut Trust,
    brought: &mut Brought,
    envelope: &Envelope,
    at: Time,
) -> Result<(), DocumentError> {
    #[derive(Deserialize)]
    struct AttachmentsOnly {
        id: ContainerId,
        #[serde(default)]
        attachments: Attachments,
    }
    // As wide as the update itself: a pool or a revocation list in it may be long.
    let AttachmentsOnly { id, attachments } = read_json(&envelope.payload, Update::LIMITS)?;
    for text in attachments.keysets {
        adopt_keyset(judging, brought, text)?;
    }
    if let Some(text) = attachments.time {
        let envelope = read_document(text.as_bytes())?;
        let claimed: TimeStatement = read_json(&envelope.payload, Limits::PAYLOAD)?;
        let statement = judging.verify::<TimeStatement>(&envelope, claimed.time)?;
        if statement.container == id {
            brought.time = Some((statement.nonce.clone(), statement.time));
        }
    }
    if let Some(text) = attachments.revocation {
        adopt_revocation(judging, brought, text, at)?;
    }
    Ok(())
}

fn adopt_keyset(
    judging: &mut Trust,
    brought: &mut Brought,
    text: String,
) -> Result<(), DocumentError> {
    #[derive(Deserialize)]
    struct VersionOnly {
        version: u64,
    }
    let envelope = read_document(text.as_bytes())?;
    let VersionOnly { version } = read_json(&envelope.payload, Limits::PAYLOAD)?;
    if version < judging.keyset_version() {
        return Ok(());
    }
    if judging.adopt_keyset(&envelope)? == tenure_document::Adopted::Newer {
        brought.keysets.push((version, text));
    }
    Ok(())
}

fn adopt_revocation(
    judging: &mut Trust,
    brought: &mut Brought,
    text: String,
    at: Time,
) -> Result<(), DocumentError> {
    #[derive(Deserialize)]
    struct SequenceOnly {
        sequence: u64,
    }
    let envelope = read_document(text.as_bytes())?;
    let SequenceOnly { sequence } = read_json(&envelope.payload, Limits::PAYLOAD)?;
    if sequence < judging.revocation_sequence() {
        return Ok(());
    }
    let at = brought.time.as_ref().map_or(at, |(_, time)| *time);
    if judging.adopt_revocation(&envelope, at)? == tenure_document::Adopted::Newer {
        brought.revocation =
            Some(BroughtRevocation { sequence, document: text, at, revokes: false });
    }
    Ok(())
}

/// Only the last certificate counts: those before it are replaced in the same breath.
fn last_certificate(
    judging: &Trust,
    update: &Update,
    at: Time,
) -> Option<(u64, Result<Certificate, DocumentError>)> {
    update.ops.iter().rev().find_map(|numbered| {
        let Op::Certify { certificate } = &numbered.op else { return None };
        let verified = read_document(certificate.as_bytes())
            .and_then(|envelope| judging.verify_certificate(&envelope, at));
        Some((numbered.sequence, verified.map(Verified::into_inner)))
    })
}
