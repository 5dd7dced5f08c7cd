//! The licenses at a glance: every figure of a dashboard, of one instant, in one answer.
//!
//! Kept here: the figures are those of the lists and series, nothing is computed anew; however long the time asked for
//! is, the answer has at most as many stretches as are kept. Deliberately not here: how the server itself is doing.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use tenure_api::{DenialsByReason, EndingItem, Overview, OverviewFeature, Problem, SeriesBy};
use tenure_document::{Capacity, Time};
use tenure_leasing::{By, FeatureSummary, ItemRow, ItemState, Leasing, UsageRow};
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::extract::Query;
use tenure_shell::problem::Refused;

use crate::access::Read;
use crate::app::App;

const HOUR_MS: i64 = 3_600_000;
const DAY: Duration = Duration::from_secs(24 * 3600);
/// Stretches unless asked otherwise.
const STRETCHES: u32 = 24;
/// Items that end within so many days, unless asked otherwise.
const ENDING_DAYS: u32 = 60;
/// The most days that can be asked for.
const ENDING_DAYS_MAX: u32 = 400;
/// The most items that are listed.
const ENDING_MAX: usize = 100;

/// Query of the overview.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OverviewQuery {
    /// `hour` or `day`: the length of the stretches of time, in UTC.
    #[serde(default)]
    #[param(value_type = Option<SeriesBy>)]
    by: SeriesBy,
    /// So many stretches up to now, 24 unless asked otherwise; at most 840 hours or 400 days.
    #[param(minimum = 1, maximum = 840)]
    last: Option<u32>,
    /// Items that end within so many days, 60 unless asked otherwise; at most 400.
    #[param(minimum = 0, maximum = 400)]
    ending_days: Option<u32>,
}

/// Everything a dashboard shows of the licenses: seats now and over time, denials by reason, what ends soon, the queue.
#[utoipa::path(
    get, path = "/api/v1/overview", tag = "features", operation_id = "show_overview", params(OverviewQuery),
    responses(
        (status = 200, description = "The licenses at a glance", body = Overview),
        (status = 400, description = "A query that is none", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn show(
    State(app): State<App>,
    _permit: Permit<Read>,
    Query(asked): Query<OverviewQuery>,
) -> Result<Response, Refused> {
    let overview = app.query(move |leasing, now| overview(leasing, now, &asked)).await?;
    Ok(json(StatusCode::OK, &overview))
}

fn overview(leasing: &Leasing, now: tenure_leasing::Now, asked: &OverviewQuery) -> Overview {
    let stretches = stretches(asked.by, asked.last, now.at);
    let status = leasing.status(now);
    let waiting: BTreeMap<String, usize> = leasing.queue_lengths().into_iter().collect();
    let none = tenure_leasing::Page { skip: 0, take: 0 };
    let denials = leasing.denial_counts([now.at.minus(DAY), now.at.minus(DAY * 7)]);
    let feature = |summary: FeatureSummary| {
        let by = if asked.by == SeriesBy::Hour { By::Hour } else { By::Day };
        let of = (summary.all.name.as_str(), None);
        let range = (stretches.first().copied(), None);
        let rows = leasing.usage_rows(of, by, range, now.at).unwrap_or_default();
        let waiting = waiting.get(&summary.all.name).copied().unwrap_or(0);
        feature(summary, waiting as u64, &rows, &stretches)
    };
    let features = leasing.feature_summaries(now).into_iter().map(feature).collect();
    let days = asked.ending_days.unwrap_or(ENDING_DAYS).min(ENDING_DAYS_MAX);
    let (ending, ending_total) = ending(leasing.item_rows(now), now.at.plus(DAY * days));
    Overview {
        at: now.at,
        by: asked.by,
        leases: status.leases as u64,
        devices: status.devices as u64,
        waiting: leasing.ticket_rows(None, none, now).total as u64,
        features,
        denials: denials
            .reasons
            .into_iter()
            .map(|(reason, [day, week])| DenialsByReason {
                reason: reason.code().to_owned(),
                day,
                week,
            })
            .collect(),
        denials_since: denials.kept_since,
        ending,
        ending_total,
        stretches,
    }
}

/// The beginnings of the last stretches, up to the one under way.
fn stretches(by: SeriesBy, last: Option<u32>, now: Time) -> Vec<Time> {
    let (length, kept) = match by {
        SeriesBy::Hour => (HOUR_MS, 35 * 24),
        SeriesBy::Day => (24 * HOUR_MS, 400),
    };
    let count = i64::from(last.unwrap_or(STRETCHES).clamp(1, kept));
    let open = now.as_millis().div_euclid(length);
    (open - count + 1..=open).map(|index| Time::from_millis(index * length)).collect()
}

fn feature(
    summary: FeatureSummary,
    waiting: u64,
    rows: &[UsageRow],
    stretches: &[Time],
) -> OverviewFeature {
    let all = summary.all;
    let mut levels = vec![None; stretches.len()];
    for row in rows {
        // The first row of a series may begin within its stretch.
        let place = stretches.partition_point(|begin| *begin <= row.from);
        if let Some(level) = place.checked_sub(1).and_then(|place| levels.get_mut(place)) {
            let units = row.consumed.saturating_sub(row.undone);
            *level = Some(if all.metered { units } else { row.used_peak });
        }
    }
    OverviewFeature {
        name: all.name,
        total: all.total,
        used: all.used,
        available: all.available,
        reserved: all.reserved,
        reserved_idle: all.reserved_idle,
        overdraft: all.overdraft,
        overdraft_used: all.overdraft_used,
        metered: all.metered,
        waiting,
        denied: rows.iter().map(|row| row.denied).fold(0, u64::saturating_add),
        levels,
    }
}

/// What can be used now or later and ends before an instant; the first to end first.
fn ending(rows: Vec<ItemRow>, before: Time) -> (Vec<EndingItem>, u64) {
    let counts = |row: &ItemRow| {
        matches!(row.state, ItemState::Live | ItemState::InGrace | ItemState::NotStarted)
            && row.item.ends().is_some_and(|ends| ends < before)
    };
    let mut rows: Vec<ItemRow> = rows.into_iter().filter(counts).collect();
    rows.sort_by(|a, b| (a.item.ends(), &a.item.id).cmp(&(b.item.ends(), &b.item.id)));
    let total = rows.len() as u64;
    let item = |row: ItemRow| {
        let ends_at = row.item.ends()?;
        Some(EndingItem {
            id: row.item.id.clone(),
            feature: row.item.feature.clone(),
            version: row.item.version,
            count: match row.item.capacity() {
                Capacity::Limited(count) => Some(count),
                Capacity::Unlimited => None,
            },
            ends_at,
            usable_until: row.item.grace_end().unwrap_or(ends_at),
            state: row.state.word().to_owned(),
        })
    };
    (rows.into_iter().filter_map(item).take(ENDING_MAX).collect(), total)
}
