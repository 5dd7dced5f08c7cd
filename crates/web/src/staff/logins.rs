//! What the session of a member of staff holds: logins by server, and what waits for the next page.
//!
//! Kept here: one session has at most one login at each server, and shows one of them. Deliberately not here: what a
//! login may do (`member`), how a session begins and ends (`door`).

use std::collections::BTreeMap;

use super::draft::Drafts;
use crate::component::Notice;
use crate::site::Site;

/// A site of people who log in.
pub(crate) type Pages = Site<Staff>;

/// What the session holds.
#[derive(Debug, Clone)]
pub(crate) struct Staff {
    /// The server that is shown, out of those that the site reaches.
    pub(crate) at: usize,
    /// Logins by server.
    pub(crate) logins: BTreeMap<usize, Account>,
    /// Shown once, on the next page.
    pub(crate) flash: Option<Notice>,
    /// Has shown the key of the manager's owner: may change its settings without a login.
    pub(crate) keeps: bool,
    /// Lists that are not submitted yet.
    pub(crate) drafts: Drafts,
}

/// One login.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) name: String,
    /// Words of the roles; `admin` may do everything.
    pub(crate) roles: Vec<String>,
    pub(crate) bearer: String,
}

impl Staff {
    /// Nobody's: nothing is logged in yet.
    pub(crate) fn nowhere() -> Self {
        Self {
            at: 0,
            logins: BTreeMap::new(),
            flash: None,
            keeps: false,
            drafts: Drafts::default(),
        }
    }

    pub(crate) fn account(&self) -> Option<&Account> {
        self.logins.get(&self.at)
    }
}
