//! The publisher's side of the ferry: what a context means, what an update holds, and that the two sides agree.

#[path = "../../document/tests/support/publisher.rs"]
mod publisher;

use expect_test::{Expect, expect};
use proptest::prelude::*;
use publisher::{Publisher, now, server_key};
use tenure_container::{Birth, Container, Reading, open_update};
use tenure_document::{
    ContainerId, ContainerKind, Context, Hash, Item, SeedSigner, Signer, Update, Verified, seal,
    verify_self_signed_context,
};
use tenure_issuing::{
    ContainerRecord, Finding, IssueRefusal, Order, TrustPapers, Withdrawal, certificate_for,
};

const READING: fn() -> Reading = || Reading { wall: now(), since_boot_ms: 1 };

/// A license server's container and its key.
struct Device {
    container: Container,
    key: SeedSigner,
}

impl Device {
    fn new(publisher: &Publisher, key: u8) -> Device {
        let key = server_key(key);
        let container = Container::new(Birth {
            id: ContainerId([9; 16]),
            name: "lab".into(),
            kind: ContainerKind::Server,
            key: key.public().clone(),
            root: publisher.pin(),
            keysets: vec![publisher.keyset_envelope().to_json()],
            keyset_version: 1,
            ratchet: Hash::of(b"first"),
            at: READING(),
        });
        Device { container, key }
    }

    /// `nonce_of_time` tells two contexts of the same state apart.
    fn context(&self, seconds: u64) -> Verified<Context> {
        let at = now().plus(std::time::Duration::from_secs(seconds));
        let envelope = seal(&self.container.context(at, |_| 0), &[&self.key]);
        verify_self_signed_context(&envelope).unwrap()
    }

    fn apply(&mut self, publisher: &Publisher, update: &Update, chance: u8) {
        let envelope = seal(update, &[&publisher.issuer]);
        let trust = self.container.trust().unwrap();
        let opened = open_update(trust, &envelope, now(), [chance; 32]).unwrap();
        for event in self.container.decide_update(&opened, READING()).unwrap() {
            self.container.apply(&event);
        }
    }
}

fn item(id: &str, count: u32) -> Item {
    let text = format!(
        r#"{{"id":"{id}","feature":"cad","version":"2.0","count":{count},"expiry":"permanent"}}"#
    );
    serde_json::from_str(&text).unwrap()
}

fn adds(items: &[(&str, u32)]) -> Order {
    Order { items: items.iter().map(|(id, count)| item(id, *count)).collect(), ..Order::default() }
}

fn withdraws(withdrawn: &[(&str, Option<u64>)]) -> Order {
    let one =
        |(id, count): &(&str, Option<u64>)| Withdrawal { item_id: (*id).into(), count: *count };
    Order { withdrawn: withdrawn.iter().map(one).collect(), ..Order::default() }
}

fn issue(record: &mut ContainerRecord, order: &Order) -> Result<Update, IssueRefusal> {
    let (next, update) = record.issue(order, &TrustPapers::default(), now(), None)?;
    // What is stored is what was meant.
    let stored = serde_json::to_vec(&next).unwrap();
    assert_eq!(serde_json::from_slice::<ContainerRecord>(&stored).unwrap(), next);
    *record = next;
    Ok(update)
}

fn meet(record: &mut ContainerRecord, context: &Verified<Context>) -> Finding {
    let finding = record.decide_context(context).unwrap();
    *record = record.after_context(context, finding);
    finding
}

/// The operations of an update, one per line.
fn ops(update: &Update) -> String {
    let ops = update.ops.iter().map(|numbered| {
        let mut op = serde_json::to_value(&numbered.op).unwrap();
        if let Some(item) = op.get_mut("item") {
            *item = format!("{} x {}", item["id"].as_str().unwrap(), item["count"]).into();
        }
        if let Some(certificate) = op.get_mut("certificate") {
            *certificate = "…".into();
        }
        format!("{} {op}\n", numbered.sequence)
    });
    format!("from {} to {}\n{}", update.from_sequence, update.to_sequence, ops.collect::<String>())
}

fn check(update: &Update, expected: Expect) {
    expected.assert_eq(&ops(update));
}

#[test]
fn operations_come_in_their_fixed_order_and_the_suffix_grows_until_acknowledged() {
    let publisher = Publisher::new(0);
    let mut device = Device::new(&publisher, 77);
    let mut record = ContainerRecord::first_contact(&device.context(0));
    assert_eq!(meet(&mut record, &device.context(0)), Finding::Acknowledges { sequence: 0 });
    assert_eq!(meet(&mut record, &device.context(0)), Finding::Retry);

    let certificate = certificate_for(&record, now(), None);
    let text = publisher.seal_certificate(&certificate).to_json();
    let mut order = adds(&[("i1", 5), ("i2", 3)]);
    order.certificate = Some((text, publisher.certifier.public().id()));
    let first = issue(&mut record, &order).unwrap();
    check(
        &first,
        expect![[r#"
        from 0 to 3
        1 {"certificate":"…","op":"certify"}
        2 {"item":"i1 x 5","op":"add"}
        3 {"item":"i2 x 3","op":"add"}
    "#]],
    );

    let mut order = adds(&[("i1", 9), ("i2", 3), ("i3", 1)]);
    order.withdrawn = vec![Withdrawal { item_id: "i2".into(), count: Some(1) }];
    let second = issue(&mut record, &order).unwrap();
    check(
        &second,
        expect![[r#"
        from 0 to 7
        1 {"certificate":"…","op":"certify"}
        2 {"item":"i1 x 5","op":"add"}
        3 {"item":"i2 x 3","op":"add"}
        4 {"count":1,"item_id":"i2","op":"withdraw"}
        5 {"item":"i3 x 1","op":"add"}
        6 {"item":"i1 x 9","op":"replace"}
        7 {"item":"i2 x 3","op":"replace"}
    "#]],
    );

    // The first never arrives; the second alone puts everything right.
    device.apply(&publisher, &second, 1);
    let held: Vec<String> =
        device.container.items().map(|item| format!("{} {:?}", item.id, item.count)).collect();
    expect!["i1 Counted(9), i2 Counted(3), i3 Counted(1)"].assert_eq(&held.join(", "));
    assert!(device.container.items().eq(record.items.values()));

    // The receipt is lost; the next context says it all the same.
    assert_eq!(meet(&mut record, &device.context(1)), Finding::Acknowledges { sequence: 7 });
    let third = issue(&mut record, &withdraws(&[("i1", None)])).unwrap();
    check(
        &third,
        expect![[r#"
        from 7 to 8
        8 {"item_id":"i1","op":"withdraw"}
    "#]],
    );
    device.apply(&publisher, &third, 1);
    device.apply(&publisher, &first, 1);
    assert_eq!(device.container.sequence(), 8);
}

#[test]
fn issuing_the_same_again_issues_nothing() {
    let publisher = Publisher::new(0);
    let device = Device::new(&publisher, 77);
    let mut record = ContainerRecord::first_contact(&device.context(0));
    issue(&mut record, &adds(&[("i1", 5)])).unwrap();
    let again = issue(&mut record, &adds(&[("i1", 5)])).unwrap();
    check(
        &again,
        expect![[r#"
        from 0 to 1
        1 {"item":"i1 x 5","op":"add"}
    "#]],
    );
}

#[test]
fn what_a_container_would_not_do_is_not_issued() {
    let publisher = Publisher::new(0);
    let device = Device::new(&publisher, 77);
    let mut record = ContainerRecord::first_contact(&device.context(0));
    let mut uncounted = item("u", 1);
    uncounted.count = tenure_document::Count::Uncounted;
    issue(&mut record, &Order { items: vec![item("i1", 5), uncounted], ..Order::default() })
        .unwrap();
    let before = record.clone();
    let mut shown = String::new();
    for order in [
        withdraws(&[("nothing", None)]),
        withdraws(&[("i1", Some(6))]),
        withdraws(&[("i1", Some(0))]),
        withdraws(&[("u", Some(1))]),
        withdraws(&[("i1", None), ("i1", None)]),
        adds(&[("i2", 1), ("i2", 1)]),
        Order {
            items: (0..10_000).map(|n| item(&format!("n{n}"), 1)).collect(),
            ..Order::default()
        },
    ] {
        let refusal = issue(&mut record, &order).unwrap_err();
        shown += &format!("{}: {refusal}\n", refusal.code());
        assert_eq!(record, before);
    }
    expect![[r#"
        not-held: item "nothing" can't be withdrawn: the container does not hold it (it holds i1, u)
        withdraw-count: 6 of item "i1" can't be withdrawn: the container holds 5
        withdraw-count: 0 of item "i1" can't be withdrawn: the container holds 5
        withdraw-count: 1 of item "u" can't be withdrawn: the container holds an uncounted number, which can only be withdrawn as a whole
        not-held: item "i1" can't be withdrawn: the container does not hold it (it holds u)
        item-twice: item "i2" stands twice in the order
        too-many-items: the container would hold 10002 items, the most is 10000
    "#]].assert_eq(&shown);
}

#[test]
fn rollback_fork_and_clone_are_found_and_stop_issuing() {
    let publisher = Publisher::new(0);
    let mut device = Device::new(&publisher, 77);
    let mut record = ContainerRecord::first_contact(&device.context(0));
    let backup = device.container.clone();
    let update = issue(&mut record, &adds(&[("i1", 5)])).unwrap();
    device.apply(&publisher, &update, 1);
    meet(&mut record, &device.context(1));
    let key = || server_key(77);

    // A copy from before, and one that applied the same update by itself.
    let restored = Device { container: backup.clone(), key: key() };
    let mut cloned = Device { container: backup, key: key() };
    cloned.apply(&publisher, &update, 2);
    // A history that was never issued here.
    let mut forged = record.clone();
    let other = issue(&mut forged, &adds(&[("x", 1)])).unwrap();
    let mut forked = Device { container: device.container.clone(), key: key() };
    forked.apply(&publisher, &other, 1);

    let mut shown = String::new();
    for (name, odd) in [("restored", &restored), ("cloned", &cloned), ("forked", &forked)] {
        let mut record = record.clone();
        let finding = meet(&mut record, &odd.context(2));
        let refusal = issue(&mut record, &adds(&[("i2", 1)])).unwrap_err();
        shown += &format!("{name}: {finding:?}\n  {}: {refusal}\n", refusal.code());
        // The honest one does not make it good again: a person must look.
        meet(&mut record, &device.context(3));
        assert!(issue(&mut record, &adds(&[])).is_err());
    }
    expect![[r#"
        restored: Rollback { seen: 0 }
          rollback: container T-0RHJ-P26T-QDDQ is in state "rollback" (its context showed operation 0): nothing is issued until a person decides about it
        cloned: Clone { seen: 1, other: Wz9jTGxYLiGT6bspCjn0h1abFE5wkoXock2bLj0XdLI }
          clone: container T-0RHJ-P26T-QDDQ is in state "clone" (its context showed operation 1): nothing is issued until a person decides about it
        forked: Fork { seen: 2 }
          fork: container T-0RHJ-P26T-QDDQ is in state "fork" (its context showed operation 2): nothing is issued until a person decides about it
    "#]].assert_eq(&shown);
}

#[test]
fn an_old_file_that_somebody_found_does_not_accuse_the_container() {
    let publisher = Publisher::new(0);
    let mut device = Device::new(&publisher, 77);
    let old = device.context(0);
    let backup = device.container.clone();
    let mut record = ContainerRecord::first_contact(&old);
    let update = issue(&mut record, &adds(&[("i1", 5)])).unwrap();
    device.apply(&publisher, &update, 1);
    meet(&mut record, &device.context(2));
    let refusal = record.decide_context(&old).unwrap_err();
    expect!["stale-context: this context of T-0RHJ-P26T-QDDQ was made at 2026-11-22T00:00:00Z, one from 2026-11-22T00:00:02Z that says more is on record: make a new context there and take that"]
        .assert_eq(&format!("{}: {refusal}", refusal.code()));
    // One that is restored from before makes new ones.
    let restored = Device { container: backup, key: server_key(77) };
    assert_eq!(meet(&mut record, &restored.context(3)), Finding::Rollback { seen: 0 });
}

#[test]
fn contexts_of_others_are_refused() {
    let publisher = Publisher::new(0);
    let device = Device::new(&publisher, 77);
    let record = ContainerRecord::first_contact(&device.context(0));
    let other_key = Device::new(&publisher, 78);
    let refusal = record.decide_context(&other_key.context(0)).unwrap_err();
    expect!["wrong-key: the context of T-0RHJ-P26T-QDDQ is signed by another key than this container has: it is not the container that was met first"].assert_eq(&format!("{}: {refusal}", refusal.code()));
}

#[test]
fn new_papers_travel_until_the_container_says_it_has_them() {
    let publisher = Publisher::new(0);
    let device = Device::new(&publisher, 77);
    let mut record = ContainerRecord::first_contact(&device.context(0));
    let papers = TrustPapers {
        keysets: vec![(1, "one".into()), (2, "two".into())],
        revocation: Some((4, "list".into())),
    };
    let attached = |record: &ContainerRecord| {
        let update = record.issue(&Order::default(), &papers, now(), None).unwrap().1;
        (update.attachments.keysets, update.attachments.revocation)
    };
    assert_eq!(attached(&record), (vec!["one".into(), "two".into()], Some("list".into())));
    meet(&mut record, &device.context(1));
    assert_eq!(attached(&record), (vec!["two".into()], Some("list".into())));
    record.keyset_version = 2;
    record.revocation_sequence = 4;
    assert_eq!(attached(&record), (vec![], None));
}

#[derive(Debug, Clone)]
enum Step {
    Add(u8, u32),
    Withdraw(u8, Option<u64>),
    Deliver(usize),
    Contact,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0u8..5, 1u32..6).prop_map(|(id, count)| Step::Add(id, count)),
        2 => (0u8..5, prop::option::of(1u64..4)).prop_map(|(id, count)| Step::Withdraw(id, count)),
        3 => (0usize..12).prop_map(Step::Deliver),
        1 => Just(Step::Contact),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is ordered, lost, doubled and late: what the office believes is what the container holds in the end.
    #[test]
    fn the_office_and_the_container_agree(steps in prop::collection::vec(step(), 1..16)) {
        let publisher = Publisher::new(0);
        let mut device = Device::new(&publisher, 77);
        let mut record = ContainerRecord::first_contact(&device.context(0));
        let mut files = Vec::new();
        for (number, step) in (1u64..).zip(steps) {
            match step {
                Step::Add(id, count) => {
                    files.push(issue(&mut record, &adds(&[(&format!("i{id}"), count)])).unwrap());
                }
                Step::Withdraw(id, count) => {
                    // Refusals are fine: nothing is issued then.
                    files.extend(issue(&mut record, &withdraws(&[(&format!("i{id}"), count)])).ok());
                }
                Step::Deliver(index) => {
                    if let Some(file) = files.get(index) {
                        device.apply(&publisher, file, 1);
                    }
                }
                Step::Contact => {
                    let finding = meet(&mut record, &device.context(number));
                    let expected = Finding::Acknowledges { sequence: device.container.sequence() };
                    prop_assert_eq!(finding, expected);
                }
            }
        }
        let last = issue(&mut record, &Order::default()).unwrap();
        device.apply(&publisher, &last, 1);
        prop_assert!(device.container.items().eq(record.items.values()));
        prop_assert_eq!(device.container.sequence(), record.issued());
    }
}
