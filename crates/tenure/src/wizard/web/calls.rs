//! The calls of the wizard's page, as a router of this process.
//!
//! Invariants: nobody else can call it, because it does not listen: whoever may use it has opened the one-time address,
//! and the pages see to that; a refusal says what to do. Deliberately not here: doing it (desk).

use super::{desk::Desk, entry::Entry, said::fault};
use crate::exit::{Failure, Kind};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use std::sync::Arc;
use tenure_api::wizard::{WizardEntry, WizardJob, WizardLookUp, WizardOffice};
use tenure_shell::{
    answer::json,
    fault::{refusal_problem, sentence},
    problem::{Code, Refused},
};

/// What every call has.
#[derive(Clone)]
pub struct App {
    pub desk: Arc<Desk>,
    pub entry: Arc<Entry>,
}

/// The router.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/api/v1/wizard", get(state))
        .route("/api/v1/wizard/enter", post(enter))
        .route("/api/v1/wizard/office", post(office))
        .route("/api/v1/wizard/look-up", post(look_up))
        .route("/api/v1/wizard/runs", post(run))
        .route("/api/v1/wizard/papers", post(bring))
        .route("/api/v1/wizard/papers/{kind}/{serial}", get(paper))
        .route("/api/v1/wizard/trip", get(trip).post(serve_list))
        .route("/api/v1/wizard/trip/report", get(report))
        .with_state(app)
}

async fn enter(State(app): State<App>, Json(asked): Json<WizardEntry>) -> Response {
    match app.entry.opens(&asked.token) {
        true => StatusCode::NO_CONTENT.into_response(),
        false => refused(
            &Failure::refused("wrong-token", "this address was used before, or is mistyped")
                .hint("the terminal where the wizard runs shows the one that counts"),
        ),
    }
}

async fn state(State(app): State<App>) -> Response {
    shown(blocking(app, |desk| desk.state()).await)
}

async fn office(State(app): State<App>, Json(office): Json<WizardOffice>) -> Response {
    empty(blocking(app, move |desk| desk.set_office(&office.address)).await)
}

async fn look_up(State(app): State<App>, Json(asked): Json<WizardLookUp>) -> Response {
    shown(blocking(app, move |desk| desk.look_up(&asked)).await)
}

async fn run(State(app): State<App>, Json(job): Json<WizardJob>) -> Response {
    shown(blocking(app, move |desk| desk.run(&job)).await)
}

async fn bring(State(app): State<App>, bytes: Bytes) -> Response {
    shown(blocking(app, move |desk| desk.bring(&bytes)).await)
}

async fn paper(State(app): State<App>, Path((kind, serial)): Path<(String, String)>) -> Response {
    match blocking(app, move |desk| desk.paper(&kind, &serial)).await {
        Ok(text) => text.into_response(),
        Err(refused) => refused,
    }
}

async fn trip(State(app): State<App>) -> Response {
    json(StatusCode::OK, &app.desk.trip())
}

async fn serve_list(State(app): State<App>, bytes: Bytes) -> Response {
    let text = String::from_utf8_lossy(&bytes).into_owned();
    empty(blocking(app, move |desk| desk.serve_list(&text)).await)
}

async fn report(State(app): State<App>) -> Response {
    app.desk.progress.csv().into_response()
}

/// Devices and offices are waited for on a thread of their own.
async fn blocking<T: Send + 'static>(
    app: App,
    call: impl FnOnce(&Desk) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Response> {
    let done = tokio::task::spawn_blocking(move || call(&app.desk)).await;
    match done {
        Ok(done) => done.map_err(|failure| refused(&failure)),
        Err(_) => Err(Code::Internal.says("The terminal names the cause.").into_response()),
    }
}

fn shown<T: serde::Serialize>(done: Result<T, Response>) -> Response {
    done.map_or_else(|refused| refused, |value| json(StatusCode::OK, &value))
}

fn empty(done: Result<(), Response>) -> Response {
    done.map_or_else(|refused| refused, |()| StatusCode::NO_CONTENT.into_response())
}

fn refused(failure: &Failure) -> Response {
    let status = match failure.kind {
        Kind::Usage => 422,
        Kind::Refused | Kind::CheckFailed => 409,
        Kind::NotAuthorized => 403,
        Kind::Corrupt => 500,
        Kind::Fault | Kind::AsOriginal(_) => 502,
    };
    let said = fault(failure);
    let code = if said.code.is_empty() { "not-done" } else { &said.code };
    let text = match said.advice.is_empty() {
        true => sentence(&said.text),
        false => format!("{} {}", sentence(&said.text), sentence(&said.advice)),
    };
    Refused::from(refusal_problem(status, code, &text)).into_response()
}
