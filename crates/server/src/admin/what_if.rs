//! What-if: recorded requests put again to proposed rules. Begun, looked at, cancelled.
//!
//! Kept here: what is asked is checked before anything begins, so that a faulty proposal is told at once.
//! Deliberately not here: the replay (leasing), its threads (what_if_job).

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::IgnoredAny;
use tenure_api::{
    Problem, ReservationImport, WhatIfExample, WhatIfFeature, WhatIfGroup, WhatIfJob, WhatIfLevels,
    WhatIfOutcomes, WhatIfPool, WhatIfRequest, WhatIfResult, WhatIfRule,
};
use tenure_document::Time;
use tenure_leasing::{
    Command, Compared, GroupBy, Model, Outcomes, Refusal, RequestExample, ReservationChange,
    WhatIfOptions, WhatIfReport,
};

use super::control::property_changes;
use crate::access::{Admin, Read};
use crate::app::App;
use crate::past::unreadable;
use crate::refusal::{pool_tried, refused, remedy_answer};
use crate::reservation_row::{posting, unfit_entry};
use crate::what_if_job::{NotBegun, Plan};
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::body::LargeJson;
use tenure_shell::extract::{NoQuery, Path, Query};
use tenure_shell::problem::{Code, Refused};

/// The most examples for each feature and group.
const EXAMPLES_MAX: u32 = 100;
/// The longest key of a dictionary.
const KEY_MAX: usize = 1_024;

/// Begin to replay recorded requests against proposed rules. The live state is not touched.
///
/// One runs at a time; the answer names where its progress and result stand.
#[utoipa::path(
    post, path = "/api/v1/model/what-if", tag = "model", operation_id = "begin_what_if",
    request_body = WhatIfRequest,
    responses(
        (status = 202, description = "Begun; `Location` names it", body = WhatIfJob),
        (status = 409, description = "Another one is under way", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The range or the proposal can't be taken; `entries` lists reservations that don't fit", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = ["admin"])),
)]
pub(crate) async fn begin(
    State(app): State<App>,
    permit: Permit<Admin>,
    LargeJson(asked): LargeJson<WhatIfRequest>,
) -> Result<Response, Refused> {
    let by = permit.by();
    let now = app.query(|_, now| now.at).await?;
    let plan = plan_of(&app, asked, by, now).await?;
    let history = app.engine.history().apart().map_err(|fault| unreadable(&fault))?;
    let means = (history, app.engine.pulse());
    let job = app.what_ifs.begin(plan, means, app.wall(), result_of).map_err(not_begun)?;
    let mut response = json(StatusCode::ACCEPTED, &job.told(false));
    let place = format!("/api/v1/model/what-if/{}", job.id());
    if let Ok(place) = HeaderValue::try_from(place) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

/// The what-ifs of the last hour, newest first, without their results.
#[utoipa::path(
    get, path = "/api/v1/model/what-if", tag = "model", operation_id = "list_what_ifs",
    responses((status = 200, description = "What-ifs", body = Vec<WhatIfJob>)),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn list(
    State(app): State<App>,
    _permit: Permit<Read>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Response {
    let jobs: Vec<WhatIfJob> = app.what_ifs.all().iter().map(|job| job.told(false)).collect();
    json(StatusCode::OK, &jobs)
}

/// How far a what-if has come, and its result.
#[utoipa::path(
    get, path = "/api/v1/model/what-if/{id}", tag = "model", operation_id = "show_what_if",
    params(("id" = String, Path, description = "Its ID, for example W-1")),
    responses(
        (status = 200, description = "Progress, and the result once it is done", body = WhatIfJob),
        (status = 404, description = "No such what-if is kept", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn show(
    State(app): State<App>,
    _permit: Permit<Read>,
    Path(id): Path<String>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    let job = app.what_ifs.find(&id).ok_or_else(|| unknown(&id))?;
    Ok(json(StatusCode::OK, &job.told(true)))
}

/// Cancel a what-if that is under way, or let go of its result.
#[utoipa::path(
    delete, path = "/api/v1/model/what-if/{id}", tag = "model", operation_id = "cancel_what_if",
    params(("id" = String, Path, description = "Its ID, for example W-1")),
    responses(
        (status = 204, description = "It stops soon, or is forgotten"),
        (status = 404, description = "No such what-if is kept", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = ["admin"])),
)]
pub(crate) async fn cancel(
    State(app): State<App>,
    _permit: Permit<Admin>,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    if !app.what_ifs.remove(&id) {
        return Err(unknown(&id));
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Checks what is asked.
async fn plan_of(
    app: &App,
    mut asked: WhatIfRequest,
    by: String,
    now: Time,
) -> Result<Plan, Refused> {
    let from = begin_of(app, asked.from)?;
    let to = asked.to.unwrap_or(now).min(now);
    if from >= to {
        return Err(Code::BadValue.says(format!(
            "`from` must be before `to`, and both in the past: there is nothing from {from} to {to}."
        )));
    }
    let proposal = proposal_of(app, &by, &mut asked).await?;
    let examples = asked.examples.unwrap_or(5);
    if examples > EXAMPLES_MAX {
        return Err(Code::BadValue.says(format!("`examples`: at most {EXAMPLES_MAX}.")));
    }
    let options = WhatIfOptions {
        group_by: group_by(asked.group_by.as_deref())?,
        examples_each: examples as usize,
        ..WhatIfOptions::default()
    };
    Ok(Plan { by, from, to, proposal, options })
}

/// What is proposed, as commands. What can't be taken is told now and not by a job that fails.
async fn proposal_of(
    app: &App,
    by: &str,
    asked: &mut WhatIfRequest,
) -> Result<Vec<Command>, Refused> {
    let by = by.to_owned();
    let mut proposal = Vec::new();
    match (asked.model.take(), asked.without_model) {
        (Some(_), true) => {
            return Err(Code::BadValue.says("`model` and `without_model` exclude each other."));
        }
        (Some(text), false) => proposal.push(model_of(by.clone(), text).await?),
        (None, true) => {
            let keep_leases = true;
            proposal.push(Command::DeleteModel { by: by.clone(), keep_leases, expected: None });
        }
        (None, false) => {}
    }
    if let Some(import) = asked.reservation_groups.take() {
        let has_model = !proposal.is_empty();
        proposal.push(reservations_of(app, by.clone(), import, has_model).await?);
    }
    let properties = std::mem::take(&mut asked.properties);
    if !properties.is_empty() {
        let command = Command::SetProperties { by, changes: property_changes(properties)? };
        let tried = command.clone();
        let refusal = app.query(move |leasing, now| leasing.decide(&tried, now).err()).await?;
        if let Some(refusal) = refusal {
            return Err(refused(refusal));
        }
        proposal.push(command);
    }
    Ok(proposal)
}

/// Proposed groups in the place of all that there are. With another model nobody knows yet what its pools have: what
/// does not fit stays short then, as in service when a model changes.
async fn reservations_of(
    app: &App,
    by: String,
    import: ReservationImport,
    has_model: bool,
) -> Result<Command, Refused> {
    let postings = import.groups().into_iter().map(posting).collect::<Result<Vec<_>, _>>()?;
    let tried = postings.clone();
    let fits = app.query(move |leasing, now| leasing.check_reservations(&tried, now)).await?;
    match fits {
        Ok(()) => {}
        Err(Refusal::ReservationsUnfit { .. }) if has_model => {}
        Err(Refusal::ReservationsUnfit { entries }) => {
            let what = "`reservation_groups`: not all of it fits; `entries` lists what does not.";
            let entries = entries.iter().map(unfit_entry).collect();
            return Err(Code::BadValue.says(what).with_entries(entries));
        }
        Err(refusal) => return Err(refused(refusal)),
    }
    let change = ReservationChange::Import { postings, replace: true, keep_leases: true };
    Ok(Command::ChangeReservations { by, change })
}

/// Reads a model beside the thread that decides: a large one takes a while.
async fn model_of(by: String, text: String) -> Result<Command, Refused> {
    let read = tokio::task::spawn_blocking(move || match Model::parse(&text) {
        Ok(_) => Ok(Command::SetModel { by, text, keep_leases: true, note: None, expected: None }),
        Err(diagnostics) => Err(Refusal::ModelInvalid { diagnostics }),
    });
    let read = read.await.map_err(|_| Code::Internal.says("The model could not be read."))?;
    read.map_err(refused)
}

/// Where to begin: the ledger must know what was asked from then on.
fn begin_of(app: &App, from: Option<Time>) -> Result<Time, Refused> {
    let history = app.engine.history();
    let begins = history.begins().map_err(|fault| unreadable(&fault))?;
    let first = history.page_of::<IgnoredAny>(begins, 1).map_err(|fault| unreadable(&fault))?;
    let Some(first) = first.first().map(|first| first.at) else {
        return Err(Code::NotFound.says("The ledger is empty."));
    };
    match from {
        None => Ok(first),
        Some(from) if from < first && begins > 0 => Err(Code::Archived.says(format!(
            "`from`: what was asked before {first} is in an archive; begin there or later."
        ))),
        Some(from) if from < first => {
            Err(Code::BadValue.says(format!("`from`: the ledger begins at {first}, not earlier.")))
        }
        Some(from) => Ok(from),
    }
}

fn group_by(word: Option<&str>) -> Result<GroupBy, Refused> {
    match word {
        None | Some("nothing") => Ok(GroupBy::Nothing),
        Some("user") => Ok(GroupBy::User),
        Some("device") => Ok(GroupBy::Device),
        Some("pool") => Ok(GroupBy::Pool),
        Some("reservation-group") => Ok(GroupBy::Reservation),
        Some(word) => match word.split_once(':') {
            Some(("dictionary", key)) if !key.is_empty() && key.len() <= KEY_MAX => {
                Ok(GroupBy::Dictionary(key.to_owned()))
            }
            _ => Err(Code::BadValue.says(
                "`group_by` is one of `nothing`, `user`, `device`, `pool`, `reservation-group`, \
                 `dictionary:KEY`.",
            )),
        },
    }
}

fn not_begun(why: NotBegun) -> Refused {
    match why {
        NotBegun::Busy(id) => Code::Busy.says(format!(
            "{id} is under way. Wait for it, or cancel it: DELETE /api/v1/model/what-if/{id}."
        )),
        NotBegun::Fault(error) => {
            tracing::error!(error, "a what-if can't be begun");
            Code::Internal.says("No thread can be had for it. The server's log names the cause.")
        }
    }
}

fn unknown(id: &str) -> Refused {
    let id: String = id.chars().take(40).collect();
    Code::NotFound.says(format!("No what-if {id:?} is kept; results are kept for an hour."))
}

/// A report on the wire.
fn result_of(report: WhatIfReport) -> WhatIfResult {
    WhatIfResult {
        totals: outcomes(report.totals),
        not_judged: report.not_judged,
        features: report
            .features
            .into_iter()
            .map(|row| WhatIfFeature {
                feature: row.feature,
                outcomes: outcomes(row.outcomes),
                used: levels(row.used),
                reserved_idle: levels(row.reserved_idle),
            })
            .collect(),
        groups: report
            .groups
            .into_iter()
            .map(|row| WhatIfGroup {
                feature: row.feature,
                group: row.group,
                outcomes: outcomes(row.outcomes),
                held: levels(row.held),
            })
            .collect(),
        pools: report
            .pools
            .into_iter()
            .map(|row| WhatIfPool { feature: row.feature, pool: row.pool, held: levels(row.held) })
            .collect(),
        gained: report.gained.into_iter().map(example).collect(),
        lost: report.lost.into_iter().map(example).collect(),
        cut: report.cut,
    }
}

fn outcomes(outcomes: Outcomes) -> WhatIfOutcomes {
    WhatIfOutcomes {
        requests: outcomes.requests,
        granted_before: outcomes.granted_before,
        denied_before: outcomes.denied_before,
        granted_after: outcomes.granted_after,
        denied_after: outcomes.denied_after,
        denials_gained: outcomes.gained,
        denials_lost: outcomes.lost,
    }
}

fn levels(levels: Compared) -> WhatIfLevels {
    let Compared { before, after } = levels;
    WhatIfLevels {
        peak_before: before.peak,
        peak_after: after.peak,
        average_before: before.average_milli as f64 / 1_000.0,
        average_after: after.average_milli as f64 / 1_000.0,
    }
}

fn example(example: RequestExample) -> WhatIfExample {
    let denied = example.denied;
    WhatIfExample {
        at: example.at,
        holder: example.holder,
        group: example.group,
        feature: example.feature,
        version: example.version,
        count: example.count,
        lease: example.lease,
        denial: example.denial.map(|denial| denial.to_string()),
        reason: denied.reason.code().to_owned(),
        explanation: denied.explanation(),
        remedy: remedy_answer(&denied.remedy),
        pools: denied.pools.iter().map(pool_tried).collect(),
        rule: example.rule.map(|(line, text)| WhatIfRule { line, text }),
    }
}
