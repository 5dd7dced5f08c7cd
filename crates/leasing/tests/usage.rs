//! Use over time: the series of the state beside a plain recomputation out of everything that happened.

mod script;

use expect_test::{Expect, expect};
use proptest::prelude::*;
use script::Stage;
use tenure_document::Time;
use tenure_leasing::{By, Event, Leasing, UsageRow};

const FEATURES: [&str; 4] = ["cad", "sim", "usr", "api"];

fn length(by: By) -> i64 {
    if by == By::Hour { 3_600_000 } else { 86_400_000 }
}

/// What the rows of a feature must be, looked up anew for each row in all that happened.
fn recomputed(stage: &Stage, feature: &str, by: By) -> Vec<UsageRow> {
    let now = stage.now().at.as_millis();
    let level = |levels: &std::collections::BTreeMap<String, u64>| {
        levels.get(feature).copied().unwrap_or(0)
    };
    let levels: Vec<(i64, u64)> =
        stage.levels.iter().map(|(at, levels)| (at.as_millis(), level(levels))).collect();
    let counts: Vec<(i64, [u64; 5])> =
        stage.log().map(|(event, at)| (at.as_millis(), counts(event, feature))).collect();
    let moved = levels.windows(2).find(|pair| pair[0].1 != pair[1].1).map(|pair| pair[1].0);
    let counted = counts.iter().find(|(_, counts)| *counts != [0; 5]).map(|(at, _)| *at);
    let Some(since) = moved.into_iter().chain(counted).min() else { return Vec::new() };
    (since.div_euclid(length(by))..=now.div_euclid(length(by)))
        .map(|index| {
            let start = (index * length(by)).max(since);
            let end = (index + 1) * length(by);
            let inside = |at: i64| at >= index * length(by) && at < end;
            let before = levels.iter().rev().find(|(at, _)| *at < start).map_or(0, |(_, n)| *n);
            let changes: Vec<(i64, u64)> =
                levels.iter().filter(|(at, _)| inside(*at)).copied().collect();
            let (mut at, mut used, mut area) = (start, before, 0);
            for (then, level) in &changes {
                area += used * (then - at).unsigned_abs();
                (at, used) = (*then, *level);
            }
            area += used * (end.min(now) - at).unsigned_abs();
            let sum = |which: usize| -> u64 {
                counts.iter().filter(|(at, _)| inside(*at)).map(|(_, counts)| counts[which]).sum()
            };
            UsageRow {
                from: Time::from_millis(start),
                to: Time::from_millis(end.min(now)),
                used_peak: changes.iter().map(|change| change.1).chain([before]).max().unwrap_or(0),
                used_seconds: area / 1_000,
                used_last: used,
                reserved_peak: 0,
                reserved_seconds: 0,
                granted: sum(0),
                denied: sum(1),
                queued: sum(4),
                consumed: sum(2),
                undone: sum(3),
            }
        })
        .collect()
}

/// Grants, denials, units consumed, units taken back and requests that wait.
fn counts(event: &Event, feature: &str) -> [u64; 5] {
    let granted = event.grants().filter(|granted| granted.feature == feature).count() as u64;
    match event {
        Event::Denied(denied) if denied.feature == feature => [0, 1, 0, 0, 0],
        Event::Consumed(consumed) if consumed.feature == feature => [0, 0, consumed.count, 0, 0],
        Event::Undone { feature: of, count, .. } if of == feature => [0, 0, 0, *count, 0],
        Event::Queued(queued) => {
            let wanted = queued.asked.features.iter().filter(|wanted| wanted.name == feature);
            [0, 0, 0, 0, wanted.count() as u64]
        }
        _ => [granted, 0, 0, 0, 0],
    }
}

fn rows(state: &Leasing, stage: &Stage, feature: &str, by: By) -> Vec<UsageRow> {
    state.usage_rows((feature, None), by, (None, None), stage.now().at).unwrap_or_default()
}

/// The series, their recomputation, and those of a restored state are the same.
fn compare(stage: &Stage) {
    let restored = stage.restored().state;
    for feature in FEATURES {
        for by in [By::Hour, By::Day] {
            let shown = rows(&stage.state, stage, feature, by);
            assert_eq!(shown, recomputed(stage, feature, by), "{feature} by {by:?}");
            assert_eq!(shown, rows(&restored, stage, feature, by), "{feature} by {by:?} restored");
        }
    }
}

/// Lines of a play, with these among the requests and among what administrators do.
fn line(asked: &'static str, done: &'static str) -> impl Strategy<Value = String> {
    let select = prop::sample::select::<&'static str>;
    let holder = || prop::sample::select(vec!["a", "b/ann", "c/bob", "d", "e/ann"]);
    prop_oneof![
        6 => (holder(), select(vec!["cad", "cad x2", "cad x9 partial", "sim", "usr", "cad, sim, none", asked]))
            .prop_map(|(holder, asked)| format!("{holder} checkout {asked}")),
        2 => (1..30_u32).prop_map(|lease| format!("renew L{lease}")),
        3 => (1..30_u32).prop_map(|lease| format!("release L{lease}")),
        2 => (holder(), 1..4_u32).prop_map(|(holder, count)| format!("{holder} consume api x{count}")),
        1 => (1..9_u32).prop_map(|usage| format!("undo U-{usage}")),
        4 => select(vec!["+1s", "+7m", "+14m", "+31m", "+1h", "+3h", "+11h", "+1d", "+3d"]).prop_map(str::to_owned),
        1 => select(vec![done, "model-"]).prop_map(str::to_owned),
        1 => select(vec!["replace i1 x1", "replace i1 x6", "withdraw i2", "drop a", "+59m"]).prop_map(str::to_owned),
    ]
}

const MODEL: &str = "model partitions { partition 'a' { 'cad' 1.0 2 'api' 1.0 9 } partition 'b' { 'cad' 2.0 remainder } } \
    on user('ann') { use 'a', 'b' accept } on user('bob') { use 'b', 'default' }";

const ITEMS: &str = "
    item cad 1.0 x4; item cad 2.0 x2 overdraft=1; item sim 1.0 x2 basis=device; item usr 1.0 x2 basis=user named=1
    item api 1.0 x40 reusable; property lease.floating-seconds=5000";

fn play<'a>(lines: impl IntoIterator<Item = &'a str>) -> Stage {
    let mut stage = Stage::new();
    script::lines(ITEMS).for_each(|line| stage.line(line));
    for line in lines {
        let withdrawn = stage.state.container().item("i2").is_none();
        if line == "withdraw i2" && withdrawn || line == "model-" && stage.state.model().is_none() {
            continue;
        }
        stage.line(line);
    }
    stage
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_series_is_what_happened(lines in prop::collection::vec(line("cad x2 wait=20m", "+2h"), 1..60)) {
        let stage = play(lines.iter().map(String::as_str));
        compare(&stage);
        stage.close();
    }

    #[test]
    fn the_series_is_what_happened_also_with_pools(lines in prop::collection::vec(line("cad x3", MODEL), 1..60)) {
        let stage = play(lines.iter().map(String::as_str));
        compare(&stage);
        stage.close();
    }
}

fn check(script: &str, by: By, range: (Option<&str>, Option<&str>), expected: Expect) {
    let stage = play(script::lines(script));
    compare(&stage);
    let time = |text: Option<&str>| text.map(|text| text.parse().expect("a time"));
    let range = (time(range.0), time(range.1));
    let now = stage.now().at;
    let rows = stage.state.usage_rows(("cad", None), by, range, now).unwrap_or_default();
    let row = |row: &UsageRow| {
        let UsageRow { from, to, used_peak, used_seconds, used_last, granted, denied, .. } = row;
        format!(
            "{from} to {to}: peak {used_peak}, {used_seconds} s, last {used_last}, granted {granted}, denied {denied}\n"
        )
    };
    expected.assert_eq(&rows.iter().map(row).collect::<String>());
}

const MORNING: &str = "+30m; a checkout cad x2; +40m; b checkout cad x9; renew L1; +1h; renew L1; +1h; renew L1; release L1";

#[test]
fn every_hour_has_a_row_also_where_nothing_happened() {
    check(
        MORNING,
        By::Hour,
        (None, None),
        expect![[r#"
        2026-01-05T08:30:00Z to 2026-01-05T09:00:00Z: peak 2, 3600 s, last 2, granted 1, denied 0
        2026-01-05T09:00:00Z to 2026-01-05T10:00:00Z: peak 2, 7200 s, last 2, granted 0, denied 1
        2026-01-05T10:00:00Z to 2026-01-05T11:00:00Z: peak 2, 7200 s, last 2, granted 0, denied 0
        2026-01-05T11:00:00Z to 2026-01-05T11:10:00Z: peak 2, 1200 s, last 0, granted 0, denied 0
    "#]],
    );
}

#[test]
fn a_range_shows_the_hours_that_it_touches() {
    let (from, to) = (Some("2026-01-05T10:59:59Z"), Some("2026-01-05T11:00:01Z"));
    check(
        MORNING,
        By::Hour,
        (from, to),
        expect![[r#"
        2026-01-05T10:00:00Z to 2026-01-05T11:00:00Z: peak 2, 7200 s, last 2, granted 0, denied 0
        2026-01-05T11:00:00Z to 2026-01-05T11:10:00Z: peak 2, 1200 s, last 0, granted 0, denied 0
    "#]],
    );
    check(
        MORNING,
        By::Day,
        (to, None),
        expect![[r#"
        2026-01-05T08:30:00Z to 2026-01-05T11:10:00Z: peak 2, 19200 s, last 0, granted 1, denied 1
    "#]],
    );
    check(MORNING, By::Hour, (None, Some("2026-01-05T08:00:00Z")), expect![[""]]);
    check(MORNING, By::Hour, (Some("2026-01-05T12:00:00Z"), None), expect![[""]]);
}

#[test]
fn use_out_of_a_named_pool_has_a_series_of_its_own() {
    let mut stage = play([
        "model partitions { partition 'a' { 'cad' 1.0 2 'api' 1.0 9 } } on user('ann') { use 'a' accept }",
        "ws/ann checkout cad",
        "+30m",
        "b checkout cad",
        "ws/ann consume api x3",
        "+1h",
    ]);
    assert_eq!(stage.state.usage_pools("cad"), ["a"]);
    let of = |stage: &Stage, feature: &str, pool| {
        let rows = stage.state.usage_rows((feature, pool), By::Day, (None, None), stage.now().at);
        let row = rows.expect("a series").remove(0);
        (row.used_peak, row.used_seconds, row.consumed)
    };
    assert_eq!(of(&stage, "cad", Some("a")), (1, 5_400, 0));
    assert_eq!(of(&stage, "cad", None), (2, 5_400 + 3_600, 0));
    assert_eq!(of(&stage, "api", Some("a")), (0, 0, 3));
    // The pool goes, and comes again: it has one series.
    for line in [
        "model-",
        "+3h",
        "model partitions { partition 'a' { 'cad' 1.0 2 } } on any() { use 'a' }",
        "c checkout cad",
    ] {
        stage.line(line);
    }
    let mut restored = stage.restored();
    for stage in [&mut stage, &mut restored] {
        stage.line("d checkout cad");
        assert_eq!(of(stage, "cad", Some("a")).0, 2);
        assert_eq!(stage.state.usage_pools("cad"), ["a"]);
    }
    stage.close();
}

#[test]
fn reserved_seats_are_a_level_of_their_own() {
    let mut stage = play(["reserve design ws1 cad x2", "+1h", "unreserve design", "+1h"]);
    let of = |stage: &Stage| {
        let rows = rows(&stage.state, stage, "cad", By::Day).remove(0);
        (rows.reserved_peak, rows.reserved_seconds, rows.used_peak)
    };
    assert_eq!(of(&stage), (2, 2 * 3_600, 0));
    assert_eq!(of(&stage.restored()), of(&stage));
    stage.line("a checkout cad");
    assert_eq!(of(&stage), (2, 2 * 3_600, 1));
    stage.close();
}

#[test]
fn names_that_nobody_licensed_have_no_series() {
    let stage = play(["a checkout none", "a checkout cad 9.0"]);
    let rows =
        |feature| stage.state.usage_rows((feature, None), By::Day, (None, None), stage.now().at);
    assert_eq!(rows("none"), None);
    assert_eq!(rows("sim"), None);
    assert_eq!(rows("cad").map(|rows| rows.len()), Some(1));
}

#[test]
fn years_of_use_stay_bounded() {
    let mut stage = play([]);
    for _ in 0..450 {
        for line in ["a checkout cad", "+11h", "a checkout sim", "+13h"] {
            stage.line(line);
        }
    }
    let count = |by| rows(&stage.state, &stage, "cad", by).len();
    assert_eq!((count(By::Hour), count(By::Day)), (35 * 24, 400));
    let restored = stage.restored();
    assert_eq!(
        rows(&restored.state, &stage, "cad", By::Day),
        rows(&stage.state, &stage, "cad", By::Day)
    );
    stage.close();
}

/// What the next report would hold, a line each.
fn due(stage: &Stage) -> String {
    let Some(due) = stage.state.usage_due(stage.now().at) else { return "nothing\n".to_owned() };
    let after = due.after.map_or("-".to_owned(), |(sequence, _)| sequence.to_string());
    let rows = due.totals.iter().map(|total| {
        assert_eq!((total.item_id.as_str(), total.holder.as_str()), ("", ""), "sums only");
        let undone = match total.undone {
            0 => String::new(),
            undone => format!(" undone {undone}"),
        };
        format!(
            "{} {} checkouts {} denials {} peak {} seat-seconds {} consumed {}{undone}\n",
            total.from,
            total.feature,
            total.checkouts,
            total.denials,
            total.peak,
            total.seat_seconds,
            total.consumed
        )
    });
    format!("after {after} until {}\n{}", due.until, rows.collect::<String>())
}

#[test]
fn a_report_holds_the_days_that_are_over_and_goes_on_where_the_last_one_ended() {
    let mut stage = Stage::new();
    let play =
        |stage: &mut Stage, text: &str| script::lines(text).for_each(|line| stage.line(line));
    play(
        &mut stage,
        "item cad 2.0 x3; item api 1.0 x9 metered=5m; ws1 checkout cad; ws2 checkout cad x9",
    );
    expect![[r#"
        after - until 2026-01-05T00:00:00Z
    "#]]
    .assert_eq(&due(&stage));
    play(&mut stage, "a consume api x4; undo U-1; a consume api x3; +1d");
    expect![[r#"
        after - until 2026-01-06T00:00:00Z
        2026-01-05T08:00:00Z api checkouts 0 denials 0 peak 0 seat-seconds 0 consumed 3
        2026-01-05T08:00:00Z cad checkouts 1 denials 1 peak 1 seat-seconds 57600 consumed 0
    "#]]
    .assert_eq(&due(&stage));
    play(&mut stage, "report - 40 2026-01-06T00:00:00Z");
    expect![[r#"
        nothing
    "#]]
    .assert_eq(&due(&stage));
    // Who made one on an older view than the newest is told.
    play(
        &mut stage,
        "report - 41 2026-01-07T00:00:00Z; +1d; report 40 50 2026-01-07T00:00:00Z; reported 40",
    );
    let kept: Vec<(u64, bool)> =
        stage.state.usage_reports().map(|report| (report.to_sequence, report.taken)).collect();
    assert_eq!(kept, [(40, true), (50, false)]);
}

#[test]
fn units_taken_back_on_a_later_day_are_reported_with_that_day() {
    let stage = play([
        "a consume api x8",
        "+1d",
        "report - 40 2026-01-06T00:00:00Z",
        "b consume api x5",
        "undo U-1",
        "+1d",
        "undo U-2",
        "+1d",
    ]);
    expect![[r#"
        after 40 until 2026-01-08T00:00:00Z
        2026-01-06T00:00:00Z api checkouts 0 denials 0 peak 0 seat-seconds 0 consumed 0 undone 3
        2026-01-07T00:00:00Z api checkouts 0 denials 0 peak 0 seat-seconds 0 consumed 0 undone 5
    "#]]
    .assert_eq(&due(&stage));
}
