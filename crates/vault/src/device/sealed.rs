//! A container file: what anybody may read in front, the sealed body behind it.
//!
//! Invariants: the seal is XChaCha20-Poly1305 under a key that only the machine's traits give back; it covers the format,
//! the container's identity, generation and sequence, the binding and the number of the write, so that no part can be
//! exchanged for that of another file or another time; the newest content is understood or nothing is, so that it is never
//! written over unread.
//! Deliberately not here: where the bytes are (slots), what the body says (body).

use crate::{
    binding::{Binding, BindingReport},
    chance::random_bytes,
    device::{
        body::Body,
        error::DeviceError,
        slots::{Slot, SlotFile},
    },
    error::VaultError,
    machine::Machine,
    secret::SecretBytes,
};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use tenure_document::{Bytes, ContainerId, ContainerKind};

const FORMAT: &str = "tenure-container-v1";
const NONCE_LEN: usize = 24;
const KEY_LEN: usize = 32;

/// What stands in the open. Stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    format: String,
    pub(super) id: ContainerId,
    pub(super) generation: u32,
    pub(super) sequence: u64,
    pub(super) kind: ContainerKind,
    pub(super) name: String,
    pub(super) lid: Lid,
}

/// What opens the body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Lid {
    /// The machine.
    Machine(Binding),
    /// Nothing: the key lies beside it, the owner-only file is all the protection.
    Open(Bytes),
}

/// A container file whose head was read.
pub(super) struct SealedFile {
    path: PathBuf,
    slots: SlotFile,
    /// The counter and content that count first, with their headers.
    found: Vec<(Header, Slot)>,
    is_older: bool,
    key: Option<SecretBytes>,
}

/// What was in it.
pub(super) struct Unsealed {
    pub(super) body: Body,
    /// How the machine fits; none where nothing is bound.
    pub(super) report: Option<BindingReport>,
    /// True when the newest content was damaged.
    pub(super) is_older: bool,
}

impl SealedFile {
    /// Makes the file of a new container, bound to a machine or open.
    pub(super) fn create(
        path: &Path,
        body: &Body,
        lid: Lid,
        key: &SecretBytes,
    ) -> Result<(), DeviceError> {
        let header = Header::of(body, lid);
        SlotFile::create(path, |counter| seal(&header, body, key, counter))
    }

    /// Opens the file, without opening the seal.
    pub(super) fn open(path: &Path) -> Result<SealedFile, DeviceError> {
        let (slots, found) = SlotFile::open(path)?;
        let mut whole = found.slots.into_iter();
        let Some(newest) = whole.next() else {
            let what = "neither of its two copies is whole; restore a backup of it, or ask the publisher to replace it";
            return Err(DeviceError::Damaged { path: path.to_owned(), what });
        };
        let with_header = |slot: Slot| Some((parse(&slot.content)?.0, slot));
        // The one before it would serve in its place, and the next write would go over the newest.
        let newest = with_header(newest)
            .ok_or_else(|| DeviceError::OtherVersion { path: path.to_owned() })?;
        Ok(SealedFile {
            path: path.to_owned(),
            slots,
            found: [newest].into_iter().chain(whole.filter_map(with_header)).collect(),
            is_older: found.is_older,
            key: None,
        })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What stands in the open.
    pub(super) fn header(&self) -> &Header {
        &self.found[0].0
    }

    /// Opens the seal with what the machine gives.
    ///
    /// The older content serves only where the seal of the newest is broken. What the newest binding refuses stays
    /// refused: the one before it may ask for less. So does what another version sealed: it is the newest all the same.
    pub(super) fn unseal(&mut self, machine: &Machine) -> Result<Unsealed, DeviceError> {
        for place in 0..self.found.len() {
            let (header, slot) = &self.found[place];
            let (key, report) = lift(header, machine)?;
            let Some(clear) = unseal(slot, &key) else { continue };
            let body = Body::read(clear.expose())
                .ok_or_else(|| DeviceError::OtherVersion { path: self.path.clone() })?;
            if place > 0 {
                // The next write takes the lid from the first one: it must be the one that this key belongs to.
                self.found.swap(0, place);
                self.slots.turn();
            }
            self.key = Some(key);
            return Ok(Unsealed { body, report, is_older: self.is_older || place > 0 });
        }
        let what = "its seal does not hold: it was altered; restore a backup of it, or ask the publisher to replace it";
        Err(DeviceError::Damaged { path: self.path.clone(), what })
    }

    /// Writes the body under the same key.
    pub(super) fn write(&mut self, body: &Body) -> Result<(), DeviceError> {
        let lid = self.header().lid.clone();
        let Some(key) = self.key.take() else {
            return Err(VaultError::Crypto("writing a container that was not opened").into());
        };
        let written = self.rewrite(body, lid, &key);
        self.key = Some(key);
        written
    }

    /// Writes the body under a new key and lid.
    pub(super) fn rebind(
        &mut self,
        body: &Body,
        lid: Lid,
        key: SecretBytes,
    ) -> Result<(), DeviceError> {
        self.rewrite(body, lid, &key)?;
        self.key = Some(key);
        Ok(())
    }

    fn rewrite(&mut self, body: &Body, lid: Lid, key: &SecretBytes) -> Result<(), DeviceError> {
        let header = Header::of(body, lid);
        let counter = self.slots.next_counter();
        let content = seal(&header, body, key, counter)?;
        self.slots.write(&content)?;
        self.found = vec![(header, Slot { counter, content: Vec::new() })];
        self.is_older = false;
        Ok(())
    }
}

impl Header {
    fn of(body: &Body, lid: Lid) -> Header {
        let container = &body.container;
        Header {
            format: FORMAT.into(),
            id: container.id(),
            generation: container.generation(),
            sequence: container.sequence(),
            kind: container.kind(),
            name: container.name().to_owned(),
            lid,
        }
    }
}

/// The key under a lid, and how the machine fits where it is bound.
fn lift(
    header: &Header,
    machine: &Machine,
) -> Result<(SecretBytes, Option<BindingReport>), DeviceError> {
    let opening = match &header.lid {
        Lid::Open(key) => return Ok((SecretBytes::new(key.0.clone()), None)),
        Lid::Machine(binding) => binding.open(machine),
    };
    let (serial, report) = (header.id.serial(), opening.report);
    match (opening.key, header.kind) {
        (Some(key), _) => Ok((key, Some(report))),
        (None, ContainerKind::Portable) => {
            Err(DeviceError::NotThisMedium { serial, report: Box::new(report) })
        }
        (None, _) => Err(DeviceError::NotThisMachine { serial, report: Box::new(report) }),
    }
}

/// A new key to seal with.
pub(super) fn fresh_key() -> Result<SecretBytes, DeviceError> {
    Ok(SecretBytes::new(random_bytes::<KEY_LEN>()?.to_vec()))
}

/// Length of the header, header, nonce, sealed body.
fn seal(
    header: &Header,
    body: &Body,
    key: &SecretBytes,
    counter: u64,
) -> Result<Vec<u8>, DeviceError> {
    const FAILED: VaultError = VaultError::Crypto("sealing a container");
    let head = serde_json::to_vec(header).map_err(|_| FAILED)?;
    let length = u32::try_from(head.len()).map_err(|_| FAILED)?;
    let nonce = random_bytes::<NONCE_LEN>()?;
    let clear = body.write()?;
    let aad = covered(&head, counter);
    let sealed = XChaCha20Poly1305::new_from_slice(key.expose())
        .map_err(|_| FAILED)?
        .encrypt(&XNonce::from(nonce), Payload { msg: clear.expose(), aad: &aad })
        .map_err(|_| FAILED)?;
    Ok([&length.to_be_bytes(), head.as_slice(), &nonce, &sealed].concat())
}

fn unseal(slot: &Slot, key: &SecretBytes) -> Option<SecretBytes> {
    let (_, head, rest) = parse(&slot.content)?;
    let (nonce, sealed) = rest.split_first_chunk::<NONCE_LEN>()?;
    let aad = covered(head, slot.counter);
    let clear = XChaCha20Poly1305::new_from_slice(key.expose())
        .ok()?
        .decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: &aad })
        .ok()?;
    Some(SecretBytes::new(clear))
}

/// What the seal covers besides the body.
fn covered(head: &[u8], counter: u64) -> Vec<u8> {
    [b"TENURE-CONTAINER-V1".as_slice(), &counter.to_be_bytes(), head].concat()
}

/// The header, its bytes, and what follows.
fn parse(content: &[u8]) -> Option<(Header, &[u8], &[u8])> {
    let (length, rest) = content.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (head, rest) = rest.split_at_checked(length)?;
    let header: Header = serde_json::from_slice(head).ok()?;
    let is_sound = header.format == FORMAT
        && match &header.lid {
            Lid::Machine(binding) => binding.fault().is_none(),
            Lid::Open(key) => key.0.len() == KEY_LEN,
        };
    is_sound.then_some((header, head, rest))
}
