//! What is done with a web hook: switched on and off, tried, given another secret, deleted.
//!
//! Kept here: what can't be taken back is asked about first.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::office::{Delivery, Webhook, WebhookChange, WebhookSecret};

use super::form::secret_page;
use super::pages::{API, HERE, found, page_of};
use crate::address::segment;
use crate::backend::Trouble;
use crate::component::{Notice, Tone};
use crate::site::{refusal, see_other};
use crate::staff::{Answer, Member, Question, Sent};

fn api_of(hook: &Webhook) -> String {
    format!("{API}/{}", segment(&hook.id))
}

/// Back to the web hook with what was refused; to the door or the page about roles where it is about that.
fn not_done(me: &Member, hook: &Webhook, trouble: &Trouble) -> Response {
    match trouble.status() {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => me.sorry(trouble),
        _ => me.done(refusal(trouble), &page_of(&hook.id)),
    }
}

/// `GET` of what only takes a form.
pub(super) async fn to_hook(_: Member, Path(id): Path<String>) -> Response {
    see_other(&page_of(&id))
}

/// `POST …/switch`: on or off.
pub(super) async fn switch(Path(id): Path<String>, Sent { me, form }: Sent) -> Answer {
    let hook = found(&me, &id).await?;
    let on = form.text("to") == "on";
    let asked = WebhookChange { enabled: Some(on), ..WebhookChange::default() };
    match me.api().patch::<_, Webhook>(&api_of(&hook), &asked).await {
        Ok(hook) => {
            let (title, text) = match on {
                true => (
                    "It is on",
                    "What happens from now on is told. Send a test message to see that it arrives.",
                ),
                false => ("It is off", "What happens meanwhile is not told later either."),
            };
            Ok(me.done(Notice::new(Tone::Good, title, text), &page_of(&hook.id)))
        }
        Err(trouble) => Ok(not_done(&me, &hook, &trouble)),
    }
}

/// `POST …/test`: a message to see whether it arrives.
pub(super) async fn test(Path(id): Path<String>, Sent { me, form }: Sent) -> Answer {
    let hook = found(&me, &id).await?;
    let path = format!("{}/test", api_of(&hook));
    match me.api().post_empty::<Delivery>(&path, form.text("once")).await {
        Ok(sent) => {
            let text =
                "It is sent at once. Look at its state below; load the page again after a moment.";
            let title = format!("The test message {} is on its way", sent.id);
            Ok(me.done(Notice::new(Tone::Tell, title, text), &page_of(&hook.id)))
        }
        Err(trouble) => Ok(not_done(&me, &hook, &trouble)),
    }
}

fn about_secret(hook: &Webhook) -> Question {
    let here = page_of(&hook.id);
    let title = format!("Give {} another secret?", hook.id);
    let ask = Question::grave(title, format!("{here}/secret"), "Change the secret", here);
    Question {
        text: format!("It tells {}.", hook.url),
        points: vec![
            "The new secret is shown once, on the next page.".to_owned(),
            "The present one is no longer used: until the other system knows the new one, it refuses the messages."
                .to_owned(),
            "Messages that wait are signed with the new secret, and sent again until they arrive.".to_owned(),
        ],
        ..ask
    }
}

/// `GET …/secret`: asks.
pub(super) async fn ask_secret(me: Member, Path(id): Path<String>) -> Answer {
    Ok(about_secret(&found(&me, &id).await?).page(&me))
}

/// `POST …/secret`.
pub(super) async fn secret(Path(id): Path<String>, Sent { me, form }: Sent) -> Answer {
    let hook = found(&me, &id).await?;
    let path = format!("{}/secret", api_of(&hook));
    match me.api().post_empty::<WebhookSecret>(&path, form.text("once")).await {
        Ok(made) => Ok(secret_page(&me, made, false)),
        Err(trouble) => Ok(not_done(&me, &hook, &trouble)),
    }
}

fn about_deletion(hook: &Webhook) -> Question {
    let here = page_of(&hook.id);
    let title = format!("Delete web hook {}?", hook.id);
    let ask = Question::grave(title, format!("{here}/delete"), "Delete it", here);
    Question {
        text: format!("It tells {}.", hook.url),
        points: vec![
            format!(
                "{} that wait are dropped, and nothing is told there any more.",
                messages(hook.waiting)
            ),
            "Its secret is gone. A new web hook to the same address gets another one.".to_owned(),
            "To pause it, switch it off instead.".to_owned(),
        ],
        ..ask
    }
}

fn messages(count: u64) -> String {
    match count {
        0 => "Messages".to_owned(),
        1 => "1 message".to_owned(),
        count => format!("{count} messages"),
    }
}

/// `GET …/delete`: asks.
pub(super) async fn ask_delete(me: Member, Path(id): Path<String>) -> Answer {
    Ok(about_deletion(&found(&me, &id).await?).page(&me))
}

/// `POST …/delete`.
pub(super) async fn delete(Path(id): Path<String>, Sent { me, .. }: Sent) -> Answer {
    let hook = found(&me, &id).await?;
    match me.api().delete::<()>(&api_of(&hook), None).await {
        Ok(()) => {
            let text = format!("Nothing is told to {} any more.", hook.url);
            Ok(me.done(Notice::new(Tone::Good, format!("{} is deleted", hook.id), text), HERE))
        }
        Err(trouble) => Ok(not_done(&me, &hook, &trouble)),
    }
}
