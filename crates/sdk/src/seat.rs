//! A seat in the application's hands: look at it, listen to it, give it back by dropping it.
//!
//! A handle only; a leased seat's life is in the session, a local one's in the container. Dropping never waits for more
//! than one attempt to reach the server.

use std::fmt;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};

use tenure_document::Lease;
use tenure_vault::HeldSeat;

use crate::driver::Handle;
use crate::error::Error;
use crate::local::{LocalGrant, LocalSeat};
use crate::policy::{Notice, SeatState, Why};
use crate::session::{Event, HeldLease, Loan, SeatId};

/// One seat. Dropping it gives it back, unless it is borrowed: a borrowed lease stays on disk.
#[must_use = "a seat that is dropped is given back"]
pub struct Seat(Kind);

enum Kind {
    Leased(Box<Leased>),
    Local(Box<LocalSeat>),
}

/// A seat of a license server.
struct Leased {
    handle: Arc<Handle>,
    id: SeatId,
    /// The lease of the grant, for looking at after the session forgot the seat.
    granted: Option<HeldLease>,
    /// Tells other processes of this station that it holds the seat.
    note: Mutex<Option<HeldSeat>>,
}

impl Seat {
    pub(crate) fn new(handle: Arc<Handle>, id: SeatId) -> Self {
        let granted = handle.0.held(id);
        let note = Mutex::default();
        Self(Kind::Leased(Box::new(Leased { handle, id, granted, note })))
    }

    /// Keeps a note of it for other processes of this station, as long as it is held.
    pub(crate) fn noted(self, note: Option<HeldSeat>) -> Self {
        if let Kind::Leased(leased) = &self.0 {
            *leased.note.lock().unwrap_or_else(PoisonError::into_inner) = note;
        }
        self
    }

    pub(crate) fn local(seat: LocalSeat) -> Self {
        Self(Kind::Local(Box::new(seat)))
    }

    /// The seat's number within this process.
    pub fn id(&self) -> SeatId {
        match &self.0 {
            Kind::Leased(leased) => leased.id,
            Kind::Local(seat) => seat.id(),
        }
    }

    /// What the seat is worth now.
    pub fn state(&self) -> SeatState {
        match &self.0 {
            Kind::Leased(leased) => {
                let state = leased.handle.0.state(leased.id);
                state.unwrap_or(SeatState::Ended(Why::Released))
            }
            Kind::Local(seat) => seat.state(),
        }
    }

    /// The application may use the feature now.
    pub fn is_usable(&self) -> bool {
        self.state().is_usable()
    }

    /// What a container on this machine granted; `None` for a seat of a license server.
    pub fn grant(&self) -> Option<&LocalGrant> {
        match &self.0 {
            Kind::Leased(_) => None,
            Kind::Local(seat) => Some(seat.grant()),
        }
    }

    /// The lease as it was last granted or renewed, verified; `None` for a seat of this machine.
    pub fn lease(&self) -> Option<Lease> {
        self.held().map(|held| held.lease.into_inner())
    }

    /// The signed document of the lease; `None` for a seat of this machine.
    pub fn document(&self) -> Option<String> {
        self.held().map(|held| held.document)
    }

    /// What happens to the seat from now on. The channel ends with the connection.
    pub fn notices(&self) -> Receiver<Notice> {
        match &self.0 {
            Kind::Leased(leased) => leased.handle.0.subscribe(leased.id),
            Kind::Local(seat) => seat.notices(),
        }
    }

    /// The lease outlives this process.
    pub fn is_borrowed(&self) -> bool {
        match &self.0 {
            Kind::Leased(leased) => leased.is_borrowed(),
            Kind::Local(_) => false,
        }
    }

    /// Gives the seat back now, a borrowed one early, and waits for the server's word.
    ///
    /// # Errors
    /// [`Error::Server`] when the server can't be reached: a floating lease ends by itself, a
    /// borrowed one stays borrowed. Either may be given back later.
    pub fn give_back(&self) -> Result<(), Error> {
        match &self.0 {
            Kind::Leased(leased) => leased.give_back(),
            Kind::Local(seat) => {
                seat.give_back();
                Ok(())
            }
        }
    }

    fn held(&self) -> Option<HeldLease> {
        match &self.0 {
            Kind::Leased(leased) => {
                leased.handle.0.held(leased.id).or_else(|| leased.granted.clone())
            }
            Kind::Local(_) => None,
        }
    }
}

impl Leased {
    fn is_borrowed(&self) -> bool {
        self.granted.as_ref().is_some_and(|held| held.lease.borrowed)
    }

    fn give_back(&self) -> Result<(), Error> {
        // Held meanwhile: of two threads that give it back, one asks after the other.
        let mut note = self.note.lock().unwrap_or_else(PoisonError::into_inner);
        self.handle.0.release(self.id)?;
        note.take();
        match (&self.handle.0.store, &self.granted) {
            (Some(store), Some(held)) if held.lease.borrowed => store.forget(Loan::of(&held.lease)),
            _ => Ok(()),
        }
    }
}

impl Drop for Leased {
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
        let feature = match &self.0 {
            Kind::Leased(leased) => leased.granted.as_ref().map(|held| held.lease.feature.clone()),
            Kind::Local(seat) => Some(seat.grant().feature.clone()),
        };
        f.debug_struct("Seat")
            .field("feature", &feature)
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}
