//! Changes of single lines of an entitlement: extend, upgrade, replace, reduce.
//!
//! Kept here: containers that hold something of the line get the change at their next contact; the answer is the whole
//! entitlement. Deliberately not here: what is possible (issuing).

use axum::extract::State;
use axum::response::Response;
use tenure_api::Problem;
use tenure_api::office::{
    ApprovalRow, Entitlement, ExtendRequest, LineReplaceRequest, ReduceRequest, UpgradeRequest,
};
use tenure_issuing::office::{EntitlementCommand, Extension, Replacement};
use tenure_shell::extract::Path;
use tenure_shell::problem::{Code, Refused};

use super::entitlements::{carried_out, said};
use crate::access::Fulfil;
use crate::app::App;
use crate::names::{activation_id, sold_product};
use crate::order::Order;
use crate::rows::entitlement::{own_terms, sold};

/// Let a line be used longer.
#[utoipa::path(
    post, path = "/api/v1/entitlements/{id}/lines/{line}/extend", tag = "entitlements",
    operation_id = "extend_line",
    params(
        ("id" = String, Path, description = "Activation ID"),
        ("line" = u32, Path, description = "Number of the line"),
    ),
    request_body = ExtendRequest,
    responses(
        (status = 200, description = "The entitlement", body = Entitlement),
        (status = 202, description = "It waits for a second person", body = ApprovalRow),
        (status = 409, description = "The line has no end, or ends later already", body = Problem,
            content_type = "application/problem+json"),
    ),
    security(("bearer" = ["fulfil"])),
)]
pub(crate) async fn extend(
    State(app): State<App>,
    Path((id, line)): Path<(String, u32)>,
    order: Order<Fulfil, ExtendRequest>,
) -> Result<Response, Refused> {
    let id = activation_id(&id)?;
    let by_how_much = match (order.asked.ends, order.asked.days) {
        (Some(ends), None) => Extension::Until(ends),
        (None, Some(days)) => Extension::Days(days),
        _ => return Err(Code::BadValue.says("Send either `ends` or `days`.")),
    };
    let command = EntitlementCommand::Extend { by: order.by.clone(), id, line, by_how_much };
    carried_out(&app, (order.by, id), command, order.idempotency).await
}

/// Put a newer product in the place of a line's; the catalog must say that it is an upgrade.
#[utoipa::path(
    post, path = "/api/v1/entitlements/{id}/lines/{line}/upgrade", tag = "entitlements",
    operation_id = "upgrade_line",
    params(
        ("id" = String, Path, description = "Activation ID"),
        ("line" = u32, Path, description = "Number of the line"),
    ),
    request_body = UpgradeRequest,
    responses(
        (status = 200, description = "The entitlement", body = Entitlement),
        (status = 202, description = "It waits for a second person", body = ApprovalRow),
        (status = 409, description = "The catalog knows no such upgrade", body = Problem,
            content_type = "application/problem+json"),
    ),
    security(("bearer" = ["fulfil"])),
)]
pub(crate) async fn upgrade(
    State(app): State<App>,
    Path((id, line)): Path<(String, u32)>,
    order: Order<Fulfil, UpgradeRequest>,
) -> Result<Response, Refused> {
    let id = activation_id(&id)?;
    let product = order.asked.product;
    let to = app
        .query(move |office, _| sold_product(office, &product).map(|product| product.key()))
        .await??;
    let model = order.asked.license_model;
    let command = EntitlementCommand::Upgrade { by: order.by.clone(), id, line, to, model };
    carried_out(&app, (order.by, id), command, order.idempotency).await
}

/// Put any other product or terms in the place of a line's.
#[utoipa::path(
    post, path = "/api/v1/entitlements/{id}/lines/{line}/replace", tag = "entitlements",
    operation_id = "replace_line",
    params(
        ("id" = String, Path, description = "Activation ID"),
        ("line" = u32, Path, description = "Number of the line"),
    ),
    request_body = LineReplaceRequest,
    responses(
        (status = 200, description = "The entitlement", body = Entitlement),
        (status = 202, description = "It waits for a second person", body = ApprovalRow),
        (status = 409, description = "A container that holds units of it can't have it so", body = Problem,
            content_type = "application/problem+json"),
    ),
    security(("bearer" = ["fulfil"])),
)]
pub(crate) async fn replace(
    State(app): State<App>,
    Path((id, line)): Path<(String, u32)>,
    order: Order<Fulfil, LineReplaceRequest>,
) -> Result<Response, Refused> {
    let id = activation_id(&id)?;
    let asked = order.asked;
    let with = app
        .query(move |office, _| {
            let (product, model) = sold(office, &asked.product, Some(&asked.license_model))?;
            let terms = own_terms(office, &model, &asked.terms)?;
            Ok::<_, Refused>(Replacement { product, model, terms, ends: asked.ends })
        })
        .await??;
    let command = EntitlementCommand::Replace { by: order.by.clone(), id, line, with };
    carried_out(&app, (order.by, id), command, order.idempotency).await
}

/// Take free units off a line.
#[utoipa::path(
    post, path = "/api/v1/entitlements/{id}/lines/{line}/reduce", tag = "entitlements",
    operation_id = "reduce_line",
    params(
        ("id" = String, Path, description = "Activation ID"),
        ("line" = u32, Path, description = "Number of the line"),
    ),
    request_body = ReduceRequest,
    responses(
        (status = 200, description = "The entitlement", body = Entitlement),
        (status = 409, description = "So many are not free", body = Problem,
            content_type = "application/problem+json"),
    ),
    security(("bearer" = ["fulfil"])),
)]
pub(crate) async fn reduce(
    State(app): State<App>,
    Path((id, line)): Path<(String, u32)>,
    order: Order<Fulfil, ReduceRequest>,
) -> Result<Response, Refused> {
    let id = activation_id(&id)?;
    let reason = said(order.asked.reason);
    let quantity = order.asked.quantity;
    let command = EntitlementCommand::Reduce { by: order.by.clone(), id, line, quantity, reason };
    carried_out(&app, (order.by, id), command, order.idempotency).await
}
