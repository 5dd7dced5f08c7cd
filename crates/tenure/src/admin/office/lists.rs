//! The flags of the office's lists, and what is said of an order that waits for a second person.
//!
//! Deliberately not here: columns; those stand with each command.

use clap::{Args, Subcommand};
use serde::Serialize;
use tenure_api::office::{Decided, OfficeQuery};
use tenure_document::{Expiry, Time};

use super::super::{list::none_fit, output::Output};

/// Which rows of a list of the office.
#[derive(Debug, Clone, Args)]
pub struct OfficeListFlags {
    /// Page, from 1.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    page: Option<u32>,
    /// Rows on a page, 1 to 1000.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1000))]
    size: Option<u32>,
    /// Member to sort by, where the list takes one; `-` before it for descending.
    #[arg(long, allow_hyphen_values = true)]
    sort: Option<String>,
    /// Only rows that contain this text.
    #[arg(long, short = 'q')]
    query: Option<String>,
    /// Only rows of this customer (C-000042).
    #[arg(long)]
    customer: Option<String>,
    /// Only rows of this activation ID.
    #[arg(long)]
    activation_id: Option<String>,
    /// Only rows of this container, by its serial.
    #[arg(long)]
    container: Option<String>,
    /// Only rows in this state.
    #[arg(long)]
    state: Option<String>,
    /// Only rows of this product: `name@version`, or a name for all of its versions.
    #[arg(long)]
    product: Option<String>,
    /// Only rows with something that ends within so many days.
    #[arg(long)]
    ends_within_days: Option<u32>,
}

impl OfficeListFlags {
    /// The same as the query of a call.
    pub fn list(&self) -> OfficeQuery {
        OfficeQuery {
            page: self.page,
            size: self.size,
            sort: self.sort.clone(),
            q: self.query.clone(),
            customer: self.customer.clone(),
            activation_id: self.activation_id.clone(),
            container: self.container.clone(),
            product: self.product.clone(),
            state: self.state.clone(),
            from: None,
            to: None,
            ends_within_days: self.ends_within_days,
        }
    }

    /// What is said of a list without rows; `empty`: if there are none at all.
    pub fn or_none_fit(&self, empty: &str) -> String {
        none_fit(
            &[
                ("--query", self.query.clone()),
                ("--customer", self.customer.clone()),
                ("--activation-id", self.activation_id.clone()),
                ("--container", self.container.clone()),
                ("--state", self.state.clone()),
                ("--product", self.product.clone()),
                ("--ends-within-days", self.ends_within_days.map(|days| days.to_string())),
            ],
            empty,
        )
    }
}

/// A subject with commands of its own; none of them named: its list.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_required = false)]
pub struct OrOfficeList<C: Subcommand> {
    #[command(flatten)]
    list: OfficeListFlags,
    #[command(subcommand)]
    command: Option<C>,
}

impl<C: Subcommand + From<OfficeListFlags>> OrOfficeList<C> {
    /// The command that is meant.
    pub fn command(self) -> C {
        self.command.unwrap_or_else(|| C::from(self.list))
    }
}

/// Makes the bare subject its list.
macro_rules! lists {
    ($command:ty) => {
        impl From<OfficeListFlags> for $command {
            fn from(flags: OfficeListFlags) -> Self {
                Self::List(flags)
            }
        }
    };
}
pub(super) use lists;

/// Shows what became of an order: the result, or the approval it waits for.
pub fn decided<T: Serialize>(
    out: &Output,
    decided: Decided<T>,
    show: impl FnOnce(&T) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    match decided {
        Decided::Done(value) => show(&value),
        Decided::Waiting(row) => out.said(
            &row,
            &format!(
                "waits for a second person as {}: {}\nanother user agrees with: tenure admin approvals approve {}",
                row.approval, row.why, row.approval
            ),
        ),
    }
}

/// An instant on the command line: RFC 3339, or a date for the end of that day.
pub fn instant_of(text: &str) -> Result<Time, String> {
    match serde_json::from_value(serde_json::Value::String(text.to_owned())) {
        Ok(Expiry::At(time)) => Ok(time),
        _ => Err(format!("`{text}` is no date such as 2027-12-31 and no time in UTC")),
    }
}
