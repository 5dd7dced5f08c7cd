//! `tenure admin license-models`: the terms under which products are sold.
//!
//! The usual terms have flags; everything else goes by a JSON file. Deliberately not here: what terms mean; docs/OFFICE.md.

use super::super::{
    connect::Connection,
    output::{Column, Output},
    problem::failure,
};
use super::lists::{OfficeListFlags, instant_of, lists};
use crate::exit::Failure;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;
use tenure_api::office::{Begins, LicenseModel, LicenseModelRequest, LicenseTerms, Validity};
use tenure_document::{ContainerKind, Overdraft, SeatBasis, Time};

/// License models.
#[derive(Debug, Subcommand)]
pub enum ModelsCommand {
    /// All license models.
    List(OfficeListFlags),
    /// One license model.
    Show {
        /// Its name.
        name: String,
    },
    /// Make a license model, or change it: it becomes what is said here. Perpetual and floating or node-locked alike
    /// where no flag says otherwise.
    Set(Box<SetArgs>),
    /// Sell under a license model no more; what was sold stays.
    Retire {
        /// Its name.
        name: String,
    },
}

lists!(ModelsCommand);

/// A license model's terms.
#[derive(Debug, Args)]
pub struct SetArgs {
    /// Its name.
    name: String,
    /// For people.
    #[arg(long, default_value = "")]
    description: String,
    /// JSON of all terms (`-`: standard input), instead of the flags below.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["subscription", "trial", "until", "containers", "grace_days", "overdraft", "seat_basis", "no_returns", "checkpoint_days"])]
    terms: Option<PathBuf>,
    /// A subscription of so many days.
    #[arg(long, value_name = "DAYS", conflicts_with_all = ["trial", "until"])]
    subscription: Option<u32>,
    /// A trial of so many days.
    #[arg(long, value_name = "DAYS", conflicts_with = "until")]
    trial: Option<u32>,
    /// Until this date or instant.
    #[arg(long, value_parser = instant_of)]
    until: Option<Time>,
    /// From when days count.
    #[arg(long, value_enum, default_value_t = DaysFrom::Order)]
    from: DaysFrom,
    /// Kinds of containers that may hold it, with commas: server (floating), bound (node-locked), portable, unbound.
    #[arg(long, value_delimiter = ',', value_parser = kind)]
    containers: Vec<ContainerKind>,
    /// Days of use after the end.
    #[arg(long, default_value_t = 0)]
    grace_days: u32,
    /// How far use may exceed the count: a number, a percentage such as 10%, or unlimited.
    #[arg(long, value_parser = overdraft)]
    overdraft: Option<Overdraft>,
    /// What one seat counts: process, session, device or user.
    #[arg(long, value_parser = seat_basis)]
    seat_basis: Option<SeatBasis>,
    /// Customers may not give it back.
    #[arg(long)]
    no_returns: bool,
    /// The container must have been in contact with the office within so many days.
    #[arg(long)]
    checkpoint_days: Option<u32>,
}

/// From when days count.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum DaysFrom {
    /// From the order.
    Order,
    /// From the first activation of the line, for all its units.
    FirstActivation,
    /// From each activation by itself; only without returns.
    Activation,
}

/// `license-models …`
pub fn run(at: &Connection, out: &Output, command: &ModelsCommand) -> anyhow::Result<()> {
    let office = at.office()?;
    match command {
        ModelsCommand::List(flags) => {
            let page = office.license_models(&flags.list()).map_err(failure)?;
            let columns = [
                Column::Text("license model"),
                Column::Text("terms"),
                Column::Text("sold under"),
                Column::Text("description"),
            ];
            let empty =
                "no license models yet: make one with `tenure admin license-models set perpetual`";
            out.page(&page, &columns, &flags.or_none_fit(empty), |model| {
                vec![
                    model.name.clone(),
                    model.summary.clone(),
                    if model.retired { "no" } else { "yes" }.to_owned(),
                    model.description.clone(),
                ]
            })
        }
        ModelsCommand::Show { name } => show(out, &office.license_model(name).map_err(failure)?),
        ModelsCommand::Set(args) => {
            let request =
                LicenseModelRequest { description: args.description.clone(), terms: terms(args)? };
            let set = office.set_license_model(&args.name, &request).map_err(failure)?;
            out.said(
                &set,
                &format!("license model {} (revision {}): {}", set.name, set.revision, set.summary),
            )
        }
        ModelsCommand::Retire { name } => {
            office.retire_license_model(name).map_err(failure)?;
            out.said(
                &serde_json::json!({"retired": name}),
                &format!("nothing is sold under {name} any more"),
            )
        }
    }
}

fn show(out: &Output, model: &LicenseModel) -> anyhow::Result<()> {
    if out.is_json() {
        return out.value(model);
    }
    out.facts(&[
        ("license model", model.name.clone()),
        ("description", model.description.clone()),
        ("terms", model.summary.clone()),
        ("sold under", if model.retired { "no" } else { "yes" }.to_owned()),
        ("revision", model.revision.to_string()),
    ])
}

fn terms(args: &SetArgs) -> anyhow::Result<LicenseTerms> {
    if let Some(file) = &args.terms {
        let text = crate::admin::office::exchange::read_text(file)?;
        return serde_json::from_str(&text).map_err(|fault| {
            Failure::usage(format!("{} holds no terms: {fault}", file.display())).into()
        });
    }
    let from = match args.from {
        DaysFrom::Order => Begins::Order,
        DaysFrom::FirstActivation => Begins::FirstActivation,
        DaysFrom::Activation => Begins::Activation,
    };
    let mut terms = LicenseTerms {
        validity: match (args.subscription, args.trial, args.until) {
            (Some(days), _, _) => Validity::Subscription { days, from },
            (_, Some(days), _) => Validity::Trial { days, from },
            (_, _, Some(at)) => Validity::Until(at),
            _ => Validity::Perpetual,
        },
        containers: args.containers.clone(),
        checkpoint_days: args.checkpoint_days,
        ..LicenseTerms::default()
    };
    terms.usage.grace_days = args.grace_days;
    terms.usage.overdraft = args.overdraft.unwrap_or_default();
    terms.usage.seat_basis = args.seat_basis.unwrap_or_default();
    terms.returns.allowed = !args.no_returns;
    Ok(terms)
}

fn word<T: serde::de::DeserializeOwned>(text: &str, words: &str) -> Result<T, String> {
    serde_json::from_value(serde_json::Value::String(text.to_owned()))
        .map_err(|_| format!("`{text}` is none of {words}"))
}

fn kind(text: &str) -> Result<ContainerKind, String> {
    word(text, "server, bound, portable, unbound")
}

fn seat_basis(text: &str) -> Result<SeatBasis, String> {
    word(text, "process, session, device, user")
}

fn overdraft(text: &str) -> Result<Overdraft, String> {
    let wrong =
        || format!("`{text}` is no overdraft: a number, a percentage such as 10%, or unlimited");
    match text.strip_suffix('%') {
        Some(percent) => percent.parse().map(Overdraft::Percent).map_err(|_| wrong()),
        None if text == "unlimited" => Ok(Overdraft::Unlimited),
        None => text.parse().map(Overdraft::Count).map_err(|_| wrong()),
    }
}
