//! Leases: finding one, all about it, why it was granted, taking it away.

use serde_json::{Value, json};

use crate::sample::HOSTILE;
use crate::world::{ADMIN, ITEMS, PASSWORD, World};

/// The one lease that fits a search.
async fn lease_of(world: &World, q: &str) -> String {
    let found = world.must("GET", &format!("/api/v1/leases?q={q}"), Value::Null).await;
    found["items"][0]["id"].as_str().expect("a lease").to_owned()
}

async fn borrowed(world: &World) -> String {
    let body = json!({
        "holder": {"host": {"type": "string", "value": "laptop-7"}, "user": "hal", "name": "Hal's laptop", "kind": "virtual"},
        "features": [{"name": "cad", "version": "2.0", "count": 2}],
        "borrow": "3d",
    });
    let answer = world.must("POST", "/api/v1/leases", body).await;
    answer["leases"][0]["id"].as_str().expect("a lease").to_owned()
}

#[tokio::test]
async fn leases_are_searched_sorted_paged_and_saved() {
    let world = World::busy().await;
    let mut browser = crate::enter(&world, ADMIN).await;
    browser.open("/leases").await.is(200).says("ws-01").says("lab-10").says("1–9 of 9");
    let seen = browser.open("/leases?q=ann").await.is(200).says("1–3 of 3").does_not_say("ws-02");
    assert!(seen.html.contains("/leases.csv?q=ann"), "the file has the same rows: {}", seen.html);
    browser.open("/leases?feature=cad&sort=-user").await.says("1–4 of 4").says("descending");
    browser.open("/leases?feature=ca").await.says("No lease fits").says("Show all leases");
    let seen = browser.open("/leases?size=2&page=2").await.says("3–4 of 9").says("Page 2 of 5");
    assert_eq!(seen.link("Next"), "/leases?size=2&page=3");
    browser.open("/leases?page=99").await.is(200).does_not_say("Nobody holds anything");
    browser.open("/leases?sort=nonsense").await.is(400).says("sort");
    let file = browser.open("/leases.csv?feature=cad&sort=user").await.is(200);
    let lines: Vec<&str> = file.html.lines().collect();
    assert_eq!(lines.len(), 5, "{}", file.html);
    assert!(lines[0].starts_with("lease,user,device,device_type,alias,"), "{}", lines[0]);
    assert!(lines[1].contains(",ann,ws-01,STRING,"), "{}", lines[1]);
    let kind = file.headers["content-disposition"].to_str().expect("ASCII");
    assert_eq!(kind, "attachment; filename=\"leases.csv\"");
}

#[tokio::test]
async fn a_lease_tells_all_about_itself_and_why_it_was_granted() {
    let world = World::busy().await;
    let id = borrowed(&world).await;
    let mut browser = crate::enter(&world, ADMIN).await;
    let seen = browser.open("/leases?q=hal").await.says("Borrowed").says("no. 5–6");
    assert_eq!(seen.link(&id), format!("/leases/{id}"));
    let seen = browser.open(&format!("/leases/{id}")).await.is(200);
    let seen = seen.says("hal").says("Hal&#39;s laptop").says("Virtual machine").says("5–6");
    let seen = seen.says("Not yet").says("lives on without a connection").says("cad-2");
    assert_eq!(seen.link("laptop-7"), "/devices/STRING/laptop-7");
    assert_eq!(seen.link("What happened to this device"), "/history/device/STRING/laptop-7");
    let why = seen.link("Why was it granted?");
    let seen = browser.open(&why).await.is(200).says("hal on laptop-7").says("2 taken");
    let seen = seen.says("2.0 or later").says("3 days").says("Its version is lower");
    let seen = seen.says("No model was in force").says("Within what is licensed");
    assert_eq!(seen.link("cad-1"), "/features/items/cad-1");
    browser.open("/leases/nonsense").await.is(404).says("L-0000000000000");
    browser.open("/leases/L-0000000099999").await.is(404).says("is not live");
}

#[tokio::test]
async fn taking_a_lease_away_says_what_it_does_and_frees_its_seats() {
    let world = World::busy().await;
    let id = lease_of(&world, "eve").await;
    let mut browser = crate::enter(&world, ADMIN).await;
    let at = browser.open(&format!("/leases/{id}")).await.link("Take it away");
    let seen =
        browser.open(&at).await.is(200).says("eve on lab-09").says("free for others at once");
    let seen = seen.says("learns it at its next renewal").says("drop the device instead");
    let csrf = seen.field("csrf");
    let fields = [("csrf", csrf.as_str()), ("reason", "left the <company>")];
    let seen = browser.form(&at, &fields).await.is(200);
    seen.says("was taken away").says("1 seat of render is free").says("Who holds it");
    let journal = world.must("GET", "/api/v1/journal?q=left%20the", Value::Null).await;
    let summary = journal["items"][0]["summary"].as_str().unwrap_or_default();
    assert!(summary.contains(&id) && summary.contains("left the <company>"), "{journal}");
    let seen = browser.open(&format!("/leases/{id}")).await.is(404).says("is not live");
    let why = seen.link("Why was it granted?");
    browser.open(&why).await.is(200).says("eve on lab-09");
    browser.form(&at, &fields).await.is(200).says("had ended before");
    browser.open(&at).await.is(200).says("had ended before");
}

#[tokio::test]
async fn borrowed_leases_outlive_being_taken_away_and_the_question_says_so() {
    let world = World::busy().await;
    let id = borrowed(&world).await;
    let mut browser = crate::enter(&world, ADMIN).await;
    browser
        .open(&format!("/leases/{id}/release"))
        .await
        .says("2 seats of cad 2.0")
        .says("It is borrowed")
        .says("more may be in use than is licensed");
}

#[tokio::test]
async fn who_may_only_read_takes_nothing_away() {
    let world = World::busy().await;
    world.user("rita", &["read"]).await;
    let id = lease_of(&world, "eve").await;
    let mut browser = crate::enter(&world, "rita").await;
    let seen = browser.open(&format!("/leases/{id}")).await.is(200).does_not_say("Take it away");
    seen.says("needs the role drop-device");
    browser.open(&format!("/leases/{id}/release")).await.is(403).says("You may not do this");
    let csrf = browser.open("/account").await.field("csrf");
    let seen = browser.form(&format!("/leases/{id}/release"), &[("csrf", &csrf)]).await.is(403);
    seen.says("You may not do this").says("your roles are: read");
    browser.open(&format!("/leases/{id}")).await.is(200);
    browser.form(&format!("/leases/{id}/release"), &[("csrf", "x")]).await.is(403);
}

#[tokio::test]
async fn who_holds_something_can_write_nothing_into_the_pages() {
    let world = World::licensed(ITEMS).await;
    let hostile: String = HOSTILE.chars().filter(|c| *c != '\u{202e}').collect();
    let body = json!({
        "holder": {"host": {"type": "string", "value": hostile}, "user": hostile, "name": hostile,
            "session": hostile, "process": hostile, "owner": hostile},
        "features": [{"name": "cad"}], "dictionary": {"dept": hostile},
    });
    let answer = world.must("POST", "/api/v1/leases", body).await;
    let id = answer["leases"][0]["id"].as_str().expect("a lease");
    let mut browser = crate::enter(&world, ADMIN).await;
    let list = browser.open("/leases").await.is(200);
    let device = list.link("&#34;&#62;&#60;script&#62;alert(&#39;x&#39;)&#60;/script&#62;&#60;img src=x onerror=alert(1)&#62;{{7*7}}&#38;amp;");
    let of_device = browser.open(&device).await.is(200).says("onerror");
    let pages = [
        list,
        of_device,
        browser.open(&format!("{device}/drop")).await.is(200),
        browser.open(&format!("{device}/set")).await.is(200),
        browser.open("/devices").await.is(200),
        browser.open(&format!("/leases/{id}")).await.is(200),
        browser.open(&format!("/leases/{id}/explanation")).await.is(200),
        browser.open(&format!("/leases/{id}/release")).await.is(200),
        browser.open("/features/cad").await.is(200),
        browser.open("/leases?q=%22%3E%3Cscript%3E&feature=%3Cimg%20src=x%3E").await.is(200),
    ];
    for seen in pages {
        seen.does_not_say("<script>").does_not_say("<img");
    }
    let file = browser.open("/leases.csv").await.is(200);
    assert!(!file.html.contains(",\">"), "quoted: {}", file.html);
}

#[tokio::test]
async fn the_longest_page_stays_light() {
    let world = World::licensed(ITEMS).await;
    for number in 0..200 {
        let body = json!({
            "holder": {"host": {"type": "string", "value": format!("workstation-{number:04}.plant.example")},
                "user": format!("user.number.{number}"), "name": "CAD room", "kind": "virtual", "process": "1234"},
            "features": [{"name": "viewer"}],
        });
        world.must("POST", "/api/v1/leases", body).await;
    }
    let mut browser = crate::enter(&world, ADMIN).await;
    for path in ["/leases?size=200", "/devices?size=200", "/features/viewer?size=200"] {
        let seen = browser.open(path).await.is(200).says("1–200 of 200");
        assert!(seen.html.len() < 200_000, "{path}: {} bytes", seen.html.len());
    }
}

#[tokio::test]
async fn an_idle_server_says_what_comes_next() {
    let world = World::licensed("[]").await;
    let mut browser = crate::enter(&world, ADMIN).await;
    browser.open("/leases").await.is(200).says("Nobody holds anything now");
    browser.open("/devices").await.is(200).says("No device holds anything now");
    browser.open("/queue").await.is(200).says("Nobody waits");
    for path in ["/features", "/features/summary", "/features/items"] {
        let seen = browser.open(path).await.is(200).says("No licenses yet");
        assert_eq!(seen.link("Get licenses"), "/offline");
    }
    let mut stranger = browser.stranger();
    let seen = stranger.open("/leases?q=x").await.says("Log in");
    assert_eq!(seen.field("back"), "/leases?q=x");
    let fields = [("name", ADMIN), ("password", PASSWORD), ("back", "/leases?q=x")];
    stranger.form("/login", &fields).await.is(200).says("No lease fits");
}
