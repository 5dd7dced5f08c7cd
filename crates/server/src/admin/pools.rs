//! Pools: what each should have, has, and has in use.
//!
//! Kept here: figures are those of one instant. Deliberately not here: how they are counted (the leasing floor).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::{FeatureListQuery, ListQuery, Page, PoolItemRow, PoolRow, PoolSliceRow};
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::extract::Query;
use tenure_shell::list::{Sorter, page};
use tenure_shell::problem::Refused;

use crate::access::Read;
use crate::app::App;

/// All pools, in the order of the model; the default pool last.
#[utoipa::path(
    get, path = "/api/v1/pools", tag = "model", operation_id = "list_pools", params(FeatureListQuery),
    responses((status = 200, description = "A page of pools", body = Page<PoolRow>)),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn list(
    State(app): State<App>,
    _permit: Permit<Read>,
    Query(query): Query<FeatureListQuery>,
) -> Result<Response, Refused> {
    let query = ListQuery::from(query);
    let rows = app.query(|leasing, now| leasing.pool_rows(now)).await?;
    Ok(json(StatusCode::OK, &paged(rows, &query)?))
}

/// The page of pools that is asked for, now or of a past instant.
pub(crate) fn paged(
    rows: Vec<tenure_leasing::PoolRow>,
    query: &ListQuery,
) -> Result<Page<PoolRow>, Refused> {
    let mut rows: Vec<PoolRow> = rows.into_iter().map(pool_row).collect();
    if let Some(feature) = &query.feature {
        for row in &mut rows {
            row.slices.retain(|slice| slice.feature == *feature);
            row.items.retain(|item| item.feature == *feature);
        }
        rows.retain(|row| !row.slices.is_empty() || !row.items.is_empty());
    }
    const SORTERS: &[Sorter<PoolRow>] = &[
        ("name", |row| row.name.as_str().into()),
        ("used", |row| row.used.into()),
        ("reserved", |row| row.reserved.into()),
        ("short", |row| row.short.into()),
    ];
    page(rows, query, SORTERS, |row| vec![row.name.as_str()])
}

/// A pool on the wire.
pub(crate) fn pool_row(row: tenure_leasing::PoolRow) -> PoolRow {
    let slices: Vec<PoolSliceRow> = row.slices.into_iter().map(slice_row).collect();
    let items: Vec<PoolItemRow> = row.items.into_iter().map(item_row).collect();
    PoolRow {
        name: row.name,
        kind: row.kind.word().to_owned(),
        line: row.line,
        short: slices.iter().map(|slice| slice.short).sum(),
        used: items.iter().map(|item| item.used).sum(),
        reserved: items.iter().map(|item| item.reserved).sum(),
        slices,
        items,
    }
}

fn slice_row(row: tenure_leasing::SliceRow) -> PoolSliceRow {
    let tenure_leasing::SliceRow { feature, version, amount, max, wanted, given, short, line } =
        row;
    PoolSliceRow { feature, version, amount, max, wanted, given, short, line }
}

fn item_row(row: tenure_leasing::PoolItemRow) -> PoolItemRow {
    PoolItemRow {
        item: row.item.id.clone(),
        feature: row.item.feature.clone(),
        version: row.item.version,
        target: row.target,
        allotted: row.allotted,
        used: row.used,
        reserved: row.reserved,
        free: row.free,
        overdraft: row.overdraft,
        status: row.status.word().to_owned(),
    }
}
