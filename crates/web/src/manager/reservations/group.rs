//! One group: its entries and how each stands, what is pending, and the forms to change it.
//!
//! Kept here: the entries shown are those of the server now; what is pending is shown beside them, never as if it were
//! done. Deliberately not here: the acts on the pending list (`pending`).

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::{
    FeatureRow, Page, PoolRow, ReservationEntry, ReservationGroup, ReservationGroupRequest,
    UnfitEntry,
};
use tenure_document::{HostId, HostIdType};

use super::super::holding::{device_href, feature_href, features};
use super::draft::{Change, Draft};
use super::entry::{API, Entry, ROLE, Typed, entries, kind};
use super::unfit;
use crate::address::segment;
use crate::backend::Trouble;
use crate::component::{Badge, Link, Notice, Tone, When};
use crate::frame::show;
use crate::icon::Icon;
use crate::site::{refusal, see_other};
use crate::staff::{Answer, Asked, Column, Desk, List, Member, Question, Sent};
use crate::words::so_many;

const COLUMNS: &[Column] = &[
    Column::text("For"),
    Column::text("Feature"),
    Column::text("Version"),
    Column::text("Pool"),
    Column::figure("Wanted"),
    Column::figure("In use"),
    Column::figure("Kept, idle"),
    Column::text("Standing"),
];

/// What the page is asked to show besides the group.
#[derive(Default)]
pub(super) struct Shown {
    pub(super) status: StatusCode,
    pub(super) notice: Option<Notice>,
    /// The form to add an entry.
    pub(super) typed: Option<Typed>,
    /// The form to change the entry of this place.
    pub(super) editing: Option<(usize, Typed)>,
    pub(super) unfit: Vec<UnfitEntry>,
    /// What was chosen for seats that others hold.
    pub(super) keep: Option<bool>,
}

#[derive(Template)]
#[template(path = "manager/reservations/group.html")]
struct GroupPage {
    desk: Desk,
    notice: Option<Notice>,
    here: String,
    name: String,
    named: String,
    revision: u64,
    changed: When,
    keeps: bool,
    keep: bool,
    may: bool,
    /// Somebody else changed the group after the pending list was begun.
    overtaken: bool,
    pending: Vec<Pending>,
    rows: Vec<Row>,
    all: usize,
    list: List,
    editing: Option<(usize, Typed)>,
    typed: Typed,
    features: Vec<String>,
}

struct Pending {
    place: usize,
    words: String,
    fault: Option<String>,
}

struct Row {
    place: usize,
    kind: &'static str,
    who: String,
    who_href: Option<String>,
    feature: String,
    feature_href: String,
    version: String,
    pool: String,
    count: u64,
    used: u64,
    idle: u64,
    standing: Badge,
    why: String,
    /// What is pending for it.
    mark: Option<String>,
    edit: String,
}

/// The page of a group.
pub(super) fn href(id: &str) -> String {
    format!("/reservations/{}", segment(id))
}

/// The group, or the page that says that there is none.
pub(super) async fn found(me: &Member, id: &str) -> Result<ReservationGroup, Response> {
    match me.api().get(&format!("{API}/{}", segment(id))).await {
        Ok(group) => Ok(group),
        Err(trouble) if trouble.status() == StatusCode::NOT_FOUND => {
            let words = "To the reservations".to_owned();
            let back = Link { href: "/reservations".to_owned(), words };
            Err(me.nothing("There is no group of reservations of that name or number.", back))
        }
        Err(trouble) => Err(me.sorry(&trouble)),
    }
}

/// `GET /reservations/{id}`.
pub(super) async fn page(me: Member, Path(id): Path<String>, asked: Asked) -> Answer {
    let group = found(&me, &id).await?;
    let request = ReservationGroupRequest::from(group.clone());
    let editing = asked.text("edit").parse().ok().and_then(|place: usize| {
        let entry = entries(&request).into_iter().nth(place)?;
        let draft = Draft::of(&me, &group.id).unwrap_or_default();
        let pending = draft.changes.iter().find(|change| change.takes() == Some(&entry));
        let now = pending.and_then(Change::wants).unwrap_or(&entry);
        Some((place, Typed::there(now)))
    });
    let shown = Shown { editing, ..Shown::default() };
    group_page(&me, &asked, group, shown).await
}

/// `GET` of what only takes forms.
pub(super) async fn to_page(_: Member, Path(id): Path<String>) -> Response {
    see_other(&href(&id))
}

/// The page of a group with what has just happened.
pub(super) async fn group_page(
    me: &Member,
    asked: &Asked,
    group: ReservationGroup,
    shown: Shown,
) -> Answer {
    let draft = Draft::of(me, &group.id).unwrap_or_default();
    let may = me.may(ROLE);
    let names = async { if may { features(me).await } else { Vec::new() } };
    let (reasons, features) = tokio::join!(Reasons::of(me, &group), names);
    let q = asked.text("q").to_lowercase();
    let all = rows(&group, &draft, &reasons);
    let count = all.len();
    let fits = |row: &Row| {
        q.is_empty()
            || [&row.who, &row.feature, &row.pool]
                .iter()
                .any(|text| text.to_lowercase().contains(&q))
    };
    let rows: Vec<Row> = all.into_iter().filter(fits).collect();
    let list = List::new(me, asked, COLUMNS, rows.len() as u64);
    let size = usize::try_from(me.rows().max(1)).unwrap_or(usize::MAX);
    let size = asked.text("size").parse().unwrap_or(size).clamp(1, 200);
    let first = usize::try_from(asked.page() - 1).unwrap_or(usize::MAX).saturating_mul(size);
    let rows: Vec<Row> = rows.into_iter().skip(first).take(size).collect();
    let name = group.name.clone().unwrap_or_else(|| format!("Group {}", group.id));
    let pending = draft.changes.iter().enumerate().map(|(place, change)| Pending {
        place,
        words: change.words(),
        fault: change.wants().and_then(|entry| unfit::of(&shown.unfit, entry)),
    });
    let page = GroupPage {
        desk: me.desk(name.clone()),
        notice: shown.notice,
        here: href(&group.id),
        name,
        named: group.name.clone().unwrap_or_default(),
        revision: group.revision,
        changed: When(group.changed_at),
        keeps: group.keep_leases,
        keep: shown.keep.unwrap_or(group.keep_leases),
        may,
        overtaken: !draft.changes.is_empty() && draft.revision != group.revision,
        pending: pending.collect(),
        rows,
        all: count,
        list,
        editing: shown.editing.filter(|_| may),
        typed: shown.typed.unwrap_or_else(|| Typed::asked(asked)),
        features,
    };
    Ok(show(shown.status, &page))
}

/// What is known now about features and pools, to say why an entry gets less.
struct Reasons {
    features: Vec<FeatureRow>,
    pools: Option<Vec<String>>,
}

impl Reasons {
    async fn of(me: &Member, group: &ReservationGroup) -> Self {
        let all = || group.reservations.iter().flat_map(|one| &one.reservation_entries);
        let is_short = all().any(|entry| entry.reserved < entry.feature_count);
        let mut reasons = Self { features: Vec::new(), pools: None };
        if is_short {
            let api = me.api();
            let (features, pools) = tokio::join!(
                api.get::<Page<FeatureRow>>("/api/v1/features?size=1000"),
                api.get::<Page<PoolRow>>("/api/v1/pools?size=1000"),
            );
            reasons.features = features.map(|page| page.items).unwrap_or_default();
            let names = |page: Page<PoolRow>| page.items.into_iter().map(|row| row.name).collect();
            reasons.pools = pools.ok().map(names);
        }
        reasons
    }

    fn why(&self, entry: &ReservationEntry) -> String {
        let (feature, version) = (&entry.feature_name, entry.feature_version);
        let mut versions = self.features.iter().filter(|row| row.name == *feature).peekable();
        let pool = entry.pool.as_deref().filter(|pool| *pool != "default");
        if versions.peek().is_none() {
            return format!("No live license has {feature} any more.");
        }
        if let (Some(pool), Some(pools)) = (pool, &self.pools)
            && !pools.iter().any(|name| name == pool)
        {
            return format!("The model has no pool {pool} any more.");
        }
        if !versions.any(|row| row.version >= version) {
            return format!("All licenses of {feature} have a version below {version} now.");
        }
        let missing = entry.feature_count.saturating_sub(entry.reserved);
        let seats = so_many(missing, "seat is", "seats are");
        format!(
            "{seats} missing: there is less than when it was posted, and older entries come first."
        )
    }
}

fn rows(group: &ReservationGroup, draft: &Draft, reasons: &Reasons) -> Vec<Row> {
    let here = href(&group.id);
    let mut rows = Vec::new();
    for one in &group.reservations {
        for entry in &one.reservation_entries {
            let place = rows.len();
            let own = Entry::of(&one.host_id, entry);
            let pending = draft.changes.iter().find(|change| change.takes() == Some(&own));
            let (standing, why) = standing(entry, reasons);
            rows.push(Row {
                place,
                kind: kind(one.host_id.kind),
                who: one.host_id.value.clone(),
                who_href: who_href(&own),
                feature: entry.feature_name.clone(),
                feature_href: feature_href(&entry.feature_name),
                version: own.version(),
                pool: entry.pool.clone().unwrap_or_default(),
                count: entry.feature_count,
                used: entry.used,
                idle: entry.idle,
                standing,
                why,
                mark: pending.map(|change| match change {
                    Change::Edit { now, .. } => format!("Pending: {}", now.words()),
                    _ => "Pending: will be deleted".to_owned(),
                }),
                edit: format!("{here}?edit={place}#edit"),
            });
        }
    }
    rows
}

/// Devices have a page, users have none.
fn who_href(entry: &Entry) -> Option<String> {
    let host = &entry.host;
    let host = (host.kind != HostIdType::User).then(|| HostId::new(host.kind, host.value.clone()));
    host?.ok().map(|host| device_href(&host))
}

fn standing(entry: &ReservationEntry, reasons: &Reasons) -> (Badge, String) {
    let ReservationEntry { feature_count: wanted, reserved, used, waiting, .. } = *entry;
    if reserved < wanted {
        let word = format!("Only {reserved} of {wanted}");
        return (Badge::new(Tone::Bad, word), reasons.why(entry));
    }
    if waiting > 0 {
        let holds = so_many(
            waiting,
            "is still held by others. It comes",
            "are still held by others. They come",
        );
        let why = format!("{holds} back when those leases end.");
        return (Badge::new(Tone::Wait, "Kept, partly still out"), why);
    }
    if used >= wanted {
        return (Badge::new(Tone::Good, "In use"), String::new());
    }
    (Badge::new(Tone::Good, "Kept"), String::new())
}

/// `GET /reservations/{id}/delete`.
pub(super) async fn ask_delete(me: Member, Path(id): Path<String>) -> Answer {
    let group = found(&me, &id).await?;
    Ok(question(&group, None).page(&me))
}

fn question(group: &ReservationGroup, notice: Option<Notice>) -> Question {
    let all = || group.reservations.iter().flat_map(|one| &one.reservation_entries);
    let (entries, used) = (all().count() as u64, all().map(|entry| entry.used).sum::<u64>());
    let kept: u64 = all().map(|entry| entry.reserved).sum();
    let here = href(&group.id);
    let name = group.name.clone().unwrap_or_else(|| format!("group {}", group.id));
    let mut question = Question::grave(
        format!("Delete the reservations {name}?"),
        format!("{here}/delete"),
        "Delete the group",
        here,
    );
    let (kept, entries) = (so_many(kept, "seat", "seats"), so_many(entries, "entry", "entries"));
    question.points = vec![
        format!("What the group keeps, {kept} in {entries}, is free for everybody."),
        format!("Leases go on: seats in use ({used}) stay with their holders."),
        "Export the group first if you may want it back: the file can be imported unchanged."
            .to_owned(),
    ];
    question.fields = vec![("revision".to_owned(), group.revision.to_string())];
    question.notice = notice;
    question
}

/// `POST /reservations/{id}/delete`.
pub(super) async fn delete(Path(id): Path<String>, Sent { me, form }: Sent) -> Answer {
    let path = format!("{API}/{}", segment(&id));
    let revision = form.text("revision").parse().ok();
    match me.api().delete::<()>(&path, revision).await {
        Ok(()) => {
            Draft::forget(&me, &id);
            let text = "What it kept is free for everybody.";
            Ok(me.done(Notice::new(Tone::Good, "The group is deleted", text), "/reservations"))
        }
        Err(trouble) if is_gone(&trouble) => {
            let text = "Somebody else has deleted it before.";
            Ok(me.done(Notice::new(Tone::Tell, "It was gone already", text), "/reservations"))
        }
        Err(trouble) if matches!(trouble.status().as_u16(), 401 | 403) => Err(me.sorry(&trouble)),
        Err(trouble) => {
            let group = found(&me, &id).await?;
            let notice = match trouble.status() {
                StatusCode::PRECONDITION_FAILED => Notice::new(
                    Tone::Wait,
                    "Somebody else has changed it meanwhile",
                    "Nothing was deleted. Below is what would go now.",
                ),
                _ => refusal(&trouble),
            };
            Ok(question(&group, Some(notice)).page(&me))
        }
    }
}

fn is_gone(trouble: &Trouble) -> bool {
    trouble.status() == StatusCode::NOT_FOUND
}
