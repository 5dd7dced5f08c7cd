//! The common case: check out, renew in the background, give back; denials; owners; lost answers.

use std::time::Duration;

use tenure_sdk::{DesiredFeature, Error, Notice, SeatState, Wanted, Why};

use crate::server::{FakeServer, Fate, holder};

#[test]
fn ten_lines_check_out_renew_and_give_back() {
    let server = FakeServer::new();
    let tenure = server.client().open().unwrap();
    let seat = tenure.checkout("cad", "2.0").unwrap();
    assert!(seat.is_usable());
    assert_eq!(seat.lease().unwrap().feature, "cad");
    assert_eq!(server.seen(), "chain checkout");
    server.pass(&tenure, 134);
    assert_eq!(server.seen(), "");
    server.pass(&tenure, 1);
    assert_eq!(server.seen(), "renew");
    server.pass(&tenure, 3_600);
    assert!(seat.is_usable());
    assert_eq!(server.live(), 1);
    server.seen();
    drop(seat);
    assert_eq!(server.seen(), "release");
    assert_eq!(server.live(), 0);
}

#[test]
fn the_background_thread_renews_and_ends_with_the_last_seat() {
    let server = FakeServer::new();
    let (sender, notices) = std::sync::mpsc::channel();
    let tell = move |_, notice: &Notice| drop(sender.send(notice.clone()));
    // The transport, and with it the server, belongs to the thread's driver alone at the end.
    let client = tenure_sdk::Tenure::connect("http://127.0.0.1:1")
        .root(&crate::server::PUBLISHER.pin().to_string())
        .holder(holder("ann"))
        .transport(server.clone())
        .clock(server.clock.clone())
        .on_notice(tell);
    let tenure = client.open().unwrap();
    let seat = tenure.checkout("cad", "2.0").unwrap();
    drop(tenure);
    for _ in 0..3 {
        server.clock.advance(Duration::from_secs(135));
        assert!(matches!(notices.recv().unwrap(), Notice::Renewed { .. }));
    }
    drop(seat);
    assert_eq!(notices.recv().unwrap(), Notice::Ended(Why::Released));
    // The channel ends when the driver is gone, so this does not return before.
    assert!(notices.recv().is_err());
    assert_eq!(server.live(), 0);
}

#[test]
fn a_denial_carries_reason_and_remedy() {
    let server = FakeServer::new();
    let tenure = server.client().open().unwrap();
    let _seats = [tenure.checkout("cad", "2.0").unwrap(), tenure.checkout("cad", "2.0").unwrap()];
    let error = tenure.checkout("cad", "2.0").unwrap_err();
    assert_eq!(error.code(), "no-seats");
    assert_eq!(error.to_string(), "all 2 seats are in use (no-seats) — a seat may be free at noon");
}

#[test]
fn several_features_at_once_and_what_was_refused() {
    let server = FakeServer::new();
    let tenure = server.client().open().unwrap();
    let wanted = ["cad", "none", "cam"]
        .map(|name| tenure_sdk::DesiredFeature::new(name, "2.0".parse().unwrap(), 1));
    let wanted = Wanted { features: wanted.to_vec(), ..Wanted::default() };
    let (seats, denials) = tenure.checkout_many(wanted).unwrap();
    assert_eq!(seats.len(), 2);
    assert_eq!(denials[0].feature, "none");
    server.pass(&tenure, 135);
    assert_eq!(server.seen(), "chain checkout renew", "both are renewed in one request");
}

#[test]
fn lost_and_doubled_messages_cost_no_seat() {
    for fates in [
        vec![Fate::RequestLost, Fate::RequestLost],
        vec![Fate::Delivered, Fate::AnswerLost, Fate::RequestLost],
        vec![Fate::AnswerLost, Fate::AnswerLost, Fate::AnswerLost],
        vec![Fate::Doubled, Fate::Doubled],
    ] {
        let server = FakeServer::new();
        server.state().fates.extend(fates.clone());
        let tenure = server.client().open().unwrap();
        let outcome = server.meanwhile(|| {
            let first = tenure.checkout("cad", "2.0");
            // A checkout that was given up is asked again under the same key.
            first.or_else(|_| tenure.checkout("cad", "2.0"))
        });
        let seat = outcome.unwrap();
        assert_eq!(server.live(), 1, "{fates:?}");
        drop(seat);
        assert_eq!(server.live(), 0, "{fates:?}");
    }
}

#[test]
fn what_could_not_be_given_back_is_given_back_when_asked_again() {
    let server = FakeServer::new();
    let tenure = server.client().open().unwrap();
    let seat = tenure.checkout("cad", "2.0").unwrap();
    server.state().down = true;
    // Of two threads that give one seat back, each has its answer.
    let give_back = || {
        std::thread::scope(|scope| {
            let both = [(), ()].map(|()| scope.spawn(|| seat.give_back()));
            both.map(|one| one.join().unwrap())
        })
    };
    let [one, other] = server.meanwhile(give_back);
    assert!(matches!((one, other), (Err(Error::Server(_)), Err(Error::Server(_)))));
    assert_eq!((seat.is_usable(), server.live()), (false, 1));
    server.state().down = false;
    assert_eq!(server.meanwhile(give_back), [Ok(()), Ok(())]);
    assert_eq!(server.live(), 0);
    server.seen();
    drop(seat);
    assert_eq!(server.seen(), "", "once is enough");
}

#[test]
fn of_many_seats_a_part_is_renewed_in_one_request() {
    let server = FakeServer::new();
    server.state().capacity = 250;
    let tenure = server.client().open().unwrap();
    let feature = DesiredFeature::new("cad", "2.0".parse().unwrap(), 1);
    let wanted = Wanted { features: vec![feature; 250], ..Wanted::default() };
    let (seats, _) = tenure.checkout_many(wanted).unwrap();
    server.pass(&tenure, 135);
    assert_eq!(server.seen(), "chain checkout renew renew renew");
    server.pass(&tenure, 800);
    assert!(seats.iter().all(|seat| matches!(seat.state(), SeatState::Held { .. })));
}

#[test]
fn a_listener_that_panics_keeps_no_seat_from_being_renewed() {
    let server = FakeServer::new();
    let tenure = server.client().on_notice(|_, _| panic!("a fault of the application")).open();
    let tenure = tenure.unwrap();
    let seats = [tenure.checkout("cad", "2.0").unwrap(), tenure.checkout("cam", "2.0").unwrap()];
    server.pass(&tenure, 2_000);
    assert!(seats.iter().all(|seat| matches!(seat.state(), SeatState::Held { .. })));
}

#[test]
fn retry_after_is_honored() {
    let server = FakeServer::new();
    let tenure = server.client().open().unwrap();
    let seat = tenure.checkout("cad", "2.0").unwrap();
    server.state().fates.push_back(Fate::Busy(40));
    server.pass(&tenure, 135);
    assert_eq!(server.seen(), "chain checkout renew");
    server.pass(&tenure, 39);
    assert_eq!(server.seen(), "");
    server.pass(&tenure, 2);
    assert_eq!(server.seen(), "renew");
    assert!(seat.is_usable());
}

#[test]
fn a_new_process_of_the_same_owner_takes_over_at_once() {
    let server = FakeServer::new();
    server.state().capacity = 1;
    let first = server.client().owner("ns/set/0").open().unwrap();
    let old = first.checkout("cad", "2.0").unwrap();
    let second = server.client().owner("ns/set/0").open().unwrap();
    let new = second.checkout("cad", "2.0").unwrap();
    server.pass(&first, 135);
    assert!(
        matches!(old.state(), SeatState::Ended(Why::Refused(problem)) if problem.code == "lease-unknown")
    );
    assert!(new.is_usable());
}

#[test]
fn settings_that_cannot_be_used_say_so() {
    let missing = tenure_sdk::Tenure::connect("http://127.0.0.1:1").open().err().unwrap();
    assert!(missing.to_string().contains("root pin is missing"));
    let address = tenure_sdk::Tenure::connect("localhost:7070")
        .root(&crate::server::PUBLISHER.pin().to_string());
    assert!(address.open().err().unwrap().to_string().contains("write http://host:port"));
    let server = FakeServer::new();
    let tenure = server.client().open().unwrap();
    assert!(matches!(tenure.checkout("cad", "two"), Err(Error::Setup(_))));
    let borrow = tenure.request("cad", "2.0").borrow_for(Duration::from_secs(60)).checkout();
    assert!(borrow.unwrap_err().to_string().contains("call .folder"));
}
