//! All groups, and whether everything they want is kept.
//!
//! Kept here: seats kept and seats in use are told apart. Deliberately not here: entries (`group`).

use askama::Template;
use axum::http::StatusCode;
use tenure_api::{Page, ReservationGroupRow};

use super::entry::{API, ROLE};
use super::group::href;
use crate::component::{Badge, Share, Tone, When};
use crate::frame::show;
use crate::icon::Icon;
use crate::staff::{Answer, Asked, Column, Desk, List, Member, sheet};
use crate::words::so_many;

const COLUMNS: &[Column] = &[
    Column::sorted("Group", "name"),
    Column::sorted_figure("Users, devices", "members"),
    Column::figure("Entries"),
    Column::sorted_figure("Wanted", "count"),
    Column::sorted_figure("Kept", "reserved"),
    Column::sorted("Of these in use", "used"),
    Column::sorted("Standing", "unsatisfiable"),
    Column::sorted("Changed", "changed_at"),
];

#[derive(Template)]
#[template(path = "manager/reservations/list.html")]
struct ListPage {
    desk: Desk,
    may: bool,
    feature: String,
    clear: String,
    list: List,
    rows: Vec<Row>,
}

struct Row {
    href: String,
    name: String,
    id: String,
    members: u64,
    entries: u64,
    count: u64,
    reserved: u64,
    used: u64,
    share: Share,
    standing: Badge,
    changed: When,
}

fn row(row: ReservationGroupRow) -> Row {
    let standing = match row.unsatisfiable {
        0 => Badge::new(Tone::Good, "All kept"),
        short => {
            let words = so_many(short, "entry gets less", "entries get less");
            Badge::new(Tone::Bad, words)
        }
    };
    Row {
        href: href(&row.id),
        members: row.members,
        entries: row.entries,
        count: row.count,
        reserved: row.reserved,
        used: row.used,
        share: Share::new(row.used, row.reserved),
        standing,
        changed: When(row.changed_at),
        name: row.name,
        id: row.id,
    }
}

/// `GET /reservations`.
pub(super) async fn page(me: Member, asked: Asked) -> Answer {
    let path = asked.to_api(&me, API, &["feature"]);
    let page: Page<ReservationGroupRow> = me.get(&path).await?;
    let page = ListPage {
        desk: me.desk("Reservations"),
        may: me.may(ROLE),
        feature: asked.text("feature").to_owned(),
        clear: asked.with(&[("feature", "")]),
        list: List::new(&me, &asked, COLUMNS, page.total),
        rows: page.items.into_iter().map(row).collect(),
    };
    Ok(show(StatusCode::OK, &page))
}

/// `GET /reservations.csv`: all groups.
pub(super) async fn file(me: Member, asked: Asked) -> Answer {
    let query = asked.filters(&["feature"]);
    let rows: Vec<ReservationGroupRow> =
        me.all(API, &query).await.map_err(|trouble| me.sorry(&trouble))?;
    let heads = [
        "id",
        "name",
        "members",
        "entries",
        "wanted",
        "reserved",
        "used",
        "unsatisfiable",
        "created_at",
        "changed_at",
    ];
    let cells = rows.into_iter().map(|row| {
        let figures =
            [row.members, row.entries, row.count, row.reserved, row.used, row.unsatisfiable];
        let times = [row.created_at, row.changed_at].map(|at| at.to_string());
        let figures = figures.map(|figure| figure.to_string());
        [row.id, row.name].into_iter().chain(figures).chain(times)
    });
    Ok(sheet("reservations.csv", &heads, cells))
}
