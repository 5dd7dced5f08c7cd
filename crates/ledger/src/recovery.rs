//! What the core does when storage fails: the state goes, and comes back by folding from disk.
//!
//! Invariants: nothing more is asked of a connection that failed; a ledger that was full is asked
//! whether there is space before anything is decided; while the state is gone nothing is served,
//! and folding it is tried again only after a pause.
//! Not here: what callers are told (`draft`).

use tracing::{error, info, warn};

use crate::{
    core::{Core, State},
    entry::{GENESIS, Head},
    fault::{Corruption, Damage, Fault, LedgerError},
    fold::Fold,
    machine::{Machine, Now},
};

/// What must fit at least before a ledger that was full is written again.
const PROBE_BYTES: usize = 64 * 1024;

impl<M: Machine> Core<M> {
    /// Throws the state in memory away, because it can't be trusted any more, and folds it anew.
    pub(crate) fn begin_anew(&mut self) {
        let now = self.read_clocks();
        self.recover(now);
    }

    /// Whether entries can be written; tries to get there if it is time to.
    pub(crate) fn ready(&mut self, now: Now) -> bool {
        if let State::Lost { retry_at_ms, .. } = self.state
            && now.since_boot_ms >= retry_at_ms
        {
            self.recover(now);
        }
        if let State::Lost { .. } = self.state {
            return false;
        }
        let Some(bytes) = self.full else { return true };
        match self.ledger.probe(bytes) {
            Ok(()) => {
                info!("there is space again: changes are recorded");
                self.full = None;
                true
            }
            Err(LedgerError::Full) => false,
            Err(error) => {
                self.failed(&error, now, bytes);
                false
            }
        }
    }

    /// A commit failed: what callers are told. The state holds events that are not stored, or may
    /// not be: it goes.
    pub(crate) fn failed(&mut self, error: &LedgerError, now: Now, bytes: usize) -> Fault {
        self.tally.failures += 1;
        if let LedgerError::Full = error {
            if self.full.is_none() {
                warn!("no space is left for the ledger: changes are refused until there is");
            }
            self.full = Some(bytes * 2 + PROBE_BYTES);
            self.degraded = Some("no space is left to record changes".to_owned());
            self.refold(now);
            return Fault::Full;
        }
        error!(error = error.chain(), "commit failed: folding the state anew from disk");
        self.degraded = Some(error.to_string());
        self.recover(now);
        Fault::Storage
    }

    /// Opens the ledger anew and folds from it. Nothing more is asked of the connection that
    /// failed.
    fn recover(&mut self, now: Now) {
        if let Err(error) = self.ledger.reopen() {
            self.lose(now, &error);
            return;
        }
        self.refold(now);
    }

    fn refold(&mut self, now: Now) {
        let keep = self.keep();
        let found = Fold::load(self.ledger.reading(), self.signer.public(), keep, &mut |_| false);
        let empty = || {
            Corruption::new(GENESIS, Damage::Missing, "the ledger is empty all of a sudden").into()
        };
        match found.and_then(|fold| fold.ok_or_else(empty)) {
            Ok(fold) => {
                self.keeper.not_before(fold.head.at);
                self.state = State::Live(fold);
            }
            Err(error) => self.lose(now, &error),
        }
    }

    fn lose(&mut self, now: Now, error: &LedgerError) {
        error!(
            error = error.chain(),
            "the state can't be folded from disk: neither changes nor reads are served"
        );
        self.degraded = Some(error.to_string());
        let wait_ms = i64::try_from(self.options.retry_after.as_millis()).unwrap_or(i64::MAX);
        let head = self.head();
        self.state = State::Lost { retry_at_ms: now.since_boot_ms.saturating_add(wait_ms), head };
    }

    fn head(&self) -> Head {
        match &self.state {
            State::Live(fold) => fold.head,
            State::Lost { head, .. } => *head,
        }
    }
}
