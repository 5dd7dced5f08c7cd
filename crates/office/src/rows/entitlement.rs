//! Entitlements on the wire, and what a request makes of their lines.
//!
//! Kept here: a line's figures add up, because they are read at one instant; a product is named as people write it.
//! Deliberately not here: what may be ordered (issuing).

use tenure_api::office::{
    EntitlementLine, EntitlementOrder, EntitlementRow, EntitlementState as WireState, LineRequest,
    TermsChange,
};
use tenure_document::Time;
use tenure_issuing::office::{
    Entitlement, EntitlementState, Line, LineAsked, Office, ProductKey, RelationKind, Terms,
};
use tenure_shell::problem::{Code, Refused};

use super::{terms, terms_text};
use crate::names::{product_text, sold_product};

/// An entitlement in a list.
pub(crate) fn row(office: &Office, entitlement: &Entitlement) -> EntitlementRow {
    let sum = |units: fn(&Line) -> u32| {
        entitlement.lines.iter().map(|line| u64::from(units(line))).sum::<u64>()
    };
    let lines = &entitlement.lines;
    let ends = lines.iter().map(|line| line.ends).collect::<Option<Vec<Time>>>();
    let mut products: Vec<String> =
        lines.iter().map(|line| product_text(&line.sold.product.key())).collect();
    products.dedup();
    EntitlementRow {
        activation_id: entitlement.id.to_string(),
        customer: entitlement.customer.to_string(),
        customer_name: customer_name(office, entitlement),
        state: state(entitlement.state),
        products,
        order: entitlement.orders.first().map(|order| order.reference.clone()).unwrap_or_default(),
        bought: sum(|line| line.quantity),
        active: sum(|line| line.taken),
        free: sum(Line::free),
        ends: ends.and_then(|ends| ends.into_iter().max()),
        created_at: entitlement.made,
    }
}

/// An entitlement with its lines and orders.
pub(crate) fn detail(
    office: &Office,
    entitlement: &Entitlement,
    now: Time,
) -> tenure_api::office::Entitlement {
    let lines = entitlement.lines.iter().map(|line| line_row(office, entitlement, line, now));
    tenure_api::office::Entitlement {
        activation_id: entitlement.id.to_string(),
        customer: entitlement.customer.to_string(),
        customer_name: customer_name(office, entitlement),
        state: state(entitlement.state),
        activate_from: entitlement.activate_from,
        activate_until: entitlement.activate_until,
        notes: entitlement.notes.clone(),
        lines: lines.collect(),
        orders: entitlement
            .orders
            .iter()
            .map(|order| EntitlementOrder {
                order: order.reference.clone(),
                at: order.at,
                lines: order.units.iter().map(|(line, _)| *line).collect(),
            })
            .collect(),
        created_at: entitlement.made,
    }
}

fn line_row(office: &Office, entitlement: &Entitlement, line: &Line, now: Time) -> EntitlementLine {
    let seen = office.look_at_line(entitlement, line, now);
    let terms = line.sold.terms();
    EntitlementLine {
        line: line.no,
        product: product_text(&line.sold.product.key()),
        license_model: line.sold.model.name.clone(),
        terms: terms::wire(terms),
        summary: terms_text::summary(terms),
        bought: line.quantity.into(),
        active: seen.active.into(),
        in_return: u64::from(seen.returning) + u64::from(seen.cooling_down),
        free: seen.free.into(),
        starts: line.starts,
        ends: line.ends,
        upgrades_to: upgrades(office, &line.sold.product.key()),
    }
}

fn upgrades(office: &Office, from: &ProductKey) -> Vec<String> {
    let relations = office.catalog().relations();
    relations
        .filter(|one| one.kind == RelationKind::Upgrade && one.from == *from)
        .map(|one| product_text(&one.to))
        .collect()
}

/// The name of who bought it; empty once it is forgotten.
pub(crate) fn customer_name(office: &Office, entitlement: &Entitlement) -> String {
    let customer = office.customers().get(entitlement.customer);
    customer.map(|customer| customer.facts.name.clone()).unwrap_or_default()
}

/// The state on the wire.
pub(crate) fn state(state: EntitlementState) -> WireState {
    match state {
        EntitlementState::Active => WireState::Active,
        EntitlementState::Suspended => WireState::Suspended,
        EntitlementState::Withdrawn => WireState::Withdrawn,
    }
}

/// The lines of an order, as the books ask for them.
pub(crate) fn lines(office: &Office, asked: &[LineRequest]) -> Result<Vec<LineAsked>, Refused> {
    asked.iter().map(|line| line_of(office, line)).collect()
}

fn line_of(office: &Office, asked: &LineRequest) -> Result<LineAsked, Refused> {
    let (product, model) = sold(office, &asked.product, asked.license_model.as_deref())?;
    Ok(LineAsked {
        terms: own_terms(office, &model, &asked.terms)?,
        product,
        model,
        quantity: asked.quantity,
        starts: asked.starts,
        ends: asked.ends,
    })
}

/// The product and the license model that are meant.
pub(crate) fn sold(
    office: &Office,
    product: &str,
    model: Option<&str>,
) -> Result<(ProductKey, String), Refused> {
    let product = sold_product(office, product)?;
    let model = match (model, product.license_models.as_slice()) {
        (Some(model), _) => model.to_owned(),
        (None, [only]) => only.clone(),
        (None, several) => {
            let known: Vec<&str> = match several {
                [] => office.catalog().models().map(|model| model.name.as_str()).collect(),
                some => some.iter().map(String::as_str).collect(),
            };
            return Err(Code::BadValue.says(format!(
                "Say under which `license_model` {} is sold: {}.",
                product_text(&product.key()),
                known.join(", ")
            )));
        }
    };
    Ok((product.key(), model))
}

/// The terms in place of the model's; nothing where they are the model's, or there is no such model.
pub(crate) fn own_terms(
    office: &Office,
    model: &str,
    change: &TermsChange,
) -> Result<Option<Terms>, Refused> {
    match office.catalog().model(model) {
        Some(model) => terms::merged(&model.terms, change),
        None => Ok(None),
    }
}
