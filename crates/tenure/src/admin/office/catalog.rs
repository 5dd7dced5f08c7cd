//! `tenure admin products`: what is sold.
//!
//! Deliberately not here: license models (`models`), whether a product makes sense; the office decides.

use super::super::{
    connect::Connection,
    output::{Column, Output},
    problem::failure,
    wanted::new_key,
};
use super::lists::{OfficeListFlags, lists};
use clap::{Subcommand, ValueEnum};
use tenure_api::office::{Product, ProductFeature, ProductRelation, ProductRequest, RelationKind};
use tenure_document::Count;

/// Products.
#[derive(Debug, Subcommand)]
pub enum ProductsCommand {
    /// All products.
    List(OfficeListFlags),
    /// One product.
    Show {
        /// NAME@VERSION
        product: String,
    },
    /// Make a product, or change it: it becomes what is said here.
    Set {
        /// NAME@VERSION
        product: String,
        /// What it brings: FEATURE, FEATURE=VERSION, either with :COUNT for the seats of one unit (or :uncounted);
        /// any number of them.
        #[arg(long, short, required = true, value_parser = feature)]
        feature: Vec<ProductFeature>,
        /// For people.
        #[arg(long, default_value = "")]
        description: String,
        /// Sold under these license models only, with commas.
        #[arg(long, value_delimiter = ',')]
        license_models: Vec<String>,
    },
    /// Sell a product no more; what was sold stays.
    Retire {
        /// NAME@VERSION
        product: String,
    },
    /// How products follow one another.
    Relations(OfficeListFlags),
    /// Say that a product can be upgraded to another, or is replaced by it.
    Relate {
        /// How.
        kind: Relation,
        /// The earlier one, NAME@VERSION.
        from: String,
        /// The later one, NAME@VERSION.
        to: String,
    },
    /// Say it no more.
    Unrelate {
        /// How.
        kind: Relation,
        /// The earlier one, NAME@VERSION.
        from: String,
        /// The later one, NAME@VERSION.
        to: String,
    },
}

lists!(ProductsCommand);

/// How one product follows another.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Relation {
    /// Lines of the earlier one can be upgraded to the later one.
    Upgrade,
    /// The later one is sold in place of the earlier one.
    Replaces,
}

impl Relation {
    fn between(self, from: &str, to: &str) -> ProductRelation {
        let kind = match self {
            Relation::Upgrade => RelationKind::Upgrade,
            Relation::Replaces => RelationKind::Replaces,
        };
        ProductRelation { kind, from: from.to_owned(), to: to.to_owned() }
    }
}

/// `products …`
pub fn run(at: &Connection, out: &Output, command: &ProductsCommand) -> anyhow::Result<()> {
    let office = at.office()?;
    match command {
        ProductsCommand::List(flags) => {
            let page = office.products(&flags.list()).map_err(failure)?;
            let columns = [
                Column::Text("product"),
                Column::Text("features"),
                Column::Text("license models"),
                Column::Text("sold"),
                Column::Text("description"),
            ];
            let empty = "no products yet: make one with `tenure admin products set NAME@VERSION --feature FEATURE`";
            out.page(&page, &columns, &flags.or_none_fit(empty), |product| {
                vec![
                    product.product.clone(),
                    features(product),
                    models(product),
                    if product.retired { "no" } else { "yes" }.to_owned(),
                    product.description.clone(),
                ]
            })
        }
        ProductsCommand::Show { product } => show(out, &office.product(product).map_err(failure)?),
        ProductsCommand::Set { product, feature, description, license_models } => {
            let request = ProductRequest {
                description: description.clone(),
                features: feature.clone(),
                license_models: license_models.clone(),
            };
            let set = office.set_product(product, &request).map_err(failure)?;
            out.said(&set, &format!("product {} is in revision {}", set.product, set.revision))
        }
        ProductsCommand::Retire { product } => {
            office.retire_product(product).map_err(failure)?;
            out.said(
                &serde_json::json!({"retired": product}),
                &format!("product {product} is no longer sold"),
            )
        }
        ProductsCommand::Relations(flags) => {
            let page = office.product_relations(&flags.list()).map_err(failure)?;
            let columns = [Column::Text("kind"), Column::Text("from"), Column::Text("to")];
            let empty =
                "no relations: make one with `tenure admin products relate upgrade OLD NEW`";
            out.page(&page, &columns, &flags.or_none_fit(empty), |relation| {
                vec![relation.kind.to_string(), relation.from.clone(), relation.to.clone()]
            })
        }
        ProductsCommand::Relate { kind, from, to } => {
            let relation = kind.between(from, to);
            let made = office.relate_products(&relation, &new_key()?).map_err(failure)?;
            out.said(&made, &format!("{} {} -> {}", made.kind, made.from, made.to))
        }
        ProductsCommand::Unrelate { kind, from, to } => {
            let relation = kind.between(from, to);
            office.unrelate_products(&relation).map_err(failure)?;
            out.said(&relation, &format!("{from} and {to} are no longer related so"))
        }
    }
}

fn show(out: &Output, product: &Product) -> anyhow::Result<()> {
    if out.is_json() {
        return out.value(product);
    }
    out.facts(&[
        ("product", product.product.clone()),
        ("description", product.description.clone()),
        ("features", features(product)),
        ("license models", models(product)),
        ("sold", if product.retired { "no" } else { "yes" }.to_owned()),
        ("upgrades to", product.upgrades_to.join(", ")),
        ("replaces", product.replaces.join(", ")),
        ("revision", product.revision.to_string()),
    ])
}

fn features(product: &Product) -> String {
    let feature = |feature: &ProductFeature| {
        let version = feature.version.map(|version| format!(" {version}")).unwrap_or_default();
        match feature.count_per_unit {
            Count::Counted(1) => format!("{}{version}", feature.feature),
            Count::Counted(count) => format!("{count} × {}{version}", feature.feature),
            Count::Uncounted => format!("∞ × {}{version}", feature.feature),
        }
    };
    product.features.iter().map(feature).collect::<Vec<_>>().join(", ")
}

fn models(product: &Product) -> String {
    if product.license_models.is_empty() {
        "any".to_owned()
    } else {
        product.license_models.join(", ")
    }
}

/// `cad`, `cad=2.0`, `cad:5`, `cad=2.0:uncounted`.
fn feature(text: &str) -> Result<ProductFeature, String> {
    let (named, count) = match text.rsplit_once(':') {
        None => (text, Count::Counted(1)),
        Some((named, "uncounted")) => (named, Count::Uncounted),
        Some((named, count)) => match count.parse() {
            Ok(count) if count > 0 => (named, Count::Counted(count)),
            _ => return Err(format!("`{count}` is no count: a number from 1, or uncounted")),
        },
    };
    let (name, version) = match named.split_once('=') {
        None => (named, None),
        Some((name, version)) => {
            let version = version.parse().map_err(|_| format!("`{version}` is no version"))?;
            (name, Some(version))
        }
    };
    if name.is_empty() {
        return Err("a feature has a name".to_owned());
    }
    Ok(ProductFeature {
        feature: name.to_owned(),
        version,
        count_per_unit: count,
        vendor_string: String::new(),
        notice: String::new(),
        selectors: Default::default(),
        usage: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_as_people_write_them() {
        let check = |text: &str| {
            feature(text)
                .map(|one| format!("{} {:?} {:?}", one.feature, one.version, one.count_per_unit))
        };
        for good in ["cad", "cad=2.0", "cad:5", "cad=2.0:uncounted"] {
            assert!(check(good).is_ok(), "{good}: {:?}", check(good));
        }
        for wrong in ["", "cad=two", "cad:0", "cad:-1", "=2.0", "cad:many"] {
            assert!(check(wrong).is_err(), "{wrong}");
        }
    }
}
