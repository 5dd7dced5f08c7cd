//! Customers: entered, found, changed, forgotten.

use serde_json::json;

use crate::world::{ADMIN, World};
use crate::{HOSTILE, enter, harmless, send, sold};

#[tokio::test]
async fn a_customer_is_entered_changed_and_found() {
    let world = World::office().await;
    let mut ann = enter(&world, ADMIN).await;
    ann.open("/console/customers").await.is(200).says("No customers yet").says("Import a list");
    let new = "/console/customers/new";
    let fields = [
        ("name", "Works Ltd"),
        ("reference", "4711"),
        ("contact-0", "Ada"),
        ("email-0", "ada@works.example"),
        ("notes", "Pays late"),
    ];
    let made = send(&mut ann, new, new, &fields).await.is(200);
    made.says("Works Ltd is entered as C-000001")
        .says("Make an entitlement")
        .says("ada@works.example");
    let taken = [("name", "Another"), ("reference", "4711"), ("contact-0", "Bob")];
    let refused = send(&mut ann, new, new, &taken).await.is(409);
    refused.says("has the reference").says("value=\"Another\"").says("value=\"Bob\"");
    let wrong = [("name", "Another"), ("contact-0", "Bob"), ("contact-2", "\u{202e}")];
    send(&mut ann, new, new, &wrong).await.is(422).says("aria-invalid").says("value=\"Bob\"");

    let edit = "/console/customers/C-000001/edit";
    let more =
        send(&mut ann, edit, edit, &[("name", "W"), ("contact-0", "Ada"), ("act", "more")]).await;
    more.is(200).says("name=\"contact-1\"");
    let fields = [("name", "Works GmbH"), ("reference", ""), ("contact-3", "Eve"), ("notes", "")];
    let changed =
        send(&mut ann, edit, edit, &fields).await.is(200).says("Works GmbH is saved").says("Eve");
    assert!(!changed.html.contains("Ada"), "the contacts are those that were sent");
    ann.open("/console/customers?q=gmbh").await.is(200).says("1–1 of 1");
    ann.open("/console/customers?q=nobody").await.is(200).says("No customer has this");
    let file = ann.open("/console/customers.csv").await.is(200);
    assert!(file.html.contains("C-000001,,Works GmbH,Eve"), "{}", file.html);
    ann.open("/console/customers/C-9").await.is(404).says("All customers");
    ann.open("/console/customers/nonsense").await.is(404);
}

#[tokio::test]
async fn forgetting_says_what_goes_and_what_stays() {
    let world = World::office().await;
    let id = sold(&world).await;
    world.user("fay", &["fulfil"]).await;
    let mut ann = enter(&world, ADMIN).await;
    let one = "/console/customers/C-000001";
    ann.open(one).await.is(200).says("Works Ltd").says(&id).says("0 of 5");
    let forget = &format!("{one}/forget");
    ann.open(forget)
        .await
        .is(200)
        .says("Erase it for ever")
        .says("name, reference, contacts and notes");
    let gone =
        send(&mut ann, forget, forget, &[]).await.is(200).says("C-000001 is forgotten").says(&id);
    assert!(!gone.html.contains("Works Ltd") && !gone.html.contains("Ada"), "{}", gone.html);
    ann.open("/console/customers").await.says("Forgotten customer");
    ann.open(&format!("/console/entitlements/{id}")).await.is(200).says("Customer C-000001");

    let mut fay = enter(&world, "fay").await;
    let csrf = fay.open("/console/account").await.field("csrf");
    fay.form(forget, &[("csrf", &csrf)]).await.is(403).says("You may not do this");
}

#[tokio::test]
async fn hostile_names_do_nothing_and_viewers_only_look() {
    let world = World::office().await;
    world.user("vera", &["viewer"]).await;
    let customer = json!({"name": HOSTILE, "reference": HOSTILE, "notes": HOSTILE,
        "contacts": [{"name": HOSTILE, "email": "x+cmd@evil.example"}]});
    world.must("POST", "/api/v1/customers", customer).await;
    let mut vera = enter(&world, "vera").await;
    let one = "/console/customers/C-000001";
    for page in ["/console/customers", one] {
        let seen = harmless(vera.open(page).await.is(200));
        assert!(!seen.html.contains("New customer") && !seen.html.contains(">Forget<"), "{page}");
    }
    let mut ann = enter(&world, ADMIN).await;
    for page in ["/edit", "/forget"] {
        harmless(ann.open(&format!("{one}{page}")).await.is(200));
    }
    harmless(ann.open("/console/entitlements/new").await.is(200));
    let new = "/console/customers/new";
    vera.open(new).await.is(403).says("You may not do this").says("fulfil");
    let csrf = vera.open("/console").await.field("csrf");
    vera.form(new, &[("csrf", csrf.as_str()), ("name", "x")]).await.is(403);
}
