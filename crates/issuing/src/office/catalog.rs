//! What is sold: products, license models, and which product takes the place of which.
//!
//! Invariants: a revision once made is kept for ever, because what was sold was sold under it; the newest one is what can
//! be sold; items count a product's features from 0 in the order of its revision, and no feature stands in one twice.
//! Deliberately not here: who bought what (entitlements); the checks of a change (`catalog_decide`).

use super::terms::{Terms, UsageTerms, is_default};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use tenure_document::{Count, Version};

/// Names a product.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProductKey {
    /// Its name.
    pub product: String,
    /// Its version.
    pub version: Version,
}

impl fmt::Display for ProductKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.product, self.version)
    }
}

/// Something that can be sold: a bundle of features.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// Which revision this is, from 1; 0 where it is not made yet.
    #[serde(default)]
    pub revision: u32,
    /// What it is, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// What is in it.
    pub features: Vec<ProductFeature>,
    /// The license models that it is sold under; all when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub license_models: Vec<String>,
    /// Not sold any more.
    #[serde(default, skip_serializing_if = "is_default")]
    pub retired: bool,
}

impl Product {
    /// What it is named by.
    pub fn key(&self) -> ProductKey {
        ProductKey { product: self.name.clone(), version: self.version }
    }

    /// The place of a feature in it, counted from 0.
    pub fn place(&self, feature: &str) -> Option<usize> {
        self.features.iter().position(|one| one.feature == feature)
    }
}

/// A feature of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProductFeature {
    /// What an application asks for.
    pub feature: String,
    /// The version granted.
    pub version: Version,
    /// How many seats one unit of the product has.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub count_per_unit: Count,
    /// Text for the application.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub vendor_string: String,
    /// A notice shown to people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notice: String,
    /// Values a request may select by.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub selectors: BTreeMap<String, String>,
    /// How this feature is used, where it is not as the license model says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<UsageTerms>,
}

fn one() -> Count {
    Count::Counted(1)
}

fn is_one(count: &Count) -> bool {
    *count == one()
}

/// A template of terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LicenseModel {
    /// Its name.
    pub name: String,
    /// Which revision this is, from 1; 0 where it is not made yet.
    #[serde(default)]
    pub revision: u32,
    /// What it is, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The terms.
    #[serde(default)]
    pub terms: Terms,
    /// Not sold any more.
    #[serde(default, skip_serializing_if = "is_default")]
    pub retired: bool,
}

/// One product takes the place of another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relation {
    /// How.
    pub kind: RelationKind,
    /// The old product.
    pub from: ProductKey,
    /// The new one.
    pub to: ProductKey,
}

/// How one product takes the place of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RelationKind {
    /// Customers who bought the old one may get the new one.
    Upgrade,
    /// The new one is sold instead of the old one.
    Replaces,
}

/// A change of the catalog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum CatalogCommand {
    /// Make a product, or a new revision of it.
    SetProduct {
        /// By whom.
        by: String,
        /// The product; its `revision` is not looked at.
        product: Product,
    },
    /// Sell a product no more.
    RetireProduct {
        /// By whom.
        by: String,
        /// Which.
        product: ProductKey,
    },
    /// Make a license model, or a new revision of it.
    SetModel {
        /// By whom.
        by: String,
        /// The model; its `revision` is not looked at.
        model: LicenseModel,
    },
    /// Sell under a license model no more.
    RetireModel {
        /// By whom.
        by: String,
        /// Which.
        name: String,
    },
    /// Say that one product takes the place of another.
    SetRelation {
        /// By whom.
        by: String,
        /// How.
        relation: Relation,
    },
    /// Say it no more.
    DeleteRelation {
        /// By whom.
        by: String,
        /// Which.
        relation: Relation,
    },
}

/// A product was made or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProductSet {
    /// By whom.
    pub by: String,
    /// The revision from now on.
    pub product: Product,
}

/// A license model was made or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LicenseModelSet {
    /// By whom.
    pub by: String,
    /// The revision from now on.
    pub model: LicenseModel,
}

/// A relation was made or ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelationChanged {
    /// By whom.
    pub by: String,
    /// Which.
    pub relation: Relation,
}

/// Everything that is or was sold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalog {
    /// All revisions, oldest first; never empty.
    products: BTreeMap<ProductKey, Vec<Arc<Product>>>,
    models: BTreeMap<String, Vec<Arc<LicenseModel>>>,
    relations: BTreeSet<Relation>,
}

impl Catalog {
    /// The newest revision of a product.
    pub fn product(&self, key: &ProductKey) -> Option<&Arc<Product>> {
        self.products.get(key)?.last()
    }

    /// A certain revision of a product.
    pub fn product_revision(&self, key: &ProductKey, revision: u32) -> Option<&Arc<Product>> {
        self.products.get(key)?.iter().find(|product| product.revision == revision)
    }

    /// The newest revisions of all products, by name and version.
    pub fn products(&self) -> impl Iterator<Item = &Arc<Product>> {
        self.products.values().filter_map(|revisions| revisions.last())
    }

    /// The newest revision of a license model.
    pub fn model(&self, name: &str) -> Option<&Arc<LicenseModel>> {
        self.models.get(name)?.last()
    }

    /// A certain revision of a license model.
    pub fn model_revision(&self, name: &str, revision: u32) -> Option<&Arc<LicenseModel>> {
        self.models.get(name)?.iter().find(|model| model.revision == revision)
    }

    /// The newest revisions of all license models, by name.
    pub fn models(&self) -> impl Iterator<Item = &Arc<LicenseModel>> {
        self.models.values().filter_map(|revisions| revisions.last())
    }

    /// All relations.
    pub fn relations(&self) -> impl Iterator<Item = &Relation> {
        self.relations.iter()
    }

    /// Whether this relation is there.
    pub fn related(&self, relation: &Relation) -> bool {
        self.relations.contains(relation)
    }

    pub(crate) fn set_product(&mut self, set: &ProductSet) {
        let product = &set.product;
        self.products.entry(product.key()).or_default().push(Arc::new(product.clone()));
    }

    pub(crate) fn set_model(&mut self, set: &LicenseModelSet) {
        let model = &set.model;
        self.models.entry(model.name.clone()).or_default().push(Arc::new(model.clone()));
    }

    pub(crate) fn set_relation(&mut self, change: &RelationChanged) {
        self.relations.insert(change.relation.clone());
    }

    pub(crate) fn delete_relation(&mut self, change: &RelationChanged) {
        self.relations.remove(&change.relation);
    }
}

/// The catalog as it is stored.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    #[serde(default)]
    products: Vec<Arc<Product>>,
    #[serde(default)]
    models: Vec<Arc<LicenseModel>>,
    #[serde(default)]
    relations: BTreeSet<Relation>,
}

impl Serialize for Catalog {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Stored {
            products: self.products.values().flatten().cloned().collect(),
            models: self.models.values().flatten().cloned().collect(),
            relations: self.relations.clone(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Catalog {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Catalog, D::Error> {
        let stored = Stored::deserialize(deserializer)?;
        let mut catalog = Catalog { relations: stored.relations, ..Catalog::default() };
        for product in stored.products {
            catalog.products.entry(product.key()).or_default().push(product);
        }
        for model in stored.models {
            catalog.models.entry(model.name.clone()).or_default().push(model);
        }
        Ok(catalog)
    }
}
