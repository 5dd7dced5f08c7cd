//! Items that go from device to device without the office, and new generations, on sealed files.

#[path = "support/device.rs"]
mod device;
#[path = "support/machine.rs"]
mod machine;
#[path = "../../document/tests/support/publisher.rs"]
mod publisher;

use device::{Device, day, meet, received};
use tenure_container::next_hash;
use tenure_document::{
    Attachments, Bytes, Count, Item, Kind, Numbered, Op, Tolerance, Update, seal,
};
use tenure_issuing::{ContainerRecord, Order, TrustPapers, certificate_for};
use tenure_vault::DeviceError;

/// Three units that may move.
fn movable(id: &str) -> Item {
    let text = format!(
        r#"{{"id":"{id}","feature":"{id}","version":"2.0","count":3,"expiry":"permanent","moves":{{"times":5}}}}"#
    );
    serde_json::from_str(&text).unwrap()
}

/// A device with a certificate and, if named, an item of three units that may move.
fn licensed(item: Option<&str>) -> Device {
    let device = Device::new(Tolerance::Medium);
    let context = device.context(day(0));
    let mut record = ContainerRecord::first_contact(&context);
    meet(&mut record, &context);
    let certificate = certificate_for(&record, day(0).wall, None);
    let certificate = device.publisher.seal_certificate(&certificate).to_json();
    let key = device.publisher.keyset.keys[1].id;
    let order = Order {
        certificate: Some((certificate, key)),
        items: item.map(movable).into_iter().collect(),
        ..Order::default()
    };
    let (_, update) = record.issue(&order, &TrustPapers::default(), day(0).wall, None).unwrap();
    let update = seal(&update, &[&device.publisher.issuer]).to_json();
    device.open(day(0)).unwrap().apply(update.as_bytes(), day(0)).unwrap();
    device
}

/// The office orders one operation more, and the device applies it.
fn order(device: &Device, op: Op) {
    let mut open = device.open(day(0)).unwrap();
    let state = open.state();
    let sequence = state.sequence() + 1;
    let update = Update {
        id: state.id(),
        generation: state.generation(),
        from_sequence: state.sequence(),
        from_hash: state.history_hash(),
        to_sequence: sequence,
        to_hash: next_hash(&state.history_hash(), sequence, &op),
        ops: vec![Numbered { sequence, op_id: format!("op-{sequence}"), op }],
        issued: day(0).wall,
        expires: None,
        attachments: Attachments::default(),
    };
    let update = device.publisher.seal_update(&update).to_json();
    open.apply(update.as_bytes(), day(0)).unwrap();
}

fn units(device: &Device, id: &str) -> u64 {
    let open = device.open(day(0)).unwrap();
    open.state().item(id).map_or(0, |item| match item.count {
        Count::Counted(count) => u64::from(count),
        Count::Uncounted => u64::MAX,
    })
}

#[test]
fn units_move_once_however_often_the_files_are_carried() {
    let (source, target) = (licensed(Some("motion")), licensed(None));
    let request = target.open(day(0)).unwrap().request_transfer("motion", 2, day(0)).unwrap();
    assert_eq!(target.open(day(0)).unwrap().open_requests().len(), 1);
    let send = || source.open(day(0)).unwrap().send_transfer(request.as_bytes(), day(0)).unwrap();
    let transfer = send();
    assert_eq!(send(), transfer, "sent again, byte by byte the same");
    assert_eq!((units(&source, "motion"), units(&target, "motion")), (1, 0));

    let accept =
        || target.open(day(0)).unwrap().accept_transfer(transfer.as_bytes(), day(0)).unwrap();
    let receipt = accept();
    assert_eq!(accept(), receipt, "taken again, nothing is credited again");
    assert_eq!((units(&source, "motion"), units(&target, "motion")), (1, 2));
    let settled = source.open(day(0)).unwrap().settle_transfer(receipt.as_bytes(), day(0));
    assert!(settled.unwrap());
    let open = target.open(day(0)).unwrap();
    assert_eq!(open.evidence("motion").count(), 1, "the transfer shows where it came from");
    drop(open);
    let moves = received(&target.open(day(0)).unwrap().context(day(0)).unwrap()).moves.clone();
    assert_eq!(moves.len(), 1, "the publisher will hear of it");
}

#[test]
fn what_the_target_refuses_comes_back_and_nothing_else_does() {
    let (source, target) = (licensed(Some("motion")), licensed(None));
    let request = target.open(day(0)).unwrap().request_transfer("motion", 3, day(0)).unwrap();
    let transfer = source.open(day(0)).unwrap().send_transfer(request.as_bytes(), day(0)).unwrap();
    assert_eq!(units(&source, "motion"), 0);
    let nonce = target.open(day(0)).unwrap().open_requests()[0].nonce.clone();
    let refusal =
        target.open(day(0)).unwrap().refuse_transfer(&nonce, "not-wanted", day(0)).unwrap();
    let late = target.open(day(0)).unwrap().accept_transfer(transfer.as_bytes(), day(0));
    assert!(matches!(late, Err(DeviceError::Transfer(_))), "refused for ever");
    let settled = source.open(day(0)).unwrap().settle_transfer(refusal.as_bytes(), day(0));
    assert!(!settled.unwrap());
    assert_eq!((units(&source, "motion"), units(&target, "motion")), (3, 0));
}

#[test]
fn what_comes_back_brings_its_proof_and_what_was_used_of_it() {
    let by_refusal = |source: &Device, target: &Device, nonce: Bytes| {
        let refused = target.open(day(0)).unwrap().refuse_transfer(&nonce, "no", day(0)).unwrap();
        source.open(day(0)).unwrap().settle_transfer(refused.as_bytes(), day(0)).unwrap();
    };
    let by_office = |source: &Device, _: &Device, nonce: Bytes| order(source, Op::Refund { nonce });
    for back in [&by_refusal as &dyn Fn(&Device, &Device, Bytes), &by_office] {
        let (source, target) = (licensed(None), licensed(None));
        let kind = Kind::Metered { reusable: false, undo_seconds: 0 };
        order(&source, Op::Add { item: Item { kind, ..movable("cuts") } });
        source.open(day(0)).unwrap().consume("cuts", 1).unwrap();
        let request = target.open(day(0)).unwrap().request_transfer("cuts", 2, day(0)).unwrap();
        source.open(day(0)).unwrap().send_transfer(request.as_bytes(), day(0)).unwrap();
        // What was left is taken out meanwhile: nothing of the item is here.
        order(&source, Op::Withdraw { item_id: "cuts".into(), count: Some(1) });
        assert_eq!(units(&source, "cuts"), 0);
        let nonce = target.open(day(0)).unwrap().open_requests()[0].nonce.clone();
        back(&source, &target, nonce);
        let open = source.open(day(0)).unwrap();
        assert_eq!((open.evidence("cuts").count(), open.consumed("cuts")), (1, 1));
        drop(open);
        assert_eq!(units(&source, "cuts"), 2);
    }
}

#[test]
fn what_came_is_proved_by_the_word_that_booked_it_too() {
    let (source, target) = (licensed(Some("motion")), licensed(None));
    let move_on = |count: u64| {
        let request = target.open(day(0)).unwrap().request_transfer("motion", count, day(0));
        let request = request.unwrap();
        let sent = source.open(day(0)).unwrap().send_transfer(request.as_bytes(), day(0)).unwrap();
        target.open(day(0)).unwrap().accept_transfer(sent.as_bytes(), day(0)).unwrap();
    };
    let proofs = || target.open(day(0)).unwrap().evidence("motion").count();
    move_on(1);
    let nonce =
        received(&target.open(day(0)).unwrap().context(day(0)).unwrap()).moves[0].nonce.clone();
    order(&target, Op::Settle { nonce: Bytes(vec![9; 16]) });
    assert_eq!(proofs(), 1, "another transfer was booked");
    order(&target, Op::Settle { nonce });
    assert_eq!(proofs(), 2);
    // The office orders anew what it has booked, and knows nothing of what came since.
    move_on(1);
    order(&target, Op::Replace { item: Item { count: Count::Counted(1), ..movable("motion") } });
    assert_eq!((proofs(), units(&target, "motion")), (3, 2));
    let nonce =
        received(&target.open(day(0)).unwrap().context(day(0)).unwrap()).moves[0].nonce.clone();
    order(&target, Op::Settle { nonce });
    order(&target, Op::Replace { item: Item { count: Count::Counted(2), ..movable("motion") } });
    assert_eq!((proofs(), units(&target, "motion")), (1, 2));
}

#[test]
fn what_arrived_leaves_nothing_behind() {
    let (source, target) = (licensed(Some("motion")), licensed(None));
    let request = target.open(day(0)).unwrap().request_transfer("motion", 0, day(0)).unwrap();
    let transfer = source.open(day(0)).unwrap().send_transfer(request.as_bytes(), day(0)).unwrap();
    assert_eq!(source.open(day(0)).unwrap().evidence("motion").count(), 1, "it may come back");
    let receipt =
        target.open(day(0)).unwrap().accept_transfer(transfer.as_bytes(), day(0)).unwrap();
    source.open(day(0)).unwrap().settle_transfer(receipt.as_bytes(), day(0)).unwrap();
    assert_eq!(source.open(day(0)).unwrap().evidence("motion").count(), 0);
}

#[test]
fn units_that_programs_hold_stay() {
    let (source, target) = (licensed(Some("motion")), licensed(None));
    let open = source.open(day(0)).unwrap();
    let seats: Vec<_> = (0..2).map(|_| open.seats().take("motion", 3).unwrap().unwrap()).collect();
    assert_eq!(open.seats().held("motion", 3).unwrap(), 2);
    drop(open);
    let request = target.open(day(0)).unwrap().request_transfer("motion", 2, day(0)).unwrap();
    let send = || source.open(day(0)).unwrap().send_transfer(request.as_bytes(), day(0));
    assert!(matches!(send(), Err(DeviceError::Transfer(_))));
    assert_eq!(units(&source, "motion"), 3);
    drop(seats);
    assert!(send().is_ok());
}

#[test]
fn a_new_generation_has_a_new_key_that_the_old_one_vouches_for() {
    let device = licensed(Some("motion"));
    let before = device.context(day(0));
    assert_eq!(device.open(day(0)).unwrap().regenerate().unwrap(), 2);
    let after = device.context(day(1));
    assert_eq!((after.generation, after.sequence), (2, 0));
    assert_ne!(after.key, before.key);
    assert!(after.is_vouched_by(&before.key));
    assert_eq!(units(&device, "motion"), 3, "its items go on until the publisher has answered");
}

#[test]
fn the_publisher_may_want_another_tolerance() {
    let device = Device::new(Tolerance::Loose);
    assert_eq!(device.open(day(0)).unwrap().report().unwrap().threshold, 8);
    let context = device.context(day(0));
    let mut record = ContainerRecord::first_contact(&context);
    meet(&mut record, &context);
    let text = r#"{"id":"a","feature":"a","version":"1","count":1,"expiry":"permanent","binding":"strict"}"#;
    let order = Order { items: vec![serde_json::from_str(text).unwrap()], ..Order::default() };
    let (_, update) = record.issue(&order, &TrustPapers::default(), day(0).wall, None).unwrap();
    let update = seal(&update, &[&device.publisher.issuer]).to_json();
    device.open(day(0)).unwrap().apply(update.as_bytes(), day(0)).unwrap();
    assert_eq!(device.open(day(0)).unwrap().report().unwrap().threshold, 15);
}
