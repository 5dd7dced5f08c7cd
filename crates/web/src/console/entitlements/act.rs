//! An act on an entitlement: a form or a question, and what became of it.
//!
//! Kept here, once for all acts: done leads back to the entitlement and says so; what waits for a second person says
//! that nothing has changed; what is refused comes back as it was typed. A form sent twice does it once.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use tenure_api::office::Entitlement;

use super::super::decided::{Decided, waiting};
use super::super::field::{Field, Typed};
use super::detail::page_of;
use crate::backend::Trouble;
use crate::component::{Link, Notice, Tone};
use crate::site::{once, show};
use crate::staff::{Desk, Member};

/// A form for an act.
pub(super) struct Act {
    pub(super) title: String,
    /// What it is about.
    pub(super) text: String,
    /// What will happen, point by point.
    pub(super) points: Vec<String>,
    pub(super) fields: Vec<Field>,
    pub(super) suggestions: Vec<(&'static str, Vec<String>)>,
    pub(super) action: String,
    pub(super) button: &'static str,
    pub(super) grave: bool,
    pub(super) back: Link,
}

#[derive(Template)]
#[template(path = "console/entitlements/act.html")]
struct ActPage {
    desk: Desk,
    notice: Option<Notice>,
    act: Act,
    once: String,
}

impl Act {
    /// The page.
    pub(super) fn page(
        self,
        me: &Member,
        (status, notice): (StatusCode, Option<Notice>),
        typed: &Typed,
    ) -> Response {
        let desk = me.desk(self.title.clone());
        show(status, &ActPage { desk, notice, act: self, once: once(typed.text("once"), status) })
    }
}

/// What became of a call that changes an entitlement.
pub(super) async fn sent<B: Serialize>(
    me: &Member,
    path: &str,
    body: &B,
    (once, done): (&str, Notice),
) -> Result<Response, Trouble> {
    match me.api().post::<_, Decided<Entitlement>>(path, body, once).await? {
        Decided::Done(one) => Ok(me.done(done, &page_of(&one.activation_id))),
        Decided::Waits(question) => {
            let id = path.split('/').nth(4).unwrap_or_default();
            Ok(me.done(waiting(&question), &page_of(id)))
        }
    }
}

/// That it is done.
pub(super) fn done(title: impl Into<String>, text: &str) -> Notice {
    Notice::new(Tone::Good, title, text)
}
