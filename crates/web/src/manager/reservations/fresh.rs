//! Reserve: a new group, or one more entry of a group, in one form; further entries gather in a list.
//!
//! Kept here: one seat for one person is one form and one button; what does not fit stays, with its reason.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::{
    Page, ReservationGroup, ReservationGroupRequest, ReservationGroupRow, UnfitEntry,
};

use super::super::holding::features;
use super::draft::{Change, Draft, NEW};
use super::entry::{API, Entry, ROLE, Typed, entries, posting};
use super::group::href;
use super::pending::{keeps, kept, refused};
use super::unfit;
use crate::address::segment;
use crate::backend::Trouble;
use crate::component::{Notice, Tone};
use crate::form::Form;
use crate::frame::show;
use crate::icon::Icon;
use crate::outside::fresh_token;
use crate::site::see_other;
use crate::staff::draft::TooLong;
use crate::staff::{Answer, Asked, Desk, Member, Sent};

const HERE: &str = "/reservations/new";

#[derive(Template)]
#[template(path = "manager/reservations/fresh.html")]
struct FreshPage {
    desk: Desk,
    notice: Option<Notice>,
    may: bool,
    pending: Vec<Pending>,
    typed: Typed,
    /// Groups to add to, and whether it is the chosen one.
    groups: Vec<(String, String, bool)>,
    name: String,
    keep: bool,
    features: Vec<String>,
    once: String,
}

struct Pending {
    place: usize,
    words: String,
    fault: Option<String>,
}

/// What stands in the form besides the entry.
#[derive(Default)]
struct Filled {
    group: String,
    name: String,
    keep: bool,
    notice: Option<Notice>,
    status: StatusCode,
    unfit: Vec<UnfitEntry>,
}

/// `GET /reservations/new`.
pub(super) async fn page(me: Member, asked: Asked) -> Answer {
    let typed = Typed::asked(&asked);
    let (group, name) = (asked.text("group").to_owned(), asked.text("name").to_owned());
    form_page(&me, typed, Filled { group, name, ..Filled::default() }).await
}

async fn form_page(me: &Member, mut typed: Typed, filled: Filled) -> Answer {
    let api = me.api();
    let path = format!("{API}?sort=name&size=200");
    let (groups, features) =
        tokio::join!(api.get::<Page<ReservationGroupRow>>(&path), features(me));
    let groups = groups.map_err(|trouble| me.sorry(&trouble))?.items;
    let draft = Draft::of(me, NEW).unwrap_or_default();
    let pending = draft.changes.iter().enumerate().map(|(place, change)| Pending {
        place,
        words: change.words(),
        fault: change.wants().and_then(|entry| unfit::of(&filled.unfit, entry)),
    });
    let pending = pending.collect();
    if !filled.unfit.is_empty()
        && let Some(entry) = typed.read()
    {
        typed.faults.unfit = unfit::of(&filled.unfit, &entry);
    }
    let groups = groups.into_iter().map(|row| {
        let chosen = row.id == filled.group;
        (row.id, row.name, chosen)
    });
    let page = FreshPage {
        desk: me.desk("Reserve"),
        notice: filled.notice,
        may: me.may(ROLE),
        pending,
        typed,
        groups: groups.collect(),
        name: filled.name,
        keep: filled.keep,
        features,
        once: fresh_token().unwrap_or_default(),
    };
    Ok(show(filled.status, &page))
}

/// `POST /reservations/new`: one more entry, one taken back, or all of it submitted.
pub(super) async fn act(Sent { me, form }: Sent) -> Answer {
    let mut draft = Draft::of(&me, NEW).unwrap_or_default();
    let mut typed = Typed::sent(&form);
    match form.text("act") {
        "add" => {
            let Some(entry) = typed.read() else { return again(&me, typed, &form).await };
            draft.changes.push(Change::Add(entry));
            let to = address(&typed.next(), &form);
            Ok(keep(&me, &draft, &to))
        }
        "discard" => {
            draft.changes.clear();
            Ok(keep(&me, &draft, HERE))
        }
        "submit" => {
            let mut all = draft.added();
            // A form left blank below a list is no entry.
            if !typed.is_blank() || all.is_empty() {
                let Some(entry) = typed.read() else { return again(&me, typed, &form).await };
                all.push(entry);
            }
            submit(&me, &form, typed, &all).await
        }
        undo => {
            let place = undo.strip_prefix("undo-").and_then(|place| place.parse::<usize>().ok());
            if let Some(place) = place.filter(|place| *place < draft.changes.len()) {
                draft.changes.remove(place);
            }
            let to = address(&typed, &form);
            Ok(keep(&me, &draft, &to))
        }
    }
}

fn keep(me: &Member, draft: &Draft, to: &str) -> Response {
    match draft.keep(me, NEW) {
        Ok(()) => see_other(to),
        Err(TooLong) => {
            let notice = Notice::new(Tone::Bad, "The list is full", TooLong.to_string());
            me.done(notice, to)
        }
    }
}

/// The form with what was typed, as an address.
fn address(typed: &Typed, form: &Form) -> String {
    let pairs = [
        ("type", typed.kind.as_str()),
        ("host", &typed.who),
        ("feature", &typed.feature),
        ("version", &typed.version),
        ("count", &typed.count),
        ("pool", &typed.pool),
        ("group", form.text("group")),
        ("name", form.text("name")),
    ];
    let pairs = pairs.into_iter().filter(|(_, value)| !value.is_empty());
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("{HERE}?{query}")
}

fn filled(form: &Form) -> Filled {
    Filled {
        group: form.text("group").to_owned(),
        name: form.text("name").to_owned(),
        keep: keeps(form),
        ..Filled::default()
    }
}

async fn again(me: &Member, typed: Typed, form: &Form) -> Answer {
    let text = "See what is said at the fields below.";
    let notice = Some(Notice::new(Tone::Bad, "Nothing was reserved", text));
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    form_page(me, typed, Filled { notice, status, ..filled(form) }).await
}

async fn submit(me: &Member, form: &Form, typed: Typed, all: &[Entry]) -> Answer {
    let answer = match form.text("group") {
        "" => {
            let name = Some(form.text("name").to_owned()).filter(|name| !name.is_empty());
            let path = format!("{API}?keep_leases={}", keeps(form));
            let group = posting(name, all);
            me.api().post::<_, ReservationGroup>(&path, &group, form.text("once")).await
        }
        id => add(me, id, all, keeps(form)).await,
    };
    match answer {
        Ok(group) => {
            Draft::forget(me, NEW);
            Ok(me.done(kept(&group, all.len()), &href(&group.id)))
        }
        Err(trouble) if matches!(trouble.status().as_u16(), 401 | 403) => Err(me.sorry(&trouble)),
        Err(trouble) => {
            let shown = refused(&trouble, all);
            let (status, notice, unfit) = (shown.status, shown.notice, shown.unfit);
            form_page(me, typed, Filled { status, notice, unfit, ..filled(form) }).await
        }
    }
}

/// Adds entries to a group as it is now.
async fn add(
    me: &Member,
    id: &str,
    more: &[Entry],
    keep: bool,
) -> Result<ReservationGroup, Trouble> {
    let path = format!("{API}/{}", segment(id));
    let group: ReservationGroup = me.api().get(&path).await?;
    let revision = group.revision;
    let group = ReservationGroupRequest::from(group);
    let mut all = entries(&group);
    all.extend_from_slice(more);
    let path = format!("{path}?keep_leases={keep}");
    me.api().put(&path, &posting(group.name, &all), Some(revision)).await
}
