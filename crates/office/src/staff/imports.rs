//! Imports over HTTP: lists from spreadsheets, shops and other systems.
//!
//! Kept here: all faults of a list at once, each with its line; nothing of a faulty list is taken in unless that is asked
//! for; the role that is needed follows from what is imported; a list that is sent again under its key is answered as
//! before. Deliberately not here: reading lists (issuing).

use axum::extract::{FromRequestParts, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use tenure_api::Problem;
use tenure_api::office::{ApprovalRow, ImportFault, ImportQuery, ImportReport, ImportSubject};
use tenure_issuing::office::Command;
use tenure_issuing::office::import::{
    ImportAsked, ImportFormat, ImportKind, ImportPlan, PlannedStep,
};
use tenure_ledger::Outcome;
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::extract::{Query, body_bytes};
use tenure_shell::idempotency::idempotency;
use tenure_shell::outside::random;
use tenure_shell::problem::{Code, Refused};

use super::waiting::{Decided, decided};
use crate::access::{Catalog, Fulfil, Viewer};
use crate::app::App;

/// Longest list, in bytes.
pub const LIST_MAX: usize = 16 << 20;
/// Most things that are named in a report.
const NAMED_MAX: usize = 1_000;
/// Most faults that are listed.
const FAULTS_MAX: usize = 1_000;

/// Take in a list: `text/csv` with a line of column names, or a JSON list of objects.
#[utoipa::path(
    post, path = "/api/v1/imports", tag = "imports", operation_id = "import", params(ImportQuery),
    request_body(content = String, description = "The list", content_type = "text/csv"),
    responses(
        (status = 200, description = "What was taken in, or would be", body = ImportReport),
        (status = 202, description = "It waits for a second person", body = ApprovalRow),
        (status = 422, description = "Rows are at fault (`faults` lists them); nothing was taken in", body = Problem,
            content_type = "application/problem+json"),
    ),
    security(("bearer" = ["fulfil"])),
)]
pub(crate) async fn import(
    State(app): State<App>,
    _permit: Permit<Viewer>,
    Query(query): Query<ImportQuery>,
    request: Request,
) -> Result<Response, Refused> {
    let (mut parts, body) = request.into_parts();
    let by = match query.what {
        ImportSubject::Products => {
            Permit::<Catalog>::from_request_parts(&mut parts, &app).await?.by()
        }
        _ => Permit::<Fulfil>::from_request_parts(&mut parts, &app).await?.by(),
    };
    let kind = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let format = match kind.map(|kind| kind.split(';').next().unwrap_or_default().trim()) {
        Some("text/csv") => ImportFormat::Csv,
        Some("application/json") => ImportFormat::Json,
        _ => {
            return Err(Code::UnsupportedMediaType
                .says("Send the list as `Content-Type: text/csv` or `application/json`."));
        }
    };
    let timeout = app.edge.limits.body_timeout;
    let bytes = body_bytes(&parts.headers, body, LIST_MAX, timeout).await?;
    let key = idempotency(&parts, &bytes, || format!("user:{by}"))?;
    let text = String::from_utf8(bytes.to_vec())
        .map_err(|_| Code::MalformedRequest.says("The list is not UTF-8. Save it as UTF-8."))?;
    let seed = random()
        .ok_or_else(|| Code::Internal.says("The operating system gives no random bytes."))?;
    let asked = ImportAsked { by: by.clone(), kind: subject(query.what), format, text, seed };
    let (asked, mut plan) = app
        .query(move |office, now| {
            let plan = office.plan_import(&asked, now.at);
            (asked, plan)
        })
        .await?;
    if query.dry_run {
        return Ok(json(StatusCode::OK, &report(&query, &plan)));
    }
    let refused = !plan.faults.is_empty() && !query.skip_faulty;
    let command = plan.command.take().filter(|_| !refused);
    // With a key the list may be done already, and then its own changes are in the way of the plan.
    if let Some(command) = command.or(key.map(|_| Command::Tick)) {
        match decided(&app, by, command, key).await? {
            Decided::Waits(answer) => return Ok(answer),
            Decided::Done(Outcome { events, at, replayed: true, .. }) => {
                let plan = app.query(move |office, _| office.plan_of_import(&asked, &events, at));
                return Ok(json(StatusCode::OK, &report(&query, &plan.await?)));
            }
            Decided::Done(_) => {}
        }
    }
    let report = report(&query, &plan);
    if refused { Err(faulty(&report)) } else { Ok(json(StatusCode::OK, &report)) }
}

fn subject(what: ImportSubject) -> ImportKind {
    match what {
        ImportSubject::Products => ImportKind::Products,
        ImportSubject::Customers => ImportKind::Customers,
        ImportSubject::Entitlements => ImportKind::Entitlements,
    }
}

fn report(query: &ImportQuery, plan: &ImportPlan) -> ImportReport {
    let changes = plan.steps.iter().filter(|step| !step.unchanged);
    // What a dry run drew is drawn anew by the import itself.
    let name = |step: &PlannedStep| match step.activation_id.filter(|_| !query.dry_run) {
        Some(id) => id.to_string(),
        None => step.what.clone(),
    };
    ImportReport {
        what: query.what,
        dry_run: query.dry_run,
        rows: (plan.steps.len() + plan.faults.len()) as u64,
        imported: changes.clone().count() as u64,
        unchanged: plan.steps.iter().filter(|step| step.unchanged).count() as u64,
        created: changes.take(NAMED_MAX).map(name).collect(),
        faults: plan
            .faults
            .iter()
            .take(FAULTS_MAX)
            .map(|fault| ImportFault {
                line: fault.line,
                column: fault.column.clone(),
                what: fault.what.clone(),
                hint: fault.hint.clone(),
            })
            .collect(),
    }
}

fn faulty(report: &ImportReport) -> Refused {
    let count = report.faults.len();
    let detail = format!(
        "{count} {} at fault; nothing was taken in. Mend the list, or ask for `skip_faulty`.",
        if count == 1 { "place is" } else { "places are" }
    );
    Problem::new(422, "import-faulty", "The list is not taken in", detail)
        .with_faults(report.faults.clone())
        .into()
}
