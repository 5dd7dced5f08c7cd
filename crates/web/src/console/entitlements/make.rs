//! A new entitlement: first the customer, then what was bought.
//!
//! Kept here: one form makes one entitlement, however often it is sent; an order that needs a second person is told
//! apart from one that is done.

use askama::Template;
use axum::http::StatusCode;
use tenure_api::Page;
use tenure_api::office::{Customer, Entitlement, EntitlementRequest};

use super::super::decided::{Decided, waiting};
use super::super::field::{Field, Typed};
use super::act::done;
use super::catalog::Catalog;
use super::detail::page_of;
use super::line_fields::{self, LineFields, field_of, lines};
use crate::address::segment;
use crate::component::Notice;
use crate::icon::Icon;
use crate::site::{once, show};
use crate::staff::{Answer, Asked, Column, Desk, List, Member, Sent};

const COLUMNS: &[Column] =
    &[Column::text("Customer"), Column::text("Number"), Column::figure("Entitlements")];

#[derive(Template)]
#[template(path = "console/entitlements/which.html")]
struct WhichPage {
    desk: Desk,
    list: List,
    rows: Vec<(Customer, String)>,
    may: bool,
}

/// Asks for whom it is.
async fn which(me: &Member, asked: &Asked) -> Answer {
    let path = asked.to_api(me, "/api/v1/customers", &[]);
    let found: Page<Customer> = me.get(&path).await?;
    let rows = found.items.into_iter().filter(|one| one.forgotten_at.is_none()).map(|one| {
        let href = format!("/console/entitlements/new?customer={}", segment(&one.id));
        (one, href)
    });
    let page = WhichPage {
        rows: rows.collect(),
        desk: me.desk("New entitlement"),
        list: List::new(me, asked, COLUMNS, found.total),
        may: me.may("fulfil"),
    };
    Ok(show(StatusCode::OK, &page))
}

#[derive(Template)]
#[template(path = "console/entitlements/make.html")]
struct MakePage {
    desk: Desk,
    notice: Option<Notice>,
    customer: Customer,
    order: Field,
    lines: Vec<LineFields>,
    more: Vec<Field>,
    open: bool,
    suggestions: Vec<(&'static str, Vec<String>)>,
    nothing_sold: Option<(&'static str, &'static str)>,
    once: String,
}

/// What must be made first, and where.
fn missing(catalog: &Catalog) -> Option<(&'static str, &'static str)> {
    if catalog.products.is_empty() {
        return Some((
            "Nothing is sold yet. Make a product first.",
            "/console/catalog/products/new",
        ));
    }
    if catalog.models.is_empty() {
        let text = "There is no license model yet. Say first under which terms you sell.";
        return Some((text, "/console/catalog/models/new"));
    }
    None
}

async fn page(
    me: &Member,
    (status, notice): (StatusCode, Option<Notice>),
    customer: &str,
    typed: &Typed,
) -> Answer {
    let path = format!("/api/v1/customers/{}", segment(customer));
    let (customer, catalog) = tokio::join!(me.get::<Customer>(&path), Catalog::read(me));
    let (customer, catalog) = (customer?, catalog?);
    let further = ["activate_from", "activate_until", "notes", "activation_id"];
    let page = MakePage {
        desk: me.desk("New entitlement"),
        notice,
        order: typed.field("order", "Order number").required().hint("As your shop or ERP calls it."),
        lines: line_fields::rows(typed, &catalog, false),
        more: vec![
            typed.field("activate_from", "Can be activated from").day().hint("With that day (UTC). Empty: at once."),
            typed.field("activate_until", "Can be activated until").day().hint("With that day (UTC). What is active goes on. Empty: for ever."),
            typed.field("activation_id", "Activation ID").id().hint("Only where it was printed beforehand or comes from another system. Empty: the office makes one."),
            typed.field("notes", "Notes").area().hint("For the staff only."),
        ],
        open: further.iter().any(|name| !typed.text(name).is_empty()),
        suggestions: catalog.suggestions(),
        nothing_sold: missing(&catalog),
        once: once(typed.text("once"), status),
        customer,
    };
    Ok(show(status, &page))
}

/// `GET /console/entitlements/new`.
pub(super) async fn new(me: Member, asked: Asked) -> Answer {
    me.must("fulfil")?;
    match asked.text("customer") {
        "" => which(&me, &asked).await,
        customer => {
            let typed =
                Typed::default().with("product-0", asked.text("product")).with("quantity-0", "1");
            page(&me, (StatusCode::OK, None), customer, &typed).await
        }
    }
}

/// `POST /console/entitlements/new`.
pub(super) async fn make(Sent { me, form }: Sent) -> Answer {
    me.must("fulfil")?;
    let mut typed = Typed::of(&form);
    let customer = typed.text("customer").to_owned();
    if typed.has("act", "more") {
        return page(&me, (StatusCode::OK, None), &customer, &typed).await;
    }
    let asked = EntitlementRequest {
        customer: customer.clone(),
        order: typed.text("order").to_owned(),
        lines: lines(&mut typed),
        activate_from: typed.day_begins("activate_from"),
        activate_until: typed.day_ends("activate_until"),
        notes: typed.text("notes").to_owned(),
        activation_id: typed.some("activation_id"),
    };
    if asked.order.is_empty() {
        typed.fault(
            "order",
            "Give the order's number. Where there is none, make one up: each is taken once.",
        );
    }
    if asked.lines.is_empty() {
        typed.fault("product-0", "Choose what was bought.");
    }
    if !typed.is_right() {
        let said = (StatusCode::UNPROCESSABLE_ENTITY, Some(typed.notice()));
        return page(&me, said, &customer, &typed).await;
    }
    let once = typed.text("once");
    match me.api().post::<_, Decided<Entitlement>>("/api/v1/entitlements", &asked, once).await {
        Ok(Decided::Done(one)) => {
            let notice = done(
                "The entitlement is made",
                "Give the customer the activation ID and the portal's address: the text below is ready to send.",
            );
            Ok(me.done(notice, &page_of(&one.activation_id)))
        }
        Ok(Decided::Waits(question)) => Ok(me.done(waiting(&question), "/console/entitlements")),
        Err(trouble) if trouble.status() == StatusCode::FORBIDDEN => Err(me.sorry(&trouble)),
        Err(trouble) => {
            let fields = typed.clone();
            let notice = typed.refused(&trouble, |member| field_of(&fields, member, 0));
            page(&me, (trouble.status(), Some(notice)), &customer, &typed).await
        }
    }
}
