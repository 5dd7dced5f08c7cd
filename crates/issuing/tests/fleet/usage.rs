//! Reports of use: counted once, gaps and forks told apart.

use super::stage::*;
use expect_test::expect;
use tenure_document::{
    ContainerKind, Hash, LeaseId, SeatRange, Time, Usage, UsageInterval, UsageTotal, seal,
    verify_signed_by,
};
use tenure_issuing::office::*;

fn time(text: &str) -> Time {
    text.parse().unwrap()
}

fn interval(from: &str, until: &str, seats: u32) -> UsageInterval {
    UsageInterval {
        lease: LeaseId(1),
        item_id: "A-0000001.0".into(),
        seats: vec![SeatRange { first: 1, last: seats }],
        from: time(from),
        until: time(until),
        holder: "p-1".into(),
        feature: "cad".into(),
    }
}

/// A report of a server to the office.
fn report(
    stage: &mut Stage,
    entries: (u64, u64),
    hashes: (Option<&str>, &str),
    intervals: Vec<UsageInterval>,
) -> String {
    report_with(stage, entries, hashes, (intervals, Vec::new()))
}

fn report_with(
    stage: &mut Stage,
    (from, to): (u64, u64),
    (previous, head): (Option<&str>, &str),
    (intervals, totals): (Vec<UsageInterval>, Vec<UsageTotal>),
) -> String {
    let device = &stage.devices["s"];
    let usage = Usage {
        server: device.container.id(),
        generation: 1,
        from_sequence: from,
        to_sequence: to,
        head: Hash::of(head.as_bytes()),
        intervals,
        at: stage.now,
        previous: previous.map(|text| Hash::of(text.as_bytes())),
        totals,
    };
    let envelope = seal(&usage, &[&device.signer()]);
    let usage = verify_signed_by(&envelope, device.container.key()).unwrap();
    let by = Asker::Container(device.container.id());
    told(stage.run(&Command::Usage(Box::new(UsageIn { usage, by }))))
}

#[test]
fn reports_count_once_and_tell_gaps_from_forks() {
    let mut stage = Stage::new();
    stage.device_of("s", 1, ContainerKind::Server);
    let mut said = report(&mut stage, (1, 5), (None, "h5"), Vec::new());
    stage.exchange("s", &[]).unwrap();
    let day = vec![
        interval("2026-11-22T22:00:00Z", "2026-11-23T01:00:00Z", 2),
        interval("2026-11-22T23:00:00Z", "2026-11-22T23:30:00Z", 1),
    ];
    said += &report(&mut stage, (1, 5), (None, "h5"), day.clone());
    said += &report(&mut stage, (1, 5), (None, "h5"), day);
    said += &report(&mut stage, (4, 9), (None, "h9"), Vec::new());
    said += &report(
        &mut stage,
        (6, 9),
        (Some("h5"), "h9"),
        vec![interval("2026-11-23T02:00:00Z", "2026-11-23T02:00:10Z", 3)],
    );
    said += &report(&mut stage, (12, 13), (None, "h13"), Vec::new());
    said += &report(&mut stage, (14, 15), (Some("other"), "h15"), Vec::new());
    said += &report(&mut stage, (9, 8), (None, "h"), Vec::new());
    expect![[r#"
        container-unknown: the office does not know container T-SJ6D-877F-J1YS; send its context first
        usage-taken continuity=first from_sequence=1 generation=1 head=rOp3_YnH-1hsjHxhK1NjTEVxpAz4sbzssAIxEhBCP1c rows=[{checkouts:3,day:20779,feature:cad,item_id:A-0000001.0,peak:3,seat_seconds:16200},{day:20780,feature:cad,item_id:A-0000001.0,peak:2,seat_seconds:7200}] server=01040G2081040G2081040G2081 to_sequence=5
        nothing
        usage-overlap: the report begins at entry 4 of container T-SJ6D-877F-J1YS, of which everything up to 5 was reported: report from 6 on
        usage-taken continuity=seamless from_sequence=6 generation=1 head=pCBnGtOiTBTiIt6fPJ2q06uN7XR-FbM77IQUdB5Ya4c rows=[{checkouts:3,day:20780,feature:cad,item_id:A-0000001.0,peak:3,seat_seconds:30}] server=01040G2081040G2081040G2081 to_sequence=9
        usage-taken continuity=gap from_sequence=12 generation=1 head=9vvMd3PDqPbI6Om7RFiSzuAEUUKoBCwhwzMtEF59mQ4 server=01040G2081040G2081040G2081 to_sequence=13
        usage-taken continuity=fork from_sequence=14 generation=1 head=5hm-p5fFjuE2OQUZVDFppOPIUaPCYKw1xfnVj4GC5Wg server=01040G2081040G2081040G2081 to_sequence=15
        malformed-usage: the report contradicts itself: it ends before it begins
    "#]].assert_eq(&said);
    let rows: Vec<String> = stage
        .office
        .usage()
        .rows(20_000, 30_000)
        .map(|(_, row)| {
            format!(
                "{}: {} checkouts, peak {}, {} s",
                row.day, row.checkouts, row.peak, row.seat_seconds
            )
        })
        .collect();
    expect![[r#"
        20779: 3 checkouts, peak 3, 16200 s
        20780: 3 checkouts, peak 3, 7230 s"#]]
    .assert_eq(&rows.join("\n"));
    let reported = stage.office.usage().reported(stage.id_of("s")).unwrap();
    assert_eq!((reported.gaps, reported.forks), (1, 1));
}

/// Metered units consumed, and those taken back of earlier days.
fn units(day: &str, consumed: u64, undone: u64) -> UsageTotal {
    UsageTotal {
        feature: "api".into(),
        item_id: String::new(),
        holder: String::new(),
        from: time(&format!("{day}T00:00:00Z")),
        until: time(&format!("{day}T23:59:59Z")),
        checkouts: 0,
        denials: 0,
        peak: 0,
        seat_seconds: 0,
        consumed,
        undone,
    }
}

#[test]
fn units_taken_back_are_off_the_days_on_which_they_were_consumed() {
    let mut stage = Stage::new();
    stage.device_of("s", 1, ContainerKind::Server);
    stage.exchange("s", &[]).unwrap();
    let mut tell = |(from, to), (previous, head), totals| {
        report_with(&mut stage, (from, to), (previous, head), (Vec::new(), totals));
        let rows = stage.office.usage().rows(20_000, 30_000);
        let rows = rows.map(|(_, row)| format!("{}: {}+{}", row.day, row.consumed, row.undone));
        rows.collect::<Vec<_>>().join(", ")
    };
    let told = [
        tell((1, 5), (None, "h5"), vec![units("2026-11-18", 8, 0), units("2026-11-19", 3, 0)]),
        tell(
            (6, 7),
            (Some("h5"), "h7"),
            vec![units("2026-11-20", 0, 9), units("2026-11-21", 4, 0)],
        ),
        tell((8, 9), (Some("h7"), "h9"), vec![units("2026-11-22", 0, 99)]),
    ];
    expect![[r#"
        20775: 8+0, 20776: 3+0
        20775: 2+0, 20776: 0+0, 20777: 0+0, 20778: 4+0
        20775: 0+0, 20776: 0+0, 20777: 0+0, 20778: 0+0, 20779: 0+0"#]]
    .assert_eq(&told.join("\n"));
}

/// A report for the play of every event.
pub fn report_everything(stage: &mut Stage) {
    let used = vec![interval("2026-11-22T22:00:00Z", "2026-11-22T23:00:00Z", 2)];
    report(stage, (1, 5), (None, "h5"), used);
}

#[test]
fn features_are_told_apart_where_no_item_is_said() {
    let mut stage = Stage::new();
    stage.device_of("s", 1, ContainerKind::Server);
    stage.exchange("s", &[]).unwrap();
    let of = |feature: &str, consumed| UsageTotal {
        feature: feature.into(),
        ..units("2026-11-20", consumed, 0)
    };
    report_with(&mut stage, (1, 2), (None, "h2"), (Vec::new(), vec![of("api", 5), of("cpu", 7)]));
    report_with(&mut stage, (3, 4), (Some("h2"), "h4"), (Vec::new(), vec![of("cpu", 1)]));
    let stored = serde_json::to_vec(stage.office.usage()).unwrap();
    let restored: UsageBook = serde_json::from_slice(&stored).unwrap();
    for book in [stage.office.usage(), &restored] {
        let rows = book.rows(20_000, 30_000);
        let rows: Vec<_> = rows.map(|(_, row)| (row.feature.as_str(), row.consumed)).collect();
        assert_eq!(rows, [("api", 5), ("cpu", 8)]);
    }
}
