//! Changes of the catalog: what can be sold must be possible.
//!
//! Invariants: every product and model that is accepted makes items that `Item::check` accepts; what is the same as
//! before changes nothing.
//! Deliberately not here: changes of what was sold (entitlement_decide).

use super::catalog::{
    CatalogCommand, LicenseModel, LicenseModelSet, Product, ProductKey, ProductSet, Relation,
    RelationChanged,
};
use super::catalog_refusal::CatalogRefusal;
use super::event::Event;
use super::items::put_terms;
use super::state::Office;
use super::terms::{Begins, Terms, UsageTerms};
use super::text::{check_line, check_name, check_note};
use std::collections::BTreeSet;
use tenure_document::{Count, Item, Version};

/// Most features of a product.
const FEATURES_MAX: usize = 200;
/// Longest time that terms speak of.
pub(crate) const DAYS_MAX: u32 = 36_500;
/// How many names a message shows.
const SHOWN: usize = 12;

type Decided = Result<Vec<Event>, CatalogRefusal>;

fn bad(member: impl Into<String>, problem: impl Into<String>) -> CatalogRefusal {
    CatalogRefusal::BadValue { member: member.into(), problem: problem.into() }
}

fn named(member: &str) -> impl Fn(String) -> CatalogRefusal + '_ {
    move |problem| bad(member, problem)
}

impl Office {
    pub(crate) fn decide_catalog(&self, command: &CatalogCommand) -> Decided {
        match command {
            CatalogCommand::SetProduct { by, product } => self.set_product(by, product),
            CatalogCommand::RetireProduct { by, product } => {
                let old = self.product(product)?;
                let retired = Product { retired: true, ..Product::clone(old) };
                Ok(self.product_event(by, retired))
            }
            CatalogCommand::SetModel { by, model } => self.set_model(by, model),
            CatalogCommand::RetireModel { by, name } => {
                let old = self.model(name)?;
                let retired = LicenseModel { retired: true, ..LicenseModel::clone(old) };
                Ok(self.model_event(by, retired))
            }
            CatalogCommand::SetRelation { by, relation } => self.set_relation(by, relation),
            CatalogCommand::DeleteRelation { by, relation } => {
                if !self.catalog.related(relation) {
                    let Relation { from, to, .. } = relation.clone();
                    return Err(CatalogRefusal::NoRelation { from, to });
                }
                let (by, relation) = (by.clone(), relation.clone());
                Ok(vec![Event::RelationDeleted(RelationChanged { by, relation })])
            }
        }
    }

    /// A product that is in the catalog.
    pub(crate) fn product(
        &self,
        key: &ProductKey,
    ) -> Result<&std::sync::Arc<Product>, CatalogRefusal> {
        self.catalog.product(key).ok_or_else(|| {
            let sold = || self.catalog.products().filter(|product| !product.retired);
            let of_name = |product: &&std::sync::Arc<Product>| product.name == key.product;
            let mut known: Vec<String> =
                sold().filter(of_name).map(|product| product.key().to_string()).collect();
            if known.is_empty() {
                known = sold().map(|product| product.key().to_string()).take(SHOWN).collect();
            }
            CatalogRefusal::NoProduct { product: key.clone(), known }
        })
    }

    /// A license model that is in the catalog.
    pub(crate) fn model(
        &self,
        name: &str,
    ) -> Result<&std::sync::Arc<LicenseModel>, CatalogRefusal> {
        self.catalog.model(name).ok_or_else(|| {
            let sold = self.catalog.models().filter(|model| !model.retired);
            let known = sold.map(|model| model.name.clone()).take(SHOWN).collect();
            CatalogRefusal::NoModel { name: name.chars().take(80).collect(), known }
        })
    }

    fn set_product(&self, by: &str, product: &Product) -> Decided {
        check_name(&product.name).map_err(named("name"))?;
        check_note(&product.description).map_err(named("description"))?;
        if product.features.is_empty() || product.features.len() > FEATURES_MAX {
            let problem = format!(
                "a product has 1 to {FEATURES_MAX} features, not {}",
                product.features.len()
            );
            return Err(bad("features", problem));
        }
        let mut seen = BTreeSet::new();
        for (place, feature) in product.features.iter().enumerate() {
            let member = |name: &str| format!("features[{place}].{name}");
            check_name(&feature.feature).map_err(|problem| bad(member("feature"), problem))?;
            if !seen.insert(&feature.feature) {
                let problem = format!("{:?} stands twice in the product", feature.feature);
                return Err(bad(member("feature"), problem));
            }
            for (name, text) in
                [("vendor_string", &feature.vendor_string), ("notice", &feature.notice)]
            {
                check_line(text, 1000).map_err(|problem| bad(member(name), problem))?;
            }
            if feature.selectors.len() > 50 {
                return Err(bad(member("selectors"), "a feature has at most 50 of them"));
            }
            let usage = feature.usage.clone().unwrap_or_default();
            check_item(&Terms::default(), &usage, feature.count_per_unit)
                .map_err(|(name, problem)| bad(member(&name), problem))?;
        }
        for (place, name) in product.license_models.iter().enumerate() {
            self.model(name)
                .map_err(|refusal| bad(format!("license_models[{place}]"), refusal.to_string()))?;
        }
        Ok(self.product_event(by, Product { retired: false, ..product.clone() }))
    }

    fn product_event(&self, by: &str, product: Product) -> Vec<Event> {
        let old = self.catalog.product(&product.key());
        let before = old.map_or(0, |old| old.revision);
        if old.is_some_and(|old| **old == Product { revision: before, ..product.clone() }) {
            return Vec::new();
        }
        let product = Product { revision: before + 1, ..product };
        vec![Event::ProductSet(ProductSet { by: by.to_owned(), product })]
    }

    fn set_model(&self, by: &str, model: &LicenseModel) -> Decided {
        check_name(&model.name).map_err(named("name"))?;
        check_note(&model.description).map_err(named("description"))?;
        check_terms(&model.terms)
            .map_err(|(member, problem)| bad(format!("terms.{member}"), problem))?;
        Ok(self.model_event(by, LicenseModel { retired: false, ..model.clone() }))
    }

    fn model_event(&self, by: &str, model: LicenseModel) -> Vec<Event> {
        let old = self.catalog.model(&model.name);
        let before = old.map_or(0, |old| old.revision);
        if old.is_some_and(|old| **old == LicenseModel { revision: before, ..model.clone() }) {
            return Vec::new();
        }
        let model = LicenseModel { revision: before + 1, ..model };
        vec![Event::LicenseModelSet(LicenseModelSet { by: by.to_owned(), model })]
    }

    fn set_relation(&self, by: &str, relation: &Relation) -> Decided {
        self.product(&relation.from)?;
        self.product(&relation.to)?;
        if relation.from == relation.to {
            return Err(bad("to", "must be another product or version than `from`"));
        }
        if self.catalog.related(relation) {
            return Ok(Vec::new());
        }
        let (by, relation) = (by.to_owned(), relation.clone());
        Ok(vec![Event::RelationSet(RelationChanged { by, relation })])
    }
}

/// The rules of terms; names the member at fault.
pub(crate) fn check_terms(terms: &Terms) -> Result<(), (String, String)> {
    let fault = |member: &str, problem: String| Err((member.to_owned(), problem));
    if let Some((days, from)) = terms.validity.days() {
        if !(1..=DAYS_MAX).contains(&days) {
            return fault("validity", format!("days must be 1 to {DAYS_MAX}, not {days}"));
        }
        if from == Begins::Activation && terms.returns.allowed {
            let problem = "days that count from each activation need `returns.allowed` false: a \
                           return and a new activation would begin them anew (or let them count \
                           from `first-activation`)";
            return fault("validity", problem.into());
        }
    }
    let kinds: BTreeSet<_> = terms.containers.iter().map(|kind| format!("{kind:?}")).collect();
    if kinds.len() != terms.containers.len() {
        return fault("containers", "names a kind twice".into());
    }
    if let Some(days) = terms.returns.cool_down_days.filter(|days| *days > DAYS_MAX) {
        return fault("returns.cool_down_days", format!("must be at most {DAYS_MAX}, not {days}"));
    }
    check_item(terms, &terms.usage, Count::Counted(1))
}

/// The rules of an item, for terms that will become one.
fn check_item(terms: &Terms, usage: &UsageTerms, count: Count) -> Result<(), (String, String)> {
    let mut item = Item::new("i", "f", Version::new(1, 0, 0), count);
    put_terms(&mut item, terms, usage);
    item.check().map_err(|fault| match fault.member {
        "count" => ("count_per_unit".to_owned(), fault.problem),
        member @ ("checkpoint_days" | "moves" | "binding") => (member.to_owned(), fault.problem),
        member => (format!("usage.{member}"), fault.problem),
    })
}
