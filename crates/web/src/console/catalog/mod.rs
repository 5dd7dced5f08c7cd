//! What is sold: products, license models, and how products follow one another.
//!
//! Kept here: whoever may not change the catalog sees it all and is told which role it takes. Deliberately not here:
//! whether a catalog makes sense (the API says so).

use axum::Router;
use axum::routing::get;

use crate::staff::Pages;

mod feature;
mod model_form;
mod models;
mod plain_terms;
mod product_form;
mod products;
mod relations;
mod tabs;
mod usage_form;

/// The pages of this room.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/console/catalog", get(products::list))
        .route("/console/catalog.csv", get(products::file))
        .route("/console/catalog/products/new", get(product_form::new).post(product_form::make))
        .route("/console/catalog/products/{product}", get(products::detail))
        .route(
            "/console/catalog/products/{product}/edit",
            get(product_form::edit).post(product_form::change),
        )
        .route(
            "/console/catalog/products/{product}/retire",
            get(products::ask_retire).post(products::retire),
        )
        .route(
            "/console/catalog/products/{product}/features/{feature}",
            get(feature::edit).post(feature::change),
        )
        .route("/console/catalog/models", get(models::list))
        .route("/console/catalog/models.csv", get(models::file))
        .route("/console/catalog/models/new", get(models::new).post(models::make))
        .route("/console/catalog/models/{name}", get(models::detail))
        .route("/console/catalog/models/{name}/edit", get(models::edit).post(models::change))
        .route(
            "/console/catalog/models/{name}/retire",
            get(models::ask_retire).post(models::retire),
        )
        .route("/console/catalog/relations", get(relations::list).post(relations::relate))
        .route(
            "/console/catalog/relations/remove",
            get(relations::ask_remove).post(relations::remove),
        )
}
