//! Leases: who holds seats, why, and taking one away.
//!
//! Kept here: only live leases are listed; the file has more members of them than the list. Deliberately not here: the
//! table (`holding`, because features and devices show it too), leases that have ended (`history`).

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use tenure_api::{LeaseRow, Page};

use super::holding::{self, LEASES, Leases};
use crate::icon::Icon;
use crate::site::show;
use crate::staff::{Answer, Asked, Desk, List, Member, Pages, sheet};

mod one;
mod release;

/// The pages of this room.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/leases", get(list))
        .route("/leases.csv", get(file))
        .route("/leases/{id}", get(one::show_one))
        .route("/leases/{id}/explanation", get(one::explain))
        .route("/leases/{id}/release", get(release::ask).post(release::release))
}

#[derive(Template)]
#[template(path = "manager/leases/list.html")]
struct ListPage {
    desk: Desk,
    list: List,
    names: Vec<String>,
    leases: Leases,
    is_whole: bool,
}

/// `GET /leases`.
async fn list(me: Member, asked: Asked) -> Answer {
    let path = asked.to_api(&me, "/api/v1/leases", &["feature"]);
    let (page, names) = tokio::join!(me.get::<Page<LeaseRow>>(&path), holding::features(&me));
    let page = page?;
    let list = List::new(&me, &asked, LEASES, page.total);
    let leases = Leases::new("Live leases", &list, LEASES, &page.items);
    let is_whole = page.total == 0 && !list.is_narrowed();
    let desk = me.desk("Leases");
    Ok(show(StatusCode::OK, &ListPage { desk, list, names, leases, is_whole }))
}

/// `GET /leases.csv`.
async fn file(me: Member, asked: Asked) -> Answer {
    let query = asked.filters(&["feature"]);
    let rows: Vec<LeaseRow> =
        me.all("/api/v1/leases", &query).await.map_err(|trouble| me.sorry(&trouble))?;
    let heads = [
        "lease",
        "user",
        "device",
        "device_type",
        "alias",
        "machine",
        "session",
        "process",
        "owner",
        "feature",
        "version",
        "seats",
        "seat_numbers",
        "items",
        "pool",
        "granted_at",
        "renewed_at",
        "renew_after",
        "expires_at",
        "borrowed",
        "dropped",
        "granted_as",
    ];
    Ok(sheet("leases.csv", &heads, rows.into_iter().map(cells)))
}

fn cells(row: LeaseRow) -> [String; 22] {
    let holder = row.holder;
    let ranges = row.seats.iter().map(|[first, last]| format!("{first}-{last}"));
    [
        row.id.to_string(),
        holder.user.unwrap_or_default(),
        holder.host.value,
        holder.host.kind.to_string(),
        holder.name.unwrap_or_default(),
        holding::machine(holder.kind).to_owned(),
        holder.session.unwrap_or_default(),
        holder.process.unwrap_or_default(),
        holder.owner.unwrap_or_default(),
        row.feature,
        row.version.to_string(),
        row.count.to_string(),
        ranges.collect::<Vec<_>>().join(" "),
        row.items.join(" "),
        row.pool,
        row.granted_at.to_string(),
        row.issued_at.to_string(),
        row.renew_after.to_string(),
        row.expires_at.to_string(),
        row.borrowed.to_string(),
        row.dropped.to_string(),
        row.code,
    ]
}
