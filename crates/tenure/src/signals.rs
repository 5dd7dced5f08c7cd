//! What ends a command that runs for long: a signal, or a ledger whose writer is gone.
//!
//! Invariants: signals are caught before the ready line; a writer that ended unasked ends the wait with a fault, because
//! a server that can record nothing is of no use and a supervisor starts a new one.
//! Deliberately not here: how a server is stopped (`serve`, `office`).

use crate::exit::Failure;
use anyhow::Context as _;
use std::{convert::Infallible, time::Duration};
use tenure_ledger::Deliver;
use tokio::{
    runtime::Runtime,
    signal::unix::{Signal, SignalKind, signal},
    sync::oneshot,
};

/// The signals that a command which runs for long understands, and the ledger's writer that it can't do without.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
    writer: Option<Writer>,
}

/// Tells when the ledger's writer has ended.
pub struct Writer(oneshot::Receiver<Infallible>);

/// What was heard.
enum Heard {
    Stop,
    Reload,
    WriterGone,
    Nothing,
}

/// The same sink for the engine's answers, and what tells that the engine's writer, which holds it, is gone.
pub fn watched(deliver: Deliver) -> (Deliver, Writer) {
    let (held, gone) = oneshot::channel();
    let watched = Box::new(move |batch| {
        let _held = &held;
        deliver(batch);
    });
    (watched, Writer(gone))
}

impl Signals {
    /// Catches them from now on: before the ready line, because who reads it may send a signal at once.
    ///
    /// # Errors
    /// The system refuses.
    pub fn catch(runtime: &Runtime) -> anyhow::Result<Signals> {
        let _inside = runtime.enter();
        let caught = || -> std::io::Result<Signals> {
            Ok(Signals {
                terminate: signal(SignalKind::terminate())?,
                interrupt: signal(SignalKind::interrupt())?,
                hangup: signal(SignalKind::hangup())?,
                writer: None,
            })
        };
        caught().context("catching signals")
    }

    /// The same for a command that needs this writer.
    #[must_use]
    pub fn and_writer(self, writer: Writer) -> Signals {
        Signals { writer: Some(writer), ..self }
    }

    /// Waits for SIGTERM or Ctrl-C; each SIGHUP calls `reload`.
    ///
    /// # Errors
    /// The ledger's writer has ended.
    pub fn wait_until_told(
        &mut self,
        runtime: &Runtime,
        mut reload: impl FnMut(),
    ) -> anyhow::Result<()> {
        while !self.told_within(runtime, Duration::MAX, &mut reload)? {}
        Ok(())
    }

    /// Whether SIGTERM or Ctrl-C comes within so long; a SIGHUP calls `reload`, and ends the wait, too.
    ///
    /// # Errors
    /// The ledger's writer has ended.
    pub fn told_within(
        &mut self,
        runtime: &Runtime,
        within: Duration,
        mut reload: impl FnMut(),
    ) -> anyhow::Result<bool> {
        match runtime.block_on(self.heard(within)) {
            Heard::Stop => return Ok(true),
            Heard::Reload => reload(),
            Heard::Nothing => {}
            Heard::WriterGone => {
                return Err(Failure::fault(
                    "the ledger's writer has ended: nothing can be recorded",
                )
                .hint("start it again; the log says what ended it")
                .into());
            }
        }
        Ok(false)
    }

    async fn heard(&mut self, within: Duration) -> Heard {
        let gone = async {
            match &mut self.writer {
                Some(Writer(gone)) => drop(gone.await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.terminate.recv() => Heard::Stop,
            _ = self.interrupt.recv() => Heard::Stop,
            _ = self.hangup.recv() => Heard::Reload,
            () = gone => Heard::WriterGone,
            () = tokio::time::sleep(within) => Heard::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{daemon::runtime, exit};
    use tenure_ledger::Completion;

    #[test]
    fn a_writer_that_ends_unasked_ends_the_wait_with_a_fault() -> anyhow::Result<()> {
        let runtime = runtime()?;
        let (delivered, answers) = std::sync::mpsc::channel();
        let (deliver, writer) = watched(Box::new(move |batch: Vec<Completion>| {
            let _ = delivered.send(batch.len());
        }));
        let mut signals = Signals::catch(&runtime)?.and_writer(writer);
        deliver(vec![Box::new(|| ())]);
        assert_eq!(answers.recv(), Ok(1));
        assert!(!signals.told_within(&runtime, Duration::ZERO, || ())?, "the writer is there");
        drop(deliver);
        let told = signals.wait_until_told(&runtime, || ());
        assert_eq!(told.as_ref().map_err(exit::kind_of), Err(exit::Kind::Fault));
        Ok(())
    }
}
