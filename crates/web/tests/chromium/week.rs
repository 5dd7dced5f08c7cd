//! What an administrator does in a week, with a real browser on a real license server: each task from the front page
//! or from the rail, by what stands on buttons and links.

use serde_json::{Value, json};

use crate::window::{DESK, Window, serve};
use crate::world::{ADMIN, ITEMS, PASSWORD, World};

/// A window with the administrator logged in; the address of the site.
async fn at_work(world: &World) -> Option<(Window, String)> {
    let window = Window::empty(DESK).await?;
    let site = format!("http://127.0.0.1:{}", serve(world.pages()).await);
    window.go(&site).await;
    window.types("name", ADMIN).await;
    window.types("password", PASSWORD).await;
    window.press("Log in").await;
    window.sees("Dashboard").await;
    Some((window, site))
}

#[tokio::test]
async fn from_the_first_start_to_the_first_seat() {
    let world = World::fresh();
    let Some(window) = Window::empty(DESK).await else { return };
    let site = format!("http://127.0.0.1:{}", serve(world.pages()).await);
    window.go(&site).await;
    window.sees("Set up the first administrator").await;
    window.types("token", &world.setup_token()).await;
    window.types("name", ADMIN).await;
    window.types("password", PASSWORD).await;
    window.types("repeated", PASSWORD).await;
    window.press("Make the administrator").await;
    window.sees("Choose the update file").await;
    world.issue(ITEMS);
    let file = world.folder.path().join("update.tnr");
    window.types("file", &file.to_string_lossy()).await;
    window.press("Apply it").await;
    window.sees("cad").await;
    window.close().await;
}

#[tokio::test]
async fn who_holds_a_feature() {
    let world = World::busy().await;
    let Some((window, _)) = at_work(&world).await else { return };
    window.press("Features").await;
    window.press("render").await;
    window.sees("Who holds it").await;
    window.sees("eve").await;
    window.close().await;
}

#[tokio::test]
async fn a_device_is_dropped() {
    let world = World::busy().await;
    let Some((window, _)) = at_work(&world).await else { return };
    window.press("Devices").await;
    window.press("lab-09").await;
    window.press("Drop the device").await;
    window.sees("What will happen").await;
    window.types("reason", "left the company").await;
    window.press("Drop the device").await;
    window.sees("was dropped").await;
    window.close().await;
}

#[tokio::test]
async fn seats_are_split_and_the_split_is_tried_on_last_weeks_requests() {
    let world = World::busy().await;
    let Some((window, _)) = at_work(&world).await else { return };
    window.press("Model").await;
    window.press("Split seats between pools").await;
    window.types("feature", "render").await;
    window.types("pool-1", "studio").await;
    window.types("amount-1", "2").await;
    window.types("names-1", "ann, bob").await;
    window.press("Write the text").await;
    window.sees("The text is written").await;
    window.press("Try it on last week").await;
    window.press("Begin").await;
    window.sees("Refused in fact").await;
    window.close().await;
}

#[tokio::test]
async fn seats_are_reserved_for_a_vip() {
    let world = World::busy().await;
    let Some((window, _)) = at_work(&world).await else { return };
    window.press("Features").await;
    window.press("cad").await;
    window.press("Reserve seats").await;
    window.types("who", "ceo").await;
    window.types("name", "board").await;
    window.press("Reserve now").await;
    window.sees("ceo").await;
    window.sees("Done: 1 change").await;
    window.close().await;
}

#[tokio::test]
async fn a_file_of_reservations_is_imported() {
    let world = World::busy().await;
    let Some((window, _)) = at_work(&world).await else { return };
    let host = json!({"type": "USER", "value": "zoe"});
    let entry = json!({"featureName": "cad", "featureVersion": "1.0", "featureCount": 1});
    let groups = json!([{"name": "design", "reservations": [{"hostId": host, "reservationEntries": [entry]}]}]);
    let file = world.folder.path().join("reservations.json");
    std::fs::write(&file, groups.to_string()).expect("written");
    window.press("Reservations").await;
    window.press("Import").await;
    window.types("file", &file.to_string_lossy()).await;
    window.press("See what it would do").await;
    window.sees("zoe").await;
    window.press("Import it").await;
    window.sees("design").await;
    let found = world.must("GET", "/api/v1/reservation-groups", Value::Null).await;
    assert_eq!(found["total"], 1, "{found}");
    window.close().await;
}

#[tokio::test]
async fn an_update_is_carried_by_hand() {
    let world = World::busy().await;
    let Some((window, _)) = at_work(&world).await else { return };
    window.press("Updates and files").await;
    window.press("Context file").await;
    let context = window.downloaded(".tnr").await;
    let context = std::fs::read_to_string(context).expect("the context");
    assert!(context.contains("BEGIN TENURE CONTEXT"), "{context}");
    let more = ITEMS.replacen("\"count\":10", "\"count\":12", 1);
    world.issue(&more);
    let file = world.folder.path().join("update.tnr");
    window.types("file", &file.to_string_lossy()).await;
    window.press("Apply it").await;
    window.sees("Send the receipt back").await;
    window.close().await;
}

#[tokio::test]
async fn a_key_of_a_client_is_uploaded() {
    let world = World::busy().await;
    let Some((window, _)) = at_work(&world).await else { return };
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).expect("a key");
    let file = world.folder.path().join("client.pem");
    std::fs::write(&file, key.public_key_pem()).expect("written");
    window.press("Client keys").await;
    window.press("Add").await;
    window.types("name", "build farm").await;
    window.types("file", &file.to_string_lossy()).await;
    window.press("Add the key").await;
    window.sees("build farm").await;
    window.close().await;
}

#[tokio::test]
async fn denials_are_read() {
    let world = World::busy().await;
    let Some((window, _)) = at_work(&world).await else { return };
    window.press("Denials").await;
    window.press("Yesterday").await;
    window.press("Today").await;
    window.sees("gus").await;
    window.press("render").await;
    window.sees("render").await;
    window.close().await;
}
