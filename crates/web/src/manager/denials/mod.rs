//! Denials: who was refused what and why, what would have helped, and whether he got it after all.
//!
//! Kept here: every reason has plain words, and a filter of its own. Deliberately not here: the explanation of one
//! denial (`explained`), which leases have too.

use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::get;
use tenure_api::{DenialRow, ExplanationAnswer, Page};
use tenure_document::Version;

use super::explained::Explained;
use super::holding::{Device, User, device_history_href, feature_href, features, who};
use crate::address::segment;
use crate::component::{Badge, Link, Tone, When};
use crate::frame::show;
use crate::icon::Icon;
use crate::staff::moment::{Sentence, Span, Ways, now, spans};
use crate::staff::{Answer, Asked, Column, Desk, List, Member, Pages, sheet};
use crate::words::denial_reason;

const API: &str = "/api/v1/denials";
const FILTERS: &[&str] = &["feature", "reason"];

const COLUMNS: &[Column] = &[
    Column::sorted("When", "at"),
    Column::sorted("User", "user"),
    Column::sorted("Device", "holder"),
    Column::sorted("Feature", "feature"),
    Column::figure("Seats"),
    Column::sorted("Why", "reason"),
    Column::text("What would have helped"),
];

/// Codes of reasons, the usual ones first.
const REASONS: &[&str] = &[
    "no-seats",
    "reserved-for-others",
    "denied-by-rule",
    "max-per-holder",
    "unknown-feature",
    "version-too-low",
    "expired",
    "not-started",
    "queue-full",
    "already-exclusive",
    "borrow-not-allowed",
    "borrow-too-long",
    "virtual-not-allowed",
    "selector-mismatch",
    "metered-feature",
    "over-metered",
    "clock-behind",
    "contact-due",
    "container-rolled-back",
    "server-suspended",
    "unsigned-request",
    "revoked",
];

/// Reasons to choose from, with the one that is chosen; also one that is not known here.
fn reasons(chosen: &str) -> Vec<(String, String, bool)> {
    let unknown = Some(chosen).filter(|code| !code.is_empty() && !REASONS.contains(code));
    let all = REASONS.iter().copied().chain(unknown);
    all.map(|code| (code.to_owned(), denial_reason(code), code == chosen)).collect()
}

/// The pages of this room.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/denials", get(list))
        .route("/denials.csv", get(file))
        .route("/denials/{id}", get(one))
}

#[derive(Template)]
#[template(path = "manager/denials/list.html")]
struct ListPage {
    desk: Desk,
    list: List,
    span: Span,
    ways: Ways,
    q: String,
    feature: String,
    features: Vec<String>,
    reasons: Vec<(String, String, bool)>,
    rows: Vec<Row>,
}

struct Row {
    href: String,
    at: When,
    user: User,
    device: Device,
    feature: String,
    feature_href: String,
    version: String,
    count: u64,
    reason: Badge,
    explanation: String,
    remedy: Sentence,
    recovered: Option<When>,
}

fn row(row: &DenialRow) -> Row {
    let tone = if row.recovered_at.is_some() { Tone::Wait } else { Tone::Bad };
    Row {
        href: format!("/denials/{}", segment(&row.id)),
        at: When(row.at),
        user: User::of(&row.holder),
        device: Device::of(&row.holder),
        feature: row.feature.clone(),
        feature_href: feature_href(&row.feature),
        version: match row.version == Version::ANY {
            true => String::new(),
            false => format!("{} or later", row.version),
        },
        count: row.count,
        reason: Badge::new(tone, denial_reason(&row.reason)),
        explanation: row.explanation.clone(),
        remedy: Sentence(row.remedy.as_ref().map(|one| one.text.clone()).unwrap_or_default()),
        recovered: row.recovered_at.map(When),
    }
}

/// `GET /denials`.
async fn list(me: Member, asked: Asked) -> Answer {
    let span = Span::asked(&asked);
    let path = asked.to_api(&me, API, FILTERS) + &span.query();
    let (page, features, now) =
        tokio::join!(me.get::<Page<DenialRow>>(&path), features(&me), now(&me));
    let page = page?;
    let page = ListPage {
        desk: me.desk("Denials"),
        list: List::new(&me, &asked, COLUMNS, page.total),
        ways: spans(&asked, now, "All listed"),
        span,
        q: asked.text("q").to_owned(),
        feature: asked.text("feature").to_owned(),
        features,
        reasons: reasons(asked.text("reason")),
        rows: page.items.iter().map(row).collect(),
    };
    Ok(show(StatusCode::OK, &page))
}

/// `GET /denials.csv`: all rows.
async fn file(me: Member, asked: Asked) -> Answer {
    let query = asked.filters(FILTERS) + &Span::asked(&asked).query();
    let rows: Vec<DenialRow> =
        me.all(API, query.trim_start_matches('&')).await.map_err(|trouble| me.sorry(&trouble))?;
    Ok(sheet("denials.csv", HEADS, rows.iter().map(cells)))
}

/// The columns of denials in files.
pub(super) const HEADS: &[&str] = &[
    "id",
    "at",
    "host",
    "host_type",
    "user",
    "alias",
    "feature",
    "version",
    "count",
    "reason",
    "explanation",
    "remedy",
    "recovered_at",
];

/// A denial in a file.
pub(super) fn cells(row: &DenialRow) -> Vec<String> {
    let holder = &row.holder;
    vec![
        row.id.clone(),
        row.at.to_string(),
        holder.host.value.clone(),
        holder.host.kind.name().to_owned(),
        holder.user.clone().unwrap_or_default(),
        holder.name.clone().unwrap_or_default(),
        row.feature.clone(),
        row.version.to_string(),
        row.count.to_string(),
        row.reason.clone(),
        row.explanation.clone(),
        row.remedy.as_ref().map(|remedy| remedy.text.clone()).unwrap_or_default(),
        row.recovered_at.map(|at| at.to_string()).unwrap_or_default(),
    ]
}

#[derive(Template)]
#[template(path = "manager/denials/one.html")]
struct OnePage {
    desk: Desk,
    id: String,
    who: String,
    sequence: u64,
    links: Vec<Link>,
    explained: Explained,
}

/// `GET /denials/{id}`: why.
async fn one(me: Member, Path(id): Path<String>) -> Answer {
    let path = format!("{API}/{}/explanation", segment(&id));
    let answer: ExplanationAnswer = match me.api().get(&path).await {
        Ok(answer) => answer,
        Err(trouble) if matches!(trouble.status().as_u16(), 404 | 410) => {
            let back = Link { href: "/denials".to_owned(), words: "To the denials".to_owned() };
            return Err(me.nothing(&trouble.detail(), back));
        }
        Err(trouble) => return Err(me.sorry(&trouble)),
    };
    let holder = &answer.holder;
    let link = |href: String, words: &str| Link { href, words: words.to_owned() };
    let query = |pairs: &[(&str, &str)]| {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    };
    let held = query(&[("at", &answer.at.to_string()), ("feature", &answer.feature)]);
    let for_host = [
        ("feature", answer.feature.as_str()),
        ("host", &holder.host.value),
        ("type", holder.host.kind.name()),
    ];
    let mut links = vec![
        link(format!("/history?{held}"), "Who held this feature then"),
        link(device_history_href(&holder.host), "What happened to this device"),
        link(
            format!("/denials?{}", query(&[("feature", &answer.feature)])),
            "Other denials of this feature",
        ),
    ];
    if me.may("reservations") {
        links.push(link(
            format!("/reservations/new?{}", query(&for_host)),
            "Reserve it for this device",
        ));
    }
    let page = OnePage {
        desk: me.desk(format!("Denied: {}", answer.feature)),
        id,
        who: who(holder),
        sequence: answer.sequence,
        links,
        explained: Explained::new(answer),
    };
    Ok(show(StatusCode::OK, &page))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_of_a_newer_server_can_still_be_chosen() {
        let chosen = |code: &str| {
            let chosen: Vec<_> =
                reasons(code).into_iter().filter(|(_, _, chosen)| *chosen).collect();
            chosen.into_iter().map(|(_, words, _)| words).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(chosen(""), "");
        assert_eq!(chosen("no-seats"), denial_reason("no-seats"));
        assert_eq!(chosen("moon-phase"), "Moon phase");
        let plain: Vec<&&str> = REASONS
            .iter()
            .filter(|code| denial_reason(code) == crate::words::plain(code))
            .collect();
        assert_eq!(plain, [] as [&&str; 0], "every reason has words");
    }
}
