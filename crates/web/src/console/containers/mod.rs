//! Containers as the office knows them: how they stand, what they hold, what is on its way, and what staff rules.
//!
//! Kept here: a container that is out of step is explained before anybody is asked to rule on it; each ruling says
//! what becomes of its licenses. Deliberately not here: what a ruling means (the API).

use axum::Router;
use axum::routing::{get, post};

use crate::staff::Pages;

mod change;
mod pages;
mod rulings;

/// The pages of this room.
pub(super) fn routes() -> Router<Pages> {
    let one = "/console/containers/{serial}";
    Router::new()
        .route("/console/containers", get(pages::list))
        .route("/console/containers.csv", get(pages::file))
        .route(one, get(pages::detail))
        .route(&format!("{one}/edit"), get(change::edit).post(change::change))
        .route(&format!("{one}/update.tnr"), post(change::update).get(pages::detail))
        .route(&format!("{one}/lost"), get(rulings::ask_lost).post(rulings::lost))
        .route(&format!("{one}/broken"), get(rulings::ask_broken).post(rulings::broken))
        .route(&format!("{one}/revoke"), get(rulings::ask_revoke).post(rulings::revoke))
        .route(&format!("{one}/rule"), get(rulings::ask_rule).post(rulings::rule))
        .route(
            &format!("{one}/moves/{{nonce}}/refund"),
            get(rulings::ask_refund).post(rulings::refund),
        )
        .route(
            &format!("{one}/moves/{{nonce}}/accept"),
            get(rulings::ask_accept).post(rulings::accept),
        )
}
