//! Users, quotas, approvals, policies, published documents.

use super::publisher::Publisher;
use super::stage::*;
use expect_test::expect;
use serde_json::{Value, json};
use tenure_document::Keyset;
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

/// Host keys for so many users.
fn hosts(number: u8, host: &str, users: u32) -> Value {
    let drawn = |prefix: &str, zeros: String| format!("{prefix}{number}{zeros}");
    let keys = json!([{"id": drawn("HK-", "0".repeat(25)), "host": host}]);
    let terms = json!({"users": users, "window_days": 30, "offline": "allow", "expires": "2027-12-01T00:00:00Z"});
    json!({"host-key": {"issue": {"by": "fay", "customer": "C-000001", "product": "cad",
        "terms": terms, "salt": drawn("", "A".repeat(21)), "keys": keys}}})
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
    said += &user(&mut stage, "local", &["admin"], None);
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
        bad-value: the name can't be "local": the owner of this machine is called so
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
    // What brings no units passes, however many there were.
    let make = json!({"by": "fay", "facts": {"name": "Sued"}});
    let steps = json!([{"line": 2, "change": {"customer": {"make": make}}}]);
    said += &kinds(stage.order(json!({"import": {"by": "fay", "steps": steps}})));
    said += &kinds(stage.order(hosts(1, "localhost", 0)));
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
        own-question: user "fay" asked this; somebody else must approve it
        [approval-ended, entitlement-made]
        [customer-set]
        [host-keys-issued]
        [approval-asked]
        own-question: user "ann" asked this; somebody else must approve it
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
fn an_order_that_waits_makes_no_second_question_whatever_was_drawn_for_it() {
    let mut stage = Stage::new();
    stage.must(json!({"policy": {"change": {"by": "ann", "change": {"issue_threshold": 5}}}}));
    let drawn = |number: u8, reference: &str, quantity: u32| {
        let mut order = order(number, "fay", quantity);
        order["entitlement"]["make"]["order"]["reference"] = reference.into();
        order
    };
    let own = |number: u8| {
        let mut order = drawn(number, "o1", 6);
        order["entitlement"]["make"]["own"] = true.into();
        order
    };
    let mut own_hosts = hosts(3, "a.example", 6);
    own_hosts["host-key"]["issue"]["own"] = true.into();
    let list = |number: u8, line: u64| {
        let change = drawn(number, "o2", 6);
        json!({"import": {"by": "fay", "steps": [{"line": line, "change": change}]}})
    };
    let mut said = String::new();
    for (name, command) in [
        ("an order", drawn(1, "o1", 6)),
        ("the same", drawn(2, "o1", 6)),
        ("more units", drawn(2, "o1", 7)),
        ("another order", drawn(2, "o3", 6)),
        ("of its own", own(3)),
        ("the same of its own", own(3)),
        ("another of its own", own(4)),
        ("a list", list(5, 2)),
        ("the same list", list(6, 2)),
        ("another list", list(6, 3)),
        ("host keys", hosts(1, "a.example", 6)),
        ("the same", hosts(2, "a.example", 6)),
        ("another host", hosts(2, "b.example", 6)),
        ("of their own", own_hosts),
    ] {
        said += &format!("{name}: {}", kinds(stage.order(command)));
    }
    expect![[r#"
        an order: [approval-asked]
        the same: []
        more units: [approval-asked]
        another order: [approval-asked]
        of its own: [approval-asked]
        the same of its own: []
        another of its own: [approval-asked]
        a list: [approval-asked]
        the same list: []
        another list: [approval-asked]
        host keys: [approval-asked]
        the same: []
        another host: [approval-asked]
        of their own: [approval-asked]
    "#]]
    .assert_eq(&said);
}

/// Users that a group of host keys gets later are units that are sold, like those it began with.
#[test]
fn more_users_of_a_group_need_a_second_person_as_its_first_ones_do() {
    let mut stage = Stage::new();
    for (name, role, quota) in [("ann", "admin", None), ("fay", "fulfil", Some(13))] {
        user(&mut stage, name, &[role], quota);
    }
    stage.must(json!({"policy": {"change": {"by": "ann", "change": {"issue_threshold": 10}}}}));
    stage.must(hosts(1, "a.example", 1));
    let mut said = String::new();
    for change in [
        json!({"users": 12}),
        json!({"users": 11}),
        json!({"users": 3}),
        json!({"users": 5}),
        json!({"users": 6}),
        json!({"users": 6, "expires": null}),
        json!({"users": 5, "notes": "as many"}),
    ] {
        let group = stage.office.host_keys().group(HostGroupId::FIRST).unwrap();
        said += &format!("{} users, {change}: ", group.terms.users);
        let change = json!({"by": "fay", "group": "H-000001", "change": change});
        said += &kinds(stage.order(json!({"host-key": {"change": change}})));
    }
    for open in stage.office.approvals().open() {
        said += &format!("{}: {}\n", open.no, open.why);
    }
    // What was asked is what is done: an end that was taken away too.
    said += &kinds(stage.order(answer("approve", "ann", 3)));
    let terms = &stage.office.host_keys().group(HostGroupId::FIRST).unwrap().terms;
    said += &format!("{} users, until {:?}\n", terms.users, terms.expires);
    expect![[r#"
        1 users, {"users":12}: [approval-asked]
        1 users, {"users":11}: [host-keys-changed]
        11 users, {"users":3}: [host-keys-changed]
        3 users, {"users":5}: [host-keys-changed]
        5 users, {"users":6}: [approval-asked]
        5 users, {"expires":null,"users":6}: [approval-asked]
        5 users, {"notes":"as many","users":5}: [host-keys-changed]
        1: 11 units are more than one person may issue at once (10)
        2: it would make 14 units today, the quota is 13
        3: it would make 14 units today, the quota is 13
        [approval-ended, host-keys-changed]
        6 users, until None
    "#]]
    .assert_eq(&said);
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
        json!({"certificate_days": 2}),
        json!({"certificate_days": 6}),
        json!({"server_poll_days": 3}),
        json!({"server_poll_days": 3, "certificate_days": 9}),
        json!({"server_poll_days": 0, "certificate_days": 3}),
        json!({"certificate_days": 0}),
        json!({"server_poll_days": 3650}),
    ] {
        said += &stage.say(json!({"policy": {"change": {"by": "ann", "change": change}}}));
    }
    expect![[r#"
        bad-value: cool_down_days must be 0 to 3650 days, not 3651
        bad-value: replacements must be at most 100, not 101
        bad-value: replacement_period_days must be 1 to 3650 days, not 0
        bad-value: unclaimed_max must be at most 1000000, not 1000001
        nothing
        policies-changed before={cool_down_days:7,issue_threshold:null,tolerance:medium} change={cool_down_days:3,issue_threshold:5,tolerance:strict}
        policies-changed before={issue_threshold:5} change={issue_threshold:null}
        bad-value: certificate_days must be 0 or at least 3 times server_poll_days (1), not 2: a license server that is heard from late would serve under a certificate that has ended
        policies-changed before={certificate_days:0} change={certificate_days:6}
        bad-value: certificate_days must be 0 or at least 3 times server_poll_days (3), not 6: a license server that is heard from late would serve under a certificate that has ended
        policies-changed before={certificate_days:6,server_poll_days:1} change={certificate_days:9,server_poll_days:3}
        policies-changed before={certificate_days:9,server_poll_days:3} change={certificate_days:3,server_poll_days:0}
        policies-changed before={certificate_days:3} change={certificate_days:0}
        policies-changed before={server_poll_days:0} change={server_poll_days:3650}
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

#[test]
fn a_revocation_list_that_no_update_could_bring_is_not_published() {
    let mut stage = Stage::new();
    let mut said = String::new();
    for (sequence, count) in [(1, 10), (2, 4_000), (3, 7_000), (4, 4_001)] {
        let published = kinds(stage.publish_list(sequence, strangers(count)));
        said += &format!("{} % full after {published}", stage.office.revocation_list_percent());
    }
    expect![[r#"
        1 % full after [revocation-published]
        68 % full after [revocation-published]
        68 % full after bad-value: the document must have at most 458752 bytes, not 546080: no update could bring it
        68 % full after [revocation-published]
    "#]]
    .assert_eq(&said);
}

#[test]
fn a_key_list_with_another_root_follows_the_one_right_before_it() {
    let mut stage = Stage::new();
    let publisher = Publisher::new(16);
    let roots = [stage.publisher.keyset.root.clone(), publisher.keyset.root.clone()];
    let mut said = String::new();
    for (version, root) in [(2, 0), (4, 0), (6, 1), (5, 1), (7, 0), (8, 1), (6, 0)] {
        let root = roots[root].clone();
        let keyset = Keyset { version, root, ..publisher.keyset.clone() };
        let document = publisher.seal_keyset(&keyset).to_json();
        let keyset = json!({"by": "kim", "version": version, "document": document});
        said += &stage.say(json!({"publish": {"keyset": keyset}}));
    }
    expect![[r#"
        keyset-published version=2
        keyset-published version=4
        keyset-gap: key list 6 has another root than the one that is published (4): publish those between first
        keyset-published version=5
        keyset-gap: key list 7 has another root than the one that is published (5): publish those between first
        keyset-published version=8
        not-newer: key list 6 is not newer than the one that is published (8)
    "#]].assert_eq(&said);
}
