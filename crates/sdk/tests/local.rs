//! Seats from containers on this machine: counts, terms, proofs, search order; no server anywhere.
//!
//! The containers here are unbound, so that the tests run on machines that show nothing of themselves.

#[path = "../../document/tests/support/publisher.rs"]
mod publisher;

use expect_test::expect;
use publisher::{Publisher, now};
use std::fs;
use std::sync::Arc;
use std::time::Duration;
use tenure_container::Reading;
use tenure_document::{
    ContainerKind, Context, Item, Tolerance, Verified, read_document, seal,
    verify_self_signed_context,
};
use tenure_issuing::{ContainerRecord, Order, TrustPapers, Withdrawal};
use tenure_sdk::clock::ManualClock;
use tenure_sdk::{
    Builder, Error, Holder, MachineKind, Notice, Search, SeatState, Tenure, Why, this_machine,
};
use tenure_vault::{DeviceFolder, LinuxMachine, NewContainer, TraitReader as _};

/// A device folder with one container, the publisher's record of it, and a clock.
struct Site {
    folder: tempfile::TempDir,
    publisher: Publisher,
    serial: String,
    record: ContainerRecord,
    clock: Arc<ManualClock>,
}

const READING: fn() -> Reading = || Reading { wall: now(), since_boot_ms: 1_000_000 };

impl Site {
    fn new(items: &str) -> Site {
        let (folder, publisher) = (tempfile::tempdir().unwrap(), Publisher::new(0));
        let devices = DeviceFolder::create(&folder.path().join("device")).unwrap();
        let new = NewContainer {
            kind: ContainerKind::Unbound,
            name: "press".into(),
            keysets: vec![publisher.keyset_envelope()],
            root: publisher.pin(),
            tolerance: Tolerance::Medium,
        };
        let machine = LinuxMachine::this().read();
        let serial = devices.init(&new, &machine, READING()).unwrap();
        let mut open = devices.container(&serial, &machine, READING()).unwrap();
        let record = ContainerRecord::first_contact(&received(&open.context(READING()).unwrap()));
        drop(open);
        let clock = Arc::new(ManualClock::new(now()));
        let mut site = Site { folder, publisher, serial, record, clock };
        let items: Vec<Item> = serde_json::from_str(items).unwrap();
        site.order(Order { items, ..Order::default() });
        site
    }

    /// Issues and applies.
    fn order(&mut self, order: Order) {
        let issued = self.record.issue(&order, &TrustPapers::default(), now(), None).unwrap();
        self.record = issued.0;
        let update = seal(&issued.1, &[&self.publisher.issuer]).to_json();
        self.open().apply(update.as_bytes(), READING()).unwrap();
    }

    fn open(&self) -> tenure_vault::OpenContainer {
        let devices = DeviceFolder::open(&self.path()).unwrap();
        devices.container(&self.serial, &LinuxMachine::this().read(), READING()).unwrap()
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("device")
    }

    fn builder(&self) -> Builder {
        let pin = self.publisher.pin().to_string();
        Tenure::local(self.path()).root(&pin).clock(self.clock.clone())
    }

    fn tenure(&self) -> Tenure {
        self.builder().open().unwrap()
    }
}

fn received(text: &str) -> Verified<Context> {
    verify_self_signed_context(&read_document(text.as_bytes()).unwrap()).unwrap()
}

fn said(outcome: Result<tenure_sdk::Seat, Error>) -> String {
    match outcome {
        Ok(_) => "granted".to_owned(),
        Err(error) => format!("{}: {error}", error.code()),
    }
}

const ITEMS: &str = r#"[
    {"id":"motion","feature":"motion","version":"2.0","count":2,"expiry":"2036-12-31"},
    {"id":"site","feature":"site","version":"1.0","count":1,"seat_basis":"device","expiry":"2036-12-31"},
    {"id":"old","feature":"old","version":"1.0","count":1,"expiry":"2026-01-31"},
    {"id":"later","feature":"later","version":"1.0","count":1,"start":"2027-01-01T00:00:00Z","expiry":"2036-12-31"},
    {"id":"for-ever","feature":"for-ever","version":"1.0","count":1,"expiry":"permanent"},
    {"id":"desk","feature":"desk","version":"1.0","count":2,"seat_basis":"session","expiry":"2036-12-31"},
    {"id":"named","feature":"named","version":"1.0","count":1,"seat_basis":"user","expiry":"2036-12-31"},
    {"id":"hardware","feature":"hardware","version":"1.0","count":1,"virtual":"deny","expiry":"2036-12-31"},
    {"id":"cuts","feature":"cuts","version":"1.0","count":10,"kind":{"metered":{"undo_seconds":60}},"expiry":"2036-12-31"}
]"#;

#[test]
fn a_count_is_kept_over_connections_and_a_dropped_seat_is_free_again() {
    let site = Site::new(ITEMS);
    let (one, two) = (site.tenure(), site.tenure());
    let first = one.checkout("motion", "1.0").unwrap();
    let second = two.checkout("motion", "2.0").unwrap();
    assert!(first.is_usable() && second.is_usable() && first.lease().is_none());
    assert_eq!(first.grant().unwrap().serial, site.serial);
    expect!["no-seats: all seats of motion on this machine are taken (no-seats) — end another program that uses it"]
        .assert_eq(&said(one.checkout("motion", "1.0")));
    drop(second);
    assert_eq!(said(one.checkout("motion", "1.0")), "granted");
    let both = one.request("motion", "0").count(2).checkout();
    assert_eq!(both.unwrap_err().code(), "no-seats", "two at once, or none");
    first.give_back().unwrap();
    assert_eq!(first.state(), SeatState::Ended(Why::Released));
    assert_eq!(said(one.request("motion", "0").count(2).checkout()), "granted");
    // A seat that counts devices is one for all programs of this one.
    let shared: Vec<_> = (0..5).map(|_| one.checkout("site", "1.0").unwrap()).collect();
    assert!(shared.iter().all(|seat| seat.is_usable()));
}

#[test]
fn a_grant_is_of_as_many_seats_as_are_held() {
    let site = Site::new(ITEMS);
    let tenure = site.tenure();
    let one = |feature: &str, count: u32, partial: bool| {
        let request = tenure.request(feature, "0").count(count);
        if partial { request.partial() } else { request }.checkout()
    };
    let said = |outcome: &Result<tenure_sdk::Seat, Error>| match outcome {
        Ok(seat) => seat.grant().unwrap().count.to_string(),
        Err(error) => error.code().to_owned(),
    };
    let mut shown = String::new();
    for feature in ["motion", "desk", "site"] {
        for (count, partial) in [(1, false), (2, false), (2, true), (5, false), (5, true)] {
            let outcome = one(feature, count, partial);
            let or_fewer = if partial { " or fewer" } else { "" };
            shown += &format!("{count}{or_fewer} of {feature}: {}\n", said(&outcome));
        }
    }
    let first = one("motion", 1, false);
    shown += &format!("beside {} of motion: {}\n", said(&first), said(&one("motion", 5, true)));
    expect![[r#"
        1 of motion: 1
        2 of motion: 2
        2 or fewer of motion: 2
        5 of motion: no-seats
        5 or fewer of motion: 2
        1 of desk: 1
        2 of desk: 2
        2 or fewer of desk: 2
        5 of desk: no-seats
        5 or fewer of desk: 2
        1 of site: 1
        2 of site: no-seats
        2 or fewer of site: 1
        5 of site: no-seats
        5 or fewer of site: 1
        beside 1 of motion: 1
    "#]]
    .assert_eq(&shown);
}

#[test]
fn several_seats_of_a_station_are_shared_like_one() {
    let site = Site::new(ITEMS);
    let tenure = site.tenure();
    let other = Holder { session: Some("logind-7".into()), ..this_machine() };
    let other = site.builder().holder(other).open().unwrap();
    let one = tenure.checkout("desk", "1.0").unwrap();
    let both = tenure.request("desk", "1.0").count(2).checkout().unwrap();
    let again = site.tenure().request("desk", "1.0").count(2).checkout().unwrap();
    drop((one, both));
    assert_eq!(said(other.checkout("desk", "1.0")).split(':').next(), Some("no-seats"));
    drop(again);
    assert_eq!(said(other.checkout("desk", "1.0")), "granted");
}

#[test]
fn a_station_is_the_machine_or_one_terminal_session_of_it() {
    let site = Site::new(ITEMS);
    let at = |session: Option<&str>, user: &str| {
        let mut holder = this_machine();
        (holder.session, holder.user) = (session.map(str::to_owned), Some(user.to_owned()));
        site.builder().holder(holder).open().unwrap()
    };
    let (screen, ssh, other) = (at(None, "ann"), at(Some("logind-7"), "ann"), at(Some("x"), "bob"));
    let first = screen.checkout("desk", "1.0").unwrap();
    let again = screen.checkout("desk", "1.0").unwrap();
    let second = ssh.checkout("desk", "1.0").unwrap();
    assert_eq!(said(other.checkout("desk", "1.0")).split(':').next(), Some("no-seats"));
    assert_eq!(said(at(Some("logind-7"), "eve").checkout("desk", "1.0")), "granted");
    // The seat is free when the last of its station ends.
    drop(first);
    assert_eq!(said(other.checkout("desk", "1.0")).split(':').next(), Some("no-seats"));
    drop(again);
    let third = other.checkout("desk", "1.0").unwrap();
    assert!(second.is_usable() && third.is_usable());
    // A seat of a named user is that user's, in whatever session.
    let named = ssh.checkout("named", "1.0").unwrap();
    assert_eq!(said(screen.checkout("named", "1.0")), "granted");
    assert_eq!(said(other.checkout("named", "1.0")).split(':').next(), Some("no-seats"));
    drop(named);
    assert_eq!(said(other.checkout("named", "1.0")), "granted");
}

#[test]
fn an_item_that_forbids_virtual_machines_is_not_used_in_one() {
    let site = Site::new(ITEMS);
    let outcome = said(site.tenure().checkout("hardware", "1.0"));
    match LinuxMachine::this().kind() {
        MachineKind::Virtual | MachineKind::Container => {
            assert!(outcome.starts_with("virtual: "), "{outcome}");
        }
        MachineKind::Physical | MachineKind::Unknown => assert_eq!(outcome, "granted"),
    }
}

#[test]
fn what_is_denied_says_why_and_what_to_do() {
    let site = Site::new(ITEMS);
    let tenure = site.tenure();
    let mut shown = String::new();
    for (feature, version) in [
        ("nothing", "0"),
        ("motion", "3.0"),
        ("old", "1.0"),
        ("later", "1.0"),
        ("for-ever", "1.0"),
        ("cuts", "1.0"),
    ] {
        shown += &format!("{}\n", said(tenure.checkout(feature, version)));
    }
    expect![[r#"
        unknown-feature: no container on this machine holds nothing (unknown-feature) — activate it: tenure device context, and send that to the publisher
        version-too-low: motion 2.0 is here, 3.0 is wanted (version-too-low) — ask for the version that is here
        expired: item "old" ended at 2026-01-31T23:59:59.999Z; renew it at the publisher and apply the update (expired) — ask the publisher for a new license
        not-started: item "later" begins at 2027-01-01T00:00:00Z (not-started) — wait until it begins
        trial-only: item "for-ever" has no end, and this container holds trials only: activate it on a bound one (trial-only) — ask the publisher for a new license
        metered-feature: cuts is used up, not held (metered-feature) — consume it instead
    "#]].assert_eq(&shown);
    let other = Publisher::new(16).pin().to_string();
    let other = Tenure::local(site.path()).root(&other).open().unwrap();
    assert_eq!(other.checkout("motion", "1.0").unwrap_err().code(), "unknown-feature");
    let nowhere = Tenure::local(site.path().join("nowhere"));
    let nowhere = nowhere.root(&site.publisher.pin().to_string()).open().unwrap();
    assert_eq!(nowhere.checkout("motion", "1.0").unwrap_err().code(), "unknown-feature");
}

#[test]
fn a_seat_ends_when_the_publisher_takes_its_item_back_or_its_time_is_over() {
    let mut site = Site::new(ITEMS);
    let tenure = site.tenure();
    let seat = tenure.checkout("motion", "1.0").unwrap();
    let notices = seat.notices();
    let withdrawal = Withdrawal { item_id: "motion".into(), count: None };
    site.order(Order { withdrawn: vec![withdrawal], ..Order::default() });
    assert!(seat.is_usable(), "the container is looked at once a minute");
    site.clock.advance(Duration::from_secs(61));
    let SeatState::Ended(why) = seat.state() else { panic!("it goes on") };
    assert_eq!(why.code(), "withdrawn");
    assert!(notices.try_recv().is_ok());

    let seat = tenure.checkout("site", "1.0").unwrap();
    site.clock.advance(Duration::from_secs(20 * 365 * 86_400));
    let SeatState::Ended(why) = seat.state() else { panic!("it goes on") };
    assert_eq!(why.code(), "expired");
}

#[test]
fn a_seat_is_never_shown_as_held_past_its_end() {
    let site =
        Site::new(r#"[{"id":"a","feature":"a","version":"1.0","count":1,"expiry":"2030-12-31"}]"#);
    let tenure = site.tenure();
    let seat = tenure.checkout("a", "1.0").unwrap();
    let SeatState::Held { until } = seat.state() else { panic!("it was granted just now") };
    site.clock.advance(until.since(now()) - Duration::from_secs(30));
    assert_eq!(seat.state(), SeatState::Held { until }, "looked at within the last minute");
    site.clock.advance(Duration::from_secs(31));
    let SeatState::Ended(why) = seat.state() else { panic!("it goes on") };
    assert_eq!(why.code(), "expired");
}

#[test]
fn a_seat_ends_in_time_when_its_container_can_be_read_no_more() {
    let site = Site::new(ITEMS);
    let tenure = site.tenure();
    let seat = tenure.checkout("motion", "1.0").unwrap();
    let notices = seat.notices();
    let SeatState::Held { until } = seat.state() else { panic!("it was granted just now") };
    fs::rename(site.path(), site.folder.path().join("elsewhere")).unwrap();
    let minute = Duration::from_secs(60);
    site.clock.advance(until.since(now()) - minute);
    assert_eq!(seat.state(), SeatState::Held { until }, "what was granted stays to its end");
    // It is the time that passes which counts, not what the machine takes it for.
    site.clock.advance(3 * minute);
    site.clock.set_wall(now());
    assert!(!seat.is_usable());
    assert_eq!(seat.state(), SeatState::Ended(Why::Expired));
    assert_eq!(notices.try_recv(), Ok(Notice::Ended(Why::Expired)));
    assert!(notices.try_recv().is_err(), "told once");
}

#[test]
fn consumption_is_kept_in_the_container_and_told_in_its_contexts() {
    let site = Site::new(ITEMS);
    let tenure = site.tenure();
    let used = tenure.consume("cuts", "1.0", 4).unwrap();
    assert_eq!((used.count, used.remaining), (4, Some(6)));
    assert_eq!(site.tenure().consume("cuts", "1.0", 3).unwrap().remaining, Some(3));
    assert_eq!(tenure.consume("cuts", "1.0", 4).unwrap_err().code(), "used-up");
    let consumed = |site: &Site| {
        let context = received(&site.open().context(READING()).unwrap());
        context.items.iter().find(|item| item.id == "cuts").unwrap().consumed
    };
    assert_eq!(consumed(&site), 7);
    assert_eq!(tenure.undo(&used).unwrap().remaining, Some(10));
    assert_eq!(consumed(&site), 3);
    assert_eq!(tenure.undo(&used).unwrap_err().code(), "usage-unknown", "once");
    let late = tenure.consume("cuts", "1.0", 1).unwrap();
    site.clock.advance(Duration::from_secs(61));
    assert_eq!(tenure.undo(&late).unwrap_err().code(), "undo-too-late");
    // A clock that is set back makes it no earlier.
    site.clock.set_wall(now());
    assert_eq!(tenure.undo(&late).unwrap_err().code(), "undo-too-late");
    assert_eq!(tenure.consume("motion", "1.0", 1).unwrap_err().code(), "unknown-feature");
}

#[test]
fn the_order_of_search_is_the_publishers_choice() {
    let site = Site::new(ITEMS);
    // Nothing listens there: who asks the server gets no answer.
    let open = |order: Search| {
        let builder = Tenure::connect("http://127.0.0.1:9")
            .root(&site.publisher.pin().to_string())
            .clock(site.clock.clone())
            .without_thread();
        builder.local(site.path()).search(order).open().unwrap()
    };
    let outcome = |order, feature| match open(order).checkout(feature, "1.0") {
        Ok(seat) => format!("granted by {}", seat.grant().map_or("the server", |_| "this machine")),
        Err(error) => error.code().to_owned(),
    };
    assert_eq!(outcome(Search::LocalFirst, "motion"), "granted by this machine");
    assert_eq!(outcome(Search::LocalOnly, "motion"), "granted by this machine");
    assert_eq!(outcome(Search::LocalOnly, "nothing"), "unknown-feature");
}
