//! The publisher's keys, unlocked for an office that runs.
//!
//! Invariants: the key folder is held only while it is read, so that ceremonies can go on beside a running office; a
//! passphrase is asked for once; root keys are never unlocked.
//! Deliberately not here: which key may sign what (`tenure_office`).

use crate::{
    clock,
    offline::{KeyFolder, Passphrase},
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use tenure_document::Envelope;
use tenure_office::{KeepRevocation, Keyring, PublisherKey};

/// Reads and unlocks the publisher keys of a key folder.
///
/// # Errors
/// The folder is in use or damaged; a seal does not open.
pub fn unlocked(keys: &Path) -> anyhow::Result<Keyring> {
    let folder = KeyFolder::open(keys, Passphrase::default(), clock::wall())?;
    let mut found = Vec::new();
    for record in &folder.keyset()?.keys {
        if folder.private_key(record.id).is_some() {
            let signer = Arc::from(folder.signer(record.id)?);
            found.push(PublisherKey { record: record.clone(), signer });
        }
    }
    Ok(Keyring::new(folder.trust().clone(), folder.papers()?, found))
}

/// Keeps the office's revocation lists in the key folder, where ceremonies go on from them.
pub fn keeper(keys: PathBuf) -> KeepRevocation {
    Arc::new(move |list| keep(&keys, list).map_err(|error| format!("{error:#}")))
}

fn keep(keys: &Path, list: &Envelope) -> anyhow::Result<()> {
    let now = clock::wall();
    let mut folder = KeyFolder::open(keys, Passphrase::default(), now)?;
    folder.keep_revocation(list, now)?;
    let sequence = folder.trust().revocation_sequence();
    folder.note(now, &format!("revocation list {sequence} made by the office"))
}
