//! Web hooks: what is told to whom, when it is told again, and what never leaves the house.

use super::stage::*;
use expect_test::expect;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;
use tenure_issuing::office::HookNo;

/// No subscription is busy.
const NOBODY: BTreeSet<HookNo> = BTreeSet::new();

fn create(url: &str, events: Value) -> Value {
    json!({"webhook": {"create": {"by": "ann", "url": url, "events": events}}})
}

fn attempted(delivery: u64, failed: Option<&str>) -> Value {
    json!({"webhook": {"attempted": {"delivery": delivery, "failed": failed}}})
}

#[test]
fn only_addresses_and_patterns_that_make_sense() {
    let mut stage = Stage::new();
    let mut said = String::new();
    for (url, events) in [
        ("https://shop.example/hook", json!([])),
        ("http://127.0.0.1:9000/x", json!(["container-*"])),
        ("http://[::1]/x", json!(["*"])),
        ("http://shop.example/hook", json!([])),
        ("http://127.0.0.1.evil.example/", json!([])),
        ("http://127.0.0.1@evil.example/", json!([])),
        ("ftp://shop.example", json!([])),
        ("https://", json!([])),
        ("https://a b", json!([])),
        ("https://shop.example", json!(["Container"])),
        ("https://shop.example", json!([""])),
        ("https://shop.example", json!(["*-*-*-*"])),
        ("https://shop.example", json!(["activated", "nosuch-event"])),
    ] {
        said += &stage.say(create(url, events));
    }
    said += &stage.say(json!({"webhook": {"delete": {"by": "ann", "no": 9}}}));
    expect![[r#"
        hook-set hook={enabled:true,made:2026-11-22T00:00:00Z,no:1,secret_generation:1,url:https://shop.example/hook}
        hook-set hook={enabled:true,events:[container-*],made:2026-11-22T00:00:00Z,no:2,secret_generation:1,url:http://127.0.0.1:9000/x}
        hook-set hook={enabled:true,events:[*],made:2026-11-22T00:00:00Z,no:3,secret_generation:1,url:http://[::1]/x}
        bad-url: "http://shop.example/hook" can't be a web hook: without TLS only 127.0.0.1 and [::1] can be told; use https://
        bad-url: "http://127.0.0.1.evil.example/" can't be a web hook: without TLS only 127.0.0.1 and [::1] can be told; use https://
        bad-url: "http://127.0.0.1@evil.example/" can't be a web hook: it holds a user name or password; web hooks are signed instead
        bad-url: "ftp://shop.example" can't be a web hook: it must begin with https://
        bad-url: "https://" can't be a web hook: it names no host
        bad-url: "https://a b" can't be a web hook: it holds characters that no address has
        bad-pattern: "Container" is no pattern of event types: event types are lower case with hyphens, such as container-*
        bad-pattern: "" is no pattern of event types: it is empty
        bad-pattern: "*-*-*-*" is no pattern of event types: it has more than three *
        bad-pattern: "nosuch-event" is no pattern of event types: no message has such a type; they are those of the journal, such as activated or container-*
        webhook-unknown: there is no web hook W-0000009
    "#]].assert_eq(&said);
}

#[test]
fn what_is_told_names_things_and_states_and_nobody() {
    let mut stage = Stage::new();
    stage.must(create("https://shop.example/hook", json!([])));
    stage.must(create("https://other.example/hook", json!(["acknowledged", "container-g*"])));
    let facts = json!({"name": "Geheim AG", "contacts": [{"name": "Eva Muster", "email": "eva@example.com"}]});
    stage.must(json!({"customer": {"make": {"by": "ann", "facts": facts}}}));
    stage.must(json!({"people": {"create": {"by": "ann", "name": "zoe", "password_hash": "hash", "roles": []}}}));
    stage.device("secret name", 1);
    stage.ferry("secret name", &[choice(1, 1, 2)]);
    stage.must(json!({"container": {"replace": {"by": {"staff": "zoe"}, "id": stage.id_of("secret name"), "why": "lost"}}}));
    stage.must(json!({"people": {"create": {"by": "ann", "name": "kim", "password_hash": "hash", "roles": ["admin"]}}}));
    stage.must(json!({"policy": {"change": {"by": "ann", "change": {"issue_threshold": 5}}}}));
    for number in 2..=3 {
        let product = json!({"product": "cad", "version": "1.0"});
        let line = json!({"product": product, "model": "perpetual", "quantity": 6});
        let order = json!({"reference": format!("o{number}"), "lines": [line]});
        let make = json!({"by": "zoe", "id": id(number), "customer": "C-000001", "order": order});
        stage.must(json!({"entitlement": {"make": make}}));
    }
    stage.must(json!({"approval": {"approve": {"by": "kim", "no": 1}}}));
    stage.must(json!({"approval": {"reject": {"by": "kim", "no": 2, "reason": "Eva is gone"}}}));
    let told = |no| -> String {
        stage.office.hooks().waiting(no).map(|one| format!("{}\n", one.body)).collect()
    };
    let all = told(1);
    for secret in ["Geheim", "Eva", "eva@", "secret name", "zoe", "kim", "hash", "BEGIN", "payload"]
    {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
    expect![[r#"
        {"data":{"id":"C-000002"},"timestamp":"2026-11-22T00:00:00Z","type":"customer-set"}
        {"data":{"generation":1,"id":"01040G2081040G2081040G2081","kind":"bound","serial":"T-SJ6D-877F-J1YS"},"timestamp":"2026-11-22T00:00:01Z","type":"container-met"}
        {"data":{"finding":{"is":"acknowledges","sequence":0},"id":"01040G2081040G2081040G2081","serial":"T-SJ6D-877F-J1YS"},"timestamp":"2026-11-22T00:00:01Z","type":"context-taken"}
        {"data":{"activation":"A-0000001","activation_id":"040G2-08104-0G208-1040G-2081B","container":"01040G2081040G2081040G2081","line":1,"quantity":2,"serial":"T-SJ6D-877F-J1YS","step":"activate"},"timestamp":"2026-11-22T00:00:01Z","type":"activated"}
        {"data":{"first":1,"id":"01040G2081040G2081040G2081","serial":"T-SJ6D-877F-J1YS","works":[{"activation":"A-0000001","ops":1,"revision":0,"step":"activate"}]},"timestamp":"2026-11-22T00:00:01Z","type":"ops-issued"}
        {"data":{"by_receipt":true,"confirmed":["A-0000001"],"id":"01040G2081040G2081040G2081","sequence":2,"serial":"T-SJ6D-877F-J1YS"},"timestamp":"2026-11-22T00:00:01Z","type":"acknowledged"}
        {"data":{"first":3,"id":"01040G2081040G2081040G2081","serial":"T-SJ6D-877F-J1YS"},"timestamp":"2026-11-22T00:00:01Z","type":"ops-issued"}
        {"data":{"customers":["C-000001"],"freed":["A-0000001"],"generation":1,"id":"01040G2081040G2081040G2081","serial":"T-SJ6D-877F-J1YS","why":"lost"},"timestamp":"2026-11-22T00:00:01Z","type":"container-gone"}
        {"data":{},"timestamp":"2026-11-22T00:00:01Z","type":"policies-changed"}
        {"data":{"no":1,"until":"2026-11-29T00:00:01Z","why":{"threshold":5,"units":6,"why":"above-threshold"}},"timestamp":"2026-11-22T00:00:01Z","type":"approval-asked"}
        {"data":{"no":2,"until":"2026-11-29T00:00:01Z","why":{"threshold":5,"units":6,"why":"above-threshold"}},"timestamp":"2026-11-22T00:00:01Z","type":"approval-asked"}
        {"data":{"answer":{"end":"approved"},"no":1},"timestamp":"2026-11-22T00:00:01Z","type":"approval-ended"}
        {"data":{"customer":"C-000001","id":"08104-0G208-1040G-20810-40G2H"},"timestamp":"2026-11-22T00:00:01Z","type":"entitlement-made"}
        {"data":{"answer":{"end":"rejected"},"no":2},"timestamp":"2026-11-22T00:00:01Z","type":"approval-ended"}
    "#]].assert_eq(&all);
    expect![[r#"
        {"data":{"by_receipt":true,"confirmed":["A-0000001"],"id":"01040G2081040G2081040G2081","sequence":2,"serial":"T-SJ6D-877F-J1YS"},"timestamp":"2026-11-22T00:00:01Z","type":"acknowledged"}
        {"data":{"customers":["C-000001"],"freed":["A-0000001"],"generation":1,"id":"01040G2081040G2081040G2081","serial":"T-SJ6D-877F-J1YS","why":"lost"},"timestamp":"2026-11-22T00:00:01Z","type":"container-gone"}
    "#]].assert_eq(&told(2));
}

#[test]
fn a_delivery_is_tried_on_a_schedule_and_given_up_in_the_end() {
    let mut stage = Stage::new();
    stage.must(create("https://shop.example/hook", json!(["webhook-test"])));
    let begin = stage.now;
    stage.must(json!({"webhook": {"test": {"by": "ann", "no": 1}}}));
    let mut said = String::new();
    for attempt in 0..10 {
        let due = stage.office.hooks().due(stage.now, &NOBODY);
        let delivery = due[0].no;
        said += &format!("{attempt} after {} s: ", stage.now.since(begin).as_secs());
        said += &stage.say(attempted(delivery, Some("connection refused")));
        let Some(next) = stage.office.hooks().next_due(&NOBODY) else { break };
        assert!(stage.office.hooks().due(next.minus(Duration::from_secs(1)), &NOBODY).is_empty());
        stage.now = next;
    }
    expect![[r#"
        0 after 0 s: delivery-attempted delivery=1 failed=connection refused next_at=2026-11-22T00:00:05Z
        1 after 5 s: delivery-attempted delivery=1 failed=connection refused next_at=2026-11-22T00:05:05Z
        2 after 305 s: delivery-attempted delivery=1 failed=connection refused next_at=2026-11-22T00:35:05Z
        3 after 2105 s: delivery-attempted delivery=1 failed=connection refused next_at=2026-11-22T02:35:05Z
        4 after 9305 s: delivery-attempted delivery=1 failed=connection refused next_at=2026-11-22T07:35:05Z
        5 after 27305 s: delivery-attempted delivery=1 failed=connection refused next_at=2026-11-22T17:35:05Z
        6 after 63305 s: delivery-attempted delivery=1 failed=connection refused next_at=2026-11-23T07:35:05Z
        7 after 113705 s: delivery-attempted delivery=1 failed=connection refused next_at=2026-11-24T03:35:05Z
        8 after 185705 s: delivery-attempted delivery=1 failed=connection refused next_at=2026-11-25T03:35:05Z
        9 after 272105 s: delivery-attempted delivery=1 failed=connection refused
    "#]].assert_eq(&said);
    let hook = stage.office.hooks().get(1).unwrap();
    assert_eq!((hook.given_up, hook.enabled, hook.failing_since.is_some()), (1, true, true));
    expect![[r#"
        delivery-unknown: delivery msg_1 does not wait: it has ended or never was
    "#]]
    .assert_eq(&stage.say(attempted(1, None)));
}

#[test]
fn a_pause_in_which_nothing_was_tried_is_no_time_of_failing() {
    let mut stage = Stage::new();
    stage.must(create("https://shop.example/hook", json!(["webhook-test"])));
    for pause in [6, 1, 1, 3, 1] {
        stage.must(json!({"webhook": {"test": {"by": "ann", "no": 1}}}));
        let newest = stage.office.hooks().waiting(1).last().unwrap().no;
        stage.must(attempted(newest, Some("503")));
        assert!(stage.office.hooks().get(1).unwrap().enabled);
        stage.days(pause);
    }
}

#[test]
fn a_hook_that_fails_for_days_is_switched_off_and_can_be_switched_on() {
    let mut stage = Stage::new();
    stage.must(create("https://shop.example/hook", json!(["webhook-test"])));
    let test = json!({"webhook": {"test": {"by": "ann", "no": 1}}});
    let mut said = String::new();
    for _ in 0..7 {
        stage.must(test.clone());
        let newest = stage.office.hooks().waiting(1).last().unwrap().no;
        said += &stage.say(attempted(newest, Some("503")));
        stage.days(1);
    }
    assert!(stage.office.hooks().due(stage.now, &NOBODY).is_empty());
    assert_eq!(stage.office.hooks().next_due(&NOBODY), None);
    said += &stage.say(
        json!({"webhook": {"change": {"by": "ann", "no": 1, "enabled": true, "new_secret": true}}}),
    );
    assert!(!stage.office.hooks().due(stage.now, &NOBODY).is_empty());
    expect![[r#"
        delivery-attempted delivery=1 failed=503 next_at=2026-11-22T00:00:05Z
        delivery-attempted delivery=2 failed=503 next_at=2026-11-23T00:00:05Z
        delivery-attempted delivery=3 failed=503 next_at=2026-11-24T00:00:05Z
        delivery-attempted delivery=4 failed=503 next_at=2026-11-25T00:00:05Z
        delivery-attempted delivery=5 failed=503 next_at=2026-11-26T00:00:05Z
        delivery-attempted delivery=6 failed=503 next_at=2026-11-27T00:00:05Z
        hook-set hook={enabled:false,events:[webhook-test],failed_last:2026-11-26T00:00:00Z,failing_since:2026-11-22T00:00:00Z,made:2026-11-22T00:00:00Z,no:1,secret_generation:1,switched_off:true,url:https://shop.example/hook}
        delivery-attempted delivery=7 failed=503 next_at=2026-11-28T00:00:05Z
        hook-set hook={enabled:true,events:[webhook-test],made:2026-11-22T00:00:00Z,no:1,secret_generation:2,url:https://shop.example/hook}
    "#]].assert_eq(&said);
}
