//! What the shell counts, and the text of `/metrics`.
//!
//! Kept here: names are stable and begin with `tenure_`; the hot path touches counters that were resolved at
//! start, no map and no lock but the histogram's own. What the state knows (seats, denials) is not counted a
//! second time here: `scrape` gets it as rows. Deliberately not here: who may read it, and how rows are found.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

macro_rules! route_classes {
    ($($name:ident = $label:literal),* $(,)?) => {
        /// Kinds of requests that are counted and timed apart.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum RouteClass { $($name),* }

        impl RouteClass {
            const ALL: &[Self] = &[$(Self::$name),*];

            fn label(self) -> &'static str {
                match self { $(Self::$name => $label),* }
            }
        }
    };
}

route_classes! {
    Checkout = "checkout",
    Renewal = "renewal",
    Release = "release",
    Ticket = "ticket",
    Usage = "usage",
    Health = "health",
    Bench = "bench",
    Other = "other",
}

impl RouteClass {
    /// Whether the route is one that clients use all the time.
    pub(crate) fn is_hot(self) -> bool {
        !matches!(self, Self::Health | Self::Ticket | Self::Other)
    }

    /// The class of a request, by its method and path alone.
    pub(crate) fn of(method: &Method, path: &str) -> Self {
        let Some(rest) = path.strip_prefix("/api/v1/") else {
            return match path {
                "/health" => Self::Health,
                _ if path.starts_with("/bench/") => Self::Bench,
                _ => Self::Other,
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

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    route: &'static str,
    status: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: &'static str,
}

const STATUS: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// The counters of one kind of request.
struct ClassCounters {
    answered: [Counter; 5],
    seconds: Histogram,
}

/// Everything the shell counts.
pub(crate) struct Metrics {
    registry: Registry,
    classes: Vec<ClassCounters>,
    panics: Counter,
    connections_refused: Counter,
    logins_failed: Counter,
    connections: Gauge,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("tenure");
        let answered = Family::<Answered, Counter>::default();
        let seconds: Family<Route, Histogram, fn() -> Histogram> =
            Family::new_with_constructor(latency_histogram);
        registry.register("http_requests", "Answered requests", answered.clone());
        registry.register("http_request_seconds", "Time from request to answer", seconds.clone());
        let classes = RouteClass::ALL
            .iter()
            .map(|class| ClassCounters {
                answered: STATUS.map(|status| {
                    answered.get_or_create_owned(&Answered { route: class.label(), status })
                }),
                seconds: seconds.get_or_create_owned(&Route { route: class.label() }),
            })
            .collect();
        let metrics = Self {
            registry: Registry::default(),
            classes,
            panics: Counter::default(),
            connections_refused: Counter::default(),
            logins_failed: Counter::default(),
            connections: Gauge::default(),
        };
        registry.register("http_panics", "Requests that ended in a panic", metrics.panics.clone());
        registry.register(
            "connections_refused",
            "Connections closed because too many were open",
            metrics.connections_refused.clone(),
        );
        registry.register(
            "logins_failed",
            "Wrong names or passwords",
            metrics.logins_failed.clone(),
        );
        registry.register("connections", "Open connections", metrics.connections.clone());
        Self { registry, ..metrics }
    }

    /// One answer went out.
    pub(crate) fn answered(&self, class: RouteClass, status: StatusCode, took: Duration) {
        let counters = &self.classes[class as usize];
        counters.answered[usize::from(status.as_u16() / 100).clamp(1, 5) - 1].inc();
        counters.seconds.observe(took.as_secs_f64());
    }

    pub(crate) fn panicked(&self) {
        self.panics.inc();
    }

    pub(crate) fn connection_refused(&self) {
        self.connections_refused.inc();
    }

    pub(crate) fn login_failed(&self) {
        self.logins_failed.inc();
    }

    pub(crate) fn connected(&self) {
        self.connections.inc();
    }

    pub(crate) fn disconnected(&self) {
        self.connections.dec();
    }

    /// The text of all metrics: the shell's own, then those of the state.
    ///
    /// # Errors
    /// Never for a `String`; the signature is the encoder's.
    pub(crate) fn text(&self, state: &Registry) -> Result<String, std::fmt::Error> {
        let mut out = String::with_capacity(16 * 1024);
        encode_registry(&mut out, &self.registry)?;
        encode_registry(&mut out, state)?;
        encode_eof(&mut out)?;
        Ok(out)
    }
}

fn latency_histogram() -> Histogram {
    Histogram::new(exponential_buckets(0.000_25, 2.0, 16))
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
        assert_eq!(class(Method::GET, "/"), RouteClass::Other);
    }

    #[test]
    fn answers_are_counted_by_route_and_status() {
        let metrics = Metrics::new();
        metrics.answered(RouteClass::Checkout, StatusCode::CREATED, Duration::from_millis(1));
        metrics.answered(RouteClass::Checkout, StatusCode::CONFLICT, Duration::from_millis(1));
        let text = metrics.text(&Registry::default()).expect("a string takes all");
        for line in [
            "tenure_http_requests_total{route=\"checkout\",status=\"2xx\"} 1",
            "tenure_http_requests_total{route=\"checkout\",status=\"4xx\"} 1",
            "tenure_http_request_seconds_count{route=\"checkout\"} 2",
            "tenure_http_panics_total 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is missing in\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }
}
