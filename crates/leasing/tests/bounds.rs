//! Bounds: what a single request may ask for, and what all requests together leave behind.
//!
//! Whoever can ask at all may ask for the largest that is allowed, again and again. After millions of seats the stage is
//! not played on: its laws look at each seat.

mod script;

use expect_test::expect;
use script::words::holder;
use script::{Stage, check};
use std::collections::BTreeMap;
use tenure_document::{Context, Limits, Version, read_json};
use tenure_leasing::{
    BatchEntry, Checkout, Command, ConsumeBatch, DenialReason, DictionaryValue, Event,
    FeatureRequest,
};

/// The largest integer that a document may hold.
const LARGEST: u64 = (1 << 53) - 1;

fn decided(stage: &mut Stage, command: &Command) -> Vec<Event> {
    let events = stage.state.decide(command, stage.now()).expect("it is decided");
    for event in &events {
        stage.state.apply(event, stage.now().at);
    }
    events
}

fn lines(stage: &mut Stage, script: &str) {
    script::lines(script).for_each(|line| stage.line(line));
}

fn asked(host: &str, features: Vec<FeatureRequest>) -> Command {
    Command::Checkout(Checkout::new(holder(host), features))
}

fn batch(client: &str, entries: u64, count: u64) -> ConsumeBatch {
    let entry = |sequence| BatchEntry {
        sequence,
        feature: "cpu".to_owned(),
        version: Version::ANY,
        count,
        used_at: None,
    };
    let (holder, client) = (holder("a"), client.to_owned());
    ConsumeBatch { holder, client, entries: (1..=entries).map(entry).collect(), signed_by: None }
}

#[test]
fn the_largest_request_is_recorded_in_a_few_mebibytes() {
    let stage = Stage::new();
    let texts = (0..15).map(|_| "x".repeat(1_000)).collect();
    let features = (0..256).map(|no| FeatureRequest::new(format!("no{no}"), Version::ANY, 1));
    let mut wanted = Checkout::new(holder("a"), features.collect());
    wanted.dictionary = BTreeMap::from([("k".to_owned(), DictionaryValue::Many(texts))]);
    wanted.selectors = (0..3).map(|no| (no.to_string(), "x".repeat(1_000))).collect();
    let mut state = stage.state.clone();
    let before = serde_json::to_vec(&state).expect("a state").len();
    let events = state.decide(&Command::Checkout(wanted), stage.now()).expect("it is decided");
    assert!(serde_json::to_vec(&events).expect("events").len() < 8 << 20);
    events.iter().for_each(|event| state.apply(event, stage.now().at));
    // What is listed of a denial does not repeat what was said about its asker.
    let after = serde_json::to_vec(&state).expect("a state").len();
    assert!(after - before < 256 * 1_024, "{} bytes", after - before);
}

#[test]
fn a_request_wants_a_million_seats_in_all_at_most() {
    check(
        "item cad 1.0 x5 record
         a checkout cad x1000001; a checkout cad x600000, cad x600000; a checkout cad x0
         a set cad x600000, cad x600000",
        expect![[r#"
            refused bad-request: feature "cad": count must be from 1 to 1000000
            refused bad-request: at most 1000000 seats in one request, all features together
            refused bad-request: feature "cad": count must be from 1 to 1000000
            refused bad-request: at most 1000000 seats in one request, all features together
        "#]],
    );
}

#[test]
fn a_seat_has_one_holder_also_when_the_numbers_run_out() {
    let mut stage = Stage::new();
    stage.line("item cad 1.0 x5 record");
    let mut ask = |count| {
        let features = vec![FeatureRequest::new("cad", Version::ANY, count)];
        match &decided(&mut stage, &asked("a", features))[..] {
            [Event::Granted(granted)] => Ok(granted.parts[0].seats.last().map(|run| run.last)),
            [Event::Denied(denied)] => Err(denied.reason),
            other => panic!("{other:?}"),
        }
    };
    let last = u32::MAX - 1;
    for _ in 0..last / 1_000_000 {
        assert!(ask(1_000_000).is_ok());
    }
    let left = last % 1_000_000;
    assert_eq!(ask(left + 1), Err(DenialReason::NoSeats));
    assert_eq!(ask(left), Ok(Some(last)));
    assert_eq!(ask(1), Err(DenialReason::NoSeats));
}

#[test]
fn one_shared_seat_has_so_many_leases_and_no_more() {
    let mut stage = Stage::new();
    lines(&mut stage, "item cad 1.0 x1 basis=user; item sim 1.0 x1 basis=user");
    for no in 0..10_000 {
        let host = format!("h{no}/ann");
        let events =
            decided(&mut stage, &asked(&host, vec![FeatureRequest::new("cad", Version::ANY, 1)]));
        assert!(matches!(events[..], [Event::Granted(_)]));
    }
    lines(&mut stage, "x/ann checkout cad; x/ann checkout sim; release L1; x/ann checkout cad");
    expect![[r#"
        D-1 max-per-holder: the holder has as many of "cad" as one holder may; give back the lease that is held here
        L10001 granted sim 1.0 x1 from i2[1] until +0:15:00
        released L1
        L10002 shared-seat cad 1.0 x1 from i1[1] until +0:15:00
    "#]].assert_eq(&stage.told());
}

#[test]
fn one_device_has_so_many_leases_and_no_more() {
    let mut stage = Stage::new();
    stage.line("item cad 1.0 uncounted");
    for _ in 0..10_000 {
        let events =
            decided(&mut stage, &asked("a", vec![FeatureRequest::new("cad", Version::ANY, 1)]));
        assert!(matches!(events[..], [Event::Granted(_)]));
    }
    lines(&mut stage, "a checkout cad wait=1h; b checkout cad; release L1; a checkout cad");
    expect![[r#"
        D-1 max-per-holder: the holder has as many of "cad" as one holder may; give back the lease that is held here
        L10001 granted cad 1.0 x1 from i1 until +0:15:00
        released L1
        L10002 granted cad 1.0 x1 from i1 until +0:15:00
    "#]].assert_eq(&stage.told());
}

#[test]
fn no_use_makes_the_papers_of_the_server_unreadable() {
    let mut stage = Stage::new();
    stage.line("item cpu 1.0 x5 metered=0s");
    let events = decided(&mut stage, &Command::ConsumeBatch(batch("c", 9_100, 1_000_000_000_000)));
    let [Event::UsageBatch(recorded)] = &events[..] else { panic!("a batch") };
    let counted = recorded.entries.iter().take_while(|entry| entry.usage.is_some()).count();
    assert_eq!(counted, 9_007);
    stage.line("b consume cpu");
    assert_readable(&mut stage, 9_007_000_000_000_000);
}

#[test]
fn papers_are_readable_also_where_an_older_release_has_counted_more() {
    let mut stage = Stage::new();
    stage.line("item cpu 1.0 x5 metered=0s");
    let events = decided(&mut stage, &Command::ConsumeBatch(batch("c", 1, 1_000_000_000_000)));
    let mut old = events[0].clone();
    let Event::UsageBatch(recorded) = &mut old else { panic!("a batch") };
    recorded.entries[0].parts[0].count = u64::MAX - 7;
    stage.state.apply(&old, stage.now().at);
    stage.line("b consume cpu");
    assert_readable(&mut stage, LARGEST);
}

/// The context and the next report of use can be read, and say so many units.
fn assert_readable(stage: &mut Stage, units: u64) {
    let state = &stage.state;
    let context = state.container().context(stage.now().at, |item| state.consumed(item));
    let text = serde_json::to_vec(&context).expect("a context");
    let context: Context = read_json(&text, Limits::PAYLOAD).expect("it can be read");
    assert_eq!(context.items[0].consumed, units);
    stage.line("+2d");
    let due = stage.state.usage_due(stage.now().at).expect("a report is due");
    assert_eq!(due.totals[0].consumed, units);
}

#[test]
fn who_uses_nothing_that_is_licensed_is_not_remembered() {
    check(
        "item cpu 1.0 x5 metered=0s; property usage.clients-max=100
         a batch c1 1 no, nothing; a batch c1 1 no, cpu; a batch c1 3 no; show left cpu",
        expect![[r#"
        properties-set
        D-1 unknown-feature: this server has no license for "no"; ask the publisher for a new or larger license
        c1 reported through 2:
          1 no x1 unknown-feature
          2 cpu x1 from i1 x1
        c1 reported through 3:
          3 no x1 unknown-feature
        left Some(4)
    "#]],
    );
}

#[test]
fn so_many_clients_are_kept_count_of_and_those_go_on() {
    let mut stage = Stage::new();
    lines(&mut stage, "item cpu 1.0 x500 metered=0s; property usage.clients-max=100");
    for no in 1..=100 {
        decided(&mut stage, &Command::ConsumeBatch(batch(&format!("c{no}"), 1, 1)));
    }
    lines(
        &mut stage,
        "a batch c101 1 cpu; a batch c100 2 cpu; property usage.clients-max=101; a batch c101 1 cpu",
    );
    let long = "c".repeat(129);
    stage.line(&format!("a batch {long} 1 cpu"));
    expect![[r#"
        properties-set
        refused too-many-clients: 100 clients have reported use from a time off line, and no further ones are remembered: report under a name that was used before, or let the administrator raise usage.clients-max
        c100 reported through 2:
          2 cpu x1 from i1 x1
        properties-set
        c101 reported through 1:
          1 cpu x1 from i1 x1
        refused bad-request: the name of the client must have 1 to 128 bytes
    "#]].assert_eq(&stage.told());
}

#[test]
fn uses_that_can_be_taken_back_for_ever_are_so_many() {
    let mut stage = Stage::new();
    stage.line("item cpu 1.0 uncounted reusable");
    for no in 0..10 {
        decided(&mut stage, &Command::ConsumeBatch(batch(&format!("c{no}"), 10_000, 1)));
    }
    lines(&mut stage, "b consume cpu; b batch d 1 cpu; undo U-1; b consume cpu");
    expect![[r#"
        D-1 over-metered: 1 of "cpu" wanted, 0 left; ask the publisher for a new or larger license
        D-2 over-metered: 1 of "cpu" wanted, 0 left; ask the publisher for a new or larger license
        U-1 taken back
        U-100001 cpu 1.0 x1 from i1 x1, undo for ever
    "#]]
    .assert_eq(&stage.told());
}
