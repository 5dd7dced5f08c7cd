//! The room `overview`.

use crate::world::{ADMIN, World};

#[tokio::test]
async fn an_office_has_a_console() {
    let world = World::office().await;
    let mut browser = crate::enter(&world, ADMIN).await;
    browser.open("/console").await.is(200).says("Overview").says("Log out");
}
