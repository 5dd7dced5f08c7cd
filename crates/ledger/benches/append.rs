//! What the ledger itself costs: batches of events with and without documents, on both engines, the
//! whole way through the writer thread, and a start with 100,000 live items.
//!
//! Read the figures as ratios: the first group is the disk's own durable commit.

#![allow(missing_docs)]

use std::{
    collections::BTreeMap, hint::black_box, ops::ControlFlow, path::Path, sync::Arc, time::Duration,
};

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use serde::{Deserialize, Serialize};
use tenure_document::{PublicKey, SeedSigner, Signer, Time};
use tenure_ledger::{
    Core, Document, Engine, EntrySigner, History, Idempotency, Job, Ledger, Machine, ManualClock,
    MemoryDisk, Now, Options, SqliteLedger,
};

/// Counts, and holds what it counted.
#[derive(Default, Serialize, Deserialize)]
struct Tally {
    items: BTreeMap<u64, Item>,
    next: u64,
}

#[derive(Clone, Serialize, Deserialize)]
struct Item {
    host: String,
    feature: String,
    expires: Time,
    nonce: u64,
}

enum Command {
    /// An event and nothing else.
    Count,
    /// An item that stays, with a document.
    Add,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
enum Event {
    Counted { id: u64 },
    Added { id: u64, item: Item },
}

impl Machine for Tally {
    type Command = Command;
    type Event = Event;
    type Refusal = ();

    fn decide(&self, command: &Command, now: Now) -> Result<Vec<Event>, ()> {
        let id = self.next;
        Ok(vec![match command {
            Command::Count => Event::Counted { id },
            Command::Add => {
                let expires = now.at.plus(Duration::from_secs(900));
                let (host, feature) = (format!("host-{id}.example.org"), "cad-basic".to_owned());
                Event::Added { id, item: Item { host, feature, expires, nonce: id } }
            }
        }])
    }

    fn due(&self, _now: Now) -> Vec<Event> {
        Vec::new()
    }

    fn apply(&mut self, event: &Event, _at: Time) {
        self.next += 1;
        if let Event::Added { id, item } = event {
            self.items.insert(*id, item.clone());
        }
    }

    fn document(&self, event: &Event, sequence: u64) -> Option<Document> {
        let Event::Added { item, .. } = event else { return None };
        let payload = serde_json::to_vec(&(item, sequence, "T-XXXX-XXXX-XXXX")).ok()?;
        Some(Document { payload_type: "application/vnd.tenure.lease.v1+json", payload })
    }
}

struct Key(SeedSigner);

impl EntrySigner for Key {
    fn public(&self) -> &PublicKey {
        self.0.public()
    }

    fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).try_into().unwrap_or([0; 64])
    }
}

fn key() -> Box<Key> {
    Box::new(Key(SeedSigner::ed25519_batch(&[7; 32]).expect("a seed makes a key")))
}

fn options() -> Options {
    let mut options = Options::new(Arc::new(ManualClock::at(Time::EPOCH)));
    options.snapshot_entries = u64::MAX;
    options.snapshot_bytes = u64::MAX;
    options
}

fn core(ledger: Box<dyn Ledger>) -> Core<Tally> {
    Core::open(ledger, key(), Tally::default, options()).expect("opens").0
}

fn sqlite(folder: &Path) -> Box<dyn Ledger> {
    Box::new(SqliteLedger::open(folder).expect("opens"))
}

fn jobs(count: usize, command: fn() -> Command, keys: bool, round: &mut u64) -> Vec<Job<Tally>> {
    let mut job = || {
        *round += 1;
        let idempotency = keys.then(|| Idempotency::new("bench", &round.to_string(), b"same"));
        Job { command: command(), idempotency }
    };
    (0..count).map(|_| job()).collect()
}

fn batches(bench: &mut Criterion) {
    let mut round = 0;
    for (name, command, keys) in [
        ("events", (|| Command::Count) as fn() -> Command, false),
        ("events with keys", || Command::Count, true),
        ("documents", || Command::Add, false),
    ] {
        let mut group = bench.benchmark_group(name);
        for size in [1, 16, 256, 1024] {
            group.throughput(Throughput::Elements(size as u64));
            let folder = tempfile::tempdir().expect("a folder");
            let mut on_disk = core(sqlite(folder.path()));
            let mut in_memory = core(Box::new(MemoryDisk::new().open().expect("opens")));
            for (engine, core) in [("sqlite", &mut on_disk), ("memory", &mut in_memory)] {
                group.bench_function(format!("{engine}/{size}"), |bencher| {
                    bencher.iter_batched(
                        || jobs(size, command, keys, &mut round),
                        |jobs| black_box(core.step(&jobs)),
                        BatchSize::LargeInput,
                    );
                });
            }
        }
        group.finish();
    }
}

fn through_the_thread(bench: &mut Criterion) {
    let mut group = bench.benchmark_group("engine");
    let folder = tempfile::tempdir().expect("a folder");
    let opened = Engine::<Tally>::open(sqlite(folder.path()), key(), Tally::default, options());
    let engine = opened.expect("opens").0;
    group.bench_function("one waiter", |bencher| {
        bencher
            .iter(|| engine.submit_blocking(Command::Count, None).map(|outcome| outcome.sequence));
    });
    group.throughput(Throughput::Elements(64 * 16));
    group.bench_function("64 waiters, 16 each", |bencher| {
        bencher.iter(|| {
            std::thread::scope(|scope| {
                for _ in 0..64 {
                    scope.spawn(|| {
                        (0..16).for_each(|_| drop(engine.submit_blocking(Command::Count, None)))
                    });
                }
            });
        });
    });
    group.finish();
}

fn start(bench: &mut Criterion) {
    let mut group = bench.benchmark_group("start with 100,000 items");
    group.sample_size(10);
    for (name, snapshot) in [("from entries", false), ("from a snapshot", true)] {
        let folder = tempfile::tempdir().expect("a folder");
        let mut made = core(sqlite(folder.path()));
        let mut round = 0;
        for _ in 0..400 {
            made.step(&jobs(250, || Command::Add, true, &mut round));
        }
        if snapshot {
            made.save_snapshot().expect("is kept");
        }
        drop(made);
        group.bench_function(name, |bencher| {
            bencher.iter(|| black_box(core(sqlite(folder.path()))))
        });
    }
    group.finish();
}

/// What a long look back costs: read, checked and decoded, one record an entry.
fn walk(bench: &mut Criterion) {
    let mut group = bench.benchmark_group("walk over 20,000 entries");
    group.sample_size(10).throughput(Throughput::Elements(20_000));
    let folder = tempfile::tempdir().expect("a folder");
    let mut made = core(sqlite(folder.path()));
    let mut round = 0;
    for _ in 0..20_000 {
        made.step(&jobs(1, || Command::Add, true, &mut round));
    }
    let history = History::of(made.reader().expect("reads"), key().public().clone());
    group.bench_function("sqlite", |bencher| {
        bencher.iter(|| {
            let mut entries = 0;
            let mut each = |_| {
                entries += 1;
                ControlFlow::Continue(())
            };
            history.walk::<Tally>(0..u64::MAX, &mut each).expect("reads");
            black_box(entries)
        });
    });
    group.finish();
}

criterion_group!(all, batches, through_the_thread, start, walk);
criterion_main!(all);
