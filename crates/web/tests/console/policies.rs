//! The room `policies`.

use serde_json::{Value, json};

use crate::world::{ADMIN, World};

const HERE: &str = "/console/policies";

#[tokio::test]
async fn policies_are_changed_refused_at_their_field_and_put_back() {
    let world = World::office().await;
    let mut browser = crate::enter(&world, ADMIN).await;
    let page = browser.open(HERE).await.is(200).says("Days until returned units are free");
    let page = page.says("Default: 7").says("A person decides").does_not_say("Back to the default");
    assert!(page.html.len() < 200_000);
    let fill = [("group", "returns"), ("was-cool_down_days", "7"), ("cool_down_days", "9999")];
    let page = crate::send(&mut browser, HERE, HERE, &fill).await.is(422);
    page.says("This must be 0 to 3650 days").says("value=\"9999\"").says("aria-invalid");
    let fill = [("group", "returns"), ("was-cool_down_days", "7"), ("cool_down_days", "soon")];
    let page = crate::send(&mut browser, HERE, HERE, &fill).await.is(422);
    page.says("must be a whole number").says("value=\"soon\"");
    // Somebody else changed another policy of the group meanwhile: what was not touched here is not sent.
    world.must("PATCH", "/api/v1/policies", json!({"approval_days": 3})).await;
    let fill = [
        ("group", "approvals"),
        ("was-issue_threshold", ""),
        ("issue_threshold", "100"),
        ("was-approve_publishing", "false"),
        ("approve_publishing", "true"),
        ("was-approval_days", "7"),
        ("approval_days", "7"),
    ];
    let page = crate::send(&mut browser, HERE, HERE, &fill).await.is(200);
    page.says("The policies are changed").says("Publishing needs a second person: Yes");
    let value = async |name: &str| {
        let found = world.must("GET", "/api/v1/policies?size=100", Value::Null).await;
        let all = found["items"].as_array().expect("policies").clone();
        all.into_iter().find(|one| one["name"] == name).expect("it is there")["value"].clone()
    };
    assert_eq!(value("issue_threshold").await, 100);
    assert_eq!(value("approval_days").await, 3);
    let fill = [("group", "approvals"), ("was-issue_threshold", "100"), ("issue_threshold", "")];
    crate::send(&mut browser, HERE, HERE, &fill).await.is(200).says("any number");
    assert_eq!(value("issue_threshold").await, Value::Null);
    let fill = [("group", "approvals"), ("reset", "approval_days")];
    crate::send(&mut browser, HERE, HERE, &fill)
        .await
        .is(200)
        .says("Days until a question lapses: 7");
    assert_eq!(value("approval_days").await, 7);
    let fill = [("group", "contact")];
    crate::send(&mut browser, HERE, HERE, &fill).await.is(200).says("Nothing was different");
}

#[tokio::test]
async fn others_read_them_and_can_not_change_them() {
    let world = World::office().await;
    world.user("vera", &["viewer"]).await;
    let mut vera = crate::enter(&world, "vera").await;
    let page = vera.open(HERE).await.is(200).says("you need the role").says("A person decides");
    let page = page.does_not_say(">Save<").does_not_say("name=\"cool_down_days\"");
    let csrf = page.field("csrf");
    let fill = [("csrf", csrf.as_str()), ("group", "returns"), ("cool_down_days", "9")];
    vera.form(HERE, &fill).await.is(403).says("admin");
}
