//! The question before a grave act: what will happen, once, and then it is done.
//!
//! Kept here: the page is reached by `GET`, the act is its `POST`; a repetition of the same form does nothing more
//! (`once`). Deliberately not here: questions by script.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::desk::Desk;
use super::member::Member;
use crate::backend::Trouble;
use crate::component::{Link, Notice};
use crate::form::Form;
use crate::frame::show;
use crate::outside::fresh_token;
use crate::site::{once, refusal};

/// What is asked before an act.
pub(crate) struct Question {
    /// The act as a question: `Release this lease?`
    pub(crate) title: String,
    /// One sentence on what it is about.
    pub(crate) text: String,
    /// What will happen, point by point.
    pub(crate) points: Vec<String>,
    /// Where the form goes.
    pub(crate) action: String,
    /// What travels along unseen.
    pub(crate) fields: Vec<(String, String)>,
    /// The label of a field `reason`; none asks for no reason.
    pub(crate) reason: Option<&'static str>,
    /// What was typed there, when the question is asked again.
    pub(crate) typed: String,
    /// What the button says: the act.
    pub(crate) button: String,
    /// The act takes something away.
    pub(crate) grave: bool,
    /// The way back without doing it.
    pub(crate) back: Link,
    /// Why the act was refused a moment ago.
    pub(crate) notice: Option<Notice>,
    /// What makes the form one act, when the question is asked again; none is made anew.
    pub(crate) once: Option<String>,
}

impl Question {
    /// A question about taking something away, without a reason.
    pub(crate) fn grave(
        title: impl Into<String>,
        action: impl Into<String>,
        button: impl Into<String>,
        back: impl Into<String>,
    ) -> Self {
        Self {
            title: title.into(),
            text: String::new(),
            points: Vec::new(),
            action: action.into(),
            fields: Vec::new(),
            reason: None,
            typed: String::new(),
            button: button.into(),
            grave: true,
            back: Link { href: back.into(), words: "Don't do it".to_owned() },
            notice: None,
            once: None,
        }
    }

    /// The same question, after its act was not done or nobody knows whether it was.
    pub(crate) fn again(self, form: &Form, trouble: &Trouble) -> Self {
        Self {
            typed: form.text("reason").to_owned(),
            notice: Some(refusal(trouble)),
            once: Some(once(form.text("once"), trouble.status())),
            ..self
        }
    }

    /// The page.
    pub(crate) fn page(self, me: &Member) -> Response {
        let status = match &self.notice {
            Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
            None => StatusCode::OK,
        };
        let desk = me.desk(self.title.clone());
        let once = self.once.clone().or_else(fresh_token).unwrap_or_default();
        show(status, &QuestionPage { desk, ask: self, once })
    }
}

#[derive(Template)]
#[template(path = "staff/question.html")]
struct QuestionPage {
    desk: Desk,
    ask: Question,
    once: String,
}
