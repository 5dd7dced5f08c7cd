//! What waits for staff, and how the business stands.
//!
//! Kept here: what only a person can settle stands first and leads to where it is settled; who may not see a part is
//! not shown it. Deliberately not here: settling it.

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use tenure_api::Page;
use tenure_api::office::{ApprovalRow, EntitlementRow, OfficeStatus, Webhook};

use crate::address::segment;
use crate::chart::Amount;
use crate::component::{Badge, Notice, Tone, When};
use crate::icon::Icon;
use crate::site::show;
use crate::staff::{Answer, Desk, Member, Pages};
use crate::words::so_many;

/// Entitlements that end within so many days are listed.
const ENDING_DAYS: u32 = 60;
/// Rows of each list.
const ROWS: usize = 8;

/// The pages of this room.
pub(super) fn routes() -> Router<Pages> {
    Router::new().route("/console", get(front))
}

#[derive(Template)]
#[template(path = "console/overview/front.html")]
struct FrontPage {
    desk: Desk,
    at: When,
    notices: Vec<Notice>,
    is_fresh: bool,
    waits: Vec<Wait>,
    approvals: Vec<ApprovalRow>,
    tiles: Vec<Tile>,
    ending: Vec<EndingLine>,
    ending_more: u64,
    facts: Vec<Fact>,
}

/// Something that a person must settle.
struct Wait {
    badge: Badge,
    text: String,
    href: &'static str,
    words: &'static str,
}

/// One figure.
struct Tile {
    name: &'static str,
    value: Amount,
    href: &'static str,
}

struct EndingLine {
    id: String,
    href: String,
    customer: String,
    products: String,
    active: String,
    ends: Option<When>,
}

/// How a part of the office stands.
struct Fact {
    name: &'static str,
    badge: Badge,
    text: String,
}

async fn front(me: Member) -> Answer {
    let ending =
        format!("/api/v1/entitlements?ends_within_days={ENDING_DAYS}&state=active&size={ROWS}");
    let approvals = format!("/api/v1/approvals?state=waiting&size={ROWS}");
    let (status, approvals, ending, hooks) = tokio::join!(
        me.get::<OfficeStatus>("/api/v1/status"),
        me.get::<Page<ApprovalRow>>(&approvals),
        me.get::<Page<EntitlementRow>>(&ending),
        hooks(&me),
    );
    let (status, approvals, ending) = (status?, approvals?, ending?);
    Ok(show(
        StatusCode::OK,
        &FrontPage {
            desk: me.desk("Overview"),
            at: When(status.now),
            notices: notices(&status),
            is_fresh: status.products == 0 || status.entitlements == 0,
            waits: waits(&status, &hooks),
            approvals: approvals.items,
            tiles: tiles(&status),
            ending_more: ending.total.saturating_sub(ending.items.len() as u64),
            ending: ending.items.into_iter().map(line).collect(),
            facts: facts(&status, &hooks),
        },
    ))
}

/// The webhooks, for those who may see them; a page of them shows whether any fails.
async fn hooks(me: &Member) -> Vec<Webhook> {
    if !me.may("admin") {
        return Vec::new();
    }
    let page = me.api().get::<Page<Webhook>>("/api/v1/webhooks?size=200").await;
    page.map(|page| page.items).unwrap_or_default()
}

fn notices(status: &OfficeStatus) -> Vec<Notice> {
    let mut notices = Vec::new();
    if let Some(why) = &status.degraded {
        let text = format!(
            "{why}. Everything can be read. Make room on the disk or put it right, then start the office again."
        );
        notices.push(Notice::new(
            Tone::Bad,
            "The ledger can't be written: nothing can be changed",
            text,
        ));
    }
    for alarm in &status.alarms {
        let text = "Check that this machine keeps time by itself (NTP). If it was switched off in that time there is \
                    nothing to do.";
        notices.push(Notice::new(Tone::Wait, crate::words::plain(alarm), text));
    }
    notices
}

fn waits(status: &OfficeStatus, hooks: &[Webhook]) -> Vec<Wait> {
    let wait = |count: u64, tone, one: &str, many: &str, href, words| {
        let badge = Badge::new(tone, Amount::from(count).to_string());
        let text = if count == 1 { one.to_owned() } else { many.to_owned() };
        (count > 0).then_some(Wait { badge, text, href, words })
    };
    let failing = hooks.iter().filter(|hook| hook.failing_since.is_some() || hook.switched_off);
    [
        wait(
            status.approvals_waiting,
            Tone::Wait,
            "request waits for a second person",
            "requests wait for a second person",
            "/console/approvals",
            "Decide",
        ),
        wait(
            status.out_of_step,
            Tone::Bad,
            "container is out of step: restored, copied, or with a history that was never issued. It gets no update until somebody decides.",
            "containers are out of step: restored, copied, or with a history that was never issued. They get no updates until somebody decides.",
            "/console/containers",
            "Look at them",
        ),
        wait(
            failing.count() as u64,
            Tone::Bad,
            "webhook fails: the receiver does not take our messages",
            "webhooks fail: the receivers do not take our messages",
            "/console/webhooks",
            "Look at them",
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn tiles(status: &OfficeStatus) -> Vec<Tile> {
    let tile = |name, value: u64, href| Tile { name, value: value.into(), href };
    vec![
        tile("Customers", status.customers, "/console/customers"),
        tile("Entitlements", status.entitlements, "/console/entitlements"),
        tile("Activations", status.activations, "/console/activations"),
        tile("Containers", status.containers, "/console/containers"),
        tile("Products", status.products, "/console/catalog"),
    ]
}

fn line(row: EntitlementRow) -> EndingLine {
    let (active, bought) = (Amount::from(row.active), Amount::from(row.bought));
    EndingLine {
        href: format!("/console/entitlements/{}", segment(&row.activation_id)),
        id: row.activation_id,
        customer: if row.customer_name.is_empty() { row.customer } else { row.customer_name },
        products: row.products.join(", "),
        active: format!("{active} of {bought}"),
        ends: row.ends.map(When),
    }
}

fn facts(status: &OfficeStatus, hooks: &[Webhook]) -> Vec<Fact> {
    let ledger = match status.degraded {
        Some(_) => Badge::new(Tone::Bad, "Can't be written"),
        None => Badge::new(Tone::Good, "In order"),
    };
    let entries = format!("{} entries", Amount::from(status.sequence));
    let keys = Badge::new(Tone::Good, format!("Key set {}", status.keyset_version));
    let revoked = match status.revocation_sequence {
        0 => "nothing revoked".to_owned(),
        number => format!("revocation list {number}"),
    };
    let mut facts = vec![
        Fact { name: "Ledger", badge: ledger, text: entries },
        Fact { name: "Keys", badge: keys, text: revoked },
    ];
    if !hooks.is_empty() || status.deliveries_waiting > 0 {
        let waiting = so_many(status.deliveries_waiting, "message waits", "messages wait");
        let badge = match status.deliveries_waiting {
            0 => Badge::new(Tone::Good, "All delivered"),
            _ => Badge::new(Tone::Wait, "Under way"),
        };
        facts.push(Fact { name: "Webhooks", badge, text: waiting });
    }
    facts
}
