//! The form of a product: its description, its features, the license models it is sold under.
//!
//! Kept here: what a feature has besides name, version and count stays as it is; nobody overwrites what somebody else
//! changed in the meantime; a new product never overwrites one that is there. Deliberately not here: a feature's texts
//! and its own terms (`feature`).

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use tenure_api::Page;
use tenure_api::office::{LicenseModel, Product, ProductFeature, ProductRef, ProductRequest};
use tenure_document::Count;

use super::super::field::{Field, Typed};
use super::products::{found, page_of};
use crate::address::segment;
use crate::backend::Trouble;
use crate::component::{Link, Notice, Tone};
use crate::site::show;
use crate::staff::{Answer, Desk, Member, Sent};

/// Most features of a product.
const ROWS_MAX: usize = 200;
/// Empty rows that are offered.
const SPARE: usize = 2;

#[derive(Template)]
#[template(path = "console/catalog/product_form.html")]
struct FormPage {
    desk: Desk,
    notice: Option<Notice>,
    lead: &'static str,
    action: String,
    back: Link,
    /// Name and version, where they can be chosen.
    named: Option<[Field; 2]>,
    description: Field,
    rows: Vec<FeatureFields>,
    models: Option<Field>,
    revision: String,
}

struct FeatureFields {
    was: String,
    place: usize,
    feature: Field,
    version: Field,
    count: Field,
}

/// What a form shows when it is opened for a product.
fn typed(product: &Product) -> Typed {
    let mut typed = Typed::default()
        .with("description", product.description.as_str())
        .with("revision", product.revision.to_string());
    for name in &product.license_models {
        typed.put("license_models", name.as_str());
    }
    for (place, one) in product.features.iter().enumerate() {
        typed.put(format!("was-{place}"), one.feature.as_str());
        typed.put(format!("feature-{place}"), one.feature.as_str());
        let version = one.version.map(|version| version.to_string());
        typed.put(format!("version-{place}"), version.unwrap_or_default());
        let count = match one.count_per_unit {
            Count::Counted(count) => count.to_string(),
            Count::Uncounted => "unlimited".to_owned(),
        };
        typed.put(format!("count-{place}"), count);
    }
    typed
}

/// How many rows are filled, up to the last one.
fn filled(typed: &Typed) -> usize {
    let is_filled = |place: &usize| !typed.text(&format!("feature-{place}")).is_empty();
    (0..ROWS_MAX).rev().find(is_filled).map_or(0, |last| last + 1)
}

/// Whether somebody only wants more rows.
fn wants_rows(typed: &Typed) -> bool {
    typed.has("act", "more")
}

async fn page(
    me: &Member,
    status: StatusCode,
    product: Option<&str>,
    typed: &Typed,
    notice: Option<Notice>,
) -> Answer {
    let models: Page<LicenseModel> = me.get("/api/v1/license-models?size=1000").await?;
    let chosen = |name: &str| typed.has("license_models", name);
    let sold = models.items.iter().filter(|one| !one.retired || chosen(&one.name));
    let choices: Vec<(&str, &str, &str)> =
        sold.map(|one| (one.name.as_str(), one.name.as_str(), one.summary.as_str())).collect();
    let models = typed.choice("license_models", "Sold under", &choices).ticks();
    let models = (!choices.is_empty()).then(|| models.hint("None chosen: any license model."));
    let spare = if wants_rows(typed) { 3 * SPARE } else { SPARE };
    let count = (filled(typed) + spare).min(ROWS_MAX);
    let named = product.is_none().then(|| {
        [
            typed.field("name", "Name").id().required().hint("As in cad-suite. It stays for ever."),
            typed
                .field("version", "Version")
                .id()
                .required()
                .hint("As in 2.0 or 2.1.3. A new version is a new product."),
        ]
    });
    let (lead, action) = match product {
        Some(product) => (
            "What was sold keeps the product as it was sold; what is sold from now on gets this.",
            format!("{}/edit", page_of(product)),
        ),
        None => (
            "A product is a name and a version, with the features that an application asks for.",
            "/console/catalog/products/new".to_owned(),
        ),
    };
    let back = product.map_or_else(|| "/console/catalog".to_owned(), page_of);
    let title = product.map_or_else(|| "New product".to_owned(), |one| format!("Change {one}"));
    let page = FormPage {
        desk: me.desk(title),
        notice,
        lead,
        action,
        back: Link { href: back, words: "Leave it".to_owned() },
        named,
        description: typed
            .field("description", "Description")
            .whole()
            .hint("For people; shown at the portal."),
        rows: (0..count).map(|place| feature_fields(typed, place)).collect(),
        models,
        revision: typed.text("revision").to_owned(),
    };
    Ok(show(status, &page))
}

fn feature_fields(typed: &Typed, place: usize) -> FeatureFields {
    FeatureFields {
        was: typed.text(&format!("was-{place}")).to_owned(),
        place,
        feature: typed.field(format!("feature-{place}"), "Feature").id(),
        version: typed.field(format!("version-{place}"), "Version").id(),
        count: typed.field(format!("count-{place}"), "Seats per unit").id(),
    }
}

/// What is to be saved; what is wrong is said at its field.
fn request(typed: &mut Typed, before: Option<&Product>) -> ProductRequest {
    let mut features = Vec::new();
    for place in 0..filled(typed) {
        let Some(name) = typed.some(&format!("feature-{place}")) else { continue };
        let field = format!("version-{place}");
        let version = match typed.some(&field).map(|text| text.parse()) {
            None => None,
            Some(Ok(version)) => Some(version),
            Some(Err(_)) => {
                typed.fault(field, "This must be a version such as 2.0 or 2.1.3.");
                None
            }
        };
        let field = format!("count-{place}");
        let count_per_unit = match typed.text(&field).to_lowercase().as_str() {
            "" => Count::Counted(1),
            "unlimited" | "uncounted" => Count::Uncounted,
            text => match text.parse() {
                Ok(count) => Count::Counted(count),
                Err(_) => {
                    typed.fault(field, "This must be a number, or the word unlimited.");
                    Count::Counted(1)
                }
            },
        };
        let was = typed.text(&format!("was-{place}"));
        let was = before.and_then(|one| one.features.iter().find(|one| one.feature == was));
        let blank = ProductFeature {
            feature: String::new(),
            version: None,
            count_per_unit,
            vendor_string: String::new(),
            notice: String::new(),
            selectors: Default::default(),
            usage: None,
        };
        let kept = was.cloned().unwrap_or(blank);
        features.push(ProductFeature { feature: name, version, count_per_unit, ..kept });
    }
    if features.is_empty() {
        typed.fault("feature-0", "Name at least one feature: what the application asks for.");
    }
    ProductRequest {
        description: typed.text("description").to_owned(),
        features,
        license_models: typed.every("license_models").map(str::to_owned).collect(),
    }
}

/// The field of a member that the API names: `features[2].version` stands in row 2 of those that were sent.
fn field_of(typed: &Typed, member: &str) -> String {
    let Some((place, part)) = member.strip_prefix("features[").and_then(|it| it.split_once(']'))
    else {
        return member.to_owned();
    };
    let sent = (0..ROWS_MAX).filter(|row| !typed.text(&format!("feature-{row}")).is_empty());
    let row = place.parse().ok().and_then(|place: usize| sent.clone().nth(place)).unwrap_or(0);
    let field = match part {
        ".version" => "version",
        ".count_per_unit" => "count",
        _ => "feature",
    };
    format!("{field}-{row}")
}

/// `GET /console/catalog/products/new`.
pub(super) async fn new(me: Member) -> Answer {
    me.must("catalog")?;
    let typed = Typed::default().with("count-0", "1");
    page(&me, StatusCode::OK, None, &typed, None).await
}

/// `POST /console/catalog/products/new`.
pub(super) async fn make(Sent { me, form }: Sent) -> Answer {
    me.must("catalog")?;
    let mut typed = Typed::of(&form);
    if wants_rows(&typed) {
        return page(&me, StatusCode::OK, None, &typed, None).await;
    }
    let key = format!("{}@{}", typed.text("name"), typed.text("version")).parse::<ProductRef>();
    let asked = request(&mut typed, None);
    let key = match key {
        Ok(key) => Some(key),
        Err(_) if typed.text("name").is_empty() => {
            typed.fault("name", "Give it a name.");
            None
        }
        Err(_) => {
            typed.fault("version", "This must be a version such as 2.0 or 2.1.3.");
            None
        }
    };
    let Some(key) = key.filter(|_| typed.is_right()) else {
        let notice = Some(typed.notice());
        return page(&me, StatusCode::UNPROCESSABLE_ENTITY, None, &typed, notice).await;
    };
    let product = key.to_string();
    let path = format!("/api/v1/products/{}", segment(&product));
    let there: Result<Product, Trouble> = me.api().get(&path).await;
    if there.is_ok() {
        let text = "Change that one, or give the new one another name or version.";
        let title = format!("There is a product {product} already");
        let notice = Notice::new(Tone::Bad, title, text).then(page_of(&product), "Look at it");
        return page(&me, StatusCode::CONFLICT, None, &typed, Some(notice)).await;
    }
    save(&me, typed, None, &product, &asked).await
}

async fn save(
    me: &Member,
    mut typed: Typed,
    before: Option<&str>,
    product: &str,
    asked: &ProductRequest,
) -> Answer {
    let path = format!("/api/v1/products/{}", segment(product));
    match me.api().put::<_, Product>(&path, asked, None).await {
        Ok(saved) => {
            let (title, text) = match before {
                Some(_) => {
                    (format!("{product} is saved"), "It holds for what is sold from now on.")
                }
                None => {
                    (format!("{product} can be sold"), "Put it into an entitlement of a customer.")
                }
            };
            Ok(me.done(Notice::new(Tone::Good, title, text), &page_of(&saved.product)))
        }
        Err(trouble) if trouble.status() == StatusCode::FORBIDDEN => Err(me.sorry(&trouble)),
        Err(trouble) => {
            let fields = typed.clone();
            let notice = typed.refused(&trouble, |member| field_of(&fields, member));
            page(me, trouble.status(), before, &typed, Some(notice)).await
        }
    }
}

/// `GET …/edit`.
pub(super) async fn edit(me: Member, Path(product): Path<String>) -> Answer {
    me.must("catalog")?;
    let product = found(&me, &product).await?;
    page(&me, StatusCode::OK, Some(&product.product), &typed(&product), None).await
}

/// `POST …/edit`.
pub(super) async fn change(Path(product): Path<String>, Sent { me, form }: Sent) -> Answer {
    me.must("catalog")?;
    let before = found(&me, &product).await?;
    let name = before.product.as_str();
    let mut typed = Typed::of(&form);
    if wants_rows(&typed) {
        return page(&me, StatusCode::OK, Some(name), &typed, None).await;
    }
    let asked = request(&mut typed, Some(&before));
    if !typed.is_right() {
        let notice = Some(typed.notice());
        return page(&me, StatusCode::UNPROCESSABLE_ENTITY, Some(name), &typed, notice).await;
    }
    if let Some(notice) = typed.overtaken(before.revision, &page_of(name)) {
        return page(&me, StatusCode::CONFLICT, Some(name), &typed, Some(notice)).await;
    }
    save(&me, typed, Some(name), name, &asked).await
}
