//! Portable containers: what a medium is known by, one system at a time, shared use, copies.
//!
//! Time is a value; each machine has its own time since boot.

#[path = "support/device.rs"]
mod device;
#[path = "support/machine.rs"]
mod machine;
#[path = "../../document/tests/support/publisher.rs"]
mod publisher;

use device::{item, meet, received, start};
use expect_test::{Expect, expect};
use machine::MadeUp;
use publisher::Publisher;
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};
use tenure_container::Reading;
use tenure_document::{ContainerKind, Tolerance, seal};
use tenure_issuing::{ContainerRecord, Finding, Order, TrustPapers};
use tenure_vault::{
    DeviceError, DeviceFolder, LinuxMachine, Machine, MachineTrait, NewContainer, OpenContainer,
    SystemMark, TraitKind, TraitReader as _,
};

const DAY_MS: i64 = 86_400_000;

fn traits(filesystem: &str, serial: &str) -> Vec<MachineTrait> {
    let traits = [(TraitKind::MediumFilesystem, filesystem), (TraitKind::MediumSerial, serial)];
    traits.into_iter().filter_map(|(kind, value)| MachineTrait::new(kind, value)).collect()
}

/// A system that a stick may be plugged into: its name, and how long it has run.
struct Guest(&'static str, i64);

const HOST: Guest = Guest("host", DAY_MS);
const VM: Guest = Guest("vm", 100 * DAY_MS);

impl Guest {
    fn machine(&self) -> Machine {
        MadeUp::press().machine().booted(SystemMark::new(self.0, "first boot"))
    }

    /// With the stick of these tests plugged in.
    fn with_stick(&self) -> Machine {
        self.machine().plugged(traits("uuid 1234-abcd", "usb 0781:5583 4c530001230"))
    }

    fn at(&self, seconds: i64) -> Reading {
        let since = Duration::from_secs(u64::try_from(seconds).unwrap());
        Reading { wall: start().plus(since), since_boot_ms: self.1 + seconds * 1000 }
    }
}

/// A stick with one portable container.
struct Stick {
    folder: tempfile::TempDir,
    publisher: Publisher,
    serial: String,
}

impl Stick {
    fn new() -> Stick {
        let (folder, publisher) = (tempfile::tempdir().unwrap(), Publisher::new(0));
        let devices = DeviceFolder::on_medium(&folder.path().join("tenure")).unwrap();
        let new = NewContainer {
            kind: ContainerKind::Portable,
            name: "stick".into(),
            keysets: vec![publisher.keyset_envelope()],
            root: publisher.pin(),
            tolerance: Tolerance::Medium,
        };
        let serial = devices.init(&new, &HOST.with_stick(), HOST.at(0)).unwrap();
        Stick { folder, publisher, serial }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("tenure")
    }

    fn record(&self, what: &str) -> PathBuf {
        self.path().join(format!("{}.{what}", self.serial))
    }

    fn open(&self, guest: &Guest, seconds: i64) -> Result<OpenContainer, DeviceError> {
        self.open_on(&guest.with_stick(), guest.at(seconds))
    }

    fn open_on(&self, machine: &Machine, now: Reading) -> Result<OpenContainer, DeviceError> {
        DeviceFolder::open(&self.path())?.container(&self.serial, machine, now)
    }

    fn update(&self, record: &mut ContainerRecord, id: &str) -> String {
        let order = Order { items: vec![item(id, 1)], ..Order::default() };
        let (next, update) = record.issue(&order, &TrustPapers::default(), start(), None).unwrap();
        *record = next;
        seal(&update, &[&self.publisher.issuer]).to_json()
    }
}

fn code<T>(outcome: Result<T, DeviceError>) -> String {
    match outcome {
        Ok(_) => "opens".to_owned(),
        Err(DeviceError::InUseElsewhere { seconds, .. }) => format!("in-use-elsewhere {seconds}"),
        Err(DeviceError::Shared { seconds, .. }) => format!("shared {seconds}"),
        Err(error) => error.code().unwrap_or("?").to_owned(),
    }
}

#[test]
fn a_stick_opens_wherever_it_is_plugged_and_its_copy_does_not() {
    let stick = Stick::new();
    assert!(stick.open(&HOST, 1).unwrap().report().unwrap().is_full());
    assert_eq!(code(stick.open(&VM, 2)), "opens");
    let on = |filesystem, serial| {
        let machine = HOST.machine().plugged(traits(filesystem, serial));
        code(stick.open_on(&machine, HOST.at(3)))
    };
    // Files copied, the whole medium copied, the file system made anew around them.
    assert_eq!(on("uuid ffff-0000", "usb 0781:5583 4c530009999"), "not-this-medium");
    assert_eq!(on("uuid 1234-abcd", "usb 0781:5583 4c530009999"), "not-this-medium");
    assert_eq!(on("uuid ffff-0000", "usb 0781:5583 4c530001230"), "opens");
    // A folder that is only shared with a guest shows no medium.
    assert_eq!(code(stick.open_on(&VM.machine(), VM.at(4))), "not-this-medium");
    let devices = DeviceFolder::open(&stick.path()).unwrap();
    let report = devices.report(&stick.serial, &HOST.with_stick()).unwrap().unwrap();
    assert_eq!((report.matched, report.total, report.threshold), (9, 9, 6));
}

#[test]
fn nothing_is_made_on_a_medium_without_an_identity() {
    let publisher = Publisher::new(0);
    let folder = tempfile::tempdir().unwrap();
    let devices = DeviceFolder::on_medium(&folder.path().join("tenure")).unwrap();
    let new = NewContainer {
        kind: ContainerKind::Portable,
        name: "stick".into(),
        keysets: vec![publisher.keyset_envelope()],
        root: publisher.pin(),
        tolerance: Tolerance::Medium,
    };
    assert_eq!(code(devices.init(&new, &HOST.machine(), HOST.at(0))), "unknown-medium");
    assert!(devices.list().unwrap().is_empty());
}

#[test]
fn one_system_at_a_time_and_the_next_one_when_it_has_ended() {
    let stick = Stick::new();
    let open = stick.open(&HOST, 0).unwrap();
    let kept = open.stay().unwrap().expect("a portable container");
    drop(open);
    for second in [10, 20, 30, 40, 50, 60, 70] {
        kept.beat().unwrap();
        let seen = code(stick.open(&VM, second));
        assert_eq!(seen, "in-use-elsewhere 60", "second {second}");
        assert_eq!(code(stick.open(&HOST, second)), "opens", "its own programs go on");
    }
    drop(kept);
    assert_eq!(code(stick.open(&VM, 71)), "opens");
    // One call after the other, here and there: each ends in good order.
    for second in 72..76 {
        assert_eq!(code(stick.open(&HOST, second)), "opens");
        assert_eq!(code(stick.open(&VM, second)), "opens");
    }
}

#[test]
fn a_time_since_boot_of_another_machine_does_not_move_the_clock() {
    let stick = Stick::new();
    let time = |guest: &Guest, seconds| {
        let open = stick.open(guest, seconds).unwrap();
        open.time(guest.at(seconds)).as_millis() - start().as_millis()
    };
    assert_eq!(time(&HOST, 0), 0);
    assert_eq!(time(&VM, 100), 100_000, "it has run for a hundred days");
    assert_eq!(time(&HOST, 200), 200_000);
    // A wrong clock far ahead raises the high water by two days, however often it asks.
    let ahead = |seconds| {
        let reading = VM.at(seconds);
        Reading { wall: reading.wall.plus(Duration::from_secs(400 * 86_400)), ..reading }
    };
    for seconds in 300..310 {
        stick.open_on(&VM.with_stick(), ahead(seconds)).unwrap();
    }
    let open = stick.open(&HOST, 400).unwrap();
    assert!(open.rights(HOST.at(400)).behind_ms <= 3 * DAY_MS);
}

#[test]
fn who_was_unplugged_in_use_is_replaced_after_a_minute_and_finds_out() {
    let stick = Stick::new();
    let kept = stick.open(&HOST, 0).unwrap().stay().unwrap().unwrap();
    assert_eq!(code(stick.open(&VM, 0)), "in-use-elsewhere 60");
    assert_eq!(code(stick.open(&VM, 59)), "in-use-elsewhere 1");
    let taken = stick.open(&VM, 60).unwrap().stay().unwrap().unwrap();
    taken.beat().unwrap();
    // The first one comes back: both have used it at once.
    assert_eq!(code(kept.beat()), "shared 300");
    assert_eq!(code(taken.beat()), "shared 300");
    assert_eq!(code(stick.open(&VM, 70)), "shared 300");
    assert_eq!(code(stick.open(&HOST, 80)), "shared 300");
    drop((kept, taken));
    assert_eq!(code(stick.open(&VM, 100)), "shared 300", "the other one is still there");
    assert_eq!(code(stick.open(&VM, 399)), "shared 1");
    assert_eq!(code(stick.open(&VM, 400)), "opens");
    assert_eq!(code(stick.open(&HOST, 401)), "opens", "the lock-out is over for all");
    let left = fs::read_dir(stick.path()).unwrap().flatten();
    let left = left.filter(|entry| entry.file_name().to_string_lossy().contains("watch-"));
    assert_eq!(left.count(), 0, "and leaves nothing behind");
}

#[test]
fn a_use_that_was_taken_over_writes_nothing_more() {
    let stick = Stick::new();
    std::mem::forget(stick.open(&VM, 0).unwrap().stay().unwrap());
    let theirs = fs::read(stick.record("holder")).unwrap();
    let mut open = stick.open(&HOST, 0).unwrap_or_else(|_| {
        assert_eq!(code(stick.open(&HOST, 0)), "in-use-elsewhere 60");
        stick.open(&HOST, 60).unwrap()
    });
    let mut record = ContainerRecord::first_contact(&received(&open.context(HOST.at(61)).unwrap()));
    let update = stick.update(&mut record, "motion");
    // Another guest, whose locks do not reach this one, goes on.
    fs::write(stick.record("holder"), theirs).unwrap();
    assert_eq!(code(open.apply(update.as_bytes(), HOST.at(62))), "shared 300");
    assert_eq!(open.state().sequence(), 0);
    drop(open);
    assert_eq!(code(stick.open(&VM, 63)), "shared 300");
    assert_eq!(code(stick.open(&VM, 363)), "opens");
}

#[test]
fn records_that_make_no_sense_are_a_strangers() {
    let stick = Stick::new();
    fs::write(stick.record("holder"), b"{\"system\":").unwrap();
    assert_eq!(code(stick.open(&HOST, 0)), "in-use-elsewhere 60");
    assert_eq!(code(stick.open(&HOST, 60)), "opens");
    fs::write(stick.record("shared"), b"").unwrap();
    assert_eq!(code(stick.open(&HOST, 61)), "shared 300");
    assert_eq!(code(stick.open(&HOST, 361)), "opens");
    fs::remove_file(stick.record("holder")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", stick.record("holder")).unwrap();
    assert_eq!(code(stick.open(&HOST, 400)), "?", "a link is not followed");
}

#[test]
fn a_hold_whose_record_is_gone_is_over_and_begins_anew() {
    let stick = Stick::new();
    let kept = stick.open(&HOST, 0).unwrap().stay().unwrap().unwrap();
    fs::remove_file(stick.record("holder")).unwrap();
    assert_eq!(code(kept.beat()), "hold-lost");
    drop(kept);
    assert_eq!(code(stick.open(&HOST, 1)), "opens");
}

#[test]
fn a_copied_medium_is_found_at_the_next_contact() {
    let stick = Stick::new();
    let context = |stick: &Stick, second| {
        received(&stick.open(&HOST, second).unwrap().context(HOST.at(second)).unwrap())
    };
    let mut record = ContainerRecord::first_contact(&context(&stick, 0));
    meet(&mut record, &context(&stick, 1));
    // The image of the whole medium, on one whose serial number can't be read: it opens there.
    let copy = fs::read(stick.record("container")).unwrap();
    let update = stick.update(&mut record, "motion");
    stick.open(&HOST, 2).unwrap().apply(update.as_bytes(), HOST.at(2)).unwrap();
    assert_eq!(meet(&mut record, &context(&stick, 3)), Finding::Acknowledges { sequence: 1 });
    fs::write(stick.record("container"), copy).unwrap();
    stick.open(&HOST, 4).unwrap().apply(update.as_bytes(), HOST.at(4)).unwrap();
    assert!(matches!(meet(&mut record, &context(&stick, 5)), Finding::Clone { seen: 1, .. }));
}

#[test]
fn a_medium_need_know_no_owners_but_others_must_not_write_there() {
    let stick = Stick::new();
    let mode = |bits| fs::set_permissions(stick.path(), fs::Permissions::from_mode(bits)).unwrap();
    mode(0o755);
    assert_eq!(code(stick.open(&HOST, 1)), "opens");
    assert_eq!(stick.open(&HOST, 1).unwrap().seats().held("motion", 1).unwrap(), 0);
    mode(0o777);
    assert_eq!(code(stick.open(&HOST, 2)), "?");
    // A container that is bound to the machine is not for such a folder.
    mode(0o700);
    let new = NewContainer {
        kind: ContainerKind::Unbound,
        name: "press".into(),
        keysets: vec![stick.publisher.keyset_envelope()],
        root: stick.publisher.pin(),
        tolerance: Tolerance::Medium,
    };
    let devices = DeviceFolder::open(&stick.path()).unwrap();
    devices.init(&new, &HOST.machine(), HOST.at(3)).unwrap();
    mode(0o755);
    assert_eq!(code(stick.open(&HOST, 4)), "?");
}

/// What a folder's medium shows, on a made-up machine.
fn shown(made: &MadeUp, folder: &str, expected: &Expect) {
    let machine = LinuxMachine::under(made.root()).read_with(Path::new(folder));
    // A trait has no printed form: what it is shows in what it matches.
    let stick = Stick::new();
    let devices = DeviceFolder::open(&stick.path()).unwrap();
    let report = devices.report(&stick.serial, &machine).unwrap().unwrap();
    let lines = report.traits.iter().map(|line| format!("{} {}", line.kind, line.status.name()));
    expected.assert_eq(&lines.collect::<Vec<_>>().join(", "));
}

#[test]
fn what_a_medium_is_known_by() {
    let made = MadeUp::press();
    let usb = "sys/devices/pci0000:00/usb1/1-2";
    made.put(&format!("{usb}/idVendor"), "0781\n")
        .put(&format!("{usb}/idProduct"), "5583\n")
        .put(&format!("{usb}/serial"), "4C530001230\n")
        .put(&format!("{usb}/host6/block/sdb/sdb1/partition"), "1\n")
        .put("dev/sdb1", "")
        .link("sys/dev/block/8:17", "../../devices/pci0000:00/usb1/1-2/host6/block/sdb/sdb1")
        .link("dev/disk/by-uuid/1234-ABCD", "../../sdb1");
    let mounts = |kind: &str| {
        format!(
            "26 1 8:2 / / rw - ext4 /dev/sda2 rw\n40 26 8:17 / /media/my\\040stick rw - {kind} /dev/sdb1 rw\n\
             41 26 0:44 / /mnt/shared rw - virtiofs host rw\n42 26 8:17 /a /srv/stick rw - {kind} /dev/sdb1 rw\n"
        )
    };
    made.put("proc/self/mountinfo", &mounts("vfat"));
    let both = expect!["medium-filesystem matched, medium-serial matched"];
    shown(&made, "/media/my stick/tenure", &both);
    shown(&made, "/srv/stick", &both);
    shown(&made, "/mnt/shared/tenure", &expect!["medium-filesystem absent, medium-serial absent"]);
    shown(&made, "/home", &expect!["medium-filesystem changed, medium-serial changed"]);
    made.drop(&format!("{usb}/serial"));
    shown(&made, "/media/my stick", &expect!["medium-filesystem matched, medium-serial absent"]);
    made.put("proc/self/mountinfo", &mounts("ext4"));
    shown(&made, "/media/my stick", &expect!["medium-filesystem absent, medium-serial absent"]);
}
