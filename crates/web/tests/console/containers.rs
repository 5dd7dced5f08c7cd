//! The room `containers`.

use crate::world::{ADMIN, World};

#[tokio::test]
async fn a_container_is_met_filled_changed_and_given_up() {
    let (world, id) = World::selling().await;
    let mut browser = crate::enter(&world, ADMIN).await;
    browser.open("/console/containers").await.is(200).says("No container yet");
    let serial = world.met().await;
    let here = format!("/console/containers/{serial}");
    browser
        .open("/console/containers")
        .await
        .is(200)
        .says(&serial)
        .says("Plant-7")
        .says("License server");
    browser
        .open("/console/containers?q=nothing-like-it")
        .await
        .is(200)
        .says("No container is like this");
    browser
        .open("/console/containers?state=rollback")
        .await
        .is(200)
        .says("No container is like this");
    let csv = browser.open("/console/containers.csv").await.is(200);
    assert!(csv.html.starts_with("serial,name,kind,"), "{}", csv.html);
    assert!(csv.html.contains(&serial), "{}", csv.html);

    let asked = format!("/console/activations/new?serial={serial}&activation_id={id}&line=1");
    let page = browser.open(&asked).await.is(200).says(&id).says(&serial);
    let (csrf, once) = (page.field("csrf"), page.field("once"));
    let fill = [
        ("csrf", csrf.as_str()),
        ("once", &once),
        ("activation_id", &id),
        ("line", "1"),
        ("quantity", "3"),
        ("serial", &serial),
    ];
    browser.form("/console/activations/new", &fill).await.is(200).says("It is activated");
    let page = browser.open(&here).await.is(200).says("cad@2.0").says("Update not fetched yet");
    let csrf = page.field("csrf");
    let file = browser.form(&format!("{here}/update.tnr"), &[("csrf", &csrf)]).await.is(200);
    assert!(file.html.contains("BEGIN TENURE UPDATE"), "{}", file.html);
    browser.open(&here).await.is(200).says("no receipt yet");

    let fill = [("csrf", csrf.as_str()), ("customer", "C-999999"), ("tolerance", "strict")];
    let refused = browser.form(&format!("{here}/edit"), &fill).await;
    assert!(refused.status.is_client_error(), "{}", refused.html);
    refused.says("value=\"C-999999\"");
    let fill = [("csrf", csrf.as_str()), ("customer", "C-000001"), ("tolerance", "strict")];
    browser.form(&format!("{here}/edit"), &fill).await.is(200).says("It is changed").says("Strict");

    let page = browser.open(&format!("{here}/broken")).await.is(200).says("What will happen");
    let (csrf, once) = (page.field("csrf"), page.field("once"));
    let fill = [("csrf", csrf.as_str()), ("once", &once)];
    browser
        .form(&format!("{here}/broken"), &fill)
        .await
        .is(200)
        .says("It is given up")
        .says("Broken");
    browser.open("/console/containers/T-0000-0000-0000").await.is(404).says("All containers");
}

#[tokio::test]
async fn who_may_only_look_sees_no_buttons_and_is_told_what_is_missing() {
    let world = World::office().await;
    let serial = world.met().await;
    world.user("vera", &["viewer"]).await;
    let mut browser = crate::enter(&world, "vera").await;
    let here = format!("/console/containers/{serial}");
    let page =
        browser.open(&here).await.is(200).does_not_say("Revoke it").does_not_say("Update file");
    assert!(!page.html.contains("/edit"), "{}", page.html);
    let page = browser.open(&format!("{here}/lost")).await.is(200);
    let (csrf, once) = (page.field("csrf"), page.field("once"));
    let fill = [("csrf", csrf.as_str()), ("once", &once)];
    browser.form(&format!("{here}/lost"), &fill).await.is(422).says("role");
}

#[tokio::test]
async fn why_a_container_was_given_up_is_asked_and_stands_in_the_audit() {
    let world = World::office().await;
    let serial = world.met().await;
    let mut browser = crate::enter(&world, ADMIN).await;
    let here = format!("/console/containers/{serial}");
    let page = browser.open(&format!("{here}/lost")).await.is(200).says("Why, for the audit");
    let (csrf, once) = (page.field("csrf"), page.field("once"));
    let fill = [("csrf", csrf.as_str()), ("once", &once), ("reason", "fell off a ship")];
    browser.form(&format!("{here}/lost"), &fill).await.is(200).says("It is given up");
    browser.open("/console/journal").await.is(200).says("as lost (fell off a ship)");
}
