//! Revoking a host key.
//!
//! Kept here: it can't be undone, so it asks first and says what follows. Deliberately not here: who may (the API).

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::office::{HostGroup, HostKeyRow, HostKeyState, Reason};

use super::pages::{API, found, page_of};
use crate::address::segment;
use crate::component::{Link, Notice, Tone};
use crate::staff::{Answer, Member, Question, Sent};

fn question(key: &HostKeyRow) -> Question {
    let here = page_of(&key.group);
    let action = format!("{here}/{}/revoke", segment(&key.id));
    let ask =
        Question::grave(format!("Revoke the key for {}?", key.host), action, "Revoke it", here);
    Question {
        text: format!("{} of {}.", key.id, key.product),
        points: vec![
            "The next check of each application is answered no, signed; from then on it does not run.".into(),
            "An application that can’t be reached runs on as its offline policy says.".into(),
            "This can’t be undone. Another key for the same host can be made at any time.".into(),
        ],
        ..ask
    }
}

#[expect(clippy::result_large_err, reason = "an answer is a page either way")]
fn key_of(me: &Member, group: &HostGroup, key: &str) -> Result<HostKeyRow, Response> {
    let live = |one: &&HostKeyRow| one.id == key && one.state != HostKeyState::Revoked;
    group.keys.iter().find(live).cloned().ok_or_else(|| {
        let back = Link { href: page_of(&group.id), words: "Back to the keys".to_owned() };
        me.nothing("There is no such key in this group, or it is revoked already.", back)
    })
}

/// `GET …/revoke`: asks.
pub(super) async fn ask(me: Member, Path((group, key)): Path<(String, String)>) -> Answer {
    me.must("keys")?;
    let group = found(&me, &group).await?;
    Ok(question(&key_of(&me, &group, &key)?).page(&me))
}

/// `POST …/revoke`.
pub(super) async fn revoke(
    Path((group, key)): Path<(String, String)>,
    Sent { me, form }: Sent,
) -> Answer {
    me.must("keys")?;
    let group = found(&me, &group).await?;
    let key = key_of(&me, &group, &key)?;
    let path = format!("{API}/{}/revoke", segment(&key.id));
    let reason = Reason::new(form.text("reason"));
    match me.api().post::<_, HostKeyRow>(&path, &reason, form.text("once")).await {
        Ok(key) => {
            let title = format!("The key for {} is revoked", key.host);
            let text = "Applications learn it with their next check.";
            Ok(me.done(Notice::new(Tone::Good, title, text), &page_of(&key.group)))
        }
        Err(trouble) if trouble.status() == StatusCode::FORBIDDEN => Err(me.sorry(&trouble)),
        Err(trouble) => Ok(question(&key).again(&form, &trouble).page(&me)),
    }
}
