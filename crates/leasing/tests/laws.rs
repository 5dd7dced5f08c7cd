//! Laws over random plays. The stage itself checks at every step that deciding is pure, that a preview tells the truth,
//! that no seat is held twice, that no grant exceeds its items; at the end that the state is the fold of its events and
//! that storing and restoring it loses nothing.

mod script;

use proptest::prelude::*;
use script::Stage;
use script::random::{self, holder};
use tenure_leasing::Page;

/// Items of every kind that the plays draw on.
const ITEMS: &str = "
    item cad 1.0 x3 expiry=+40m grace=0; item cad 2.0 x2 overdraft=1; item cad 2.0 x1 start=+20m sel=site:a
    item sim 1.0 x2 basis=device; item usr 1.0 x2 basis=user named=1; item ses 1.0 x2 basis=session overdraft=50%
    item one 1.0 x3 exclusive; item rec 1.0 x1 record; item any 1.0 uncounted; item vm 1.0 x2 virtual
    item api 1.0 x20 metered=5m; item cpu 1.0 x8 reusable overdraft=2; key+ k1";

/// Models that share the items out in other ways, with and without keeping leases.
const MODELS: &[&str] = &[
    "model-",
    "model- keep",
    "model partitions { partition 'p' { 'cad' 1.0 3 max 2 'sim' 1.0 1 'usr' 1.0 1 } \
       partition 'q' { 'cad' 1.0 50% 'api' 1.0 10 'any' 1.0 remainder 'cpu' 1.0 25% } } \
     on user('ann') { use 'p', 'default' accept } on hostid('b') { use 'q' continue } on hostid('c') { use 'default' }",
    "model keep partitions { partition 'q' { 'cad' 1.0 remainder 'ses' 1.0 1 } \
       partition 'r' { 'cpu' 1.0 3 'rec' 1.0 1 'one' 1.0 2 'usr' 1.0 1 'ses' 1.0 50% } } \
     on hosttype('virtual') { use 'r' accept } on any() { use 'r', 'q', 'default' }",
    "model partitions { partition 'r' { 'cad' 2.0 1 'sim' 1.0 2 'any' 1.0 3 } partition 'p' { 'cad' 1.0 1 } } \
     on user('bob') { deny } \
     on any() { use 'default', 'p', 'r' without requested features { all from 'r' } }",
];

/// Models of the crowded plays: nobody has more than one seat of a pool.
const CROWDED_MODELS: &[&str] = &[
    "model-",
    "model partitions { partition 'p' { 'cad' 1.0 2 max 1 'sim' 1.0 1 max 1 'usr' 1.0 1 max 1 } } \
     on any() { use 'p', 'default' }",
    "model partitions { partition 'p' { 'cad' 1.0 3 max 1 'one' 1.0 1 } } on hostid('b') { use 'p' } \
     on any() { use 'default' }",
];

/// The features that are played with.
const FEATURES: &[&str] =
    &["cad", "cad", "cad", "sim", "usr", "ses", "one", "rec", "any", "vm", "api", "none"];

fn asked() -> impl Strategy<Value = String> {
    let options = [
        "",
        "",
        "",
        "",
        "all",
        "borrow=2h",
        "borrow=1d by=day",
        "key=k1",
        "sel=site:a",
        "wait=30s",
        "wait=5m",
        "wait=1h",
        "all wait=10m",
    ];
    random::asked(FEATURES, &options)
}

fn reservation() -> impl Strategy<Value = String> {
    let how = prop::sample::select(vec![
        "reserve",
        "reserve",
        "reserve!",
        "rereserve",
        "rereserve!",
        "unreserve",
    ]);
    let group = prop::sample::select(vec!["red", "blue"]);
    let entry = || {
        (
            prop::sample::select(vec![
                "cad", "cad", "sim", "usr", "ses", "api", "cpu", "one", "vm",
            ]),
            prop::sample::select(vec!["", "", "1.0", "2.0"]),
            prop::sample::select(vec!["", "x2", "x3"]),
        )
            .prop_map(|(name, version, count)| format!("{name} {version} {count}"))
    };
    let host = prop::sample::subsequence(vec!["a", "b", "@ann", "@bob"], 1..4);
    let entries =
        move || prop::collection::vec(entry(), 1..3).prop_map(|entries| entries.join(", "));
    (how, group, host, prop::collection::vec(entries(), 4)).prop_map(
        |(how, group, hosts, entries)| {
            let each: Vec<String> = hosts
                .iter()
                .zip(entries)
                .map(|(host, entries)| format!("{host} {entries}"))
                .collect();
            format!("{how} {group} {}", each.join(" | "))
        },
    )
}

fn line() -> impl Strategy<Value = String> {
    let lease = || (1..40_u32).prop_map(|lease| format!("L{lease}"));
    prop_oneof![
        8 => (holder(), asked()).prop_map(|(holder, asked)| format!("{holder} checkout {asked}")),
        4 => (holder(), asked()).prop_map(|(holder, asked)| format!("{holder} set {asked}")),
        3 => (lease(), lease(), lease()).prop_map(|(a, b, c)| format!("renew {a} {b} {c}")),
        3 => lease().prop_map(|lease| format!("renew {lease}")),
        4 => lease().prop_map(|lease| format!("release {lease}")),
        3 => (1..25_u32).prop_map(|ticket| format!("claim T{ticket}")),
        1 => (1..25_u32).prop_map(|ticket| format!("cancel T{ticket}")),
        1 => (lease(), lease()).prop_map(|(a, b)| format!("release {a} {b}")),
        3 => prop::sample::select(vec!["+1s", "+2s", "+1m", "+7m", "+15m", "+3h", "+2d"]).prop_map(str::to_owned),
        1 => prop::sample::select(vec!["drop a", "drop b", "suspend", "resume", "key- k1"]).prop_map(str::to_owned),
        1 => prop::sample::select(vec![
            "replace i1 x1", "replace i1 x5", "replace i2 x1", "replace i4 x1", "withdraw i5", "replace i6 x1",
            "replace i9 uncounted", "replace i9 x1", "replace i2 basis=device", "withdraw i2 1", "replace i12 x1",
        ]).prop_map(str::to_owned),
        1 => prop::sample::select(vec![
            "property lease.floating-seconds=60", "property device.drop-cooldown-seconds=0", "property denials.kept=100",
            "property lease.renew-jitter-percent=50", "property borrow.max-seconds=60", "wall -2d", "wall 2d", "wall 0s",
            "property queue.patience-seconds=0", "property queue.patience-seconds=60", "property queue.max-length=2",
        ]).prop_map(str::to_owned),
        2 => (holder(), prop::sample::select(vec!["api x3", "api", "cpu x4", "cpu x1", "cad"]))
            .prop_map(|(holder, use_)| format!("{holder} consume {use_}")),
        1 => (holder(), 1..5_u32).prop_map(|(holder, first)| format!("{holder} batch c {first} api x2, cpu, none")),
        1 => (1..12_u32).prop_map(|usage| format!("undo U-{usage}")),
        2 => prop::sample::select(MODELS.to_vec()).prop_map(str::to_owned),
        2 => reservation(),
    ]
}

/// Few seats, and everybody waits: what several tickets of one holder get at once is the rule here.
fn crowded_line() -> impl Strategy<Value = String> {
    let lease = || (1..30_u32).prop_map(|lease| format!("L{lease}"));
    let asked = || random::asked(&["one", "sim", "usr", "ses", "cad"], &["wait=1h", "all wait=1h"]);
    prop_oneof![
        8 => (holder(), asked()).prop_map(|(holder, asked)| format!("{holder} checkout {asked}")),
        2 => (holder(), asked()).prop_map(|(holder, asked)| format!("{holder} set {asked}")),
        3 => lease().prop_map(|lease| format!("release {lease}")),
        2 => (1..20_u32).prop_map(|ticket| format!("claim T{ticket}")),
        3 => prop::sample::select(vec!["+1s", "+1m", "+15m", "drop a"]).prop_map(str::to_owned),
        1 => prop::sample::select(CROWDED_MODELS.to_vec()).prop_map(str::to_owned),
        1 => reservation(),
    ]
}

/// Lines that name an item which another line withdrew are no part of a play.
fn can_be_played(stage: &Stage, line: &str) -> bool {
    let mut words = line.split_whitespace();
    match (words.next(), words.next()) {
        (Some("replace" | "withdraw"), Some(id)) => stage.state.container().item(id).is_some(),
        _ => true,
    }
}

fn begin() -> Stage {
    let mut stage = Stage::new();
    script::lines(ITEMS).for_each(|line| stage.line(line));
    stage
}

fn play(stage: &mut Stage, lines: &[String]) {
    for line in lines {
        if can_be_played(stage, line) {
            stage.line(line);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_state_is_the_fold_of_its_events(lines in prop::collection::vec(line(), 1..60)) {
        let mut stage = begin();
        play(&mut stage, &lines);
        stage.close();
    }

    #[test]
    fn a_restored_server_goes_on_as_if_nothing_had_been(lines in prop::collection::vec(line(), 2..60)) {
        let (before, after) = lines.split_at(lines.len() / 2);
        let mut stage = begin();
        play(&mut stage, before);
        let mut restored = stage.restored();
        let told = stage.told().len();
        play(&mut stage, after);
        play(&mut restored, after);
        prop_assert_eq!(&stage.told()[told..], restored.told());
    }

    #[test]
    fn who_waits_gets_what_a_checkout_could(lines in prop::collection::vec(crowded_line(), 1..60)) {
        let mut stage = begin();
        play(&mut stage, &lines);
        stage.close();
    }

    #[test]
    fn every_lease_ends(lines in prop::collection::vec(line(), 1..60)) {
        let mut stage = begin();
        play(&mut stage, &lines);
        stage.line("+400d");
        prop_assert_eq!(stage.state.lease_count(), 0);
        prop_assert_eq!(stage.state.device_rows(None, Page::ALL).total, 0);
        for row in stage.state.item_rows(stage.now()) {
            let metered = row.item.kind != tenure_document::Kind::Concurrent;
            prop_assert!(metered || row.used == 0, "{:?}", row);
            prop_assert_eq!(row.borrowed, 0);
        }
        prop_assert_eq!(stage.state.status(stage.now()).devices, 0);
        stage.close();
    }
}
