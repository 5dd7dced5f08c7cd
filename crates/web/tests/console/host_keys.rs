//! The room `host_keys`.

use serde_json::{Value, json};

use crate::world::{ADMIN, World};

const NEW: &str = "/console/host-keys/new";

#[tokio::test]
async fn host_keys_are_issued_fetched_changed_and_revoked() {
    let world = World::office().await;
    crate::sold(&world).await;
    let mut browser = crate::enter(&world, ADMIN).await;
    browser.open("/console/host-keys").await.is(200).says("No host keys yet");
    browser.open(NEW).await.is(200).says("localhost");
    let fill = |users: &'static str, hosts: &'static str| {
        [
            ("product", "cad-suite"),
            ("customer", "C-000001"),
            ("hosts", hosts),
            ("development", "yes"),
            ("activation_id", ""),
            ("users", users),
            ("window_days", "30"),
            ("enforcement", "warn"),
            ("offline", "grace"),
            ("grace_days", "14"),
            ("expires_at", ""),
            ("notes", crate::HOSTILE),
        ]
    };
    let page = crate::send(&mut browser, NEW, NEW, &fill("25", "http://app.example.com")).await;
    assert!(page.status.is_client_error(), "{}", page.html);
    crate::harmless(page).says("leave out the scheme").says("http://app.example.com");
    let made =
        crate::send(&mut browser, NEW, NEW, &fill("25", "App.Example.com\n*.example.com")).await;
    crate::harmless(
        made.is(200).says("H-000001 is issued").says("app.example.com").says("It runs for 14 days"),
    );

    let here = "/console/host-keys/H-000001";
    let page = browser
        .open(here)
        .await
        .is(200)
        .says("0 of 25")
        .says("127.0.0.1")
        .says("Nobody has started");
    let at = page.html.find("/file\"").expect("a link to a file");
    let start = page.html[..at].rfind("href=\"").expect("its beginning") + 6;
    let link = page.html[start..at].to_owned();
    let file = browser.open(&format!("{link}/file")).await.is(200);
    assert!(file.html.starts_with("-----BEGIN TENURE HOST KEY-----"), "{}", file.html);
    browser.open("/console/host-keys?q=example").await.is(200).says("0 of 25");
    let csv = browser.open("/console/host-keys.csv").await.is(200);
    assert!(csv.html.contains("*.example.com"), "{}", csv.html);

    let edit = format!("{here}/edit");
    browser.open(&edit).await.is(200).says("value=\"14\"");
    crate::send(&mut browser, &edit, &edit, &fill("0", "")[5..]).await.says("must be at least 1");
    crate::send(&mut browser, &edit, &edit, &fill("50", "")[5..]).await.is(200).says("0 of 50");
    let hosts = format!("{here}/hosts");
    crate::send(&mut browser, &hosts, &hosts, &[("hosts", "app.example.com")])
        .await
        .says("has a key for");
    crate::send(&mut browser, &hosts, &hosts, &[("hosts", "b.example.com")])
        .await
        .is(200)
        .says("b.example.com");

    let revoke = format!("{link}/revoke");
    browser.open(&revoke).await.is(200).says("This can’t be undone");
    crate::send(&mut browser, &revoke, &revoke, &[("reason", "moved")])
        .await
        .is(200)
        .says("is revoked");
    browser.open(&revoke).await.is(404);
    browser.open("/console/host-keys/H-9").await.is(404).says("All host keys");
}

#[tokio::test]
async fn a_note_on_host_keys_leaves_their_end_at_its_hour() {
    let world = World::office().await;
    crate::sold(&world).await;
    let keys = json!({"product": "cad-suite", "customer": "C-000001", "hosts": ["app.example.com"],
        "users": 5, "expires_at": "2099-06-30T12:00:00Z", "notes": ""});
    let made = world.must("POST", "/api/v1/host-keys", keys).await;
    assert_eq!(made["expires_at"], "2099-06-30T12:00:00Z", "{made}");
    let mut browser = crate::enter(&world, ADMIN).await;
    let edit = "/console/host-keys/H-000001/edit";
    for (typed, ends) in [
        (None, "2099-06-30T12:00:00Z"),
        (Some("2099-07-31"), "2099-07-31T23:59:59.999Z"),
        (None, "2099-07-31T23:59:59.999Z"),
    ] {
        let form = browser.open(edit).await.is(200);
        let last = typed.map_or_else(|| form.field("expires_at"), str::to_owned);
        let fields = [
            ("users", "5"),
            ("window_days", "30"),
            ("enforcement", "warn"),
            ("offline", "allow"),
            ("grace_days", ""),
            ("expires_at", &*last),
            ("notes", "Paid"),
        ];
        crate::send(&mut browser, edit, edit, &fields).await.is(200).says("is saved");
        let found = world.must("GET", "/api/v1/host-groups/H-000001", Value::Null).await;
        assert_eq!((&found["expires_at"], &found["notes"]), (&json!(ends), &json!("Paid")));
    }
}
