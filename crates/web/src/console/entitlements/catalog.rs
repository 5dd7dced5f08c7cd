//! What can be sold, for the forms of orders.
//!
//! Kept here: short catalogs are lists to choose from, long ones are suggestions while one types; a page stays small.

use axum::response::Response;
use tenure_api::Page;
use tenure_api::office::{LicenseModel, Product};

use super::super::field::{Field, Typed};
use crate::staff::Member;

/// Most choices in a list; beyond it one types.
const CHOICES_MAX: usize = 60;
/// Most suggestions.
const SUGGESTED_MAX: usize = 500;

/// Products and license models that are sold.
pub(super) struct Catalog {
    pub(super) products: Vec<Product>,
    pub(super) models: Vec<LicenseModel>,
}

impl Catalog {
    /// What the API has.
    pub(super) async fn read(me: &Member) -> Result<Self, Response> {
        let (products, models) = tokio::join!(
            me.get::<Page<Product>>("/api/v1/products?size=1000"),
            me.get::<Page<LicenseModel>>("/api/v1/license-models?size=1000"),
        );
        let (mut products, mut models) = (products?.items, models?.items);
        products.retain(|one| !one.retired);
        models.retain(|one| !one.retired);
        Ok(Self { products, models })
    }

    /// What the suggestions of fields are, as ID of a list and its values.
    pub(super) fn suggestions(&self) -> Vec<(&'static str, Vec<String>)> {
        let mut lists = Vec::new();
        if self.products.len() > CHOICES_MAX {
            let names = self.products.iter().take(SUGGESTED_MAX).map(|one| one.product.clone());
            lists.push(("products", names.collect()));
        }
        if self.models.len() > CHOICES_MAX {
            let names = self.models.iter().take(SUGGESTED_MAX).map(|one| one.name.clone());
            lists.push(("models", names.collect()));
        }
        lists
    }

    /// The field of a product; `blank` says what it means when none is chosen.
    pub(super) fn product(&self, typed: &Typed, name: &str, blank: &str) -> Field {
        if self.products.len() > CHOICES_MAX {
            let hint = "Type name@version, or the name alone for its newest version.";
            return typed.field(name, "Product").suggested("products").hint(hint);
        }
        let labels: Vec<String> = self
            .products
            .iter()
            .map(|one| match one.description.as_str() {
                "" => one.product.clone(),
                text => format!("{}: {text}", one.product),
            })
            .collect();
        let products = self.products.iter().zip(&labels);
        let mut choices = vec![("", blank, "")];
        choices.extend(products.map(|(one, label)| (one.product.as_str(), label.as_str(), "")));
        with_typed(typed, name, &mut choices);
        typed.choice(name, "Product", &choices)
    }

    /// The field of a license model; `blank` says what it means when none is chosen.
    pub(super) fn model(&self, typed: &Typed, name: &str, blank: &str) -> Field {
        if self.models.len() > CHOICES_MAX {
            return typed.field(name, "License model").suggested("models").hint(blank);
        }
        let labels: Vec<String> =
            self.models.iter().map(|one| format!("{}: {}", one.name, one.summary)).collect();
        let models = self.models.iter().zip(&labels);
        let mut choices = vec![("", blank, "")];
        choices.extend(models.map(|(one, label)| (one.name.as_str(), label.as_str(), "")));
        with_typed(typed, name, &mut choices);
        typed.choice(name, "License model", &choices)
    }
}

/// What was typed stays a choice, even when it is no longer sold.
fn with_typed<'t>(typed: &'t Typed, name: &str, choices: &mut Vec<(&'t str, &'t str, &'t str)>) {
    let value = typed.text(name);
    if !choices.iter().any(|(known, ..)| *known == value) {
        choices.push((value, value, ""));
    }
}
