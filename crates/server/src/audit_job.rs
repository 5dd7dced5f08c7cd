//! The check of the whole ledger: in the background, one at a time, its last result kept.
//!
//! Invariants: it reads by a reading side of its own and gives way to service; a panic ends the check and nothing
//! else. The result is forgotten with the process: a proof is as old as the state it was made of.
//! Deliberately not here: what is proven (the ledger), routes (admin::journal).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tenure_api::{JournalAudit, JournalCheck};
use tenure_document::Time;
use tenure_ledger::{History, LedgerError};
use tenure_shell::outside::Uptime;
use tenure_shell::problem::{Code, Refused};

use crate::courtesy::{Rests, give_way};
use crate::past::unreadable;

/// The check under way, or the last one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Audits(Arc<Mutex<Option<JournalAudit>>>);

/// What a check works with.
pub(crate) struct Means {
    pub(crate) history: History,
    pub(crate) rests: Rests,
    pub(crate) uptime: Uptime,
}

/// Proves the whole ledger; damage is an answer, not a fault.
pub(crate) fn proven(
    history: &History,
    progress: &mut dyn FnMut(u64),
) -> Result<JournalCheck, LedgerError> {
    match history.audit(progress) {
        Ok(audit) => Ok(JournalCheck {
            whole: true,
            sequence: audit.head.map_or(0, |head| head.sequence),
            begins: audit.begins,
            head: audit.head.map(|head| head.hash),
            damage: None,
            detail: None,
        }),
        Err(LedgerError::Corrupt(found)) => Ok(JournalCheck {
            whole: false,
            sequence: found.sequence,
            begins: history.begins().unwrap_or_default(),
            head: None,
            damage: Some(found.damage.code().to_owned()),
            detail: Some(found.detail),
        }),
        Err(fault) => Err(fault),
    }
}

impl Audits {
    /// The check under way, or the last one.
    pub(crate) fn told(&self) -> JournalAudit {
        self.lock().clone().unwrap_or_else(never)
    }

    /// Begins a check on a thread of its own; where one is under way, tells of that one.
    pub(crate) fn begin(
        &self,
        means: Means,
        by: String,
        now: Time,
    ) -> Result<JournalAudit, Refused> {
        let mut kept = self.lock();
        if let Some(running) = kept.as_ref().filter(|one| one.state == "running") {
            return Ok(running.clone());
        }
        let head = means.history.head().map_err(|fault| unreadable(&fault))?;
        let begins = means.history.begins().map_err(|fault| unreadable(&fault))?;
        let audit = JournalAudit {
            state: "running".to_owned(),
            by: Some(by),
            started_at: Some(now),
            entries_total: head.map_or(0, |head| (head.sequence + 1).saturating_sub(begins)),
            ..never()
        };
        let (own, began) = (self.clone(), means.uptime.elapsed());
        let work = move || {
            give_way();
            let uptime = means.uptime;
            let found = catch_unwind(AssertUnwindSafe(|| own.work(means, begins)));
            let took = uptime.elapsed().saturating_sub(began);
            own.end(found.unwrap_or_else(|_| Err(MISTAKE.to_owned())), now.plus(took));
        };
        let thread = std::thread::Builder::new().name("audit".to_owned()).spawn(work);
        thread.map_err(|error| {
            tracing::error!(%error, "no thread for a check of the ledger");
            Code::Internal.says("The check could not be begun. Try again in a moment.")
        })?;
        *kept = Some(audit.clone());
        Ok(audit)
    }

    fn work(&self, means: Means, begins: u64) -> Result<JournalCheck, String> {
        let Means { history, mut rests, .. } = means;
        let mut progress = |reached: u64| {
            if let Some(audit) = self.lock().as_mut() {
                audit.entries_done = (reached + 1).saturating_sub(begins);
            }
            rests.rest();
        };
        proven(&history, &mut progress).map_err(|fault| {
            tracing::error!(fault = fault.chain(), "the ledger can't be read to be checked");
            format!("The ledger can't be read: {fault}")
        })
    }

    fn end(&self, found: Result<JournalCheck, String>, at: Time) {
        let mut kept = self.lock();
        let Some(audit) = kept.as_mut() else { return };
        audit.ended_at = Some(at);
        match found {
            Ok(check) => {
                audit.state = "done".to_owned();
                audit.result = Some(check);
            }
            Err(problem) => {
                audit.state = "failed".to_owned();
                audit.problem = Some(problem);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<JournalAudit>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const MISTAKE: &str = "The server made a mistake. Its log has more.";

fn never() -> JournalAudit {
    JournalAudit {
        state: "never".to_owned(),
        by: None,
        started_at: None,
        ended_at: None,
        entries_done: 0,
        entries_total: 0,
        result: None,
        problem: None,
    }
}
