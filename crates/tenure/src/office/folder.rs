//! The data folder of an office: what lies in it, how it is made, how it is opened.
//!
//! ```text
//! DIR/            owner-only
//!   tenure.lock   one process at a time
//!   identity.key  signs the ledger's entries, in clear for unattended starts
//!   webhooks.key  makes the secrets of web hooks
//!   checks.key    signs answers to checks of host keys
//!   ledger.db     everything else
//!   snapshots/    for short start-ups
//! ```
//! Invariants: nothing that others can read is used; the ledger is begun last, so a folder whose ledger has begun is
//! complete; publisher keys are never here.
//! Deliberately not here: publisher keys (`unlocked`), admin and set-up tokens (`daemon`).

use crate::{
    clock::RealClock,
    exit::Failure,
    explain,
    folder::{
        Identity, identity, identity_made, is_begun, ledger_to_begin, make_secret, quiet_options,
        read_secret, unbegun,
    },
    office_mark::{HOOK_KEY_FILE, is_office},
};
use std::path::{Path, PathBuf};
use tenure_issuing::office::{Office, OfficeBirth};
use tenure_ledger::{Clock as _, Engine, Ledger as _, Options, SqliteLedger};
use tenure_office::OfficeMachine;
use tenure_vault::{
    KeyAlgorithm, KeyFile, Seal, SecretKey, ServerSigner, check_owner_only_folder,
    create_owner_only_folder,
};

/// Made when it is missing: a folder of an earlier release has none.
const CHECK_KEY_FILE: &str = "checks.key";
const LEDGER_FILE: &str = "ledger.db";

/// An open data folder. No other process can open it meanwhile, once its engine runs.
pub struct OfficeFolder {
    path: PathBuf,
}

impl OfficeFolder {
    /// Opens a folder that `tenure office init` made.
    ///
    /// # Errors
    /// Others can read it, or there is no office in it.
    pub fn open(path: &Path) -> anyhow::Result<OfficeFolder> {
        let is_complete = path.join(LEDGER_FILE).exists() && is_office(path);
        if !is_complete {
            let why = format!("there is no office in {}", path.display());
            return Err(Failure::refused("no-office", why)
                .hint(format!(
                    "make one with: tenure office init --data {} --keys FOLDER",
                    path.display()
                ))
                .into());
        }
        check_owner_only_folder(path).map_err(explain::vault)?;
        Ok(OfficeFolder { path: path.to_owned() })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What secrets of web hooks are made with.
    ///
    /// # Errors
    /// The file is missing, damaged or open to others.
    pub fn hook_key(&self) -> anyhow::Result<[u8; 32]> {
        read_secret(&self.path.join(HOOK_KEY_FILE))
    }

    /// The key that answers to checks of host keys are signed with; made if need be.
    ///
    /// # Errors
    /// The file is damaged or open to others, or can't be made.
    pub fn check_key(&self) -> anyhow::Result<ServerSigner> {
        let file = self.path.join(CHECK_KEY_FILE);
        if !file.exists() {
            let key = SecretKey::generate(KeyAlgorithm::Ed25519).map_err(explain::vault)?;
            key.save(&file, &Seal::OwnerOnly).map_err(explain::vault)?;
        }
        let key = KeyFile::read(&file).and_then(|key| key.open(None)).map_err(explain::vault)?;
        Ok(key.server_signer().map_err(explain::vault)?)
    }

    /// Starts the engine on the folder's ledger.
    ///
    /// # Errors
    /// Another process has it; the ledger is damaged or can't be read.
    pub fn engine(&self, options: Options) -> anyhow::Result<Engine<OfficeMachine>> {
        let mut ledger = Box::new(SqliteLedger::open(&self.path).map_err(explain::ledger)?);
        let missing = || unbegun(&self.path, "office");
        ledger.reading().head().map_err(explain::ledger)?.ok_or_else(missing)?;
        let entries = Box::new(Identity(identity(&self.path)?));
        let opened = Engine::open(ledger, entries, unborn, options);
        Ok(opened.map_err(explain::ledger)?.0)
    }
}

/// Makes the data folder of an office.
///
/// # Errors
/// There is one in the folder already; the folder can't be made or is open to others.
pub fn create(path: &Path, publisher: String) -> anyhow::Result<()> {
    create_owner_only_folder(path).map_err(explain::vault)?;
    let exists = || {
        let why = format!("there is a ledger in {} already", path.display());
        Failure::refused("exists", why)
            .hint("to start it: tenure office run --data DIR --keys FOLDER; to make another one, name another folder")
    };
    if is_begun(path)? {
        return Err(exists().into());
    }
    let signer = identity_made(path)?;
    make_secret(&path.join(HOOK_KEY_FILE))?;
    let office = Office::new(OfficeBirth { publisher, at: RealClock.wall() });
    let ledger = Box::new(ledger_to_begin(path)?.ok_or_else(exists)?);
    let genesis = || OfficeMachine(office);
    let opened = Engine::open(ledger, Box::new(Identity(signer)), genesis, quiet_options());
    opened.map_err(explain::ledger)?.0.stop();
    Ok(())
}

/// A ledger with a head is never begun anew.
fn unborn() -> OfficeMachine {
    unreachable!("invariant: the ledger was seen to hold its first entry")
}
