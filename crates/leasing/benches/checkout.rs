//! What a checkout costs: decision and application, without ledger, signature and HTTP.
//!
//! The cost must not depend on the number of seats (100 to 1,000,000), nor on the number of live leases (to 100,000),
//! nor on how scattered the free seats are; who waits for several features at once costs those who take one of them some
//! half a microsecond. `cargo bench -p tenure-leasing` shows it, and at the end the memory of a live lease and the time
//! to store and to restore 100,000 of them.

use criterion::{Criterion, Throughput};
use std::hint::black_box;
use std::time::Instant;
use tenure_container::{Birth, Container, ContainerEvent, Reading, next_hash};
use tenure_document::{
    ContainerId, ContainerKind, Count, Hash, Holder, HostId, HostIdType, Item, LeaseId, Numbered,
    Op, RootPin, SeedSigner, Signer, Time, Version,
};
use tenure_leasing::{
    Actor, Checkout, Command, Event, FeatureRequest, Leasing, Now, Release, Renew,
};

const START: i64 = 1_767_600_000_000;

fn now() -> Now {
    let wall = Time::from_millis(START);
    Now { at: wall, reading: Reading { wall, since_boot_ms: 3_600_000 } }
}

/// A server with one item for each feature, of so many seats.
fn server(features: &[(&str, u32)]) -> Leasing {
    let birth = Birth {
        id: ContainerId([7; 16]),
        name: "bench".into(),
        kind: ContainerKind::Server,
        key: SeedSigner::ed25519_batch(&[7; 32]).expect("a key").public().clone(),
        root: RootPin(Hash::of(b"root")),
        keysets: Vec::new(),
        keyset_version: 1,
        ratchet: Hash::ZERO,
        at: now().reading,
    };
    let mut state = Leasing::new(Container::new(birth), 42);
    let (mut history_hash, mut ops) = (state.container().history_hash(), Vec::new());
    for (sequence, (feature, seats)) in (1..).zip(features) {
        let id = format!("i{sequence}");
        let item = Item::new(id, *feature, Version::new(2, 0, 0), Count::Counted(*seats));
        let op = Op::Add { item };
        history_hash = next_hash(&history_hash, sequence, &op);
        ops.push(Numbered { sequence, op_id: format!("op-{sequence}"), op });
    }
    let updated = ContainerEvent::Updated {
        ops,
        acknowledged: 0,
        history_hash,
        ratchet: Hash::ZERO,
        issued: None,
    };
    state.apply(&Event::Container(updated), now().at);
    state
}

fn checkout(number: usize) -> Command {
    Command::Checkout(asked(number, &["cad"]))
}

fn asked(number: usize, features: &[&str]) -> Checkout {
    let host = HostId::new(HostIdType::String, format!("ws-{number:06}")).expect("a host");
    let holder = Holder { user: Some(format!("user-{number:06}")), ..Holder::of(host) };
    let features = features.iter().map(|name| FeatureRequest::new(*name, Version::new(1, 0, 0), 1));
    Checkout::new(holder, features.collect())
}

fn release(lease: LeaseId) -> Command {
    Command::Release(vec![Release { lease, by: Actor::Holder, reason: None }])
}

/// Decides and applies; answers the lease that was granted.
fn play(state: &mut Leasing, command: &Command) -> Option<LeaseId> {
    let events = state.decide(command, now()).expect("not refused");
    let mut granted = None;
    for event in &events {
        state.apply(event, now().at);
        black_box(state.document(event));
        if let Event::Granted(event) = event {
            granted = Some(event.lease);
        }
    }
    granted
}

/// A server with so many seats and live leases; every fourth lease was given back, so that free seats are scattered.
fn busy(seats: u32, leases: usize) -> Leasing {
    let mut state = server(&[("cad", seats)]);
    let granted: Vec<LeaseId> =
        (0..leases * 4 / 3).filter_map(|number| play(&mut state, &checkout(number))).collect();
    for lease in granted.iter().skip(1).step_by(4) {
        play(&mut state, &release(*lease));
    }
    state
}

fn checkouts(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("checkout and release");
    group.throughput(Throughput::Elements(1));
    let sizes =
        [("100 seats", 100, 50), ("10,000 seats", 10_000, 50), ("1,000,000 seats", 1_000_000, 50)];
    let held = [("1,000,000 seats, 100,000 leases", 1_000_000, 100_000)];
    for (name, seats, leases) in sizes.into_iter().chain(held) {
        let mut state = busy(seats, leases);
        let mut number = 0;
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                number = (number + 1) % 100_000;
                let lease = play(&mut state, &checkout(number)).expect("a seat");
                play(&mut state, &release(lease));
            });
        });
    }
    group.finish();
}

/// Beside people who wait for two features at once, of which one is free: it is kept for them.
fn lines(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("checkout and release beside a line");
    for waiting in [0, 10, 100, 1_000] {
        let mut state = server(&[("cad", 1_000_000), ("sim", 1)]);
        let mut number = 0;
        play(&mut state, &Command::Checkout(asked(number, &["sim"])));
        for who in 200_000..200_000 + waiting {
            let together = asked(who, &["cad", "sim"]);
            let wait = Checkout { all: true, wait_seconds: Some(3_600), ..together };
            play(&mut state, &Command::Checkout(wait));
        }
        group.bench_function(format!("{waiting} waiting"), |bencher| {
            bencher.iter(|| {
                number = (number + 1) % 100_000;
                let lease = play(&mut state, &checkout(number)).expect("a seat");
                play(&mut state, &release(lease));
            });
        });
    }
    group.finish();
}

fn renewals(criterion: &mut Criterion) {
    let mut state = busy(1_000_000, 100_000);
    let mut lease = 0;
    criterion.bench_function("renewal among 100,000 leases", |bencher| {
        bencher.iter(|| {
            lease = (lease + 4) % 100_000;
            let by = Actor::Holder;
            let renew = Renew { lease: LeaseId(lease + 1), by, nonce: None, request: None };
            play(&mut state, &Command::Renew(vec![renew]));
        });
    });
}

/// A model of so many pools of one feature, and so many rules about departments and users.
fn model(pools: usize, rules: usize) -> Command {
    let mut text = String::from("model \"bench\" { partitions {\n");
    for pool in 0..pools {
        text.push_str(&format!("partition \"pool {pool}\" {{ \"cad\" 1.0 100 }}\n"));
    }
    text.push_str("}\n");
    for rule in 0..rules {
        let pool = rule % pools;
        let condition = match rule % 3 {
            0 => format!("user(\"user-{:06}\")", rule * 50),
            1 => format!("hostname(\"lab-{rule}\") and not hosttype(\"container\")"),
            _ => format!("dictionary(\"dept\":\"d{rule}\")"),
        };
        text.push_str(&format!("on {condition} {{ use \"pool {pool}\", \"default\" accept }}\n"));
    }
    text.push_str("on any() { use \"pool 0\", \"pool 499\", \"default\" }\n}");
    Command::SetModel { by: "bench".into(), text, keep_leases: true, note: None, expected: None }
}

/// The same as without a model, with 500 pools and 2,000 rules in force.
fn pools(criterion: &mut Criterion) {
    let mut group =
        criterion.benchmark_group("checkout and release, 1,000,000 seats, 1,000 leases");
    for (name, is_modelled) in [("no model", false), ("500 pools, 2,000 rules", true)] {
        let mut state = busy(1_000_000, 1_000);
        if is_modelled {
            play(&mut state, &model(500, 2_000));
        }
        let mut number = 0;
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                number = (number + 1) % 100_000;
                let lease = play(&mut state, &checkout(number)).expect("a seat");
                play(&mut state, &release(lease));
            });
        });
    }
    group.finish();
}

/// Resident memory of this process in bytes.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: usize = statm.split(' ').nth(1).and_then(|n| n.parse().ok()).unwrap_or(0);
    pages * 4_096
}

/// Not timed by criterion: one run says enough.
#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn stored() {
    let before = resident();
    let mut state = server(&[("cad", 1_000_000)]);
    for number in 0..100_000 {
        play(&mut state, &checkout(number));
    }
    let each = (resident() - before) / 100_000;
    println!(
        "memory: {each} bytes for each of 100,000 leases, each with a host and a user of its own"
    );
    let began = Instant::now();
    let text = serde_json::to_string(&state).expect("a state is JSON");
    let written = began.elapsed();
    let began = Instant::now();
    let restored: Leasing = serde_json::from_str(&text).expect("a stored state");
    let read = began.elapsed();
    assert_eq!(restored.lease_count(), 100_000);
    println!("stored state: {} bytes, written in {written:?}, restored in {read:?}", text.len());
}

fn main() {
    stored();
    let mut criterion = Criterion::default().configure_from_args();
    checkouts(&mut criterion);
    lines(&mut criterion);
    renewals(&mut criterion);
    pools(&mut criterion);
    criterion.final_summary();
}
