//! The kinds of requests of the license server, which are counted and timed apart.
//!
//! Kept here: the kind is found by method and path alone, before routing. Deliberately not here: the counters.

use axum::http::Method;
use tenure_shell::metrics::Class;

macro_rules! route_classes {
    ($($name:ident = $label:literal),* $(,)?) => {
        /// Kinds of requests that are counted and timed apart.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum RouteClass { $($name),* }

        const LABELS: &[&str] = &[$($label),*];
    };
}

route_classes! {
    Checkout = "checkout",
    Renewal = "renewal",
    Release = "release",
    Ticket = "ticket",
    Usage = "usage",
    Health = "health",
    Page = "page",
    Bench = "bench",
    Other = "other",
}

impl Class for RouteClass {
    const LABELS: &'static [&'static str] = LABELS;

    fn index(self) -> usize {
        self as usize
    }

    fn is_hot(self) -> bool {
        !matches!(self, Self::Health | Self::Page | Self::Ticket | Self::Other)
    }

    fn of(method: &Method, path: &str) -> Self {
        let Some(rest) = path.strip_prefix("/api/v1/") else {
            return match path {
                "/health" => Self::Health,
                "/metrics" | "/version" | "/openapi.json" => Self::Other,
                _ if path.starts_with("/bench/") => Self::Bench,
                _ => Self::Page,
            };
        };
        match *method {
            Method::POST if rest == "leases" => Self::Checkout,
            Method::POST if rest == "renewals" || rest.ends_with("/renewal") => Self::Renewal,
            Method::DELETE if rest.starts_with("leases/") => Self::Release,
            Method::POST if rest.starts_with("usage") => Self::Usage,
            _ if rest.starts_with("tickets/") => Self::Ticket,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_classed_by_method_and_path() {
        let class = |method: Method, path| RouteClass::of(&method, path);
        assert_eq!(class(Method::POST, "/api/v1/leases"), RouteClass::Checkout);
        assert_eq!(class(Method::GET, "/api/v1/leases"), RouteClass::Other);
        assert_eq!(class(Method::POST, "/api/v1/leases/L-1/renewal"), RouteClass::Renewal);
        assert_eq!(class(Method::POST, "/api/v1/renewals"), RouteClass::Renewal);
        assert_eq!(class(Method::DELETE, "/api/v1/leases/L-1"), RouteClass::Release);
        assert_eq!(class(Method::POST, "/api/v1/usage/1/undo"), RouteClass::Usage);
        assert_eq!(class(Method::GET, "/health"), RouteClass::Health);
        assert_eq!(class(Method::GET, "/"), RouteClass::Page);
        assert_eq!(class(Method::GET, "/metrics"), RouteClass::Other);
    }
}
