//! The room `model`: from an idea to a model in force and back, and whatever can go wrong on the way.

use serde_json::json;

use crate::browser::{Browser, Seen};
use crate::enter;
use crate::world::{ADMIN, ITEMS, World};

const SITE: &str = r#"model "site" {
  partitions {
    partition "design" {
      "cad" 2.0 4
    }
  }
  on user("ann") {
    use "design"
    accept
  }
}
"#;

async fn set(world: &World, text: &str, note: &str) {
    world.must("PUT", "/api/v1/model", json!({"text": text, "note": note})).await;
}

/// Sends a form of the page that was seen.
async fn send(browser: &mut Browser, seen: &Seen, path: &str, fields: &[(&str, &str)]) -> Seen {
    let csrf = seen.field("csrf");
    let fields: Vec<_> =
        [("csrf", csrf.as_str())].into_iter().chain(fields.iter().copied()).collect();
    browser.form(path, &fields).await
}

/// Looks at a what-if until it has ended.
async fn ended(browser: &mut Browser, mut page: Seen) -> Seen {
    let path = format!("/model/what-if/{}", between(&page.html, "<h1>What-if ", "</h1>"));
    while page.html.contains("data-watch") {
        assert!(page.html.contains("http-equiv=\"refresh\""), "it goes on without a script");
        tokio::task::yield_now().await;
        page = browser.open(&path).await.is(200);
    }
    page
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let start = text.find(before).unwrap_or_else(|| panic!("no {before}:\n{text}")) + before.len();
    &text[start..start + text[start..].find(after).expect("the end")]
}

/// The path of the draft that a page is about.
fn draft(page: &Seen) -> String {
    format!(
        "/model/draft/{}",
        between(&page.html, "/model/draft/", "\"").split('/').next().expect("an ID")
    )
}

#[tokio::test]
async fn seats_are_split_tried_on_past_requests_and_put_in_force() {
    let world = World::busy().await;
    let mut browser = enter(&world, ADMIN).await;
    let page = browser.open("/model").await.is(200).says("No model is in force");
    assert_eq!(page.link("Split seats between pools"), "/model/split");
    let form = browser.open("/model/split").await.is(200).says("cad (12 seats)");
    let rows = [
        ("rows", "2"),
        ("feature", "render"),
        ("pool-1", "studio"),
        ("amount-1", "2"),
        ("unit-1", "seats"),
        ("kind-1", "user"),
        ("names-1", "ann, bob"),
        ("pool-2", "guests"),
        ("unit-2", "rest"),
        ("kind-2", "user"),
        ("names-2", "gus"),
    ];
    let more: Vec<_> = rows.iter().copied().chain([("act", "more")]).collect();
    let wider = send(&mut browser, &form, "/model/split", &more).await.is(200);
    wider
        .says("Pool 3")
        .says("value=\"studio\"")
        .says("ann, bob")
        .does_not_say("Something is missing");
    let refusing = [("act", "make"), ("refuses_others", "yes")];
    let all: Vec<_> = rows.iter().copied().chain(refusing).collect();
    let written = send(&mut browser, &form, "/model/split", &all).await.is(200);
    let written = written.says("The text is written").says("This text can be put in force");
    let written = written.says("on user(&#34;ann&#34;, &#34;bob&#34;) {");
    let ask = browser.open(&written.link("Try it on last week&#39;s requests")).await.is(200);
    let id = ask.field("draft");
    let begin =
        [("draft", id.as_str()), ("span", "week"), ("proposal", "draft"), ("group_by", "user")];
    let page = send(&mut browser, &ask, "/model/what-if", &begin).await.is(200);
    let done = ended(&mut browser, page).await;
    // Ten asked; without a list are cleo, dan, eve, fay: their five requests, and ann may have viewer by default no more.
    let done = done.says("would have been refused that were granted").says("Refusals by feature");
    let done = done.says("Granted in fact, refused then").says("on not (user(");
    let id = between(&done.html, "<h1>What-if ", "</h1>").to_owned();
    let file = browser.open(&format!("/model/what-if/{id}/list.csv")).await.is(200);
    assert!(file.html.contains("\r\nfeature,render,,"), "{}", file.html);
    browser.open("/model/what-if").await.is(200).says(&id).says("another model");

    let force = browser.open(&format!("{}/force", draft(&written))).await.is(200);
    let force = force.says("Put it in force").says("partition &#34;studio&#34;");
    let hidden = ["seen", "shown"].map(|name| (name, force.field(name)));
    let sent = [&hidden[..], &[("keep", "yes".to_owned()), ("note", "try".to_owned())]].concat();
    let sent: Vec<_> = sent.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let page = send(&mut browser, &force, &format!("{}/force", draft(&written)), &sent).await;
    page.is(200).says("Version 1 is in force").says("id=\"L3\"").says("try");
    browser.open("/pools").await.is(200).says("studio").says("guests");
    browser.open(&draft(&written)).await.is(404);
}

#[tokio::test]
async fn the_text_of_a_what_if_stays_with_it() {
    let world = World::busy().await;
    let body = json!({"model": SITE});
    let job = world.must("POST", "/api/v1/model/what-if", body).await;
    let id = job["id"].as_str().expect("an ID");
    let mut browser = enter(&world, ADMIN).await;
    let page = browser.open(&format!("/model/what-if/{id}")).await.is(200);
    let done = ended(&mut browser, page).await.says("Go on editing this text");
    let path = format!("/model/what-if/{id}/draft");
    let text = send(&mut browser, &done, &path, &[("act", "edit")]).await.is(200);
    text.says("The text of what-if").says("partition &#34;design&#34;");
    let force = send(&mut browser, &done, &path, &[("act", "force")]).await.is(200);
    force.says("Put this text in force?");
    let gone = send(&mut browser, &done, &format!("/model/what-if/{id}/cancel"), &[]).await.is(200);
    gone.says("is let go of").says("No what-if was begun");
    browser.open(&format!("/model/what-if/{id}")).await.is(404).says("kept for an hour");
}

#[tokio::test]
async fn what_a_what_if_is_asked_stays_when_it_is_refused() {
    let world = World::licensed(ITEMS).await;
    let mut browser = enter(&world, ADMIN).await;
    let ask = browser.open("/model/what-if/new").await.is(200).does_not_say("No model at all");
    let typed =
        [("span", "range"), ("from", "yesterday"), ("proposal", "same"), ("key", "d<b>ept")];
    let again = send(&mut browser, &ask, "/model/what-if", &typed).await.is(422);
    again.says("write a time such as").says("value=\"yesterday\"").says("d&#60;b&#62;ept");
    let typed = [("span", "range"), ("from", "2001-01-01"), ("proposal", "same")];
    let again = send(&mut browser, &ask, "/model/what-if", &typed).await.is(422);
    again.says("the ledger begins at").says("value=\"2001-01-01\"");
    let typed = [("span", "week"), ("proposal", "same"), ("properties", "no.such = 1")];
    let again = send(&mut browser, &ask, "/model/what-if", &typed).await;
    assert!(again.status.is_client_error(), "{}", again.html);
    again.says("no.such = 1");
}

#[tokio::test]
async fn a_faulty_text_is_kept_with_every_fault_at_its_place() {
    let world = World::licensed(ITEMS).await;
    let mut browser = enter(&world, ADMIN).await;
    let page = browser.open("/model/edit").await.is(200).says("A sample to begin with");
    let text = "model \"x\" {\r\n  on hostidd(\"<b>\") {\r\n    use \"desing\"\r\n  }\r\n}\r\n";
    let fields = [("base", ""), ("text", text), ("act", "preview")];
    let seen = send(&mut browser, &page, "/model/edit", &fields).await.is(200);
    let seen = seen.says("It can&#39;t be put in force: 2 errors").says("Line 2, column 6");
    let seen = seen.says("<mark class=\"bad\">hostidd</mark>").says("Did you mean “hostid”?");
    let seen = seen.says("href=\"/model/draft/1?line=3#L3\"").says("id=\"L2\"").does_not_say("<b>");
    assert!(!seen.html.contains("\r\n  on"), "lines end as in files");
    for act in ["force", "preview"] {
        browser.open(&format!("/model/draft/1/{act}")).await.is(200).says("2 errors");
    }
    let good = [("base", ""), ("text", SITE), ("act", "check")];
    let seen = send(&mut browser, &seen, "/model/draft/1", &good).await.is(200);
    seen.says("This text can be put in force").says("1 pool and 1 rule");
    let file = browser.open("/model/draft/1/file").await.is(200);
    assert_eq!(file.html, SITE);
    let warned =
        SITE.replace("2.0 4", "2.0 400").replace("use \"design\"", "use \"design\", \"design\"");
    let fields = [("base", ""), ("text", warned.as_str()), ("act", "check")];
    let seen = browser.open("/model/draft/1").await.is(200);
    let seen = send(&mut browser, &seen, "/model/draft/1", &fields).await.is(200);
    seen.says("2 things that were hardly meant").says("<mark class=\"wait\">");
}

#[tokio::test]
async fn files_are_taken_and_refused_in_words() {
    let world = World::licensed(ITEMS).await;
    let mut browser = enter(&world, ADMIN).await;
    let csrf = browser.open("/model/edit").await.is(200).field("csrf");
    let seen = browser.upload("/model/upload", &csrf, "file", SITE.as_bytes()).await.is(200);
    seen.says("This text can be put in force").says("Uploaded");
    let seen = browser.upload("/model/upload", &csrf, "file", b"model\n\xff").await.is(422);
    seen.says("Line 2 is not UTF-8");
    let seen = browser.upload("/model/upload", &csrf, "file", &vec![b'x'; 921_601]).await.is(422);
    let seen = seen.says("a model has at most 900 KB");
    let none = send(&mut browser, &seen, "/model/upload", &[]).await.is(422);
    none.says("No file was chosen");
}

#[tokio::test]
async fn somebody_elses_change_is_not_run_over() {
    let world = World::licensed(ITEMS).await;
    set(&world, SITE, "first").await;
    let mut browser = enter(&world, ADMIN).await;
    let page = browser.open("/model/edit").await.is(200).says("Begun from version 1, in force");
    assert_eq!(page.field("base"), "1");
    let mine = SITE.replace("\"ann\"", "\"ann\", \"bob\"");
    let fields = [("base", "1"), ("text", mine.as_str()), ("act", "force")];
    let force = send(&mut browser, &page, "/model/edit", &fields).await.is(200);
    let force = force.does_not_say("since you began").says("1 line added, 1 taken out");
    set(&world, &SITE.replace("2.0 4", "2.0 5"), "second").await;
    let shown = force.field("shown");
    let late = [("seen", "1"), ("shown", &*shown), ("keep", "no"), ("note", "mine & yours")];
    let conflict = send(&mut browser, &force, "/model/draft/1/force", &late).await.is(409);
    let conflict = conflict.says("Somebody changed the model while you were deciding");
    let conflict = conflict.says("put version 2 in force since you began").says("mine &#38; yours");
    assert_eq!(conflict.link("What they changed"), "/model/diff?from=1&to=2");
    assert_eq!(conflict.field("seen"), "2");
    let meant = [("seen", "2"), ("shown", &*shown), ("keep", "no"), ("note", "mine")];
    let done = send(&mut browser, &conflict, "/model/draft/1/force", &meant).await.is(200);
    done.says("Version 3 is in force");
}

#[tokio::test]
async fn leases_and_reservations_that_would_lose_are_told_before() {
    let world = World::busy().await;
    set(&world, "model \"m\" { partitions { partition \"old\" { \"cad\" 2.0 2 } } on user(\"zoe\") { use \"old\" } }", "")
        .await;
    world.check_out("zoe", "ws-77", "cad", "2.0").await;
    let entries =
        json!([{"featureName": "cad", "featureVersion": "2.0", "featureCount": 1, "pool": "old"}]);
    let host = json!({"value": "ws-78", "type": "STRING"});
    let group =
        json!({"name": "team", "reservations": [{"hostId": host, "reservationEntries": entries}]});
    world.must("POST", "/api/v1/reservation-groups", group).await;
    let mut browser = enter(&world, ADMIN).await;
    let page = browser.open("/model/edit").await.is(200);
    let fields = [("base", "1"), ("text", SITE), ("act", "preview")];
    let seen = send(&mut browser, &page, "/model/edit", &fields).await.is(200);
    let seen = seen.says("4 leases would not be renewed, 1 reservation would no longer fit");
    let seen = seen.says("ws-77").says("ws-78").says("its pool would be gone");
    seen.says("Goes").says("New").says("Leases that would not be renewed");
}

#[tokio::test]
async fn versions_are_compared_gone_back_to_and_the_model_deleted() {
    let world = World::licensed(ITEMS).await;
    let mut browser = enter(&world, ADMIN).await;
    browser.open("/model/history").await.is(200).says("No model was ever put in force");
    browser.open("/model/diff").await.is(404);
    set(&world, SITE, "first <b>").await;
    set(&world, &SITE.replace("\"ann\"", "\"bob\""), "second").await;
    let list =
        browser.open("/model/history").await.is(200).says("first &#60;b&#62;").says("In force");
    list.says("Followed by another");
    let file = browser.open("/model/history.csv?sort=version").await.is(200);
    assert!(file.html.starts_with("Version,State,Put in force,By,"), "{}", file.html);
    let diff = browser.open("/model/diff").await.is(200).says("1 line added, 1 line taken out");
    diff.says("aria-label=\"removed\">−</span>  on user(&#34;ann&#34;) {")
        .says("aria-label=\"added\">+</span>");
    browser.open("/model/diff?from=2&to=1").await.is(200).says("Version 1 to version 2");
    browser.open("/model/diff?from=1&to=9").await.is(404).says("There is no version 9");
    browser.open("/model/history/9").await.is(404);
    let one = browser.open("/model/history/1").await.is(200).says("Go back to it…");
    assert_eq!(browser.open(&one.link("Edit from here")).await.is(200).field("base"), "2");

    let ask = browser.open("/model/history/1/back").await.is(200).says("Version 2 is in force now");
    let late = [("seen", "1"), ("keep", "no"), ("note", "")];
    let refused = send(&mut browser, &ask, "/model/history/1/back", &late).await.is(409);
    refused.says("Somebody changed the model");
    let meant = [("seen", "2"), ("keep", "yes"), ("note", "")];
    let back = send(&mut browser, &ask, "/model/history/1/back", &meant).await.is(200);
    back.says("Version 1 is in force again, as version 3").says("back to version 1");

    let ask =
        browser.open("/model/delete").await.is(200).says("1 named pool with their free seats");
    let deleted = send(&mut browser, &ask, "/model/delete", &[("seen", "3"), ("keep", "no")]).await;
    deleted.is(200).says("The model is deleted").says("There was one").says("deleted by");
    browser.open("/model/delete").await.is(200).says("There is no model to delete");
}

#[tokio::test]
async fn who_may_only_read_checks_and_changes_nothing() {
    let world = World::licensed(ITEMS).await;
    set(&world, SITE, "").await;
    world.user("rita", &["read"]).await;
    let mut reader = enter(&world, "rita").await;
    let page = reader.open("/model").await.is(200).says("needs the role <em>admin</em>");
    let page = page.does_not_say("/model/delete").does_not_say("/model/split");
    let fields = [("base", "1"), ("text", SITE), ("act", "check")];
    let checked = send(&mut reader, &page, "/model/edit", &fields).await.is(200);
    checked.says("This text can be put in force").does_not_say("value=\"force\"");
    reader.open("/model/draft/1/preview").await.is(403).says("You may not do this");
    let sent = [("seen", "1"), ("keep", "no")];
    for path in ["/model/delete", "/model/history/1/back"] {
        send(&mut reader, &page, path, &sent).await.is(403).says("You may not do this");
    }
    send(&mut reader, &page, "/model/draft/1/force", &sent).await.is(403);
    // A draft is its writer's.
    let mut admin = enter(&world, ADMIN).await;
    admin.open("/model/draft/1").await.is(404).says("kept for twelve hours");
}

#[tokio::test]
async fn a_large_model_stays_usable() {
    let world = World::licensed(ITEMS).await;
    let mut text = "model \"large\" {\n  partitions {\n".to_owned();
    for pool in 0..6_000 {
        text.push_str(&format!(
            "    partition \"pool-{pool}\" {{ \"cad\" 1.0 1 \"render\" 1.0 1 }}\n"
        ));
    }
    text.push_str("  }\n");
    for rule in 0..6_000 {
        text.push_str(&format!(
            "  on user(\"user-{rule}\", \"other-{rule}\") {{ use \"pool-{rule}\" }}\n"
        ));
    }
    text.push_str("}\n");
    assert!((600_000..900_000).contains(&text.len()), "{}", text.len());
    set(&world, &text, "").await;
    let mut browser = enter(&world, ADMIN).await;
    let csrf = browser.open("/model").await.is(200).field("csrf");
    browser.open("/model?line=9000#L9000").await.is(200).says("id=\"L9000\"").says("of 12004");
    let faulty = text.replace("on user(\"user-5000\"", "on usr(\"user-5000\"");
    browser.upload("/model/upload", &csrf, "file", faulty.as_bytes()).await.is(200).says("1 error");
    browser
        .open("/model/draft/1?line=11004")
        .await
        .is(200)
        .says("too large to be edited")
        .says("usr(");
    let shorter = text.replace("\"render\" 1.0 1 ", "");
    browser.upload("/model/upload", &csrf, "file", shorter.as_bytes()).await.is(200);
    for path in [
        "/model",
        "/model/edit",
        "/model/draft/2",
        "/model/draft/2/preview",
        "/model/draft/2/force",
        "/pools",
        "/pools?size=200",
    ] {
        let page = browser.open(path).await.is(200);
        assert!(page.html.len() < 200_000, "{path}: {}", page.html.len());
    }
}

#[tokio::test]
async fn only_the_text_that_the_page_showed_is_put_in_force() {
    let world = World::licensed(ITEMS).await;
    let mut browser = enter(&world, ADMIN).await;
    let page = browser.open("/model/edit").await.is(200);
    let fields = [("base", ""), ("text", SITE), ("act", "force")];
    let force = send(&mut browser, &page, "/model/edit", &fields).await.is(200);
    let other = SITE.replace("4", "5");
    let text = [("base", ""), ("text", other.as_str()), ("act", "check")];
    send(&mut browser, &force, "/model/draft/1", &text).await.is(200);
    let sent = |force: &Seen| [("seen", force.field("seen")), ("shown", force.field("shown"))];
    let fields = sent(&force);
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let late = send(&mut browser, &force, "/model/draft/1/force", &fields).await.is(409);
    let late = late.says("This draft has another text now").says("&#34;cad&#34; 2.0 5");
    browser.open("/model").await.says("No model is in force");
    let fields = sent(&late);
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let done = send(&mut browser, &late, "/model/draft/1/force", &fields).await.is(200);
    done.says("Version 1 is in force");
}
