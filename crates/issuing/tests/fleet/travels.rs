//! Transfers between real containers, and the books of the office, in any order of lost, late and repeated files.
//!
//! Laws: what containers hold and what is on its way is what was issued, at every step; the books never hold more or
//! less; once every report has arrived, the books say what each container holds; what is withdrawn comes back only when
//! it is gone everywhere.

use super::publisher::server_key;
use super::stage::*;
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;
use tenure_container::{Reading, open_answer, open_request, open_transfer};
use tenure_document::{
    Bytes, Count, Envelope, Item, Payload, Receipt, Transfer, Update, Verified, read_document,
    read_json, seal, verify_signed_by,
};
use tenure_issuing::office::*;

const NAMES: [&str; 3] = ["a", "b", "c"];
const ITEM: &str = "A-0000001.0";
const ISSUED: u32 = 6;
/// The most generations of a container, so that none has the key of another one.
const GENERATIONS: u32 = 3;

#[derive(Debug, Clone)]
enum Step {
    /// A container asks for so many units.
    Ask(usize, u64),
    /// A container gives what a request asks for.
    Send(usize, usize),
    /// A container takes a transfer.
    Accept(usize, usize),
    /// A container will never take what it asked for.
    Refuse(usize, usize),
    /// A container hears what became of a transfer.
    Settle(usize, usize),
    /// A context arrives.
    Contact(usize),
    /// What is pending is issued without a word of the container.
    Push(usize),
    /// An update is made, and arrives some time later or never.
    MakeFile(usize),
    /// One of those arrives.
    Deliver(usize),
    /// A receipt arrives.
    Receipt(usize),
    /// Some of what there is is taken back.
    Withdraw(usize, Option<u32>),
    /// The line is sold on other terms: everywhere its items are replaced.
    Change,
    /// A container begins a new generation.
    Regenerate(usize),
    /// Days pass.
    Days,
}

fn step() -> impl Strategy<Value = Step> {
    let place = || 0..NAMES.len();
    // Papers are counted round, so that a number names one however many there are.
    let index = || 0..100usize;
    prop_oneof![
        4 => (place(), 0..4u64).prop_map(|(d, count)| Step::Ask(d, count)),
        5 => (place(), index()).prop_map(|(d, which)| Step::Send(d, which)),
        5 => (place(), index()).prop_map(|(d, which)| Step::Accept(d, which)),
        1 => (place(), index()).prop_map(|(d, which)| Step::Refuse(d, which)),
        3 => (place(), index()).prop_map(|(d, which)| Step::Settle(d, which)),
        4 => place().prop_map(Step::Contact),
        1 => place().prop_map(Step::Push),
        3 => place().prop_map(Step::MakeFile),
        4 => index().prop_map(Step::Deliver),
        2 => place().prop_map(Step::Receipt),
        1 => (index(), prop::option::of(1..3u32)).prop_map(|(a, q)| Step::Withdraw(a, q)),
        2 => Just(Step::Change),
        1 => place().prop_map(Step::Regenerate),
        1 => Just(Step::Days),
    ]
}

struct Play {
    stage: Stage,
    nonces: u8,
    asked: Vec<Bytes>,
    requests: Vec<Envelope>,
    transfers: Vec<Envelope>,
    answers: Vec<Envelope>,
    files: Vec<(usize, Update)>,
    changes: u32,
}

impl Play {
    fn new() -> Play {
        let mut stage = Stage::new();
        stage.careful = false;
        let often = json!({"replacements": 100});
        stage.must(json!({"policy": {"change": {"by": "ann", "change": often}}}));
        stage.buy(2, "C-000001", "movable", ISSUED);
        for (place, name) in NAMES.iter().enumerate() {
            stage.device(name, place as u8 + 1);
            stage.ferry(name, &[]);
        }
        stage.ferry("a", &[choice(2, 1, ISSUED)]);
        let (requests, transfers, answers) = (Vec::new(), Vec::new(), Vec::new());
        let (asked, files) = (Vec::new(), Vec::new());
        Play { stage, nonces: 0, asked, requests, transfers, answers, files, changes: 0 }
    }

    fn reading(&self) -> Reading {
        Reading { wall: self.stage.now, since_boot_ms: 1 }
    }

    /// Does something to a container and gives the paper that comes of it.
    fn act(
        &mut self,
        d: usize,
        act: impl FnOnce(
            &Device,
            Reading,
        ) -> Option<(Vec<tenure_container::ContainerEvent>, Option<Bytes>)>,
    ) -> Option<Envelope> {
        let reading = self.reading();
        let device = self.stage.devices.get_mut(NAMES[d])?;
        let (events, nonce) = act(device, reading)?;
        events.iter().for_each(|event| device.container.apply(event));
        let paper = device.container.transfer_paper(&nonce?)?;
        Some(read_document(paper.as_bytes()).expect("its own paper"))
    }

    fn run(&mut self, step: &Step) {
        let at = self.stage.now;
        match step {
            Step::Ask(d, count) => {
                self.nonces += 1;
                let nonce = Bytes(vec![self.nonces; 16]);
                self.asked.push(nonce.clone());
                let request = self.act(*d, |device, now| {
                    let key = server_key(device.seed);
                    let events = device.container.request(&nonce, ITEM, *count, &key, now).ok()?;
                    Some((events, Some(nonce)))
                });
                self.requests.extend(request);
            }
            Step::Send(d, which) if !self.requests.is_empty() => {
                let request = pick(&self.requests, *which);
                let transfer = self.act(*d, |device, now| {
                    let trust = device.container.trust().ok()?;
                    let opened = open_request(&trust, &request, at).ok()?;
                    let key = server_key(device.seed);
                    let events = device.container.send(&opened, 0, &key, now).ok()?;
                    Some((events, Some(opened.request().nonce.clone())))
                });
                self.transfers.extend(transfer);
            }
            Step::Accept(d, which) if !self.transfers.is_empty() => {
                self.accept(*d, pick(&self.transfers, *which));
            }
            Step::Refuse(d, which) if !self.asked.is_empty() => {
                let nonce = pick(&self.asked, *which);
                let refusal = self.act(*d, |device, now| {
                    let key = server_key(device.seed);
                    let events = device.container.refuse(&nonce, "no", &key, now).ok()?;
                    Some((events, Some(nonce)))
                });
                self.answers.extend(refusal);
            }
            Step::Settle(d, which) if !self.answers.is_empty() => {
                self.hear(*d, pick(&self.answers, *which));
            }
            other => self.run_office(other),
        }
    }

    fn accept(&mut self, d: usize, transfer: Envelope) {
        let at = self.stage.now;
        let receipt = self.act(d, |device, now| {
            let trust = device.container.trust().ok()?;
            let opened = open_transfer(&trust, &transfer, at).ok()?;
            let key = server_key(device.seed);
            let events = device.container.accept(&opened, &key, now).ok()?;
            Some((events, Some(opened.transfer().nonce.clone())))
        });
        self.answers.extend(receipt);
    }

    /// A container hears what became of a transfer.
    fn hear(&mut self, d: usize, answer: Envelope) {
        let at = self.stage.now;
        self.act(d, |device, _| {
            let trust = device.container.trust().ok()?;
            let opened = open_answer(&trust, &device.container, &answer, at).ok()?;
            Some((device.container.settle(&opened).ok()?, None))
        });
    }

    fn run_office(&mut self, step: &Step) {
        let stage = &mut self.stage;
        match step {
            Step::Contact(d) => {
                let said = stage.exchange(NAMES[*d], &[]);
                assert!(said.is_ok(), "{said:?}");
            }
            Step::Push(d) => {
                let (by, id) = (staff("ann"), stage.id_of(NAMES[*d]));
                let push = ContainerCommand::Push { by, id, certificate: None };
                drop(stage.run(&Command::Container(push)));
            }
            Step::MakeFile(d) => {
                self.files.extend(stage.update(NAMES[*d]).map(|update| (*d, update)));
            }
            Step::Deliver(which) if !self.files.is_empty() => {
                let (d, update) = pick(&self.files, *which);
                let present = stage.devices[NAMES[d]].container.generation();
                let said = stage.deliver(NAMES[d], &update);
                assert!(said.is_ok() || update.generation < present, "{said:?}");
            }
            Step::Receipt(d) => {
                let device = &stage.devices[NAMES[*d]];
                let receipt = device.container.receipt(stage.now);
                let envelope = seal(&receipt, &[&server_key(device.seed)]);
                let receipt: Verified<Receipt> =
                    verify_signed_by(&envelope, device.container.key()).expect("its own");
                let by = Asker::System;
                let known = stage.of(NAMES[*d]).generation == receipt.generation;
                let command = Command::Receipt(Box::new(ReceiptIn { receipt, by }));
                let said = stage.run(&command);
                assert!(said.is_ok() || !known, "{said:?}");
            }
            Step::Withdraw(which, quantity) => {
                let count = stage.office.activations().count();
                let no = ActivationNo::new((*which % count) as u32 + 1);
                let withdraw = json!({"by": "ann", "activation": no, "quantity": quantity});
                drop(stage.order(json!({"activation": {"withdraw": withdraw}})));
            }
            Step::Change => {
                self.changes += 1;
                let terms = json!({"moves": {"times": 9 + self.changes}});
                let model = json!({"name": "movable", "terms": terms});
                stage.must(json!({"catalog": {"set-model": {"by": "ann", "model": model}}}));
                let with =
                    json!({"product": {"product": "cad", "version": "1.0"}, "model": "movable"});
                let replace = json!({"by": "ann", "id": id(2), "line": 1, "with": with});
                stage.must(json!({"entitlement": {"replace": replace}}));
            }
            Step::Regenerate(d) if stage.of(NAMES[*d]).generation < GENERATIONS => {
                // The office takes the generations one by one.
                let known = stage.of(NAMES[*d]).generation;
                if stage.devices[NAMES[*d]].container.generation() == known {
                    stage.regenerate(NAMES[*d]);
                }
            }
            Step::Days => stage.days(3),
            _ => {}
        }
    }

    fn held(&self, name: &str) -> u32 {
        let count = |item: &Item| match item.count {
            Count::Counted(count) => count,
            Count::Uncounted => u32::MAX,
        };
        let container = &self.stage.devices[name].container;
        // What a new generation still shows is of the one before, and goes with its first update.
        let item = container.item(ITEM).filter(|_| !container.is_carried_over());
        item.map_or(0, count)
    }

    /// Units by container, in the books.
    fn booked(&self) -> BTreeMap<&'static str, u32> {
        let mut booked = BTreeMap::new();
        for name in NAMES {
            let container = self.stage.id_of(name);
            let all = self.stage.office.activations().of_container(container);
            let there =
                all.filter(|one| one.state.is_live() || one.state == ActivationState::ReturnAsked);
            booked.insert(name, there.map(|one| one.quantity).sum());
        }
        booked
    }

    /// Every transfer arrives, its answer too, and every container hears from the office and says so.
    fn settle(&mut self) {
        for transfer in self.transfers.clone() {
            let target = content::<Transfer>(&transfer).target;
            let place = NAMES.iter().position(|name| self.stage.id_of(name) == target);
            self.accept(place.expect("one of them"), transfer);
        }
        for answer in self.answers.clone() {
            (0..NAMES.len()).for_each(|d| self.hear(d, answer.clone()));
        }
        self.meet_all();
        // What nobody can take any more comes back to its source by the office's word.
        for booked in self.stage.office.fleet().moves().all().to_vec() {
            let refund = json!({"by": "ann", "nonce": booked.nonce});
            drop(self.stage.order(json!({"container": {"refund": refund}})));
        }
        self.meet_all();
        self.stage.days(8);
    }

    /// Every container hears from the office, and says so.
    fn meet_all(&mut self) {
        for name in NAMES.repeat(3) {
            drop(self.stage.exchange(name, &[]));
            if let Some(update) = self.stage.update(name).filter(|update| !update.ops.is_empty()) {
                self.stage.deliver(name, &update).expect("an update for it");
                drop(self.stage.exchange(name, &[]));
            }
        }
    }
}

fn pick<T: Clone>(from: &[T], which: usize) -> T {
    from[which % from.len()].clone()
}

fn content<P: Payload>(envelope: &Envelope) -> P {
    read_json(&envelope.payload, P::LIMITS).expect("its own paper")
}

/// Whatever happened: nothing is made, nothing is lost.
fn check_moment(play: &Play) -> Result<(), TestCaseError> {
    let office = &play.stage.office;
    let all: u32 = office
        .activations()
        .all()
        .filter(|one| one.entitlement == id(2))
        .map(|one| one.quantity)
        .sum();
    prop_assert_eq!(all, ISSUED, "the books hold what was issued");
    let held: u32 = NAMES.iter().map(|name| play.held(name)).sum();
    prop_assert!(held <= ISSUED, "{held} are held");
    let counted = office.activations().all().filter(|one| one.entitlement == id(2));
    let counted: u32 = counted.filter(|one| one.state.counts()).map(|one| one.quantity).sum();
    prop_assert!(held <= counted, "{held} are held, {counted} count");
    for state in office.fleet().all().map(|one| one.state.code()) {
        prop_assert_eq!(state, "known");
    }
    Ok(())
}

/// The books say what each container holds, once all is told.
fn check_end(mut play: Play) -> Result<(), TestCaseError> {
    play.settle();
    check_moment(&play)?;
    let booked = play.booked();
    for name in NAMES {
        prop_assert_eq!(play.held(name), booked[name], "{} holds what the books say", name);
    }
    Ok(())
}

fn play(steps: &[Step]) -> Result<(), TestCaseError> {
    let mut play = Play::new();
    for step in steps {
        play.run(step);
        check_moment(&play)?;
    }
    check_end(play)
}

#[test]
fn plays_that_are_easily_got_wrong() {
    use self::Step::{
        Accept, Ask, Change, Contact, Deliver, MakeFile, Push, Regenerate, Send, Settle, Withdraw,
    };
    // What the first container has goes on to the second and from there to the third, before anybody says anything.
    let hops = [Ask(1, 0), Send(0, 0), Accept(1, 0), Ask(2, 0), Send(1, 1), Accept(2, 1)];
    let there_and_back = [Ask(1, 0), Send(0, 0), Accept(1, 0), Ask(0, 0), Send(1, 1), Accept(0, 1)];
    let sent = [Ask(1, 2), Send(0, 0)];
    let changed = |d| [Change, Push(d), MakeFile(d), Deliver(0)];
    let cases: [(&str, &[&[Step]]); 16] = [
        (
            "begun anew while units that shall come back are on their way to it",
            &[&[Withdraw(0, None)], &sent, &[Contact(0), Regenerate(1), Contact(1)]],
        ),
        ("begun anew with untold units on their way", &[&sent, &[Regenerate(0)]]),
        (
            "begun anew where untold units had come and gone on",
            &[&hops, &[Regenerate(0), Regenerate(1), Regenerate(2)]],
        ),
        (
            "begun anew with units on their way that nobody can take any more",
            &[&sent, &[Contact(0), Regenerate(1), Regenerate(0), Contact(1), Contact(0)]],
        ),
        ("changed while they are on their way", &[&sent, &[Contact(0)], &changed(0)]),
        (
            "changed when they had arrived unknown to the office",
            &[&sent, &[Accept(1, 0), Contact(0)], &changed(0)],
        ),
        (
            "changed at the source, which has not told yet",
            &[&sent, &[Accept(1, 0), Contact(1)], &changed(0)],
        ),
        (
            "changed at the target, which has not told yet",
            &[&sent, &[Accept(1, 0), Settle(0, 0), Contact(0)], &changed(1)],
        ),
        ("the middle hop tells first, the last is on its way", &[&hops[..5], &[Contact(1)]]),
        ("the middle hop tells first", &[&hops, &[Contact(1)]]),
        ("the last hop tells first", &[&hops, &[Contact(2)]]),
        ("from the last to the first", &[&hops, &[Contact(2), Contact(1), Contact(0)]]),
        ("the last, then the first", &[&hops, &[Contact(2), Contact(0), Contact(1)]]),
        ("there and back, told where it was", &[&there_and_back, &[Contact(1)]]),
        ("there and back, told where it is", &[&there_and_back, &[Contact(0)]]),
        (
            "there and back, and on from there, which is told first",
            &[&there_and_back, &[Ask(2, 4), Send(0, 2), Accept(2, 2), Contact(2)]],
        ),
    ];
    let wrong: Vec<String> = cases
        .into_iter()
        .filter_map(|(name, steps)| Some(format!("{name}: {}", play(&steps.concat()).err()?)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn units_that_travel_are_neither_made_nor_lost(steps in prop::collection::vec(step(), 1..30)) {
        play(&steps)?;
    }
}
