//! Reports of use for the publisher: made and signed here, carried as files or sent to the office.
//!
//! Kept here: a report is kept in the ledger before anybody gets it, so that the next one goes on where it ended,
//! whoever lost a file on the way. Deliberately not here: what is in it (leasing), sending (office).

use tenure_api::UsageReportRow;
use tenure_document::{ContainerId, Hash, Usage, seal};
use tenure_leasing::{Command, UsageDue, UsageReport};
use tenure_shell::problem::{Code, Refused};

use crate::app::App;

/// Makes the next report; none while no day is over since the last one.
pub(crate) async fn make(app: &App, by: &str) -> Result<Option<UsageReport>, Refused> {
    // The ledger's head is asked for first: what the state then says is at least as new.
    let engine = app.engine.status();
    let seen = app
        .query(|leasing, now| {
            let container = leasing.container();
            Some((leasing.usage_due(now.at)?, container.id(), container.generation(), now.at))
        })
        .await?;
    let Some((due, id, generation, at)) = seen else { return Ok(None) };
    let usage = usage(due.clone(), (id, generation), (engine.sequence, engine.head), at);
    let document = seal(&usage, &[app.identity.as_ref()]).to_json();
    let (to_sequence, head, until) = (usage.to_sequence, usage.head, due.until);
    let report = UsageReport { to_sequence, head, until, document, at, taken: false };
    let after = due.after.map(|(sequence, _)| sequence);
    let command = Command::RecordUsage { by: by.to_owned(), after, report: report.clone() };
    app.submit(command, None).await?;
    Ok(Some(report))
}

fn usage(
    due: UsageDue,
    (server, generation): (ContainerId, u32),
    (to_sequence, head): (u64, Hash),
    at: tenure_document::Time,
) -> Usage {
    Usage {
        server,
        generation,
        from_sequence: due.after.map_or(1, |(sequence, _)| sequence + 1),
        to_sequence,
        head,
        intervals: Vec::new(),
        previous: due.after.map(|(_, head)| head),
        totals: due.totals,
        at,
    }
}

/// Those that the office does not have yet, oldest first.
pub(crate) async fn open(app: &App) -> Result<Vec<UsageReport>, Refused> {
    let open = app.query(|leasing, _| {
        let open = leasing.usage_reports().filter(|report| !report.taken);
        open.cloned().collect()
    });
    Ok(open.await?)
}

/// One of those that are kept.
pub(crate) async fn find(app: &App, to_sequence: u64) -> Result<UsageReport, Refused> {
    let found = app
        .query(move |leasing, _| {
            leasing.usage_reports().find(|report| report.to_sequence == to_sequence).cloned()
        })
        .await?;
    found.ok_or_else(|| {
        Code::NotFound.says("There is no such report, or so many newer ones that it is gone.")
    })
}

/// The office has the reports up to this one.
pub(crate) async fn note_taken(app: &App, to_sequence: u64) -> Result<(), Refused> {
    app.submit(Command::UsageTaken { to_sequence }, None).await?;
    Ok(())
}

/// A report on the wire.
pub(crate) fn row(report: &UsageReport) -> UsageReportRow {
    let UsageReport { to_sequence, until, at, taken, .. } = report;
    UsageReportRow { to_sequence: *to_sequence, until: *until, at: *at, taken: *taken }
}

/// Nothing to report yet.
pub(crate) fn nothing_due() -> Refused {
    Code::NotFound.says(
        "No day has ended since the last report (days end at midnight UTC): there is nothing to report yet.",
    )
}
