//! Users, quotas, approvals, policies, published documents.

use super::stage::*;
use expect_test::expect;
use serde_json::{Value, json};
use tenure_issuing::office::*;

fn user(stage: &mut Stage, name: &str, roles: &[&str], quota: Option<u32>) -> String {
    let create = json!({"by": "setup", "name": name, "password_hash": "$argon2id$…", "roles": roles, "daily_quota": quota});
    stage.say(json!({"people": {"create": create}}))
}

fn order(number: u8, by: &str, quantity: u32) -> Value {
    let product = json!({"product": "cad", "version": "1.0"});
    let line = json!({"product": product, "model": "perpetual", "quantity": quantity});
    let order = json!({"reference": format!("o{number}"), "lines": [line]});
    json!({"entitlement": {"make": {"by": by, "id": id(number), "customer": "C-000001", "order": order}}})
}

fn answer(what: &str, by: &str, no: u64) -> Value {
    json!({"approval": {what: {"by": by, "no": no}}})
}

/// The types of events, or the refusal.
fn kinds(result: Result<Vec<Event>, Refusal>) -> String {
    match result {
        Ok(events) => {
            let kind =
                |event: &Event| brief(event).split(' ').next().unwrap_or_default().to_owned();
            let kinds: Vec<String> = events.iter().map(kind).collect();
            format!("[{}]\n", kinds.join(", "))
        }
        Err(refusal) => format!("{}: {refusal}\n", refusal.code()),
    }
}

#[test]
fn users_are_made_changed_and_deleted_but_never_the_last_administrator() {
    let mut stage = Stage::new();
    let mut said = user(&mut stage, "ann", &["admin", "viewer", "admin"], None);
    said += &user(&mut stage, "ann", &[], None);
    said += &user(&mut stage, " bob", &[], None);
    said += &user(&mut stage, "bob", &[], Some(5));
    let change = |name: &str, change: Value| json!({"people": {"change": {"by": "ann", "name": name, "change": change}}});
    said += &stage.say(change("ann", json!({"roles": ["viewer"]})));
    said += &stage.say(change("bob", json!({"roles": ["viewer"]})));
    said += &stage.say(change("bob", json!({"roles": ["admin"]})));
    said += &stage.say(change("eve", json!({})));
    said += &stage.say(json!({"people": {"delete": {"by": "bob", "name": "ann"}}}));
    said += &stage.say(json!({"people": {"delete": {"by": "bob", "name": "bob"}}}));
    expect![[r#"
        user-set user={changed:2026-11-22T00:00:00Z,made:2026-11-22T00:00:00Z,name:ann,password_hash:$argon2id$…,roles:[viewer,admin]}
        user-exists: there is a user "ann" already; choose another name
        bad-value: the name must not be empty, nor begin or end with a space
        user-set user={changed:2026-11-22T00:00:00Z,daily_quota:5,made:2026-11-22T00:00:00Z,name:bob,password_hash:$argon2id$…,roles:[viewer]}
        last-admin: this user is the last administrator: make another one first
        nothing
        user-set user={changed:2026-11-22T00:00:00Z,daily_quota:5,made:2026-11-22T00:00:00Z,name:bob,password_hash:$argon2id$…,roles:[admin]}
        user-unknown: there is no user "eve"
        user-deleted 
        last-admin: this user is the last administrator: make another one first
    "#]].assert_eq(&said);
}

#[test]
fn beyond_quota_or_threshold_somebody_else_must_approve() {
    let mut stage = Stage::new();
    for (name, role, quota) in
        [("ann", "admin", None), ("fay", "fulfil", Some(10)), ("lea", "admin", None)]
    {
        user(&mut stage, name, &[role], quota);
    }
    stage.must(json!({"policy": {"change": {"by": "ann", "change": {"issue_threshold": 100}}}}));
    let mut said = kinds(stage.order(order(2, "fay", 6)));
    // Six and six are more than ten in a day.
    said += &kinds(stage.order(order(3, "fay", 6)));
    said += &kinds(stage.order(order(3, "fay", 6)));
    let open = stage.office.approvals().open().next().unwrap();
    said += &format!("{} asks until {}: {}\n", open.by, open.until, open.why);
    said += &kinds(stage.order(answer("approve", "fay", 1)));
    said += &kinds(stage.order(answer("approve", "ann", 1)));
    // An administrator without a quota is bound by the threshold.
    said += &kinds(stage.order(order(4, "ann", 101)));
    said += &kinds(stage.order(answer("approve", "ann", 2)));
    said += &kinds(stage.order(answer("reject", "lea", 2)));
    // What can't be done any more is not approved, and the question stays.
    said += &kinds(stage.order(order(5, "fay", 50)));
    said += &kinds(stage.order(order(5, "ann", 1)));
    said += &kinds(stage.order(answer("approve", "ann", 3)));
    stage.days(7);
    said += &kinds(stage.order(answer("approve", "ann", 3)));
    // A new day, a new quota.
    said += &kinds(stage.order(order(6, "fay", 10)));
    expect![[r#"
        [entitlement-made]
        [approval-asked]
        []
        fay asks until 2026-11-29T00:00:00Z: it would make 12 units today, the quota is 10
        own-question: fay asked this; somebody else must approve it
        [approval-ended, entitlement-made]
        [approval-asked]
        own-question: ann asked this; somebody else must approve it
        [approval-ended]
        [approval-asked]
        [entitlement-made]
        activation-id-taken: there is an entitlement 0M2GA-1850M-2GA18-50M2G-A1851 already; make the ID of fresh chance
        approval-unknown: there is no question 3 that waits for approval: it has ended
        [entitlement-made]
    "#]].assert_eq(&said);
    let ended: Vec<String> = stage
        .office
        .approvals()
        .ended()
        .map(|one| format!("{} {:?}", one.no, one.answer))
        .collect();
    expect![[r#"3 Lapsed; 2 Rejected { by: "lea", reason: None }; 1 Approved { by: "ann" }"#]]
        .assert_eq(&ended.join("; "));
}

#[test]
fn policies_have_limits() {
    let mut stage = Stage::new();
    let mut said = String::new();
    for change in [
        json!({"cool_down_days": 3651}),
        json!({"replacements": 101}),
        json!({"replacement_period_days": 0}),
        json!({"unclaimed_max": 1_000_001}),
        json!({"cool_down_days": 7}),
        json!({"cool_down_days": 3, "tolerance": "strict", "issue_threshold": 5}),
        json!({"issue_threshold": null}),
    ] {
        said += &stage.say(json!({"policy": {"change": {"by": "ann", "change": change}}}));
    }
    expect![[r#"
        bad-value: cool_down_days must be 0 to 3650 days, not 3651
        bad-value: replacements must be at most 100, not 101
        bad-value: replacement_period_days must be 1 to 3650 days, not 0
        bad-value: unclaimed_max must be at most 1000000, not 1000001
        nothing
        policies-changed change={cool_down_days:3,issue_threshold:5,tolerance:strict}
        policies-changed change={issue_threshold:null}
    "#]]
    .assert_eq(&said);
}

#[test]
fn published_documents_only_grow() {
    let mut stage = Stage::new();
    let keyset = |version: u64, text: &str| json!({"publish": {"keyset": {"by": "kim", "version": version, "document": text}}});
    let list = |sequence: u64, generation: u32| {
        let containers =
            json!([{"container": "01040G2081040G2081040G2081", "generation": generation}]);
        json!({"publish": {"revocation": {"by": "kim", "sequence": sequence, "document": format!("r{sequence}"), "containers": containers, "keys": []}}})
    };
    let mut said = String::new();
    for command in [
        keyset(1, "one"),
        keyset(1, "one"),
        keyset(1, "other"),
        keyset(3, "three"),
        list(1, 2),
        list(1, 2),
        list(2, 1),
        list(2, 3),
    ] {
        said += &stage.say(command);
    }
    // They travel to whoever has older ones.
    stage.device("a", 1);
    stage.exchange("a", &[]).unwrap();
    let attached = stage.update("a").unwrap().attachments;
    said += &format!("{:?} {:?}\n", attached.keysets, attached.revocation);
    stage
        .must(json!({"policy": {"change": {"by": "ann", "change": {"approve_publishing": true}}}}));
    said += &kinds(stage.order(keyset(4, "four")));
    expect![[r#"
        keyset-published version=1
        nothing
        not-newer: key list 1 is not newer than the one that is published (1)
        keyset-published version=3
        revocation-published containers=[{container:01040G2081040G2081040G2081,generation:2}] sequence=1
        nothing
        list-shrinks: revocation list 2 lacks generation 2 of container T-SJ6D-877F-J1YS, which the one before holds: lists only grow
        revocation-published containers=[{container:01040G2081040G2081040G2081,generation:3}] sequence=2
        ["three"] Some("r2")
        [approval-asked]
    "#]].assert_eq(&said);
}
