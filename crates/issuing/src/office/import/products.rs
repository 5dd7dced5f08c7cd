//! Lists of products.
//!
//! Invariants: rows with the same product and version are one product, with a feature by row, in their order.
//! Deliberately not here: checks of the product (catalog_decide).

use super::cells::{Cells, shown};
use super::fault::RowFault;
use super::table::{Column, Row, leave_out, read};
use crate::office::catalog::{Product, ProductFeature, ProductKey};
use std::collections::BTreeMap;
use std::str::FromStr;
use tenure_document::{Count, Version};

pub(crate) const COLUMNS: &[Column] = &[
    Column { name: "product", required: true },
    Column { name: "version", required: true },
    Column { name: "feature", required: true },
    Column { name: "feature_version", required: false },
    Column { name: "count_per_unit", required: false },
    Column { name: "vendor_string", required: false },
    Column { name: "notice", required: false },
    Column { name: "license_models", required: false },
    Column { name: "description", required: false },
];

/// A product of a list, and the line of each of its features.
pub(crate) struct ProductDraft {
    pub line: u64,
    pub product: Product,
    /// Its version as the list writes it.
    pub written: String,
    pub features: Vec<u64>,
}

/// A count as it is written in a cell.
struct CountCell(Count);

impl FromStr for CountCell {
    type Err = String;

    fn from_str(text: &str) -> Result<CountCell, String> {
        if text.eq_ignore_ascii_case("uncounted") {
            return Ok(CountCell(Count::Uncounted));
        }
        match text.parse() {
            Ok(count @ 1..=10_000_000) => Ok(CountCell(Count::Counted(count))),
            _ => Err(format!("{:?} is not a count of 1 to 10000000", shown(text))),
        }
    }
}

pub(crate) fn from_csv(text: &str) -> (Vec<ProductDraft>, Vec<RowFault>) {
    let (rows, mut faults) = read(text, COLUMNS);
    let mut drafts: Vec<ProductDraft> = Vec::new();
    let mut places: BTreeMap<ProductKey, usize> = BTreeMap::new();
    let mut faulty: BTreeMap<String, u64> = BTreeMap::new();
    for row in &rows {
        let Some(product) = product(row, &mut faults) else {
            faulty.insert(row.key(&["product", "version"]), row.line);
            continue;
        };
        let key = product.key();
        let Some(place) = places.get(&key) else {
            places.insert(key, drafts.len());
            let written = row.cell("version").to_owned();
            drafts.push(ProductDraft {
                line: row.line,
                product,
                written,
                features: vec![row.line],
            });
            continue;
        };
        let first = &mut drafts[*place];
        let models = &first.product.license_models;
        if !product.license_models.is_empty() && product.license_models != *models {
            let what = format!("product {key} has other license models in line {}", first.line);
            let hint = "write them in its first row only";
            faults.push(RowFault::in_column(row.line, "license_models", what, hint));
            faulty.insert(row.key(&["product", "version"]), row.line);
            continue;
        }
        first.features.push(row.line);
        first.product.features.extend(product.features);
    }
    let key =
        |draft: &ProductDraft| (format!("{}\n{}", draft.product.name, draft.written), draft.line);
    (leave_out(drafts, &faulty, key, &mut faults), faults)
}

fn product(row: &Row, faults: &mut Vec<RowFault>) -> Option<Product> {
    if row.ragged {
        return None;
    }
    let before = faults.len();
    let hint = "a version such as 2.0 or 2.1.3";
    let mut cells = Cells::new(row, faults);
    let (name, feature) = (cells.required("product"), cells.required("feature"));
    let version = cells.required("version").and_then(|_| cells.value("version", hint));
    let own: Option<Version> = cells.value("feature_version", hint);
    let count = cells.value::<CountCell>("count_per_unit", "a whole number, or \"uncounted\"");
    let (vendor_string, notice) = (cells.text("vendor_string"), cells.text("notice"));
    let models = cells.text("license_models");
    let models = models.split('|').map(str::trim).filter(|name| !name.is_empty());
    let description = cells.text("description");
    if faults.len() > before {
        return None;
    }
    let version: Version = version?;
    Some(Product {
        name: name?,
        version,
        revision: 0,
        description,
        features: vec![ProductFeature {
            feature: feature?,
            version: own.unwrap_or(version),
            count_per_unit: count.map_or(Count::Counted(1), |cell| cell.0),
            vendor_string,
            notice,
            selectors: BTreeMap::new(),
            usage: None,
        }],
        license_models: models.map(str::to_owned).collect(),
        retired: false,
    })
}

pub(crate) fn from_json(text: &str) -> (Vec<ProductDraft>, Vec<RowFault>) {
    let (found, mut faults) = super::json::read::<Product>(text);
    let mut drafts: Vec<ProductDraft> = Vec::new();
    let mut lines: BTreeMap<ProductKey, u64> = BTreeMap::new();
    for (line, product) in found {
        if let Some(first) = lines.insert(product.key(), line) {
            let what = format!("product {} stands in line {first} too", product.key());
            faults.push(RowFault::in_column(line, "name", what, "write each product once"));
            continue;
        }
        let features = vec![line; product.features.len()];
        let written = product.version.to_string();
        drafts.push(ProductDraft { line, product, written, features });
    }
    (drafts, faults)
}
