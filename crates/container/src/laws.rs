//! Laws of updates over random schedules: whatever is delivered, doubled, dropped, reordered or late, the container
//! holds a prefix of what was issued, each operation once, and the newest file alone puts everything right.
//!
//! Deliberately not here: signatures (`tests/updates.rs`); these laws are about the history.

use crate::{
    Birth, Container, ContainerEvent, Reading, UpdateRefusal, history::next_hash, open::Brought,
};
use proptest::prelude::*;
use tenure_document::{
    Attachments, ContainerId, ContainerKind, Count, Hash, Item, Numbered, Op, PublicKey, RootPin,
    Time, Update,
};

#[derive(Debug, Clone)]
enum Step {
    /// The office issues an operation about one of four items.
    Issue(u8, u8),
    /// The office makes a file of everything since the last acknowledged operation.
    MakeFile,
    /// One of the files made so far arrives.
    Deliver(usize),
    /// The newest file arrives.
    DeliverNewest,
    /// The office sees the container's state.
    Contact,
    /// The container is stored and read again.
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0u8..4, 0u8..4).prop_map(|(item, what)| Step::Issue(item, what)),
        3 => Just(Step::MakeFile),
        4 => any::<prop::sample::Index>().prop_map(|index| Step::Deliver(index.index(64))),
        1 => Just(Step::DeliverNewest),
        1 => Just(Step::Contact),
        1 => Just(Step::Restart),
    ]
}

struct Office {
    ops: Vec<Op>,
    hashes: Vec<Hash>,
    acknowledged: u64,
    files: Vec<Update>,
}

impl Office {
    fn issue(&mut self, item: u8, what: u8) {
        let id = format!("i{item}");
        let item = Item::new(&id, "cad", "2.0".parse().unwrap(), Count::Counted(5));
        let op = match what {
            0 => Op::Add { item },
            1 => Op::Replace { item },
            2 => Op::Withdraw { item_id: id, count: None },
            _ => Op::Withdraw { item_id: id, count: Some(2) },
        };
        let sequence = self.hashes.len() as u64;
        self.hashes.push(next_hash(&self.hashes[self.hashes.len() - 1], sequence, &op));
        self.ops.push(op);
    }

    fn make_file(&mut self) {
        let from = self.acknowledged as usize;
        let numbered = |(place, op): (usize, &Op)| {
            let sequence = place as u64 + 1;
            Numbered { sequence, op_id: format!("o{sequence}"), op: op.clone() }
        };
        self.files.push(Update {
            id: ContainerId([7; 16]),
            generation: 1,
            from_sequence: self.acknowledged,
            from_hash: self.hashes[from],
            ops: self.ops.iter().enumerate().skip(from).map(numbered).collect(),
            to_sequence: self.ops.len() as u64,
            to_hash: self.hashes[self.ops.len()],
            issued: Time::from_millis(0),
            expires: None,
            attachments: Attachments::default(),
        });
    }
}

const NOW: Reading = Reading { wall: Time::from_millis(1_000_000), since_boot_ms: 5_000 };

fn newborn() -> Container {
    let mut base = [0; 32];
    base[0] = 9;
    // Any point of the curve will do: nothing is verified here.
    let key = (0..=255u8).find_map(|n| {
        base[1] = n;
        PublicKey::ed25519(&base).ok()
    });
    Container::new(Birth {
        id: ContainerId([7; 16]),
        name: "lab".into(),
        kind: ContainerKind::Server,
        key: key.unwrap(),
        root: RootPin(Hash::ZERO),
        keysets: Vec::new(),
        keyset_version: 0,
        ratchet: Hash::ZERO,
        at: NOW,
    })
}

/// Delivers a file; says how many operations were new.
fn deliver(container: &mut Container, file: &Update) -> Result<usize, UpdateRefusal> {
    let events = container.decide(file, &Brought::nothing(Hash::of(b"chance")), NOW)?;
    let mut fresh = 0;
    for event in &events {
        if let ContainerEvent::Updated { ops, .. } = event {
            fresh += ops.len();
        }
        container.apply(event);
    }
    Ok(fresh)
}

/// The container is exactly the fold of the first operations that were issued.
fn is_prefix(container: &Container, office: &Office) {
    let mut expected = newborn();
    let ops = &office.ops[..container.sequence() as usize];
    let mut all =
        Office { ops: Vec::new(), hashes: vec![Hash::ZERO], acknowledged: 0, files: vec![] };
    for op in ops {
        let sequence = all.hashes.len() as u64;
        all.hashes.push(next_hash(&all.hashes[all.hashes.len() - 1], sequence, op));
        all.ops.push(op.clone());
    }
    all.make_file();
    deliver(&mut expected, &all.files[0]).unwrap();
    assert_eq!(container.history_hash(), expected.history_hash());
    assert!(container.items().eq(expected.items()));
}

fn run(steps: Vec<Step>) {
    let mut office =
        Office { ops: Vec::new(), hashes: vec![Hash::ZERO], acknowledged: 0, files: Vec::new() };
    let mut container = newborn();
    for step in steps {
        let before = container.sequence();
        match step {
            Step::Issue(item, what) => office.issue(item, what),
            Step::MakeFile => office.make_file(),
            Step::Deliver(index) if index < office.files.len() => {
                // Every file continues from something the container once had: never a gap or a fork.
                let fresh = deliver(&mut container, &office.files[index]).unwrap();
                assert_eq!(container.sequence(), before + fresh as u64);
                assert!(container.sequence() >= office.files[index].to_sequence);
            }
            Step::Deliver(_) => {}
            Step::DeliverNewest => {
                if let Some(file) = office.files.last() {
                    deliver(&mut container, file).unwrap();
                }
            }
            Step::Contact => office.acknowledged = container.sequence(),
            Step::Restart => {
                let stored = serde_json::to_vec(&container).unwrap();
                container = serde_json::from_slice(&stored).unwrap();
            }
        }
        assert!(container.sequence() >= before);
        is_prefix(&container, &office);
    }
    office.make_file();
    let newest = office.files.last().unwrap();
    deliver(&mut container, newest).unwrap();
    assert_eq!(container.sequence(), office.ops.len() as u64, "the newest file alone suffices");
    assert_eq!(deliver(&mut container, newest), Ok(0), "and once");
    is_prefix(&container, &office);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_schedule_ends_in_a_prefix_and_the_newest_file_puts_it_right(
        steps in prop::collection::vec(step(), 1..24)
    ) {
        run(steps);
    }
}

#[test]
fn a_device_that_missed_five_updates_is_put_right_by_the_newest() {
    let mut office =
        Office { ops: Vec::new(), hashes: vec![Hash::ZERO], acknowledged: 0, files: Vec::new() };
    let mut container = newborn();
    for item in 0..6 {
        office.issue(item, 0);
        office.make_file();
    }
    assert_eq!(deliver(&mut container, &office.files[5]), Ok(6));
    for stale in &office.files[..5] {
        assert_eq!(deliver(&mut container, stale), Ok(0));
    }
}

#[test]
fn a_file_that_begins_later_is_a_gap_and_one_of_another_history_a_fork() {
    let history = |what: u8| {
        let mut office =
            Office { ops: Vec::new(), hashes: vec![Hash::ZERO], acknowledged: 0, files: vec![] };
        office.issue(0, 0);
        office.issue(1, what);
        office.make_file();
        office.acknowledged = 2;
        office.issue(2, 0);
        office.make_file();
        office
    };
    let (ours, theirs) = (history(0), history(2));
    let mut container = newborn();
    assert_eq!(
        deliver(&mut container, &ours.files[1]),
        Err(UpdateRefusal::Gap { held: 0, from: 2 })
    );
    assert_eq!(deliver(&mut container, &ours.files[0]), Ok(2));
    let before = container.clone();
    assert_eq!(deliver(&mut container, &theirs.files[0]), Err(UpdateRefusal::Fork { at: 2 }));
    assert_eq!(deliver(&mut container, &theirs.files[1]), Err(UpdateRefusal::Fork { at: 2 }));
    assert_eq!(container, before);
    assert_eq!(deliver(&mut container, &ours.files[1]), Ok(1));
    // What was acknowledged is forgotten: an old file of the other history brings nothing new and changes nothing.
    assert_eq!(deliver(&mut container, &ours.files[0]), Ok(0));
}

#[test]
fn files_that_contradict_themselves_change_nothing() {
    let mut office =
        Office { ops: Vec::new(), hashes: vec![Hash::ZERO], acknowledged: 0, files: vec![] };
    (0..3).for_each(|item| office.issue(item, 0));
    office.make_file();
    let good = office.files[0].clone();
    let mut container = newborn();
    let altered: [fn(&mut Update); 5] = [
        |update| update.to_hash = Hash::of(b"other"),
        |update| update.to_sequence += 1,
        |update| update.ops.swap(0, 1),
        |update| drop(update.ops.pop()),
        |update| update.ops[2].sequence = 9,
    ];
    for alter in altered {
        let mut update = good.clone();
        alter(&mut update);
        let refusal = deliver(&mut container, &update).unwrap_err();
        assert_eq!(refusal.code(), "malformed-update", "{refusal}");
        assert_eq!(container, newborn());
    }
}

#[test]
fn ten_thousand_items_and_no_more() {
    let mut office =
        Office { ops: Vec::new(), hashes: vec![Hash::ZERO], acknowledged: 0, files: vec![] };
    let mut container = newborn();
    for batch in 0..2u32 {
        for number in 0..5_001 - batch {
            let id = format!("{batch}-{number}");
            let item = Item::new(id, "cad", "2.0".parse().unwrap(), Count::Counted(1));
            let op = Op::Add { item };
            let sequence = office.hashes.len() as u64;
            office.hashes.push(next_hash(office.hashes.last().unwrap(), sequence, &op));
            office.ops.push(op);
        }
        office.make_file();
        office.acknowledged = office.ops.len() as u64;
    }
    assert_eq!(deliver(&mut container, &office.files[0]), Ok(5_001));
    assert_eq!(
        deliver(&mut container, &office.files[1]),
        Err(UpdateRefusal::TooManyItems { count: 10_001 })
    );
    assert_eq!(container.items().len(), 5_001);
}
