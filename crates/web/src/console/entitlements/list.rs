//! The list of entitlements: found by what people know of them, narrowed by customer, state, product and end.
//!
//! Kept here: the file has all rows that the list is narrowed to. Deliberately not here: one entitlement (`detail`),
//! and the rows on the page of a customer.

use askama::Template;
use axum::http::StatusCode;
use tenure_api::Page;
use tenure_api::office::EntitlementRow;

use super::super::field::{Field, Typed};
use super::detail::page_of;
use crate::component::{Badge, Share, When};
use crate::icon::Icon;
use crate::site::show;
use crate::staff::{Answer, Asked, Column, Desk, List, Member, sheet};
use crate::words;

const COLUMNS: &[Column] = &[
    Column::text("Activation ID"),
    Column::text("Customer"),
    Column::text("Products"),
    Column::text("Order"),
    Column::text("State"),
    Column::figure("Active of bought"),
    Column::text("Ends"),
];
const API: &str = "/api/v1/entitlements";
/// What narrows the list, besides search.
const FILTERS: [&str; 4] = ["customer", "state", "product", "ends_within_days"];

#[derive(Template)]
#[template(path = "console/entitlements/list.html")]
struct ListPage {
    desk: Desk,
    list: List,
    filters: [Field; 4],
    q: String,
    rows: Vec<Row>,
    may: bool,
}

struct Row {
    href: String,
    row: EntitlementRow,
    badge: Badge,
    share: Share,
}

fn filters(asked: &Asked) -> [Field; 4] {
    let mut typed = Typed::default();
    for name in FILTERS {
        typed.put(name, asked.text(name));
    }
    let states = [
        ("", "Every state", ""),
        ("active", "Active", ""),
        ("suspended", "Suspended", ""),
        ("withdrawn", "Withdrawn", ""),
    ];
    let ends = [
        ("", "At any time or never", ""),
        ("7", "Within 7 days", ""),
        ("30", "Within 30 days", ""),
        ("90", "Within 90 days", ""),
        ("365", "Within a year", ""),
    ];
    [
        typed.choice("state", "State", &states),
        typed.field("product", "Product"),
        typed.field("customer", "Customer's number"),
        typed.choice("ends_within_days", "Ends", &ends),
    ]
}

/// `GET /console/entitlements`.
pub(super) async fn list(me: Member, asked: Asked) -> Answer {
    let found: Page<EntitlementRow> = me.get(&asked.to_api(&me, API, &FILTERS)).await?;
    let rows = found.items.into_iter().map(|row| Row {
        href: page_of(&row.activation_id),
        badge: words::entitlement(row.state),
        share: Share::new(row.active, row.bought),
        row,
    });
    let page = ListPage {
        rows: rows.collect(),
        desk: me.desk("Entitlements"),
        list: List::new(&me, &asked, COLUMNS, found.total),
        filters: filters(&asked),
        q: asked.text("q").to_owned(),
        may: me.may("fulfil"),
    };
    Ok(show(StatusCode::OK, &page))
}

/// `GET /console/entitlements.csv`.
pub(super) async fn file(me: Member, asked: Asked) -> Answer {
    let found: Vec<EntitlementRow> =
        me.all(API, &asked.filters(&FILTERS)).await.map_err(|trouble| me.sorry(&trouble))?;
    let heads = [
        "activation_id",
        "customer",
        "customer_name",
        "products",
        "order",
        "state",
        "bought",
        "active",
        "free",
        "ends",
        "entered",
    ];
    let rows = found.into_iter().map(|one| {
        [
            one.activation_id,
            one.customer,
            one.customer_name,
            one.products.join(" "),
            one.order,
            one.state.word().to_owned(),
            one.bought.to_string(),
            one.active.to_string(),
            one.free.to_string(),
            one.ends.map(|at| at.to_string()).unwrap_or_default(),
            one.created_at.to_string(),
        ]
    });
    Ok(sheet("entitlements.csv", &heads, rows))
}
