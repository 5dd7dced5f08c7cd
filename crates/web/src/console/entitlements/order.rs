//! A repeat order: more of the lines that are there, and other lines.
//!
//! Kept here: more of a line is ordered with all that the line has, so that it adds up instead of making a line beside
//! it. Deliberately not here: when two lines are equal (the API).

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use tenure_api::office::{Entitlement, EntitlementLine, LineRequest, OrderRequest, TermsChange};

use super::super::field::{Field, Typed};
use super::act::{done, sent};
use super::catalog::Catalog;
use super::detail::{api_of, found, page_of};
use super::line_fields::{self, LineFields, difference, field_of, lines};
use crate::component::{Notice, When};
use crate::site::{once, show};
use crate::staff::{Answer, Desk, Member, Sent};

#[derive(Template)]
#[template(path = "console/entitlements/order.html")]
struct OrderPage {
    desk: Desk,
    notice: Option<Notice>,
    here: String,
    one: Entitlement,
    order: Field,
    same: Vec<(EntitlementLine, Field)>,
    lines: Vec<LineFields>,
    open: bool,
    suggestions: Vec<(&'static str, Vec<String>)>,
    once: String,
}

async fn page(
    me: &Member,
    (status, notice): (StatusCode, Option<Notice>),
    one: Entitlement,
    typed: &Typed,
) -> Answer {
    let catalog = Catalog::read(me).await?;
    let more = |line: &EntitlementLine| {
        let label = format!("More of line {}", line.line);
        typed.field(format!("same-{}", line.line), label).number(0, 10_000_000)
    };
    let page = OrderPage {
        desk: me.desk("Repeat order"),
        notice,
        here: page_of(&one.activation_id),
        order: typed
            .field("order", "Order number")
            .required()
            .hint("A number of its own: each order is taken once."),
        same: one.lines.iter().map(|line| (line.clone(), more(line))).collect(),
        lines: line_fields::rows(typed, &catalog, false),
        open: typed.has("act", "more") || !typed.text("product-0").is_empty(),
        suggestions: catalog.suggestions(),
        once: once(typed.text("once"), status),
        one,
    };
    Ok(show(status, &page))
}

/// `GET …/order`.
pub(super) async fn ask(me: Member, Path(id): Path<String>) -> Answer {
    me.must("fulfil")?;
    let one = found(&me, &id).await?;
    page(&me, (StatusCode::OK, None), one, &Typed::default()).await
}

/// More of a line, with all that the line has.
fn same(line: &EntitlementLine, quantity: u32, catalog: &Catalog) -> LineRequest {
    let model = catalog.models.iter().find(|one| one.name == line.license_model);
    let terms = model.and_then(|model| {
        let from = serde_json::to_value(&model.terms).ok()?;
        let to = serde_json::to_value(&line.terms).ok()?;
        Some(TermsChange(difference(&from, &to)))
    });
    LineRequest {
        product: line.product.clone(),
        license_model: Some(line.license_model.clone()),
        quantity,
        starts: line.starts,
        ends: line.ends,
        terms: terms.unwrap_or_default(),
    }
}

/// `POST …/order`.
pub(super) async fn take(Path(id): Path<String>, Sent { me, form }: Sent) -> Answer {
    me.must("fulfil")?;
    let one = found(&me, &id).await?;
    let mut typed = Typed::of(&form);
    if typed.has("act", "more") {
        return page(&me, (StatusCode::OK, None), one, &typed).await;
    }
    let catalog = Catalog::read(&me).await?;
    let mut ordered = Vec::new();
    for line in &one.lines {
        let quantity: Option<u32> = typed.number(&format!("same-{}", line.line));
        ordered.extend(
            quantity.filter(|quantity| *quantity > 0).map(|count| same(line, count, &catalog)),
        );
    }
    let before = ordered.len();
    ordered.extend(lines(&mut typed));
    let asked = OrderRequest { order: typed.text("order").to_owned(), lines: ordered };
    if asked.order.is_empty() {
        typed.fault("order", "Give the order's number.");
    }
    if asked.lines.is_empty() {
        let first = one.lines.first().map_or(0, |line| line.line);
        typed.fault(format!("same-{first}"), "Say how many more of a line, or add another line.");
    }
    if !typed.is_right() {
        let said = (StatusCode::UNPROCESSABLE_ENTITY, Some(typed.notice()));
        return page(&me, said, one, &typed).await;
    }
    let path = format!("{}/orders", api_of(&one.activation_id));
    let notice = done("The order is taken in", "The activation ID stays the same.");
    match sent(&me, &path, &asked, (typed.text("once"), notice)).await {
        Ok(answer) => Ok(answer),
        Err(trouble) if trouble.status() == StatusCode::FORBIDDEN => Err(me.sorry(&trouble)),
        Err(trouble) => {
            let fields = typed.clone();
            let notice = typed.refused(&trouble, |member| field_of(&fields, member, before));
            page(&me, (trouble.status(), Some(notice)), one, &typed).await
        }
    }
}
