//! Requests that make no sense get an answer that says what is wrong, and change nothing.

use axum::http::Method;
use expect_test::expect;
use serde_json::{Value, json};

use crate::office::TestOffice;
use crate::selling::catalog;

#[tokio::test]
async fn what_is_wrong_is_named() {
    let office = TestOffice::new();
    let owner = office.owner();
    catalog(&owner).await;
    let line = |line: Value| json!({"customer": "C-1", "order": "PO-1", "lines": [line]});
    let cases: Vec<(Method, &str, Value)> = vec![
        (Method::PUT, "/api/v1/products/cad", json!({"features": []})),
        (Method::PUT, "/api/v1/products/cad@3.0", json!({"features": []})),
        (
            Method::PUT,
            "/api/v1/products/cad@3.0",
            json!({"features": [{"feature": "a", "count": 1}]}),
        ),
        (
            Method::PUT,
            "/api/v1/license-models/x",
            json!({"terms": {"validity": {"subscription": {}}}}),
        ),
        (
            Method::PUT,
            "/api/v1/license-models/x",
            json!({"terms": {"validity": {"subscription": {"days": 0}}}}),
        ),
        (Method::POST, "/api/v1/customers", json!({"name": ""})),
        (
            Method::POST,
            "/api/v1/entitlements",
            json!({"customer": "C-1", "order": "PO-1", "lines": []}),
        ),
        (Method::POST, "/api/v1/entitlements", line(json!({"product": "cad@7.0", "quantity": 1}))),
        (Method::POST, "/api/v1/entitlements", line(json!({"product": "cad", "quantity": 1}))),
        (
            Method::POST,
            "/api/v1/entitlements",
            line(json!({"product": "cad", "license_model": "yearly", "quantity": 0})),
        ),
        (
            Method::POST,
            "/api/v1/entitlements",
            line(
                json!({"product": "cad", "license_model": "yearly", "quantity": 1, "terms": {"usage": {"seats": 1}}}),
            ),
        ),
        (Method::GET, "/api/v1/entitlements/ABCDE", Value::Null),
        (Method::GET, "/api/v1/entitlements?sort=name", Value::Null),
        (Method::GET, "/api/v1/entitlements?state=open", Value::Null),
        (Method::GET, "/api/v1/activations?q=x", Value::Null),
        (Method::GET, "/api/v1/containers/T-0000-0000-0001", Value::Null),
        (Method::GET, "/api/v1/containers?sort=size", Value::Null),
        (
            Method::POST,
            "/api/v1/activations",
            json!({"activation_id": "x", "line": 1, "serial": "T-1"}),
        ),
        (Method::POST, "/api/v1/webhooks", json!({"url": "http://10.0.0.1/x"})),
        (Method::POST, "/api/v1/webhooks", json!({"url": "ftp://x"})),
        (Method::POST, "/api/v1/portal/look-up", json!({"activation_ids": []})),
        (Method::POST, "/api/v1/portal/activations", json!({"choices": []})),
        (Method::GET, "/api/v1/journal?feature=cad", Value::Null),
        (Method::PATCH, "/api/v1/policies", json!({"update_days": 5, "issue_threshold": -1})),
        (Method::PATCH, "/api/v1/policies", json!({"approve_publishing": "yes"})),
        (Method::PATCH, "/api/v1/policies", json!({"tolerance": "lax"})),
        (Method::PATCH, "/api/v1/policies", json!({"replacements": 101})),
    ];
    let mut table = String::new();
    for (method, path, body) in cases {
        let answer = match body {
            Value::Null => owner.get(path).await,
            body => owner.json(method.clone(), path, body).await,
        };
        let detail = answer.json()["detail"].as_str().unwrap_or_default().to_owned();
        table.push_str(&format!("{method} {path}: {} {detail}\n", answer.problem()));
    }
    expect![[r#"
        PUT /api/v1/products/cad: 422 bad-value `cad` is not a product such as cad-suite@2.0.
        PUT /api/v1/products/cad@3.0: 422 bad-value features: a product has 1 to 200 features, not 0.
        PUT /api/v1/products/cad@3.0: 400 malformed-request `features[0].count`: unknown field `count`, expected one of `feature`, `version`, `count_per_unit`, `vendor_string`, `notice`, `selectors`, `usage` (line 1, column 21)
        PUT /api/v1/license-models/x: 400 malformed-request `terms.validity`: missing field `days` (line 1, column 39)
        PUT /api/v1/license-models/x: 422 bad-value terms.validity: days must be 1 to 36500, not 0.
        POST /api/v1/customers: 422 bad-value name: must not be empty, nor begin or end with a space.
        POST /api/v1/entitlements: 422 bad-value lines: an order has 1 to 500 lines, not 0.
        POST /api/v1/entitlements: 422 bad-value There is no product `cad@7.0`; there are cad@1.0.
        POST /api/v1/entitlements: 422 bad-value Say under which `license_model` cad@1.0 is sold: perpetual, yearly.
        POST /api/v1/entitlements: 422 bad-value lines[0].quantity: must be at least 1.
        POST /api/v1/entitlements: 400 malformed-request `terms`: unknown field `seats`, expected one of `kind`, `seat_basis`, `overdraft`, `exclusive`, `borrow_max_seconds`, `borrow_interval_seconds`, `grace_days`, `enforcement`, `virtual`, `min_named_user_days`.
        GET /api/v1/entitlements/ABCDE: 422 bad-value `ABCDE` is no activation ID: it has five groups of five characters. Check for a typing error.
        GET /api/v1/entitlements?sort=name: 400 bad-parameter This list does not take `sort`. It takes page, size, q, customer, state, product, ends_within_days.
        GET /api/v1/entitlements?state=open: 400 bad-parameter `state` takes one of active, suspended, withdrawn.
        GET /api/v1/activations?q=x: 400 bad-parameter Activations have no texts of their own: narrow by `customer`, `activation_id`, `container` or `state`.
        GET /api/v1/containers/T-0000-0000-0001: 422 bad-value "T-0000-0000-0001" is not a container serial such as T-XXXX-XXXX-XXXX; check for a typing error.
        GET /api/v1/containers?sort=size: 400 bad-parameter `sort` takes one of name, last_contact, first_contact, with `-` before it for descending.
        POST /api/v1/activations: 422 bad-value `x` is no activation ID: it has five groups of five characters. Check for a typing error.
        POST /api/v1/webhooks: 422 bad-url "http://10.0.0.1/x" can't be a web hook: without TLS only 127.0.0.1 and [::1] can be told; use https://.
        POST /api/v1/webhooks: 422 bad-url "ftp://x" can't be a web hook: it must begin with https://.
        POST /api/v1/portal/look-up: 422 bad-value Send 1 to 50 activation IDs.
        POST /api/v1/portal/activations: 422 bad-value Send 1 to 50 activation IDs.
        GET /api/v1/journal?feature=cad: 400 bad-parameter The journal is not narrowed by `feature`.
        PATCH /api/v1/policies: 422 bad-value The policy `issue_threshold` can't be `-1`: it takes a whole number from 0.
        PATCH /api/v1/policies: 422 bad-value The policy `approve_publishing` can't be `"yes"`: it takes true or false.
        PATCH /api/v1/policies: 422 bad-value The policy `tolerance` can't be `"lax"`: unknown variant `lax`, expected one of `loose`, `medium`, `strict`.
        PATCH /api/v1/policies: 422 bad-value Replacements must be at most 100, not 101.
    "#]].assert_eq(&table);
}
