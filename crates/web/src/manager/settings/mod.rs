//! Settings of these pages, the servers they reach, and what runs here.
//!
//! Kept here: settings of a manager of its own can be seen and changed while no license server answers, so nothing in
//! this room but the state of the servers asks one.

use axum::Router;
use axum::routing::{get, post};

use crate::site::Visit;
use crate::staff::{Pages, Staff};

mod about;
mod places;
mod preferences;
mod servers;

/// The pages of this room.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/settings", get(preferences::page).post(preferences::save))
        .route("/settings/unlock", post(preferences::unlock))
        .route("/settings/servers/new", get(places::new).post(places::add))
        .route("/settings/servers/{number}", get(places::edit).post(places::change))
        .route("/settings/servers/{number}/remove", get(places::ask).post(places::remove))
        .route("/servers", get(servers::list))
        .route("/servers/switch", post(servers::switch))
        .route("/about", get(about::page))
}

/// Whether the visitor may change settings of a manager of its own: an administrator of a listed server, or whoever
/// has the key of the manager's owner.
fn may_change(site: &Pages, visit: &Visit<Staff>) -> bool {
    let (Some(fleet), Some(staff)) = (site.fleet(), &visit.holds) else { return false };
    let administers = staff.logins.iter().any(|(number, account)| {
        account.roles.iter().any(|role| role == "admin") && fleet.server(*number).is_some()
    });
    staff.keeps || administers
}
