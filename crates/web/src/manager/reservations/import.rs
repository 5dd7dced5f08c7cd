//! Import of a file: first a look at what it would do, line by line, then it is done as a whole.
//!
//! Kept here: looking changes nothing; what was looked at is what is applied, kept in the session meanwhile; when
//! another window has looked at another file since, nothing is.
//! Deliberately not here: whether it fits (the server), other formats than the API takes.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tenure_api::{
    ReservationCheck, ReservationCheckGroup, ReservationGroup, ReservationGroupRequest,
    ReservationImport,
};

use super::entry::{API, Entry, ROLE, entries, kind};
use super::pending::keeps;
use super::unfit;
use crate::component::{Badge, Notice, Tone};
use crate::form::Form;
use crate::frame::show;
use crate::given;
use crate::icon::Icon;
use crate::shown::mark;
use crate::site::{refusal, see_other};
use crate::staff::draft::DRAFT_MAX;
use crate::staff::{Answer, Desk, Member, Sent};
use crate::words::so_many;

const HERE: &str = "/reservations/import";
/// Most groups and most entries that are shown.
const SHOWN: usize = 200;

/// How such a file looks.
const EXAMPLE: &str = r#"{
  "name": "vip",
  "reservations": [
    {
      "hostId": { "value": "ann", "type": "USER" },
      "reservationEntries": [
        { "featureName": "cad", "featureVersion": "1.0", "featureCount": 2 }
      ]
    }
  ]
}"#;

/// What was looked at and waits to be applied.
#[derive(Serialize, Deserialize)]
struct Waiting {
    text: String,
    replace: bool,
    keep: bool,
}

#[derive(Template)]
#[template(path = "manager/reservations/import.html")]
struct ImportPage {
    desk: Desk,
    notice: Option<Notice>,
    may: bool,
    text: String,
    /// The line that can't be read, and its number.
    line: Option<(usize, String)>,
    replace: bool,
    keep: bool,
    found: Option<Found>,
    example: &'static str,
}

/// What the file would do.
#[derive(Default)]
struct Found {
    fits: bool,
    /// The mark of what would be applied.
    shown: String,
    summary: String,
    groups: Vec<Group>,
    groups_left: usize,
    rows: Vec<Row>,
    rows_left: usize,
}

struct Group {
    name: String,
    what: Badge,
    added: u64,
    removed: u64,
    kept: u64,
}

struct Row {
    number: usize,
    group: String,
    who: String,
    kind: &'static str,
    feature: String,
    version: String,
    pool: String,
    count: u64,
    verdict: Badge,
    why: String,
}

fn draft(me: &Member) -> String {
    format!("reservations import {}", me.inside.holds.at)
}

/// What stands in the form.
#[derive(Default)]
struct Filled {
    text: String,
    replace: bool,
    keep: bool,
}

fn import_page(
    me: &Member,
    status: StatusCode,
    notice: Option<Notice>,
    filled: Filled,
) -> ImportPageWith {
    let page = ImportPage {
        desk: me.desk("Import reservations"),
        notice,
        may: me.may(ROLE),
        text: filled.text,
        line: None,
        replace: filled.replace,
        keep: filled.keep,
        found: None,
        example: EXAMPLE,
    };
    ImportPageWith { status, page }
}

struct ImportPageWith {
    status: StatusCode,
    page: ImportPage,
}

impl ImportPageWith {
    fn show(self) -> Response {
        show(self.status, &self.page)
    }
}

/// `GET /reservations/import`.
pub(super) async fn page(me: Member) -> Answer {
    Ok(import_page(&me, StatusCode::OK, None, Filled::default()).show())
}

/// `GET` of what only takes a form.
pub(super) async fn to_page(_: Member) -> Response {
    see_other(HERE)
}

fn filled(form: &Form, text: String) -> Filled {
    Filled { text, replace: form.text("replace") == "yes", keep: keeps(form) }
}

/// `POST /reservations/import`: looks at the file, changes nothing.
pub(super) async fn look(Sent { me, form }: Sent) -> Answer {
    let text = match given::document(&form).await {
        Ok(text) => text,
        Err(fault) => {
            let notice = Notice::new(Tone::Bad, "There is no file to look at", fault.to_string());
            let filled = filled(&form, String::new());
            return Ok(
                import_page(&me, StatusCode::UNPROCESSABLE_ENTITY, Some(notice), filled).show()
            );
        }
    };
    let filled = filled(&form, text);
    let import: ReservationImport =
        match serde_json::from_str(filled.text.trim_start_matches('\u{feff}')) {
            Ok(import) => import,
            Err(error) => return Ok(unreadable(&me, filled, &error).show()),
        };
    let path = format!("{API}/check?replace={}&keep_leases={}", filled.replace, filled.keep);
    let check: ReservationCheck = match me.api().post(&path, &import, "").await {
        Ok(check) => check,
        Err(trouble) if matches!(trouble.status().as_u16(), 401 | 403) => {
            return Err(me.sorry(&trouble));
        }
        Err(trouble) => {
            return Ok(import_page(&me, trouble.status(), Some(refusal(&trouble)), filled).show());
        }
    };
    let found = found(&import.groups(), &check);
    let waiting = Waiting { text: filled.text.clone(), replace: filled.replace, keep: filled.keep };
    let mut kept = Ok(());
    me.site.change(&me.inside, |staff| kept = staff.drafts.write(&draft(&me), &waiting));
    let notice = kept.err().map(|_| {
        let text = format!(
            "Files of more than {} kB are applied by `tenure admin reservations import`.",
            DRAFT_MAX >> 10
        );
        Notice::new(Tone::Wait, "This file is too large to be applied here", text)
    });
    let mut answer = import_page(&me, StatusCode::OK, notice, filled);
    let fits = found.fits && kept.is_ok();
    answer.page.found = Some(Found { fits, shown: mark(&waiting), ..found });
    Ok(answer.show())
}

/// A file that is none: the line where reading ended.
fn unreadable(me: &Member, filled: Filled, error: &serde_json::Error) -> ImportPageWith {
    let number = error.line();
    let line = filled.text.lines().nth(number.saturating_sub(1)).unwrap_or_default();
    let line: String = line.chars().take(200).collect();
    let title = format!("Line {number} can't be read");
    let notice = Notice::new(Tone::Bad, title, format!("{error}. Nothing was changed."));
    let mut answer = import_page(me, StatusCode::UNPROCESSABLE_ENTITY, Some(notice), filled);
    answer.page.line = Some((number, line));
    answer
}

fn found(groups: &[ReservationGroupRequest], check: &ReservationCheck) -> Found {
    let mut rows = Vec::new();
    let mut number = 0;
    for (group, checked) in groups.iter().zip(&check.groups) {
        for entry in entries(group) {
            number += 1;
            rows.push(row(number, group, checked, &entry, check));
        }
    }
    // What does not fit comes first: it is what must be mended.
    rows.sort_by_key(|row| row.why.is_empty());
    let count = |what: &str| check.groups.iter().filter(|one| one.what == what).count() as u64;
    let parts = [
        (count("new"), "new"),
        (count("changed"), "changed"),
        (count("unchanged"), "as it is"),
        (count("taken"), "there already"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts
        .map(|(count, word)| format!("{} {word}", so_many(*count, "group", "groups")))
        .collect();
    let entries = so_many(rows.len() as u64, "entry", "entries");
    let (groups_left, rows_left) =
        (check.groups.len().saturating_sub(SHOWN), rows.len().saturating_sub(SHOWN));
    rows.truncate(SHOWN);
    Found {
        fits: check.fits && count("new") + count("changed") > 0,
        shown: String::new(),
        summary: format!("{entries} in the file; {}.", parts.join(", ")),
        groups: check.groups.iter().take(SHOWN).map(group).collect(),
        groups_left,
        rows,
        rows_left,
    }
}

fn group(group: &ReservationCheckGroup) -> Group {
    let what = match group.what.as_str() {
        "new" => Badge::new(Tone::Good, "New"),
        "changed" => Badge::new(Tone::Wait, "Changed in place"),
        "unchanged" => Badge::new(Tone::Idle, "Stays as it is"),
        _ => Badge::new(Tone::Bad, "Name is taken"),
    };
    let name = group.name.clone().unwrap_or_else(|| "Without a name".to_owned());
    Group { name, what, added: group.added, removed: group.removed, kept: group.kept }
}

fn row(
    number: usize,
    group: &ReservationGroupRequest,
    checked: &ReservationCheckGroup,
    entry: &Entry,
    check: &ReservationCheck,
) -> Row {
    let own: Vec<_> = check
        .entries
        .iter()
        .filter(|unfit| group.name.as_ref().is_none_or(|name| *name == unfit.group))
        .cloned()
        .collect();
    let unfit = unfit::of(&own, entry);
    let (verdict, why) = match (unfit, checked.what.as_str()) {
        (Some(why), _) => (Badge::new(Tone::Bad, "Does not fit"), why),
        (None, "taken") => (
            Badge::new(Tone::Bad, "Name is taken"),
            "There is a group of this name already.".to_owned(),
        ),
        (None, "unchanged") => (Badge::new(Tone::Idle, "As it is"), String::new()),
        (None, _) => (Badge::new(Tone::Good, "Fits"), String::new()),
    };
    Row {
        number,
        group: group.name.clone().unwrap_or_default(),
        who: entry.host.value.clone(),
        kind: kind(entry.host.kind),
        feature: entry.what.feature_name.clone(),
        version: entry.version(),
        pool: entry.what.pool.clone().unwrap_or_default(),
        count: entry.what.feature_count,
        verdict,
        why,
    }
}

/// `POST /reservations/import/apply`: what was looked at.
pub(super) async fn apply(Sent { me, form }: Sent) -> Answer {
    let Some(waiting) = me.inside.holds.drafts.read::<Waiting>(&draft(&me)) else {
        let text =
            "It may have been imported before, or your session was renewed. Choose the file again.";
        return Ok(me.done(Notice::new(Tone::Wait, "No file waits here", text), HERE));
    };
    if form.text("shown") != mark(&waiting) {
        let text = "That was in another window. Nothing was changed. Choose the file that you mean once more.";
        let notice = Notice::new(Tone::Bad, "Another file was looked at since", text);
        let (status, filled) = (StatusCode::CONFLICT, Filled::default());
        return Ok(import_page(&me, status, Some(notice), filled).show());
    }
    let Waiting { text, replace, keep } = waiting;
    let Ok(import) = serde_json::from_str::<ReservationImport>(text.trim_start_matches('\u{feff}'))
    else {
        return Ok(see_other(HERE));
    };
    let path = format!("{API}/import?replace={replace}&keep_leases={keep}");
    match me.api().post::<_, Vec<ReservationGroup>>(&path, &import, "").await {
        Ok(groups) => {
            me.site.change(&me.inside, |staff| staff.drafts.forget(&draft(&me)));
            let title = format!("Imported: {}", so_many(groups.len() as u64, "group", "groups"));
            let waits: u64 = groups
                .iter()
                .flat_map(|group| &group.reservations)
                .flat_map(|one| &one.reservation_entries)
                .map(|entry| entry.waiting)
                .sum();
            let text = match waits {
                0 => "All of it is kept from now on.".to_owned(),
                waits => format!(
                    "{waits} of the seats are still held by others and come back when their leases end."
                ),
            };
            Ok(me.done(Notice::new(Tone::Good, title, text), "/reservations"))
        }
        Err(trouble) if matches!(trouble.status().as_u16(), 401 | 403) => Err(me.sorry(&trouble)),
        Err(trouble) => {
            let unfit = unfit::entries(&trouble);
            let notice =
                if unfit.is_empty() { refusal(&trouble) } else { unfit::notice(unfit, &[]) };
            let filled = Filled { text, replace, keep };
            Ok(import_page(&me, trouble.status(), Some(notice), filled).show())
        }
    }
}
