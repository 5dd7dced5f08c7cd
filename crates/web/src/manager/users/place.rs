//! Where users stand: in the API, and on the pages.

use crate::address::segment;

/// All of them in the API.
pub(super) const LIST: &str = "/api/v1/users";

/// One of them in the API.
pub(super) fn api_path(name: &str) -> String {
    format!("{LIST}/{}", segment(name))
}

/// The page of one of them.
pub(super) fn path_of(name: &str) -> String {
    format!("/users/{}", segment(name))
}
