//! What administrators see: features, devices, leases, denials.

use axum::http::StatusCode;
use expect_test::expect;

use crate::app::TestApp;

#[tokio::test]
async fn features_with_their_figures() {
    let app = TestApp::in_use().await;
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
              "reserved_idle": 0,
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
              "reserved_idle": 0,
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
              "denials": 0,
              "first_expiry": "2027-12-31T00:00:00Z",
              "last_expiry": null,
              "metered": false,
              "name": "cad",
              "overdraft_used": 0,
              "reserved": 0,
              "reserved_idle": 0,
              "total": 5,
              "uncounted": false,
              "used": 3,
              "versions": [
                "1.0",
                "2.0"
              ]
            },
            {
              "available": null,
              "denials": 0,
              "first_expiry": null,
              "last_expiry": null,
              "metered": false,
              "name": "viewer",
              "overdraft_used": 0,
              "reserved": 0,
              "reserved_idle": 0,
              "total": null,
              "uncounted": true,
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
              "reserved": 0,
              "reserved_idle": 0,
              "seat_basis": "process",
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
              "reserved_idle": 0,
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
    let app = TestApp::in_use().await;
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
    let app = TestApp::in_use().await;
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
    let app = TestApp::in_use().await;
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
