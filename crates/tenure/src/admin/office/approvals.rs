//! `tenure admin approvals`: what waits for a second person.
//!
//! Deliberately not here: what needs one (`policies`).

use super::super::{
    connect::Connection,
    output::{Column, Output, instant, instant_or},
    problem::failure,
    wanted::new_key,
};
use super::lists::{OfficeListFlags, lists};
use clap::Subcommand;
use tenure_api::office::{ApprovalRow, ApprovalState, RejectRequest};

/// Approvals.
#[derive(Debug, Subcommand)]
pub enum ApprovalsCommand {
    /// What waits, oldest first, then what has ended.
    List(OfficeListFlags),
    /// One approval.
    Show {
        /// Its number (P-0000007).
        approval: String,
    },
    /// Agree: it is carried out now. Never what you asked for yourself.
    Approve {
        /// Its number (P-0000007).
        approval: String,
    },
    /// Refuse; whoever asked may take it back that way.
    Reject {
        /// Its number (P-0000007).
        approval: String,
        /// Why, for the journal.
        #[arg(long, default_value = "")]
        reason: String,
    },
}

lists!(ApprovalsCommand);

/// `approvals …`
pub fn run(at: &Connection, out: &Output, command: &ApprovalsCommand) -> anyhow::Result<()> {
    let office = at.office()?;
    let row = match command {
        ApprovalsCommand::List(flags) => {
            let page = office.approvals(&flags.list()).map_err(failure)?;
            let columns = [
                Column::Text("approval"),
                Column::Text("what"),
                Column::Text("why"),
                Column::Text("asked by"),
                Column::Text("when"),
                Column::Text("lapses"),
                Column::Text("state"),
            ];
            let empty = flags.or_none_fit("nothing waits for a second person");
            return out.page(&page, &columns, &empty, |row| {
                vec![
                    row.approval.clone(),
                    row.summary.clone(),
                    row.why.clone(),
                    row.by.clone(),
                    instant(row.at),
                    instant_or(row.expires_at, ""),
                    state(row).to_owned(),
                ]
            });
        }
        ApprovalsCommand::Show { approval } => office.approval(approval),
        ApprovalsCommand::Approve { approval } => office.approve(approval, &new_key()?),
        ApprovalsCommand::Reject { approval, reason } => {
            office.reject(approval, &RejectRequest { reason: reason.clone() }, &new_key()?)
        }
    };
    let row = row.map_err(failure)?;
    if out.is_json() {
        return out.value(&row);
    }
    out.facts(&[
        ("approval", row.approval.clone()),
        ("what", row.summary.clone()),
        ("why", row.why.clone()),
        ("asked by", row.by.clone()),
        ("state", state(&row).to_owned()),
        ("decided by", row.decided_by.clone().unwrap_or_default()),
        ("reason", row.reason.clone().unwrap_or_default()),
    ])
}

fn state(row: &ApprovalRow) -> &'static str {
    match row.state {
        ApprovalState::Waiting => "waiting",
        ApprovalState::Approved => "approved",
        ApprovalState::Rejected => "rejected",
        ApprovalState::Lapsed => "lapsed",
    }
}
