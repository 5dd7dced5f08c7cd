//! `tenure admin devices timeline`, `tenure admin features timeline`: what was granted, renewed, given back and denied.
//!
//! Deliberately not here: what an event means; the server words it, this shows.

use super::{
    connect::Connection,
    output::{Column, Output, holder, host, instant},
    problem::failure,
    wanted::host_id,
};
use clap::Args;
use tenure_api::{FeatureTimeline, ListQuery, Page, TimelineAnswer, TimelineRow};
use tenure_document::{HostId, Time};

/// The story of one device.
#[derive(Debug, Args)]
pub struct TimelineArgs {
    /// VALUE or VALUE/TYPE, such as ws14 or 02:42:ac:11:00:02/ETHERNET.
    #[arg(value_parser = host_id)]
    device: HostId,
    #[command(flatten)]
    span: SpanArgs,
}

/// The story of one feature.
#[derive(Debug, Args)]
pub struct FeatureTimelineArgs {
    /// Feature name.
    name: String,
    #[command(flatten)]
    span: SpanArgs,
}

/// Which part of a story.
#[derive(Debug, Args)]
struct SpanArgs {
    /// From this instant on (RFC 3339); a week before the end by default.
    #[arg(long)]
    from: Option<Time>,
    /// Up to this instant (RFC 3339); now by default.
    #[arg(long)]
    to: Option<Time>,
    /// Page, from 1.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    page: Option<u32>,
    /// Rows on a page, 1 to 1000.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1000))]
    size: u32,
}

impl SpanArgs {
    fn list(&self) -> ListQuery {
        ListQuery {
            page: self.page,
            size: Some(self.size),
            from: self.from,
            to: self.to,
            ..ListQuery::default()
        }
    }
}

/// `devices timeline`
pub fn timeline(at: &Connection, out: &Output, args: &TimelineArgs) -> anyhow::Result<()> {
    let answer = at.patient_client()?.timeline(&args.device, &args.span.list()).map_err(failure)?;
    if out.is_json() {
        return out.value(&answer);
    }
    let TimelineAnswer { host: device, from, to, complete, items, page, size, total, .. } = answer;
    let (device, from, to) = (host(&device), instant(from), instant(to));
    let empty = format!("{device}: nothing from {from} to {to}");
    let page = Page { items, page, size, total };
    out.page(&page, &STORY, &empty, story_cells)?;
    if !complete {
        out.line(&format!("the ledger goes on: ask again with --from at {to}"))?;
    }
    Ok(())
}

/// `features timeline`
pub fn feature_timeline(
    at: &Connection,
    out: &Output,
    args: &FeatureTimelineArgs,
) -> anyhow::Result<()> {
    let client = at.patient_client()?;
    let answer = client.feature_timeline(&args.name, &args.span.list()).map_err(failure)?;
    if out.is_json() {
        return out.value(&answer);
    }
    let FeatureTimeline { feature, from, to, complete, items, page, size, total, .. } = answer;
    let (from, to) = (instant(from), instant(to));
    let empty = format!("{feature}: nothing from {from} to {to}");
    let page = Page { items, page, size, total };
    out.page(&page, &STORY_OF_FEATURE, &empty, |row| {
        let mut cells = story_cells(row);
        cells[3] = row.holder.as_ref().map(holder).unwrap_or_default();
        cells
    })?;
    if !complete {
        out.line(&format!("the ledger goes on: ask again with --from at {to}"))?;
    }
    Ok(())
}

const STORY_OF_FEATURE: [Column; 7] = [
    Column::Number("entry"),
    Column::Text("when"),
    Column::Text("what"),
    Column::Text("holder"),
    Column::Number("count"),
    Column::Text("id"),
    Column::Text("detail"),
];

const STORY: [Column; 7] = [
    Column::Number("entry"),
    Column::Text("when"),
    Column::Text("what"),
    Column::Text("feature"),
    Column::Number("count"),
    Column::Text("id"),
    Column::Text("detail"),
];

fn story_cells(row: &TimelineRow) -> Vec<String> {
    let when = match row.last_at > row.at {
        true => format!("{} to {}", instant(row.at), instant(row.last_at)),
        false => instant(row.at),
    };
    let what = match row.times {
        0 | 1 => row.what.clone(),
        times => format!("{} {times} times", row.what),
    };
    let lease = row.lease.map(|lease| lease.to_string());
    vec![
        row.sequence.to_string(),
        when,
        what,
        row.feature.clone().unwrap_or_default(),
        row.count.map(|count| count.to_string()).unwrap_or_default(),
        lease.or_else(|| row.denial.clone()).or_else(|| row.usage.clone()).unwrap_or_default(),
        row.detail.clone(),
    ]
}
