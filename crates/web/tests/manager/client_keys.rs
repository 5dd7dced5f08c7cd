//! Client keys: PEM and DER, as a file and as text; refusals at their field; revoked once and for all.

use crate::world::{ADMIN, ITEMS, World};
use crate::{browser::Browser, enter};

const PEM: &str = "-----BEGIN PUBLIC KEY-----\n\
    MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";

/// The same in DER.
fn der() -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD
        .decode("MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=")
        .expect("base64")
}

async fn add(browser: &mut Browser, name: &str, key: &str) -> crate::browser::Seen {
    let page = browser.open("/new-client-key").await.is(200);
    let (csrf, once) = (page.field("csrf"), page.field("once"));
    let fields = [("csrf", csrf.as_str()), ("once", &once), ("name", name), ("key", key)];
    browser.form("/new-client-key", &fields).await
}

#[tokio::test]
async fn keys_are_added_listed_and_revoked() {
    let world = World::licensed(ITEMS).await;
    let mut ann = enter(&world, ADMIN).await;
    ann.open("/client-keys").await.is(200).says("There is no client key yet").says("not required");
    add(&mut ann, "Build farm", "").await.is(422).says("Choose the file").says("Build farm");
    add(&mut ann, "", PEM).await.is(422).says("Give it a name").says("MCowBQYDK2Vw");
    let seen = add(&mut ann, "Build farm", "no key at all").await.is(422);
    seen.says("send one public key as PEM").says("no key at all");
    add(&mut ann, "Build farm", PEM).await.is(200).says("is accepted").says("Ed25519");
    add(&mut ann, "Again", PEM).await.is(409).says("registered already");

    let list = ann.open("/client-keys?q=build").await.is(200).says("Accepted");
    let revoke = list.link("Revoke …");
    let page = ann.open(&revoke).await.is(200).says("Revoke the key of Build farm?");
    let csrf = page.field("csrf");
    ann.form(&revoke, &[("csrf", &csrf)]).await.is(200).says("is revoked").says("Revoked");
    ann.open("/client-keys.csv").await.is(200).says("Build farm").says("ed25519");
    ann.open("/client-keys/none/revoke").await.is(404).says("No client key has this ID");
}

#[tokio::test]
async fn a_key_comes_as_a_file_of_der_and_a_private_one_is_turned_away() {
    let world = World::licensed(ITEMS).await;
    let mut ann = enter(&world, ADMIN).await;
    let csrf = ann.open("/new-client-key").await.field("csrf");
    let fields = [("csrf", csrf.as_str()), ("name", "Robot")];
    let private = b"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2Vw\n-----END PRIVATE KEY-----\n";
    let seen = ann.send_file("/new-client-key", &fields, ("file", private)).await.is(422);
    seen.says("This is a private key").says("Robot");
    let seen =
        ann.send_file("/new-client-key", &fields, ("file", b"\xff\xfe\x00junk")).await.is(422);
    seen.says("send one public key as PEM");
    let seen = ann.send_file("/new-client-key", &fields, ("file", &der())).await.is(200);
    seen.says("The key of Robot is accepted");
}

#[tokio::test]
async fn only_administrators_see_keys() {
    let world = World::licensed(ITEMS).await;
    world.user("rita", &["read", "offline"]).await;
    let mut rita = enter(&world, "rita").await;
    let csrf = rita.open("/account").await.field("csrf");
    for path in ["/client-keys", "/client-keys.csv", "/new-client-key", "/client-keys/x/revoke"] {
        rita.open(path).await.is(403).says("You may not do this");
    }
    let fields = [("csrf", csrf.as_str()), ("name", "x"), ("key", PEM)];
    for path in ["/new-client-key", "/client-keys/x/revoke"] {
        rita.form(path, &fields).await.is(403);
    }
}
