//! `tenure admin activations`: what is in which container, and how far it is.
//!
//! Deliberately not here: updates (`containers push`); nothing reaches a container without one.

use super::super::{
    connect::Connection,
    output::{Column, Output, instant, instant_or},
    problem::failure,
    wanted::new_key,
};
use super::lists::{OfficeListFlags, decided, lists};
use clap::{Args, Subcommand};
use tenure_api::office::{ActivationRow, AssignRequest, BackRequest, Choice, ReplaceRequest};

/// Activations.
#[derive(Debug, Subcommand)]
pub enum ActivationsCommand {
    /// All activations, newest first.
    List(OfficeListFlags),
    /// One activation.
    Show {
        /// Its number (A-0000123).
        activation: String,
    },
    /// Put units of a line into a container that the office has met.
    Assign {
        /// Activation ID.
        id: String,
        /// Line.
        line: u32,
        /// The container, by its serial.
        serial: String,
        /// How many.
        #[arg(long, default_value_t = 1)]
        quantity: u32,
    },
    /// Have units given back: they are free when they are credibly out.
    Return(BackArgs),
    /// Take units back, whatever the terms say of returns.
    Withdraw(BackArgs),
    /// Take all of it back and put units of another line in their place.
    Replace {
        /// Its number (A-0000123).
        activation: String,
        /// Activation ID of what goes in.
        id: String,
        /// Line of what goes in.
        line: u32,
        /// How many.
        #[arg(long, default_value_t = 1)]
        quantity: u32,
        /// Why, for the journal.
        #[arg(long, default_value = "")]
        reason: String,
    },
}

lists!(ActivationsCommand);

/// One activation, and how much of it.
#[derive(Debug, Args)]
pub struct BackArgs {
    /// Its number (A-0000123).
    activation: String,
    /// How many; all when left out.
    #[arg(long)]
    quantity: Option<u32>,
    /// Why, for the journal.
    #[arg(long, default_value = "")]
    reason: String,
}

impl BackArgs {
    fn request(&self) -> BackRequest {
        BackRequest { quantity: self.quantity, reason: self.reason.clone() }
    }
}

/// `activations …`
pub fn run(at: &Connection, out: &Output, command: &ActivationsCommand) -> anyhow::Result<()> {
    use ActivationsCommand as Command;
    let office = at.office()?;
    let outcome = match command {
        Command::List(flags) => {
            let page = office.activations(&flags.list()).map_err(failure)?;
            return out.page(&page, COLUMNS, &flags.or_none_fit("no activations"), cells);
        }
        Command::Show { activation } => {
            return show(out, &office.activation(activation).map_err(failure)?);
        }
        Command::Assign { id, line, serial, quantity } => {
            let request = AssignRequest {
                activation_id: id.clone(),
                line: *line,
                quantity: *quantity,
                serial: serial.clone(),
            };
            office.assign(&request, &new_key()?)
        }
        Command::Return(back) => {
            office.return_activation(&back.activation, &back.request(), &new_key()?)
        }
        Command::Withdraw(back) => {
            office.withdraw_activation(&back.activation, &back.request(), &new_key()?)
        }
        Command::Replace { activation, id, line, quantity, reason } => {
            let with = Choice { activation_id: id.clone(), line: *line, quantity: *quantity };
            let request = ReplaceRequest { with, reason: reason.clone() };
            office.replace_activation(activation, &request, &new_key()?)
        }
    };
    decided(out, outcome.map_err(failure)?, |row| show(out, row))
}

/// The columns of activations.
pub(super) const COLUMNS: &[Column] = &[
    Column::Text("activation"),
    Column::Text("activation ID"),
    Column::Number("line"),
    Column::Text("product"),
    Column::Number("quantity"),
    Column::Text("container"),
    Column::Text("state"),
    Column::Text("since"),
    Column::Text("free again"),
];

/// One activation.
pub(super) fn cells(row: &ActivationRow) -> Vec<String> {
    vec![
        row.activation.clone(),
        row.activation_id.clone(),
        row.line.to_string(),
        row.product.clone(),
        row.quantity.to_string(),
        row.serial.clone(),
        row.state.to_string(),
        instant(row.since),
        instant_or(row.free_at, ""),
    ]
}

fn show(out: &Output, row: &ActivationRow) -> anyhow::Result<()> {
    if out.is_json() {
        return out.value(row);
    }
    out.facts(&[
        ("activation", row.activation.clone()),
        ("of", format!("line {} of {}", row.line, row.activation_id)),
        ("product", format!("{} × {}", row.quantity, row.product)),
        ("container", row.serial.clone()),
        ("state", format!("{} since {}", row.state, instant(row.since))),
        ("free again", instant_or(row.free_at, "")),
    ])
}
