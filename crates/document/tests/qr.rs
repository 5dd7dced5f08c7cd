//! The text of a QR code: what fits one, and that nothing is lost.

use proptest::prelude::*;
use tenure_document::*;

#[path = "support/publisher.rs"]
mod publisher;

/// Characters of the alphanumeric kind at medium correction (ISO 18004), by version.
const MEDIUM: [usize; 40] = [
    20, 38, 61, 90, 122, 154, 178, 221, 262, 311, 366, 419, 483, 528, 600, 656, 734, 816, 909, 970,
    1035, 1134, 1248, 1326, 1451, 1542, 1637, 1732, 1839, 1994, 2113, 2238, 2369, 2506, 2632, 2780,
    2894, 3054, 3220, 3391,
];

/// A device as it stands in a factory: so many items, each with a pending result.
fn context(items: usize) -> Context {
    let hash = |number: usize| Hash::of(&number.to_be_bytes());
    let id = |number: usize| format!("A-{:07}.{}", 4_711 + number, number % 3);
    let items = (0..items).map(|number| HeldItem {
        id: id(number),
        feature: format!("controller-option-{number}"),
        version: Version::new(4, 2, 0),
        count: Count::Counted(1 + number as u32),
        consumed: 0,
    });
    let items: Vec<HeldItem> = items.collect();
    let pending = items.iter().zip(7..).map(|(_, sequence)| OpResult {
        sequence,
        op_id: format!("T-TXGX-81NF-5956-{sequence}"),
        result: OpOutcome::Applied,
        taken: None,
    });
    Context {
        id: ContainerId([7; 16]),
        generation: 1,
        sequence: 16,
        history_hash: hash(1),
        name: "press 14, hall 3".into(),
        kind: ContainerKind::Bound,
        key: publisher::ed25519(9).public().clone(),
        pending: pending.collect(),
        items,
        ratchet: hash(2),
        transfers: Vec::new(),
        moves: Vec::new(),
        moved: 0,
        binding: Some(BindingLevel { matched: 14, total: 17, threshold: 11, anchored: false }),
        machine: Some(MachineKind::Physical),
        vouch: None,
        time_high_water: publisher::now(),
        keyset_version: 3,
        revocation_sequence: 2,
        nonce: Bytes(hash(3).as_bytes()[..16].to_vec()),
        at: publisher::now(),
    }
}

/// The smallest code that holds the context at medium correction.
fn version(items: usize) -> usize {
    let envelope = seal(&context(items), &[&publisher::ed25519(9)]);
    let text = qr_text(&envelope).expect("it has a QR form");
    assert_eq!(read_document(text.as_bytes()), Ok(envelope), "nothing is lost");
    1 + MEDIUM.iter().position(|most| text.len() <= *most).expect("it fits one code")
}

#[test]
fn the_context_of_a_device_is_one_code_that_a_telephone_reads() {
    // Camera pictures of up to about version 25 are read without trouble.
    assert_eq!([0, 1, 10, 40].map(version), [19, 21, 23, 30]);
}

#[test]
fn what_does_not_fit_one_code_is_refused() {
    let envelope = seal(&context(400), &[&publisher::ed25519(9)]);
    assert_eq!(qr_text(&envelope).map_err(|error| error.code()), Err("too-large"));
    let mut batched = seal(&context(1), &[&publisher::ed25519(9)]);
    let batch = r#"{"sequence":1,"at":"2026-11-22T05:41:00Z","epoch":1,"previous":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","events_hash":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","index":0,"size":1,"path":[]}"#;
    batched.signatures[0].batch = serde_json::from_str(batch).expect("a batch");
    assert_eq!(qr_text(&batched).map_err(|error| error.code()), Err("bad-value"));
}

proptest! {
    #[test]
    fn every_envelope_comes_back(
        payload in prop::collection::vec(any::<u8>(), 0..600),
        payload_type in "[a-z/.+]{1,128}",
        signatures in prop::collection::vec(
            (prop::option::of("[ -~]{0,254}"), prop::collection::vec(any::<u8>(), 0..80)), 1..9),
    ) {
        let signatures = signatures
            .into_iter()
            .map(|(keyid, sig)| Signature { keyid, sig, batch: None })
            .collect();
        let envelope = Envelope { payload_type, payload, signatures };
        if let Ok(text) = qr_text(&envelope) {
            prop_assert_eq!(read_document(text.as_bytes()), Ok(envelope));
        }
    }
}

#[test]
fn a_key_vouches_for_the_next_one_of_its_container_only() {
    let (before, next) = (publisher::ed25519(9), publisher::ed25519(10));
    let mut context = Context { generation: 2, key: next.public().clone(), ..context(0) };
    assert!(!context.is_vouched_by(before.public()));
    let message = vouch_message(context.id, 2, next.public().id());
    context.vouch = Some(Bytes(before.sign(&message)));
    assert!(context.is_vouched_by(before.public()));
    assert!(!context.is_vouched_by(next.public()));
    context.generation = 3;
    assert!(!context.is_vouched_by(before.public()));
}

#[test]
fn a_key_on_record_verifies_what_its_container_signed() {
    let (key, other) = (publisher::ed25519(9), publisher::ed25519(10));
    let envelope = seal(&context(1), &[&key]);
    let by = |key: &SeedSigner| verify_signed_by::<Context>(&envelope, key.public()).map(drop);
    assert_eq!(by(&key), Ok(()));
    assert_eq!(by(&other), Err(DocumentError::BadSignature));
    let wrong = verify_signed_by::<Receipt>(&envelope, key.public()).map(drop);
    assert_eq!(wrong.map_err(|error| error.code()), Err("wrong-type"));
}
