//! The form of a web hook, and the page that shows its secret, this once.
//!
//! Kept here: a form sent twice makes one web hook and shows the same secret; what is refused is still there.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::office::{Webhook, WebhookChange, WebhookRequest, WebhookSecret};

use super::super::field::{Field, Typed};
use super::pages::{API, HERE, found, page_of};
use crate::address::segment;
use crate::backend::Trouble;
use crate::component::{Link, Notice, Tone};
use crate::icon::Icon;
use crate::site::{once, refusal, show};
use crate::staff::{Answer, Desk, Member, Sent};

#[derive(Template)]
#[template(path = "console/webhooks/form.html")]
struct FormPage {
    desk: Desk,
    notice: Option<Notice>,
    action: String,
    back: Link,
    fields: [Field; 3],
    once: String,
    button: &'static str,
}

#[derive(Template)]
#[template(path = "console/webhooks/secret.html")]
struct SecretPage {
    desk: Desk,
    href: String,
    hook: Webhook,
    secret: String,
    is_new: bool,
}

/// The page with the secret. It is an answer to a form, and no address leads to it.
pub(super) fn secret_page(me: &Member, made: WebhookSecret, is_new: bool) -> Response {
    let title = if is_new { "The web hook is made" } else { "The secret is changed" };
    let WebhookSecret { webhook: hook, secret } = made;
    let (desk, href) = (me.desk(title), page_of(&hook.id));
    show(StatusCode::OK, &SecretPage { desk, href, hook, secret, is_new })
}

fn page(
    me: &Member,
    status: StatusCode,
    hook: Option<&Webhook>,
    (typed, notice): (&Typed, Option<Notice>),
) -> Response {
    let (title, action, back, button) = match hook {
        Some(hook) => {
            let here = page_of(&hook.id);
            (format!("Change web hook {}", hook.id), format!("{here}/edit"), here, "Save")
        }
        None => {
            let (action, back) = ("/console/new-webhook".to_owned(), HERE.to_owned());
            ("New web hook".to_owned(), action, back, "Make it and show its secret")
        }
    };
    let once = once(typed.text("once"), status);
    let fields = [
        typed
            .field("url", "Address")
            .id()
            .required()
            .whole()
            .hint("Where messages go: https://…, or http:// on the office’s own machine."),
        typed.field("events", "Told of").id().whole().hint(
            "Kinds of events, with * for any part and commas between several: entitlement-*, activated. Only * or \
             nothing: everything.",
        ),
        typed.field("description", "Description").whole().hint("For the staff: which system this is, who minds it."),
    ];
    let back = Link { href: back, words: "Leave it".to_owned() };
    show(status, &FormPage { desk: me.desk(title), notice, action, back, fields, once, button })
}

/// Patterns with commas or spaces between them.
fn events(typed: &Typed) -> Vec<String> {
    let parts = typed.text("events").split([',', ' ', '\n', '\t']).map(str::trim);
    let found: Vec<String> = parts.filter(|part| !part.is_empty()).map(str::to_owned).collect();
    if found.is_empty() { vec!["*".to_owned()] } else { found }
}

/// Puts the refusal at the field it is about.
fn refused(typed: &mut Typed, trouble: &Trouble) -> Notice {
    let detail = trouble.detail();
    match trouble.code() {
        "bad-url" => typed.fault("url", detail),
        "bad-pattern" => typed.fault("events", detail),
        "too-long" => typed.fault("description", detail),
        _ => {}
    }
    refusal(trouble)
}

fn is_over(trouble: &Trouble) -> bool {
    matches!(trouble.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
}

/// `GET /console/new-webhook`.
pub(super) async fn new(me: Member) -> Answer {
    me.must("admin")?;
    Ok(page(&me, StatusCode::OK, None, (&Typed::default().with("events", "*"), None)))
}

/// `POST /console/new-webhook`.
pub(super) async fn make(Sent { me, form }: Sent) -> Answer {
    me.must("admin")?;
    let mut typed = Typed::of(&form);
    let asked = WebhookRequest {
        url: typed.text("url").to_owned(),
        events: events(&typed),
        description: typed.text("description").to_owned(),
    };
    match me.api().post::<_, WebhookSecret>(API, &asked, typed.text("once")).await {
        Ok(made) => Ok(secret_page(&me, made, true)),
        Err(trouble) if is_over(&trouble) => Err(me.sorry(&trouble)),
        Err(trouble) => {
            let notice = Some(refused(&mut typed, &trouble));
            Ok(page(&me, trouble.status(), None, (&typed, notice)))
        }
    }
}

/// `GET …/edit`.
pub(super) async fn edit(me: Member, Path(id): Path<String>) -> Answer {
    let hook = found(&me, &id).await?;
    let typed = Typed::default()
        .with("url", hook.url.as_str())
        .with("events", hook.events.join(", "))
        .with("description", hook.description.as_str());
    Ok(page(&me, StatusCode::OK, Some(&hook), (&typed, None)))
}

/// `POST …/edit`.
pub(super) async fn change(Path(id): Path<String>, Sent { me, form }: Sent) -> Answer {
    let hook = found(&me, &id).await?;
    let mut typed = Typed::of(&form);
    let asked = WebhookChange {
        url: Some(typed.text("url").to_owned()),
        events: Some(events(&typed)),
        description: Some(typed.text("description").to_owned()),
        enabled: None,
    };
    let path = format!("{API}/{}", segment(&hook.id));
    match me.api().patch::<_, Webhook>(&path, &asked).await {
        Ok(saved) => {
            let text = "Send a test message to see that it still arrives.";
            let notice = Notice::new(Tone::Good, format!("{} is saved", saved.id), text);
            Ok(me.done(notice, &page_of(&saved.id)))
        }
        Err(trouble) if is_over(&trouble) => Err(me.sorry(&trouble)),
        Err(trouble) => {
            let notice = Some(refused(&mut typed, &trouble));
            Ok(page(&me, trouble.status(), Some(&hook), (&typed, notice)))
        }
    }
}
