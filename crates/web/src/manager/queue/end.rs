//! Taking a ticket out of the queue.
//!
//! Kept here: the ticket is searched for in the list, because asking for it would take what it is offered; one that
//! waits no longer is no fault. Deliberately not here: keeping somebody out of the queue, which the model does.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::{Page, TicketEndAnswer, TicketRow};

use crate::address::segment;
use crate::component::{Notice, Tone, When};
use crate::manager::holding::{who, with};
use crate::site::refusal;
use crate::staff::{Answer, Member, Question, Sent};

/// Tickets looked through for the one whose number is searched for.
const LOOKED: u32 = 1_000;

/// The ticket as it waits now; none when it waits no longer. The queue is searched, because asking for a ticket would
/// take what it is offered.
async fn find(me: &Member, id: &str) -> Result<Option<TicketRow>, Response> {
    // The oldest first: no other number that begins with these digits is as old.
    let path = with("/api/v1/queue", "q", id) + &format!("&sort=since&size={LOOKED}");
    let page: Page<TicketRow> = me.get(&path).await?;
    Ok(page.items.into_iter().find(|row| row.id == id))
}

/// `GET /queue/{id}/end`.
pub(super) async fn ask(me: Member, Path(id): Path<String>) -> Answer {
    me.must("drop-device")?;
    match find(&me, &id).await? {
        Some(row) => Ok(question(&row).page(&me)),
        None => Ok(over(&me, &id)),
    }
}

fn question(row: &TicketRow) -> Question {
    let title = format!("Take ticket {} out of the queue?", row.id);
    let action = format!("/queue/{}/end", segment(&row.id));
    let mut ask = Question::grave(title, action, "Take it out", "/queue");
    let wants = row.features.iter().map(|wanted| format!("{} × {}", wanted.count, wanted.name));
    let (who, wants) = (who(&row.holder), wants.collect::<Vec<_>>().join(" and "));
    ask.text = format!("{who} waits for {wants} since {}.", When(row.since).words());
    let held = match row.offered_until {
        Some(_) => "Seats are held for it now. They go to the next in the line at once.",
        None => "The others in the line move up.",
    };
    let learns = "The application learns it at its next question, within half a minute, and waits no longer. It may \
                  ask again, and then stands at the end of the line.";
    ask.points = [held, learns].map(str::to_owned).to_vec();
    ask.reason = Some("Reason, for the journal");
    ask
}

fn over(me: &Member, id: &str) -> Response {
    let text = "It was served, given up, or its time was over.";
    me.done(Notice::new(Tone::Tell, format!("{id} waits no longer"), text), "/queue")
}

/// `POST /queue/{id}/end`.
pub(super) async fn end(Path(id): Path<String>, Sent { me, form }: Sent) -> Answer {
    me.must("drop-device")?;
    let path = format!("/api/v1/tickets/{}", segment(&id));
    let path = match form.text("reason") {
        "" => path,
        reason => with(&path, "reason", reason),
    };
    let trouble = match me.api().delete::<TicketEndAnswer>(&path, None).await {
        Ok(answer) => {
            let text = match answer.released.len() {
                0 => "The others in the line move up.",
                _ => "What was held for it goes to the next in the line.",
            };
            let title = format!("{} was taken out of the queue", answer.id);
            return Ok(me.done(Notice::new(Tone::Good, title, text), "/queue"));
        }
        Err(trouble) => trouble,
    };
    match trouble.status() {
        StatusCode::GONE | StatusCode::NOT_FOUND => Ok(over(&me, &id)),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(me.sorry(&trouble)),
        _ => match find(&me, &id).await? {
            Some(row) => {
                let notice = Some(refusal(&trouble));
                let typed = form.text("reason").to_owned();
                Ok(Question { notice, typed, ..question(&row) }.page(&me))
            }
            None => Ok(over(&me, &id)),
        },
    }
}
