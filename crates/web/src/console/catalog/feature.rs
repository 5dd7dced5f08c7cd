//! One feature of a product: the texts it hands on, its selectors, and terms of its own.
//!
//! Kept here: the other features stay as they are; nobody overwrites what somebody else changed in the meantime.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::office::{Product, ProductFeature, ProductRequest, UsageTerms};

use super::super::field::{Field, Group, Typed};
use super::products::{found, page_of};
use super::usage_form;
use crate::address::segment;
use crate::component::{Link, Notice, Tone};
use crate::site::show;
use crate::staff::{Answer, Desk, Member, Sent};

#[derive(Template)]
#[template(path = "console/catalog/feature.html")]
struct FeaturePage {
    desk: Desk,
    notice: Option<Notice>,
    product: String,
    back: Link,
    action: String,
    texts: Vec<Field>,
    own: Field,
    groups: [Group; 3],
    revision: String,
}

fn typed(product: &Product, one: &ProductFeature) -> Typed {
    let selectors: String =
        one.selectors.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
    let mut typed = Typed::default()
        .with("vendor_string", one.vendor_string.as_str())
        .with("notice", one.notice.as_str())
        .with("selectors", selectors)
        .with("revision", product.revision.to_string());
    if one.usage.is_some() {
        typed.put("own", "yes");
    }
    usage_form::put(&mut typed, &one.usage.clone().unwrap_or_default());
    typed
}

fn page(
    me: &Member,
    status: StatusCode,
    (product, feature): (&str, &str),
    typed: &Typed,
    notice: Option<Notice>,
) -> Response {
    let own = [(
        "yes",
        "It is used in another way than the license model says",
        "Then the terms below hold for this feature. Otherwise they are left aside.",
    )];
    let page = FeaturePage {
        desk: me.desk(format!("Feature {feature}")),
        notice,
        product: product.to_owned(),
        back: Link { href: page_of(product), words: "Leave it".to_owned() },
        action: format!("{}/features/{}", page_of(product), segment(feature)),
        texts: vec![
            typed
                .field("vendor_string", "Vendor string")
                .whole()
                .hint("Handed to the application as it is."),
            typed
                .field("notice", "Notice")
                .whole()
                .hint("Shown to people, as in: Licensed to the university only."),
            typed
                .field("selectors", "Selectors")
                .area()
                .hint("One on a line, name=value. A request may choose by them."),
        ],
        own: typed.choice("own", "In this feature", &own).ticks(),
        groups: usage_form::groups(typed),
        revision: typed.text("revision").to_owned(),
    };
    show(status, &page)
}

fn nothing(me: &Member, product: &Product) -> Response {
    let back = Link { href: page_of(&product.product), words: product.product.clone() };
    me.nothing("The product has no such feature any more.", back)
}

/// `GET …/features/{feature}`.
pub(super) async fn edit(me: Member, Path((product, feature)): Path<(String, String)>) -> Answer {
    me.must("catalog")?;
    let product = found(&me, &product).await?;
    let Some(one) = product.features.iter().find(|one| one.feature == feature) else {
        return Ok(nothing(&me, &product));
    };
    let names = (product.product.as_str(), feature.as_str());
    Ok(page(&me, StatusCode::OK, names, &typed(&product, one), None))
}

fn selectors(typed: &mut Typed) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut odd = None;
    for line in typed.text("selectors").lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() => {
                found.insert(name.trim().to_owned(), value.trim().to_owned());
            }
            _ => odd = odd.or(Some(line.to_owned())),
        }
    }
    if let Some(line) = odd {
        typed.fault("selectors", format!("This line is not name=value: {line}"));
    }
    found
}

/// `POST …/features/{feature}`.
pub(super) async fn change(
    Path((product, feature)): Path<(String, String)>,
    Sent { me, form }: Sent,
) -> Answer {
    me.must("catalog")?;
    let product = found(&me, &product).await?;
    let Some(place) = product.features.iter().position(|one| one.feature == feature) else {
        return Ok(nothing(&me, &product));
    };
    let mut typed = Typed::of(&form);
    let own = typed.has("own", "yes");
    // What is left aside can't be wrong.
    let usage: Option<UsageTerms> = own.then(|| usage_form::read(&mut typed));
    let selectors = selectors(&mut typed);
    let names = (product.product.as_str(), feature.as_str());
    if !typed.is_right() {
        let notice = Some(typed.notice());
        return Ok(page(&me, StatusCode::UNPROCESSABLE_ENTITY, names, &typed, notice));
    }
    let here = page_of(&product.product);
    if let Some(notice) = typed.overtaken(product.revision, &here) {
        return Ok(page(&me, StatusCode::CONFLICT, names, &typed, Some(notice)));
    }
    let mut asked = ProductRequest {
        description: product.description.clone(),
        features: product.features.clone(),
        license_models: product.license_models.clone(),
    };
    if let Some(one) = asked.features.get_mut(place) {
        *one = ProductFeature {
            vendor_string: typed.text("vendor_string").to_owned(),
            notice: typed.text("notice").to_owned(),
            selectors,
            usage,
            ..one.clone()
        };
    }
    let path = format!("/api/v1/products/{}", segment(&product.product));
    match me.api().put::<_, Product>(&path, &asked, None).await {
        Ok(_) => {
            let title = format!("{feature} of {} is saved", product.product);
            let notice = Notice::new(Tone::Good, title, "It holds for what is sold from now on.");
            Ok(me.done(notice, &here))
        }
        Err(trouble) if trouble.status() == StatusCode::FORBIDDEN => Err(me.sorry(&trouble)),
        Err(trouble) => {
            let notice = typed.refused(&trouble, |member| match member.split_once("].") {
                Some((_, member)) => member.to_owned(),
                None => member.to_owned(),
            });
            Ok(page(&me, trouble.status(), names, &typed, Some(notice)))
        }
    }
}
