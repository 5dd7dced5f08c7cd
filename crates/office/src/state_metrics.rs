//! Figures of the books and of the engine for `/metrics`, made anew at each scrape.
//!
//! Kept here: what the state knows is read from it, not counted a second time; nobody is named.
//! Deliberately not here: figures of requests (the shells' own floor).

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use tenure_issuing::office::Office;
use tenure_ledger::EngineStatus;
use tenure_shell::engine_metrics::{add_engine, add_gauge};

/// What a scrape reads from the state.
pub(crate) struct Figures {
    customers: usize,
    entitlements: usize,
    activations: usize,
    /// Containers by state.
    containers: Vec<(&'static str, usize)>,
    approvals: usize,
    host_keys: usize,
    host_users: usize,
    revocation_list: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabels {
    state: &'static str,
}

impl Figures {
    pub(crate) fn of(office: &Office) -> Self {
        Self {
            customers: office.customers().count(),
            entitlements: office.entitlements().count(),
            activations: office.activations().count(),
            containers: office.container_states(),
            approvals: office.approvals().open().len(),
            host_keys: office.host_keys().count(),
            host_users: office.host_keys().groups().iter().map(|one| one.users.kept()).sum(),
            revocation_list: office.revocation_list_percent(),
        }
    }
}

/// A registry with the figures of now.
pub(crate) fn state_registry(engine: &EngineStatus, figures: Option<&Figures>) -> Registry {
    let mut registry = Registry::with_prefix("tenure");
    add_engine(&mut registry, engine);
    if let Some(figures) = figures {
        let mut add = |name, help, value: usize| {
            add_gauge(&mut registry, name, help, i64::try_from(value).unwrap_or(i64::MAX));
        };
        add("customers", "Customers", figures.customers);
        add("entitlements", "Entitlements", figures.entitlements);
        add("activations", "Activations, those that came back included", figures.activations);
        add("approvals_open", "Orders that wait for a second person", figures.approvals);
        add("host_keys", "Host keys, revoked ones included", figures.host_keys);
        add("host_users", "Users of host keys that are kept to be counted", figures.host_users);
        let full = "How much of the longest revocation list the newest one takes";
        add("revocation_list_percent", full, figures.revocation_list);
        let containers = Family::<StateLabels, Gauge>::default();
        for (state, count) in &figures.containers {
            let count = i64::try_from(*count).unwrap_or(i64::MAX);
            containers.get_or_create(&StateLabels { state }).set(count);
        }
        registry.register("containers", "Containers the office has met, by state", containers);
    }
    registry
}
