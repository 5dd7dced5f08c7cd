//! Lists of orders: what customers bought, one line of an order by row.
//!
//! Invariants: rows with the same customer, order and activation ID are one order; without an activation ID it makes a
//! new entitlement, with one it is a repeat order.
//! Deliberately not here: checks of the order (entitlement_decide).

use super::cells::{Cells, Day, Whole};
use super::fault::RowFault;
use super::table::{Column, Row, leave_out, read};
use crate::office::catalog::ProductKey;
use crate::office::line::LineAsked;
use std::collections::BTreeMap;
use tenure_document::{ActivationId, Expiry, Time, Version};

pub(crate) const COLUMNS: &[Column] = &[
    Column { name: "customer", required: true },
    Column { name: "order", required: true },
    Column { name: "activation_id", required: false },
    Column { name: "product", required: true },
    Column { name: "version", required: true },
    Column { name: "license_model", required: true },
    Column { name: "quantity", required: true },
    Column { name: "starts", required: false },
    Column { name: "ends", required: false },
    Column { name: "activate_from", required: false },
    Column { name: "activate_until", required: false },
    Column { name: "notes", required: false },
];

/// An order of a list, and the line of the text that each of its lines stands in.
#[derive(Debug, Clone)]
pub(crate) struct OrderDraft {
    pub line: u64,
    /// A reference, or a number such as `C-000017`.
    pub customer: String,
    pub order: String,
    pub activation_id: Option<ActivationId>,
    pub lines: Vec<LineAsked>,
    pub rows: Vec<u64>,
    pub activate_from: Option<Time>,
    pub activate_until: Option<Time>,
    pub notes: String,
}

pub(crate) fn from_csv(text: &str) -> (Vec<OrderDraft>, Vec<RowFault>) {
    let (rows, mut faults) = read(text, COLUMNS);
    let mut drafts: Vec<OrderDraft> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut faulty: BTreeMap<String, u64> = BTreeMap::new();
    for row in &rows {
        let key = row.key(&["customer", "order", "activation_id"]);
        let Some(draft) = order(row, &mut faults) else {
            faulty.insert(key, row.line);
            continue;
        };
        let Some(place) = places.get(&key) else {
            places.insert(key, drafts.len());
            drafts.push(draft);
            continue;
        };
        let first: &mut OrderDraft = &mut drafts[*place];
        first.lines.extend(draft.lines);
        first.rows.push(row.line);
        first.activate_from = first.activate_from.or(draft.activate_from);
        first.activate_until = first.activate_until.or(draft.activate_until);
        if first.notes.is_empty() {
            first.notes = draft.notes;
        }
    }
    let drafts: Vec<(String, OrderDraft)> =
        places.into_iter().map(|(key, place)| (key, drafts[place].clone())).collect();
    let key = |(key, draft): &(String, OrderDraft)| (key.clone(), draft.line);
    let whole = leave_out(drafts, &faulty, key, &mut faults);
    let mut whole: Vec<OrderDraft> = whole.into_iter().map(|(_, draft)| draft).collect();
    whole.sort_by_key(|draft| draft.line);
    (whole, faults)
}

fn order(row: &Row, faults: &mut Vec<RowFault>) -> Option<OrderDraft> {
    if row.ragged {
        return None;
    }
    let before = faults.len();
    let mut cells = Cells::new(row, faults);
    let (customer, order) = (cells.required("customer"), cells.required("order"));
    let (product, model) = (cells.required("product"), cells.required("license_model"));
    let hint = "a version such as 2.0 or 2.1.3";
    let version = cells.required("version").and_then(|_| cells.value::<Version>("version", hint));
    let quantity = cells.required("quantity");
    let quantity = quantity.and_then(|_| cells.value::<Whole>("quantity", "a whole number from 1"));
    let id = "copy it as it was printed; leave it empty to make a new one";
    let activation_id = cells.value::<ActivationId>("activation_id", id);
    let (starts, ends) = (cells.time("starts", Day::Begins), cells.time("ends", Day::Ends));
    let activate_from = cells.time("activate_from", Day::Begins);
    let activate_until = cells.time("activate_until", Day::Ends);
    let notes = cells.text("notes");
    if faults.len() > before {
        return None;
    }
    let product = ProductKey { product: product?, version: version? };
    let line =
        LineAsked { product, model: model?, terms: None, quantity: quantity?.0, starts, ends };
    Some(OrderDraft {
        line: row.line,
        customer: customer?,
        order: order?,
        activation_id,
        lines: vec![line],
        rows: vec![row.line],
        activate_from,
        activate_until,
        notes,
    })
}

/// A date or a time in JSON that ends something.
fn end<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Time>, D::Error> {
    let expiry: Option<Expiry> = serde::Deserialize::deserialize(deserializer)?;
    Ok(expiry.and_then(|expiry| match expiry {
        Expiry::At(time) => Some(time),
        Expiry::Permanent => None,
    }))
}

pub(crate) fn from_json(text: &str) -> (Vec<OrderDraft>, Vec<RowFault>) {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields, expecting = "an order")]
    struct Written {
        customer: String,
        order: String,
        #[serde(default)]
        activation_id: Option<ActivationId>,
        lines: Vec<WrittenLine>,
        #[serde(default)]
        activate_from: Option<Time>,
        #[serde(default, deserialize_with = "end")]
        activate_until: Option<Time>,
        #[serde(default)]
        notes: String,
    }
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields, expecting = "a line of an order")]
    struct WrittenLine {
        product: String,
        version: Version,
        license_model: String,
        quantity: u32,
        #[serde(default)]
        terms: Option<crate::office::terms::Terms>,
        #[serde(default)]
        starts: Option<Time>,
        #[serde(default, deserialize_with = "end")]
        ends: Option<Time>,
    }
    let (found, faults) = super::json::read::<Written>(text);
    let drafts = found.into_iter().map(|(line, written)| OrderDraft {
        line,
        customer: written.customer,
        order: written.order,
        activation_id: written.activation_id,
        rows: vec![line; written.lines.len()],
        lines: written
            .lines
            .into_iter()
            .map(|one| LineAsked {
                product: ProductKey { product: one.product, version: one.version },
                model: one.license_model,
                terms: one.terms,
                quantity: one.quantity,
                starts: one.starts,
                ends: one.ends,
            })
            .collect(),
        activate_from: written.activate_from,
        activate_until: written.activate_until,
        notes: written.notes,
    });
    (drafts.collect(), faults)
}
