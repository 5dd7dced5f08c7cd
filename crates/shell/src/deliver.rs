//! Hands the answers of a batch from the writer thread to the async workers: one wake-up per batch.
//!
//! Kept here: answers keep their order; the writer never waits. Waking one task per answer from the writer
//! thread costs as much as the store (measured), so one task takes the whole batch and wakes the rest from a
//! worker, where waking is a push to a local queue. Deliberately not here: what an answer is.

use tenure_ledger::{Completion, Deliver};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

/// The sink for the engine's options; its task runs on the given runtime until the engine is gone.
pub fn delivery(runtime: &Handle) -> Deliver {
    let (batches, mut arrived) = mpsc::unbounded_channel::<Vec<Completion>>();
    runtime.spawn(async move {
        while let Some(batch) = arrived.recv().await {
            for complete in batch {
                complete();
            }
        }
    });
    Box::new(move |batch| {
        // Without a runtime nobody is left who waits: the answers themselves are durable.
        let _nobody_waits = batches.send(batch);
    })
}
