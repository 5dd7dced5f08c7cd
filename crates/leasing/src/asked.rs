//! What was asked, where the recorded outcome does not show it: so that a request can be put again later.
//!
//! Invariants: a stored format; nothing is stored where the outcome says it all, as for most requests; together with
//! the event it stands in, it is the whole request but for keys, nonces and waiting.
//! Deliberately not here: putting requests again (what_if).

use crate::request::{Checkout, FeatureRequest};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tenure_document::{LeaseId, Version};

/// What was asked beyond what the outcome shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    /// The lowest version that would have done, where a higher one was granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
    /// How many were wanted, where another number was granted or denied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// Fewer would have done.
    #[serde(skip_serializing_if = "is_false")]
    pub partial: bool,
    /// Several features were asked for, everything or nothing.
    #[serde(skip_serializing_if = "is_false")]
    pub all: bool,
    /// The features that could have been granted, but for the denied ones asked together with them. They stand with
    /// the first denial of the request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub together: Vec<FeatureRequest>,
    /// The leases of the device that would have gone on, had all of a device set been granted. They stand with the
    /// first denial of the request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<LeaseId>,
    /// Only items that carry these selectors.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub selectors: BTreeMap<String, String>,
    /// A metered feature was to be used up.
    #[serde(skip_serializing_if = "is_false")]
    pub consume: bool,
}

impl Asked {
    /// What of a wanted feature a grant or denial of this version and count does not show.
    pub(crate) fn beyond(
        asked: &Checkout,
        feature: &FeatureRequest,
        (version, count): (Version, u32),
    ) -> Asked {
        Asked {
            version: (feature.version != version).then_some(feature.version),
            count: (feature.count != count).then_some(feature.count),
            partial: feature.partial,
            all: asked.all && asked.features.len() > 1,
            selectors: asked.selectors.clone(),
            ..Asked::default()
        }
    }

    /// As it is stored: nothing where there is nothing to say.
    pub(crate) fn stored(self) -> Option<Box<Asked>> {
        (self != Asked::default()).then(|| Box::new(self))
    }
}

fn is_false(flag: &bool) -> bool {
    !flag
}
