//! What somebody wants of an entitlement.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// So many of one line, chosen for a container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Activation ID.
    pub activation_id: String,
    /// Line.
    pub line: u32,
    /// How many; 1 when left out.
    #[serde(default = "one")]
    #[schema(minimum = 1)]
    pub quantity: u32,
}

fn one() -> u32 {
    1
}
