//! `tenure admin queue`: who waits for what, and ending a ticket.
//!
//! Deliberately not here: waiting itself; that is the SDK, or `checkout --wait` to try it out.

use super::{
    connect::Connection,
    list::ListFlags,
    output::{Column, Output, holder, instant},
    problem::failure,
    secret::token_from,
    wanted::new_key,
};
use clap::Subcommand;
use std::path::PathBuf;
use tenure_api::TicketRow;

/// What to do with the queue.
#[derive(Debug, Subcommand)]
pub enum QueueCommand {
    /// Who waits, in the order of their turns.
    List(ListFlags),
    /// End a ticket; what it was offered is free again.
    Cancel {
        /// Ticket ID, T-….
        ticket: String,
        /// File with the ticket's token (`-`: standard input), to cancel as its holder; without it by an administrator's
        /// order.
        #[arg(long, value_name = "FILE")]
        ticket_token: Option<PathBuf>,
    },
}

impl From<ListFlags> for QueueCommand {
    fn from(flags: ListFlags) -> QueueCommand {
        QueueCommand::List(flags)
    }
}

/// `queue …`
pub fn run(at: &Connection, out: &Output, command: &QueueCommand) -> anyhow::Result<()> {
    let client = at.client()?;
    match command {
        QueueCommand::List(flags) => {
            let page = client.queue(&flags.list()).map_err(failure)?;
            out.page(&page, COLUMNS, &flags.or_none_fit("nobody waits"), cells)
        }
        QueueCommand::Cancel { ticket, ticket_token } => {
            let token = ticket_token.as_deref().map(token_from).transpose()?;
            let answer = client.cancel_ticket(ticket, token.as_deref(), &new_key()?);
            out.said(&answer.map_err(failure)?, &format!("{ticket} waits no longer"))
        }
    }
}

/// The columns of tickets.
pub(super) const COLUMNS: &[Column] = &[
    Column::Text("ticket"),
    Column::Number("place"),
    Column::Text("holder"),
    Column::Text("waits for"),
    Column::Text("since"),
    Column::Text("until"),
    Column::Text("state"),
];

/// One ticket.
pub(super) fn cells(row: &TicketRow) -> Vec<String> {
    let features: Vec<String> = row
        .features
        .iter()
        .map(|wanted| format!("{} {} x{}", wanted.name, wanted.version, wanted.count))
        .collect();
    let state = match (row.offered_until, row.estimate_seconds) {
        (Some(until), _) => format!("seats are held until {}", instant(until)),
        (None, Some(seconds)) => format!("perhaps in {seconds} s"),
        (None, None) => "waiting".to_owned(),
    };
    vec![
        row.id.clone(),
        row.position.to_string(),
        holder(&row.holder),
        features.join(" and "),
        instant(row.since),
        instant(row.expires_at),
        state,
    ]
}
