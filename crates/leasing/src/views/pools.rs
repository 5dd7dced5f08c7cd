//! Pools: what each should have, has, has in use; and the models that say so.
//!
//! Invariants: every seat of an item stands in exactly one pool's row; the default pool is always there and comes last.
//! Deliberately not here: who may use a pool (the rules of the model).

use crate::draft::Draft;
use crate::ids::No;
use crate::model::Model;
use crate::model_book::{InForce, ModelVersion, RuleCited};
use crate::placement::SlicePlaced;
use crate::pool::{DEFAULT_POOL, Pool, PoolNo};
use crate::reservation::Members;
use crate::state::Leasing;
use crate::stock::{Bin, Shelf};
use crate::term::Now;
use std::collections::BTreeSet;
use std::sync::Arc;
use tenure_document::{Item, Version};

/// One pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolRow {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: PoolKind,
    /// The line of the model that first mentions it.
    pub line: Option<u32>,
    /// What the model gives it, in the order of the text.
    pub slices: Vec<SliceRow>,
    /// What of each item is in it, by feature, version and item ID.
    pub items: Vec<PoolItemRow>,
}

/// What a pool is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolKind {
    /// The model names it.
    Named,
    /// The model no longer names it; it goes when its last lease is back.
    Leaving,
    /// Whatever is in no named pool.
    Default,
}

impl PoolKind {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            PoolKind::Named => "named",
            PoolKind::Leaving => "leaving",
            PoolKind::Default => "default",
        }
    }
}

/// A slice of a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SliceRow {
    /// The feature.
    pub feature: String,
    /// The lowest version.
    pub version: Version,
    /// How many, as the model writes it.
    pub amount: String,
    /// The most that one holder may have of it.
    pub max: Option<u32>,
    /// How many that is; none: as many as one likes.
    pub wanted: Option<u64>,
    /// How many there were for it; none: as many as one likes.
    pub given: Option<u64>,
    /// How many less than it states.
    pub short: u64,
    /// Its line in the model.
    pub line: u32,
}

/// What of an item is in a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolItemRow {
    /// The item.
    pub item: Arc<Item>,
    /// Seats or units that the pool should have; none: as many as one likes.
    pub target: Option<u64>,
    /// Seats or units in it now, overdraft not included; none: as many as one likes.
    pub allotted: Option<u64>,
    /// Of these, in use or used up.
    pub used: u64,
    /// Of these, kept by reservations and not in use.
    pub reserved: u64,
    /// Of these, free for whom the rules let in; none: as many as one likes.
    pub free: Option<u64>,
    /// Free beyond them, in the overdraft; none: as many as one likes.
    pub overdraft: Option<u64>,
    /// How it stands.
    pub status: PoolStatus,
}

/// How a pool stands with an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolStatus {
    /// It has what it should.
    Normal,
    /// It waits for seats that others have in use.
    Waiting,
    /// It has more in use than it should have.
    Over,
}

impl PoolStatus {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            PoolStatus::Normal => "normal",
            PoolStatus::Waiting => "waiting",
            PoolStatus::Over => "over",
        }
    }
}

impl Leasing {
    /// Every pool: those of the model in its order, those that leave by name, the default pool.
    pub fn pool_rows(&self, now: Now) -> Vec<PoolRow> {
        let draft = Draft::new(self, now);
        let current = self.models.current();
        let named: Vec<No<Pool>> = current.map_or(Vec::new(), |current| current.pools.clone());
        let in_model: BTreeSet<No<Pool>> = named.iter().copied().collect();
        let mut leaving: Vec<(&str, No<Pool>)> = self
            .pools
            .iter()
            .filter(|(no, _)| !in_model.contains(no))
            .map(|(no, pool)| (&*pool.name, no))
            .collect();
        leaving.sort_unstable();
        let mut rows: Vec<PoolRow> = Vec::with_capacity(named.len() + leaving.len() + 1);
        let mut placed: Vec<Vec<&SlicePlaced>> = vec![Vec::new(); named.len()];
        for slice in self.placement.iter().flat_map(|placement| &placement.slices) {
            if let Some(slices) = placed.get_mut(slice.pool) {
                slices.push(slice);
            }
        }
        for (no, (place, placed)) in named.into_iter().zip(placed.iter().enumerate()) {
            let items = self.pool_items(&draft, Some(no));
            rows.extend(current.and_then(|current| named_row(current, (place, placed), items)));
        }
        let plain = |name: &str, kind, items| {
            let (name, slices) = (name.to_owned(), Vec::new());
            PoolRow { name, kind, line: None, slices, items }
        };
        for (name, no) in leaving {
            let items = self.pool_items(&draft, Some(no));
            if !items.is_empty() {
                rows.push(plain(name, PoolKind::Leaving, items));
            }
        }
        rows.push(plain(DEFAULT_POOL, PoolKind::Default, self.pool_items(&draft, None)));
        rows
    }

    fn pool_items(&self, draft: &Draft<'_>, pool: PoolNo) -> Vec<PoolItemRow> {
        let is_in = |shelf: &Shelf| match pool {
            None => shelf.present || shelf.used > 0,
            Some(pool) => shelf.shares.as_ref().is_some_and(|shares| shares.get(pool).is_some()),
        };
        let shelves = self.shelves.iter().filter(|(_, shelf)| is_in(shelf));
        let mut rows: Vec<PoolItemRow> =
            shelves.map(|(no, shelf)| pool_item(draft, Bin { shelf: no, pool }, shelf)).collect();
        rows.sort_by(|a, b| {
            let (a, b) = (&a.item, &b.item);
            (&a.feature, a.version, &a.id).cmp(&(&b.feature, b.version, &b.id))
        });
        rows
    }

    /// The model in force.
    pub fn model(&self) -> Option<&Arc<Model>> {
        self.models.current().map(|current| &current.model)
    }

    /// The version of the model in force.
    pub fn model_version(&self) -> Option<u64> {
        self.models.current().map(|current| current.version)
    }

    /// All versions of the model, the first one first.
    pub fn model_versions(&self) -> impl DoubleEndedIterator<Item = &ModelVersion> {
        self.models.versions().iter()
    }

    /// The text of a rule that an event cites, while the text of that model is kept.
    pub fn rule_text(&self, cited: RuleCited) -> Option<String> {
        let version = self.models.versions().iter().find(|v| v.version == cited.model)?;
        let current = self.models.current().filter(|current| current.version == cited.model);
        let read = || Model::parse(version.text.as_deref()?).ok().map(Arc::new);
        let model = current.map(|current| current.model.clone()).or_else(read)?;
        let rule = model.rules().iter().position(|rule| rule.line == cited.line)?;
        model.rule_text(rule).map(|(_, text)| text.to_owned())
    }
}

/// A pool that the model names, with what its slices got.
fn named_row(
    current: &InForce,
    (place, placed): (usize, &Vec<&SlicePlaced>),
    items: Vec<PoolItemRow>,
) -> Option<PoolRow> {
    let spec = current.model.pools().get(place)?;
    let slices = placed.iter().filter_map(|placed| {
        let slice = spec.slices.get(placed.slice)?;
        Some(SliceRow {
            feature: slice.feature.clone(),
            version: slice.version,
            amount: slice.amount.to_string(),
            max: slice.max,
            wanted: placed.wanted,
            given: placed.given,
            short: placed.short(),
            line: slice.line,
        })
    });
    Some(PoolRow {
        name: spec.name.clone(),
        kind: PoolKind::Named,
        line: Some(spec.line),
        slices: slices.collect(),
        items,
    })
}

fn pool_item(draft: &Draft<'_>, bin: Bin, shelf: &Shelf) -> PoolItemRow {
    let (used, room) = draft.room(bin, shelf);
    let target = shelf.target(bin.pool);
    let limit = if bin.pool.is_none() { shelf.default_limit() } else { target };
    let idle = draft.state.book.stakes.idle(bin, Members::default()).all;
    let is_live = shelf.is_live(draft.rights.items);
    let free = if is_live { room.regular } else { Some(0) };
    let is_waiting = is_live && target.zip(free).is_some_and(|(target, free)| used + free < target);
    PoolItemRow {
        item: shelf.item.clone(),
        target,
        allotted: free.map(|free| used.saturating_add(free)),
        used,
        reserved: idle,
        free: free.map(|free| free.saturating_sub(idle)),
        overdraft: if is_live { room.overdraft } else { Some(0) },
        status: match () {
            () if limit.is_some_and(|limit| used > limit) => PoolStatus::Over,
            () if is_waiting => PoolStatus::Waiting,
            () => PoolStatus::Normal,
        },
    }
}
