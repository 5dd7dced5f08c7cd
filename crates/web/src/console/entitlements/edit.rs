//! What is said about an entitlement: its customer, when it can be activated, notes.
//!
//! Kept here: a day is entered as a day, and a time of day that is there already is not cut off; a change may wait for
//! a second person, and then says so. Deliberately not here: what was bought (`line_act`), suspending and withdrawing
//! (`state_act`).

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::office::{Entitlement, EntitlementChange};

use super::super::decided::{Decided, waiting};
use super::super::field::{Typed, day_begun, day_ended};
use super::act::{Act, done};
use super::detail::{api_of, found, page_of};
use crate::component::{Link, Notice};
use crate::staff::{Answer, Member, Sent};

fn page(
    me: &Member,
    said: (StatusCode, Option<Notice>),
    one: &Entitlement,
    typed: &Typed,
) -> Response {
    let here = page_of(&one.activation_id);
    let act = Act {
        title: "Change an entitlement".to_owned(),
        text: format!("{}, of {}.", one.activation_id, one.customer_name),
        points: Vec::new(),
        fields: vec![
            typed
                .field("customer", "Customer's number")
                .id()
                .required()
                .hint("Another one, when it was sold on or entered for the wrong one."),
            typed
                .field("activate_from", "Can be activated from")
                .day()
                .hint("With that day (UTC). Empty: from the beginning."),
            typed
                .field("activate_until", "Can be activated until")
                .day()
                .hint("With that day (UTC). What is active goes on. Empty: for ever."),
            typed.field("notes", "Notes").area().hint("For the staff only."),
        ],
        suggestions: Vec::new(),
        action: format!("{here}/edit"),
        button: "Save the changes",
        grave: false,
        back: Link { href: here, words: "Leave it".to_owned() },
    };
    act.page(me, said, typed)
}

/// `GET …/edit`.
pub(super) async fn ask(me: Member, Path(id): Path<String>) -> Answer {
    me.must("fulfil")?;
    let one = found(&me, &id).await?;
    let typed = Typed::default()
        .with("customer", one.customer.as_str())
        .with("activate_from", one.activate_from.map(day_begun).unwrap_or_default())
        .with("activate_until", one.activate_until.map(day_ended).unwrap_or_default())
        .with("notes", one.notes.as_str());
    Ok(page(&me, (StatusCode::OK, None), &one, &typed))
}

/// `POST …/edit`.
pub(super) async fn change(Path(id): Path<String>, Sent { me, form }: Sent) -> Answer {
    me.must("fulfil")?;
    let one = found(&me, &id).await?;
    let mut typed = Typed::of(&form);
    let asked = EntitlementChange {
        customer: Some(typed.text("customer").to_owned()),
        activate_from: Some(typed.day_begins("activate_from")),
        activate_until: Some(typed.day_ends("activate_until")),
        notes: Some(typed.text("notes").to_owned()),
    };
    if !typed.is_right() {
        let said = (StatusCode::UNPROCESSABLE_ENTITY, Some(typed.notice()));
        return Ok(page(&me, said, &one, &typed));
    }
    let here = page_of(&one.activation_id);
    let path = api_of(&one.activation_id);
    match me.api().patch::<_, Decided<Entitlement>>(&path, &asked).await {
        Ok(Decided::Done(_)) => Ok(me.done(done("The entitlement is saved", ""), &here)),
        Ok(Decided::Waits(question)) => Ok(me.done(waiting(&question), &here)),
        Err(trouble) if trouble.status() == StatusCode::FORBIDDEN => Err(me.sorry(&trouble)),
        Err(trouble) => {
            let notice = typed.refused(&trouble, str::to_owned);
            Ok(page(&me, (trouble.status(), Some(notice)), &one, &typed))
        }
    }
}
