//! `tenure office init`: the data folder of a new office, for the publisher whose key folder is named.
//!
//! Invariants: nothing is overwritten; no private key is copied.
//! Deliberately not here: what lies in the folder (`folder`).

use super::folder;
use crate::{
    clock,
    offline::{KeyFolder, Passphrase, check_no_key_folder},
};
use clap::Args;
use std::path::{Path, PathBuf};

/// Make an office.
#[derive(Debug, Args)]
pub struct OfficeInitArgs {
    /// Data folder to make.
    #[arg(long, value_name = "DIR", env = "TENURE_OFFICE_DATA")]
    data: PathBuf,
    /// The publisher's key folder, made by `tenure keys init`.
    #[arg(long, value_name = "DIR", env = "TENURE_KEYS")]
    keys: PathBuf,
}

impl OfficeInitArgs {
    /// Carries out the command.
    ///
    /// # Errors
    /// Whatever stands in the way, with its code.
    pub fn run(self) -> anyhow::Result<()> {
        let publisher = init_office(&self.data, &self.keys)?;
        say!("office of {publisher:?} made in {}", self.data.display());
        note!(
            "next: tenure office run --data {} --keys {}",
            self.data.display(),
            self.keys.display()
        );
        Ok(())
    }
}

/// Makes an office; gives the publisher's name.
///
/// # Errors
/// As `tenure office init`.
pub fn init_office(data: &Path, keys: &Path) -> anyhow::Result<String> {
    check_no_key_folder(data)?;
    let keys = KeyFolder::open(keys, Passphrase::default(), clock::wall())?;
    let publisher = keys.keyset()?.publisher.clone();
    folder::create(data, publisher.clone())?;
    Ok(publisher)
}
