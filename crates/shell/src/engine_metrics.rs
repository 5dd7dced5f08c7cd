//! Figures of the engine for `/metrics`, made anew at each scrape.
//!
//! Deliberately not here: figures of requests (`metrics`), figures of a state (each shell's own).

use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use tenure_ledger::EngineStatus;

/// Adds what the engine counts.
pub fn add_engine(registry: &mut Registry, engine: &EngineStatus) {
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

/// Adds one figure.
pub fn add_gauge(registry: &mut Registry, name: &str, help: &str, value: i64) {
    registry.register(name, help, ConstGauge::new(value));
}
