//! Lists of customers.
//!
//! Invariants: a customer is known again by its reference, so that the same list can be imported again; rows with the
//! same reference are one customer with several contacts.
//! Deliberately not here: checks of the facts (customer_decide).

use super::cells::Cells;
use super::fault::RowFault;
use super::table::{Column, Row, leave_out, read};
use crate::office::customers::{Contact, CustomerFacts};
use std::collections::BTreeMap;

pub(crate) const COLUMNS: &[Column] = &[
    Column { name: "reference", required: true },
    Column { name: "name", required: true },
    Column { name: "contact_name", required: false },
    Column { name: "contact_email", required: false },
    Column { name: "notes", required: false },
];

/// A customer of a list.
pub(crate) struct CustomerDraft {
    pub line: u64,
    pub facts: CustomerFacts,
}

pub(crate) fn from_csv(text: &str) -> (Vec<CustomerDraft>, Vec<RowFault>) {
    let (rows, mut faults) = read(text, COLUMNS);
    let mut drafts: Vec<CustomerDraft> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut faulty: BTreeMap<String, u64> = BTreeMap::new();
    for row in &rows {
        let Some(facts) = facts(row, &mut faults) else {
            faulty.insert(row.key(&["reference"]), row.line);
            continue;
        };
        let Some(place) = places.get(&facts.reference) else {
            places.insert(facts.reference.clone(), drafts.len());
            drafts.push(CustomerDraft { line: row.line, facts });
            continue;
        };
        let first = &mut drafts[*place];
        if first.facts.name != facts.name {
            let what = format!(
                "reference {:?} has the name {:?} in line {}",
                facts.reference, first.facts.name, first.line
            );
            let hint = "rows with one reference are one customer: give them the same name";
            faults.push(RowFault::in_column(row.line, "name", what, hint));
            faulty.insert(row.key(&["reference"]), row.line);
            continue;
        }
        first.facts.contacts.extend(facts.contacts);
        if first.facts.notes.is_empty() {
            first.facts.notes = facts.notes;
        }
    }
    let key = |draft: &CustomerDraft| (draft.facts.reference.clone(), draft.line);
    (leave_out(drafts, &faulty, key, &mut faults), faults)
}

fn facts(row: &Row, faults: &mut Vec<RowFault>) -> Option<CustomerFacts> {
    if row.ragged {
        return None;
    }
    let mut cells = Cells::new(row, faults);
    let (reference, name) = (cells.required("reference"), cells.required("name"));
    let (contact, email) = (cells.text("contact_name"), cells.text("contact_email"));
    let contacts = match (contact.is_empty(), email.is_empty()) {
        (true, true) => Vec::new(),
        (true, false) => vec![Contact { name: email.clone(), email }],
        (false, _) => vec![Contact { name: contact, email }],
    };
    let notes = cells.text("notes");
    Some(CustomerFacts { name: name?, reference: reference?, contacts, notes })
}

pub(crate) fn from_json(text: &str) -> (Vec<CustomerDraft>, Vec<RowFault>) {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields, expecting = "a customer")]
    struct Written {
        reference: String,
        name: String,
        #[serde(default)]
        contacts: Vec<Contact>,
        #[serde(default)]
        notes: String,
    }
    let (found, mut faults) = super::json::read::<Written>(text);
    let mut drafts: Vec<CustomerDraft> = Vec::new();
    let mut lines: BTreeMap<String, u64> = BTreeMap::new();
    for (line, Written { reference, name, contacts, notes }) in found {
        if reference.is_empty() {
            let hint = "by it the customer is known again when the list is imported again";
            faults.push(RowFault::in_column(line, "reference", "is empty", hint));
            continue;
        }
        if let Some(first) = lines.insert(reference.clone(), line) {
            let what =
                format!("{reference:?} is the reference of the customer in line {first} too");
            faults.push(RowFault::in_column(line, "reference", what, "write each customer once"));
            continue;
        }
        drafts.push(CustomerDraft {
            line,
            facts: CustomerFacts { name, reference, contacts, notes },
        });
    }
    (drafts, faults)
}
