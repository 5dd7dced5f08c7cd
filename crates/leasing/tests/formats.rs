//! The stored formats: every event and state that was ever written must be readable for ever.
//!
//! `golden/events-1.jsonl` and `golden/state-1.json` were written by the first release and are never written again,
//! `golden/events-2.jsonl` has the events that came after it (lines are added at its end until that is released). A
//! changed shape is a new event type (or a new member with a default), and gets a line in a new file.

mod script;

use script::Stage;
use std::collections::BTreeSet;
use tenure_leasing::{Event, LeaseFilter, LeaseOrder, Leasing, Page};

/// Every line ever written: what later releases brought stands in files of its own.
const EVENTS: &str =
    concat!(include_str!("golden/events-1.jsonl"), include_str!("golden/events-2.jsonl"),);
const STATE_1: &str = include_str!("golden/state-1.json");

/// A play in which everything happens.
const EVERYTHING: &str = "
    item cad 2.0 x3 overdraft=1; item usr 1.0 x1 basis=user named=1; item api 1.0 x5 metered=5m record; key+ k1
    item cpu 1.0 x8 reusable; item any 1.0 uncounted expiry=+1h grace=1 sel=site:a
    ws1/ann/s1#7@job~virtual checkout cad 1.0 x2 client=k2 key=k1 dict=dept:design borrow=1d by=hour
    ws2#1@task checkout any sel=site:a; ws2#2@task checkout any; ws2/bob checkout usr; release L4 admin=ann
    ws3 checkout cad x9, cad 3.0, Cad; renew L1; renew L1 L9; release L8 L9
    a consume api x2; a consume cpu x3; a consume api x9; undo U-1; a batch c 1 api x2, api x9, none; a checkout api
    property lease.floating-seconds=600 lease.granularity=day; property lease.floating-seconds=
    item one 1.0 x1; f checkout one; g/ann checkout one 1.0 wait=5m client=k2 key=k1; h checkout one wait=5m
    release L5; claim T1; cancel T2
    user+ ann admin; user+ bob read; user- bob; key- k1
    suspend lunch; resume; report - 40 2026-01-06T00:00:00Z; reported 40; archived 40 /old; reconcile a client knows entry 99; withdraw i5; drop ws2 stolen; +20m
    wall -2h; wall 0s; ws4 checkout usr; +1d; ws4/cho checkout usr; +2h; ws5/dan checkout usr
    item new 1.0 x1 start=+2d; model keep partitions { partition 'p' { 'new' 1.0 1 } } on any() { use 'p' }; +1d; model-
    reserve! grp ws1 cad 2.0 x2 pool=default | @ann usr; unreserve grp";

fn play() -> Stage {
    let mut stage = Stage::new();
    script::lines(EVERYTHING).for_each(|line| stage.line(line));
    stage
}

fn types<'a>(lines: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    let of =
        |line: &str| -> serde_json::Value { serde_json::from_str(line).expect("a line of JSON") };
    lines.map(|line| of(line)["type"].as_str().expect("a type").to_owned()).collect()
}

#[test]
fn every_event_ever_written_can_be_read_and_is_written_the_same() {
    for line in EVENTS.lines() {
        let event: Event = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        assert_eq!(script::laws::text_of(&event), line);
    }
}

#[test]
fn every_state_ever_written_can_be_read() {
    let state: Leasing = serde_json::from_str(STATE_1).expect("a state of the first release");
    assert!(state.lease_count() > 0);
    let again = serde_json::to_string(&state).expect("a state is JSON");
    let read: Leasing = serde_json::from_str(&again).expect("what was written can be read");
    assert_eq!(serde_json::to_string(&read).expect("a state is JSON"), again);
}

#[test]
fn every_type_of_event_has_its_line() {
    let stage = play();
    stage.close();
    let lines: Vec<String> = stage
        .events()
        .map(|event| serde_json::to_string(event).expect("an event is JSON"))
        .collect();
    let golden = types(EVENTS.lines());
    assert_eq!(types(lines.iter().map(String::as_str)), golden, "{}", lines.join("\n"));
    // Every variant of the enum; a new one does not compile until it is put here and into the play.
    let known = |event: &Event| match event {
        Event::Granted(_) | Event::Renewed(_) | Event::NotRenewed { .. } => (),
        Event::Released { .. } | Event::NotReleased { .. } | Event::TakenOver { .. } => (),
        Event::Expired { .. } | Event::Denied(_) | Event::Consumed(_) => (),
        Event::UsageBatch(_) | Event::Undone { .. } | Event::Container(_) => (),
        Event::PropertiesSet { .. } | Event::UserSet { .. } | Event::UserDeleted { .. } => (),
        Event::ClientKeyAdded { .. } | Event::ClientKeyRevoked { .. } => (),
        Event::DeviceDropped(_) | Event::Suspended { .. } | Event::Resumed { .. } => (),
        Event::Reconciling { .. } | Event::LedgerArchived { .. } => (),
        Event::Placed { .. } => (),
        Event::UsageReported { .. } | Event::UsageReportTaken { .. } => (),
        Event::Queued(_) | Event::Offered(_) | Event::Claimed { .. } | Event::Unqueued(_) => (),
        Event::ModelSet(_) | Event::ModelDeleted(_) => (),
        Event::ReservationsSet { .. } | Event::ReservationsDeleted { .. } => (),
    };
    stage.events().for_each(known);
    assert_eq!(golden.len(), 33);
}

#[test]
fn events_are_compact() {
    let mut stage = Stage::new();
    stage.line("item cad 2.0 x5");
    stage.line("ws14/ann checkout cad 1.0");
    stage.line("renew L1");
    let sizes: Vec<usize> = stage
        .events()
        .filter(|event| matches!(event, Event::Granted(_) | Event::Renewed(_)))
        .map(|event| serde_json::to_string(event).expect("an event is JSON").len())
        .collect();
    assert!(sizes[0] <= 400 && sizes[1] <= 200, "granted and renewed take {sizes:?} bytes");
    // Without a model nothing speaks of pools and models.
    let events =
        stage.events().map(|event| serde_json::to_string(event).expect("an event is JSON"));
    let state = serde_json::to_string(&stage.state).expect("a state is JSON");
    for text in events.chain([state]) {
        for word in ["\"pool\"", "\"rule\"", "\"models\"", "\"placed_at\"", "\"spent\""] {
            assert!(!text.contains(word), "{word} in {text}");
        }
    }
}

#[test]
fn lists_are_paged_and_filtered() {
    let mut stage = Stage::new();
    stage.line("item cad 2.0 x50");
    stage.line("item sim 1.0 x50");
    for number in 0..20 {
        stage.line(&format!("ws{number:02}/user{} checkout cad, sim", number % 3));
    }
    let ids = |filter: &LeaseFilter, order, page| {
        let list = stage.state.lease_rows(filter, order, page);
        (list.rows.iter().map(|row| row.id.0).collect::<Vec<u64>>(), list.total)
    };
    let all = LeaseFilter::default();
    let (first, last) = (LeaseOrder::OldestFirst, LeaseOrder::NewestFirst);
    assert_eq!(ids(&all, first, Page { skip: 3, take: 3 }), (vec![4, 5, 6], 40));
    assert_eq!(ids(&all, last, Page { skip: 0, take: 2 }), (vec![40, 39], 40));
    assert_eq!(ids(&all, first, Page { skip: 39, take: 9 }), (vec![40], 40));
    let sim = LeaseFilter { feature: Some("sim".into()), ..LeaseFilter::default() };
    assert_eq!(ids(&sim, first, Page { skip: 1, take: 2 }), (vec![4, 6], 20));
    let user = LeaseFilter {
        user: Some("user1".into()),
        item: Some("i1".into()),
        ..LeaseFilter::default()
    };
    assert_eq!(ids(&user, first, Page { skip: 0, take: 2 }), (vec![3, 9], 7));
    let text = LeaseFilter { text: Some("WS07".into()), ..LeaseFilter::default() };
    assert_eq!(ids(&text, LeaseOrder::EndsLast, Page::ALL), (vec![16, 15], 2));
    let devices = stage.state.device_rows(Some("ws1"), Page { skip: 2, take: 2 });
    let hosts: Vec<&str> = devices.rows.iter().map(|row| &*row.host.value).collect();
    assert_eq!((hosts, devices.total), (vec!["ws12", "ws13"], 10));
}

#[test]
fn what_was_asked_is_told_where_the_outcome_does_not_show_it() {
    let mut stage = Stage::new();
    script::lines(
        "item cad 2.0 x3 sel=site:a; item sim 1.0 x5; item cpu 2.0 x8 reusable
        ws1 checkout cad 2.0 x2; ws2 checkout cad 1.0 x2 partial sel=site:a
        ws3 checkout sim 1.0, cad 2.0, sim 1.0 x2 all; ws3 checkout sim 1.0, sim 1.0 all
        ws4 consume cpu 1.0 x2; ws4 consume cpu 2.0 x9; ws4 set cad 2.0",
    )
    .for_each(|line| stage.line(line));
    let asked = stage.events().filter_map(|event| match event {
        Event::Granted(granted) => Some(granted.asked.as_deref()),
        Event::Denied(denied) => Some(denied.asked.as_deref()),
        Event::Consumed(consumed) => Some(consumed.asked.as_deref()),
        _ => None,
    });
    let told: Vec<String> =
        asked.map(|asked| serde_json::to_string(&asked).expect("what was asked is JSON")).collect();
    expect_test::expect![[r#"
        null
        {"version":"1.0","count":2,"partial":true,"selectors":{"site":"a"}}
        {"all":true,"together":[{"name":"sim","version":"1.0","count":1,"partial":false},{"name":"sim","version":"1.0","count":2,"partial":false}]}
        {"all":true}
        {"all":true}
        {"version":"1.0"}
        {"consume":true}
        null"#]].assert_eq(&told.join("\n"));
}
