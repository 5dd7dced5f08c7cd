//! The manager over a real license server, asked as a browser asks.
//!
//! Each file is one room. The pages run in the test's process; what they ask is the real program (`support/world`).

#[path = "support/browser.rs"]
mod browser;
#[path = "support/guards.rs"]
mod guards;
#[path = "support/inventory.rs"]
mod inventory;
#[path = "support/lossy.rs"]
mod lossy;
#[path = "support/plant.rs"]
mod plant;
#[path = "support/sample.rs"]
mod sample;
#[path = "support/world.rs"]
mod world;

#[path = "manager/client_keys.rs"]
mod client_keys;
#[path = "manager/dashboard.rs"]
mod dashboard;
#[path = "manager/denials.rs"]
mod denials;
#[path = "manager/devices.rs"]
mod devices;
#[path = "manager/door.rs"]
mod door;
#[path = "manager/features.rs"]
mod features;
#[path = "manager/guard.rs"]
mod guard;
#[path = "manager/history.rs"]
mod history;
#[path = "manager/journal.rs"]
mod journal;
#[path = "manager/leases.rs"]
mod leases;
#[path = "manager/model.rs"]
mod model;
#[path = "manager/offline.rs"]
mod offline;
#[path = "manager/pools.rs"]
mod pools;
#[path = "manager/properties.rs"]
mod properties;
#[path = "manager/queue.rs"]
mod queue;
#[path = "manager/reservations.rs"]
mod reservations;
#[path = "manager/settings.rs"]
mod settings;
#[path = "manager/users.rs"]
mod users;
#[path = "manager/welcome.rs"]
mod welcome;

use browser::Browser;
use world::World;

/// A browser with somebody logged in.
pub async fn enter(world: &World, name: &str) -> Browser {
    let mut browser = Browser::over(world.pages());
    let fields = [("name", name), ("password", world::PASSWORD)];
    browser.form(world.door(), &fields).await.is(200).says("Log out");
    browser
}
