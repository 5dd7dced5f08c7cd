//! Exports: what was bought, and what was used, for other systems.
//!
//! Kept here: cells that a spreadsheet would run are defused; contacts and notes are not exported; pieces are made in
//! small steps, so that a large export keeps nobody waiting. Deliberately not here: the formats (issuing).

use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Response};
use tenure_issuing::office::export::{ExportFormat, csv_line};
use tenure_shell::access::Permit;
use tenure_shell::extract::{NoQuery, Path, Query};
use tenure_shell::problem::{Code, Refused};

use super::usage::rows;
use crate::access::Viewer;
use crate::app::App;

/// Entitlements that are written in one step.
const STEP: usize = 500;

/// What was bought as `entitlements.json`, `.xml` or `.csv`; what was used as `usage.csv`.
#[utoipa::path(
    get, path = "/api/v1/exports/{name}", tag = "exports", operation_id = "export",
    params(("name" = String, Path, description = "entitlements.json, entitlements.xml, entitlements.csv or usage.csv")),
    responses((status = 200, description = "The export", content(
        (String = "application/json"), (String = "application/xml"), (String = "text/csv"),
    ))),
    security(("bearer" = ["viewer"])),
)]
pub(crate) async fn export(
    State(app): State<App>,
    _permit: Permit<Viewer>,
    Path(name): Path<String>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    let (kind, text) = match name.as_str() {
        "entitlements.json" => ("application/json", entitlements(&app, ExportFormat::Json).await?),
        "entitlements.xml" => ("application/xml", entitlements(&app, ExportFormat::Xml).await?),
        "entitlements.csv" => {
            ("text/csv; charset=utf-8", entitlements(&app, ExportFormat::Csv).await?)
        }
        "usage.csv" => ("text/csv; charset=utf-8", usage(&app).await?),
        _ => {
            return Err(Code::NotFound.says(
                "There are entitlements.json, entitlements.xml, entitlements.csv and usage.csv.",
            ));
        }
    };
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

async fn entitlements(app: &App, format: ExportFormat) -> Result<String, Refused> {
    let mut text = app.query(move |office, now| office.export_head(format, now.at)).await?;
    for done in (0..).step_by(STEP) {
        let piece = app
            .query(move |office, _| {
                let step = office.entitlements().all().enumerate().skip(done).take(STEP);
                step.map(|(place, one)| office.export_entry(format, one, place == 0))
                    .collect::<String>()
            })
            .await?;
        if piece.is_empty() {
            break;
        }
        text += &piece;
    }
    text += app.query(move |office, _| office.export_foot(format)).await?;
    Ok(text)
}

async fn usage(app: &App) -> Result<String, Refused> {
    let head = [
        "day",
        "container",
        "customer",
        "item",
        "feature",
        "checkouts",
        "denials",
        "peak",
        "seat_seconds",
        "consumed",
    ];
    let mut text = csv_line(&head);
    text += &app
        .query(|office, now| {
            let line = |row: tenure_api::office::UsageRow| {
                csv_line(&[
                    &row.day,
                    &row.serial,
                    row.customer.as_deref().unwrap_or_default(),
                    &row.item,
                    row.feature.as_deref().unwrap_or_default(),
                    &row.checkouts.to_string(),
                    &row.denials.to_string(),
                    &row.peak.to_string(),
                    &row.seat_seconds.to_string(),
                    &row.consumed.to_string(),
                ])
            };
            rows(office, None, now.at).map(line).collect::<String>()
        })
        .await?;
    Ok(text)
}
