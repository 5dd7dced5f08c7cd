//! Reserve: a new group, or one more entry of a group, in one form; further entries gather in a list.
//!
//! Kept here: one seat for one person is one form and one button; what does not fit stays, with its reason; what may
//! have been done already is not done again by sending the form once more.

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
use crate::site::{once, see_other};
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
    /// Groups to add to as they are now, and whether it is the chosen one.
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
    /// The group and, where a form said so, the revision in which it was seen.
    group: String,
    name: String,
    keep: bool,
    /// What made the form that was sent one act.
    once: String,
    notice: Option<Notice>,
    status: StatusCode,
    unfit: Vec<UnfitEntry>,
}

/// `GET /reservations/new`.
pub(super) async fn page(me: Member, asked: Asked) -> Answer {
    let typed = Typed::asked(&asked);
    let (group, name) = (asked.text("group").to_owned(), asked.text("name").to_owned());
    let keep = asked.text("keep") == "yes";
    form_page(&me, typed, Filled { group, name, keep, ..Filled::default() }).await
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
    let (chosen, seen) = group_of(&filled.group);
    // What may have been done is sent again for the group as it was seen then.
    let seen = seen.filter(|_| filled.status.is_server_error());
    let groups = groups.into_iter().map(|row| {
        let is_chosen = row.id == chosen;
        let revision = seen.filter(|_| is_chosen).unwrap_or(row.revision);
        (format!("{}@{revision}", row.id), row.name, is_chosen)
    });
    let groups = groups.collect();
    let page = FreshPage {
        desk: me.desk("Reserve"),
        notice: filled.notice,
        may: me.may(ROLE),
        pending,
        typed,
        groups,
        name: filled.name,
        keep: filled.keep,
        features,
        once: once(&filled.once, filled.status),
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
            let to = if keeps(&form) { format!("{HERE}?keep=yes") } else { HERE.to_owned() };
            Ok(keep(&me, &draft, &to))
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
        ("group", group_of(form.text("group")).0),
        ("name", form.text("name")),
        ("keep", if keeps(form) { "yes" } else { "" }),
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
        once: form.text("once").to_owned(),
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
        chosen => add(me, group_of(chosen), all, keeps(form)).await,
    };
    match answer {
        Ok(group) => {
            Draft::forget(me, NEW);
            Ok(me.done(kept(&group, all.len()), &href(&group.id)))
        }
        Err(trouble) if matches!(trouble.status().as_u16(), 401 | 403) => Err(me.sorry(&trouble)),
        Err(trouble) => {
            let shown = refused(&trouble, all);
            let (status, unfit) = (shown.status, shown.unfit);
            let notice = match status {
                StatusCode::PRECONDITION_FAILED => Some(changed(group_of(form.text("group")).0)),
                _ => shown.notice,
            };
            form_page(me, typed, Filled { status, notice, unfit, ..filled(form) }).await
        }
    }
}

/// A group as a form names it: its ID, and the revision in which it was seen.
fn group_of(sent: &str) -> (&str, Option<u64>) {
    let seen = sent.rsplit_once('@');
    let seen = seen.and_then(|(id, revision)| Some((id, Some(revision.parse().ok()?))));
    seen.unwrap_or((sent, None))
}

/// Another revision than the one that was seen: by somebody else, or by this form, whose answer was lost.
fn changed(group: &str) -> Notice {
    let text = "Nothing was added now. Look at the group: what you want may be in it already. If it is not, send this \
                form again.";
    Notice::new(Tone::Wait, "The group has changed since", text)
        .then(href(group), "Look at the group")
}

/// Adds entries to a group, unless it has changed since it was seen.
async fn add(
    me: &Member,
    (id, seen): (&str, Option<u64>),
    more: &[Entry],
    keep: bool,
) -> Result<ReservationGroup, Trouble> {
    let path = format!("{API}/{}", segment(id));
    let group: ReservationGroup = me.api().get(&path).await?;
    let revision = seen.unwrap_or(group.revision);
    let group = ReservationGroupRequest::from(group);
    let mut all = entries(&group);
    all.extend_from_slice(more);
    let path = format!("{path}?keep_leases={keep}");
    me.api().put(&path, &posting(group.name, &all), Some(revision)).await
}
