//! Use of a feature by hour or day, for charts.
//!
//! Kept here: the rows are those of the state, nothing is computed anew. Deliberately not here: how they are counted
//! (the leasing floor), pictures.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use tenure_api::{Problem, SeriesBy, UsageBucket, UsageHistory};
use tenure_document::Time;
use tenure_leasing::{By, UsageRow};
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::extract::Query;
use tenure_shell::list::check_range;
use tenure_shell::problem::{Code, Refused};

use crate::access::Read;
use crate::app::App;

/// Query of the use over time.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SeriesQuery {
    /// The feature.
    feature: String,
    /// Its use out of this named pool only.
    pool: Option<String>,
    /// `hour` (of the last 35 days) or `day` (of the last 400); in UTC.
    #[serde(default)]
    #[param(value_type = Option<SeriesBy>)]
    by: SeriesBy,
    /// Only buckets that reach beyond this instant.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Time>,
    /// Only buckets that begin before this instant.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Time>,
}

/// Use of a feature over time: seats in use and reserved, grants, denials, by hour or day; oldest first, without gaps.
#[utoipa::path(
    get, path = "/api/v1/usage/history", tag = "features", operation_id = "show_usage_history", params(SeriesQuery),
    responses(
        (status = 200, description = "One row per hour or day; none before the feature was first used", body = UsageHistory),
        (status = 404, description = "No such feature or pool", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn show(
    State(app): State<App>,
    _permit: Permit<Read>,
    Query(asked): Query<SeriesQuery>,
) -> Result<Response, Refused> {
    let SeriesQuery { feature, pool, by, from, to } = asked;
    check_range(from, to)?;
    let (name, in_pool) = (feature.clone(), pool.clone());
    let (rows, pools, known) = app
        .query(move |leasing, now| {
            let by = if by == SeriesBy::Hour { By::Hour } else { By::Day };
            let of = (name.as_str(), in_pool.as_deref());
            let rows = leasing.usage_rows(of, by, (from, to), now.at);
            let pools: Vec<String> =
                leasing.usage_pools(&name).into_iter().map(str::to_owned).collect();
            let known =
                rows.is_some() || leasing.feature_rows(now).iter().any(|row| row.name == name);
            (rows, pools, known)
        })
        .await?;
    if !known {
        return Err(Code::NotFound.says("No item of this server has that feature."));
    }
    if let (Some(pool), None) = (&pool, &rows) {
        let detail = match pools.is_empty() {
            true => format!("Nothing of {feature:?} was ever used out of a named pool."),
            false => format!(
                "Nothing of {feature:?} was ever used out of pool {pool:?}, but out of {}.",
                pools.join(", ")
            ),
        };
        return Err(Code::NotFound.says(detail));
    }
    let rows = rows.unwrap_or_default().into_iter().map(bucket).collect();
    Ok(json(StatusCode::OK, &UsageHistory { feature, pool, pools, by, rows }))
}

fn bucket(row: UsageRow) -> UsageBucket {
    UsageBucket {
        from: row.from,
        to: row.to,
        used_peak: row.used_peak,
        used_seconds: row.used_seconds,
        used_last: row.used_last,
        reserved_peak: row.reserved_peak,
        reserved_seconds: row.reserved_seconds,
        granted: row.granted,
        denied: row.denied,
        queued: row.queued,
        consumed: row.consumed,
        undone: row.undone,
    }
}
