//! `tenure admin pools`: what each pool should have, has, and has in use.
//!
//! Deliberately not here: what any count means; the server counts and this shows.

use super::{
    connect::Connection,
    list::ListFlags,
    output::{Column, Output, count_or_unlimited},
    problem::failure,
};
use tenure_api::PoolRow;

const COLUMNS: &[Column] = &[
    Column::Text("pool"),
    Column::Text("feature"),
    Column::Text("version"),
    Column::Text("stated"),
    Column::Number("should have"),
    Column::Number("has"),
    Column::Number("used"),
    Column::Number("reserved"),
    Column::Number("free"),
    Column::Number("short"),
    Column::Text("status"),
];

/// The list.
///
/// # Errors
/// The server refuses or can't be reached.
pub fn run(at: &Connection, out: &Output, flags: &ListFlags) -> anyhow::Result<()> {
    let page = at.client()?.pools(&flags.list()).map_err(failure)?;
    if out.is_json() {
        return out.value(&page);
    }
    if page.total == 0 && !out.is_csv() {
        return out.line(&flags.or_none_fit("no pools: the container holds no items"));
    }
    pool_rows(out, &page.items)?;
    if page.total > page.items.len() as u64 {
        out.line(&format!(
            "{} of {} pools; more with --page and --size",
            page.items.len(),
            page.total
        ))?;
    }
    Ok(())
}

/// A table with one row per pool and feature.
///
/// # Errors
/// Standard output can't be written.
pub fn pool_rows(out: &Output, pools: &[PoolRow]) -> anyhow::Result<()> {
    out.rows(COLUMNS, pools.iter().flat_map(rows))
}

/// The items of a pool, feature by feature; slices that got nothing stand by themselves.
fn rows(pool: &PoolRow) -> Vec<Vec<String>> {
    let mut features: Vec<&str> = Vec::new();
    let slices = pool.slices.iter().map(|slice| slice.feature.as_str());
    for feature in slices.chain(pool.items.iter().map(|item| item.feature.as_str())) {
        if !features.contains(&feature) {
            features.push(feature);
        }
    }
    if features.is_empty() {
        let mut row = vec![pool.name.clone()];
        row.resize(COLUMNS.len(), String::new());
        return vec![row];
    }
    features.into_iter().map(|feature| row(pool, feature)).collect()
}

fn row(pool: &PoolRow, feature: &str) -> Vec<String> {
    let slices = pool.slices.iter().filter(|slice| slice.feature == feature);
    let items: Vec<_> = pool.items.iter().filter(|item| item.feature == feature).collect();
    // One without an end makes the sum endless.
    let sum =
        |counts: Vec<Option<u64>>| count_or_unlimited(counts.into_iter().sum::<Option<u64>>());
    let stated: Vec<String> = slices
        .clone()
        .map(|slice| {
            let max = slice.max.map(|max| format!(" max {max}"));
            format!("{}{}", slice.amount, max.unwrap_or_default())
        })
        .collect();
    let mut versions: Vec<_> = items.iter().map(|item| item.version).collect();
    versions.sort_unstable();
    versions.dedup();
    let versions: Vec<String> = versions.iter().map(ToString::to_string).collect();
    let status = ["over", "waiting"].into_iter().find(|s| items.iter().any(|i| i.status == *s));
    let status = match (pool.kind.as_str(), status) {
        ("leaving", _) => "leaving",
        (_, status) => status.unwrap_or("normal"),
    };
    vec![
        pool.name.clone(),
        feature.to_owned(),
        versions.join(", "),
        stated.join(" + "),
        sum(items.iter().map(|item| item.target).collect()),
        sum(items.iter().map(|item| item.allotted).collect()),
        items.iter().map(|item| item.used).sum::<u64>().to_string(),
        items.iter().map(|item| item.reserved).sum::<u64>().to_string(),
        sum(items.iter().map(|item| item.free).collect()),
        slices.map(|slice| slice.short).sum::<u64>().to_string(),
        status.to_owned(),
    ]
}
