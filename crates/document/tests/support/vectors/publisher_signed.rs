//! Vectors of documents signed by publisher keys: signature, type, role, scope, window.

use serde_json::{Value, json};
use tenure_document::{
    Attachments, Bytes, Certificate, ContainerId, Count, Envelope, Hash, HostCheck,
    HostEnforcement, HostKey, Item, KeyRecord, Numbered, OfflinePolicy, Op, Payload, Pool,
    Revocation, Role, SeedSigner, Signature, Signer, TimeStatement, Update, Version, payload_bytes,
    seal,
};

use super::{
    Book, keyset_step, pin_step,
    publisher::{Publisher, ed25519, hybrid, now, record, server_key, time},
    seal_bytes, verify_step,
};

const FILE: &str = "publisher";

/// An update with one operation for container 7.
pub fn update() -> Update {
    let item = Item {
        product: "cad-suite".into(),
        ..Item::new("i1", "cad", Version::new(2, 0, 0), Count::Counted(5))
    };
    Update {
        id: ContainerId([7; 16]),
        generation: 1,
        from_sequence: 0,
        from_hash: Hash::ZERO,
        ops: vec![Numbered { sequence: 1, op_id: "op-1".into(), op: Op::Add { item } }],
        to_sequence: 1,
        to_hash: Hash::of(b"history"),
        issued: time("2026-11-21T00:00:00Z"),
        expires: None,
        attachments: Attachments::default(),
    }
}

/// A check service's answer.
pub fn host_check() -> HostCheck {
    HostCheck {
        key: "k1".into(),
        host: "example.com".parse().expect("a host"),
        valid: false,
        reason: Some("revoked".into()),
        nonce: Bytes(vec![1; 16]),
        at: time("2026-11-21T00:00:00Z"),
        user_id: None,
        users_counted: None,
        users_allowed: None,
        next_check: None,
    }
}

/// A key for a host.
pub fn host_key() -> HostKey {
    HostKey {
        id: "k1".into(),
        host: "example.com".parse().expect("a host"),
        product: "cad-suite".into(),
        users: 5,
        issued: time("2026-11-21T00:00:00Z"),
        expires: None,
        offline: OfflinePolicy::Grace(14),
        not_before: None,
        group: None,
        window_days: None,
        enforcement: HostEnforcement::default(),
        check_url: None,
    }
}

/// One document of each type that publisher keys sign.
fn documents(signer: &dyn Signer) -> Vec<(&'static str, Envelope)> {
    let server = ContainerId([7; 16]);
    let issued = time("2026-11-21T00:00:00Z");
    let (nonce, at) = (Bytes(vec![1; 16]), issued);
    let pool = Pool {
        server,
        sequence: 1,
        previous: Hash::ZERO,
        items: vec![],
        issued,
        valid_until: None,
        basis: None,
    };
    let certificate = Publisher::new(0).certificate(server, &server_key(9));
    let revocation = Revocation { sequence: 1, issued, keys: vec![], containers: vec![] };
    let statement = TimeStatement { container: server, nonce, time: at };
    vec![
        (Update::NAME, seal(&update(), &[signer])),
        (Pool::NAME, seal(&pool, &[signer])),
        (HostKey::NAME, seal(&host_key(), &[signer])),
        (HostCheck::NAME, seal(&host_check(), &[signer])),
        (Certificate::NAME, seal(&certificate, &[signer])),
        (Revocation::NAME, seal(&revocation, &[signer])),
        (TimeStatement::NAME, seal(&statement, &[signer])),
    ]
}

/// A base with one more key in the key set; returns the first steps.
fn base(book: &mut Book, name: &str, change: impl FnOnce(&mut Vec<KeyRecord>)) -> Vec<Value> {
    let publisher = Publisher::new(0);
    let mut keyset = publisher.keyset.clone();
    change(&mut keyset.keys);
    let document = book.sealed(&format!("keyset-{name}"), &publisher.seal_keyset(&keyset));
    vec![pin_step(&publisher), keyset_step(&document)]
}

fn add(book: &mut Book, base: &[Value], name: &str, why: &str, sealed: &Envelope, result: &str) {
    let document = book.sealed(&format!("update-{name}"), sealed);
    let steps = [base, &[verify_step("update", &document)]].concat();
    book.vector(FILE, name, why, &steps, result);
}

pub fn write(book: &mut Book) {
    let plain = base(book, "standard", |_| {});
    signatures(book, &plain);
    types_and_roles(book);
    scopes(book);
    windows(book);
}

fn signatures(book: &mut Book, base: &[Value]) {
    let publisher = Publisher::new(0);
    let good = publisher.seal_update(&update());
    let mut add = |name: &str, why: &str, change: &dyn Fn(&mut Envelope), result: &str| {
        let mut envelope = good.clone();
        change(&mut envelope);
        add(book, base, name, why, &envelope, result);
    };
    let sig = |e: &Envelope| e.signatures[0].sig.clone();
    let message = good.pae();
    let foreign = hybrid(100);
    let extra = |signature: Vec<u8>| Signature { keyid: None, sig: signature, batch: None };
    add("good", "an update as it must be", &|_| {}, "ok");
    add("no-hint", "the key hint is missing", &|e| e.signatures[0].keyid = None, "ok");
    let other = publisher.revoker.public().id().to_string();
    let lying = |e: &mut Envelope| e.signatures[0].keyid = Some(other.clone());
    add("wrong-hint", "the hint names another key: a hint decides nothing", &lying, "ok");
    let more = |e: &mut Envelope| e.signatures.insert(0, extra(foreign.sign(&message)));
    add("foreign-signature-too", "a signature of an unknown key stands first", &more, "ok");
    let garbage = |e: &mut Envelope| e.signatures.insert(0, extra(vec![1, 2, 3]));
    add("garbage-signature-too", "a signature of three bytes stands first", &garbage, "ok");

    let flip = |e: &mut Envelope| *e.payload.last_mut().expect("not empty") ^= 1;
    add("altered-last-byte", "the last bit of the payload is flipped", &flip, "bad-signature");
    let spaced = |e: &mut Envelope| e.payload.push(b' ');
    add("one-space-more", "the same JSON with one space more", &spaced, "bad-signature");
    let sorted = |e: &mut Envelope| {
        let value: Value = serde_json::from_slice(&e.payload).expect("it is JSON");
        e.payload = serde_json::to_vec(&value).expect("it is JSON");
    };
    add("written-anew", "the same JSON with members in another order", &sorted, "bad-signature");
    let retyped = |e: &mut Envelope| e.payload_type = TimeStatement::TYPE.into();
    add("retyped", "the type was changed after signing", &retyped, "bad-signature");
    let flip = |e: &mut Envelope| e.signatures[0].sig[10] ^= 1;
    add("first-half-flipped", "a bit of the Ed25519 half is flipped", &flip, "bad-signature");
    let flip = |e: &mut Envelope| e.signatures[0].sig[1000] ^= 1;
    add("second-half-flipped", "a bit of the ML-DSA-65 half is flipped", &flip, "bad-signature");
    let cut = |e: &mut Envelope| e.signatures[0].sig.truncate(64);
    add("only-ed25519", "the ML-DSA-65 half is missing", &cut, "bad-signature");
    let cut = |e: &mut Envelope| drop(e.signatures[0].sig.drain(..64));
    add("only-ml-dsa", "the Ed25519 half is missing", &cut, "bad-signature");
    let turned = |e: &mut Envelope| e.signatures[0].sig.rotate_left(64);
    add("halves-swapped", "the halves are in the wrong order", &turned, "bad-signature");
    let mixed = |e: &mut Envelope| {
        let other = publisher.certifier.sign(&message);
        e.signatures[0].sig = [&sig(e)[..64], &other[64..]].concat();
    };
    add("halves-of-two-keys", "each half is right, of different keys", &mixed, "bad-signature");
    let split = |e: &mut Envelope| {
        let whole = sig(e);
        e.signatures[0].sig = whole[..64].to_vec();
        e.signatures.push(extra(whole[64..].to_vec()));
    };
    add("halves-apart", "the halves stand in two signatures", &split, "bad-signature");
    add("longer", "one byte more", &|e| e.signatures[0].sig.push(0), "bad-signature");
    add("empty-signature", "no bytes", &|e| e.signatures[0].sig.clear(), "bad-signature");
    // The same Ed25519 seed as the issuer's, but used as an Ed25519 key of its own.
    let single = |e: &mut Envelope| e.signatures = seal(&update(), &[&ed25519(4)]).signatures;
    add(
        "plain-key-of-the-same-seed",
        "an Ed25519 signature where the record says hybrid",
        &single,
        "unknown-key",
    );
    let foreign_only = |e: &mut Envelope| e.signatures = seal(&update(), &[&foreign]).signatures;
    add("unknown-key", "signed by a key the key set does not hold", &foreign_only, "unknown-key");
    let hidden = |e: &mut Envelope| e.signatures = vec![extra(foreign.sign(&message))];
    add("unknown-key-no-hint", "the same without a hint", &hidden, "bad-signature");
    let root = |e: &mut Envelope| e.signatures = seal(&update(), &[&publisher.root[0]]).signatures;
    add("signed-by-root", "root keys sign key sets only", &root, "unknown-key");
    let doc = book.sealed("update-good", &good);
    let step = verify_step("update", &doc);
    book.vector(
        FILE,
        "no-keyset",
        "nothing adopted yet",
        &[pin_step(&publisher), step],
        "no-keyset",
    );
}

fn types_and_roles(book: &mut Book) {
    // One key of each role, each allowed every type by its record: the role alone decides.
    let all: Vec<String> = documents(&hybrid(4)).iter().map(|(name, _)| (*name).into()).collect();
    let numbered: Vec<(u8, Role)> = (20..).zip(Role::ALL).collect();
    let steps = base(book, "roles", |keys| {
        *keys = numbered
            .iter()
            .map(|(n, role)| KeyRecord { types: all.clone(), ..record(&hybrid(*n), *role) })
            .collect();
    });
    for (number, role) in numbered {
        for (name, sealed) in documents(&hybrid(number)) {
            let result = if role.types().contains(&name) { "ok" } else { "wrong-role" };
            let label = format!("role-{role}-{name}");
            let document = book.sealed(&label, &sealed);
            let steps = [steps.as_slice(), &[verify_step(name, &document)]].concat();
            book.vector(FILE, &label, "each type has one role", &steps, result);
        }
    }
    let steps = [steps.as_slice(), &[verify_step("pool", "role-issuer-update")]].concat();
    book.vector(FILE, "wrong-type", "an update where a pool is expected", &steps, "wrong-type");
    let steps = base(book, "standard", |_| {});
    let odd = seal_bytes("application/json", &payload_bytes(&update()), &[&hybrid(4)]);
    add(book, &steps, "foreign-type", "a right signature over a foreign type", &odd, "wrong-type");
    let odd = "application/vnd.tenure.update.v2+json";
    let odd = seal_bytes(odd, &payload_bytes(&update()), &[&hybrid(4)]);
    add(book, &steps, "newer-type", "a right signature over a newer version", &odd, "wrong-type");
}

fn scopes(book: &mut Book) {
    let with = |book: &mut Book, name: &str, types: &[&str], products: &[&str]| {
        let own = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
        let (types, products) = (own(types), own(products));
        base(book, name, |keys| keys[0] = KeyRecord { types, products, ..keys[0].clone() })
    };
    let sealed = |product: &str| {
        let mut update = update();
        let Op::Add { item } = &mut update.ops[0].op else { unreachable!("it adds an item") };
        item.product = product.into();
        seal(&update, &[&hybrid(4)])
    };
    let steps = with(book, "no-update", &["pool"], &["*"]);
    add(
        book,
        &steps,
        "type-not-listed",
        "the record lists other types",
        &sealed("x"),
        "out-of-scope",
    );
    let steps = with(book, "cad", &["update"], &["cad*", "*-lite", "a*b*c"]);
    for (name, product, result) in [
        ("product-prefix", "cad-suite", "ok"),
        ("product-empty-run", "cad", "ok"),
        ("product-suffix", "office-lite", "ok"),
        ("product-middle", "a--b--c", "ok"),
        ("product-middle-missing", "a--c", "out-of-scope"),
        ("product-other", "office", "out-of-scope"),
        ("product-other-case", "CAD", "out-of-scope"),
        ("product-none", "", "out-of-scope"),
    ] {
        add(book, &steps, name, "the products of the record decide", &sealed(product), result);
    }
    let steps = with(book, "no-product", &["update"], &[]);
    add(book, &steps, "no-products", "a record without products", &sealed("x"), "out-of-scope");
}

fn windows(book: &mut Book) {
    let steps = base(book, "windows", |keys| {
        keys[0].sign_from = time("2026-06-01T00:00:00Z");
        keys[0].sign_until = time("2026-11-30T00:00:00Z");
        keys[0].verify_until = time("2026-12-31T00:00:00Z");
    });
    let issuer: SeedSigner = hybrid(4);
    let mut case = |name: &str, issued: &str, at: &str, result: &str| {
        let sealed = seal(&Update { issued: time(issued), ..update() }, &[&issuer]);
        let document = book.sealed(&format!("update-{name}"), &sealed);
        let mut step = verify_step("update", &document);
        step["at"] = json!(at);
        let steps = [steps.as_slice(), &[step]].concat();
        let why = "signed and verified within the record's windows, ends included";
        book.vector(FILE, name, why, &steps, result);
    };
    let day = now().to_string();
    case("signed-at-start", "2026-06-01T00:00:00Z", &day, "ok");
    case("signed-before", "2026-05-31T23:59:59.999Z", &day, "outside-window");
    case("signed-at-end", "2026-11-30T00:00:00Z", &day, "ok");
    case("signed-after", "2026-11-30T00:00:00.001Z", &day, "outside-window");
    case("verified-at-end", "2026-06-01T00:00:00Z", "2026-12-31T00:00:00Z", "ok");
    case("verified-after", "2026-06-01T00:00:00Z", "2026-12-31T00:00:00.001Z", "outside-window");
    case("verifier-behind", "2026-11-21T00:00:00Z", "2020-01-01T00:00:00Z", "ok");
}
