//! How often, how soon, within what and over what an item may move: both sides hold to it.

use expect_test::expect;
use tenure_container::TransferFault;
use tenure_document::{ContainerKind, Count, Item, Moves, Op};

#[path = "support/devices.rs"]
mod devices;

use devices::{Device, FREE, add, house, movable, reading, says};

#[test]
fn policies_hold_on_both_sides() {
    let (publisher, mut source, mut hop, mut target) = house();
    let mut foreign = publisher.device(4, ContainerKind::Bound, Some("C-2"));
    let never = Item::new("i0", "cad", "2.0".parse().unwrap(), Count::Counted(1));
    let mut whole = movable("u", 1, FREE);
    whole.count = Count::Uncounted;
    let ops = vec![
        Op::Add { item: never },
        Op::Add { item: whole },
        add("once", 2, Moves { times: Some(1), ..FREE }),
        add("slow", 2, Moves { days_between: 30, ..FREE }),
        add("house", 2, Moves { within_account: true, ..FREE }),
        add("hop", 2, Moves { hop_only: true, times: Some(1), ..FREE }),
    ];
    source.order(&publisher, ops).unwrap();
    let mut number = 0;
    let mut go = |from: &mut Device, to: &mut Device, item: &str, count: u64| {
        number += 1;
        let request = to.request(number, item, count)?;
        to.accept(&from.send(&request)?).map(drop)
    };
    says(
        &[
            ("never", go(&mut source, &mut target, "i0", 1)),
            ("not there", go(&mut source, &mut target, "i7", 1)),
            ("too many", go(&mut source, &mut target, "i1", 6)),
            ("a part of a whole", go(&mut source, &mut target, "u", 1)),
            ("a whole", go(&mut source, &mut target, "u", 0)),
            ("once", go(&mut source, &mut target, "once", 2)),
            ("twice", go(&mut target, &mut hop, "once", 2)),
            ("slowly", go(&mut source, &mut target, "slow", 2)),
            ("too soon", go(&mut target, &mut hop, "slow", 2)),
            ("within the house", go(&mut source, &mut target, "house", 1)),
            ("out of the house", go(&mut source, &mut foreign, "house", 1)),
            ("past the hop", go(&mut source, &mut target, "hop", 1)),
            ("to the hop", go(&mut source, &mut hop, "hop", 1)),
            ("back from the hop", go(&mut hop, &mut source, "hop", 1)),
            ("to the hop, having moved once", go(&mut source, &mut hop, "hop", 1)),
            ("and on", go(&mut hop, &mut target, "hop", 1)),
        ],
        expect![[r#"
            never: not-movable: item "i0" may not move without the publisher: return it there and activate it anew
            not there: not-held: this container does not hold item "i7" (it holds hop, house, i0, i1, once, slow, u)
            too many: not-enough: 6 of item "i1" were asked for, 5 can move
            a part of a whole: uncounted: item "u" has no count and moves as a whole only: ask for all of it
            a whole: ok
            once: ok
            twice: moved-too-often: item "once" may move 1 times and did: apply an update that holds it first
            slowly: ok
            too soon: moved-too-soon: item "slow" moved at 2024-10-06T00:00:00Z and may move again from 2024-11-05T00:00:00Z
            within the house: ok
            out of the house: other-account: item "house" stays within one account, and the other container is of another or of none
            past the hop: hop-only: item "hop" moves into and out of portable containers only: move it to one first, then on
            to the hop: ok
            back from the hop: ok
            to the hop, having moved once: ok
            and on: ok
        "#]],
    );
    let request = hop.request(100, "slow", 2).unwrap();
    let transfer = target.send_at(&request, 0, reading(32));
    says(
        &[("a month later", transfer.map(drop))],
        expect![[r#"
        a month later: ok
    "#]],
    );
    let request = target.request(101, "i1", 3).unwrap();
    says(
        &[("in use", source.send_at(&request, 3, reading(2)).map(drop))],
        expect![[r#"
        in use: not-enough: 3 of item "i1" were asked for, 2 can move (3 are in use or used up)
    "#]],
    );
}

/// Gives all of item `u` away; the number names the request.
fn hand_on(from: &mut Device, to: &mut Device, number: u8) -> Result<(), TransferFault> {
    let request = to.request(number, "u", 0)?;
    let receipt = to.accept(&from.send(&request)?)?;
    from.settle(&receipt)
}

#[test]
fn an_uncounted_item_that_comes_back_keeps_count_of_its_moves() {
    let (publisher, mut source, mut other, mut target) = house();
    let mut whole = movable("u", 1, Moves { times: Some(2), ..FREE });
    whole.count = Count::Uncounted;
    source.order(&publisher, vec![Op::Add { item: whole }]).unwrap();
    // What is refused was never away.
    let request = other.request(1, "u", 0).unwrap();
    source.send(&request).unwrap();
    source.settle(&other.refuse(1).unwrap()).unwrap();
    says(
        &[
            ("there", hand_on(&mut source, &mut other, 2)),
            ("and back", hand_on(&mut other, &mut source, 3)),
            ("and on", hand_on(&mut source, &mut target, 4)),
        ],
        expect![[r#"
            there: ok
            and back: ok
            and on: moved-too-often: item "u" may move 2 times and did: apply an update that holds it first
        "#]],
    );
}

#[test]
fn what_moves_freely_does_not_wait_for_a_clock_that_was_ahead() {
    let (_, mut source, mut other, mut target) = house();
    let request = other.request(1, "i1", 2).unwrap();
    let transfer = source.send_at(&request, 0, reading(1000)).unwrap();
    other.accept(&transfer).unwrap();
    let request = target.request(2, "i1", 2).unwrap();
    let sent = other.send(&request);
    says(
        &[("sent on", sent.clone().map(drop))],
        expect![[r#"
        sent on: ok
    "#]],
    );
    target.accept(&sent.unwrap()).unwrap();
    assert_eq!(target.held("i1"), 2);
}
