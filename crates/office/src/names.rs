//! Names in paths and bodies as the state knows them: activation IDs, serials, running numbers, products.
//!
//! Kept here: whatever a text can't name is a problem that says what it should look like. Deliberately not here:
//! whether the named thing is there (decisions and look-ups).

use tenure_api::office::catalog::ProductRef;
use tenure_document::{ActivationId, ContainerId, check_serial};
use tenure_issuing::office::{ActivationNo, CustomerId, Office, Product, ProductKey};
use tenure_shell::problem::{Code, Refused};

use crate::app::App;

/// The activation ID that a text stands for.
pub(crate) fn activation_id(text: &str) -> Result<ActivationId, Refused> {
    text.parse().map_err(|_| {
        Code::BadValue.says(format!(
            "`{}` is no activation ID: it has five groups of five characters. Check for a typing error.",
            shown(text)
        ))
    })
}

/// The customer's running number.
pub(crate) fn customer(text: &str) -> Result<CustomerId, Refused> {
    text.parse().map_err(|error| Code::BadValue.says(format!("{error}.")))
}

/// The activation's running number.
pub(crate) fn activation(text: &str) -> Result<ActivationNo, Refused> {
    text.parse().map_err(|error| Code::BadValue.says(format!("{error}.")))
}

/// The container that a serial names.
pub(crate) async fn container(app: &App, serial: &str) -> Result<ContainerId, Refused> {
    let written = check_serial(serial).map_err(|error| Code::BadValue.says(format!("{error}.")))?;
    let asked = written.clone();
    let found =
        app.query(move |office, _| office.fleet().by_serial(&asked).map(|known| known.id)).await?;
    found.ok_or_else(|| {
        Code::NotFound
            .says(format!("The office does not know container {written}. Send its context first."))
    })
}

/// The product of `name@version`.
pub(crate) fn product(text: &str) -> Result<ProductKey, Refused> {
    let named: ProductRef = text.parse().map_err(|what| Code::BadValue.says(format!("{what}.")))?;
    Ok(ProductKey { product: named.name, version: named.version })
}

/// The product of `name@version`, or the newest one of that name that is sold.
pub(crate) fn sold_product<'o>(office: &'o Office, text: &str) -> Result<&'o Product, Refused> {
    let catalog = office.catalog();
    let found = match text.rsplit_once('@') {
        Some(_) => catalog.product(&product(text)?),
        None => catalog.products().filter(|one| one.name == text && !one.retired).last(),
    };
    found.map(|product| &**product).ok_or_else(|| {
        let mut near: Vec<String> = catalog
            .products()
            .filter(|one| !one.retired)
            .map(|one| product_text(&one.key()))
            .collect();
        near.truncate(10);
        Code::BadValue.says(match near.is_empty() {
            true => format!("There is no product `{}`; there is none yet.", shown(text)),
            false => {
                format!("There is no product `{}`; there are {}.", shown(text), near.join(", "))
            }
        })
    })
}

/// The text form of a product.
pub(crate) fn product_text(key: &ProductKey) -> String {
    format!("{}@{}", key.product, key.version)
}

/// A text from outside, short enough for a sentence.
pub(crate) fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}
