//! Pages for people that stand beside an API on the same listener.

use axum::Router;

/// Pages that stand beside the API.
pub struct Pages {
    /// Their routes.
    pub router: Router,
    /// Exact paths that pages of other sites may send to; their handlers see to it.
    pub open_to_other_sites: &'static [&'static str],
}
