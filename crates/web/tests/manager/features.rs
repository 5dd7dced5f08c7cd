//! Features: three lists, one feature, one item.

use serde_json::{Value, json};

use crate::world::{ADMIN, World};

#[tokio::test]
async fn each_list_says_what_a_row_is() {
    let world = World::busy().await;
    let mut browser = crate::enter(&world, ADMIN).await;
    let seen = browser.open("/features").await.is(200).says("1–5 of 5");
    let seen =
        seen.says("One row is one feature in one version").says("Metered").says("class=\"taken\"");
    assert_eq!(seen.link("Summary"), "/features/summary");
    let seen = browser.open("/features/summary").await.is(200).says("1–4 of 4");
    seen.says("over all its versions").says("1.0, 2.0");
    let seen = browser.open("/features/items").await.is(200).says("1–5 of 5");
    let seen = seen.says("One row is one license item").says("Never").says("No limit");
    assert_eq!(seen.link("cad-1"), "/features/items/cad-1");
}

#[tokio::test]
async fn names_are_searched_by_part_and_exactly() {
    let items = r#"[
        {"id":"1","feature":"cad","version":"1.0","count":1,"expiry":"permanent"},
        {"id":"2","feature":"cad-plus","version":"1.0","count":1,"expiry":"permanent"},
        {"id":"3","feature":"render","version":"1.0","count":1,"expiry":"permanent"}
    ]"#;
    let world = World::licensed(items).await;
    let mut browser = crate::enter(&world, ADMIN).await;
    for path in ["/features", "/features/summary", "/features/items"] {
        let seen = browser.open(&format!("{path}?q=CAD&size=20")).await.says("1–2 of 2");
        let exactly = seen.link("Only exactly “CAD”");
        assert_eq!(exactly, format!("{path}?size=20&feature=CAD"));
        browser.open(&exactly).await.is(200).says("Nothing fits");
        let seen = browser.open(&format!("{path}?feature=cad")).await.says("1–1 of 1");
        assert_eq!(seen.link("Names that contain it"), format!("{path}?q=cad"));
    }
    for path in ["/features", "/features/summary", "/features/items"] {
        browser.open(&format!("{path}?sort=-used")).await.is(200).says("descending");
    }
}

#[tokio::test]
async fn lists_are_saved_as_files() {
    let world = World::busy().await;
    let mut browser = crate::enter(&world, ADMIN).await;
    let file = browser.open("/features.csv?sort=name").await.is(200);
    let lines: Vec<&str> = file.html.lines().collect();
    assert!(lines[0].starts_with("feature,version,total,used,available,reserved,"), "{}", lines[0]);
    assert!(lines[1].starts_with("cad,1.0,2,1,1,0,0,0,0,0,2026-12-31T"), "{}", lines[1]);
    assert!(lines.iter().any(|line| line.starts_with("viewer,1.0,,1,,")), "{}", file.html);
    let file = browser.open("/features/summary.csv?q=cad").await.is(200);
    assert!(file.html.lines().nth(1).is_some_and(|line| line.starts_with("cad,1.0 2.0,12,4,8,")));
    let file = browser.open("/features/items.csv").await.is(200);
    assert_eq!(file.html.lines().count(), 6, "{}", file.html);
}

#[tokio::test]
async fn a_feature_tells_who_holds_it_and_what_stands_behind_it() {
    let world = World::busy().await;
    let mut browser = crate::enter(&world, ADMIN).await;
    let seen = browser.open("/features/cad").await.is(200).says("1–4 of 4").says("ws-03");
    let seen = seen.says("dan").says("cad-1").says("cad-2").says("default").says("of 12");
    let seen = seen.does_not_say("lab-09");
    assert_eq!(seen.link("devices that hold it"), "/devices?feature=cad");
    assert_eq!(seen.link("History"), "/history/feature/cad");
    let seen =
        browser.open("/features/cad?q=bob&size=20").await.says("1–1 of 1").does_not_say("ws-03");
    seen.says("/leases.csv?feature=cad&#38;q=bob");
    browser.open("/features/cad?period=week").await.says("the last 7 days").says("Use over time");
    browser.open("/features/cad?q=nobody").await.says("None of its leases fits");
    let seen = browser.open("/features/render").await.is(200).says("render");
    assert_eq!(seen.link("1"), "/denials?feature=render");
    browser.open("/features/none").await.is(404).says("No item of this server has a feature");
}

#[tokio::test]
async fn reservations_on_a_feature_are_told_with_what_is_idle() {
    let world = World::busy().await;
    let body = json!({"name": "Lab", "reservations": [{
        "hostId": {"type": "string", "value": "ws-01"},
        "reservationEntries": [{"featureName": "cad", "featureVersion": "2.0", "featureCount": 3}],
    }]});
    world.must("POST", "/api/v1/reservation-groups", body).await;
    let mut browser = crate::enter(&world, ADMIN).await;
    browser.open("/features").await.is(200).says("1 in use, 2 idle").says("class=\"mark\"");
    let seen =
        browser.open("/features/cad").await.is(200).says("1 in use, 2 idle").says("All kept");
    assert!(seen.link("Lab").starts_with("/reservations/"));
}

#[tokio::test]
async fn an_item_has_all_its_terms() {
    let world = World::busy().await;
    let mut browser = crate::enter(&world, ADMIN).await;
    let seen = browser.open("/features/items/sim").await.is(200).says("Used up").says("simulation");
    seen.says("can be undone for 5 minutes")
        .says("As it was issued")
        .says("Not without the publisher");
    browser.open("/features/items/render").await.is(200).says("1 seat");
    browser.open("/features/items/none").await.is(404).says("holds no such item");
}

#[tokio::test]
async fn names_of_features_and_items_are_free_text() {
    let names = [
        "a/b",
        "100%",
        "..",
        "items",
        "summary",
        "mü \"<script>alert(1)</script>\"",
        "%2F",
        "items.csv",
    ];
    let item = |name: &&str| {
        json!({"id": name, "feature": name, "version": "1.0", "count": 3, "expiry": "permanent",
            "vendor_string": "<img src=x>", "notice": "<script>", "product": name, "selectors": {"<b>": "<i>"}})
    };
    let items = Value::Array(names.iter().map(item).collect());
    let world = World::licensed(&items.to_string()).await;
    let mut browser = crate::enter(&world, ADMIN).await;
    for name in names {
        world.check_out("kim", "ws-1", name, "1.0").await;
        let shown = name.replace('<', "&#60;").replace('>', "&#62;").replace('"', "&#34;");
        for list in ["/features", "/features/summary"] {
            let seen = browser.open(list).await.is(200).does_not_say("<script>alert");
            let href = seen.link(&shown);
            let seen = browser.open(&href).await.is(200).does_not_say("<script>alert");
            let seen = seen.says("1–1 of 1").says("kim");
            assert!(seen.html.contains(&format!("<h1>{shown}</h1>")), "{name}");
        }
        let href = browser.open("/features/items?sort=id").await.link(&shown);
        let seen = browser.open(&href).await.is(200).does_not_say("<script>").does_not_say("<img");
        assert!(seen.html.contains(&format!("<h1 class=\"id\">{shown}</h1>")), "{name}");
    }
}
