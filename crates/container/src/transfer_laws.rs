//! Laws of transfers over random plays: requests, transfers and answers are lost, doubled, reordered and given to the
//! wrong container, containers stop between the record and the hand-over, the office books some and replaces others.
//!
//! Whatever happens, units in containers and on their way are as many as were ordered, what comes back does so under the
//! terms that were ordered last, and everything can be ended.
//! Deliberately not here: signatures (`tests/transfers.rs`), all plays of a small house (`tests/model.rs`).

use crate::{
    Birth, Container, ContainerEvent, Reading,
    moving::{Outgoing, units},
    provenance::{Stop, Travel, read},
    stock::Lot,
    transfer_fault::TransferFault,
    transfer_open::{Answer, OpenedAnswer, OpenedRequest, OpenedTransfer},
};
use proptest::{prelude::*, sample::Index};
use std::collections::BTreeMap;
use tenure_document::{
    Bytes, Certificate, ContainerId, ContainerKind, Count, Direction, Envelope, Hash, Item, Move,
    MoveState, Moves, Numbered, Op, Payload, PublicKey, RootPin, Signer, Time, Transfer,
    TransferReceipt, TransferRefusal, TransferRequest, Update, read_document, seal,
};

const NOW: Reading = Reading { wall: Time::from_millis(1_000_000), since_boot_ms: 5_000 };
const ISSUED: i64 = 6;

/// Signs nothing: these laws are about quantities.
struct NoSigner(PublicKey);

impl Signer for NoSigner {
    fn public(&self) -> &PublicKey {
        &self.0
    }

    fn sign(&self, _: &[u8]) -> Vec<u8> {
        vec![0; 64]
    }
}

fn signer() -> NoSigner {
    let mut base = [0; 32];
    base[0] = 9;
    // Any point of the curve will do.
    let point = (0..=255u8).find_map(|n| {
        base[1] = n;
        PublicKey::ed25519(&base).ok()
    });
    NoSigner(point.unwrap())
}

#[derive(Debug, Clone)]
enum Step {
    /// A container asks for so many of one of two items.
    Ask(usize, u64, u8),
    /// A paper that was ever made comes to a container, the right or a wrong one.
    Deliver(Index, usize),
    /// A container gives up one of its requests.
    Refuse(usize, Index),
    /// A container turns down a transfer.
    TurnDown(usize, Index),
    /// The office hears of a container's moves and books those that both sides told.
    Book(usize),
    /// The office replaces an item that it has in its books there: so many, and perhaps under other terms.
    Replace(usize, u8, u32, bool),
    /// A container is stored and read again.
    Restart(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let place = || 0..4usize;
    let index = || any::<Index>();
    prop_oneof![
        4 => (place(), 0..4u64, 0..2u8).prop_map(|(at, count, item)| Step::Ask(at, count, item)),
        14 => (index(), place()).prop_map(|(paper, at)| Step::Deliver(paper, at)),
        1 => (place(), index()).prop_map(|(at, open)| Step::Refuse(at, open)),
        1 => (place(), index()).prop_map(|(at, paper)| Step::TurnDown(at, paper)),
        1 => place().prop_map(Step::Book),
        1 => (place(), 0..2u8, 1..9u32, any::<bool>())
            .prop_map(|(at, item, count, other)| Step::Replace(at, item, count, other)),
        1 => place().prop_map(Step::Restart),
    ]
}

struct House {
    places: Vec<Container>,
    papers: Vec<Envelope>,
    /// What the office has in its books for each container, by item.
    books: Vec<[i64; 2]>,
    /// What it ordered by now, and what arrived of units that it had taken away meanwhile.
    issued: [i64; 2],
    /// Under which terms each transfer comes back, if it does, to the place it left; several may answer one request.
    terms: BTreeMap<(usize, Bytes), u32>,
    asked: u8,
    signer: NoSigner,
}

fn item(number: u8, count: i64) -> Item {
    let count = Count::Counted(u32::try_from(count).unwrap());
    let mut item = Item::new(name(number.into()), "cad", "2.0".parse().unwrap(), count);
    item.moves = Some(Moves::default());
    item
}

fn name(number: usize) -> String {
    format!("i{number}")
}

fn number_of(item: &str) -> usize {
    usize::from(item == "i1")
}

fn place_of(id: ContainerId) -> usize {
    usize::from(id.0[0])
}

impl House {
    fn new() -> House {
        let signer = signer();
        let birth = |place: u8| Birth {
            id: ContainerId([place; 16]),
            name: "lab".into(),
            kind: ContainerKind::Bound,
            key: signer.0.clone(),
            root: RootPin(Hash::ZERO),
            keysets: Vec::new(),
            keyset_version: 0,
            ratchet: Hash::ZERO,
            at: NOW,
        };
        let places = (0..4).map(|place| Container::new(birth(place))).collect();
        let mut house = House {
            places,
            papers: Vec::new(),
            books: vec![[0; 2]; 4],
            issued: [ISSUED; 2],
            terms: BTreeMap::new(),
            asked: 0,
            signer,
        };
        (0..4).for_each(|place| house.certify(place));
        house.order(0, vec![Op::Add { item: item(0, ISSUED) }, Op::Add { item: item(1, ISSUED) }]);
        house.books[0] = [ISSUED; 2];
        house
    }

    fn certify(&mut self, place: usize) {
        let certificate = Certificate {
            container: self.places[place].id(),
            generation: 1,
            name: "lab".into(),
            kind: ContainerKind::Bound,
            key: self.signer.0.clone(),
            uses: vec!["transfer".into()],
            not_before: NOW.wall,
            not_after: None,
            sequence: 1,
            account: None,
            binding: None,
        };
        let certificate = seal(&certificate, &[&self.signer]).to_json();
        self.order(place, vec![Op::Certify { certificate }]);
    }

    /// The office's operations, as an update would bring them.
    fn order(&mut self, place: usize, ops: Vec<Op>) {
        let container = &mut self.places[place];
        let (mut hash, mut numbered) = (container.history_hash(), Vec::new());
        for (sequence, op) in (container.sequence() + 1..).zip(ops) {
            hash = crate::next_hash(&hash, sequence, &op);
            numbered.push(Numbered { sequence, op_id: format!("o{sequence}"), op });
        }
        let update = Update {
            id: container.id(),
            generation: 1,
            from_sequence: container.sequence(),
            from_hash: container.history_hash(),
            to_sequence: container.sequence() + numbered.len() as u64,
            ops: numbered.clone(),
            to_hash: hash,
            issued: NOW.wall,
            expires: None,
            attachments: Default::default(),
        };
        let document = seal(&update, &[&self.signer]).to_json();
        container.apply(&ContainerEvent::OriginKept { document });
        container.apply(&ContainerEvent::Updated {
            ops: numbered,
            acknowledged: 0,
            history_hash: hash,
            ratchet: Hash::ZERO,
            issued: None,
        });
    }

    fn play(&mut self, place: usize, events: &[ContainerEvent], nonce: &Bytes) {
        for event in events {
            self.places[place].apply(event);
        }
        if let Some(paper) = self.places[place].transfer_paper(nonce) {
            let paper = read_document(paper.as_bytes()).unwrap();
            if !self.papers.contains(&paper) {
                self.papers.push(paper);
            }
        }
    }

    fn deliver(&mut self, paper: &Envelope, place: usize) -> Result<(), TransferFault> {
        let container = &self.places[place];
        let (events, nonce) = match paper.payload_type.as_str() {
            TransferRequest::TYPE => {
                let opened = open_request(paper);
                let events = container.send(&opened, 0, &self.signer, NOW)?;
                if let [ContainerEvent::TransferSent { nonce, item, .. }] = events.as_slice() {
                    self.terms.insert((place, nonce.clone()), item.grace_days);
                }
                (events, opened.request.nonce)
            }
            Transfer::TYPE => {
                let opened = open_transfer(paper);
                (container.accept(&opened, &self.signer, NOW)?, opened.transfer.nonce)
            }
            _ => {
                let opened = open_answer(paper);
                (container.settle(&opened)?, opened.nonce().clone())
            }
        };
        let before = container.clone();
        self.play(place, &events, &nonce);
        if let [ContainerEvent::TransferRefunded { .. }] = events.as_slice() {
            let id = &before.transfers.out[&nonce].item.id;
            let back = self.places[place].item(id).filter(|_| before.item(id).is_none());
            let terms = self.terms[&(place, nonce)];
            assert!(back.is_none_or(|item| item.grace_days == terms), "old terms");
        }
        Ok(())
    }

    fn refuse(&mut self, place: usize, nonce: &Bytes) {
        if let Ok(events) = self.places[place].refuse(nonce, "no", &self.signer, NOW) {
            self.play(place, &events, nonce);
        }
    }

    fn transfers(&self) -> Vec<Envelope> {
        let transfer = |paper: &&Envelope| paper.payload_type == Transfer::TYPE;
        self.papers.iter().filter(transfer).cloned().collect()
    }

    fn act(&mut self, step: &Step) {
        match step {
            Step::Ask(place, count, item) => {
                self.asked += 1;
                let nonce = Bytes(vec![self.asked; 16]);
                let name = name((*item).into());
                let events = self.places[*place].request(&nonce, &name, *count, &self.signer, NOW);
                self.play(*place, &events.unwrap(), &nonce);
            }
            Step::Deliver(paper, place) => {
                let Some(paper) = pick(&self.papers, paper) else { return };
                let before = self.places[*place].clone();
                if self.deliver(&paper, *place).is_err() {
                    assert_eq!(self.places[*place], before, "a refused step changes nothing");
                }
            }
            Step::Refuse(place, index) => {
                if let Some(open) = pick(&self.places[*place].open_requests(), index) {
                    self.refuse(*place, &open.nonce);
                }
            }
            Step::TurnDown(place, index) => {
                if let Some(paper) = pick(&self.transfers(), index) {
                    let opened = open_transfer(&paper);
                    let refusal = self.places[*place].turn_down(&opened, &self.signer, NOW);
                    self.papers.extend(refusal);
                }
            }
            Step::Book(place) => self.book(*place),
            Step::Replace(place, number, count, other) => {
                self.replace(*place, *number, (*count).into(), u32::from(*other));
            }
            Step::Restart(place) => {
                let stored = serde_json::to_vec(&self.places[*place]).unwrap();
                self.places[*place] = serde_json::from_slice(&stored).unwrap();
            }
        }
    }

    fn replace(&mut self, place: usize, number: u8, count: i64, terms: u32) {
        let booked = &mut self.books[place][usize::from(number)];
        if *booked <= 0 {
            return;
        }
        self.issued[usize::from(number)] += count - *booked;
        *booked = count;
        let mut item = item(number, count);
        item.grace_days = terms;
        for (nonce, out) in &self.places[place].transfers.out {
            if out.item.id == item.id {
                self.terms.insert((place, nonce.clone()), terms);
            }
        }
        self.order(place, vec![Op::Replace { item }]);
    }

    /// The office settles at this container what both sides told, or what was refunded.
    fn book(&mut self, place: usize) {
        for step in self.places[place].moves() {
            let other = &self.places[place_of(step.other)];
            let (arrived, number) = (has(other, &step), number_of(&step.item_id));
            let books = &mut self.books[place][number];
            match (step.direction, step.state) {
                (Direction::Out, MoveState::Refunded) => {}
                (Direction::Out, _) if arrived => *books -= whole(step.count),
                (Direction::Out, _) => continue,
                (Direction::In, _) => *books += whole(step.count),
            }
            let before = forfeited(&self.places[place], &step.item_id);
            self.order(place, vec![Op::Settle { nonce: step.nonce }]);
            // It had left when the office took it away, and arrived: more than was ordered.
            let beyond = before - forfeited(&self.places[place], &step.item_id);
            self.books[place][number] += beyond;
            self.issued[number] += beyond;
        }
    }

    /// Units in containers and on their way are what was ordered; the books fit what each container says.
    fn conserved(&self) {
        let mut total = [0; 2];
        for place in &self.places {
            for (number, total) in total.iter_mut().enumerate() {
                *total += place.item(&name(number)).map_or(0, |item| whole(item.count));
                *total -= forfeited(place, &name(number));
            }
            for (nonce, out) in &place.transfers.out {
                let target = &self.places[place_of(out.target)];
                let came = target.transfers.came.get(nonce);
                let arrived = came.is_some_and(|came| came.transfer == out.transfer);
                match out.state {
                    MoveState::Sent if !arrived => {
                        total[number_of(&out.item.id)] += whole(out.item.count);
                    }
                    MoveState::Refunded => assert!(!arrived, "credited after a refund"),
                    MoveState::Received => assert!(arrived, "a receipt of nothing"),
                    _ => {}
                }
            }
        }
        assert_eq!(total, self.issued);
        for (place, books) in self.places.iter().zip(&self.books) {
            let known = place.as_booked();
            let booked = |number: usize| {
                let item = known.iter().find(|item| item.id == name(number));
                item.map_or(0, |item| whole(item.count))
            };
            let books = books.map(|count| count.max(0));
            assert_eq!([booked(0), booked(1)], books, "the books of {}", place.id().serial());
        }
    }

    /// Whatever is on its way can be ended: it arrives, or its target refuses it.
    fn end(&mut self) {
        for paper in self.transfers() {
            let opened = open_transfer(&paper);
            let Transfer { source, target, nonce, .. } = &opened.transfer;
            let (source, target) = (place_of(*source), place_of(*target));
            let answer = if self.deliver(&paper, target).is_ok() {
                let receipt = self.places[target].transfer_paper(nonce).unwrap();
                read_document(receipt.as_bytes()).unwrap()
            } else {
                self.refuse(target, nonce);
                self.places[target].turn_down(&opened, &self.signer, NOW).unwrap()
            };
            // Refused where it was ended before.
            let _ = self.deliver(&answer, source);
        }
        for place in &self.places {
            let sent = |out: &Outgoing| out.state == MoveState::Sent;
            assert!(!place.transfers.out.values().any(sent), "on its way for ever");
        }
    }
}

fn whole(count: Count) -> i64 {
    i64::try_from(units(count)).unwrap()
}

fn forfeited(place: &Container, item: &str) -> i64 {
    i64::try_from(place.transfers.forfeited(item)).unwrap()
}

fn pick<T: Clone>(from: &[T], index: &Index) -> Option<T> {
    if from.is_empty() { None } else { Some(from[index.index(from.len())].clone()) }
}

/// Whether the target has this very transfer.
fn has(target: &Container, step: &Move) -> bool {
    target.transfers.came.get(&step.nonce).is_some_and(|came| came.transfer == step.transfer)
}

fn open_request(paper: &Envelope) -> OpenedRequest {
    let target = Stop { kind: ContainerKind::Bound, account: None };
    OpenedRequest { request: read(&paper.to_json()).unwrap(), target }
}

fn open_transfer(paper: &Envelope) -> OpenedTransfer {
    let transfer: Transfer = read(&paper.to_json()).unwrap();
    let steps = transfer.provenance[1..].to_vec();
    let travel = Travel::of(&Lot { count: 0, origin: Hash::ZERO, steps });
    OpenedTransfer { hash: Hash::of(&paper.payload), transfer, travel }
}

fn open_answer(paper: &Envelope) -> OpenedAnswer {
    let answer = match paper.payload_type.as_str() {
        TransferReceipt::TYPE => Answer::Receipt(read(&paper.to_json()).unwrap()),
        TransferRefusal::TYPE => Answer::Refusal(read(&paper.to_json()).unwrap()),
        other => panic!("{other}"),
    };
    OpenedAnswer { answer }
}

fn run(steps: &[Step]) {
    let mut house = House::new();
    for step in steps {
        house.act(step);
        house.conserved();
    }
    house.end();
    house.conserved();
    (0..4).for_each(|place| house.book(place));
    house.conserved();
    assert!(house.places.iter().all(|place| place.moves().is_empty()), "the office knows all");
    assert!(house.places.iter().all(|place| place.transfers.forfeited.is_empty()), "all is even");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn units_are_conserved_in_every_play_and_every_play_can_be_ended(
        steps in prop::collection::vec(step(), 1..28)
    ) {
        run(&steps);
    }
}
