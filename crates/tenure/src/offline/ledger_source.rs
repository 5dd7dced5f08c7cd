//! Where `tenure ledger` reads from: a data folder, with the archive of its old entries or without.
//!
//! Invariants: reads only and takes no lock, so a server may run meanwhile; an archive is believed only if the server
//! whose key lies in the data folder signed it.
//! Deliberately not here: what is read.

use crate::{exit::Failure, explain, folder, office_mark::is_office};
use clap::Args;
use std::path::{Path, PathBuf};
use tenure_document::PublicKey;
use tenure_ledger::{Archive, Reader, SqliteReader};

/// A ledger.
#[derive(Debug, Args)]
pub struct Source {
    /// Data folder of the license server.
    #[arg(long, value_name = "DIR", env = "TENURE_DATA")]
    pub data: PathBuf,
    /// Folder with archived entries of this ledger; may be given several times.
    #[arg(long, value_name = "DIR")]
    pub archive: Vec<PathBuf>,
}

impl Source {
    /// The reading side, and the key that everything in it must be signed with.
    ///
    /// # Errors
    /// There is no ledger, or the archive is not its.
    pub fn open(&self) -> anyhow::Result<(Box<dyn Reader>, PublicKey)> {
        let key = folder::public_identity(&self.data)?;
        let live = live(&self.data)?;
        if self.archive.is_empty() {
            return Ok((live, key));
        }
        let whole = Archive::before(&self.archive, live, &key).map_err(explain::ledger)?;
        Ok((Box::new(whole), key))
    }
}

/// Refuses the ledger of an office where only a license server's will do.
///
/// # Errors
/// It is an office's.
pub fn license_servers(data: &Path) -> anyhow::Result<()> {
    if is_office(data) {
        let why = format!("{} holds the ledger of an office", data.display());
        let hint = "this command is for license servers; an office's ledger can be verified, shown and exported";
        return Err(Failure::refused("no-server", why).hint(hint).into());
    }
    Ok(())
}

fn live(data: &Path) -> anyhow::Result<Box<dyn Reader>> {
    Ok(Box::new(SqliteReader::open(data).map_err(explain::ledger)?))
}
