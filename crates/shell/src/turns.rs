//! Turns of work that takes long and that many may ask for at once: readings of the past, proofs of the ledger.
//!
//! Kept here: so many run at once and no more, first come, first served, so that blocking threads and processors are
//! left to logins and signatures; a turn lasts as long as the work, also where nobody waits for its answer any more;
//! who waits for too long is told to come again. Deliberately not here: what the work is.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::problem::{Code, Refused};

/// So long is waited for a turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// A bounded number of turns.
pub struct Turns(Arc<Semaphore>);

impl Turns {
    /// So many at once.
    pub fn new(at_once: usize) -> Self {
        Self(Arc::new(Semaphore::new(at_once)))
    }

    /// Works in a turn, beside the async workers.
    ///
    /// # Errors
    /// 503 where too many others are before it, 500 where the work panicked.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refused> {
        let turn = timeout(PATIENCE, self.0.clone().acquire_owned()).await;
        let Ok(Ok(turn)) = turn else {
            let text = "Others ask for much that takes long. Wait as long as Retry-After says, then try again.";
            return Err(Code::Overloaded.says(text).retry_after(PATIENCE.as_secs()));
        };
        let worked = spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        worked.await.map_err(|_| {
            Code::Internal
                .says("The system could not do its part. The server's log names the cause.")
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};
    use std::task::{Context, Poll, Waker};

    use super::*;

    /// Begins work that goes on until it is told to end, and lets go of its answer.
    async fn begin(turns: &Turns) -> Sender<()> {
        let (end, told) = channel::<()>();
        let mut working = Box::pin(turns.run(move || told.recv()));
        let begun = working.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(begun, Poll::Pending));
        end
    }

    #[tokio::test(start_paused = true)]
    async fn who_finds_all_turns_taken_waits_and_then_is_told_to_come_again() {
        let turns = Turns::new(2);
        let ends = [begin(&turns).await, begin(&turns).await];
        let mut third = Box::pin(turns.run(|| 3));
        let waiting = third.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(waiting, Poll::Pending));
        tokio::time::advance(PATIENCE).await;
        let refused = third.await.expect_err("both turns are taken");
        assert_eq!(refused.into_problem().code, Code::Overloaded.word());
        drop(ends);
        assert_eq!(turns.run(|| 4).await.expect("they have ended"), 4);
    }
}
