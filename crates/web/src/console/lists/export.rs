//! Files for other systems: what was bought and used as the API writes it, customers and products in the columns that
//! can be taken in again.

use axum::extract::Path;
use axum::http::StatusCode;
use tenure_api::office::{Customer, Product};
use tenure_document::Count;

use super::columns::columns;
use crate::address::segment;
use crate::backend::Trouble;
use crate::component::Link;
use crate::download::document_file;
use crate::staff::{Answer, Member, sheet};

/// What there is: file, what it is, for whom.
pub(super) const FILES: [(&str, &str, &str); 6] = [
    (
        "entitlements.csv",
        "What was bought, as a table",
        "A row for each line, with state and counts.",
    ),
    ("entitlements.json", "What was bought, as JSON", "For shops and ERPs."),
    (
        "entitlements.xml",
        "What was bought, as XML",
        "After the ideas of ISO/IEC 19770-3, in a namespace of its own.",
    ),
    ("usage.csv", "What was used, as a table", "By day, license server and item."),
    ("customers.csv", "Customers", "In the columns of the import, one row for a contact."),
    ("products.csv", "Products", "In the columns of the import, one row for a feature."),
];

/// `GET /console/lists/export/{name}`.
pub(super) async fn export(me: Member, Path(name): Path<String>) -> Answer {
    let answer = match name.as_str() {
        "customers.csv" => customers(&me).await,
        "products.csv" => products(&me).await,
        _ => {
            let text = me.api().get_text(&format!("/api/v1/exports/{}", segment(&name))).await;
            text.map(|text| document_file(&name, text))
        }
    };
    answer.map_err(|trouble| {
        let back = Link { href: "/console/lists".to_owned(), words: "Import and export".to_owned() };
        match trouble.status() {
            StatusCode::NOT_FOUND => me.nothing(&trouble.detail(), back),
            // An answer that is too large for a page has no other shape in process.
            _ if trouble == Trouble::Broken || trouble.code() == "answer-too-large" => {
                let text = format!(
                    "The file could not be handed on: it may be larger than 16 MiB. On the command line there is no \
                     limit: tenure admin export {name} -o {name}"
                );
                me.error(StatusCode::BAD_GATEWAY, "Too large for a page", &text, back)
            }
            _ => me.sorry(&trouble),
        }
    })
}

async fn customers(me: &Member) -> Result<axum::response::Response, Trouble> {
    let found: Vec<Customer> = me.all("/api/v1/customers", "").await?;
    let heads: Vec<&str> =
        columns(tenure_api::office::ImportSubject::Customers).iter().map(|one| one.name).collect();
    let rows = found.into_iter().filter(|one| one.forgotten_at.is_none()).flat_map(|one| {
        let none = vec![(String::new(), String::new())];
        let contacts: Vec<_> =
            one.contacts.iter().map(|one| (one.name.clone(), one.email.clone())).collect();
        let contacts = if contacts.is_empty() { none } else { contacts };
        contacts.into_iter().map(move |(name, email)| {
            let reference = one.reference.clone().unwrap_or_default();
            [reference, one.name.clone(), name, email, one.notes.clone()]
        })
    });
    Ok(sheet("customers.csv", &heads, rows))
}

async fn products(me: &Member) -> Result<axum::response::Response, Trouble> {
    let found: Vec<Product> = me.all("/api/v1/products", "").await?;
    let heads: Vec<&str> =
        columns(tenure_api::office::ImportSubject::Products).iter().map(|one| one.name).collect();
    let rows = found.into_iter().filter(|one| !one.retired).flat_map(|one| {
        let Product { name, version, description, features, license_models, .. } = one;
        let models = license_models.join("|");
        features.into_iter().map(move |feature| {
            let count = match feature.count_per_unit {
                Count::Counted(count) => count.to_string(),
                Count::Uncounted => "uncounted".to_owned(),
            };
            [
                name.clone(),
                version.to_string(),
                feature.feature,
                feature.version.map(|version| version.to_string()).unwrap_or_default(),
                count,
                feature.vendor_string,
                feature.notice,
                models.clone(),
                description.clone(),
            ]
        })
    });
    Ok(sheet("products.csv", &heads, rows))
}
