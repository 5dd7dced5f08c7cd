//! The console: the pages of a publisher's office, for its staff.
//!
//! A room for each part of the rail. It stands beside the portal, which brings `/assets/…` and `/theme`.
//! Deliberately not here: the REST API, which decides everything.

use std::sync::Arc;

use axum::Router;

use crate::backend::Backend;
use crate::frame::Area;
use crate::headers::secure;
use crate::icon::Icon;
use crate::rail::{Entry, Section};
use crate::site::SiteOptions;

use crate::staff::{Pages, door};

mod activations;
mod approvals;
mod catalog;
mod containers;
mod customers;
mod decided;
mod entitlements;
mod field;
mod host_keys;
mod journal;
mod lists;
mod overview;
mod policies;
mod usage;
mod users;
mod webhooks;

const fn entry(href: &'static str, words: &'static str, icon: Icon) -> Entry {
    Entry { href, words, icon }
}

pub(crate) static CONSOLE: Area = Area {
    name: "Office",
    cookie: "tenure_console",
    home: "/console",
    door: "/console/login",
    leave: "/console/logout",
    leave_words: "Log out",
    menu: &[],
    after_setup: "/console",
    prefix: "/console",
    rail: &[
        Section { title: "", entries: &[entry("/console", "Overview", Icon::Chart)] },
        Section {
            title: "Sales",
            entries: &[
                entry("/console/customers", "Customers", Icon::People),
                entry("/console/entitlements", "Entitlements", Icon::Order),
                entry("/console/catalog", "Catalog", Icon::Book),
                entry("/console/lists", "Import and export", Icon::Swap),
            ],
        },
        Section {
            title: "Fulfilment",
            entries: &[
                entry("/console/containers", "Containers", Icon::Box),
                entry("/console/activations", "Activations", Icon::Key),
                entry("/console/host-keys", "Host keys", Icon::Pin),
                entry("/console/approvals", "Approvals", Icon::Done),
                entry("/console/usage", "Usage", Icon::Pulse),
            ],
        },
        Section {
            title: "Office",
            entries: &[
                entry("/console/users", "Users and roles", Icon::Person),
                entry("/console/policies", "Policies", Icon::Gear),
                entry("/console/webhooks", "Web hooks", Icon::Hook),
                entry("/console/journal", "Audit", Icon::Shield),
            ],
        },
    ],
};

/// The console as a router at `/console`. `None` when the system has no randomness to give.
pub fn console(backend: Arc<dyn Backend>, options: SiteOptions) -> Option<Router> {
    let site = Pages::new(backend, &CONSOLE, options)?;
    let router = Router::new()
        .merge(door::routes(CONSOLE.prefix))
        .merge(overview::routes())
        .merge(catalog::routes())
        .merge(customers::routes())
        .merge(entitlements::routes())
        .merge(lists::routes())
        .merge(usage::routes())
        .merge(containers::routes())
        .merge(activations::routes())
        .merge(host_keys::routes())
        .merge(approvals::routes())
        .merge(webhooks::routes())
        .merge(users::routes())
        .merge(policies::routes())
        .merge(journal::routes())
        .with_state(site)
        .layer(axum::middleware::map_response(secure))
        .layer(axum::extract::DefaultBodyLimit::disable());
    Some(router)
}
