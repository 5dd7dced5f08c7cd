//! The state at a past instant: the lists of the administration plane as they were then.
//!
//! Kept here: rows come out of the same views and pages as those of the live lists, so that the past is shown as the
//! present was; what belongs to no list then (logins, alarms) is not shown.
//! Deliberately not here: folding the past (`past`).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use tenure_api::{HistoryAnswer, HistoryOf, ListQuery, Page, Problem};
use tenure_document::Time;
use tenure_leasing::{LeaseFilter, LeaseOrder, Leasing};

use super::{denials, devices, features, leases, pools, queue, reservations};
use crate::access::Read;
use crate::app::App;
use crate::past::instant;
use crate::row::{feature_row, lease_row};
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::extract::Query;
use tenure_shell::list::check;
use tenure_shell::problem::{Code, Refused};

/// Query of the history.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoryQuery {
    /// The instant, RFC 3339.
    #[param(value_type = String, format = DateTime)]
    at: Time,
    /// One list of that instant, by pages; without it features and leases as a whole.
    #[serde(default)]
    #[param(value_type = Option<HistoryOf>)]
    what: Option<HistoryOf>,
    /// Page, from 1.
    #[param(minimum = 1)]
    page: Option<u32>,
    /// Rows on a page, 1 to 1000.
    #[param(minimum = 1, maximum = 1000)]
    size: Option<u32>,
    /// Member to sort by; `-` before it for descending.
    sort: Option<String>,
    /// Only rows that contain this text.
    q: Option<String>,
    /// Only rows of this feature.
    feature: Option<String>,
}

/// Who held what at a past instant.
#[utoipa::path(
    get, path = "/api/v1/history", tag = "journal", operation_id = "show_history", params(HistoryQuery),
    responses(
        (status = 200, description = "Usage and leases at that instant, or the page of one list", body = HistoryAnswer),
        (status = 404, description = "The ledger begins later", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "That part of the ledger is archived", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "That instant is still to come", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn history(
    State(app): State<App>,
    _permit: Permit<Read>,
    Query(asked): Query<HistoryQuery>,
) -> Result<Response, Refused> {
    let HistoryQuery { at, what, page, size, sort, q, feature } = asked;
    let query = ListQuery { page, size, sort, q, feature, ..ListQuery::default() };
    check(&query)?;
    let now = app.query(|_, now| now.at).await?;
    if at > now {
        return Err(Code::BadValue
            .says(format!("That instant is still to come: it is {now} by the ledger's time.")));
    }
    let answer = app
        .beside(move |app| {
            let (sequence, machine) = app.past.at(&app.engine, at)?;
            let blank = HistoryAnswer { at, sequence, ..HistoryAnswer::default() };
            match what {
                Some(what) => one_list(&machine.0, what, query, blank),
                None => Ok(features_and_leases(&machine.0, blank)),
            }
        })
        .await??;
    Ok(json(StatusCode::OK, &answer))
}

fn features_and_leases(leasing: &Leasing, blank: HistoryAnswer) -> HistoryAnswer {
    let at = blank.at;
    let all = tenure_leasing::Page::ALL;
    let leases = leasing.lease_rows(&LeaseFilter::default(), LeaseOrder::OldestFirst, all).rows;
    HistoryAnswer {
        features: leasing.feature_rows(instant(at)).into_iter().map(feature_row).collect(),
        leases: leases.into_iter().filter(|row| row.expires > at).map(lease_row).collect(),
        ..blank
    }
}

fn one_list(
    leasing: &Leasing,
    what: HistoryOf,
    query: ListQuery,
    mut answer: HistoryAnswer,
) -> Result<HistoryAnswer, Refused> {
    let now = instant(answer.at);
    let all = tenure_leasing::Page::ALL;
    let (page, size) = (query.page(), query.size());
    let total = match what {
        HistoryOf::Features => {
            let rows = leasing.feature_rows(now);
            keep(&mut answer.features, features::paged(rows, &query)?)
        }
        HistoryOf::Devices => {
            let rows = leasing.device_rows(None, all).rows;
            keep(&mut answer.devices, devices::paged(rows, &query)?)
        }
        HistoryOf::Leases => {
            let found = leases::found(leasing, &query);
            keep(&mut answer.leases, leases::paged(found, query)?)
        }
        HistoryOf::Denials => {
            let rows = leasing.denial_rows(&denials::filter(&query), all).rows;
            keep(&mut answer.denials, denials::paged(rows, &query)?)
        }
        HistoryOf::Pools => keep(&mut answer.pools, pools::paged(leasing.pool_rows(now), &query)?),
        HistoryOf::Queue => {
            let rows = leasing.ticket_rows(query.feature.as_deref(), all, now).rows;
            keep(&mut answer.queue, queue::paged(rows, now.at, &query)?)
        }
        HistoryOf::Reservations => {
            let rows = reservations::rows(leasing, query.feature.as_deref());
            keep(&mut answer.reservations, reservations::paged(rows, &query)?)
        }
    };
    Ok(HistoryAnswer {
        what: Some(what),
        page: Some(page),
        size: Some(size),
        total: Some(total),
        ..answer
    })
}

/// Puts the rows of a page where they belong; says how many there are on all pages.
fn keep<T>(rows: &mut Vec<T>, page: Page<T>) -> u64 {
    *rows = page.items;
    page.total
}
