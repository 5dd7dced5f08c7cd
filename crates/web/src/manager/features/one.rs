//! One feature: how much of it there is, who holds it, who waits, what stands behind it.
//!
//! Kept here: what is asked of the API at once does not need each other; long lists are pages, short ones lead on.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use tenure_api::{
    FeatureRow, FeatureSummary, ItemRow, LeaseRow, Page, PoolRow, ReservationGroupRow, Status,
    TicketRow,
};

use super::items;
use super::row::{Row, limit};
use crate::address::segment;
use crate::chart::OverTime;
use crate::component::{Link, When};
use crate::icon::Icon;
use crate::manager::holding::{Device, LEASES_OF_FEATURE, Leases, User, named, pool_href, with};
use crate::manager::use_over_time::{self, Period, Shown, Switch};
use crate::site::show;
use crate::staff::{Answer, Asked, Desk, List, Member};

/// Rows of each of the lists beside the leases; the rest is behind a link.
const SHOWN: u32 = 20;
/// Pools that have something of it.
const POOLS: u32 = 100;

#[derive(Template)]
#[template(path = "manager/features/one.html")]
struct FeaturePage {
    desk: Desk,
    all: Option<Row>,
    list: List,
    leases: Leases,
    leases_file: String,
    is_whole: bool,
    versions: Vec<Row>,
    items: Vec<items::Row>,
    items_total: u64,
    waiting: Vec<Waiting>,
    waiting_total: u64,
    reservations: Vec<Reserved>,
    reservations_total: u64,
    pools: Vec<InPool>,
    over_time: Option<OverTime>,
    switch: Switch,
    to: Ways,
    may_reserve: bool,
}

/// Where the page leads.
struct Ways {
    items: String,
    queue: String,
    devices: String,
    denials: String,
    history: String,
    reserve: String,
    reservations: String,
}

struct Waiting {
    id: String,
    place: String,
    user: User,
    device: Device,
    count: u32,
    since: When,
}

struct Reserved {
    href: String,
    name: String,
    members: u64,
    entries: u64,
    unsatisfiable: u64,
}

struct InPool {
    href: String,
    name: String,
    allotted: String,
    used: u64,
    reserved: u64,
    free: String,
    short: u64,
}

/// `GET /features/{name}`.
pub(super) async fn show_one(me: Member, Path(name): Path<String>, asked: Asked) -> Answer {
    let name = named(&name);
    let of = |path: &str, size: u32| with(path, "feature", name) + &format!("&size={size}");
    let leases_path = asked.to_api(&me, "/api/v1/leases", &[]);
    let leases_path = format!("{leases_path}&{}", &with("", "feature", name)[1..]);
    let items_path = of("/api/v1/container/items", SHOWN) + "&sort=expiry";
    let (summary_path, versions_path) =
        (of("/api/v1/features/summary", 1), of("/api/v1/features", 200));
    let (queue_path, pools_path) = (of("/api/v1/queue", SHOWN), of("/api/v1/pools", POOLS));
    let groups_path = of("/api/v1/reservation-groups", SHOWN);
    let (summary, versions, items, leases, queue, groups, pools, status) = tokio::try_join!(
        me.get::<Page<FeatureSummary>>(&summary_path),
        me.get::<Page<FeatureRow>>(&versions_path),
        me.get::<Page<ItemRow>>(&items_path),
        me.get::<Page<LeaseRow>>(&leases_path),
        me.get::<Page<TicketRow>>(&queue_path),
        me.get::<Page<ReservationGroupRow>>(&groups_path),
        me.get::<Page<PoolRow>>(&pools_path),
        me.get::<Status>("/api/v1/status"),
    )?;
    if items.total == 0 && versions.total == 0 {
        let back = Link { href: "/features".to_owned(), words: "To the features".to_owned() };
        let text =
            "No item of this server has a feature of this name. An update may have taken it out.";
        return Ok(me.nothing(text, back));
    }
    let (all, period) = (summary.items.into_iter().next(), Period::of(&asked));
    let over_time = match &all {
        Some(all) if versions.total > 0 => {
            let shown = Shown { feature: name, total: all.total, metered: all.metered };
            Some(use_over_time::chart(&me, shown, period, Some(status.now)).await?)
        }
        _ => None,
    };
    let list = List::new(&me, &asked, LEASES_OF_FEATURE, leases.total);
    let caption = "Who holds this feature";
    let page = FeaturePage {
        desk: me.desk(name),
        all: all.map(Row::of_name),
        leases: Leases::new(caption, &list, LEASES_OF_FEATURE, &leases.items),
        leases_file: leases_file(&asked, name),
        is_whole: leases.total == 0 && asked.text("q").is_empty(),
        list,
        versions: versions.items.into_iter().map(Row::of_version).collect(),
        items: items.items.iter().map(items::Row::new).collect(),
        items_total: items.total,
        waiting: queue.items.into_iter().map(|row| waiting(row, name)).collect(),
        waiting_total: queue.total,
        reservations: groups.items.into_iter().map(reserved).collect(),
        reservations_total: groups.total,
        pools: pools.items.into_iter().filter_map(in_pool).collect(),
        over_time,
        switch: period.switch(&asked, "#use"),
        to: ways(name),
        may_reserve: me.may("reservations"),
    };
    Ok(show(StatusCode::OK, &page))
}

fn leases_file(asked: &Asked, name: &str) -> String {
    let path = with("/leases.csv", "feature", name);
    match asked.filters(&[]).as_str() {
        "" => path,
        query => format!("{path}&{query}"),
    }
}

fn ways(name: &str) -> Ways {
    Ways {
        items: with("/features/items", "feature", name),
        queue: with("/queue", "feature", name),
        devices: with("/devices", "feature", name),
        denials: with("/denials", "feature", name),
        history: format!("/history/feature/{}", segment(name)),
        reserve: with("/reservations/new", "feature", name),
        reservations: with("/reservations", "feature", name),
    }
}

fn waiting(row: TicketRow, name: &str) -> Waiting {
    let count = row.features.iter().filter(|wanted| wanted.name == name);
    Waiting {
        place: match row.position {
            0 => "Seats held for it".to_owned(),
            place => place.to_string(),
        },
        user: User::of(&row.holder),
        device: Device::of(&row.holder),
        count: count.map(|wanted| wanted.count).sum(),
        since: When(row.since),
        id: row.id,
    }
}

fn reserved(row: ReservationGroupRow) -> Reserved {
    Reserved {
        href: format!("/reservations/{}", segment(&row.id)),
        name: if row.name.is_empty() { row.id } else { row.name },
        members: row.members,
        entries: row.entries,
        unsatisfiable: row.unsatisfiable,
    }
}

/// What a pool has of the feature; none where it has nothing and should have nothing.
fn in_pool(row: PoolRow) -> Option<InPool> {
    let sum = |of: fn(&tenure_api::PoolItemRow) -> Option<u64>| {
        row.items.iter().map(of).try_fold(0_u64, |sum, count| Some(sum.saturating_add(count?)))
    };
    let of_use = row.items.iter();
    let used = of_use.map(|item| item.used).fold(0, u64::saturating_add);
    let reserved = row.items.iter().map(|item| item.reserved).fold(0, u64::saturating_add);
    let short = row.slices.iter().map(|slice| slice.short).fold(0, u64::saturating_add);
    let (allotted, free) = (sum(|item| item.allotted), sum(|item| item.free));
    let is_empty = row.items.is_empty() && row.slices.is_empty();
    (!is_empty).then(|| InPool {
        href: pool_href(&row.name),
        allotted: limit(allotted),
        used,
        reserved,
        free: limit(free),
        short,
        name: row.name,
    })
}
