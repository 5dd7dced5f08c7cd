//! A value handed from one thread to one waiter, who is a future or a blocked thread.
//!
//! Invariants: a waiter never waits for ever: a sender that is dropped unsent wakes it with
//! nothing. No async runtime is needed.
//! Not here: queues and batches (`engine`).

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

/// A connected pair.
pub(crate) fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let slot = Arc::new(Slot { state: Mutex::new(State::Empty(None)), filled: Condvar::new() });
    (Sender { slot: Arc::clone(&slot) }, Receiver { slot })
}

struct Slot<T> {
    state: Mutex<State<T>>,
    filled: Condvar,
}

enum State<T> {
    Empty(Option<Waker>),
    Full(T),
    /// Sent and taken, or never to be sent.
    Done,
}

impl<T> Slot<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, next: State<T>) {
        let mut state = self.lock();
        if let State::Empty(waker) = &mut *state {
            let waker = waker.take();
            *state = next;
            drop(state);
            match waker {
                Some(waker) => waker.wake(),
                None => self.filled.notify_one(),
            }
        }
    }
}

/// The end that has the value.
pub(crate) struct Sender<T> {
    slot: Arc<Slot<T>>,
}

impl<T> Sender<T> {
    /// Hands the value over.
    pub(crate) fn send(self, value: T) {
        self.slot.put(State::Full(value));
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.slot.put(State::Done);
    }
}

/// The end that waits; a future of the value, or of nothing if the sender is gone.
pub(crate) struct Receiver<T> {
    slot: Arc<Slot<T>>,
}

impl<T> Receiver<T> {
    /// Blocks until the value is there.
    pub(crate) fn wait(self) -> Option<T> {
        let mut state = self.slot.lock();
        loop {
            match std::mem::replace(&mut *state, State::Done) {
                State::Full(value) => return Some(value),
                State::Done => return None,
                empty @ State::Empty(_) => *state = empty,
            }
            state = self.slot.filled.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl<T> Future for Receiver<T> {
    type Output = Option<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let mut state = self.slot.lock();
        match std::mem::replace(&mut *state, State::Done) {
            State::Full(value) => Poll::Ready(Some(value)),
            State::Done => Poll::Ready(None),
            State::Empty(_) => {
                *state = State::Empty(Some(context.waker().clone()));
                Poll::Pending
            }
        }
    }
}
