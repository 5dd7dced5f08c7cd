//! What all pages of one site share, and who is visiting: the plumbing below every page.
//!
//! Kept here, as types that a handler must take to get at a form: [`Posted`] exists only after the origin check
//! and with the CSRF token of a live session; [`Entered`] only after the origin check, and carries no session's
//! authority. A handler of a state change takes one of the two; the exceptions are the two ends of the bridge.
//! Deliberately not here: what a page says.

mod entry;
mod once;
mod onward;
mod state;

pub(crate) use self::entry::{Carried, Entered, Inside, Posted};
pub(crate) use self::once::once;
pub(crate) use self::onward::{is_own_path, refusal, see_other};
pub use self::state::SiteOptions;
pub(crate) use self::state::{Site, Visit};
pub(crate) use crate::frame::{Area, Frame, show};
