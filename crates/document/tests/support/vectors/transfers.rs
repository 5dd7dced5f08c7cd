//! Transfers between containers: the four documents under their signers' certificates, and where an item came from.
//!
//! Invariants: as everywhere here, results are written by hand. Deliberately not here: what a container makes of a
//! transfer whose documents are right (its open nonces, the item's policy).

use super::publisher::{Publisher, now, server_key};
use super::publisher_signed::update;
use super::{Book, keyset_step, pin_step};
use serde_json::{Value, json};
use tenure_document::{
    Bytes, Certificate, ContainerId, ContainerKind, Count, Envelope, Hash, Item, Moves, Numbered,
    Op, Payload, SeedSigner, Transfer, TransferReceipt, TransferRefusal, TransferRequest, Update,
    seal,
};

const TRANSFERS: &str = "transfers";
const PROVENANCE: &str = "provenance";
const AT: &str = "2026-11-22T00:00:00Z";

/// Containers 7 (which the update is for) and others, each with a key of its own.
fn signer(number: u8) -> SeedSigner {
    server_key(number + 60)
}

fn certificate(p: &Publisher, number: u8) -> Certificate {
    let uses = ["transfer-request", "transfer", "transfer-receipt", "transfer-refusal"];
    Certificate {
        kind: ContainerKind::Bound,
        name: format!("device {number}"),
        uses: uses.map(str::to_owned).to_vec(),
        ..p.certificate(ContainerId([number; 16]), &signer(number))
    }
}

fn certified(p: &Publisher, number: u8) -> String {
    p.seal_certificate(&certificate(p, number)).to_json()
}

fn item(count: u32) -> Item {
    let moves = Some(Moves { times: Some(3), ..Moves::default() });
    let Op::Add { item } = update().ops.remove(0).op else { unreachable!("it adds an item") };
    Item { count: Count::Counted(count), moves, ..item }
}

/// The update that brings an item to container 7.
fn origin(item: Item) -> Update {
    let ops = vec![Numbered { sequence: 1, op_id: "op-1".into(), op: Op::Add { item } }];
    Update { ops, ..update() }
}

/// One step, without what came before it.
fn step(p: &Publisher, from: u8, to: u8, item: Item) -> Transfer {
    Transfer {
        source: ContainerId([from; 16]),
        generation: 1,
        certificate: certified(p, from),
        sequence: 1,
        target: ContainerId([to; 16]),
        nonce: Bytes(vec![to; 16]),
        item,
        provenance: Vec::new(),
        at: now(),
    }
}

/// The last of some steps as it travels: with the update and every step, itself included.
fn carried(update: &Envelope, steps: &[(u8, Transfer)]) -> Envelope {
    let sealed = steps.iter().map(|(by, step)| seal(step, &[&signer(*by)]).to_json());
    let provenance = std::iter::once(update.to_json()).chain(sealed).collect();
    let (by, last) = steps.last().expect("there is a step");
    seal(&Transfer { provenance, ..last.clone() }, &[&signer(*by)])
}

pub fn write(book: &mut Book) {
    documents(book);
    provenance(book);
}

fn documents(book: &mut Book) {
    let p = Publisher::new(0);
    let begin = [pin_step(&p), keyset_step(&book.sealed("keyset-standard", &p.keyset_envelope()))];
    let by = |name: &str, document: &str| json!({ "do": "verify-by", "type": name, "document": document, "at": AT });
    let target = ContainerId([8; 16]);
    let (nonce, transfer) = (Bytes(vec![8; 16]), Hash::of(b"transfer"));
    let request = TransferRequest {
        target,
        generation: 1,
        certificate: certified(&p, 8),
        nonce: nonce.clone(),
        item_id: "i1".into(),
        count: 2,
        at: now(),
    };
    let receipt =
        TransferReceipt { target, generation: 1, nonce: nonce.clone(), transfer, at: now() };
    let refusal = TransferRefusal {
        target,
        generation: 1,
        nonce,
        reason: "not wanted".into(),
        transfer: Some(transfer),
        at: now(),
    };
    let sent = carried(&p.seal_update(&origin(item(5))), &[(7, step(&p, 7, 8, item(2)))]);
    let all: [(&str, u8, Envelope); 4] = [
        (TransferRequest::NAME, 8, seal(&request, &[&signer(8)])),
        (Transfer::NAME, 7, sent),
        (TransferReceipt::NAME, 8, seal(&receipt, &[&signer(8)])),
        (TransferRefusal::NAME, 8, seal(&refusal, &[&signer(8)])),
    ];
    for (name, number, envelope) in all {
        let document = book.sealed(name, &envelope);
        let mut case = |what: &str, why: &str, under: &Certificate, as_type: &str, result: &str| {
            let held = format!("certificate-{name}-{what}");
            let held = book.sealed(&held, &p.seal_certificate(under));
            let held = json!({ "do": "verify-certificate", "document": held, "at": AT });
            let steps: Vec<Value> = [&begin[..], &[held, by(as_type, &document)]].concat();
            book.vector(TRANSFERS, &format!("{name}-{what}"), why, &steps, result);
        };
        let right = certificate(&p, number);
        let unused = Certificate {
            uses: right.uses.iter().filter(|one| *one != name).cloned().collect(),
            ..right.clone()
        };
        let elsewhere = Certificate { container: ContainerId([9; 16]), ..right.clone() };
        let later = Certificate { generation: 2, ..right.clone() };
        let other_key = Certificate { container: right.container, ..certificate(&p, 9) };
        let as_other = if name == Transfer::NAME { TransferReceipt::NAME } else { Transfer::NAME };
        case("good", "signed by the container that it names", &right, name, "ok");
        case("not-for-this", "`uses` does not name it", &unused, name, "out-of-scope");
        case("other-container", "it names another one", &elsewhere, name, "wrong-container");
        case("other-generation", "it names an earlier one", &later, name, "wrong-container");
        case("other-key", "signed by another key", &other_key, name, "bad-signature");
        case("other-type", "taken for another kind", &right, as_other, "wrong-type");
    }
}

fn provenance(book: &mut Book) {
    let p = Publisher::new(0);
    let begin = [pin_step(&p), keyset_step(&book.sealed("keyset-standard", &p.keyset_envelope()))];
    let good = p.seal_update(&origin(item(5)));
    let one = |count: u32| (7, step(&p, 7, 8, item(count)));
    let two = |count: u32| (8, step(&p, 8, 9, item(count)));
    let mut case = |name: &str, why: &str, transfer: &Envelope, result: &str| {
        let document = book.sealed(&format!("travelled-{name}"), transfer);
        let open = json!({ "do": "open-transfer", "document": document, "at": AT });
        book.vector(PROVENANCE, name, why, &[&begin[..], &[open]].concat(), result);
    };
    let bare = |provenance: Vec<String>| seal(&Transfer { provenance, ..one(2).1 }, &[&signer(7)]);
    case("one-step", "from the first source", &carried(&good, &[one(2)]), "ok");
    case("two-steps", "through a middle hop", &carried(&good, &[one(2), two(2)]), "ok");
    case("all-of-it", "as much as the update brought", &carried(&good, &[one(5)]), "ok");
    case("nothing", "no documents at all", &bare(vec![]), "bad-provenance");
    case("no-step", "the update alone", &bare(vec![good.to_json()]), "bad-provenance");
    case("too-much", "more than there was", &carried(&good, &[one(6)]), "bad-provenance");
    let grows = carried(&good, &[one(2), two(3)]);
    case("grows", "more than the step before brought", &grows, "bad-provenance");
    let gap = carried(&good, &[two(2)]);
    case("gap", "begins where the update did not lead", &gap, "bad-provenance");
    let crossed = carried(&good, &[two(2), one(2)]);
    case("crossed", "the steps in the wrong order", &crossed, "bad-provenance");
    let later = Transfer { generation: 2, ..one(2).1 };
    let later = carried(&good, &[(7, later)]);
    case("other-generation", "of another generation than the update", &later, "wrong-container");
    let changed = Item { grace_days: 3, ..item(2) };
    let changed = carried(&good, &[(7, step(&p, 7, 8, changed))]);
    case("other-terms", "the item was changed on the way", &changed, "bad-provenance");
    let other = carried(&p.seal_update(&origin(Item { id: "i2".into(), ..item(5) })), &[one(2)]);
    case("other-item", "the update brought another one", &other, "bad-provenance");
    let still = carried(&p.seal_update(&origin(Item { moves: None, ..item(5) })), &[one(2)]);
    case("not-movable", "the update does not let it move", &still, "not-movable");
    let other_end = seal(
        &Transfer {
            provenance: vec![good.to_json(), seal(&one(1).1, &[&signer(7)]).to_json()],
            ..one(2).1
        },
        &[&signer(7)],
    );
    case("other-end", "the last step is another transfer", &other_end, "bad-provenance");
    let nested = Transfer { provenance: vec![good.to_json()], ..one(2).1 };
    let nested = carried(&good, &[(7, nested)]);
    case("nested", "a step brings documents itself", &nested, "bad-provenance");
    let by_nobody = carried(&seal(&origin(item(5)), &[&p.certifier]), &[one(2)]);
    case("update-by-certifier", "only an issuer signs updates", &by_nobody, "wrong-role");
    let forged = carried(&good, &[(9, one(2).1)]);
    case("forged-step", "signed by another container", &forged, "bad-signature");
    let hops: Vec<(u8, Transfer)> =
        (7..16).map(|from| (from, step(&p, from, from + 1, item(2)))).collect();
    case("nine-steps", "at most eight", &carried(&good, &hops), "moved-too-far");
    case("eight-steps", "as many as may be", &carried(&good, &hops[..8]), "ok");
}
