//! A seat in the application's hands: look at it, listen to it, give it back by dropping it.
//!
//! A handle only; the seat's life is in the session. Dropping never waits for more than one
//! attempt to reach the server.

use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use tenure_document::Lease;

use crate::driver::Handle;
use crate::error::Error;
use crate::policy::{Notice, SeatState, Why};
use crate::session::{Event, HeldLease, SeatId};

/// One seat. Dropping it gives it back, unless it is borrowed: a borrowed lease stays on disk.
#[must_use = "a seat that is dropped is given back"]
pub struct Seat {
    handle: Arc<Handle>,
    id: SeatId,
    /// The lease of the grant, for looking at after the session forgot the seat.
    granted: Option<HeldLease>,
}

impl Seat {
    pub(crate) fn new(handle: Arc<Handle>, id: SeatId) -> Self {
        let granted = handle.0.held(id);
        Self { handle, id, granted }
    }

    /// The seat's number within this process.
    pub fn id(&self) -> SeatId {
        self.id
    }

    /// What the seat is worth now.
    pub fn state(&self) -> SeatState {
        self.handle.0.state(self.id).unwrap_or(SeatState::Ended(Why::Released))
    }

    /// The application may use the feature now.
    pub fn is_usable(&self) -> bool {
        self.state().is_usable()
    }

    /// The lease as it was last granted or renewed, verified.
    pub fn lease(&self) -> Option<Lease> {
        self.handle
            .0
            .held(self.id)
            .or_else(|| self.granted.clone())
            .map(|held| held.lease.into_inner())
    }

    /// The signed document of the lease.
    pub fn document(&self) -> Option<String> {
        self.handle.0.held(self.id).or_else(|| self.granted.clone()).map(|held| held.document)
    }

    /// What happens to the seat from now on. The channel ends with the connection.
    pub fn notices(&self) -> Receiver<Notice> {
        self.handle.0.subscribe(self.id)
    }

    /// The lease outlives this process.
    pub fn is_borrowed(&self) -> bool {
        self.granted.as_ref().is_some_and(|held| held.lease.borrowed)
    }

    /// Gives the seat back now, a borrowed one early, and waits for the server's word.
    ///
    /// # Errors
    /// [`Error::Server`] when the server can't be reached: a floating lease ends by itself, a
    /// borrowed one stays borrowed and may be given back later.
    pub fn give_back(&self) -> Result<(), Error> {
        self.handle.0.release(self.id)?;
        match (&self.handle.0.store, &self.granted) {
            (Some(store), Some(held)) if held.lease.borrowed => store.forget(held.lease.id),
            _ => Ok(()),
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if !self.is_borrowed() {
            // One attempt: what does not arrive ends by itself at the end of the lease.
            self.handle.0.perform(Event::Release { seat: self.id });
        }
        self.handle.0.forget(self.id);
    }
}

impl fmt::Debug for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lease = self.granted.as_ref().map(|held| &*held.lease);
        f.debug_struct("Seat")
            .field("feature", &lease.map(|lease| &lease.feature))
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}
