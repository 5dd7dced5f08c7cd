//! Orders that may have to wait for a second person.
//!
//! Kept here: whatever waits is answered 202 with the question, the same one when the order comes again.
//! Deliberately not here: which orders wait, and who may answer (issuing).

use axum::http::StatusCode;
use axum::response::Response;
use tenure_issuing::office::{ApprovalNo, Command, Event};
use tenure_ledger::{Idempotency, Outcome};
use tenure_shell::answer::json;
use tenure_shell::problem::{Code, Refused};

use crate::app::App;
use crate::rows::approval::find;

/// What became of an order.
pub(crate) enum Decided {
    /// It was carried out.
    Done(Outcome<Event>),
    /// It waits: the answer that says so.
    Waits(Response),
}

/// Has an order of a member of the staff decided.
pub(crate) async fn decided(
    app: &App,
    by: String,
    command: Command,
    idempotency: Option<Idempotency>,
) -> Result<Decided, Refused> {
    let outcome = app.submit(command.clone(), idempotency).await?;
    let asked = outcome.events.iter().find_map(|event| match event {
        Event::ApprovalAsked(question) => Some(question.no),
        _ => None,
    });
    let open = match asked {
        Some(no) => Some(no),
        // Nothing happened: perhaps the very same order waits already.
        None if outcome.events.is_empty() => {
            app.query(move |office, _| office.open_question(&by, &command)).await?
        }
        None => None,
    };
    match open {
        Some(no) => waits(app, no).await.map(Decided::Waits),
        None => Ok(Decided::Done(outcome)),
    }
}

async fn waits(app: &App, no: ApprovalNo) -> Result<Response, Refused> {
    let row = app.query(move |office, _| find(office, no)).await?;
    match row {
        Some(row) => Ok(json(StatusCode::ACCEPTED, &row)),
        None => Err(Code::AnswerGone.says("The question was answered long ago.")),
    }
}
