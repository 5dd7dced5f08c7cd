//! Products, license models and relations over HTTP.
//!
//! Kept here: a product is named `name@version` in paths; PUT makes it what is sent; DELETE retires it, because what was
//! sold stays sold. Deliberately not here: whether a catalog makes sense (issuing).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tenure_api::office::{
    LicenseModel, LicenseModelRequest, OfficeQuery, Product, ProductRelation, ProductRequest,
    RelationKind,
};
use tenure_api::{Page, Problem};
use tenure_issuing::office::{CatalogCommand, Command};
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::extract::{NoQuery, Path, Query};
use tenure_shell::list::{Sorter, page};
use tenure_shell::problem::{Code, Refused};
use utoipa::IntoParams;

use crate::access::{Catalog, Viewer};
use crate::app::App;
use crate::listing::only;
use crate::names::{product, shown};
use crate::order::Order;
use crate::rows::catalog::{
    model_of, model_row, product_of, product_row, relation_of, relation_row,
};

/// All products, by name and version.
#[utoipa::path(
    get, path = "/api/v1/products", tag = "catalog", operation_id = "list_products", params(OfficeQuery),
    responses((status = 200, description = "A page of products", body = Page<Product>)),
    security(("bearer" = ["viewer"])),
)]
pub(crate) async fn products(
    State(app): State<App>,
    _permit: Permit<Viewer>,
    Query(query): Query<OfficeQuery>,
) -> Result<Response, Refused> {
    only(&query, &["sort"])?;
    let rows = app
        .query(|office, _| {
            let products = office.catalog().products();
            products.map(|one| product_row(office, one)).collect::<Vec<_>>()
        })
        .await?;
    const SORTERS: &[Sorter<Product>] = &[
        ("product", |row| row.product.as_str().into()),
        ("name", |row| row.name.as_str().into()),
        ("version", |row| row.version.into()),
    ];
    fn of(row: &Product) -> Vec<&str> {
        vec![row.product.as_str(), row.description.as_str()]
    }
    Ok(json(StatusCode::OK, &page(rows, &query.list(), SORTERS, of)?))
}

/// One product.
#[utoipa::path(
    get, path = "/api/v1/products/{product}", tag = "catalog", operation_id = "show_product",
    params(("product" = String, Path, description = "`name@version`")),
    responses((status = 200, description = "The product", body = Product)),
    security(("bearer" = ["viewer"])),
)]
pub(crate) async fn product_detail(
    State(app): State<App>,
    _permit: Permit<Viewer>,
    Path(name): Path<String>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    shown_product(&app, StatusCode::OK, name).await
}

/// Make a product, or change it: it becomes what is sent, for what is sold from now on.
#[utoipa::path(
    put, path = "/api/v1/products/{product}", tag = "catalog", operation_id = "set_product",
    params(("product" = String, Path, description = "`name@version`")),
    request_body = ProductRequest,
    responses(
        (status = 200, description = "The product", body = Product),
        (status = 422, description = "A member can't be taken", body = Problem,
            content_type = "application/problem+json"),
    ),
    security(("bearer" = ["catalog"])),
)]
pub(crate) async fn set_product(
    State(app): State<App>,
    Path(name): Path<String>,
    order: Order<Catalog, ProductRequest>,
) -> Result<Response, Refused> {
    let product = product_of(product(&name)?, order.asked);
    let command = CatalogCommand::SetProduct { by: order.by, product };
    app.submit(Command::Catalog(command), order.idempotency).await?;
    shown_product(&app, StatusCode::OK, name).await
}

/// Sell a product no more.
#[utoipa::path(
    delete, path = "/api/v1/products/{product}", tag = "catalog", operation_id = "retire_product",
    params(("product" = String, Path, description = "`name@version`")),
    responses((status = 204, description = "It is retired")),
    security(("bearer" = ["catalog"])),
)]
pub(crate) async fn retire_product(
    State(app): State<App>,
    permit: Permit<Catalog>,
    Path(name): Path<String>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    let command = CatalogCommand::RetireProduct { by: permit.by(), product: product(&name)? };
    app.submit(Command::Catalog(command), None).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// All relations between products.
#[utoipa::path(
    get, path = "/api/v1/product-relations", tag = "catalog", operation_id = "list_product_relations",
    params(OfficeQuery),
    responses((status = 200, description = "A page of relations", body = Page<ProductRelation>)),
    security(("bearer" = ["viewer"])),
)]
pub(crate) async fn relations(
    State(app): State<App>,
    _permit: Permit<Viewer>,
    Query(query): Query<OfficeQuery>,
) -> Result<Response, Refused> {
    only(&query, &[])?;
    let rows = app
        .query(|office, _| office.catalog().relations().map(relation_row).collect::<Vec<_>>())
        .await?;
    fn of(row: &ProductRelation) -> Vec<&str> {
        vec![row.from.as_str(), row.to.as_str()]
    }
    Ok(json(StatusCode::OK, &page(rows, &query.list(), &[], of)?))
}

/// Say that one product takes the place of another, or that one can be upgraded to another.
#[utoipa::path(
    post, path = "/api/v1/product-relations", tag = "catalog", operation_id = "relate_products",
    request_body = ProductRelation,
    responses(
        (status = 201, description = "The relation", body = ProductRelation),
        (status = 404, description = "There is no such product", body = Problem,
            content_type = "application/problem+json"),
    ),
    security(("bearer" = ["catalog"])),
)]
pub(crate) async fn relate(
    State(app): State<App>,
    order: Order<Catalog, ProductRelation>,
) -> Result<Response, Refused> {
    let relation = relation_of(&order.asked)?;
    let row = relation_row(&relation);
    let command = CatalogCommand::SetRelation { by: order.by, relation };
    app.submit(Command::Catalog(command), order.idempotency).await?;
    Ok(json(StatusCode::CREATED, &row))
}

/// Names one relation.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RelationQuery {
    /// `upgrade` or `replaces`.
    #[param(inline)]
    kind: RelationKind,
    /// The earlier product, `name@version`.
    from: String,
    /// The later product, `name@version`.
    to: String,
}

/// Say it no more.
#[utoipa::path(
    delete, path = "/api/v1/product-relations", tag = "catalog", operation_id = "unrelate_products",
    params(RelationQuery),
    responses((status = 204, description = "It is gone")),
    security(("bearer" = ["catalog"])),
)]
pub(crate) async fn unrelate(
    State(app): State<App>,
    permit: Permit<Catalog>,
    Query(RelationQuery { kind, from, to }): Query<RelationQuery>,
) -> Result<Response, Refused> {
    let relation = relation_of(&ProductRelation { kind, from, to })?;
    let command = CatalogCommand::DeleteRelation { by: permit.by(), relation };
    app.submit(Command::Catalog(command), None).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// All license models, by name.
#[utoipa::path(
    get, path = "/api/v1/license-models", tag = "catalog", operation_id = "list_license_models",
    params(OfficeQuery),
    responses((status = 200, description = "A page of license models", body = Page<LicenseModel>)),
    security(("bearer" = ["viewer"])),
)]
pub(crate) async fn models(
    State(app): State<App>,
    _permit: Permit<Viewer>,
    Query(query): Query<OfficeQuery>,
) -> Result<Response, Refused> {
    only(&query, &["sort"])?;
    let rows = app
        .query(|office, _| {
            office.catalog().models().map(|model| model_row(model)).collect::<Vec<_>>()
        })
        .await?;
    const SORTERS: &[Sorter<LicenseModel>] = &[("name", |row| row.name.as_str().into())];
    fn of(row: &LicenseModel) -> Vec<&str> {
        vec![row.name.as_str(), row.description.as_str(), row.summary.as_str()]
    }
    Ok(json(StatusCode::OK, &page(rows, &query.list(), SORTERS, of)?))
}

/// One license model.
#[utoipa::path(
    get, path = "/api/v1/license-models/{name}", tag = "catalog", operation_id = "show_license_model",
    params(("name" = String, Path, description = "Its name")),
    responses((status = 200, description = "The license model", body = LicenseModel)),
    security(("bearer" = ["viewer"])),
)]
pub(crate) async fn model_detail(
    State(app): State<App>,
    _permit: Permit<Viewer>,
    Path(name): Path<String>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    shown_model(&app, name).await
}

/// Make a license model, or change it: it becomes what is sent, for what is sold from now on.
#[utoipa::path(
    put, path = "/api/v1/license-models/{name}", tag = "catalog", operation_id = "set_license_model",
    params(("name" = String, Path, description = "Its name")),
    request_body = LicenseModelRequest,
    responses(
        (status = 200, description = "The license model", body = LicenseModel),
        (status = 422, description = "A member can't be taken", body = Problem,
            content_type = "application/problem+json"),
    ),
    security(("bearer" = ["catalog"])),
)]
pub(crate) async fn set_model(
    State(app): State<App>,
    Path(name): Path<String>,
    order: Order<Catalog, LicenseModelRequest>,
) -> Result<Response, Refused> {
    let model = model_of(name.clone(), order.asked);
    let command = CatalogCommand::SetModel { by: order.by, model };
    app.submit(Command::Catalog(command), order.idempotency).await?;
    shown_model(&app, name).await
}

/// Sell under a license model no more.
#[utoipa::path(
    delete, path = "/api/v1/license-models/{name}", tag = "catalog", operation_id = "retire_license_model",
    params(("name" = String, Path, description = "Its name")),
    responses((status = 204, description = "It is retired")),
    security(("bearer" = ["catalog"])),
)]
pub(crate) async fn retire_model(
    State(app): State<App>,
    permit: Permit<Catalog>,
    Path(name): Path<String>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    let command = CatalogCommand::RetireModel { by: permit.by(), name };
    app.submit(Command::Catalog(command), None).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn shown_product(app: &App, status: StatusCode, name: String) -> Result<Response, Refused> {
    let key = product(&name)?;
    let found = app
        .query(move |office, _| office.catalog().product(&key).map(|one| product_row(office, one)))
        .await?;
    match found {
        Some(row) => Ok(json(status, &row)),
        None => Err(Code::NotFound.says(format!("There is no product `{}`.", shown(&name)))),
    }
}

async fn shown_model(app: &App, name: String) -> Result<Response, Refused> {
    let key = name.clone();
    let found =
        app.query(move |office, _| office.catalog().model(&key).map(|one| model_row(one))).await?;
    match found {
        Some(row) => Ok(json(StatusCode::OK, &row)),
        None => Err(Code::NotFound.says(format!("There is no license model `{}`.", shown(&name)))),
    }
}
