//! Going back to an earlier version, and having no model any more.
//!
//! Kept here: both ask first, with what will happen to pools and leases, and neither runs over somebody else's change.
//! Deliberately not here: putting a new text in force (force).

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::{ModelAnswer, Page, PoolRow, RollbackRequest};

use super::reading::{in_force, query};
use crate::component::{Notice, Tone};
use crate::site::{refusal, show};
use crate::staff::{Answer, Desk, Member, Sent};
use crate::words::so_many;

#[derive(Template)]
#[template(path = "manager/model/change.html")]
struct ChangePage {
    desk: Desk,
    title: String,
    lead: String,
    points: Vec<String>,
    /// Where the form goes.
    action: String,
    button: &'static str,
    back: &'static str,
    notice: Option<Notice>,
    /// The version that this page saw in force; empty for none.
    seen: String,
    /// Empty where there is nothing to note.
    note: Option<String>,
    keep: bool,
    more: Option<(String, String)>,
}

/// What was sent with a question, or what it begins with.
#[derive(Default)]
struct Typed {
    note: String,
    keep: bool,
}

impl Typed {
    fn of(sent: &Sent) -> Self {
        Self { note: sent.form.text("note").to_owned(), keep: sent.form.text("keep") == "yes" }
    }
}

fn status(notice: Option<&Notice>) -> StatusCode {
    if notice.is_some() { StatusCode::CONFLICT } else { StatusCode::OK }
}

/// Somebody else's change came first.
fn overtaken() -> Notice {
    let text =
        "Nothing was done. Look at what is in force now, and send it again if you still mean it.";
    Notice::new(Tone::Bad, "Somebody changed the model while you were deciding", text)
}

/// `GET /model/history/{version}/back`.
pub(super) async fn ask_back(me: Member, Path(version): Path<u64>) -> Answer {
    back_page(&me, version, None, Typed::default()).await
}

async fn back_page(me: &Member, version: u64, notice: Option<Notice>, typed: Typed) -> Answer {
    let old: ModelAnswer = me.get(&format!("/api/v1/model/history/{version}")).await?;
    let seen = in_force(me).await?.map(|model| model.version.version);
    let points = vec![
        format!(
            "The text of version {version} is put in force again, as a new version with {} and {}.",
            so_many(old.pools, "pool", "pools"),
            so_many(old.rules, "rule", "rules")
        ),
        match seen {
            Some(seen) => format!("Version {seen} is in force now; it stays in the history."),
            None => "No model is in force now.".to_owned(),
        },
        "Seats in use stay where they are. Free ones go to the pools of that version at once."
            .to_owned(),
    ];
    let diff = seen.filter(|seen| *seen != version).map(|seen| {
        (format!("/model/diff?from={version}&to={seen}"), "What has changed since".to_owned())
    });
    let page = ChangePage {
        desk: me.desk(format!("Go back to version {version}?")),
        title: format!("Go back to version {version}?"),
        lead: "To see who would lose a seat, edit that version as a text and look at its preview."
            .to_owned(),
        points,
        action: format!("/model/history/{version}/back"),
        button: "Go back to it",
        back: "/model/history",
        seen: seen.map(|seen| seen.to_string()).unwrap_or_default(),
        note: Some(typed.note),
        keep: typed.keep,
        more: diff,
        notice,
    };
    Ok(show(status(page.notice.as_ref()), &page))
}

/// `POST /model/history/{version}/back`.
pub(super) async fn go_back(Path(version): Path<u64>, sent: Sent) -> Answer {
    let (typed, me) = (Typed::of(&sent), &sent.me);
    if is_overtaken(&sent).await? {
        return back_page(me, version, Some(overtaken()), typed).await;
    }
    let Typed { note, keep } = &typed;
    let note = Some(note.clone()).filter(|note| !note.is_empty());
    let request = RollbackRequest { version, keep_leases: *keep, note };
    let done: Result<ModelAnswer, _> = me.api().post("/api/v1/model/rollback", &request, "").await;
    match done {
        Ok(model) => {
            let title = format!(
                "Version {version} is in force again, as version {}",
                model.version.version
            );
            let notice = Notice::new(Tone::Good, title, "").then("/pools", "Look at the pools");
            Ok(me.done(notice, "/model"))
        }
        Err(trouble) if trouble.status() == StatusCode::FORBIDDEN => Err(me.sorry(&trouble)),
        Err(trouble) => back_page(me, version, Some(refusal(&trouble)), typed).await,
    }
}

/// Whether another version is in force than the page saw.
async fn is_overtaken(sent: &Sent) -> Result<bool, Response> {
    let seen: Option<u64> = sent.form.text("seen").parse().ok();
    let now = in_force(&sent.me).await?.map(|model| model.version.version);
    Ok(now != seen)
}

/// `GET /model/delete`.
pub(super) async fn ask_delete(me: Member) -> Answer {
    delete_page(&me, None, Typed::default()).await
}

async fn delete_page(me: &Member, notice: Option<Notice>, typed: Typed) -> Answer {
    let path = "/api/v1/pools?size=1000";
    let (model, pools) = tokio::join!(in_force(me), me.get::<Page<PoolRow>>(path));
    let (Some(model), pools) = (model?, pools?) else {
        let notice = Notice::new(Tone::Tell, "There is no model to delete", "None is in force.");
        return Ok(me.done(notice, "/model"));
    };
    let named: Vec<&PoolRow> = pools.items.iter().filter(|row| row.kind != "default").collect();
    let used: u64 = named.iter().map(|row| row.used).sum();
    let mut points = vec![
        format!(
            "{} with their free seats fall to the default pool, and everybody may take from it.",
            so_many(model.pools, "named pool", "named pools")
        ),
        match used {
            0 => "No seat of a named pool is in use now: the pools go at once.".to_owned(),
            used => format!(
                "{} in use now. A pool goes when its last lease is back.",
                so_many(used, "seat of a named pool is", "seats of named pools are")
            ),
        },
        "The text stays in the history. You can go back to it.".to_owned(),
    ];
    if named.iter().any(|row| row.reserved > 0) {
        points.insert(
            2,
            "Reservations in named pools get nothing until a model names their pool again."
                .to_owned(),
        );
    }
    let version = model.version.version;
    let page = ChangePage {
        desk: me.desk("Delete the model?"),
        title: "Delete the model?".to_owned(),
        lead: format!(
            "Version {version}, “{}”, is in force. Afterwards no rule decides who may take which seat.",
            model.name
        ),
        points,
        action: "/model/delete".to_owned(),
        button: "Delete the model",
        back: "/model",
        seen: version.to_string(),
        note: None,
        keep: typed.keep,
        more: Some((
            "/model/what-if/new".to_owned(),
            "Try on past requests what would be without it".to_owned(),
        )),
        notice,
    };
    Ok(show(status(page.notice.as_ref()), &page))
}

/// `POST /model/delete`.
pub(super) async fn delete(sent: Sent) -> Answer {
    let (typed, me) = (Typed::of(&sent), &sent.me);
    if is_overtaken(&sent).await? {
        return delete_page(me, Some(overtaken()), typed).await;
    }
    let keep = if typed.keep { "true" } else { "" };
    let path = format!("/api/v1/model{}", query(&[("keep_leases", keep)]));
    let seen = sent.form.text("seen").parse().ok();
    match me.api().delete::<()>(&path, seen).await {
        Ok(()) => {
            let text = "Everybody may take from the default pool. The text stands in the history.";
            let notice = Notice::new(Tone::Good, "The model is deleted", text);
            Ok(me.done(notice.then("/model/history", "Look at the history"), "/model"))
        }
        Err(trouble) if trouble.status() == StatusCode::FORBIDDEN => Err(me.sorry(&trouble)),
        Err(trouble) => delete_page(me, Some(refusal(&trouble)), typed).await,
    }
}
