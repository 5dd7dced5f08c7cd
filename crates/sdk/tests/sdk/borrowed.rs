//! Borrowed leases: kept on disk, verified at every load, used off line, given back early.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tenure_api::Seconds;
use tenure_document::{ContainerId, LeaseId};
use tenure_sdk::clock::Clock as _;
use tenure_sdk::{Builder, DesiredFeature, Error, SeatState, Tenure, Wanted, Why};

use crate::publisher::server_key;
use crate::server::{FakeServer, holder};

const WEEK: Duration = Duration::from_secs(7 * 86_400);

struct Trip {
    server: Arc<FakeServer>,
    folder: TempDir,
}

impl Trip {
    /// A week's lease is borrowed, the application ends, and the network is gone.
    fn start() -> Trip {
        let trip = Trip { server: FakeServer::new(), folder: tempfile::tempdir().unwrap() };
        let tenure = trip.app().open().unwrap();
        let seat = tenure.request("cad", "2.0").borrow_for(WEEK).checkout().unwrap();
        assert!(seat.is_borrowed() && seat.is_usable());
        drop(seat);
        drop(tenure);
        assert_eq!(trip.server.live(), 1, "dropping the seat gives no borrowed lease back");
        trip.server.state().down = true;
        trip
    }

    fn app(&self) -> Builder {
        self.server.client().folder(self.folder.path().join("app"))
    }

    fn open(&self) -> Tenure {
        self.app().open().unwrap()
    }

    /// The error of a checkout that needs the server, which can't be reached.
    fn refused(&self, tenure: &Tenure, feature: &str, version: &str) -> Error {
        self.server.meanwhile(|| tenure.checkout(feature, version).map(drop)).unwrap_err()
    }

    fn lease_file(&self) -> PathBuf {
        let mut files = fs::read_dir(self.folder.path().join("app/leases")).unwrap();
        files.next().expect("one lease is kept").unwrap().path()
    }
}

#[test]
fn used_off_line_after_a_restart() {
    let trip = Trip::start();
    trip.server.clock.advance(WEEK - Duration::from_secs(3_600));
    let tenure = trip.open();
    let seat = tenure.checkout("cad", "1.0").unwrap();
    assert!(seat.is_usable());
    assert_eq!(tenure.borrowed().unwrap().len(), 1);
    trip.server.pass(&tenure, 3_500);
    assert!(seat.is_usable());
    trip.server.pass(&tenure, 101);
    assert!(!seat.is_usable());
    assert!(matches!(trip.refused(&trip.open(), "cad", "2.0"), Error::Server(_)));
    assert!(tenure.borrowed().unwrap().is_empty(), "what is over is removed");
}

#[test]
fn another_feature_or_a_higher_version_is_not_borrowed() {
    let trip = Trip::start();
    let tenure = trip.open();
    assert!(matches!(trip.refused(&tenure, "cam", "1.0"), Error::Server(_)));
    assert!(matches!(trip.refused(&tenure, "cad", "2.1"), Error::Server(_)));
    let two = trip.server.meanwhile(|| tenure.request("cad", "2.0").count(2).checkout().map(drop));
    assert!(matches!(two, Err(Error::Server(_))));
}

#[test]
fn of_what_is_borrowed_together_all_is_kept_or_all_is_given_back() {
    // The server's numbers: every second one is a token's.
    for bad in [1, 3, 5] {
        let trip = Trip { server: FakeServer::new(), folder: tempfile::tempdir().unwrap() };
        trip.server.state().capacity = 3;
        let tenure = trip.open();
        let leases = trip.folder.path().join("app/leases");
        // No file can take the place of a folder.
        let server = trip.server.state().chain.server;
        let in_the_way = leases.join(format!("{}.{server}.json", LeaseId(bad)));
        fs::create_dir(&in_the_way).unwrap();
        let features =
            ["cad", "cam", "sim"].map(|name| DesiredFeature::new(name, "2.0".parse().unwrap(), 1));
        let borrow = Seconds::new(WEEK.as_secs());
        let wanted = Wanted { features: features.to_vec(), borrow, ..Wanted::default() };
        let error = tenure.checkout_many(wanted).map(drop).unwrap_err();
        assert!(matches!(error, Error::Store { .. }), "{error}");
        assert_eq!(trip.server.live(), 0, "lease {bad} can't be kept");
        fs::remove_dir(in_the_way).unwrap();
        assert!(tenure.borrowed().unwrap().is_empty(), "lease {bad} can't be kept");
    }
}

#[test]
fn given_back_early_when_the_server_is_reachable() {
    let trip = Trip::start();
    let tenure = trip.open();
    let seat = tenure.checkout("cad", "2.0").unwrap();
    let outcome = trip.server.meanwhile(|| seat.give_back());
    assert!(matches!(outcome, Err(Error::Server(_))));
    assert!(seat.is_usable(), "off line it stays borrowed");
    trip.server.state().down = false;
    seat.give_back().unwrap();
    assert!(!seat.is_usable());
    assert_eq!(trip.server.live(), 0);
    assert!(tenure.borrowed().unwrap().is_empty());
}

#[test]
fn given_back_by_a_later_run() {
    let trip = Trip::start();
    trip.server.state().down = false;
    let tenure = trip.open();
    let id = tenure.borrowed().unwrap()[0].id;
    tenure.return_borrowed(id).unwrap();
    assert_eq!(trip.server.live(), 0);
    assert!(matches!(tenure.return_borrowed(id), Err(Error::NotBorrowed { .. })));
}

#[test]
fn what_is_given_back_ends_in_every_seat_that_was_made_of_it() {
    let trip = Trip::start();
    trip.server.state().down = false;
    let (here, elsewhere) = (trip.open(), trip.open());
    let seats = [&here, &here, &elsewhere].map(|tenure| tenure.checkout("cad", "2.0").unwrap());
    let usable = || seats.each_ref().map(|seat| seat.is_usable());
    here.return_borrowed(here.borrowed().unwrap()[0].id).unwrap();
    assert_eq!(usable(), [false, false, true]);
    trip.server.pass(&elsewhere, 60);
    assert_eq!(usable(), [false; 3], "another process sees that it is kept no more");
    assert!(seats.iter().all(|seat| seat.state() == SeatState::Ended(Why::Released)));
}

#[test]
fn a_folder_that_is_away_says_nothing_about_what_was_given_back() {
    let trip = Trip::start();
    let tenure = trip.open();
    let seat = tenure.checkout("cad", "2.0").unwrap();
    fs::rename(trip.folder.path().join("app"), trip.folder.path().join("away")).unwrap();
    trip.server.pass(&tenure, 120);
    assert!(seat.is_usable());
}

#[test]
fn what_is_borrowed_of_one_server_stays_good_while_another_is_asked() {
    let trip = Trip::start();
    let other = FakeServer::of(ContainerId([8; 16]), server_key(10));
    let there = || other.client().folder(trip.folder.path().join("app")).open().unwrap();
    drop(there().checkout("cam", "2.0").unwrap());
    let off_line = trip.open();
    let id = off_line.borrowed().unwrap()[0].id;
    assert!(off_line.checkout("cad", "2.0").unwrap().is_borrowed());
    // The number of a lease is its server's: it is given back there and nowhere else.
    let wrong = there().return_borrowed(id).unwrap_err();
    assert!(wrong.to_string().contains("give it back there"), "{wrong}");
    trip.server.state().down = false;
    drop(there().checkout("cam", "2.0").unwrap());
    trip.open().return_borrowed(id).unwrap();
    assert_eq!(trip.server.live(), 0);
}

#[test]
fn what_is_borrowed_beside_another_server_s_chain_brings_its_own() {
    let trip = Trip::start();
    trip.server.state().down = false;
    trip.server.state().capacity = 3;
    let other = FakeServer::of(ContainerId([8; 16]), server_key(10));
    let here = trip.open();
    drop(here.checkout("sim", "2.0").unwrap());
    let there = other.client().folder(trip.folder.path().join("app")).open().unwrap();
    drop(there.checkout("cam", "2.0").unwrap());
    drop(here.request("sim", "2.0").borrow_for(WEEK).checkout().unwrap());
    trip.server.state().down = true;
    assert_eq!(there.borrowed().unwrap().len(), 2);
    assert!(trip.open().checkout("sim", "2.0").unwrap().is_borrowed());
}

#[test]
fn what_two_servers_lend_under_one_number_is_kept_and_given_back_apart() {
    let trip = Trip::start();
    let other = FakeServer::of(ContainerId([8; 16]), server_key(10));
    let there = other.client().folder(trip.folder.path().join("app")).open().unwrap();
    drop(there.request("cam", "2.0").borrow_for(WEEK).checkout().unwrap());
    let borrowed = there.borrowed().unwrap();
    let [one, two] = &borrowed[..] else { panic!("two are kept: {borrowed:?}") };
    assert_eq!(one.id, two.id);
    let features =
        || there.borrowed().unwrap().into_iter().map(|one| one.feature).collect::<Vec<_>>();
    assert_eq!(features(), ["cad", "cam"]);
    let seats = ["cad", "cam"].map(|feature| there.checkout(feature, "2.0").unwrap());
    there.return_borrowed(one.id).unwrap();
    assert_eq!((other.live(), features()), (0, vec!["cad".to_owned()]));
    trip.server.pass(&there, 60);
    assert_eq!(seats.map(|seat| seat.is_usable()), [true, false]);
}

#[test]
fn what_was_kept_before_the_names_told_servers_apart_is_found_and_given_back() {
    let trip = Trip::start();
    let file = trip.lease_file();
    let name = file.file_name().and_then(|name| name.to_str()).unwrap();
    let old = file.with_file_name(format!("{}.json", name.split('.').next().unwrap()));
    fs::rename(file, &old).unwrap();
    let tenure = trip.open();
    let seat = tenure.checkout("cad", "2.0").unwrap();
    trip.server.pass(&tenure, 120);
    assert!(seat.is_usable(), "it is still there");
    trip.server.state().down = false;
    tenure.return_borrowed(tenure.borrowed().unwrap()[0].id).unwrap();
    assert!(!old.exists() && !seat.is_usable());
}

#[test]
fn a_borrowed_feature_costs_no_second_seat_on_line() {
    let trip = Trip::start();
    trip.server.state().down = false;
    let tenure = trip.open();
    let _seat = tenure.checkout("cad", "2.0").unwrap();
    assert_eq!(trip.server.live(), 1);
}

#[test]
fn files_are_for_their_owner_only() {
    let trip = Trip::start();
    let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(trip.lease_file()), 0o600);
    assert_eq!(mode(trip.folder.path().join("app")), 0o700);
    assert_eq!(mode(trip.folder.path().join("app/chain.json")), 0o600);
    let others = fs::Permissions::from_mode(0o777);
    fs::set_permissions(trip.folder.path().join("app"), others).unwrap();
    assert!(trip.app().open().err().unwrap().to_string().contains("others may write to it"));
}

#[test]
fn files_changed_on_disk_are_forged() {
    let code = |change: fn(String) -> String| {
        let trip = Trip::start();
        let file = trip.lease_file();
        fs::write(&file, change(fs::read_to_string(&file).unwrap())).unwrap();
        trip.refused(&trip.open(), "cad", "2.0").code().to_owned()
    };
    // The payload is base64 inside JSON inside JSON: any other letter is another lease.
    assert_eq!(
        code(|text| text.replacen("IjoiY2Fk", "IjoiY2Ft", 1).replacen("eyJpZC", "eyJpZD", 1)),
        "forged"
    );
    // What is not even a file of ours is no lease; the server would have to be asked.
    assert_eq!(code(|text| text[..text.len() / 2].to_owned()), "unreachable");
}

#[test]
fn a_lease_of_another_user_or_machine_does_not_count() {
    let trip = Trip::start();
    let bob = trip.app().holder(holder("bob")).open().unwrap();
    assert_eq!(trip.refused(&bob, "cad", "2.0").code(), "forged");
    let mut elsewhere = holder("ann");
    elsewhere.host.value = "ws15".into();
    let copied = trip.app().holder(elsewhere).open().unwrap();
    assert_eq!(trip.refused(&copied, "cad", "2.0").code(), "forged");
    let mut process = holder("ann");
    process.process = Some("4711".into());
    assert!(trip.app().holder(process).open().unwrap().checkout("cad", "2.0").is_ok());
}

#[test]
fn a_clock_set_back_lengthens_nothing() {
    let trip = Trip::start();
    trip.server.clock.advance(WEEK - Duration::from_secs(3_600));
    let tenure = trip.open();
    assert!(!tenure.clock_set_back().unwrap());
    trip.server.clock.set_wall("2026-11-22T00:00:00Z".parse().unwrap());
    let tenure = trip.open();
    assert!(tenure.clock_set_back().unwrap());
    let seat = tenure.checkout("cad", "2.0").unwrap();
    trip.server.pass(&tenure, 3_599);
    assert!(seat.is_usable());
    trip.server.pass(&tenure, 2);
    assert!(!seat.is_usable(), "one hour was left at the highest time ever seen");
    // Without the mark, the lease still can't begin before it was signed.
    fs::remove_file(trip.folder.path().join("app/clock.json")).unwrap();
    trip.server.clock.set_wall("2001-01-01T00:00:00Z".parse().unwrap());
    let tenure = trip.open();
    let seat = tenure.checkout("cad", "2.0").unwrap();
    trip.server.clock.advance(WEEK);
    assert!(!seat.is_usable());
}

/// A dead battery set the clock a year ahead, once, and the application was opened then.
#[test]
fn a_clock_that_was_in_the_future_takes_no_borrowed_lease_away_for_good() {
    let trip = Trip::start();
    let clock = &trip.server.clock;
    let begun = clock.now().wall;
    clock.set_wall(begun.plus(WEEK * 52));
    assert!(trip.open().borrowed().unwrap().is_empty());
    clock.set_wall(begun.plus(Duration::from_secs(3_600)));
    let tenure = trip.open();
    assert!(tenure.clock_set_back().unwrap());
    let seat = tenure.checkout("cad", "2.0").unwrap();
    clock.advance(WEEK - Duration::from_secs(2 * 86_400 + 2));
    trip.server.pass(&tenure, 1);
    assert!(seat.is_usable());
    trip.server.pass(&tenure, 1);
    assert!(!seat.is_usable(), "the jump counted for two days");
    drop((seat, tenure));
    // On line again: what the server signs says what time it is, and what is over by then is forgotten.
    trip.server.state().down = false;
    clock.set_wall(begun.plus(WEEK - Duration::from_secs(2 * 86_400)));
    let borrow = || {
        let tenure = trip.open();
        let behind = tenure.clock_set_back().unwrap();
        drop(tenure.request("cad", "2.0").borrow_for(WEEK).checkout().unwrap());
        let leases = fs::read_dir(trip.folder.path().join("app/leases")).unwrap().count();
        (behind, tenure.clock_set_back().unwrap(), leases)
    };
    assert_eq!(borrow(), (true, false, 2));
    clock.advance(Duration::from_secs(3 * 86_400));
    assert_eq!(borrow(), (false, false, 2));
}

#[test]
fn a_mark_from_before_boots_were_known_still_counts() {
    let trip = Trip::start();
    let over = trip.server.clock.now().wall.plus(WEEK);
    let mark = serde_json::json!({"high_water": over}).to_string();
    fs::write(trip.folder.path().join("app/clock.json"), mark).unwrap();
    let tenure = trip.open();
    assert!(tenure.clock_set_back().unwrap());
    assert!(matches!(trip.refused(&tenure, "cad", "2.0"), Error::Server(_)));
}

#[test]
fn a_chain_that_holds_no_more_is_the_reason_off_line_and_fetched_on_line() {
    let trip = Trip::start();
    let chain = trip.folder.path().join("app/chain.json");
    let text = fs::read_to_string(&chain).unwrap();
    fs::write(&chain, text.replacen("sig\\\":\\\"", "sig\\\":\\\"AAAA", 1)).unwrap();
    assert_eq!(trip.refused(&trip.open(), "cad", "2.0").code(), "forged");
    trip.server.state().down = false;
    assert!(trip.open().checkout("cad", "2.0").is_ok());
}
