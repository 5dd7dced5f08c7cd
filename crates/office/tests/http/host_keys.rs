//! Host keys: issued, fetched as files, checked by applications, taken back; what is told and what is not.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use tenure_document::{
    Envelope, Hash, HostCheck, HostKey, Payload, Trust, Verified, read_document, read_documents,
};

use crate::office::{Actor, TestOffice, publisher};
use crate::publisher::{ed25519, now};
use crate::selling;

fn office() -> TestOffice {
    TestOffice::with(|options| {
        options.check_signer = Some(Arc::new(ed25519(40)));
        options.check_url = Some("https://licenses.example.com".to_owned());
    })
}

/// Keys of the product `cad` for these hosts: their ids, in order.
async fn issued(office: &TestOffice, hosts: &[&str], more: Value) -> Vec<String> {
    let mut body = json!({"customer": "C-000001", "product": "cad", "hosts": hosts, "users": 2});
    let (Value::Object(members), Value::Object(more)) = (&mut body, more) else { unreachable!() };
    members.extend(more);
    let group = office.owner().post("/api/v1/host-keys", body).await.ok();
    let keys = group["keys"].as_array().expect("keys");
    keys.iter().map(|key| key["id"].as_str().expect("an id").to_owned()).collect()
}

fn user(number: u8) -> String {
    tenure_document::HostUserId([number; 16]).to_string()
}

fn question(key: &str, user: &str, host: &str) -> String {
    json!({"key": key, "revision": "4.2.1", "user": user, "host": host}).to_string()
}

/// What a file proves, from the pinned root alone.
fn trust_of(file: &str) -> (Trust, Vec<Envelope>) {
    let documents = read_documents(file.as_bytes()).expect("a license file");
    let mut trust = Trust::pin(publisher().pin());
    for document in &documents {
        if document.payload_type == tenure_document::Keyset::TYPE {
            trust.adopt_keyset(document).expect("the publisher's key set");
        }
    }
    (trust, documents)
}

/// Asks, and proves the answer by the papers of the office.
async fn ask(office: &TestOffice, key: &str, user: &str, host: &str) -> Verified<HostCheck> {
    let question = question(key, user, host);
    let body = question.clone().into_bytes();
    let json = Some("application/json");
    let answer =
        office.anonymous().send_bytes(Method::POST, "/api/v1/host-checks", json, body).await.ok();
    let papers = office.anonymous().get("/api/v1/host-checks/papers").await.ok();
    let mut trust = Trust::pin(publisher().pin());
    let read =
        |value: &Value| read_document(value.as_str().expect("a text").as_bytes()).expect("…");
    trust.adopt_keyset(&read(&papers["keysets"][0])).expect("the publisher's key set");
    let envelope = read(&answer["document"]);
    let verified: Verified<HostCheck> = match &papers["certificate"] {
        Value::Null => trust.verify(&envelope, office.now()).expect("a publisher key signed"),
        certificate => {
            let certificate = read(certificate);
            let certificate =
                trust.verify_certificate(&certificate, office.now()).expect("certified");
            trust.verify_by(&envelope, &certificate, office.now()).expect("the service signed")
        }
    };
    assert_eq!(verified.nonce.as_slice(), Hash::of(question.as_bytes()).as_bytes());
    assert_eq!((verified.key.as_str(), verified.host.as_str()), (key, host));
    verified
}

fn said(check: &HostCheck) -> String {
    let (counted, allowed) = (check.users_counted.unwrap_or(0), check.users_allowed.unwrap_or(0));
    let reason = check.reason.as_deref().unwrap_or("-");
    format!("{} {reason} {counted}/{allowed}", if check.valid { "yes" } else { "no" })
}

#[tokio::test]
async fn a_key_is_issued_fetched_checked_and_taken_back() {
    let office = office();
    let owner = office.owner();
    selling::catalog(&owner).await;
    let more = json!({"offline": "grace(14)", "enforcement": "block", "notes": "intranet"});
    let hosts = ["App.Example.com.", "*.example.com", "localhost"];
    let keys = issued(&office, &hosts, more).await;

    let answer = owner.get(&format!("/api/v1/host-keys/{}/file", keys[1])).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(answer.headers["content-disposition"], "attachment; filename=\"+.example.com.txt\"");
    let (trust, documents) = trust_of(&answer.text);
    let kinds: Vec<&str> = documents.iter().map(|one| one.payload_type.as_str()).collect();
    assert_eq!(
        kinds,
        [HostKey::TYPE, tenure_document::Keyset::TYPE, tenure_document::Certificate::TYPE]
    );
    let key: Verified<HostKey> = trust.verify(&documents[0], now()).expect("the publisher signed");
    let shown = String::from_utf8(tenure_document::payload_bytes(&*key)).unwrap();
    expect_test::expect![[r#"{"id":"KEY","host":"*.example.com","product":"cad","users":2,"issued":"2026-11-22T00:00:00Z","offline":{"grace":14},"group":"H-000001","window_days":30,"enforcement":"block","check_url":"https://licenses.example.com"}"#]]
        .assert_eq(&shown.replace(&keys[1], "KEY"));

    // One user on two hosts of the group counts once; the third user is one too many.
    assert_eq!(said(&*ask(&office, &keys[0], &user(1), "app.example.com").await), "yes - 1/2");
    assert_eq!(said(&*ask(&office, &keys[1], &user(1), "www.example.com").await), "yes - 1/2");
    let second = ask(&office, &keys[1], "", "www.example.com").await;
    assert_eq!(said(&second), "yes - 2/2");
    let third = ask(&office, &keys[1], &user(3), "www.example.com").await;
    assert_eq!(said(&third), "no over-limit 2/2");
    // Whoever had no id was given one, and is known by it.
    let id = second.user_id.expect("a new id").to_string();
    assert_eq!(said(&*ask(&office, &keys[1], &id, "www.example.com").await), "yes - 2/2");
    assert_eq!(
        said(&*ask(&office, &keys[0], &user(1), "www.example.com").await),
        "no wrong-host 2/2"
    );
    assert_eq!(said(&*ask(&office, &keys[2], &user(9), "localhost").await), "yes - 0/0");

    let revoke = format!("/api/v1/host-keys/{}/revoke", keys[0]);
    owner.post(&revoke, json!({"reason": "moved"})).await.ok();
    assert_eq!(said(&*ask(&office, &keys[0], &user(1), "app.example.com").await), "no revoked 2/2");
    assert_eq!(
        owner.get(&format!("/api/v1/host-keys/{}/file", keys[0])).await.problem(),
        "422 bad-value"
    );

    let list = owner.get("/api/v1/host-keys?q=example").await.ok();
    let rows: Vec<String> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| format!("{} {} {}", row["host"], row["state"], row["users_counted"]))
        .collect();
    assert_eq!(rows, ["\"app.example.com\" \"revoked\" 2", "\"*.example.com\" \"valid\" 2",]);
    let group = owner.get("/api/v1/host-groups/H-000001").await.ok();
    assert_eq!(group["full_on"], "2026-11-22");
    assert_eq!(group["days"], json!([{"day": "2026-11-22", "users": 2}]));

    // What is counted is in the ledger, and nobody's id is.
    let office = office.restarted();
    let group = office.owner().get("/api/v1/host-groups/H-000001").await.ok();
    assert_eq!((&group["users_counted"], &group["users_allowed"]), (&json!(2), &json!(2)));
    let journal = office.owner().get("/api/v1/journal?size=1000").await.ok().to_string();
    assert!(!journal.contains(&user(1)) && !journal.contains(&id) && !journal.contains("salt"));
}

/// The books' time goes on as it was when the machine stood still and its clock was put right afterwards.
#[tokio::test]
async fn the_next_check_lies_ahead_of_the_answer_whatever_the_clock_went_through() {
    let office = office();
    selling::catalog(&office.owner()).await;
    let keys = issued(&office, &["a.example"], json!({"offline": "deny"})).await;
    let mut said = String::new();
    for hours in [0, 60, -120] {
        office.clock.jump_wall_ms(hours * 3_600_000);
        let check = ask(&office, &keys[0], &user(1), "a.example").await;
        let next = check.next_check.expect("a time");
        said +=
            &format!("{hours} h: {} s\n", next.as_millis() / 1_000 - check.at.as_millis() / 1_000);
    }
    expect_test::expect![[r#"
        0 h: 72112 s
        60 h: 72112 s
        -120 h: 72112 s
    "#]]
    .assert_eq(&said);
}

#[tokio::test]
async fn terms_change_for_all_keys_of_a_group_at_once() {
    let office = office();
    let owner = office.owner();
    selling::catalog(&owner).await;
    let keys = issued(&office, &["a.example"], json!({"enforcement": "warn"})).await;
    for number in 1..=3 {
        ask(&office, &keys[0], &user(number), "a.example").await;
    }
    assert_eq!(said(&*ask(&office, &keys[0], &user(3), "a.example").await), "yes over-limit 3/2");
    let group = "/api/v1/host-groups/H-000001";
    let more = owner.post(&format!("{group}/hosts"), json!({"hosts": ["b.example"]})).await.ok();
    let added = more["keys"][1]["id"].as_str().expect("an id").to_owned();
    owner.patch(group, json!({"users": 3})).await.ok();
    assert_eq!(said(&*ask(&office, &added, &user(3), "b.example").await), "yes - 3/3");
    owner.patch(group, json!({"expires_at": "2026-11-21T00:00:00Z"})).await.ok();
    assert_eq!(said(&*ask(&office, &added, &user(3), "b.example").await), "no expired 3/3");
    owner.patch(group, json!({"no_end": true})).await.ok();
    assert_eq!(said(&*ask(&office, &added, &user(3), "b.example").await), "yes - 3/3");
    let refused = |body: Value| async { owner.patch(group, body).await.problem() };
    assert_eq!(refused(json!({"offline": "sometimes"})).await, "422 bad-value");
    assert_eq!(refused(json!({"enforcement": "stop"})).await, "422 bad-value");
    assert_eq!(refused(json!({"users": 0})).await, "422 bad-value");
    let same = owner.post(&format!("{group}/hosts"), json!({"hosts": ["B.example"]})).await;
    assert_eq!(same.problem(), "409 host-taken");
}

/// Exactly four members: one more or one less is no check. None of these is an answer about a key.
#[tokio::test]
async fn what_is_not_a_check_is_not_answered() {
    let office = office();
    selling::catalog(&office.owner()).await;
    let keys = issued(&office, &["a.example"], json!({})).await;
    let good = json!({"key": keys[0], "revision": "1", "user": user(1), "host": "a.example"});
    let with = |change: &dyn Fn(&mut Value)| {
        let mut body = good.clone();
        change(&mut body);
        body
    };
    let bodies = [
        with(&|body| body["name"] = "Ada".into()),
        with(&|body| drop(body.as_object_mut().unwrap().remove("user"))),
        with(&|body| body["user"] = Value::Null),
        with(&|body| body["user"] = "ada".into()),
        with(&|body| body["host"] = "*.example".into()),
        with(&|body| body["host"] = "a.example:443".into()),
        with(&|body| body["revision"] = "x".repeat(65).into()),
        with(&|body| body["key"] = "K1".into()),
        with(&|body| body["key"] = "HK-00000000000000000000000000".into()),
    ];
    let mut problems = Vec::new();
    for body in bodies {
        problems.push(office.anonymous().post("/api/v1/host-checks", body).await.problem());
    }
    assert_eq!(
        problems,
        [
            "400 malformed-request",
            "400 malformed-request",
            "400 malformed-request",
            "422 bad-value",
            "422 bad-value",
            "422 bad-value",
            "422 bad-value",
            "422 bad-value",
            "404 host-key-unknown",
        ]
    );
}

async fn guesses(actor: &Actor<'_>, times: usize) -> Vec<String> {
    let mut problems = Vec::new();
    for number in 0..times {
        let key = tenure_document::HostKeyId([number as u8; 16]).to_string();
        let body = json!({"key": key, "revision": "1", "user": "", "host": "a.example"});
        problems.push(actor.post("/api/v1/host-checks", body).await.problem());
    }
    problems
}

#[tokio::test]
async fn whoever_guesses_keys_or_asks_too_often_has_to_wait() {
    let office = office();
    let problems = guesses(&office.anonymous(), 8).await;
    assert_eq!(problems.first().map(String::as_str), Some("404 host-key-unknown"));
    assert_eq!(problems.last().map(String::as_str), Some("429 too-many-attempts"));

    let office = TestOffice::with(|options| options.host_checks_per_second = 1);
    selling::catalog(&office.owner()).await;
    let keys = issued(&office, &["a.example"], json!({})).await;
    let body = || json!({"key": keys[0], "revision": "1", "user": user(1), "host": "a.example"});
    for _ in 0..10 {
        office.anonymous().post("/api/v1/host-checks", body()).await.ok();
    }
    // The limit is one a second of real time: on a machine that is this slow, more of them are within it.
    let mut answer = office.anonymous().post("/api/v1/host-checks", body()).await;
    for _ in 0..100 {
        if answer.status != StatusCode::OK {
            break;
        }
        answer = office.anonymous().post("/api/v1/host-checks", body()).await;
    }
    assert_eq!(answer.problem(), "429 too-many-attempts");
    assert!(answer.headers.contains_key("retry-after"));
}

/// Without a key of its own the office answers with a publisher key; the application sees no difference.
#[tokio::test]
async fn a_publisher_key_answers_where_there_is_no_other() {
    let office = TestOffice::new();
    selling::catalog(&office.owner()).await;
    let keys = issued(&office, &["a.example"], json!({})).await;
    assert_eq!(said(&*ask(&office, &keys[0], &user(1), "a.example").await), "yes - 1/2");
    let papers = office.anonymous().get("/api/v1/host-checks/papers").await.ok();
    assert_eq!(papers["certificate"], Value::Null);
}

/// Users are units that are sold: more than one person may issue need a second one.
#[tokio::test]
async fn many_users_need_a_second_person() {
    let office = office();
    selling::catalog(&office.owner()).await;
    office.owner().patch("/api/v1/policies", json!({"issue_threshold": 10})).await;
    let ann = office.user("ann", &["fulfil"]).await;
    let body =
        json!({"customer": "C-000001", "product": "cad", "hosts": ["a.example"], "users": 11});
    let answer = ann.post("/api/v1/host-keys", body).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
    let approval = answer.json()["approval"].as_str().expect("a question").to_owned();
    let leo = office.user("leo", &["admin"]).await;
    leo.post(&format!("/api/v1/approvals/{approval}/approve"), json!({})).await.ok();
    assert_eq!(leo.get("/api/v1/host-keys").await.ok()["total"], 1);
    // More of them later are as many.
    let more = ann.patch("/api/v1/host-groups/H-000001", json!({"users": 22})).await;
    assert_eq!(more.status, StatusCode::ACCEPTED, "{}", more.text);
    ann.patch("/api/v1/host-groups/H-000001", json!({"users": 21})).await.ok();
}
