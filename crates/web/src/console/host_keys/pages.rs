//! The list of host keys, a group with its users, and a license file to save.
//!
//! Deliberately not here: issuing and changing (`form`), revoking (`revoke`).

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::Page;
use tenure_api::office::{HostGroup, HostKeyRow, HostKeyState};

use crate::address::segment;
use crate::component::{Badge, Link, Share, Tone, When};
use crate::download::document_file;
use crate::icon::Icon;
use crate::site::show;
use crate::staff::{Answer, Asked, Column, Desk, List, Member, sheet};

pub(super) const API: &str = "/api/v1/host-keys";
pub(super) const HERE: &str = "/console/host-keys";
const COLUMNS: &[Column] = &[
    Column::text("Host"),
    Column::text("Product"),
    Column::text("Customer"),
    Column::text("State"),
    Column::figure("Users"),
    Column::text("Ends"),
    Column::text("Last seen"),
];

/// The page of a group.
pub(super) fn page_of(group: &str) -> String {
    format!("{HERE}/{}", segment(group))
}

pub(super) struct Row {
    pub(super) href: String,
    file: String,
    revoke: String,
    key: HostKeyRow,
    badge: Badge,
    share: Share,
    customer: String,
}

fn badge(key: &HostKeyRow) -> Badge {
    match key.state {
        HostKeyState::Valid if key.development => Badge::new(Tone::Idle, "For development"),
        HostKeyState::Valid if key.users_counted > key.users_allowed => {
            Badge::new(Tone::Wait, "More users than bought")
        }
        HostKeyState::Valid => Badge::new(Tone::Good, "Valid"),
        HostKeyState::NotYetValid => Badge::new(Tone::Wait, "Not valid yet"),
        HostKeyState::Expired => Badge::new(Tone::Bad, "Expired"),
        HostKeyState::Revoked => Badge::new(Tone::Idle, "Revoked"),
    }
}

fn row(key: HostKeyRow) -> Row {
    let href = page_of(&key.group);
    let of_key = format!("{href}/{}", segment(&key.id));
    let named = key.customer_name.clone().or_else(|| key.customer.clone());
    Row {
        file: format!("{of_key}/file"),
        revoke: format!("{of_key}/revoke"),
        badge: badge(&key),
        share: Share::new(u64::from(key.users_counted), u64::from(key.users_allowed)),
        customer: named.unwrap_or_default(),
        href,
        key,
    }
}

#[derive(Template)]
#[template(path = "console/host_keys/list.html")]
struct ListPage {
    desk: Desk,
    list: List,
    rows: Vec<Row>,
    may: bool,
}

/// `GET /console/host-keys`.
pub(super) async fn list(me: Member, asked: Asked) -> Answer {
    let filters = ["customer", "product", "state"];
    let found: Page<HostKeyRow> = me.get(&asked.to_api(&me, API, &filters)).await?;
    let page = ListPage {
        desk: me.desk("Host keys"),
        list: List::new(&me, &asked, COLUMNS, found.total),
        rows: found.items.into_iter().map(row).collect(),
        may: me.may("fulfil"),
    };
    Ok(show(StatusCode::OK, &page))
}

/// `GET /console/host-keys.csv`.
pub(super) async fn sheet_of_all(me: Member, asked: Asked) -> Answer {
    let filters = asked.filters(&["customer", "product", "state"]);
    let found: Vec<HostKeyRow> =
        me.all(API, &filters).await.map_err(|trouble| me.sorry(&trouble))?;
    let heads = [
        "key",
        "host",
        "group",
        "product",
        "customer",
        "state",
        "users",
        "allowed",
        "created",
        "ends",
        "last_seen",
        "revision",
    ];
    let rows = found.into_iter().map(|key| {
        [
            key.id.clone(),
            key.host.clone(),
            key.group.clone(),
            key.product.clone(),
            key.customer.clone().unwrap_or_default(),
            key.state.word().to_owned(),
            key.users_counted.to_string(),
            key.users_allowed.to_string(),
            key.created_at.to_string(),
            key.expires_at.map(|at| at.to_string()).unwrap_or_default(),
            key.seen_on.clone().unwrap_or_default(),
            key.seen_revision.clone(),
        ]
    });
    Ok(sheet("host-keys.csv", &heads, rows))
}

/// The group that an address names.
pub(super) async fn found(me: &Member, group: &str) -> Result<HostGroup, Response> {
    match me.api().get(&format!("/api/v1/host-groups/{}", segment(group))).await {
        Ok(group) => Ok(group),
        Err(trouble) if matches!(trouble.status().as_u16(), 400 | 404 | 422) => {
            let back = Link { href: HERE.to_owned(), words: "All host keys".to_owned() };
            Err(me.nothing(&trouble.detail(), back))
        }
        Err(trouble) => Err(me.sorry(&trouble)),
    }
}

#[derive(Template)]
#[template(path = "console/host_keys/one.html")]
struct DetailPage {
    desk: Desk,
    here: String,
    group: HostGroup,
    share: Share,
    keys: Vec<Row>,
    may: bool,
    may_fetch: bool,
    may_revoke: bool,
}

/// What follows for a user beyond those a key is for.
fn enforced(group: &HostGroup) -> &'static str {
    match group.enforcement.as_str() {
        "block" => "The application does not run for them",
        "record" => "It is recorded here, and nothing else happens",
        _ => "The application runs and tells them",
    }
}

/// The days of `grace(14)`.
pub(super) fn grace_days(group: &HostGroup) -> Option<&str> {
    group.offline.strip_prefix("grace(")?.strip_suffix(')')
}

/// What an application does that can't reach the office.
fn offline(group: &HostGroup) -> String {
    match (group.offline.as_str(), grace_days(group)) {
        ("deny", _) => "It does not run".to_owned(),
        (_, Some(days)) => format!("It runs for {days} days"),
        _ => "It runs".to_owned(),
    }
}

/// `GET /console/host-keys/{group}`.
pub(super) async fn detail(me: Member, Path(group): Path<String>) -> Answer {
    let mut group = found(&me, &group).await?;
    let page = DetailPage {
        desk: me.desk(format!("{} for {}", group.product, hosts(&group))),
        here: page_of(&group.id),
        share: Share::new(u64::from(group.users_counted), u64::from(group.users_allowed)),
        keys: std::mem::take(&mut group.keys).into_iter().map(row).collect(),
        may: me.may("fulfil"),
        may_fetch: me.may("support") || me.may("fulfil"),
        may_revoke: me.may("keys"),
        group,
    };
    Ok(show(StatusCode::OK, &page))
}

/// The first host of a group, and how many more there are; those of development come last.
fn hosts(group: &HostGroup) -> String {
    let public: Vec<&HostKeyRow> = group.keys.iter().filter(|key| !key.development).collect();
    let first = public.first().copied().or_else(|| group.keys.first());
    let name = first.map(|key| key.host.clone()).unwrap_or_default();
    match public.len() {
        0 | 1 => name,
        more => format!("{name} and {} more", more - 1),
    }
}

/// `GET …/file`: the license file, as it is signed now.
pub(super) async fn file(me: Member, Path((group, key)): Path<(String, String)>) -> Answer {
    let group = found(&me, &group).await?;
    let Some(key) = group.keys.iter().find(|one| one.id == key) else {
        let back = Link { href: page_of(&group.id), words: "Back to the keys".to_owned() };
        return Err(me.nothing("There is no such key in this group.", back));
    };
    match me.api().get_text(&format!("{API}/{}/file", segment(&key.id))).await {
        Ok(text) => Ok(document_file(&key.file_name, text)),
        Err(trouble) => Err(me.sorry(&trouble)),
    }
}
