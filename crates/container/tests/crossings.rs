//! Updates that cross a transfer: the office's numbers and terms are the truth, whatever was away when they came.

use expect_test::{Expect, expect};
use tenure_document::{Count, Item, Op};

#[path = "support/devices.rs"]
mod devices;

use devices::{Device, FREE, Publisher, add, at, house, movable, nonce, says};

/// Five units, of which some leave, and what the office makes of the item before anything of that is ended.
struct Crossing {
    publisher: Publisher,
    source: Device,
    target: Device,
}

impl Crossing {
    fn new(sent: &[u64]) -> Crossing {
        let (publisher, mut source, _, mut target) = house();
        for (number, count) in (1..).zip(sent) {
            let request = target.request(number, "i1", *count).unwrap();
            source.send(&request).unwrap();
        }
        Crossing { publisher, source, target }
    }

    fn order(&mut self, ops: Vec<Op>) {
        self.source.order(&self.publisher, ops).unwrap();
    }

    fn arrive(&mut self, number: u8) {
        let paper = self.source.container.transfer_paper(&nonce(number)).unwrap();
        let transfer = tenure_document::read_document(paper.as_bytes()).unwrap();
        let receipt = self.target.accept(&transfer).unwrap();
        self.source.settle(&receipt).unwrap();
    }

    fn come_back(&mut self, number: u8, by_office: bool) {
        if by_office {
            return self.order(vec![Op::Refund { nonce: nonce(number) }]);
        }
        let refusal = self.target.refuse(number).unwrap();
        self.source.settle(&refusal).unwrap();
    }

    fn shows(&self) -> String {
        match self.source.container.item("i1") {
            Some(Item { count: Count::Counted(count), grace_days, .. }) => {
                format!("{count} with {grace_days} days")
            }
            Some(item) => format!("all with {} days", item.grace_days),
            None => "nothing".into(),
        }
    }
}

/// `count` units, or all, with so many days of grace.
fn replaced(count: impl Into<Option<u32>>, days: u32) -> Op {
    let count = count.into();
    let mut item = movable("i1", count.unwrap_or(1), FREE);
    item.grace_days = days;
    item.count = count.map_or(Count::Uncounted, Count::Counted);
    Op::Replace { item }
}

/// What the source has after the orders, and when everything came back: by refusals, and by the office's ruling.
fn check(sent: &[u64], ordered: &[Op], expected: Expect) {
    let mut shown = String::new();
    for by_office in [false, true] {
        let mut crossing = Crossing::new(sent);
        ordered.iter().for_each(|op| crossing.order(vec![op.clone()]));
        let meanwhile = crossing.shows();
        for number in (1..).take(sent.len()) {
            crossing.come_back(number, by_office);
        }
        let after = crossing.shows();
        // What came back can go on: it is shown by the update that made it what it is.
        let target = &mut crossing.target;
        let on = target.request(99, "i1", 0).and_then(|on| crossing.source.send(&on));
        let on = on.and_then(|transfer| target.accept(&transfer));
        let on = on.map_or_else(|fault| fault.code().to_owned(), |_| "goes on".into());
        shown += &format!("{meanwhile}, then {after}: {on}\n");
    }
    expected.assert_eq(&shown);
}

#[test]
fn what_comes_back_is_what_the_office_last_made_of_it_and_no_more_than_it_ordered() {
    check(
        &[4],
        &[replaced(3, 30)],
        expect![[r#"
            nothing, then 3 with 30 days: goes on
            nothing, then 3 with 30 days: goes on
        "#]],
    );
    check(
        &[5],
        &[replaced(5, 30)],
        expect![[r#"
            nothing, then 5 with 30 days: goes on
            nothing, then 5 with 30 days: goes on
        "#]],
    );
    check(
        &[2, 2],
        &[replaced(3, 30)],
        expect![[r#"
            nothing, then 3 with 30 days: goes on
            nothing, then 3 with 30 days: goes on
        "#]],
    );
    check(
        &[5],
        &[replaced(2, 30), replaced(7, 60)],
        expect![[r#"
            2 with 60 days, then 7 with 60 days: goes on
            2 with 60 days, then 7 with 60 days: goes on
        "#]],
    );
}

#[test]
fn what_is_counted_otherwise_by_then_does_not_come_back_besides() {
    check(
        &[5],
        &[replaced(None, 30)],
        expect![[r#"
            all with 30 days, then all with 30 days: goes on
            all with 30 days, then all with 30 days: goes on
        "#]],
    );
    check(
        &[5],
        &[replaced(None, 30), replaced(5, 60)],
        expect![[r#"
            nothing, then 5 with 60 days: goes on
            nothing, then 5 with 60 days: goes on
        "#]],
    );
}

#[test]
fn what_arrived_and_was_ordered_away_is_not_given_twice() {
    // Four of five are away when three are ordered: two of them arrive, the others are refused.
    let mut crossing = Crossing::new(&[2, 2]);
    crossing.order(vec![replaced(3, 30)]);
    crossing.arrive(2);
    crossing.order(vec![Op::Settle { nonce: nonce(2) }]);
    crossing.come_back(1, false);
    assert_eq!((crossing.shows().as_str(), crossing.target.held("i1")), ("1 with 30 days", 2));
}

#[test]
fn what_is_withdrawn_meanwhile_comes_back_for_the_office_to_take() {
    let withdraw = Op::Withdraw { item_id: "i1".into(), count: None };
    check(
        &[4],
        &[withdraw],
        expect![[r#"
            nothing, then 4 with 0 days: goes on
            nothing, then 4 with 0 days: goes on
        "#]],
    );
}

#[test]
fn updates_that_cross_a_transfer_come_out_right() {
    let (publisher, mut source, _, mut target) = house();
    let request = target.request(1, "i1", 2).unwrap();
    target.accept(&source.send(&request).unwrap()).unwrap();
    // The office knows nothing of it and extends both: five here, none there.
    let longer = |count: u32| {
        let mut item = movable("i1", count, FREE);
        item.grace_days = 30;
        Op::Replace { item }
    };
    source.order(&publisher, vec![longer(5)]).unwrap();
    assert_eq!(source.held("i1"), 3, "two are out and not booked");
    target.order(&publisher, vec![longer(1)]).unwrap();
    assert_eq!(target.held("i1"), 3, "two came and are not booked");
    // It books the transfer and orders anew: now its numbers are the truth.
    let settle = Op::Settle { nonce: nonce(1) };
    source.order(&publisher, vec![settle.clone(), longer(4)]).unwrap();
    target.order(&publisher, vec![settle, longer(2)]).unwrap();
    assert_eq!((source.held("i1"), target.held("i1")), (4, 2));
    let withdraw = Op::Withdraw { item_id: "i1".into(), count: Some(6) };
    source.order(&publisher, vec![withdraw]).unwrap();
    let results = source.container.receipt(at(3)).results;
    assert_eq!(results.last().and_then(|result| result.taken), Some(4), "less than ordered");
    // Terms that differ do not merge.
    source.order(&publisher, vec![add("i1", 1, FREE)]).unwrap();
    let request = target.request(2, "i1", 1).unwrap();
    let transfer = source.send(&request).unwrap();
    says(
        &[("other terms", target.accept(&transfer).map(drop))],
        expect![[r#"
        other terms: other-terms: item "i1" is here already with other terms: bring both containers up to date at the publisher, or refuse the request
    "#]],
    );
}
