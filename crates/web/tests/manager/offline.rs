//! The container and its files: update in, each refusal in plain words, context and receipt out, the office on line.

use crate::world::{ADMIN, ITEMS, World};
use crate::{browser::Browser, enter};
use serde_json::json;

async fn csrf(browser: &mut Browser) -> String {
    browser.open("/account").await.field("csrf")
}

#[tokio::test]
async fn an_update_goes_in_as_file_or_text_and_its_receipt_comes_out() {
    let world = World::licensed(ITEMS).await;
    let mut ann = enter(&world, ADMIN).await;
    let page = ann.open("/offline").await.is(200).says("Can serve").says("T-").says("5 items");
    page.says("No office is connected");
    let csrf = csrf(&mut ann).await;
    let more =
        r#"[{"id":"extra","feature":"extra","version":"1.0","count":7,"expiry":"permanent"}]"#;
    let update = world.issue(more);
    let seen = ann.upload("/offline/update", &csrf, "file", update.as_bytes()).await.is(200);
    seen.says("applied").says("Download the receipt").says("BEGIN TENURE RECEIPT");
    let seen = ann.upload("/offline/update", &csrf, "photo", update.as_bytes()).await.is(200);
    seen.says("The server had this update already");
    let fields = [("csrf", csrf.as_str()), ("text", update.as_str())];
    ann.form("/offline/update", &fields).await.is(200).says("had this update already");
    let receipt = ann.open("/offline/receipt.tnr").await.is(200);
    assert!(receipt.html.starts_with("-----BEGIN TENURE RECEIPT-----"), "{}", receipt.html);
    let name = receipt.headers["content-disposition"].to_str().expect("ASCII");
    assert!(
        name.starts_with("attachment; filename=\"T-") && name.ends_with(".receipt.tnr\""),
        "{name}"
    );
    ann.open("/offline").await.is(200).says("6 items");
}

#[tokio::test]
async fn every_refusal_says_in_plain_words_what_to_do() {
    let world = World::licensed(ITEMS).await;
    let other = World::licensed(ITEMS).await;
    let mut ann = enter(&world, ADMIN).await;
    let csrf = csrf(&mut ann).await;
    let context = ann.open("/offline/context.tnr").await.html;
    let foreign = other.issue(ITEMS);
    let own = world.issue(ITEMS);
    let middle = own.len() / 2;
    let damaged = format!("{}{}", &own[..middle], &own[middle + 8..]);
    for (text, status, title) in [
        ("", 422, "There is no update yet"),
        ("<script>alert(1)</script>", 422, "This file can’t be read"),
        (context.as_str(), 422, "This is a document, but no update"),
        (damaged.as_str(), 422, ""),
        (foreign.as_str(), 422, "This update can’t be trusted"),
    ] {
        let seen = ann.form("/offline/update", &[("csrf", csrf.as_str()), ("text", text)]).await;
        let seen = seen.is(status).says(title).does_not_say("<script>alert");
        assert!(seen.html.contains("class=\"notice bad\""), "{title}");
    }
    let picture = ann.upload("/offline/update", &csrf, "photo", b"\x89PNG\r\n\x1a\nnot one").await;
    picture.is(422).says("There is no update yet");
    ann.open("/offline").await.is(200).says("5 items");
}

#[tokio::test]
async fn an_update_for_another_container_or_out_of_order_is_told_apart() {
    let world = World::licensed(ITEMS).await;
    let mut ann = enter(&world, ADMIN).await;
    let csrf = csrf(&mut ann).await;
    world.run("server init --data other --keyset keys/keyset.tnr --name Other");
    world.run("server context --data other -o other.tnr");
    world.run("issue --keys keys --context other.tnr --items items.json -o theirs.tnr");
    let theirs = std::fs::read(world.folder.path().join("theirs.tnr")).expect("the update");
    let seen = ann.upload("/offline/update", &csrf, "file", &theirs).await.is(409);
    seen.says("This update is for another license server").says("carries this server’s serial");
}

#[tokio::test]
async fn the_context_is_a_file_a_code_and_a_request_for_an_activation_id() {
    let world = World::licensed(ITEMS).await;
    let mut ann = enter(&world, ADMIN).await;
    let page = ann.open("/offline/context").await.is(200).says("BEGIN TENURE CONTEXT");
    assert!(page.html.contains("class=\"qr\""), "a QR code");
    ann.open("/offline/request").await.is(200).says("Activation ID");
    let seen = ann.open("/offline/request?id=%22%3E%3Cb%3E&count=0").await.is(422);
    seen.says("This is no activation ID").says("at least 1").does_not_say("\"><b>");
    let id = "YWPV3-955ZH-AR1S2-7EX91-7T8XH";
    let seen = ann.open(&format!("/offline/request?id={id}&count=3")).await.is(200);
    let link = seen.says("Carry this to the portal").link_to("/offline/request.tnr");
    let file = ann.open(&link).await.is(200).html;
    assert!(file.starts_with("-----BEGIN TENURE CONTEXT-----\nActivation request: 3 of"), "{file}");
    std::fs::write(world.folder.path().join("request.tnr"), &file).expect("written");
    // It is a context still: whatever takes one takes it.
    let told = world.run("inspect request.tnr");
    assert!(told.contains("context"), "{told}");
    world.run("issue --keys keys --context request.tnr --items items.json -o answer.tnr");
}

#[tokio::test]
async fn reports_of_use_are_made_listed_and_fetched() {
    let world = World::licensed(ITEMS).await;
    let mut ann = enter(&world, ADMIN).await;
    let page = ann.open("/offline").await.is(200).says("No report was made yet");
    let csrf = page.field("csrf");
    let seen = ann.form("/offline/usage", &[("csrf", &csrf)]).await.is(200);
    let file = seen.says("is made").says("Not sent by this server").link_to("/offline/usage/");
    let file = ann.open(&file).await.is(200).html;
    assert!(file.starts_with("-----BEGIN TENURE USAGE-----"), "{file}");
    let seen = ann.form("/offline/usage", &[("csrf", &csrf)]).await.is(200);
    seen.says("No day is over since the last report");
    ann.open("/offline/usage/9.tnr").await.is(404);
    ann.open("/offline/usage/..%2F..%2Fleases").await.is(404);
    ann.open("/offline/usage.csv").await.is(200).says("to_sequence,until,at,taken");
}

#[tokio::test]
async fn the_office_is_asked_and_its_silence_is_told() {
    let office = World::office().await;
    let world = World::connected(&office).await;
    let mut ann = enter(&world, ADMIN).await;
    let page = ann.open("/offline").await.is(200).says(&office.url).says("By itself, every day");
    let csrf = page.field("csrf");
    let seen = ann.form("/offline/sync", &[("csrf", &csrf)]).await.is(200).says("Sync now");
    seen.says("In step").does_not_say("notice bad");
    drop(office);
    let seen = ann.form("/offline/sync", &[("csrf", &csrf)]).await.is(200);
    seen.says("The office can’t be reached").says("Out of step").says("goes on with what it holds");
}

#[tokio::test]
async fn without_the_role_nothing_goes_in_or_out() {
    let world = World::licensed(ITEMS).await;
    world.user("rita", &["read"]).await;
    let mut rita = enter(&world, "rita").await;
    let page = rita.open("/offline").await.is(200).says("needs the role").says("Can serve");
    assert!(!page.html.contains("action=\"/offline"), "no form");
    let csrf = csrf(&mut rita).await;
    let files = ["context", "context.tnr", "receipt.tnr", "request", "usage.csv", "usage/1.tnr"];
    for path in files {
        rita.open(&format!("/offline/{path}")).await.is(403).says("You may not do this");
    }
    let fields = [("csrf", csrf.as_str()), ("text", "-----BEGIN TENURE UPDATE-----")];
    for path in ["update", "sync", "usage"] {
        rita.form(&format!("/offline/{path}"), &fields).await.is(403).says("You may not do this");
    }
    world.must("GET", "/api/v1/status", json!(null)).await;
}
