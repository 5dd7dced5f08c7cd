//! The room `pools`: what each pool has, what a server without pools says, names that are attacks.

use serde_json::json;

use crate::enter;
use crate::sample::HOSTILE;
use crate::world::{ADMIN, ITEMS, World};

async fn set(world: &World, text: &str) {
    world.must("PUT", "/api/v1/model", json!({"text": text})).await;
}

#[tokio::test]
async fn a_server_without_pools_says_what_to_do_next() {
    let world = World::licensed(ITEMS).await;
    world.user("rita", &["read"]).await;
    let mut browser = enter(&world, ADMIN).await;
    let page = browser.open("/pools").await.is(200).says("No named pools yet").says("default");
    assert_eq!(page.link("Split seats between pools"), "/model/split");
    let mut reader = enter(&world, "rita").await;
    let page = reader.open("/pools").await.is(200);
    page.says("needs the role <em>admin</em>").does_not_say("/model/split");
}

#[tokio::test]
async fn pools_are_told_feature_by_feature_with_what_they_lack() {
    let world = World::licensed(ITEMS).await;
    let model = r#"model "site" {
  partitions {
    partition "design" {
      "cad" 2.0 60%
      "render" 1.0 9 max 2
    }
    partition "empty" {
    }
  }
  on user("ann") {
    use "design"
  }
}"#;
    set(&world, model).await;
    world.check_out("ann", "ws-01", "cad", "2.0").await;
    let mut browser = enter(&world, ADMIN).await;
    let page = browser.open("/pools").await.is(200).says("60%").says("9, at most 2 each");
    let page = page.says("1 pool on this page has fewer seats than the model states");
    let page = page.says("the model gives it no seats");
    let (design, default) = (page.html.find(">design</a>"), page.html.rfind(">default</a>"));
    assert!(design < default, "the default pool is the last");
    assert_eq!(page.link("In the model"), "/model?line=3#L3");
    let narrowed = browser.open("/pools?feature=render").await.is(200);
    narrowed.says("9, at most 2 each").does_not_say("60%");
    browser.open("/pools?q=nothing").await.is(200).says("No pool fits");
    let one = browser.open("/pools/design").await.is(200).says("What the model gives it");
    one.says("/model?line=4#L4").says("cad-2").says("Most for one device");
    browser.open("/pools/nobody").await.is(404).says("No pool is called “nobody” now");
    let file = browser.open("/pools.csv?feature=cad").await.is(200);
    assert!(
        file.html.starts_with("Pool,Kind,Feature,Versions,The model gives,Should have,Has,In use,")
    );
    assert!(file.html.contains("design,named,cad,2.0,60%,6,6,1,0,5,0,As stated"), "{}", file.html);
}

#[tokio::test]
async fn names_that_are_attacks_are_names() {
    let world = World::licensed(ITEMS).await;
    let name = HOSTILE.replace('"', "\\\"");
    let second = "../=1+2/?#&amp;";
    set(
        &world,
        &format!(
            "model \"{name}\" {{ partitions {{ partition \"{name}\" {{ \"cad\" 1.0 1 }}\n\
             partition \"{second}\" {{ \"cad\" 1.0 1 }} }} }}"
        ),
    )
    .await;
    let mut browser = enter(&world, ADMIN).await;
    for path in ["/pools", "/model", "/model/edit", "/model/history/1"] {
        let page = browser.open(path).await.is(200);
        assert!(
            !page.html.contains("<script>alert") && !page.html.contains("<img src=x"),
            "{path}"
        );
    }
    let page = browser.open("/pools").await;
    let link = page.link("../=1+2/?#&#38;amp;");
    browser.open(&link).await.is(200).says("<h1>../=1+2/?#&#38;amp;</h1>");
}
