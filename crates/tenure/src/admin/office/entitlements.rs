//! `tenure admin entitlements`: what customers bought, each under its activation ID.
//!
//! A line is written `5xcad-suite@2.0/subscription-1y`: quantity, product, license model. Deliberately not here: what
//! may be ordered; the office decides.

use super::super::{
    connect::Connection,
    output::{Column, Output, instant, instant_or},
    problem::failure,
    wanted::new_key,
};
use super::lists::{OfficeListFlags, decided, instant_of, lists};
use crate::exit::Failure;
use clap::{Args, Subcommand};
use tenure_api::office::{
    Entitlement, EntitlementChange, EntitlementRequest, ExtendRequest, LineRequest, OrderRequest,
    Reason, ReduceRequest, TermsChange, UpgradeRequest,
};
use tenure_document::Time;

/// Entitlements.
#[derive(Debug, Subcommand)]
pub enum EntitlementsCommand {
    /// All entitlements, newest first.
    List(OfficeListFlags),
    /// One entitlement with its lines and orders.
    Show {
        /// Activation ID.
        id: String,
    },
    /// Enter what a customer bought; an activation ID is made for it.
    Add {
        /// The customer's number (C-000042).
        customer: String,
        #[command(flatten)]
        order: OrderFlags,
        /// Not activated before this date or instant.
        #[arg(long, value_parser = instant_of)]
        activate_from: Option<Time>,
        /// Not activated after this date or instant.
        #[arg(long, value_parser = instant_of)]
        activate_until: Option<Time>,
        /// For the staff.
        #[arg(long, default_value = "")]
        notes: String,
        /// The activation ID, where it was printed beforehand.
        #[arg(long)]
        activation_id: Option<String>,
    },
    /// Take in a repeat order on the same activation ID.
    Order {
        /// Activation ID.
        id: String,
        #[command(flatten)]
        order: OrderFlags,
    },
    /// Change notes and the time for activations.
    Edit {
        /// Activation ID.
        id: String,
        /// Other notes.
        #[arg(long)]
        notes: Option<String>,
        /// Not activated after this date or instant.
        #[arg(long, value_parser = instant_of, conflicts_with = "activate_for_ever")]
        activate_until: Option<Time>,
        /// No end for activations any more.
        #[arg(long)]
        activate_for_ever: bool,
        /// It belongs to this customer from now on.
        #[arg(long)]
        customer: Option<String>,
    },
    /// Activate nothing of it for now; what is in containers stays.
    Suspend(TurnArgs),
    /// Activate again.
    Resume(TurnArgs),
    /// Take everything back: containers lose it at their next contact.
    Withdraw(TurnArgs),
    /// Let a line be used longer.
    #[command(group = clap::ArgGroup::new("how_long").required(true))]
    Extend {
        /// Activation ID.
        id: String,
        /// Line.
        line: u32,
        /// So many days after its end, or from now where it has ended.
        #[arg(long, group = "how_long")]
        days: Option<u32>,
        /// Until this date or instant.
        #[arg(long, group = "how_long", value_parser = instant_of)]
        until: Option<Time>,
    },
    /// Put a newer product in the place of a line's, along an upgrade of the catalog.
    Upgrade {
        /// Activation ID.
        id: String,
        /// Line.
        line: u32,
        /// The newer product, NAME@VERSION.
        product: String,
        /// Its license model; the same as before when left out.
        #[arg(long)]
        license_model: Option<String>,
    },
    /// Take free units off a line.
    Reduce {
        /// Activation ID.
        id: String,
        /// Line.
        line: u32,
        /// How many.
        quantity: u32,
        /// Why, for the journal.
        #[arg(long, default_value = "")]
        reason: String,
    },
}

lists!(EntitlementsCommand);

/// An order.
#[derive(Debug, Args)]
pub struct OrderFlags {
    /// The order's number in your own systems.
    #[arg(long)]
    order: String,
    /// QUANTITYxPRODUCT[@VERSION][/LICENSE-MODEL]; any number of them.
    #[arg(long, short, required = true, value_parser = line)]
    line: Vec<LineRequest>,
}

/// One entitlement, and why.
#[derive(Debug, Args)]
pub struct TurnArgs {
    /// Activation ID.
    id: String,
    /// Why, for the journal.
    #[arg(long, default_value = "")]
    reason: String,
}

/// `entitlements …`
pub fn run(at: &Connection, out: &Output, command: &EntitlementsCommand) -> anyhow::Result<()> {
    use EntitlementsCommand as Command;
    let office = at.office()?;
    let shown = |entitlement: &Entitlement| show(out, entitlement);
    let key = || new_key();
    let outcome = match command {
        Command::List(flags) => return list(at, out, flags),
        Command::Show { id } => return show(out, &office.entitlement(id).map_err(failure)?),
        Command::Edit { id, notes, activate_until, activate_for_ever, customer } => {
            let until = if *activate_for_ever { Some(None) } else { activate_until.map(Some) };
            let change = EntitlementChange {
                customer: customer.clone(),
                activate_from: None,
                activate_until: until,
                notes: notes.clone(),
            };
            return show(out, &office.change_entitlement(id, &change).map_err(failure)?);
        }
        Command::Add { customer, order, activate_from, activate_until, notes, activation_id } => {
            let request = EntitlementRequest {
                customer: customer.clone(),
                order: order.order.clone(),
                lines: order.line.clone(),
                activate_from: *activate_from,
                activate_until: *activate_until,
                notes: notes.clone(),
                activation_id: activation_id.clone(),
            };
            office.create_entitlement(&request, &key()?)
        }
        Command::Order { id, order } => {
            let request = OrderRequest { order: order.order.clone(), lines: order.line.clone() };
            office.order(id, &request, &key()?)
        }
        Command::Suspend(turn) => {
            office.suspend_entitlement(&turn.id, &Reason::new(&turn.reason), &key()?)
        }
        Command::Resume(turn) => {
            office.resume_entitlement(&turn.id, &Reason::new(&turn.reason), &key()?)
        }
        Command::Withdraw(turn) => {
            office.withdraw_entitlement(&turn.id, &Reason::new(&turn.reason), &key()?)
        }
        Command::Extend { id, line, days, until } => {
            let request = ExtendRequest { ends: *until, days: *days };
            office.extend_line((id, *line), &request, &key()?)
        }
        Command::Upgrade { id, line, product, license_model } => {
            let request =
                UpgradeRequest { product: product.clone(), license_model: license_model.clone() };
            office.upgrade_line((id, *line), &request, &key()?)
        }
        Command::Reduce { id, line, quantity, reason } => {
            let request = ReduceRequest { quantity: *quantity, reason: reason.clone() };
            office.reduce_line((id, *line), &request, &key()?)
        }
    };
    decided(out, outcome.map_err(failure)?, shown)
}

fn list(at: &Connection, out: &Output, flags: &OfficeListFlags) -> anyhow::Result<()> {
    let page = at.office()?.entitlements(&flags.list()).map_err(failure)?;
    let columns = [
        Column::Text("activation ID"),
        Column::Text("customer"),
        Column::Text("products"),
        Column::Number("bought"),
        Column::Number("active"),
        Column::Number("free"),
        Column::Text("ends"),
        Column::Text("state"),
    ];
    let empty = "no entitlements yet: enter an order with `tenure admin entitlements add CUSTOMER --order NO --line 1xPRODUCT`";
    out.page(&page, &columns, &flags.or_none_fit(empty), |row| {
        vec![
            row.activation_id.clone(),
            format!("{} {}", row.customer, row.customer_name),
            row.products.join(", "),
            row.bought.to_string(),
            row.active.to_string(),
            row.free.to_string(),
            instant_or(row.ends, ""),
            row.state.word().to_owned(),
        ]
    })
}

fn show(out: &Output, entitlement: &Entitlement) -> anyhow::Result<()> {
    if out.is_json() {
        return out.value(entitlement);
    }
    let orders: Vec<String> = entitlement
        .orders
        .iter()
        .map(|order| format!("{} ({})", order.order, instant(order.at)))
        .collect();
    out.facts(&[
        ("activation ID", entitlement.activation_id.clone()),
        ("customer", format!("{} {}", entitlement.customer, entitlement.customer_name)),
        ("state", entitlement.state.word().to_owned()),
        ("activate from", instant_or(entitlement.activate_from, "at once")),
        ("activate until", instant_or(entitlement.activate_until, "no end")),
        ("orders", orders.join(", ")),
        ("notes", entitlement.notes.clone()),
    ])?;
    let columns = [
        Column::Number("line"),
        Column::Text("product"),
        Column::Text("license model"),
        Column::Number("bought"),
        Column::Number("active"),
        Column::Number("coming back"),
        Column::Number("free"),
        Column::Text("ends"),
        Column::Text("terms"),
    ];
    let rows = entitlement.lines.iter().map(|line| {
        vec![
            line.line.to_string(),
            line.product.clone(),
            line.license_model.clone(),
            line.bought.to_string(),
            line.active.to_string(),
            line.in_return.to_string(),
            line.free.to_string(),
            instant_or(line.ends, ""),
            line.summary.clone(),
        ]
    });
    out.rows(&columns, rows)
}

/// `5xcad-suite@2.0/subscription-1y`
fn line(text: &str) -> Result<LineRequest, String> {
    let wrong = || {
        Failure::usage(format!("`{text}` is no line such as 5xcad-suite@2.0/subscription-1y"))
            .message
    };
    let (quantity, rest) = text.split_once('x').ok_or_else(wrong)?;
    let quantity: u32 = quantity.trim().parse().map_err(|_| wrong())?;
    let (product, model) = match rest.rsplit_once('/') {
        None => (rest, None),
        Some((product, model)) => (product, Some(model.to_owned())),
    };
    if product.is_empty() || model.as_deref() == Some("") {
        return Err(wrong());
    }
    Ok(LineRequest {
        product: product.to_owned(),
        license_model: model,
        quantity,
        starts: None,
        ends: None,
        terms: TermsChange::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_as_people_write_them() {
        let check = |text: &str| {
            line(text).map(|one| (one.quantity, one.product, one.license_model.unwrap_or_default()))
        };
        let said = |quantity, product: &str, model: &str| {
            Ok((quantity, product.to_owned(), model.to_owned()))
        };
        assert_eq!(check("5xcad@2.0/yearly"), said(5, "cad@2.0", "yearly"));
        assert_eq!(check("1xexpert"), said(1, "expert", ""));
        assert_eq!(check("1xa/b@1.0/m"), said(1, "a/b@1.0", "m"));
        for wrong in ["", "cad", "xcad", "5x", "5xcad/", "-1xcad"] {
            assert!(check(wrong).is_err(), "{wrong}");
        }
    }
}
