//! `tenure keys`: the ceremony of a publisher's keys.
//!
//! Deliberately not here: what each act does to the key list (ceremony), where it is kept (key_folder).

use super::{
    ceremony::{self, Revoked, Scope},
    key_folder::KeyFolder,
    passphrase::Passphrase,
};
use crate::{clock, exit::Failure, explain};
use anyhow::Context as _;
use clap::{Args, Subcommand};
use comfy_table::Table;
use serde_json::json;
use std::path::{Path, PathBuf};
use tenure_document::{KeyId, KeyRecord, Role, RootPin, Time, Trust, check_serial};
use tenure_issuing::ContainerRecord;
use tenure_vault::create_owner_only_folder;

/// Publisher keys.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Make root keys, publisher keys and the first key list.
    Init(InitArgs),
    /// Add a publisher key.
    AddPublisher(AddArgs),
    /// Replace publisher keys, or the root; what the old ones signed stays good.
    Rotate(RotateArgs),
    /// Revoke a publisher key or a container.
    Revoke(RevokeArgs),
    /// Show the keys, the revocation list and the root pin.
    Show(ShowArgs),
}

/// Make keys.
#[derive(Debug, Args)]
pub struct InitArgs {
    #[command(flatten)]
    folder: FolderArg,
    /// The publisher's name, as customers see it.
    #[arg(long, value_name = "NAME", default_value = "Publisher")]
    publisher: String,
    /// How many root keys there are.
    #[arg(long, value_name = "N", default_value_t = 3)]
    roots: u32,
    /// How many of them must sign a key list.
    #[arg(long, value_name = "N", default_value_t = 2)]
    threshold: u32,
    /// How long publisher keys may sign.
    #[arg(long, value_name = "DAYS", default_value_t = 1825, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    days: u32,
    /// Keep the private keys unsealed, protected by owner-only files alone: for demonstrations.
    #[arg(long)]
    no_passphrase: bool,
}

/// Add a key.
#[derive(Debug, Args)]
pub struct AddArgs {
    #[command(flatten)]
    folder: FolderArg,
    /// What the key is for: issuer, certifier, revoker or time.
    #[arg(long, value_name = "ROLE", default_value = "issuer")]
    role: Role,
    /// Document types it may sign; all of its role when not given.
    #[arg(long, value_name = "TYPE", value_delimiter = ',')]
    types: Vec<String>,
    /// Products it may sign for, `*` stands for anything; all when not given.
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    products: Vec<String>,
    /// How long it may sign.
    #[arg(long, value_name = "DAYS", default_value_t = 1825, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    days: u32,
}

/// Replace keys.
#[derive(Debug, Args)]
pub struct RotateArgs {
    #[command(flatten)]
    folder: FolderArg,
    /// Only the keys of this role; may be given several times.
    #[arg(long, value_name = "ROLE", conflicts_with = "root")]
    role: Vec<Role>,
    /// Replace the root keys; old and new ones sign.
    #[arg(long)]
    root: bool,
    /// How many new root keys there are.
    #[arg(long, value_name = "N", default_value_t = 3, requires = "root")]
    roots: u32,
    /// How many of them must sign.
    #[arg(long, value_name = "N", default_value_t = 2, requires = "root")]
    threshold: u32,
    /// How long the new keys may sign.
    #[arg(long, value_name = "DAYS", default_value_t = 1825, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    days: u32,
}

/// Revoke a key or a container.
#[derive(Debug, Args)]
pub struct RevokeArgs {
    #[command(flatten)]
    folder: FolderArg,
    /// The key's ID, as `tenure keys show` prints it.
    #[arg(value_name = "KEYID", conflicts_with = "container")]
    key: Option<String>,
    /// The container's serial.
    #[arg(long, value_name = "SERIAL")]
    container: Option<String>,
}

/// Show keys.
#[derive(Debug, Args)]
pub struct ShowArgs {
    #[command(flatten)]
    folder: FolderArg,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct FolderArg {
    /// The publisher's key folder.
    #[arg(long, value_name = "DIR", env = "TENURE_KEYS")]
    dir: PathBuf,
}

impl KeysCommand {
    /// Carries out the command.
    ///
    /// # Errors
    /// Whatever stands in the way, with its code.
    pub fn run(self) -> anyhow::Result<()> {
        let now = clock::wall();
        match self {
            KeysCommand::Init(args) => init_command(&args, now),
            KeysCommand::AddPublisher(args) => {
                let mut folder = open(&args.folder, now)?;
                let AddArgs { role, types, products, days, .. } = args;
                let id = ceremony::add(&mut folder, &Scope { role, types, products, days }, now)?;
                say!("{role} key {id} added; key list {}", folder.keyset()?.version);
                Ok(())
            }
            KeysCommand::Rotate(args) => rotate(&args, now),
            KeysCommand::Revoke(args) => revoke(&args, now),
            KeysCommand::Show(args) => show(&args, now),
        }
    }
}

/// Unsealed keys for demonstrations, benches and tests.
///
/// # Errors
/// As `tenure keys init`.
pub fn make_keys(dir: &Path, publisher: &str) -> anyhow::Result<RootPin> {
    init(dir, publisher, (1, 1), (false, 1825), clock::wall())
}

fn init_command(args: &InitArgs, now: Time) -> anyhow::Result<()> {
    let dir = &args.folder.dir;
    let pin = init(
        dir,
        &args.publisher,
        (args.roots, args.threshold),
        (!args.no_passphrase, args.days),
        now,
    )?;
    say!(
        "made {} root keys ({} must sign) and the publisher keys of {:?} in {}",
        args.roots,
        args.threshold,
        args.publisher,
        dir.display()
    );
    say!("root pin: {pin}");
    say!(
        "customers need {} and this pin; keep the root-*.key files off line",
        dir.join("keyset.tnr").display()
    );
    Ok(())
}

fn init(
    dir: &Path,
    publisher: &str,
    (roots, threshold): (u32, u32),
    (sealed, days): (bool, u32),
    now: Time,
) -> anyhow::Result<RootPin> {
    ceremony::check_root(roots, threshold)?;
    if publisher.trim().is_empty() || publisher.chars().any(char::is_control) {
        return Err(
            Failure::usage("the publisher's name is empty or has control characters").into()
        );
    }
    create_owner_only_folder(dir).map_err(explain::vault)?;
    if dir.join("keysets").exists() {
        return Err(Failure::refused(
            "exists",
            format!("there are publisher keys in {} already", dir.display()),
        )
        .into());
    }
    let passphrase = Passphrase::default();
    if sealed {
        passphrase.choose()?;
    }
    let mut folder = KeyFolder::create(dir, passphrase)?;
    let root = ceremony::make_root(&mut folder, roots, threshold, sealed)?;
    let pin = root.pin();
    folder.trust_root(pin);
    ceremony::begin(&mut folder, publisher, root, (sealed, days), now)?;
    Ok(pin)
}

fn open(args: &FolderArg, now: Time) -> anyhow::Result<KeyFolder> {
    KeyFolder::open(&args.dir, Passphrase::default(), now)
}

fn rotate(args: &RotateArgs, now: Time) -> anyhow::Result<()> {
    let mut folder = open(&args.folder, now)?;
    if args.root {
        ceremony::check_root(args.roots, args.threshold)?;
        ceremony::rotate_root(&mut folder, args.roots, args.threshold, now)?;
        let keyset = folder.keyset()?;
        say!("root changed; key list {}; new root pin: {}", keyset.version, keyset.root.pin());
        say!("applications with the old pin follow by the chain of key lists");
        return Ok(());
    }
    let roles = if args.role.is_empty() { Role::ALL.to_vec() } else { args.role.clone() };
    let made = ceremony::rotate(&mut folder, &roles, args.days, now)?;
    say!("{} new keys; key list {}", made.len(), folder.keyset()?.version);
    Ok(())
}

fn revoke(args: &RevokeArgs, now: Time) -> anyhow::Result<()> {
    let mut folder = open(&args.folder, now)?;
    let revoked = match (&args.key, &args.container) {
        (Some(key), _) => Revoked::Key(key_id(key)?),
        (None, Some(serial)) => {
            let serial = check_serial(serial).map_err(|error| Failure::usage(error.to_string()))?;
            let record = read_record(folder.path(), &serial)?.ok_or_else(|| {
                Failure::refused(
                    "unknown-container",
                    format!("nothing was ever issued to container {serial}"),
                )
            })?;
            Revoked::Container(record.id, record.generation)
        }
        (None, None) => {
            let why =
                "name what to revoke: a key by its ID, or a container with --container SERIAL";
            return Err(Failure::usage(why).hint("tenure keys show prints the IDs").into());
        }
    };
    let sequence = ceremony::revoke(&mut folder, revoked, now)?;
    say!("revocation list {sequence} made; it travels with every update from now on");
    Ok(())
}

fn key_id(text: &str) -> Result<KeyId, Failure> {
    text.parse().map_err(|_| {
        Failure::usage(format!("{text:?} is no key ID")).hint("tenure keys show prints the IDs")
    })
}

/// What is known of a container.
///
/// # Errors
/// The record can't be read.
pub(super) fn read_record(dir: &Path, serial: &str) -> anyhow::Result<Option<ContainerRecord>> {
    let path = record_path(dir, serial);
    if !path.exists() {
        return Ok(None);
    }
    let text = std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
    let record = serde_json::from_slice(&text)
        .map_err(|error| Failure::corrupt(format!("{} can't be read: {error}", path.display())))?;
    Ok(Some(record))
}

/// Where it is kept.
pub(super) fn record_path(dir: &Path, serial: &str) -> PathBuf {
    dir.join("containers").join(format!("{serial}.json"))
}

fn show(args: &ShowArgs, now: Time) -> anyhow::Result<()> {
    let folder = open(&args.folder, now)?;
    let keyset = folder.keyset()?;
    let first = folder.trust().root();
    let revocation = folder.trust().revocation();
    if args.json {
        let text = json!({
            "publisher": keyset.publisher,
            "version": keyset.version,
            "root": { "pin": first.to_string(), "present": keyset.root.pin().to_string(), "threshold": keyset.root.threshold,
                "keys": keyset.root.keys.iter().map(|key| key.id().to_string()).collect::<Vec<_>>() },
            "keys": keyset.keys.iter().enumerate().map(|(place, key)| json!({
                "id": key.id, "role": key.role, "types": key.types, "products": key.products, "sign_from": key.sign_from,
                "sign_until": key.sign_until, "verify_until": key.verify_until,
                "state": state(folder.trust(), &keyset.keys[place..], now), "revoked": folder.trust().is_revoked_key(key.id), "here": folder.private_key(key.id).is_some(),
            })).collect::<Vec<_>>(),
            "revocation": revocation,
        });
        say!("{}", serde_json::to_string_pretty(&text)?);
        return Ok(());
    }
    say!("publisher {:?}, key list {}", keyset.publisher, keyset.version);
    say!("root pin: {first}");
    if keyset.root.pin() != first {
        say!("root pin since the last change of the root: {}", keyset.root.pin());
    }
    say!("{} of {} root keys must sign", keyset.root.threshold, keyset.root.keys.len());
    say!("{}", table(&folder, now)?);
    match revocation {
        None => say!("nothing is revoked"),
        Some(list) => say!(
            "revocation list {}: {} keys, {} containers",
            list.sequence,
            list.keys.len(),
            list.containers.len()
        ),
    }
    Ok(())
}

fn table(folder: &KeyFolder, now: Time) -> anyhow::Result<Table> {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(["KEY", "ROLE", "PRODUCTS", "SIGNS UNTIL", "STATE", "FILE"]);
    let file = |id| match folder.private_key(id).and_then(Path::file_name) {
        Some(name) => name.to_string_lossy().into_owned(),
        None => "not here".into(),
    };
    let keyset = folder.keyset()?;
    for key in &keyset.root.keys {
        let (id, file) = (key.id().to_string(), file(key.id()));
        table.add_row([id, "root".into(), String::new(), String::new(), "active".into(), file]);
    }
    for (place, key) in keyset.keys.iter().enumerate() {
        table.add_row([
            key.id.to_string(),
            key.role.to_string(),
            key.products.join(","),
            key.sign_until.to_string(),
            state(folder.trust(), &keyset.keys[place..], now).into(),
            file(key.id),
        ]);
    }
    Ok(table)
}

/// What a key is good for now: the first of those that are left.
fn state(trust: &Trust, left: &[KeyRecord], now: Time) -> &'static str {
    let Some((key, later)) = left.split_first() else { return "" };
    match () {
        () if trust.is_revoked_key(key.id) => "revoked",
        () if now < key.sign_from => "not yet",
        () if now < key.sign_until => "active",
        () if later.iter().any(|one| one.role == key.role) => "rotated",
        () => "ended",
    }
}
