//! Why something with a device's container was not done: a closed list with stable codes.
//!
//! Invariants: each names what is wrong and what to do; a machine that does not fit comes with the report of its traits;
//! nothing was changed.
//! Deliberately not here: exit codes, HTTP statuses.

use crate::{binding::BindingReport, error::VaultError, machine::TraitKind};
use std::{
    io,
    path::{Path, PathBuf},
};
use tenure_container::{TransferFault, UpdateRefusal};
use tenure_document::DocumentError;

/// It was not done.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// There is no such container in the folder.
    #[error("there is no container {serial} in {}", .folder.display())]
    NoContainer {
        /// What was asked for.
        serial: String,
        /// Where.
        folder: PathBuf,
    },
    /// The document is for a container of another device.
    #[error("the file is for container {theirs}, this device has {}", .here.join(", "))]
    OtherDevice {
        /// Whose it is.
        theirs: String,
        /// The containers that are here.
        here: Vec<String>,
    },
    /// The machine is not the one that the container is bound to, or too much of it has changed.
    #[error(
        "container {serial} does not open on this machine: {} of {} points were found again, it needs {}",
        .report.matched, .report.total, .report.threshold
    )]
    NotThisMachine {
        /// The container.
        serial: String,
        /// What was found and what was not.
        report: Box<BindingReport>,
    },
    /// A portable container was copied away from its medium, or too much of the medium has changed.
    #[error(
        "container {serial} does not open on this medium: {} of {} points were found again, it needs {}",
        .report.matched, .report.total, .report.threshold
    )]
    NotThisMedium {
        /// The container.
        serial: String,
        /// What was found and what was not.
        report: Box<BindingReport>,
    },
    /// The folder is on nothing that could be told from a copy.
    #[error(
        "nothing is known of the medium that {} is on: neither its file system nor its hardware has a number that can be read here",
        .folder.display()
    )]
    UnknownMedium {
        /// The folder.
        folder: PathBuf,
    },
    /// A portable container is used by another system.
    #[error(
        "container {serial} is in use on another machine or guest, or was unplugged there without being released; if it is not, it is free in {seconds} seconds"
    )]
    InUseElsewhere {
        /// The container.
        serial: String,
        /// When it is free, if the other one stays silent.
        seconds: u64,
    },
    /// Two systems used a portable container at once.
    #[error(
        "container {serial} is shared between machines or guests, which it must not be: it is closed for all of them; plug it into one only, it opens there {seconds} seconds after the others last touched it"
    )]
    Shared {
        /// The container.
        serial: String,
        /// When it opens, if nobody else touches it.
        seconds: u64,
    },
    /// The use of a portable container ended without this program's doing.
    #[error(
        "container {serial} was unplugged or taken over meanwhile, and is not in use here any more"
    )]
    HoldLost {
        /// The container.
        serial: String,
    },
    /// The machine shows too little of itself to bind something to it.
    #[error(
        "this machine shows too little to bind a container to: {} points of the {needed} needed ({})",
        .weight, if .kinds.is_empty() { "nothing at all".to_owned() } else { names(.kinds) }
    )]
    TooFewTraits {
        /// What it shows.
        kinds: Vec<TraitKind>,
        /// What that counts.
        weight: u32,
        /// What is needed.
        needed: u32,
    },
    /// Another program has the container open, and does not let go.
    #[error("container {serial} is in use by another program; try again when it has finished")]
    InUse {
        /// The container.
        serial: String,
    },
    /// The file does not hold a whole container.
    #[error("{} is damaged: {what}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The newest content of the file is whole, and this program does not understand it.
    #[error(
        "{} was written by another version of this program (or altered): use that version or a newer one; nothing was changed",
        .path.display()
    )]
    OtherVersion {
        /// The file.
        path: PathBuf,
    },
    /// More than a container's file can hold.
    #[error("{} would become larger than a container may be", .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// A metered item has not so many units left.
    #[error("item {item:?} has {left} units left")]
    UsedUp {
        /// The item.
        item: String,
        /// How many are left.
        left: u64,
    },
    /// A name, a number or a kind that makes no sense here.
    #[error("{0}")]
    BadRequest(String),
    /// A document is not accepted.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// An update is not applied.
    #[error(transparent)]
    Update(#[from] UpdateRefusal),
    /// A step of a transfer is not taken.
    #[error(transparent)]
    Transfer(#[from] TransferFault),
    /// A file, a folder, chance or the seal.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl DeviceError {
    /// The stable code; none for what the operating system refused.
    pub fn code(&self) -> Option<&'static str> {
        Some(match self {
            DeviceError::NoContainer { .. } => "no-container",
            DeviceError::OtherDevice { .. } => "wrong-container",
            DeviceError::NotThisMachine { .. } => "not-this-machine",
            DeviceError::NotThisMedium { .. } => "not-this-medium",
            DeviceError::UnknownMedium { .. } => "unknown-medium",
            DeviceError::InUseElsewhere { .. } => "in-use-elsewhere",
            DeviceError::Shared { .. } => "shared",
            DeviceError::HoldLost { .. } => "hold-lost",
            DeviceError::TooFewTraits { .. } => "too-few-traits",
            DeviceError::InUse { .. } => "container-in-use",
            DeviceError::Damaged { .. } => "damaged",
            DeviceError::OtherVersion { .. } => "other-version",
            DeviceError::TooLarge { .. } => "container-too-large",
            DeviceError::UsedUp { .. } => "used-up",
            DeviceError::BadRequest(_) => "bad-request",
            DeviceError::Document(error) => error.code(),
            DeviceError::Update(refusal) => refusal.code(),
            DeviceError::Transfer(fault) => fault.code(),
            DeviceError::Vault(_) => return None,
        })
    }

    /// Wraps an error of the operating system.
    pub(crate) fn io(action: &'static str, path: &Path, source: impl Into<io::Error>) -> Self {
        DeviceError::Vault(VaultError::io(action, path, source))
    }
}

fn names(kinds: &[TraitKind]) -> String {
    kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", ")
}
