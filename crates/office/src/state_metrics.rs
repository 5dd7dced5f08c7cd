//! Figures of the books and of the engine for `/metrics`, made anew at each scrape.
//!
//! Kept here: what the state knows is read from it, not counted a second time; nobody is named.
//! Deliberately not here: figures of requests (the shells' own floor).

use prometheus_client::registry::Registry;
use tenure_issuing::office::Office;
use tenure_ledger::EngineStatus;
use tenure_shell::engine_metrics::{add_engine, add_gauge};

/// What a scrape reads from the state.
pub(crate) struct Figures {
    customers: usize,
    entitlements: usize,
    activations: usize,
}

impl Figures {
    pub(crate) fn of(office: &Office) -> Self {
        Self {
            customers: office.customers().count(),
            entitlements: office.entitlements().count(),
            activations: office.activations().count(),
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
    }
    registry
}
