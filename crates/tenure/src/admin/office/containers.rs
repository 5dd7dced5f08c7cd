//! `tenure admin containers`: containers of devices and license servers, as the office knows them.
//!
//! Deliberately not here: what a container says of itself (`tenure device`, `tenure server`).

use super::super::{
    connect::Connection,
    output::{Column, Output, instant_or},
    problem::failure,
    wanted::new_key,
};
use super::lists::{OfficeListFlags, decided, lists};
use super::{activations, exchange};
use clap::{Subcommand, ValueEnum};
use std::path::PathBuf;
use tenure_api::office::{
    ContainerChange, ContainerDetail, LossRequest, LossWhy, Reason, RuleRequest, Ruling, Tolerance,
};
use tenure_document::ContainerKind;

/// Containers.
#[derive(Debug, Subcommand)]
pub enum ContainersCommand {
    /// All containers; --state rollback, fork or clone shows those that need a decision.
    List(OfficeListFlags),
    /// One container: what it holds, what is on its way, what moved.
    Show {
        /// Serial.
        serial: String,
    },
    /// Make an update with all that is pending, with nothing but the serial.
    Push {
        /// Serial.
        serial: String,
        /// File to write (standard output when left out).
        #[arg(long, short)]
        out: Option<PathBuf>,
    },
    /// Say whose it is, how much of its machine may change, whether a chip vouches for it.
    Edit {
        /// Serial.
        serial: String,
        /// Whose it is (C-000042); empty: nobody's.
        #[arg(long)]
        customer: Option<String>,
        /// How much of its machine may change.
        #[arg(long, value_enum)]
        tolerance: Option<Change>,
        /// A key of its machine vouches that it was not restored: what it returns is free at once.
        #[arg(long)]
        anchored: Option<bool>,
    },
    /// Give it up as lost: its generation is revoked, what it holds is free again.
    Lost {
        /// Serial.
        serial: String,
        /// Why, for the journal.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Give it up as broken: its generation is revoked, what it holds is free again.
    Broken {
        /// Serial.
        serial: String,
        /// Why, for the journal.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Decide about one that is out of step.
    Rule {
        /// Serial.
        serial: String,
        /// What is decided.
        ruling: RulingWord,
        /// For new-generation: only this key is taken, even without the present key's word.
        #[arg(long)]
        key: Option<String>,
        /// Why, for the journal.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Revoke it: everything is withdrawn, and free again when that is credible.
    Revoke {
        /// Serial.
        serial: String,
        /// Why, for the journal.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Accept a move that only its target has told of: its source is gone, or you have asked there.
    Accept {
        /// Serial of the target.
        serial: String,
        /// The nonce that names the move.
        nonce: String,
        /// Why, for the journal.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Rule that a move never arrived: its source gets back what it sent.
    Refund {
        /// Serial of the source.
        serial: String,
        /// The nonce that names the move.
        nonce: String,
    },
}

lists!(ContainersCommand);

/// How much of a machine may change.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Change {
    /// 40 % must be as it was.
    Loose,
    /// 60 %.
    Medium,
    /// 80 %.
    Strict,
}

/// What is decided.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum RulingWord {
    /// It was restored from a backup: it gets again what it forgot.
    AcceptRestored,
    /// It begins a new generation; what it holds is issued anew.
    NewGeneration,
    /// It is revoked.
    Revoke,
}

/// `containers …`
pub fn run(at: &Connection, out: &Output, command: &ContainersCommand) -> anyhow::Result<()> {
    use ContainersCommand as Command;
    let office = at.office()?;
    let outcome = match command {
        Command::List(flags) => return list(at, out, flags),
        Command::Show { serial } => return show(out, &office.container(serial).map_err(failure)?),
        Command::Push { serial, out: file } => {
            let update = office.push(serial, &new_key()?).map_err(failure)?;
            return exchange::handed_out(out, &update, file.as_deref());
        }
        Command::Edit { serial, customer, tolerance, anchored } => {
            let change = ContainerChange {
                customer: customer.clone(),
                tolerance: tolerance.map(|tolerance| match tolerance {
                    Change::Loose => Tolerance::Loose,
                    Change::Medium => Tolerance::Medium,
                    Change::Strict => Tolerance::Strict,
                }),
                anchored: *anchored,
            };
            return show(out, &office.change_container(serial, &change).map_err(failure)?);
        }
        Command::Lost { serial, reason } => {
            let request = LossRequest { reason: reason.clone() };
            office.lose_container(serial, LossWhy::Lost, &request, &new_key()?)
        }
        Command::Broken { serial, reason } => {
            let request = LossRequest { reason: reason.clone() };
            office.lose_container(serial, LossWhy::Broken, &request, &new_key()?)
        }
        Command::Rule { serial, ruling, key, reason } => {
            let ruling = match ruling {
                RulingWord::AcceptRestored => Ruling::AcceptRestored,
                RulingWord::NewGeneration => Ruling::NewGeneration,
                RulingWord::Revoke => Ruling::Revoke,
            };
            let request = RuleRequest { ruling, key: key.clone(), reason: reason.clone() };
            office.rule_container(serial, &request, &new_key()?)
        }
        Command::Revoke { serial, reason } => {
            office.revoke_container(serial, &Reason::new(reason), &new_key()?)
        }
        Command::Accept { serial, nonce, reason } => {
            office.accept_move((serial, nonce), &Reason::new(reason), &new_key()?)
        }
        Command::Refund { serial, nonce } => {
            office.refund_move((serial, nonce), &Reason::default(), &new_key()?)
        }
    };
    decided(out, outcome.map_err(failure)?, |detail| show(out, detail))
}

fn list(at: &Connection, out: &Output, flags: &OfficeListFlags) -> anyhow::Result<()> {
    let page = at.office()?.containers(&flags.list()).map_err(failure)?;
    let columns = [
        Column::Text("container"),
        Column::Text("name"),
        Column::Text("kind"),
        Column::Text("state"),
        Column::Text("customer"),
        Column::Number("generation"),
        Column::Number("acknowledged"),
        Column::Number("issued"),
        Column::Number("activations"),
        Column::Text("last contact"),
    ];
    let empty =
        "no containers yet: send a context with `tenure admin exchange FILE`, or let a device pull";
    out.page(&page, &columns, &flags.or_none_fit(empty), |row| {
        vec![
            row.serial.clone(),
            row.name.clone(),
            kind(row.kind).to_owned(),
            row.state.to_string(),
            row.customer.clone().unwrap_or_default(),
            row.generation.to_string(),
            row.acknowledged.to_string(),
            row.issued.to_string(),
            row.activations.to_string(),
            instant_or(row.last_contact, ""),
        ]
    })
}

fn show(out: &Output, detail: &ContainerDetail) -> anyhow::Result<()> {
    if out.is_json() {
        return out.value(detail);
    }
    let row = &detail.container;
    let binding = detail.binding.map_or_else(String::new, |binding| {
        format!("{} of {}, needed {}", binding.matched, binding.total, binding.threshold)
    });
    out.facts(&[
        ("container", row.serial.clone()),
        ("name", row.name.clone()),
        ("kind", kind(row.kind).to_owned()),
        ("state", row.state.to_string()),
        ("because", detail.explanation.clone().unwrap_or_default()),
        ("customer", row.customer.clone().unwrap_or_default()),
        ("generation", row.generation.to_string()),
        ("operations", format!("{} issued, {} acknowledged", row.issued, row.acknowledged)),
        ("machine fits", binding),
        ("may change", detail.tolerance.map_or("as the policy says", Tolerance::word).to_owned()),
        ("first contact", instant_or(row.first_contact, "")),
        ("last contact", instant_or(row.last_contact, "")),
    ])?;
    if !detail.activations.is_empty() {
        out.rows(activations::COLUMNS, detail.activations.iter().map(activations::cells))?;
    }
    if !detail.pending.is_empty() {
        let columns = [Column::Number("operation"), Column::Text("waits for its receipt")];
        let rows = detail.pending.iter();
        out.rows(&columns, rows.map(|op| vec![op.sequence.to_string(), op.summary.clone()]))?;
    }
    if !detail.moves.is_empty() {
        let columns = [
            Column::Text("move"),
            Column::Text("item"),
            Column::Text("from"),
            Column::Text("to"),
            Column::Text("state"),
        ];
        let rows = detail.moves.iter().map(|one| {
            vec![
                one.nonce.clone(),
                one.item.clone(),
                one.from.clone().unwrap_or_default(),
                one.to.clone().unwrap_or_default(),
                serde_json::to_value(one.state)
                    .ok()
                    .and_then(|word| word.as_str().map(str::to_owned))
                    .unwrap_or_default(),
            ]
        });
        out.rows(&columns, rows)?;
    }
    Ok(())
}

fn kind(kind: ContainerKind) -> &'static str {
    match kind {
        ContainerKind::Server => "server",
        ContainerKind::Bound => "bound",
        ContainerKind::Portable => "portable",
        ContainerKind::Unbound => "unbound",
    }
}
