//! Who works at a device, and the bridges that are open.
//!
//! Kept here: the agent's token stays in the memory of the device; a bridge knows whose token it may use and which
//! office it goes to. Both end after an hour without use.

use std::sync::Arc;

use crate::backend::Api;
use crate::session::Sessions;
use crate::site::{Inside, Site};

/// Where browsers of other sites may post to: the office's page hands an update over here.
pub const DEVICE_BRIDGE: &str = "/bridge/update";

/// What the session of a technician holds.
#[derive(Debug, Clone)]
pub(crate) struct Technician {
    /// The agent's token.
    pub(crate) token: String,
}

/// An open bridge: who began it, for which container, and to which office.
#[derive(Debug, Clone)]
pub(crate) struct Bridge {
    pub(crate) token: String,
    pub(crate) serial: String,
    pub(crate) office: String,
}

/// The device's site with its open bridges; the key of a bridge is the nonce that travels with it.
pub(crate) struct Page {
    pub(crate) site: Site<Technician>,
    pub(crate) bridges: Arc<Sessions<Bridge>>,
}

impl Clone for Page {
    fn clone(&self) -> Self {
        Self { site: self.site.clone(), bridges: self.bridges.clone() }
    }
}

impl axum::extract::FromRef<Page> for Site<Technician> {
    fn from_ref(page: &Page) -> Self {
        page.site.clone()
    }
}

/// The agent as this technician calls it.
pub(crate) fn api<'s>(site: &'s Site<Technician>, inside: &'s Inside<Technician>) -> Api<'s> {
    site.api(&inside.visit, Some(&inside.holds.token))
}
