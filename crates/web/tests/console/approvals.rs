//! The room `approvals`.

use serde_json::json;

use crate::world::{ADMIN, World};

#[tokio::test]
async fn a_second_person_agrees_or_refuses() {
    let (world, _) = World::selling().await;
    world.user("fay", &["fulfil"]).await;
    world.user("kim", &["admin"]).await;
    world.must("PATCH", "/api/v1/users/fay", json!({"daily_quota": 1})).await;
    let fay = world.bearer("fay").await;
    for (order, quantity) in [("PO-2", 20), ("PO-3", 30)] {
        let line =
            json!({"product": "cad@2.0", "license_model": "perpetual", "quantity": quantity});
        let body = json!({"customer": "C-000001", "order": order, "lines": [line]});
        let (status, asked) = world.api_as(&fay, "POST", "/api/v1/entitlements", body).await;
        assert_eq!(status, 202, "{asked}");
    }
    let mut kim = crate::enter(&world, "kim").await;
    let list = kim.open("/console/approvals?state=waiting").await.is(200).says("fay");
    let names: Vec<_> = list
        .html
        .match_indices("/console/approvals/P-")
        .map(|(at, _)| &list.html[at..at + 28])
        .collect();
    assert_eq!(names.len(), 2, "{}", list.html);
    let (first, second) = (names[0].to_owned(), names[1].to_owned());

    let page = kim.open(&format!("{first}/approve")).await.is(200).says("in the name of fay");
    let fill = [("csrf", page.field("csrf")), ("once", page.field("once"))];
    let fill: Vec<_> = fill.iter().map(|(name, value)| (*name, value.as_str())).collect();
    kim.form(&format!("{first}/approve"), &fill).await.is(200).says("agreed to and done");
    kim.open(&first).await.is(200).says("Agreed and done").says("kim");

    let mut own = crate::enter(&world, "fay").await;
    own.open(&second).await.is(200).says("somebody else must agree").says("Take it back");
    let page = kim.open(&format!("{second}/reject")).await.is(200);
    let (csrf, once) = (page.field("csrf"), page.field("once"));
    let fill = [("csrf", csrf.as_str()), ("once", &once), ("reason", "<b>too many</b>")];
    kim.form(&format!("{second}/reject"), &fill).await.is(200).says("is refused");
    kim.open(&second).await.is(200).says("Refused").does_not_say("<b>too many");
    kim.open("/console/approvals/P-9999999").await.is(404).says("All approvals");
    let mut admin = crate::enter(&world, ADMIN).await;
    admin.open("/console/approvals.csv").await.is(200).says("fay");
}
