//! Reading the office's ledger back: what can go wrong, and walking from its end.
//!
//! Kept here: readings block, so they run beside the async workers; what is archived is said, not passed over.
//! Deliberately not here: what is looked for.

use std::ops::ControlFlow;

use tenure_document::Time;
use tenure_issuing::office::Event;
use tenure_ledger::LedgerError;
use tenure_shell::problem::{Code, Refused};

use crate::app::App;
use crate::machine::OfficeMachine;

/// Entries read from the ledger at once.
const PAGE: usize = 500;

/// A ledger that can't be read.
pub(crate) fn unreadable(fault: &LedgerError) -> Refused {
    if let LedgerError::Archived { .. } = fault {
        return Code::Archived.says(format!("{fault}."));
    }
    tracing::error!(fault = fault.chain(), "the ledger can't be read");
    Code::StorageFailed.says("The ledger can't be read. The office's log names the cause.")
}

/// Shows events one by one, newest first, with sequence and time of their entry and their place in it; from the entry
/// before `to`, or from the end, until `each` breaks, or `most` entries were looked through.
pub(crate) fn backwards(
    app: &App,
    to: Option<Time>,
    most: usize,
    mut each: impl FnMut(u64, Time, u32, Event) -> ControlFlow<()>,
) -> Result<(), Refused> {
    let history = app.engine.history();
    let told = |fault: LedgerError| unreadable(&fault);
    let last = match to {
        Some(to) => history.sequence_at(to).map_err(told)?,
        None => history.head().map_err(told)?.map(|head| head.sequence),
    };
    let begins = history.begins().map_err(told)?;
    let mut end = last.map_or(0, |last| last + 1);
    let mut looked = 0;
    while end > begins && looked < most {
        let from = end.saturating_sub(PAGE as u64).max(begins);
        let entries = history.page::<OfficeMachine>(from, (end - from) as usize).map_err(told)?;
        looked += entries.len().max(1);
        for entry in entries.into_iter().rev() {
            let events = entry.records.into_iter().flat_map(|record| record.events);
            let mut placed: Vec<(Event, u32)> = events.zip(0..).collect();
            while let Some((event, index)) = placed.pop() {
                if each(entry.sequence, entry.at, index, event).is_break() {
                    return Ok(());
                }
            }
        }
        end = from;
    }
    Ok(())
}
