//! Features: figures per version, per name, and one with what stands behind it.
//!
//! Kept here: figures are those of one instant. Deliberately not here: how they are counted (the leasing floor).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::{FeatureDetail, FeatureListQuery, FeatureRow, FeatureSummary, ListQuery, Page};
use tenure_leasing::{LeaseFilter, LeaseOrder};
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::extract::{NoQuery, Path, Query};
use tenure_shell::list::{Sorter, page};
use tenure_shell::problem::{Code, Refused};

use crate::access::Read;
use crate::app::App;
use crate::row::{feature_row, feature_summary, item_row, lease_row};

/// The most leases in the detail of a feature.
const LEASES_MAX: usize = 1_000;

/// One row per feature and version.
#[utoipa::path(
    get, path = "/api/v1/features", tag = "features", operation_id = "list_features", params(FeatureListQuery),
    responses((status = 200, description = "A page of features", body = Page<FeatureRow>)),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn list(
    State(app): State<App>,
    _permit: Permit<Read>,
    Query(query): Query<FeatureListQuery>,
) -> Result<Response, Refused> {
    let query = ListQuery::from(query);
    let rows = app.query(|leasing, now| leasing.feature_rows(now)).await?;
    Ok(json(StatusCode::OK, &paged(rows, &query)?))
}

/// The page of features that is asked for, now or of a past instant.
pub(crate) fn paged(
    rows: Vec<tenure_leasing::FeatureRow>,
    query: &ListQuery,
) -> Result<Page<FeatureRow>, Refused> {
    let wanted = query.feature.clone();
    let rows = rows.into_iter().map(feature_row);
    let rows =
        rows.filter(|row| wanted.as_ref().is_none_or(|wanted| *wanted == row.name)).collect();
    const SORTERS: &[Sorter<FeatureRow>] = &[
        ("name", |row| row.name.as_str().into()),
        ("version", |row| row.version.into()),
        ("total", |row| row.total.into()),
        ("used", |row| row.used.into()),
        ("available", |row| row.available.into()),
        ("first_expiry", |row| row.first_expiry.into()),
        ("last_expiry", |row| row.last_expiry.into()),
        ("denials", |row| row.denials.into()),
    ];
    page(rows, query, SORTERS, |row| vec![row.name.as_str()])
}

/// One row per feature name, over all versions.
#[utoipa::path(
    get, path = "/api/v1/features/summary", tag = "features", operation_id = "summarize_features", params(FeatureListQuery),
    responses((status = 200, description = "A page of features", body = Page<FeatureSummary>)),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn summary(
    State(app): State<App>,
    _permit: Permit<Read>,
    Query(query): Query<FeatureListQuery>,
) -> Result<Response, Refused> {
    let query = ListQuery::from(query);
    let rows = app.query(|leasing, now| leasing.feature_summaries(now)).await?;
    let wanted = query.feature.as_deref();
    let rows = rows.into_iter().map(feature_summary);
    let rows = rows.filter(|row| wanted.is_none_or(|wanted| *wanted == row.name)).collect();
    const SORTERS: &[Sorter<FeatureSummary>] = &[
        ("name", |row| row.name.as_str().into()),
        ("total", |row| row.total.into()),
        ("used", |row| row.used.into()),
        ("available", |row| row.available.into()),
        ("first_expiry", |row| row.first_expiry.into()),
        ("last_expiry", |row| row.last_expiry.into()),
        ("denials", |row| row.denials.into()),
    ];
    Ok(json(StatusCode::OK, &page(rows, &query, SORTERS, |row| vec![row.name.as_str()])?))
}

/// One feature: its versions, items, and live leases.
#[utoipa::path(
    get, path = "/api/v1/features/{name}", tag = "features", operation_id = "show_feature",
    params(("name" = String, Path, description = "Feature name")),
    responses((status = 200, description = "The feature", body = FeatureDetail)),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn detail(
    State(app): State<App>,
    _permit: Permit<Read>,
    Path(name): Path<String>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    let wanted = name.clone();
    let (versions, items, leases) = app
        .query(move |leasing, now| {
            let mut versions = leasing.feature_rows(now);
            versions.retain(|row| row.name == wanted);
            let mut items = leasing.item_rows(now);
            items.retain(|row| row.item.feature == wanted);
            let filter = LeaseFilter { feature: Some(wanted), ..LeaseFilter::default() };
            let first = tenure_leasing::Page { skip: 0, take: LEASES_MAX };
            (versions, items, leasing.lease_rows(&filter, LeaseOrder::OldestFirst, first).rows)
        })
        .await?;
    if versions.is_empty() {
        return Err(Code::NotFound.says("No item of this server has that feature."));
    }
    let detail = FeatureDetail {
        name,
        versions: versions.into_iter().map(feature_row).collect(),
        items: items.into_iter().map(item_row).collect(),
        leases: leases.into_iter().map(lease_row).collect(),
    };
    Ok(json(StatusCode::OK, &detail))
}
