//! Kinds of requests that are counted apart.
//!
//! Deliberately not here: the counters.

use axum::http::Method;
use tenure_shell::metrics::Class;

/// What a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    Look,
    Update,
    Page,
}

impl Class for Route {
    const LABELS: &'static [&'static str] = &["look", "update", "page"];

    fn index(self) -> usize {
        self as usize
    }

    fn is_hot(self) -> bool {
        false
    }

    fn of(method: &Method, path: &str) -> Self {
        match (method, path.starts_with("/api/")) {
            (&Method::POST, true) => Route::Update,
            (_, true) => Route::Look,
            _ => Route::Page,
        }
    }
}
