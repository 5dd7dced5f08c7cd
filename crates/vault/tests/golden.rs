//! Container files of the first version: what was once written opens for ever.
//!
//! Invariants: the files below `golden` are never written again, which their hashes show; a new version gets files of its
//! own. They hold no secret: machine, keys and publisher are made up and stand in this repository.
//! Deliberately not here: what a container does (devices).

#[path = "support/device.rs"]
mod device;
#[path = "support/machine.rs"]
mod machine;
#[path = "../../document/tests/support/publisher.rs"]
mod publisher;

use device::{Device, day, item, meet, received};
use expect_test::{Expect, expect};
use machine::MadeUp;
use std::{fs, path::PathBuf};
use tenure_document::{ContainerId, ContainerKind, Hash, Item, Kind, Tolerance, seal};
use tenure_issuing::{ContainerRecord, Order, TrustPapers};
use tenure_vault::{DeviceError, DeviceFolder};

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// The file of a container of a press with a counted and a metered item, some of which is used up.
fn made(kind: ContainerKind) -> Vec<u8> {
    let device = Device::of(kind, Tolerance::Medium, MadeUp::press()).unwrap();
    let context = device.context(day(0));
    let mut record = ContainerRecord::first_contact(&context);
    meet(&mut record, &context);
    let metered = Kind::Metered { reusable: false, undo_seconds: 300 };
    let items = vec![item("motion", 3), Item { kind: metered, ..item("cuts", 100) }];
    let order = Order { items, ..Order::default() };
    let (_, update) = record.issue(&order, &TrustPapers::default(), day(0).wall, None).unwrap();
    let update = seal(&update, &[&device.publisher.issuer]).to_json();
    device.open(day(0)).unwrap().apply(update.as_bytes(), day(0)).unwrap();
    device.open(day(0)).unwrap().consume("cuts", 7).unwrap();
    fs::read(device.file()).unwrap()
}

/// Opens a file of the first version on the machine that it was made on.
///
/// A file that is not there is made: that is how the first one of a kind comes about, before its hash stands here.
fn check(name: &str, kind: ContainerKind, hash: Expect, shown: Expect) {
    if !golden(name).exists() {
        fs::create_dir_all(golden("")).unwrap();
        fs::write(golden(name), made(kind)).unwrap();
    }
    let bytes = fs::read(golden(name)).unwrap();
    hash.assert_eq(&Hash::of(&bytes).to_string());
    let serial = &serial(&bytes);
    let folder = tempfile::tempdir().unwrap();
    let devices = DeviceFolder::create(&folder.path().join("device")).unwrap();
    fs::write(folder.path().join(format!("device/{serial}.container")), &bytes).unwrap();
    let listed = devices.listed(serial).unwrap();
    let machine = MadeUp::press().machine();
    let mut open = devices.container(serial, &machine, day(1)).unwrap();
    let mut said = format!("{serial} {:?} {:?} at {}\n", listed.name, listed.kind, listed.sequence);
    for item in open.state().items() {
        let used = open.consumed(&item.id);
        said += &format!("{} {} {:?}, {used} used\n", item.id, item.version, item.count);
    }
    // It signs with the key that it always had, and goes on to be written.
    let context = received(&open.context(day(1)).unwrap());
    said += &format!("key {}\nhistory {}\n", context.key.id(), context.history_hash);
    assert_eq!(open.consume("cuts", 1).unwrap(), Some(92));
    shown.assert_eq(&said);
    drop(open);
    let opened = devices.container(serial, &MadeUp::empty().machine(), day(1)).map(drop);
    match kind {
        ContainerKind::Unbound => opened.unwrap(),
        _ => assert!(matches!(opened, Err(DeviceError::NotThisMachine { .. }))),
    }
}

/// The serial of a container, as the head of its file says it in the open.
fn serial(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let (_, id) = text.split_once("\"id\":").unwrap();
    let id = id.split(',').next().unwrap();
    serde_json::from_str::<ContainerId>(id).unwrap().serial()
}

#[test]
fn a_bound_container_of_the_first_version_opens() {
    check(
        "container-1-bound.bin",
        ContainerKind::Bound,
        expect!["j0NJLRf6QH5pbqM_VaHzgy88rMG2l-pll1VggweRjM0"],
        expect![[r#"
            T-V2JK-B7SK-WAVC "press 7" Bound at 2
            cuts 2.0 Counted(100), 7 used
            motion 2.0 Counted(3), 0 used
            key qCHaDxSEDW-dtBTnGse8Y0hhB8SZDLQSns2We5kwsEU
            history tXiL5186YSOUcgMu8sv_i9lPP2tTSH0sWkBb8MbWwyQ
        "#]],
    );
}

#[test]
fn an_unbound_container_of_the_first_version_opens() {
    check(
        "container-1-unbound.bin",
        ContainerKind::Unbound,
        expect!["8xyUhyTvQo94_4HMKPCpUFBe4t31rIbXqR6uXwFdJMI"],
        expect![[r#"
        T-6SMS-YASP-74XG "press 7" Unbound at 2
        cuts 2.0 Counted(100), 7 used
        motion 2.0 Counted(3), 0 used
        key d5KzaJlNUAkvz31HqUjlUFAer_zhAoEXImFqqfg2YAc
        history tXiL5186YSOUcgMu8sv_i9lPP2tTSH0sWkBb8MbWwyQ
    "#]],
    );
}
