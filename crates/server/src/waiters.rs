//! Who waits at an open connection for which ticket.
//!
//! Kept here: an offer wakes the one who asks about its ticket and nobody else; the latest question about a ticket takes
//! the place of an earlier one; a bounded number may wait, others are told to come back; whoever goes away leaves
//! nothing behind. Deliberately not here: what they are told (`client::ticket`).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tenure_leasing::TicketId;
use tokio::sync::oneshot;

/// Open questions by ticket.
#[derive(Debug)]
pub(crate) struct Waiters {
    max: usize,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    asking: HashMap<TicketId, (u64, oneshot::Sender<()>)>,
    numbered: u64,
}

/// A question that waits for its ticket.
#[derive(Debug)]
pub(crate) struct Waiter {
    waiters: Arc<Waiters>,
    ticket: TicketId,
    number: u64,
    woken: oneshot::Receiver<()>,
}

impl Waiters {
    pub(crate) fn new(max: usize) -> Arc<Self> {
        Arc::new(Self { max, inner: Mutex::default() })
    }

    /// Waits from now on; none: too many do.
    pub(crate) fn enter(self: &Arc<Self>, ticket: TicketId) -> Option<Waiter> {
        let mut inner = self.lock();
        if inner.asking.len() >= self.max && !inner.asking.contains_key(&ticket) {
            return None;
        }
        inner.numbered += 1;
        let number = inner.numbered;
        let (wake, woken) = oneshot::channel();
        inner.asking.insert(ticket, (number, wake));
        drop(inner);
        Some(Waiter { waiters: self.clone(), ticket, number, woken })
    }

    /// Something has happened to this ticket.
    pub(crate) fn wake(&self, ticket: TicketId) {
        if let Some((_, wake)) = self.lock().asking.remove(&ticket) {
            // Whoever is gone by now needs no waking.
            let _gone = wake.send(());
        }
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.lock().asking.len()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiter {
    /// Until something has happened to the ticket, or somebody else asks about it.
    pub(crate) async fn woken(&mut self) {
        let _either = (&mut self.woken).await;
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        let mut inner = self.waiters.lock();
        if inner.asking.get(&self.ticket).is_some_and(|(number, _)| *number == self.number) {
            inner.asking.remove(&self.ticket);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_is_woken_the_latest_counts_and_who_goes_leaves_nothing() {
        let waiters = Waiters::new(2);
        let mut first = waiters.enter(TicketId(1)).expect("there is room");
        let mut second = waiters.enter(TicketId(2)).expect("there is room");
        assert!(waiters.enter(TicketId(3)).is_none(), "too many");
        waiters.wake(TicketId(1));
        first.woken().await;
        assert_eq!(waiters.len(), 1);
        let again = waiters.enter(TicketId(2)).expect("it takes the place of the former");
        second.woken().await;
        drop(second);
        assert_eq!(waiters.len(), 1, "the former does not take the latter along");
        drop(again);
        assert_eq!(waiters.len(), 0);
        waiters.wake(TicketId(2));
    }
}
