//! `tenure admin model what-if`: recorded requests put again to a proposed model, and what that changes.
//!
//! Progress stands on standard error, and only on a terminal; the result on standard output, as tables or JSON.
//! Deliberately not here: the replay; the server does it, on its own copy of the state.

use super::{
    connect::Connection,
    output::{Column, Output, holder, instant},
    problem::failure,
    reservations,
};
use crate::exit::Failure;
use clap::Args;
use std::{
    io::{IsTerminal as _, Write as _},
    path::{Path, PathBuf},
    time::Duration,
};
use tenure_api::{
    Client, WhatIfExample, WhatIfJob, WhatIfLevels, WhatIfOutcomes, WhatIfRequest, WhatIfResult,
    WhatIfState,
};
use tenure_document::Time;

/// The job is looked at in this interval.
const LOOK: Duration = Duration::from_millis(300);

/// What to replay against what.
#[derive(Debug, Args)]
pub struct WhatIfArgs {
    /// The proposed model; the one in force stays when left out.
    file: Option<PathBuf>,
    /// Without any model.
    #[arg(long, conflicts_with = "file")]
    without_model: bool,
    /// Proposed reservations: JSON of all groups, as `reservations export` writes it (`-`: standard input). Groups that
    /// are not in it are not there either; `[]` is none.
    #[arg(long, value_name = "FILE")]
    reservations: Option<PathBuf>,
    /// Replay requests from this instant on (RFC 3339); from the ledger's beginning when left out.
    #[arg(long)]
    from: Option<Time>,
    /// Up to this instant; now when left out.
    #[arg(long)]
    to: Option<Time>,
    /// Put requesters together: `nothing`, `user`, `device`, `pool`, `reservation-group` or `dictionary:KEY`.
    #[arg(long)]
    group_by: Option<String>,
    /// Examples for each feature and group.
    #[arg(long, value_parser = clap::value_parser!(u32).range(0..=100))]
    examples: Option<u32>,
}

/// Carries out the command.
///
/// # Errors
/// A file can't be read, or the server refuses.
pub fn run(at: &Connection, out: &Output, args: &WhatIfArgs) -> anyhow::Result<()> {
    let request = WhatIfRequest {
        from: args.from,
        to: args.to,
        model: args.file.as_deref().map(read).transpose()?,
        without_model: args.without_model,
        reservation_groups: args.reservations.as_deref().map(reservations::read).transpose()?,
        properties: Default::default(),
        group_by: args.group_by.clone(),
        examples: args.examples,
    };
    let client = at.patient_client()?;
    let begun = client.begin_what_if(&request).map_err(reservations::refused)?;
    let job = wait(&client, begun)?;
    if let (WhatIfState::Done, Some(result)) = (job.state, &job.result) {
        return if out.is_json() { out.value(&job) } else { show(out, &job, result) };
    }
    let why = job.problem.unwrap_or_else(|| "it was cancelled".to_owned());
    Err(Failure::fault(format!("what-if {} has no result: {why}", job.id)).into())
}

fn read(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file)
        .map_err(|error| Failure::fault(format!("can't read {}: {error}", file.display())))
}

/// Looks at the job until it has ended.
fn wait(client: &Client, mut job: WhatIfJob) -> anyhow::Result<WhatIfJob> {
    let terminal = std::io::stderr().is_terminal();
    while matches!(job.state, WhatIfState::Preparing | WhatIfState::Running) {
        std::thread::sleep(LOOK);
        job = client.what_if(&job.id).map_err(failure)?;
        if terminal {
            let mut stderr = std::io::stderr().lock();
            write!(stderr, "\r\x1b[K{}", progress(&job))?;
            stderr.flush()?;
        }
    }
    if terminal {
        write!(std::io::stderr(), "\r\x1b[K")?;
    }
    Ok(job)
}

fn progress(job: &WhatIfJob) -> String {
    const WIDTH: u64 = 30;
    match (job.state, job.entries_total) {
        (WhatIfState::Preparing, _) | (_, 0) => "putting the state together …".to_owned(),
        (_, total) => {
            let done = job.entries_done.min(total);
            let (filled, percent) = (done * WIDTH / total, done * 100 / total);
            let bar: String =
                (0..WIDTH).map(|place| if place < filled { '#' } else { '.' }).collect();
            format!("[{bar}] {percent:3} %  {} requests", job.requests)
        }
    }
}

fn show(out: &Output, job: &WhatIfJob, result: &WhatIfResult) -> anyhow::Result<()> {
    let WhatIfOutcomes { requests, denials_gained, denials_lost, .. } = result.totals;
    out.line(&format!(
        "{requests} requests from {} to {}: {denials_gained} denials more, {denials_lost} less",
        instant(job.from),
        instant(job.to),
    ))?;
    if result.not_judged > 0 {
        out.line(&format!(
            "{} of them no model decides: they stay as they were",
            result.not_judged
        ))?;
    }
    features(out, result)?;
    if result.groups.iter().any(|row| !row.group.is_empty()) {
        groups(out, result)?;
    }
    if !result.pools.is_empty() {
        pools(out, result)?;
    }
    examples(out, "granted in fact, denied then:", &result.gained)?;
    examples(out, "denied in fact, granted then:", &result.lost)?;
    if result.cut {
        out.line("more features or groups than are told apart: the rest stands under (others)")?;
    }
    Ok(())
}

const OUTCOMES: [Column; 5] = [
    Column::Number("requests"),
    Column::Number("denied before"),
    Column::Number("after"),
    Column::Number("more"),
    Column::Number("less"),
];

fn outcomes(outcomes: &WhatIfOutcomes) -> Vec<String> {
    let WhatIfOutcomes { requests, denied_before, denied_after, .. } = outcomes;
    [requests, denied_before, denied_after, &outcomes.denials_gained, &outcomes.denials_lost]
        .map(u64::to_string)
        .to_vec()
}

fn peaks(levels: &WhatIfLevels) -> String {
    format!("{} -> {}", levels.peak_before, levels.peak_after)
}

fn averages(levels: &WhatIfLevels) -> String {
    format!("{:.1} -> {:.1}", levels.average_before, levels.average_after)
}

fn features(out: &Output, result: &WhatIfResult) -> anyhow::Result<()> {
    let mut columns = vec![Column::Text("feature")];
    columns.extend(OUTCOMES);
    columns.extend([
        Column::Text("peak used"),
        Column::Text("average used"),
        Column::Text("reserved idle"),
    ]);
    out.rows(
        &columns,
        result.features.iter().map(|row| {
            let mut cells = vec![row.feature.clone()];
            cells.extend(outcomes(&row.outcomes));
            cells.extend([peaks(&row.used), averages(&row.used), averages(&row.reserved_idle)]);
            cells
        }),
    )
}

fn groups(out: &Output, result: &WhatIfResult) -> anyhow::Result<()> {
    let mut columns = vec![Column::Text("feature"), Column::Text("group")];
    columns.extend(OUTCOMES);
    columns.push(Column::Text("peak held"));
    out.rows(
        &columns,
        result.groups.iter().map(|row| {
            let mut cells = vec![row.feature.clone(), row.group.clone()];
            cells.extend(outcomes(&row.outcomes));
            cells.push(peaks(&row.held));
            cells
        }),
    )
}

fn pools(out: &Output, result: &WhatIfResult) -> anyhow::Result<()> {
    let columns = ["feature", "pool", "peak held", "average held"].map(Column::Text);
    out.rows(
        &columns,
        result.pools.iter().map(|row| {
            vec![row.feature.clone(), row.pool.clone(), peaks(&row.held), averages(&row.held)]
        }),
    )
}

fn examples(out: &Output, heading: &str, examples: &[WhatIfExample]) -> anyhow::Result<()> {
    if examples.is_empty() {
        return Ok(());
    }
    out.line(heading)?;
    let columns = ["when", "holder", "feature", "version", "why", "rule"].map(Column::Text);
    out.rows(
        &columns,
        examples.iter().map(|row| {
            vec![
                instant(row.at),
                holder(&row.holder),
                format!("{} x{}", row.feature, row.count),
                row.version.to_string(),
                format!("{} [{}]", row.explanation, row.reason),
                row.rule
                    .as_ref()
                    .map_or_else(String::new, |rule| format!("line {}: {}", rule.line, rule.text)),
            ]
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn progress_is_a_bar() {
        let mut job: WhatIfJob = serde_json::from_value(serde_json::json!({
            "id": "W-1", "state": "preparing", "by": "ann", "started_at": "2026-11-22T00:00:00Z",
            "from": "2026-11-21T00:00:00Z", "to": "2026-11-22T00:00:00Z",
            "entries_done": 0, "entries_total": 0, "requests": 0,
        }))
        .expect("a job");
        let mut told = progress(&job);
        (job.state, job.entries_done, job.entries_total, job.requests) =
            (WhatIfState::Running, 50, 200, 12_345);
        told = format!("{told}\n{}", progress(&job));
        expect![[r#"
            putting the state together …
            [#######.......................]  25 %  12345 requests"#]]
        .assert_eq(&told);
    }
}
