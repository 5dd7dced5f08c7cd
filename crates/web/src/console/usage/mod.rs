//! What was used, as license servers reported it: by day, license server and item.
//!
//! Kept here: sums only, nobody's name; a span is of days (UTC) and stands in the address. Deliberately not here:
//! adding up (the API).

use std::time::Duration;

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use tenure_api::Page;
use tenure_api::office::{OfficeStatus, UsageDay, UsageRow};
use tenure_document::Time;

use super::field::{Field, Typed};
use crate::chart::{Amount, Hue, Lane, Look, OverTime, Series, Slot};
use crate::icon::Icon;
use crate::site::show;
use crate::staff::{Answer, Asked, Column, Desk, List, Member, Pages, sheet};
use crate::words::so_many;

const API: &str = "/api/v1/usage";
const DAY: Duration = Duration::from_secs(86_400);
/// Spans to choose from, in days.
const SPANS: [(u32, &str); 4] = [(7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "A year")];
const USUAL: u32 = 30;
/// Most days of a span.
const DAYS_MAX: u32 = 3_660;
const FILTERS: [&str; 2] = ["customer", "container"];
const COLUMNS: &[Column] = &[
    Column::text("Day"),
    Column::text("License server"),
    Column::text("Item"),
    Column::figure("Checkouts"),
    Column::figure("Denied"),
    Column::figure("Most at once"),
    Column::figure("Seat hours"),
    Column::figure("Consumed"),
];

/// The pages of this room.
pub(super) fn routes() -> Router<Pages> {
    Router::new().route("/console/usage", get(list)).route("/console/usage.csv", get(file))
}

/// From the beginning of a day to the end of another.
#[derive(Debug, Clone, Copy)]
struct Span {
    from: Time,
    to: Time,
}

impl Span {
    /// The last days up to today.
    fn last(days: u32, now: Time) -> Self {
        let today = day_of(now);
        Self { from: today.minus(DAY * days.clamp(1, DAYS_MAX).saturating_sub(1)), to: now }
    }

    /// As an address asks for it; what is no day is as if it were not there.
    fn of(asked: &Asked, now: Time) -> Self {
        let begins: Option<Time> = format!("{}T00:00:00Z", asked.text("from")).parse().ok();
        let ends: Option<Time> = format!("{}T23:59:59.999Z", asked.text("to")).parse().ok();
        let to = ends.filter(|ends| *ends < now).unwrap_or(now);
        match begins {
            Some(from) if from <= to => Self { from, to },
            _ => Self::last(asked.text("days").parse().unwrap_or(USUAL), to),
        }
    }

    fn query(self) -> String {
        format!("from={}&to={}", self.from, self.to)
    }
}

/// The beginning of the day of an instant.
fn day_of(at: Time) -> Time {
    let millis = i64::try_from(DAY.as_millis()).unwrap_or(i64::MAX);
    Time::from_millis(at.as_millis().div_euclid(millis) * millis)
}

#[derive(Template)]
#[template(path = "console/usage/list.html")]
struct UsagePage {
    desk: Desk,
    list: List,
    rows: Vec<UsageRow>,
    spans: Vec<(&'static str, String, bool)>,
    filters: [Field; 4],
    q: String,
    is_filtered: bool,
    chart: Option<OverTime>,
    told: Vec<(&'static str, String)>,
}

/// How many days stand together in a chart of so many: a page has room for about a hundred stretches.
fn together(days: u64) -> u32 {
    match days {
        0..=100 => 1,
        101..=700 => 7,
        _ => 30,
    }
}

/// The chart of seat hours, with denials below.
fn chart(days: &[UsageDay], span: Span) -> OverTime {
    let each = together(span.to.since(span.from).as_secs() / DAY.as_secs());
    let mut slots = Vec::new();
    let (mut hours, mut peaks, mut denials) = (Vec::new(), Vec::new(), Vec::new());
    let mut known = days.iter().peekable();
    let mut at = day_of(span.from);
    while at <= span.to {
        let next = at.plus(DAY * each);
        let exact = next.to_string();
        let until = exact.get(..10).unwrap_or_default();
        let mut found: Option<UsageDay> = None;
        // Days are texts that sort as they follow one another.
        while let Some(day) = known.next_if(|day| day.day.as_str() < until) {
            let sum = found.get_or_insert_with(UsageDay::default);
            sum.seat_seconds = sum.seat_seconds.saturating_add(day.seat_seconds);
            sum.denials = sum.denials.saturating_add(day.denials);
            sum.peak = sum.peak.max(day.peak);
        }
        slots.push(Slot { from: at, to: next });
        // Days without a report are none with zero: the servers may not have reported yet.
        let found = found.as_ref();
        hours.push(found.map(|day| Amount::spread(day.seat_seconds, 3_600)));
        peaks.push(found.map(|day| Amount::from(day.peak)));
        denials.push(found.map(|day| Amount::from(day.denials)));
        at = next;
    }
    let title = match each {
        1 => "Seat hours by day".to_owned(),
        7 => "Seat hours by week".to_owned(),
        days => format!("Seat hours by {days} days"),
    };
    OverTime {
        id: "usage".to_owned(),
        title,
        unit: "Hours".to_owned(),
        range: (day_of(span.from), at),
        slots,
        series: vec![Series {
            name: "Seat hours".to_owned(),
            hue: Hue::Main,
            look: Look::Solid,
            values: hours,
        }],
        further: vec![("Most at once, of all items together".to_owned(), peaks)],
        limit: None,
        lanes: vec![Lane { name: "Denied".to_owned(), hue: Hue::Denied, values: denials }],
    }
}

/// The sums of the span, for tiles.
fn told(days: &[UsageDay]) -> Vec<(&'static str, String)> {
    let sum = |of: fn(&UsageDay) -> u64| days.iter().map(of).fold(0_u64, u64::saturating_add);
    vec![
        ("Seat hours", (sum(|day| day.seat_seconds) / 3_600).to_string()),
        ("Checkouts", sum(|day| day.checkouts).to_string()),
        ("Denied", sum(|day| day.denials).to_string()),
        ("Metered units consumed", sum(|day| day.consumed).to_string()),
    ]
}

fn filters(asked: &Asked) -> [Field; 4] {
    let mut typed = Typed::default();
    for name in ["from", "to", "customer", "container"] {
        typed.put(name, asked.text(name));
    }
    [
        typed.field("from", "From").day(),
        typed.field("to", "To").day(),
        typed.field("customer", "Customer's number"),
        typed.field("container", "License server's serial"),
    ]
}

/// `GET /console/usage`.
async fn list(me: Member, asked: Asked) -> Answer {
    let status: OfficeStatus = me.get("/api/v1/status").await?;
    let span = Span::of(&asked, status.now);
    let rows = format!("{}&{}", asked.to_api(&me, API, &FILTERS), span.query());
    let days = format!("{API}/days?{}&{}", span.query(), asked.filters(&FILTERS));
    let (rows, days) =
        tokio::join!(me.get::<Page<UsageRow>>(&rows), me.get::<Vec<UsageDay>>(&days));
    let (rows, days) = (rows?, days?);
    let chosen = asked.text("days");
    let own_days = asked.has("from") || asked.has("to");
    let spans = SPANS.map(|(days, words)| {
        let number = days.to_string();
        let is_shown = !own_days && (chosen == number || chosen.is_empty() && days == USUAL);
        (words, asked.with(&[("days", &number), ("from", ""), ("to", "")]), is_shown)
    });
    let page = UsagePage {
        desk: me.desk("Usage"),
        list: List::new(&me, &asked, COLUMNS, rows.total),
        rows: rows.items,
        spans: spans.to_vec(),
        filters: filters(&asked),
        q: asked.text("q").to_owned(),
        is_filtered: FILTERS.iter().chain(&["q", "from", "to"]).any(|name| asked.has(name)),
        chart: (!days.is_empty()).then(|| chart(&days, span)),
        told: told(&days),
    };
    Ok(show(StatusCode::OK, &page))
}

/// `GET /console/usage.csv`.
async fn file(me: Member, asked: Asked) -> Answer {
    let status: OfficeStatus = me.get("/api/v1/status").await?;
    let query = format!("{}&{}", Span::of(&asked, status.now).query(), asked.filters(&FILTERS));
    let query = query.trim_end_matches('&');
    let found: Vec<UsageRow> = me.all(API, query).await.map_err(|trouble| me.sorry(&trouble))?;
    let heads = [
        "day",
        "license_server",
        "customer",
        "item",
        "product",
        "feature",
        "checkouts",
        "denials",
        "peak",
        "seat_seconds",
        "consumed",
    ];
    let rows = found.into_iter().map(|one| {
        [
            one.day,
            one.serial,
            one.customer.unwrap_or_default(),
            one.item,
            one.product.unwrap_or_default(),
            one.feature.unwrap_or_default(),
            one.checkouts.to_string(),
            one.denials.to_string(),
            one.peak.to_string(),
            one.seat_seconds.to_string(),
            one.consumed.to_string(),
        ]
    });
    Ok(sheet("usage.csv", &heads, rows))
}

/// Seat hours of a row, in words.
fn hours(row: &UsageRow) -> String {
    match row.seat_seconds {
        0 => "0".to_owned(),
        seconds if seconds < 3_600 => so_many(seconds.div_ceil(60), "minute", "minutes"),
        seconds => (seconds / 3_600).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Time {
        text.parse().expect("a time")
    }

    #[test]
    fn spans_are_whole_days_and_end_now() {
        let now = at("2026-11-22T13:05:00Z");
        let span = Span::last(30, now);
        assert_eq!((span.from, span.to), (at("2026-10-24T00:00:00Z"), now));
        assert_eq!(Span::last(0, now).from, at("2026-11-22T00:00:00Z"));
        assert!(Span::last(u32::MAX, now).from > at("2016-01-01T00:00:00Z"));
    }

    #[test]
    fn days_without_a_report_are_gaps() {
        let day = |day: &str, seat_seconds| UsageDay {
            day: day.to_owned(),
            seat_seconds,
            ..UsageDay::default()
        };
        let days = [day("2026-11-20", 7_200), day("2026-11-22", 3_600)];
        let chart = chart(&days, Span::last(3, at("2026-11-22T13:05:00Z")));
        let hours = &chart.series[0].values;
        assert_eq!(hours.len(), 3);
        assert_eq!((hours[0], hours[1]), (Some(Amount::from(2_u64)), None));
        assert_eq!(told(&days)[0], ("Seat hours", "3".to_owned()));
    }

    #[test]
    fn long_spans_are_drawn_in_few_stretches() {
        let days: Vec<UsageDay> = (0..DAYS_MAX)
            .map(|back| {
                let at = Span::last(DAYS_MAX - back, at("2026-11-22T13:05:00Z")).from;
                let day = at.to_string().get(..10).unwrap_or_default().to_owned();
                UsageDay { day, seat_seconds: 3_600, ..UsageDay::default() }
            })
            .collect();
        for (wanted, stretches) in [(1, 1), (100, 100), (365, 53), (DAYS_MAX, 122)] {
            let span = Span::last(wanted, at("2026-11-22T13:05:00Z"));
            let shown = &days[days.len() - wanted as usize..];
            let chart = chart(shown, span);
            assert_eq!(chart.slots.len(), stretches);
            assert!(chart.series[0].values.iter().all(Option::is_some), "{wanted}");
            assert!(chart.to_string().len() < 150_000);
        }
    }
}
