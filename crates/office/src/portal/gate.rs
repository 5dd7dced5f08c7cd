//! The credential of the portal: activation IDs, known or not.
//!
//! Kept here: only IDs that are not known are charged, on their source, and only they are refused while it waits, so
//! that many technicians behind one address are never in each other's way; the answer is the same whether an ID is
//! mistyped or not there.
//! Deliberately not here: how long the delays are (the shells' own floor).

use tenure_api::office::portal::IDS_MAX;
use tenure_document::ActivationId;
use tenure_shell::login::Source;
use tenure_shell::problem::{Code, Refused};

use crate::app::App;
use crate::names::shown;

/// Which of the IDs are known; the others as they were typed.
pub(crate) struct Known {
    /// In the order asked for, without doubles.
    pub(crate) ids: Vec<ActivationId>,
    /// As they were typed.
    pub(crate) unknown: Vec<String>,
}

/// Asks for activation IDs.
///
/// # Errors
/// 422 without any or with too many, 429 where one is not known while their source has to wait.
pub(crate) async fn known(app: &App, source: &Source, typed: &[String]) -> Result<Known, Refused> {
    if typed.is_empty() || typed.len() > IDS_MAX {
        return Err(Code::BadValue.says(format!("Send 1 to {IDS_MAX} activation IDs.")));
    }
    let read: Vec<Option<ActivationId>> = typed.iter().map(|text| text.parse().ok()).collect();
    let there = app
        .query(move |office, _| {
            let known = |id: &ActivationId| office.entitlements().get(*id).is_some();
            read.into_iter().map(|id| id.filter(known)).collect::<Vec<_>>()
        })
        .await?;
    let now = app.edge.uptime.elapsed();
    if there.contains(&None)
        && let Some(wait) = app.portal_backoff.waits(source.as_str(), now)
    {
        let seconds = wait.as_secs() + 1;
        let text = format!(
            "Too many unknown activation IDs came from here, and one of these is not known either. Wait {seconds} s."
        );
        return Err(Code::TooManyAttempts.says(text).retry_after(seconds));
    }
    let mut found = Known { ids: Vec::new(), unknown: Vec::new() };
    for (id, text) in there.into_iter().zip(typed) {
        match id {
            Some(id) if found.ids.contains(&id) => {}
            Some(id) => found.ids.push(id),
            None => {
                // Charged and never given back: whoever guesses pays for every guess.
                let _ = app.portal_backoff.begin(None, source.as_str(), now);
                found.unknown.push(shown(text));
            }
        }
    }
    Ok(found)
}

/// The one activation ID of a call, or those of its choices: all must be known.
///
/// # Errors
/// As [`known`], and 404 when one of them is not known.
pub(crate) async fn all_known(
    app: &App,
    source: &Source,
    typed: &[String],
) -> Result<Vec<ActivationId>, Refused> {
    let found = known(app, source, typed).await?;
    match found.unknown.first() {
        None => Ok(found.ids),
        Some(text) => Err(unknown(text)),
    }
}

/// No such activation ID, mistyped or not there.
pub(crate) fn unknown(text: &str) -> Refused {
    Code::NotFound
        .says(format!("The activation ID `{text}` is not known. Check it for typing errors."))
}
