//! Use as license servers reported it, over HTTP.
//!
//! Kept here: sums by day, never who used something. Deliberately not here: taking reports in (`container::reports`).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::Page;
use tenure_api::office::{OfficeQuery, UsageRow};
use tenure_document::Time;
use tenure_issuing::office::Office;
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::extract::Query;
use tenure_shell::problem::Refused;

use crate::access::Viewer;
use crate::app::App;
use crate::listing::only;
use crate::names::{container, customer, product_text};

const DAY_MS: i64 = 86_400_000;

/// Use by day, license server and item, oldest first.
#[utoipa::path(
    get, path = "/api/v1/usage", tag = "usage", operation_id = "list_usage", params(OfficeQuery),
    responses((status = 200, description = "A page of sums", body = Page<UsageRow>)),
    security(("bearer" = ["viewer"])),
)]
pub(crate) async fn list(
    State(app): State<App>,
    _permit: Permit<Viewer>,
    Query(query): Query<OfficeQuery>,
) -> Result<Response, Refused> {
    only(&query, &["customer", "container", "from", "to"])?;
    let server = match &query.container {
        None => None,
        Some(serial) => Some(container(&app, serial).await?),
    };
    let of = query.customer.as_deref().map(customer).transpose()?.map(|id| id.to_string());
    let page = app
        .query(move |office, now| {
            let rows = rows(office, query.from, query.to.unwrap_or(now.at));
            let server = server.map(|id| id.serial());
            let text = query.q.as_deref().map(str::to_lowercase);
            let fits = |row: &UsageRow| {
                server.as_ref().is_none_or(|serial| row.serial == *serial)
                    && (of.is_none() || of == row.customer)
                    && text.as_deref().is_none_or(|text| {
                        row.item.to_lowercase().contains(text)
                            || row
                                .feature
                                .as_deref()
                                .unwrap_or_default()
                                .to_lowercase()
                                .contains(text)
                    })
            };
            Page::cut(rows.filter(fits), &query.list())
        })
        .await?;
    Ok(json(StatusCode::OK, &page))
}

/// The sums of the days from `from` to the one of `to`.
pub(crate) fn rows(
    office: &Office,
    from: Option<Time>,
    to: Time,
) -> impl Iterator<Item = UsageRow> + '_ {
    let day = |at: Time| at.as_millis().div_euclid(DAY_MS);
    let sums = office.usage().rows(from.map_or(0, day), day(to) + 1);
    sums.map(|(server, row)| {
        let known = office.fleet().get(server);
        let at = Time::from_millis(row.day.saturating_mul(DAY_MS)).to_string();
        UsageRow {
            serial: server.serial(),
            customer: known.and_then(|known| known.customer).map(|customer| customer.to_string()),
            item: row.item_id.clone(),
            product: product(office, &row.item_id),
            feature: Some(row.feature.clone()).filter(|feature| !feature.is_empty()),
            day: at.split('T').next().unwrap_or_default().to_owned(),
            checkouts: row.checkouts,
            denials: row.denials,
            peak: row.peak,
            seat_seconds: row.seat_seconds,
            consumed: row.consumed,
        }
    })
}

/// The product of an item of ours: items are named after their activation.
fn product(office: &Office, item: &str) -> Option<String> {
    let no = item.split_once('.')?.0.parse().ok()?;
    let activation = office.activations().get(no)?;
    let line = office.entitlements().line(activation.entitlement, activation.line)?;
    Some(product_text(&line.sold.product.key()))
}
