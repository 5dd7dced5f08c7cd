//! Products: the list, one of them with what it brings, and the end of its sale.
//!
//! Kept here: what is retired is shown as such and can be sold again. Deliberately not here: forms (`product_form`,
//! `feature`).

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::Page;
use tenure_api::office::{Product, ProductFeature};

use super::tabs::{Part, Tabs};
use super::{models, plain_terms};
use crate::address::segment;
use crate::component::{Badge, Link, Notice, Tone};
use crate::icon::Icon;
use crate::site::{refusal, show};
use crate::staff::{Answer, Asked, Column, Desk, List, Member, Question, Sent, sheet};
use crate::words;

const COLUMNS: &[Column] = &[
    Column::sorted("Product", "product"),
    Column::text("Brings"),
    Column::text("Sold under"),
    Column::text("State"),
];
const API: &str = "/api/v1/products";

/// The page of a product.
pub(super) fn page_of(product: &str) -> String {
    format!("/console/catalog/products/{}", segment(product))
}

#[derive(Template)]
#[template(path = "console/catalog/products.html")]
struct ListPage {
    desk: Desk,
    tabs: Tabs,
    list: List,
    rows: Vec<Row>,
    may: bool,
}

struct Row {
    product: String,
    href: String,
    description: String,
    features: String,
    models: String,
    badge: Badge,
}

fn badge(product: &Product) -> Badge {
    match product.retired {
        true => Badge::new(Tone::Idle, "Retired"),
        false => Badge::new(Tone::Good, "Sold"),
    }
}

/// `GET /console/catalog`.
pub(super) async fn list(me: Member, asked: Asked) -> Answer {
    let found: Page<Product> = me.get(&asked.to_api(&me, API, &[])).await?;
    let list = List::new(&me, &asked, COLUMNS, found.total);
    let rows = found.items.iter().map(|one| Row {
        href: page_of(&one.product),
        features: brings(one),
        models: sold_under(one),
        badge: badge(one),
        product: one.product.clone(),
        description: one.description.clone(),
    });
    let rows = rows.collect();
    let (desk, may) = (me.desk("Catalog"), me.may("catalog"));
    Ok(show(StatusCode::OK, &ListPage { desk, tabs: Tabs(Part::Products), list, rows, may }))
}

/// The features in one line.
fn brings(product: &Product) -> String {
    const SHOWN: usize = 4;
    let names = product.features.iter().take(SHOWN).map(|one| one.feature.as_str());
    let mut text = names.collect::<Vec<_>>().join(", ");
    if product.features.len() > SHOWN {
        text += &format!(" and {} more", product.features.len() - SHOWN);
    }
    text
}

fn sold_under(product: &Product) -> String {
    match product.license_models.as_slice() {
        [] => "Any license model".to_owned(),
        some => some.join(", "),
    }
}

/// `GET /console/catalog.csv`.
pub(super) async fn file(me: Member, asked: Asked) -> Answer {
    let found: Vec<Product> =
        me.all(API, &asked.filters(&[])).await.map_err(|trouble| me.sorry(&trouble))?;
    let heads = ["product", "description", "features", "license_models", "retired", "revision"];
    let rows = found.into_iter().map(|one| {
        let features = one.features.iter().map(|one| one.feature.as_str()).collect::<Vec<_>>();
        [
            one.product,
            one.description,
            features.join(" "),
            one.license_models.join(" "),
            if one.retired { "yes" } else { "no" }.to_owned(),
            one.revision.to_string(),
        ]
    });
    Ok(sheet("products.csv", &heads, rows))
}

#[derive(Template)]
#[template(path = "console/catalog/product.html")]
struct DetailPage {
    desk: Desk,
    product: Product,
    badge: Badge,
    here: String,
    features: Vec<FeatureRow>,
    models: Vec<Link>,
    upgrades: Vec<Link>,
    replaces: Vec<Link>,
    may: bool,
    may_sell: bool,
}

struct FeatureRow {
    feature: String,
    version: String,
    count: String,
    texts: Vec<(&'static str, String)>,
    usage: Option<String>,
    href: String,
}

fn feature_row(product: &Product, one: &ProductFeature) -> FeatureRow {
    let mut texts = Vec::new();
    for (name, text) in [("Vendor string", &one.vendor_string), ("Notice", &one.notice)] {
        if !text.is_empty() {
            texts.push((name, text.clone()));
        }
    }
    if !one.selectors.is_empty() {
        let pairs = one.selectors.iter().map(|(name, value)| format!("{name}={value}"));
        texts.push(("Selectors", pairs.collect::<Vec<_>>().join(", ")));
    }
    FeatureRow {
        feature: one.feature.clone(),
        version: one.version.unwrap_or(product.version).to_string(),
        count: words::count(one.count_per_unit),
        texts,
        usage: one.usage.as_ref().map(|usage| plain_terms::usage(usage).join(" ")),
        href: format!("{}/features/{}", page_of(&product.product), segment(&one.feature)),
    }
}

/// Links to products.
fn links(products: &[String]) -> Vec<Link> {
    let link = |product: &String| Link { href: page_of(product), words: product.clone() };
    products.iter().map(link).collect()
}

/// The product that an address names.
pub(super) async fn found(me: &Member, product: &str) -> Result<Product, Response> {
    match me.api().get(&format!("{API}/{}", segment(product))).await {
        Ok(product) => Ok(product),
        Err(trouble) if trouble.status() == StatusCode::NOT_FOUND => {
            let back =
                Link { href: "/console/catalog".to_owned(), words: "All products".to_owned() };
            Err(me.nothing(&trouble.detail(), back))
        }
        Err(trouble) => Err(me.sorry(&trouble)),
    }
}

/// `GET /console/catalog/products/{product}`.
pub(super) async fn detail(me: Member, Path(product): Path<String>) -> Answer {
    let product = found(&me, &product).await?;
    let model = |name: &String| Link { href: models::page_of(name), words: name.clone() };
    let page = DetailPage {
        desk: me.desk(product.product.clone()),
        badge: badge(&product),
        here: page_of(&product.product),
        features: product.features.iter().map(|one| feature_row(&product, one)).collect(),
        models: product.license_models.iter().map(model).collect(),
        upgrades: links(&product.upgrades_to),
        replaces: links(&product.replaces),
        may: me.may("catalog"),
        may_sell: me.may("fulfil"),
        product,
    };
    Ok(show(StatusCode::OK, &page))
}

fn question(product: &Product) -> Question {
    let here = page_of(&product.product);
    let title = format!("Sell {} no more?", product.product);
    let ask = Question::grave(title, format!("{here}/retire"), "Retire it", here);
    Question {
        text: product.description.clone(),
        points: vec![
            "It can't be put into new orders any more, neither here nor by imports or the API."
                .into(),
            "Whoever bought it keeps it: activations, returns and updates go on as before.".into(),
            "You can sell it again later: change it and save.".into(),
        ],
        ..ask
    }
}

/// `GET …/retire`: asks.
pub(super) async fn ask_retire(me: Member, Path(product): Path<String>) -> Answer {
    me.must("catalog")?;
    Ok(question(&found(&me, &product).await?).page(&me))
}

/// `POST …/retire`.
pub(super) async fn retire(Path(product): Path<String>, Sent { me, .. }: Sent) -> Answer {
    me.must("catalog")?;
    let product = found(&me, &product).await?;
    match me.api().delete::<()>(&format!("{API}/{}", segment(&product.product)), None).await {
        Ok(()) => {
            let title = format!("{} is no longer sold", product.product);
            let notice = Notice::new(Tone::Good, title, "Who bought it keeps it.");
            Ok(me.done(notice, &page_of(&product.product)))
        }
        Err(trouble) if trouble.status() == StatusCode::FORBIDDEN => Err(me.sorry(&trouble)),
        Err(trouble) => {
            Ok(Question { notice: Some(refusal(&trouble)), ..question(&product) }.page(&me))
        }
    }
}
