//! Looks back: the journal by pages, the entry of an instant, the state as it was.

use std::ops::ControlFlow;

use expect_test::expect;
use tenure_document::Time;
use tenure_ledger::{EntrySigner, History};

use crate::{
    house::{House, give, take, time},
    machine::{Event, Room},
    port::on_every_engine,
};

fn the_state_as_it_was(house: House) {
    let mut core = house.open();
    let mut states = vec![(time("2026-11-22T08:00:00Z"), crate::house::room(&mut core))];
    for round in 0..12 {
        house.pass(10);
        core.step(&[take(45), give(round)]);
        if round % 5 == 2 {
            core.save_snapshot().unwrap();
        }
        states.push((core.status().at, crate::house::room(&mut core)));
    }
    let history = History::of(core.reader().unwrap(), house.key().public().clone());
    for (number, (at, state)) in states.iter().enumerate() {
        for inside in [*at, Time::from_millis(at.as_millis() + 9_999)] {
            let (seen, head) = history.state_at::<Room>(inside).unwrap().unwrap();
            assert_eq!((&seen, head.sequence), (state, number as u64));
            assert_eq!(history.sequence_at(inside).unwrap(), Some(number as u64));
        }
    }
    let before = time("2026-11-22T07:59:59Z");
    assert!(history.state_at::<Room>(before).unwrap().is_none());
    assert_eq!(history.sequence_at(before).unwrap(), None);
    assert_eq!(history.sequence_at(Time::LATEST).unwrap(), Some(12));
}

fn the_journal_comes_in_pages(house: House) {
    let mut core = house.open();
    house.pass(1);
    core.step(&[take(60), take(60)]);
    house.pass(61);
    core.step(&[take(60)]);
    let history = History::of(core.reader().unwrap(), house.key().public().clone());
    let page = history.page::<Room>(1, 1).unwrap();
    assert_eq!((page.len(), page[0].sequence, page[0].records.len()), (1, 1, 2));
    let page = history.page::<Room>(2, 100).unwrap();
    expect![[r#"
        [
            Journal {
                sequence: 2,
                at: 2026-11-22T08:01:02Z,
                alarms: [],
                records: [
                    Record {
                        key: None,
                        request: None,
                        keep_until: None,
                        events: [
                            Ended {
                                ids: [
                                    1,
                                    2,
                                ],
                            },
                        ],
                    },
                    Record {
                        key: None,
                        request: None,
                        keep_until: None,
                        events: [
                            Taken {
                                id: 3,
                                until: 2026-11-22T08:02:02Z,
                            },
                        ],
                    },
                ],
            },
        ]
    "#]]
    .assert_debug_eq(&page);
    assert_eq!(history.page::<Room>(3, 100).unwrap(), []);
}

/// Entries that say something (every third) between others; two numbers in some of them.
fn the_entry_of_a_number_is_found(house: House) {
    let mut core = house.open();
    let mut entries = Vec::new();
    for round in 1..=40_u64 {
        house.pass(1);
        match round % 3 {
            0 => core.step(&[take(900), take(900)]),
            _ => core.step(&[give(round * 2 / 3)]),
        };
        entries.push((core.status().sequence, crate::house::room(&mut core)));
    }
    let history = History::of(core.reader().unwrap(), house.key().public().clone());
    let find = |wanted: u64| {
        let place = |event: &Event| match event {
            Event::Taken { id, .. } => Some(id.cmp(&wanted)),
            _ => None,
        };
        history.find::<Room>(place).unwrap()
    };
    for wanted in 1..=26 {
        let entry = find(wanted).expect("an entry");
        let events: Vec<&Event> = entry.records.iter().flat_map(|record| &record.events).collect();
        let has = |event: &&Event| matches!(event, Event::Taken { id, .. } if *id == wanted);
        assert!(events.iter().any(has), "{wanted}: {events:?}");
        let before = history.state_before::<Room>(entry.sequence).unwrap().expect("a state");
        let recorded = entries.iter().rev().find(|(sequence, _)| *sequence < entry.sequence);
        assert!(recorded.is_none_or(|(_, state)| *state == before), "before {}", entry.sequence);
    }
    assert_eq!(find(0), None);
    assert_eq!(find(27), None);
    assert_eq!(history.state_before::<Room>(0).unwrap(), None);
}

fn a_range_of_any_length_is_walked(house: House) {
    let mut core = house.open();
    for _ in 0..600 {
        core.step(&[take(60)]);
    }
    let history = History::of(core.reader().unwrap(), house.key().public().clone());
    let walked_so = |at_once: bool, range: std::ops::Range<u64>, most: usize| {
        let mut seen = Vec::new();
        let mut each = |entry: tenure_ledger::Journal<_>| {
            assert_eq!(entry.records.len(), 1);
            seen.push(entry.sequence);
            if seen.len() == most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        if at_once {
            history.walk_at_once::<Event>(range, &mut each).unwrap();
        } else {
            history.walk::<Room>(range, &mut each).unwrap();
        }
        seen
    };
    let walked = |range: std::ops::Range<u64>, most: usize| {
        let seen = walked_so(false, range.clone(), most);
        assert_eq!(walked_so(true, range, most), seen);
        seen
    };
    assert_eq!(walked(1..601, 1000), (1..601).collect::<Vec<_>>());
    assert_eq!(walked(300..303, 1000), [300, 301, 302]);
    assert_eq!(walked(599..u64::MAX, 1000), [599, 600]);
    assert_eq!(walked(5..500, 2), [5, 6]);
    assert!(walked(9..9, 1000).is_empty());
}

on_every_engine! { the_state_as_it_was the_journal_comes_in_pages a_range_of_any_length_is_walked the_entry_of_a_number_is_found }
