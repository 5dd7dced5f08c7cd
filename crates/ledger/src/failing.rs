//! A ledger that fails on demand, around any engine: for tests and simulations.
//!
//! Invariants: a failure "before" leaves nothing stored, one "after" has stored the entry; both
//! look the same to the caller, as they do with a real disk.
//! Not here: what the engine around it makes of a failure (`core`).

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    entry::Entry,
    fault::LedgerError,
    port::{Cut, Ledger, Reader},
};

/// How an operation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// An I/O error; the entry is not stored.
    Before,
    /// An I/O error; the entry is stored all the same.
    After,
    /// No space; the entry is not stored.
    Full,
}

/// Which operations fail; clones are the same plan.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    appends: u64,
    failing: BTreeMap<u64, Trouble>,
    cut: Option<Trouble>,
    full: bool,
    reopen_fails: bool,
    probes: u64,
}

impl Plan {
    /// Nothing fails.
    pub fn new() -> Self {
        Self::default()
    }

    /// The append that comes after `skip` more of them fails.
    pub fn fail_append(&self, skip: u64, trouble: Trouble) {
        self.with(|inner| inner.failing.insert(inner.appends + skip, trouble));
    }

    /// The next cut fails.
    pub fn fail_cut(&self, trouble: Trouble) {
        self.with(|inner| inner.cut = Some(trouble));
    }

    /// Until further notice there is (no) space.
    pub fn set_full(&self, full: bool) {
        self.with(|inner| inner.full = full);
    }

    /// Until further notice the ledger can('t) be opened again.
    pub fn fail_reopen(&self, fails: bool) {
        self.with(|inner| inner.reopen_fails = fails);
    }

    /// Nothing fails any more.
    pub fn clear(&self) {
        self.with(|inner| {
            *inner = Inner { appends: inner.appends, probes: inner.probes, ..Inner::default() }
        });
    }

    /// Appends tried so far.
    pub fn appends(&self) -> u64 {
        self.with(|inner| inner.appends)
    }

    /// How often it was asked whether there is space.
    pub fn probes(&self) -> u64 {
        self.with(|inner| inner.probes)
    }

    fn with<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> T {
        change(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A ledger that fails as planned.
pub struct Failing {
    ledger: Box<dyn Ledger>,
    plan: Plan,
}

impl Failing {
    /// `ledger`, failing as `plan` says.
    pub fn new(ledger: Box<dyn Ledger>, plan: Plan) -> Self {
        Self { ledger, plan }
    }
}

impl Ledger for Failing {
    fn reading(&mut self) -> &mut dyn Reader {
        self.ledger.reading()
    }

    fn append(&mut self, entry: &Entry) -> Result<(), LedgerError> {
        let trouble = self.plan.with(|inner| {
            let planned = inner.failing.remove(&inner.appends);
            inner.appends += 1;
            planned.or(inner.full.then_some(Trouble::Full))
        });
        troubled(trouble, || self.ledger.append(entry))
    }

    fn cut(&mut self, cut: &Cut) -> Result<bool, LedgerError> {
        let trouble = self.plan.with(|inner| inner.cut.take());
        let whole = || while_false(|| self.ledger.cut(cut));
        match trouble {
            None => self.ledger.cut(cut),
            Some(_) => troubled(trouble, whole).map(|()| true),
        }
    }

    fn sweep(&mut self, most: usize) -> Result<usize, LedgerError> {
        self.ledger.sweep(most)
    }

    fn probe(&mut self, bytes: usize) -> Result<(), LedgerError> {
        let full = self.plan.with(|inner| {
            inner.probes += 1;
            inner.full
        });
        if full { Err(LedgerError::Full) } else { self.ledger.probe(bytes) }
    }

    fn reopen(&mut self) -> Result<(), LedgerError> {
        if self.plan.with(|inner| inner.reopen_fails) {
            return Err(planned());
        }
        self.ledger.reopen()
    }

    fn epoch(&self) -> u64 {
        self.ledger.epoch()
    }
}

fn while_false(mut part: impl FnMut() -> Result<bool, LedgerError>) -> Result<(), LedgerError> {
    while !part()? {}
    Ok(())
}

fn troubled(
    trouble: Option<Trouble>,
    write: impl FnOnce() -> Result<(), LedgerError>,
) -> Result<(), LedgerError> {
    match trouble {
        None => write(),
        Some(Trouble::Full) => Err(LedgerError::Full),
        Some(Trouble::Before) => Err(planned()),
        Some(Trouble::After) => {
            write()?;
            Err(planned())
        }
    }
}

fn planned() -> LedgerError {
    LedgerError::io("write an entry", "input/output error (planned)")
}
