//! `tenure admin usage`: metered use by hand, and use over time as a table with a small chart, JSON or CSV.
//!
//! Deliberately not here: what is counted; the server counts, this divides seat-seconds by seconds and draws.

use super::{
    connect::Connection,
    leases::{self, UsageCommand},
    output::{Column, Output, instant},
    problem::failure,
};
use crate::exit::Failure;
use clap::{Args, ValueEnum};
use tenure_api::{SeriesBy, UsageBucket, UsageHistory};
use tenure_document::Time;

/// How wide the longest bar is, in characters.
const BAR_WIDTH: u64 = 40;

/// `usage --feature F`, `usage consume`, `usage undo`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct UsageArgs {
    #[command(flatten)]
    series: SeriesArgs,
    #[command(subcommand)]
    command: Option<UsageCommand>,
}

/// Use of a feature over time.
#[derive(Debug, Args)]
struct SeriesArgs {
    /// Feature name; a license server needs one, an office shows what all its license servers reported.
    #[arg(long)]
    feature: Option<String>,
    /// Only what was used out of this named pool.
    #[arg(long)]
    pool: Option<String>,
    /// One row for each hour (of the last 35 days) or day (of the last 400), UTC.
    #[arg(long, value_enum, default_value_t = Length::Day)]
    by: Length,
    /// From this instant on (RFC 3339).
    #[arg(long)]
    from: Option<Time>,
    /// Up to this instant (RFC 3339).
    #[arg(long)]
    to: Option<Time>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Length {
    Hour,
    Day,
}

impl UsageArgs {
    /// The range of time that is asked for.
    pub fn range(&self) -> (Option<Time>, Option<Time>) {
        (self.series.from, self.series.to)
    }
}

/// Carries out the command; without one, use over time.
pub fn run(at: &Connection, out: &Output, args: &UsageArgs) -> anyhow::Result<()> {
    if let Some(command) = &args.command {
        return leases::usage(at, out, command);
    }
    let SeriesArgs { feature, pool, by, from, to } = &args.series;
    let by = match by {
        Length::Hour => SeriesBy::Hour,
        Length::Day => SeriesBy::Day,
    };
    let Some(feature) = feature.as_deref() else {
        return Err(Failure::usage("no feature is named")
            .hint("name one with --feature; `tenure admin features` lists them")
            .into());
    };
    let of = (feature, pool.as_deref());
    let history = at.client()?.usage_history(of, by, (*from, *to)).map_err(failure)?;
    match (out.is_csv(), out.is_json()) {
        (true, _) => out.line(as_csv(&history).trim_end()),
        (false, true) => out.value(&history),
        (false, false) => table(out, &history),
    }
}

fn table(out: &Output, history: &UsageHistory) -> anyhow::Result<()> {
    let rows = &history.rows;
    if rows.is_empty() {
        return out.line(&format!(
            "{}: nothing is known of that time; use is recorded from the first checkout on",
            history.feature
        ));
    }
    let shown = |figure: fn(&UsageBucket) -> u64| rows.iter().any(|row| figure(row) > 0);
    let metered = shown(|row| row.consumed) && !shown(|row| row.used_peak);
    let reserved = shown(|row| row.reserved_peak);
    let queued = shown(|row| row.queued);
    let mut columns = vec![Column::Text(history.by.word())];
    let figures: &[&str] =
        if metered { &["consumed", "taken back"] } else { &["peak", "average", "granted"] };
    columns.extend(figures.iter().map(|name| Column::Number(name)));
    columns.push(Column::Number("denied"));
    columns.extend(queued.then_some(Column::Number("queued")));
    columns.extend(reserved.then_some(Column::Number("reserved")));
    columns.push(Column::Text(if metered { "consumed" } else { "█ average ░ peak" }));
    let top = |row: &UsageBucket| if metered { row.consumed } else { row.used_peak };
    let most = rows.iter().map(top).max().unwrap_or(0);
    out.rows(
        &columns,
        rows.iter().map(|row| {
            let mut cells = vec![time_unit(history.by, row.from)];
            match metered {
                true => cells.extend([row.consumed.to_string(), row.undone.to_string()]),
                false => cells.extend([
                    row.used_peak.to_string(),
                    tenths(average_tenths(row)),
                    row.granted.to_string(),
                ]),
            }
            cells.push(row.denied.to_string());
            cells.extend(queued.then(|| row.queued.to_string()));
            cells.extend(reserved.then(|| row.reserved_peak.to_string()));
            let solid = if metered { row.consumed * 10 } else { average_tenths(row) };
            cells.push(bar(solid, top(row), most));
            cells
        }),
    )
}

/// The day or the hour of a row; its first instant may lie within.
fn time_unit(by: SeriesBy, from: Time) -> String {
    let instant = instant(from);
    match by {
        SeriesBy::Day => instant.chars().take("2026-11-23".len()).collect(),
        SeriesBy::Hour => {
            let hour: String = instant.chars().take("2026-11-23 22".len()).collect();
            format!("{hour}:00Z")
        }
    }
}

/// Seats in use on average, in tenths; of an instant what was in use then.
fn average_tenths(row: &UsageBucket) -> u64 {
    let seconds = u64::try_from((row.to.as_millis() - row.from.as_millis()) / 1_000).unwrap_or(0);
    let tenths = row.used_seconds.saturating_mul(10).checked_div(seconds);
    tenths.unwrap_or(row.used_last.saturating_mul(10))
}

fn tenths(tenths: u64) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// A bar: solid up to the average (in tenths), light up to the peak, full at `most`.
fn bar(solid_tenths: u64, peak: u64, most: u64) -> String {
    if most == 0 {
        return String::new();
    }
    let scaled = |tenths: u128| (tenths * u128::from(BAR_WIDTH)).div_ceil(10 * u128::from(most));
    let solid = scaled(u128::from(solid_tenths));
    let light = scaled(u128::from(peak) * 10).saturating_sub(solid);
    let times = |count: u128| usize::try_from(count).unwrap_or(0);
    "█".repeat(times(solid)) + &"░".repeat(times(light))
}

fn as_csv(history: &UsageHistory) -> String {
    let mut text = "from,to,used_peak,used_seconds,used_last,reserved_peak,reserved_seconds,granted,denied,queued,\
                    consumed,undone\n"
        .to_owned();
    for row in &history.rows {
        let figures = [
            row.used_peak,
            row.used_seconds,
            row.used_last,
            row.reserved_peak,
            row.reserved_seconds,
            row.granted,
            row.denied,
            row.queued,
            row.consumed,
            row.undone,
        ];
        let figures: Vec<String> = figures.iter().map(u64::to_string).collect();
        text.push_str(&format!("{},{},{}\n", row.from, row.to, figures.join(",")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn a_row_is_called_by_its_day_or_hour() {
        let from = "2026-11-23T22:31:25Z".parse().expect("an instant");
        assert_eq!(time_unit(SeriesBy::Day, from), "2026-11-23");
        assert_eq!(time_unit(SeriesBy::Hour, from), "2026-11-23 22:00Z");
    }

    #[test]
    fn bars_show_average_and_peak() {
        let bars = [(0, 0, 4), (25, 4, 4), (1, 1, 400), (40, 4, 4), (0, 0, 0)];
        let drawn: Vec<String> = bars
            .into_iter()
            .map(|(solid, peak, most)| format!("|{}|\n", bar(solid, peak, most)))
            .collect();
        expect![[r#"
            ||
            |█████████████████████████░░░░░░░░░░░░░░░|
            |█|
            |████████████████████████████████████████|
            ||
        "#]]
        .assert_eq(&drawn.concat());
        assert_eq!(bar(u64::MAX, u64::MAX, u64::MAX).chars().count(), 40);
    }
}
