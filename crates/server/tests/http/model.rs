//! The model over HTTP: checked, previewed, set, shown, compared, rolled back, deleted; and the pools it makes.

use axum::http::header::{ETAG, IF_MATCH};
use axum::http::{Method, StatusCode};
use expect_test::expect;
use serde_json::json;

use crate::app::{Answer, TestApp, checkout};

const SITE: &str = "model \"site\" {\n  partitions {\n    partition \"design\" {\n      \"cad\" 1.0 2\n    }\n  }\n  on user(\"ann\") {\n    use \"design\"\n    accept\n  }\n  on any() {\n    deny\n  }\n}\n";
const FAULTY: &str =
    "model \"site\" {\n  on usr(\"ann\") {\n    use \"desing\"\n    accpet\n  }\n}\n";

async fn put(app: &TestApp, query: &str, text: &str) -> Answer {
    let path = format!("/api/v1/model{query}");
    app.owner().send_bytes(Method::PUT, &path, Some("text/plain"), text.into()).await
}

async fn post(app: &TestApp, path: &str, text: &str) -> Answer {
    app.owner().send_bytes(Method::POST, path, Some("text/plain"), text.into()).await
}

#[tokio::test]
async fn a_faulty_text_is_refused_with_everything_that_is_wrong() {
    let app = TestApp::new().await;
    let answer = put(&app, "?file=site.model", FAULTY).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text);
    let body = answer.json();
    assert_eq!(body["code"], "model-invalid");
    let findings = body["findings"].as_array().expect("findings");
    let shown: Vec<&str> = findings.iter().filter_map(|found| found["shown"].as_str()).collect();
    expect![[r#"
        error[unexpected]: `usr` can't stand here
         --> site.model:2:6
          |
        2 |   on usr("ann") {
          |      ^^^ expected a test: hostid, hostname, hosttype, user, group, dictionary or any
          |
          = help: did you mean `user`?
        error[unknown-pool]: there is no pool "desing" in this model
         --> site.model:3:9
          |
        3 |     use "desing"
          |         ^^^^^^^^
        error[unexpected]: `accpet` can't stand here
         --> site.model:4:5
          |
        4 |     accpet
          |     ^^^^^^ expected `without`, `accept`, `deny`, `continue` or `}`
          |
          = help: did you mean `accept`?"#]]
    .assert_eq(&shown.join("\n"));
    assert_eq!(app.owner().get("/api/v1/model").await.json_code().as_deref(), Some("no-model"));
    let check = post(&app, "/api/v1/model/check", FAULTY).await;
    assert_eq!((check.status, &check.json()["usable"]), (StatusCode::OK, &json!(false)));
}

#[tokio::test]
async fn a_check_knows_the_servers_features_and_shortages() {
    let app = TestApp::new().await;
    let text = SITE.replace("\"cad\" 1.0 2", "\"cad\" 1.0 100000 \"cda\" 1.0 1 \"cad\" 99.0 1");
    let check = post(&app, "/api/v1/model/check", &text).await.json();
    let findings = check["findings"].as_array().expect("findings").iter();
    let codes: Vec<&str> = findings.filter_map(|found| found["code"].as_str()).collect();
    assert_eq!(codes, ["short", "unknown-feature", "version-too-high"], "{check}");
    assert_eq!(check["usable"], json!(true));
    let json = json!({"text": text, "file": "x"});
    let again = app.owner().post("/api/v1/model/check", json).await.json();
    assert_eq!(again["findings"].as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn a_model_decides_who_gets_what_and_its_history_is_kept() {
    let app = TestApp::new().await;
    let preview = post(&app, "/api/v1/model/preview", SITE).await;
    assert_eq!(preview.status, StatusCode::OK, "{}", preview.text);
    assert_eq!(preview.json()["after"][0]["name"], "design");
    let set = put(&app, "?note=first&keep_leases=true", SITE).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.text);
    let shown = app.owner().get("/api/v1/model").await.json();
    assert_eq!((&shown["version"], &shown["text"]), (&json!(1), &json!(SITE)));
    assert_eq!((&shown["note"], &shown["keep_leases"]), (&json!("first"), &json!(true)));

    // The checkout of the tests is ann's.
    let client = app.anonymous();
    let two = client.post("/api/v1/leases", checkout("ws9", "cad", 2)).await;
    assert_eq!(two.status, StatusCode::CREATED, "{}", two.text);
    let third = client.post("/api/v1/leases", checkout("ws8", "cad", 1)).await;
    assert_eq!(third.json_code().as_deref(), Some("no-seats"), "{}", third.text);
    let pools = app.owner().get("/api/v1/pools?q=design").await.json();
    assert_eq!((&pools["total"], &pools["items"][0]["used"]), (&json!(1), &json!(2)), "{pools}");

    let closed = SITE.replace("user(\"ann\")", "user(\"bob\")");
    assert_eq!(put(&app, "", &closed).await.status, StatusCode::OK);
    let denied = client.post("/api/v1/leases", checkout("ws9", "cad", 1)).await;
    assert_eq!(denied.json_code().as_deref(), Some("denied-by-rule"), "{}", denied.text);

    let diff = app.owner().get("/api/v1/model/diff").await.json();
    expect![[r#"
        --- version 1
        +++ version 2
        @@ -4,7 +4,7 @@
               "cad" 1.0 2
             }
           }
        -  on user("ann") {
        +  on user("bob") {
             use "design"
             accept
           }
    "#]]
    .assert_eq(diff["unified"].as_str().expect("a text"));
    assert_eq!((&diff["added"], &diff["removed"]), (&json!(1), &json!(1)));
    let whole = app.owner().get("/api/v1/model/diff?from=0&to=1").await.json();
    assert_eq!(whole["added"], json!(14));

    let back = app.owner().post("/api/v1/model/rollback", json!({"version": 1})).await;
    assert_eq!(back.json()["version"], json!(3), "{}", back.text);
    assert_eq!(back.json()["note"], json!("back to version 1"));
    assert_eq!(app.owner().delete("/api/v1/model").await.status, StatusCode::NO_CONTENT);
    let history = app.owner().get("/api/v1/model/history").await.json();
    let rows = history["items"].as_array().expect("rows").iter();
    let said: Vec<String> = rows
        .map(|row| format!("{} {} {}", row["version"], row["in_force"], row["deleted_by"]))
        .collect();
    assert_eq!(said, ["3 false \"local\"", "2 false null", "1 false null"]);
    let first = app.owner().get("/api/v1/model/history/1").await.json();
    assert_eq!(first["text"], json!(SITE));
}

#[tokio::test]
async fn what_is_not_there_is_said() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let mut said = String::new();
    for path in ["/api/v1/model/history/7", "/api/v1/model/history/x", "/api/v1/model/diff?to=3"] {
        let answer = owner.get(path).await;
        said.push_str(&format!(
            "{} {} {}\n",
            answer.status.as_u16(),
            path,
            answer.json()["detail"]
        ));
    }
    let gone = owner.delete("/api/v1/model").await;
    said.push_str(&format!("{} {}\n", gone.status.as_u16(), gone.json()["code"]));
    for (kind, body) in [
        ("text/plain", &b"model \"\xff\" { }"[..]),
        ("application/json", b"{\"txt\":\"\"}"),
        ("text/plain", &[b' '; 921_601]),
    ] {
        let answer =
            owner.send_bytes(Method::PUT, "/api/v1/model", Some(kind), body.to_vec()).await;
        said.push_str(&format!("{} {}\n", answer.status.as_u16(), answer.json()["detail"]));
    }
    let query = put(&app, "?keep=yes", SITE).await;
    said.push_str(&format!("{} {}\n", query.status.as_u16(), query.json()["detail"]));
    expect![[r#"
        404 /api/v1/model/history/7 "There is no version 7 of the model."
        404 /api/v1/model/history/x "The path names nothing that can exist here."
        404 /api/v1/model/diff?to=3 "There is no version 2 of the model."
        404 "no-model"
        400 "The text is not UTF-8: line 1."
        400 "`txt`: unknown field `txt`, expected one of `text`, `keep_leases`, `note`, `file` (line 1, column 6)"
        422 "The model has 1 error; the first in line 1, column 1: the model has 921601 bytes, at most 921600 are allowed."
        400 "keep: unknown field `keep`, expected one of `keep_leases`, `note`, `file`"
    "#]].assert_eq(&said);
}

#[tokio::test]
async fn a_change_may_say_which_version_it_was_decided_on() {
    let app = TestApp::new().await;
    let told = async |method: Method, tag: &str, text: &str| {
        let mut request =
            app.owner().request(method, "/api/v1/model", Some("text/plain"), text.into());
        request.headers_mut().insert(IF_MATCH, tag.parse().expect("a header"));
        let answer = app.send(request).await;
        (answer.status.as_u16(), answer.json_code().unwrap_or_default())
    };
    let changed = |status| (status, "model-changed".to_owned());
    assert_eq!(told(Method::PUT, "\"1\"", SITE).await, changed(412));
    assert_eq!(told(Method::PUT, "\"0\"", SITE).await.0, 200);
    assert_eq!(told(Method::PUT, "\"0\"", "model \"b\" { }").await, changed(412));
    let shown = app.owner().get("/api/v1/model").await;
    assert_eq!(shown.headers[ETAG], "\"1\"");
    assert_eq!(told(Method::PUT, "\"1\"", "model \"b\" { }").await.0, 200);
    assert_eq!(told(Method::DELETE, "\"1\"", "").await, changed(412));
    assert_eq!(told(Method::PUT, "seven", SITE).await.0, 400);
    assert_eq!(told(Method::DELETE, "\"2\"", "").await.0, 204);
}
