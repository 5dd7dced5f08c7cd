//! What a container on this machine granted.
//!
//! Not here: how long it is good for (`seat`).

use tenure_document::{Time, Version};

/// What was granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalGrant {
    /// The container.
    pub serial: String,
    /// The item.
    pub item_id: String,
    /// Feature name.
    pub feature: String,
    /// Version granted.
    pub version: Version,
    /// Number of seats.
    pub count: u32,
    /// It ends here, unless the publisher renews it; `None` for never.
    pub until: Option<Time>,
    /// The term is over and the days of grace run.
    pub in_grace: bool,
    /// The publisher's text for its own application.
    pub vendor_string: String,
    /// The highest number of the seats.
    pub(crate) highest: u64,
}
