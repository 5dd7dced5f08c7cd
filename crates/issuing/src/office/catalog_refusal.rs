//! Why the catalog or the customers were not changed.
//!
//! Invariants: codes are stable; a message names what is wrong and what would do.
//! Deliberately not here: the checks (`catalog_decide`, `customer_decide`).

use super::catalog::ProductKey;
use super::numbers::CustomerId;

/// The catalog stays as it is, because of this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogRefusal {
    /// A member does not hold what it must.
    #[error("{member}: {problem}")]
    BadValue {
        /// Which member, as it is written.
        member: String,
        /// What is wrong with it.
        problem: String,
    },
    /// There is no such product.
    #[error("there is no product {product}{}", near(.known))]
    NoProduct {
        /// Which.
        product: ProductKey,
        /// Versions of the same name that are sold, or a few names.
        known: Vec<String>,
    },
    /// There is no such license model.
    #[error("there is no license model {name:?}{}", near(.known))]
    NoModel {
        /// Which.
        name: String,
        /// A few that are sold under.
        known: Vec<String>,
    },
    /// There is no such relation.
    #[error("there is no such relation between {from} and {to}")]
    NoRelation {
        /// The old product.
        from: ProductKey,
        /// The new one.
        to: ProductKey,
    },
    /// The product is not sold any more.
    #[error("product {product} is retired and not sold any more; set it again to sell it again")]
    ProductRetired {
        /// Which.
        product: ProductKey,
    },
    /// The license model is not sold any more.
    #[error("license model {name:?} is retired; set it again to sell under it again")]
    ModelRetired {
        /// Which.
        name: String,
    },
    /// The product is not sold under this model.
    #[error("product {product} is not sold under license model {model:?}, but under {}", .allowed.join(", "))]
    ModelNotAllowed {
        /// The product.
        product: ProductKey,
        /// The model.
        model: String,
        /// Those it is sold under.
        allowed: Vec<String>,
    },
}

fn near(known: &[String]) -> String {
    if known.is_empty() {
        return "; there is none yet".into();
    }
    format!("; there are {}", known.join(", "))
}

impl CatalogRefusal {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            CatalogRefusal::BadValue { .. } => "bad-value",
            CatalogRefusal::NoProduct { .. } => "no-product",
            CatalogRefusal::NoModel { .. } => "no-license-model",
            CatalogRefusal::NoRelation { .. } => "no-relation",
            CatalogRefusal::ProductRetired { .. } => "product-retired",
            CatalogRefusal::ModelRetired { .. } => "license-model-retired",
            CatalogRefusal::ModelNotAllowed { .. } => "license-model-not-allowed",
        }
    }
}

/// The customers stay as they are, because of this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CustomerRefusal {
    /// A member does not hold what it must.
    #[error("{member}: {problem}")]
    BadValue {
        /// Which member, as it is written.
        member: String,
        /// What is wrong with it.
        problem: String,
    },
    /// There is no such customer.
    #[error("there is no customer {id}")]
    NoCustomer {
        /// Which.
        id: CustomerId,
    },
    /// Another customer has the reference.
    #[error("customer {id} has the reference {reference:?} already")]
    ReferenceTaken {
        /// The reference.
        reference: String,
        /// Whose it is.
        id: CustomerId,
    },
    /// It was forgotten.
    #[error("customer {id} was forgotten: its facts can't be changed; make a new customer")]
    Forgotten {
        /// Which.
        id: CustomerId,
    },
    /// There is no number left.
    #[error("there can be no more customers")]
    Full,
}

impl CustomerRefusal {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            CustomerRefusal::BadValue { .. } => "bad-value",
            CustomerRefusal::NoCustomer { .. } => "no-customer",
            CustomerRefusal::ReferenceTaken { .. } => "reference-taken",
            CustomerRefusal::Forgotten { .. } => "customer-forgotten",
            CustomerRefusal::Full => "too-many-customers",
        }
    }
}
