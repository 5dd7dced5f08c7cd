//! The form of a customer: name, reference, contacts, notes.
//!
//! Kept here: a form sent twice enters one customer; what is refused is still there.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::office::{Contact, Customer, CustomerChange, CustomerRequest};

use super::super::field::{Field, Typed};
use super::pages::{found, page_of};
use crate::address::segment;
use crate::component::{Link, Notice, Tone};
use crate::site::{once, show};
use crate::staff::{Answer, Desk, Member, Sent};

/// Most contacts of a customer.
const CONTACTS_MAX: usize = 50;

#[derive(Template)]
#[template(path = "console/customers/form.html")]
struct FormPage {
    desk: Desk,
    notice: Option<Notice>,
    action: String,
    back: Link,
    head: Vec<Field>,
    contacts: Vec<[Field; 2]>,
    notes: Field,
    once: String,
}

fn filled(typed: &Typed) -> usize {
    let text = |name: &str, place: usize| typed.text(&format!("{name}-{place}")).to_owned();
    let is_filled =
        |place: &usize| !text("contact", *place).is_empty() || !text("email", *place).is_empty();
    (0..CONTACTS_MAX).rev().find(is_filled).map_or(0, |last| last + 1)
}

fn page(
    me: &Member,
    status: StatusCode,
    customer: Option<&Customer>,
    (typed, notice): (&Typed, Option<Notice>),
) -> Response {
    let count = (filled(typed) + 1).min(CONTACTS_MAX);
    let contact = |place: usize| {
        [
            typed.field(format!("contact-{place}"), "Contact: name"),
            typed.field(format!("email-{place}"), "Contact: e-mail"),
        ]
    };
    let (title, action, back) = match customer {
        Some(one) => {
            let here = page_of(&one.id);
            (format!("Change {}", one.name), format!("{here}/edit"), here)
        }
        None => {
            let list = "/console/customers".to_owned();
            ("New customer".to_owned(), format!("{list}/new"), list)
        }
    };
    let once = once(typed.text("once"), status);
    let page = FormPage {
        desk: me.desk(title),
        notice,
        action,
        back: Link { href: back, words: "Leave it".to_owned() },
        head: vec![
            typed
                .field("name", "Name")
                .required()
                .hint("Shown at the portal to whoever has an activation ID."),
            typed
                .field("reference", "Number in your own systems")
                .id()
                .hint("As your ERP or shop calls it; unique. May stay empty."),
        ],
        contacts: (0..count).map(contact).collect(),
        notes: typed.field("notes", "Notes").area().hint("For the staff only."),
        once,
    };
    show(status, &page)
}

fn contacts(typed: &Typed) -> Vec<Contact> {
    let text = |name: &str, place: usize| typed.text(&format!("{name}-{place}")).to_owned();
    let all = (0..filled(typed))
        .map(|place| Contact { name: text("contact", place), email: text("email", place) });
    all.filter(|one| !one.name.is_empty() || !one.email.is_empty()).collect()
}

/// `contacts[1].email` stands in the second of those that were sent.
fn field_of(typed: &Typed, member: &str) -> String {
    let Some((place, part)) = member.strip_prefix("contacts[").and_then(|it| it.split_once(']'))
    else {
        return member.to_owned();
    };
    let is_filled = |row: &usize| {
        ["contact", "email"].iter().any(|name| !typed.text(&format!("{name}-{row}")).is_empty())
    };
    let place = place.parse().ok().and_then(|place| (0..CONTACTS_MAX).filter(is_filled).nth(place));
    let name = if part == ".email" { "email" } else { "contact" };
    format!("{name}-{}", place.unwrap_or(0))
}

/// `GET /console/customers/new`.
pub(super) async fn new(me: Member) -> Answer {
    me.must("fulfil")?;
    Ok(page(&me, StatusCode::OK, None, (&Typed::default(), None)))
}

/// `POST /console/customers/new`.
pub(super) async fn make(Sent { me, form }: Sent) -> Answer {
    me.must("fulfil")?;
    let mut typed = Typed::of(&form);
    if typed.has("act", "more") {
        return Ok(page(&me, StatusCode::OK, None, (&typed, None)));
    }
    let asked = CustomerRequest {
        name: typed.text("name").to_owned(),
        reference: typed.some("reference"),
        contacts: contacts(&typed),
        notes: typed.text("notes").to_owned(),
    };
    match me.api().post::<_, Customer>("/api/v1/customers", &asked, typed.text("once")).await {
        Ok(made) => {
            let title = format!("{} is entered as {}", made.name, made.id);
            let notice = Notice::new(Tone::Good, title, "Next: enter what it bought.");
            let next = format!("/console/entitlements/new?customer={}", segment(&made.id));
            Ok(me.done(notice.then(next, "Make an entitlement"), &page_of(&made.id)))
        }
        Err(trouble) if trouble.status() == StatusCode::FORBIDDEN => Err(me.sorry(&trouble)),
        Err(trouble) => {
            let fields = typed.clone();
            let notice = typed.refused(&trouble, |member| field_of(&fields, member));
            Ok(page(&me, trouble.status(), None, (&typed, Some(notice))))
        }
    }
}

/// `GET …/edit`.
pub(super) async fn edit(me: Member, Path(id): Path<String>) -> Answer {
    me.must("fulfil")?;
    let customer = found(&me, &id).await?;
    let mut typed = Typed::default()
        .with("name", customer.name.as_str())
        .with("reference", customer.reference.clone().unwrap_or_default())
        .with("notes", customer.notes.as_str());
    for (place, one) in customer.contacts.iter().enumerate() {
        typed.put(format!("contact-{place}"), one.name.as_str());
        typed.put(format!("email-{place}"), one.email.as_str());
    }
    Ok(page(&me, StatusCode::OK, Some(&customer), (&typed, None)))
}

/// `POST …/edit`.
pub(super) async fn change(Path(id): Path<String>, Sent { me, form }: Sent) -> Answer {
    me.must("fulfil")?;
    let customer = found(&me, &id).await?;
    let mut typed = Typed::of(&form);
    if typed.has("act", "more") {
        return Ok(page(&me, StatusCode::OK, Some(&customer), (&typed, None)));
    }
    let asked = CustomerChange {
        name: Some(typed.text("name").to_owned()),
        reference: Some(typed.text("reference").to_owned()),
        contacts: Some(contacts(&typed)),
        notes: Some(typed.text("notes").to_owned()),
    };
    let path = format!("/api/v1/customers/{}", segment(&customer.id));
    match me.api().patch::<_, Customer>(&path, &asked).await {
        Ok(saved) => {
            let notice = Notice::new(Tone::Good, format!("{} is saved", saved.name), "");
            Ok(me.done(notice, &page_of(&saved.id)))
        }
        Err(trouble) if trouble.status() == StatusCode::FORBIDDEN => Err(me.sorry(&trouble)),
        Err(trouble) => {
            let fields = typed.clone();
            let notice = typed.refused(&trouble, |member| field_of(&fields, member));
            Ok(page(&me, trouble.status(), Some(&customer), (&typed, Some(notice))))
        }
    }
}
