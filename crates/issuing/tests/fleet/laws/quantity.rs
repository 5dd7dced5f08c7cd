//! Never more delivered than bought; nothing lost; the same state from the same events.

use super::books::{Books, Units, units};
use super::play::{DEVICES, Play, Step, step};
use crate::publisher::now;
use crate::stage::*;
use proptest::prelude::*;
use tenure_issuing::office::*;

/// How many plays; enough to find each fault that was planted to try the laws, few enough for every run
/// (`PROPTEST_CASES` sets another number).
const CASES: u32 = 20;

/// The lines of the one entitlement, as items name them.
fn lines(office: &Office) -> Vec<(String, u32)> {
    let entitlement = office.entitlements().get(id(1)).expect("it is there");
    let lines = entitlement.lines.iter();
    lines.map(|line| (format!("{}/{}", entitlement.id, line.no), line.quantity)).collect()
}

/// At every moment.
fn check_moment(play: &Play, books: &Books) -> Result<(), TestCaseError> {
    let (office, now) = (&play.stage.office, play.stage.now);
    for (line, bought) in lines(office) {
        let can_hold = books.can_hold(&line, now);
        prop_assert!(can_hold <= bought, "{can_hold} of {line} can be held, {bought} are bought");
    }
    let found = office.look_up(&[id(1)], now);
    for line in &found[0].as_ref().expect("it is there").lines {
        let sum = line.free + line.active + line.returning + line.cooling_down;
        prop_assert_eq!(sum, line.line.quantity, "the numbers of line {} add up", line.line.no);
    }
    for container in office.fleet().all().filter(|one| one.state.is_out_of_step()) {
        let update = office.update_for(container.id, now);
        prop_assert!(update.is_none(), "{:?} gets an update", container.state);
    }
    Ok(())
}

/// Once everybody has everything and said so.
fn check_rest(play: &Play) -> Result<(), TestCaseError> {
    let office = &play.stage.office;
    for name in DEVICES {
        let container = &play.stage.devices[name].container;
        let Some(known) = office.fleet().get(container.id()) else {
            continue;
        };
        if known.state.is_gone() || known.state.is_out_of_step() {
            continue;
        }
        let mut booked = Units::new();
        for one in office.activations().of_container(container.id()) {
            if one.state.counts() {
                prop_assert_eq!(one.state, ActivationState::Confirmed, "{} is settled", one.no);
                *booked.entry(format!("{}/{}", one.entitlement, one.line)).or_default() +=
                    one.quantity;
                for item in office.items_of(one) {
                    let held = container.item(&item.id);
                    prop_assert_eq!(held, Some(&item), "{} is as it is sold now", one.no);
                }
            }
        }
        prop_assert_eq!(units(container.items()), booked, "{} holds what the books say", name);
    }
    Ok(())
}

/// The same events make the same state, and a stored state is the same state.
fn check_replay(
    play: &Play,
    times: &[(usize, tenure_document::Time)],
) -> Result<(), TestCaseError> {
    let stage = &play.stage;
    let birth = OfficeBirth { publisher: "Acme".into(), at: now() };
    let mut replayed = Office::new(birth);
    let mut from = 0;
    for (until, at) in times {
        for event in &stage.told[from..*until] {
            let text = serde_json::to_string(event).expect("an event is JSON");
            replayed.apply(&serde_json::from_str(&text).expect("and is read"), *at);
        }
        from = *until;
    }
    prop_assert!(replayed == stage.office, "replay differs");
    let stored = serde_json::to_string(&stage.office).expect("a state is JSON");
    let read: Office = serde_json::from_str(&stored).expect("and is read");
    prop_assert!(read == stage.office, "a stored state differs");
    prop_assert_eq!(serde_json::to_string(&read).expect("JSON"), stored);
    Ok(())
}

fn check(steps: &[Step]) -> Result<(), TestCaseError> {
    let mut play = Play::new();
    let mut books = Books::default();
    for step in steps {
        play.run(step);
        books.read(&play.stage);
        check_moment(&play, &books)?;
    }
    // In the midst of everything, and again at rest.
    check_replay(&play, &play.stage.times)?;
    play.settle();
    books.read(&play.stage);
    check_moment(&play, &books)?;
    check_rest(&play)?;
    check_replay(&play, &play.stage.times)
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        cases: CASES, ..ProptestConfig::default() })]

    #[test]
    fn never_more_than_bought_and_nothing_lost(steps in prop::collection::vec(step(), 1..80)) {
        check(&steps)?;
    }
}
