//! Commits that fail before or after they took place, crashes at every point between decision and
//! answer, defects in a decision.

use tenure_ledger::{Fault, Ledger, SubmitError, Trouble};

use crate::{
    house::{House, give, keyed, nod, room, seat, take, told},
    port::on_every_engine,
};

const STORAGE: &str = "Fault(Storage)\n";

fn a_commit_that_failed_leaves_no_trace(house: House) {
    let mut core = house.open();
    core.step(&[take(60)]);
    let before = room(&mut core);
    house.plan.fail_append(0, Trouble::Before);
    // The nod rests on events that were not stored: it is not answered either.
    assert_eq!(told(&core.step(&[take(60), nod()])), STORAGE.repeat(2));
    assert_eq!(room(&mut core), before);
    let status = core.status();
    assert_eq!(
        (status.failures, status.degraded.as_deref()),
        (1, Some("the ledger could not write an entry"))
    );
    assert_eq!(seat(&core.step(&[take(60)])[0]), 2);
    assert_eq!(core.status().degraded, None);
    assert_eq!(house.folded(), room(&mut core));
}

fn a_commit_of_unknown_outcome_is_found_by_its_key(house: House) {
    let mut core = house.open();
    for (trouble, entry) in [(Trouble::Before, 1), (Trouble::After, 2)] {
        let key = format!("{trouble:?}");
        house.plan.fail_append(0, trouble);
        assert_eq!(told(&core.step(&[keyed(&key, 60)])), STORAGE);
        let answers = core.step(&[keyed(&key, 60)]);
        assert_eq!(seat(&answers[0]), entry);
        let replayed = answers[0].as_ref().unwrap().replayed;
        assert_eq!(replayed, trouble == Trouble::After);
        assert!(answers[0].as_ref().unwrap().envelope(0).is_some());
    }
    assert_eq!(room(&mut core).applied, 2);
    assert_eq!(house.folded(), room(&mut core));
}

fn an_answer_known_before_is_given_though_the_commit_fails(house: House) {
    let mut core = house.open();
    core.step(&[keyed("a", 60)]);
    house.plan.fail_append(0, Trouble::Before);
    let answers = core.step(&[keyed("a", 60), keyed("a", 61), take(60)]);
    assert_eq!(seat(&answers[0]), 1);
    assert_eq!(answers[1].as_ref().unwrap_err(), &SubmitError::KeyReused);
    assert_eq!(answers[2].as_ref().unwrap_err(), &SubmitError::Fault(Fault::Storage));
}

fn every_kth_commit_may_fail(house: House) {
    let mut core = house.open();
    for round in 0..30 {
        let trouble = if round % 2 == 0 { Trouble::Before } else { Trouble::After };
        house.plan.fail_append(round % 5, trouble);
        for number in 0..8 {
            let key = format!("{round}-{number}");
            let mut answers = core.step(&[keyed(&key, 60)]);
            while answers[0].is_err() {
                answers = core.step(&[keyed(&key, 60)]);
            }
        }
    }
    let live = room(&mut core);
    assert_eq!((live.next, live.applied), (241, 240), "each key one seat");
    assert_eq!(house.folded(), live);
    house.verify().unwrap();
}

fn while_the_ledger_cannot_be_opened_again_nothing_is_served(house: House) {
    let mut core = house.open();
    core.step(&[take(600)]);
    house.plan.fail_append(0, Trouble::Before);
    house.plan.fail_reopen(true);
    assert_eq!(told(&core.step(&[take(60)])), STORAGE);
    assert_eq!(core.look(|_, _| ()), Err(Fault::Storage));
    house.plan.fail_reopen(false);
    assert_eq!(told(&core.step(&[take(60)])), STORAGE, "not before it is time");
    assert_eq!(core.status().sequence, 1, "what was known last");
    house.pass(1);
    assert_eq!(seat(&core.step(&[take(60)])[0]), 2);
    assert_eq!(core.status().degraded, None);
}

fn a_crash_between_decision_and_commit_forgets_the_decision(house: House) {
    let mut core = house.open();
    core.step(&[take(60)]);
    let decided = core.decide(&[take(60), give(1)]);
    assert!(!decided.is_empty());
    drop((decided, core));
    let mut core = house.open();
    assert_eq!(room(&mut core).next, 2);
    assert_eq!(seat(&core.step(&[take(60)])[0]), 2);
}

fn a_crash_between_commit_and_answer_keeps_the_grant(house: House) {
    let mut core = house.open();
    let decided = core.decide(&[keyed("a", 60)]);
    let lost = core.commit(decided);
    drop((lost, core));
    let mut core = house.open();
    let answers = core.step(&[keyed("a", 60)]);
    assert_eq!(seat(&answers[0]), 1);
    assert!(answers[0].as_ref().unwrap().replayed);
    assert_eq!(room(&mut core).next, 2);
}

on_every_engine! {
    a_commit_that_failed_leaves_no_trace
    a_commit_of_unknown_outcome_is_found_by_its_key
    an_answer_known_before_is_given_though_the_commit_fails
    every_kth_commit_may_fail
    while_the_ledger_cannot_be_opened_again_nothing_is_served
    a_crash_between_decision_and_commit_forgets_the_decision
    a_crash_between_commit_and_answer_keeps_the_grant
}

/// A disk that acknowledges without syncing loses the tail, but never leaves a hole: what is there
/// is a prefix.
#[test]
fn a_lying_disk_loses_a_tail_and_nothing_else() {
    let house = House::memory();
    let mut core = house.open();
    core.step(&[take(60)]);
    house.disk().lie_about_sync(true);
    core.step(&[take(60)]);
    core.step(&[take(60)]);
    house.disk().crash();
    house.disk().lie_about_sync(false);
    drop(core);
    let mut core = house.open();
    assert_eq!(room(&mut core).next, 2);
    house.verify().unwrap();
}

/// Two writers on one ledger, as two nodes on PostgreSQL would be: the one that is behind reads
/// what it missed before it goes on.
#[test]
fn a_writer_that_finds_the_head_moved_catches_up() {
    let house = House::memory();
    let mut core = house.open();
    core.step(&[take(60)]);
    core.step(&[take(60)]);
    // Nothing is lost by this crash but the lock.
    house.disk().crash();
    let mut other = house.open();
    assert_eq!(seat(&other.step(&[take(60)])[0]), 3);
    assert_eq!(told(&core.step(&[take(60)])), STORAGE);
    assert_eq!(seat(&core.step(&[take(60)])[0]), 4);
    assert_eq!(house.folded(), room(&mut core));
}

/// The bare engine, too, goes on after it was opened again.
#[test]
fn sqlite_opens_again_on_the_same_lock() {
    let house = House::sqlite();
    let mut core = house.open();
    core.step(&[take(60)]);
    drop(core);
    let mut ledger: Box<dyn Ledger> = house.ledger().unwrap();
    let head = ledger.reading().head().unwrap();
    let mut beside = ledger.reading().reader().unwrap();
    assert_eq!(beside.head().unwrap(), head);
    ledger.reopen().unwrap();
    assert_eq!(ledger.reading().head().unwrap(), head);
    assert_eq!(beside.head().unwrap(), head);
    assert!(house.ledger().is_err(), "the lock was kept");
}
