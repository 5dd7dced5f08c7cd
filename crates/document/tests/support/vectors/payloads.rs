//! Vectors of rightly signed payloads that the strict reader must refuse all the same.

use serde_json::{Value, json};
use tenure_document::{HostCheck, Payload, Update, payload_bytes, seal};

use super::{
    Book, keyset_step, pin_step,
    publisher::{Publisher, hybrid},
    publisher_signed::{host_check, update},
    seal_bytes, verify_step,
};

pub fn write(book: &mut Book) {
    let publisher = Publisher::new(0);
    let document = book.sealed("keyset-standard", &publisher.keyset_envelope());
    let base = [pin_step(&publisher), keyset_step(&document)];
    let good = String::from_utf8(payload_bytes(&update())).expect("JSON is UTF-8");
    let swap = |from: &str, to: &str| {
        assert_eq!(good.matches(from).count(), 1, "{from} stands once");
        good.replacen(from, to, 1).into_bytes()
    };
    let mut add = |name: &str, why: &str, payload: Vec<u8>, result: &str| {
        let sealed = seal_bytes(Update::TYPE, &payload, &[&hybrid(4)]);
        let document = book.sealed(&format!("payload-{name}"), &sealed);
        let steps: Vec<Value> = [&base[..], &[verify_step("update", &document)]].concat();
        book.vector("payloads", name, why, &steps, result);
    };
    let id = "\"id\":\"i1\"";
    add("good", "the payload the others are made of", good.clone().into_bytes(), "ok");
    add(
        "ext",
        "any members within ext",
        swap(id, "\"id\":\"i1\",\"ext\":{\"x\":[null,{\"y\":-1}]}"),
        "ok",
    );
    add("escaped-name", "a name may be escaped", swap(id, "\"\\u0069d\":\"i1\""), "ok");
    add("white-space", "white space counts for nothing", swap(id, "\n \"id\" :\t\"i1\""), "ok");
    add(
        "largest-integer",
        "2^53 - 1 is an integer",
        swap(id, "\"id\":\"i1\",\"ext\":{\"x\":9007199254740991}"),
        "ok",
    );

    add("empty", "no bytes", vec![], "malformed-payload");
    add("not-json", "not JSON", b"hello".to_vec(), "malformed-payload");
    add(
        "cut",
        "the last byte is missing",
        good.as_bytes()[..good.len() - 1].to_vec(),
        "malformed-payload",
    );
    add("null", "null", b"null".to_vec(), "malformed-payload");
    add("list", "a list", format!("[{good}]").into_bytes(), "malformed-payload");
    add("bom", "a byte order mark", format!("\u{feff}{good}").into_bytes(), "malformed-payload");
    add("trailing", "a brace too many", format!("{good}}}").into_bytes(), "trailing-data");
    add("trailing-nul", "a zero byte behind", format!("{good}\0").into_bytes(), "trailing-data");
    add("comment", "a comment", swap(id, "/*x*/\"id\":\"i1\""), "malformed-payload");
    add("trailing-comma", "a comma too many", swap(id, "\"id\":\"i1\","), "malformed-payload");
    add(
        "not-utf8",
        "a byte that is not UTF-8",
        {
            let mut bytes = swap(id, "\"id\":\"iX\"");
            let place = bytes.windows(2).position(|w| w == b"iX").expect("it is there");
            bytes[place + 1] = 0xff;
            bytes
        },
        "malformed-payload",
    );
    add(
        "lone-surrogate",
        "half of a surrogate pair",
        swap(id, "\"id\":\"\\ud800\""),
        "malformed-payload",
    );
    add(
        "control-character",
        "a raw line feed in a string",
        swap(id, "\"id\":\"i\n1\""),
        "malformed-payload",
    );

    let mut listed: Value = serde_json::from_str(&good).expect("JSON");
    let op = listed["ops"][0]["op"].take();
    listed["ops"][0]["op"] = json!([op["op"], op["item"]]);
    let listed = listed.to_string().into_bytes();
    add(
        "op-as-list",
        "the values of an operation's members in a list",
        listed,
        "malformed-payload",
    );
    add(
        "word-as-object",
        "a word is a string, no object of one member",
        swap(id, "\"id\":\"i1\",\"seat_basis\":{\"session\":null}"),
        "malformed-payload",
    );

    add(
        "twice-top",
        "a member twice",
        swap("\"generation\":1", "\"generation\":1,\"generation\":1"),
        "duplicate-member",
    );
    add(
        "twice-deep",
        "a member of an item twice",
        swap(id, "\"id\":\"i1\",\"id\":\"i2\""),
        "duplicate-member",
    );
    add(
        "twice-escaped",
        "the same name, once escaped",
        swap(id, "\"id\":\"i1\",\"\\u0069d\":\"i2\""),
        "duplicate-member",
    );
    add(
        "twice-in-ext",
        "a member of ext twice",
        swap(id, "\"id\":\"i1\",\"ext\":{\"x\":1,\"x\":1}"),
        "duplicate-member",
    );
    add(
        "unknown-top",
        "an unknown member",
        swap("\"generation\":1", "\"generation\":1,\"extra\":1"),
        "unknown-member",
    );
    add(
        "unknown-deep",
        "an unknown member of an item",
        swap(id, "\"id\":\"i1\",\"seats\":5"),
        "unknown-member",
    );
    add(
        "ext-at-top",
        "ext stands in items only",
        swap("\"generation\":1", "\"generation\":1,\"ext\":{}"),
        "unknown-member",
    );
    add("missing", "a member is missing", swap("\"generation\":1,", ""), "malformed-payload");

    add("fraction", "a fraction", swap("\"count\":5", "\"count\":5.0"), "not-an-integer");
    add("exponent", "an exponent", swap("\"count\":5", "\"count\":5e0"), "not-an-integer");
    add("minus-zero", "minus zero", swap("\"count\":5", "\"count\":-0"), "not-an-integer");
    add(
        "too-large",
        "2^53",
        swap("\"generation\":1", "\"generation\":9007199254740992"),
        "not-an-integer",
    );
    add(
        "huge",
        "a number of 30 digits",
        swap("\"count\":5", &format!("\"count\":{}", "9".repeat(30))),
        "not-an-integer",
    );
    add("leading-zero", "a leading zero", swap("\"count\":5", "\"count\":05"), "malformed-payload");
    add("negative", "a negative count", swap("\"count\":5", "\"count\":-5"), "malformed-payload");
    add("zero", "a count of zero", swap("\"count\":5", "\"count\":0"), "malformed-payload");
    add(
        "count-too-large",
        "a count above 10,000,000",
        swap("\"count\":5", "\"count\":10000001"),
        "malformed-payload",
    );
    for (name, why, members, result) in MOVING {
        add(name, why, swap("\"count\":5", &format!("\"count\":5,{members}")), result);
    }
    add(
        "number-as-text",
        "a number written as text",
        swap("\"count\":5", "\"count\":\"5\""),
        "malformed-payload",
    );

    let time = "\"issued\":\"2026-11-21T00:00:00Z\"";
    add(
        "time-offset",
        "a time with an offset",
        swap(time, "\"issued\":\"2026-11-21T01:00:00+01:00\""),
        "malformed-payload",
    );
    add(
        "time-day",
        "the 31st of November",
        swap(time, "\"issued\":\"2026-11-31T00:00:00Z\""),
        "malformed-payload",
    );
    add(
        "time-leap-second",
        "second 60",
        swap(time, "\"issued\":\"2026-11-21T23:59:60Z\""),
        "malformed-payload",
    );
    add(
        "time-number",
        "a time as a number",
        swap(time, "\"issued\":1795219200"),
        "malformed-payload",
    );
    add(
        "version",
        "not a version",
        swap("\"version\":\"2.0\"", "\"version\":\"2.0-beta\""),
        "malformed-payload",
    );
    add(
        "unknown-op",
        "an unknown operation",
        swap("\"op\":\"add\"", "\"op\":\"erase\""),
        "malformed-payload",
    );
    let hash = format!("\"from_hash\":\"{}\"", "A".repeat(43));
    add(
        "hash-padding",
        "a hash with padding",
        swap(&hash, &hash.replacen("A\"", "A=\"", 1)),
        "malformed-payload",
    );
    add(
        "hash-bits",
        "a hash with bits behind its end",
        swap(&hash, &hash.replacen("A\"", "B\"", 1)),
        "malformed-payload",
    );
    add(
        "hash-short",
        "a hash of 31 bytes",
        swap(&hash, &format!("\"from_hash\":\"{}\"", "A".repeat(42))),
        "malformed-payload",
    );

    let deep = |levels: usize| {
        format!("\"id\":\"i1\",\"ext\":{{\"x\":{}1{}}}", "[".repeat(levels), "]".repeat(levels))
    };
    add("depth-16", "sixteen levels", swap(id, &deep(10)), "ok");
    add("depth-17", "seventeen levels", swap(id, &deep(11)), "too-deep");
    let long = |length: usize| format!("\"id\":\"i1\",\"notice\":\"{}\"", "x".repeat(length));
    add(
        "string-of-a-carrier",
        "updates carry documents in strings: 65,537 bytes",
        swap(id, &long(65_537)),
        "ok",
    );
    let wide =
        |count: usize| format!("\"id\":\"i1\",\"ext\":{{\"x\":[{}0]}}", "0,".repeat(count - 1));
    add("list-longest", "a list of 10,000 elements", swap(id, &wide(10_000)), "ok");
    add("list-too-long", "a list of 10,001 elements", swap(id, &wide(10_001)), "too-many-elements");
    let members: Vec<String> = (0..10_001).map(|n| format!("\"{n}\":0")).collect();
    let members = format!("\"id\":\"i1\",\"ext\":{{{}}}", members.join(","));
    add("too-many-members", "an object of 10,001 members", swap(id, &members), "too-many-elements");

    for (name, why, length, result) in [
        ("string-longest", "a string of 65,536 bytes", 65_536, "ok"),
        ("string-too-long", "a string of 65,537 bytes", 65_537, "string-too-long"),
    ] {
        let reason = Some("x".repeat(length));
        let sealed = seal(&HostCheck { reason, ..host_check() }, &[&hybrid(4)]);
        let document = book.sealed(&format!("payload-{name}"), &sealed);
        let steps: Vec<Value> = [&base[..], &[verify_step("host-check", &document)]].concat();
        book.vector("payloads", name, why, &steps, result);
    }
}

/// Members of an item about moving and checkpoints: name, why, members, result.
const MOVING: [(&str, &str, &str, &str); 10] = [
    (
        "moves",
        "a policy",
        "\"moves\":{\"times\":3,\"days_between\":30,\"within_account\":true}",
        "ok",
    ),
    ("moves-free", "an empty policy: it moves freely", "\"moves\":{}", "ok"),
    ("moves-null", "null is absent: it does not move", "\"moves\":null", "ok"),
    ("moves-hop", "carried by portable containers", "\"moves\":{\"hop_only\":true}", "ok"),
    ("moves-never", "a word instead of a policy", "\"moves\":\"never\"", "malformed-payload"),
    ("moves-zero", "no times at all", "\"moves\":{\"times\":0}", "malformed-payload"),
    ("moves-unknown", "an unknown member", "\"moves\":{\"to\":\"anyone\"}", "unknown-member"),
    ("checkpoint", "days and tolerance", "\"checkpoint_days\":30,\"binding\":\"strict\"", "ok"),
    ("checkpoint-long", "beyond a hundred years", "\"checkpoint_days\":36501", "malformed-payload"),
    ("binding-odd", "no such tolerance", "\"binding\":\"tight\"", "malformed-payload"),
];
