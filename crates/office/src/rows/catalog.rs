//! Products, license models and relations: rows, and what a request makes of them.
//!
//! Deliberately not here: what may be sold (issuing).

use tenure_api::office::{self as wire, LicenseModelRequest, ProductRelation, ProductRequest};
use tenure_issuing::office::{
    LicenseModel, Office, Product, ProductFeature, ProductKey, Relation, RelationKind,
};
use tenure_shell::problem::Refused;

use super::{terms, terms_text};
use crate::names::{product, product_text};

/// A product on the wire.
pub(crate) fn product_row(office: &Office, one: &Product) -> wire::Product {
    let key = one.key();
    let relations = || office.catalog().relations();
    let upgrades = relations().filter(|relation| relation.kind == RelationKind::Upgrade);
    let replaced = relations().filter(|relation| relation.kind == RelationKind::Replaces);
    wire::Product {
        product: product_text(&key),
        name: one.name.clone(),
        version: one.version,
        description: one.description.clone(),
        features: one.features.iter().map(feature).collect(),
        license_models: one.license_models.clone(),
        retired: one.retired,
        upgrades_to: upgrades
            .filter(|one| one.from == key)
            .map(|one| product_text(&one.to))
            .collect(),
        replaces: replaced.filter(|one| one.to == key).map(|one| product_text(&one.from)).collect(),
        revision: one.revision,
    }
}

fn feature(feature: &ProductFeature) -> wire::ProductFeature {
    wire::ProductFeature {
        feature: feature.feature.clone(),
        version: Some(feature.version),
        count_per_unit: feature.count_per_unit,
        vendor_string: feature.vendor_string.clone(),
        notice: feature.notice.clone(),
        selectors: feature.selectors.clone(),
        usage: feature.usage.as_ref().map(terms::wire_usage),
    }
}

/// The product that a request asks for.
pub(crate) fn product_of(key: ProductKey, asked: ProductRequest) -> Product {
    let features = asked.features.into_iter().map(|feature| ProductFeature {
        feature: feature.feature,
        version: feature.version.unwrap_or(key.version),
        count_per_unit: feature.count_per_unit,
        vendor_string: feature.vendor_string,
        notice: feature.notice,
        selectors: feature.selectors,
        usage: feature.usage.map(terms::read_usage),
    });
    Product {
        features: features.collect(),
        name: key.product,
        version: key.version,
        revision: 0,
        description: asked.description,
        license_models: asked.license_models,
        retired: false,
    }
}

/// A license model on the wire.
pub(crate) fn model_row(model: &LicenseModel) -> wire::LicenseModel {
    wire::LicenseModel {
        name: model.name.clone(),
        description: model.description.clone(),
        terms: terms::wire(&model.terms),
        summary: terms_text::summary(&model.terms),
        retired: model.retired,
        revision: model.revision,
    }
}

/// The license model that a request asks for.
pub(crate) fn model_of(name: String, asked: LicenseModelRequest) -> LicenseModel {
    LicenseModel {
        name,
        revision: 0,
        description: asked.description,
        terms: terms::read(asked.terms),
        retired: false,
    }
}

/// A relation on the wire.
pub(crate) fn relation_row(relation: &Relation) -> ProductRelation {
    ProductRelation {
        kind: match relation.kind {
            RelationKind::Upgrade => wire::RelationKind::Upgrade,
            RelationKind::Replaces => wire::RelationKind::Replaces,
        },
        from: product_text(&relation.from),
        to: product_text(&relation.to),
    }
}

/// The relation that a request names.
pub(crate) fn relation_of(asked: &ProductRelation) -> Result<Relation, Refused> {
    Ok(Relation {
        kind: match asked.kind {
            wire::RelationKind::Upgrade => RelationKind::Upgrade,
            wire::RelationKind::Replaces => RelationKind::Replaces,
        },
        from: product(&asked.from)?,
        to: product(&asked.to)?,
    })
}
