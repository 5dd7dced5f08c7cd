//! The publisher's key folder: key lists, revocation list, container records and transcript on disk.
//!
//! ```text
//! DIR/                     owner-only
//!   root-<n>.key           sealed; best kept on a stick elsewhere and copied here for a ceremony
//!   publisher-<n>.key      sealed
//!   keyset.tnr             the newest key list, for customers
//!   keysets/<version>.tnr  every key list
//!   revocation.tnr         the newest revocation list
//!   containers/            what was issued to whom
//!   transcript.txt         what was done when
//! ```
//! Invariants: one process at a time; every document in the folder is verified when it is opened; a key list is in
//! `keysets/` before anything is signed with its keys; private keys are found by their public halves, not by name.
//! Deliberately not here: what changes (ceremony), what is issued (issue).

use super::{paper, passphrase::Passphrase};
use crate::{exit::Failure, explain};
use anyhow::Context as _;
use std::{
    collections::BTreeMap,
    fs,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};
use tenure_document::{
    Envelope, Hash, KeyId, KeyRecord, Keyset, Limits, PublicKey, Revocation, Role, RootPin,
    RootRecord, Signer, Time, Trust, read_json, seal,
};
use tenure_issuing::TrustPapers;
use tenure_ledger::FolderLock;
use tenure_vault::{
    KeyAlgorithm, KeyFile, Seal, SecretKey, check_owner_only_folder, create_new,
    create_owner_only_folder, write_atomic,
};

/// The folder of all key lists by version, in every key folder.
const KEYSETS: &str = "keysets";

/// An open key folder.
pub struct KeyFolder {
    path: PathBuf,
    trust: Trust,
    keysets: Vec<(u64, String)>,
    revocation: Option<(u64, String)>,
    keys: BTreeMap<KeyId, PathBuf>,
    passphrase: Passphrase,
    _lock: FolderLock,
}

/// Keys stay alone in their folder: a data folder has keys of its own, of another form.
///
/// # Errors
/// `path` is a key folder.
pub fn check_no_key_folder(path: &Path) -> anyhow::Result<()> {
    if !path.join(KEYSETS).exists() {
        return Ok(());
    }
    let why = format!("{} is a folder of publisher keys, and no data goes into it", path.display());
    Err(Failure::refused("key-folder", why).hint("name a folder of its own with --data").into())
}

impl KeyFolder {
    /// Opens a folder that `tenure keys init` made.
    ///
    /// # Errors
    /// Others can read it, another process uses it, a document in it does not hold.
    pub fn open(path: &Path, passphrase: Passphrase, now: Time) -> anyhow::Result<KeyFolder> {
        if !path.join(KEYSETS).exists() {
            return Err(Failure::refused(
                "no-keys",
                format!("there are no publisher keys in {}", path.display()),
            )
            .hint(format!("make them with: tenure keys init --dir {}", path.display()))
            .into());
        }
        check_owner_only_folder(path).map_err(explain::vault)?;
        let lock = FolderLock::take(path).map_err(explain::lock)?;
        let keysets = read_keysets(&path.join(KEYSETS))?;
        let mut trust = Trust::pin(first_pin(&keysets)?);
        for (_, text) in &keysets {
            trust.adopt_keyset(&paper::read(text.as_bytes())?).map_err(explain::document)?;
        }
        let keys = key_files(path)?;
        let mut folder = KeyFolder {
            path: path.to_owned(),
            trust,
            keysets,
            revocation: None,
            keys,
            passphrase,
            _lock: lock,
        };
        folder.read_revocation(now)?;
        Ok(folder)
    }

    /// A new folder with nothing in it; it trusts nothing until [`KeyFolder::trust_root`].
    ///
    /// # Errors
    /// There are keys in it already; it can't be made.
    pub fn create(path: &Path, passphrase: Passphrase) -> anyhow::Result<KeyFolder> {
        let (trust, keysets) = (Trust::pin(RootPin(Hash::ZERO)), Vec::new());
        let lock = FolderLock::take(path).map_err(explain::lock)?;
        for folder in [KEYSETS, "containers"] {
            create_owner_only_folder(&path.join(folder)).map_err(explain::vault)?;
        }
        let keys = key_files(path)?;
        Ok(KeyFolder {
            path: path.to_owned(),
            trust,
            keysets,
            revocation: None,
            keys,
            passphrase,
            _lock: lock,
        })
    }

    /// Names the root of a new folder, once its keys are made.
    pub fn trust_root(&mut self, root: RootPin) {
        self.trust = Trust::pin(root);
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Everything signed so far.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// The newest key list.
    ///
    /// # Errors
    /// There is none.
    pub fn keyset(&self) -> anyhow::Result<&Keyset> {
        self.trust.keyset().context("the key folder has no key list")
    }

    /// What travels with updates: the newest key list, and of the others those that lead from root to root.
    ///
    /// # Errors
    /// A key list can't be read.
    pub fn papers(&self) -> anyhow::Result<TrustPapers> {
        let mut roots = Vec::with_capacity(self.keysets.len());
        for (_, text) in &self.keysets {
            roots.push(root_pin_of(&paper::read(text.as_bytes())?)?);
        }
        let needed = |place: usize| {
            let changes = |other: Option<&RootPin>| other != roots.get(place);
            // The first of its root after another one, or the last before another one, or the newest of all.
            place > 0 && changes(roots.get(place - 1)) || changes(roots.get(place + 1))
        };
        let chain = self.keysets.iter().enumerate().filter(|(place, _)| needed(*place));
        let keysets = chain.map(|(_, keyset)| keyset.clone()).collect();
        Ok(TrustPapers { keysets, revocation: self.revocation.clone() })
    }

    /// Where the private half of a key is, if it is here.
    pub fn private_key(&self, id: KeyId) -> Option<&Path> {
        self.keys.get(&id).map(PathBuf::as_path)
    }

    /// The newest key of a role that may sign now and that `fits`.
    pub fn current(
        &self,
        role: Role,
        now: Time,
        fits: impl Fn(&KeyRecord) -> bool,
    ) -> anyhow::Result<&KeyRecord> {
        let usable = |record: &&KeyRecord| {
            record.role == role
                && (record.sign_from..=record.sign_until).contains(&now)
                && !self.trust.is_revoked_key(record.id)
                && self.keys.contains_key(&record.id)
                && fits(record)
        };
        self.keyset()?.keys.iter().rev().find(usable).ok_or_else(|| {
            Failure::refused(
                "no-key",
                format!("there is no {role} key here that may sign this now"),
            )
            .hint(format!(
                "make one with: tenure keys add-publisher --role {role} --dir {}",
                self.path.display()
            ))
            .into()
        })
    }

    /// The signer of a key whose private half is here.
    ///
    /// # Errors
    /// It is not here, or its seal does not open.
    pub fn signer(&self, id: KeyId) -> anyhow::Result<Box<dyn Signer>> {
        let path = self.private_key(id).with_context(|| {
            format!("the private half of key {id} is not in {}", self.path.display())
        })?;
        let file = KeyFile::read(path).map_err(explain::vault)?;
        let passphrase = if file.is_sealed() { Some(self.passphrase.ask()?) } else { None };
        let key = file.open(passphrase).map_err(explain::vault)?;
        Ok(key.signer().map_err(explain::vault)?)
    }

    /// As many root signers as the threshold demands.
    ///
    /// # Errors
    /// Too few of the root keys are here.
    pub fn root_signers(&self, root: &RootRecord) -> anyhow::Result<Vec<Box<dyn Signer>>> {
        let here: Vec<KeyId> =
            root.keys.iter().map(PublicKey::id).filter(|id| self.keys.contains_key(id)).collect();
        let needed = root.threshold as usize;
        if here.len() < needed {
            let why = format!(
                "{needed} root keys must sign, {} of {} are in {}",
                here.len(),
                root.keys.len(),
                self.path.display()
            );
            return Err(Failure::refused("below-threshold", why)
                .hint("copy the missing root key files there for the ceremony")
                .into());
        }
        here.into_iter().take(needed).map(|id| self.signer(id)).collect()
    }

    /// Makes a key and its file; a publisher key or, with `name` "root", a root key.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn make_key(&mut self, name: &str, sealed: bool) -> anyhow::Result<PublicKey> {
        let key = SecretKey::generate(KeyAlgorithm::Hybrid).map_err(explain::vault)?;
        let free = |number: &u32| !self.path.join(format!("{name}-{number}.key")).exists();
        let number = (1..=9999).find(free).context("the key folder is full")?;
        let path = self.path.join(format!("{name}-{number}.key"));
        let seal =
            if sealed { Seal::Passphrase(self.passphrase.choose()?) } else { Seal::OwnerOnly };
        key.save(&path, &seal).map_err(explain::vault)?;
        self.keys.insert(key.public().id(), path);
        Ok(key.public().clone())
    }

    /// True when the keys in the folder are sealed.
    pub fn is_sealed(&self) -> bool {
        let sealed = |path: &PathBuf| KeyFile::read(path).is_ok_and(|file| file.is_sealed());
        self.keys.values().any(sealed)
    }

    /// Signs and keeps a key list; the roots of the present one and, where they change, the new ones sign.
    ///
    /// # Errors
    /// Too few root keys are here.
    pub fn publish_keyset(&mut self, keyset: &Keyset) -> anyhow::Result<()> {
        let mut signers = self.root_signers(&keyset.root)?;
        if let Some(present) = self.trust.keyset().filter(|present| present.root != keyset.root) {
            signers.extend(self.root_signers(&present.root)?);
        }
        let signers: Vec<&dyn Signer> = signers.iter().map(AsRef::as_ref).collect();
        let envelope = seal(keyset, &signers);
        self.trust.adopt_keyset(&envelope).map_err(explain::document)?;
        let file = self.path.join(KEYSETS).join(format!("{}.tnr", keyset.version));
        let text = paper::armored(&envelope);
        create_new(&file, text.as_bytes(), 0o644).map_err(explain::vault)?;
        write_atomic(&self.path.join("keyset.tnr"), text.as_bytes(), 0o644)
            .map_err(explain::vault)?;
        self.keysets.push((keyset.version, envelope.to_json()));
        Ok(())
    }

    /// Signs and keeps a revocation list.
    ///
    /// # Errors
    /// There is no revoker key that may sign.
    pub fn publish_revocation(&mut self, list: &Revocation, now: Time) -> anyhow::Result<()> {
        let revoker = self.current(Role::Revoker, now, |_| true)?.id;
        let signer = self.signer(revoker)?;
        self.keep_revocation(&seal(list, &[signer.as_ref()]), now)
    }

    /// Keeps a revocation list that a revoker key signed.
    ///
    /// # Errors
    /// It does not hold, or is older than the one that is here.
    pub fn keep_revocation(&mut self, envelope: &Envelope, now: Time) -> anyhow::Result<()> {
        self.trust.adopt_revocation(envelope, now).map_err(explain::document)?;
        let text = paper::armored(envelope);
        write_atomic(&self.path.join("revocation.tnr"), text.as_bytes(), 0o644)
            .map_err(explain::vault)?;
        self.revocation = Some((self.trust.revocation_sequence(), envelope.to_json()));
        Ok(())
    }

    /// Adds a line to the transcript.
    ///
    /// # Errors
    /// It can't be written.
    pub fn note(&self, now: Time, text: &str) -> anyhow::Result<()> {
        let path = self.path.join("transcript.txt");
        let mut options = fs::OpenOptions::new();
        let written =
            options.append(true).create(true).mode(0o600).open(&path).and_then(|mut file| {
                writeln!(file, "{now} {text}")?;
                file.sync_all()
            });
        written.with_context(|| format!("writing {}", path.display()))
    }

    fn read_revocation(&mut self, now: Time) -> anyhow::Result<()> {
        let path = self.path.join("revocation.tnr");
        if !path.exists() {
            return Ok(());
        }
        let envelope: Envelope = paper::read(&paper::read_file(&path)?)?;
        self.trust.restore_revocation(&envelope, now).map_err(explain::document)?;
        self.revocation = Some((self.trust.revocation_sequence(), envelope.to_json()));
        Ok(())
    }
}

/// The pin of the root that the oldest key list names.
fn first_pin(keysets: &[(u64, String)]) -> anyhow::Result<RootPin> {
    let (_, text) = keysets.first().context("the key folder has no key list")?;
    Ok(root_pin_of(&paper::read(text.as_bytes())?)?)
}

/// The pin of the root that a key list names; says nothing about whether it holds.
pub fn root_pin_of(envelope: &Envelope) -> Result<RootPin, Failure> {
    let keyset: Keyset =
        read_json(&envelope.payload, Limits::PAYLOAD).map_err(explain::document)?;
    Ok(keyset.root.pin())
}

fn read_keysets(folder: &Path) -> anyhow::Result<Vec<(u64, String)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry?.path();
        let version =
            path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
        if let (Some(version), Some("tnr")) =
            (version, path.extension().and_then(|end| end.to_str()))
        {
            found.push((version, paper::read(&paper::read_file(&path)?)?.to_json()));
        }
    }
    found.sort();
    Ok(found)
}

/// The private keys of a folder by their public halves.
fn key_files(folder: &Path) -> anyhow::Result<BTreeMap<KeyId, PathBuf>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "key") {
            let file = KeyFile::read(&path).map_err(explain::vault)?;
            found.insert(file.public().id(), path);
        }
    }
    Ok(found)
}
