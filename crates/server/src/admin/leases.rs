//! Live leases as administrators list them.
//!
//! Kept here: the usual orders are paged by the state itself, so a page of a hundred thousand leases is cheap;
//! other orders are sorted here.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::{FeatureListQuery, LeaseRow, ListQuery, Page};
use tenure_leasing::{LeaseFilter, LeaseOrder, Leasing, Listing};
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::extract::Query;
use tenure_shell::list::{Sorter, check, page};
use tenure_shell::problem::Refused;

use crate::access::Read;
use crate::app::App;
use crate::row::lease_row;

const SORTERS: &[Sorter<LeaseRow>] = &[
    ("id", |row| row.id.0.into()),
    ("granted_at", |row| row.granted_at.into()),
    ("expires_at", |row| row.expires_at.into()),
    ("feature", |row| row.feature.as_str().into()),
    ("version", |row| row.version.into()),
    ("count", |row| u64::from(row.count).into()),
    ("holder", |row| row.holder.host.value.as_str().into()),
    ("user", |row| row.holder.user.as_deref().into()),
];

/// Live leases.
#[utoipa::path(
    get, path = "/api/v1/leases", tag = "leases", operation_id = "list_leases", params(FeatureListQuery),
    responses((status = 200, description = "A page of leases", body = Page<LeaseRow>)),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn list(
    State(app): State<App>,
    _permit: Permit<Read>,
    Query(query): Query<FeatureListQuery>,
) -> Result<Response, Refused> {
    let query = ListQuery::from(query);
    check(&query)?;
    let asked = query.clone();
    let found = app.query(move |leasing, _| found(leasing, &asked)).await?;
    Ok(json(StatusCode::OK, &paged(found, query)?))
}

/// Leases as the state lists them: one page already, or all of them, to be sorted.
pub(crate) enum Found {
    Page(Listing<tenure_leasing::LeaseRow>),
    All(Vec<tenure_leasing::LeaseRow>),
}

/// The leases that a query is about, now or at a past instant.
pub(crate) fn found(leasing: &Leasing, query: &ListQuery) -> Found {
    let filter = LeaseFilter {
        feature: query.feature.clone(),
        text: query.q.clone().filter(|text| !text.is_empty()),
        ..LeaseFilter::default()
    };
    let order = match query.sort() {
        None | Some(("id" | "granted_at", false)) => LeaseOrder::OldestFirst,
        Some(("id" | "granted_at", true)) => LeaseOrder::NewestFirst,
        Some(("expires_at", false)) => LeaseOrder::EndsFirst,
        Some(("expires_at", true)) => LeaseOrder::EndsLast,
        Some(_) => {
            let all = tenure_leasing::Page::ALL;
            return Found::All(leasing.lease_rows(&filter, LeaseOrder::OldestFirst, all).rows);
        }
    };
    let size = query.size() as usize;
    let skip = (query.page() as usize - 1).saturating_mul(size);
    let part = tenure_leasing::Page { skip, take: size };
    Found::Page(leasing.lease_rows(&filter, order, part))
}

/// The page of them.
pub(crate) fn paged(found: Found, query: ListQuery) -> Result<Page<LeaseRow>, Refused> {
    match found {
        Found::Page(listing) => Ok(Page {
            items: listing.rows.into_iter().map(lease_row).collect(),
            page: query.page(),
            size: query.size(),
            total: listing.total as u64,
        }),
        Found::All(rows) => {
            let rows = rows.into_iter().map(lease_row).collect();
            // The text was searched for by the state.
            page(rows, &ListQuery { q: None, ..query }, SORTERS, |_| Vec::new())
        }
    }
}
