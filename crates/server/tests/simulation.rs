//! A seeded simulation of a license server and its clients, some of which wait: messages are lost and doubled, the
//! server dies at any step, the disk fails and fills up, clocks jump. After each step the laws are checked:
//! never more in use than there is, no seat twice, nothing answered is ever lost, one grant per idempotency key,
//! what ended is free again in time, nothing goes back, and the state is the fold of its ledger.
//!
//! A failure prints its seed: `TENURE_SEED=17 cargo nextest run -p tenure-server --test simulation` repeats it.

#[path = "support/chance.rs"]
mod chance;
#[path = "support/house.rs"]
mod house;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chance::Chance;
use house::publisher::now as genesis_time;
use house::{TestEntries, first_update, holder, identity, machine, now_of, publisher};
use tenure_container::{OpenedUpdate, open_update};
use tenure_document::{LeaseId, Time, Version};
use tenure_leasing::{
    Actor, Checkout, Claim, Command, Consume, Event, FeatureRequest, LeaseFilter, LeaseOrder, Page,
    Release, Renew, TicketId,
};
use tenure_ledger::{
    Answer, Core, Failing, Fault, Idempotency, Job, LedgerError, ManualClock, MemoryDisk, Options,
    Plan, SubmitError, Trouble,
};
use tenure_server::LeasingMachine;

/// Seeds of one run.
const SEEDS: u64 = 300;
/// Steps of one seed.
const STEPS: usize = 60;
/// Clients of one seed.
const CLIENTS: usize = 5;
/// The server keeps a seat so long beyond the end that the holder knows.
const MARGIN: Duration = Duration::from_secs(5);

/// Few seats, so that clients get into each other's way.
const ITEMS: &str = r#"[
    {"id":"cad1","feature":"cad","version":"1.0","count":2,"expiry":"permanent"},
    {"id":"cad2","feature":"cad","version":"2.0","count":1,"expiry":"permanent","overdraft":{"count":1}},
    {"id":"sim","feature":"sim","version":"1.0","count":1,"expiry":"permanent"},
    {"id":"credits","feature":"render","version":"1.0","count":40,"expiry":"permanent","kind":{"metered":{"reusable":false,"undo_seconds":300}}}
]"#;

/// Seats of a feature, overdraft included.
const SEATS: [(&str, u64); 2] = [("cad", 4), ("sim", 1)];
/// Units of the metered feature.
const UNITS: u64 = 40;

/// A lease as its client knows it: certain from the answer until it stops using it.
#[derive(Clone, Copy, Debug)]
struct Held {
    /// By the client's own clock: the end, counted from when it sent the request.
    until: Duration,
}

/// A request that a client repeats until it hears an answer.
#[derive(Clone)]
struct Open {
    key: String,
    command: Command,
    /// By the client's clock: when it was first sent.
    sent: Duration,
    /// Ledger time did not leap since then: an answer still says how long the lease is good.
    certain: bool,
}

#[derive(Default)]
struct Client {
    held: BTreeMap<LeaseId, Held>,
    open: Option<Open>,
    keys: u64,
    /// What it waits with.
    tickets: Vec<TicketId>,
}

struct World {
    chance: Chance,
    clock: ManualClock,
    /// Time that has really passed; what clients go by.
    elapsed: Duration,
    disk: MemoryDisk,
    plan: Plan,
    core: Option<Core<LeasingMachine>>,
    clients: Vec<Client>,
    /// Leases first answered per idempotency key.
    answered: BTreeMap<String, Vec<LeaseId>>,
    units_answered: u64,
    boots: u64,
    /// Ledger time when it was last looked at; none after a look that failed.
    now: Option<Time>,
    highest: Highest,
    log: Vec<String>,
}

/// What must never go back.
#[derive(Default)]
struct Highest {
    sequence: u64,
    at: Option<Time>,
    high_water: Option<Time>,
    container: u64,
}

fn opened() -> &'static OpenedUpdate {
    static OPENED: OnceLock<OpenedUpdate> = OnceLock::new();
    OPENED.get_or_init(|| {
        let update = first_update(publisher(), ITEMS);
        open_update(publisher().trust(), &update, genesis_time(), [1; 32])
            .expect("the update is right")
    })
}

impl World {
    fn new(seed: u64) -> Self {
        let mut world = Self {
            chance: Chance(seed),
            clock: ManualClock::at(genesis_time()),
            elapsed: Duration::ZERO,
            disk: MemoryDisk::new(),
            plan: Plan::new(),
            core: None,
            clients: (0..CLIENTS).map(|_| Client::default()).collect(),
            answered: BTreeMap::new(),
            units_answered: 0,
            boots: 1,
            now: None,
            highest: Highest::default(),
            log: Vec::new(),
        };
        world.open().expect("a new ledger opens");
        let load =
            Job { command: Command::ApplyUpdate(Box::new(opened().clone())), idempotency: None };
        let answer = world.step(vec![load]).pop().expect("one answer");
        answer.expect("the update applies");
        world
    }

    fn open(&mut self) -> Result<(), LedgerError> {
        let mut options = Options::new(Arc::new(self.clock.clone()));
        options.retry_after = Duration::from_secs(1);
        let ledger = Failing::new(Box::new(self.disk.open()?), self.plan.clone());
        let entries = Box::new(TestEntries(identity()));
        let (core, _) = Core::open(Box::new(ledger), entries, || machine(publisher()), options)?;
        self.core = Some(core);
        Ok(())
    }

    fn core(&mut self) -> &mut Core<LeasingMachine> {
        self.core.as_mut().expect("the server runs between steps")
    }

    fn step(&mut self, jobs: Vec<Job<LeasingMachine>>) -> Vec<Answer<LeasingMachine>> {
        self.core().step(&jobs)
    }

    /// The process ends without a word; what was synced is what remains.
    fn crash(&mut self) {
        let reboots = self.chance.percent(20);
        self.plan.set_full(false);
        self.restart(reboots);
        self.log.push(format!("crash, reboot {reboots}"));
    }

    /// Where no entry tells otherwise, ledger time begins with the wall clock. One that is ahead of what the ledger
    /// knew ends leases early, and nobody can tell; clients are worse off then, by rule.
    fn restart(&mut self, reboots: bool) {
        self.core = None;
        self.disk.crash();
        if reboots {
            self.boots += 1;
            self.clock.reboot(&format!("boot-{}", self.boots));
        }
        self.open().expect("what was synced can be opened again");
        let after = self.core().look(|_, now| now.at).ok();
        if self.now.is_none() || after > self.now {
            for client in &mut self.clients {
                client.held.clear();
                client.open.iter_mut().for_each(|open| open.certain = false);
            }
        }
    }

    fn act(&mut self) {
        match self.chance.below(100) {
            0..60 => self.talk(),
            60..78 => self.pass_time(),
            78..84 => self.crash(),
            84..89 => self.trouble(),
            89..93 => self.jump(),
            93..96 => {
                let saved = self.core().save_snapshot();
                self.log.push(format!("snapshot {}", saved.is_ok()));
            }
            _ => {
                let tick = Job { command: Command::Tick, idempotency: None };
                self.step(vec![tick]);
            }
        }
    }

    fn pass_time(&mut self) {
        let by = Duration::from_millis(match self.chance.below(3) {
            0 => self.chance.below(2_000),
            1 => self.chance.below(120_000),
            _ => self.chance.below(1_200_000),
        });
        self.clock.advance(by);
        self.elapsed += by;
        self.log.push(format!("{by:?} pass"));
    }

    /// Somebody sets the wall clock while the server runs.
    fn jump(&mut self) {
        let hours = self.chance.below(48) as i64 - 24;
        self.clock.jump_wall_ms(hours * 3_600_000);
        self.log.push(format!("the wall clock jumps by {hours} h"));
        if self.chance.percent(50) {
            self.restart(true);
        }
    }

    fn trouble(&mut self) {
        match self.chance.below(4) {
            0 => self.plan.fail_append(self.chance.below(2), Trouble::Before),
            1 => self.plan.fail_append(self.chance.below(2), Trouble::After),
            2 => self.plan.fail_append(0, Trouble::Full),
            _ => {
                let full = self.chance.percent(50);
                self.plan.set_full(full);
            }
        }
        self.log.push("the disk is in trouble".to_owned());
    }

    /// Some clients speak; what they say goes into one batch, perhaps twice, perhaps not at all.
    fn talk(&mut self) {
        let mut speaking = Vec::new();
        for at in 0..CLIENTS {
            if self.chance.percent(50) {
                let open = self.next_request(at);
                speaking.push((at, open));
            }
        }
        let mut jobs = Vec::new();
        let mut from = Vec::new();
        for (at, open) in &speaking {
            // Lost on the way there, once, or twice in the same batch.
            let copies =
                if self.chance.percent(10) { 0 } else { 1 + usize::from(self.chance.percent(15)) };
            for _ in 0..copies {
                let key = Idempotency::new("client", &open.key, open.key.as_bytes());
                jobs.push(Job { command: open.command.clone(), idempotency: Some(key) });
                from.push((*at, open.clone()));
            }
        }
        if self.chance.percent(6) {
            // Decided and never committed: nobody hears of it.
            drop(self.core().decide(&jobs));
            self.crash();
            return;
        }
        let answers = self.step(jobs);
        let dies = self.chance.percent(5);
        for ((at, open), answer) in from.into_iter().zip(answers) {
            // Lost on the way back: the client asks again later, with the same key.
            if !self.chance.percent(15) && !dies {
                self.hear(at, &open, answer);
            }
        }
        if dies {
            self.crash();
        }
    }

    /// What client `at` says next: the same again, or something new.
    fn next_request(&mut self, at: usize) -> Open {
        if let Some(open) = &self.clients[at].open {
            return open.clone();
        }
        let sent = self.elapsed;
        self.clients[at].keys += 1;
        let key = format!("{at}/{}", self.clients[at].keys);
        let live: Vec<LeaseId> = self.clients[at].held.keys().copied().collect();
        let command = match (self.chance.below(10), live.is_empty()) {
            (0..3, false) => {
                let lease = live[self.chance.below(live.len() as u64) as usize];
                Command::Renew(vec![Renew { lease, by: Actor::Holder, nonce: None, request: None }])
            }
            (3..6, false) => {
                let lease = live[self.chance.below(live.len() as u64) as usize];
                // From here on the client does not use it any more, whatever it hears.
                self.clients[at].held.remove(&lease);
                Command::Release(vec![Release { lease, by: Actor::Holder, reason: None }])
            }
            (9, _) if !self.clients[at].tickets.is_empty() => {
                let tickets = &self.clients[at].tickets;
                let ticket = tickets[self.chance.below(tickets.len() as u64) as usize];
                Command::Claim(Claim { ticket, by: Actor::Holder, nonce: None })
            }
            (6, _) => Command::Consume(Consume {
                holder: holder(at),
                feature: "render".to_owned(),
                version: Version::ANY,
                count: 1 + self.chance.below(6),
                selectors: BTreeMap::new(),
                dictionary: BTreeMap::new(),
                signed_by: None,
            }),
            _ => {
                let feature = if self.chance.percent(70) { "cad" } else { "sim" };
                let version =
                    if self.chance.percent(30) { Version::new(2, 0, 0) } else { Version::ANY };
                let count = 1 + self.chance.below(3) as u32;
                let mut wanted = FeatureRequest::new(feature, version, count);
                wanted.partial = self.chance.percent(30);
                let mut asked = Checkout::new(holder(at), vec![wanted]);
                asked.wait_seconds = self.chance.percent(40).then_some(900);
                Command::Checkout(asked)
            }
        };
        let open = Open { key, command, sent, certain: true };
        self.clients[at].open = Some(open.clone());
        open
    }

    fn hear(&mut self, at: usize, open: &Open, answer: Answer<LeasingMachine>) {
        let refused = matches!(answer, Err(SubmitError::Refused(_)));
        let events = match answer {
            Ok(outcome) => outcome.events,
            Err(SubmitError::Fault(Fault::Bug)) => panic!("a decision panicked"),
            Err(SubmitError::Fault(_)) => return,
            Err(SubmitError::Refused(_)) => Vec::new(),
            Err(SubmitError::KeyReused) => panic!("the same key came with the same request"),
            Err(SubmitError::AnswerArchived { .. }) => panic!("nothing is archived here"),
        };
        let granted: Vec<LeaseId> = events
            .iter()
            .filter_map(
                |event| if let Event::Granted(one) = event { Some(one.lease) } else { None },
            )
            .collect();
        if let Some(before) = self.answered.get(&open.key) {
            assert_eq!(*before, granted, "one key, two answers: {}", open.key);
        } else {
            self.answered.insert(open.key.clone(), granted);
            let used = events
                .iter()
                .map(|event| if let Event::Consumed(used) = event { used.count } else { 0 });
            self.units_answered += used.sum::<u64>();
        }
        let client = &mut self.clients[at];
        if client.open.as_ref().is_some_and(|waiting| waiting.key == open.key) {
            client.open = None;
        } else {
            // A late copy of an answer that was heard before: nothing new.
            return;
        }
        if let Command::Claim(claim) = &open.command {
            // Refused, or served: asking once more would renew.
            let waits = events.is_empty() && !refused;
            client.tickets.retain(|ticket| *ticket != claim.ticket || waits);
        }
        for event in events {
            if let Event::Queued(queued) = &event {
                client.tickets.push(queued.ticket);
            }
            let (lease, issued, expires) = match event {
                Event::Granted(one) => (one.lease, one.at, one.expires),
                Event::Renewed(one) => (one.lease, one.at, one.expires),
                _ => continue,
            };
            let until = open.sent + expires.since(issued);
            if open.certain {
                client.held.insert(lease, Held { until });
            }
        }
    }

    /// The laws, after every step.
    fn check(&mut self) {
        let elapsed = self.elapsed;
        let seen = self.core().look(|machine, now| {
            let leasing = &machine.0;
            let rows = leasing
                .lease_rows(&LeaseFilter::default(), LeaseOrder::OldestFirst, Page::ALL)
                .rows;
            let container = leasing.container();
            let left = leasing.units_left("render", now_of(now));
            (rows, now.at, container.clock().high_water(), container.sequence(), left)
        });
        // Without the disk there is no state to look at; it comes back, and is looked at then.
        self.now = seen.as_ref().ok().map(|(_, now, ..)| *now);
        let Ok((rows, now, high_water, container, left)) = seen else { return };

        // 1 and 11: never more than there is, no number twice.
        for (feature, seats) in SEATS {
            let of_feature = rows.iter().filter(|row| row.feature == feature);
            let mut numbers = BTreeSet::new();
            let mut used = 0;
            for row in of_feature {
                used += u64::from(row.count);
                for range in &row.seats {
                    for seat in range.first..=range.last {
                        assert!(numbers.insert(seat), "seat {seat} of {feature} twice");
                    }
                }
            }
            assert!(used <= seats, "{used} of {seats} seats of {feature} in use");
            assert_eq!(used, numbers.len() as u64, "every seat has a number");
        }
        // 2, 3 and 5: what a client may still use is there, and ends no earlier than the client thinks.
        for client in &mut self.clients {
            client.held.retain(|_, held| held.until > elapsed);
            for (lease, held) in &client.held {
                let row = rows.iter().find(|row| row.id == *lease);
                let row = row.unwrap_or_else(|| panic!("{lease} was answered and is lost"));
                let left = held.until - elapsed;
                assert!(row.expires >= now.plus(left), "{lease} ends before its client thinks");
            }
        }
        // 9: nothing goes back.
        let (sequence, at) = (self.core().status().sequence, self.core().status().at);
        let highest = &mut self.highest;
        assert!(
            sequence >= highest.sequence && container >= highest.container,
            "a sequence went back"
        );
        assert!(highest.at.is_none_or(|before| at >= before), "ledger time went back");
        assert!(highest.high_water.is_none_or(|at| high_water >= at), "the high water went back");
        *highest = Highest { sequence, at: Some(at), high_water: Some(high_water), container };
        // Metered units are never given twice, and none that was answered is forgotten.
        let used = UNITS - left.expect("render is counted");
        assert!(
            used >= self.units_answered,
            "{} units were answered, {used} are recorded",
            self.units_answered
        );
    }

    /// 4: once the engine has looked, nothing that ended is still taken. 10: the state is the fold of its ledger.
    fn settle(&mut self) {
        self.plan.set_full(false);
        self.plan.fail_reopen(false);
        for _ in 0..4 {
            self.clock.advance(Duration::from_secs(2));
            self.elapsed += Duration::from_secs(2);
            let tick = Job { command: Command::Tick, idempotency: None };
            self.step(vec![tick]);
        }
        let late = self.core().look(|machine, now| {
            let rows = machine
                .0
                .lease_rows(&LeaseFilter::default(), LeaseOrder::OldestFirst, Page::ALL)
                .rows;
            rows.into_iter().find(|row| row.expires.plus(MARGIN) < now.at).map(|row| row.id)
        });
        assert_eq!(late.expect("the disk works again"), None, "a lease outlived its end");
        let text =
            |machine: &LeasingMachine| serde_json::to_string(machine).expect("a state is JSON");
        let live = self.core().look(|machine, _| text(machine)).expect("the disk works");
        self.core = None;
        self.disk.crash();
        self.disk.tamper_snapshots(|snapshots| snapshots.clear());
        self.open().expect("the ledger is whole");
        let folded = self.core().look(|machine, _| text(machine)).expect("the disk works");
        assert!(live == folded, "the state is not the fold of its ledger");
    }
}

fn run(seed: u64) {
    let mut world = World::new(seed);
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        for _ in 0..STEPS {
            world.act();
            world.check();
        }
        world.settle();
        world.check();
    }));
    if outcome.is_err() {
        let tail = world.log.len().saturating_sub(30);
        eprintln!("last steps: {:#?}", &world.log[tail..]);
        panic!("seed {seed} breaks a law: TENURE_SEED={seed} repeats it");
    }
}

#[test]
fn the_laws_hold_whatever_happens() {
    match std::env::var("TENURE_SEED") {
        Ok(seed) => run(seed.parse().expect("TENURE_SEED is a number")),
        Err(_) => (0..SEEDS).for_each(run),
    }
}
