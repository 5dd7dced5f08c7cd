//! The one mapping of refusals and denials of the lower floors to problem documents.
//!
//! Kept here: a refusal keeps its code and its sentence; every variant has a status, because the matches are
//! exhaustive. Deliberately not here: faults and the shells' own problems (the shells' own floor).

use tenure_api::{DenialAnswer, ModelFinding, PoolTried, Problem, RemedyAnswer};
use tenure_container::UpdateRefusal;
use tenure_leasing::{DenialReason, Denied, Diagnostic, LeaseRefusal, Refusal, Remedy};
use tenure_ledger::SubmitError;
use tenure_shell::fault::{refusal_problem, submit_refused};
use tenure_shell::problem::{Code, Refused};

use crate::reservation_row::unfit_entry;

/// The HTTP status of a refused lease operation.
fn lease_status(why: &LeaseRefusal) -> u16 {
    match why {
        LeaseRefusal::LeaseUnknown => 404,
        LeaseRefusal::LeaseEnded { .. } | LeaseRefusal::TakenOver | LeaseRefusal::Dropped => 410,
        LeaseRefusal::NotYours => 403,
        LeaseRefusal::ItemExpired
        | LeaseRefusal::ContactDue
        | LeaseRefusal::ItemWithdrawn
        | LeaseRefusal::VersionTooLow
        | LeaseRefusal::SeatsShrunk
        | LeaseRefusal::DeniedByRule { .. }
        | LeaseRefusal::PoolNotGiven { .. }
        | LeaseRefusal::PoolShrunk { .. }
        | LeaseRefusal::ReservedForOthers
        | LeaseRefusal::Revoked => 409,
    }
}

/// The HTTP status of a refusal.
fn status(refusal: &Refusal) -> u16 {
    match refusal {
        Refusal::Lease { why, .. } => lease_status(why),
        Refusal::UsageUnknown { .. }
        | Refusal::NoModel
        | Refusal::UserUnknown { .. }
        | Refusal::ClientKeyUnknown { .. }
        | Refusal::TicketUnknown { .. }
        | Refusal::ReservationGroupUnknown { .. }
        | Refusal::DeviceUnknown { .. } => 404,
        Refusal::TicketEnded { .. } => 410,
        Refusal::ReservationGroupChanged { .. } | Refusal::ModelChanged { .. } => 412,
        Refusal::NotYours => 403,
        Refusal::BadRequest(_)
        | Refusal::ModelInvalid { .. }
        | Refusal::UnknownProperty { .. }
        | Refusal::PropertyReadOnly { .. }
        | Refusal::PropertyOutOfBounds { .. }
        | Refusal::Update(
            UpdateRefusal::Malformed(_)
            | UpdateRefusal::TooManyItems { .. }
            | UpdateRefusal::BadCertificate(_)
            | UpdateRefusal::Unverified(_),
        ) => 422,
        Refusal::NotMetered { .. }
        | Refusal::UndoTooLate { .. }
        | Refusal::BatchGap { .. }
        | Refusal::TooManyClients { .. }
        | Refusal::UserExists { .. }
        | Refusal::LastAdmin
        | Refusal::ClientKeyExists { .. }
        | Refusal::ReservationsUnfit { .. }
        | Refusal::ReservationGroupExists { .. }
        | Refusal::AlreadySuspended
        | Refusal::UsageReportOvertaken
        | Refusal::NotSuspended
        | Refusal::Update(_) => 409,
    }
}

/// The problem of a refusal. `UpdateRefusal` is one of them.
pub(crate) fn refused(refusal: impl Into<Refusal>) -> Refused {
    let refusal = refusal.into();
    let problem = refusal_problem(status(&refusal), refusal.code(), &refusal.to_string());
    match &refusal {
        Refusal::ModelInvalid { diagnostics } => {
            faulty_model(diagnostics.iter().map(|found| finding(found, "model")).collect()).into()
        }
        Refusal::ReservationsUnfit { entries } => {
            problem.with_entries(entries.iter().map(unfit_entry).collect()).into()
        }
        _ => problem.into(),
    }
}

/// Why a command was not carried out.
pub(crate) fn unsubmitted(error: SubmitError<Refusal>) -> Refused {
    submit_refused(error, refused)
}

/// A model with everything that is wrong with it.
pub(crate) fn faulty_model(findings: Vec<ModelFinding>) -> Problem {
    let first = findings.first().map(|first| {
        let (line, column) = (first.line, first.column);
        format!("; the first in line {line}, column {column}: {}", first.message)
    });
    let count = findings.len();
    let errors = if count == 1 { "error" } else { "errors" };
    let detail = format!("The model has {count} {errors}{}.", first.unwrap_or_default());
    Problem { findings, ..Problem::new(422, "model-invalid", "Refused", detail) }
}

/// One finding about a text that is called `file`.
pub(crate) fn finding(found: &Diagnostic, file: &str) -> ModelFinding {
    ModelFinding {
        severity: found.severity.word().to_owned(),
        code: found.code.to_owned(),
        message: found.message.clone(),
        line: found.line,
        column: found.column,
        text: found.text.clone(),
        caret: found.caret.0,
        caret_length: found.caret.1,
        expected: found.expected.clone(),
        help: found.help.clone(),
        shown: found.render(file),
    }
}

/// One lease that was not renewed, within an answer about many.
pub(crate) fn not_renewed(why: &LeaseRefusal) -> Problem {
    refusal_problem(lease_status(why), why.code(), &why.to_string())
}

/// Nothing was granted: the first denial gives the code, all of them are listed.
pub(crate) fn nothing_granted(denials: Vec<DenialAnswer>) -> Refused {
    let Some(first) = denials.first() else {
        return Code::BadValue
            .says("Nothing was asked for, and nothing is set aside for this device.");
    };
    let (code, detail) = (first.reason.clone(), first.explanation.clone());
    let status = if code == DenialReason::ServerSuspended.code() { 503 } else { 409 };
    let refused =
        Refused::from(Problem::new(status, &code, "Denied", detail).with_denials(denials));
    if status == 503 { refused.retry_after(60) } else { refused }
}

/// A denial on the wire.
pub(crate) fn denial_answer(denied: &Denied) -> DenialAnswer {
    DenialAnswer {
        id: denied.id.to_string(),
        feature: denied.feature.clone(),
        version: denied.version,
        count: denied.count,
        reason: denied.reason.code().to_owned(),
        explanation: denied.explanation(),
        remedy: Some(remedy_answer(&denied.remedy)),
        pools: denied.pools.iter().map(pool_tried).collect(),
    }
}

/// A pool on the wire.
pub(crate) fn pool_tried(pool: &tenure_leasing::PoolTried) -> PoolTried {
    PoolTried {
        pool: pool.pool.clone(),
        free: pool.total.map(|_| pool.free),
        used: pool.used,
        reason: None,
    }
}

/// A remedy on the wire.
pub(crate) fn remedy_answer(remedy: &Remedy) -> RemedyAnswer {
    let (at, count) = match remedy {
        Remedy::WaitUntil { at } | Remedy::StartsAt { at } => (Some(*at), None),
        Remedy::SmallerCount { count } => (None, u32::try_from(*count).ok()),
        _ => (None, None),
    };
    RemedyAnswer { code: remedy.code().to_owned(), text: remedy.text(), at, count }
}
