//! Figures of the state and of the engine for `/metrics`, made anew at each scrape.
//!
//! Kept here: seats and denials are read from the state, not counted a second time; uncounted features have no
//! total. Deliberately not here: figures of requests (`metrics`).

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use tenure_leasing::FeatureRow;
use tenure_ledger::EngineStatus;
use tenure_shell::engine_metrics::{add_engine, add_gauge};

use crate::alarms::Alarms;

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
struct AlarmLabels {
    cause: &'static str,
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
    pub(crate) denials: Vec<(&'static str, u64)>,
    /// How many wait, by feature.
    pub(crate) queue: Vec<(String, usize)>,
    /// Open questions about tickets.
    pub(crate) polls: usize,
}

/// A registry with the figures of now.
pub(crate) fn state_registry(
    engine: &EngineStatus,
    alarms: &Alarms,
    figures: Option<&Figures>,
) -> Registry {
    let mut registry = Registry::with_prefix("tenure");
    add_engine(&mut registry, engine);
    let raised = Family::<AlarmLabels, Gauge>::default();
    for cause in alarms.causes() {
        raised.get_or_create(&AlarmLabels { cause }).set(1);
    }
    registry.register("alarm", "Alarms that stand: the status tells each in a sentence", raised);
    if let Some(figures) = figures {
        add_features(&mut registry, &figures.features);
        add_gauge(&mut registry, "leases", "Live leases", figures.leases as i64);
        add_gauge(&mut registry, "devices", "Devices that hold something", figures.devices as i64);
        let denials = Family::<ReasonLabels, Gauge>::default();
        for (reason, count) in &figures.denials {
            let count = i64::try_from(*count).unwrap_or(i64::MAX);
            denials.get_or_create(&ReasonLabels { reason }).set(count);
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
