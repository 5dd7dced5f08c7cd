//! The list of users, and how one of them is found.
//!
//! Kept here: only administrators see who works here; looking, which every role includes, is told where it is all that
//! somebody may. Deliberately not here: making, changing and deleting users (`act`), the words of roles (`form`).

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::Page;
use tenure_api::office::{OfficeRole, OfficeUser};

use super::form::words;
use crate::address::segment;
use crate::component::{Badge, Link, Tone, When};
use crate::icon::Icon;
use crate::site::show;
use crate::staff::{Answer, Asked, Column, Desk, List, Member, sheet};

pub(super) const API: &str = "/api/v1/users";
pub(super) const HERE: &str = "/console/users";
const COLUMNS: &[Column] = &[
    Column::sorted("Name", "name"),
    Column::text("May"),
    Column::figure("Daily quota"),
    Column::text("Since"),
    Column::text("Changed"),
];

/// A user as pages show it.
pub(super) struct Row {
    pub(super) href: String,
    pub(super) name: String,
    pub(super) is_me: bool,
    pub(super) badges: Vec<Badge>,
    pub(super) quota: Option<u32>,
    pub(super) since: When,
    pub(super) changed: Option<When>,
}

pub(super) fn page_of(name: &str) -> String {
    format!("{HERE}/{}", segment(name))
}

pub(super) fn row(me: &Member, user: &OfficeUser) -> Row {
    let tone = |role| if role == OfficeRole::Admin { Tone::Tell } else { Tone::Idle };
    // Every role includes looking: alone it is told, beside others it is noise.
    let told =
        user.roles.iter().filter(|role| **role != OfficeRole::Viewer || user.roles.len() == 1);
    Row {
        href: page_of(&user.name),
        name: user.name.clone(),
        is_me: user.name == me.name(),
        badges: told.map(|role| Badge::new(tone(*role), words(*role).0)).collect(),
        quota: user.daily_quota,
        since: When(user.created_at),
        changed: user.changed_at.map(When),
    }
}

#[derive(Template)]
#[template(path = "console/users/list.html")]
struct ListPage {
    desk: Desk,
    list: List,
    rows: Vec<Row>,
}

/// `GET /console/users`.
pub(super) async fn list(me: Member, asked: Asked) -> Answer {
    me.must("admin")?;
    let found: Page<OfficeUser> = me.get(&asked.to_api(&me, API, &[])).await?;
    let page = ListPage {
        desk: me.desk("Users and roles"),
        list: List::new(&me, &asked, COLUMNS, found.total),
        rows: found.items.iter().map(|user| row(&me, user)).collect(),
    };
    Ok(show(StatusCode::OK, &page))
}

/// `GET /console/users.csv`.
pub(super) async fn file(me: Member, asked: Asked) -> Answer {
    me.must("admin")?;
    let found: Vec<OfficeUser> =
        me.all(API, &asked.filters(&[])).await.map_err(|trouble| me.sorry(&trouble))?;
    let heads = ["name", "roles", "daily_quota", "created", "changed"];
    let rows = found.into_iter().map(|user| {
        let roles: Vec<_> = user.roles.iter().map(|role| role.name()).collect();
        [
            user.name,
            roles.join(" "),
            user.daily_quota.map(|quota| quota.to_string()).unwrap_or_default(),
            user.created_at.to_string(),
            user.changed_at.map(|at| at.to_string()).unwrap_or_default(),
        ]
    });
    Ok(sheet("users.csv", &heads, rows))
}

/// The user that an address names. The API has no page of one: a search finds it among the few that are like it.
pub(super) async fn found(me: &Member, name: &str) -> Result<OfficeUser, Response> {
    me.must("admin")?;
    let query = format!("q={}", segment(name));
    let all: Vec<OfficeUser> = me.all(API, &query).await.map_err(|trouble| me.sorry(&trouble))?;
    all.into_iter().find(|user| user.name == name).ok_or_else(|| {
        let back = Link { href: HERE.to_owned(), words: "All users".to_owned() };
        me.nothing("Nobody has this name. Somebody may have deleted the user.", back)
    })
}
