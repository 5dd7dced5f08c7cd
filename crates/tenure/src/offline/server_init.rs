//! `tenure server init`: the data folder of a new license server, with its identity key and container.
//!
//! Invariants: the container trusts one root for ever, the pinned one or, when none is given, the one of the key list
//! (then the pin is printed for comparison); nothing is overwritten.
//! Deliberately not here: what lies in the folder (`folder`).

use super::{
    key_folder::{check_no_key_folder, root_pin_of},
    paper,
};
use crate::{exit::Failure, explain, folder};
use clap::Args;
use std::path::{Path, PathBuf};
use tenure_container::{Birth, Container, Reading};
use tenure_document::{
    ContainerId, ContainerKind, Envelope, Hash, Keyset, PublicKey, RootPin, Trust,
};
use tenure_vault::random_bytes;

/// Make a license server.
#[derive(Debug, Args)]
pub struct ServerInitArgs {
    /// Data folder to make.
    #[arg(long, value_name = "DIR", env = "TENURE_DATA")]
    data: PathBuf,
    /// The publisher's key list; several are a chain, oldest first.
    #[arg(long, value_name = "FILE", required = true)]
    keyset: Vec<PathBuf>,
    /// The publisher's root pin, `root:…`, from a source you trust.
    #[arg(long, value_name = "PIN")]
    root: Option<String>,
    /// What people call the server.
    #[arg(long, value_name = "NAME", default_value = "license server")]
    name: String,
}

impl ServerInitArgs {
    /// Carries out the command.
    ///
    /// # Errors
    /// Whatever stands in the way, with its code.
    pub fn run(self) -> anyhow::Result<()> {
        let pin = match &self.root {
            Some(text) => {
                Some(text.parse().map_err(|error| Failure::usage(format!("--root: {error}")))?)
            }
            None => None,
        };
        let made = init(&self.data, &self.keyset, pin, &self.name)?;
        say!("{}", made.serial);
        note!(
            "license server {:?} of publisher {:?} made in {}",
            self.name,
            made.publisher,
            self.data.display()
        );
        if self.root.is_none() {
            note!(
                "it trusts {} for ever; compare this pin with the publisher's, or give it with --root",
                made.pin
            );
        }
        note!(
            "next: tenure server context --data {} -o context.tnr, and send that to the publisher",
            self.data.display()
        );
        Ok(())
    }
}

/// Makes a license server; gives its serial.
///
/// # Errors
/// As `tenure server init`.
pub fn init_server(data: &Path, keyset: &Path, name: &str) -> anyhow::Result<String> {
    Ok(init(data, &[keyset.to_owned()], None, name)?.serial)
}

/// Key lists from their files.
///
/// # Errors
/// A file can't be read, or is no key list.
pub fn read_keysets(paths: &[PathBuf]) -> anyhow::Result<Vec<Envelope>> {
    paths.iter().map(|path| paper::read_one::<Keyset>(path)).collect()
}

/// The root that is pinned, or else the one of the first key list.
///
/// # Errors
/// The pin is none; there is no key list.
pub fn root_of(keysets: &[Envelope], pin: Option<&str>) -> anyhow::Result<RootPin> {
    match (pin, keysets.first()) {
        (Some(text), _) => {
            Ok(text.parse().map_err(|error| Failure::usage(format!("--root: {error}")))?)
        }
        (None, Some(first)) => Ok(root_pin_of(first)?),
        (None, None) => Err(Failure::usage("name a key list").into()),
    }
}

struct Made {
    serial: String,
    publisher: String,
    pin: RootPin,
}

fn init(
    data: &Path,
    keysets: &[PathBuf],
    pin: Option<RootPin>,
    name: &str,
) -> anyhow::Result<Made> {
    if !(1..=256).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        return Err(Failure::usage(
            "a name has 1 to 256 characters, none of them control characters",
        )
        .into());
    }
    check_no_key_folder(data)?;
    let documents = read_keysets(keysets)?;
    let pin = match pin {
        Some(pin) => pin,
        None => root_of(&documents, None)?,
    };
    let mut trust = Trust::pin(pin);
    for document in &documents {
        trust.adopt_keyset(document).map_err(explain::document)?;
    }
    let id = ContainerId(random_bytes().map_err(explain::vault)?);
    let ratchet = Hash::of(&random_bytes::<32>().map_err(explain::vault)?);
    let born = |key: &PublicKey, at: Reading| {
        Ok(Container::new(Birth {
            id,
            name: name.to_owned(),
            kind: ContainerKind::Server,
            key: key.clone(),
            root: pin,
            keysets: documents.iter().map(Envelope::to_json).collect(),
            keyset_version: trust.keyset_version(),
            ratchet,
            at,
        }))
    };
    folder::create(data, born)?;
    let publisher = trust.keyset().map(|keyset| keyset.publisher.clone()).unwrap_or_default();
    Ok(Made { serial: id.serial(), publisher, pin })
}
