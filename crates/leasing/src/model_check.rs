//! What a server knows that a model speaks of, to check a text beside the state instead of within it.
//!
//! Invariants: a copy as of one instant; checking reads nothing else, so it may take its time on another thread.
//! Deliberately not here: what is looked for (model/check), what a model in force does (placing).

use crate::model::{Checked, Known, Model, Short, check_model};
use crate::placement::place;
use crate::reservation::ReservationGroup;
use crate::state::Leasing;
use crate::term::Now;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tenure_document::{Item, Version};

/// What a server knows of features, items and groups.
#[derive(Debug, Clone)]
pub struct Surroundings {
    features: BTreeMap<String, Version>,
    groups: BTreeSet<String>,
    items: Vec<Arc<Item>>,
}

impl Leasing {
    /// What a check of a model needs to know, as of now.
    pub fn surroundings(&self, now: Now) -> Surroundings {
        let at = self.container.rights(now.reading).items;
        let mut features: BTreeMap<String, Version> = BTreeMap::new();
        let mut items = Vec::new();
        for (_, shelf) in self.shelves.iter().filter(|(_, shelf)| shelf.present) {
            let item = &shelf.item;
            let highest = features.entry(item.feature.clone()).or_insert(item.version);
            *highest = item.version.max(*highest);
            if shelf.is_live(at) {
                items.push(item.clone());
            }
        }
        let groups = self.book.groups().map(ReservationGroup::label).collect();
        Surroundings { features, groups, items }
    }
}

impl Surroundings {
    /// Reads a model and looks for what is wrong with it and what was hardly meant.
    pub fn check(&self, text: &str) -> Checked {
        let short = |model: &Model| self.short(model);
        let known =
            Known { features: self.features.clone(), groups: self.groups.clone(), short: &short };
        check_model(text, Some(&known))
    }

    /// The slices of a model that would get less than they state, by the placement that puts models in force.
    fn short(&self, model: &Model) -> Vec<Short> {
        let items = self.items.iter().map(|item| (item.id.as_str(), &**item));
        let placed = place(model.pools(), items);
        let short = placed.slices.iter().filter_map(|placed| {
            let slice = model.pools().get(placed.pool)?.slices.get(placed.slice)?;
            let (stated, given) = placed.wanted.zip(placed.given)?;
            let short = Short { order: slice.order, stated, given };
            (given < stated).then_some(short)
        });
        short.collect()
    }
}
