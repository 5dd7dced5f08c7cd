//! What containers can hold, counted by an observer who sees the ledger and nothing of the office's own counting.
//!
//! Invariants: an operation that was issued may be applied at any time, or not yet; one that is acknowledged is applied;
//! what its removal took is credibly gone seven days after (at once where the container is anchored).

use crate::stage::Stage;
use std::collections::BTreeMap;
use std::time::Duration;
use tenure_container::apply_op;
use tenure_document::{ContainerId, Count, Item, Op, Time};
use tenure_issuing::office::*;

const COOL_DOWN: Duration = Duration::from_secs(7 * 86_400);

/// Units by line, `<activation ID>/<line>`.
pub type Units = BTreeMap<String, u32>;

/// One container as the observer knows it.
#[derive(Default)]
struct Shelf {
    items: BTreeMap<String, Item>,
    /// What it holds after each operation, from none.
    states: Vec<Units>,
    /// Whether an operation takes something out for good.
    removes: Vec<bool>,
    acknowledged: usize,
    /// Removed, but not credible before.
    cooling: Vec<(Time, String, u32)>,
    gone: bool,
}

/// The observer.
#[derive(Default)]
pub struct Books {
    shelves: BTreeMap<ContainerId, Shelf>,
    seen: usize,
}

/// How many seats of a feature one unit has.
fn per_unit(feature: &str) -> u32 {
    match feature {
        "sim" => 2,
        "trio" => 3,
        _ => 1,
    }
}

/// Units of each line among items: the most that any feature of an activation has.
pub fn units<'a>(items: impl Iterator<Item = &'a Item>) -> Units {
    let mut by_root: BTreeMap<(String, &str), u32> = BTreeMap::new();
    for item in items {
        let (line, root) = (item.entitlement_id.clone().unwrap(), item.id.split('.').next());
        let Count::Counted(count) = item.count else {
            continue;
        };
        let units = by_root.entry((line, root.unwrap())).or_default();
        *units = (*units).max(count.div_ceil(per_unit(&item.feature)));
    }
    let mut all = Units::new();
    for ((line, _), units) in by_root {
        *all.entry(line).or_default() += units;
    }
    all
}

fn of(units: &Units, line: &str) -> u32 {
    units.get(line).copied().unwrap_or(0)
}

impl Books {
    /// Reads what is new in the ledger.
    pub fn read(&mut self, stage: &Stage) {
        for event in &stage.told[self.seen..] {
            match event {
                Event::OpsIssued(issued) => self.issued(issued),
                Event::Acknowledged(event) => {
                    let anchored = stage.office.fleet().get(event.id).is_some_and(|c| c.anchored);
                    self.acknowledged(event, anchored, stage.now);
                }
                Event::ContainerGone(event) if event.why.is_some() => {
                    self.shelves.entry(event.id).or_default().gone = true;
                }
                _ => {}
            }
        }
        self.seen = stage.told.len();
    }

    fn issued(&mut self, issued: &OpsIssued) {
        let shelf = self.shelves.entry(issued.id).or_default();
        if shelf.states.is_empty() {
            shelf.states.push(Units::new());
            shelf.removes.push(false);
        }
        assert_eq!(issued.first as usize, shelf.states.len(), "operations are numbered in a row");
        let works = issued.works.iter();
        let removing = works.flat_map(|w| std::iter::repeat_n(w.step.removes(), w.ops as usize));
        let removing: Vec<bool> = removing.collect();
        let leading = issued.ops.len() - removing.len();
        for (place, op) in issued.ops.iter().enumerate() {
            apply_op(&mut shelf.items, op);
            shelf.states.push(units(shelf.items.values()));
            let removes = matches!(op, Op::Withdraw { .. })
                && place.checked_sub(leading).is_some_and(|place| removing[place]);
            shelf.removes.push(removes);
        }
    }

    fn acknowledged(&mut self, event: &Acknowledged, anchored: bool, now: Time) {
        let Some(shelf) = self.shelves.get_mut(&event.id) else {
            return;
        };
        let until = event.sequence as usize;
        for at in shelf.acknowledged + 1..=until {
            if !shelf.removes[at] || anchored {
                continue;
            }
            for (line, before) in &shelf.states[at - 1] {
                let taken = before - of(&shelf.states[at], line).min(*before);
                if taken > 0 {
                    shelf.cooling.push((now.plus(COOL_DOWN), line.clone(), taken));
                }
            }
        }
        shelf.acknowledged = shelf.acknowledged.max(until);
    }

    /// The most units of a line that containers can hold now, or that are not credibly out of them.
    pub fn can_hold(&self, line: &str, now: Time) -> u32 {
        let all = self.shelves.values().filter(|shelf| !shelf.gone);
        all.map(|shelf| {
            let states = shelf.states.get(shelf.acknowledged..).unwrap_or_default();
            let most = states.iter().map(|state| of(state, line)).max().unwrap_or(0);
            let cooling = shelf.cooling.iter().filter(|(at, which, _)| *at > now && which == line);
            most + cooling.map(|(_, _, units)| units).sum::<u32>()
        })
        .sum()
    }
}
