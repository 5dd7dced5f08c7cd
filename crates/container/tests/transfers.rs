//! Transfers between containers, with real keys: the good way, every way it goes wrong, and what the office sees.

use expect_test::expect;
use tenure_container::open_transfer;
use tenure_document::{
    ContainerKind, Count, Envelope, MoveState, Op, Transfer, TransferReceipt, TransferRequest,
    read_document, seal,
};

#[path = "support/devices.rs"]
mod devices;

use devices::{Device, FREE, add, at, content, house, nonce, reading, says};

fn states(device: &Device) -> Vec<(MoveState, Count)> {
    device.container.moves().iter().map(|step| (step.state, step.count)).collect()
}

#[test]
fn a_part_moves_and_both_sides_tell_the_office() {
    let (publisher, mut source, _, mut target) = house();
    let request = target.request(1, "i1", 2).unwrap();
    let transfer = source.send(&request).unwrap();
    assert_eq!((source.held("i1"), target.held("i1")), (3, 0));
    assert_eq!(source.send(&request), Ok(transfer.clone()), "the very same bytes again");
    let receipt = target.accept(&transfer).unwrap();
    assert_eq!(target.accept(&transfer), Ok(receipt.clone()), "once");
    assert_eq!((source.held("i1"), target.held("i1")), (3, 2));
    assert_eq!(states(&source), [(MoveState::Sent, Count::Counted(2))]);
    source.settle(&receipt).unwrap();
    source.settle(&receipt).unwrap();
    assert_eq!(states(&source), [(MoveState::Received, Count::Counted(2))]);
    assert_eq!(states(&target), [(MoveState::Credited, Count::Counted(2))]);
    let context = target.container.context(at(3), |_| 0);
    assert_eq!((context.moves.len(), context.moved, context.transfers.len()), (1, 1, 0));
    assert_eq!(context.moves[0].transfer, source.container.moves()[0].transfer);
    for device in [&mut source, &mut target] {
        device.order(&publisher, vec![Op::Settle { nonce: nonce(1) }]).unwrap();
        assert_eq!(device.container.moves(), []);
    }
    assert_eq!(target.container.context(at(3), |_| 0).moved, 1, "the counter stays");
}

#[test]
fn a_refusal_brings_it_back_and_stands_for_ever() {
    let (_, mut source, _, mut target) = house();
    let request = target.request(1, "i1", 0).unwrap();
    let transfer = source.send(&request).unwrap();
    assert_eq!(source.held("i1"), 0, "all of it");
    let refusal = target.refuse(1).unwrap();
    assert_eq!(target.refuse(1), Ok(refusal.clone()));
    source.settle(&refusal).unwrap();
    source.settle(&refusal).unwrap();
    assert_eq!((source.held("i1"), target.held("i1")), (5, 0));
    says(
        &[
            ("accepted after all", target.accept(&transfer).map(drop)),
            ("sent again", source.send(&request).map(drop)),
            ("asked again with the same nonce", target.request(1, "i1", 1).map(drop)),
        ],
        expect![[r#"
            accepted after all: already-refused: this request was refused before, and for ever; take the refusal to the source and ask anew
            sent again: already-settled: this request was fulfilled before, and that is settled; the target must ask anew
            asked again with the same nonce: bad-nonce: the nonce must be 16 to 64 bytes that were never used; draw a new one
        "#]],
    );
    let again = target.request(2, "i1", 5).unwrap();
    let transfer = source.send(&again).unwrap();
    target.accept(&transfer).unwrap();
    assert_eq!((source.held("i1"), target.held("i1")), (0, 5));
    says(
        &[("refused when it is there", target.refuse(2).map(drop))],
        expect![[r#"
        refused when it is there: already-credited: the item of this transfer is here already; take the receipt to the source
    "#]],
    );
}

#[test]
fn over_a_hop_and_on_with_parts_that_merge() {
    let (_, mut source, mut hop, mut target) = house();
    // The target is not known when the item leaves.
    for (number, count) in [(1, 1), (2, 2)] {
        let request = hop.request(number, "i1", count).unwrap();
        let receipt = hop.accept(&source.send(&request).unwrap()).unwrap();
        source.settle(&receipt).unwrap();
    }
    assert_eq!((source.held("i1"), hop.held("i1")), (2, 3));
    let request = target.request(3, "i1", 3).unwrap();
    says(
        &[("more than one part", hop.send(&request).map(drop))],
        expect![[r#"
        more than one part: several-lots: the units of item "i1" came here in several transfers: ask for at most 2 at once
    "#]],
    );
    for (number, count) in [(4, 2), (5, 1)] {
        let request = target.request(number, "i1", count).unwrap();
        let receipt = target.accept(&hop.send(&request).unwrap()).unwrap();
        hop.settle(&receipt).unwrap();
    }
    assert_eq!((source.held("i1"), hop.held("i1"), target.held("i1")), (2, 0, 3));
    // Back to where it came from, where the rest still is.
    let request = source.request(6, "i1", 2).unwrap();
    let transfer = target.send(&request).unwrap();
    assert_eq!(content::<Transfer>(&transfer).provenance.len(), 4);
    source.accept(&transfer).unwrap();
    assert_eq!((source.held("i1"), target.held("i1")), (4, 1));
}

#[test]
fn eight_steps_and_no_more() {
    let (publisher, mut source, _, _) = house();
    let mut holder = source.clone();
    for step in 1..=8 {
        let mut next = publisher.device(10 + step, ContainerKind::Bound, None);
        let request = next.request(step, "i1", 5).unwrap();
        let transfer = holder.send(&request).unwrap();
        assert!(transfer.to_json().len() < 256 * 1024, "{}", transfer.to_json().len());
        next.accept(&transfer).unwrap();
        holder = next;
    }
    let request = source.request(9, "i1", 5).unwrap();
    says(
        &[("the ninth", holder.send(&request).map(drop))],
        expect![[r#"
        the ninth: moved-too-far: item "i1" moved as far as it may without the publisher: apply an update that holds it first
    "#]],
    );
}

/// A transfer that the source's key signs and its owner made up.
fn forged(source: &Device, honest: &Envelope, change: impl Fn(&mut Transfer)) -> Envelope {
    let mut transfer: Transfer = content(honest);
    change(&mut transfer);
    let bare = Transfer { provenance: Vec::new(), ..transfer.clone() };
    if let Some(last) = transfer.provenance.last_mut() {
        *last = seal(&bare, &[source.signer.as_ref()]).to_json();
    }
    seal(&transfer, &[source.signer.as_ref()])
}

#[test]
fn what_a_dishonest_source_can_make_is_refused() {
    let (publisher, mut source, _, mut target) = house();
    let mut other = publisher.device(5, ContainerKind::Bound, None);
    let request = target.request(1, "i1", 5).unwrap();
    let honest = source.send(&request).unwrap();
    let other_request = other.request(2, "i1", 1).unwrap();
    let unsigned =
        Envelope { signatures: honest.signatures.clone(), ..forged(&source, &honest, |_| {}) };
    let mut altered = unsigned.clone();
    altered.payload.push(b' ');
    let more = forged(&source, &honest, |transfer| transfer.item.count = Count::Counted(6));
    let better = forged(&source, &honest, |transfer| transfer.item.grace_days = 9);
    let feature = forged(&source, &honest, |transfer| transfer.item.id = "i2".into());
    let nowhere = forged(&source, &honest, |transfer| transfer.provenance.clear());
    let no_step = forged(&source, &honest, |transfer| transfer.provenance.truncate(1));
    let stolen = forged(&source, &honest, |transfer| {
        let own = read_document(transfer.certificate.as_bytes()).unwrap();
        transfer.provenance[0] = own.to_json();
    });
    let foreign_origin = {
        let mut foreign = publisher.device(6, ContainerKind::Bound, None);
        foreign.order(&publisher, vec![add("i1", 50, FREE)]).unwrap();
        let request = target.request(3, "i1", 5).unwrap();
        let theirs: Transfer = content(&foreign.send(&request).unwrap());
        forged(&source, &honest, |transfer| {
            transfer.provenance[0] = theirs.provenance[0].clone();
            transfer.nonce = nonce(3);
        })
    };
    let as_request = seal(&content::<TransferRequest>(&request), &[source.signer.as_ref()]);
    says(
        &[
            ("altered", target.accept(&altered).map(drop)),
            ("more than there was", target.accept(&more).map(drop)),
            ("better than it was", target.accept(&better).map(drop)),
            ("another item", target.accept(&feature).map(drop)),
            ("from nowhere", target.accept(&nowhere).map(drop)),
            ("no step", target.accept(&no_step).map(drop)),
            ("not an update", target.accept(&stolen).map(drop)),
            ("another container's update", target.accept(&foreign_origin).map(drop)),
            ("to somebody else", other.accept(&honest).map(drop)),
            ("a request of another's name", source.send(&as_request).map(drop)),
            ("not a transfer", target.accept(&request).map(drop)),
            ("not a request", source.send(&honest).map(drop)),
            ("the honest one", target.accept(&honest).map(drop)),
            (
                "another of the same nonce",
                target
                    .accept(&forged(&source, &honest, |transfer| {
                        transfer.item.count = Count::Counted(1);
                    }))
                    .map(drop),
            ),
            ("used up", source.send(&other_request).map(drop)),
        ],
        expect![[r#"
            altered: bad-signature: the signature does not fit the document: it was altered, or signed by somebody else
            more than there was: bad-provenance: the transfer does not show where its item came from: a step moves more, or something else, than there was; send the file to the publisher
            better than it was: bad-provenance: the transfer does not show where its item came from: a step moves more, or something else, than there was; send the file to the publisher
            another item: bad-provenance: the transfer does not show where its item came from: the publisher's update does not hold the item; send the file to the publisher
            from nowhere: bad-provenance: the transfer does not show where its item came from: it brings no documents; send the file to the publisher
            no step: unknown-key: the document is signed by a key that the key set does not hold; get the publisher's newest key set
            not an update: wrong-type: this is a certificate, not an update
            another container's update: bad-provenance: the transfer does not show where its item came from: a step does not begin where the one before it ended; send the file to the publisher
            to somebody else: wrong-container: the transfer is for container T-CECZ-DP33-P27R, this is T-Z655-JK0P-F167
            a request of another's name: bad-signature: the signature does not fit the document: it was altered, or signed by somebody else
            not a transfer: wrong-type: this is a transfer request, not a transfer
            not a request: wrong-type: this is a transfer, not a transfer request
            the honest one: ok
            another of the same nonce: other-transfer: another transfer fulfilled this request: turn this one down, and take the refusal to its source
            used up: not-held: this container does not hold item "i1" (it holds nothing)
        "#]],
    );
    assert_eq!(target.held("i1"), 5);
}

#[test]
fn answers_that_do_not_fit_change_nothing() {
    let (publisher, mut source, mut hop, mut target) = house();
    let request = target.request(1, "i1", 2).unwrap();
    let transfer = source.send(&request).unwrap();
    let receipt = target.accept(&transfer).unwrap();
    let by = |signer: &Device, change: fn(&mut TransferReceipt)| {
        let mut receipt: TransferReceipt = content(&receipt);
        change(&mut receipt);
        seal(&receipt, &[signer.signer.as_ref()])
    };
    let refusal = {
        // The target's owner puts yesterday's copy of the container back.
        let mut yesterday = publisher.device(3, ContainerKind::Bound, Some("C-1"));
        yesterday.request(1, "i1", 2).unwrap();
        yesterday.refuse(1).unwrap()
    };
    hop.request(2, "i1", 1).unwrap();
    let unknown = hop.refuse(2).unwrap();
    says(
        &[
            ("of another nonce", source.settle(&unknown)),
            ("signed by another", source.settle(&by(&hop, |_| {}))),
            (
                "for another transfer",
                source.settle(&by(&target, |receipt| {
                    receipt.transfer = tenure_document::Hash::ZERO;
                })),
            ),
            ("right", source.settle(&receipt)),
            ("refused after all", source.settle(&refusal)),
        ],
        expect![[r#"
            of another nonce: unknown-transfer: no transfer of this container has that nonce: take the file to the container that sent the item
            signed by another: bad-signature: the signature does not fit the document: it was altered, or signed by somebody else
            for another transfer: other-transfer: another transfer fulfilled this request: turn this one down, and take the refusal to its source
            right: ok
            refused after all: contradiction: the other container said the opposite before: keep both files and send them to the publisher
        "#]],
    );
    assert_eq!((source.held("i1"), target.held("i1")), (3, 2));
}

#[test]
fn the_office_rules_about_a_target_that_was_lost() {
    let (publisher, mut source, _, mut target) = house();
    let request = target.request(1, "i1", 2).unwrap();
    let transfer = source.send(&request).unwrap();
    source.order(&publisher, vec![Op::Refund { nonce: nonce(1) }]).unwrap();
    assert_eq!((source.held("i1"), source.container.moves().len()), (5, 0));
    source.order(&publisher, vec![Op::Refund { nonce: nonce(1) }]).unwrap();
    source.order(&publisher, vec![Op::Settle { nonce: nonce(1) }]).unwrap();
    assert_eq!(source.held("i1"), 5, "once");
    // It was not lost: the office is the one that knows, and this is its bound.
    let receipt = target.accept(&transfer).unwrap();
    says(
        &[("a receipt after the ruling", source.settle(&receipt))],
        expect![[r#"
        a receipt after the ruling: contradiction: the other container said the opposite before: keep both files and send them to the publisher
    "#]],
    );
}

#[test]
fn who_takes_no_part() {
    let (publisher, mut source, _, mut target) = house();
    let mut trial = publisher.device(7, ContainerKind::Unbound, None);
    let asked = trial.request(1, "i1", 1).map(drop);
    let request = target.request(2, "i1", 1).unwrap();
    let mut list = source.update(&[], at(1));
    list.attachments.revocation = Some(publisher.revocation(1, source.id(), 1));
    source.apply_update(&publisher, &list, reading(2)).unwrap();
    let own = target.request(3, "i1", 1).and_then(|own| target.send(&own));
    let short = target.container.request(
        &tenure_document::Bytes(vec![1; 15]),
        "i1",
        1,
        target.signer.as_ref(),
        reading(2),
    );
    for number in 10..72 {
        target.request(number, "i1", 1).unwrap();
    }
    let many = target.request(72, "i1", 1);
    says(
        &[
            ("a trial", asked),
            ("a revoked one", source.send(&request).map(drop)),
            ("oneself", own.map(drop)),
            ("a short nonce", short.map(drop)),
            ("too many", many.map(drop)),
            ("nothing to refuse", target.refuse(99).map(drop)),
        ],
        expect![[r#"
            a trial: trial-container: container T-TXGX-81NF-5956 holds trials only and takes no part in transfers; choose another one
            a revoked one: revoked-container: the publisher revoked this container; ask the publisher about a replacement
            oneself: own-request: the request is of this very container; take it to the container that gives the item away
            a short nonce: bad-nonce: the nonce must be 16 to 64 bytes that were never used; draw a new one
            too many: too-many-open: 64 requests are open already: refuse those that will not be fulfilled
            nothing to refuse: unknown-nonce: this container has no open request with that nonce: it was never made here, or before the container was restored from a copy; only the publisher can give the item back then
        "#]],
    );
}

#[test]
fn a_transfer_is_judged_by_the_trust_of_the_one_who_takes_it() {
    let (publisher, mut source, _, mut target) = house();
    let request = target.request(1, "i1", 2).unwrap();
    let transfer = source.send(&request).unwrap();
    let mut list = target.update(&[], at(1));
    list.attachments.revocation = Some(publisher.revocation(1, source.id(), 1));
    target.apply_update(&publisher, &list, reading(2)).unwrap();
    let other = tenure_document::Trust::pin(tenure_document::RootPin(tenure_document::Hash::ZERO));
    says(
        &[
            ("from a revoked container", target.accept(&transfer).map(drop)),
            ("of another publisher", open_transfer(&other, &transfer, at(2)).map(drop)),
        ],
        expect![[r#"
            from a revoked container: revoked-container: container T-SJ6D-877F-J1YS was revoked in this generation
            of another publisher: no-keyset: no key set is known yet: adopt the publisher's key set first
        "#]],
    );
}
