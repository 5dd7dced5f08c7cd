//! Keeping in step with the publisher's office: the context goes out, the update comes in, receipt and use follow.
//!
//! Invariants: an answer is applied by the same code as a carried file; one round at a time; rounds by itself are spread
//! by chance and wait longer after failures, and an interval that is changed counts within a minute; serving never waits
//! for the office, and a dead office is an alarm, no more, and not even that where rounds by itself are switched off.
//! Deliberately not here: the calls themselves (office), whether an update fits (container).

use std::sync::Arc;
use std::time::Duration;

use tenure_api::{ApiError, OfficeStatus, Problem, SyncOutcome, SyncRound};
use tenure_leasing::PropertyValue;
use tenure_ledger::Fault;
use tenure_shell::outside::random;
use tenure_shell::problem::{Code, Refused};

use crate::app::App;
use crate::ferry;
use crate::office::{Office, Past};
use crate::reports;

/// The alarm while rounds fail.
const ALARM: &str = "office";
/// So many rounds in a row may fail before it is an alarm: an office may be away for an hour.
const FAILURES_QUIET: u32 = 2;
/// The first attempt after the start, and after the first failure, waits about so long.
const FIRST_WAIT: Duration = Duration::from_secs(60);

/// What the properties say of rounds by itself: whether, and how often.
async fn polling(app: &App) -> Result<(bool, u64), Fault> {
    app.query(|leasing, _| {
        let seconds = match leasing.property("polling.interval-seconds").map(|row| row.value) {
            Some(PropertyValue::Number(seconds)) => seconds,
            _ => 86_400,
        };
        (leasing.is_on("polling.enabled"), seconds)
    })
    .await
}

/// How it stands.
pub(crate) async fn status(app: &App) -> Result<OfficeStatus, Refused> {
    let (enabled, interval_seconds) = polling(app).await?;
    let Past { last, failures } = app.sync.past().clone();
    let address = app.sync.office.as_ref().map(|office| office.address().to_owned());
    let polls = enabled && address.is_some();
    Ok(OfficeStatus { address, polls, interval_seconds, last, failures })
}

/// One round now.
///
/// # Errors
/// No office is configured. What goes wrong on the way stands in the round.
pub(crate) async fn round(app: &App) -> Result<SyncRound, Refused> {
    let Some(office) = app.sync.office.clone() else {
        return Err(Code::NotFound.says(
            "No office is configured. Set `office.url` in tenure.toml and start the server again, or carry context \
             and update as files.",
        ));
    };
    let _turn = app.sync.turn.lock().await;
    let round = match exchange(app, &office).await {
        Ok(round) => round,
        Err(why) => failed(app, why),
    };
    // Who asks by hand reads the answer; an alarm is for those who rely on rounds by itself.
    let is_relied_on = !matches!(polling(app).await, Ok((false, _)));
    note(app, &round, is_relied_on);
    Ok(round)
}

/// Asks the office again and again until the engine stops.
pub(crate) async fn keep_in_step(app: App) {
    if app.sync.office.is_none() {
        return;
    }
    let uptime = app.edge.uptime;
    let (mut since, mut chance, mut has_asked) = (uptime.elapsed(), chance_of_now(), false);
    loop {
        let interval = match polling(&app).await {
            Ok((true, seconds)) => Some(Duration::from_secs(seconds)),
            Ok((false, _)) => {
                app.alarms.clear(ALARM);
                None
            }
            Err(fault) if is_the_end(fault) => return,
            Err(fault) => {
                tracing::warn!(%fault, "no exchange with the office for now");
                None
            }
        };
        let failures = has_asked.then(|| app.sync.past().failures);
        let left = interval.map(|interval| {
            let wait = spread(pause(interval, failures), chance);
            wait.saturating_sub(uptime.elapsed().saturating_sub(since))
        });
        // Somebody may switch it on again or change the interval, and what was wrong may be over.
        let slice = left.map_or(spread(FIRST_WAIT, chance), |left| left.min(FIRST_WAIT));
        if !slice.is_zero() {
            tokio::time::sleep(slice).await;
            continue;
        }
        if round(&app).await.is_err() {
            return;
        }
        (since, chance, has_asked) = (uptime.elapsed(), chance_of_now(), true);
    }
}

/// Whether rounds are over after this fault. All but the stop of the engine pass by, or wait for somebody to mend them.
fn is_the_end(fault: Fault) -> bool {
    match fault {
        Fault::Stopped => true,
        Fault::Storage | Fault::Full | Fault::Overloaded | Fault::Bug => false,
    }
}

/// Between two rounds: the interval, or after failures something that grows up to it. None: no round was made yet.
fn pause(interval: Duration, failures: Option<u32>) -> Duration {
    match failures {
        None => FIRST_WAIT / 4,
        Some(0) => interval,
        Some(failures) => FIRST_WAIT.saturating_mul(1 << failures.min(16)).min(interval),
    }
}

/// Nine to eleven tenths of it: servers that started together don't ask together.
fn spread(wait: Duration, chance: u8) -> Duration {
    wait * (900 + u32::from(chance) * 200 / 255) / 1000
}

/// Drawn once for each wait, which is measured again and again.
fn chance_of_now() -> u8 {
    random().map_or(128, |bytes| bytes[0])
}

async fn exchange(app: &App, office: &Arc<dyn Office>) -> Result<SyncRound, Problem> {
    let context = ferry::context(app).await.map_err(Refused::into_problem)?;
    let key = fresh_key().map_err(Refused::into_problem)?;
    let asked = ask(office, move |office| office.exchange(context.into_bytes(), &key)).await?;
    let applied =
        ferry::apply(app, asked.update.as_bytes()).await.map_err(Refused::into_problem)?;
    let mut round = SyncRound {
        at: app.edge.clock.wall(),
        outcome: if applied.results.is_empty() {
            SyncOutcome::InStep
        } else {
            SyncOutcome::Updated
        },
        applied: applied.results.len() as u64,
        sequence: Some(applied.sequence),
        receipt_taken: true,
        code: None,
        detail: None,
    };
    if round.outcome == SyncOutcome::Updated {
        let key = fresh_key().map_err(Refused::into_problem)?;
        let receipt = applied.receipt.into_bytes();
        // The next context says the same: a receipt that does not arrive is no failure.
        if let Err(problem) = ask(office, move |office| office.take_receipt(receipt, &key)).await {
            tracing::info!(code = problem.code, "the office did not take the receipt");
            round.receipt_taken = false;
        }
    }
    // Neither is a report: it is kept until the office has it.
    if let Err(problem) = send_reports(app, office).await {
        tracing::warn!(
            code = problem.code,
            detail = problem.detail,
            "the office did not take the use"
        );
    }
    Ok(round)
}

/// Sends the reports of use that the office does not have, a new one included, where the administrator wants that.
async fn send_reports(app: &App, office: &Arc<dyn Office>) -> Result<(), Problem> {
    let wanted = app.query(|leasing, _| leasing.is_on("sync.usage")).await;
    if !wanted.map_err(|fault| Refused::from(fault).into_problem())? {
        return Ok(());
    }
    reports::make(app, "sync").await.map_err(Refused::into_problem)?;
    for report in reports::open(app).await.map_err(Refused::into_problem)? {
        let key = fresh_key().map_err(Refused::into_problem)?;
        let document = report.document.into_bytes();
        ask(office, move |office| office.take_usage(document, &key)).await?;
        reports::note_taken(app, report.to_sequence).await.map_err(Refused::into_problem)?;
    }
    Ok(())
}

/// Asks the office on a blocking thread.
async fn ask<T: Send + 'static>(
    office: &Arc<dyn Office>,
    call: impl FnOnce(&dyn Office) -> Result<T, ApiError> + Send + 'static,
) -> Result<T, Problem> {
    let office = office.clone();
    let answer = tokio::task::spawn_blocking(move || call(office.as_ref())).await;
    let answer = answer.unwrap_or_else(|_| Err(ApiError::Setup("the call ended early".to_owned())));
    answer.map_err(|error| {
        let detail = error.problem().map_or_else(|| error.to_string(), |said| said.detail.clone());
        Problem::new(error.status().unwrap_or(502), error.code(), "The office", detail)
    })
}

fn fresh_key() -> Result<String, Refused> {
    let bytes = random().ok_or_else(|| Code::Internal.says("The system has no randomness."))?;
    Ok(bytes[..16].iter().map(|byte| format!("{byte:02x}")).collect())
}

fn failed(app: &App, why: Problem) -> SyncRound {
    SyncRound {
        at: app.edge.clock.wall(),
        outcome: SyncOutcome::Failed,
        applied: 0,
        sequence: None,
        receipt_taken: false,
        code: Some(why.code),
        detail: Some(why.detail),
    }
}

/// Remembers how it went, and tells people when it goes on going wrong and somebody relies on it.
fn note(app: &App, round: &SyncRound, is_relied_on: bool) {
    let mut past = app.sync.past();
    past.last = Some(round.clone());
    if round.outcome != SyncOutcome::Failed {
        past.failures = 0;
        app.alarms.clear(ALARM);
        tracing::info!(
            applied = round.applied,
            sequence = round.sequence,
            "in step with the office"
        );
        return;
    }
    past.failures = past.failures.saturating_add(1);
    let (code, detail) =
        (round.code.as_deref().unwrap_or_default(), round.detail.as_deref().unwrap_or_default());
    tracing::warn!(code, detail, failures = past.failures, "no exchange with the office");
    // What the office says no to does not mend itself; what does not answer may.
    let silent = matches!(code, "unreachable" | "garbled" | "overloaded" | "stopping");
    if is_relied_on && (!silent || past.failures > FAILURES_QUIET) {
        let sentence = format!(
            "no exchange with the office in {} rounds ({code}): {detail}; the server goes on with what it holds",
            past.failures
        );
        app.alarms.raise(ALARM, sentence);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_wait_longer_after_each_failure_but_never_longer_than_the_interval() {
        let day = Duration::from_secs(86_400);
        let waits = [None, Some(0), Some(1), Some(2), Some(5), Some(30)];
        let waits = waits.map(|failures| pause(day, failures).as_secs());
        assert_eq!(waits, [15, 86_400, 120, 240, 1_920, 86_400]);
        assert_eq!(pause(Duration::from_secs(90), Some(7)).as_secs(), 90);
        let spread = [0, 128, 255].map(|chance| spread(Duration::from_secs(1_000), chance));
        assert_eq!(spread.map(|wait| wait.as_secs()), [900, 1_000, 1_100]);
    }

    #[test]
    fn only_a_server_that_stops_ends_the_rounds() {
        let all = [Fault::Storage, Fault::Full, Fault::Stopped, Fault::Overloaded, Fault::Bug];
        let last: Vec<Fault> = all.into_iter().filter(|fault| is_the_end(*fault)).collect();
        assert_eq!(last, [Fault::Stopped]);
    }
}
