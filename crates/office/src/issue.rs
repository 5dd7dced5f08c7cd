//! From a context to a signed update: the one way anything leaves the office for a container.
//!
//! Kept here: a context is proven before anything is asked; a certificate is signed before the decision, everything else
//! after the commit, from the committed state, so that a retry gets the same operations; a container out of step gets
//! nothing. Signing and verifying run beside the async workers.
//! Deliberately not here: what is decided (issuing), routes (`container`, `portal`, `staff`).

use axum::body::Bytes;
use tenure_api::office::{Finding, IssuedUpdate};
use tenure_document::{
    Certificate, ContainerId, Context, Count, Item, KeyId, KeyRecord, Op, Time, Verified,
    read_document, verify_self_signed_context,
};
use tenure_issuing::office::{
    Asker, Choice, Command, Event, Exchange, FleetRefusal, Office, Refusal,
};
use tenure_ledger::{Idempotency, Outcome, SubmitError};
use tenure_shell::fault::refusal_problem;
use tenure_shell::problem::{Code, Refused};

use crate::app::App;
use crate::keyring::{Parcel, UPDATE_MAX};
use crate::refusal::{document_refused, no_key, refused, unsubmitted};

/// Most lines of a summary.
const LINES_MAX: usize = 100;

/// Reads a context in any of its forms and proves it by the key it carries.
pub(crate) async fn read_context(app: &App, bytes: Bytes) -> Result<Verified<Context>, Refused> {
    let read = move || {
        let envelope = read_document(&bytes)?;
        verify_self_signed_context(&envelope)
    };
    app.beside(read).await?.map_err(|error| document_refused(&error))
}

/// Has a context taken in, with what is asked for its container.
pub(crate) async fn exchange(
    app: &App,
    context: &Verified<Context>,
    by: Asker,
    claims: Vec<Choice>,
    idempotency: Option<Idempotency>,
) -> Result<Outcome<Event>, Refused> {
    let outcome = match submit_exchange(app, context, &by, &claims, idempotency).await? {
        // Between the question for the certificate and the decision the container became due for one.
        Err(SubmitError::Refused(Refusal::Fleet(FleetRefusal::CertificateMissing { .. }))) => {
            submit_exchange(app, context, &by, &claims, idempotency).await?
        }
        outcome => outcome,
    };
    outcome.map_err(unsubmitted)
}

type Submitted = Result<Outcome<Event>, SubmitError<Refusal>>;

async fn submit_exchange(
    app: &App,
    context: &Verified<Context>,
    by: &Asker,
    claims: &[Choice],
    idempotency: Option<Idempotency>,
) -> Result<Submitted, Refused> {
    let mut exchange = Exchange {
        context: context.clone(),
        by: by.clone(),
        certificate: None,
        claims: claims.to_vec(),
    };
    let tried = exchange.clone();
    let due = move |office: &Office, with: &KeyRecord, now| {
        let due = office.certificate_due(&tried.context, with, now)?;
        // Whoever is refused anyway gets no signature: anybody can make containers, and it costs more than all the rest.
        match office.decide(&Command::Exchange(Box::new(tried)), now) {
            Ok(_) | Err(Refusal::Fleet(FleetRefusal::CertificateMissing { .. })) => Some(due),
            Err(_) => None,
        }
    };
    exchange.certificate = certificate(app, due).await?;
    Ok(app.engine.submit(Command::Exchange(Box::new(exchange)), idempotency).await)
}

/// Signs the certificate that is due, if one is. Without a key for it the decision says whether it can be done without.
pub(crate) async fn certificate(
    app: &App,
    due: impl FnOnce(&Office, &KeyRecord, Time) -> Option<Certificate> + Send + 'static,
) -> Result<Option<(String, KeyId)>, Refused> {
    let (keyring, now) = (app.keyring(), app.edge.wall());
    let Ok(with) = keyring.certifier(now).cloned() else {
        return Ok(None);
    };
    match app.query(move |office, now| due(office, &with, now.at)).await? {
        None => Ok(None),
        Some(certificate) => {
            let signed = app.beside(move || keyring.certify(&certificate, now)).await?;
            signed.map(Some).map_err(no_key)
        }
    }
}

/// What a context told, by what was recorded of it.
pub(crate) fn finding(events: &[Event]) -> Finding {
    let mut finding = Finding::Retry;
    for event in events {
        finding = match event {
            Event::ContainerMet(_) => return Finding::New,
            Event::Regenerated(_) => return Finding::NewGeneration,
            Event::Acknowledged(_) => Finding::Acknowledged,
            Event::ContextTaken(_) if finding == Finding::Retry => Finding::InStep,
            _ => finding,
        };
    }
    finding
}

/// The signed update for a container, as it is answered: everything since the last acknowledged operation.
///
/// # Errors
/// 409 when the container is out of step, or has begun anew by itself: a person decides first.
pub(crate) async fn issued(
    app: &App,
    id: ContainerId,
    context: Option<&Verified<Context>>,
    finding: Option<Finding>,
) -> Result<IssuedUpdate, Refused> {
    let shown = context.cloned();
    let (parcel, ask_again) = app
        .query(move |office, now| {
            let parcel = parcel(office, id, shown.as_deref(), now.at);
            let poll = office.fleet().get(id).and_then(|known| office.policies().poll(known.kind));
            parcel.map(|parcel| (parcel, poll))
        })
        .await??;
    let mut answer = sign(app, id, parcel).await?;
    answer.finding = finding;
    answer.ask_again_seconds = ask_again.map(|every| every.as_secs());
    Ok(answer)
}

/// What a context of a revoked generation gets: the list that revokes it, where that is published.
pub(crate) async fn farewell(
    app: &App,
    context: &Verified<Context>,
) -> Result<Option<IssuedUpdate>, Refused> {
    let asked = context.clone();
    let update = app.query(move |office, now| office.farewell(&asked, now.at)).await?;
    match update {
        None => Ok(None),
        Some(update) => {
            let parcel = Parcel { update, pool: None, time: None };
            sign(app, context.id, parcel).await.map(Some)
        }
    }
}

fn parcel(
    office: &Office,
    id: ContainerId,
    context: Option<&Context>,
    now: Time,
) -> Result<Parcel, Refused> {
    let Some(known) = office.fleet().get(id) else {
        return Err(refused(FleetRefusal::ContainerUnknown { id }));
    };
    if let Some(theirs) = context.map(|one| one.generation).filter(|one| *one > known.generation) {
        let serial = id.serial();
        return Err(refused(FleetRefusal::GenerationWaits { serial, theirs }));
    }
    let Some(update) = office.update_for(id, now) else {
        return Err(out_of_step(known.state.code(), &id.serial()));
    };
    let time = context.and_then(|context| office.time_for(context, now));
    Ok(Parcel { pool: office.pool_for(&update), update, time })
}

/// The finding is recorded and a person must decide.
fn out_of_step(code: &str, serial: &str) -> Refused {
    let text = format!(
        "container {serial} is in state `{code}`: its history is not the one that was issued to it. Nothing is issued \
         until the publisher has decided about it; ask your vendor"
    );
    refusal_problem(409, code, &text).into()
}

async fn sign(app: &App, id: ContainerId, parcel: Parcel) -> Result<IssuedUpdate, Refused> {
    let keyring = app.keyring();
    let (from_sequence, to_sequence) = (parcel.update.from_sequence, parcel.update.to_sequence);
    let ops = parcel.update.ops.iter().take(LINES_MAX);
    let summary = ops.map(|numbered| line(&numbered.op)).collect();
    let update = app.beside(move || keyring.sign(parcel)).await?.map_err(no_key)?;
    if update.len() > UPDATE_MAX {
        return Err(Code::BodyTooLarge.says(format!(
            "The update has {} bytes, containers read at most {UPDATE_MAX}. Apply the one from before and send a \
             context, or activate less at a time.",
            update.len()
        )));
    }
    let serial = id.serial();
    Ok(IssuedUpdate {
        file_name: format!("{serial}.update.tnr"),
        serial,
        finding: None,
        update,
        from_sequence,
        to_sequence,
        summary,
        activations: Vec::new(),
        ask_again_seconds: None,
    })
}

/// What an operation does, for people.
pub(crate) fn line(op: &Op) -> String {
    match op {
        Op::Certify { .. } => "certifies the container's key".to_owned(),
        Op::Add { item } => format!("adds {}", named(item)),
        Op::Replace { item } => format!("changes {}", named(item)),
        Op::Withdraw { item_id, count: None } => format!("takes out {item_id}"),
        Op::Withdraw { item_id, count: Some(count) } => format!("takes {count} of {item_id} out"),
        Op::Settle { .. } => "confirms that something moved to another container".to_owned(),
        Op::Refund { .. } => "gives back what was sent and never arrived".to_owned(),
    }
}

fn named(item: &Item) -> String {
    let count = match item.count {
        Count::Counted(1) => String::new(),
        Count::Counted(count) => format!("{count} × "),
        Count::Uncounted => "any number of ".to_owned(),
    };
    format!("{count}{} {}", item.feature, item.version)
}
