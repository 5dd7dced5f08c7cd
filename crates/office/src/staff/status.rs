//! How the office stands.
//!
//! Kept here: counts only. Deliberately not here: health for machines (`public`).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::office::OfficeStatus;
use tenure_ledger::ClockAlarm;
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::extract::{NoQuery, Query};
use tenure_shell::problem::Refused;

use crate::access::Viewer;
use crate::app::App;

/// How the office stands, in one answer.
#[utoipa::path(
    get, path = "/api/v1/status", tag = "office", operation_id = "show_status",
    responses((status = 200, description = "Status", body = OfficeStatus)),
    security(("bearer" = ["viewer"])),
)]
pub(crate) async fn status(
    State(app): State<App>,
    _permit: Permit<Viewer>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    let engine = app.engine.status();
    let keyring = app.keyring();
    let alarms: Vec<String> = engine.clock_alarms.iter().map(alarm).collect();
    let status = app
        .query(move |office, now| {
            let catalog = office.catalog();
            let out_of_step = office.fleet().odd().filter(|one| one.state.is_out_of_step());
            let hooks = office.hooks();
            OfficeStatus {
                publisher: office.publisher().name.clone(),
                now: now.at,
                sequence: engine.sequence,
                head: engine.head,
                keyset_version: office.papers().keyset_version(),
                revocation_sequence: office.papers().revocation_sequence(),
                products: catalog.products().filter(|one| !one.retired).count() as u64,
                license_models: catalog.models().filter(|one| !one.retired).count() as u64,
                customers: office.customers().count() as u64,
                entitlements: office.entitlements().count() as u64,
                activations: office.activations().count() as u64,
                containers: office.fleet().count() as u64,
                out_of_step: out_of_step.count() as u64,
                approvals_waiting: office.approvals().open().len() as u64,
                deliveries_waiting: hooks
                    .all()
                    .map(|hook| hooks.waiting(hook.no).count() as u64)
                    .sum(),
                keys: keyring.outlook(now.at),
                degraded: engine.degraded.clone(),
                alarms,
            }
        })
        .await?;
    Ok(json(StatusCode::OK, &status))
}

fn alarm(alarm: &ClockAlarm) -> String {
    match alarm {
        ClockAlarm::Gap { from, to } => format!("nothing was recorded from {from} to {to}"),
        ClockAlarm::SetBack { floor, wall } => {
            format!("the clock showed {wall} at start, after an entry of {floor}")
        }
        ClockAlarm::Jump { expected, wall } => {
            format!("the clock jumped from {expected} to {wall}")
        }
    }
}
