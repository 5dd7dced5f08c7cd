//! How a shared folder stands, for people: the terminal view, the status and the log.
//!
//! Invariant: a bounded number of exchanges is remembered. Deliberately not here: what happens in the folder.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tenure_document::Time;

/// Exchanges that are remembered.
const EXCHANGES_KEPT: usize = 20;

/// How a shared folder stands. Clones are the same folder.
#[derive(Debug, Clone, Default)]
pub struct FolderStatus(Arc<Mutex<FolderState>>);

/// The state at one instant.
#[derive(Debug, Clone, Default)]
pub struct FolderState {
    /// What it is doing.
    pub standing: FolderStanding,
    /// Requests answered since the start, refusals included.
    pub answered: u64,
    /// Files that were no requests and are gone.
    pub rejected: u64,
    /// Files in the folder that are none of ours.
    pub foreign: u64,
    /// Scans so far.
    pub scans: u64,
    /// How long the longest of them took, in milliseconds.
    pub longest_scan_ms: u64,
    /// The last exchanges, the latest first.
    pub exchanges: VecDeque<FolderExchange>,
}

/// What a shared folder is doing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum FolderStanding {
    /// Nothing yet.
    #[default]
    Starting,
    /// A record of another server is there; it is watched whether that server lives.
    Watching,
    /// Requests are answered.
    Serving,
    /// The directory is not there or does not answer; it is looked for. In a sentence.
    Away(String),
    /// Another server serves it. In a sentence.
    InUse(String),
}

/// Why a folder is not served, and will not be by itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FolderFault {
    /// Another server serves it.
    #[error("{0}")]
    InUse(String),
    /// The directory is not there, or does not answer.
    #[error("{0}")]
    Away(String),
    /// The system gives no thread.
    #[error("no thread for the shared folder: {0}")]
    Thread(String),
}

/// One answered request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderExchange {
    /// When.
    pub at: Time,
    /// Whose: the name of the file tells.
    pub user: String,
    /// Its computer.
    pub computer: String,
    /// What was asked.
    pub action: String,
    /// `granted`, `done`, or the code of the refusal.
    pub outcome: String,
}

impl FolderStatus {
    /// The state now.
    pub fn now(&self) -> FolderState {
        self.lock().clone()
    }

    /// Why it is not served, if that is no state to start in.
    pub(crate) fn fault(&self, must_be_there: bool) -> Result<(), FolderFault> {
        match self.now().standing {
            FolderStanding::InUse(why) => Err(FolderFault::InUse(why)),
            FolderStanding::Away(why) if must_be_there => Err(FolderFault::Away(why)),
            _ => Ok(()),
        }
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut FolderState)) {
        change(&mut self.lock());
    }

    pub(crate) fn note(&self, exchange: FolderExchange) {
        let mut state = self.lock();
        state.answered += 1;
        state.exchanges.push_front(exchange);
        state.exchanges.truncate(EXCHANGES_KEPT);
    }

    fn lock(&self) -> MutexGuard<'_, FolderState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
