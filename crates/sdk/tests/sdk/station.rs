//! One station, a container on its machine and a license server: whatever the order of search, it never counts twice.

use std::sync::Arc;

use tenure_container::Reading;
use tenure_document::{ContainerKind, Item, Tolerance, read_document, seal};
use tenure_issuing::{ContainerRecord, Order, TrustPapers};
use tenure_sdk::{Error, Holder, Search, Seat, Tenure};
use tenure_vault::{DeviceFolder, LinuxMachine, NewContainer, TraitReader as _};

use crate::publisher::now;
use crate::server::{FakeServer, Fate, PUBLISHER, holder};

const READING: fn() -> Reading = || Reading { wall: now(), since_boot_ms: 1_000_000 };

/// A machine with a container of its own, beside a license server.
struct Machine {
    folder: tempfile::TempDir,
    server: Arc<FakeServer>,
}

impl Machine {
    fn with(items: &str) -> Machine {
        let folder = tempfile::tempdir().unwrap();
        let devices = DeviceFolder::create(&folder.path().join("device")).unwrap();
        let new = NewContainer {
            kind: ContainerKind::Unbound,
            name: "ws1".into(),
            keysets: vec![PUBLISHER.keyset_envelope()],
            root: PUBLISHER.pin(),
            tolerance: Tolerance::Medium,
        };
        let machine = LinuxMachine::this().read();
        let serial = devices.init(&new, &machine, READING()).unwrap();
        let mut open = devices.container(&serial, &machine, READING()).unwrap();
        let context = read_document(open.context(READING()).unwrap().as_bytes()).unwrap();
        let context = tenure_document::verify_self_signed_context(&context).unwrap();
        let items: Vec<Item> = serde_json::from_str(items).unwrap();
        let order = Order { items, ..Order::default() };
        let record = ContainerRecord::first_contact(&context);
        let issued = record.issue(&order, &TrustPapers::default(), now(), None).unwrap();
        let update = seal(&issued.1, &[&PUBLISHER.issuer]).to_json();
        open.apply(update.as_bytes(), READING()).unwrap();
        Machine { folder, server: FakeServer::new() }
    }

    /// Another process of this machine.
    fn process(&self, order: Search, session: Option<&str>) -> Tenure {
        let holder = Holder { session: session.map(str::to_owned), ..holder("ann") };
        let builder = self.server.client().holder(holder).search(order);
        builder.local(self.folder.path().join("device")).open().unwrap()
    }
}

fn place(seat: &Seat) -> &'static str {
    if seat.grant().is_some() { "here" } else { "server" }
}

const ITEMS: &str = r#"[{"id":"cad","feature":"cad","version":"2.0","count":2,"seat_basis":"session","expiry":"2036-12-31"}]"#;

#[test]
fn what_the_station_holds_here_is_shared_before_the_server_is_asked() {
    let machine = Machine::with(ITEMS);
    let here = machine.process(Search::LocalFirst, None).checkout("cad", "1.0").unwrap();
    assert_eq!((place(&here), machine.server.seen().as_str()), ("here", ""));
    let again = machine.process(Search::ServerFirst, None).checkout("cad", "1.0").unwrap();
    assert_eq!((place(&again), machine.server.seen().as_str()), ("here", ""));
    // Another station asks in the order that it was told.
    let other = machine.process(Search::ServerFirst, Some("7")).checkout("cad", "1.0").unwrap();
    assert_eq!(place(&other), "server");
    drop((here, again));
    let after = machine.process(Search::ServerFirst, None).checkout("cad", "1.0").unwrap();
    assert_eq!(place(&after), "server", "it holds nothing here any more");
}

#[test]
fn what_the_station_holds_of_the_server_is_shared_before_a_seat_is_taken_here() {
    let machine = Machine::with(ITEMS);
    let first = machine.process(Search::ServerFirst, None).checkout("cad", "1.0").unwrap();
    assert_eq!(place(&first), "server");
    machine.server.state().lie = Some(|lease| lease.code = "shared-seat".into());
    let second = machine.process(Search::LocalFirst, None).checkout("cad", "1.0").unwrap();
    assert_eq!(place(&second), "server");
    let other = machine.process(Search::LocalFirst, Some("7")).checkout("cad", "1.0").unwrap();
    assert_eq!(place(&other), "here", "another station has its own");
    drop(first);
    let third = machine.process(Search::LocalFirst, None).checkout("cad", "1.0").unwrap();
    assert_eq!(place(&third), "server", "as long as one of them holds it");
    second.give_back().unwrap();
    third.give_back().unwrap();
    let after = machine.process(Search::LocalFirst, None).checkout("cad", "1.0").unwrap();
    assert_eq!(place(&after), "here");
}

#[test]
fn a_consumption_that_the_server_may_have_counted_is_not_made_here_too() {
    let items = r#"[{"id":"cuts","feature":"cuts","version":"1.0","count":10,"kind":{"metered":{"undo_seconds":60}},"expiry":"2036-12-31"}]"#;
    let machine = Machine::with(items);
    let process = machine.process(Search::ServerFirst, None);
    machine.server.state().fates.extend([Fate::AnswerLost; 2]);
    let used = || machine.server.state().used.values().sum::<u64>();
    let lost = process.consume("cuts", "1.0", 3).unwrap_err();
    assert!(matches!(lost, Error::Server(_)), "{lost}");
    let again = process.consume("cuts", "1.0", 3).unwrap();
    assert_eq!((again.remaining, used()), (Some(10), 3), "there, under the key of the first");
    machine.server.state().down = true;
    let without = process.consume("cuts", "1.0", 3).unwrap();
    assert_eq!((without.remaining, used()), (Some(7), 3), "here, as nothing left for the server");
    machine.server.state().down = false;
    process.consume("cuts", "1.0", 3).unwrap();
    assert_eq!(used(), 6);
}

#[test]
fn where_the_server_counts_processes_the_order_of_search_holds() {
    let machine = Machine::with(ITEMS);
    let first = machine.process(Search::ServerFirst, None).checkout("cad", "1.0").unwrap();
    let process = machine.process(Search::LocalFirst, None);
    machine.server.seen();
    let second = process.checkout("cad", "1.0").unwrap();
    assert_eq!(place(&second), "here", "the server gave a new seat, which went back");
    assert!(machine.server.seen().contains("checkout"));
    let third = process.checkout("cad", "1.0").unwrap();
    assert_eq!((place(&third), machine.server.seen().as_str()), ("here", ""), "asked once");
    machine.server.state().down = true;
    drop((second, third));
    let without = machine.process(Search::LocalFirst, None).checkout("cad", "1.0").unwrap();
    assert_eq!(place(&without), "here");
    drop(first);
}
