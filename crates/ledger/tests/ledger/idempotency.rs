//! Laws of idempotency keys: one key, one grant; another request is refused; restarts, evictions
//! and batches make no difference.

use std::time::Duration;

use tenure_ledger::{Idempotency, Job, SubmitError};

use crate::{
    house::{House, give, keyed, outcome, room, seat, take, told},
    machine::Command,
    port::on_every_engine,
};

fn a_repeated_command_has_the_recorded_answer(house: House) {
    let mut core = house.open();
    let first = core.step(&[take(600), keyed("a", 600), take(600)]);
    let document = outcome(&first[1]).envelope(0).unwrap();
    for round in 0..4 {
        let answers = core.step(&[take(600), keyed("a", 600)]);
        let again = outcome(&answers[1]);
        assert_eq!(again.events, outcome(&first[1]).events);
        assert_eq!((again.sequence, again.at), (1, outcome(&first[1]).at));
        assert_eq!(again.envelope(0).unwrap(), document, "byte for byte");
        assert!(again.replayed && !outcome(&first[1]).replayed);
        house.pass(10);
        match round {
            0 => core.save_snapshot().unwrap(),
            2 => continue,
            _ => {}
        }
        drop(core);
        core = house.open();
    }
}

fn a_document_that_cannot_be_made_again_is_left_out(house: House) {
    let mut core = house.open();
    let first = core.step(&[keyed("a", 600)]);
    core.step(&[give(1)]);
    let again = core.step(&[keyed("a", 600)]);
    assert_eq!(outcome(&again[0]).events, outcome(&first[0]).events);
    assert_eq!(outcome(&again[0]).documents.len(), 1);
    assert_eq!(outcome(&again[0]).envelope(0), None);
}

fn a_key_with_another_request_is_refused(house: House) {
    let mut core = house.open();
    let answers = core.step(&[keyed("a", 600), keyed("a", 601), keyed("b", 601)]);
    assert_eq!(answers[1].as_ref().unwrap_err(), &SubmitError::KeyReused);
    assert_eq!(seat(&answers[2]), 2);
    drop(core);
    let mut core = house.open();
    assert_eq!(told(&core.step(&[keyed("a", 601)])), "KeyReused\n");
}

fn duplicates_in_one_batch_get_one_answer(house: House) {
    let mut core = house.open();
    let answers = core.step(&[keyed("a", 600), take(600), keyed("a", 600), keyed("a", 600)]);
    let first = outcome(&answers[0]).envelope(0).unwrap();
    for answer in &answers[2..] {
        assert_eq!(seat(answer), 1);
        assert_eq!(outcome(answer).envelope(0).unwrap(), first);
        assert!(outcome(answer).replayed);
    }
    assert_eq!(room(&mut core).taken.len(), 2);
}

fn a_refused_command_uses_up_no_key(mut house: House) {
    house.seats = 1;
    let mut core = house.open();
    let answers = core.step(&[take(600), keyed("a", 600), give(1), keyed("a", 600)]);
    assert!(matches!(answers[1], Err(SubmitError::Refused(_))));
    assert_eq!(seat(&answers[3]), 2);
}

fn keys_are_of_who_asks(house: House) {
    let mut core = house.open();
    let job = |who: &str, key: &str| Job {
        command: Command::Take { seconds: 60 },
        idempotency: Some(Idempotency::new(who, key, b"60")),
    };
    let answers = core.step(&[job("ann", "bk"), job("annb", "k"), job("bob", "bk")]);
    assert_eq!(answers.iter().map(seat).collect::<Vec<_>>(), [1, 2, 3]);
}

fn keys_run_out_after_their_time(house: House) {
    let mut core = house.open();
    let (day, week) = (Duration::from_secs(86_400), Duration::from_secs(7 * 86_400));
    core.step(&[keyed("long", week.as_secs()), keyed("day", 60)]);
    house.clock.advance(day);
    assert!(core.step(&[keyed("day", 60)])[0].as_ref().unwrap().replayed);
    house.pass(2);
    core.step(&[keyed("push", 60), keyed("push more", 60)]);
    assert!(!core.step(&[keyed("day", 60)])[0].as_ref().unwrap().replayed);
    assert!(core.step(&[keyed("long", week.as_secs())])[0].as_ref().unwrap().replayed);
    drop(core);
    let mut core = house.open();
    assert!(core.step(&[keyed("long", week.as_secs())])[0].as_ref().unwrap().replayed);
}

fn the_oldest_keys_go_first(mut house: House) {
    house.options = |options| options.keys_max = 10;
    let mut core = house.open();
    for number in 0..15 {
        core.step(&[keyed(&number.to_string(), 60)]);
    }
    assert_eq!(core.status().keys, 10);
    drop(core);
    let mut core = house.open();
    assert_eq!(core.status().keys, 10);
    assert!(!core.step(&[keyed("4", 60)])[0].as_ref().unwrap().replayed);
    assert!(core.step(&[keyed("14", 60)])[0].as_ref().unwrap().replayed);
}

on_every_engine! {
    a_repeated_command_has_the_recorded_answer
    a_document_that_cannot_be_made_again_is_left_out
    a_key_with_another_request_is_refused
    duplicates_in_one_batch_get_one_answer
    a_refused_command_uses_up_no_key
    keys_are_of_who_asks
    keys_run_out_after_their_time
    the_oldest_keys_go_first
}
