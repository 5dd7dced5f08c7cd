//! Loss of the server under each policy, sleep, refusal of a renewal, and the way back.

use std::sync::Arc;
use std::time::Duration;

use expect_test::{Expect, expect};
use tenure_sdk::{Notice, OnLoss, Seat, SeatState, Tenure};

use crate::server::{FakeServer, Fate};

fn start(policy: OnLoss) -> (Arc<FakeServer>, Tenure, Seat) {
    let server = FakeServer::new();
    let tenure = server.client().on_loss(policy).open().unwrap();
    let seat = tenure.checkout("cad", "2.0").unwrap();
    (server, tenure, seat)
}

fn word(state: &SeatState) -> String {
    match state {
        SeatState::Held { .. } => "held".into(),
        SeatState::Lost { until: Some(_) } => "lost".into(),
        SeatState::Lost { until: None } => "lost for as long as it takes".into(),
        SeatState::Refused { problem, .. } => format!("refused ({})", problem.code),
        SeatState::Lapsed => "lapsed".into(),
        SeatState::Ended(why) => format!("ended ({})", why.code()),
    }
}

/// The server goes away one second after the grant; what the application sees, and when.
fn check(policy: OnLoss, back_after: Option<u64>, expected: Expect) {
    let (server, tenure, seat) = start(policy);
    server.state().down = true;
    let (mut seen, mut last) = (String::new(), String::new());
    for second in 0..4_000 {
        let state = word(&seat.state());
        if state != last {
            seen += &format!("{second} s: {state}\n");
            last = state;
        }
        if back_after == Some(second) {
            server.state().down = false;
        }
        server.pass(&tenure, 1);
    }
    expected.assert_eq(&seen);
}

#[test]
fn keep_until_expiry() {
    check(
        OnLoss::KeepUntilExpiry,
        None,
        expect![[r#"
        0 s: held
        138 s: lost
        900 s: ended (server-lost)
    "#]],
    );
}

#[test]
fn grace() {
    check(
        OnLoss::Grace(Duration::from_secs(600)),
        None,
        expect![[r#"
        0 s: held
        138 s: lost
        1500 s: ended (server-lost)
    "#]],
    );
}

#[test]
fn stop() {
    check(
        OnLoss::Stop,
        None,
        expect![[r#"
        0 s: held
        138 s: ended (server-lost)
    "#]],
    );
}

#[test]
fn go_on() {
    check(
        OnLoss::Continue,
        None,
        expect![[r#"
        0 s: held
        138 s: lost for as long as it takes
    "#]],
    );
}

#[test]
fn the_server_comes_back_in_time() {
    check(
        OnLoss::KeepUntilExpiry,
        Some(500),
        expect![[r#"
        0 s: held
        138 s: lost
        527 s: held
    "#]],
    );
}

#[test]
fn the_server_comes_back_during_grace_and_grants_anew() {
    check(
        OnLoss::Grace(Duration::from_secs(600)),
        Some(1_000),
        expect![[r#"
        0 s: held
        138 s: lost
        1013 s: held
    "#]],
    );
}

#[test]
fn the_server_comes_back_after_an_hour() {
    check(
        OnLoss::Continue,
        Some(3_600),
        expect![[r#"
        0 s: held
        138 s: lost for as long as it takes
        3601 s: held
    "#]],
    );
}

#[test]
fn a_refused_renewal_leaves_the_lease_its_time_under_every_policy() {
    for policy in
        [OnLoss::KeepUntilExpiry, OnLoss::Grace(Duration::from_secs(600)), OnLoss::Continue]
    {
        let (server, tenure, seat) = start(policy);
        let notices = seat.notices();
        server.state().refuse = Some("item-withdrawn");
        server.pass(&tenure, 200);
        assert_eq!(word(&seat.state()), "refused (item-withdrawn)");
        assert!(seat.is_usable());
        server.pass(&tenure, 700);
        assert_eq!(word(&seat.state()), "ended (item-withdrawn)");
        let told: Vec<Notice> = notices.try_iter().collect();
        assert_eq!(told.len(), 2, "{told:?}");
    }
}

#[test]
fn a_refusal_that_is_taken_back_is_forgotten() {
    let (server, tenure, seat) = start(OnLoss::default());
    server.state().refuse = Some("server-suspended");
    server.pass(&tenure, 200);
    server.state().refuse = None;
    server.pass(&tenure, 1_000);
    assert_eq!(word(&seat.state()), "held");
}

#[test]
fn a_lease_taken_back_by_an_administrator_ends_at_the_next_renewal() {
    let (server, tenure, seat) = start(OnLoss::Continue);
    server.state().leases.clear();
    server.pass(&tenure, 135);
    assert_eq!(word(&seat.state()), "ended (lease-unknown)");
}

#[test]
fn a_machine_that_slept_past_the_end_asks_before_it_gives_up() {
    let (server, tenure, seat) = start(OnLoss::KeepUntilExpiry);
    let before = seat.lease().unwrap().id;
    server.clock.advance(Duration::from_secs(8 * 3_600));
    assert_eq!(word(&seat.state()), "lapsed");
    assert!(!seat.is_usable());
    tenure.tick();
    assert_eq!(word(&seat.state()), "held");
    assert_ne!(seat.lease().unwrap().id, before);
}

#[test]
fn a_machine_that_slept_and_finds_no_server_ends_after_three_attempts() {
    let (server, tenure, seat) = start(OnLoss::KeepUntilExpiry);
    server.state().down = true;
    server.seen();
    server.clock.advance(Duration::from_secs(8 * 3_600));
    server.pass(&tenure, 60);
    assert_eq!(word(&seat.state()), "ended (server-lost)");
    assert_eq!(server.seen(), "renew renew renew");
}

#[test]
fn a_seat_that_ended_here_is_given_back_once_the_server_is_there() {
    let (server, tenure, seat) = start(OnLoss::Stop);
    server.state().down = true;
    server.pass(&tenure, 200);
    server.state().down = false;
    assert_eq!((word(&seat.state()).as_str(), server.live()), ("ended (server-lost)", 1));
    drop(seat);
    assert_eq!(server.live(), 0);
}

#[test]
fn a_lease_that_lost_answers_have_lengthened_is_given_back() {
    let (server, tenure, seat) = start(OnLoss::KeepUntilExpiry);
    server.state().fates.extend(vec![Fate::AnswerLost; 1_000]);
    server.pass(&tenure, 900);
    assert_eq!((word(&seat.state()).as_str(), server.live()), ("ended (server-lost)", 1));
    server.state().fates.clear();
    drop(seat);
    assert_eq!(server.live(), 0);
}

#[test]
fn a_seat_whose_lease_is_over_is_not_given_back() {
    let (server, tenure, seat) = start(OnLoss::KeepUntilExpiry);
    server.state().down = true;
    server.pass(&tenure, 1_900);
    server.seen();
    drop(seat);
    assert_eq!(server.seen(), "");
}

#[test]
fn the_client_s_wall_clock_decides_nothing() {
    let (server, tenure, seat) = start(OnLoss::KeepUntilExpiry);
    server.clock.set_wall("2030-01-01T00:00:00Z".parse().unwrap());
    server.pass(&tenure, 1_000);
    assert_eq!(word(&seat.state()), "held");
    server.clock.set_wall("2001-01-01T00:00:00Z".parse().unwrap());
    server.pass(&tenure, 1_000);
    assert_eq!(word(&seat.state()), "held");
}
