//! Figures of the state and of the engine for `/metrics`, made anew at each scrape.
//!
//! Kept here: seats and denials are read from the state, not counted a second time; uncounted features have no
//! total. Deliberately not here: figures of requests (`metrics`).

use std::collections::BTreeMap;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::registry::Registry;
use tenure_leasing::FeatureRow;
use tenure_ledger::EngineStatus;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FeatureLabels {
    feature: String,
    version: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabels {
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct QueueLabels {
    feature: String,
}

/// What a scrape reads from the state.
pub(crate) struct Figures {
    pub(crate) features: Vec<FeatureRow>,
    pub(crate) leases: usize,
    pub(crate) devices: usize,
    /// Denials kept, by reason.
    pub(crate) denials: BTreeMap<&'static str, i64>,
    /// How many wait, by feature.
    pub(crate) queue: Vec<(String, usize)>,
    /// Open questions about tickets.
    pub(crate) polls: usize,
}

/// A registry with the figures of now.
pub(crate) fn state_registry(engine: &EngineStatus, figures: Option<&Figures>) -> Registry {
    let mut registry = Registry::with_prefix("tenure");
    add_engine(&mut registry, engine);
    if let Some(figures) = figures {
        add_features(&mut registry, &figures.features);
        add_gauge(&mut registry, "leases", "Live leases", figures.leases as i64);
        add_gauge(&mut registry, "devices", "Devices that hold something", figures.devices as i64);
        let denials = Family::<ReasonLabels, Gauge>::default();
        for (reason, count) in &figures.denials {
            denials.get_or_create(&ReasonLabels { reason }).set(*count);
        }
        let waiting = Family::<QueueLabels, Gauge>::default();
        for (feature, length) in &figures.queue {
            let labels = QueueLabels { feature: feature.clone() };
            waiting.get_or_create(&labels).set(i64::try_from(*length).unwrap_or(i64::MAX));
        }
        registry.register("tickets_waiting", "Holders that wait, by feature", waiting);
        add_gauge(
            &mut registry,
            "ticket_polls",
            "Open questions about tickets",
            figures.polls as i64,
        );
        registry.register("denials_kept", "Latest denials kept, by reason", denials);
    }
    registry
}

fn add_engine(registry: &mut Registry, engine: &EngineStatus) {
    let mut counter = |name: &str, help: &str, value: u64| {
        registry.register(name, help, ConstCounter::new(value));
    };
    counter("commits", "Ledger entries written", engine.batches);
    counter("commands", "Commands decided; divided by commits: the batch size", engine.commands);
    counter("commands_refused", "Commands refused", engine.refused);
    counter(
        "commands_replayed",
        "Commands answered from the record of an earlier one",
        engine.replayed,
    );
    counter(
        "commands_shed",
        "Commands turned away because too many were waiting",
        engine.overloaded,
    );
    counter("commit_failures", "Commits that failed", engine.failures);
    counter("commit_microseconds", "Time spent in commits", engine.commit_micros);
    add_gauge(registry, "queue_depth", "Commands waiting", engine.waiting as i64);
    add_gauge(registry, "idempotency_keys", "Idempotency keys remembered", engine.keys as i64);
    add_gauge(registry, "ledger_sequence", "Last ledger entry", engine.sequence as i64);
    let degraded = i64::from(engine.degraded.is_some());
    add_gauge(registry, "degraded", "1 while changes can't be recorded", degraded);
}

fn add_gauge(registry: &mut Registry, name: &str, help: &str, value: i64) {
    registry.register(name, help, ConstGauge::new(value));
}

fn add_features(registry: &mut Registry, rows: &[FeatureRow]) {
    let mut family = |name: &str, help: &str, figure: fn(&FeatureRow) -> Option<u64>| {
        let gauges = Family::<FeatureLabels, Gauge>::default();
        for row in rows {
            if let Some(value) = figure(row) {
                let labels =
                    FeatureLabels { feature: row.name.clone(), version: row.version.to_string() };
                gauges.get_or_create(&labels).set(i64::try_from(value).unwrap_or(i64::MAX));
            }
        }
        registry.register(name, help, gauges);
    };
    family("seats", "Seats or units of the live items, overdraft not included", |row| row.total);
    family("seats_used", "Seats in use, units used up", |row| Some(row.used));
    family("seats_available", "Seats or units free within the total", |row| row.available);
    family("seats_reserved", "Seats or units kept by reservations, in use or not", |row| {
        Some(row.reserved)
    });
    family("seats_reserved_idle", "Seats or units kept by reservations and not in use", |row| {
        Some(row.reserved_idle)
    });
    family("seats_overdraft_used", "Seats in use beyond the total", |row| Some(row.overdraft_used));
    family("seats_borrowed", "Seats of borrowed leases", |row| Some(row.borrowed));
}
