//! Vectors of certificates, of documents signed by containers, and of leases in batches.

use serde_json::{Value, json};
use tenure_document::{
    Batch, Bytes, Certificate, ContainerId, ContainerKind, Context, Envelope, Hash, Holder, HostId,
    HostIdType, Lease, LeaseId, Payload, Receipt, Revocation, RevokedContainer, SeatRange,
    SeedSigner, Signer, Time, Tree, Version, batch_message, entry_hash, leaf_hash,
    lease_payload_bytes, pae, seal,
};

use super::{
    Book, keyset_step, pin_step,
    publisher::{Publisher, ed25519, hybrid, server_key, time},
    reading::receipt,
};

const CERTIFIED: &str = "certified";
const LEASES: &str = "leases";
const AT: &str = "2026-11-22T00:00:00Z";
const SERVER: ContainerId = ContainerId([7; 16]);

/// A lease with everything in it.
pub fn lease(number: u64) -> Lease {
    Lease {
        id: LeaseId(number),
        server: SERVER,
        holder: Holder {
            user: Some("ann".into()),
            ..Holder::of(HostId { kind: HostIdType::String, value: "ws14".into() })
        },
        feature: "cad".into(),
        version: Version::new(2, 0, 0),
        count: 2,
        seats: vec![SeatRange { first: 3, last: 4 }],
        items: vec!["i1".into()],
        issued: time(AT),
        expires: time("2026-11-22T00:15:00Z"),
        renew_after: time("2026-11-22T00:02:15Z"),
        client_key: Some(ed25519(50).public().clone()),
        nonce: Some(Bytes(vec![1; 16])),
        request: Some(Hash::of(b"request")),
        sequence: 1,
        code: "granted".into(),
        borrowed: false,
    }
}

/// One ledger entry with these leases, signed by `signer`.
pub fn batch(leases: &[Lease], signer: &SeedSigner) -> Vec<Envelope> {
    let payloads: Vec<Vec<u8>> = leases.iter().map(lease_payload_bytes).collect();
    let leaves = payloads.iter().map(|payload| leaf_hash(&pae(Lease::TYPE, payload))).collect();
    let tree = Tree::new(leaves);
    let (sequence, at, epoch) = (12, time(AT), 1);
    let (previous, events_hash) = (Hash::of(b"previous entry"), Hash::of(b"events"));
    let entry = entry_hash(sequence, at, epoch, &previous, &events_hash, &tree.root());
    let sig = signer.sign(&batch_message(&entry));
    let envelope = |(index, payload): (u32, Vec<u8>)| {
        let (size, path) = (tree.size(), tree.path(index));
        let batch = Batch { sequence, at, epoch, previous, events_hash, index, size, path };
        Envelope::batched(Lease::TYPE, payload, signer.public().id(), sig.clone(), batch)
    };
    (0..).zip(payloads).map(envelope).collect()
}

/// A container's context with its own key.
pub fn context(key: &SeedSigner) -> Context {
    Context {
        id: SERVER,
        generation: 1,
        sequence: 3,
        history_hash: Hash::of(b"history"),
        name: "server".into(),
        kind: ContainerKind::Server,
        key: key.public().clone(),
        items: vec![],
        ratchet: Hash::of(b"ratchet"),
        pending: vec![],
        transfers: vec![],
        moves: Vec::new(),
        moved: 0,
        binding: None,
        machine: None,
        vouch: None,
        time_high_water: time(AT),
        keyset_version: 1,
        revocation_sequence: 0,
        nonce: Bytes(vec![9; 16]),
        at: time(AT),
    }
}

/// The steps up to a held certificate.
fn base(book: &mut Book, name: &str, change: impl FnOnce(&mut Certificate)) -> Vec<Value> {
    let p = Publisher::new(0);
    let mut certificate = p.certificate(SERVER, &server_key(9));
    change(&mut certificate);
    let sealed = book.sealed(&format!("certificate-{name}"), &p.seal_certificate(&certificate));
    let keyset = book.sealed("keyset-standard", &p.keyset_envelope());
    vec![pin_step(&p), keyset_step(&keyset), certificate_step(&sealed, AT)]
}

fn certificate_step(document: &str, at: &str) -> Value {
    json!({ "do": "verify-certificate", "document": document, "at": at })
}

fn by_step(name: &str, document: &str, at: &str) -> Value {
    json!({ "do": "verify-by", "type": name, "document": document, "at": at })
}

pub fn write(book: &mut Book) {
    certificates(book);
    containers(book);
    contexts(book);
    batches(book);
    forms(book);
    expectations(book);
}

fn certificates(book: &mut Book) {
    let end = |c: &mut Certificate| c.not_after = Some(time("2026-12-01T00:00:00Z"));
    let steps = base(book, "standard", |_| {});
    book.vector(CERTIFIED, "certificate", "a certificate as it must be", &steps, "ok");
    let mut late = base(book, "ends", end);
    late[2]["at"] = json!("2026-12-01T00:00:00.001Z");
    book.vector(CERTIFIED, "certificate-over", "verified after its end", &late, "outside-window");
    let steps = base(book, "hybrid", |c| c.key = hybrid(9).public().clone());
    book.vector(
        CERTIFIED,
        "certificate-hybrid",
        "containers sign with Ed25519",
        &steps,
        "wrong-algorithm",
    );
    let sealed =
        |key: &SeedSigner| seal(&Publisher::new(0).certificate(SERVER, &server_key(9)), &[key]);
    let standard = base(book, "standard", |_| {});
    for (name, why, key, result) in [
        ("certificate-by-issuer", "only a certifier signs certificates", hybrid(4), "wrong-role"),
        ("certificate-by-itself", "a server cannot certify itself", server_key(9), "unknown-key"),
        ("certificate-by-root", "root keys sign key sets only", hybrid(1), "unknown-key"),
    ] {
        let document = book.sealed(name, &sealed(&key));
        let steps = [&standard[..2], &[certificate_step(&document, AT)]].concat();
        book.vector(CERTIFIED, name, why, &steps, result);
    }
    let p = Publisher::new(0);
    for (generation, result) in [(0, "ok"), (1, "revoked-container"), (2, "revoked-container")] {
        let entry = RevokedContainer { container: SERVER, generation };
        let list =
            Revocation { sequence: 1, issued: time(AT), keys: vec![], containers: vec![entry] };
        let name = format!("revokes-container-{generation}");
        let document = book.sealed(&name, &p.seal_revocation(&list));
        let adopt = json!({ "do": "adopt-revocation", "document": document, "at": AT });
        let steps = [&standard[..2], &[adopt.clone(), standard[2].clone()]].concat();
        let why = "a list revokes a container up to and including a generation";
        book.vector(CERTIFIED, &name, why, &steps, result);
        let receipt = book.sealed("receipt-good", &seal(&receipt(), &[&server_key(9)]));
        let steps = [&standard[..], &[adopt, by_step("receipt", &receipt, AT)]].concat();
        book.vector(
            CERTIFIED,
            &format!("{name}-later"),
            "a list adopted after the certificate",
            &steps,
            result,
        );
    }
}

fn containers(book: &mut Book) {
    let mut case =
        |name: &str, why: &str, base: &[Value], r: &Receipt, key: &SeedSigner, result: &str| {
            let document = book.sealed(&format!("receipt-{name}"), &seal(r, &[key]));
            let steps = [base, &[by_step("receipt", &document, AT)]].concat();
            book.vector(CERTIFIED, &format!("receipt-{name}"), why, &steps, result);
        };
    let key = server_key(9);
    let mut own = Book::default();
    let standard = base(&mut own, "standard", |_| {});
    let good = receipt();
    case("good", "a receipt as it must be", &standard, &good, &key, "ok");
    case(
        "other-key",
        "signed by another container's key",
        &standard,
        &good,
        &server_key(10),
        "bad-signature",
    );
    let other = Receipt { id: ContainerId([8; 16]), ..good.clone() };
    case(
        "other-container",
        "it speaks for another container",
        &standard,
        &other,
        &key,
        "wrong-container",
    );
    let other = Receipt { generation: 2, ..good.clone() };
    case(
        "other-generation",
        "it speaks for another generation",
        &standard,
        &other,
        &key,
        "wrong-container",
    );
    let early = Receipt { at: time("2025-12-31T23:59:59Z"), ..good.clone() };
    case(
        "too-early",
        "signed before the certificate begins",
        &standard,
        &early,
        &key,
        "outside-window",
    );
    let uses = base(&mut own, "no-receipts", |c| c.uses = vec!["lease".into()]);
    case("not-in-uses", "the certificate is for leases only", &uses, &good, &key, "out-of-scope");
    let ends = base(&mut own, "ends-before", |c| c.not_after = Some(time("2026-11-22T00:00:00Z")));
    case("at-the-end", "signed and verified at the certificate's end", &ends, &good, &key, "ok");
    let late = Receipt { at: time("2026-11-22T00:00:00.001Z"), ..good };
    case("too-late", "signed after the certificate's end", &ends, &late, &key, "outside-window");
    for name in ["no-receipts", "ends-before"] {
        let document = format!("certificate-{name}");
        let text = own.documents[&document].as_str().expect("a text").to_owned();
        book.document(&document, text);
    }
}

fn contexts(book: &mut Book) {
    let key = server_key(9);
    let good = seal(&context(&key), &[&key]);
    let mut case = |name: &str, why: &str, sealed: &Envelope, result: &str| {
        let document = book.sealed(name, sealed);
        let step = json!({ "do": "verify-context", "document": document });
        book.vector(CERTIFIED, name, why, &[step], result);
    };
    case("context-good", "signed by the key it carries", &good, "ok");
    let other = seal(&context(&key), &[&server_key(10)]);
    case("context-other-key", "signed by another key", &other, "bad-signature");
    let mut altered = good.clone();
    let text = String::from_utf8(altered.payload).expect("JSON is UTF-8");
    altered.payload = text.replacen("\"sequence\":3", "\"sequence\":2", 1).into_bytes();
    case("context-altered", "altered after signing", &altered, "bad-signature");
    let strong = hybrid(9);
    let sealed = seal(&context(&strong), &[&strong]);
    case("context-hybrid", "containers sign with Ed25519", &sealed, "wrong-algorithm");
    let sealed = seal(&receipt(), &[&key]);
    case("context-not", "a receipt", &sealed, "wrong-type");
}

/// A vector of one lease under the standard certificate.
fn one(book: &mut Book, name: &str, why: &str, sealed: &Envelope, result: &str) {
    let base = base(book, "standard", |_| {});
    let document = book.sealed(&format!("lease-{name}"), sealed);
    let steps = [&base[..], &[by_step("lease", &document, AT)]].concat();
    book.vector(LEASES, name, why, &steps, result);
}

fn batches(book: &mut Book) {
    let key = server_key(9);
    let alone = batch(&[lease(1)], &key);
    one(book, "alone", "the only document of its entry", &alone[0], "ok");
    let five = batch(&[1, 2, 3, 4, 5].map(lease), &key);
    for (index, sealed) in five.iter().enumerate() {
        one(book, &format!("{index}-of-5"), "any document of an entry", sealed, "ok");
    }
    let mut bad = |name: &str, why: &str, change: &dyn Fn(&mut Batch), result: &str| {
        let mut sealed = five[1].clone();
        change(sealed.signatures[0].batch.as_mut().expect("it is in a batch"));
        one(book, name, why, &sealed, result);
    };
    bad("index-swapped", "the index of its neighbor", &|b| b.index = 0, "bad-signature");
    bad("index-far", "an index with a shorter path", &|b| b.index = 4, "bad-path");
    bad("index-behind", "an index that is not below the size", &|b| b.index = 5, "bad-path");
    bad("size-zero", "an entry without documents", &|b| b.size = 0, "bad-path");
    bad("size-smaller", "a size with a shorter path", &|b| b.size = 2, "bad-path");
    bad("size-larger", "a size with a longer path", &|b| b.size = 9, "bad-path");
    bad("size-alike", "another size with the same path length", &|b| b.size = 6, "ok");
    bad("path-flipped", "a bit of the path", &|b| b.path[0].0[0] ^= 1, "bad-signature");
    bad("path-swapped", "the path in another order", &|b| b.path.swap(0, 1), "bad-signature");
    bad("path-short", "a hash is missing", &|b| b.path.truncate(2), "bad-path");
    bad("path-empty", "no path", &|b| b.path.clear(), "bad-path");
    bad("path-long", "a hash too many", &|b| b.path.push(Hash::ZERO), "bad-path");
    bad("sequence", "another sequence", &|b| b.sequence += 1, "bad-signature");
    bad(
        "time",
        "another time",
        &|b| b.at = Time::from_millis(b.at.as_millis() + 1),
        "bad-signature",
    );
    bad("epoch", "another epoch", &|b| b.epoch += 1, "bad-signature");
    bad("previous", "another head", &|b| b.previous.0[0] ^= 1, "bad-signature");
    bad("events", "other events", &|b| b.events_hash.0[0] ^= 1, "bad-signature");
    let mut other = five[1].clone();
    other.payload = five[2].payload.clone();
    one(
        book,
        "payload-of-another",
        "the payload of another lease of the entry",
        &other,
        "bad-signature",
    );
    let mut other = five[1].clone();
    other.signatures[0].sig[40] ^= 1;
    one(book, "signature-flipped", "a bit of the signature", &other, "bad-signature");
    let foreign = batch(&[lease(1)], &server_key(10));
    one(book, "other-server-key", "signed by another server", &foreign[0], "bad-signature");
    let mut more = five[1].clone();
    more.payload.push(b' ');
    one(book, "one-space-more", "the same JSON with one space more", &more, "bad-signature");
}

fn forms(book: &mut Book) {
    let key = server_key(9);
    let plain = seal(&lease(1), &[&key]);
    one(book, "plain", "a lease of a server must be in an entry", &plain, "wrong-algorithm");
    let moved = Lease { server: ContainerId([8; 16]), ..lease(1) };
    let moved = &batch(&[moved], &key)[0];
    one(book, "other-server", "it speaks for another server", moved, "wrong-server");
    let early = Lease { issued: time("2025-01-01T00:00:00Z"), ..lease(1) };
    one(
        book,
        "too-early",
        "granted before the certificate begins",
        &batch(&[early], &key)[0],
        "outside-window",
    );
    let mut retyped = batch(&[lease(1)], &key)[0].clone();
    retyped.payload_type = Receipt::TYPE.into();
    one(book, "retyped", "the type was changed after signing", &retyped, "wrong-algorithm");
    let single = ed25519(9);
    let base = base(book, "plain-key", |c| c.key = single.public().clone());
    let document = book.sealed("lease-batch-of-plain-key", &batch(&[lease(1)], &single)[0]);
    let steps = [&base[..], &[by_step("lease", &document, AT)]].concat();
    book.vector(
        LEASES,
        "batch-of-plain-key",
        "the record says ed25519, not ed25519-batch",
        &steps,
        "wrong-algorithm",
    );
    let document = book.sealed("lease-of-plain-key", &seal(&lease(1), &[&single]));
    let steps = [&base[..], &[by_step("lease", &document, AT)]].concat();
    book.vector(LEASES, "plain-of-plain-key", "a plain lease of a plain key", &steps, "ok");

    // The key that certified the server is revoked: its certificates count no more.
    let p = Publisher::new(0);
    let list = Revocation {
        sequence: 1,
        issued: time(AT),
        keys: vec![p.certifier.public().id()],
        containers: vec![],
    };
    let list = book.sealed("revokes-certifier", &p.seal_revocation(&list));
    let standard = self::base(book, "standard", |_| {});
    let adopt = json!({ "do": "adopt-revocation", "document": list, "at": AT });
    let steps = [&standard[..], &[adopt, by_step("lease", "lease-alone", AT)]].concat();
    book.vector(
        LEASES,
        "certifier-revoked",
        "the certificate's signer was revoked",
        &steps,
        "revoked-key",
    );
    let over = self::base(book, "ends", |c| c.not_after = Some(time("2026-12-01T00:00:00Z")));
    let steps = [&over[..], &[by_step("lease", "lease-alone", "2026-12-02T00:00:00Z")]].concat();
    book.vector(
        LEASES,
        "certificate-over",
        "the certificate ended since",
        &steps,
        "outside-window",
    );
}

fn expectations(book: &mut Book) {
    let base = base(book, "standard", |_| {});
    let key = server_key(9);
    let bare = Lease { nonce: None, request: None, client_key: None, ..lease(1) };
    let bare = book.sealed("lease-bare", &batch(&[bare], &key)[0]);
    let good = json!({
        "do": "verify-lease",
        "document": "lease-alone",
        "at": AT,
        "server": SERVER.to_string(),
        "nonce": Bytes(vec![1; 16]).to_string(),
        "request": Hash::of(b"request").to_string(),
        "client_key": ed25519(50).public().id().to_string(),
    });
    let mut case = |name: &str, why: &str, member: &str, value: Value, result: &str| {
        let mut step = good.clone();
        step[member] = value;
        let steps = [&base[..], &[step]].concat();
        book.vector(LEASES, name, why, &steps, result);
    };
    case("answers", "it answers the request", "at", json!(AT), "ok");
    let other = ContainerId([8; 16]).to_string();
    case("asked-another", "another server was asked", "server", json!(other), "wrong-server");
    let other = Bytes(vec![2; 16]).to_string();
    case("other-nonce", "the nonce of another request", "nonce", json!(other), "wrong-nonce");
    let other = Hash::of(b"another").to_string();
    case("other-request", "the hash of another request", "request", json!(other), "wrong-request");
    let other = ed25519(51).public().id().to_string();
    case(
        "other-client",
        "bound to another client's key",
        "client_key",
        json!(other),
        "wrong-client-key",
    );
    let mut missing = |name: &str, why: &str, member: &str, result: &str| {
        let mut step = json!({ "do": "verify-lease", "document": bare, "at": AT });
        if !member.is_empty() {
            step[member] = good[member].clone();
        }
        let steps = [&base[..], &[step]].concat();
        book.vector(LEASES, name, why, &steps, result);
    };
    missing("nothing-expected", "what was not sent is not checked", "", "ok");
    missing("no-nonce", "the nonce does not come back", "nonce", "wrong-nonce");
    missing("no-request", "the hash of the request does not come back", "request", "wrong-request");
    missing("no-client-key", "the client's key is not named", "client_key", "wrong-client-key");
}
