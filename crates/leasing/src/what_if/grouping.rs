//! Whom a request belongs to in the report, and the limits of a report.
//!
//! Invariants: what a requester says of itself never makes the report grow beyond its limits.
//! Deliberately not here: counting (tally).

use crate::dictionary::{Dictionary, DictionaryValue};
use crate::state::Leasing;
use std::borrow::Cow;
use tenure_document::Holder;

/// How requests are put together in groups.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum GroupBy {
    /// All in one.
    #[default]
    Nothing,
    /// By user.
    User,
    /// By device.
    Device,
    /// By the pool that the rules in force in the replay let them try first.
    Pool,
    /// By the reservation groups in the replay that the requester's device or user is a member of.
    Reservation,
    /// By the value of this key in the request's dictionary.
    Dictionary(String),
}

/// What a report may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhatIfOptions {
    /// How requests are put together.
    pub group_by: GroupBy,
    /// Examples of each kind for each feature and group.
    pub examples_each: usize,
    /// Examples of each kind in all.
    pub examples_max: usize,
    /// Features told apart.
    pub features_max: usize,
    /// Pairs of feature and group told apart.
    pub groups_max: usize,
}

impl Default for WhatIfOptions {
    fn default() -> WhatIfOptions {
        WhatIfOptions {
            group_by: GroupBy::Nothing,
            examples_each: 5,
            examples_max: 200,
            features_max: 2_000,
            groups_max: 5_000,
        }
    }
}

impl GroupBy {
    /// The group of who asks.
    pub(super) fn group_of<'a>(
        &self,
        state: &'a Leasing,
        holder: &'a Holder,
        dictionary: &'a Dictionary,
    ) -> Cow<'a, str> {
        match self {
            GroupBy::Nothing => "".into(),
            GroupBy::User => holder.user.as_deref().unwrap_or("(no user)").into(),
            GroupBy::Device => holder.host.value.as_str().into(),
            GroupBy::Pool => {
                let access = state.access_of(holder, dictionary);
                let first = access.pools().first().filter(|_| !access.is_denied());
                first.map_or("(denied)", |pool| state.pool_name(*pool)).into()
            }
            GroupBy::Reservation => match state.book.groups_of(holder) {
                groups if groups.is_empty() => "(no reservation)".into(),
                groups => groups.join(", ").into(),
            },
            GroupBy::Dictionary(key) => match dictionary.get(key).map(DictionaryValue::texts) {
                Some([text]) => text.as_str().into(),
                Some(texts) => texts.join(", ").into(),
                None => "(not said)".into(),
            },
        }
    }
}
