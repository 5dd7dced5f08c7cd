//! The queue: who waits for what, at which place.
//!
//! Kept here: tickets in the order in which they are served; no tokens. Deliberately not here: ending a ticket
//! (`client::ticket`, for holders and administrators alike).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::{DesiredFeature, FeatureListQuery, ListQuery, Page, TicketRow};
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::extract::Query;
use tenure_shell::list::{Sorter, page};
use tenure_shell::problem::Refused;

use crate::access::Read;
use crate::app::App;
use crate::client::ticket::seconds_to;

/// Who waits, in the order of their turns.
#[utoipa::path(
    get, path = "/api/v1/queue", tag = "leases", operation_id = "list_queue", params(FeatureListQuery),
    responses((status = 200, description = "A page of tickets", body = Page<TicketRow>)),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn list(
    State(app): State<App>,
    _permit: Permit<Read>,
    Query(query): Query<FeatureListQuery>,
) -> Result<Response, Refused> {
    let query = ListQuery::from(query);
    let feature = query.feature.clone();
    let (listing, now) = app
        .query(move |leasing, now| {
            let all = tenure_leasing::Page::ALL;
            (leasing.ticket_rows(feature.as_deref(), all, now), now.at)
        })
        .await?;
    Ok(json(StatusCode::OK, &paged(listing.rows, now, &query)?))
}

/// The page of tickets that is asked for, now or of a past instant.
pub(crate) fn paged(
    rows: Vec<tenure_leasing::TicketRow>,
    now: tenure_document::Time,
    query: &ListQuery,
) -> Result<Page<TicketRow>, Refused> {
    let rows = rows.into_iter().map(|row| ticket_row(row, now)).collect();
    const SORTERS: &[Sorter<TicketRow>] = &[
        ("since", |row| row.since.into()),
        ("expires_at", |row| row.expires_at.into()),
        ("position", |row| row.position.into()),
        ("holder", |row| row.holder.host.value.as_str().into()),
        ("user", |row| row.holder.user.as_deref().into()),
    ];
    page(rows, query, SORTERS, |row: &TicketRow| {
        let holder = &row.holder;
        let features = row.features.iter().map(|feature| feature.name.as_str());
        let user = holder.user.as_deref().unwrap_or_default();
        let alias = holder.name.as_deref().unwrap_or_default();
        let words = [row.id.as_str(), row.state.as_str(), holder.host.value.as_str(), user, alias];
        words.into_iter().chain(features).collect()
    })
}

fn ticket_row(row: tenure_leasing::TicketRow, now: tenure_document::Time) -> TicketRow {
    let (leases, offered_until) = row.offer.map_or((Vec::new(), None), |(l, at)| (l, Some(at)));
    let waits = offered_until.is_none();
    let features = row.features.into_iter().map(|feature| DesiredFeature {
        name: feature.name,
        version: feature.version,
        count: feature.count,
        partial: feature.partial,
    });
    TicketRow {
        id: row.id.to_string(),
        holder: row.holder,
        features: features.collect(),
        state: if waits { "waiting" } else { "offered" }.to_owned(),
        class: row.class,
        position: if waits { row.ahead.saturating_add(1) } else { 0 },
        estimate_seconds: seconds_to(row.expected, now),
        since: row.since,
        expires_at: row.until,
        offered_until,
        leases,
    }
}
