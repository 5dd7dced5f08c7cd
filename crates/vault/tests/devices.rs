//! Containers of devices from the first context to a restored backup, with the publisher's own code on the other side.

#[path = "support/device.rs"]
mod device;
#[path = "support/machine.rs"]
mod machine;
#[path = "../../document/tests/support/publisher.rs"]
mod publisher;

use device::{Device, day, item, meet, received};
use machine::MadeUp;
use std::fs;
use tenure_container::Reading;
use tenure_document::{ContainerKind, Tolerance};
use tenure_issuing::{ContainerRecord, Finding};
use tenure_vault::{DeviceError, DeviceFolder, TraitStatus};

#[test]
fn from_the_first_context_to_the_receipt() {
    let device = Device::new(Tolerance::Medium);
    let listed = device.devices().list().unwrap();
    assert_eq!((listed[0].serial.as_str(), listed[0].sequence), (device.serial.as_str(), 0));

    let context = device.context(day(0));
    let level = context.binding.unwrap();
    assert_eq!((level.matched, level.total, level.threshold), (18, 18, 11));
    let mut record = ContainerRecord::first_contact(&context);
    meet(&mut record, &context);
    let update = device.issue(&mut record, &[("motion", 1), ("vision", 3)], day(0));

    let applied = device.open(day(0)).unwrap().apply(update.as_bytes(), day(0)).unwrap();
    assert_eq!((applied.sequence, applied.events.is_empty()), (2, false));
    assert!(applied.receipt.contains("BEGIN TENURE RECEIPT"));
    let again = device.open(day(0)).unwrap().apply(update.as_bytes(), day(0)).unwrap();
    assert_eq!((again.sequence, again.events.is_empty()), (2, true), "applied already");

    let open = device.open(day(1)).unwrap();
    assert_eq!(open.state().items().count(), 2);
    drop(open);
    assert_eq!(device.devices().list().unwrap()[0].sequence, 2);
    assert_eq!(meet(&mut record, &device.context(day(1))), Finding::Acknowledges { sequence: 2 });
}

#[test]
fn a_copied_file_does_not_open_on_another_machine_and_says_why() {
    let device = Device::new(Tolerance::Loose);
    let other = MadeUp::press();
    other
        .put("sys/class/dmi/id/product_uuid", "aaaabbbb-0043-3510-8052-b4c04f4d4e31")
        .put("sys/class/dmi/id/board_serial", "CN7016343B00KZ")
        .put("etc/machine-id", "aaaa19c7c4c5404aaa1f6d2a48adfda4")
        .put("sys/class/net/enp1s0/address", "3c:ec:ef:01:02:13")
        .put("sys/class/net/enp2s0/address", "3c:ec:ef:01:02:14")
        .put("sys/devices/pci0000:00/block/sda/device/wwid", "naa.5002538d40878f99");
    let refused = device.devices().container(&device.serial, &other.machine(), day(0));
    let Err(DeviceError::NotThisMachine { report, .. }) = refused else { panic!("it opened") };
    assert_eq!((report.matched, report.threshold), (3, 8));
    let report = device.devices().report(&device.serial, &other.machine()).unwrap().unwrap();
    let changed = report.traits.iter().filter(|line| line.status == TraitStatus::Changed);
    assert_eq!(changed.count(), 6);
    // The state does not stand in the open.
    let bytes = fs::read(device.file()).unwrap();
    for word in ["history_hash", "seed", "keysets"] {
        assert!(!bytes.windows(word.len()).any(|part| part == word.as_bytes()), "{word}");
    }
    assert!(device.open(day(0)).is_ok(), "at home it does");
}

#[test]
fn a_machine_that_changed_a_little_heals_after_three_stable_days() {
    let device = Device::new(Tolerance::Medium);
    device.made.put("sys/class/dmi/id/board_serial", "CN7016343B00KZ");
    let open = device.open(day(1)).unwrap();
    assert_eq!((open.report().unwrap().matched, open.has_healed()), (15, false));
    assert_eq!(open.drift().unwrap().heals_at, Some(day(4).wall));
    drop(open);
    // Another change begins the wait anew.
    device.made.put("proc/sys/kernel/hostname", "press-8");
    assert!(!device.open(day(3)).unwrap().has_healed());
    assert!(!device.open(day(5)).unwrap().has_healed());
    assert!(device.open(day(6)).unwrap().has_healed());
    let open = device.open(day(7)).unwrap();
    assert!(open.report().unwrap().is_full());
    assert_eq!((open.drift().unwrap().gone, open.drift().unwrap().heals_at), (4, None));
    drop(open);
    // Back to what it was: the old board is the changed one now.
    device.made.put("sys/class/dmi/id/board_serial", "/7QX3/CN7016343B00KQ/");
    assert_eq!(device.open(day(8)).unwrap().report().unwrap().matched, 15);
}

#[test]
fn a_container_does_not_wander_from_machine_to_machine_part_by_part() {
    let device = Device::new(Tolerance::Medium);
    device.made.put("sys/class/dmi/id/board_serial", "CN7016343B00KZ");
    device.made.put("sys/devices/pci0000:00/block/sda/device/wwid", "naa.50025388888");
    assert!(!device.open(day(1)).unwrap().has_healed());
    assert!(device.open(day(5)).unwrap().has_healed(), "6 of 18 are gone: within the half");
    device.made.put("sys/class/dmi/id/product_uuid", "aaaabbbb-0043-3510-8052-b4c04f4d4e31");
    device.made.put("proc/sys/kernel/hostname", "other");
    assert!(!device.open(day(6)).unwrap().has_healed());
    let open = device.open(day(30)).unwrap();
    assert!(!open.has_healed(), "10 of 18 would be gone");
    assert!(open.drift().unwrap().is_too_far());
    drop(open);

    // Once the publisher has answered a context that told of this machine, drift begins anew.
    let context = device.context(day(31));
    let mut record = ContainerRecord::first_contact(&context);
    meet(&mut record, &context);
    let update = device.issue(&mut record, &[("motion", 1)], day(32));
    device.open(day(32)).unwrap().apply(update.as_bytes(), day(32)).unwrap();
    assert!(device.open(day(33)).unwrap().has_healed());
    assert_eq!(device.open(day(33)).unwrap().drift().unwrap().gone, 0);
}

#[test]
fn an_update_that_answers_no_such_context_leaves_the_drift_as_it_is() {
    let device = Device::new(Tolerance::Medium);
    let context = device.context(day(0));
    let mut record = ContainerRecord::first_contact(&context);
    meet(&mut record, &context);
    let update = device.issue(&mut record, &[("motion", 1)], day(0));
    device.made.put("sys/class/dmi/id/board_serial", "CN7016343B00KZ");
    device.open(day(1)).unwrap().apply(update.as_bytes(), day(1)).unwrap();
    assert_eq!(device.open(day(1)).unwrap().drift().unwrap().gone, 3);
}

#[test]
fn a_restored_older_file_is_found_at_the_next_contact() {
    let device = Device::new(Tolerance::Medium);
    let mut record = ContainerRecord::first_contact(&device.context(day(0)));
    meet(&mut record, &device.context(day(0)));
    let backup = fs::read(device.file()).unwrap();
    let update = device.issue(&mut record, &[("motion", 1)], day(0));
    device.open(day(0)).unwrap().apply(update.as_bytes(), day(0)).unwrap();
    meet(&mut record, &device.context(day(1)));
    fs::write(device.file(), backup).unwrap();
    assert_eq!(meet(&mut record, &device.context(day(2))), Finding::Rollback { seen: 0 });
}

#[test]
fn two_copies_that_apply_the_same_update_are_told_apart() {
    let device = Device::new(Tolerance::Medium);
    let mut record = ContainerRecord::first_contact(&device.context(day(0)));
    meet(&mut record, &device.context(day(0)));
    let backup = fs::read(device.file()).unwrap();
    let update = device.issue(&mut record, &[("motion", 1)], day(0));
    device.open(day(0)).unwrap().apply(update.as_bytes(), day(0)).unwrap();
    assert_eq!(meet(&mut record, &device.context(day(1))), Finding::Acknowledges { sequence: 1 });
    // The clone of the machine applies it too.
    fs::write(device.file(), backup).unwrap();
    device.open(day(1)).unwrap().apply(update.as_bytes(), day(1)).unwrap();
    assert!(matches!(meet(&mut record, &device.context(day(2))), Finding::Clone { seen: 1, .. }));
}

#[test]
fn a_history_that_was_never_issued_is_a_fork() {
    let device = Device::new(Tolerance::Medium);
    let context = device.context(day(0));
    let mut record = ContainerRecord::first_contact(&context);
    meet(&mut record, &context);
    // The publisher's records are restored from a backup after the first update went out.
    let mut restored = record.clone();
    let update = device.issue(&mut record, &[("motion", 1)], day(0));
    device.open(day(0)).unwrap().apply(update.as_bytes(), day(0)).unwrap();
    assert_eq!(meet(&mut restored, &device.context(day(1))), Finding::Fork { seen: 1 });
}

#[test]
fn damage_is_survived_once_and_said() {
    let device = Device::new(Tolerance::Medium);
    let mut record = ContainerRecord::first_contact(&device.context(day(0)));
    meet(&mut record, &device.context(day(0)));
    let update = device.issue(&mut record, &[("motion", 1)], day(0));
    device.open(day(0)).unwrap().apply(update.as_bytes(), day(0)).unwrap();
    let whole = fs::read(device.file()).unwrap();
    // Whichever slot is hit: the container opens, with what it was or what it is.
    let slot = u64::from_be_bytes(whole[16..24].try_into().unwrap()) as usize;
    let (first, second) = (4096 + 200, 4096 + slot + 200);
    for at in [first, second] {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x40;
        fs::write(device.file(), &damaged).unwrap();
        let open = device.open(day(0)).unwrap();
        assert_eq!(open.older_taken(), u32::from(open.state().sequence() == 0), "at {at}");
    }
    let mut damaged = whole.clone();
    damaged[first] ^= 1;
    damaged[second] ^= 1;
    fs::write(device.file(), &damaged).unwrap();
    assert!(matches!(device.open(day(0)), Err(DeviceError::Damaged { .. })));
    assert!(device.devices().list().unwrap().is_empty());
    assert_eq!(device.devices().damaged().unwrap()[0].0, device.serial);
    fs::write(device.file(), &whole[..3000]).unwrap();
    assert!(matches!(device.open(day(0)), Err(DeviceError::Damaged { .. })));
    fs::write(device.file(), &whole).unwrap();
    assert_eq!(device.open(day(0)).unwrap().older_taken(), 0);
}

/// A container whose newer slot is bound strictly, and the one before it loosely.
fn bound_anew() -> Device {
    let device = Device::new(Tolerance::Loose);
    let context = device.context(day(0));
    let mut record = ContainerRecord::first_contact(&context);
    meet(&mut record, &context);
    let mut strict = item("motion", 1);
    strict.binding = Some(Tolerance::Strict);
    let update = device.issue_items(&mut record, vec![strict], day(0));
    device.open(day(0)).unwrap().apply(update.as_bytes(), day(0)).unwrap();
    drop(device.open(day(0)).unwrap());
    let report = device.devices().report(&device.serial, &device.made.machine()).unwrap();
    assert_eq!(report.unwrap().threshold, 15, "as strictly as the item wants it");
    device
}

#[test]
fn what_the_newer_binding_refuses_the_older_one_does_not_open() {
    let device = bound_anew();
    // 9 of 18 are gone: enough for the loose binding in the slot before.
    device
        .made
        .put("sys/class/dmi/id/board_serial", "CN7016343B00KZ")
        .put("sys/devices/pci0000:00/block/sda/device/wwid", "naa.50025388888")
        .put("sys/class/dmi/id/product_uuid", "aaaabbbb-0043-3510-8052-b4c04f4d4e31");
    let Err(DeviceError::NotThisMachine { report, .. }) = device.open(day(1)) else {
        panic!("the older binding opened")
    };
    assert_eq!((report.matched, report.threshold), (9, 15));

    device
        .made
        .put("sys/class/dmi/id/board_serial", "/7QX3/CN7016343B00KQ/")
        .put("sys/devices/pci0000:00/block/sda/device/wwid", "naa.5002538d40878f8e")
        .put("sys/class/dmi/id/product_uuid", "4c4c4544-0043-3510-8052-b4c04f4d4e31");
    let open = device.open(day(2)).unwrap();
    assert_eq!((open.older_taken(), open.state().items().count()), (0, 1));
}

#[test]
fn an_older_copy_that_has_to_serve_keeps_its_own_binding() {
    let device = bound_anew();
    // By somebody who can't seal.
    device.rewrite(|_, content| *content.last_mut().unwrap() ^= 1);

    // The older one serves, and that is noted: what is written then can be opened again.
    for _ in 0..3 {
        let open = device.open(day(0)).unwrap();
        assert_eq!((open.older_taken(), open.state().items().count()), (1, 1));
    }
}

#[test]
fn a_file_under_another_name_is_not_taken_for_that_container() {
    let (one, two) = (Device::new(Tolerance::Medium), Device::new(Tolerance::Medium));
    fs::copy(one.file(), two.file()).unwrap();
    assert!(matches!(two.open(day(0)), Err(DeviceError::Damaged { .. })));
}

#[test]
fn a_clock_once_set_to_the_future_does_not_kill_a_license_and_one_set_back_gains_nothing() {
    let device = Device::new(Tolerance::Medium);
    let boot = 1 + 86_400_000;
    let ten_years = Reading { wall: day(3650).wall, since_boot_ms: boot };
    drop(device.open(ten_years).unwrap());
    // Put right again within the same boot: at most 48 hours were lost.
    let right = Reading { wall: day(1).wall, since_boot_ms: boot + 60_000 };
    let open = device.open(right).unwrap();
    assert!(open.time(right) <= day(4).wall, "{}", open.time(right));
    drop(open);
    let back = Reading {
        wall: day(0).wall.minus(std::time::Duration::from_secs(86_400 * 365)),
        since_boot_ms: boot + 120_000,
    };
    let open = device.open(back).unwrap();
    assert!(open.time(back) >= day(1).wall, "{}", open.time(back));
}

#[test]
fn who_shows_nothing_can_only_have_an_unbound_container() {
    let refused =
        Device::of(ContainerKind::Bound, Tolerance::Loose, MadeUp::empty()).err().unwrap();
    assert!(matches!(refused, DeviceError::TooFewTraits { weight: 0, .. }));
    assert!(refused.to_string().contains("nothing at all"), "{refused}");
    let device = Device::of(ContainerKind::Unbound, Tolerance::Loose, MadeUp::empty()).unwrap();
    let open = device.open(day(0)).unwrap();
    assert!(open.report().is_none() && open.drift().is_none());
    drop(open);
    assert!(device.context(day(0)).binding.is_none());
    let refused =
        Device::of(ContainerKind::Server, Tolerance::Loose, MadeUp::press()).err().unwrap();
    assert_eq!(refused.code(), Some("bad-request"));
}

#[test]
fn names_that_are_no_serials_lead_nowhere() {
    let device = Device::new(Tolerance::Medium);
    let machine = device.made.machine();
    for name in ["", "../device", "T-0000-0000-0001", "/etc/passwd"] {
        assert!(device.devices().container(name, &machine, day(0)).is_err(), "{name}");
    }
    let lower = device.serial.to_lowercase().replace('-', " ");
    assert!(device.devices().container(&lower, &machine, day(0)).is_ok(), "as people type it");
    let other = Device::new(Tolerance::Medium);
    let refused = device.devices().container(&other.serial, &machine, day(0)).err().unwrap();
    assert_eq!(refused.code(), Some("no-container"));
    assert!(DeviceFolder::open(&device.folder.path().join("missing")).is_err());
}

#[test]
fn an_update_for_another_device_is_told_from_one_for_nobody() {
    let (device, other) = (Device::new(Tolerance::Medium), Device::new(Tolerance::Medium));
    let context = device.context(day(0));
    let mut record = ContainerRecord::first_contact(&context);
    meet(&mut record, &context);
    let update = device.issue(&mut record, &[("i1", 1)], day(0));
    let addressed = |folder: &DeviceFolder, file: &str| match folder.addressed(file.as_bytes()) {
        Ok(serial) => serial,
        Err(error) => format!("{}: {error}", error.code().unwrap()),
    };
    assert_eq!(addressed(&device.devices(), &update), device.serial);
    assert_eq!(
        addressed(&other.devices(), &update),
        format!(
            "wrong-container: the file is for container {}, this device has {}",
            device.serial, other.serial
        )
    );
    let empty = tempfile::tempdir().unwrap();
    let empty = DeviceFolder::create(&empty.path().join("device")).unwrap();
    assert!(addressed(&empty, &update).starts_with("no-container: "));
}

#[test]
fn calls_from_many_threads_come_one_after_the_other() {
    let device = Device::new(Tolerance::Medium);
    let context = device.context(day(0));
    let mut record = ContainerRecord::first_contact(&context);
    meet(&mut record, &context);
    let updates: Vec<String> =
        (1..=6).map(|n| device.issue(&mut record, &[(&format!("i{n}"), 1)], day(0))).collect();
    std::thread::scope(|scope| {
        for update in &updates {
            scope.spawn(|| device.open(day(0)).unwrap().apply(update.as_bytes(), day(0)).unwrap());
        }
    });
    let open = device.open(day(0)).unwrap();
    assert_eq!((open.state().sequence(), open.state().items().count()), (6, 6));
    drop(open);
    assert_eq!(
        meet(&mut record, &received(&device.open(day(0)).unwrap().context(day(0)).unwrap())),
        Finding::Acknowledges { sequence: 6 }
    );
}

#[test]
fn a_thousand_items_travel_in_one_update() {
    let device = Device::new(Tolerance::Medium);
    let context = device.context(day(0));
    let mut record = ContainerRecord::first_contact(&context);
    meet(&mut record, &context);
    let ids: Vec<String> = (0..1000).map(|n| format!("item-{n}")).collect();
    let items: Vec<(&str, u32)> = ids.iter().map(|id| (id.as_str(), 1)).collect();
    let update = device.issue(&mut record, &items, day(0));
    let applied = device.open(day(0)).unwrap().apply(update.as_bytes(), day(0)).unwrap();
    assert_eq!(applied.sequence, 1000);
    let open = device.open(day(0)).unwrap();
    assert_eq!(open.evidence("item-999").count(), 1);
    drop(open);
    assert_eq!(
        meet(&mut record, &device.context(day(0))),
        Finding::Acknowledges { sequence: 1000 }
    );
}
