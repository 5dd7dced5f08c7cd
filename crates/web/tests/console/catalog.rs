//! Products, license models and relations, from an empty office to what is retired.

use serde_json::json;

use crate::world::{ADMIN, World};
use crate::{HOSTILE, enter, harmless, send, sold};

#[tokio::test]
async fn from_nothing_to_a_catalog() {
    let world = World::office().await;
    let mut ann = enter(&world, ADMIN).await;
    ann.open("/console/catalog")
        .await
        .is(200)
        .says("Nothing is sold yet")
        .says("Make the first product");
    ann.open("/console/catalog/models").await.is(200).says("No license model yet");

    let new = "/console/catalog/models/new";
    let terms = [
        ("name", "sub-1y"),
        ("validity", "subscription"),
        ("days", "365"),
        ("begins", "order"),
        ("containers", "server"),
        ("usage.grace_days", "14"),
        ("returns", "yes"),
    ];
    let mut check = terms.to_vec();
    check.push(("act", "check"));
    let read = send(&mut ann, new, new, &check).await.is(200);
    let read = read.says("Nothing is saved yet").says("It may be used for 365 days");
    assert!(read.html.contains("value=\"sub-1y\""), "what was typed is still there");
    let saved = send(&mut ann, new, new, &terms).await.is(200).says("sub-1y is saved");
    saved.says("license servers (floating)").says("14 days of grace");

    let new = "/console/catalog/products/new";
    let mut fields = vec![
        ("name", "cad-suite"),
        ("version", "two"),
        ("feature-0", "cad"),
        ("feature-1", "render"),
        ("count-1", "2"),
        ("license_models", "sub-1y"),
    ];
    let wrong = send(&mut ann, new, new, &fields).await.is(422);
    wrong.says("This must be a version").says("value=\"cad-suite\"").says("aria-invalid");
    fields[1].1 = "2.0";
    let made = send(&mut ann, new, new, &fields).await.is(200).says("cad-suite@2.0 can be sold");
    made.says("render").says("sub-1y");
    send(&mut ann, new, new, &fields)
        .await
        .is(409)
        .says("There is a product cad-suite@2.0 already");

    let list = ann.open("/console/catalog?q=cad&sort=-product").await.is(200);
    list.says("cad, render").says("aria-sort=\"descending\"").says("1–1 of 1");
    let file = ann.open("/console/catalog.csv?q=cad").await.is(200);
    assert!(file.html.starts_with("product,description,features"), "{}", file.html);
}

#[tokio::test]
async fn a_feature_keeps_its_own_terms_when_the_product_changes() {
    let world = World::office().await;
    sold(&world).await;
    let mut ann = enter(&world, ADMIN).await;
    let one = "/console/catalog/products/cad-suite@2.0";
    let feature = &format!("{one}/features/cad");
    let fields = [
        ("vendor_string", "edition=pro"),
        ("selectors", "site=hamburg\nteam=42"),
        ("own", "yes"),
        ("usage.kind", "concurrent"),
        ("usage.seat_basis", "user"),
        ("usage.min_named_user_days", "7"),
    ];
    let wrong = [("selectors", "no pair")];
    send(&mut ann, feature, feature, &wrong).await.is(422).says("This line is not name=value");
    let saved = send(&mut ann, feature, feature, &fields).await.is(200);
    saved.says("site=hamburg, team=42").says("Each named user takes one seat");

    let edit = &format!("{one}/edit");
    let fields =
        [("was-0", "cad"), ("feature-0", "cad"), ("feature-1", "viewer"), ("count-1", "unlimited")];
    let changed = send(&mut ann, edit, edit, &fields).await.is(200).says("is saved");
    changed.says("Each named user takes one seat").says("Unlimited");
    let old = [("csrf", ""), ("revision", "1"), ("feature-0", "cad")];
    let csrf = ann.open(edit).await.field("csrf");
    let old = [("csrf", csrf.as_str()), old[1], old[2]];
    ann.form(edit, &old).await.is(409).says("It was changed in the meantime");
    let found = world.must("GET", "/api/v1/products/cad-suite@2.0", json!(null)).await;
    assert_eq!(found["features"][0]["vendor_string"], "edition=pro");
}

#[tokio::test]
async fn what_is_retired_is_asked_first_and_can_come_back() {
    let world = World::office().await;
    sold(&world).await;
    world
        .must("PUT", "/api/v1/products/cad-suite@3.0", json!({"features": [{"feature": "cad"}]}))
        .await;
    let mut ann = enter(&world, ADMIN).await;
    let relations = "/console/catalog/relations";
    let fields = [("from", "cad-suite@2.0"), ("kind", "upgrade"), ("to", "cad-suite@9.0")];
    let wrong = send(&mut ann, relations, relations, &fields).await.is(404);
    wrong.says("cad-suite@9.0").says("value=\"cad-suite@2.0\"");
    let fields = [("from", "cad-suite@2.0"), ("kind", "upgrade"), ("to", "cad-suite@3.0")];
    send(&mut ann, relations, relations, &fields).await.is(200).says("can be upgraded to");
    ann.open("/console/catalog/products/cad-suite@2.0").await.says("cad-suite@3.0");
    let remove =
        "/console/catalog/relations/remove?kind=upgrade&from=cad-suite@2.0&to=cad-suite@3.0";
    ann.open(remove)
        .await
        .is(200)
        .says("Forget that cad-suite@2.0 can be upgraded to cad-suite@3.0?");
    send(&mut ann, remove, "/console/catalog/relations/remove", &fields)
        .await
        .says("The relation is gone");

    for one in ["/console/catalog/products/cad-suite@2.0", "/console/catalog/models/year"] {
        let retire = &format!("{one}/retire");
        ann.open(retire).await.is(200).says("What will happen");
        send(&mut ann, retire, retire, &[]).await.is(200).says("Retired");
    }
    let edit = "/console/catalog/products/cad-suite@2.0/edit";
    let fields = [("was-0", "cad"), ("feature-0", "cad")];
    send(&mut ann, edit, edit, &fields).await.is(200).says("Sold");
    ann.open("/console/catalog/products/none@1.0").await.is(404).says("There is no such thing");
}

#[tokio::test]
async fn who_may_only_look_sees_no_buttons_and_hostile_names_do_nothing() {
    let world = World::office().await;
    world.user("vera", &["viewer"]).await;
    let name = crate::address(HOSTILE);
    let product =
        json!({"description": HOSTILE, "features": [{"feature": HOSTILE, "notice": HOSTILE}]});
    world.must("PUT", &format!("/api/v1/products/{name}@1.0"), product).await;
    world
        .must("PUT", &format!("/api/v1/license-models/{name}"), json!({"description": HOSTILE}))
        .await;
    let mut vera = enter(&world, "vera").await;
    let mut ann = enter(&world, ADMIN).await;
    for page in [
        "/console/catalog".to_owned(),
        format!("/console/catalog?q={name}"),
        "/console/catalog/models".to_owned(),
        format!("/console/catalog/products/{name}@1.0"),
        format!("/console/catalog/models/{name}"),
    ] {
        let seen = harmless(vera.open(&page).await.is(200));
        for button in ["New product", "New license model", ">Change<", ">Retire<"] {
            assert!(!seen.html.contains(button), "{page}: {button}");
        }
        harmless(ann.open(&page).await.is(200));
    }
    for page in [
        format!("/console/catalog/products/{name}@1.0/edit"),
        format!("/console/catalog/products/{name}@1.0/features/{name}"),
        format!("/console/catalog/products/{name}@1.0/retire"),
        format!("/console/catalog/models/{name}/edit"),
    ] {
        harmless(ann.open(&page).await.is(200));
    }
    let new = "/console/catalog/models/new";
    vera.open(new).await.is(403).says("You may not do this").says("catalog");
    let csrf = vera.open("/console").await.field("csrf");
    vera.form(new, &[("csrf", csrf.as_str()), ("name", "x")]).await.is(403);
}
