//! Approvals over HTTP: what waits for a second person, and its answer.
//!
//! Kept here: nobody approves what they asked for themselves; what is approved is carried out as of now.
//! Deliberately not here: who may answer which question (issuing).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::office::{ApprovalRow, OfficeQuery, RejectRequest};
use tenure_api::{Page, Problem};
use tenure_issuing::office::{ApprovalCommand, ApprovalNo, Command};
use tenure_ledger::Idempotency;
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::extract::{NoQuery, Path, Query};
use tenure_shell::list::{Sorter, page};
use tenure_shell::problem::{Code, Refused};

use super::entitlements::said;
use crate::access::{Keys, Viewer};
use crate::app::App;
use crate::listing::only;
use crate::names::shown;
use crate::order::{LightOrder, Nothing};
use crate::rows::approval::{ended_row, find, open_row, parse};

/// What waits for a second person, oldest first, and then what has ended, newest first.
#[utoipa::path(
    get, path = "/api/v1/approvals", tag = "approvals", operation_id = "list_approvals", params(OfficeQuery),
    responses((status = 200, description = "A page of approvals", body = Page<ApprovalRow>)),
    security(("bearer" = ["viewer"])),
)]
pub(crate) async fn list(
    State(app): State<App>,
    _permit: Permit<Viewer>,
    Query(query): Query<OfficeQuery>,
) -> Result<Response, Refused> {
    only(&query, &["state", "sort"])?;
    const STATES: [&str; 4] = ["waiting", "approved", "rejected", "lapsed"];
    let wanted = crate::listing::state(&query, &STATES, |word| word)?;
    let rows = app
        .query(|office, _| {
            let approvals = office.approvals();
            let open = approvals.open().map(open_row);
            open.chain(approvals.ended().map(ended_row)).collect::<Vec<_>>()
        })
        .await?;
    let fits = |row: &ApprovalRow| {
        let word = serde_json::to_value(row.state).ok();
        wanted.is_none_or(|wanted| word.as_ref().and_then(|word| word.as_str()) == Some(wanted))
    };
    let rows = rows.into_iter().filter(fits).collect();
    const SORTERS: &[Sorter<ApprovalRow>] = &[
        ("approval", |row| row.approval.as_str().into()),
        ("at", |row| row.at.into()),
        ("by", |row| row.by.as_str().into()),
    ];
    fn of(row: &ApprovalRow) -> Vec<&str> {
        vec![row.approval.as_str(), row.summary.as_str(), row.by.as_str()]
    }
    Ok(json(StatusCode::OK, &page(rows, &query.list(), SORTERS, of)?))
}

/// One approval.
#[utoipa::path(
    get, path = "/api/v1/approvals/{approval}", tag = "approvals", operation_id = "show_approval",
    params(("approval" = String, Path, description = "Its running number")),
    responses((status = 200, description = "The approval", body = ApprovalRow)),
    security(("bearer" = ["viewer"])),
)]
pub(crate) async fn detail(
    State(app): State<App>,
    _permit: Permit<Viewer>,
    Path(no): Path<String>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    Ok(json(StatusCode::OK, &found(&app, read(&no)?).await?))
}

/// Agree: what was asked is carried out now, in the name of who asked.
#[utoipa::path(
    post, path = "/api/v1/approvals/{approval}/approve", tag = "approvals", operation_id = "approve",
    params(("approval" = String, Path, description = "Its running number")),
    responses(
        (status = 200, description = "The approval", body = ApprovalRow),
        (status = 403, description = "It is your own, or needs another role", body = Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "It can't be carried out any more", body = Problem,
            content_type = "application/problem+json"),
    ),
    security(("bearer" = ["keys"])),
)]
pub(crate) async fn approve(
    State(app): State<App>,
    Path(no): Path<String>,
    LightOrder(order): LightOrder<Keys, Nothing>,
) -> Result<Response, Refused> {
    let no = read(&no)?;
    let command = Command::Approval(ApprovalCommand::Approve { by: order.by, no });
    decided(&app, no, command, order.idempotency).await
}

/// Refuse; whoever asked may take it back that way.
#[utoipa::path(
    post, path = "/api/v1/approvals/{approval}/reject", tag = "approvals", operation_id = "reject",
    params(("approval" = String, Path, description = "Its running number")),
    request_body = RejectRequest,
    responses((status = 200, description = "The approval", body = ApprovalRow)),
    security(("bearer" = ["viewer"])),
)]
pub(crate) async fn reject(
    State(app): State<App>,
    Path(no): Path<String>,
    LightOrder(order): LightOrder<Viewer, RejectRequest>,
) -> Result<Response, Refused> {
    let no = read(&no)?;
    let reason = said(order.asked.reason);
    let command = Command::Approval(ApprovalCommand::Reject { by: order.by, no, reason });
    decided(&app, no, command, order.idempotency).await
}

/// Has a question answered, and still says what it was about.
async fn decided(
    app: &App,
    no: ApprovalNo,
    command: Command,
    idempotency: Option<Idempotency>,
) -> Result<Response, Refused> {
    let asked = app.query(move |office, _| office.approvals().get(no).map(open_row)).await?;
    app.submit(command, idempotency).await?;
    let ended = found(app, no).await?;
    let row = match asked {
        Some(ApprovalRow { what, summary, why, .. }) => ApprovalRow { what, summary, why, ..ended },
        None => ended,
    };
    Ok(json(StatusCode::OK, &row))
}

fn read(text: &str) -> Result<ApprovalNo, Refused> {
    parse(text).ok_or_else(|| {
        Code::NotFound.says(format!("`{}` is no approval such as P-0000007.", shown(text)))
    })
}

async fn found(app: &App, no: ApprovalNo) -> Result<ApprovalRow, Refused> {
    let row = app.query(move |office, _| find(office, no)).await?;
    row.ok_or_else(|| Code::NotFound.says("There is no such approval, or it ended long ago."))
}
