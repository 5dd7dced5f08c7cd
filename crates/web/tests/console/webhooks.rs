//! The room `webhooks`.

use crate::world::{ADMIN, World};

const MAKE: &str = "/console/new-webhook";

fn secret(html: &str) -> String {
    let at = html.find("whsec_").expect("the secret is shown");
    html[at..].chars().take_while(|one| *one != '<').collect()
}

#[tokio::test]
async fn a_web_hook_is_made_tried_changed_and_deleted() {
    let world = World::office().await;
    let mut browser = crate::enter(&world, ADMIN).await;
    browser.open("/console/webhooks").await.is(200).says("Nobody is told yet");
    let bad = [("url", "ftp://x"), ("events", "*"), ("description", crate::HOSTILE)];
    let page = crate::send(&mut browser, MAKE, MAKE, &bad).await;
    assert!(page.status.is_client_error(), "{}", page.html);
    crate::harmless(page).says("value=\"ftp://x\"").says("aria-invalid");
    // Nobody listens at this address.
    let url = "http://127.0.0.1:9/hook";
    let fill =
        [("url", url), ("events", "entitlement-*, activated"), ("description", crate::HOSTILE)];
    let made = crate::send(&mut browser, MAKE, MAKE, &fill).await.is(200);
    let first = secret(&made.says("It is shown this once").says("webhook-signature").html);
    let here = "/console/webhooks/W-0000001";
    let page = browser.open(here).await.is(200).says(url).says("entitlement-*, activated");
    crate::harmless(page.says("No message yet").does_not_say("whsec_"));
    crate::harmless(browser.open("/console/webhooks").await.is(200).says(url).says("On"));

    crate::send(&mut browser, here, &format!("{here}/test"), &[])
        .await
        .is(200)
        .says("is on its way");
    browser.open(here).await.is(200).says("Webhook test").says("msg_");
    let csv = browser.open(&format!("{here}/deliveries.csv")).await.is(200);
    assert!(csv.html.contains("webhook-test"), "{}", csv.html);
    let csv = browser.open("/console/webhooks.csv").await.is(200);
    assert!(csv.html.contains(url), "{}", csv.html);

    let edit = format!("{here}/edit");
    let fill = [("url", url), ("events", "a b?"), ("description", "the shop")];
    let page = crate::send(&mut browser, &edit, &edit, &fill).await;
    assert!(page.status.is_client_error(), "{}", page.html);
    page.says("value=\"a b?\"").says("aria-invalid");
    let fill = [("url", url), ("events", ""), ("description", "the shop")];
    crate::send(&mut browser, &edit, &edit, &fill)
        .await
        .is(200)
        .says("Everything")
        .says("the shop");

    let to = format!("{here}/switch");
    crate::send(&mut browser, here, &to, &[("to", "off")])
        .await
        .is(200)
        .says("It is off")
        .says("Switch on");
    crate::send(&mut browser, here, &to, &[("to", "on")])
        .await
        .is(200)
        .says("It is on")
        .says("Switch off");

    let ask = format!("{here}/secret");
    browser.open(&ask).await.is(200).says("The present one is no longer used");
    let page =
        crate::send(&mut browser, &ask, &ask, &[]).await.is(200).says("The secret is changed");
    assert_ne!(secret(&page.html), first);
    let ask = format!("{here}/delete");
    crate::send(&mut browser, &ask, &ask, &[]).await.is(200).says("W-0000001 is deleted");
    browser.open(here).await.is(404).says("All web hooks");
}

#[tokio::test]
async fn administrators_alone_see_them() {
    let world = World::office().await;
    world.user("fay", &["fulfil", "keys", "auditor"]).await;
    let mut fay = crate::enter(&world, "fay").await;
    for path in ["/console/webhooks", "/console/webhooks.csv", MAKE, "/console/webhooks/W-0000001"]
    {
        fay.open(path).await.is(403).says("admin").says("You may not do this");
    }
}
