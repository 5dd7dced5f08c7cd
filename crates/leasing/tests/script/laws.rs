//! The laws that the stage checks at every step of every play.

use std::collections::{BTreeMap, BTreeSet};
use tenure_container::Reading;
use tenure_document::{
    Capacity, Enforcement, Holder, HostId, HostIdType, Kind, Lease, SeatBasis, Version,
};
use tenure_leasing::{
    Checkout, Command, DenialReason, Event, FeatureRequest, Granted, ItemRow, LeaseFilter,
    LeaseOrder, LeaseRow, Leasing, Now, Page, PoolStatus, PreviewOutcome, TicketId, TicketRow,
};

/// A preview says what the checkout then does, and seats are denied only when there are too few.
pub fn preview_tells_the_truth(state: &Leasing, asked: &Checkout, now: Now, events: &[Event]) {
    let rows = state.preview(asked, now).expect("a checkout that was decided can be previewed");
    let denied = events.iter().filter(|event| matches!(event, Event::Denied(_))).count();
    let mut granted = events.iter().filter_map(|event| match event {
        Event::Granted(granted) => Some(granted),
        _ => None,
    });
    let would_deny = rows.iter().filter(|row| matches!(row.outcome, PreviewOutcome::Denied { .. }));
    let queued = events.iter().filter_map(|event| match event {
        Event::Queued(queued) => Some(queued),
        _ => None,
    });
    let together = asked.all && queued.clone().next().is_some();
    assert!(
        together || would_deny.count() == denied + queued.count(),
        "preview {rows:?}, checkout {events:?}"
    );
    for row in &rows {
        match &row.outcome {
            PreviewOutcome::Granted { version, count, expires, shortened_by, code } => {
                let granted = granted.next().expect("a grant");
                let did = (granted.version, granted.count, granted.expires, &*granted.code);
                assert_eq!((*version, *count, *expires, code.as_str()), did);
                assert_eq!(*shortened_by, granted.shortened_by);
                assert_eq!(granted.feature, row.feature);
            }
            PreviewOutcome::Denied { reason: DenialReason::NoSeats, .. } if rows.len() == 1 => {
                assert!(row.largest < Some(u64::from(row.requested)), "denied, but free: {row:?}");
                assert_ne!(row.largest, None);
            }
            _ => {}
        }
        if let (1, PreviewOutcome::Granted { count, .. }) = (rows.len(), &row.outcome) {
            let owner_frees = asked.holder.owner.is_some();
            assert!(
                owner_frees || row.largest.is_none_or(|most| most >= u64::from(*count)),
                "{row:?}"
            );
        }
    }
    assert_eq!(granted.next(), None, "more is granted than {rows:?}");
}

/// What a device was just made to hold it holds: the same again neither grants nor releases. (A feature that is listed
/// twice may be shared out in another way; who waits is served first, and may be a new process of the device's owner:
/// what was kept for it is free once the device has given back what it would have taken over.)
pub fn setting_again_changes_nothing(
    state: &Leasing,
    command: &Command,
    now: Now,
    before: &[Event],
) {
    let was_denied = before.iter().any(|event| matches!(event, Event::Denied(_)));
    let waits = state.ticket_rows(None, Page::ALL, now).rows;
    if was_denied && waits.iter().any(|row| row.holder.owner.is_some()) {
        return;
    }
    if let Command::SetDevice(set) = command {
        let names: BTreeSet<&str> = set.wanted.features.iter().map(|f| f.name.as_str()).collect();
        if names.len() < set.wanted.features.len() {
            return;
        }
    }
    let events = state.decide(command, now).expect("what was decided once is decided again");
    if events.iter().any(|event| matches!(event, Event::Offered(_))) {
        return;
    }
    let changes =
        events.iter().find(|event| matches!(event, Event::Granted(_) | Event::Released { .. }));
    assert_eq!(changes, None, "setting a device again: {events:?}");
}

/// What a request is apart from who makes it.
fn shape(asked: &Checkout) -> Checkout {
    let holder = Holder::of(HostId::new(HostIdType::String, "anybody").expect("a host"));
    let all = asked.all && asked.features.len() > 1;
    Checkout { holder, all, wait_seconds: None, nonce: None, request: None, ..asked.clone() }
}

/// What each ticket waits for.
fn waiting(state: &Leasing) -> BTreeMap<TicketId, Checkout> {
    let stored = serde_json::to_value(state).expect("a state is JSON");
    let tickets = stored["queue"]["tickets"].as_array().cloned().unwrap_or_default();
    let read = |ticket: serde_json::Value| {
        let id = ticket["ticket"].as_str().and_then(|id| id.parse().ok()).expect("a ticket");
        (id, serde_json::from_value(ticket["asked"].clone()).expect("a checkout"))
    };
    tickets.into_iter().map(read).collect()
}

/// These two may use the same: with a model that is certain of the same holder only.
fn are_alike(state: &Leasing, a: &Holder, b: &Holder) -> bool {
    a.kind == b.kind && (state.model().is_none() || a == b)
}

/// The device holds an item of one of these features already, or is offered one, that it may hold once only.
fn has_the_only_one(state: &Leasing, row: &TicketRow, now: Now, events: &[Event]) -> bool {
    let items = state.item_rows(now).into_iter().filter(|item| item.item.exclusive);
    let only: BTreeSet<String> = items.map(|item| item.item.feature.clone()).collect();
    let held = state.lease_rows(&LeaseFilter::default(), LeaseOrder::OldestFirst, Page::ALL).rows;
    let held = held.iter().map(|lease| (&lease.holder.host, &lease.feature));
    let granted = events.iter().flat_map(Event::grants);
    let granted = granted.map(|granted| (&granted.holder.host, &granted.feature));
    held.chain(granted).any(|(host, feature)| {
        let is_wanted = row.features.iter().any(|wanted| wanted.name == *feature);
        is_wanted && *host == row.holder.host && only.contains(feature)
    })
}

/// Something is reserved for the device or the user: its own seats are not those that others wait for.
fn has_reservation(state: &Leasing, holder: &Holder) -> bool {
    let is_its = |host: &HostId| match host.kind {
        HostIdType::User => holder.user.as_deref() == Some(host.value.as_str()),
        _ => holder.host == *host,
    };
    let mut groups = state.reservation_groups();
    groups.any(|standing| standing.group.reservations.iter().any(|one| is_its(&one.host)))
}

/// All seats of the grant are new ones, out of what is for all: who shares some that it has needs less than others who
/// want as many.
fn is_fresh(state: &Leasing, granted: &Granted) -> bool {
    if has_reservation(state, &granted.holder) {
        return false;
    }
    let held = state.lease_rows(&LeaseFilter::default(), LeaseOrder::OldestFirst, Page::ALL).rows;
    let mut held = held.iter().filter(|lease| lease.feature == granted.feature);
    let taken = || granted.parts.iter().flat_map(|part| &part.seats);
    let is_shared = |lease: &LeaseRow| {
        lease.seats.iter().any(|a| taken().any(|b| a.first <= b.last && b.first <= a.last))
    };
    granted.code != "shared-seat" && !held.any(is_shared)
}

/// Nobody gets a free seat while somebody waits who wants the same.
pub fn newcomers_go_last(state: &Leasing, asked: &Checkout, now: Now, events: &[Event]) {
    let served: BTreeSet<TicketId> = events
        .iter()
        .filter_map(|event| match event {
            Event::Offered(offered) => Some(offered.ticket),
            _ => None,
        })
        .collect();
    let takes = |event: &Event| matches!(event, Event::Granted(g) if is_fresh(state, g));
    if asked.features.len() != 1 || asked.holder.owner.is_some() || !events.iter().any(takes) {
        return;
    }
    let waits = waiting(state);
    for row in state.ticket_rows(None, Page::ALL, now).rows {
        let waits_on = row.offer.is_none() && now.at <= row.until && !served.contains(&row.id);
        let here = waits_on && !has_the_only_one(state, &row, now, events);
        let same =
            shape(&waits[&row.id]) == shape(asked) && are_alike(state, &row.holder, &asked.holder);
        assert!(!here || !same, "a newcomer overtakes {row:?}: {events:?}");
    }
}

/// Of what is free no more is kept from a stranger than those want who wait.
pub fn no_more_is_kept_than_is_wanted(state: &Leasing, now: Now) {
    // How much of a pool is free is told by what its asker can have of it.
    if state.model().is_some() {
        return;
    }
    let rows = state.ticket_rows(None, Page::ALL, now).rows;
    let mut wanted: BTreeMap<&str, u64> = BTreeMap::new();
    for feature in rows.iter().filter(|row| row.offer.is_none()).flat_map(|row| &row.features) {
        *wanted.entry(&feature.name).or_default() += u64::from(feature.count);
    }
    let stranger = Holder::of(HostId::new(HostIdType::String, "stranger").expect("a host"));
    for (name, wanted) in wanted {
        let feature = FeatureRequest::new(name, Version::new(1, 0, 0), 1);
        let asked = Checkout::new(stranger.clone(), vec![feature]);
        for row in state.preview(&asked, now).expect("a checkout can be previewed") {
            let free: u64 = row.pools.iter().map(|pool| pool.free).sum();
            assert!(
                row.largest.is_none_or(|most| most + wanted >= free),
                "{wanted} wanted: {row:?}"
            );
        }
    }
}

/// Nobody is offered anything while somebody waits who came before and wants the same.
pub fn in_turn(state: &Leasing, event: &Event, now: Now) {
    let Event::Offered(offered) = event else { return };
    let rows = state.ticket_rows(None, Page::ALL, now).rows;
    let waits = waiting(state);
    let asked = |id: TicketId| &waits[&id];
    let wanted = shape(asked(offered.ticket));
    let before = rows.iter().take_while(|row| row.id != offered.ticket);
    for row in before.filter(|row| row.offer.is_none() && now.at <= row.until) {
        let same = shape(asked(row.id)) == wanted && !wanted.features.is_empty();
        let alike = |lease: &Granted| are_alike(state, &row.holder, &lease.holder);
        let differs = !offered.leases.iter().all(|lease| is_fresh(state, lease) && alike(lease));
        let owns = offered.leases.iter().any(|lease| lease.holder.owner.is_some());
        let can_use = !has_the_only_one(state, row, now, &[]);
        assert!(!same || differs || owns || !can_use, "{} overtakes {row:?}", offered.ticket);
    }
}

/// An event as the ledger stores it: what serde writes, behind what is there.
pub fn text_of(event: &Event) -> String {
    let mut written = b"before ".to_vec();
    event.write(&mut written).expect("an event is JSON");
    let by_serde = serde_json::to_string(event).expect("an event is JSON");
    assert_eq!(String::from_utf8_lossy(&written), format!("before {by_serde}"));
    by_serde
}

/// A grant and a renewal have a document that says the same.
pub fn check_document(state: &Leasing, event: &Event) {
    let document: Option<Lease> = state
        .document(event)
        .map(|bytes| serde_json::from_slice(&bytes).expect("the payload of a lease"));
    match event {
        Event::Granted(granted) => {
            let document = document.expect("a document");
            assert_eq!(document.id, granted.lease);
            check_limits(state, granted);
            let row = state.lease_row(granted.lease).expect("a live lease");
            assert_eq!(document.seats, row.seats, "document and state name other seats");
            assert_eq!((&document.holder, document.count), (&granted.holder, row.count));
            assert!(granted.at <= granted.renew_after && granted.renew_after <= granted.expires);
        }
        Event::Renewed(renewed) => {
            let document = document.expect("a document");
            assert_eq!((document.id, document.expires), (renewed.lease, renewed.expires));
            assert!(renewed.at <= renewed.renew_after && renewed.renew_after <= renewed.expires);
        }
        _ => assert!(document.is_none()),
    }
}

/// What must be true of every state: no seat twice, nothing beyond its limit unless the license was reduced or lets it.
pub fn audit(state: &Leasing, now: Now) {
    let rows = state.lease_rows(&LeaseFilter::default(), LeaseOrder::OldestFirst, Page::ALL).rows;
    let mut seats: BTreeMap<(String, u32), Vec<&LeaseRow>> = BTreeMap::new();
    for row in &rows {
        assert!(row.granted <= row.renewed && row.renewed <= row.expires, "{row:?}");
        for seat in row.seats.iter().flat_map(|range| range.first..=range.last) {
            seats.entry((row.feature.clone(), seat)).or_default().push(row);
        }
    }
    let items: BTreeMap<String, ItemRow> =
        state.item_rows(now).into_iter().map(|row| (row.item.id.clone(), row)).collect();
    for ((feature, seat), holders) in seats {
        let shares = |row: &&LeaseRow| {
            row.items.iter().any(|item| {
                items.get(item).is_some_and(|row| row.item.seat_basis != SeatBasis::Process)
            })
        };
        assert!(
            holders.len() == 1 || holders.iter().all(shares),
            "seat {seat} of {feature} is held twice: {holders:?}",
        );
    }
    for row in items.values().filter(|row| row.item.exclusive) {
        let of = |lease: &&LeaseRow| lease.items.contains(&row.item.id);
        let mut hosts: Vec<&HostId> = rows.iter().filter(of).map(|l| &l.holder.host).collect();
        let leases = hosts.len();
        hosts.sort();
        hosts.dedup();
        let alone = row.item.seat_basis != SeatBasis::Process || hosts.len() == leases;
        assert!(alone, "a device has {} more than once", row.item.id);
    }
    check_pools(state, now, &items);
    for row in items.values().filter(|row| row.item.seat_basis == SeatBasis::Process) {
        let of = |lease: &&LeaseRow| lease.items == [row.item.id.clone()];
        let held: u64 = rows.iter().filter(of).map(|lease| u64::from(lease.count)).sum();
        let alone = rows.iter().all(|lease| lease.items.len() == 1);
        assert!(!alone || held == row.used || row.item.kind != Kind::Concurrent, "{row:?}");
    }
}

/// What is told of a grant or denial afterwards is what was done.
pub fn explanation_agrees(before: &Leasing, event: &Event) {
    for granted in event.grants() {
        let told = before.explain_lease(event, granted.lease).expect("it begins with the event");
        let mut got: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for source in told.sources.iter().filter(|source| source.got > 0) {
            let pool = source.pool.as_deref().expect("seats come out of a pool");
            *got.entry((&source.item, pool)).or_default() += source.got;
        }
        let mut parts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for part in &granted.parts {
            let pool = part.pool.as_deref().unwrap_or("default");
            *parts.entry((&part.item, pool)).or_default() += u64::from(part.count);
        }
        assert_eq!(got, parts, "{granted:?} is told as {told:?}");
        assert!(!told.text(None).is_empty());
    }
    if let Event::Denied(denied) = event {
        let told = before.explain_denial(denied);
        assert!(told.sources.iter().all(|source| source.got == 0), "{told:?}");
        assert!(told.text(None).contains(denied.reason.code()));
    }
}

/// Seats of each feature in use.
pub fn levels(state: &Leasing, now: Now) -> BTreeMap<String, u64> {
    let rows = state.item_rows(now).into_iter().filter(|row| row.item.kind == Kind::Concurrent);
    let mut levels = BTreeMap::new();
    for row in rows {
        *levels.entry(row.item.feature.clone()).or_default() += row.used;
    }
    levels
}

/// Every seat of an item is in exactly one pool, and pools never have more than there is.
fn check_pools(state: &Leasing, now: Now, items: &BTreeMap<String, ItemRow>) {
    let pools = state.pool_rows(now);
    for (id, item) in items {
        let rows = pools.iter().flat_map(|pool| &pool.items).filter(|row| row.item.id == *id);
        let (mut used, mut has) = (0, Some(0_u64));
        for row in rows {
            used += row.used;
            let row = row.allotted.zip(row.overdraft).map(|(a, b)| a.saturating_add(b));
            has = has.zip(row).map(|(has, row)| has.saturating_add(row));
        }
        assert_eq!(used, item.used, "pools have {used} of {id} in use: {item:?}");
        let most = item.item.capacity().plus(item.item.overdraft_seats());
        if let (Some(has), Capacity::Limited(most)) = (has, most) {
            assert!(has <= most.max(used), "pools have {has} of {id}: {item:?}");
        }
    }
}

/// Reserved seats that others hold for the time being.
pub fn reserved_and_not_free(state: &Leasing) -> u64 {
    state
        .reservation_groups()
        .flat_map(|group| group.entries)
        .flatten()
        .map(|one| one.waiting)
        .sum()
}

/// A pool has more in use than a new model gives it.
pub fn a_pool_shrinks(state: &Leasing, now: Now) -> bool {
    let pools = state.pool_rows(now);
    pools.iter().flat_map(|pool| &pool.items).any(|item| item.status == PoolStatus::Over)
}

/// Only a posting, or items or pools that shrink, can leave a member waiting: no grant takes a reserved seat. (Where the
/// license lets use exceed its count, nobody is refused for that. While a pool has more in use than a new model gives
/// it, what comes back goes to the pools that have less, and a member's seat may be among that.)
pub fn no_reserved_seat_is_given_away(state: &Leasing, command: &Command, before: u64) {
    let mut groups = state.reservation_groups();
    if groups.any(|group| group.has_feature("rec")) {
        return;
    }
    let after = reserved_and_not_free(state);
    assert!(after <= before, "{before} waited, {after} wait after {command:?}");
}

/// A member below its reserved count is never refused for lack of seats.
pub fn members_find_their_seats(state: &Leasing, now: Now) {
    for standing in state.reservation_groups() {
        for (one, entries) in standing.group.reservations.iter().zip(&standing.entries) {
            for (entry, standing) in one.entries.iter().zip(entries) {
                let ready = standing.idle - standing.waiting;
                let count = u32::try_from(ready).expect("a small count");
                if count > 0 && is_live(state, &entry.feature, now) {
                    let feature = FeatureRequest::new(entry.feature.clone(), entry.version, count);
                    let asked = Checkout::new(member(&one.host), vec![feature]);
                    let row = &state.preview(&asked, now).expect("a preview")[0];
                    let lacks = [DenialReason::NoSeats, DenialReason::ReservedForOthers];
                    let is_refused = matches!(&row.outcome, PreviewOutcome::Denied { reason, .. } if lacks.contains(reason));
                    assert!(
                        !is_refused,
                        "{count} of {entry:?} are kept for {}, but {row:?}",
                        one.host
                    );
                }
            }
        }
    }
}

/// True when every item of a feature can be granted: one that has ended since is out of the question.
fn is_live(state: &Leasing, feature: &str, now: Now) -> bool {
    let live = ["live", "in-grace"];
    state
        .item_rows(now)
        .iter()
        .filter(|row| row.item.feature == feature)
        .all(|row| live.contains(&row.state.word()))
}

/// A member as it asks: the device, or the user on a device that nobody knows.
fn member(host: &HostId) -> Holder {
    match host.kind {
        HostIdType::User => {
            let elsewhere = HostId::new(HostIdType::String, "elsewhere").expect("a host");
            Holder { user: Some(host.value.clone()), ..Holder::of(elsewhere) }
        }
        _ => Holder::of(host.clone()),
    }
}

/// A grant keeps within what its items have, unless they let use exceed it.
fn check_limits(state: &Leasing, granted: &Granted) {
    let now = Now { at: granted.at, reading: Reading { wall: granted.at, since_boot_ms: 0 } };
    let items = state.item_rows(now);
    for row in items.iter().filter(|row| granted.parts.iter().any(|part| part.item == row.item.id))
    {
        let most = row.item.capacity().plus(row.item.overdraft_seats());
        let fits = match most {
            Capacity::Limited(most) => row.used <= most,
            Capacity::Unlimited => true,
        };
        let fits = fits || granted.code == "shared-seat";
        assert!(fits || row.item.enforcement != Enforcement::Block, "{granted:?} exceeds {row:?}");
    }
}
