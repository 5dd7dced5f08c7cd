//! Lists that come in, and books that go out.

use axum::http::{HeaderValue, Method};
use expect_test::expect;
use serde_json::json;

use crate::office::{Actor, Answer, TestOffice};
use crate::selling::{catalog, sold};

async fn import(actor: &Actor<'_>, query: &str, text: &str) -> Answer {
    let path = format!("/api/v1/imports?{query}");
    let body = text.as_bytes().to_vec();
    actor.send_bytes(Method::POST, &path, Some("text/csv"), body).await
}

const ORDERS: &str = "customer,order,product,version,license_model,quantity\n\
                      4711,PO-7,cad,1.0,perpetual,3\n\
                      4711,PO-7,cad,1.0,yearly,2\n";

#[tokio::test]
async fn a_list_of_orders_comes_in_whole_or_not_at_all() {
    let office = TestOffice::new();
    let owner = office.owner();
    catalog(&owner).await;
    let dry = import(&owner, "what=entitlements&dry_run=true", ORDERS).await.ok();
    assert_eq!((&dry["imported"], &dry["dry_run"]), (&json!(1), &json!(true)));
    assert_eq!(dry["created"], json!([r#"make an entitlement for order "PO-7""#]));
    assert_eq!(owner.get("/api/v1/entitlements").await.ok()["total"], 0);

    let faulty =
        format!("{ORDERS}4712,PO-8,cad,1.0,perpetual,1\n4711,PO-9,cad,9.0,perpetual,zero\n");
    let refused = import(&owner, "what=entitlements", &faulty).await;
    expect![[r#"
        422 application/problem+json
        {
          "code": "import-faulty",
          "detail": "2 places are at fault; nothing was taken in. Mend the list, or ask for `skip_faulty`.",
          "faults": [
            {
              "column": "customer",
              "hint": "write a reference or a number such as C-000017; import customers first",
              "line": 4,
              "what": "there is no customer \"4712\""
            },
            {
              "column": "quantity",
              "hint": "a whole number from 1",
              "line": 5,
              "what": "\"zero\" is not a whole number"
            }
          ],
          "status": 422,
          "title": "The list is not taken in",
          "type": "/problems/import-faulty"
        }
    "#]].assert_eq(&refused.show());
    assert_eq!(owner.get("/api/v1/entitlements").await.ok()["total"], 0);

    let some = import(&owner, "what=entitlements&skip_faulty=true", &faulty).await.ok();
    assert_eq!(some["imported"], 1);
    let rows = owner.get("/api/v1/entitlements").await.ok();
    assert_eq!((&rows["total"], &rows["items"][0]["bought"]), (&json!(1), &json!(5)));
    let again = import(&owner, "what=entitlements", ORDERS).await.ok();
    assert_eq!((&again["imported"], &again["unchanged"]), (&json!(0), &json!(1)), "{again}");
    assert_eq!(owner.get("/api/v1/entitlements").await.ok()["total"], 1);
}

/// A list under an idempotency key.
async fn import_once(
    (office, actor): (&TestOffice, &Actor<'_>),
    key: &'static str,
    query: &str,
    text: &str,
) -> Answer {
    let (path, body) = (format!("/api/v1/imports?{query}"), text.as_bytes().to_vec());
    let mut request = actor.request(Method::POST, &path, Some("text/csv"), body);
    request.headers_mut().insert("idempotency-key", HeaderValue::from_static(key));
    office.send(request).await
}

#[tokio::test]
async fn a_list_that_is_sent_again_with_its_key_is_answered_as_before() {
    let office = TestOffice::new();
    let owner = office.owner();
    catalog(&owner).await;
    let customers = "reference,name\n4711,Works Ltd\n4712,Mill Ltd\n4713,Yard Ltd\n";
    let renamed = "reference,name\n4711,Works Ltd\n4712,Mills Ltd\n4713,Yard Ltd\n";
    let faulty = format!("{ORDERS}4799,PO-8,cad,1.0,perpetual,1\n4712,PO-9,cad,1.0,perpetual,1\n");
    let products = "product,version,feature\ncad,1.0,cad\npaint,1.0,paint\n";
    for (key, query, text) in [
        ("1", "what=customers", customers),
        ("2", "what=customers", renamed),
        ("3", "what=products", products),
        ("4", "what=entitlements&skip_faulty=true", &faulty),
        (
            "5",
            "what=entitlements",
            "customer,order,product,version,license_model,quantity\n4711,PO-10,cad,1.0,perpetual,1\n",
        ),
    ] {
        office.wait(1);
        let first = import_once((&office, &owner), key, query, text).await;
        assert_eq!(first.status, 200, "{}", first.text);
        let again = import_once((&office, &owner), key, query, text).await;
        assert_eq!((again.status, again.text), (first.status, first.text), "{query}");
    }
    assert_eq!(owner.get("/api/v1/entitlements").await.ok()["total"], 3);
    // Without the key it is another list, of which everything was taken before.
    let again = import(&owner, "what=entitlements&skip_faulty=true", &faulty).await.ok();
    assert_eq!((&again["imported"], &again["rows"]), (&json!(0), &json!(3)));
    let other = import_once((&office, &owner), "1", "what=entitlements", ORDERS).await;
    assert_eq!(other.problem(), "422 key-reused");
}

#[tokio::test]
async fn a_list_that_waits_is_answered_with_its_question_also_when_that_was_answered() {
    let office = TestOffice::new();
    let owner = office.owner();
    catalog(&owner).await;
    owner.patch("/api/v1/policies", json!({"issue_threshold": 4})).await.ok();
    let fay = office.user("fay", &["fulfil"]).await;
    let zoe = office.user("zoe", &["admin"]).await;
    let first = import_once((&office, &fay), "1", "what=entitlements", ORDERS).await;
    assert_eq!((first.status.as_u16(), &first.json()["approval"]), (202, &json!("P-0000001")));
    let same = import(&fay, "what=entitlements", ORDERS).await;
    assert_eq!((same.status.as_u16(), &same.json()["approval"]), (202, &json!("P-0000001")));
    zoe.post("/api/v1/approvals/P-0000001/approve", json!({})).await.ok();
    let again = import_once((&office, &fay), "1", "what=entitlements", ORDERS).await;
    assert_eq!((again.status.as_u16(), &again.json()["state"]), (202, &json!("approved")));
    assert_eq!(owner.get("/api/v1/entitlements").await.ok()["total"], 1);
}

#[tokio::test]
async fn who_may_import_what() {
    let office = TestOffice::new();
    let fay = office.user("fay", &["fulfil"]).await;
    let cat = office.user("cat", &["catalog"]).await;
    let products = "product,version,feature\ncad,1.0,cad\n";
    assert_eq!(import(&fay, "what=products", products).await.problem(), "403 missing-role");
    let customers = "reference,name\n4711,Works Ltd\n";
    assert_eq!(import(&cat, "what=customers", customers).await.problem(), "403 missing-role");
    assert_eq!(import(&fay, "what=customers", customers).await.ok()["imported"], 1);
    let mut request = fay.request(Method::POST, "/api/v1/imports?what=customers", None, vec![]);
    request.headers_mut().insert("content-type", HeaderValue::from_static("text/html"));
    expect!["415 unsupported-media-type"].assert_eq(&office.send(request).await.problem());
    expect!["400 bad-parameter"].assert_eq(&import(&fay, "what=keys", "").await.problem());
}

#[tokio::test]
async fn what_goes_out_is_harmless_in_a_spreadsheet() {
    let office = TestOffice::new();
    let id = sold(&office).await;
    let owner = office.owner();
    let bad = json!({"name": "=cmd|' /C calc'!A0", "reference": "+1234"});
    owner.post("/api/v1/customers", bad).await.ok();
    let order = json!({"customer": "C-000002", "order": "@SUM(A1)", "lines": [
        {"product": "cad@1.0", "license_model": "perpetual", "quantity": 1}]});
    owner.post("/api/v1/entitlements", order).await.ok();
    let csv = owner.get("/api/v1/exports/entitlements.csv").await;
    let lines: Vec<&str> = csv.text.lines().collect();
    assert_eq!(lines.len(), 3);
    for line in &lines[1..] {
        for cell in line.split(',') {
            let cell = cell.trim_matches('"');
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell:?} runs");
        }
    }
    let xml = owner.get("/api/v1/exports/entitlements.xml").await;
    assert!(xml.text.contains(&format!("entId=\"{id}/1\"")), "{}", xml.text);
    let export: serde_json::Value = owner.get("/api/v1/exports/entitlements.json").await.ok();
    assert_eq!(export.as_array().map(Vec::len), Some(2));
    let usage = owner.get("/api/v1/exports/usage.csv").await;
    expect![[r#"
        day,container,customer,item,feature,checkouts,denials,peak,seat_seconds,consumed
    "#]]
    .assert_eq(&usage.text);
    expect!["404 not-found"].assert_eq(&owner.get("/api/v1/exports/passwords.csv").await.problem());
}
