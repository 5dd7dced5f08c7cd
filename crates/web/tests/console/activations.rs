//! The room `activations`.

use crate::browser::{Browser, Seen};
use crate::world::{ADMIN, World};

async fn filled(browser: &mut Browser, path: &str, fields: &[(&str, &str)]) -> Seen {
    let page = browser.open(path).await.is(200);
    let (csrf, once) = (page.field("csrf"), page.field("once"));
    let mut all = vec![("csrf", csrf.as_str()), ("once", once.as_str())];
    all.extend_from_slice(fields);
    browser.form(path.split('?').next().expect("a path"), &all).await
}

#[tokio::test]
async fn units_go_into_a_container_and_come_back() {
    let (world, id) = World::selling().await;
    let serial = world.met().await;
    let mut browser = crate::enter(&world, ADMIN).await;
    browser.open("/console/activations").await.is(200).says("Nothing is activated yet");
    let new = "/console/activations/new";
    let of = |line, quantity| {
        [
            ("activation_id", id.as_str()),
            ("line", line),
            ("quantity", quantity),
            ("serial", serial.as_str()),
        ]
    };
    filled(&mut browser, new, &of("1", "many"))
        .await
        .is(422)
        .says("whole number")
        .says("value=\"many\"");
    let refused = filled(&mut browser, new, &of("1", "11")).await;
    assert!(refused.status.is_client_error(), "{}", refused.html);
    refused.says(&id);
    filled(&mut browser, new, &of("1", "4"))
        .await
        .is(200)
        .says("Activation A-")
        .says("Update not fetched yet");

    let list = browser.open(&format!("/console/activations?container={serial}")).await.is(200);
    let at = list.html.find("/console/activations/A-").expect("a link") + 21;
    let activation = list.html[at..at + 9].to_owned();
    let here = format!("/console/activations/{activation}");
    browser
        .open("/console/activations?state=returned")
        .await
        .is(200)
        .says("No activation is like this");
    let csv = browser.open("/console/activations.csv").await.is(200);
    assert!(csv.html.contains(&format!("{activation},{id},1,cad@2.0,4,{serial}")), "{}", csv.html);

    filled(&mut browser, &format!("{here}/withdraw"), &[("quantity", "0")]).await.is(422);
    let one = [("quantity", "1"), ("reason", "ordered by mistake")];
    filled(&mut browser, &format!("{here}/withdraw"), &one).await.is(200).says("It is withdrawn");
    let rest = [("activation_id", id.as_str()), ("line", "1"), ("quantity", "2")];
    filled(&mut browser, &format!("{here}/replace"), &rest).await.is(200).says("It is replaced");
    browser.open("/console/activations/A-9999999").await.is(404).says("All activations");
}
