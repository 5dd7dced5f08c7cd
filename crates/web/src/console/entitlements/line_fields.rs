//! The lines of an order as fields: product, license model, quantity, start, end, and terms that differ.
//!
//! Kept here: rows without a product are no lines; what is wrong with a line stands at the line, also when the API
//! says it. Deliberately not here: whether the catalog sells it (the API).

use serde_json::{Map, Value};
use tenure_api::office::{LineRequest, TermsChange};

use super::super::field::{Field, Typed};
use super::catalog::Catalog;

/// Most lines that one form takes.
const LINES_MAX: usize = 100;

/// The fields of one line.
pub(super) struct LineFields {
    pub(super) head: [Field; 3],
    pub(super) more: [Field; 3],
    /// Something stands in the further fields.
    pub(super) open: bool,
}

/// How many rows are filled, up to the last one.
fn filled(typed: &Typed) -> usize {
    let is_filled = |place: &usize| !typed.text(&format!("product-{place}")).is_empty();
    (0..LINES_MAX).rev().find(is_filled).map_or(0, |last| last + 1)
}

/// The rows of a form: those that are filled, and at least one more where `spare` says so.
pub(super) fn rows(typed: &Typed, catalog: &Catalog, spare: bool) -> Vec<LineFields> {
    let wanted = if typed.has("act", "more") || spare { filled(typed) + 1 } else { filled(typed) };
    (0..wanted.clamp(1, LINES_MAX)).map(|place| row(typed, catalog, place)).collect()
}

fn row(typed: &Typed, catalog: &Catalog, place: usize) -> LineFields {
    let name = |part: &str| format!("{part}-{place}");
    let further = ["starts", "ends", "terms"];
    let more = [
        typed.field(name("starts"), "Begins").day().hint("With that day (UTC). Empty: at once."),
        typed
            .field(name("ends"), "Ends")
            .day()
            .hint("With that day (UTC). Empty: as the license model says."),
        terms_field(typed, &name("terms")),
    ];
    LineFields {
        head: [
            catalog.product(typed, &name("product"), "Choose a product"),
            catalog.model(typed, &name("model"), "The only one of the product"),
            typed.field(name("quantity"), "Quantity").number(1, 10_000_000),
        ],
        more,
        open: further.iter().any(|part| !typed.text(&name(part)).is_empty()),
    }
}

/// The field for terms that differ from the model's.
pub(super) fn terms_field(typed: &Typed, name: &str) -> Field {
    let hint = "Only what differs from the license model, as JSON, for example {\"usage\": {\"grace_days\": 30}}; null \
                takes a member back to its default. The license model's page shows its terms in this form.";
    typed.field(name, "Terms that differ").area().hint(hint)
}

/// Terms that differ, as they were typed.
pub(super) fn terms(typed: &mut Typed, name: &str) -> TermsChange {
    let Some(text) = typed.some(name) else { return TermsChange::default() };
    match serde_json::from_str::<Map<String, Value>>(&text) {
        Ok(members) => TermsChange(members),
        Err(error) => {
            typed.fault(name, format!("This is not a JSON object: {error}."));
            TermsChange::default()
        }
    }
}

/// The lines as they are ordered.
pub(super) fn lines(typed: &mut Typed) -> Vec<LineRequest> {
    let mut lines = Vec::new();
    for place in 0..filled(typed) {
        let name = |part: &str| format!("{part}-{place}");
        let Some(product) = typed.some(&name("product")) else { continue };
        let quantity = typed.number(&name("quantity"));
        if typed.text(&name("quantity")).is_empty() {
            typed.fault(name("quantity"), "Say how many.");
        }
        lines.push(LineRequest {
            product,
            license_model: typed.some(&name("model")),
            quantity: quantity.unwrap_or(0),
            starts: typed.day_begins(&name("starts")),
            ends: typed.day_ends(&name("ends")),
            terms: terms(typed, &name("terms")),
        });
    }
    lines
}

/// The field of a member that the API names: `lines[1].quantity` is in the second row that is filled; `before` lines
/// of the order come from elsewhere.
pub(super) fn field_of(typed: &Typed, member: &str, before: usize) -> String {
    let member = match member {
        "reference" => "order",
        member => member,
    };
    let Some((place, part)) = member.strip_prefix("lines[").and_then(|it| it.split_once(']'))
    else {
        return member.to_owned();
    };
    let rows = (0..LINES_MAX).filter(|row| !typed.text(&format!("product-{row}")).is_empty());
    let place = place.parse::<usize>().ok().and_then(|place| place.checked_sub(before));
    let row = place.and_then(|place| rows.clone().nth(place)).unwrap_or(0);
    let part = match part.trim_start_matches('.') {
        "license_model" => "model",
        part if part.starts_with("terms") => "terms",
        part => part,
    };
    format!("{part}-{row}")
}

/// What makes the second of the first, as RFC 7396 says.
pub(super) fn difference(from: &Value, to: &Value) -> Map<String, Value> {
    let (Value::Object(from), Value::Object(to)) = (from, to) else { return Map::new() };
    let mut change = Map::new();
    for (name, value) in to {
        match from.get(name) {
            Some(before) if before == value => {}
            Some(before) if before.is_object() && value.is_object() => {
                change.insert(name.clone(), Value::Object(difference(before, value)));
            }
            _ => {
                change.insert(name.clone(), value.clone());
            }
        }
    }
    for name in from.keys().filter(|name| !to.contains_key(*name)) {
        change.insert(name.clone(), Value::Null);
    }
    change
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lines_are_what_was_filled_in() {
        let mut typed = Typed::default()
            .with("product-0", "cad@1.0")
            .with("quantity-0", "5")
            .with("product-2", "render@1.0")
            .with("model-2", "year")
            .with("ends-2", "2027-12-31")
            .with("terms-2", "{\"usage\": {\"grace_days\": 3}}");
        let found = lines(&mut typed);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].quantity, found[0].license_model.as_deref()), (5, None));
        assert_eq!(
            found[1].ends.map(|at| at.to_string()).as_deref(),
            Some("2027-12-31T23:59:59.999Z")
        );
        assert_eq!(found[1].terms.0.len(), 1);
        assert!(!typed.is_right(), "the second says no quantity");
        assert!(typed.field("quantity-2", "x").to_string().contains("Say how many"));
        assert_eq!(field_of(&typed, "lines[1].quantity", 0), "quantity-2");
        assert_eq!(field_of(&typed, "lines[1].terms.usage", 1), "terms-0");
        assert_eq!(field_of(&typed, "reference", 0), "order");
    }

    #[test]
    fn a_difference_merged_is_the_other() {
        let from = json!({"validity": "perpetual", "usage": {"grace_days": 1, "exclusive": true}, "moves": {}});
        let to = json!({"validity": {"trial": {"days": 3}}, "usage": {"grace_days": 2, "exclusive": true}});
        let change = difference(&from, &to);
        assert_eq!(
            Value::Object(change),
            json!({"validity": {"trial": {"days": 3}}, "usage": {"grace_days": 2}, "moves": null})
        );
        assert!(difference(&to, &to).is_empty());
    }
}
