//! Use as license servers reported it, over HTTP.
//!
//! Kept here: sums by day, never who used something. Deliberately not here: taking reports in (`container::reports`).

use std::collections::VecDeque;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::Page;
use tenure_api::office::{OfficeQuery, UsageDay, UsageRow};
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
/// Most days in one answer: ten years.
const DAYS_MAX: usize = 3_660;
/// What narrows the sums.
const NARROWS: [&str; 4] = ["customer", "container", "from", "to"];

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
    only(&query, &NARROWS)?;
    let wanted = Wanted::of(&app, &query).await?;
    let page = app
        .query(move |office, now| {
            let rows = rows(office, query.from, query.to.unwrap_or(now.at));
            Page::cut(rows.filter(|row| wanted.fits(row)), &query.list())
        })
        .await?;
    Ok(json(StatusCode::OK, &page))
}

/// Use by day of everything that is asked for, oldest first; days without use are left out, and the newest are kept
/// where there are more than 3660.
#[utoipa::path(
    get, path = "/api/v1/usage/days", tag = "usage", operation_id = "list_usage_days", params(OfficeQuery),
    responses((status = 200, description = "Sums of days", body = Vec<UsageDay>)),
    security(("bearer" = ["viewer"])),
)]
pub(crate) async fn days(
    State(app): State<App>,
    _permit: Permit<Viewer>,
    Query(query): Query<OfficeQuery>,
) -> Result<Response, Refused> {
    only(&query, &NARROWS)?;
    let wanted = Wanted::of(&app, &query).await?;
    let days = app
        .query(move |office, now| {
            let mut days: VecDeque<UsageDay> = VecDeque::new();
            let rows = rows(office, query.from, query.to.unwrap_or(now.at));
            for row in rows.filter(|row| wanted.fits(row)) {
                match days.back_mut() {
                    Some(day) if day.day == row.day => add(day, &row),
                    _ => {
                        let mut day = UsageDay { day: row.day.clone(), ..UsageDay::default() };
                        add(&mut day, &row);
                        days.push_back(day);
                        if days.len() > DAYS_MAX {
                            days.pop_front();
                        }
                    }
                }
            }
            days
        })
        .await?;
    Ok(json(StatusCode::OK, &days))
}

fn add(day: &mut UsageDay, row: &UsageRow) {
    day.items += u64::from(!row.item.is_empty());
    day.checkouts = day.checkouts.saturating_add(row.checkouts);
    day.denials = day.denials.saturating_add(row.denials);
    day.peak = day.peak.saturating_add(row.peak);
    day.seat_seconds = day.seat_seconds.saturating_add(row.seat_seconds);
    day.consumed = day.consumed.saturating_add(row.consumed);
}

/// Which sums are asked for, besides their days.
struct Wanted {
    server: Option<String>,
    customer: Option<String>,
    text: Option<String>,
}

impl Wanted {
    async fn of(app: &App, query: &OfficeQuery) -> Result<Self, Refused> {
        let server = match &query.container {
            None => None,
            Some(serial) => Some(container(app, serial).await?.serial()),
        };
        let customer = query.customer.as_deref().map(customer).transpose()?;
        Ok(Self {
            server,
            customer: customer.map(|id| id.to_string()),
            text: query.q.as_deref().map(str::to_lowercase),
        })
    }

    fn fits(&self, row: &UsageRow) -> bool {
        let holds = |text: &str| {
            let holds = |of: &str| of.to_lowercase().contains(text);
            holds(&row.item) || row.feature.as_deref().is_some_and(holds)
        };
        self.server.as_ref().is_none_or(|serial| row.serial == *serial)
            && (self.customer.is_none() || self.customer == row.customer)
            && self.text.as_deref().is_none_or(holds)
    }
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
