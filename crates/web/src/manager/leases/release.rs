//! Taking a lease away: what it does to the seats and to the application that holds it, then the act.
//!
//! Kept here: a lease that ended in the meantime is no fault: the notice says that its seats are free. Deliberately
//! not here: taking all leases of a device away (`devices`).

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::{LeaseRow, ReleaseAnswer};

use super::one::{find, is_over, lease_id, no_lease};
use crate::component::{Notice, Tone, When};
use crate::manager::holding::{feature_href, lease_href, who, with};
use crate::site::refusal;
use crate::staff::{Answer, Member, Question, Sent};
use crate::words;

/// `GET /leases/{id}/release`.
pub(super) async fn ask(me: Member, Path(id): Path<String>) -> Answer {
    me.must("drop-device")?;
    let Some(id) = lease_id(&id) else { return Ok(no_lease(&me)) };
    match find(&me, id).await? {
        Some(row) => Ok(question(&row).page(&me)),
        None => Ok(over(&me, &id.to_string())),
    }
}

fn seats(row: &LeaseRow) -> String {
    words::so_many(row.count.into(), "seat", "seats")
}

fn question(row: &LeaseRow) -> Question {
    let href = lease_href(row.id);
    let title = format!("Take lease {} away?", row.id);
    let mut ask = Question::grave(title, format!("{href}/release"), "Take it away", href);
    let (seats, who) = (seats(row), who(&row.holder));
    ask.text = format!("{seats} of {} {}, held by {who}.", row.feature, row.version);
    ask.points = points(row);
    ask.reason = Some("Reason, for the journal");
    ask
}

fn points(row: &LeaseRow) -> Vec<String> {
    let free = match row.count {
        1 => "Its seat is free for others at once: there is no cool-down for a single lease.",
        _ => "Its seats are free for others at once: there is no cool-down for a single lease.",
    };
    let until = When(row.expires_at).words();
    let learns = match (row.dropped, row.borrowed) {
        (true, _) => {
            format!(
                "Its device was dropped: the seat would be free at {until} by itself. Taken away now, the rest of \
                 the cool-down is skipped."
            )
        }
        (false, true) => format!(
            "It is borrowed: the device may be away from the network and keeps its signed lease until {until}, \
             whatever happens here. Until then more may be in use than is licensed."
        ),
        (false, false) => format!(
            "The application is not told at once. It learns it at its next renewal, after {}, and stops; its signed \
             lease ends at {until} at the latest. Until then more may be in use than is licensed.",
            When(row.renew_after).words()
        ),
    };
    let instead = "If the device is gone for good, drop the device instead: its seats then come back after a \
                   cool-down, so that nothing is used twice.";
    let again = "The holder may ask again. To keep somebody out, write a rule into the model.";
    [free, &learns, instead, again].map(str::to_owned).to_vec()
}

/// The lease ended before anybody took it away: nothing is left to do.
fn over(me: &Member, id: &str) -> Response {
    let text = "Somebody gave it back, or it ended by itself. Its seats are free.";
    let notice = Notice::new(Tone::Tell, format!("{id} had ended before"), text);
    me.done(notice, "/leases")
}

/// `POST /leases/{id}/release`.
pub(super) async fn release(Path(id): Path<String>, Sent { me, form }: Sent) -> Answer {
    me.must("drop-device")?;
    let Some(id) = lease_id(&id) else { return Ok(no_lease(&me)) };
    let Some(row) = find(&me, id).await? else { return Ok(over(&me, &id.to_string())) };
    let path = format!("/api/v1/leases/{id}");
    let path = match form.text("reason") {
        "" => path,
        reason => with(&path, "reason", reason),
    };
    match me.api().delete::<ReleaseAnswer>(&path, None).await {
        Ok(_) => {
            let is = if row.count == 1 { "is" } else { "are" };
            let text = format!(
                "{} of {} {is} free. {} learns it at the next renewal.",
                seats(&row),
                row.feature,
                who(&row.holder)
            );
            let notice = Notice::new(Tone::Good, format!("{id} was taken away"), text);
            Ok(me.done(notice, &feature_href(&row.feature)))
        }
        Err(trouble) if is_over(&trouble) => Ok(over(&me, &id.to_string())),
        Err(trouble) => match trouble.status() {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(me.sorry(&trouble)),
            _ => {
                let notice = Some(refusal(&trouble));
                let typed = form.text("reason").to_owned();
                Ok(Question { notice, typed, ..question(&row) }.page(&me))
            }
        },
    }
}
