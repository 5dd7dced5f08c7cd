//! What runs here: these pages, the machine, the browser, and the server that is shown.
//!
//! Kept here: what support asks for first, on one page that can be copied; it is shown when the server is down, too.

use askama::Template;
use axum::http::header::{ACCEPT_LANGUAGE, HeaderName, USER_AGENT};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use tenure_api::{ContainerAnswer, Health, HealthStatus, VersionAnswer};

use crate::backend::Trouble;
use crate::component::{Badge, Tone};
use crate::site::show;
use crate::staff::{Desk, Member};

#[derive(Template)]
#[template(path = "manager/settings/about.html")]
struct AboutPage {
    desk: Desk,
    build: &'static str,
    platform: String,
    system: String,
    agent: String,
    language: String,
    address: String,
    is_apart: bool,
    badge: Badge,
    trouble: String,
    version: Option<VersionAnswer>,
    container: Option<ContainerAnswer>,
    sequence: Option<u64>,
}

/// `GET /about`
pub(super) async fn page(me: Member, headers: HeaderMap) -> Response {
    let api = me.api();
    let (health, version, container) = tokio::join!(
        api.look::<Health>("/health"),
        api.get::<VersionAnswer>("/version"),
        api.get::<ContainerAnswer>("/api/v1/container"),
    );
    let trouble = version.as_ref().err().map(Trouble::detail).unwrap_or_default();
    let badge = match &health {
        Ok(health) if health.status == HealthStatus::Ok => Badge::new(Tone::Good, "Ready"),
        Ok(_) => Badge::new(Tone::Bad, "Does not grant"),
        Err(_) => Badge::new(Tone::Bad, "No answer"),
    };
    let place = me.site.fleet().and_then(|fleet| fleet.server(me.inside.holds.at));
    let said = |name: HeaderName| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or("not told").chars().take(300).collect::<String>()
    };
    let page = AboutPage {
        desk: me.desk("About"),
        build: if cfg!(debug_assertions) { "for development" } else { "for use" },
        platform: format!("{} on {}", std::env::consts::OS, std::env::consts::ARCH),
        system: me.site.options().system.clone(),
        agent: said(USER_AGENT),
        language: said(ACCEPT_LANGUAGE),
        is_apart: place.is_some(),
        address: place.map_or_else(|| me.inside.visit.origin.clone(), |place| place.address),
        badge,
        trouble,
        version: version.ok(),
        container: container.ok(),
        sequence: health.ok().map(|health| health.sequence),
    };
    show(StatusCode::OK, &page)
}
