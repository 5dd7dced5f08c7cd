//! Waiting in the queue: served, waited in vain, given up, lost and forged answers.

use std::time::Duration;

use tenure_sdk::{Error, Seat, Tenure};

use crate::server::{FakeServer, Fate};

const HOUR: Duration = Duration::from_secs(3_600);

/// Everything is taken; a second client is ready to wait.
fn full() -> (std::sync::Arc<FakeServer>, Tenure, Seat, Tenure) {
    let server = FakeServer::new();
    server.state().capacity = 1;
    let holder = server.client().open().unwrap();
    let seat = holder.checkout("cad", "2.0").unwrap();
    // Time runs faster here than the holder's thread may come to renew: its seat stays taken all the same.
    server.state().leases.values_mut().for_each(|live| live.until = live.until.plus(HOUR * 87_600));
    let waiter = server.client().open().unwrap();
    server.seen();
    (server, holder, seat, waiter)
}

/// Frees the seat once the server has seen so many questions.
fn free_after(server: &FakeServer, polls: usize) {
    let seen = |state: &crate::server::State| state.log.iter().filter(|m| *m == "poll").count();
    while seen(&server.state()) < polls {
        std::thread::yield_now();
    }
    server.state().leases.clear();
}

#[test]
fn a_checkout_waits_for_its_seat() {
    let (server, _holder, _seat, waiter) = full();
    let seat = std::thread::scope(|scope| {
        scope.spawn(|| free_after(&server, 3));
        server.meanwhile(|| waiter.request("cad", "2.0").wait(HOUR).checkout())
    });
    let seat = seat.unwrap();
    assert!(seat.is_usable());
    assert_eq!(seat.lease().unwrap().feature, "cad");
    assert!(server.seen().starts_with("chain checkout poll poll poll"));
    drop(seat);
    assert_eq!(server.live(), 0);
}

#[test]
fn lost_questions_and_answers_are_asked_again_with_another_nonce() {
    let (server, _holder, _seat, waiter) = full();
    let fates = [Fate::Delivered, Fate::Delivered, Fate::RequestLost, Fate::Busy(2)];
    server.state().fates.extend(fates);
    let seat = std::thread::scope(|scope| {
        scope.spawn(|| free_after(&server, 4));
        server.meanwhile(|| waiter.request("cad", "2.0").wait(HOUR).checkout())
    });
    assert!(seat.unwrap().is_usable());
}

#[test]
fn a_ticket_that_is_over_is_a_refusal() {
    let (server, _holder, _seat, waiter) = full();
    server.state().tamper = Some(|reply| {
        if let tenure_sdk::session::Reply::Checkout(answer) = reply {
            answer.tickets.iter_mut().for_each(|ticket| ticket.id = "T-unknown".to_owned());
        }
    });
    let outcome = server.meanwhile(|| waiter.request("cad", "2.0").wait(HOUR).checkout());
    assert_eq!(outcome.unwrap_err().code(), "ticket-ended");
}

#[test]
fn who_gives_up_says_so() {
    let (server, _holder, _seat, waiter) = full();
    // The server is gone for good after the first question: a minute beyond the wait the client gives up.
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !server.state().log.iter().any(|message| message == "poll") {
                std::thread::yield_now();
            }
            server.state().down = true;
        });
        let short = Duration::from_secs(10);
        let outcome = server.meanwhile(|| waiter.request("cad", "2.0").wait(short).checkout());
        assert!(matches!(outcome, Err(Error::Server(_))), "{outcome:?}");
    });
    assert!(
        server.seen().ends_with("cancel"),
        "the ticket is cancelled as far as that is possible"
    );
}

#[test]
fn an_answer_that_is_not_proved_gives_no_seat() {
    let (server, _holder, _seat, waiter) = full();
    server.state().lie = Some(|lease| lease.nonce = Some(tenure_document::Bytes(vec![1; 16])));
    let outcome = std::thread::scope(|scope| {
        scope.spawn(|| free_after(&server, 1));
        server.meanwhile(|| waiter.request("cad", "2.0").wait(HOUR).checkout())
    });
    let error = outcome.unwrap_err();
    assert!(matches!(&error, Error::Forged(forged) if forged.code == "wrong-nonce"), "{error:?}");
}
