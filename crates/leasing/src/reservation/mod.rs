//! Reservations: seats that are kept for devices and users.
//!
//! A group has reservations, one per device or user, each with entries: so many of a feature from a version on. Entries
//! are placed onto items in order of their creation; seats in use count against at most one reservation each.
//! Deliberately not here: deciding orders about them (reservation_admin), granting (candidates, draft).

mod book;
mod placing;
mod stakes;
mod terms;

pub(crate) use book::{Book, BookRecord, Claimed, GivenRecord, Kind, wants};
pub(crate) use placing::{Given, Supply, Want, place};
pub(crate) use stakes::{MemberNo, Members, Seated, claimed_by, give_up};
pub use terms::{
    EntryPosting, Reservation, ReservationEntry, ReservationGroup, ReservationPosting, Unfit,
    UnfitEntry,
};
pub(crate) use terms::{check, keep};
