//! Client keys: public keys with which applications sign their requests.
//!
//! Kept here: a key may come as PEM or DER, as a file or as text; what was typed stays when it is refused. Deliberately
//! not here: which keys are taken, and which requests must be signed (a property).

use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tenure_api::{ClientKey, ClientKeyRequest, Page, Property};

use crate::address::segment;
use crate::backend::Trouble;
use crate::component::{Badge, Link, Notice, Tone, When};
use crate::form::Form;
use crate::icon::Icon;
use crate::site::{once, refusal, show};
use crate::staff::{Answer, Asked, Column, Desk, List, Member, Pages, Question, Sent, sheet};

/// The pages of this room.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/client-keys", get(list))
        .route("/client-keys.csv", get(file))
        .route("/new-client-key", get(ask).post(add))
        .route("/client-keys/{id}/revoke", get(ask_revoke).post(revoke))
}

const LIST: &str = "/api/v1/client-keys";
const REQUIRED: &str = "security.client-signature-required";
const COLUMNS: &[Column] = &[
    Column::sorted("Name", "name"),
    Column::sorted("Kind", "algorithm"),
    Column::sorted("Since", "added_at"),
    Column::text("Now"),
    Column::text("Key ID"),
    Column::text("Act"),
];
/// Largest file of a public key.
const KEY_MAX: usize = 64 * 1024;

#[derive(Template)]
#[template(path = "manager/client_keys/list.html")]
struct ListPage {
    desk: Desk,
    list: List,
    rows: Vec<Row>,
    required: bool,
}

struct Row {
    name: String,
    id: String,
    algorithm: String,
    since: When,
    badge: Badge,
    revoked: Option<When>,
    revoke: String,
}

fn row(key: ClientKey) -> Row {
    let badge = match key.revoked_at {
        None => Badge::new(Tone::Good, "Accepted"),
        Some(_) => Badge::new(Tone::Bad, "Revoked"),
    };
    Row {
        revoke: format!("/client-keys/{}/revoke", segment(&key.id)),
        algorithm: algorithm(&key.algorithm),
        since: When(key.added_at),
        revoked: key.revoked_at.map(When),
        badge,
        name: key.name,
        id: key.id,
    }
}

fn algorithm(word: &str) -> String {
    match word.strip_prefix("rsa-") {
        Some(bits) => format!("RSA, {bits} bits"),
        None if word == "ed25519" => "Ed25519".to_owned(),
        None => word.to_owned(),
    }
}

/// `GET /client-keys`.
async fn list(me: Member, asked: Asked) -> Answer {
    let keys = asked.to_api(&me, LIST, &[]);
    let property = format!("/api/v1/properties?q={REQUIRED}");
    let (found, property) =
        tokio::join!(me.get::<Page<ClientKey>>(&keys), me.get::<Page<Property>>(&property));
    let found = found?;
    let required = property?.items.iter().any(|one| one.name == REQUIRED && one.value == true);
    let page = ListPage {
        desk: me.desk("Client keys"),
        list: List::new(&me, &asked, COLUMNS, found.total),
        rows: found.items.into_iter().map(row).collect(),
        required,
    };
    Ok(show(StatusCode::OK, &page))
}

/// `GET /client-keys.csv`.
async fn file(me: Member, asked: Asked) -> Answer {
    let keys: Result<Vec<ClientKey>, Trouble> = me.all(LIST, &asked.filters(&[])).await;
    let rows = keys.map_err(|trouble| me.sorry(&trouble))?.into_iter().map(|key| {
        let revoked = key.revoked_at.map_or_else(String::new, |at| at.to_string());
        [key.id, key.name, key.algorithm, key.added_at.to_string(), revoked]
    });
    let heads = ["id", "name", "algorithm", "added_at", "revoked_at"];
    Ok(sheet("client-keys.csv", &heads, rows))
}

#[derive(Template)]
#[template(path = "manager/client_keys/new.html")]
struct NewPage {
    desk: Desk,
    notice: Option<Notice>,
    name: String,
    key: String,
    name_fault: Option<String>,
    key_fault: Option<String>,
    once: String,
}

impl NewPage {
    fn of(me: &Member, form: &Form, status: StatusCode) -> Self {
        Self {
            desk: me.desk("New client key"),
            notice: None,
            name: form.text("name").to_owned(),
            key: form.text("key").to_owned(),
            name_fault: None,
            key_fault: None,
            once: once(form.text("once"), status),
        }
    }
}

/// `GET /new-client-key`.
async fn ask(me: Member) -> Answer {
    me.must("admin")?;
    Ok(show(StatusCode::OK, &NewPage::of(&me, &Form::default(), StatusCode::OK)))
}

/// The key as the API takes it: PEM as it is, DER in base64.
fn given(form: &Form) -> Result<String, &'static str> {
    let Some(bytes) = form.file("file") else {
        return match form.text("key") {
            "" => Err("Choose the file of the public key, or paste its text."),
            text => Ok(text.to_owned()),
        };
    };
    if bytes.len() > KEY_MAX {
        return Err("This is no public key: it is too large.");
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if text.contains("PRIVATE KEY") => Err(
            "This is a private key. Keep it where it is, and give the public one that belongs to it.",
        ),
        Ok(text)
            if text.bytes().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace()) =>
        {
            Ok(text.to_owned())
        }
        _ => Ok(STANDARD.encode(bytes)),
    }
}

/// `POST /new-client-key`.
async fn add(Sent { me, form }: Sent) -> Answer {
    me.must("admin")?;
    let key = given(&form);
    let name_fault = form.text("name").is_empty().then(|| "Give it a name.".to_owned());
    let key = match (key, name_fault) {
        (Ok(key), None) => key,
        (key, name_fault) => {
            let key_fault = key.err().map(str::to_owned);
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            let page = NewPage { name_fault, key_fault, ..NewPage::of(&me, &form, status) };
            return Ok(show(status, &page));
        }
    };
    let asked = ClientKeyRequest { name: form.text("name").to_owned(), key };
    let answer: Result<ClientKey, Trouble> = me.api().post(LIST, &asked, form.text("once")).await;
    match answer {
        Ok(key) => {
            let title = format!("The key of {} is accepted", key.name);
            let text = format!("{}, key ID {}.", algorithm(&key.algorithm), key.id);
            Ok(me.done(Notice::new(Tone::Good, title, text), "/client-keys"))
        }
        Err(trouble) => Ok(refused(&me, &form, &trouble)),
    }
}

/// The form with what the server says, at the field it is about.
fn refused(me: &Member, form: &Form, trouble: &Trouble) -> Response {
    let page = NewPage::of(me, form, trouble.status());
    let detail = trouble.detail();
    match (trouble.status(), trouble.code()) {
        (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, _) => me.sorry(trouble),
        (status, "client-key-exists") => {
            let key_fault =
                Some("This key is registered already. It may be a revoked one.".to_owned());
            show(status, &NewPage { key_fault, ..page })
        }
        (status, _) if detail.starts_with("`key`") => {
            let key_fault = Some(detail.trim_start_matches("`key`: ").to_owned());
            show(status, &NewPage { key_fault, ..page })
        }
        (status, _) if detail.starts_with("`name`") => {
            let name_fault = Some(detail.replace("`name`", "A name"));
            show(status, &NewPage { name_fault, ..page })
        }
        (status, _) => show(status, &NewPage { notice: Some(refusal(trouble)), ..page }),
    }
}

/// The key of this ID.
async fn found(me: &Member, id: &str) -> Result<ClientKey, Response> {
    let keys: Result<Vec<ClientKey>, Trouble> = me.all(LIST, "").await;
    let keys = keys.map_err(|trouble| me.sorry(&trouble))?;
    keys.into_iter().find(|key| key.id == id).ok_or_else(|| {
        let back = Link { href: "/client-keys".to_owned(), words: "To the client keys".to_owned() };
        me.nothing("No client key has this ID.", back)
    })
}

fn question(key: &ClientKey) -> Question {
    let title = format!("Revoke the key of {}?", key.name);
    let path = format!("/client-keys/{}/revoke", segment(&key.id));
    let points = vec![
        "Requests that are signed with it are refused from now on.".to_owned(),
        "Leases that it holds run until their end and are not renewed.".to_owned(),
        "This can’t be taken back: the same key is never accepted again. A new one can be."
            .to_owned(),
    ];
    let text = format!("{}, key ID {}", algorithm(&key.algorithm), key.id);
    Question { points, text, ..Question::grave(title, path, "Revoke the key", "/client-keys") }
}

/// `GET /client-keys/{id}/revoke`.
async fn ask_revoke(me: Member, Path(id): Path<String>) -> Answer {
    let key = found(&me, &id).await?;
    Ok(question(&key).page(&me))
}

/// `POST /client-keys/{id}/revoke`.
async fn revoke(Path(id): Path<String>, Sent { me, .. }: Sent) -> Answer {
    let key = found(&me, &id).await?;
    let path = format!("{LIST}/{}", segment(&id));
    match me.api().delete::<()>(&path, None).await {
        Ok(()) => {
            let title = format!("The key of {} is revoked", key.name);
            Ok(me.done(Notice::new(Tone::Good, title, ""), "/client-keys"))
        }
        Err(trouble) => Ok(me.sorry(&trouble)),
    }
}
