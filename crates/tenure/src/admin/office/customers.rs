//! `tenure admin customers`: who buys.
//!
//! Deliberately not here: what they bought (`entitlements`).

use super::super::{
    connect::Connection,
    output::{Column, Output, instant, instant_or},
    problem::failure,
    wanted::new_key,
};
use super::lists::{OfficeListFlags, lists};
use clap::Subcommand;
use tenure_api::office::{Contact, Customer, CustomerChange, CustomerRequest, Reason};

/// Customers.
#[derive(Debug, Subcommand)]
pub enum CustomersCommand {
    /// All customers, newest first.
    List(OfficeListFlags),
    /// One customer.
    Show {
        /// Its number (C-000042).
        id: String,
    },
    /// Enter a customer.
    Add {
        /// Its name.
        name: String,
        /// Its number in your own systems.
        #[arg(long)]
        reference: Option<String>,
        /// A person there: "Ada Lovelace <ada@works.example>"; any number of them.
        #[arg(long, value_parser = contact)]
        contact: Vec<Contact>,
        /// For the staff.
        #[arg(long, default_value = "")]
        notes: String,
    },
    /// Change a customer; what is not said stays.
    Edit {
        /// Its number (C-000042).
        id: String,
        /// Another name.
        #[arg(long)]
        name: Option<String>,
        /// Another number in your own systems; empty: none.
        #[arg(long)]
        reference: Option<String>,
        /// All people there from now on.
        #[arg(long, value_parser = contact)]
        contact: Vec<Contact>,
        /// Other notes.
        #[arg(long)]
        notes: Option<String>,
    },
    /// Erase all that tells who a customer is; its number and what it bought stay.
    Forget {
        /// Its number (C-000042).
        id: String,
    },
}

lists!(CustomersCommand);

/// `customers …`
pub fn run(at: &Connection, out: &Output, command: &CustomersCommand) -> anyhow::Result<()> {
    let office = at.office()?;
    match command {
        CustomersCommand::List(flags) => {
            let page = office.customers(&flags.list()).map_err(failure)?;
            let columns = [
                Column::Text("customer"),
                Column::Text("name"),
                Column::Text("reference"),
                Column::Number("entitlements"),
                Column::Text("entered"),
            ];
            let empty = "no customers yet: enter one with `tenure admin customers add NAME`";
            out.page(&page, &columns, &flags.or_none_fit(empty), |customer| {
                vec![
                    customer.id.clone(),
                    name(customer),
                    customer.reference.clone().unwrap_or_default(),
                    customer.entitlements.to_string(),
                    instant(customer.created_at),
                ]
            })
        }
        CustomersCommand::Show { id } => show(out, &office.customer(id).map_err(failure)?),
        CustomersCommand::Add { name, reference, contact, notes } => {
            let request = CustomerRequest {
                name: name.clone(),
                reference: reference.clone(),
                contacts: contact.clone(),
                notes: notes.clone(),
            };
            let made = office.create_customer(&request, &new_key()?).map_err(failure)?;
            out.said(&made, &format!("customer {} entered: {}", made.id, made.name))
        }
        CustomersCommand::Edit { id, name, reference, contact, notes } => {
            let change = CustomerChange {
                name: name.clone(),
                reference: reference.clone(),
                contacts: Some(contact.clone()).filter(|contacts| !contacts.is_empty()),
                notes: notes.clone(),
            };
            show(out, &office.change_customer(id, &change).map_err(failure)?)
        }
        CustomersCommand::Forget { id } => {
            let left =
                office.forget_customer(id, &Reason::default(), &new_key()?).map_err(failure)?;
            out.said(&left, &format!("all that told who {} is is erased", left.id))
        }
    }
}

fn show(out: &Output, customer: &Customer) -> anyhow::Result<()> {
    if out.is_json() {
        return out.value(customer);
    }
    let contacts: Vec<String> = customer
        .contacts
        .iter()
        .map(|one| {
            if one.email.is_empty() {
                one.name.clone()
            } else {
                format!("{} <{}>", one.name, one.email)
            }
        })
        .collect();
    out.facts(&[
        ("customer", customer.id.clone()),
        ("name", name(customer)),
        ("reference", customer.reference.clone().unwrap_or_default()),
        ("contacts", contacts.join(", ")),
        ("notes", customer.notes.clone()),
        ("entitlements", customer.entitlements.to_string()),
        ("entered", instant(customer.created_at)),
        ("forgotten", instant_or(customer.forgotten_at, "no")),
    ])
}

fn name(customer: &Customer) -> String {
    if customer.forgotten_at.is_some() { "(forgotten)".to_owned() } else { customer.name.clone() }
}

/// `Name <address>` or a name alone.
fn contact(text: &str) -> Result<Contact, String> {
    let (name, email) = match text.split_once('<') {
        None => (text.trim(), ""),
        Some((name, rest)) => match rest.trim().strip_suffix('>') {
            Some(email) => (name.trim(), email.trim()),
            None => return Err(format!("`{text}` has no `>` after the address")),
        },
    };
    if name.is_empty() {
        return Err("a contact has a name".to_owned());
    }
    Ok(Contact { name: name.to_owned(), email: email.to_owned() })
}
