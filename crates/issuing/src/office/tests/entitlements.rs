//! Orders, repeat orders, and what changes a line.

use super::scene::*;
use crate::office::*;
use expect_test::{Expect, expect};

fn check(before: &[Command], commands: &[&str], expected: Expect) {
    let mut scene = Scene::new();
    before.iter().for_each(|command| drop(scene.must(command.clone())));
    let mut said = String::new();
    for text in commands {
        let text = text.replace("E1", &id(1).to_string()).replace("E2", &id(2).to_string());
        let command: EntitlementCommand =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        said.push_str(&scene.say(Command::Entitlement(command)));
    }
    expected.assert_eq(&said);
}

const LINE: &str = r#"{"product":{"product":"cad","version":"1.0"},"model":"MODEL","quantity":2}"#;

fn make(model: &str, rest: &str) -> String {
    let line = LINE.replace("MODEL", model);
    format!(
        r#"{{"make":{{"by":"ann","id":"E1","customer":"C-000001","order":{{"reference":"o1","lines":[{line},{line}]}}{rest}}}}}"#
    )
}

fn order(reference: &str, lines: &str) -> String {
    format!(
        r#"{{"order":{{"by":"ann","id":"E1","order":{{"reference":"{reference}","lines":[{lines}]}}}}}}"#
    )
}

#[test]
fn equal_lines_are_one_and_a_repeat_order_adds_to_it() {
    let line = |model: &str| LINE.replace("MODEL", model);
    check(
        &[],
        &[
            &make("perpetual", ""),
            &order("o2", &line("perpetual")),
            &order("o3", &line("year")),
            &order("o3", &line("year")),
            &order("o4", &line("year")),
            &order("o5", &line("month")),
            &order("o6", &line("perpetual").replace("1.0", "2.5")),
            &order("o7", &line("first").replace("1.0", "2.0")),
            &order("o8", &line("perpetual").replace(":2}", ":0}")),
            &order("o9", &line("perpetual").replace(":2}", ":4999995}")),
            &order("o9", &line("year").replace(":2}", r#":2,"ends":"2026-01-01T00:00:00Z"}"#)),
            &order("", &line("year")),
            &order("o10", ""),
            &make("perpetual", ""),
            &make("perpetual", "").replace("E1", "E2").replace("C-000001", "C-000007"),
        ],
        expect![[r#"
            {"customer":"C-000001","id":"040G2-08104-0G208-1040G-2081B","lines":[{"line":1,"quantity":4,"sold":{"model":"perpetual","model_revision":1,"product":{"product":"cad","version":"1.0"},"product_revision":1}}],"reference":"o1","type":"entitlement-made"}
            {"id":"040G2-08104-0G208-1040G-2081B","lines":[{"line":1,"quantity":2}],"reference":"o2","type":"entitlement-ordered"}
            {"id":"040G2-08104-0G208-1040G-2081B","lines":[{"ends":"2027-11-22T08:00:00Z","line":2,"quantity":2,"sold":{"model":"year","model_revision":1,"product":{"product":"cad","version":"1.0"},"product_revision":1}}],"reference":"o3","type":"entitlement-ordered"}
            order-twice: order "o3" was taken on 040G2-08104-0G208-1040G-2081B already, at 2026-11-22T08:00:00Z; a repeat order has a number of its own
            {"id":"040G2-08104-0G208-1040G-2081B","lines":[{"line":2,"quantity":2}],"reference":"o4","type":"entitlement-ordered"}
            no-license-model: there is no license model "month"; there are first, floating, perpetual, trial, year
            no-product: there is no product cad 2.5; there are cad 1.0, cad 2.0
            license-model-not-allowed: product cad 2.0 is not sold under license model "first", but under perpetual, year
            bad-value: lines[0].quantity: must be at least 1
            too-many-units: line 1 would have 5000001 units, the most is 5000000
            bad-value: lines[0].ends: 2026-01-01T00:00:00Z is not after the start of use, 2026-11-22T08:00:00Z
            bad-value: reference: must not be empty, nor begin or end with a space
            bad-value: lines: an order has 1 to 500 lines, not 0
            activation-id-taken: there is an entitlement 040G2-08104-0G208-1040G-2081B already; make the ID of fresh chance
            no-customer: there is no customer C-000007
        "#]],
    );
}

#[test]
fn days_of_a_line_count_from_its_start() {
    let starts = r#","starts":"2027-01-01T00:00:00Z"}"#;
    let line =
        |model: &str| LINE.replace("MODEL", model).replacen(":2}", &format!(":2{starts}"), 1);
    check(
        &[bought(1, "o1", &[("cad 1.0", "perpetual", 1)])],
        &[&order("o2", &line("year")), &order("o3", &line("first")), &order("o4", &line("trial"))],
        expect![[r#"
            {"id":"040G2-08104-0G208-1040G-2081B","lines":[{"ends":"2028-01-01T00:00:00Z","line":2,"quantity":2,"sold":{"model":"year","model_revision":1,"product":{"product":"cad","version":"1.0"},"product_revision":1},"starts":"2027-01-01T00:00:00Z"}],"reference":"o2","type":"entitlement-ordered"}
            {"id":"040G2-08104-0G208-1040G-2081B","lines":[{"line":3,"quantity":2,"sold":{"model":"first","model_revision":1,"product":{"product":"cad","version":"1.0"},"product_revision":1},"starts":"2027-01-01T00:00:00Z"}],"reference":"o3","type":"entitlement-ordered"}
            {"id":"040G2-08104-0G208-1040G-2081B","lines":[{"line":4,"quantity":2,"sold":{"model":"trial","model_revision":1,"product":{"product":"cad","version":"1.0"},"product_revision":1},"starts":"2027-01-01T00:00:00Z"}],"reference":"o4","type":"entitlement-ordered"}
        "#]],
    );
}

#[test]
fn a_line_is_lengthened_and_never_shortened() {
    let extend = |line: u32, how: &str| {
        format!(r#"{{"extend":{{"by":"ann","id":"E1","line":{line},"by_how_much":{how}}}}}"#)
    };
    check(
        &[bought(
            1,
            "o1",
            &[("cad 1.0", "year", 1), ("cad 1.0", "perpetual", 1), ("cad 1.0", "trial", 1)],
        )],
        &[
            &extend(1, r#"{"days":365}"#),
            &extend(1, r#"{"until":"2027-06-01T00:00:00Z"}"#),
            &extend(1, r#"{"until":"2030-06-01T00:00:00Z"}"#),
            &extend(1, r#"{"until":"2030-06-01T00:00:00Z"}"#),
            &extend(1, r#"{"days":0}"#),
            &extend(2, r#"{"days":365}"#),
            &extend(2, r#"{"until":"2030-06-01T00:00:00Z"}"#),
            &extend(3, r#"{"days":30}"#),
            &extend(3, r#"{"until":"2030-06-01T00:00:00Z"}"#),
            &extend(4, r#"{"days":365}"#),
            &extend(1, r#"{"days":365}"#).replace("E1", "E2"),
        ],
        expect![[r#"
            {"ends":"2028-11-21T08:00:00Z","id":"040G2-08104-0G208-1040G-2081B","line":1,"type":"line-extended"}
            not-longer: line 1 of 040G2-08104-0G208-1040G-2081B ends at 2028-11-21T08:00:00Z already; an extension can't make it end earlier (replace the line to shorten it)
            {"ends":"2030-06-01T00:00:00Z","id":"040G2-08104-0G208-1040G-2081B","line":1,"type":"line-extended"}
            nothing
            bad-value: days: must be 1 to 36500, not 0
            no-end: line 2 of 040G2-08104-0G208-1040G-2081B may be used for ever: there is no end to move
            no-end: line 2 of 040G2-08104-0G208-1040G-2081B may be used for ever: there is no end to move
            no-end: line 3 of 040G2-08104-0G208-1040G-2081B has no end yet, its days count from its activation: give a time until which it may be used
            {"ends":"2030-06-01T00:00:00Z","id":"040G2-08104-0G208-1040G-2081B","line":3,"type":"line-extended"}
            no-line: entitlement 040G2-08104-0G208-1040G-2081B has no line 4; its lines are 1 to 3
            no-entitlement: there is no entitlement 08104-0G208-1040G-20810-40G2H
        "#]],
    );
}

#[test]
fn a_line_is_upgraded_along_the_catalog_and_replaced_by_anything() {
    let upgrade = |rest: &str| {
        format!(
            r#"{{"upgrade":{{"by":"ann","id":"E1","line":1,"to":{{"product":"cad","version":"2.0"}}{rest}}}}}"#
        )
    };
    let replace = |rest: &str| {
        format!(
            r#"{{"replace":{{"by":"ann","id":"E1","line":1,"with":{{"product":{{"product":"site","version":"1.0"}},"model":"year"{rest}}}}}}}"#
        )
    };
    check(
        &[bought(1, "o1", &[("cad 1.0", "perpetual", 1), ("site 1.0", "perpetual", 1)])],
        &[
            &upgrade(r#","model":"first""#),
            &upgrade(""),
            &upgrade(""),
            &replace(r#","ends":"2020-01-01T00:00:00Z""#),
            &replace(""),
            &replace(""),
            &replace(r#","terms":{"usage":{"grace_days":3}}"#),
        ],
        expect![[r#"
            license-model-not-allowed: product cad 2.0 is not sold under license model "first", but under perpetual, year
            {"id":"040G2-08104-0G208-1040G-2081B","line":1,"sold":{"model":"perpetual","model_revision":1,"product":{"product":"cad","version":"2.0"},"product_revision":1},"type":"line-replaced","upgrade":true}
            no-upgrade: cad 2.0 can't be upgraded to cad 2.0; the catalog has no upgrade of it
            bad-value: ends: 2020-01-01T00:00:00Z is not after 2026-11-22T08:00:00Z
            {"ends":"2027-11-22T08:00:00Z","id":"040G2-08104-0G208-1040G-2081B","line":1,"sold":{"model":"year","model_revision":1,"product":{"product":"site","version":"1.0"},"product_revision":1},"type":"line-replaced"}
            nothing
            {"id":"040G2-08104-0G208-1040G-2081B","line":1,"sold":{"model":"year","model_revision":1,"product":{"product":"site","version":"1.0"},"product_revision":1,"terms":{"usage":{"grace_days":3}}},"type":"line-replaced"}
        "#]],
    );
}

#[test]
fn an_end_stays_with_its_days_and_other_days_begin_at_the_replacement() {
    let changed = |line: u32, what: &str, rest: &str| {
        format!(r#"{{"{what}":{{"by":"ann","id":"E1","line":{line},{rest}}}}}"#)
    };
    let replace = |line: u32, rest: &str| {
        let with = r#""with":{"product":{"product":"cad","version":"1.0"},"model":"year""#;
        changed(line, "replace", &format!("{with}{rest}}}"))
    };
    let since =
        |starts: &str| LINE.replace("MODEL", "perpetual").replace(":2}", &format!(":2,{starts}}}"));
    let days = |days: u32| {
        let validity = format!(r#"{{"subscription":{{"days":{days}}}}}"#);
        format!(r#","terms":{{"validity":{validity},"usage":{{"grace_days":3}}}}"#)
    };
    let to = r#""to":{"product":"cad","version":"2.0"},"model":"year""#;
    let newer = r#"{"set-model":{"by":"ann","model":{"name":"year","terms":{"validity":{"subscription":{"days":365}},"usage":{"grace_days":20}}}}}"#;
    check(
        &[
            bought(1, "o1", &[("cad 1.0", "year", 1)]),
            Command::Catalog(serde_json::from_str(newer).unwrap()),
        ],
        &[
            &order("long ago", &since(r#""starts":"2025-01-01T00:00:00Z""#)),
            &order("lately", &since(r#""starts":"2026-05-06T00:00:00Z""#)),
            &order("later", &since(r#""starts":"2027-01-01T00:00:00Z""#)),
            &changed(1, "extend", r#""by_how_much":{"until":"2030-06-01T00:00:00Z"}"#),
            &replace(1, &days(365)),
            &changed(1, "upgrade", to),
            &replace(1, &days(30)),
            &replace(2, ""),
            &replace(3, ""),
            &replace(4, ""),
            &replace(2, r#","ends":"2027-06-01T00:00:00Z""#),
        ],
        expect![[r#"
            {"id":"040G2-08104-0G208-1040G-2081B","lines":[{"line":2,"quantity":2,"sold":{"model":"perpetual","model_revision":1,"product":{"product":"cad","version":"1.0"},"product_revision":1},"starts":"2025-01-01T00:00:00Z"}],"reference":"long ago","type":"entitlement-ordered"}
            {"id":"040G2-08104-0G208-1040G-2081B","lines":[{"line":3,"quantity":2,"sold":{"model":"perpetual","model_revision":1,"product":{"product":"cad","version":"1.0"},"product_revision":1},"starts":"2026-05-06T00:00:00Z"}],"reference":"lately","type":"entitlement-ordered"}
            {"id":"040G2-08104-0G208-1040G-2081B","lines":[{"line":4,"quantity":2,"sold":{"model":"perpetual","model_revision":1,"product":{"product":"cad","version":"1.0"},"product_revision":1},"starts":"2027-01-01T00:00:00Z"}],"reference":"later","type":"entitlement-ordered"}
            {"ends":"2030-06-01T00:00:00Z","id":"040G2-08104-0G208-1040G-2081B","line":1,"type":"line-extended"}
            {"ends":"2030-06-01T00:00:00Z","id":"040G2-08104-0G208-1040G-2081B","line":1,"sold":{"model":"year","model_revision":2,"product":{"product":"cad","version":"1.0"},"product_revision":1,"terms":{"usage":{"grace_days":3},"validity":{"subscription":{"days":365,"from":"order"}}}},"type":"line-replaced"}
            {"ends":"2030-06-01T00:00:00Z","id":"040G2-08104-0G208-1040G-2081B","line":1,"sold":{"model":"year","model_revision":2,"product":{"product":"cad","version":"2.0"},"product_revision":1,"terms":{"usage":{"grace_days":3},"validity":{"subscription":{"days":365,"from":"order"}}}},"type":"line-replaced","upgrade":true}
            {"ends":"2026-12-22T08:00:00Z","id":"040G2-08104-0G208-1040G-2081B","line":1,"sold":{"model":"year","model_revision":2,"product":{"product":"cad","version":"1.0"},"product_revision":1,"terms":{"usage":{"grace_days":3},"validity":{"subscription":{"days":30,"from":"order"}}}},"type":"line-replaced"}
            {"ends":"2027-11-22T08:00:00Z","id":"040G2-08104-0G208-1040G-2081B","line":2,"sold":{"model":"year","model_revision":2,"product":{"product":"cad","version":"1.0"},"product_revision":1},"type":"line-replaced"}
            {"ends":"2027-11-22T08:00:00Z","id":"040G2-08104-0G208-1040G-2081B","line":3,"sold":{"model":"year","model_revision":2,"product":{"product":"cad","version":"1.0"},"product_revision":1},"type":"line-replaced"}
            {"ends":"2028-01-01T00:00:00Z","id":"040G2-08104-0G208-1040G-2081B","line":4,"sold":{"model":"year","model_revision":2,"product":{"product":"cad","version":"1.0"},"product_revision":1},"type":"line-replaced"}
            {"ends":"2027-06-01T00:00:00Z","id":"040G2-08104-0G208-1040G-2081B","line":2,"sold":{"model":"year","model_revision":2,"product":{"product":"cad","version":"1.0"},"product_revision":1},"type":"line-replaced"}
        "#]],
    );
}

#[test]
fn states_follow_each_other() {
    let turn = |what: &str| format!(r#"{{"{what}":{{"by":"ann","id":"E1"}}}}"#);
    let reduce = |quantity: u32| {
        format!(
            r#"{{"reduce":{{"by":"ann","id":"E1","line":1,"quantity":{quantity},"reason":"refund"}}}}"#
        )
    };
    let change = |rest: &str| format!(r#"{{"change":{{"by":"ann","id":"E1","change":{rest}}}}}"#);
    let line = LINE.replace("MODEL", "perpetual");
    check(
        &[bought(1, "o1", &[("cad 1.0", "perpetual", 5)])],
        &[
            &turn("resume"),
            &turn("suspend"),
            &turn("suspend"),
            &order("o2", &line),
            &turn("resume"),
            &reduce(0),
            &reduce(8),
            &reduce(2),
            &change(r#"{"customer":"C-000002","activate_until":"2027-01-01T00:00:00Z"}"#),
            &change(r#"{"activate_until":null}"#),
            &change(r#"{"activate_until":null}"#),
            &change(
                r#"{"activate_from":"2027-01-01T00:00:00Z","activate_until":"2026-12-01T00:00:00Z"}"#,
            ),
            &turn("withdraw"),
            &turn("resume"),
            &order("o3", &line),
        ],
        expect![[r#"
            nothing
            {"id":"040G2-08104-0G208-1040G-2081B","state":"suspended","type":"entitlement-turned"}
            nothing
            {"id":"040G2-08104-0G208-1040G-2081B","lines":[{"line":1,"quantity":2}],"reference":"o2","type":"entitlement-ordered"}
            {"id":"040G2-08104-0G208-1040G-2081B","state":"active","type":"entitlement-turned"}
            bad-value: quantity: must be at least 1
            not-free: 8 units of line 1 can't be taken off: 7 are free; have the others returned first
            {"id":"040G2-08104-0G208-1040G-2081B","line":1,"quantity":2,"reason":"refund","type":"line-reduced"}
            {"change":{"activate_until":"2027-01-01T00:00:00Z","customer":"C-000002"},"id":"040G2-08104-0G208-1040G-2081B","type":"entitlement-changed"}
            {"change":{"activate_until":null},"id":"040G2-08104-0G208-1040G-2081B","type":"entitlement-changed"}
            nothing
            bad-value: activate_until: 2026-12-01T00:00:00Z is not after `activate_from`, 2027-01-01T00:00:00Z
            {"id":"040G2-08104-0G208-1040G-2081B","state":"withdrawn","type":"entitlement-turned"}
            entitlement-withdrawn: entitlement 040G2-08104-0G208-1040G-2081B is withdrawn
            entitlement-withdrawn: entitlement 040G2-08104-0G208-1040G-2081B is withdrawn
        "#]],
    );
}
