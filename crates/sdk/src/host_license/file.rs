//! Finding the license file for a host in the license folder, and proving it from the pinned root.
//!
//! Invariants: a file counts for what its signed document says, whatever its name; of several that fit, the best one is
//! taken; when none fits, every file that was looked at is named with the reason. Limits on number and size of files.
//! Deliberately not here: what the key is worth now (`standing`).

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use tenure_document::{HostKey, HostName, Payload, RootPin, Time, Verified, read_documents};

use super::proof::Prover;
use crate::error::Forged;

/// Most files of a license folder that are looked at.
const FILES_MAX: usize = 1_000;
/// Longest license file.
const FILE_MAX: u64 = 1024 * 1024;
/// Files without this are not license files.
const MARK: &str = "-----BEGIN TENURE HOST KEY-----";

/// Why an application has no license for its host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostLicenseError {
    /// A setting can't be used.
    #[error("{0}")]
    Setup(String),
    /// The license folder can't be read.
    #[error("the license folder {path}: {reason}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What happened.
        reason: String,
    },
    /// No file in it is a valid key for this host and product.
    #[error("no license file in {folder} is for {host}{}", .looked_at.iter().map(|one| format!("\n  {one}")).collect::<String>())]
    NoKey {
        /// The host.
        host: HostName,
        /// The folder.
        folder: PathBuf,
        /// Each license file with the reason why it does not fit.
        looked_at: Vec<String>,
    },
}

impl HostLicenseError {
    /// Stable kebab-case word.
    pub fn code(&self) -> &'static str {
        match self {
            HostLicenseError::Setup(_) => "client-setup",
            HostLicenseError::Folder { .. } => "license-folder",
            HostLicenseError::NoKey { .. } => "no-host-key",
        }
    }
}

/// A key with what proves it.
pub(crate) struct Found {
    pub(crate) key: HostKey,
    pub(crate) prover: Prover,
}

/// The best key in the folder for this host and product.
pub(crate) fn find(
    folder: &Path,
    host: &HostName,
    product: &str,
    root: RootPin,
    now: Time,
) -> Result<Found, HostLicenseError> {
    let mut best: Option<Found> = None;
    let mut looked_at = Vec::new();
    for path in license_files(folder)? {
        let Some(text) = read(&path) else { continue };
        match proved(&text, root, now).and_then(|found| fits(found, host, product)) {
            Ok(found) => {
                let better =
                    |held: &Found| rank(&found.key, host, now) > rank(&held.key, host, now);
                if best.as_ref().is_none_or(better) {
                    best = Some(found);
                }
            }
            Err(why) => {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                looked_at.push(format!("{name}: {}", why.detail));
            }
        }
    }
    best.ok_or_else(|| HostLicenseError::NoKey {
        host: host.clone(),
        folder: folder.to_owned(),
        looked_at,
    })
}

/// The text files of the folder, in the order of their names.
fn license_files(folder: &Path) -> Result<Vec<PathBuf>, HostLicenseError> {
    let fault = |error: std::io::Error| HostLicenseError::Folder {
        path: folder.to_owned(),
        reason: error.to_string(),
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(fault)?.take(FILES_MAX) {
        let path = entry.map_err(fault)?.path();
        if path.extension().is_some_and(|extension| extension == "txt") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The text of a license file; nothing for anything else that lies about, pipes and devices included.
fn read(path: &Path) -> Option<Vec<u8>> {
    let metadata = std::fs::metadata(path).ok()?;
    if !metadata.is_file() || metadata.len() > FILE_MAX {
        return None;
    }
    let mut text = String::new();
    File::open(path).ok()?.take(FILE_MAX).read_to_string(&mut text).ok()?;
    text.contains(MARK).then_some(text.into_bytes())
}

fn proved(text: &[u8], root: RootPin, now: Time) -> Result<Found, Forged> {
    let documents = read_documents(text)?;
    let prover = Prover::from_documents(root, &documents, now)?;
    let envelope = documents.iter().find(|one| one.payload_type == HostKey::TYPE);
    let envelope = envelope.ok_or_else(|| Forged::new("no-host-key", "it holds no host key"))?;
    let key: Verified<HostKey> = prover.key(envelope, now)?;
    Ok(Found { key: (*key).clone(), prover })
}

fn fits(found: Found, host: &HostName, product: &str) -> Result<Found, Forged> {
    let key = &found.key;
    if key.product != product {
        return Err(Forged::new(
            "wrong-product",
            format!("it is for the product {:?}", key.product),
        ));
    }
    if !key.host.covers(host) {
        return Err(Forged::new("wrong-host", format!("it is for {}", key.host)));
    }
    Ok(found)
}

/// In use now before not, the very host before a wildcard, newer before older.
fn rank(key: &HostKey, host: &HostName, now: Time) -> (bool, bool, Time) {
    let in_time =
        key.expires.is_none_or(|end| now <= end) && key.not_before.is_none_or(|begin| begin <= now);
    (in_time, key.host == *host, key.issued)
}
