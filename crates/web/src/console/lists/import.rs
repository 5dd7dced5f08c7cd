//! Taking lists in: first looked through, with all faults at once, then carried out.
//!
//! Kept here: the list that was looked through is the one that is taken in.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::office::{ImportFault, ImportReport, ImportSubject};

use super::super::decided::{Decided, waiting};
use super::super::field::{Field, Typed};
use super::columns::{Column, columns};
use super::export::FILES;
use super::shelf::{Parked, Shelf};
use crate::address::segment;
use crate::backend::Trouble;
use crate::component::{Link, Notice, Tone};
use crate::icon::Icon;
use crate::site::{refusal, show};
use crate::staff::{Answer, Asked, Desk, Member, Sent};
use crate::words::so_many;

/// Faults that are shown at once.
const FAULTS_SHOWN: usize = 200;
/// What came into being that is named at once.
const NAMED: usize = 50;

const SUBJECTS: [(&str, &str, &str); 3] = [
    ("customers", "Customers", "With their contacts, by your own number."),
    ("products", "Products", "With their features. It takes the role catalog."),
    ("entitlements", "Orders", "One row for a line; each new order gets an activation ID."),
];

#[derive(Template)]
#[template(path = "console/lists/front.html")]
struct FrontPage {
    desk: Desk,
    notice: Option<Notice>,
    subject: Field,
    text: Field,
    lists: Vec<(&'static str, ImportSubject, &'static [Column])>,
    files: [(&'static str, &'static str, &'static str); 6],
    may: bool,
}

fn page(me: &Member, status: StatusCode, typed: &Typed, notice: Option<Notice>) -> Response {
    let lists = SUBJECTS.iter().zip([
        ImportSubject::Customers,
        ImportSubject::Products,
        ImportSubject::Entitlements,
    ]);
    let page = FrontPage {
        desk: me.desk("Import and export"),
        notice,
        subject: typed.choice("what", "What is in the list?", &SUBJECTS).radio(),
        text: typed.field("text", "Or paste it here").area(),
        lists: lists.map(|((_, words, _), what)| (*words, what, columns(what))).collect(),
        files: FILES,
        may: me.may("fulfil") || me.may("catalog"),
    };
    show(status, &page)
}

/// `GET /console/lists`.
pub(super) async fn front(me: Member, asked: Asked) -> Response {
    let what = match asked.text("what") {
        "" => "customers",
        what => what,
    };
    page(&me, StatusCode::OK, &Typed::default().with("what", what), None)
}

#[derive(Template)]
#[template(path = "console/lists/report.html")]
struct ReportPage {
    desk: Desk,
    notice: Option<Notice>,
    what: &'static str,
    report: ImportReport,
    faults: Vec<ImportFault>,
    more_faults: usize,
    good: String,
    token: String,
}

/// The kind of a list, by how it begins.
fn kind(bytes: &Bytes) -> &'static str {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'[' | b'{') => "application/json",
        _ => "text/csv",
    }
}

async fn import(me: &Member, list: &Parked, how: &str) -> Result<Decided<ImportReport>, Trouble> {
    let path = format!("/api/v1/imports?what={}{how}", list.what);
    me.api().post_bytes(&path, kind(&list.bytes), list.bytes.clone()).await
}

/// Whoever may take in no list at all is told before anything is read.
#[expect(clippy::result_large_err, reason = "an answer is a page either way")]
fn must(me: &Member) -> Result<(), Response> {
    if me.may("catalog") { Ok(()) } else { me.must("fulfil") }
}

/// `POST /console/lists`: looks a list through and says what would happen.
pub(super) async fn look(
    Extension(shelf): Extension<Arc<Shelf>>,
    Sent { me, form }: Sent,
) -> Answer {
    must(&me)?;
    let typed = Typed::of(&form);
    let pasted = form.whole("text");
    let bytes = match (form.file("file"), pasted.trim().is_empty()) {
        (Some(file), _) => file.clone(),
        (None, false) => Bytes::copy_from_slice(pasted.as_bytes()),
        (None, true) => {
            let notice =
                Notice::new(Tone::Bad, "There is no list yet", "Choose a file, or paste the list.");
            return Ok(page(&me, StatusCode::UNPROCESSABLE_ENTITY, &typed, Some(notice)));
        }
    };
    let Ok(what) = form.text("what").parse::<ImportSubject>() else {
        let notice = Notice::new(Tone::Bad, "What is in the list?", "Choose one of the three.");
        return Ok(page(&me, StatusCode::UNPROCESSABLE_ENTITY, &typed, Some(notice)));
    };
    let list = Parked { what, bytes };
    match import(&me, &list, "&dry_run=true").await {
        Ok(Decided::Done(report)) => {
            let token = shelf.put(me.name(), list, me.site.uptime()).unwrap_or_default();
            Ok(report_page(&me, StatusCode::OK, report, (token, None)))
        }
        // Looking through never waits for anybody.
        Ok(Decided::Waits(question)) => Ok(me.done(waiting(&question), "/console/lists")),
        Err(trouble) if trouble.status() == StatusCode::FORBIDDEN => Err(me.sorry(&trouble)),
        Err(trouble) => Ok(page(&me, trouble.status(), &typed, Some(refusal(&trouble)))),
    }
}

fn words(what: ImportSubject) -> &'static str {
    match what {
        ImportSubject::Products => "Products",
        ImportSubject::Customers => "Customers",
        ImportSubject::Entitlements => "Orders",
    }
}

fn report_page(
    me: &Member,
    status: StatusCode,
    report: ImportReport,
    (token, notice): (String, Option<Notice>),
) -> Response {
    let faults: Vec<_> = report.faults.iter().take(FAULTS_SHOWN).cloned().collect();
    let page = ReportPage {
        desk: me.desk("What the list would do"),
        notice,
        what: words(report.what),
        more_faults: report.faults.len() - faults.len(),
        faults,
        good: so_many(report.imported, "row", "rows"),
        report,
        token,
    };
    show(status, &page)
}

#[derive(Template)]
#[template(path = "console/lists/done.html")]
struct DonePage {
    desk: Desk,
    what: &'static str,
    report: ImportReport,
    made: Vec<Link>,
    more_made: usize,
    left_out: usize,
    next: Link,
}

fn done_page(me: &Member, report: ImportReport) -> Response {
    let link = |name: &String| Link {
        href: match report.what {
            ImportSubject::Products => format!("/console/catalog/products/{}", segment(name)),
            ImportSubject::Customers => format!("/console/customers?q={}", segment(name)),
            ImportSubject::Entitlements => format!("/console/entitlements/{}", segment(name)),
        },
        words: name.clone(),
    };
    let (href, words_next) = match report.what {
        ImportSubject::Products => ("/console/catalog", "The catalog"),
        ImportSubject::Customers => ("/console/customers", "All customers"),
        ImportSubject::Entitlements => ("/console/entitlements", "All entitlements"),
    };
    let page = DonePage {
        desk: me.desk("The list is taken in"),
        what: words(report.what),
        made: report.created.iter().take(NAMED).map(link).collect(),
        more_made: report.created.len().saturating_sub(NAMED),
        left_out: report.faults.len(),
        next: Link { href: href.to_owned(), words: words_next.to_owned() },
        report,
    };
    show(StatusCode::OK, &page)
}

/// `POST /console/lists/carry-out`: takes in the list that was looked through.
pub(super) async fn carry_out(
    Extension(shelf): Extension<Arc<Shelf>>,
    Sent { me, form }: Sent,
) -> Answer {
    must(&me)?;
    let token = form.text("list").to_owned();
    let Some(list) = shelf.get(me.name(), &token, me.site.uptime()) else {
        let text = "A list waits for half an hour. Nothing was taken in: choose it again.";
        let notice = Notice::new(Tone::Bad, "The list is no longer here", text);
        let typed = Typed::default().with("what", "customers");
        return Ok(page(&me, StatusCode::CONFLICT, &typed, Some(notice)));
    };
    let how = if form.text("skip") == "yes" { "&skip_faulty=true" } else { "" };
    match import(&me, &list, how).await {
        Ok(Decided::Done(report)) => Ok(done_page(&me, report)),
        Ok(Decided::Waits(question)) => Ok(me.done(waiting(&question), "/console/lists")),
        Err(trouble) if trouble.status() == StatusCode::FORBIDDEN => Err(me.sorry(&trouble)),
        // What was good a moment ago may be at fault now: the faults of now are shown.
        Err(trouble) => match (import(&me, &list, "&dry_run=true").await, refusal(&trouble)) {
            (Ok(Decided::Done(report)), notice) => {
                Ok(report_page(&me, trouble.status(), report, (token, Some(notice))))
            }
            _ => Err(me.sorry(&trouble)),
        },
    }
}
