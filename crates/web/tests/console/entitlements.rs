//! Entitlements: made, handed over, extended, upgraded, reduced, suspended, withdrawn; what needs a second person.

use serde_json::json;

use crate::world::{ADMIN, World};
use crate::{HOSTILE, enter, harmless, send, sold};

#[tokio::test]
async fn from_a_customer_to_the_text_that_is_sent() {
    let world = World::office().await;
    let mut ann = enter(&world, ADMIN).await;
    ann.open("/console/entitlements").await.is(200).says("Nothing was bought yet");
    ann.open("/console/entitlements/new").await.is(200).says("No customers yet");
    world.must("POST", "/api/v1/customers", json!({"name": "Works Ltd", "contacts": [{"name": "Ada", "email": "ada@works.example"}]})).await;
    ann.open("/console/entitlements/new")
        .await
        .is(200)
        .says("/console/entitlements/new?customer=C-000001");
    let new = "/console/entitlements/new?customer=C-000001";
    ann.open(new).await.is(200).says("Make a product first");
    sold(&world).await;

    let action = "/console/entitlements/new";
    let empty = [("customer", "C-000001"), ("order", "PO-7")];
    send(&mut ann, new, action, &empty)
        .await
        .is(422)
        .says("Choose what was bought")
        .says("value=\"PO-7\"");
    let wrong = [
        ("customer", "C-000001"),
        ("order", "PO-7"),
        ("product-0", "cad-suite@2.0"),
        ("model-0", "none"),
        ("quantity-0", "3"),
    ];
    send(&mut ann, new, action, &wrong)
        .await
        .is(404)
        .says("no license model")
        .says("value=\"PO-7\"");
    let more = [("customer", "C-000001"), ("product-0", "cad-suite@2.0"), ("act", "more")];
    send(&mut ann, new, action, &more).await.is(200).says("name=\"product-1\"");
    let lines = [
        ("customer", "C-000001"),
        ("order", "PO-7"),
        ("product-0", "cad-suite@2.0"),
        ("model-0", "perpetual"),
        ("quantity-0", "3"),
        ("product-1", "cad-suite@2.0"),
        ("model-1", "year"),
        ("quantity-1", "2"),
        ("ends-1", "2099-12-31"),
        ("terms-1", "{\"usage\": {\"grace_days\": 30}}"),
        ("activate_until", "2099-06-30"),
        ("notes", "By phone"),
    ];
    let made = send(&mut ann, new, action, &lines).await.is(200).says("The entitlement is made");
    let made = made.says("http://office.example/portal").says("30 days of grace").says("By phone");
    made.says("3 x cad-suite@2.0 (perpetual)").says("mailto:ada%40works.example?subject=");
    let list =
        ann.open("/console/entitlements?product=cad-suite&state=active&customer=C-000001").await;
    list.is(200).says("0 of 5").says("1–2 of 2");
    ann.open("/console/entitlements?ends_within_days=30").await.is(200).says("Nothing fits");
    let file = ann.open("/console/entitlements.csv").await.is(200);
    assert_eq!(file.html.lines().count(), 3, "{}", file.html);
}

#[tokio::test]
async fn lines_change_and_the_page_says_what_was_refused() {
    let world = World::office().await;
    let id = sold(&world).await;
    world
        .must("PUT", "/api/v1/products/cad-suite@3.0", json!({"features": [{"feature": "cad"}]}))
        .await;
    let relation = json!({"kind": "upgrade", "from": "cad-suite@2.0", "to": "cad-suite@3.0"});
    world.must("POST", "/api/v1/product-relations", relation).await;
    let mut ann = enter(&world, ADMIN).await;
    let one = format!("/console/entitlements/{id}");
    ann.open(&one).await.is(200).says("Extend").says("Upgrade").says("Reduce").says("PO-1");
    // Typed as people type it.
    ann.open(&format!("/console/entitlements/{}", id.to_lowercase())).await.is(200).says(&id);

    let extend = &format!("{one}/lines/1/extend");
    let earlier = [("how", "ends"), ("ends", "2026-01-01")];
    let refused = send(&mut ann, extend, extend, &earlier).await;
    assert!(refused.status.is_client_error(), "{}", refused.html);
    refused.says("value=\"2026-01-01\"");
    send(&mut ann, extend, extend, &[("how", "ends")]).await.is(422).says("Say the last day");
    send(&mut ann, extend, extend, &[("how", "ends"), ("ends", "2099-12-31")])
        .await
        .is(200)
        .says("31 Dec 2099");

    let order = &format!("{one}/order");
    send(&mut ann, order, order, &[("order", "PO-1"), ("same-1", "2")])
        .await
        .is(409)
        .says("value=\"2\"");
    let repeated = send(&mut ann, order, order, &[("order", "PO-2"), ("same-1", "2")]).await;
    repeated.is(200).says("The order is taken in").says("PO-2");
    let found = world.must("GET", &format!("/api/v1/entitlements/{id}"), json!(null)).await;
    assert_eq!(found["lines"].as_array().map(Vec::len), Some(1), "it adds up: {found}");
    assert_eq!(found["lines"][0]["bought"], 7);

    let upgrade = &format!("{one}/lines/1/upgrade");
    send(&mut ann, upgrade, upgrade, &[("product", "cad-suite@3.0")])
        .await
        .is(200)
        .says("The line is cad-suite@3.0 now");
    let replace = &format!("{one}/lines/1/replace");
    ann.open(replace).await.is(200).says("is taken away");
    let other = [("product", "cad-suite@2.0"), ("license_model", "perpetual")];
    send(&mut ann, replace, replace, &other).await.is(200).says("perpetual");
    let reduce = &format!("{one}/lines/1/reduce");
    let many = send(&mut ann, reduce, reduce, &[("quantity", "9"), ("reason", "r")]).await.is(409);
    many.says("7 are free").says("value=\"9\"");
    send(&mut ann, reduce, reduce, &[("quantity", "2")])
        .await
        .is(200)
        .says("The units are taken off");
    ann.open(&format!("{one}/lines/9/reduce")).await.is(404).says("no line 9");
}

#[tokio::test]
async fn an_entitlement_is_suspended_resumed_changed_and_withdrawn() {
    let world = World::office().await;
    let id = sold(&world).await;
    let mut ann = enter(&world, ADMIN).await;
    let one = format!("/console/entitlements/{id}");
    let act = |word: &str| format!("{one}/{word}");
    let (suspend, resume, withdraw, edit) =
        (act("suspend"), act("resume"), act("withdraw"), act("edit"));
    ann.open(&suspend).await.is(200).says("What is active in containers stays");
    let why = [("reason", "Invoice 17")];
    send(&mut ann, &suspend, &suspend, &why).await.is(200).says("Suspended").says("Let it go on");
    send(&mut ann, &suspend, &suspend, &why).await.is(200).says("Suspended");
    send(&mut ann, &resume, &resume, &[]).await.is(200).says("Active");
    let change = [
        ("customer", "C-000001"),
        ("activate_from", ""),
        ("activate_until", "2098-01-31"),
        ("notes", "N"),
    ];
    send(&mut ann, &edit, &edit, &change).await.is(200).says("31 Jan 2098");
    let nobody = [("customer", "C-77"), ("activate_until", "2098-01-31")];
    let refused = send(&mut ann, &edit, &edit, &nobody).await;
    assert!(refused.status.is_client_error());
    refused.says("value=\"C-77\"");
    ann.open(&withdraw).await.is(200).says("This can&#39;t be undone");
    let gone = send(&mut ann, &withdraw, &withdraw, &why).await.is(200).says("Withdrawn");
    assert!(!gone.html.contains(">Repeat order<"), "{}", gone.html);
    ann.open("/console/entitlements?state=withdrawn").await.is(200).says(&id);
}

#[tokio::test]
async fn what_needs_a_second_person_says_so_and_leads_there() {
    let world = World::office().await;
    sold(&world).await;
    world.must("PATCH", "/api/v1/policies", json!({"issue_threshold": 10})).await;
    world.user("fay", &["fulfil"]).await;
    let mut fay = enter(&world, "fay").await;
    let new = "/console/entitlements/new?customer=C-000001";
    let fields = [
        ("customer", "C-000001"),
        ("order", "PO-9"),
        ("product-0", "cad-suite@2.0"),
        ("model-0", "year"),
        ("quantity-0", "100"),
    ];
    let waits = send(&mut fay, new, "/console/entitlements/new", &fields).await.is(200);
    waits
        .says("This needs a second person")
        .says("/console/approvals/P-0000001")
        .says("Nothing has changed yet");
    let mut ann = enter(&world, ADMIN).await;
    ann.open("/console").await.is(200).says("/console/approvals/P-0000001");
    fay.open("/console").await.is(200).says("Nothing waits for you");
}

#[tokio::test]
async fn viewers_only_look_and_hostile_texts_do_nothing() {
    let world = World::office().await;
    sold(&world).await;
    world.user("vera", &["viewer"]).await;
    world.must("POST", "/api/v1/customers", json!({"name": HOSTILE})).await;
    let order = json!({"customer": "C-000002", "order": HOSTILE, "notes": HOSTILE, "lines": [
        {"product": "cad-suite@2.0", "license_model": "year", "quantity": 1}]});
    let made = world.must("POST", "/api/v1/entitlements", order).await;
    let id = made["activation_id"].as_str().expect("an ID");
    let one = format!("/console/entitlements/{id}");
    let mut vera = enter(&world, "vera").await;
    let mut ann = enter(&world, ADMIN).await;
    for page in ["/console/entitlements", one.as_str()] {
        let seen = harmless(vera.open(page).await.is(200));
        for button in ["New entitlement", ">Withdraw<", ">Extend<", ">Repeat order<"] {
            assert!(!seen.html.contains(button), "{page}: {button}");
        }
    }
    for page in ["edit", "order", "suspend"] {
        harmless(ann.open(&format!("{one}/{page}")).await.is(200));
    }
    harmless(ann.open("/console/entitlements/new?customer=C-000002").await.is(200));
    let suspend = format!("{one}/suspend");
    vera.open(&suspend).await.is(403).says("You may not do this");
    let csrf = vera.open("/console").await.field("csrf");
    vera.form(&suspend, &[("csrf", csrf.as_str())]).await.is(403);
    ann.open("/console/entitlements/AAAAA-BBBBB-CCCCC-DDDDD-EEEEE").await.is(404);
}
