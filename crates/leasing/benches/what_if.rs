//! What a what-if over 1,000,000 recorded requests costs: reading the events from JSON, and replaying them.
//!
//! The record is made as it would be in service, a piece at a time and untimed, so that memory stays small: 2,000 users
//! at 5 features that are scarce at times, leases renewed and given back. `cargo bench -p tenure-leasing --bench
//! what_if`; a number as argument is the number of requests.

use std::collections::VecDeque;
use std::time::Duration;
use tenure_container::{Birth, Container, ContainerEvent, Reading, next_hash};
use tenure_document::{
    ContainerId, ContainerKind, Count, Hash, Holder, HostId, HostIdType, Item, LeaseId, Numbered,
    Op, RootPin, SeedSigner, Signer, Time, Version,
};
use tenure_leasing::{
    Actor, Checkout, Command, Event, FeatureRequest, GroupBy, Leasing, Now, Recorded, Release,
    Renew, WhatIf, WhatIfOptions,
};

const START: i64 = 1_767_600_000_000;
const REQUESTS: u64 = 1_000_000;
/// Requests made, and then replayed, at once.
const PIECE: u64 = 10_000;
const FEATURES: u64 = 5;
const SEATS: u32 = 300;
const USERS: u64 = 2_000;

fn at(millis: i64) -> Now {
    let wall = Time::from_millis(START + millis);
    Now { at: wall, reading: Reading { wall, since_boot_ms: 3_600_000 + millis } }
}

fn server() -> Leasing {
    let birth = Birth {
        id: ContainerId([7; 16]),
        name: "bench".into(),
        kind: ContainerKind::Server,
        key: SeedSigner::ed25519_batch(&[7; 32]).expect("a key").public().clone(),
        root: RootPin(Hash::of(b"root")),
        keysets: Vec::new(),
        keyset_version: 1,
        ratchet: Hash::ZERO,
        at: at(0).reading,
    };
    let mut state = Leasing::new(Container::new(birth), 42);
    for number in 1..=FEATURES {
        let (id, name) = (format!("i{number}"), format!("feature-{number}"));
        let item = Item::new(id, name, Version::new(2, 0, 0), Count::Counted(SEATS));
        let op = Op::Add { item };
        let history_hash = next_hash(&state.container().history_hash(), number, &op);
        let ops = vec![Numbered { sequence: number, op_id: format!("op-{number}"), op }];
        let updated = ContainerEvent::Updated {
            ops,
            acknowledged: 0,
            history_hash,
            ratchet: Hash::ZERO,
            issued: None,
        };
        state.apply(&Event::Container(updated), at(0).at);
    }
    state
}

/// The record in the making.
struct Service {
    state: Leasing,
    live: VecDeque<LeaseId>,
    number: u64,
    millis: i64,
}

impl Service {
    fn play(&mut self, command: &Command, record: &mut Vec<Vec<Event>>) {
        let now = at(self.millis);
        let events = self.state.decide(command, now).expect("not refused");
        for event in &events {
            self.state.apply(event, now.at);
            if let Event::Granted(granted) = event {
                self.live.push_back(granted.lease);
            }
        }
        record.push(events);
    }

    /// One request, and now and then a renewal or a return.
    fn step(&mut self) -> Vec<Vec<Event>> {
        self.number += 1;
        self.millis += 700;
        let mut record = Vec::new();
        let dice = self.number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let user = dice % USERS;
        let host = HostId::new(HostIdType::String, format!("ws-{user:05}")).expect("a host");
        let mut holder = Holder { user: Some(format!("user-{user:05}")), ..Holder::of(host) };
        holder.process = Some(format!("{}", self.number));
        let feature = format!("feature-{}", 1 + dice % FEATURES);
        let features = vec![FeatureRequest::new(feature, Version::new(1, 0, 0), 1)];
        let mut asked = Checkout::new(holder, features);
        asked.dictionary.insert("dept".into(), format!("dept-{}", user % 20).as_str().into());
        self.play(&Command::Checkout(asked), &mut record);
        if self.number.is_multiple_of(2)
            && let Some(lease) = self.live.back()
        {
            let renew = Renew { lease: *lease, by: Actor::Holder, nonce: None, request: None };
            self.play(&Command::Renew(vec![renew]), &mut record);
        }
        // Busy hours fill everything, quiet ones don't.
        let most = if (self.number / 50_000).is_multiple_of(2) { 1_600 } else { 1_200 };
        while self.live.len() > most.min(FEATURES as usize * SEATS as usize - 1) {
            let Some(lease) = self.live.pop_front() else { break };
            let release = Release { lease, by: Actor::Holder, reason: None };
            self.play(&Command::Release(vec![release]), &mut record);
        }
        record
    }
}

/// Processor time of this thread, which a busy machine does not falsify.
fn busy() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = text.split(' ').next().and_then(|nanos| nanos.parse().ok());
    Duration::from_nanos(nanos.unwrap_or(0))
}

fn main() {
    let asked = std::env::args().nth(1).and_then(|number| number.parse().ok());
    let requests: u64 = asked.unwrap_or(REQUESTS);
    let state = server();
    let options =
        WhatIfOptions { group_by: GroupBy::Dictionary("dept".into()), ..WhatIfOptions::default() };
    let mut what_if = WhatIf::new(state.clone(), &[], options, at(0)).expect("a what-if");
    let mut service = Service { state, live: VecDeque::new(), number: 0, millis: 0 };
    let (mut reading, mut replaying, mut bytes) = (Duration::ZERO, Duration::ZERO, 0);
    while service.number < requests {
        let mut piece: Vec<(Vec<u8>, Now)> = Vec::new();
        while service.number < requests && piece.len() < PIECE as usize {
            let record = service.step();
            let text = serde_json::to_vec(&record).expect("events are JSON");
            bytes += text.len();
            piece.push((text, at(service.millis)));
        }
        let began = busy();
        let read: Vec<(Vec<Vec<Recorded>>, Now)> = piece
            .iter()
            .map(|(text, now)| (serde_json::from_slice(text).expect("what was written"), *now))
            .collect();
        reading += busy().saturating_sub(began);
        let began = busy();
        for (records, now) in read {
            what_if.entry(records, now);
        }
        replaying += busy().saturating_sub(began);
    }
    let report = what_if.report();
    let totals = report.totals;
    assert_eq!((totals.gained, totals.lost), (0, 0), "nothing proposed, nothing changed");
    println!(
        "{} requests ({} denied), {} MB of events: {:.2} s of processor time to read them, {:.2} s to replay them",
        totals.requests,
        totals.denied_before,
        bytes / 1_000_000,
        reading.as_secs_f64(),
        replaying.as_secs_f64(),
    );
}
