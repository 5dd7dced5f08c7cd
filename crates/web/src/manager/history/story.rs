//! The stories of a device and of a feature: what was granted, renewed, given back and denied in a time.
//!
//! Kept here: both are one page; they differ in what a row is about. Deliberately not here: the picture (`lanes`),
//! a story as a file (`story_file`).

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use tenure_api::{FeatureTimeline, HoldingRow, TimelineAnswer, TimelineRow};
use tenure_document::{Holder, HostId, HostIdType, Time};

use super::super::holding::{
    device_history_href, device_href, feature_href, lease_href, named, who,
};
use super::instant::out_of_reach;
use super::lanes::Lanes;
use crate::address::segment;
use crate::backend::Trouble;
use crate::component::{Badge, Link, Notice, Tone, When};
use crate::frame::show;
use crate::icon::Icon;
use crate::staff::moment::{Sentence, Span, Ways, now, recent};
use crate::staff::{Answer, Asked, Column, Desk, List, Member};
use crate::words::{denial_reason, plain};

/// Leases listed below the picture.
const HELD_MAX: usize = 100;

const COLUMNS: &[Column] = &[
    Column::text("When"),
    Column::text("What"),
    Column::text("Whom"),
    Column::figure("Seats"),
    Column::text("More"),
];

#[derive(Template)]
#[template(path = "manager/history/story.html")]
struct StoryPage {
    desk: Desk,
    crumb: Link,
    notice: Option<Notice>,
    span: Span,
    ways: Ways,
    told: Option<Told>,
}

/// A story as far as it was read.
struct Told {
    from: When,
    to: When,
    /// Where the journal goes on.
    goes_on: Option<String>,
    lanes: Lanes,
    held: Vec<Held>,
    held_total: u64,
    list: List,
    file: String,
    rows: Vec<Row>,
    whom: &'static str,
}

struct Held {
    lease: String,
    href: String,
    name: String,
    name_href: String,
    user: String,
    count: u64,
    from: When,
    to: Option<When>,
    end: String,
}

struct Row {
    sequence: u64,
    at: When,
    last: Option<When>,
    what: Badge,
    whom: String,
    whom_href: String,
    count: String,
    detail: Sentence,
    more: Option<Link>,
}

/// Whose story: what the pages of both differ in.
pub(super) enum Subject {
    Device(HostId),
    Feature(String),
}

impl Subject {
    pub(super) fn device(kind: &str, value: &str) -> Option<Self> {
        let kind: HostIdType = kind.parse().ok()?;
        HostId::new(kind, named(value)).ok().map(Self::Device)
    }

    fn api(&self) -> String {
        match self {
            Self::Device(host) => {
                format!("/api/v1/devices/{}/{}/timeline", host.kind.name(), segment(&host.value))
            }
            Self::Feature(name) => format!("/api/v1/features/{}/timeline", segment(name)),
        }
    }

    fn title(&self) -> String {
        match self {
            Self::Device(host) => format!("What happened to {}", host.value),
            Self::Feature(name) => format!("What happened with {name}"),
        }
    }

    fn crumb(&self) -> Link {
        match self {
            Self::Device(host) => {
                Link { href: device_href(host), words: format!("Device {}", host.value) }
            }
            Self::Feature(name) => {
                Link { href: feature_href(name), words: format!("Feature {name}") }
            }
        }
    }

    const fn whom(&self) -> &'static str {
        match self {
            Self::Device(_) => "Feature",
            Self::Feature(_) => "Holder",
        }
    }

    /// What a lease is told by here, and where that leads.
    fn name(&self, feature: &str, holder: Option<&Holder>) -> (String, String, String) {
        match (self, holder) {
            (Self::Feature(_), Some(holder)) => {
                let under = holder.name.clone().unwrap_or_default();
                (holder.host.value.clone(), under, device_history_href(&holder.host))
            }
            (Self::Feature(_), None) => (String::new(), String::new(), String::new()),
            (Self::Device(_), _) => (feature.to_owned(), String::new(), story_href(feature)),
        }
    }

    pub(super) async fn ask(&self, me: &Member, query: &str) -> Result<Answered, Trouble> {
        let path = format!("{}?{query}", self.api());
        let api = me.api();
        Ok(match self {
            Self::Device(_) => api.get::<TimelineAnswer>(&path).await?.into(),
            Self::Feature(_) => api.get::<FeatureTimeline>(&path).await?.into(),
        })
    }
}

fn story_href(feature: &str) -> String {
    feature_href(feature).replacen("/features/", "/history/feature/", 1)
}

/// Both answers as one.
pub(super) struct Answered {
    pub(super) from: Time,
    pub(super) to: Time,
    pub(super) complete: bool,
    pub(super) items: Vec<TimelineRow>,
    pub(super) total: u64,
    holdings: Vec<HoldingRow>,
    holdings_total: u64,
}

impl From<TimelineAnswer> for Answered {
    fn from(answer: TimelineAnswer) -> Self {
        let TimelineAnswer { from, to, complete, items, total, holdings, holdings_total, .. } =
            answer;
        Self { from, to, complete, items, total, holdings, holdings_total }
    }
}

impl From<FeatureTimeline> for Answered {
    fn from(answer: FeatureTimeline) -> Self {
        let FeatureTimeline { from, to, complete, items, total, holdings, holdings_total, .. } =
            answer;
        Self { from, to, complete, items, total, holdings, holdings_total }
    }
}

/// `GET /history/device/{kind}/{value}`.
pub(super) async fn of_device(
    me: Member,
    Path((kind, value)): Path<(String, String)>,
    asked: Asked,
) -> Answer {
    let subject = Subject::device(&kind, &value).ok_or_else(|| no_device(&me))?;
    story(me, subject, asked).await
}

pub(super) fn no_device(me: &Member) -> axum::response::Response {
    let back = Link { href: "/devices".to_owned(), words: "To the devices".to_owned() };
    me.nothing("A device is named by its type and its value, such as STRING/ws-14.", back)
}

/// `GET /history/feature/{name}`.
pub(super) async fn of_feature(me: Member, Path(name): Path<String>, asked: Asked) -> Answer {
    story(me, Subject::Feature(named(&name).to_owned()), asked).await
}

async fn story(me: Member, subject: Subject, asked: Asked) -> Answer {
    let span = Span::asked(&asked);
    let path = asked.to_api(&me, "", &[]) + &span.query();
    // Stories are told in the order in which they happened.
    let query = path.trim_start_matches('?');
    let (answer, now) = tokio::join!(subject.ask(&me, query), now(&me));
    let (mut notice, mut status) = (None, StatusCode::OK);
    let told = match answer {
        Ok(answer) => Some(Told::of(&me, &subject, &asked, answer)),
        Err(trouble) if trouble.status() == StatusCode::NOT_FOUND => {
            let back = Link { href: "/history".to_owned(), words: "To the history".to_owned() };
            return Err(me.nothing(&trouble.detail(), back));
        }
        Err(trouble) => {
            notice = Some(out_of_reach(&trouble).ok_or_else(|| me.sorry(&trouble))?);
            status = trouble.status();
            None
        }
    };
    let page = StoryPage {
        desk: me.desk(subject.title()),
        crumb: subject.crumb(),
        notice,
        ways: recent(&asked, now, "Last week"),
        span,
        told,
    };
    Ok(show(status, &page))
}

impl Told {
    fn of(me: &Member, subject: &Subject, asked: &Asked, answer: Answered) -> Self {
        let Answered { from, to, complete, items, total, holdings, holdings_total } = answer;
        let name = |row: &HoldingRow| subject.name(&row.feature, row.holder.as_ref());
        let lanes = Lanes::new((from, to), (&holdings, holdings_total), name);
        let go_on = (!complete).then(|| asked.with(&[("from", &to.to_string())]));
        // The last ones first: they are what is asked about.
        let held = holdings.iter().rev().take(HELD_MAX).map(|row| held(subject, row));
        let list = List::new(me, asked, COLUMNS, total);
        let file = list.file().replacen(".csv", "/events.csv", 1);
        Self {
            from: When(from),
            to: When(to),
            goes_on: go_on,
            lanes,
            held: held.collect(),
            held_total: holdings_total,
            file,
            list,
            rows: items.into_iter().map(|one| row(subject, one)).collect(),
            whom: subject.whom(),
        }
    }
}

fn held(subject: &Subject, row: &HoldingRow) -> Held {
    let (name, _, name_href) = subject.name(&row.feature, row.holder.as_ref());
    let user = row.holder.as_ref().and_then(|holder| holder.user.clone());
    Held {
        lease: row.lease.to_string(),
        href: format!("{}/explanation", lease_href(row.lease)),
        name,
        name_href,
        user: user.unwrap_or_default(),
        count: row.count,
        from: When(row.from),
        to: row.to.map(When),
        end: row.end.as_deref().map(ended).unwrap_or_default(),
    }
}

fn ended(word: &str) -> String {
    match word {
        "released" => "Given back".to_owned(),
        "expired" => "Ran out".to_owned(),
        "dropped" => "Device was dropped".to_owned(),
        "taken-over" => "Taken over by another lease".to_owned(),
        other => plain(other),
    }
}

fn row(subject: &Subject, row: TimelineRow) -> Row {
    let (whom, whom_href) = match (subject, &row.holder, &row.feature) {
        (Subject::Feature(_), Some(holder), _) => (who(holder), device_history_href(&holder.host)),
        (Subject::Device(_), _, Some(feature)) => (feature.clone(), story_href(feature)),
        _ => (String::new(), String::new()),
    };
    let more = match (&row.denial, row.lease) {
        (Some(denial), _) => {
            Some(Link { href: format!("/denials/{}", segment(denial)), words: "Why".to_owned() })
        }
        (None, Some(lease)) => {
            let href = format!("{}/explanation", lease_href(lease));
            Some(Link { href, words: lease.to_string() })
        }
        (None, None) => None,
    };
    let detail = match (row.what.as_str(), row.detail.split_once(": ")) {
        ("denied", Some((code, text))) => format!("{}: {text}", denial_reason(code)),
        _ => row.detail,
    };
    Row {
        sequence: row.sequence,
        at: When(row.at),
        last: (row.last_at > row.at).then_some(When(row.last_at)),
        what: what(&row.what, row.times),
        whom,
        whom_href,
        count: row.count.map(|count| count.to_string()).unwrap_or_default(),
        detail: Sentence(detail),
        more,
    }
}

/// What happened, in words.
fn what(word: &str, times: u64) -> Badge {
    let (tone, words) = match word {
        "granted" => (Tone::Good, "Granted"),
        "renewed" => (Tone::Good, "Renewed"),
        "not-renewed" => (Tone::Bad, "Not renewed"),
        "released" => (Tone::Idle, "Given back"),
        "not-released" => (Tone::Bad, "Not given back"),
        "taken-over" => (Tone::Wait, "Taken over"),
        "expired" => (Tone::Idle, "Ran out"),
        "dropped" => (Tone::Wait, "Ended after a drop"),
        "denied" => (Tone::Bad, "Denied"),
        "queued" => (Tone::Wait, "Queued"),
        "claimed" => (Tone::Good, "Took its offer"),
        "unqueued" => (Tone::Idle, "Left the queue"),
        "reserved" => (Tone::Tell, "Reserved"),
        "unreserved" => (Tone::Idle, "No longer reserved"),
        "consumed" => (Tone::Good, "Consumed"),
        "taken-back" => (Tone::Idle, "Taken back"),
        "reported" => (Tone::Tell, "Reported from off line"),
        "device-dropped" => (Tone::Wait, "Device dropped"),
        _ => (Tone::Idle, ""),
    };
    let words = if words.is_empty() { plain(word) } else { words.to_owned() };
    let often = if times > 1 { format!(", {times} times") } else { String::new() };
    Badge::new(tone, format!("{words}{often}"))
}
