//! Archiving by the core, and beside a running engine.
//!
//! Invariants: the writer is asked for what is quick only (a part of the cut, then a few old entries
//! at a time); everything else is read and written beside it. A cut that failed is treated as a commit
//! that failed: the state is folded anew from disk.
//! Not here: what is written where (`archiving`).

use std::{path::PathBuf, sync::Arc, time::Duration};

use tenure_document::Time;
use tracing::info;

use crate::{
    archiving::{
        ArchiveOrder, ArchiveStep, Archived, OnStep, old_before, renew_state, write_archive,
    },
    core::Core,
    engine::Engine,
    entry::EntrySigner,
    fault::{Fault, LedgerError},
    machine::Machine,
    options::Options,
    port::{Cut, Ledger},
};

/// Old entries removed at once while commands may wait.
const SWEEP: usize = 200;

impl<M: Machine> Core<M> {
    /// The instant from before which entries are older than `keep` when the wall clock shows `now`;
    /// earlier where the ledger can't tell a wrong clock from time that went by.
    pub fn old_before(&self, now: Time, keep: Duration) -> Time {
        let recorded = self.clock_alarms();
        let recorded = recorded.iter().map(|recorded| &recorded.alarm);
        old_before(now, keep, recorded.chain(self.keeper.pending()))
    }

    /// Moves old entries to an archive. None: there are none that old. Entries left over from an
    /// earlier attempt are removed in any case.
    ///
    /// # Errors
    /// [`LedgerError::WrongArchive`]: the folder has the archive of another ledger;
    /// [`LedgerError::GivenUp`] by `on_step`. Asking again goes on where it ended.
    pub fn archive(
        &mut self,
        order: &ArchiveOrder,
        on_step: OnStep<'_>,
    ) -> Result<Option<Archived>, LedgerError> {
        let (signer, keep) = (Arc::clone(&self.signer), self.keep());
        let mut reader = self.reader()?;
        let written = write_archive::<M>(reader.as_mut(), signer.as_ref(), keep, order, on_step)?;
        let archived = match written {
            Some((archived, cut)) => {
                while !self.cut(&cut)? {}
                told(on_step, ArchiveStep::Cut)?;
                Some(archived)
            }
            None => None,
        };
        while self.sweep(on_step)? {}
        Ok(archived)
    }

    /// Replaces the state kept with the beginning of a ledger that was cut by one folded from its
    /// archive. False: the ledger was not cut.
    pub fn renew_beginning(
        ledger: &mut dyn Ledger,
        folders: &[PathBuf],
        signer: &dyn EntrySigner,
        options: &Options,
    ) -> Result<bool, LedgerError> {
        let keep = options.keep();
        match renew_state::<M>(ledger.reading(), folders, signer, keep)? {
            Some(cut) => {
                while !ledger.cut(&cut)? {}
                Ok(true)
            }
            None => Ok(false),
        }
    }

    /// A part of it; true: done.
    fn cut(&mut self, cut: &Cut) -> Result<bool, LedgerError> {
        let now = self.read_clocks();
        self.ledger.cut(cut).inspect_err(|error| {
            if !matches!(error, LedgerError::Full | LedgerError::HeadMoved { .. }) {
                self.failed(error, now, 0);
            }
        })
    }

    /// Removes some old entries; false: there are no more.
    fn sweep(&mut self, on_step: OnStep<'_>) -> Result<bool, LedgerError> {
        let gone = self.ledger.sweep(SWEEP)?;
        if gone > 0 {
            told(on_step, ArchiveStep::Swept(gone as u64))?;
        }
        Ok(gone > 0)
    }
}

impl<M: Machine> Engine<M> {
    /// As [`Core::old_before`]; for a thread that may block.
    pub fn old_before_blocking(&self, now: Time, keep: Duration) -> Result<Time, LedgerError> {
        self.with_core(move |core| core.old_before(now, keep)).map_err(stopped)
    }

    /// Moves old entries of a running ledger to an archive; for a thread that may block.
    /// `record` is called between proof and cut, so that what becomes of the entries can be put on
    /// record before they go.
    ///
    /// # Errors
    /// As [`Core::archive`].
    pub fn archive_blocking(
        &self,
        order: &ArchiveOrder,
        record: &mut dyn FnMut(&Archived) -> Result<(), Fault>,
        on_step: OnStep<'_>,
    ) -> Result<Option<Archived>, LedgerError> {
        let (reader, signer, keep) = self
            .with_core(|core| (core.reader(), Arc::clone(&core.signer), core.keep()))
            .map_err(stopped)?;
        let written = write_archive::<M>(reader?.as_mut(), signer.as_ref(), keep, order, on_step)?;
        let archived = match written {
            Some((archived, cut)) => {
                record(&archived).map_err(stopped)?;
                let cut = Arc::new(cut);
                let part = || {
                    let cut = Arc::clone(&cut);
                    self.with_core(move |core| core.cut(&cut)).map_err(stopped)?
                };
                while !part()? {}
                info!(begins = archived.begins.sequence, "old entries are archived");
                told(on_step, ArchiveStep::Cut)?;
                Some(archived)
            }
            None => None,
        };
        loop {
            let gone = self.with_core(|core| core.ledger.sweep(SWEEP)).map_err(stopped)??;
            if gone == 0 {
                return Ok(archived);
            }
            told(on_step, ArchiveStep::Swept(gone as u64))?;
        }
    }
}

fn told(on_step: OnStep<'_>, step: ArchiveStep) -> Result<(), LedgerError> {
    if on_step(step) { Ok(()) } else { Err(LedgerError::GivenUp) }
}

fn stopped(fault: Fault) -> LedgerError {
    LedgerError::io("be archived", fault)
}
