//! Vectors of key sets and revocation lists: pin, threshold, rotation, replay, fork.

use serde_json::{Value, json};
use tenure_document::{
    ContainerId, Envelope, KeyRecord, Keyset, Payload, Revocation, RevokedContainer, Role,
    SeedSigner, Signer, Time, payload_bytes, seal,
};

use super::{
    Book, keyset_step, pin_step,
    publisher::{Publisher, ed25519, hybrid, record, root_record, time},
    publisher_signed::update,
    seal_bytes, verify_step,
};

const KEYSETS: &str = "keysets";
const REVOCATIONS: &str = "revocations";

pub fn write(book: &mut Book) {
    first_keysets(book);
    keyset_content(book);
    successors(book);
    rotations(book);
    revocation_lists(book);
    revocation_effects(book);
}

/// A vector whose steps adopt these key sets in order.
fn chain(book: &mut Book, name: &str, why: &str, sealed: &[(&str, Envelope)], result: &str) {
    let mut steps = vec![pin_step(&Publisher::new(0))];
    for (document, envelope) in sealed {
        steps.push(keyset_step(&book.sealed(&format!("keyset-{document}"), envelope)));
    }
    book.vector(KEYSETS, name, why, &steps, result);
}

fn by(keyset: &Keyset, signers: &[&SeedSigner]) -> Envelope {
    let signers: Vec<&dyn Signer> = signers.iter().map(|s| *s as &dyn Signer).collect();
    seal(keyset, &signers)
}

fn first_keysets(book: &mut Book) {
    let p = Publisher::new(0);
    let set = &p.keyset;
    let [a, b, c] = [&p.root[0], &p.root[1], &p.root[2]];
    let mut one = |name: &str, why: &str, sealed: Envelope, result: &str| {
        chain(book, name, why, &[(name, sealed)], result);
    };
    one("first", "two of three root keys signed", by(set, &[a, b]), "ok");
    one("first-other-two", "any two of them", by(set, &[c, a]), "ok");
    one("first-all", "all three", by(set, &[a, b, c]), "ok");
    one("one-signature", "one of two needed", by(set, &[a]), "below-threshold");
    one("same-key-twice", "one key signed twice", by(set, &[a, a]), "below-threshold");
    let mut copied = by(set, &[a]);
    copied.signatures.push(copied.signatures[0].clone());
    copied.signatures[1].keyid = Some(b.public().id().to_string());
    one("same-key-other-hint", "one signature twice, with two hints", copied, "below-threshold");
    let broken = |at: usize| {
        let mut sealed = by(set, &[a, b]);
        sealed.signatures[1].sig[at] ^= 1;
        sealed
    };
    one("second-broken", "the second signature is broken", broken(5), "below-threshold");
    one("second-half-broken", "its ML-DSA-65 half is broken", broken(2000), "below-threshold");
    let publisher_keys = by(set, &[&p.issuer, &p.certifier, &p.revoker]);
    one("signed-by-publisher-keys", "root keys only", publisher_keys, "below-threshold");
    let other = Publisher::new(64);
    one(
        "foreign",
        "a rightly signed key set of another root",
        other.keyset_envelope(),
        "wrong-root",
    );
    let lower = Keyset { root: root_record(1, &p.root), ..set.clone() };
    one("lower-threshold", "the same root keys, threshold 1", by(&lower, &[a]), "wrong-root");
    let turned = root_record(2, &[hybrid(2), hybrid(1), hybrid(3)]);
    let turned = Keyset { root: turned, ..set.clone() };
    one("other-order", "the same root keys in another order", by(&turned, &[a, b]), "wrong-root");
    let retyped = seal(&update(), &[&p.root[0], &p.root[1]]);
    one("not-a-keyset", "an update signed by the root", retyped, "wrong-type");
    let mut altered = by(set, &[a, b]);
    *altered.payload.last_mut().expect("not empty") = b' ';
    one("cut-payload", "the payload is not JSON", altered, "malformed-payload");
}

fn keyset_content(book: &mut Book) {
    let p = Publisher::new(0);
    let mut one = |name: &str, why: &str, change: &dyn Fn(&mut Keyset), result: &str| {
        let mut set = p.keyset.clone();
        change(&mut set);
        chain(book, name, why, &[(name, p.seal_keyset(&set))], result);
    };
    let plain = ed25519(30);
    let plain_record = || KeyRecord {
        id: plain.public().id(),
        key: plain.public().clone(),
        ..record(&hybrid(4), Role::Issuer)
    };
    one(
        "ed25519-key",
        "publisher keys are hybrid",
        &|s| s.keys.push(plain_record()),
        "wrong-algorithm",
    );
    let id = hybrid(5).public().id();
    one(
        "wrong-key-id",
        "a record with the id of another key",
        &|s| s.keys[0].id = id,
        "wrong-key-id",
    );
    let double = |s: &mut Keyset| s.keys.push(s.keys[0].clone());
    one("key-twice", "the same key in two records", &double, "malformed-payload");
    let turned = |s: &mut Keyset| s.keys[0].sign_until = time("2025-01-01T00:00:00Z");
    one("window-order", "a window ends before it starts", &turned, "malformed-payload");
    let turned = |s: &mut Keyset| s.keys[0].verify_until = time("2027-01-01T00:00:00Z");
    one("verify-before-sign", "verification ends before signing", &turned, "malformed-payload");
    one("version-zero", "versions start at 1", &|s| s.version = 0, "malformed-payload");
    one("no-keys", "a key set may be empty", &|s| s.keys.clear(), "ok");

    // Roots that are wrong in themselves, each pinned as it is.
    let roots: [(&str, &str, u32, Vec<SeedSigner>, &str); 4] = [
        ("root-threshold-zero", "threshold 0", 0, vec![hybrid(1)], "malformed-payload"),
        ("root-threshold-high", "threshold 2 of 1", 2, vec![hybrid(1)], "malformed-payload"),
        (
            "root-key-twice",
            "the same key twice",
            2,
            vec![hybrid(1), hybrid(1)],
            "malformed-payload",
        ),
        ("root-ed25519", "root keys are hybrid", 1, vec![ed25519(30)], "wrong-algorithm"),
    ];
    for (name, why, threshold, signers, result) in roots {
        let root = root_record(threshold, &signers);
        let pin = json!({ "do": "pin", "root": root.pin().to_string() });
        let set = Keyset { root, ..p.keyset.clone() };
        let document =
            book.sealed(&format!("keyset-{name}"), &by(&set, &signers.iter().collect::<Vec<_>>()));
        book.vector(KEYSETS, name, why, &[pin, keyset_step(&document)], result);
    }
    let text = String::from_utf8(payload_bytes(&p.keyset)).expect("JSON is UTF-8");
    for (name, why, to, result) in [
        ("unknown-role", "a role nobody knows", "\"role\":\"admin\"", "malformed-payload"),
        (
            "unknown-member",
            "a record with an unknown member",
            "\"x\":1,\"role\":\"issuer\"",
            "unknown-member",
        ),
    ] {
        let payload = text.replacen("\"role\":\"issuer\"", to, 1);
        let sealed = seal_bytes(Keyset::TYPE, payload.as_bytes(), &[&p.root[0], &p.root[1]]);
        chain(book, name, why, &[(name, sealed)], result);
    }
}

fn successors(book: &mut Book) {
    let p = Publisher::new(0);
    let first = || ("standard", p.keyset_envelope());
    let version = |version: u64| Keyset { version, ..p.keyset.clone() };
    let sealed = |set: &Keyset| p.seal_keyset(set);
    let mut two = |name: &str, why: &str, second: Envelope, result: &str| {
        chain(book, name, why, &[first(), (name, second)], result);
    };
    two("next", "version 2 under the same root", sealed(&version(2)), "ok");
    two("same-again", "the very same key set", p.keyset_envelope(), "ok");
    two("skip", "version 7 under the same root", sealed(&version(7)), "ok");
    two("jump-largest", "10,000 versions at once", sealed(&version(10_001)), "ok");
    two("fast-forward", "10,001 versions at once", sealed(&version(10_002)), "fast-forward");
    let fork = Keyset { issued: time("2026-02-01T00:00:00Z"), ..version(1) };
    two("fork", "version 1 with other content", sealed(&fork), "forked-keyset");
    let renamed = Keyset { publisher: "Somebody Else".into(), ..version(2) };
    two("other-publisher", "the publisher's name changed", sealed(&renamed), "wrong-publisher");
    let under = by(&version(2), &[&p.root[0]]);
    two("next-under-threshold", "one of two needed", under, "below-threshold");
    two(
        "next-foreign",
        "signed by another root",
        Publisher::new(64).seal_keyset(&version(2)),
        "below-threshold",
    );
    let mut altered = sealed(&version(2));
    altered.payload[20] ^= 1;
    two("next-altered", "altered after signing", altered, "below-threshold");
    let demanding = |version: u64, sequence: u64| Keyset {
        version,
        revocation_sequence: sequence,
        ..p.keyset.clone()
    };
    let seconds = [first(), ("v2", sealed(&version(2)))];
    let replay = [&seconds[..], &[first()]].concat();
    chain(book, "replay", "version 1 after version 2", &replay, "stale-keyset");
    let lower =
        [first(), ("demands-5", sealed(&demanding(2, 5))), ("demands-4", sealed(&demanding(3, 4)))];
    chain(
        book,
        "demand-lowered",
        "revocation_sequence never goes down",
        &lower,
        "malformed-payload",
    );
}

fn rotations(book: &mut Book) {
    let p = Publisher::new(0);
    let new = Publisher::new(64);
    let rooted =
        |version: u64| Keyset { version, root: new.keyset.root.clone(), ..p.keyset.clone() };
    let [a, b] = [&p.root[0], &p.root[1]];
    let [x, y] = [&new.root[0], &new.root[1]];
    let first = || ("standard", p.keyset_envelope());
    let good = || ("rotated", by(&rooted(2), &[a, b, x, y]));
    chain(
        book,
        "rotate",
        "version 2 changes the root, both roots signed",
        &[first(), good()],
        "ok",
    );
    let third = ("rotated-3", by(&rooted(3), &[x, y]));
    chain(
        book,
        "after-rotation",
        "the new root alone signs on",
        &[first(), good(), third.clone()],
        "ok",
    );
    chain(
        book,
        "rotation-skipped",
        "the key set in between is missing",
        &[first(), third],
        "below-threshold",
    );
    let old = ("rotated-old-only", by(&rooted(2), &[a, b]));
    chain(book, "rotate-old-only", "the new root did not sign", &[first(), old], "below-threshold");
    let fresh = ("rotated-new-only", by(&rooted(2), &[x, y]));
    chain(
        book,
        "rotate-new-only",
        "the old root did not sign",
        &[first(), fresh],
        "below-threshold",
    );
    let half = ("rotated-half", by(&rooted(2), &[a, b, x]));
    chain(
        book,
        "rotate-half",
        "one key of the new root is missing",
        &[first(), half],
        "below-threshold",
    );
    let gap = ("rotated-gap", by(&rooted(3), &[a, b, x, y]));
    chain(
        book,
        "rotate-gap",
        "a changed root must be the very next version",
        &[first(), gap],
        "keyset-gap",
    );
    let back = Keyset { version: 3, ..p.keyset.clone() };
    let back = ("rotated-back", by(&back, &[a, b]));
    chain(
        book,
        "old-root-again",
        "the old root signs no more",
        &[first(), good(), back],
        "below-threshold",
    );
    chain(
        book,
        "rotated-first",
        "a fresh verifier needs the chain from the pin",
        &[good()],
        "wrong-root",
    );
}

/// A list as it is sealed: by whom, under which name.
fn revocation_lists(book: &mut Book) {
    let p = Publisher::new(0);
    let key = |n: u8| hybrid(n).public().id();
    let list = |sequence: u64, keys: &[u8]| Revocation {
        sequence,
        issued: time("2026-11-01T00:00:00Z"),
        keys: keys.iter().map(|n| key(*n)).collect(),
        containers: vec![RevokedContainer { container: ContainerId([8; 16]), generation: 2 }],
    };
    let mut chain = |name: &str, why: &str, lists: &[Envelope], result: &str| {
        let keyset = book.sealed("keyset-standard", &p.keyset_envelope());
        let mut steps = vec![pin_step(&p), keyset_step(&keyset)];
        for (place, sealed) in lists.iter().enumerate() {
            let document = book.sealed(&format!("revocation-{name}-{place}"), sealed);
            steps.push(adopt(&document));
        }
        book.vector(REVOCATIONS, name, why, &steps, result);
    };
    let sealed = |list: &Revocation| p.seal_revocation(list);
    let one = sealed(&list(1, &[100]));
    chain("first", "a first list", std::slice::from_ref(&one), "ok");
    chain("longer", "a longer list", &[one.clone(), sealed(&list(2, &[100, 101]))], "ok");
    chain("same-again", "the very same list", &[one.clone(), one.clone()], "ok");
    chain(
        "shorter",
        "an entry is missing",
        &[one.clone(), sealed(&list(2, &[101]))],
        "revocation-shrunk",
    );
    let lower = Revocation {
        containers: vec![RevokedContainer { container: ContainerId([8; 16]), generation: 1 }],
        ..list(2, &[100])
    };
    chain(
        "lower-generation",
        "a container's generation went down",
        &[one.clone(), sealed(&lower)],
        "revocation-shrunk",
    );
    let two = sealed(&list(2, &[100, 101]));
    chain("replay", "an older list", &[one.clone(), two, one.clone()], "stale-revocation");
    chain(
        "fork",
        "the same number, other content",
        &[one.clone(), sealed(&list(1, &[101]))],
        "forked-revocation",
    );
    chain(
        "fast-forward",
        "more than 10,000 at once",
        &[one.clone(), sealed(&list(10_002, &[100]))],
        "fast-forward",
    );
    chain(
        "first-fast-forward",
        "more than 10,000 from nothing",
        &[sealed(&list(10_001, &[]))],
        "fast-forward",
    );
    chain("zero", "lists start at 1", &[sealed(&list(0, &[]))], "stale-revocation");
    chain(
        "by-issuer",
        "only a revoker signs lists",
        &[seal(&list(1, &[]), &[&p.issuer])],
        "wrong-role",
    );
    let suicide = sealed(&list(1, &[6]));
    chain(
        "revokes-its-own-key",
        "a list may revoke the key that signed it",
        std::slice::from_ref(&suicide),
        "ok",
    );
    let after = sealed(&list(2, &[6]));
    chain("by-revoked-key", "that key signs no more lists", &[suicide, after], "revoked-key");
}

fn adopt(document: &str) -> Value {
    json!({ "do": "adopt-revocation", "document": document, "at": "2026-11-22T00:00:00Z" })
}

fn revocation_effects(book: &mut Book) {
    let p = Publisher::new(0);
    let issued: Time = time("2026-11-01T00:00:00Z");
    let issuer = p.issuer.public().id();
    let list =
        |sequence: u64| Revocation { sequence, issued, keys: vec![issuer], containers: vec![] };
    let standard = keyset_step(&book.sealed("keyset-standard", &p.keyset_envelope()));
    let demanding = Keyset { version: 2, revocation_sequence: 3, ..p.keyset.clone() };
    let demanding = keyset_step(&book.sealed("keyset-demands-3", &p.seal_keyset(&demanding)));
    let good = verify_step("update", &book.sealed("update-good", &p.seal_update(&update())));
    let [second, third] =
        [2, 3].map(|n| book.sealed(&format!("revokes-issuer-{n}"), &p.seal_revocation(&list(n))));
    let empty = Revocation { keys: vec![], ..list(3) };
    let empty = book.sealed("revokes-nothing-3", &p.seal_revocation(&empty));
    let mut case = |name: &str, why: &str, steps: &[Value], result: &str| {
        book.vector(REVOCATIONS, name, why, &[&[pin_step(&p)], steps].concat(), result);
    };
    let (s, d) = (standard.clone(), demanding.clone());
    case(
        "revoked-key",
        "the key was revoked",
        &[s.clone(), adopt(&third), good.clone()],
        "revoked-key",
    );
    case(
        "missing",
        "the key set demands a list",
        &[s.clone(), d.clone(), good.clone()],
        "revocation-missing",
    );
    case(
        "too-old",
        "the key set demands a newer list",
        &[s.clone(), d.clone(), adopt(&second)],
        "stale-revocation",
    );
    case(
        "held-too-old",
        "so does it of a list held before",
        &[s.clone(), adopt(&second), d.clone(), good.clone()],
        "revocation-missing",
    );
    case("present", "the list it demands", &[s.clone(), d, adopt(&empty), good], "ok");

    // A new revoker after the old one's key leaked: its huge numbers hold nobody up.
    let fresh = hybrid(40);
    let mut keyset = Keyset { version: 2, ..p.keyset.clone() };
    keyset.keys[2] = record(&fresh, Role::Revoker);
    let rotated = keyset_step(&book.sealed("keyset-new-revoker", &p.seal_keyset(&keyset)));
    let high = book.sealed("revocation-high", &p.seal_revocation(&list(9_999)));
    let low = book.sealed("revocation-by-new", &seal(&list(4), &[&fresh]));
    let steps = [pin_step(&p), s, adopt(&high), rotated, adopt(&low)];
    let why = "the numbers start anew when the key that signed the held list left the key set";
    book.vector(REVOCATIONS, "new-revoker", why, &steps, "ok");
    let steps = [&steps[..3], &[adopt(&high)]].concat();
    book.vector(REVOCATIONS, "held-high", "the same list again", &steps, "ok");
}
