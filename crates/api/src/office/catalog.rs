//! The catalog: products with their features, license models, and how products follow one another.
//!
//! A product is a name and a version; its text form is `name@version`, in paths and files alike. What is retired can
//! no longer be sold, and stays for those who have it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use tenure_document::{Count, Version};
use utoipa::ToSchema;

use super::schema::CountSchema;
use super::terms::{LicenseTerms, UsageTerms};

/// Names a product: `name@version`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductRef {
    /// Product name.
    #[schema(example = "cad-suite")]
    pub name: String,
    /// Version.
    #[schema(value_type = String, example = "2.0")]
    pub version: Version,
}

impl fmt::Display for ProductRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.version)
    }
}

impl FromStr for ProductRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let shown = || text.chars().take(80).collect::<String>();
        let refused = || format!("`{}` is not a product such as cad-suite@2.0", shown());
        let (name, version) = text.rsplit_once('@').ok_or_else(refused)?;
        let version = version.parse().map_err(|_| refused())?;
        if name.is_empty() {
            return Err(refused());
        }
        Ok(Self { name: name.to_owned(), version })
    }
}

/// A feature that a product brings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductFeature {
    /// What an application asks for.
    #[schema(example = "cad")]
    pub feature: String,
    /// Version; the product's when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub version: Option<Version>,
    /// Seats or units that one product brings; 1 when left out.
    #[serde(default = "one")]
    #[schema(value_type = CountSchema)]
    pub count_per_unit: Count,
    /// Text handed to the application.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub vendor_string: String,
    /// A notice shown to people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notice: String,
    /// Values that a request may select by.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub selectors: BTreeMap<String, String>,
    /// How this feature is used, where it is not as the license model says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<UsageTerms>,
}

fn one() -> Count {
    Count::Counted(1)
}

/// `PUT /api/v1/products/{product}`: the product becomes this.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductRequest {
    /// For people.
    #[serde(default)]
    pub description: String,
    /// What it brings.
    pub features: Vec<ProductFeature>,
    /// Names of the license models it is sold under; empty: any.
    #[serde(default)]
    pub license_models: Vec<String>,
}

/// A product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Product {
    /// Its text form, `name@version`.
    pub product: String,
    /// Product name.
    pub name: String,
    /// Version.
    #[schema(value_type = String)]
    pub version: Version,
    /// For people.
    #[serde(default)]
    pub description: String,
    /// What it brings.
    pub features: Vec<ProductFeature>,
    /// Names of the license models it is sold under; empty: any.
    #[serde(default)]
    pub license_models: Vec<String>,
    /// No longer sold.
    #[serde(default)]
    pub retired: bool,
    /// Products it can be upgraded to.
    #[serde(default)]
    pub upgrades_to: Vec<String>,
    /// Products whose place it has taken.
    #[serde(default)]
    pub replaces: Vec<String>,
    /// Grows with every change, from 1; what was sold keeps the revision it was sold with.
    #[serde(default)]
    pub revision: u32,
}

/// How one product follows another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RelationKind {
    /// A line of `from` can be upgraded to `to`.
    Upgrade,
    /// `to` is sold in place of `from`.
    Replaces,
}

impl RelationKind {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Upgrade => "upgrade",
            Self::Replaces => "replaces",
        }
    }
}

impl fmt::Display for RelationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// One relation: `GET`, `POST` and `DELETE /api/v1/product-relations`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductRelation {
    /// What it says.
    pub kind: RelationKind,
    /// The earlier product, `name@version`.
    #[schema(example = "cad-suite@1.0")]
    pub from: String,
    /// The later product, `name@version`.
    #[schema(example = "cad-suite@2.0")]
    pub to: String,
}

/// `PUT /api/v1/license-models/{name}`: the model becomes this, for what is sold from now on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LicenseModelRequest {
    /// For people.
    #[serde(default)]
    pub description: String,
    /// Its terms.
    #[serde(default)]
    pub terms: LicenseTerms,
}

/// A license model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LicenseModel {
    /// Its name.
    #[schema(example = "subscription-1y")]
    pub name: String,
    /// For people.
    #[serde(default)]
    pub description: String,
    /// Its terms.
    pub terms: LicenseTerms,
    /// The terms in a few words.
    #[serde(default)]
    pub summary: String,
    /// No longer sold under.
    #[serde(default)]
    pub retired: bool,
    /// Grows with every change, from 1; what was sold keeps the revision it was sold with.
    #[serde(default)]
    pub revision: u32,
}
