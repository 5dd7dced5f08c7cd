//! What administrators see: features, devices, leases, denials, journal, history, properties, keys.

use axum::http::{Method, StatusCode};
use expect_test::expect;
use serde_json::json;
use std::time::Duration;

use crate::app::{TestApp, checkout};

/// Three leases and two denials.
async fn in_use() -> TestApp {
    let app = TestApp::new().await;
    let client = app.anonymous();
    for (host, feature, count) in [
        ("ws1", "cad", 2),
        ("ws2", "cad", 1),
        ("ws2", "viewer", 1),
        ("ws3", "nothing", 1),
        ("ws3", "sim", 9),
    ] {
        client.post("/api/v1/leases", checkout(host, feature, count)).await;
    }
    app
}

#[tokio::test]
async fn features_with_their_figures() {
    let app = in_use().await;
    expect![[r#"
        200 application/json
        {
          "items": [
            {
              "available": 0,
              "borrowed": 0,
              "denials": 0,
              "first_expiry": null,
              "items": 1,
              "last_expiry": null,
              "metered": false,
              "name": "cad",
              "overdraft": 0,
              "overdraft_used": 0,
              "reserved": 0,
              "total": 2,
              "uncounted": false,
              "used": 2,
              "version": "1.0"
            },
            {
              "available": 2,
              "borrowed": 0,
              "denials": 0,
              "first_expiry": "2027-12-31T00:00:00Z",
              "items": 1,
              "last_expiry": "2027-12-31T00:00:00Z",
              "metered": false,
              "name": "cad",
              "overdraft": 1,
              "overdraft_used": 0,
              "reserved": 0,
              "total": 3,
              "uncounted": false,
              "used": 1,
              "version": "2.0"
            }
          ],
          "page": 1,
          "size": 50,
          "total": 2
        }
    "#]]
    .assert_eq(&app.owner().get("/api/v1/features?q=cad").await.show());
    expect![[r#"
        200 application/json
        {
          "items": [
            {
              "available": 2,
              "last_expiry": null,
              "name": "cad",
              "overdraft_used": 0,
              "total": 5,
              "used": 3,
              "versions": [
                "1.0",
                "2.0"
              ]
            },
            {
              "available": null,
              "last_expiry": null,
              "name": "viewer",
              "overdraft_used": 0,
              "total": null,
              "used": 1,
              "versions": [
                "1.0"
              ]
            }
          ],
          "page": 1,
          "size": 2,
          "total": 6
        }
    "#]]
    .assert_eq(&app.owner().get("/api/v1/features/summary?sort=-used&size=2").await.show());
    expect![[r#"
        200 application/json
        {
          "items": [
            {
              "count": 1,
              "expiry": "2026-11-25T00:00:00Z",
              "feature": "sim",
              "id": "sim",
              "kind": "concurrent",
              "seat_basis": "",
              "start": null,
              "state": "live",
              "terms": {
                "count": 1,
                "expiry": "2026-11-25T00:00:00Z",
                "feature": "sim",
                "id": "sim",
                "version": "1.0"
              },
              "used": 0,
              "version": "1.0"
            }
          ],
          "leases": [],
          "name": "sim",
          "versions": [
            {
              "available": 1,
              "borrowed": 0,
              "denials": 1,
              "first_expiry": "2026-11-25T00:00:00Z",
              "items": 1,
              "last_expiry": "2026-11-25T00:00:00Z",
              "metered": false,
              "name": "sim",
              "overdraft": 0,
              "overdraft_used": 0,
              "reserved": 0,
              "total": 1,
              "uncounted": false,
              "used": 0,
              "version": "1.0"
            }
          ]
        }
    "#]]
    .assert_eq(&app.owner().get("/api/v1/features/sim").await.show());
    expect![[r#"
        404 application/problem+json
        {
          "code": "not-found",
          "detail": "No item of this server has that feature.",
          "status": 404,
          "title": "There is no such thing",
          "type": "/problems/not-found"
        }
    "#]]
    .assert_eq(&app.owner().get("/api/v1/features/nothing").await.show());
}

#[tokio::test]
async fn devices_and_dropping_one() {
    let app = in_use().await;
    expect![[r#"
        200 application/json
        {
          "items": [
            {
              "expires_at": "2026-11-22T00:15:00Z",
              "features": [
                "cad"
              ],
              "host": {
                "type": "STRING",
                "value": "ws1"
              },
              "kind": "unknown",
              "last_seen": "2026-11-22T00:00:00Z",
              "leases": 1,
              "seats": 2,
              "users": [
                "ann"
              ]
            },
            {
              "expires_at": "2026-11-22T00:15:00Z",
              "features": [
                "cad",
                "viewer"
              ],
              "host": {
                "type": "STRING",
                "value": "ws2"
              },
              "kind": "unknown",
              "last_seen": "2026-11-22T00:00:00Z",
              "leases": 2,
              "seats": 2,
              "users": [
                "ann"
              ]
            }
          ],
          "page": 1,
          "size": 50,
          "total": 2
        }
    "#]]
    .assert_eq(&app.owner().get("/api/v1/devices").await.show());
    expect![[r#"
        200 application/json
        {
          "device": {
            "expires_at": "2026-11-22T00:15:00Z",
            "features": [
              "cad"
            ],
            "host": {
              "type": "STRING",
              "value": "ws1"
            },
            "kind": "unknown",
            "last_seen": "2026-11-22T00:00:00Z",
            "leases": 1,
            "seats": 2,
            "users": [
              "ann"
            ]
          },
          "leases": [
            {
              "borrowed": false,
              "code": "granted",
              "count": 2,
              "expires_at": "2026-11-22T00:15:00Z",
              "feature": "cad",
              "granted_at": "2026-11-22T00:00:00Z",
              "holder": {
                "host": {
                  "type": "STRING",
                  "value": "ws1"
                },
                "user": "ann"
              },
              "id": "L-0000000000001",
              "issued_at": "2026-11-22T00:00:00Z",
              "items": [
                "cad1"
              ],
              "pool": "default",
              "renew_after": "2026-11-22T00:02:25.764Z",
              "seats": [
                [
                  1,
                  2
                ]
              ],
              "version": "1.0"
            }
          ]
        }
    "#]]
    .assert_eq(&app.owner().get("/api/v1/devices/STRING/ws1").await.show());
    let dropped = app.owner().delete("/api/v1/devices/STRING/ws2?reason=scrapped").await;
    expect![[r#"
        200 application/json
        {
          "released": [
            "L-0000000000002",
            "L-0000000000003"
          ]
        }
    "#]]
    .assert_eq(&dropped.show());
    assert_eq!(
        app.owner().delete("/api/v1/devices/STRING/ws2").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(app.owner().get("/api/v1/devices/PLANET/ws2").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn leases_are_paged_sorted_and_searched() {
    let app = in_use().await;
    let ids = |path: &str| {
        let path = path.to_owned();
        let app = &app;
        async move {
            let page = app.owner().get(&path).await.json();
            let hosts: Vec<String> = page["items"]
                .as_array()
                .expect("a list")
                .iter()
                .map(|row| format!("{}/{}", row["holder"]["host"]["value"], row["feature"]))
                .collect();
            format!("{path}: {} of {}\n", hosts.join(" "), page["total"])
        }
    };
    let mut table = String::new();
    for path in [
        "/api/v1/leases",
        "/api/v1/leases?sort=-holder",
        "/api/v1/leases?sort=feature&size=1&page=2",
        "/api/v1/leases?q=WS2",
        "/api/v1/leases?feature=cad",
        "/api/v1/leases?page=9",
    ] {
        table.push_str(&ids(path).await);
    }
    expect![[r#"
        /api/v1/leases: "ws1"/"cad" "ws2"/"cad" "ws2"/"viewer" of 3
        /api/v1/leases?sort=-holder: "ws2"/"cad" "ws2"/"viewer" "ws1"/"cad" of 3
        /api/v1/leases?sort=feature&size=1&page=2: "ws2"/"cad" of 3
        /api/v1/leases?q=WS2: "ws2"/"cad" "ws2"/"viewer" of 2
        /api/v1/leases?feature=cad: "ws1"/"cad" "ws2"/"cad" of 2
        /api/v1/leases?page=9:  of 3
    "#]]
    .assert_eq(&table);
    expect![[r#"
        200 application/json
        {
          "items": [
            {
              "borrowed": false,
              "code": "granted",
              "count": 2,
              "expires_at": "2026-11-22T00:15:00Z",
              "feature": "cad",
              "granted_at": "2026-11-22T00:00:00Z",
              "holder": {
                "host": {
                  "type": "STRING",
                  "value": "ws1"
                },
                "user": "ann"
              },
              "id": "L-0000000000001",
              "issued_at": "2026-11-22T00:00:00Z",
              "items": [
                "cad1"
              ],
              "pool": "default",
              "renew_after": "2026-11-22T00:02:25.764Z",
              "seats": [
                [
                  1,
                  2
                ]
              ],
              "version": "1.0"
            }
          ],
          "page": 1,
          "size": 1,
          "total": 3
        }
    "#]]
    .assert_eq(&app.owner().get("/api/v1/leases?size=1").await.show());
}

#[tokio::test]
async fn denials_with_reason_and_remedy() {
    let app = in_use().await;
    let page = app.owner().get("/api/v1/denials").await;
    expect![[r#"
        200 application/json
        {
          "items": [
            {
              "at": "2026-11-22T00:00:00Z",
              "count": 9,
              "explanation": "9 of \"sim\" wanted, 1 of 1 free",
              "feature": "sim",
              "holder": {
                "host": {
                  "type": "STRING",
                  "value": "ws3"
                },
                "user": "ann"
              },
              "id": "D-2",
              "pools": [
                {
                  "free": 1,
                  "pool": "default",
                  "used": 0
                }
              ],
              "reason": "no-seats",
              "remedy": {
                "code": "smaller-count",
                "count": 1,
                "text": "ask for at most 1"
              },
              "version": "1.0"
            },
            {
              "at": "2026-11-22T00:00:00Z",
              "count": 1,
              "explanation": "this server has no license for \"nothing\"",
              "feature": "nothing",
              "holder": {
                "host": {
                  "type": "STRING",
                  "value": "ws3"
                },
                "user": "ann"
              },
              "id": "D-1",
              "pools": [],
              "reason": "unknown-feature",
              "remedy": {
                "code": "ask-publisher",
                "text": "ask the publisher for a new or larger license"
              },
              "version": "1.0"
            }
          ],
          "page": 1,
          "size": 50,
          "total": 2
        }
    "#]]
    .assert_eq(&page.show());
    let id = page.json()["items"][0]["id"].as_str().expect("an ID").to_owned();
    let one = app.owner().get(&format!("/api/v1/denials/{id}")).await;
    assert_eq!(one.json(), page.json()["items"][0]);
    assert_eq!(app.owner().get("/api/v1/denials/D-999").await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.owner().get("/api/v1/denials/x").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_journal_tells_what_happened_and_verifies() {
    let app = in_use().await;
    let journal = app.owner().get("/api/v1/journal?size=100").await.json();
    let lines: Vec<String> = journal["items"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| {
            format!(
                "{} {} {}",
                row["sequence"],
                row["event"].as_str().unwrap_or("?"),
                row["summary"].as_str().unwrap_or("?")
            )
        })
        .collect();
    expect![[r#"
        6 denied ws3 was denied 9 of sim 1.0: no-seats
        5 denied ws3 was denied 1 of nothing 1.0: unknown-feature
        4 granted ws2 holds 1 of viewer 1.0 until 2026-11-22T00:15:00Z (L-0000000000003)
        3 granted ws2 holds 1 of cad 2.0 until 2026-11-22T00:15:00Z (L-0000000000002)
        2 granted ws1 holds 2 of cad 1.0 until 2026-11-22T00:15:00Z (L-0000000000001)
        1 container the container changed"#]]
    .assert_eq(&lines.join("\n"));
    expect![[r#"
        200 application/json
        {
          "head": "…",
          "sequence": 6,
          "whole": true
        }
    "#]]
    .assert_eq(&app.owner().get("/api/v1/journal/verify").await.show());
    app.disk.tamper(|entries| entries[2].payload[10] ^= 1);
    expect![[r#"
        200 application/json
        {
          "damage": "payload-altered",
          "detail": "the events don't match their hash",
          "sequence": 2,
          "whole": false
        }
    "#]]
    .assert_eq(&app.owner().get("/api/v1/journal/verify").await.show());
}

#[tokio::test]
async fn history_shows_who_held_what_at_an_instant() {
    let app = TestApp::new().await;
    app.anonymous().post("/api/v1/leases", checkout("ws1", "cad", 2)).await;
    app.clock.advance(Duration::from_secs(3600));
    app.anonymous().post("/api/v1/leases", checkout("ws2", "cad", 1)).await;
    let then = app.owner().get("/api/v1/history?at=2026-11-22T00:05:00Z").await;
    let shown = then.json();
    let holders: Vec<_> = shown["leases"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| row["holder"]["host"]["value"].clone())
        .collect();
    assert_eq!((then.status, holders), (StatusCode::OK, vec![json!("ws1")]), "{}", then.text);
    let now = app.owner().get("/api/v1/history?at=2026-11-22T01:00:00Z").await.json();
    assert_eq!(now["leases"][0]["holder"]["host"]["value"], "ws2");
    let before = app.owner().get("/api/v1/history?at=2020-01-01T00:00:00Z").await;
    expect![[r#"
        404 application/problem+json
        {
          "code": "not-found",
          "detail": "The ledger begins after that instant.",
          "status": 404,
          "title": "There is no such thing",
          "type": "/problems/not-found"
        }
    "#]]
    .assert_eq(&before.show());
}

#[tokio::test]
async fn suspend_and_resume() {
    let app = TestApp::new().await;
    let suspended =
        app.owner().post("/api/v1/suspend", json!({"reason": "audit until noon"})).await;
    expect![[r#"
        200 application/json
        {
          "alarms": [],
          "head": "…",
          "leases": 0,
          "now": "2026-11-22T00:00:00Z",
          "reason": "audit until noon",
          "sequence": 2,
          "suspended": true
        }
    "#]]
    .assert_eq(&suspended.show());
    let refused = app.anonymous().post("/api/v1/leases", checkout("ws1", "cad", 1)).await;
    expect![[r#"
        503 application/problem+json
        {
          "code": "server-suspended",
          "denials": [
            {
              "count": 1,
              "explanation": "an administrator has suspended this server",
              "feature": "cad",
              "id": "D-1",
              "pools": [],
              "reason": "server-suspended",
              "remedy": {
                "code": "ask-administrator",
                "text": "ask the administrator of this license server"
              },
              "version": "1.0"
            }
          ],
          "detail": "an administrator has suspended this server",
          "explanation": "an administrator has suspended this server",
          "feature": "cad",
          "reason": "server-suspended",
          "status": 503,
          "title": "Denied",
          "type": "/problems/server-suspended"
        }
    "#]]
    .assert_eq(&refused.show());
    assert_eq!(app.owner().post("/api/v1/suspend", json!({})).await.status, StatusCode::CONFLICT);
    assert_eq!(
        app.owner().json(Method::POST, "/api/v1/resume", json!({})).await.status,
        StatusCode::OK
    );
    let granted = app.anonymous().post("/api/v1/leases", checkout("ws1", "cad", 1)).await;
    assert_eq!(granted.status, StatusCode::CREATED, "{}", granted.text);
}

#[tokio::test]
async fn properties_are_listed_changed_and_bounded() {
    let app = TestApp::new().await;
    expect![[r#"
        200 application/json
        {
          "items": [
            {
              "default": "T-QQWB-WCHZ-V7S5",
              "description": "The serial of the server's container.",
              "editable": false,
              "group": "server",
              "name": "server.serial",
              "value": "T-QQWB-WCHZ-V7S5"
            },
            {
              "default": "test server",
              "description": "What people call the server.",
              "editable": false,
              "group": "server",
              "name": "server.name",
              "value": "test server"
            },
            {
              "default": "root:Z4_OuDas3HFaVGT9Cpu1u1HfjiSHktzi1hDpLSHhuec",
              "description": "The publisher's root that the server trusts.",
              "editable": false,
              "group": "publisher",
              "name": "publisher.root",
              "value": "root:Z4_OuDas3HFaVGT9Cpu1u1HfjiSHktzi1hDpLSHhuec"
            }
          ],
          "page": 1,
          "size": 3,
          "total": 17
        }
    "#]]
    .assert_eq(&app.owner().get("/api/v1/properties?size=3").await.show());
    let patch = |body: serde_json::Value| {
        let owner = app.owner();
        async move { owner.json(Method::PATCH, "/api/v1/properties", body).await }
    };
    expect![[r#"
        422 application/problem+json
        {
          "code": "unknown-property",
          "detail": "There is no property \"no_such_property\".",
          "status": 422,
          "title": "Refused",
          "type": "/problems/unknown-property"
        }
    "#]]
    .assert_eq(&patch(json!({"no_such_property": 1})).await.show());
    assert_eq!(
        patch(json!({"security.anonymous-read": 7})).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        patch(json!({"security.anonymous-read": [true]})).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let changed = patch(json!({"security.anonymous-read": true})).await.json();
    let row = changed["items"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|row| row["name"] == "security.anonymous-read");
    expect![[r#"
        {
          "default": false,
          "description": "Let anybody read what the role `read` may read.",
          "editable": true,
          "group": "security",
          "name": "security.anonymous-read",
          "value": true
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&row).expect("JSON"));
}

#[tokio::test]
async fn status_and_host_ids() {
    let app = in_use().await;
    expect![[r#"
        200 application/json
        {
          "alarms": [],
          "head": "…",
          "leases": 3,
          "now": "2026-11-22T00:00:00Z",
          "sequence": 6,
          "suspended": false
        }
    "#]]
    .assert_eq(&app.owner().get("/api/v1/status").await.show());
    expect![[r#"
        200 application/json
        {
          "host_ids": []
        }
    "#]]
    .assert_eq(&app.owner().get("/api/v1/host-ids").await.show());
}
