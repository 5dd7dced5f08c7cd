//! Reports of use over HTTP: making one, the list, the file.
//!
//! Kept here: what is downloaded is a file with a name. Deliberately not here: what is in a report (leasing), sending it
//! to the office (office).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::{ListQuery, Page, PageQuery, Problem, UsageReportRow};
use tenure_document::{armor, read_document, summarize};
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::extract::{NoQuery, Path, Query};
use tenure_shell::list::{Sorter, page};
use tenure_shell::problem::{Code, Refused};

use super::container::file;
use crate::access::Offline;
use crate::app::App;
use crate::reports;

/// The reports of use that were made, newest last; the last 24 are kept.
#[utoipa::path(
    get, path = "/api/v1/usage-reports", tag = "container", operation_id = "list_usage_reports", params(PageQuery),
    responses((status = 200, description = "A page of reports", body = Page<UsageReportRow>)),
    security(("bearer" = ["offline"])),
)]
pub(crate) async fn list(
    State(app): State<App>,
    _permit: Permit<Offline>,
    Query(query): Query<PageQuery>,
) -> Result<Response, Refused> {
    let query = ListQuery::from(query);
    let rows: Vec<UsageReportRow> =
        app.query(|leasing, _| leasing.usage_reports().map(reports::row).collect()).await?;
    const SORTERS: &[Sorter<UsageReportRow>] =
        &[("to_sequence", |row| row.to_sequence.into()), ("until", |row| row.until.into())];
    Ok(json(StatusCode::OK, &page(rows, &query, SORTERS, |_| Vec::new())?))
}

/// Make a report of the days that are over since the last one.
#[utoipa::path(
    post, path = "/api/v1/usage-reports", tag = "container", operation_id = "make_usage_report",
    responses(
        (status = 201, description = "The report", body = UsageReportRow),
        (status = 404, description = "No day is over since the last one", body = Problem,
            content_type = "application/problem+json"),
    ),
    security(("bearer" = ["offline"])),
)]
pub(crate) async fn make(
    State(app): State<App>,
    permit: Permit<Offline>,
) -> Result<Response, Refused> {
    let report = reports::make(&app, &permit.by()).await?.ok_or_else(reports::nothing_due)?;
    Ok(json(StatusCode::CREATED, &reports::row(&report)))
}

/// A report as a file for the publisher.
#[utoipa::path(
    get, path = "/api/v1/usage-reports/{to_sequence}", tag = "container", operation_id = "download_usage_report",
    params(("to_sequence" = u64, Path, description = "The ledger entry that it reaches to")),
    responses(
        (status = 200, description = "The armored document", body = String, content_type = "text/plain"),
        (status = 404, description = "No such report", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = ["offline"])),
)]
pub(crate) async fn download(
    State(app): State<App>,
    _permit: Permit<Offline>,
    Path(to_sequence): Path<u64>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    let report = reports::find(&app, to_sequence).await?;
    let envelope = read_document(report.document.as_bytes())
        .map_err(|_| Code::Internal.says("The stored report can't be read."))?;
    Ok(file(armor(&envelope, &summarize(&envelope)), "usage.tnr"))
}
