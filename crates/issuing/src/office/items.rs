//! The items that a line's product becomes in a container.
//!
//! Invariants: the item of a feature has the same ID as long as its activation lives, `A-0000123.0`, whatever product
//! takes the place of the line's: a feature keeps the number it first had in the line, a new one gets the next; the same
//! line, activation and revision make the same items, byte for byte.
//! Deliberately not here: operations (`work`), and what an item means in use (leasing, container).

use super::activations::Activation;
use super::catalog::{Product, ProductFeature};
use super::line::Line;
use super::numbers::ActivationNo;
use super::terms::{Begins, Terms, UsageTerms};
use std::time::Duration;
use tenure_document::{Count, Expiry, Item, Time};

const DAY: Duration = Duration::from_secs(86_400);

/// `days` after `from`.
pub(crate) fn days_after(from: Time, days: u32) -> Time {
    from.plus(DAY * days)
}

/// When units of a line end: where days count from each activation so many days after it, but not before the end that
/// the line was lengthened to; else at the line's end.
pub(crate) fn end_of(line: &Line, activated: Time) -> Option<Time> {
    match line.sold.terms().validity.days() {
        Some((days, Begins::Activation)) => {
            let own = days_after(line.starts.map_or(activated, |at| at.max(activated)), days);
            Some(line.ends.map_or(own, |ends| ends.max(own)))
        }
        _ => line.ends,
    }
}

/// Features of a line in the order of their numbers, as far as revision `revision`.
fn slots(line: &Line) -> impl Iterator<Item = &str> {
    let products = line.earlier.iter().map(|(_, product)| product);
    let mut seen: Vec<&str> = Vec::new();
    for feature in products.chain([&line.sold.product]).flat_map(|product| &product.features) {
        if !seen.contains(&feature.feature.as_str()) {
            seen.push(&feature.feature);
        }
    }
    seen.into_iter()
}

/// The ID of the item of a feature.
pub(crate) fn item_id(line: &Line, root: ActivationNo, feature: &str) -> String {
    // Nearly every line still sells what it sold first.
    let number = if line.earlier.is_empty() {
        line.sold.product.place(feature)
    } else {
        slots(line).position(|slot| slot == feature)
    };
    format!("{root}.{}", number.unwrap_or_default())
}

/// How many seats so many units have; nothing where that is more than an item can say.
pub(crate) fn seats(per_unit: Count, quantity: u32) -> Option<Count> {
    match per_unit {
        Count::Uncounted => Some(Count::Uncounted),
        Count::Counted(each) => each.checked_mul(quantity).map(Count::Counted),
    }
}

/// The items of an activation as they are now, in the order of the product's features.
pub(crate) fn items(line: &Line, activation: &Activation, issuer: &str) -> Vec<Item> {
    let product = &line.sold.product;
    let mut items: Vec<Item> =
        product.features.iter().map(|feature| item(line, product, feature, activation)).collect();
    if !issuer.is_empty() {
        items.iter_mut().for_each(|item| item.issuer = Some(issuer.to_owned()));
    }
    items
}

fn item(line: &Line, product: &Product, sold: &ProductFeature, activation: &Activation) -> Item {
    let root = activation.part_of.unwrap_or(activation.no);
    let id = item_id(line, root, &sold.feature);
    // Checked at the order: every unit that was bought fits one item.
    let count = seats(sold.count_per_unit, activation.quantity).unwrap_or(sold.count_per_unit);
    let mut item = Item::new(id, &sold.feature, sold.version, count);
    item.start = line.starts;
    item.expiry = end_of(line, activation.activated).map_or(Expiry::Permanent, Expiry::At);
    item.product.clone_from(&product.name);
    item.vendor_string.clone_from(&sold.vendor_string);
    item.notice = Some(sold.notice.clone()).filter(|notice| !notice.is_empty());
    item.selectors.clone_from(&sold.selectors);
    // That of the whole: a part that meets the rest again must have the same terms.
    item.activation_id = Some(root.to_string());
    item.entitlement_id = Some(format!("{}/{}", activation.entitlement, activation.line));
    put_terms(&mut item, line.sold.terms(), usage_of(line, sold));
    item
}

/// How a feature is used: as the line's own terms say, else as the feature says, else as the model says.
pub(crate) fn usage_of<'a>(line: &'a Line, sold: &'a ProductFeature) -> &'a UsageTerms {
    match (&line.sold.own, &sold.usage) {
        (Some(own), _) => &own.usage,
        (None, Some(usage)) => usage,
        (None, None) => &line.sold.model.terms.usage,
    }
}

/// Writes terms into an item.
pub(crate) fn put_terms(item: &mut Item, terms: &Terms, usage: &UsageTerms) {
    item.kind = usage.kind;
    item.seat_basis = usage.seat_basis;
    item.overdraft = usage.overdraft;
    item.exclusive = usage.exclusive;
    item.borrow_max_seconds = usage.borrow_max_seconds;
    item.borrow_interval_seconds = usage.borrow_interval_seconds;
    item.grace_days = usage.grace_days;
    item.enforcement = usage.enforcement;
    item.virtual_machines = usage.virtual_machines;
    item.min_named_user_days = usage.min_named_user_days;
    item.checkpoint_days = terms.checkpoint_days;
    item.moves = terms.moves;
    item.binding = terms.binding;
}
