//! What waits for staff, how the business stands, and what to do first in an empty office.
//!
//! Kept here: the first thing seen is what a person must do, with the way there; what a member may not see is not
//! asked for. Deliberately not here: doing it (the other rooms).

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use tenure_api::Page;
use tenure_api::office::{
    ApprovalRow, ContainerRow, EntitlementRow, OfficeKey, OfficeStatus, Webhook,
};
use tenure_document::Time;

use crate::address::segment;
use crate::chart::Amount;
use crate::component::{Badge, Notice, Tone, When};
use crate::icon::Icon;
use crate::site::show;
use crate::staff::{Answer, Desk, Member, Pages};
use crate::words::{self, so_many};

/// Rows of each list that are shown.
const SHOWN: usize = 5;
/// Entitlements that end within so many days are told.
const DAYS_ENDING: u32 = 30;
/// Keys that end within so many days are told: a new key list takes its time.
const DAYS_KEYS: u64 = 60;

/// The pages of this room.
pub(super) fn routes() -> Router<Pages> {
    Router::new().route("/console", get(front))
}

#[derive(Template)]
#[template(path = "console/overview/front.html")]
struct FrontPage {
    desk: Desk,
    at: When,
    alarms: Vec<Notice>,
    approvals: Vec<ApprovalRow>,
    approvals_total: u64,
    odd: Vec<(ContainerRow, Badge)>,
    odd_total: u64,
    hooks: Vec<(Webhook, String)>,
    ending: Vec<(EntitlementRow, String)>,
    ending_total: u64,
    figures: Vec<(&'static str, &'static str, Amount)>,
    keys: Vec<(String, OfficeKey, Badge)>,
    steps: Vec<Step>,
    portal: String,
    is_new: bool,
}

/// One of the first things to do.
struct Step {
    title: &'static str,
    text: &'static str,
    href: &'static str,
    words: &'static str,
    done: bool,
    /// The first that is not done.
    next: bool,
    may: bool,
}

/// What to do first, in order, and how far it is done.
fn steps(me: &Member, status: &OfficeStatus) -> Vec<Step> {
    let step = |title, text, (href, words), done, role| Step {
        title,
        text,
        href,
        words,
        done,
        next: false,
        may: me.may(role),
    };
    let mut steps = vec![
        step(
            "Make a product",
            "A name and a version, with the features that your application asks for.",
            ("/console/catalog/products/new", "New product"),
            status.products > 0,
            "catalog",
        ),
        step(
            "Make a license model",
            "The terms that you sell under: perpetual, a year's subscription, a trial.",
            ("/console/catalog/models/new", "New license model"),
            status.license_models > 0,
            "catalog",
        ),
        step(
            "Enter a customer",
            "Who buys. Lists of your shop or ERP can be imported.",
            ("/console/customers/new", "New customer"),
            status.customers > 0,
            "fulfil",
        ),
        step(
            "Make an entitlement",
            "What the customer bought. It gets an activation ID.",
            ("/console/entitlements/new", "New entitlement"),
            status.entitlements > 0,
            "fulfil",
        ),
        step(
            "Give the customer the activation ID",
            "With the portal's address: the entitlement has a text ready to send. The customer does the rest alone.",
            ("/console/entitlements", "Entitlements"),
            status.activations > 0,
            "viewer",
        ),
    ];
    if let Some(next) = steps.iter_mut().find(|step| !step.done) {
        next.next = true;
    }
    steps
}

/// A list that a member may not see is none.
async fn rows<T: serde::de::DeserializeOwned>(me: &Member, path: &str, may: bool) -> Page<T> {
    let none = Page { items: Vec::new(), page: 1, size: 1, total: 0 };
    if !may {
        return none;
    }
    // What can't be had is left out here: its own page says why.
    me.api().get(path).await.unwrap_or(none)
}

/// What is wrong with the office itself.
fn alarms(status: &OfficeStatus) -> Vec<Notice> {
    let mut alarms = Vec::new();
    if let Some(why) = &status.degraded {
        let text = format!("{why}. Nothing can be changed until it is mended; reading works.");
        alarms.push(Notice::new(Tone::Bad, "The ledger can't be written", text));
    }
    for role in ["issuer", "certifier", "revoker"] {
        if !status.keys.iter().any(|key| key.role == role && key.signs_now) {
            let text = match role {
                "issuer" => "No update can be made for any container.",
                "certifier" => "New containers can't be certified.",
                _ => "Nothing can be put on the revocation list.",
            };
            let title = format!("No {role} key signs now");
            alarms.push(Notice::new(Tone::Bad, title, text));
        }
    }
    let last = status.alarms.iter().rev().take(3);
    alarms.extend(last.map(|alarm| {
        let text = "Look whether the machine's clock is right.";
        Notice::new(Tone::Wait, super::decided::sentence(alarm), text)
    }));
    alarms
}

fn key_words(role: &str) -> String {
    match role {
        "issuer" => "Updates".to_owned(),
        "certifier" => "Certificates of containers".to_owned(),
        "revoker" => "Revocation lists".to_owned(),
        "time" => "Statements of the time".to_owned(),
        other => words::plain(other),
    }
}

/// Days from one instant to another; 0 when it has passed.
fn days_until(at: Time, now: Time) -> u64 {
    at.since(now).as_secs() / 86_400
}

fn keys(status: &OfficeStatus) -> Vec<(String, OfficeKey, Badge)> {
    let badge = |key: &OfficeKey| match days_until(key.signs_until, status.now) {
        _ if !key.signs_now && key.signs_until < status.now => Badge::new(Tone::Idle, "Ended"),
        _ if !key.signs_now => Badge::new(Tone::Idle, "Does not sign"),
        0 => Badge::new(Tone::Bad, "Ends today"),
        days if days < DAYS_KEYS => {
            Badge::new(Tone::Wait, format!("Ends in {}", so_many(days, "day", "days")))
        }
        _ => Badge::new(Tone::Good, "Signs"),
    };
    status.keys.iter().map(|key| (key_words(&key.role), key.clone(), badge(key))).collect()
}

/// `GET /console`.
async fn front(me: Member) -> Answer {
    let ending =
        format!("/api/v1/entitlements?state=active&ends_within_days={DAYS_ENDING}&size={SHOWN}");
    let (status, approvals, odd, hooks, ending) = tokio::join!(
        me.get::<OfficeStatus>("/api/v1/status"),
        rows::<ApprovalRow>(&me, "/api/v1/approvals?state=waiting&size=200", true),
        odd(&me),
        rows::<Webhook>(&me, "/api/v1/webhooks?size=200", me.may("admin")),
        rows::<EntitlementRow>(&me, &ending, true),
    );
    let status = status?;
    // Nobody answers what they asked for themselves.
    let for_me: Vec<_> = approvals.items.into_iter().filter(|one| one.by != me.name()).collect();
    let (odd, odd_total) = odd;
    let failing = hooks.items.into_iter().filter_map(|one| {
        let why = match (one.switched_off, one.failing_since) {
            (true, _) => "Switched off: it failed for days".to_owned(),
            (false, Some(at)) => format!("Failing since {}", When(at).day()),
            (false, None) => return None,
        };
        Some((one, why))
    });
    let figures = vec![
        ("Customers", "/console/customers", Amount::from(status.customers)),
        ("Entitlements", "/console/entitlements", Amount::from(status.entitlements)),
        ("Activations", "/console/activations", Amount::from(status.activations)),
        ("Containers", "/console/containers", Amount::from(status.containers)),
        ("Products on sale", "/console/catalog", Amount::from(status.products)),
        ("License models", "/console/catalog/models", Amount::from(status.license_models)),
    ];
    let page = FrontPage {
        desk: me.desk("Overview"),
        at: When(status.now),
        alarms: alarms(&status),
        approvals_total: for_me.len() as u64,
        approvals: for_me.into_iter().take(SHOWN).collect(),
        odd,
        odd_total,
        hooks: failing.collect(),
        ending: ending
            .items
            .into_iter()
            .map(|one| {
                let href = format!("/console/entitlements/{}", segment(&one.activation_id));
                (one, href)
            })
            .collect(),
        ending_total: ending.total,
        figures,
        keys: keys(&status),
        steps: steps(&me, &status),
        portal: format!("{}/portal", me.inside.visit.origin),
        is_new: status.activations == 0,
    };
    Ok(show(StatusCode::OK, &page))
}

/// Containers that a person must decide about: the first of them, and how many there are.
async fn odd(me: &Member) -> (Vec<(ContainerRow, Badge)>, u64) {
    let path = |state: &str| format!("/api/v1/containers?state={state}&size={SHOWN}");
    let (rollback, fork, clone) = (path("rollback"), path("fork"), path("clone"));
    let (rollback, fork, clone) = tokio::join!(
        rows::<ContainerRow>(me, &rollback, true),
        rows::<ContainerRow>(me, &fork, true),
        rows::<ContainerRow>(me, &clone, true),
    );
    let total = rollback.total + fork.total + clone.total;
    let found = [rollback, fork, clone].into_iter().flat_map(|page| page.items).take(SHOWN);
    (found.map(|one| (one.clone(), words::container(one.state))).collect(), total)
}
