//! A line of an entitlement: how many units of which product, under which terms, until when.
//!
//! Invariants: a line keeps the revisions of product and license model under which it was sold, whatever the catalog
//! says later; its own terms, where it has some, stand in the place of the model's; `revision` grows whenever its items
//! change, so that an activation knows whether its container has them as they are now.
//! Deliberately not here: the units in containers (activations).

use super::catalog::{Catalog, LicenseModel, Product, ProductKey};
use super::numbers::ActivationNo;
use super::terms::{Terms, is_default};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tenure_document::Time;

/// What is sold by a line: the product and its terms, fixed at the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sold {
    /// The revision of the product.
    pub product: Arc<Product>,
    /// The revision of the license model.
    pub model: Arc<LicenseModel>,
    /// Terms in the place of the model's.
    pub own: Option<Arc<Terms>>,
}

impl Sold {
    /// The terms that hold.
    pub fn terms(&self) -> &Terms {
        self.own.as_deref().unwrap_or(&self.model.terms)
    }

    /// What it is written as.
    pub fn paper(&self) -> SoldPaper {
        SoldPaper {
            product: self.product.key(),
            product_revision: self.product.revision,
            model: self.model.name.clone(),
            model_revision: self.model.revision,
            terms: self.own.as_deref().cloned(),
        }
    }

    /// From what is written; nothing when the catalog never had it.
    pub fn read(paper: &SoldPaper, catalog: &Catalog) -> Option<Sold> {
        let product = catalog.product_revision(&paper.product, paper.product_revision)?.clone();
        let model = catalog.model_revision(&paper.model, paper.model_revision)?.clone();
        Some(Sold { product, model, own: paper.terms.clone().map(Arc::new) })
    }
}

/// What is sold, in an event and in a stored state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SoldPaper {
    /// The product.
    pub product: ProductKey,
    /// Its revision.
    pub product_revision: u32,
    /// The license model.
    pub model: String,
    /// Its revision.
    pub model_revision: u32,
    /// Terms in the place of the model's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<Terms>,
}

/// A line as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineAsked {
    /// The product; its newest revision is sold.
    pub product: ProductKey,
    /// The license model; its newest revision is sold.
    pub model: String,
    /// Terms in the place of the model's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<Terms>,
    /// How many units.
    pub quantity: u32,
    /// Use begins here; absent: at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts: Option<Time>,
    /// Use ends here; absent: as the terms say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<Time>,
}

/// A line as it was ordered: new, or more units of one that was there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineOrdered {
    /// Its number within the entitlement, from 1.
    pub line: u32,
    /// How many units are added.
    pub quantity: u32,
    /// What is sold; absent where units are added to a line that is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sold: Option<SoldPaper>,
    /// Use begins here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts: Option<Time>,
    /// Use ends here, as far as it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<Time>,
}

/// A line of an entitlement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number within the entitlement, from 1.
    pub no: u32,
    /// What is sold.
    pub sold: Sold,
    /// How many units are bought.
    pub quantity: u32,
    /// Use begins here; absent: at once.
    pub starts: Option<Time>,
    /// Use ends here; absent: never, or not known before it is activated.
    pub ends: Option<Time>,
    /// Grows whenever its items change, from 0.
    pub revision: u32,
    /// Earlier products: each was the line's until this revision began.
    pub earlier: Vec<(u32, Arc<Product>)>,
    /// How many units are in containers or not credibly back; counted from the activations.
    pub taken: u32,
    /// Its activations, oldest first; found again from the activations.
    pub activations: Vec<ActivationNo>,
}

impl Line {
    /// The units that can be activated.
    pub fn free(&self) -> u32 {
        self.quantity.saturating_sub(self.taken)
    }

    /// The product that the line had at a revision.
    pub fn product_at(&self, revision: u32) -> &Arc<Product> {
        let then = self.earlier.iter().find(|(until, _)| revision < *until);
        then.map_or(&self.sold.product, |(_, product)| product)
    }
}

/// A line as it is stored.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LineRecord {
    pub(crate) no: u32,
    sold: SoldPaper,
    quantity: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    starts: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ends: Option<Time>,
    #[serde(default, skip_serializing_if = "is_default")]
    revision: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    earlier: Vec<(u32, ProductKey, u32)>,
}

impl LineRecord {
    pub(crate) fn of(line: &Line) -> LineRecord {
        let earlier = line.earlier.iter();
        LineRecord {
            no: line.no,
            sold: line.sold.paper(),
            quantity: line.quantity,
            starts: line.starts,
            ends: line.ends,
            revision: line.revision,
            earlier: earlier
                .map(|(until, product)| (*until, product.key(), product.revision))
                .collect(),
        }
    }

    /// The line again; nothing when the catalog never had what it sells.
    pub(crate) fn restore(self, catalog: &Catalog) -> Option<Line> {
        let earlier = self.earlier.into_iter().map(|(until, key, revision)| {
            Some((until, catalog.product_revision(&key, revision)?.clone()))
        });
        Some(Line {
            no: self.no,
            sold: Sold::read(&self.sold, catalog)?,
            quantity: self.quantity,
            starts: self.starts,
            ends: self.ends,
            revision: self.revision,
            earlier: earlier.collect::<Option<Vec<_>>>()?,
            taken: 0,
            activations: Vec::new(),
        })
    }
}
