//! Which items a request may draw on, and why the others are out of the question.
//!
//! Invariants: an item is a candidate only if everything but the number of free seats speaks for it; among the reasons
//! against the others the nearest miss is the one told. Looks at the items of one feature, never at leases.
//! Deliberately not here: how many seats are free (allocation), the sentence for people (explain).

use crate::allocation::Source;
use crate::draft::Draft;
use crate::group::Group;
use crate::ids::No;
use crate::plan::{AskerKey, Candidate};
use crate::pool::Pool;
use crate::property::Settings;
use crate::request::Checkout;
use crate::reserved::{POOLS_PLACE, split};
use crate::shares::Room;
use crate::state::Leasing;
use crate::stock::{Bin, Feature, Shelf};
use crate::term::{BorrowLimit, Granularity, Term, later, millis};
use std::collections::BTreeMap;
use tenure_document::{Enforcement, Holder, Item, MachineKind, Permission, Time, Version};

/// What a request wants of one feature.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) holder: &'a Holder,
    pub(crate) feature: &'a str,
    pub(crate) version: Version,
    pub(crate) selectors: &'a BTreeMap<String, String>,
    pub(crate) purpose: Purpose,
}

/// What the seats or units are wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To hold, perhaps away from the network.
    Hold { borrow_seconds: Option<u64>, granularity: Option<Granularity> },
    /// To use up.
    Consume,
}

impl Purpose {
    /// For so long away from the network.
    pub(crate) fn borrow_seconds(self) -> Option<u64> {
        match self {
            Purpose::Hold { borrow_seconds, .. } => borrow_seconds,
            Purpose::Consume => None,
        }
    }
}

impl<'a> Wanted<'a> {
    pub(crate) fn to_hold(asked: &'a Checkout, feature: &'a str, version: Version) -> Wanted<'a> {
        let Checkout { holder, selectors, borrow_seconds, granularity, .. } = asked;
        let purpose = Purpose::Hold { borrow_seconds: *borrow_seconds, granularity: *granularity };
        Wanted { holder, feature, version, selectors, purpose }
    }
}

/// Why an item is out of the question. Later ones are nearer to a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Miss {
    /// Its version is lower; this one.
    Version(Version),
    /// It does not carry the wanted selectors.
    Selectors,
    /// It is metered where seats are wanted, or the other way round.
    Kind,
    /// It has ended.
    Expired,
    /// It has ended by the time that is certain, but not by the wall clock.
    ClockBehind,
    /// The publisher must be heard of first: it had to be by then.
    Contact(Time),
    /// It begins then.
    NotStarted(std::cmp::Reverse<Time>),
    /// Its license forbids virtual machines and containers.
    Virtual,
    /// The administrator forbids them.
    VirtualHere,
    /// Its license forbids borrowing.
    Borrow,
    /// The administrator forbids borrowing.
    BorrowHere,
    /// It may be borrowed for so many seconds only.
    BorrowTooLong(u64),
    /// The asker has its one lease.
    Exclusive,
    /// As many leases as may share the asker's seat.
    FullSeat,
}

/// The items of a feature as a request sees them.
#[derive(Debug, Clone)]
pub(crate) struct Survey {
    pub(crate) feature: No<Feature>,
    pub(crate) candidates: Vec<Candidate>,
    /// The nearest miss among the other items.
    pub(crate) miss: Option<Miss>,
    /// Seats that are free, but more than one holder may have.
    pub(crate) withheld: u64,
    /// What the asker may still have of pools that give one holder only so much.
    pub(crate) most: Most,
}

/// Looks at the items of a feature; none where no item has it.
pub(crate) fn survey(draft: &Draft<'_>, wanted: Wanted<'_>) -> Option<Survey> {
    let state = draft.state;
    let feature = state.features.find(wanted.feature)?;
    let mut candidates = Vec::new();
    let mut miss = None;
    let mut known = false;
    for &no in &state.features.get(feature)?.shelves {
        let Some(shelf) = state.shelves.get(no).filter(|shelf| shelf.present) else { continue };
        known = true;
        match consider(draft, wanted, no, shelf) {
            Ok(fit) => {
                let full = look_into_pools(draft, wanted, (no, shelf), fit, &mut candidates);
                miss = miss.max(full);
            }
            Err(found) => miss = miss.max(Some(found)),
        }
    }
    let by_order = |a: &Candidate, b: &Candidate| {
        let id = |candidate: &Candidate| state.shelves.get(candidate.bin.shelf).map(|s| &s.item.id);
        a.source.rank().cmp(&b.source.rank()).then_with(|| id(a).cmp(&id(b)))
    };
    candidates.sort_by(by_order);
    let (withheld, most) = keep_to_maximum(draft, wanted, feature, &mut candidates);
    known.then_some(Survey { feature, candidates, miss, withheld, most })
}

/// How many seats, by pool.
pub(crate) type Most = BTreeMap<No<Pool>, u64>;

/// Reduces candidates of pools that give one holder only so much of a feature. Says by how much, and what it may have.
fn keep_to_maximum(
    draft: &Draft<'_>,
    wanted: Wanted<'_>,
    feature: No<Feature>,
    candidates: &mut [Candidate],
) -> (u64, Most) {
    let placement = draft.state.placement.as_ref().filter(|placement| !placement.has_no_limits());
    let Some(placement) = placement else { return (0, Most::new()) };
    let (mut left, mut most_of) = (Most::new(), Most::new());
    let mut withheld = 0_u64;
    // The candidates stand in the order in which seats are taken from them.
    for candidate in candidates {
        let Some(pool) = candidate.bin.pool else { continue };
        let Some(limit) = placement.limit(pool, feature) else { continue };
        let left = left.entry(pool).or_insert_with(|| match wanted.purpose {
            Purpose::Consume => limit,
            Purpose::Hold { .. } => {
                limit.saturating_sub(draft.held_from(&wanted.holder.host, feature, pool))
            }
        });
        most_of.entry(pool).or_insert(*left);
        let free = candidate.source.regular.unwrap_or(u64::MAX);
        let most = free.min(*left);
        candidate.closed |= *left == 0;
        candidate.source.regular = Some(most);
        *left -= most;
        withheld = withheld.saturating_add(free - most);
    }
    (withheld, most_of)
}

/// The items of a feature that are out of the question, and why.
pub(crate) fn misses(draft: &Draft<'_>, wanted: Wanted<'_>) -> Vec<(No<Shelf>, Miss)> {
    let state = draft.state;
    let feature = state.features.find(wanted.feature).and_then(|no| state.features.get(no));
    let shelves = feature.map_or(&[][..], |feature| &feature.shelves[..]).iter();
    let present = |no: &No<Shelf>| state.shelves.get(*no).filter(|shelf| shelf.present);
    let shelves = shelves.filter_map(|no| Some((*no, present(no)?)));
    shelves
        .filter_map(|(no, shelf)| Some((no, consider(draft, wanted, no, shelf).err()?)))
        .collect()
}

/// On what terms an item would do, were there seats.
#[derive(Clone, Copy)]
struct Fit {
    in_grace: bool,
    term: Term,
    key: AskerKey,
}

fn consider(
    draft: &Draft<'_>,
    wanted: Wanted<'_>,
    no: No<Shelf>,
    shelf: &Shelf,
) -> Result<Fit, Miss> {
    let item = &*shelf.item;
    if item.version < wanted.version {
        return Err(Miss::Version(item.version));
    }
    if !wanted.selectors.iter().all(|(key, value)| item.selectors.get(key) == Some(value)) {
        return Err(Miss::Selectors);
    }
    if shelf.is_metered() != (wanted.purpose == Purpose::Consume) {
        return Err(Miss::Kind);
    }
    let in_grace = check_dates(draft, item)?;
    check_machine(draft.state, item, wanted.holder.kind)?;
    let term = term_of(draft, item, wanted.purpose)?;
    let key = draft.key_of(wanted.holder, item.seat_basis);
    if item.exclusive && wanted.purpose != Purpose::Consume && draft.holds(wanted.holder, no, key) {
        return Err(Miss::Exclusive);
    }
    Ok(Fit { in_grace, term, key })
}

/// The candidates that an item gives in the pools that the asker may use; and why it gives none in one of them.
fn look_into_pools(
    draft: &Draft<'_>,
    wanted: Wanted<'_>,
    (no, shelf): (No<Shelf>, &Shelf),
    fit: Fit,
    candidates: &mut Vec<Candidate>,
) -> Option<Miss> {
    let mut miss = None;
    let open = draft.access().pools().iter().map(|pool| (*pool, true));
    let opened = draft.opened_by_reservations(wanted.holder, no).map(|pool| (pool, false));
    for (place, (pool, is_open)) in (POOLS_PLACE..).zip(open.chain(opened)) {
        let bin = Bin { shelf: no, pool };
        let group = draft.group(bin, fit.key);
        if group.is_some_and(Group::is_full) {
            miss = Some(Miss::FullSeat);
            continue;
        }
        let (taken, room) = draft.room(bin, shelf);
        let source = source_of(shelf, bin, (fit.in_grace, place), room);
        let reserved = draft.reserved(wanted.holder, bin);
        let idle = reserved.device + reserved.user;
        let (shared, counted) =
            draft.shared_on(shelf, (bin, fit.key, group), (wanted.holder, idle));
        let reserved = reserved.less(u64::from(counted));
        let (own, mut open) = split(&source, reserved);
        let left = own.iter().flatten().chain([&open]).map(seats).fold(0, u64::saturating_add);
        let withheld = if is_open { seats(&source).saturating_sub(left) } else { 0 };
        // What is kept for others that wait is free for nobody else.
        open = draft.not_kept(bin, open);
        if !is_open {
            open = Source { regular: Some(0), overdraft: Some(0), beyond: false, ..open };
        }
        let is_default = pool.is_none();
        let candidate = Candidate {
            bin,
            source: open,
            term: fit.term,
            shared,
            closed: !is_open,
            enforcement: if is_default { shelf.item.enforcement } else { Enforcement::Block },
            total: total_of(shelf, bin),
            taken,
            reserved: reserved.all,
            withheld,
        };
        for source in own.into_iter().flatten() {
            let (shared, total, taken, reserved, withheld) = (0, Some(0), 0, 0, 0);
            let candidate = candidate.clone();
            candidates.push(Candidate {
                source,
                shared,
                total,
                taken,
                reserved,
                withheld,
                ..candidate
            });
        }
        candidates.push(candidate);
    }
    miss
}

/// Seats of a source, as far as they are limited.
fn seats(source: &Source) -> u64 {
    source.regular.unwrap_or(0).saturating_add(source.overdraft.unwrap_or(0))
}

/// Everything there is in a pool, with what others still use of what it should have.
fn total_of(shelf: &Shelf, bin: Bin) -> Option<u64> {
    match (&shelf.shares, bin.pool) {
        (None, None) => shelf.limit(),
        (Some(_), None) => shelf.default_limit(),
        (_, Some(_)) => shelf.target(bin.pool),
    }
}

fn source_of(shelf: &Shelf, bin: Bin, (in_grace, pool): (bool, u16), room: Room) -> Source {
    let item = &shelf.item;
    Source {
        pool,
        version: item.version,
        in_grace,
        ends: item.ends(),
        regular: room.regular,
        overdraft: room.overdraft,
        // Only the default pool goes beyond what there is.
        beyond: bin.pool.is_none() && item.enforcement != Enforcement::Block,
    }
}

/// Whether an item is live now; says whether it is in its days of grace.
pub(crate) fn check_dates(draft: &Draft<'_>, item: &Item) -> Result<bool, Miss> {
    let now = draft.rights.items;
    if let Some(start) = item.live_from().filter(|start| now < *start) {
        return Err(Miss::NotStarted(std::cmp::Reverse(start)));
    }
    if let Some(end) = item.grace_end().filter(|end| *end <= now) {
        let by_the_wall = draft.now.reading.wall < end;
        return Err(if by_the_wall { Miss::ClockBehind } else { Miss::Expired });
    }
    if let Some(due) = draft.state.container.contact_due(item).filter(|due| *due <= now) {
        return Err(Miss::Contact(due));
    }
    Ok(item.ends().is_some_and(|end| end <= now))
}

/// The instant from which an item can't be used as things stand: its end with its grace, or the day by which its
/// publisher must be heard of.
pub(crate) fn usable_until(state: &Leasing, item: &Item) -> Option<Time> {
    [item.grace_end(), state.container.contact_due(item)].into_iter().flatten().min()
}

fn check_machine(state: &Leasing, item: &Item, kind: MachineKind) -> Result<(), Miss> {
    if !matches!(kind, MachineKind::Virtual | MachineKind::Container) {
        return Ok(());
    }
    match (item.virtual_machines, state.settings.virtual_allowed) {
        (Permission::Deny, _) => Err(Miss::Virtual),
        (Permission::Allow, false) => Err(Miss::VirtualHere),
        (Permission::Allow, true) => Ok(()),
    }
}

fn term_of(draft: &Draft<'_>, item: &Item, purpose: Purpose) -> Result<Term, Miss> {
    let (borrow_seconds, granularity) = match purpose {
        Purpose::Hold { borrow_seconds, granularity } => (borrow_seconds, granularity),
        Purpose::Consume => (None, None),
    };
    if let Some(seconds) = borrow_seconds {
        match item.borrow_max_seconds {
            Some(0) => return Err(Miss::Borrow),
            _ if !draft.state.settings.borrow_allowed => return Err(Miss::BorrowHere),
            Some(most) if seconds > most => return Err(Miss::BorrowTooLong(most)),
            _ => {}
        }
    }
    Ok(term(draft, item, borrow_seconds, granularity))
}

/// How long a lease of an item may run from now: the shortest of what the license, the request and the
/// administrator allow.
pub(crate) fn term(
    draft: &Draft<'_>,
    item: &Item,
    borrow_seconds: Option<u64>,
    granularity: Option<Granularity>,
) -> Term {
    let settings = &draft.state.settings;
    let seconds = match borrow_seconds {
        Some(asked) => asked.min(borrow_limit(settings, item).0),
        None => {
            let floating = settings.floating_seconds.min(settings.max_seconds);
            floating.min(item.borrow_interval_seconds.unwrap_or(u64::MAX))
        }
    };
    let believed = borrow_seconds.and_then(|_| believed_until(draft));
    let ends = [usable_until(draft.state, item), believed];
    Term {
        seconds,
        granularity: granularity.unwrap_or(settings.granularity),
        left_ms: left_ms(draft, ends.into_iter().flatten().min()),
    }
}

/// Whoever is away from the network believes the server until the end of its present certificate. One that is over
/// shortens nothing: no document is believed then, however short.
fn believed_until(draft: &Draft<'_>) -> Option<Time> {
    let until = draft.state.container.certified_until()?;
    (draft.rights.items < until).then_some(until)
}

fn left_ms(draft: &Draft<'_>, end: Option<Time>) -> Option<i64> {
    end.map(|end| end.as_millis() - draft.rights.items.as_millis())
}

/// The longest that an item may be borrowed, and what says so.
fn borrow_limit(settings: &Settings, item: &Item) -> (u64, BorrowLimit) {
    let here = (settings.borrow_interval_seconds, BorrowLimit::IntervalHere);
    let own = item.borrow_interval_seconds.or(item.borrow_max_seconds);
    let interval = own.map_or(here, |own| (own, BorrowLimit::Interval));
    interval.min((settings.max_seconds, BorrowLimit::MaxHere))
}

/// What ends a borrowing of these items before the time that was asked for; none: nothing does.
pub(crate) fn shortened_by<'a>(
    draft: &Draft<'_>,
    borrow_seconds: Option<u64>,
    expires: Time,
    terms: impl Iterator<Item = (&'a Item, Term)>,
) -> Option<BorrowLimit> {
    let at = draft.now.at;
    if expires >= later(at, millis(borrow_seconds?)) {
        return None;
    }
    let (item, term) = terms.min_by_key(|(_, term)| term.end(at))?;
    let is_cut_by_end = Term { left_ms: None, ..term }.end(at) > expires;
    let (_, limit) = borrow_limit(&draft.state.settings, item);
    let is_license = term.left_ms == left_ms(draft, usable_until(draft.state, item));
    Some(match is_cut_by_end {
        false => limit,
        true if is_license => BorrowLimit::LicenseEnd,
        true => BorrowLimit::CertificateEnd,
    })
}
