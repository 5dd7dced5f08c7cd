//! The data folder of a license server: what lies in it, how it is made, how it is opened.
//!
//! ```text
//! DIR/            owner-only
//!   tenure.lock   one process at a time
//!   identity.key  the container's key, in clear for unattended starts
//!   token.key     makes lease tokens
//!   ledger.db     everything else
//!   snapshots/    for short start-ups
//! ```
//! Invariants: nothing that others can read is used; the ledger is begun last, so a folder whose ledger has begun is
//! complete, and what an interrupted attempt left is completed by the next one; the lock is held from `open` until the
//! engine ends.
//! Deliberately not here: admin and set-up tokens (`serve`), configuration (`settings`).

use crate::{clock::RealClock, exit::Failure, explain, host_ids, office_mark::is_office};
use anyhow::Context as _;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};
use tenure_container::{Container, Reading};
use tenure_document::{HostId, PublicKey};
use tenure_leasing::Leasing;
use tenure_ledger::{Clock as _, Engine, EntrySigner, Ledger as _, Options, SqliteLedger};
use tenure_server::LeasingMachine;
use tenure_vault::{
    KeyAlgorithm, KeyFile, Seal, SecretKey, ServerSigner, check_owner_only_folder, create_new,
    create_owner_only_folder, random_bytes, read_owner_only,
};

/// The key that a ledger is signed with.
const IDENTITY_FILE: &str = "identity.key";
const TOKEN_KEY_FILE: &str = "token.key";
const LEDGER_FILE: &str = "ledger.db";
const SNAPSHOT_FOLDER: &str = "snapshots";

/// What to do about half a folder.
const REPEAT_OR_RESTORE: &str =
    "if the command that makes it was interrupted, repeat it; otherwise restore a backup";

/// An open data folder. No other process can open it meanwhile.
pub struct DataFolder {
    path: PathBuf,
    ledger: Mutex<Option<SqliteLedger>>,
}

impl DataFolder {
    /// Opens a folder that `tenure server init` made.
    ///
    /// # Errors
    /// Others can read it, another process uses it, or there is no license server in it.
    pub fn open(path: &Path) -> anyhow::Result<DataFolder> {
        check_is_server(path)?;
        let ledger = SqliteLedger::open(path).map_err(explain::ledger)?;
        Ok(DataFolder { path: path.to_owned(), ledger: Mutex::new(Some(ledger)) })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The container's key.
    ///
    /// # Errors
    /// The key file is missing, damaged or open to others.
    pub fn identity(&self) -> anyhow::Result<ServerSigner> {
        identity(&self.path)
    }

    /// The secret that lease tokens are made with.
    ///
    /// # Errors
    /// As [`DataFolder::identity`].
    pub fn token_key(&self) -> anyhow::Result<[u8; 32]> {
        read_secret(&self.path.join(TOKEN_KEY_FILE))
    }

    /// Starts the engine on the folder's ledger; once.
    ///
    /// # Errors
    /// The ledger is damaged or can't be read.
    pub fn engine(&self, options: Options) -> anyhow::Result<Engine<LeasingMachine>> {
        let ledger = self.ledger()?;
        let missing = || unbegun(&self.path, "container");
        let mut ledger: Box<dyn tenure_ledger::Ledger> = Box::new(ledger);
        ledger.reading().head().map_err(explain::ledger)?.ok_or_else(missing)?;
        start(ledger, self.identity()?, options, unborn)
    }

    /// The bare ledger; once, and not beside an engine.
    ///
    /// # Errors
    /// It was taken before.
    pub fn ledger(&self) -> anyhow::Result<SqliteLedger> {
        let ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner).take();
        ledger.context("the engine of this folder was started before")
    }

    /// Refuses a place for an archive that lies in this folder: it would mix with what the server throws away.
    ///
    /// # Errors
    /// It does.
    pub fn is_apart(&self, archive: &Path) -> anyhow::Result<()> {
        is_apart(&self.path, archive)
    }

    /// What identifies the machine.
    pub fn host_ids(&self) -> Vec<HostId> {
        host_ids::of_this_machine()
    }
}

/// As [`DataFolder::is_apart`], of a folder that need not be open.
///
/// # Errors
/// It is not.
pub fn is_apart(data: &Path, archive: &Path) -> anyhow::Result<()> {
    // The archive may have to be made yet: its nearest folder that is there tells where.
    let there = archive.ancestors().find_map(|folder| folder.canonicalize().ok());
    match (there, data.canonicalize()) {
        (Some(there), Ok(data)) if !there.starts_with(&data) => Ok(()),
        _ => Err(Failure::usage(format!(
            "the archive {} can't lie in the data folder",
            archive.display()
        ))
        .hint("name a folder elsewhere, best on another disk")
        .into()),
    }
}

/// The public half of the identity key of a folder, also of one that a server runs on.
///
/// # Errors
/// As [`DataFolder::open`], but for the lock.
pub fn public_identity(path: &Path) -> anyhow::Result<PublicKey> {
    check_is_server(path)?;
    Ok(read_identity(path)?.public().clone())
}

/// Makes a data folder around a container that is made from its public key.
///
/// # Errors
/// There is a license server in the folder already; the folder can't be made or is open to others.
pub fn create(
    path: &Path,
    container: impl FnOnce(&PublicKey, Reading) -> anyhow::Result<Container>,
) -> anyhow::Result<()> {
    create_owner_only_folder(path).map_err(explain::vault)?;
    let exists = || {
        Failure::refused(
            "exists",
            format!("there is a license server in {} already", path.display()),
        )
        .hint("to start it: tenure server run --data DIR; to make another one, name another folder")
    };
    if is_begun(path)? {
        return Err(exists().into());
    }
    let signer = identity_made(path)?;
    make_secret(&path.join(TOKEN_KEY_FILE))?;
    let clock = RealClock;
    let since_boot_ms = i64::try_from(clock.boot().elapsed.as_millis()).unwrap_or(i64::MAX);
    let container = container(signer.public(), Reading { wall: clock.wall(), since_boot_ms })?;
    let seed = u64::from_be_bytes(random_bytes().map_err(explain::vault)?);
    let machine = LeasingMachine(Leasing::new(container, seed));
    let ledger = Box::new(ledger_to_begin(path)?.ok_or_else(exists)?);
    let engine = start(ledger, signer, quiet_options(), || machine)?;
    engine.stop();
    Ok(())
}

/// Whether a folder's ledger has begun: whether what it is of was made, and not only attempted.
///
/// # Errors
/// Another process uses it; it can't be read; it was lost.
pub fn is_begun(path: &Path) -> anyhow::Result<bool> {
    let ledger = path.join(LEDGER_FILE);
    // A snapshot is of entries: where one is, a ledger was.
    if fs::read_dir(path.join(SNAPSHOT_FOLDER)).is_ok_and(|mut found| found.next().is_some()) {
        check_is_there(&ledger)?;
    }
    Ok(ledger.exists() && ledger_to_begin(path)?.is_none())
}

/// The ledger of a folder, made if need be; none where it has begun.
///
/// # Errors
/// As [`is_begun`].
pub fn ledger_to_begin(path: &Path) -> anyhow::Result<Option<SqliteLedger>> {
    let mut ledger = SqliteLedger::open(path).map_err(explain::ledger)?;
    let reading = ledger.reading();
    let head = reading.head().map_err(explain::ledger)?;
    // One that was emptied later has snapshots of what it lost.
    let is_begun = head.is_some() || !reading.snapshots().map_err(explain::ledger)?.is_empty();
    Ok((!is_begun).then_some(ledger))
}

/// What to say of a ledger without its first entry.
pub fn unbegun(path: &Path, of: &str) -> Failure {
    Failure::corrupt(format!("{} holds no {of}", path.display())).hint(REPEAT_OR_RESTORE)
}

/// Options of an engine that runs for one command.
pub fn quiet_options() -> Options {
    Options { tick: None, ..Options::new(Arc::new(RealClock)) }
}

/// Signs ledger entries with the container's key.
pub struct Identity(pub ServerSigner);

impl EntrySigner for Identity {
    fn public(&self) -> &PublicKey {
        self.0.public()
    }

    fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message)
    }
}

fn start(
    ledger: Box<dyn tenure_ledger::Ledger>,
    signer: ServerSigner,
    options: Options,
    genesis: impl FnOnce() -> LeasingMachine,
) -> anyhow::Result<Engine<LeasingMachine>> {
    let opened = Engine::open(ledger, Box::new(Identity(signer)), genesis, options);
    Ok(opened.map_err(explain::ledger)?.0)
}

/// A ledger with a head is never begun anew.
fn unborn() -> LeasingMachine {
    unreachable!("invariant: the ledger was seen to hold its first entry")
}

/// Refuses a folder that no server can be run from: one without a license server, or with half of one.
///
/// # Errors
/// It is; others can read it.
pub fn check_is_whole(path: &Path) -> anyhow::Result<()> {
    check_is_server(path)?;
    if is_office(path) {
        let why = format!("{} is the folder of an office", path.display());
        let hint = format!("tenure office run --data {} --keys FOLDER", path.display());
        return Err(Failure::refused("no-server", why).hint(hint).into());
    }
    check_is_there(&path.join(TOKEN_KEY_FILE))
}

fn check_is_server(path: &Path) -> anyhow::Result<()> {
    if !path.exists() {
        return Err(no_server(path).into());
    }
    check_owner_only_folder(path).map_err(explain::vault)?;
    let files = [LEDGER_FILE, IDENTITY_FILE].map(|file| path.join(file));
    if !files.iter().any(|file| file.exists()) {
        return Err(no_server(path).into());
    }
    files.iter().try_for_each(|file| check_is_there(file))
}

/// Of a folder that was restored in part.
fn check_is_there(file: &Path) -> anyhow::Result<()> {
    if file.exists() {
        return Ok(());
    }
    Err(Failure::corrupt(format!("{} is missing", file.display())).hint(REPEAT_OR_RESTORE).into())
}

fn no_server(path: &Path) -> Failure {
    Failure::refused("no-server", format!("there is no license server in {}", path.display()))
        .hint(format!("make one with: tenure server init --data {} --keyset FILE", path.display()))
}

/// The key that a folder's ledger is signed with.
///
/// # Errors
/// The key file is missing, damaged or open to others.
pub fn identity(path: &Path) -> anyhow::Result<ServerSigner> {
    let key = read_identity(path)?.open(None).map_err(explain::vault)?;
    Ok(key.server_signer().map_err(explain::vault)?)
}

/// The 32 bytes of a secret's file.
///
/// # Errors
/// As [`identity`].
pub fn read_secret(path: &Path) -> anyhow::Result<[u8; 32]> {
    let secret = read_owner_only(path, 64).map_err(explain::vault)?;
    let bytes = secret.expose().try_into();
    Ok(bytes.map_err(|_| Failure::corrupt(format!("{} is not 32 bytes", path.display())))?)
}

fn read_identity(path: &Path) -> anyhow::Result<KeyFile> {
    Ok(KeyFile::read(&path.join(IDENTITY_FILE)).map_err(explain::vault)?)
}

/// The key that a folder's ledger is signed with, made if need be.
///
/// A key left by an attempt that was interrupted is as good as a new one.
pub fn identity_made(path: &Path) -> anyhow::Result<ServerSigner> {
    let file = path.join(IDENTITY_FILE);
    if !file.exists() {
        let key = SecretKey::generate(KeyAlgorithm::Ed25519Batch).map_err(explain::vault)?;
        key.save(&file, &Seal::OwnerOnly).map_err(explain::vault)?;
    }
    identity(path)
}

/// Makes a file with 32 bytes of chance, unless it is there.
pub fn make_secret(file: &Path) -> anyhow::Result<()> {
    if !file.exists() {
        let bytes = random_bytes::<32>().map_err(explain::vault)?;
        create_new(file, &bytes, 0o600).map_err(explain::vault)?;
    }
    Ok(())
}
