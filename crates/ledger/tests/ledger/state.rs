//! The core on every engine: batches, documents, restarts, and that state is the fold of the
//! entries.

use proptest::prelude::*;
use tenure_document::{Algorithm, Envelope, leaf_hash};
use tenure_ledger::{Core, EntrySigner, Fault, SubmitError};

use crate::{
    house::{House, all, give, keyed, nod, outcome, room, seat, take, told, wish},
    machine::{Event, Refusal, Room},
    port::on_every_engine,
};

fn a_batch_is_one_entry(house: House) {
    let mut core = house.open();
    let answers = core.step(&[take(60), take(60), give(1), nod()]);
    assert_eq!(seat(&answers[0]), 1);
    assert_eq!(seat(&answers[1]), 2);
    assert!(answers[..3].iter().all(|answer| outcome(answer).sequence == 1));
    assert_eq!((core.status().sequence, core.status().batches), (1, 1));
    assert_eq!(room(&mut core).taken.len(), 1);
}

fn decisions_see_each_other(mut house: House) {
    house.seats = 2;
    let mut core = house.open();
    let answers = core.step(&[take(60), take(60), take(60), give(1), take(60)]);
    assert_eq!(answers[2].as_ref().unwrap_err(), &SubmitError::Refused(Refusal::NoSeats));
    assert_eq!(seat(&answers[4]), 3);
}

fn nothing_happening_writes_nothing(house: House) {
    let mut core = house.open();
    let answers = core.step(&[nod(), give(9)]);
    assert_eq!(told(&answers), "entry 0 [] 0 documents\nRefused(Unknown)\n");
    assert!(core.step(&[]).is_empty());
    assert_eq!(core.status().sequence, 0);
}

fn what_is_due_comes_first(mut house: House) {
    house.seats = 1;
    let mut core = house.open();
    core.step(&[take(60)]);
    house.pass(59);
    assert!(core.step(&[take(60)])[0].is_err());
    house.pass(1);
    assert_eq!(seat(&core.step(&[take(60)])[0]), 2);
    house.pass(60);
    core.step(&[]);
    assert_eq!(room(&mut core).taken.len(), 0);
    assert_eq!(core.status().sequence, 3, "an end is recorded without a command, too");
}

fn what_the_commands_bring_about_is_in_the_same_entry(mut house: House) {
    house.seats = 2;
    let mut core = house.open();
    let answers = core.step(&[take(600), take(600), wish(60), wish(60), give(1), keyed("k", 60)]);
    assert_eq!(outcome(&answers[4]).events, [Event::Given { id: 1 }]);
    assert_eq!(seat(&answers[5]), 3, "commands of one batch see no other's wishes come true");
    assert_eq!(room(&mut core).wishes, [60, 60]);
    let answers = core.step(&[give(2), give(3)]);
    assert!(answers.iter().all(|answer| outcome(answer).sequence == 2));
    let now = room(&mut core);
    assert_eq!((now.wishes.len(), now.taken.len()), (0, 2), "both wishes, one after the other");
    // What nobody asked for changes no recorded answer, and comes again from disk.
    let again = core.step(&[keyed("k", 60)]);
    assert_eq!((seat(&again[0]), outcome(&again[0]).replayed), (3, true));
    house.pass(60);
    core.step(&[wish(1)]);
    assert_eq!(core.status().sequence, 3);
    assert_eq!(room(&mut core), house.folded());
    drop(core);
    assert_eq!(room(&mut house.open()), house.folded());
    house.verify().unwrap();
}

fn documents_are_proved_by_the_entry(house: House) {
    let mut core = house.open();
    let answers = core.step(&[take(1), give(1), take(2), take(3)]);
    let entry = all(house.reader().as_mut()).pop().unwrap();
    let key = house.key();
    assert_eq!(key.public().algorithm(), Algorithm::Ed25519Batch);
    assert_eq!(outcome(&answers[1]).envelope(0), None, "giving back makes no document");
    for answer in [&answers[0], &answers[2], &answers[3]] {
        let text = outcome(answer).envelope(0).unwrap();
        let envelope = Envelope::parse(text.as_bytes()).unwrap();
        let signature = &envelope.signatures[0];
        let batch = signature.batch.as_ref().unwrap();
        assert_eq!((batch.sequence, batch.size, batch.previous), (1, 3, entry.previous));
        let hash = batch.entry_hash(&leaf_hash(&envelope.pae())).unwrap();
        assert_eq!(hash, entry.hash);
        assert!(key.public().verifies(&tenure_document::batch_message(&hash), &signature.sig));
        let id = key.public().id().to_string();
        assert_eq!(signature.keyid.as_deref(), Some(id.as_str()));
    }
    assert_eq!(outcome(&answers[0]).envelope(1), None);
}

fn a_restart_brings_the_state_back(house: House) {
    let mut core = house.open();
    core.step(&[take(60), take(90)]);
    house.pass(10);
    core.step(&[give(1)]);
    let before = room(&mut core);
    drop(core);
    let (mut core, opened) = house.try_open().unwrap();
    assert_eq!(room(&mut core), before);
    assert!(!opened.fresh);
    assert_eq!((opened.sequence, opened.snapshot, opened.entries), (2, None, 3));
    core.save_snapshot().unwrap();
    drop(core);
    let (mut core, opened) = house.try_open().unwrap();
    assert_eq!(room(&mut core), before);
    assert_eq!((opened.sequence, opened.snapshot, opened.entries), (2, Some(2), 0));
    assert_eq!(house.verify().unwrap().documents, 2);
}

fn the_first_state_is_in_the_ledger(mut house: House) {
    drop(house.open());
    house.seats = 5;
    assert_eq!(room(&mut house.open()).seats, 1000, "not what a later start would begin with");
}

fn another_key_is_refused(house: House) {
    house.open().step(&[take(1)]);
    let ledger = house.ledger().unwrap();
    let key = Box::new(crate::house::Key::new(8));
    let refused =
        Core::open(ledger, key, || Room::with(1), house.options()).map(|_| ()).unwrap_err();
    let expected =
        "ledger entry 0: bad-signature: the signature is not this server's over this entry";
    assert_eq!(refused.to_string(), expected);
}

on_every_engine! {
    a_batch_is_one_entry
    decisions_see_each_other
    nothing_happening_writes_nothing
    what_is_due_comes_first
    what_the_commands_bring_about_is_in_the_same_entry
    documents_are_proved_by_the_entry
    a_restart_brings_the_state_back
    the_first_state_is_in_the_ledger
    another_key_is_refused
}

#[derive(Clone, Debug)]
enum Step {
    Batch(Vec<Do>),
    Pass(u64),
    Restart,
    Snapshot,
    Lose,
}

#[derive(Clone, Debug)]
enum Do {
    Take(u64),
    Give(u64),
    Keyed(u8, u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let one = prop_oneof![
        (1..200u64).prop_map(Do::Take),
        (1..30u64).prop_map(Do::Give),
        (0..4u8, 1..3u64).prop_map(|(key, seconds)| Do::Keyed(key, seconds)),
    ];
    let step = prop_oneof![
        6 => prop::collection::vec(one, 0..6).prop_map(Step::Batch),
        2 => (0..100u64).prop_map(Step::Pass),
        1 => Just(Step::Restart),
        1 => Just(Step::Snapshot),
        1 => Just(Step::Lose),
    ];
    prop::collection::vec(step, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Invariants 5, 6 and 10: whatever happens, the state in memory is the one a restart finds,
    /// the chain is sound, a key leads to one grant, and nobody is told of anything that a restart
    /// does not know.
    #[test]
    fn state_is_the_fold_of_the_ledger(steps in steps()) {
        let house = House { seats: 6, ..House::memory() };
        let mut core = house.open();
        let mut by_key = std::collections::BTreeMap::new();
        for step in steps {
            match step {
                Step::Batch(wishes) => {
                    let jobs: Vec<_> = wishes.iter().map(|wish| match wish {
                        Do::Take(seconds) => take(*seconds),
                        Do::Give(id) => give(*id),
                        Do::Keyed(key, seconds) => keyed(&key.to_string(), *seconds),
                    }).collect();
                    let answers = core.step(&jobs);
                    prop_assert_eq!(answers.len(), jobs.len());
                    for (wish, answer) in wishes.iter().zip(&answers) {
                        if let (Do::Keyed(key, seconds), Ok(_)) = (wish, answer) {
                            let first = by_key.entry(*key).or_insert((*seconds, seat(answer)));
                            prop_assert_eq!(*first, (*seconds, seat(answer)));
                        }
                    }
                }
                Step::Pass(seconds) => house.pass(seconds),
                Step::Restart => {
                    drop(core);
                    core = house.open();
                }
                Step::Snapshot => core.save_snapshot().unwrap(),
                Step::Lose => {
                    house.plan.fail_append(0, tenure_ledger::Trouble::Before);
                    let before = core.status().sequence;
                    let answers = core.step(&[take(5)]);
                    let failed = answers[0].as_ref().is_err_and(|error| {
                        matches!(error, SubmitError::Fault(Fault::Storage) | SubmitError::Refused(Refusal::NoSeats))
                    });
                    prop_assert!(failed, "{:?}", answers);
                    prop_assert_eq!(core.status().sequence, before);
                    // The plan may be left over when nothing was to be written.
                    house.plan.clear();
                }
            }
            let live = room(&mut core);
            prop_assert!(live.taken.len() <= 6);
            let again = house.folded();
            prop_assert_eq!(&again, &live);
        }
        let live = room(&mut core);
        drop(core);
        house.verify().unwrap();
        prop_assert_eq!(room(&mut house.open()), live);
    }
}
