//! Use as license servers reported it.

use crate::enter;
use crate::world::{ADMIN, World};

#[tokio::test]
async fn an_office_without_reports_says_where_they_come_from() {
    let world = World::office().await;
    let mut ann = enter(&world, ADMIN).await;
    ann.open("/console/usage")
        .await
        .is(200)
        .says("Nothing was reported in this time")
        .says("30 days");
    ann.open("/console/usage?days=365").await.is(200);
    ann.open("/console/usage?from=2026-01-01&to=2026-02-01&q=cad")
        .await
        .is(200)
        .says("Nothing was reported that fits");
    ann.open("/console/usage?from=nonsense&days=-1&to=9").await.is(200);
    let file = ann.open("/console/usage.csv?q=cad").await.is(200);
    assert!(
        file.html.starts_with("day,license_server,customer,item,product,feature"),
        "{}",
        file.html
    );
    let odd = ann.open("/console/usage?customer=nobody").await;
    assert!(odd.status.is_client_error(), "{}", odd.html);
}
