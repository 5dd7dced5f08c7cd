//! The room `reservations`: reserve, gather changes, be overtaken, import, export, delete.

use axum::http::Method;
use serde_json::{Value, json};

use crate::browser::{Browser, Seen};
use crate::enter;
use crate::lossy::Lossy;
use crate::world::{ADMIN, ITEMS, World};

const GROUPS: &str = "/api/v1/reservation-groups";

fn entries(feature: &str, count: u64) -> Value {
    json!([{"featureName": feature, "featureVersion": "1.0", "featureCount": count}])
}

fn group(name: &str, user: &str, feature: &str, count: u64) -> Value {
    let host = json!({"type": "USER", "value": user});
    json!({"name": name, "reservations": [{"hostId": host, "reservationEntries": entries(feature, count)}]})
}

/// A form of the room, with what every form has.
async fn send(browser: &mut Browser, path: &str, csrf: &str, fields: &[(&str, &str)]) -> Seen {
    let mut all = vec![("csrf", csrf)];
    all.extend_from_slice(fields);
    browser.form(path, &all).await
}

fn entry<'f>(who: &'f str, feature: &'f str, count: &'f str) -> [(&'f str, &'f str); 4] {
    [("type", "USER"), ("who", who), ("feature", feature), ("count", count)]
}

#[tokio::test]
async fn a_seat_is_reserved_for_a_vip_with_one_form_from_the_page_of_a_feature() {
    let world = World::busy().await;
    let mut browser = enter(&world, ADMIN).await;
    browser
        .open("/reservations")
        .await
        .is(200)
        .says("Nothing is reserved")
        .says("/reservations/new");
    let seen = browser.open("/reservations/new?feature=cad").await.is(200).says("value=\"cad\"");
    let csrf = seen.field("csrf");
    let once = seen.field("once");
    let mut fields = entry("ceo", "cad", "1").to_vec();
    fields.extend([("act", "submit"), ("name", "vip"), ("keep", "no"), ("once", &once)]);
    let seen = send(&mut browser, "/reservations/new", &csrf, &fields).await.is(200);
    seen.says("Done: 1 change").says("The group keeps 1 seat.").says(">ceo<");
    let groups = world.must("GET", GROUPS, Value::Null).await;
    assert_eq!((&groups["total"], &groups["items"][0]["name"]), (&json!(1), &json!("vip")));
    // The same into a group that is there.
    let mut fields = entry("cfo", "cad", "1").to_vec();
    fields.extend([("act", "submit"), ("group", "R-1"), ("keep", "yes")]);
    send(&mut browser, "/reservations/new", &csrf, &fields).await.is(200).says(">cfo<");
    let list = browser.open("/reservations").await.is(200).says("All kept").says(">vip<");
    assert!(list.html.len() < 200_000);
}

#[tokio::test]
async fn what_does_not_fit_stays_in_the_form_with_its_reason() {
    let world = World::busy().await;
    let mut browser = enter(&world, ADMIN).await;
    let csrf = browser.open("/reservations/new").await.field("csrf");
    let seen =
        send(&mut browser, "/reservations/new", &csrf, &[("act", "submit"), ("count", "none")])
            .await;
    seen.is(422).says("Say for whom.").says("Say which feature.").says("A whole number from 1.");
    send(
        &mut browser,
        "/reservations/new",
        &csrf,
        &[&entry("ann", "cad", "2")[..], &[("act", "add")]].concat(),
    )
    .await
    .is(200)
    .says("2 × cad for user ann");
    for (feature, count, why) in [
        ("cad", "500", "Only 10 of cad can still be reserved."),
        ("cat", "1", "No live license has a feature cat."),
        ("viewer", "1", "viewer is not counted"),
    ] {
        let fields =
            [&entry("bob", feature, count)[..], &[("act", "submit"), ("name", "x")]].concat();
        let seen = send(&mut browser, "/reservations/new", &csrf, &fields).await.is(409);
        seen.says("Nothing was reserved: 1 entry does not fit")
            .says(why)
            .says("value=\"bob\"")
            .says("for user ann");
    }
    assert_eq!(world.must("GET", GROUPS, Value::Null).await["total"], 0);
    let fields = [("act", "submit"), ("name", "both")];
    send(&mut browser, "/reservations/new", &csrf, &fields).await.is(200).says("Done: 1 change");
}

#[tokio::test]
async fn changes_gather_and_are_submitted_together() {
    let world = World::busy().await;
    world.must("POST", GROUPS, group("design", "ann", "cad", 1)).await;
    world.must("PUT", &format!("{GROUPS}/design"), json!({"name": "design", "reservations": [
        {"hostId": {"type": "USER", "value": "ann"}, "reservationEntries": entries("cad", 1)},
        {"hostId": {"type": "STRING", "value": "ws-02"}, "reservationEntries": entries("render", 1)},
    ]})).await;
    let mut browser = enter(&world, ADMIN).await;
    let here = "/reservations/R-1";
    let csrf = browser.open(here).await.is(200).says(">In use<").field("csrf");
    let seen = send(
        &mut browser,
        here,
        &csrf,
        &[&entry("cleo", "cad", "2")[..], &[("act", "add")]].concat(),
    )
    .await;
    seen.is(200).says("Pending: not submitted yet").says("Reserve 2 × cad for user cleo");
    let edit = [
        &entry("ann", "cad", "3")[..],
        &[("act", "edit"), ("place", "0"), ("revision", "2"), ("version", "1.0")],
    ];
    browser.open(&format!("{here}?edit=0")).await.is(200).says("Change this entry");
    send(&mut browser, here, &csrf, &edit.concat())
        .await
        .says("Change 1 × cad 1.0 or later for user ann to 3 × cad");
    let gone = [("act", "delete"), ("place", "1"), ("revision", "2")];
    send(&mut browser, here, &csrf, &gone)
        .await
        .says("Delete 1 × render")
        .says("Pending: will be deleted");
    let unchanged = world.must("GET", &format!("{GROUPS}/R-1"), Value::Null).await;
    assert_eq!(unchanged["revision"], 2, "nothing is done before it is submitted");
    let seen = send(&mut browser, here, &csrf, &[("act", "undo"), ("place", "0")]).await;
    seen.does_not_say("Reserve 2 × cad for user cleo");
    let seen =
        send(&mut browser, &format!("{here}/submit"), &csrf, &[("keep", "yes")]).await.is(200);
    seen.says("Done: 2 changes").does_not_say("Pending: not submitted");
    let changed = world.must("GET", &format!("{GROUPS}/R-1"), Value::Null).await;
    assert_eq!((&changed["revision"], &changed["keep_leases"]), (&json!(3), &json!(true)));
    assert_eq!(changed["reservations"].as_array().map(Vec::len), Some(1));
    assert_eq!(changed["reservations"][0]["reservationEntries"][0]["featureCount"], 3);
}

#[tokio::test]
async fn who_was_overtaken_sees_both_and_decides() {
    let world = World::busy().await;
    world.must("POST", GROUPS, group("design", "ann", "cad", 1)).await;
    let mut browser = enter(&world, ADMIN).await;
    let here = "/reservations/R-1";
    let csrf = browser.open(here).await.field("csrf");
    let add = [&entry("bob", "cad", "1")[..], &[("act", "add")]].concat();
    send(&mut browser, here, &csrf, &add).await.is(200);
    let gone = [("act", "delete"), ("place", "0"), ("revision", "1")];
    send(&mut browser, here, &csrf, &gone).await.is(200);
    world.must("PUT", &format!("{GROUPS}/R-1"), group("design", "zoe", "cad", 4)).await;
    let seen =
        send(&mut browser, &format!("{here}/submit"), &csrf, &[("keep", "no")]).await.is(412);
    seen.says("Somebody else was faster").says(">zoe<").says("Reserve 1 × cad for user bob");
    // An old page's places mean other entries now.
    send(&mut browser, here, &csrf, &gone)
        .await
        .is(412)
        .says("Somebody else has changed this group");
    let seen = send(&mut browser, &format!("{here}/rebase"), &csrf, &[]).await.is(200);
    seen.says("Some of your changes are gone").says("for user ann").says("Submit together");
    send(&mut browser, &format!("{here}/submit"), &csrf, &[("keep", "no")])
        .await
        .is(200)
        .says("Done: 1 change");
    let now = world.must("GET", &format!("{GROUPS}/R-1"), Value::Null).await;
    assert_eq!(now["reservations"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn entries_that_get_less_say_why() {
    let world = World::busy().await;
    world.must("POST", GROUPS, group("design", "ann", "cad", 3)).await;
    world.must("POST", GROUPS, group("lab", "gus", "render", 2)).await;
    let mut browser = enter(&world, ADMIN).await;
    let seen = browser.open("/reservations/lab").await.is(200);
    seen.says("Kept, partly still out").says("still held by others");
    browser.open("/reservations/R-7").await.is(404).says("no group of reservations");
}

#[tokio::test]
async fn a_file_is_looked_at_before_it_is_imported() {
    let world = World::licensed(ITEMS).await;
    world.must("POST", GROUPS, group("design", "ann", "cad", 1)).await;
    let mut browser = enter(&world, ADMIN).await;
    let csrf = browser.open("/reservations/import").await.is(200).field("csrf");
    let look = "/reservations/import";
    send(&mut browser, look, &csrf, &[]).await.is(422).says("There is no file to look at");
    let broken = "{\n \"name\": \"x\",\n \"reservation\": []\n}";
    let seen = send(&mut browser, look, &csrf, &[("text", broken)]).await.is(422);
    seen.says("Line 3 can").says("unknown field `reservation`");
    let file =
        json!([group("design", "ann", "cad", 2), group("lab", "bob", "nothing", 1)]).to_string();
    let seen = send(&mut browser, look, &csrf, &[("text", &file)]).await.is(200);
    seen.says("Name is taken").says("be imported so").does_not_say("Import it</button>");
    let seen =
        send(&mut browser, look, &csrf, &[("text", &file), ("replace", "yes")]).await.is(200);
    seen.says("Does not fit")
        .says("No live license has a feature nothing.")
        .does_not_say("Import it</button>");
    let file = json!([group("design", "ann", "cad", 2), group("lab", "bob", "cad", 1)]).to_string();
    let seen = browser.upload(look, &csrf, "file", file.as_bytes()).await.is(200);
    seen.says("Name is taken");
    let seen =
        send(&mut browser, look, &csrf, &[("text", &file), ("replace", "yes")]).await.is(200);
    let seen = seen.says("Changed in place").says(">New<").says("Import it</button>");
    assert_eq!(world.must("GET", GROUPS, Value::Null).await["total"], 1, "looking changes nothing");
    let shown = [("shown", &*seen.field("shown"))];
    let seen = send(&mut browser, "/reservations/import/apply", &csrf, &shown).await.is(200);
    seen.says("Imported: 2 groups").says(">lab<");
    send(&mut browser, "/reservations/import/apply", &csrf, &shown)
        .await
        .says("No file waits here");
    // What is exported can be imported unchanged.
    let exported = browser.open("/reservations/export").await.is(200);
    let seen = send(&mut browser, look, &csrf, &[("text", &exported.html), ("replace", "yes")])
        .await
        .is(200);
    seen.says("Stays as it is").does_not_say("Does not fit");
    browser.open("/reservations/lab/export").await.is(200).says("\"name\": \"lab\"");
    browser
        .open("/reservations/lab/entries.csv")
        .await
        .is(200)
        .says("lab,bob,USER,cad,1.0,,1,1,0,1,0,satisfiable");
    browser.open("/reservations.csv").await.is(200).says("R-1,design,1,1,2,2,0,0,");
}

#[tokio::test]
async fn only_the_file_that_was_looked_at_is_imported() {
    let world = World::licensed(ITEMS).await;
    let mut browser = enter(&world, ADMIN).await;
    let csrf = browser.open("/reservations/import").await.is(200).field("csrf");
    let files = [group("one", "ann", "cad", 1), group("two", "bob", "cad", 1)];
    let mut shown = Vec::new();
    for file in files {
        let look = [("text", &*file.to_string())];
        let seen = send(&mut browser, "/reservations/import", &csrf, &look).await.is(200);
        shown.push(seen.says("Import it</button>").field("shown"));
    }
    let apply = "/reservations/import/apply";
    let seen = send(&mut browser, apply, &csrf, &[("shown", &shown[0])]).await.is(409);
    seen.says("Another file was looked at since").says("Nothing was changed");
    send(&mut browser, apply, &csrf, &[]).await.is(409);
    assert_eq!(world.must("GET", GROUPS, Value::Null).await["total"], 0);
    let seen = send(&mut browser, apply, &csrf, &[("shown", &shown[1])]).await.is(200);
    seen.says("Imported: 1 group").says(">two<");
}

#[tokio::test]
async fn the_choice_about_leases_of_others_stays_while_entries_gather() {
    let world = World::licensed(ITEMS).await;
    let mut browser = enter(&world, ADMIN).await;
    let csrf = browser.open("/reservations/new").await.field("csrf");
    let here = "/reservations/new";
    for act in ["add", "undo-0", "add", "discard"] {
        let fields = [&entry("ann", "cad", "1")[..], &[("act", act), ("keep", "yes")]].concat();
        let seen = send(&mut browser, here, &csrf, &fields).await.is(200);
        seen.says("name=\"keep\" value=\"yes\" checked");
    }
}

#[tokio::test]
async fn a_form_whose_answer_was_lost_reserves_once_when_it_is_sent_again() {
    let world = World::licensed(ITEMS).await;
    world.must("POST", GROUPS, group("design", "ann", "cad", 1)).await;
    let chosen = |seen: &Seen| {
        let group = &seen.html[seen.html.find("R-1@").expect("the group")..];
        group[..group.find("\" selected").expect("it is chosen")].to_owned()
    };
    for (method, into, total, entries) in [
        (Method::POST, "/reservations/new", 2, 1),
        (Method::PUT, "/reservations/new?group=R-1", 2, 2),
    ] {
        let pages = world.pages_over(|to| Lossy::new(to, (method.clone(), GROUPS)));
        let mut browser = Browser::over(pages);
        browser.form("/login", &world.credentials()).await.is(200);
        let seen = browser.open(into).await.is(200);
        let fields = |seen: &Seen| {
            let group = if method == Method::PUT { chosen(seen) } else { String::new() };
            let typed = entry("bob", "cad", "1").map(|(name, text)| (name, text.to_owned()));
            let more = [("act", "submit".to_owned()), ("group", group)];
            let hidden = [("csrf", seen.field("csrf")), ("once", seen.field("once"))];
            [&typed[..], &more[..], &hidden[..]].concat()
        };
        let seen = browser.send("/reservations/new", &fields(&seen)).await;
        assert!(seen.status.is_server_error(), "{}", seen.html);
        let again = browser.send("/reservations/new", &fields(&seen)).await;
        match method {
            Method::POST => again.is(200).says("The group keeps 1 seat."),
            _ => again.is(412).says("The group has changed since"),
        };
        assert_eq!(world.must("GET", GROUPS, Value::Null).await["total"], total);
        let group = world.must("GET", &format!("{GROUPS}/R-1"), Value::Null).await;
        assert_eq!(group["reservations"].as_array().map(Vec::len), Some(entries), "{group}");
    }
}

#[tokio::test]
async fn a_group_is_deleted_after_one_question() {
    let world = World::busy().await;
    world.must("POST", GROUPS, group("design", "ann", "cad", 1)).await;
    let mut browser = enter(&world, ADMIN).await;
    let seen = browser.open("/reservations/R-1/delete").await.is(200);
    let (csrf, revision) = (seen.field("csrf"), seen.field("revision"));
    seen.says("What will happen").says("1 seat in 1 entry").says("Leases go on");
    world.must("PUT", &format!("{GROUPS}/R-1"), group("design", "ann", "cad", 2)).await;
    let path = "/reservations/R-1/delete";
    let seen = send(&mut browser, path, &csrf, &[("revision", &revision)]).await.is(422);
    seen.says("Somebody else has changed it meanwhile");
    send(&mut browser, path, &csrf, &[("revision", "2")])
        .await
        .is(200)
        .says("The group is deleted");
    send(&mut browser, path, &csrf, &[("revision", "2")]).await.is(200).says("It was gone already");
}

#[tokio::test]
async fn who_may_only_read_sees_no_buttons_and_gets_the_page_that_says_why() {
    let world = World::busy().await;
    world.must("POST", GROUPS, group("design", "ann", "cad", 1)).await;
    world.user("rita", &["read"]).await;
    let mut browser = enter(&world, "rita").await;
    browser
        .open("/reservations")
        .await
        .is(200)
        .does_not_say("/reservations/new")
        .says("Export JSON");
    let seen = browser
        .open("/reservations/R-1")
        .await
        .is(200)
        .says("you need the role <code>reservations</code>");
    let csrf = seen.does_not_say("Delete the group").does_not_say("Add an entry").field("csrf");
    browser.open("/reservations/new").await.is(200).says("You may look, not reserve");
    browser.open("/reservations/import").await.is(200).says("You may look, not import");
    let fields = [&entry("bob", "cad", "1")[..], &[("act", "submit")]].concat();
    send(&mut browser, "/reservations/new", &csrf, &fields)
        .await
        .is(403)
        .says("You may not do this");
    send(&mut browser, "/reservations/R-1/delete", &csrf, &[])
        .await
        .is(403)
        .says("You may not do this");
}

#[tokio::test]
async fn hostile_names_are_text() {
    let world = World::licensed(ITEMS).await;
    let hostile = "<script>alert('x')</script>\"{{7*7}}";
    world.must("POST", GROUPS, group(hostile, hostile, "cad", 1)).await;
    let mut browser = enter(&world, ADMIN).await;
    let csrf = browser.open("/reservations").await.is(200).field("csrf");
    let file = json!(group("x", hostile, hostile, 1)).to_string();
    let add = [&entry(hostile, hostile, "1")[..], &[("act", "add")]].concat();
    let pages = [
        browser.open("/reservations").await,
        browser.open("/reservations/R-1").await,
        browser.open("/reservations/R-1/delete").await,
        send(&mut browser, "/reservations/import", &csrf, &[("text", &file)]).await,
        send(&mut browser, "/reservations/new", &csrf, &add).await,
        send(&mut browser, "/reservations/R-1", &csrf, &add).await,
    ];
    for seen in pages {
        assert!(!seen.html.contains("<script>"), "{}", seen.html);
        assert!(seen.html.contains("&#60;script&#62;alert"), "{}", seen.html);
    }
}
