//! Customers over HTTP.
//!
//! Kept here: lists come newest first; forgetting erases and says so in the journal without saying what was erased.
//! Deliberately not here: what must be unique (issuing).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::office::{Customer, CustomerChange, CustomerRequest, OfficeQuery, Reason};
use tenure_api::{Page, Problem};
use tenure_issuing::office::{Command, CustomerCommand, CustomerId, Event};
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::extract::{NoQuery, Path, Query};
use tenure_shell::problem::{Code, Refused};

use crate::access::{Admin, Fulfil, Viewer};
use crate::app::App;
use crate::listing::{only, paged, part};
use crate::names::customer;
use crate::order::{LightOrder, Order};
use crate::rows::customer::{change, facts, row};

/// Customers, newest first; `q` looks into numbers, names, references and contacts.
#[utoipa::path(
    get, path = "/api/v1/customers", tag = "customers", operation_id = "list_customers", params(OfficeQuery),
    responses((status = 200, description = "A page of customers", body = Page<Customer>)),
    security(("bearer" = ["viewer"])),
)]
pub(crate) async fn list(
    State(app): State<App>,
    _permit: Permit<Viewer>,
    Query(query): Query<OfficeQuery>,
) -> Result<Response, Refused> {
    only(&query, &[])?;
    let page = app
        .query(move |office, _| {
            let listing = office.customer_rows(query.q.as_deref(), part(&query));
            paged(listing, &query, |one| row(office, one))
        })
        .await?;
    Ok(json(StatusCode::OK, &page))
}

/// One customer.
#[utoipa::path(
    get, path = "/api/v1/customers/{id}", tag = "customers", operation_id = "show_customer",
    params(("id" = String, Path, description = "Its running number")),
    responses((status = 200, description = "The customer", body = Customer)),
    security(("bearer" = ["viewer"])),
)]
pub(crate) async fn detail(
    State(app): State<App>,
    _permit: Permit<Viewer>,
    Path(id): Path<String>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    shown(&app, StatusCode::OK, customer(&id)?).await
}

/// Enter a customer.
#[utoipa::path(
    post, path = "/api/v1/customers", tag = "customers", operation_id = "create_customer",
    request_body = CustomerRequest,
    responses(
        (status = 201, description = "The customer", body = Customer),
        (status = 409, description = "Another customer has the reference", body = Problem,
            content_type = "application/problem+json"),
    ),
    security(("bearer" = ["fulfil"])),
)]
pub(crate) async fn create(
    State(app): State<App>,
    order: Order<Fulfil, CustomerRequest>,
) -> Result<Response, Refused> {
    let command = CustomerCommand::Make { by: order.by, facts: facts(order.asked) };
    let outcome = app.submit(Command::Customer(command), order.idempotency).await?;
    let made = outcome.events.iter().find_map(|event| match event {
        Event::CustomerSet(set) => Some(set.id),
        _ => None,
    });
    let id = made.ok_or_else(|| Code::Internal.says("No customer was entered."))?;
    shown(&app, StatusCode::CREATED, id).await
}

/// Change a customer: what is left out stays.
#[utoipa::path(
    patch, path = "/api/v1/customers/{id}", tag = "customers", operation_id = "change_customer",
    params(("id" = String, Path, description = "Its running number")),
    request_body = CustomerChange,
    responses((status = 200, description = "The customer", body = Customer)),
    security(("bearer" = ["fulfil"])),
)]
pub(crate) async fn update(
    State(app): State<App>,
    Path(id): Path<String>,
    order: Order<Fulfil, CustomerChange>,
) -> Result<Response, Refused> {
    let id = customer(&id)?;
    let command = CustomerCommand::Change { by: order.by, id, change: change(order.asked) };
    app.submit(Command::Customer(command), order.idempotency).await?;
    shown(&app, StatusCode::OK, id).await
}

/// Erase what tells who a customer is; its number and what it bought stay.
#[utoipa::path(
    post, path = "/api/v1/customers/{id}/forget", tag = "customers", operation_id = "forget_customer",
    params(("id" = String, Path, description = "Its running number")),
    request_body = Reason,
    responses((status = 200, description = "What is left", body = Customer)),
    security(("bearer" = ["admin"])),
)]
pub(crate) async fn forget(
    State(app): State<App>,
    Path(id): Path<String>,
    LightOrder(order): LightOrder<Admin, Reason>,
) -> Result<Response, Refused> {
    let id = customer(&id)?;
    let command = CustomerCommand::Forget { by: order.by, id };
    app.submit(Command::Customer(command), order.idempotency).await?;
    shown(&app, StatusCode::OK, id).await
}

async fn shown(app: &App, status: StatusCode, id: CustomerId) -> Result<Response, Refused> {
    let found =
        app.query(move |office, _| office.customers().get(id).map(|one| row(office, one))).await?;
    match found {
        Some(row) => Ok(json(status, &row)),
        None => Err(Code::NotFound.says(format!("There is no customer {id}."))),
    }
}
