//! All license servers at a glance, and going from one to another.
//!
//! Kept here: every server is asked at the same time and waited for so long at most, so that one that hangs does not
//! hide the others; what only members of staff may know is asked with their own login at that server.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::{FeatureRow, Health, HealthStatus, MAX_SIZE, Page, VersionAnswer};
use tokio::task::JoinSet;

use super::authority::may_change;
use crate::backend::Trouble;
use crate::component::{Badge, Share, Tone};
use crate::fleet::ServerPlace;
use crate::icon::Icon;
use crate::site::{Posted, Visit, see_other, show};
use crate::staff::{Desk, Pages, Staff};

/// Longest wait for all servers together.
const PATIENCE: Duration = Duration::from_secs(3);

#[derive(Template)]
#[template(path = "manager/settings/servers.html")]
struct ServersPage {
    desk: Desk,
    rows: Vec<Row>,
    may_change: bool,
}

struct Row {
    number: usize,
    place: ServerPlace,
    is_shown: bool,
    /// Who the visitor is there.
    account: Option<String>,
    standing: Standing,
}

/// How a server is.
struct Standing {
    badge: Badge,
    detail: String,
    version: String,
    seats: Option<Seats>,
}

struct Seats {
    features: usize,
    used: u64,
    total: u64,
    share: Share,
}

impl Standing {
    fn silent(word: &str, detail: String) -> Self {
        let badge = Badge::new(Tone::Bad, word);
        Self { badge, detail, version: String::new(), seats: None }
    }
}

/// `GET /servers`
pub(super) async fn list(State(site): State<Pages>, visit: Visit<Staff>) -> Response {
    let Some(fleet) = site.fleet() else { return see_other("/settings") };
    let visit = Arc::new(visit);
    let shown = visit.holds.as_ref().map_or(0, |staff| staff.at);
    let logins = visit.holds.as_ref().map(|staff| staff.logins.clone()).unwrap_or_default();
    let servers = fleet.servers();
    let mut asked = JoinSet::new();
    for (number, _) in &servers {
        let (site, visit, number) = (site.clone(), visit.clone(), *number);
        let bearer = logins.get(&number).map(|account| account.bearer.clone());
        asked.spawn(async move {
            let standing = standing(&site, &visit, number, bearer.as_deref());
            let late = || Standing::silent("No answer", late());
            (number, tokio::time::timeout(PATIENCE, standing).await.unwrap_or_else(|_| late()))
        });
    }
    let mut standings = BTreeMap::new();
    while let Some(answer) = asked.join_next().await {
        standings.extend(answer.ok());
    }
    let rows = servers
        .into_iter()
        .map(|(number, place)| Row {
            number,
            place,
            is_shown: number == shown,
            account: logins.get(&number).map(|account| account.name.clone()),
            standing: standings
                .remove(&number)
                .unwrap_or_else(|| Standing::silent("No answer", late())),
        })
        .collect();
    let desk = Desk::of(&site, &visit, shown, "License servers");
    let may_change = may_change(&site, &visit);
    show(StatusCode::OK, &ServersPage { desk, rows, may_change })
}

fn late() -> String {
    format!("It gave no answer within {} seconds.", PATIENCE.as_secs())
}

async fn standing(
    site: &Pages,
    visit: &Visit<Staff>,
    number: usize,
    bearer: Option<&str>,
) -> Standing {
    let api = || site.api_at(visit, number, None);
    let (health_api, version_api) = (api(), api());
    let (health, version, seats) = tokio::join!(
        health_api.look::<Health>("/health"),
        version_api.get::<VersionAnswer>("/version"),
        seats(site, visit, number, bearer),
    );
    let version = version.map(|answer| answer.version).unwrap_or_default();
    match health {
        Ok(health) => {
            let badge = match health.status {
                HealthStatus::Ok => Badge::new(Tone::Good, "Ready"),
                HealthStatus::Degraded => Badge::new(Tone::Bad, "Does not grant"),
                HealthStatus::Stopping => Badge::new(Tone::Wait, "Stopping"),
            };
            let detail = health.reason.unwrap_or_default();
            Standing { badge, detail, version, seats }
        }
        Err(trouble) => Standing::silent(word(&trouble), first_sentence(&trouble.detail())),
    }
}

/// What to do about it stands on the pages of the server itself; here many stand below each other.
fn first_sentence(text: &str) -> String {
    text.split_once(". ").map_or_else(|| text.to_owned(), |(first, _)| format!("{first}."))
}

fn word(trouble: &Trouble) -> &'static str {
    match trouble.code() {
        "server-unreachable" => "Not reachable",
        "server-not-trusted" => "Not trusted",
        "server-timed-out" | "server-busy" => "No answer",
        _ => "Wrong answer",
    }
}

/// Seats in use, for who is logged in there.
async fn seats(
    site: &Pages,
    visit: &Visit<Staff>,
    number: usize,
    bearer: Option<&str>,
) -> Option<Seats> {
    let api = site.api_at(visit, number, Some(bearer?));
    let path = format!("/api/v1/features?size={MAX_SIZE}");
    let page: Page<FeatureRow> = api.get(&path).await.ok()?;
    let names: BTreeSet<&str> = page.items.iter().map(|row| row.name.as_str()).collect();
    // Units that were consumed are no seats.
    let counted = || page.items.iter().filter(|row| row.total.is_some() && !row.metered);
    let used = counted().map(|row| row.used).sum();
    let total = counted().filter_map(|row| row.total).sum();
    Some(Seats { features: names.len(), used, total, share: Share::new(used, total) })
}

/// `POST /servers/switch`
pub(super) async fn switch(State(site): State<Pages>, posted: Posted<Staff>) -> Response {
    let Posted { inside, form } = posted;
    let number = form.text("server").parse().ok();
    let listed = site.fleet().zip(number).filter(|(fleet, number)| fleet.server(*number).is_some());
    let Some((_, number)) = listed else { return see_other("/servers") };
    site.change(&inside, |staff| staff.at = number);
    match inside.holds.logins.contains_key(&number) {
        true => see_other(site.area().home),
        false => see_other(&format!("{}?server={number}", site.area().door)),
    }
}
