//! The columns of the lists that can be taken in, and lists with nothing but these columns.
//!
//! Kept here: the page that explains them, the empty list and the export have the same columns, in the same order.
//! Deliberately not here: whether a row makes sense; the API says so when it looks a list through.

use axum::extract::Path;
use tenure_api::office::ImportSubject;

use crate::component::Link;
use crate::staff::{Answer, Member, sheet};

/// A column: name, whether every row needs it, what stands in it, an example.
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) needed: bool,
    pub(super) text: &'static str,
    example: &'static str,
}

const fn column(
    name: &'static str,
    needed: bool,
    text: &'static str,
    example: &'static str,
) -> Column {
    Column { name, needed, text, example }
}

const CUSTOMERS: &[Column] = &[
    column(
        "reference",
        true,
        "Your own number for it. Rows with the same one are one customer",
        "4711",
    ),
    column("name", true, "Name", "Works Ltd"),
    column("contact_name", false, "A person; one row for each", "Ada"),
    column("contact_email", false, "The person's address", "ada@works.example"),
    column("notes", false, "For the staff", ""),
];
const PRODUCTS: &[Column] = &[
    column("product", true, "Name. One row for each feature", "cad-suite"),
    column("version", true, "Version of the product", "2.0"),
    column("feature", true, "What the application asks for", "cad"),
    column("feature_version", false, "Empty: the product's", "2.0"),
    column(
        "count_per_unit",
        false,
        "Seats that one unit brings: a number or uncounted. Empty: 1",
        "1",
    ),
    column("vendor_string", false, "Handed to the application", ""),
    column("notice", false, "Shown to people", ""),
    column("license_models", false, "Names of license models with | between. Empty: any", ""),
    column("description", false, "For people", "CAD suite"),
];
const ENTITLEMENTS: &[Column] = &[
    column("customer", true, "Its number here, or your reference", "4711"),
    column(
        "order",
        true,
        "Order number. Rows with the same customer, order and ID are one order",
        "PO-2026-17",
    ),
    column("product", true, "Name", "cad-suite"),
    column("version", true, "Version", "2.0"),
    column("license_model", true, "Name of the license model", "perpetual"),
    column("quantity", true, "How many", "5"),
    column(
        "activation_id",
        false,
        "Of an entitlement that is there: a repeat order. Empty: a new one",
        "",
    ),
    column("starts", false, "A day (2026-12-01) or a time. Empty: at once", ""),
    column("ends", false, "A day or a time. Empty: as the license model says", ""),
    column("activate_from", false, "Not activated before", ""),
    column("activate_until", false, "Not activated after", ""),
    column("notes", false, "For the staff", ""),
];

/// The columns of a list.
pub(super) fn columns(what: ImportSubject) -> &'static [Column] {
    match what {
        ImportSubject::Products => PRODUCTS,
        ImportSubject::Customers => CUSTOMERS,
        ImportSubject::Entitlements => ENTITLEMENTS,
    }
}

/// `GET /console/lists/columns/{name}`: a list with the columns and one row as an example.
pub(super) async fn template(me: Member, Path(name): Path<String>) -> Answer {
    let what = name.strip_suffix(".csv").and_then(|name| name.parse::<ImportSubject>().ok());
    let Some(what) = what else {
        let back =
            Link { href: "/console/lists".to_owned(), words: "Import and export".to_owned() };
        return Err(me.nothing("There are columns of products, customers and entitlements.", back));
    };
    let columns = columns(what);
    let heads: Vec<&str> = columns.iter().map(|column| column.name).collect();
    let row = columns.iter().map(|column| column.example.to_owned()).collect::<Vec<_>>();
    Ok(sheet(&format!("{what}-columns.csv"), &heads, [row]))
}
