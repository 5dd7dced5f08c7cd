//! Laws: what must hold for every document, not only for the vectors.

use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use serde::{Deserialize, Deserializer, Serialize};
use tenure_document::*;

#[path = "support/publisher.rs"]
mod publisher;

use publisher::{Publisher, ed25519, now, server_key, time};

const SERVER: ContainerId = ContainerId([7; 16]);

/// A payload type that counts how often its parser is entered.
#[derive(Serialize)]
struct Spy;

static ENTERED: AtomicUsize = AtomicUsize::new(0);

impl<'de> Deserialize<'de> for Spy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Spy, D::Error> {
        ENTERED.fetch_add(1, Ordering::SeqCst);
        serde::de::IgnoredAny::deserialize(deserializer).map(|_| Spy)
    }
}

impl Payload for Spy {
    const NAME: &'static str = "update";
    const TYPE: &'static str = "application/vnd.tenure.update.v1+json";
}

#[test]
fn a_payload_is_not_parsed_before_its_signature_is_right() {
    let publisher = Publisher::new(0);
    let trust = publisher.trust();
    let certificate = publisher.certified(SERVER, &server_key(9));
    let good = seal(&Spy, &[&publisher.issuer]);
    let mut broken = good.clone();
    broken.signatures[0].sig[3000] ^= 1;
    let retyped = Envelope { payload_type: "application/json".into(), ..good.clone() };
    for refused in [broken, retyped, seal(&Spy, &[&ed25519(4)]), seal(&Spy, &[&publisher.revoker])]
    {
        assert!(trust.verify::<Spy>(&refused, now()).is_err());
        assert!(trust.verify_by::<Spy>(&refused, &certificate, now()).is_err());
    }
    assert_eq!(ENTERED.load(Ordering::SeqCst), 0);
    assert!(trust.verify::<Spy>(&good, now()).is_ok());
    assert_eq!(ENTERED.load(Ordering::SeqCst), 1);
}

#[test]
fn every_bit_counts() {
    let publisher = Publisher::new(0);
    let trust = publisher.trust();
    let identity = server_key(9);
    let certificate = publisher.certified(SERVER, &identity);
    let receipt = Receipt {
        id: SERVER,
        generation: 1,
        sequence: 1,
        history_hash: Hash::ZERO,
        results: vec![],
        nonce: Bytes(vec![1]),
        at: now(),
    };
    let good = seal(&receipt, &[&identity]);
    let verify = |e: &Envelope| trust.verify_by::<Receipt>(e, &certificate, now()).is_ok();
    assert!(verify(&good));
    for bit in 0..good.payload.len() * 8 {
        let mut altered = good.clone();
        altered.payload[bit / 8] ^= 1 << (bit % 8);
        assert!(!verify(&altered), "payload bit {bit}");
    }
    for bit in 0..64 * 8 {
        let mut altered = good.clone();
        altered.signatures[0].sig[bit / 8] ^= 1 << (bit % 8);
        assert!(!verify(&altered), "signature bit {bit}");
    }
    // In the text, too: whatever is flipped, it is refused or says the very same.
    let text = good.to_json().into_bytes();
    for bit in 0..text.len() * 8 {
        let mut altered = text.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        if let Ok(read) = read_document(&altered)
            && verify(&read)
        {
            assert_eq!(read.payload, good.payload, "text bit {bit}");
        }
    }
}

#[test]
fn merkle_paths_of_all_sizes() {
    for size in 1..=70_u32 {
        let leaves: Vec<Hash> = (0..size).map(|n| leaf_hash(&n.to_be_bytes())).collect();
        let tree = Tree::new(leaves.clone());
        assert_eq!(tree.root(), slow_root(&leaves), "size {size}");
        for (index, leaf) in (0..).zip(&leaves) {
            let path = tree.path(index);
            assert_eq!(verify_path(leaf, index, size, &path), Ok(tree.root()));
            // A path leads nowhere else: not for another leaf, not for another place.
            let other = leaf_hash(b"other");
            assert_ne!(verify_path(&other, index, size, &path), Ok(tree.root()));
            for place in (0..size).filter(|place| *place != index) {
                assert_ne!(verify_path(leaf, place, size, &path), Ok(tree.root()));
            }
            let longer = [path.clone(), vec![Hash::ZERO]].concat();
            assert!(verify_path(leaf, index, size, &longer).is_err());
            if let Some((_, shorter)) = path.split_last() {
                assert!(verify_path(leaf, index, size, shorter).is_err());
            }
        }
        assert!(tree.path(size).is_empty());
    }
    assert_eq!(Tree::new(vec![]).root(), Hash::of(b""));
}

/// RFC 9162, 2.1.1, word for word.
fn slow_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::of(b""),
        [leaf] => *leaf,
        more => {
            let split = more.len().next_power_of_two() / 2;
            let (left, right) = more.split_at(split);
            node_hash(&slow_root(left), &slow_root(right))
        }
    }
}

#[test]
fn strings_that_are_documents_have_a_limit_too() {
    let read = |length: usize, limits: Limits| {
        let text = format!("\"{}\"", "x".repeat(length));
        read_json::<String>(text.as_bytes(), limits).map(|_| ()).map_err(|e| e.code())
    };
    assert_eq!(read(256 * 1024, Transfer::LIMITS), Ok(()));
    assert_eq!(read(256 * 1024 + 1, Transfer::LIMITS), Err("string-too-long"));
    // With its quotation marks it is as long as a document may be.
    assert_eq!(read((1 << 20) - 2, Update::LIMITS), Ok(()));
    assert_eq!(read((1 << 20) - 1, Update::LIMITS), Err("too-large"));
}

fn names() -> impl Strategy<Value = String> {
    "[ -~äöü😀]{1,40}"
}

fn times() -> impl Strategy<Value = Time> {
    (0_i64..4_000_000_000_000).prop_map(Time::from_millis)
}

prop_compose! {
    fn holders()(
        value in names(),
        user in proptest::option::of(names()),
        session in proptest::option::of(names()),
        owner in proptest::option::of(names()),
        others in (proptest::option::of(names()), proptest::option::of(names())),
        kind in 0..9_usize,
    ) -> Holder {
        let host = HostId { kind: HostIdType::ALL[kind], value };
        let machines =
            [MachineKind::Physical, MachineKind::Virtual, MachineKind::Container, MachineKind::Unknown];
        let (process, name) = others;
        Holder { host, user, session, process, owner, name, kind: machines[kind % 4] }
    }
}

prop_compose! {
    fn leases()(
        id: u64,
        server: [u8; 16],
        holder in holders(),
        feature in ".{0,20}",
        numbers in (any::<u32>(), any::<u32>(), any::<u32>(), 1..1000_u32),
        first in 1..1_000_000_u32,
        items in proptest::collection::vec(names(), 0..4),
        at in (times(), times(), times()),
        nonce in proptest::option::of(any::<[u8; 16]>()),
        request in proptest::option::of(any::<[u8; 32]>()),
        keyed: bool,
        borrowed: bool,
    ) -> Lease {
        let (major, minor, patch, count) = numbers;
        Lease {
            id: LeaseId(id),
            server: ContainerId(server),
            holder,
            feature,
            version: Version { major, minor, patch },
            count,
            seats: vec![SeatRange { first, last: first + count - 1 }],
            items,
            issued: at.0,
            expires: at.1,
            renew_after: at.2,
            client_key: keyed.then(|| ed25519(50).public().clone()),
            nonce: nonce.map(|bytes| Bytes(bytes.to_vec())),
            request: request.map(Hash),
            sequence: u64::from(first),
            code: "granted".into(),
            borrowed,
        }
    }
}

prop_compose! {
    fn items()(
        id in names(),
        feature in names(),
        count in 1..=10_000_000_u32,
        uncounted: bool,
        start in proptest::option::of(times()),
        length in proptest::option::of(1..1_000_000_u64),
        metered in proptest::option::of((any::<bool>(), 0..100_000_u64)),
        overdraft in 0..4,
        grace_days in 0..100_u32,
        notice in proptest::option::of(".{0,20}"),
        selectors in proptest::collection::btree_map(".{0,8}", ".{0,8}", 0..3),
        number in -9_007_199_254_740_991_i64..=9_007_199_254_740_991,
    ) -> Item {
        let end = start.unwrap_or(Time::EPOCH);
        Item {
            start,
            expiry: length.map_or(Expiry::Permanent, |seconds| {
                Expiry::At(end.plus(std::time::Duration::from_secs(seconds)))
            }),
            kind: metered.map_or(Kind::Concurrent, |(reusable, undo_seconds)| {
                Kind::Metered { reusable, undo_seconds }
            }),
            overdraft: match overdraft {
                0 => Overdraft::None,
                1 => Overdraft::Count(count),
                2 => Overdraft::Percent(10),
                _ => Overdraft::Unlimited,
            },
            grace_days,
            notice,
            selectors,
            ext: Some(Ext::from([("n".into(), Json::List(vec![Json::Integer(number)]))])),
            ..Item::new(id, feature, Version::new(1, 2, 3), match uncounted {
                true => Count::Uncounted,
                false => Count::Counted(count),
            })
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn leases_round_trip(lease in leases()) {
        let bytes = lease_payload_bytes(&lease);
        prop_assert_eq!(&bytes, &payload_bytes(&lease));
        let read: Lease = read_json(&bytes, Lease::LIMITS).unwrap();
        prop_assert_eq!(read, lease);
    }

    #[test]
    fn a_batch_writes_its_envelopes_as_json_strings(
        payload: Vec<u8>,
        (sequence, epoch, index) in any::<(u64, u64, u32)>(),
        size: u32,
        path in proptest::collection::vec(any::<[u8; 32]>(), 0..20),
        sig: [u8; 64],
    ) {
        let key = server_key(7).public().id();
        let path: Vec<Hash> = path.into_iter().map(Hash).collect();
        let (previous, events_hash) = (Hash::of(b"p"), Hash::of(b"e"));
        let batch = Batch { sequence, at: now(), epoch, previous, events_hash, index, size, path };
        let mut text = JsonText::default();
        BatchText::new(key, &sig, &batch).write(Lease::TYPE, &payload, index, &batch.path, &mut text);
        let envelope = Envelope::batched(Lease::TYPE, payload, key, sig.to_vec(), batch);
        let expected = serde_json::to_vec(&envelope.to_json()).unwrap();
        prop_assert_eq!(text.into_bytes(), expected);
    }

    #[test]
    fn items_round_trip(item in items()) {
        let bytes = serde_json::to_vec(&vec![item.clone()]).unwrap();
        prop_assert_eq!(read_items(&bytes), Ok(vec![item.clone()]));
        let op = Op::Add { item };
        let bytes = serde_json::to_vec(&op).unwrap();
        let read: Op = read_json(&bytes, Update::LIMITS).unwrap();
        prop_assert_eq!(read, op);
    }

    #[test]
    fn envelopes_round_trip(
        payload: Vec<u8>,
        signatures in proptest::collection::vec((proptest::option::of(".{0,20}"), any::<Vec<u8>>()), 1..8),
        batch in proptest::option::of((0..1_000_000_u64, 0..99_u32, proptest::collection::vec(any::<[u8; 32]>(), 0..20))),
        summary in proptest::collection::vec("[a-zA-Z]{1,10}: .{0,30}", 0..4),
    ) {
        let mut envelope = Envelope {
            payload_type: Lease::TYPE.into(),
            payload,
            signatures: signatures
                .into_iter()
                .map(|(keyid, sig)| Signature { keyid, sig, batch: None })
                .collect(),
        };
        envelope.signatures[0].batch = batch.map(|(sequence, index, path)| Batch {
            sequence,
            at: now(),
            epoch: 3,
            previous: Hash::ZERO,
            events_hash: Hash::of(b"x"),
            index,
            size: 100,
            path: path.into_iter().map(Hash).collect(),
        });
        let json = envelope.to_json();
        prop_assert_eq!(Envelope::parse(json.as_bytes()), Ok(envelope.clone()));
        let text = armor(&envelope, &summary);
        prop_assert_eq!(read_document(text.as_bytes()), Ok(envelope.clone()));
        // And with the line ends a mail program makes.
        let text = text.replace('\n', "\r\n");
        prop_assert_eq!(read_document(text.as_bytes()), Ok(envelope));
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes: Vec<u8>) {
        let _ = read_document(&bytes);
        let _ = read_items(&bytes);
        let _ = inspect(&bytes, None, &[], now());
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in "(-----BEGIN TENURE LEASE-----\n)?[\\[\\]{}\":,a-z0-9\n -]{0,80}") {
        let _ = read_document(text.as_bytes());
        let _ = read_items(text.as_bytes());
        let _ = read_json::<Json>(text.as_bytes(), Limits::PAYLOAD);
    }

    #[test]
    fn strict_json_round_trips(number in -9_007_199_254_740_991_i64..=9_007_199_254_740_991, text: String) {
        let json = Json::Object(Ext::from([(text.clone(), Json::List(vec![
            Json::Integer(number), Json::String(text), Json::Null, Json::Bool(true),
        ]))]));
        let bytes = serde_json::to_vec(&json).unwrap();
        prop_assert_eq!(read_json::<Json>(&bytes, Limits::PAYLOAD), Ok(json));
    }

    #[test]
    fn revocation_lists_only_grow(steps in proptest::collection::vec((0..6_u64, 0..6_u8), 1..6)) {
        // Whatever lists come in whatever order: sequence and entries never go down.
        let publisher = Publisher::new(0);
        let mut trust = publisher.trust();
        let (mut sequence, mut entries) = (0, 0);
        for (offered, count) in steps {
            let containers = (0..count)
                .map(|n| RevokedContainer { container: ContainerId([n; 16]), generation: 1 })
                .collect();
            let list = Revocation { sequence: offered, issued: time("2026-11-01T00:00:00Z"), keys: vec![], containers };
            let _ = trust.adopt_revocation(&publisher.seal_revocation(&list), now());
            let held = trust.revocation().map_or(0, |list| list.containers.len());
            prop_assert!(trust.revocation_sequence() >= sequence && held >= entries);
            (sequence, entries) = (trust.revocation_sequence(), held);
        }
    }
}
