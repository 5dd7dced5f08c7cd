//! Seats from a portable container: as long as one is held here, no other machine or guest uses the medium, and when one
//! does all the same, or the medium is gone, the seats end.
//!
//! The medium is the one that temporary files lie on; where that shows no identity the tests say so and show nothing.

#[path = "../../document/tests/support/publisher.rs"]
mod publisher;

use publisher::{Publisher, now};
use std::{fs, path::PathBuf, sync::Arc, time::Duration};
use tenure_container::Reading;
use tenure_document::{
    ContainerKind, Item, Tolerance, read_document, seal, verify_self_signed_context,
};
use tenure_issuing::{ContainerRecord, Order, TrustPapers};
use tenure_sdk::clock::ManualClock;
use tenure_sdk::{Error, Seat, SeatState, Tenure};
use tenure_vault::{
    DeviceError, DeviceFolder, LinuxMachine, Machine, NewContainer, OpenContainer, SystemMark,
    TraitReader as _,
};

struct Stick {
    folder: tempfile::TempDir,
    publisher: Publisher,
    serial: String,
    clock: Arc<ManualClock>,
}

fn reading(seconds: i64) -> Reading {
    Reading { wall: now(), since_boot_ms: 1_000_000 + seconds * 1000 }
}

impl Stick {
    fn new() -> Option<Stick> {
        let (folder, publisher) = (tempfile::tempdir().unwrap(), Publisher::new(0));
        let devices = DeviceFolder::on_medium(&folder.path().join("tenure")).unwrap();
        let new = NewContainer {
            kind: ContainerKind::Portable,
            name: "stick".into(),
            keysets: vec![publisher.keyset_envelope()],
            root: publisher.pin(),
            tolerance: Tolerance::Medium,
        };
        let machine = LinuxMachine::this().read_with(devices.path());
        let serial = match devices.init(&new, &machine, reading(0)) {
            Err(DeviceError::UnknownMedium { folder }) => {
                eprintln!(
                    "SKIPPED: {} is on no medium that can be told from another",
                    folder.display()
                );
                return None;
            }
            made => made.unwrap(),
        };
        let clock = Arc::new(ManualClock::new(now()));
        let stick = Stick { folder, publisher, serial, clock };
        let mut open = stick.other(0).unwrap();
        let context = read_document(open.context(reading(0)).unwrap().as_bytes()).unwrap();
        let context = verify_self_signed_context(&context).unwrap();
        let items =
            r#"[{"id":"cad","feature":"cad","version":"2.0","count":2,"expiry":"permanent"}]"#;
        let items: Vec<Item> = serde_json::from_str(items).unwrap();
        let order = Order { items, ..Order::default() };
        let record = ContainerRecord::first_contact(&context);
        let issued = record.issue(&order, &TrustPapers::default(), now(), None).unwrap();
        let update = seal(&issued.1, &[&stick.publisher.issuer]).to_json();
        open.apply(update.as_bytes(), reading(0)).unwrap();
        drop(open);
        Some(stick)
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("tenure")
    }

    fn holder(&self) -> PathBuf {
        self.path().join(format!("{}.holder", self.serial))
    }

    /// Another guest that the medium is plugged into.
    fn other(&self, seconds: i64) -> Result<OpenContainer, DeviceError> {
        let machine: Machine = LinuxMachine::this().read_with(&self.path());
        let machine = machine.booted(SystemMark::new("another guest", "another boot"));
        DeviceFolder::open(&self.path())?.container(&self.serial, &machine, reading(seconds))
    }

    fn tenure(&self) -> Tenure {
        let pin = self.publisher.pin().to_string();
        Tenure::local(self.path()).root(&pin).clock(self.clock.clone()).open().unwrap()
    }

    /// Lets ten seconds pass, and waits until the sign of life of this process stands on the medium or can't.
    fn ten_seconds(&self, until: impl Fn(&[u8]) -> bool) {
        self.clock.advance(Duration::from_secs(10));
        while !until(&fs::read(self.holder()).unwrap_or_default()) {
            std::thread::yield_now();
        }
    }
}

fn code(outcome: Result<Seat, Error>) -> String {
    outcome.map_or_else(|error| error.code().to_owned(), |_| "granted".to_owned())
}

fn ended(seat: &Seat) -> Option<String> {
    match seat.state() {
        SeatState::Ended(why) => Some(why.code().to_owned()),
        _ => None,
    }
}

#[test]
fn a_held_seat_keeps_the_medium_and_a_returned_one_frees_it() {
    let Some(stick) = Stick::new() else { return };
    let (one, two) = (stick.tenure(), stick.tenure());
    let first = one.checkout("cad", "1.0").unwrap();
    let second = two.checkout("cad", "1.0").unwrap();
    for seconds in [0, 30, 60, 90] {
        let before = fs::read(stick.holder()).unwrap();
        stick.ten_seconds(|now| now != before);
        let refused = stick.other(seconds).map(drop).unwrap_err();
        assert_eq!(refused.code(), Some("in-use-elsewhere"), "after {seconds} seconds");
    }
    assert!(first.is_usable() && second.is_usable());
    drop(first);
    assert_eq!(stick.other(100).map(drop).unwrap_err().code(), Some("in-use-elsewhere"));
    second.give_back().unwrap();
    // In use there: denied here, and granted again when that has ended.
    let there = stick.other(101).unwrap().stay().unwrap();
    assert_eq!(code(one.checkout("cad", "1.0")), "in-use-elsewhere");
    drop(there);
    assert_eq!(code(one.checkout("cad", "1.0")), "granted");
}

#[test]
fn seats_end_when_the_medium_turns_out_to_be_shared() {
    let Some(stick) = Stick::new() else { return };
    let there = stick.other(0).unwrap().stay().unwrap().unwrap();
    let theirs = fs::read(stick.holder()).unwrap();
    drop(there);
    let tenure = stick.tenure();
    let seat = tenure.checkout("cad", "1.0").unwrap();
    // A guest whose locks do not reach this one writes over the record.
    fs::write(stick.holder(), theirs).unwrap();
    stick.clock.advance(Duration::from_secs(10));
    // The thread's next beat finds it.
    while ended(&seat).is_none() {
        std::thread::yield_now();
    }
    assert_eq!(ended(&seat).as_deref(), Some("shared"));
    assert_eq!(code(tenure.checkout("cad", "1.0")), "shared");
    assert_eq!(stick.other(20).map(drop).unwrap_err().code(), Some("shared"));
    drop(seat);
    stick.clock.advance(Duration::from_secs(299));
    assert_eq!(code(tenure.checkout("cad", "1.0")), "shared");
}

#[test]
fn seats_end_when_the_medium_is_gone_before_anybody_else_may_use_it() {
    let Some(stick) = Stick::new() else { return };
    let seat = stick.tenure().checkout("cad", "1.0").unwrap();
    let away = stick.folder.path().join("unplugged");
    fs::rename(stick.path(), &away).unwrap();
    stick.clock.advance(Duration::from_secs(44));
    assert!(seat.is_usable(), "a loose plug for a moment");
    stick.clock.advance(Duration::from_secs(2));
    assert_eq!(ended(&seat).as_deref(), Some("medium-gone"));
    fs::rename(&away, stick.path()).unwrap();
    assert_eq!(ended(&seat).as_deref(), Some("medium-gone"), "what has ended has ended");
}

#[test]
fn a_medium_is_looked_into_besides_the_machines_own_folder() {
    let Some(stick) = Stick::new() else { return };
    let pin = stick.publisher.pin().to_string();
    let own = stick.folder.path().join("own");
    let tenure = Tenure::local(&own).local(stick.path()).root(&pin).clock(stick.clock.clone());
    let tenure = tenure.open().unwrap();
    let seat = tenure.checkout("cad", "1.0").unwrap();
    let before = fs::read(stick.holder()).unwrap();
    // Looked at anew after a minute, in the folder that it is in.
    (0..7).for_each(|_| stick.clock.advance(Duration::from_secs(10)));
    while fs::read(stick.holder()).unwrap() == before {
        std::thread::yield_now();
    }
    assert!(seat.is_usable(), "{:?}", seat.state());
    drop(seat);
    fs::rename(stick.path(), stick.folder.path().join("unplugged")).unwrap();
    assert_eq!(code(tenure.checkout("cad", "1.0")), "unknown-feature");
    DeviceFolder::create(&own).unwrap();
    assert_eq!(code(tenure.checkout("cad", "1.0")), "unknown-feature");
}
