//! Updates as they arrive: signed by real keys, with everything that can be wrong about them.

use expect_test::{Expect, expect};
use std::cell::RefCell;
use tenure_container::{Birth, Container, ContainerEvent, Reading, UpdateRefusal, open_update};
use tenure_document::{
    Attachments, Certificate, ContainerId, ContainerKind, Count, Envelope, Hash, Item, KeyId,
    KeyRecord, Keyset, Numbered, Op, Payload, Revocation, RevokedContainer, Role, RootRecord,
    SeedSigner, Signer, Time, TimeStatement, Update, seal,
};

const DAY: i64 = 86_400_000;
const START: i64 = 20_000 * DAY;

fn at(days: i64) -> Time {
    Time::from_millis(START + days * DAY)
}

fn reading(days: i64) -> Reading {
    Reading { wall: at(days), since_boot_ms: (1 + days.max(0)) * DAY }
}

fn hybrid(name: u8) -> SeedSigner {
    SeedSigner::hybrid(&[name; 32], &[name + 100; 32]).unwrap()
}

/// A publisher with one key per role; key lists and updates are made on demand.
struct Publisher {
    root: SeedSigner,
    issuer: SeedSigner,
    certifier: SeedSigner,
    revoker: SeedSigner,
    time: SeedSigner,
}

impl Publisher {
    fn new() -> Publisher {
        Publisher {
            root: hybrid(1),
            issuer: hybrid(2),
            certifier: hybrid(3),
            revoker: hybrid(4),
            time: hybrid(5),
        }
    }

    fn root_record(&self) -> RootRecord {
        RootRecord { threshold: 1, keys: vec![self.root.public().clone()] }
    }

    fn keyset(&self, version: u64, issuer: &SeedSigner, revocation_sequence: u64) -> Envelope {
        let record = |key: &SeedSigner, role: Role| KeyRecord {
            id: key.public().id(),
            key: key.public().clone(),
            role,
            types: role.types().iter().map(|name| (*name).to_owned()).collect(),
            products: vec!["acme-*".into()],
            sign_from: at(-10),
            sign_until: at(1000),
            verify_until: at(2000),
        };
        let keyset = Keyset {
            version,
            publisher: "Acme".into(),
            root: self.root_record(),
            keys: vec![
                record(issuer, Role::Issuer),
                record(&self.certifier, Role::Certifier),
                record(&self.revoker, Role::Revoker),
                record(&self.time, Role::Time),
            ],
            issued: at(0),
            revocation_sequence,
        };
        seal(&keyset, &[&self.root])
    }

    fn revocation(&self, sequence: u64, keys: Vec<KeyId>, revoked: bool) -> Envelope {
        let containers = if revoked {
            vec![RevokedContainer { container: ContainerId([7; 16]), generation: 1 }]
        } else {
            Vec::new()
        };
        seal(&Revocation { sequence, issued: at(0), keys, containers }, &[&self.revoker])
    }
}

fn identity() -> SeedSigner {
    SeedSigner::ed25519_batch(&[42; 32]).unwrap()
}

fn newborn(publisher: &Publisher) -> Container {
    Container::new(Birth {
        id: ContainerId([7; 16]),
        name: "lab".into(),
        kind: ContainerKind::Server,
        key: identity().public().clone(),
        root: publisher.root_record().pin(),
        keysets: vec![publisher.keyset(1, &publisher.issuer, 0).to_json()],
        keyset_version: 1,
        ratchet: Hash::of(b"first"),
        at: reading(0),
    })
}

fn add(id: &str) -> Op {
    let mut item = Item::new(id, "cad", "2.0".parse().unwrap(), Count::Counted(5));
    item.product = "acme-cad".into();
    Op::Add { item }
}

/// An update that begins with a new container.
fn update(ops: Vec<Op>) -> Update {
    let mut hash = Hash::ZERO;
    let mut numbered = Vec::new();
    for (sequence, op) in (1..).zip(ops) {
        hash = tenure_container::next_hash(&hash, sequence, &op);
        numbered.push(Numbered { sequence, op_id: format!("op-{sequence}"), op });
    }
    Update {
        id: ContainerId([7; 16]),
        generation: 1,
        from_sequence: 0,
        from_hash: Hash::ZERO,
        to_sequence: numbered.len() as u64,
        ops: numbered,
        to_hash: hash,
        issued: at(0),
        expires: None,
        attachments: Attachments::default(),
    }
}

fn offer(
    container: &mut Container,
    envelope: &Envelope,
    now: Reading,
) -> Result<Vec<ContainerEvent>, UpdateRefusal> {
    let trust = container.trust().expect("a container's own papers hold");
    let opened = open_update(trust, envelope, container.rights(now).items, [3; 32])?;
    let events = container.decide_update(&opened, now)?;
    events.iter().for_each(|event| container.apply(event));
    // What was stored leads to the same state again.
    let stored = serde_json::to_vec(container).unwrap();
    assert_eq!(serde_json::from_slice::<Container>(&stored).unwrap(), *container);
    Ok(events)
}

/// Offers each file in turn and shows what came of it.
fn check(container: &mut Container, files: &[(&str, Envelope, Reading)], expected: Expect) {
    let shown = RefCell::new(String::new());
    for (name, envelope, now) in files {
        let before = container.clone();
        let line = match offer(container, envelope, *now) {
            Ok(events) if events.is_empty() => "already applied".into(),
            Ok(events) => events.iter().map(name_of).collect::<Vec<_>>().join(", "),
            Err(refusal) => {
                assert_eq!(*container, before, "a refused update changes nothing");
                format!("{}: {refusal}", refusal.code())
            }
        };
        *shown.borrow_mut() += &format!("{name}: {line}\n");
    }
    expected.assert_eq(&shown.into_inner());
}

fn name_of(event: &ContainerEvent) -> String {
    match event {
        ContainerEvent::Updated { ops, .. } => format!("{} operations", ops.len()),
        ContainerEvent::KeysetAdopted { version, .. } => format!("key list {version}"),
        ContainerEvent::RevocationAdopted { sequence, revoked, .. } => {
            format!("revocation list {sequence}{}", if *revoked { " (revoked)" } else { "" })
        }
        ContainerEvent::TimeAdvanced { .. } => "time".into(),
        ContainerEvent::TimeCorrected { .. } => "time corrected".into(),
        ContainerEvent::ClockBehind { .. } => "clock behind".into(),
        ContainerEvent::ClockRight => "clock right".into(),
        other => other.sentence(),
    }
}

#[test]
fn good_repeated_foreign_tampered_and_late_files() {
    let publisher = Publisher::new();
    let sign = |update: &Update| seal(update, &[&publisher.issuer]);
    let good = update(vec![add("i1"), add("i2")]);
    let mut tampered = sign(&good);
    let text = String::from_utf8(tampered.payload).unwrap().replace("\"count\":5", "\"count\":9");
    tampered.payload = text.into_bytes();
    let out_of_scope = {
        let mut item = Item::new("i9", "cad", "2.0".parse().unwrap(), Count::Uncounted);
        item.product = "other-cad".into();
        update(vec![Op::Add { item }])
    };
    let now = reading(1);
    check(
        &mut newborn(&publisher),
        &[
            ("tampered", tampered, now),
            ("other publisher", seal(&good, &[&hybrid(66)]), now),
            ("signed by the certifier", seal(&good, &[&publisher.certifier]), now),
            ("out of scope", sign(&out_of_scope), now),
            ("other container", sign(&Update { id: ContainerId([8; 16]), ..good.clone() }), now),
            ("other generation", sign(&Update { generation: 2, ..good.clone() }), now),
            ("gap", sign(&Update { from_sequence: 3, ..good.clone() }), now),
            ("expired", sign(&Update { expires: Some(at(0)), ..good.clone() }), now),
            ("signed in the future", sign(&Update { issued: at(1001), ..good.clone() }), now),
            ("key too old", sign(&good), reading(2001)),
            ("not an update", publisher.revocation(1, Vec::new(), false), now),
            ("good", sign(&good), now),
            ("good again", sign(&good), now),
            ("good again, expired", sign(&Update { expires: Some(at(0)), ..good.clone() }), now),
            ("older", sign(&update(vec![add("i1")])), now),
            ("fork", sign(&update(vec![add("i1"), add("i3")])), now),
        ],
        expect![[r#"
            tampered: bad-signature: the signature does not fit the document: it was altered, or signed by somebody else
            other publisher: unknown-key: the document is signed by a key that the key set does not hold; get the publisher's newest key set
            signed by the certifier: wrong-role: a key with the role certifier may not sign a update
            out of scope: out-of-scope: outside the scope of the signing key: key NGYURa_ZCrljxkTTR6Yut7qLN1tHtdvr-Bjer3Lipww is not for product "other-cad"
            other container: wrong-container: the update is for container T-0YA2-TQVD-VPF8, this is T-TXGX-81NF-5956
            other generation: wrong-generation: the update is for generation 2 of this container, which is in generation 1
            gap: gap: the update begins after operation 3, but this container is at 0: an earlier update is missing; send a new context to the publisher, the next update holds everything
            expired: expired: the update had to be applied before 2024-10-04T00:00:00Z; ask the publisher for a new one
            signed in the future: outside-window: outside the signing key's time window: the time of signing is 2027-07-02T00:00:00Z, allowed is 2024-09-24T00:00:00Z to 2027-07-01T00:00:00Z
            key too old: outside-window: outside the signing key's time window: the time of verification is 2030-03-28T00:00:00Z, allowed is any time to 2030-03-27T00:00:00Z
            not an update: wrong-type: this is a revocation list, not an update
            good: time, 2 operations
            good again: already applied
            good again, expired: already applied
            older: already applied
            fork: fork: the update continues another history than this container's (they differ at operation 2): the container or the publisher's records were restored from a copy; send a context to the publisher
        "#]],
    );
}

#[test]
fn new_keys_arrive_with_the_update_they_sign_and_old_ones_go() {
    let publisher = Publisher::new();
    let new_issuer = hybrid(20);
    let with = |mut update: Update, keysets: Vec<Envelope>, revocation: Option<Envelope>| {
        update.attachments = Attachments {
            keysets: keysets.iter().map(Envelope::to_json).collect(),
            revocation: revocation.as_ref().map(Envelope::to_json),
            time: None,
            pool: None,
        };
        update
    };
    let first = update(vec![add("i1")]);
    let second = update(vec![add("i1"), add("i2")]);
    let rotated = publisher.keyset(2, &new_issuer, 0);
    let revoked = publisher.revocation(1, vec![publisher.issuer.public().id()], false);
    let now = reading(1);
    let mut container = newborn(&publisher);
    check(
        &mut container,
        &[
            ("by an unknown key", seal(&second, &[&new_issuer]), now),
            ("first", seal(&first, &[&publisher.issuer]), now),
            (
                "with the new key list",
                seal(&with(second.clone(), vec![rotated.clone()], None), &[&new_issuer]),
                now,
            ),
            (
                "the same again",
                seal(&with(second.clone(), vec![rotated.clone()], None), &[&new_issuer]),
                now,
            ),
            ("the first again, its key is gone", seal(&first, &[&publisher.issuer]), now),
            (
                "an attachment of another publisher",
                seal(
                    &with(
                        second.clone(),
                        vec![Publisher { root: hybrid(90), ..Publisher::new() }.keyset(
                            3,
                            &new_issuer,
                            0,
                        )],
                        None,
                    ),
                    &[&new_issuer],
                ),
                now,
            ),
            (
                "only a revocation list",
                seal(&with(second.clone(), Vec::new(), Some(revoked.clone())), &[&new_issuer]),
                now,
            ),
            (
                "an older revocation list is passed over",
                seal(&with(second.clone(), Vec::new(), Some(revoked)), &[&new_issuer]),
                now,
            ),
        ],
        expect![[r#"
            by an unknown key: unknown-key: the document is signed by a key that the key set does not hold; get the publisher's newest key set
            first: time, 1 operations
            with the new key list: key list 2, 1 operations
            the same again: already applied
            the first again, its key is gone: unknown-key: the document is signed by a key that the key set does not hold; get the publisher's newest key set
            an attachment of another publisher: below-threshold: 0 of the 1 needed root keys signed
            only a revocation list: revocation list 1
            an older revocation list is passed over: already applied
        "#]],
    );
    assert_eq!((container.keyset_version(), container.revocation_sequence()), (2, 1));
}

#[test]
fn a_revocation_list_outlives_the_key_that_signed_it() {
    let publisher = Publisher::new();
    let mut container = newborn(&publisher);
    let mut first = update(vec![add("i1")]);
    first.attachments.revocation = Some(publisher.revocation(1, Vec::new(), true).to_json());
    offer(&mut container, &seal(&first, &[&publisher.issuer]), reading(1)).unwrap();
    let later = Publisher { revoker: hybrid(30), ..Publisher::new() };
    let mut second = update(vec![add("i1"), add("i2")]);
    second.attachments.keysets = vec![later.keyset(2, &later.issuer, 0).to_json()];
    offer(&mut container, &seal(&second, &[&publisher.issuer]), reading(2)).unwrap();
    let trust = container.trust().unwrap();
    assert!(container.is_revoked() && trust.is_revoked_container(container.id(), 1));
}

#[test]
fn a_revoked_key_and_a_revoked_container() {
    let publisher = Publisher::new();
    let with = |revocation: Envelope| {
        let mut update = update(vec![add("i1")]);
        update.attachments.revocation = Some(revocation.to_json());
        seal(&update, &[&publisher.issuer])
    };
    let now = reading(1);
    let mut container = newborn(&publisher);
    check(
        &mut container,
        &[
            (
                "revokes its own key",
                with(publisher.revocation(1, vec![publisher.issuer.public().id()], false)),
                now,
            ),
            ("revokes the container", with(publisher.revocation(1, Vec::new(), true)), now),
        ],
        expect![[r#"
            revokes its own key: revoked-key: key NGYURa_ZCrljxkTTR6Yut7qLN1tHtdvr-Bjer3Lipww was revoked; ask the publisher for a newly signed document
            revokes the container: revocation list 1 (revoked), time, 1 operations
        "#]],
    );
    assert!(container.is_revoked());
}

#[test]
fn certificates_must_be_the_containers_own() {
    let publisher = Publisher::new();
    let certify = |container: ContainerId, key: SeedSigner| {
        let certificate = Certificate {
            container,
            generation: 1,
            name: "lab".into(),
            kind: ContainerKind::Server,
            key: key.public().clone(),
            uses: vec!["lease".into(), "context".into()],
            not_before: at(0),
            not_after: None,
            sequence: 1,
            account: None,
            binding: None,
        };
        Op::Certify { certificate: seal(&certificate, &[&publisher.certifier]).to_json() }
    };
    let other_key = SeedSigner::ed25519_batch(&[43; 32]).unwrap();
    let sign = |ops: Vec<Op>| seal(&update(ops), &[&publisher.issuer]);
    let id = ContainerId([7; 16]);
    let now = reading(1);
    let mut container = newborn(&publisher);
    let rubbish = Op::Certify { certificate: "{}".into() };
    check(
        &mut container,
        &[
            ("other key", sign(vec![certify(id, other_key)]), now),
            ("other container", sign(vec![certify(ContainerId([8; 16]), identity())]), now),
            ("rubbish", sign(vec![rubbish.clone()]), now),
            (
                "own, after rubbish that it replaces",
                sign(vec![rubbish, certify(id, identity())]),
                now,
            ),
        ],
        expect![[r#"
            other key: bad-certificate: the certificate in the update can't be used: it is for another container or key; ask the publisher for a new update
            other container: bad-certificate: the certificate in the update can't be used: it is for another container or key; ask the publisher for a new update
            rubbish: bad-certificate: the certificate in the update can't be used: this is not a Tenure document: missing field `payloadType` at line 1 column 2; get the file again from its sender; ask the publisher for a new update
            own, after rubbish that it replaces: time, 2 operations
        "#]],
    );
    assert!(container.certificate().is_some_and(|text| text.contains("certificate")));
}

#[test]
fn a_signed_time_for_this_container_turns_a_wrong_clock_back_once() {
    let publisher = Publisher::new();
    let mut container = newborn(&publisher);
    // The clock stood two thousand days ahead: the publisher's keys would not hold any more.
    let ahead = reading(2500);
    for event in container.decide_time(ahead) {
        container.apply(&event);
    }
    let with_time = |container: &Container, ops: Vec<Op>, days: i64| {
        let statement = TimeStatement {
            container: container.id(),
            nonce: container.context(at(0), |_| 0).nonce,
            time: at(days),
        };
        let mut update = update(ops);
        update.issued = at(days);
        update.attachments.time = Some(seal(&statement, &[&publisher.time]).to_json());
        seal(&update, &[&publisher.issuer])
    };
    let first = with_time(&container, vec![add("i1")], 3);
    check(
        &mut container,
        &[
            ("without", seal(&update(vec![add("i1")]), &[&publisher.issuer]), ahead),
            ("with", first.clone(), ahead),
            ("again: its nonce is used up", first, ahead),
        ],
        expect![[r#"
            without: outside-window: outside the signing key's time window: the time of verification is 2031-08-09T00:00:00Z, allowed is any time to 2030-03-27T00:00:00Z
            with: time corrected, 1 operations
            again: its nonce is used up: already applied
        "#]],
    );
    assert_eq!(container.clock().high_water(), at(3));
    let foreign = {
        let mut other = newborn(&publisher);
        let first = seal(&update(vec![add("i1")]), &[&publisher.issuer]);
        offer(&mut other, &first, reading(1)).unwrap();
        with_time(&other, vec![add("i1"), add("i2")], 4)
    };
    check(
        &mut container,
        &[("a time for another nonce does not count", foreign, reading(5))],
        expect![[r#"
            a time for another nonce does not count: time, 1 operations
        "#]],
    );
}

#[test]
fn context_and_receipt_tell_the_state() {
    let publisher = Publisher::new();
    let mut container = newborn(&publisher);
    let before = container.context(at(1), |_| 0);
    let withdraw = |item_id: &str| Op::Withdraw { item_id: item_id.into(), count: Some(2) };
    let ops = vec![add("i1"), withdraw("i1"), withdraw("i2")];
    offer(&mut container, &seal(&update(ops), &[&publisher.issuer]), reading(1)).unwrap();
    let after = container.context(at(2), |item| u64::from(item.id == "i1") * 3);
    assert_ne!((before.nonce, before.ratchet), (after.nonce.clone(), after.ratchet));
    let receipt = container.receipt(at(2));
    assert_eq!((receipt.results.len(), &receipt.nonce), (3, &after.nonce));
    expect![[r#"
        [
          [
            {
              "id": "i1",
              "feature": "cad",
              "version": "2.0",
              "count": 3,
              "consumed": 3
            }
          ],
          [
            {
              "sequence": 1,
              "op_id": "op-1",
              "result": "applied"
            },
            {
              "sequence": 2,
              "op_id": "op-2",
              "result": "applied"
            },
            {
              "sequence": 3,
              "op_id": "op-3",
              "result": "no-effect"
            }
          ]
        ]"#]]
    .assert_eq(&serde_json::to_string_pretty(&(&after.items, &after.pending)).unwrap());
    assert_eq!(Update::TYPE, "application/vnd.tenure.update.v1+json");
}
