//! What the pages of people who log in are made of: the manager of a license server and the console of an office.
//!
//! Kept here, once for both sites: who is at work and what the API lets them do, the frame with its rail, the
//! door, lists, questions before grave acts, tables as files. Deliberately not here: what any page is about.

pub(crate) mod desk;
pub(crate) mod door;
pub(crate) mod draft;
pub(crate) mod listing;
pub(crate) mod logins;
pub(crate) mod member;
pub(crate) mod moment;
pub(crate) mod question;
pub(crate) mod sheet;

pub(crate) use desk::Desk;
pub(crate) use listing::{Asked, Column, List};
pub(crate) use logins::{Pages, Staff};
pub(crate) use member::{Answer, Member, Sent};
pub(crate) use question::Question;
pub(crate) use sheet::sheet;
