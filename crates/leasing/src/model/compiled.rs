//! A model that was understood: pools with their slices, rules with their conditions. Never changes.
//!
//! Invariants: every name in it was resolved, every pattern compiled; pools stand in the order of their first mention,
//! slices know their place in the whole text. Deliberately not here: how it is read (compile), how rules are judged
//! (judge), where seats go (placement, outside of this folder).

use super::condition::Condition;
use super::index::Index;
use super::pattern::Pattern;
use super::syntax::Action;
use std::sync::Arc;
use tenure_document::{Item, Version};

/// A license model.
#[derive(Debug)]
pub struct Model {
    pub(super) name: String,
    pub(super) text: Arc<str>,
    pub(super) pools: Vec<PoolSpec>,
    pub(super) rules: Vec<Rule>,
    pub(super) index: Index,
}

impl Model {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text it was read from.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// The named pools, in the order of their first mention.
    pub fn pools(&self) -> &[PoolSpec] {
        &self.pools
    }

    /// The rules, top to bottom.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Where a rule stands, and its text.
    pub fn rule_text(&self, rule: usize) -> Option<(u32, &str)> {
        let rule = self.rules.get(rule)?;
        Some((rule.line, self.text.get(rule.start as usize..rule.end as usize)?))
    }

    /// The place of the pool of this name.
    pub fn find(&self, name: &str) -> Option<PoolRef> {
        if name == DEFAULT {
            return Some(PoolRef::Default);
        }
        let place = self.pools.iter().position(|pool| pool.name == name)?;
        u16::try_from(place).ok().map(PoolRef::Named)
    }
}

/// The name of the pool of all that is in no named one.
pub const DEFAULT: &str = "default";

/// A pool a rule speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PoolRef {
    /// What is in no named pool.
    Default,
    /// The pool at this place of [`Model::pools`].
    Named(u16),
}

/// A named pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolSpec {
    /// Its name: 1 to 256 characters, no control characters, neither `default` nor `reservations`.
    pub name: String,
    /// The line of its first mention.
    pub line: u32,
    /// What it gets; all mentions of the pool together.
    pub slices: Vec<SliceSpec>,
}

/// A share of the seats of one feature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SliceSpec {
    /// The feature's name.
    pub feature: String,
    /// The lowest version that will do; exact is preferred.
    pub version: Version,
    /// How many.
    pub amount: Amount,
    /// The most that one holder may have of it.
    pub max: Option<u32>,
    /// Only items like these.
    pub filters: Filters,
    /// Its line.
    pub line: u32,
    /// Its place among all slices of the file's pools: seats are given out in this order.
    pub order: u32,
}

/// How many seats a slice gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Amount {
    /// So many.
    Count(u64),
    /// So much of the total, 0 to 100, rounded down.
    Percent(u8),
    /// All that slices before it leave.
    Remainder,
}

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Amount::Count(count) => write!(f, "{count}"),
            Amount::Percent(percent) => write!(f, "{percent}%"),
            Amount::Remainder => f.write_str("remainder"),
        }
    }
}

/// What items must look like to be counted in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filters {
    /// `vendor string matches`
    pub vendor_string: Option<Pattern>,
    /// `product name matches`
    pub product: Option<Pattern>,
    /// `activation ID matches`
    pub activation: Option<Pattern>,
}

impl Filters {
    /// True when the item is one of these. An item that says nothing is as one with an empty text.
    pub fn accepts(&self, item: &Item) -> bool {
        let one = |pattern: &Option<Pattern>, text: &str| {
            pattern.as_ref().is_none_or(|pattern| pattern.matches(text))
        };
        one(&self.vendor_string, &item.vendor_string)
            && one(&self.product, &item.product)
            && one(&self.activation, item.activation_id.as_deref().unwrap_or(""))
    }

    /// True when every item is accepted.
    pub fn is_empty(&self) -> bool {
        *self == Filters::default()
    }
}

/// Who may take from which pools.
#[derive(Debug)]
pub struct Rule {
    pub(super) condition: Condition,
    /// The pools it adds, in order.
    pub uses: Vec<PoolRef>,
    /// What requests without features get.
    pub spec: Option<FeatureSpec>,
    /// What becomes of the request.
    pub action: Action,
    /// The line it begins on.
    pub line: u32,
    pub(super) start: u32,
    pub(super) end: u32,
}

/// What a request without features gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeatureSpec {
    /// What the model states for these pools.
    AllFrom(Vec<PoolRef>),
    /// These features. Percentages and `remainder` are of the pools the requester may take from.
    Slices(Vec<SliceSpec>),
}
