//! A device folder on a made-up machine, and the publisher it belongs to.
//!
//! Invariants: time is a value; the publisher's side is the real issuing code.
#![allow(dead_code)]

use crate::{machine::MadeUp, publisher::Publisher};
use std::{fs, time::Duration};
use tenure_container::Reading;
use tenure_document::{
    ContainerKind, Context, Hasher, Item, Time, Tolerance, Verified, read_document, seal,
    verify_self_signed_context,
};
use tenure_issuing::{ContainerRecord, Finding, Order, TrustPapers};
use tenure_vault::{DeviceError, DeviceFolder, NewContainer, OpenContainer};

const DAY: Duration = Duration::from_secs(86_400);

/// The beginning of all tests here.
pub fn start() -> Time {
    crate::publisher::now()
}

/// `days` after the beginning, on a machine that runs all the time.
pub fn day(days: u32) -> Reading {
    Reading { wall: start().plus(DAY * days), since_boot_ms: 1 + i64::from(days) * 86_400_000 }
}

/// One container on one machine.
pub struct Device {
    pub folder: tempfile::TempDir,
    pub made: MadeUp,
    pub publisher: Publisher,
    pub serial: String,
}

impl Device {
    /// A container that is bound to a press controller.
    pub fn new(tolerance: Tolerance) -> Device {
        Device::of(ContainerKind::Bound, tolerance, MadeUp::press()).unwrap()
    }

    /// A container of any kind on any machine.
    pub fn of(
        kind: ContainerKind,
        tolerance: Tolerance,
        made: MadeUp,
    ) -> Result<Device, DeviceError> {
        let (folder, publisher) = (tempfile::tempdir().unwrap(), Publisher::new(0));
        let new = NewContainer {
            kind,
            name: "press 7".into(),
            keysets: vec![publisher.keyset_envelope()],
            root: publisher.pin(),
            tolerance,
        };
        let devices = DeviceFolder::create(&folder.path().join("device"))?;
        let serial = devices.init(&new, &made.machine(), day(0))?;
        Ok(Device { folder, made, publisher, serial })
    }

    /// The folder.
    pub fn devices(&self) -> DeviceFolder {
        DeviceFolder::open(&self.folder.path().join("device")).unwrap()
    }

    /// Opens the container on the machine as it is now.
    pub fn open(&self, now: Reading) -> Result<OpenContainer, DeviceError> {
        self.devices().container(&self.serial, &self.made.machine(), now)
    }

    /// The file of the container.
    pub fn file(&self) -> std::path::PathBuf {
        self.folder.path().join(format!("device/{}.container", self.serial))
    }

    /// Alters the newest content of the container's file, whose counter it is told, with its length and checksum.
    pub fn rewrite(&self, alter: impl FnOnce(u64, &mut Vec<u8>)) {
        let mut file = fs::read(self.file()).unwrap();
        let number = |bytes: &[u8]| u64::from_be_bytes(bytes.try_into().unwrap());
        // The pointer: counter, slot. A slot: counter, length, checksum, content.
        let slot = 4096 + usize::from(file[520]) * usize::try_from(number(&file[16..24])).unwrap();
        let (counter, length) = (number(&file[slot..slot + 8]), number(&file[slot + 8..slot + 16]));
        let length = usize::try_from(length).unwrap();
        let mut content = file[slot + 48..slot + 48 + length].to_vec();
        alter(counter, &mut content);
        let checksum = Hasher::new().with(b"slot").with_u64(counter).with(&content).finish();
        file[slot + 8..slot + 16].copy_from_slice(&(content.len() as u64).to_be_bytes());
        file[slot + 16..slot + 48].copy_from_slice(checksum.as_bytes());
        file[slot + 48..slot + 48 + content.len()].copy_from_slice(&content);
        fs::write(self.file(), &file).unwrap();
    }

    /// A context as the publisher receives it.
    pub fn context(&self, now: Reading) -> Verified<Context> {
        received(&self.open(now).unwrap().context(now).unwrap())
    }

    /// An update for what the publisher has on record, in its text form.
    pub fn issue(
        &self,
        record: &mut ContainerRecord,
        items: &[(&str, u32)],
        now: Reading,
    ) -> String {
        self.issue_items(record, items.iter().map(|(id, count)| item(id, *count)).collect(), now)
    }

    /// The same, for items of any kind.
    pub fn issue_items(
        &self,
        record: &mut ContainerRecord,
        items: Vec<Item>,
        now: Reading,
    ) -> String {
        let order = Order { items, ..Order::default() };
        let (next, update) = record.issue(&order, &TrustPapers::default(), now.wall, None).unwrap();
        *record = next;
        seal(&update, &[&self.publisher.issuer]).to_json()
    }
}

/// A context as text, verified as at a first contact.
pub fn received(text: &str) -> Verified<Context> {
    verify_self_signed_context(&read_document(text.as_bytes()).unwrap()).unwrap()
}

/// Takes a context in.
pub fn meet(record: &mut ContainerRecord, context: &Verified<Context>) -> Finding {
    let finding = record.decide_context(context).unwrap();
    *record = record.after_context(context, finding);
    finding
}

/// A permanent item.
pub fn item(id: &str, count: u32) -> Item {
    let text = format!(
        r#"{{"id":"{id}","feature":"{id}","version":"2.0","count":{count},"expiry":"permanent"}}"#
    );
    serde_json::from_str(&text).unwrap()
}
