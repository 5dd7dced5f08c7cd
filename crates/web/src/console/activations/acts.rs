//! What staff does about activations: assign, have returned, withdraw, replace.
//!
//! Kept here: each page says what the container sees of it and when the units are free again; what may need a second
//! person says so when it does. Deliberately not here: whether it may be done (the API).

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use tenure_api::office::{ActivationRow, AssignRequest, BackRequest, Choice, ReplaceRequest};

use super::pages::{API, HERE, found};
use crate::address::segment;
use crate::backend::Trouble;
use crate::component::{Link, Notice, Tone};
use crate::console::decided::{Decided, waiting};
use crate::form::Form;
use crate::site::{once, refusal, show};
use crate::staff::{Answer, Asked, Desk, Member, Sent};

/// A form about one activation or a new one; which fields it has, it says itself.
#[derive(Template)]
#[template(path = "console/activations/form.html")]
struct ActPage {
    desk: Desk,
    notice: Option<Notice>,
    text: String,
    points: Vec<&'static str>,
    action: String,
    once: String,
    fields: Fields,
    button: &'static str,
    grave: bool,
    back: Link,
}

/// The fields of an act, filled in.
#[derive(Default)]
struct Fields {
    /// Activation ID and line of what goes in.
    what: Option<(String, String)>,
    /// Serial of the container.
    serial: Option<String>,
    /// How many, and the most of it.
    quantity: String,
    most: Option<u32>,
    reason: Option<String>,
}

impl Fields {
    /// With what was typed in place of what stood there.
    fn typed(mut self, form: &Form) -> Self {
        let text = |name: &str| form.text(name).to_owned();
        self.what = self.what.map(|_| (text("activation_id"), text("line")));
        self.serial = self.serial.map(|_| text("serial"));
        self.quantity = text("quantity");
        self.reason = self.reason.map(|_| text("reason"));
        self
    }
}

struct Act {
    title: String,
    text: String,
    points: Vec<&'static str>,
    action: String,
    fields: Fields,
    button: &'static str,
    grave: bool,
    back: Link,
}

impl Act {
    fn page(
        self,
        me: &Member,
        (status, notice): (StatusCode, Option<Notice>),
        sent: &str,
    ) -> Response {
        let Self { title, text, points, action, fields, button, grave, back } = self;
        let (desk, once) = (me.desk(title), once(sent, status));
        let page =
            ActPage { desk, notice, text, points, action, once, fields, button, grave, back };
        show(status, &page)
    }

    fn refused(self, me: &Member, form: &Form, status: StatusCode, notice: Notice) -> Response {
        let fields = self.fields.typed(form);
        Self { fields, ..self }.page(me, (status, Some(notice)), form.text("once"))
    }
}

/// A whole number above zero, or what is wrong with it.
fn count(form: &Form, name: &str) -> Result<u32, Notice> {
    let read = form.text(name).parse::<u32>().ok().filter(|count| *count > 0);
    read.ok_or_else(|| {
        let text = format!("“{name}” must be a whole number, at least 1.");
        Notice::new(Tone::Bad, "Nothing was done yet", text)
    })
}

async fn carried_out<B: Serialize>(
    me: &Member,
    form: &Form,
    (path, body): (String, B),
    (act, done): (Act, &str),
) -> Response {
    let asked: Result<Decided<ActivationRow>, Trouble> =
        me.api().post(&path, &body, form.text("once")).await;
    match asked {
        Ok(Decided::Done(row)) => {
            let text = "The next update of the container carries it. Make that update from the container’s page, or \
                        wait until the container asks.";
            let notice = Notice::new(Tone::Good, done, text)
                .then(format!("/console/containers/{}", segment(&row.serial)), "To the container");
            me.done(notice, &format!("{HERE}/{}", segment(&row.activation)))
        }
        Ok(Decided::Waits(question)) => me.done(waiting(&question), "/console/approvals"),
        Err(trouble) => act.refused(me, form, trouble.status(), refusal(&trouble)),
    }
}

fn assigning(asked: &Asked) -> Act {
    let text = |name: &str| asked.text(name).to_owned();
    let serial = text("serial");
    let back = match serial.as_str() {
        "" => Link { href: HERE.to_owned(), words: "Back to the activations".to_owned() },
        serial => Link {
            href: format!("/console/containers/{}", segment(serial)),
            words: "Back to the container".to_owned(),
        },
    };
    Act {
        title: "Activate in a container".to_owned(),
        text: "Puts units of an entitlement into a container that the office has met, as the customer could do at \
               the portal."
            .to_owned(),
        points: vec!["The units count as used from now on.", "The container gets them with its next update."],
        action: format!("{HERE}/new"),
        fields: Fields {
            what: Some((text("activation_id"), text("line"))),
            serial: Some(serial),
            quantity: "1".to_owned(),
            most: None,
            reason: None,
        },
        button: "Activate",
        grave: false,
        back,
    }
}

/// `GET /console/activations/new`.
pub(super) async fn new(me: Member, asked: Asked) -> Answer {
    Ok(assigning(&asked).page(&me, (StatusCode::OK, None), ""))
}

/// `POST /console/activations/new`.
pub(super) async fn assign(Sent { me, form }: Sent) -> Answer {
    let act = assigning(&Asked::default());
    let read = count(&form, "line").and_then(|line| Ok((line, count(&form, "quantity")?)));
    let (line, quantity) = match read {
        Ok(read) => read,
        Err(notice) => {
            return Ok(act.refused(&me, &form, StatusCode::UNPROCESSABLE_ENTITY, notice));
        }
    };
    let activation_id = form.text("activation_id").to_owned();
    let body =
        AssignRequest { activation_id, line, quantity, serial: form.text("serial").to_owned() };
    Ok(carried_out(&me, &form, (API.to_owned(), body), (act, "It is activated")).await)
}

fn back_to(one: &ActivationRow) -> Link {
    Link { href: format!("{HERE}/{}", segment(&one.activation)), words: "Don't do it".to_owned() }
}

fn about(one: &ActivationRow) -> String {
    format!("{} × {} in container {}.", one.quantity, one.product, one.serial)
}

fn taking(one: &ActivationRow, whatever_the_terms: bool) -> Act {
    let here = format!("{HERE}/{}", segment(&one.activation));
    let fields = Fields {
        quantity: one.quantity.to_string(),
        most: Some(one.quantity),
        reason: Some(String::new()),
        ..Fields::default()
    };
    let shared = [
        "The next update of the container takes them out.",
        "They are free for other containers when its receipt is here and, without a security chip, a while after.",
        "If no update has held them yet, they are free at once.",
    ];
    match whatever_the_terms {
        true => Act {
            title: format!("Withdraw {}?", one.activation),
            text: about(one),
            points: [&["This works whatever the terms say of returns."][..], &shared].concat(),
            action: format!("{here}/withdraw"),
            fields,
            button: "Withdraw",
            grave: true,
            back: back_to(one),
        },
        false => Act {
            title: format!("Have {} returned?", one.activation),
            text: about(one),
            points: [&["This is a return as the terms of the line allow it; it counts against their limit."][..], &shared]
                .concat(),
            action: format!("{here}/return"),
            fields,
            button: "Have it returned",
            grave: true,
            back: back_to(one),
        },
    }
}

/// `GET …/return`: asks.
pub(super) async fn ask_return(me: Member, Path(activation): Path<String>) -> Answer {
    Ok(taking(&found(&me, &activation).await?, false).page(&me, (StatusCode::OK, None), ""))
}

/// `POST …/return`.
pub(super) async fn give_back(Path(activation): Path<String>, sent: Sent) -> Answer {
    take(&activation, sent, false).await
}

/// `GET …/withdraw`: asks.
pub(super) async fn ask_withdraw(me: Member, Path(activation): Path<String>) -> Answer {
    Ok(taking(&found(&me, &activation).await?, true).page(&me, (StatusCode::OK, None), ""))
}

/// `POST …/withdraw`.
pub(super) async fn withdraw(Path(activation): Path<String>, sent: Sent) -> Answer {
    take(&activation, sent, true).await
}

async fn take(activation: &str, Sent { me, form }: Sent, whatever_the_terms: bool) -> Answer {
    let one = found(&me, activation).await?;
    let act = taking(&one, whatever_the_terms);
    let quantity = match count(&form, "quantity") {
        Ok(quantity) => (quantity < one.quantity).then_some(quantity),
        Err(notice) => {
            return Ok(act.refused(&me, &form, StatusCode::UNPROCESSABLE_ENTITY, notice));
        }
    };
    let (word, done) = match whatever_the_terms {
        true => ("withdraw", "It is withdrawn"),
        false => ("return", "It is to be returned"),
    };
    let path = format!("{API}/{}/{word}", segment(&one.activation));
    let body = BackRequest { quantity, reason: form.text("reason").to_owned() };
    Ok(carried_out(&me, &form, (path, body), (act, done)).await)
}

fn replacing(one: &ActivationRow) -> Act {
    let here = format!("{HERE}/{}", segment(&one.activation));
    Act {
        title: format!("Replace {}", one.activation),
        text: about(one),
        points: vec![
            "All of it comes out and units of another line go in, at the same contact: the device is never without.",
            "The new units count as used from now on.",
        ],
        action: format!("{here}/replace"),
        fields: Fields {
            what: Some((one.activation_id.clone(), String::new())),
            quantity: one.quantity.to_string(),
            reason: Some(String::new()),
            ..Fields::default()
        },
        button: "Replace",
        grave: false,
        back: back_to(one),
    }
}

/// `GET …/replace`.
pub(super) async fn ask_replace(me: Member, Path(activation): Path<String>) -> Answer {
    Ok(replacing(&found(&me, &activation).await?).page(&me, (StatusCode::OK, None), ""))
}

/// `POST …/replace`.
pub(super) async fn replace(Path(activation): Path<String>, Sent { me, form }: Sent) -> Answer {
    let one = found(&me, &activation).await?;
    let act = replacing(&one);
    let read = count(&form, "line").and_then(|line| Ok((line, count(&form, "quantity")?)));
    let (line, quantity) = match read {
        Ok(read) => read,
        Err(notice) => {
            return Ok(act.refused(&me, &form, StatusCode::UNPROCESSABLE_ENTITY, notice));
        }
    };
    let with = Choice { activation_id: form.text("activation_id").to_owned(), line, quantity };
    let path = format!("{API}/{}/replace", segment(&one.activation));
    let body = ReplaceRequest { with, reason: form.text("reason").to_owned() };
    Ok(carried_out(&me, &form, (path, body), (act, "It is replaced")).await)
}
