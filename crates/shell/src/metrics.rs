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

/// A kind of requests that is counted and timed apart.
pub trait Class: Copy + Send + Sync + 'static {
    /// Labels of all kinds.
    const LABELS: &'static [&'static str];

    /// The kind's place among the labels.
    fn index(self) -> usize;

    /// Whether the route is one that clients use all the time: it reads its body in time and waits for the engine
    /// alone, so it gets no timer of its own.
    fn is_hot(self) -> bool;

    /// The kind of a request, by its method and path alone.
    fn of(method: &Method, path: &str) -> Self;
}

/// The kinds of a shell that serves pages and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visit {
    /// Somebody looks.
    Page,
    /// Somebody sends a form.
    Form,
}

impl Class for Visit {
    const LABELS: &'static [&'static str] = &["page", "form"];

    fn index(self) -> usize {
        self as usize
    }

    fn is_hot(self) -> bool {
        false
    }

    fn of(method: &Method, _path: &str) -> Self {
        if *method == Method::POST { Self::Form } else { Self::Page }
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
pub struct Metrics {
    registry: Registry,
    classes: Vec<ClassCounters>,
    panics: Counter,
    connections_refused: Counter,
    logins_failed: Counter,
    connections: Gauge,
}

impl Metrics {
    /// Counters at zero for the kinds `C`.
    pub fn new<C: Class>() -> Self {
        let mut registry = Registry::with_prefix("tenure");
        let answered = Family::<Answered, Counter>::default();
        let seconds: Family<Route, Histogram, fn() -> Histogram> =
            Family::new_with_constructor(latency_histogram);
        registry.register("http_requests", "Answered requests", answered.clone());
        registry.register("http_request_seconds", "Time from request to answer", seconds.clone());
        let classes = C::LABELS
            .iter()
            .map(|route| ClassCounters {
                answered: STATUS
                    .map(|status| answered.get_or_create_owned(&Answered { route, status })),
                seconds: seconds.get_or_create_owned(&Route { route }),
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
    pub fn answered(&self, class: impl Class, status: StatusCode, took: Duration) {
        let counters = &self.classes[class.index()];
        counters.answered[usize::from(status.as_u16() / 100).clamp(1, 5) - 1].inc();
        counters.seconds.observe(took.as_secs_f64());
    }

    /// A request ended in a panic.
    pub fn panicked(&self) {
        self.panics.inc();
    }

    /// A connection was closed because too many were open.
    pub fn connection_refused(&self) {
        self.connections_refused.inc();
    }

    /// A name or password was wrong.
    pub fn login_failed(&self) {
        self.logins_failed.inc();
    }

    /// A connection was let in.
    pub fn connected(&self) {
        self.connections.inc();
    }

    /// A connection that was let in has ended.
    pub fn disconnected(&self) {
        self.connections.dec();
    }

    /// The text of all metrics: the shell's own, then those of the state.
    ///
    /// # Errors
    /// Never for a `String`; the signature is the encoder's.
    pub fn text(&self, state: &Registry) -> Result<String, std::fmt::Error> {
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

    #[derive(Clone, Copy)]
    struct Any;

    impl Class for Any {
        const LABELS: &'static [&'static str] = &["any"];

        fn index(self) -> usize {
            0
        }

        fn is_hot(self) -> bool {
            false
        }

        fn of(_: &Method, _: &str) -> Self {
            Self
        }
    }

    #[test]
    fn answers_are_counted_by_route_and_status() {
        let metrics = Metrics::new::<Any>();
        metrics.answered(Any, StatusCode::CREATED, Duration::from_millis(1));
        metrics.answered(Any, StatusCode::CONFLICT, Duration::from_millis(1));
        let text = metrics.text(&Registry::default()).expect("a string takes all");
        for line in [
            "tenure_http_requests_total{route=\"any\",status=\"2xx\"} 1",
            "tenure_http_requests_total{route=\"any\",status=\"4xx\"} 1",
            "tenure_http_request_seconds_count{route=\"any\"} 2",
            "tenure_http_panics_total 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is missing in\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }
}
