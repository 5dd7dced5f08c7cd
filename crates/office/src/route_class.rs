//! The kinds of requests of the office, which are counted and timed apart.
//!
//! Kept here: the kind is found by method and path alone, before routing. Deliberately not here: the counters.

use axum::http::Method;
use tenure_shell::metrics::Class;

/// Kinds of requests that are counted and timed apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteClass {
    /// Contexts and the updates for them.
    Exchange,
    /// Receipts and usage reports.
    Report,
    /// What applications ask about their host keys.
    HostCheck,
    /// What customers ask with an activation ID.
    Portal,
    /// Pages for browsers.
    Page,
    /// Whether the office serves.
    Health,
    /// What staff asks, and the rest.
    Other,
}

/// Where pages are.
const PAGES: [&str; 3] = ["/portal", "/console", "/assets/"];

impl Class for RouteClass {
    const LABELS: &'static [&'static str] =
        &["exchange", "report", "host-check", "portal", "page", "health", "other"];

    fn index(self) -> usize {
        self as usize
    }

    fn is_hot(self) -> bool {
        // Every answer with a signature has its time limit: none is so short that a timer would show.
        false
    }

    fn of(_: &Method, path: &str) -> Self {
        match path.strip_prefix("/api/v1/") {
            Some("exchange") => Self::Exchange,
            Some("receipts" | "usage") => Self::Report,
            Some("host-checks" | "host-checks/papers") => Self::HostCheck,
            Some(rest) if rest.starts_with("portal/") => Self::Portal,
            Some(_) => Self::Other,
            None if path == "/health" => Self::Health,
            None if PAGES.iter().any(|pages| path.starts_with(pages)) => Self::Page,
            None => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_classed_by_path() {
        let class = |path| RouteClass::of(&Method::POST, path);
        assert_eq!(class("/api/v1/exchange"), RouteClass::Exchange);
        assert_eq!(class("/api/v1/receipts"), RouteClass::Report);
        assert_eq!(class("/api/v1/portal/look-up"), RouteClass::Portal);
        assert_eq!(class("/api/v1/host-checks"), RouteClass::HostCheck);
        assert_eq!(class("/api/v1/host-keys"), RouteClass::Other);
        assert_eq!(class("/api/v1/users"), RouteClass::Other);
        assert_eq!(class("/portal/bridge"), RouteClass::Page);
        assert_eq!(class("/health"), RouteClass::Health);
        assert_eq!(RouteClass::LABELS[RouteClass::Other.index()], "other");
    }
}
