//! Two systems at one medium whose locks don't reach each other: what one does while the other begins is not undone.
//!
//! Deliberately not here: all else about portable containers (`tests/portable.rs`), their rules (`portable::rules`).

use super::{
    DeviceFolder, NewContainer, OpenContainer, lock::Lock, sealed::SealedFile, seats::Seats,
};
use crate::machine::{Machine, MachineTrait, SystemMark, TraitKind};
use tenure_container::Reading;
use tenure_document::{ContainerKind, Hash, MachineKind, RootPin, Time, Tolerance};

const NOW: Reading = Reading { wall: Time::from_millis(1_000_000), since_boot_ms: 5_000 };

fn system(name: &str) -> Machine {
    let medium = MachineTrait::new(TraitKind::MediumSerial, "usb 0781:5583 4c530001230");
    Machine::new(MachineKind::Physical, Vec::new(), Vec::new())
        .booted(SystemMark::new(name, "first boot"))
        .plugged(medium.into_iter().collect())
}

#[test]
fn what_was_read_before_the_use_was_taken_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let devices = DeviceFolder::on_medium(&folder.path().join("tenure")).unwrap();
    let new = NewContainer {
        kind: ContainerKind::Portable,
        name: "stick".into(),
        keysets: Vec::new(),
        root: RootPin(Hash::ZERO),
        tolerance: Tolerance::Medium,
    };
    let serial = devices.init(&new, &system("host"), NOW).unwrap();
    let place = |what: &str| devices.path().join(format!("{serial}.{what}"));

    let read = SealedFile::open(&place("container")).unwrap();
    devices.container(&serial, &system("vm"), NOW).unwrap().regenerate().unwrap();

    let lock = Lock::take(&place("lock"), &serial).unwrap();
    let seats = Seats::beside(&place("container"));
    let host = system("host").as_medium();
    let mut open = OpenContainer::open(read, lock, seats, &host, NOW).unwrap();
    assert_eq!(open.state().generation(), 2);
    assert_eq!(open.regenerate().unwrap(), 3);
    drop(open);
    let listed = devices.listed(&serial).unwrap();
    assert_eq!(listed.generation, 3, "what is written goes on from there");
}
