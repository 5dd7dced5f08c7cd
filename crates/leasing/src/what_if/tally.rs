//! The figures of a what-if while it runs.
//!
//! Invariants: bounded by the options; what exceeds them is counted under `(others)`, nothing is lost from the totals.
//! Deliberately not here: deciding (replay), the report's words (server).

use super::figures::Gauge;
use super::grouping::WhatIfOptions;
use super::hold::HoldTimes;
use super::report::{
    Compared, FeatureEffect, GroupEffect, Outcomes, PoolEffect, RequestExample, WhatIfReport,
};
use crate::pool::DEFAULT_POOL;
use crate::state::Leasing;
use std::collections::BTreeMap;
use tenure_document::Time;

/// Where features and groups stand that are not told apart.
const OTHERS: &str = "(others)";

/// Which of the two states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Before,
    After,
}

/// The place of a pair of feature and group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RowNo(u32);

#[derive(Debug, Default)]
struct FeatureRow {
    name: String,
    outcomes: Outcomes,
    used: [Gauge; 2],
    idle: [Gauge; 2],
    hold: HoldTimes,
}

impl FeatureRow {
    fn measure(&mut self, side: Side, state: &Leasing, at: Time) {
        let (used, idle) = levels(state, &self.name);
        self.used[side as usize].set(used, at);
        self.idle[side as usize].set_lasting(idle, at);
    }
}

/// The place of a pair of feature and pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PoolRowNo(u32);

/// What a lease holds.
pub(super) struct Seats<'a> {
    pub(super) row: RowNo,
    pub(super) count: u32,
    pub(super) pools: &'a [(PoolRowNo, u32)],
}

#[derive(Debug)]
struct PoolRow {
    feature: u32,
    name: String,
    held: [Gauge; 2],
}

#[derive(Debug)]
struct GroupRow {
    feature: u32,
    group: u32,
    outcomes: Outcomes,
    held: [Gauge; 2],
    examples: [usize; 2],
}

/// The figures so far.
#[derive(Debug)]
pub(super) struct Tally {
    options: WhatIfOptions,
    totals: Outcomes,
    not_judged: u64,
    features: Vec<FeatureRow>,
    feature_nos: BTreeMap<String, u32>,
    groups: Vec<String>,
    group_nos: BTreeMap<String, u32>,
    rows: Vec<GroupRow>,
    row_nos: BTreeMap<(u32, u32), u32>,
    pools: Vec<PoolRow>,
    pool_nos: BTreeMap<u32, BTreeMap<String, u32>>,
    hold: HoldTimes,
    gained: Vec<RequestExample>,
    lost: Vec<RequestExample>,
    cut: bool,
}

impl Tally {
    pub(super) fn new(options: WhatIfOptions) -> Tally {
        Tally {
            options,
            totals: Outcomes::default(),
            not_judged: 0,
            features: Vec::new(),
            feature_nos: BTreeMap::new(),
            groups: Vec::new(),
            group_nos: BTreeMap::new(),
            rows: Vec::new(),
            row_nos: BTreeMap::new(),
            pools: Vec::new(),
            pool_nos: BTreeMap::new(),
            hold: HoldTimes::default(),
            gained: Vec::new(),
            lost: Vec::new(),
            cut: false,
        }
    }

    pub(super) fn options(&self) -> &WhatIfOptions {
        &self.options
    }

    /// The row of a feature and a group.
    pub(super) fn row(&mut self, feature: &str, group: &str) -> RowNo {
        let feature = self.feature(feature);
        let group = match self.group_nos.get(group) {
            Some(no) => *no,
            None => self.new_group(group),
        };
        if let Some(no) = self.row_nos.get(&(feature, group)) {
            return RowNo(*no);
        }
        if self.rows.len() >= self.options.groups_max && self.group_nos.get(OTHERS) != Some(&group)
        {
            self.cut = true;
            let feature = self.features[feature as usize].name.clone();
            return self.row(&feature, OTHERS);
        }
        let no = count(self.rows.len());
        let (outcomes, held, examples) = Default::default();
        self.rows.push(GroupRow { feature, group, outcomes, held, examples });
        self.row_nos.insert((feature, group), no);
        RowNo(no)
    }

    fn feature(&mut self, name: &str) -> u32 {
        if let Some(no) = self.feature_nos.get(name) {
            return *no;
        }
        if self.features.len() >= self.options.features_max && name != OTHERS {
            self.cut = true;
            return self.feature(OTHERS);
        }
        let no = count(self.features.len());
        self.features.push(FeatureRow { name: name.to_owned(), ..FeatureRow::default() });
        self.feature_nos.insert(name.to_owned(), no);
        no
    }

    fn new_group(&mut self, name: &str) -> u32 {
        let full = self.groups.len() >= self.options.groups_max && name != OTHERS;
        if full {
            self.cut = true;
            if let Some(no) = self.group_nos.get(OTHERS) {
                return *no;
            }
        }
        let name = if full { OTHERS } else { name };
        let no = count(self.groups.len());
        self.groups.push(name.to_owned());
        self.group_nos.insert(name.to_owned(), no);
        no
    }

    /// A request was decided in fact and in the replay.
    pub(super) fn count(&mut self, row: RowNo, before: bool, after: bool) {
        let GroupRow { feature, outcomes, .. } = &mut self.rows[row.0 as usize];
        let feature = &mut self.features[*feature as usize].outcomes;
        for counted in [&mut self.totals, outcomes, feature] {
            counted.requests += 1;
            counted.granted_before += u64::from(before);
            counted.denied_before += u64::from(!before);
            counted.granted_after += u64::from(after);
            counted.denied_after += u64::from(!after);
            counted.gained += u64::from(before && !after);
            counted.lost += u64::from(!before && after);
        }
    }

    /// A request that no model decides.
    pub(super) fn pass_over(&mut self, row: RowNo, granted: bool) {
        self.not_judged += 1;
        self.count(row, granted, granted);
    }

    /// True when another example is wanted: of a denial gained, or lost.
    pub(super) fn wants_example(&mut self, row: RowNo, gained: bool) -> bool {
        let list = if gained { &self.gained } else { &self.lost };
        let of_row = &mut self.rows[row.0 as usize].examples[usize::from(gained)];
        let wants = list.len() < self.options.examples_max && *of_row < self.options.examples_each;
        *of_row += usize::from(wants);
        wants
    }

    pub(super) fn keep_example(&mut self, example: RequestExample, gained: bool) {
        if gained { &mut self.gained } else { &mut self.lost }.push(example);
    }

    /// The name of the row's group.
    pub(super) fn group_name(&self, row: RowNo) -> &str {
        &self.groups[self.rows[row.0 as usize].group as usize]
    }

    /// The row of a pool, for the feature of this row.
    pub(super) fn pool(&mut self, row: RowNo, pool: &str) -> PoolRowNo {
        let feature = self.rows[row.0 as usize].feature;
        let of_feature = self.pool_nos.entry(feature).or_default();
        if let Some(no) = of_feature.get(pool) {
            return PoolRowNo(*no);
        }
        let full = self.pools.len() >= self.options.groups_max && pool != OTHERS;
        if full {
            self.cut = true;
            return self.pool(row, OTHERS);
        }
        let no = count(self.pools.len());
        of_feature.insert(pool.to_owned(), no);
        self.pools.push(PoolRow { feature, name: pool.to_owned(), held: Default::default() });
        PoolRowNo(no)
    }

    /// A lease begins or ends.
    pub(super) fn hold(&mut self, side: Side, held: &Seats<'_>, begins: bool, at: Time) {
        let by = |count: u32| if begins { i64::from(count) } else { -i64::from(count) };
        self.rows[held.row.0 as usize].held[side as usize].shift(by(held.count), at);
        for (pool, count) in held.pools {
            self.pools[pool.0 as usize].held[side as usize].shift(by(*count), at);
        }
    }

    /// Takes the levels of the row's feature from a state.
    pub(super) fn measure(&mut self, side: Side, row: RowNo, state: &Leasing, at: Time) {
        let feature = self.rows[row.0 as usize].feature;
        self.features[feature as usize].measure(side, state, at);
    }

    /// Takes the levels of a feature from a state.
    pub(super) fn measure_feature(&mut self, side: Side, name: &str, state: &Leasing, at: Time) {
        let feature = self.feature(name);
        self.features[feature as usize].measure(side, state, at);
    }

    /// A recorded lease of the row was held this long.
    pub(super) fn held_for(&mut self, row: RowNo, millis: i64) {
        let feature = self.rows[row.0 as usize].feature;
        self.features[feature as usize].hold.add(millis);
        self.hold.add(millis);
    }

    /// How long a lease of the row would be held; none: there is no lease to learn it from.
    pub(super) fn hold_time(&mut self, row: RowNo) -> Option<i64> {
        let feature = self.rows[row.0 as usize].feature;
        self.features[feature as usize].hold.median().or_else(|| self.hold.median())
    }

    /// Requests so far.
    pub(super) fn requests(&self) -> u64 {
        self.totals.requests
    }

    /// The report, as of now.
    pub(super) fn report(&self, times: Option<(Time, Time)>, entries: u64) -> WhatIfReport {
        let until = times.map_or(Time::from_millis(0), |(_, to)| to);
        let compared = |gauges: &[Gauge; 2]| Compared {
            before: gauges[Side::Before as usize].level(until),
            after: gauges[Side::After as usize].level(until),
        };
        let effect = |row: &FeatureRow| FeatureEffect {
            feature: row.name.clone(),
            outcomes: row.outcomes,
            used: compared(&row.used),
            reserved_idle: compared(&row.idle),
        };
        let of_group = |row: &GroupRow| GroupEffect {
            feature: self.features[row.feature as usize].name.clone(),
            group: self.groups[row.group as usize].clone(),
            outcomes: row.outcomes,
            held: compared(&row.held),
        };
        let told = |row: &FeatureEffect| {
            let peaks = |levels: Compared| levels.before.peak > 0 || levels.after.peak > 0;
            row.outcomes.requests > 0 || peaks(row.used) || peaks(row.reserved_idle)
        };
        let mut features: Vec<FeatureEffect> =
            self.features.iter().map(effect).filter(told).collect();
        let mut groups: Vec<GroupEffect> = self.rows.iter().map(of_group).collect();
        let rank = |outcomes: &Outcomes| {
            (
                std::cmp::Reverse((outcomes.gained, outcomes.lost)),
                std::cmp::Reverse(outcomes.requests),
            )
        };
        features.sort_by(|a, b| {
            rank(&a.outcomes).cmp(&rank(&b.outcomes)).then_with(|| a.feature.cmp(&b.feature))
        });
        groups.sort_by(|a, b| {
            let names = |row: &GroupEffect| (row.feature.clone(), row.group.clone());
            rank(&a.outcomes).cmp(&rank(&b.outcomes)).then_with(|| names(a).cmp(&names(b)))
        });
        let named = self.pools.iter().any(|pool| pool.name != DEFAULT_POOL);
        let of_pool = |row: &PoolRow| PoolEffect {
            feature: self.features[row.feature as usize].name.clone(),
            pool: row.name.clone(),
            held: compared(&row.held),
        };
        let mut pools: Vec<PoolEffect> = self.pools.iter().filter(|_| named).map(of_pool).collect();
        pools.sort_by(|a, b| (&a.feature, &a.pool).cmp(&(&b.feature, &b.pool)));
        WhatIfReport {
            pools,
            from: times.map(|(from, _)| from),
            to: times.map(|(_, to)| to),
            entries,
            totals: self.totals,
            not_judged: self.not_judged,
            features,
            groups,
            gained: self.gained.clone(),
            lost: self.lost.clone(),
            cut: self.cut,
        }
    }
}

/// What of a feature is in use or used up, and how many reserved seats of it are idle.
fn levels(state: &Leasing, feature: &str) -> (u64, u64) {
    let no = state.features.find(feature).and_then(|no| state.features.get(no));
    let shelves = no.into_iter().flat_map(|feature| feature.shelves.iter());
    let shelves = shelves.filter_map(|no| state.shelves.get(*no));
    shelves.fold((0, 0), |(used, idle), shelf| {
        (used + shelf.taken(), idle + state.reserved_of(shelf).1)
    })
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
