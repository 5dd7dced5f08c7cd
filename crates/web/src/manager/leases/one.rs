//! One lease: everything about it, and why it was granted.
//!
//! Kept here: a lease that has ended still has a page, which leads to what the ledger knows of it.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::{ExplanationAnswer, LeaseRow};
use tenure_document::LeaseId;

use crate::address::segment;
use crate::backend::Trouble;
use crate::component::{Badge, Link, When};
use crate::icon::Icon;
use crate::manager::explained::Explained;
use crate::manager::holding::{
    Device, User, device_history_href, feature_href, granted_as, item_href, lease_badge,
    lease_href, pool_href, seats, who, with,
};
use crate::site::show;
use crate::staff::{Answer, Desk, Member};

#[derive(Template)]
#[template(path = "manager/leases/one.html")]
struct LeasePage {
    desk: Desk,
    href: String,
    badge: Badge,
    who: String,
    user: User,
    device: Device,
    history: String,
    feature: String,
    feature_href: String,
    version: String,
    count: u32,
    seats: String,
    items: Vec<(String, String)>,
    pools: Vec<(String, String)>,
    granted: When,
    granted_as: String,
    renewed: Option<When>,
    renew_after: When,
    until: When,
    borrowed: bool,
    dropped: bool,
    may_release: bool,
}

#[derive(Template)]
#[template(path = "manager/leases/gone.html")]
struct GonePage {
    desk: Desk,
    href: String,
    journal: String,
}

#[derive(Template)]
#[template(path = "manager/leases/explanation.html")]
struct ExplanationPage {
    desk: Desk,
    href: String,
    id: String,
    who: String,
    explained: Explained,
}

/// The lease of an address; none where nothing can be called so.
pub(super) fn lease_id(text: &str) -> Option<LeaseId> {
    text.parse().ok()
}

/// The page for what is no lease's number.
pub(super) fn no_lease(me: &Member) -> Response {
    let back = Link { href: "/leases".to_owned(), words: "To the leases".to_owned() };
    me.nothing("A lease has a number like L-0000000000000.", back)
}

/// The lease as it is now; none when it is not live any more.
pub(super) async fn find(me: &Member, id: LeaseId) -> Result<Option<LeaseRow>, Response> {
    match me.api().get(&format!("/api/v1/leases/{id}")).await {
        Ok(row) => Ok(Some(row)),
        Err(trouble) if is_over(&trouble) => Ok(None),
        Err(trouble) => Err(me.sorry(&trouble)),
    }
}

/// Whether the API says that a lease has ended, or never was.
pub(super) fn is_over(trouble: &Trouble) -> bool {
    matches!(trouble.status(), StatusCode::NOT_FOUND | StatusCode::GONE)
}

/// `GET /leases/{id}`.
pub(super) async fn show_one(me: Member, Path(id): Path<String>) -> Answer {
    let Some(id) = lease_id(&id) else { return Ok(no_lease(&me)) };
    let Some(row) = find(&me, id).await? else {
        let desk = me.desk(format!("{id} is not live"));
        let (href, journal) = (lease_href(id), with("/journal", "q", &id.to_string()));
        let page = GonePage { desk, href, journal };
        return Ok(show(StatusCode::NOT_FOUND, &page));
    };
    let page = LeasePage {
        desk: me.desk(id.to_string()),
        href: lease_href(id),
        badge: lease_badge(&row),
        who: who(&row.holder),
        user: User::of(&row.holder),
        device: Device::of(&row.holder),
        history: device_history_href(&row.holder.host),
        feature_href: feature_href(&row.feature),
        version: row.version.to_string(),
        count: row.count,
        seats: seats(&row.seats),
        items: row.items.iter().map(|item| (item_href(item), item.clone())).collect(),
        pools: pools(&row.pool),
        granted: When(row.granted_at),
        granted_as: granted_as(&row.code),
        renewed: (row.issued_at != row.granted_at).then_some(When(row.issued_at)),
        renew_after: When(row.renew_after),
        until: When(row.expires_at),
        borrowed: row.borrowed,
        dropped: row.dropped,
        may_release: me.may("drop-device"),
        feature: row.feature,
    };
    Ok(show(StatusCode::OK, &page))
}

/// The API names several pools with commas between them.
fn pools(names: &str) -> Vec<(String, String)> {
    let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
    names.map(|name| (pool_href(name), name.to_owned())).collect()
}

/// `GET /leases/{id}/explanation`.
pub(super) async fn explain(me: Member, Path(id): Path<String>) -> Answer {
    let path = format!("/api/v1/leases/{}/explanation", segment(&id));
    let answer: ExplanationAnswer = match me.api().get(&path).await {
        Ok(answer) => answer,
        Err(trouble) if is_over(&trouble) => {
            let back = Link { href: "/leases".to_owned(), words: "To the leases".to_owned() };
            return Ok(me.nothing(&trouble.detail(), back));
        }
        Err(trouble) => return Err(me.sorry(&trouble)),
    };
    let page = ExplanationPage {
        desk: me.desk(format!("Why {} was granted", answer.id)),
        href: format!("/leases/{}", segment(&answer.id)),
        id: answer.id.clone(),
        who: who(&answer.holder),
        explained: Explained::new(answer),
    };
    Ok(show(StatusCode::OK, &page))
}
