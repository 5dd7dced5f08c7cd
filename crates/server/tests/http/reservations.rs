//! Reservations over HTTP: post, look, edit in place, import, export, delete, and what is refused.

use axum::http::header::{ETAG, IF_MATCH};
use axum::http::{Method, StatusCode};
use expect_test::expect;
use serde_json::{Value, json};

use crate::app::{TestApp, checkout};

const GROUPS: &str = "/api/v1/reservation-groups";

/// As such files have it everywhere.
fn group(name: &str, host: &str, feature: &str, count: u64) -> Value {
    let entries = json!([{"featureName": feature, "featureVersion": "1.0", "featureCount": count}]);
    let host = json!({"value": host, "type": "STRING"});
    json!({"name": name, "reservations": [{"hostId": host, "reservationEntries": entries}]})
}

#[tokio::test]
async fn a_group_is_posted_used_and_shown() {
    let app = TestApp::new().await;
    let posted = app.owner().post(GROUPS, group("design", "ws1", "cad", 2)).await;
    assert_eq!(posted.headers[ETAG], "\"1\"");
    expect![[r#"
        201 application/json
        {
          "changed_at": "2026-11-22T00:00:00Z",
          "created_at": "2026-11-22T00:00:00Z",
          "id": "R-1",
          "keep_leases": false,
          "name": "design",
          "reservations": [
            {
              "hostId": {
                "type": "STRING",
                "value": "ws1"
              },
              "reservationEntries": [
                {
                  "featureCount": 2,
                  "featureName": "cad",
                  "featureVersion": "1.0",
                  "idle": 2,
                  "reserved": 2,
                  "status": "satisfiable",
                  "used": 0,
                  "waiting": 0
                }
              ]
            }
          ],
          "revision": 1
        }
    "#]]
    .assert_eq(&posted.show());
    let client = app.anonymous();
    let taken = client.post("/api/v1/leases", checkout("ws1", "cad", 1)).await;
    assert_eq!(taken.status, StatusCode::CREATED, "{}", taken.text);
    let others = client.post("/api/v1/leases", checkout("ws2", "cad", 5)).await.json();
    let remedy = &others["denials"][0]["remedy"]["code"];
    expect![[r#""reserved-for-others" "smaller-count" "the free seats of \"cad\" are reserved for others""#]].assert_eq(&format!("{} {remedy} {}", others["code"], others["detail"]));
    let shown = app.owner().get(&format!("{GROUPS}/design")).await.json();
    expect![[r#"{"featureCount":2,"featureName":"cad","featureVersion":"1.0","idle":1,"reserved":2,"status":"satisfiable","used":1,"waiting":0}"#]].assert_eq(&shown["reservations"][0]["reservationEntries"][0].to_string());
    expect![[r#"
        200 application/json
        {
          "items": [
            {
              "changed_at": "2026-11-22T00:00:00Z",
              "count": 2,
              "created_at": "2026-11-22T00:00:00Z",
              "entries": 1,
              "id": "R-1",
              "members": 1,
              "name": "design",
              "reserved": 2,
              "revision": 1,
              "unsatisfiable": 0,
              "used": 1
            }
          ],
          "page": 1,
          "size": 50,
          "total": 1
        }
    "#]]
    .assert_eq(&app.owner().get(GROUPS).await.show());
    let features = app.owner().get("/api/v1/features/summary?q=cad").await.json();
    let row = &features["items"][0];
    expect!["total 5 used 1 reserved 2 idle 1 available 3"].assert_eq(&format!(
        "total {} used {} reserved {} idle {} available {}",
        row["total"], row["used"], row["reserved"], row["reserved_idle"], row["available"]
    ));
    let metrics = app.anonymous().get("/metrics").await.text;
    assert!(
        metrics.lines().any(|line| line.starts_with("tenure_seats_reserved_idle{")),
        "{metrics}"
    );
}

#[tokio::test]
async fn what_does_not_fit_is_refused_as_a_whole() {
    let app = TestApp::new().await;
    let mut posting = group("design", "ws1", "cad", 99);
    let viewer = json!({"featureName": "viewer", "featureVersion": "1.0", "featureCount": 1});
    posting["reservations"][0]["reservationEntries"].as_array_mut().expect("entries").push(viewer);
    expect![[r#"
        409 application/problem+json
        {
          "code": "reservations-unfit",
          "detail": "Nothing was changed, because these do not fit: ws1/STRING in \"design\": 99 of \"cad\" 1.0: 5 not reserved yet; ws1/STRING in \"design\": 1 of \"viewer\" 1.0: the feature is not counted, it needs no reservation.",
          "entries": [
            {
              "featureCount": 99,
              "featureName": "cad",
              "featureVersion": "1.0",
              "group": "design",
              "hostId": {
                "type": "STRING",
                "value": "ws1"
              },
              "left": 5,
              "reason": "too-many"
            },
            {
              "featureCount": 1,
              "featureName": "viewer",
              "featureVersion": "1.0",
              "group": "design",
              "hostId": {
                "type": "STRING",
                "value": "ws1"
              },
              "left": 0,
              "reason": "uncounted"
            }
          ],
          "status": 409,
          "title": "Refused",
          "type": "/problems/reservations-unfit"
        }
    "#]].assert_eq(&app.owner().post(GROUPS, posting).await.show());
    assert_eq!(app.owner().get(GROUPS).await.json()["total"], 0);
}

#[tokio::test]
async fn a_group_is_changed_in_place_by_who_saw_it_last() {
    let app = TestApp::new().await;
    let owner = app.owner();
    owner.post(GROUPS, group("design", "ws1", "cad", 2)).await;
    let path = format!("{GROUPS}/R-1");
    let put = async |revision: &str, count: u64| {
        let body = group("design", "ws1", "cad", count).to_string().into_bytes();
        let mut request = owner.request(Method::PUT, &path, Some("application/json"), body);
        request.headers_mut().insert(IF_MATCH, revision.parse().expect("a header"));
        app.send(request).await
    };
    let changed = put("\"1\"", 3).await;
    assert_eq!(
        (changed.status, &changed.headers[ETAG]),
        (StatusCode::OK, &"\"2\"".parse().expect("a tag"))
    );
    let late = put("\"1\"", 1).await;
    expect![[r#"
        412 application/problem+json
        {
          "code": "reservation-group-changed",
          "detail": "R-1 was changed: revision 1 was expected, 2 was found; look at it again.",
          "status": 412,
          "title": "Refused",
          "type": "/problems/reservation-group-changed"
        }
    "#]]
    .assert_eq(&late.show());
    assert_eq!(put("one", 1).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(put("*", 1).await.json()["revision"], 3);
    let again = owner.post(GROUPS, group("design", "ws9", "cad", 1)).await;
    assert_eq!(again.json_code().as_deref(), Some("reservation-group-exists"));
    assert_eq!(owner.delete(&path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(owner.delete(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(owner.get(&format!("{GROUPS}/design")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_exported_can_be_imported_unchanged() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let file = group("design", "ws1", "cad", 2);
    let import = format!("{GROUPS}/import");
    let imported = owner.post(&import, file.clone()).await;
    assert_eq!(imported.status, StatusCode::OK, "{}", imported.text);
    let one = owner.get(&format!("{GROUPS}/export?group=design")).await;
    assert_eq!(one.json(), file);
    let all = owner.get(&format!("{GROUPS}/export")).await;
    assert_eq!(all.json(), json!([file]));
    let twice = owner.post(&import, all.json()).await;
    assert_eq!(twice.json_code().as_deref(), Some("reservation-group-exists"));
    let same = owner.post(&format!("{import}?replace=true"), all.json()).await;
    assert_eq!(same.json(), json!([]), "nothing has changed");
    let more = json!([group("design", "ws1", "cad", 1), group("new", "ws2", "cad", 1)]);
    let changed = owner.post(&format!("{import}?replace=true&keep_leases=true"), more).await.json();
    let told: Vec<_> = changed.as_array().expect("groups").iter().collect();
    assert_eq!((&told[0]["revision"], &told[1]["id"]), (&json!(2), &json!("R-2")));
}

#[tokio::test]
async fn a_posting_that_is_repeated_under_its_key_is_one_posting() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let mut posting = group("", "ws1", "cad", 1);
    posting["name"] = Value::Null;
    for (path, id) in [(GROUPS.to_owned(), "R-1"), (format!("{GROUPS}/import"), "R-2")] {
        let body = posting.to_string().into_bytes();
        let mut seen = Vec::new();
        for _ in 0..2 {
            let kind = Some("application/json");
            let mut request = owner.request(Method::POST, &path, kind, body.clone());
            request.headers_mut().insert("idempotency-key", id.parse().expect("a header"));
            seen.push(app.send(request).await);
        }
        assert!(seen[0].text.contains(&format!("\"id\":\"{id}\"")), "{}", seen[0].text);
        assert_eq!((seen[0].status, &seen[0].text), (seen[1].status, &seen[1].text));
    }
    assert_eq!(owner.get(GROUPS).await.json()["total"], 2);
}

#[tokio::test]
async fn postings_that_can_not_be_read() {
    let app = TestApp::new().await;
    let mut table = String::new();
    let twice = {
        let mut posting = group("design", "ws1", "cad", 1);
        let one = posting["reservations"][0].clone();
        posting["reservations"].as_array_mut().expect("reservations").push(one);
        posting.to_string()
    };
    let good = group("design", "ws1", "cad", 1).to_string();
    for body in [
        "{}".to_owned(),
        "7".to_owned(),
        twice,
        good.replace("\"featureCount\":1", "\"featureCount\":0"),
        good.replace("\"featureCount\":1", "\"featureCount\":-1"),
        good.replace("\"1.0\"", "\"one\""),
        good.replace("featureName", "feature"),
        good.replace("STRING", "MAC"),
        good.replace("ws1", ""),
        good.replace("\"name\":\"design\"", "\"name\":\"R-1\""),
        good.replace("\"name\":\"design\"", "\"name\":\"\""),
        good.replace("}]}]", "}],\"note\":1}]"),
    ] {
        let bytes = body.clone().into_bytes();
        let path = format!("{GROUPS}/import");
        let answer =
            app.owner().send_bytes(Method::POST, &path, Some("application/json"), bytes).await;
        let problem = answer.json();
        let (code, detail) = (problem["code"].as_str(), problem["detail"].as_str());
        let line = format!(
            "{} {} {}\n",
            answer.status.as_u16(),
            code.unwrap_or("?"),
            detail.unwrap_or("?")
        );
        table.push_str(&line);
    }
    expect![[r#"
        400 malformed-request missing field `reservations` (line 1, column 2)
        400 malformed-request invalid type: integer `7`, expected a group of reservations or a list of groups (line 1, column 1)
        422 bad-request ws1/STRING stands in the group twice; put its entries together.
        422 bad-request ws1/STRING: feature "cad": the count must be from 1 to 1000000000000.
        400 malformed-request `reservations[0].reservationEntries[0].featureCount`: invalid value: integer `-1`, expected u64 (line 1, column 115)
        400 malformed-request `reservations[0].reservationEntries[0].featureVersion`: "one" is not a version such as 2.0 or 2.1.3 (line 1, column 157)
        400 malformed-request `reservations[0].reservationEntries[0].feature`: unknown field `feature`, expected one of `featureName`, `featureVersion`, `featureCount`, `pool` (line 1, column 124)
        400 malformed-request `reservations[0].hostId.type`: not a host ID type; known are STRING, ETHERNET, VM_UUID, INTERNET, INTERNET6, USER, PUBLISHER_DEFINED, CONTAINER_ID, EXTENDED (line 1, column 56)
        422 bad-value `hostId`: the host ID's value must have 1 to 256 characters.
        422 bad-request "R-1" is the number of a group; choose another name.
        422 bad-request The name of a group must have 1 to 256 bytes and no control characters.
        400 malformed-request `reservations[0].note`: unknown field `note`, expected `hostId` or `reservationEntries` (line 1, column 166)
    "#]].assert_eq(&table);
    assert_eq!(app.owner().get(GROUPS).await.json()["total"], 0);
}

#[tokio::test]
async fn an_import_is_looked_at_first() {
    let app = TestApp::new().await;
    app.owner().post(GROUPS, group("design", "ws1", "cad", 2)).await;
    let check = format!("{GROUPS}/check");
    let file = json!([group("design", "ws1", "cad", 3), group("lab", "ws2", "nothing", 1)]);
    expect![[r#"
        200 application/json
        {
          "fits": false,
          "groups": [
            {
              "added": 1,
              "kept": 0,
              "name": "design",
              "removed": 1,
              "what": "taken"
            },
            {
              "added": 1,
              "kept": 0,
              "name": "lab",
              "removed": 0,
              "what": "new"
            }
          ]
        }
    "#]]
    .assert_eq(&app.owner().post(&check, file.clone()).await.show());
    expect![[r#"
        200 application/json
        {
          "entries": [
            {
              "featureCount": 1,
              "featureName": "nothing",
              "featureVersion": "1.0",
              "group": "lab",
              "hostId": {
                "type": "STRING",
                "value": "ws2"
              },
              "left": 0,
              "reason": "unknown-feature"
            }
          ],
          "fits": false,
          "groups": [
            {
              "added": 1,
              "kept": 0,
              "name": "design",
              "removed": 1,
              "what": "changed"
            },
            {
              "added": 1,
              "kept": 0,
              "name": "lab",
              "removed": 0,
              "what": "new"
            }
          ]
        }
    "#]]
    .assert_eq(&app.owner().post(&format!("{check}?replace=true"), file).await.show());
    let fits = json!([group("design", "ws1", "cad", 3), group("lab", "ws2", "cad", 1)]);
    let found = app.owner().post(&format!("{check}?replace=true"), fits.clone()).await.json();
    assert_eq!((&found["fits"], &found["groups"][0]["what"]), (&json!(true), &json!("changed")));
    let same = group("design", "ws1", "cad", 2);
    let found = app.owner().post(&format!("{check}?replace=true"), same).await.json();
    assert_eq!((&found["fits"], &found["groups"][0]["what"]), (&json!(true), &json!("unchanged")));
    let all = app.owner().get(GROUPS).await.json();
    assert_eq!(
        (&all["total"], &all["items"][0]["count"]),
        (&json!(1), &json!(2)),
        "nothing was changed"
    );
}
