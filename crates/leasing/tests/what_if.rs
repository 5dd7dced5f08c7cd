//! What-if replays: nothing proposed changes nothing, proposals change what they should, and everything is bounded.

mod script;

use expect_test::{Expect, expect};
use proptest::prelude::*;
use script::Stage;
use script::random::{self, holder};
use std::fmt::Write;
use tenure_leasing::{
    Command, GroupBy, Leasing, PropertyValue, Recorded, RequestExample, ReservationChange, WhatIf,
    WhatIfOptions, WhatIfReport,
};

/// Replays what a stage has recorded since `state`, on that state with these changes.
fn replay(
    stage: &Stage,
    (state, from): (Leasing, usize),
    proposal: &[Command],
    group_by: GroupBy,
) -> WhatIfReport {
    let records = &stage.records()[from..];
    let options = WhatIfOptions { group_by, ..WhatIfOptions::default() };
    let now = from.checked_sub(1).map_or(stage.now(), |last| stage.records()[last].1);
    let mut what_if = WhatIf::new(state, proposal, options, now).expect("a proposal that can be");
    for (events, now) in records {
        let text = serde_json::to_string(events).expect("events are JSON");
        let read: Vec<Recorded> = serde_json::from_str(&text).expect("what was written");
        what_if.entry([read], *now);
    }
    what_if.report()
}

/// Plays `before` for the state to begin with, then `play`; replays that with properties changed.
fn check(before: &str, play: &str, properties: &[(&str, PropertyValue)], expected: Expect) {
    let set = Command::SetProperties {
        by: "root".into(),
        changes: properties
            .iter()
            .map(|(key, value)| ((*key).to_owned(), Some(value.clone())))
            .collect(),
    };
    check_proposal(before, play, (set, GroupBy::User), expected);
}

/// The same with any proposal.
fn check_proposal(before: &str, play: &str, (set, by): (Command, GroupBy), expected: Expect) {
    let mut stage = Stage::new();
    script::lines(before).for_each(|line| stage.line(line));
    let begin = (stage.state.clone(), stage.records().len());
    script::lines(play).for_each(|line| stage.line(line));
    let report = replay(&stage, begin, &[set], by);
    expected.assert_eq(&told(&report));
}

fn model(text: &str) -> Command {
    let text = format!("model \"stage\" {{\n{}\n}}", text.replace('\'', "\""));
    Command::SetModel { by: "root".into(), text, keep_leases: true, note: None, expected: None }
}

/// Groups in the place of all others, written as `GROUP HOST cad x1, sim | @USER cad; GROUP …`.
fn groups(text: &str) -> Command {
    let postings = script::lines(text).map(|group| {
        let words: Vec<&str> = group.split_whitespace().collect();
        script::words::posting(words[0], &words[1..])
    });
    let change = ReservationChange::Import {
        postings: postings.collect(),
        replace: true,
        keep_leases: true,
    };
    Command::ChangeReservations { by: "root".into(), change }
}

fn told(report: &WhatIfReport) -> String {
    let mut text = String::new();
    for row in &report.features {
        let (name, outcomes, used) = (&row.feature, row.outcomes, row.used);
        let _ = writeln!(
            text,
            "{name}: {} requests, granted {} -> {}, gained {}, lost {}, peak {} -> {}, at the end {} -> {}",
            outcomes.requests,
            outcomes.granted_before,
            outcomes.granted_after,
            outcomes.gained,
            outcomes.lost,
            used.before.peak,
            used.after.peak,
            used.before.last,
            used.after.last,
        );
        let idle = row.reserved_idle;
        if idle.before.peak + idle.after.peak > 0 {
            let (before, after) = (idle.before, idle.after);
            let _ = writeln!(
                text,
                "{name} reserved and idle: peak {} -> {}, average {} -> {} thousandths, at the end {} -> {}",
                before.peak,
                after.peak,
                before.average_milli,
                after.average_milli,
                before.last,
                after.last,
            );
        }
    }
    let example = |kind: &str, example: &RequestExample| {
        let RequestExample { holder, group, feature, count, denied, rule, .. } = example;
        let (host, code) = (&holder.host.value, denied.reason.code());
        let rule = rule.as_ref().map_or(String::new(), |(line, text)| format!(", {line}: {text}"));
        format!("{kind}: {host} ({group}) {feature} x{count} {code}{rule}\n")
    };
    for row in report.groups.iter().filter(|row| row.group.starts_with("pool")) {
        let (name, group, outcomes) = (&row.feature, &row.group, row.outcomes);
        let _ = writeln!(text, "{name} for {group}: {} requests", outcomes.requests);
    }
    for row in &report.pools {
        let (before, after) = (row.held.before.peak, row.held.after.peak);
        let _ = writeln!(text, "{} from {}: peak {before} -> {after}", row.feature, row.pool);
    }
    text.extend(report.gained.iter().map(|row| example("gained", row)));
    text.extend(report.lost.iter().map(|row| example("lost", row)));
    text
}

#[test]
fn a_denial_that_would_not_have_been_and_one_that_would() {
    check(
        "item cad 1.0 x2; item vm 1.0 x2; property lease.virtual-allowed=false",
        "a/ann~virtual checkout vm; +5m; b/bob checkout cad; c/cho checkout cad; d/dan checkout cad; release L1",
        &[("lease.virtual-allowed", PropertyValue::Flag(true))],
        expect![[r#"
            vm: 1 requests, granted 0 -> 1, gained 0, lost 1, peak 0 -> 1, at the end 0 -> 1
            cad: 3 requests, granted 2 -> 2, gained 0, lost 0, peak 2 -> 2, at the end 1 -> 1
            lost: a (ann) vm x1 virtual-not-allowed
        "#]],
    );
}

#[test]
fn what_only_the_replay_grants_is_held_as_long_as_others_and_once_for_who_asks_again() {
    // Leases of vm last ten minutes here. The replay gives ann one at once, not again a minute later, and has it back
    // when the recorded lease that she then gets is over.
    check(
        "item vm 1.0 x9; property lease.virtual-allowed=false",
        "a checkout vm; +10m; release L1; b/ann~virtual checkout vm; +1m; b/ann~virtual checkout vm; +5m; c checkout vm
        +9m; c checkout vm; b~virtual checkout vm; +1h",
        &[("lease.virtual-allowed", PropertyValue::Flag(true))],
        expect![[r#"
            vm: 6 requests, granted 3 -> 6, gained 0, lost 3, peak 2 -> 3, at the end 0 -> 0
            lost: b (ann) vm x1 virtual-not-allowed
            lost: b (ann) vm x1 virtual-not-allowed
            lost: b ((no user)) vm x1 virtual-not-allowed
        "#]],
    );
}

#[test]
fn a_model_gains_denials_and_loses_others() {
    // Before, three engineers fit and the second of sales is denied; then it is the other way round, and mallory is out.
    check_proposal(
        "item cad 1.0 x4
         model partitions { partition 'pool-eng' { 'cad' 1.0 3 } partition 'pool-sales' { 'cad' 1.0 1 } } \
           on dictionary('dept':'eng') { use 'pool-eng' accept } on any() { use 'pool-sales' accept }",
        "a/e1 checkout cad dict=dept:eng; b/e2 checkout cad dict=dept:eng; c/e3 checkout cad dict=dept:eng
         d/s1 checkout cad; e/s2 checkout cad; +1m; release L4; f/mallory checkout cad; +5m; release L1 L2",
        (
            model(
                "partitions { partition 'pool-eng' { 'cad' 1.0 2 } partition 'pool-sales' { 'cad' 1.0 2 } }
                on user('mallory') { deny }
                on dictionary('dept':'eng') { use 'pool-eng' accept }
                on any() { use 'pool-sales' accept }",
            ),
            GroupBy::Pool,
        ),
        expect![[r#"
            cad: 6 requests, granted 5 -> 4, gained 2, lost 1, peak 4 -> 4, at the end 2 -> 1
            cad for pool-eng: 3 requests
            cad for pool-sales: 2 requests
            cad from pool-eng: peak 3 -> 2
            cad from pool-sales: peak 1 -> 2
            gained: c (pool-eng) cad x1 no-seats, 4: on dictionary("dept":"eng") { use "pool-eng" accept }
            gained: f ((denied)) cad x1 denied-by-rule, 3: on user("mallory") { deny }
            lost: e (pool-sales) cad x1 no-seats, 1: on dictionary("dept":"eng") { use "pool-eng" accept }
        "#]],
    );
}

#[test]
fn a_recorded_model_does_not_undo_the_proposed_one() {
    check_proposal(
        "item cad 1.0 x2",
        "a checkout cad; model on any() { deny }; b checkout cad; model- ; c checkout cad",
        (model("on any() { accept }"), GroupBy::Nothing),
        expect![[r#"
            cad: 3 requests, granted 2 -> 2, gained 1, lost 1, peak 2 -> 2, at the end 2 -> 2
            gained: c () cad x1 no-seats, 2: on any() { accept }
            lost: b () cad x1 denied-by-rule, 1: on any() { deny }
        "#]],
    );
}

#[test]
fn without_the_model_everything_is_in_the_default_pool() {
    check_proposal(
        "item cad 1.0 x2; model partitions { partition 'pool-a' { 'cad' 1.0 1 } } on any() { use 'pool-a' accept }",
        "a checkout cad; b checkout cad",
        (
            Command::DeleteModel { by: "root".into(), keep_leases: true, expected: None },
            GroupBy::Pool,
        ),
        expect![[r#"
            cad: 2 requests, granted 1 -> 2, gained 0, lost 1, peak 1 -> 2, at the end 1 -> 2
            cad from default: peak 0 -> 2
            cad from pool-a: peak 1 -> 0
            lost: b (default) cad x1 no-seats, 1: on any() { use "pool-a" accept }
        "#]],
    );
}

#[test]
fn a_reservation_for_a_vip_costs_another_a_seat() {
    // Of forty minutes the seat of the VIP is idle for ten, taken for fifteen, and then idle again.
    check_proposal(
        "item cad 1.0 x3; item sim 1.0 x2",
        "a checkout cad; b checkout cad; c checkout cad; d checkout sim
         +10m; w/vip checkout cad; +30m; d checkout sim",
        (groups("board @vip cad x1 | boss sim x1"), GroupBy::Reservation),
        expect![[r#"
            cad: 4 requests, granted 3 -> 3, gained 1, lost 1, peak 3 -> 3, at the end 0 -> 0
            cad reserved and idle: peak 0 -> 1, average 0 -> 625 thousandths, at the end 0 -> 1
            sim: 2 requests, granted 2 -> 2, gained 0, lost 0, peak 1 -> 1, at the end 1 -> 1
            sim reserved and idle: peak 0 -> 1, average 0 -> 1000 thousandths, at the end 0 -> 1
            gained: c ((no reservation)) cad x1 reserved-for-others
            lost: w (board) cad x1 no-seats
        "#]],
    );
}

#[test]
fn recorded_reservations_happen_on_both_sides() {
    check_proposal(
        "item cad 1.0 x3; item vm 1.0 x1; property lease.virtual-allowed=false",
        "reserve design a cad x2; b checkout cad; c checkout cad; v~virtual checkout vm; +10m
         rereserve design a cad x1; c checkout cad; +10m; unreserve design; d checkout cad; a checkout cad",
        (
            Command::SetProperties {
                by: "root".into(),
                changes: [("lease.virtual-allowed".into(), Some(PropertyValue::Flag(true)))].into(),
            },
            GroupBy::Reservation,
        ),
        expect![[r#"
            vm: 1 requests, granted 0 -> 1, gained 0, lost 1, peak 0 -> 1, at the end 0 -> 0
            cad: 5 requests, granted 4 -> 4, gained 0, lost 0, peak 3 -> 3, at the end 3 -> 3
            cad reserved and idle: peak 2 -> 2, average 1500 -> 1500 thousandths, at the end 0 -> 0
            lost: v ((no reservation)) vm x1 virtual-not-allowed
        "#]],
    );
}

#[test]
fn recorded_reservations_do_not_undo_the_proposed_ones() {
    // There are none at all, then only those of e.
    let before = "item cad 1.0 x2; reserve design a cad x1";
    let play = "b checkout cad; c checkout cad; +10m; rereserve design a cad x2; d checkout cad; +10m; e checkout cad";
    check_proposal(
        before,
        play,
        (groups(""), GroupBy::Nothing),
        expect![[r#"
        cad: 4 requests, granted 1 -> 3, gained 0, lost 2, peak 1 -> 2, at the end 0 -> 1
        cad reserved and idle: peak 2 -> 0, average 1500 -> 0 thousandths, at the end 2 -> 0
        lost: c () cad x1 reserved-for-others
        lost: e () cad x1 reserved-for-others
    "#]],
    );
    check_proposal(
        before,
        play,
        (groups("other e cad x1"), GroupBy::Nothing),
        expect![[r#"
        cad: 4 requests, granted 1 -> 2, gained 0, lost 1, peak 1 -> 1, at the end 0 -> 1
        cad reserved and idle: peak 2 -> 1, average 1500 -> 1000 thousandths, at the end 2 -> 0
        lost: e () cad x1 reserved-for-others
    "#]],
    );
}

#[test]
fn what_is_proposed_is_reserved_as_soon_as_there_is_something_to_reserve() {
    check_proposal(
        "item sim 1.0 x1",
        "item cad 1.0 x1 start=+10m; b checkout cad; +20m; b checkout cad; a checkout cad; +20m",
        (groups("design a cad 1.0 x1"), GroupBy::Nothing),
        expect![[r#"
            cad: 3 requests, granted 1 -> 1, gained 1, lost 1, peak 1 -> 1, at the end 0 -> 0
            cad reserved and idle: peak 0 -> 1, average 0 -> 125 thousandths, at the end 0 -> 1
            gained: b () cad x1 reserved-for-others
            lost: a () cad x1 no-seats
        "#]],
    );
}

#[test]
fn who_waited_is_asked_when_the_waiting_ended() {
    check(
        "item cad 1.0 x1; item vm 1.0 x1; property lease.virtual-allowed=false",
        "a checkout cad; b checkout cad wait=10m; c checkout cad wait=30s; +1m; release L1; +1m; v~virtual checkout vm",
        &[("lease.virtual-allowed", PropertyValue::Flag(true))],
        expect![[r#"
            vm: 1 requests, granted 0 -> 1, gained 0, lost 1, peak 0 -> 1, at the end 0 -> 1
            cad: 3 requests, granted 2 -> 2, gained 0, lost 0, peak 1 -> 1, at the end 0 -> 0
            lost: v ((no user)) vm x1 virtual-not-allowed
        "#]],
    );
}

#[test]
fn everything_or_nothing_stays_that() {
    check(
        "item cad 1.0 x2; item vm 1.0 x2; property lease.virtual-allowed=false",
        "a~virtual checkout vm, cad x2 all; b checkout cad x2; c checkout cad x2, vm all",
        &[("lease.virtual-allowed", PropertyValue::Flag(true))],
        expect![[r#"
            cad: 3 requests, granted 1 -> 1, gained 1, lost 1, peak 2 -> 2, at the end 2 -> 2
            vm: 2 requests, granted 0 -> 1, gained 0, lost 1, peak 0 -> 1, at the end 0 -> 1
            gained: b ((no user)) cad x2 no-seats
            lost: a ((no user)) vm x1 virtual-not-allowed
            lost: a ((no user)) cad x2 virtual-not-allowed
        "#]],
    );
}

#[test]
fn metered_units_are_used_up_in_the_replay_too() {
    check(
        "item api 1.0 x5 metered=5m; property lease.virtual-allowed=false",
        "a~virtual consume api x4; b consume api x3; undo U-1; c consume api x2; d batch n 1 api x1; e checkout api",
        &[("lease.virtual-allowed", PropertyValue::Flag(true))],
        expect![[r#"
            api: 4 requests, granted 2 -> 1, gained 2, lost 1, peak 3 -> 5, at the end 3 -> 5
            gained: b ((no user)) api x3 over-metered
            gained: c ((no user)) api x2 over-metered
            lost: a ((no user)) api x4 virtual-not-allowed
        "#]],
    );
}

#[test]
fn a_report_does_not_grow_with_what_requesters_say() {
    let mut stage = Stage::new();
    stage.line("item cad 1.0 x2");
    let begin = stage.state.clone();
    for number in 0..300 {
        stage.line(&format!("h{number} checkout cad, none{number}"));
    }
    let options = WhatIfOptions {
        group_by: GroupBy::Device,
        features_max: 10,
        groups_max: 20,
        ..WhatIfOptions::default()
    };
    let mut what_if = WhatIf::new(begin, &[], options, stage.now()).expect("nothing is proposed");
    for (events, now) in &stage.records()[1..] {
        what_if.entry([events.iter().cloned().map(Recorded::from).collect()], *now);
    }
    let report = what_if.report();
    assert_eq!((report.cut, report.totals.requests), (true, 600));
    assert!(report.features.len() <= 11 && report.groups.len() <= 32, "{}", report.groups.len());
    let counted: u64 = report.groups.iter().map(|row| row.outcomes.requests).sum();
    assert_eq!(counted, 600);
    assert!(report.groups.iter().any(|row| row.group == "(others)"));
}

/// Items of every kind that the plays draw on.
const ITEMS: &str = "
    item cad 1.0 x3 expiry=+40m grace=0; item cad 2.0 x2 overdraft=1; item cad 2.0 x1 start=+20m sel=site:a
    item sim 1.0 x2 basis=device; item usr 1.0 x2 basis=user named=1; item one 1.0 x3 exclusive; item rec 1.0 x1 record
    item any 1.0 uncounted; item vm 1.0 x2 virtual; item api 1.0 x20 metered=5m; item cpu 1.0 x8 reusable overdraft=2
    key+ k1";

fn begun() -> Stage {
    let mut stage = Stage::new();
    script::lines(ITEMS).for_each(|line| stage.line(line));
    stage
}

/// The features that are played with.
const FEATURES: &[&str] =
    &["cad", "cad", "cad", "sim", "usr", "one", "rec", "any", "vm", "api", "none"];

fn asked() -> impl Strategy<Value = String> {
    random::asked(FEATURES, &["", "", "", "", "all", "borrow=2h", "key=k1", "sel=site:a"])
}

/// Pools or shrinking items beside reservations change who waits for what: they are played without each other.
fn line(with_groups: bool) -> impl Strategy<Value = String> {
    let lease = || (1..40_u32).prop_map(|lease| format!("L{lease}"));
    let times = vec!["+1s", "+2s", "+1m", "+7m", "+15m", "+3h", "+2d"];
    let models = [
        "model partitions { partition 'a' { 'cad' 1.0 2 'sim' 1.0 1 'api' 1.0 5 } partition 'b' { 'cad' 2.0 50% max 1 } } \
            on user('ann') { use 'a' continue } on hostid('b') { use 'b', 'default' accept } on any() { use 'default' accept }",
        "model keep partitions { partition 'b' { 'cad' 1.0 remainder } } on user('bob') { deny } on any() { use 'b' accept }",
        "model-",
    ];
    let groups = [
        "reserve g a cad x2, sim | @ann cad 2.0, api x4",
        "reserve! h b one x2, cad | @bob usr, api x3",
        "rereserve g @ann cad x3 | c cad",
        "unreserve g",
        "unreserve h",
    ];
    let rules = if with_groups { groups.to_vec() } else { models.to_vec() };
    let mut acts = vec!["drop a", "drop b", "suspend", "resume", "key- k1"];
    if !with_groups {
        acts.extend(["replace i1 x1", "replace i2 x1"]);
    }
    let uses = vec!["api x3", "api", "cpu x4", "cpu x1"];
    prop_oneof![
        8 => (holder(), asked()).prop_map(|(holder, asked)| format!("{holder} checkout {asked}")),
        4 => (holder(), asked()).prop_map(|(holder, asked)| format!("{holder} set {asked}")),
        3 => (lease(), lease()).prop_map(|(a, b)| format!("renew {a} {b}")),
        4 => lease().prop_map(|lease| format!("release {lease}")),
        3 => prop::sample::select(times).prop_map(str::to_owned),
        2 => prop::sample::select(rules).prop_map(str::to_owned),
        2 => prop::sample::select(acts).prop_map(str::to_owned),
        2 => (holder(), prop::sample::select(uses)).prop_map(|(holder, use_)| format!("{holder} consume {use_}")),
        1 => (holder(), 1..5_u32).prop_map(|(holder, first)| format!("{holder} batch c {first} api x2, cpu, none")),
        1 => (1..12_u32).prop_map(|usage| format!("undo U-{usage}")),
    ]
}

#[test]
fn what_a_denied_device_set_would_have_kept_is_not_taken_over() {
    for play in ["c#2@job set cad x7 all", "c#2@job set cad, sim x9 all"] {
        let mut stage = begun();
        stage.line("c#1@job set cad");
        let start = (stage.state.clone(), stage.records().len());
        stage.line(play);
        let totals = replay(&stage, start, &[], GroupBy::Device).totals;
        assert_eq!((totals.gained, totals.lost), (0, 0), "{}", stage.told());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_proposed_nothing_changed(
        lines in any::<bool>().prop_flat_map(|with_groups| prop::collection::vec(line(with_groups), 1..60)),
        begin in 0..60_usize,
    ) {
        let mut stage = begun();
        let mut start = (stage.state.clone(), stage.records().len());
        for (place, line) in lines.iter().enumerate() {
            if place == begin {
                start = (stage.state.clone(), stage.records().len());
            }
            stage.line(line);
        }
        let report = replay(&stage, start, &[], GroupBy::Device);
        let told = format!("{report:#?}\n{}", stage.told());
        prop_assert_eq!((report.totals.gained, report.totals.lost), (0, 0), "{}", told);
        prop_assert_eq!((&report.gained[..], &report.lost[..]), (&[][..], &[][..]));
        for row in &report.features {
            prop_assert_eq!(row.used.before, row.used.after, "{}", told);
            prop_assert_eq!(row.reserved_idle.before, row.reserved_idle.after, "{}", told);
        }
        for row in &report.groups {
            prop_assert_eq!(row.held.before, row.held.after, "{}", told);
        }
    }
}
