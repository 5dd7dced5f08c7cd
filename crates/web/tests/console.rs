//! The console over a real office, asked as a browser asks.
//!
//! Each file is one room. The pages run in the test's process; what they ask is the real program (`support/world`).

#[path = "support/browser.rs"]
mod browser;
#[path = "support/sample.rs"]
mod sample;
#[path = "support/world.rs"]
mod world;

#[path = "console/activations.rs"]
mod activations;
#[path = "console/approvals.rs"]
mod approvals;
#[path = "console/catalog.rs"]
mod catalog;
#[path = "console/containers.rs"]
mod containers;
#[path = "console/customers.rs"]
mod customers;
#[path = "console/entitlements.rs"]
mod entitlements;
#[path = "console/guard.rs"]
mod guard;
#[path = "console/journal.rs"]
mod journal;
#[path = "console/lists.rs"]
mod lists;
#[path = "console/overview.rs"]
mod overview;
#[path = "console/policies.rs"]
mod policies;
#[path = "console/usage.rs"]
mod usage;
#[path = "console/users.rs"]
mod users;
#[path = "console/webhooks.rs"]
mod webhooks;

use browser::Browser;
use world::World;

/// A browser with somebody logged in.
pub async fn enter(world: &World, name: &str) -> Browser {
    let mut browser = Browser::over(world.pages());
    let fields = [("name", name), ("password", world::PASSWORD)];
    browser.form(world.door(), &fields).await.is(200).says("Log out");
    browser
}
