//! The folder of a device: its containers, one sealed file each.
//!
//! ```text
//! DIR/                            owner-only; on a medium, not to be written by others
//!   T-XXXX-XXXX-XXXX.container    sealed
//!   T-XXXX-XXXX-XXXX.lock         one program at a time
//! ```
//! Invariants: the folder is refused where others can read it; a container is named by its serial, and a path is made
//! from nothing but a serial whose check character is right.
//! Deliberately not here: what is done with an open container (open).

use crate::{
    binding::{Binding, BindingReport, Healing},
    chance::random_bytes,
    device::{
        body::Body,
        error::DeviceError,
        evidence::Evidence,
        lock::Lock,
        open::OpenContainer,
        sealed::{Lid, SealedFile, fresh_key},
        seats::Seats,
    },
    error::VaultError,
    key_file::SecretKey,
    machine::Machine,
    owner::{check_owner_only_folder, check_unwritable_folder, create_owner_only_folder},
    signer::KeyAlgorithm,
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};
use tenure_container::{Birth, Container, Reading};
use tenure_document::{
    Bytes, ContainerId, ContainerKind, DocumentError, Envelope, Hash, Payload as _, RootPin,
    Tolerance, Trust, Update, check_serial, read_document, read_json,
};

/// Less than this does not tell one machine from the next.
const WEIGHT_MIN: u32 = 3;
const EXTENSION: &str = "container";

/// A folder with containers.
#[derive(Debug, Clone)]
pub struct DeviceFolder {
    path: PathBuf,
}

/// What a new container shall be.
pub struct NewContainer {
    /// `bound` to this machine, `portable` with its medium, or `unbound`.
    pub kind: ContainerKind,
    /// What people call it: 1 to 256 characters.
    pub name: String,
    /// The publisher's key lists, oldest first.
    pub keysets: Vec<Envelope>,
    /// The publisher's root.
    pub root: RootPin,
    /// How much of the machine may change.
    pub tolerance: Tolerance,
}

/// What can be said of a container without opening it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its identity.
    pub id: ContainerId,
    /// Its serial.
    pub serial: String,
    /// What people call it.
    pub name: String,
    /// What it is bound to.
    pub kind: ContainerKind,
    /// Grows when the publisher starts it anew.
    pub generation: u32,
    /// The number of its last operation.
    pub sequence: u64,
}

impl DeviceFolder {
    /// Opens a folder; makes it where there is none.
    ///
    /// # Errors
    /// Others can read it, or it can't be made.
    pub fn create(path: &Path) -> Result<DeviceFolder, DeviceError> {
        if path.exists() {
            return DeviceFolder::open(path);
        }
        create_owner_only_folder(path)?;
        Ok(DeviceFolder { path: path.to_owned() })
    }

    /// Opens a folder on a medium, for portable containers; makes it where there is none. Media have other owners on
    /// every machine, or none at all: what counts is that nobody else may write there.
    ///
    /// # Errors
    /// Others can write it, or it can't be made.
    pub fn on_medium(path: &Path) -> Result<DeviceFolder, DeviceError> {
        if !path.exists() {
            create_owner_only_folder(path).or_else(|_| check_unwritable_folder(path))?;
        }
        check_unwritable_folder(path)?;
        Ok(DeviceFolder { path: path.to_owned() })
    }

    /// Opens a folder that is there.
    ///
    /// # Errors
    /// It is not there; others can read it, and it holds more than portable containers.
    pub fn open(path: &Path) -> Result<DeviceFolder, DeviceError> {
        let folder = DeviceFolder { path: path.to_owned() };
        match check_owner_only_folder(path) {
            Err(VaultError::OpenToOthers { .. } | VaultError::NotOwner { .. })
                if folder.is_portable() =>
            {
                check_unwritable_folder(path)?;
            }
            checked => checked?,
        }
        Ok(folder)
    }

    /// True when it holds containers, and portable ones only.
    fn is_portable(&self) -> bool {
        let kind = |serial: &String| {
            let file = SealedFile::open(&self.place(serial, EXTENSION)).ok();
            file.map(|file| file.header().kind)
        };
        let serials = self.serials().unwrap_or_default();
        !serials.is_empty()
            && serials.iter().all(|serial| kind(serial) == Some(ContainerKind::Portable))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What processes of this machine note here of seats that they hold of license servers.
    pub fn network_seats(&self) -> Seats {
        Seats::named(self.path.join("network"))
    }

    /// Makes a container; gives its serial.
    ///
    /// # Errors
    /// The key lists do not lead to the root; the machine shows too little; files.
    pub fn init(
        &self,
        new: &NewContainer,
        machine: &Machine,
        now: Reading,
    ) -> Result<String, DeviceError> {
        let bad = |text: &str| Err(DeviceError::BadRequest(text.into()));
        if !(1..=256).contains(&new.name.chars().count()) || new.name.chars().any(char::is_control)
        {
            return bad("a name has 1 to 256 characters, none of them control characters");
        }
        let mut trust = Trust::pin(new.root);
        for keyset in &new.keysets {
            trust.adopt_keyset(keyset)?;
        }
        let key = fresh_key()?;
        let (lid, healing) = match new.kind {
            ContainerKind::Bound => {
                check_weight(machine)?;
                let binding = Binding::new(&key, machine, new.tolerance)?;
                let healing = Healing::new(&binding, machine);
                (Lid::Machine(binding), Some(healing))
            }
            ContainerKind::Portable => {
                let medium = machine.as_medium();
                if medium.traits().is_empty() {
                    return Err(DeviceError::UnknownMedium { folder: self.path.clone() });
                }
                let binding = Binding::new(&key, &medium, new.tolerance)?;
                let healing = Healing::new(&binding, &medium);
                (Lid::Machine(binding), Some(healing))
            }
            ContainerKind::Unbound => (Lid::Open(Bytes(key.expose().to_vec())), None),
            ContainerKind::Server => {
                return bad("a device makes containers of the kinds bound, portable and unbound");
            }
        };
        let now = match new.kind {
            // Its clock counts from the first use on a machine, which is not now.
            ContainerKind::Portable => Reading { since_boot_ms: 0, ..now },
            _ => now,
        };
        let identity = SecretKey::generate(KeyAlgorithm::Ed25519)?;
        let id = ContainerId(random_bytes()?);
        let container = Container::new(Birth {
            id,
            name: new.name.clone(),
            kind: new.kind,
            key: identity.public().clone(),
            root: new.root,
            keysets: new.keysets.iter().map(Envelope::to_json).collect(),
            keyset_version: trust.keyset_version(),
            ratchet: Hash::of(&random_bytes::<32>()?),
            at: now,
        });
        let seed = Bytes(identity.seed().expose().to_vec());
        let consumed = BTreeMap::new();
        let evidence = Evidence::default();
        let body = Body { seed, container, consumed, healing, older_taken: 0, evidence };
        let serial = id.serial();
        let _lock = Lock::take(&self.place(&serial, "lock"), &serial)?;
        SealedFile::create(&self.place(&serial, EXTENSION), &body, lid, &key)?;
        Ok(serial)
    }

    /// The containers in it, in order of their serials, but for those whose file is damaged ([`Self::damaged`]).
    ///
    /// # Errors
    /// The folder can't be read.
    pub fn list(&self) -> Result<Vec<Listed>, DeviceError> {
        Ok(self.serials()?.iter().filter_map(|serial| self.listed(serial).ok()).collect())
    }

    /// The containers whose files can't be read, and why.
    ///
    /// # Errors
    /// The folder can't be read.
    pub fn damaged(&self) -> Result<Vec<(String, DeviceError)>, DeviceError> {
        let fault = |serial: String| self.listed(&serial).err().map(|error| (serial, error));
        Ok(self.serials()?.into_iter().filter_map(fault).collect())
    }

    fn serials(&self) -> Result<Vec<String>, DeviceError> {
        let entries = std::fs::read_dir(&self.path)
            .map_err(|error| DeviceError::io("read folder", &self.path, error))?;
        let mut serials: Vec<String> = entries
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter_map(|name| name.strip_suffix(".container").map(str::to_owned))
            .filter(|serial| check_serial(serial).is_ok_and(|right| right == *serial))
            .collect();
        serials.sort();
        Ok(serials)
    }

    /// What can be said of one container without opening it.
    ///
    /// # Errors
    /// [`DeviceError::NoContainer`], [`DeviceError::Damaged`], [`DeviceError::OtherVersion`].
    pub fn listed(&self, serial: &str) -> Result<Listed, DeviceError> {
        let (serial, _lock, file) = self.file(serial)?;
        let header = file.header();
        Ok(Listed {
            id: header.id,
            serial,
            name: header.name.clone(),
            kind: header.kind,
            generation: header.generation,
            sequence: header.sequence,
        })
    }

    /// The serial of the container that an update is for, as the update says; whether it says the truth is for the
    /// container to find out.
    ///
    /// # Errors
    /// It is not an update; it is for a container of another device; as [`DeviceFolder::listed`].
    pub fn addressed(&self, update: &[u8]) -> Result<String, DeviceError> {
        #[derive(serde::Deserialize)]
        struct Address {
            id: ContainerId,
        }
        let envelope = read_document(update)?;
        let said = read_json::<Address>(&envelope.payload, Update::LIMITS).ok();
        let Some(Address { id }) = said.filter(|_| envelope.payload_type == Update::TYPE) else {
            let expected = Update::TYPE.to_owned();
            let found = envelope.payload_type;
            return Err(DocumentError::WrongType { expected, found }.into());
        };
        let serial = id.serial();
        let here = self.serials()?;
        if here.is_empty() || here.contains(&serial) {
            return self.listed(&serial).map(|listed| listed.serial);
        }
        Err(DeviceError::OtherDevice { theirs: serial, here })
    }

    /// How a machine fits a container, also where that does not open; none where nothing is bound.
    ///
    /// # Errors
    /// As [`DeviceFolder::listed`].
    pub fn report(
        &self,
        serial: &str,
        machine: &Machine,
    ) -> Result<Option<BindingReport>, DeviceError> {
        let (_, _lock, file) = self.file(serial)?;
        Ok(match &file.header().lid {
            Lid::Machine(binding) => Some(binding.open(&bound_to(&file, machine)).report),
            Lid::Open(_) => None,
        })
    }

    /// Opens a container on this machine, for one call: no other program can meanwhile.
    ///
    /// # Errors
    /// [`DeviceError::NoContainer`], [`DeviceError::NotThisMachine`], [`DeviceError::Damaged`],
    /// [`DeviceError::OtherVersion`], [`DeviceError::InUse`]; of a portable one [`DeviceError::NotThisMedium`],
    /// [`DeviceError::InUseElsewhere`], [`DeviceError::Shared`].
    pub fn container(
        &self,
        serial: &str,
        machine: &Machine,
        now: Reading,
    ) -> Result<OpenContainer, DeviceError> {
        let (serial, lock, file) = self.file(serial)?;
        let seats = Seats::beside(&self.place(&serial, EXTENSION));
        let machine = bound_to(&file, machine);
        OpenContainer::open(file, lock, seats, &machine, now)
    }

    /// The serial in its written form, the lock and the file of a container.
    fn file(&self, serial: &str) -> Result<(String, Lock, SealedFile), DeviceError> {
        let serial = check_serial(serial)?;
        let path = self.place(&serial, EXTENSION);
        if !path.exists() {
            return Err(DeviceError::NoContainer { serial, folder: self.path.clone() });
        }
        let lock = Lock::take(&self.place(&serial, "lock"), &serial)?;
        let file = SealedFile::open(&path)?;
        if file.header().id.serial() != serial {
            let what = "it holds another container than its name says";
            return Err(DeviceError::Damaged { path, what });
        }
        Ok((serial, lock, file))
    }

    fn place(&self, serial: &str, extension: &str) -> PathBuf {
        self.path.join(format!("{serial}.{extension}"))
    }
}

/// What a container is bound to: the machine, or the medium it is on.
fn bound_to(file: &SealedFile, machine: &Machine) -> Machine {
    match file.header().kind {
        ContainerKind::Portable => machine.as_medium(),
        _ => machine.clone(),
    }
}

fn check_weight(machine: &Machine) -> Result<(), DeviceError> {
    let (weight, needed) = (machine.weight(), WEIGHT_MIN);
    if weight >= needed && machine.traits().len() > 1 {
        return Ok(());
    }
    let kinds = machine.traits().iter().map(|one| one.kind()).collect();
    Err(DeviceError::TooFewTraits { kinds, weight, needed })
}
