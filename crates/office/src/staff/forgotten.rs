//! What a restored container forgot: its operations, read back from the ledger.
//!
//! Kept here: the state keeps only hashes of what was acknowledged; the operations themselves stand in the ledger's
//! `ops-issued` events. Deliberately not here: whether they are the right ones (issuing compares them with the hashes).

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use tenure_document::{ContainerId, Op};
use tenure_issuing::office::Event;
use tenure_shell::problem::{Code, Refused};

use crate::app::App;
use crate::reading::backwards;

/// The operations that a container in state `rollback` forgot; none where it is in another state.
pub(crate) async fn forgotten(app: &App, id: ContainerId) -> Result<Vec<Op>, Refused> {
    let range = app.query(move |office, _| office.forgotten(id)).await?;
    let Some((seen, acknowledged)) = range else {
        return Ok(Vec::new());
    };
    app.reading(move |app| collect(app, id, seen + 1, acknowledged)).await?
}

/// Walks back from the end: the newest operation of a number is that of the present generation.
fn collect(app: &App, id: ContainerId, first: u64, last: u64) -> Result<Vec<Op>, Refused> {
    let mut found: BTreeMap<u64, Op> = BTreeMap::new();
    let wanted = usize::try_from(last + 1 - first).unwrap_or(usize::MAX);
    backwards(app, None, usize::MAX, |_, _, _, event| {
        if let Event::OpsIssued(issued) = event
            && issued.id == id
        {
            for (sequence, op) in (issued.first..).zip(issued.ops) {
                if (first..=last).contains(&sequence) {
                    found.entry(sequence).or_insert(op);
                }
            }
        }
        if found.len() < wanted { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    if found.len() < wanted {
        return Err(Code::Archived.says(
            "Some of the operations that the container forgot are no longer in this ledger. Rule `new-generation`.",
        ));
    }
    Ok(found.into_values().collect())
}
