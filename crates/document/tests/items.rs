//! Items as people write them: what is taken, what is refused and how that is said.

use expect_test::{Expect, expect};
use tenure_document::*;

/// Reads a list of items and shows them as they would be signed, or the refusal.
fn check(text: &str, expected: Expect) {
    let shown = match read_items(text.as_bytes()) {
        Ok(items) => {
            let lines: Vec<String> =
                items.iter().map(|item| serde_json::to_string(item).unwrap()).collect();
            lines.join("\n")
        }
        Err(error) => format!("{}: {error}", error.code()),
    };
    expected.assert_eq(&shown);
}

/// One item with this member besides the needed ones.
fn with(member: &str) -> String {
    format!(
        r#"[{{"id":"i1","feature":"cad","version":"2.0","expiry":"permanent",{}{member}}}]"#,
        if member.contains("\"count\"") && !member.contains("overdraft") {
            ""
        } else {
            r#""count":5,"#
        }
    )
}

#[test]
fn the_example_of_the_specification() {
    check(
        r#"[{"id":"i1","feature":"cad","version":"2.0","count":5,"expiry":"2027-12-31T00:00:00Z"}]"#,
        expect![[
            r#"{"id":"i1","feature":"cad","version":"2.0","count":5,"expiry":"2027-12-31T00:00:00Z"}"#
        ]],
    );
}

#[test]
fn every_term() {
    check(
        r#"[{"id":"i1","feature":"cad","version":"2.0.0","count":"uncounted","expiry":"2027-12-31",
        "start":"2026-01-01T00:00:00Z","kind":{"metered":{"reusable":false,"undo_seconds":300}},
        "overdraft":{"percent":10},"seat_basis":"session","exclusive":true,"borrow_max_seconds":86400,
        "borrow_interval_seconds":3600,"grace_days":14,"virtual":"deny","enforcement":"warn",
        "min_named_user_days":30,"vendor_string":"x","product":"suite","activation_id":"a","entitlement_id":"e",
        "issuer":"me","notice":"hello","serial":"s","selectors":{"site":"pune"},
        "ext":{"crm":{"order":[1,null,true,"x"]}}}]"#,
        expect![[
            r#"{"id":"i1","feature":"cad","version":"2.0","count":"uncounted","start":"2026-01-01T00:00:00Z","expiry":"2027-12-31T23:59:59.999Z","kind":{"metered":{"reusable":false,"undo_seconds":300}},"overdraft":{"percent":10},"seat_basis":"session","exclusive":true,"borrow_max_seconds":86400,"borrow_interval_seconds":3600,"grace_days":14,"virtual":"deny","enforcement":"warn","min_named_user_days":30,"vendor_string":"x","product":"suite","activation_id":"a","entitlement_id":"e","issuer":"me","notice":"hello","serial":"s","selectors":{"site":"pune"},"ext":{"crm":{"order":[1,null,true,"x"]}}}"#
        ]],
    );
    for overdraft in [r#""none""#, r#"{"count":2}"#, r#""unlimited""#] {
        assert!(read_items(with(&format!(r#""overdraft":{overdraft}"#)).as_bytes()).is_ok());
    }
}

#[test]
fn refusals_name_item_and_member() {
    let item = |members: &str| format!(r#"[{{{members}}}]"#);
    let needed = r#""id":"i1","feature":"cad","version":"1","expiry":"permanent""#;
    let texts = [
        with(r#""count":0"#),
        with(r#""count":-3"#),
        with(r#""count":10000001"#),
        with(r#""count":"many""#),
        with(r#""count":1.5"#),
        with(r#""overdraft":{"count":1.5}"#),
        item(r#""id":"i1","feature":"cad","version":2.0,"count":1,"expiry":"permanent""#),
        item(r#""id":"i1","feature":"cad","version":2,"count":1,"expiry":"permanent""#),
        item(r#""feature":"cad","count":1e3"#),
        with(r#""overdraft":{"count":0}"#),
        with(r#""overdraft":{"percent":20000}"#),
        with(r#""kind":{"metered":{"undo":5}}"#),
        with(r#""start":"2026-02-30T00:00:00Z""#),
        with(r#""grace_days":40000"#),
        with(r#""borrow_max_seconds":999999999"#),
        with(r#""seat_basis":"desk""#),
        with(r#""id":"i2""#),
        with(r#""ext":[]"#),
        item(r#""feature":"cad","count":1"#),
        item(r#""id":"i1","feature":"cad","version":"x","count":1,"expiry":"permanent""#),
        item(r#""id":"i1","feature":"cad","version":"1","count":1,"expiry":"2026-13-01""#),
        item(
            r#""id":"i1","feature":"cad","version":"1","count":1,"start":"2027-01-01T00:00:00Z",
            "expiry":"2026-01-01""#,
        ),
        item(r#""id":"","feature":"cad","version":"1","count":1,"expiry":"permanent""#),
        format!(r#"[{{{needed},"count":1}},{{{needed},"count":1}}]"#),
        r#"{"id":"i1"}"#.to_owned(),
        String::new(),
        "[1]".to_owned(),
    ];
    let lines: Vec<String> = texts
        .iter()
        .map(|text| match read_items(text.as_bytes()) {
            Ok(_) => format!("taken: {text}"),
            Err(error) => format!("{}: {error}", error.code()),
        })
        .collect();
    expect![[r#"
        malformed-payload: the content is wrong: item "i1": count: invalid value: integer `0`, expected a count of 1 to 10000000 or "uncounted"
        malformed-payload: the content is wrong: item "i1": count: invalid type: integer `-3`, expected a count of 1 to 10000000 or "uncounted"
        malformed-payload: the content is wrong: item "i1": count: invalid value: integer `10000001`, expected a count of 1 to 10000000 or "uncounted"
        malformed-payload: the content is wrong: item "i1": count: invalid value: string "many", expected a count of 1 to 10000000 or "uncounted"
        not-an-integer: item "i1": count: numbers are whole and at most 2^53-1, unlike 1.5
        not-an-integer: item "i1": overdraft: numbers are whole and at most 2^53-1, unlike {"count":1.5}
        not-an-integer: item "i1": version: write it in quotation marks, "2.0"
        malformed-payload: the content is wrong: item "i1": version: invalid type: integer `2`, expected a version such as "2.0"
        not-an-integer: item 1 of the list: count: numbers are whole and at most 2^53-1, unlike 1e3
        malformed-payload: the content is wrong: item "i1": overdraft count must be 1 to 10000000, not 0
        malformed-payload: the content is wrong: item "i1": overdraft percent must be 1 to 10000, not 20000
        unknown-member: unknown member: item "i1": `undo`, expected `reusable` or `undo_seconds`; a newer Tenure may know it
        malformed-payload: the content is wrong: item "i1": start: "2026-02-30T00:00:00Z" is not a time in UTC such as 2026-11-22T05:41:00Z
        malformed-payload: the content is wrong: item "i1": grace_days must be at most 36500, not 40000
        malformed-payload: the content is wrong: item "i1": borrow_max_seconds must be 0 to 316224000 seconds
        malformed-payload: the content is wrong: item "i1": seat_basis: unknown variant `desk`, expected one of `process`, `session`, `device`, `user`
        duplicate-member: member "id" stands twice in one object
        malformed-payload: the content is wrong: item "i1": ext: invalid type: sequence, expected a map
        malformed-payload: the content is wrong: item 1 of the list: missing field `id`
        malformed-payload: the content is wrong: item "i1": version: "x" is not a version such as 2.0 or 2.1.3
        malformed-payload: the content is wrong: item "i1": expiry: invalid value: string "2026-13-01", expected "permanent", a date such as "2027-12-31" or a time in UTC
        malformed-payload: the content is wrong: item "i1": expiry 2026-01-01T23:59:59.999Z is not after start 2027-01-01T00:00:00Z
        malformed-payload: the content is wrong: item "": id must have 1 to 256 characters, none of them control
        malformed-payload: the content is wrong: two items have the id "i1"
        malformed-payload: the content is wrong: expected a JSON list of items: [{"id": …}, …]
        malformed-payload: the content is wrong: EOF while parsing a value at line 1 column 0
        malformed-payload: the content is wrong: item 1 of the list: invalid type: integer `1`, expected an item"#]].assert_eq(&lines.join("\n"));
}

#[test]
fn an_unknown_member_is_named_with_the_known_ones() {
    check(
        &with(r#""colour":"red""#),
        expect![[
            r#"unknown-member: unknown member: item "i1": `colour`, expected one of `id`, `feature`, `version`, `count`, `start`, `expiry`, `kind`, `overdraft`, `seat_basis`, `exclusive`, `borrow_max_seconds`, `borrow_interval_seconds`, `grace_days`, `virtual`, `enforcement`, `min_named_user_days`, `checkpoint_days`, `moves`, `binding`, `vendor_string`, `product`, `activation_id`, `entitlement_id`, `issuer`, `notice`, `serial`, `selectors`, `ext`; a newer Tenure may know it"#
        ]],
    );
}

#[test]
fn capacities() {
    let shown = |count, overdraft| {
        let item = Item { overdraft, ..Item::new("i", "f", Version::ANY, count) };
        format!("{:?} + {:?}", item.capacity(), item.overdraft_seats())
    };
    let all = [
        shown(Count::Counted(15), Overdraft::None),
        shown(Count::Counted(15), Overdraft::Count(2)),
        shown(Count::Counted(15), Overdraft::Percent(10)),
        shown(Count::Counted(15), Overdraft::Unlimited),
        shown(Count::Uncounted, Overdraft::Count(2)),
    ];
    expect![[r#"
        Limited(15) + Limited(0)
        Limited(15) + Limited(2)
        Limited(15) + Limited(1)
        Limited(15) + Unlimited
        Unlimited + Limited(0)"#]]
    .assert_eq(&all.join("\n"));
    let item = Item {
        expiry: Expiry::At("2027-01-01T00:00:00Z".parse().unwrap()),
        grace_days: 2,
        ..Item::new("i", "f", Version::ANY, Count::Counted(1))
    };
    assert_eq!(item.grace_end().unwrap().to_string(), "2027-01-03T00:00:00Z");
}
