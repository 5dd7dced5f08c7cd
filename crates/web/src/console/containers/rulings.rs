//! Giving a container up, revoking it, ruling about one that is out of step, and calling a move void.
//!
//! Kept here: what becomes of the licenses is said before; the ruling that fits the state is offered first.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use tenure_api::office::{
    ContainerDetail, ContainerState, LossRequest, Reason, RuleRequest, Ruling,
};

use super::pages::{API, found, is_out_of_step, page_of};
use crate::address::segment;
use crate::backend::Trouble;
use crate::component::{Notice, Tone};
use crate::console::decided::{Decided, waiting};
use crate::form::Form;
use crate::site::{once, refusal, show};
use crate::staff::{Answer, Desk, Member, Question, Sent};
use crate::words::container_advice;

/// The label of the field for a reason.
const WHY: &str = "Why, for the audit";

fn about(found: &ContainerDetail) -> String {
    let name = &found.container.name;
    let held = crate::words::so_many(found.container.activations, "activation", "activations");
    match name.as_str() {
        "" => format!("{}, with {held}.", found.container.serial),
        name => format!("“{name}”, {}, with {held}.", found.container.serial),
    }
}

async fn carried_out<B: Serialize>(
    me: &Member,
    form: &Form,
    (path, body): (String, B),
    done: &str,
    serial: &str,
) -> Result<Response, Trouble> {
    let decided: Decided<ContainerDetail> = me.api().post(&path, &body, form.text("once")).await?;
    Ok(match decided {
        Decided::Done(_) => me.done(Notice::new(Tone::Good, done, ""), &page_of(serial)),
        Decided::Waits(question) => me.done(waiting(&question), "/console/approvals"),
    })
}

fn giving_up(found: &ContainerDetail, word: &str) -> Question {
    let here = page_of(&found.container.serial);
    let title = format!("Give {} up as {word}?", found.container.serial);
    Question {
        text: about(found),
        points: vec![
            "Its generation is revoked: license servers and devices that hear of it trust it no more.".into(),
            "What it holds is free again, so that the customer can activate on another device.".into(),
            "It gets no updates any more. A device that comes back must begin a new generation.".into(),
            "It counts against the customer’s yearly number of replacements.".into(),
        ],
        reason: Some(WHY),
        ..Question::grave(title, format!("{here}/{word}"), "Give it up", here)
    }
}

/// `GET …/lost`: asks.
pub(super) async fn ask_lost(me: Member, Path(serial): Path<String>) -> Answer {
    Ok(giving_up(&found(&me, &serial).await?, "lost").page(&me))
}

/// `POST …/lost`.
pub(super) async fn lost(Path(serial): Path<String>, sent: Sent) -> Answer {
    give_up(&serial, sent, "lost").await
}

/// `GET …/broken`: asks.
pub(super) async fn ask_broken(me: Member, Path(serial): Path<String>) -> Answer {
    Ok(giving_up(&found(&me, &serial).await?, "broken").page(&me))
}

/// `POST …/broken`.
pub(super) async fn broken(Path(serial): Path<String>, sent: Sent) -> Answer {
    give_up(&serial, sent, "broken").await
}

async fn give_up(serial: &str, Sent { me, form }: Sent, word: &str) -> Answer {
    let found = found(&me, serial).await?;
    let serial = found.container.serial.clone();
    let path = format!("{API}/{}/{word}", segment(&serial));
    let asked = LossRequest { reason: form.text("reason").to_owned() };
    let done = carried_out(&me, &form, (path, asked), "It is given up", &serial);
    Ok(done
        .await
        .unwrap_or_else(|trouble| giving_up(&found, word).again(&form, &trouble).page(&me)))
}

fn revoking(found: &ContainerDetail) -> Question {
    let here = page_of(&found.container.serial);
    let title = format!("Revoke {}?", found.container.serial);
    Question {
        text: about(found),
        points: vec![
            "Its certificate goes onto the revocation list: whoever has the list trusts it no more.".into(),
            "Everything in it is withdrawn; the units are free only when their removal is credible.".into(),
            "This is for containers that are misused. For a lost or broken device, give it up instead.".into(),
        ],
        reason: Some(WHY),
        ..Question::grave(title, format!("{here}/revoke"), "Revoke it", here)
    }
}

/// `GET …/revoke`: asks.
pub(super) async fn ask_revoke(me: Member, Path(serial): Path<String>) -> Answer {
    Ok(revoking(&found(&me, &serial).await?).page(&me))
}

/// `POST …/revoke`.
pub(super) async fn revoke(Path(serial): Path<String>, Sent { me, form }: Sent) -> Answer {
    let found = found(&me, &serial).await?;
    let serial = found.container.serial.clone();
    let path = format!("{API}/{}/revoke", segment(&serial));
    let asked = Reason::new(form.text("reason"));
    let done = carried_out(&me, &form, (path, asked), "It is revoked", &serial);
    Ok(done.await.unwrap_or_else(|trouble| revoking(&found).again(&form, &trouble).page(&me)))
}

#[derive(Template)]
#[template(path = "console/containers/rule.html")]
struct RulePage {
    desk: Desk,
    notice: Option<Notice>,
    here: String,
    once: String,
    explanation: String,
    advice: &'static str,
    out_of_step: bool,
    restored: bool,
    chosen: String,
    key: String,
    proposed: Option<String>,
}

fn rule_page(
    me: &Member,
    found: &ContainerDetail,
    status: StatusCode,
    notice: Option<Notice>,
    form: &Form,
) -> Response {
    let state = found.container.state;
    let chosen = match (form.text("ruling"), state) {
        ("", ContainerState::Rollback) => Ruling::AcceptRestored.word().to_owned(),
        ("", _) => Ruling::NewGeneration.word().to_owned(),
        (typed, _) => typed.to_owned(),
    };
    let page = RulePage {
        desk: me.desk(format!("Rule about {}", found.container.serial)),
        notice,
        here: page_of(&found.container.serial),
        once: once(form.text("once"), status),
        explanation: found.explanation.clone().unwrap_or_default(),
        advice: container_advice(state),
        out_of_step: is_out_of_step(state),
        restored: state == ContainerState::Rollback,
        chosen,
        key: form.text("key").to_owned(),
        proposed: found.successor.as_ref().and_then(|next| next.key.clone()),
    };
    show(status, &page)
}

/// `GET …/rule`.
pub(super) async fn ask_rule(me: Member, Path(serial): Path<String>) -> Answer {
    let found = found(&me, &serial).await?;
    Ok(rule_page(&me, &found, StatusCode::OK, None, &Form::default()))
}

/// `POST …/rule`.
pub(super) async fn rule(Path(serial): Path<String>, Sent { me, form }: Sent) -> Answer {
    let found = found(&me, &serial).await?;
    let ruling = match form.text("ruling") {
        "accept-restored" => Ruling::AcceptRestored,
        "new-generation" => Ruling::NewGeneration,
        "revoke" => Ruling::Revoke,
        _ => {
            let text = "Choose one of the rulings.";
            let notice = Notice::new(Tone::Bad, "Nothing was ruled yet", text);
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return Ok(rule_page(&me, &found, status, Some(notice), &form));
        }
    };
    let key =
        Some(form.text("key")).filter(|key| !key.is_empty() && ruling == Ruling::NewGeneration);
    let body =
        RuleRequest { ruling, key: key.map(str::to_owned), reason: form.text("reason").to_owned() };
    let serial = found.container.serial.clone();
    let path = format!("{API}/{}/rule", segment(&serial));
    let done = carried_out(&me, &form, (path, body), "It is ruled", &serial).await;
    Ok(done.unwrap_or_else(|trouble| {
        rule_page(&me, &found, trouble.status(), Some(refusal(&trouble)), &form)
    }))
}

fn refunding(serial: &str, nonce: &str) -> Question {
    let here = page_of(serial);
    Question {
        text: format!("The move {nonce} left {serial}, and nobody has said that it arrived."),
        points: vec![
            "The next update gives it back to the source.".into(),
            "The target is told never to take it. If it has taken it already, both reports contradict each other, and \
             the office shows it."
                .into(),
            "Rule so only when you know that the file or the device is gone.".into(),
        ],
        reason: Some(WHY),
        ..Question::grave(
            "Call this move void?",
            format!("{here}/moves/{}/refund", segment(nonce)),
            "Give it back to the source",
            here,
        )
    }
}

/// `GET …/moves/{nonce}/refund`: asks.
pub(super) async fn ask_refund(
    me: Member,
    Path((serial, nonce)): Path<(String, String)>,
) -> Answer {
    let found = found(&me, &serial).await?;
    Ok(refunding(&found.container.serial, &nonce).page(&me))
}

/// `POST …/moves/{nonce}/refund`.
pub(super) async fn refund(
    Path((serial, nonce)): Path<(String, String)>,
    Sent { me, form }: Sent,
) -> Answer {
    let path = format!("{API}/{}/moves/{}/refund", segment(&serial), segment(&nonce));
    let body = (path, Reason::new(form.text("reason")));
    let done = carried_out(&me, &form, body, "The source gets it back", &serial).await;
    Ok(done.unwrap_or_else(|trouble| refunding(&serial, &nonce).again(&form, &trouble).page(&me)))
}

fn accepting(serial: &str, nonce: &str) -> Question {
    let here = page_of(serial);
    Question {
        text: format!(
            "Container {serial} says that it got what the move {nonce} brought. The container that it names has not \
             said that anything left it."
        ),
        points: vec![
            "By the books the units are with the target from then on: it gets their updates, and its owner manages \
             them."
                .into(),
            "Anybody can make a container that says so. Accept it only when you know that the source is gone, or have \
             asked its owner."
                .into(),
            "Otherwise leave it: as soon as the source tells of it, the books follow by themselves.".into(),
        ],
        reason: Some(WHY),
        ..Question::grave(
            "Believe this move?",
            format!("{here}/moves/{}/accept", segment(nonce)),
            "The target has it",
            here,
        )
    }
}

/// `GET …/moves/{nonce}/accept`: asks.
pub(super) async fn ask_accept(
    me: Member,
    Path((serial, nonce)): Path<(String, String)>,
) -> Answer {
    let found = found(&me, &serial).await?;
    Ok(accepting(&found.container.serial, &nonce).page(&me))
}

/// `POST …/moves/{nonce}/accept`.
pub(super) async fn accept(
    Path((serial, nonce)): Path<(String, String)>,
    Sent { me, form }: Sent,
) -> Answer {
    let path = format!("{API}/{}/moves/{}/accept", segment(&serial), segment(&nonce));
    let body = (path, Reason { reason: form.text("reason").to_owned() });
    let done = carried_out(&me, &form, body, "The target has it", &serial).await;
    Ok(done.unwrap_or_else(|trouble| accepting(&serial, &nonce).again(&form, &trouble).page(&me)))
}
