//! What stands at the front: what is wrong, seats now and over time, denials, what ends soon, health.
//!
//! Kept here: one look answers "who can't work, and why"; everything leads to its own page. It is of one instant,
//! which it tells; a script asks again while somebody looks. Deliberately not here: the figures (the API).

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use tenure_api::{ContainerAnswer, DenialsByReason, EndingItem, OfficeStatus, Overview, Status};
use tenure_document::Time;

use super::holding::{item_href, with};
use super::use_over_time::{self, Period, Shown, Switch};
use crate::chart::{Amount, Bar, Hue, Legend, Look, OverTime};
use crate::component::{Badge, Notice, Tone, When};
use crate::icon::Icon;
use crate::site::show;
use crate::staff::{Answer, Asked, Desk, Member, Pages};
use crate::words::{denial_reason, so_many};

mod health;
mod seats;

use health::Fact;
use seats::SeatRow;

const DAY_MS: i64 = 24 * 3_600_000;
/// Items that end so soon need an act.
const SOON_DAYS: i64 = 14;
/// The most items that are listed; the rest is on the page of items.
const ENDING_SHOWN: usize = 10;

/// The pages of this room.
pub(super) fn routes() -> Router<Pages> {
    Router::new().route("/", get(front))
}

#[derive(Template)]
#[template(path = "manager/dashboard/front.html")]
struct FrontPage {
    desk: Desk,
    /// This page once more.
    again: String,
    at: When,
    notices: Vec<Notice>,
    /// No license has ever come here.
    is_fresh: bool,
    may_carry: bool,
    tiles: Vec<Tile>,
    period: Period,
    switch: Switch,
    chart: Option<OverTime>,
    legend: Option<Legend>,
    seats: Vec<SeatRow>,
    denials: Vec<DenialLine>,
    denials_since: Option<When>,
    ending: Vec<EndingLine>,
    ending_more: u64,
    facts: Vec<Fact>,
}

/// One figure.
struct Tile {
    name: &'static str,
    value: Amount,
    under: String,
    href: &'static str,
}

/// Denials for one reason.
struct DenialLine {
    words: String,
    href: String,
    bar: Bar,
    day: Amount,
    week: Amount,
}

/// An item that ends soon.
struct EndingLine {
    feature: String,
    version: String,
    href: String,
    count: String,
    ends: When,
    badge: Badge,
    under: String,
}

async fn front(me: Member, asked: Asked) -> Answer {
    let period = Period::of(&asked);
    let (by, last) = period.stretches();
    let path = format!("/api/v1/overview?by={}&last={last}", by.word());
    let (overview, status, container, office) = tokio::join!(
        me.get::<Overview>(&path),
        me.get::<Status>("/api/v1/status"),
        me.get::<ContainerAnswer>("/api/v1/container"),
        me.get::<OfficeStatus>("/api/v1/office"),
    );
    let (mut overview, status, container, office) = (overview?, status?, container?, office?);
    seats::by_shortage(&mut overview.features);
    let wanted = asked.text("feature");
    let charted = overview.features.iter().find(|feature| feature.name == wanted);
    let charted = charted.or(overview.features.first());
    let chart = match charted {
        Some(feature) => {
            let (total, metered) = (feature.total, feature.metered);
            let shown = Shown { feature: &feature.name, total, metered };
            Some(use_over_time::chart(&me, shown, period, Some(overview.at)).await?)
        }
        None => None,
    };
    let charted = charted.map_or("", |feature| &feature.name);
    let seats = seats::rows(&overview, &asked, charted);
    Ok(show(
        StatusCode::OK,
        &FrontPage {
            desk: me.desk("Dashboard"),
            again: asked.with(&[]),
            at: When(overview.at),
            notices: health::notices(&status, &container, &office),
            is_fresh: container.items == 0 && overview.features.is_empty(),
            may_carry: me.may("offline"),
            tiles: tiles(&overview),
            period,
            switch: period.switch(&asked, ""),
            chart,
            legend: seats.iter().find_map(|row| row.split.as_ref()).map(|split| split.legend()),
            denials: denials(&overview),
            denials_since: denials_since(&overview),
            ending: overview
                .ending
                .iter()
                .take(ENDING_SHOWN)
                .map(|item| ending(item, overview.at))
                .collect(),
            ending_more: overview.ending_total.saturating_sub(ENDING_SHOWN as u64),
            facts: health::facts(&status, &container, &office),
            seats,
        },
    ))
}

fn tiles(overview: &Overview) -> Vec<Tile> {
    let tile = |name, value: u64, under, href| Tile { name, value: value.into(), under, href };
    let short = overview
        .features
        .iter()
        .filter(|feature| feature.available == Some(0) && feature.total != Some(0));
    let day: u64 = overview.denials.iter().map(|row| row.day).sum();
    let week: u64 = overview.denials.iter().map(|row| row.week).sum();
    let features = so_many(overview.features.len() as u64, "feature", "features");
    let soon =
        overview.ending.iter().filter(|item| days_to(item.usable_until, overview.at) <= SOON_DAYS);
    vec![
        tile("Nothing free", short.count() as u64, format!("of {features}"), "#seats"),
        tile(
            "Leases",
            overview.leases,
            format!("on {}", so_many(overview.devices, "device", "devices")),
            "/leases",
        ),
        tile("Waiting", overview.waiting, "in the queue".to_owned(), "/queue"),
        tile("Denied in 24 hours", day, format!("{} in 7 days", Amount::from(week)), "/denials"),
        tile(
            "End in 60 days",
            overview.ending_total,
            format!("{} in {SOON_DAYS} days", soon.count()),
            "#ending",
        ),
    ]
}

fn denials(overview: &Overview) -> Vec<DenialLine> {
    let most = overview.denials.iter().map(|row| row.week).max().unwrap_or(0);
    let line = |row: &DenialsByReason| {
        let week = Amount::from(row.week);
        DenialLine {
            words: denial_reason(&row.reason),
            href: with("/denials", "reason", &row.reason),
            bar: Bar { hue: Hue::Denied, look: Look::Solid, amount: week, of: most.into() },
            day: row.day.into(),
            week,
        }
    };
    overview.denials.iter().map(line).collect()
}

/// Since when denials are counted, where that is not the whole week.
fn denials_since(overview: &Overview) -> Option<When> {
    let since = overview.denials_since?;
    let week = Time::from_millis(overview.at.as_millis() - 7 * DAY_MS);
    (since > week).then_some(When(since))
}

fn ending(item: &EndingItem, now: Time) -> EndingLine {
    let days = days_to(item.ends_at, now);
    let (tone, word) = match days {
        _ if item.state == "in-grace" => (Tone::Bad, "Has ended".to_owned()),
        0 => (Tone::Bad, "Today".to_owned()),
        days if days <= SOON_DAYS => {
            (Tone::Wait, format!("In {}", so_many(days.unsigned_abs(), "day", "days")))
        }
        days => (Tone::Tell, format!("In {}", so_many(days.unsigned_abs(), "day", "days"))),
    };
    let grace = item.usable_until > item.ends_at;
    EndingLine {
        feature: item.feature.clone(),
        version: item.version.to_string(),
        href: item_href(&item.id),
        count: item.count.map_or("Unlimited".to_owned(), |count| Amount::from(count).to_string()),
        ends: When(item.ends_at),
        badge: Badge::new(tone, word),
        under: if grace {
            format!("can be used until {}", When(item.usable_until).day())
        } else {
            String::new()
        },
    }
}

/// Whole days from now; none for what is over.
fn days_to(at: Time, now: Time) -> i64 {
    ((at.as_millis() - now.as_millis()) / DAY_MS).max(0)
}
