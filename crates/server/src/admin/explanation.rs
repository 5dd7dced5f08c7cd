//! Why a lease was granted or a request denied: found in the ledger, told from the state just before.
//!
//! Kept here: the entry is found by the rising numbers of leases and denials, wherever it stands in the ledger.
//! Deliberately not here: what is told and in which words (the leasing floor).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::{
    DenialShown, ExplanationAnswer, GrantShown, PoolStanding, Problem, RuleShown, RulesShown,
    SourceShown,
};
use tenure_document::{LeaseId, Time};
use tenure_leasing::{
    DenialId, Denied, Event, Explained, Explanation, Granted, Leasing, PoolTried, PropertyValue,
    RuleSeen, RulesSeen, SourceSeen,
};
use tenure_ledger::Journal;
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::extract::{NoQuery, Path, Query};
use tenure_shell::problem::{Code, Refused};

use crate::access::Read;
use crate::app::App;
use crate::machine::LeasingMachine;
use crate::past::unreadable;
use crate::refusal::remedy_answer;

/// Entries read at once when a denial's recovery is looked for.
const PAGE: usize = 500;
/// The most entries that are looked through for it.
const ENTRIES_MAX: u64 = 20_000;

/// Why a lease was granted: what was asked, the rule, the pools and items looked at, and how they stood then.
#[utoipa::path(
    get, path = "/api/v1/leases/{id}/explanation", tag = "leases", operation_id = "explain_lease",
    params(("id" = String, Path, description = "Lease ID, also of a lease that has ended")),
    responses(
        (status = 200, description = "The explanation", body = ExplanationAnswer),
        (status = 404, description = "The ledger has no such grant", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "That part of the ledger is archived", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn lease(
    State(app): State<App>,
    _permit: Permit<Read>,
    Path(id): Path<String>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    let id: LeaseId =
        id.parse().map_err(|_| Code::NotFound.says("A lease ID looks like L-0000000000000."))?;
    let answer = app.beside(move |app| explain_lease(app, id)).await??;
    Ok(json(StatusCode::OK, &answer))
}

/// Why a request was denied: what was asked, the rule, the pools and items looked at, how they stood then, what would
/// have helped, and whether the holder got it after all.
#[utoipa::path(
    get, path = "/api/v1/denials/{id}/explanation", tag = "denials", operation_id = "explain_denial",
    params(("id" = String, Path, description = "Denial ID, for example D-17, also of one that is no longer listed")),
    responses(
        (status = 200, description = "The explanation", body = ExplanationAnswer),
        (status = 404, description = "The ledger has no such denial", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "That part of the ledger is archived", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn denial(
    State(app): State<App>,
    _permit: Permit<Read>,
    Path(id): Path<String>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    let id: DenialId =
        id.parse().map_err(|_| Code::NotFound.says("A denial ID looks like D-17."))?;
    let answer = app.beside(move |app| explain_denial(app, id)).await??;
    Ok(json(StatusCode::OK, &answer))
}

fn explain_lease(app: &App, id: LeaseId) -> Result<ExplanationAnswer, Refused> {
    let found = app.engine.history().find::<LeasingMachine>(|event| event.against_lease(id));
    let entry = found.map_err(|fault| unreadable(&fault))?;
    let entry =
        entry.ok_or_else(|| Code::NotFound.says("The ledger has no grant of that lease."))?;
    let is_it = |event: &Event| event.grants().any(|granted| granted.lease == id);
    let missing = || Code::NotFound.says("The ledger has no such grant.");
    let event = events(&entry).find(|event| is_it(event)).ok_or_else(missing)?;
    let told = app
        .past
        .before_event(&app.engine, &entry, is_it, |state| state.explain_lease(event, id))?;
    let told = told.ok_or_else(missing)?;
    Ok(answer(told, entry.sequence, None))
}

fn explain_denial(app: &App, id: DenialId) -> Result<ExplanationAnswer, Refused> {
    let found = app.engine.history().find::<LeasingMachine>(|event| event.against_denial(id));
    let entry = found.map_err(|fault| unreadable(&fault))?;
    let entry = entry.ok_or_else(|| Code::NotFound.says("The ledger has no denial of that ID."))?;
    let is_it = |event: &Event| matches!(event, Event::Denied(denied) if denied.id == id);
    let denied = events(&entry).find_map(|event| match event {
        Event::Denied(denied) if denied.id == id => Some(denied),
        _ => None,
    });
    let denied = denied.ok_or_else(|| Code::NotFound.says("The ledger has no such denial."))?;
    let (told, retry) = app.past.before_event(&app.engine, &entry, is_it, |state| {
        (state.explain_denial(denied), retry_seconds(state))
    })?;
    let recovered = recovered(app, &entry, denied, retry)?;
    Ok(answer(told, entry.sequence, recovered))
}

fn events(entry: &Journal<Event>) -> impl Iterator<Item = &Event> {
    entry.records.iter().flat_map(|record| &record.events)
}

/// When the same holder was granted the feature within its retry time: as the list of denials has it, or, where the
/// denial is no longer listed, as the ledger says.
fn recovered(
    app: &App,
    entry: &Journal<Event>,
    denied: &Denied,
    retry_seconds: u64,
) -> Result<Option<Time>, Refused> {
    let id = denied.id;
    let listed = app.engine.query_blocking(move |machine: &LeasingMachine, _| {
        machine.0.denial_row(id).map(|row| row.recovered)
    })?;
    if let Some(recovered) = listed {
        return Ok(recovered);
    }
    let until = denied.at.plus(std::time::Duration::from_secs(retry_seconds));
    let follows = |granted: &&Granted| {
        granted.feature == denied.feature
            && granted.holder.host == denied.holder.host
            && granted.holder.user == denied.holder.user
    };
    let mut after = false;
    let mut from = entry.sequence;
    while from < entry.sequence + ENTRIES_MAX {
        let page = app.engine.history().page::<LeasingMachine>(from, PAGE);
        let page = page.map_err(|fault| unreadable(&fault))?;
        let Some(last) = page.last() else { break };
        from = last.sequence + 1;
        for entry in &page {
            if entry.at > until {
                return Ok(None);
            }
            for event in events(entry) {
                if after && event.grants().any(|granted| follows(&granted)) {
                    return Ok(Some(entry.at));
                }
                after |= matches!(event, Event::Denied(other) if other.id == id);
            }
        }
    }
    Ok(None)
}

/// The retry time of holders then.
fn retry_seconds(state: &Leasing) -> u64 {
    match state.property("denials.retry-seconds").map(|row| row.value) {
        Some(PropertyValue::Number(seconds)) => seconds,
        _ => 0,
    }
}

fn answer(told: Explanation, sequence: u64, recovered: Option<Time>) -> ExplanationAnswer {
    let text = told.text(recovered);
    let Explanation { outcome, version, count, partial, selectors, rules, pools, sources } = told;
    let blank = ExplanationAnswer {
        sequence,
        version,
        count,
        partial,
        selectors,
        rules: rules.map(rules_shown),
        pools: pools.into_iter().map(standing).collect(),
        sources: sources.into_iter().map(source).collect(),
        text,
        ..of_outcome(&outcome)
    };
    match outcome {
        Explained::Granted(granted) => ExplanationAnswer { grant: Some(grant(*granted)), ..blank },
        Explained::Denied(denied) => ExplanationAnswer {
            denial: Some(DenialShown {
                reason: denied.reason.code().to_owned(),
                explanation: denied.explanation(),
                remedy: remedy_answer(&denied.remedy),
                recovered_at: recovered,
            }),
            ..blank
        },
    }
}

/// Who asked for what and when, as the event has it.
fn of_outcome(outcome: &Explained) -> ExplanationAnswer {
    let (id, at, holder, feature, borrow_seconds, dictionary) = match outcome {
        Explained::Granted(granted) => {
            let Granted { lease, at, holder, feature, borrow_seconds, dictionary, .. } = &**granted;
            (lease.to_string(), *at, holder, feature, *borrow_seconds, dictionary)
        }
        Explained::Denied(denied) => {
            let Denied { id, at, holder, feature, borrow_seconds, dictionary, .. } = &**denied;
            (id.to_string(), *at, holder, feature, *borrow_seconds, dictionary)
        }
    };
    let dictionary = dictionary.iter().map(|(key, value)| (key.clone(), value.texts().to_vec()));
    ExplanationAnswer {
        id,
        outcome: if matches!(outcome, Explained::Granted(_)) { "granted" } else { "denied" }.into(),
        sequence: 0,
        at,
        holder: holder.clone(),
        feature: feature.clone(),
        version: tenure_document::Version::ANY,
        count: 0,
        partial: false,
        borrow_seconds,
        dictionary: dictionary.collect(),
        selectors: Default::default(),
        grant: None,
        denial: None,
        rules: None,
        pools: Vec::new(),
        sources: Vec::new(),
        text: String::new(),
    }
}

fn rules_shown(rules: RulesSeen) -> RulesShown {
    let rule = |rule: RuleSeen| RuleShown { line: rule.line, text: rule.text };
    RulesShown {
        version: rules.version,
        model: rules.model,
        matched: rules.matched.into_iter().map(rule).collect(),
        denied: rules.denied,
    }
}

fn grant(granted: Granted) -> GrantShown {
    let seats = granted.parts.iter().flat_map(|part| part.seats.iter());
    GrantShown {
        version: granted.version,
        count: granted.count,
        seats: seats.map(|range| (*range).into()).collect(),
        items: granted.parts.iter().map(|part| part.item.clone()).collect(),
        code: granted.code.into_owned(),
        expires_at: granted.expires,
    }
}

fn standing(pool: PoolTried) -> PoolStanding {
    PoolStanding {
        free: pool.total.map(|_| pool.free),
        pool: pool.pool,
        total: pool.total,
        used: pool.used,
        reserved: pool.reserved,
    }
}

fn source(source: SourceSeen) -> SourceShown {
    SourceShown {
        item: source.item,
        version: source.version,
        pool: source.pool,
        reservation: source.reservation.map(str::to_owned),
        ends_at: source.ends,
        total: source.total,
        used: source.used,
        free: source.free,
        shared: source.shared,
        taken: source.got,
        verdict: source.verdict.to_owned(),
    }
}
