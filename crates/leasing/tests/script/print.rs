//! How the stage tells what happened, and the invariants it keeps an eye on.

use std::fmt::Write;
use tenure_container::ContainerEvent;
use tenure_document::{SeatRange, Time};
use tenure_leasing::{
    BorrowLimit, Consumed, DenialFilter, Denied, Diagnostic, Event, Granted, LeaseFilter,
    LeaseOrder, LeaseRow, Leasing, Now, Page, PoolKind, PoolStatus, PreviewOutcome, PreviewRow,
    PropertyValue, Refusal, Remedy, TimelineRow, UsagePart,
};

use super::words::START;

/// A time as the length since the start of the play: `+0:15:00`, `+2d 1:00:00`.
fn since(time: Time) -> String {
    let millis = time.as_millis() - START;
    let sign = if millis < 0 { '-' } else { '+' };
    let seconds = millis.abs() / 1_000;
    let (days, seconds) = (seconds / 86_400, seconds % 86_400);
    let clock = format!("{}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if days == 0 { format!("{sign}{clock}") } else { format!("{sign}{days}d {clock}") }
}

/// Lease numbers as the scripts have them: `L7`.
pub fn tidy(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("L-") {
        let end = after.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(after.len());
        let lease: Result<tenure_document::LeaseId, _> = format!("L-{}", &after[..end]).parse();
        let _ = write!(out, "{before}L{}", lease.map_or(0, |lease| lease.0));
        rest = &after[end..];
    }
    out + rest
}

/// One event as one line; nothing for what only moves the container's clock.
pub fn event(event: &Event) -> String {
    let line = match event {
        Event::Granted(granted) => self::granted(granted),
        Event::Renewed(renewed) => {
            let until = shortened(renewed.expires, renewed.shortened_by);
            format!("renewed L{} until {until}", renewed.lease.0)
        }
        Event::NotRenewed { lease, why } => format!("L{} not renewed: {}", lease.0, why.code()),
        Event::NotReleased { lease, why } => format!("L{} not released: {}", lease.0, why.code()),
        Event::Released { lease, .. } => format!("released L{}", lease.0),
        Event::TakenOver { lease, by } => format!("L{} taken over by L{}", lease.0, by.0),
        Event::Expired { leases, named } => {
            let leases = leases.iter().map(|lease| format!("L{}", lease.0));
            let named = named.iter().map(|seat| {
                let who = seat.user.clone().or(seat.host.as_ref().map(|host| host.value.clone()));
                format!("the seat of {} kept for {}", seat.item, who.unwrap_or_default())
            });
            format!("expired {}", leases.chain(named).collect::<Vec<_>>().join(", "))
        }
        Event::Denied(denied) => self::denied(denied),
        Event::Queued(queued) => {
            let features = queued.asked.features.iter();
            let features: Vec<String> =
                features.map(|f| format!("{} {} x{}", f.name, f.version, f.count)).collect();
            let class = if queued.class > 0 {
                format!(" in class {}", queued.class)
            } else {
                String::new()
            };
            let (host, until) = (&queued.asked.holder.host.value, since(queued.until));
            format!(
                "T{} {host} waits for {}{class} until {until}",
                queued.ticket.0,
                features.join(" + ")
            )
        }
        Event::Offered(offered) => {
            let leases: Vec<String> = offered.leases.iter().map(self::granted).collect();
            format!("T{} is offered {}", offered.ticket.0, leases.join(" and "))
        }
        Event::Claimed { ticket, .. } => format!("T{} claimed", ticket.0),
        Event::Unqueued(end) => format!("T{} {}", end.ticket.0, end.how.word()),
        Event::Consumed(consumed) => self::consumed(consumed),
        Event::UsageBatch(batch) => {
            let entries = batch.entries.iter().map(|entry| {
                let reason =
                    entry.reason.map_or(String::new(), |reason| format!(" {}", reason.code()));
                let over =
                    if entry.over > 0 { format!(" ({} over)", entry.over) } else { String::new() };
                format!(
                    "\n  {} {} x{}{}{over}{reason}",
                    entry.sequence,
                    entry.feature,
                    entry.count,
                    from(&entry.parts)
                )
            });
            format!(
                "{} reported through {}:{}",
                batch.client,
                batch.through,
                entries.collect::<String>()
            )
        }
        Event::Undone { usage, .. } => format!("{usage} taken back"),
        Event::Container(ContainerEvent::ClockBehind { .. }) => "the clock is behind".to_owned(),
        Event::Container(ContainerEvent::ClockRight) => "the clock is right".to_owned(),
        Event::Container(_) => return String::new(),
        Event::DeviceDropped(dropped) => {
            format!(
                "{} dropped, free at {} at the latest",
                dropped.host.value,
                since(dropped.until)
            )
        }
        Event::ReservationsSet { groups, .. } => {
            let groups =
                groups.iter().map(|g| format!("{} {} revision {}", g.id, g.label(), g.revision));
            format!("reserved {}", groups.collect::<Vec<_>>().join(", "))
        }
        Event::ReservationsDeleted { groups, .. } => {
            let groups = groups.iter().map(|(id, name)| format!("{id} {name}"));
            format!("no longer reserved {}", groups.collect::<Vec<_>>().join(", "))
        }
        Event::Reconciling { until, next_lease, .. } => {
            let next =
                next_lease.map_or(String::new(), |next| format!(", leases from L{} on", next.0));
            format!("reconciling until {}{next}", since(*until))
        }
        other => {
            let json = serde_json::to_value(other).expect("an event is JSON");
            json["type"].as_str().unwrap_or_default().to_owned()
        }
    };
    line + "\n"
}

fn granted(granted: &Granted) -> String {
    let parts = granted.parts.iter().map(|part| {
        let pool = part.pool.as_ref().map_or(String::new(), |pool| format!("/{pool}"));
        format!("{}{pool}{}", part.item, seats(&part.seats))
    });
    let parts: Vec<String> = parts.collect();
    let Granted { lease, feature, version, count, .. } = granted;
    let (parts, until) = (parts.join(" + "), shortened(granted.expires, granted.shortened_by));
    format!("L{} {} {feature} {version} x{count} from {parts} until {until}", lease.0, granted.code)
}

/// The end of a lease, and what limits it where more was asked for.
fn shortened(expires: Time, by: Option<BorrowLimit>) -> String {
    let by = by.map_or(String::new(), |limit| format!(", shortened by {}", limit.word()));
    format!("{}{by}", since(expires))
}

fn seats(seats: &[SeatRange]) -> String {
    let one = |range: &SeatRange| match range.first == range.last {
        true => range.first.to_string(),
        false => format!("{}-{}", range.first, range.last),
    };
    let all: Vec<String> = seats.iter().map(one).collect();
    if all.is_empty() { String::new() } else { format!("[{}]", all.join(",")) }
}

fn denied(denied: &Denied) -> String {
    let Denied { id, reason, remedy, .. } = denied;
    format!("{id} {}: {}; {}", reason.code(), denied.explanation(), self::remedy(remedy))
}

fn remedy(remedy: &Remedy) -> String {
    match remedy {
        Remedy::WaitUntil { at } | Remedy::StartsAt { at } => {
            format!("{} {}", remedy.code(), since(*at))
        }
        other => other.text(),
    }
}

fn consumed(consumed: &Consumed) -> String {
    let Consumed { usage, feature, version, count, parts, undo_until, over, .. } = consumed;
    let over = if *over > 0 { format!(" ({over} over)") } else { String::new() };
    let undo = undo_until.map_or("for ever".to_owned(), since);
    format!("{usage} {feature} {version} x{count}{}{over}, undo {undo}", from(parts))
}

fn from(parts: &[UsagePart]) -> String {
    let part = |part: &UsagePart| {
        let pool = part.pool.as_ref().map_or(String::new(), |pool| format!("/{pool}"));
        format!("{}{pool} x{}", part.item, part.count)
    };
    let parts: Vec<String> = parts.iter().map(part).collect();
    if parts.is_empty() { String::new() } else { format!(" from {}", parts.join(" + ")) }
}

/// A preview, one line for each feature.
pub fn preview(rows: Result<Vec<PreviewRow>, Refusal>) -> String {
    let rows = match rows {
        Ok(rows) => rows,
        Err(refusal) => return format!("refused {}: {refusal}\n", refusal.code()),
    };
    let row = |row: PreviewRow| {
        let largest =
            row.largest.map_or("any count".to_owned(), |count| format!("at most {count}"));
        match row.outcome {
            PreviewOutcome::Granted { version, count, expires, shortened_by, code } => {
                let (feature, until) = (row.feature, shortened(expires, shortened_by));
                format!("would get {feature} {version} x{count} until {until}: {code}; {largest}\n")
            }
            PreviewOutcome::Denied { reason, .. } => {
                format!("would not get {}: {}; {largest}\n", row.feature, reason.code())
            }
            PreviewOutcome::NotAlone { without, reason } => {
                let (feature, reason) = (row.feature, reason.code());
                format!("would not get {feature} without {without}: {reason}; {largest}\n")
            }
        }
    };
    rows.into_iter().map(row).collect()
}

/// The story of a device.
pub fn timeline(rows: &[TimelineRow]) -> String {
    let row = |row: &TimelineRow| {
        let TimelineRow {
            at, last, what, lease, denial, usage, feature, count, times, detail, ..
        } = row;
        let last = if last > at { format!(" to {}", since(*last)) } else { String::new() };
        let lease = lease.map(|lease| format!(" L{}", lease.0)).unwrap_or_default();
        let denial = denial.map(|denial| format!(" {denial}")).unwrap_or_default();
        let usage = usage.map(|usage| format!(" {usage}")).unwrap_or_default();
        let feature = feature.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
        let count = count.map(|count| format!(" x{count}")).unwrap_or_default();
        let times = if *times > 1 { format!(" {times} times") } else { String::new() };
        let line = format!(
            "{}{last} {what}{lease}{denial}{usage}{feature}{count}{times} {detail}",
            since(*at)
        );
        tidy(line.trim_end()) + "\n"
    };
    rows.iter().map(row).collect()
}

/// What a check of a model found.
pub fn findings(findings: &[Diagnostic]) -> String {
    let line = |found: &Diagnostic| {
        let help = found.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
        format!("{} {}{help}\n", found.code, found.message)
    };
    if findings.is_empty() {
        "nothing found\n".to_owned()
    } else {
        findings.iter().map(line).collect()
    }
}

/// A list of the state.
pub fn show(state: &Leasing, now: Now, what: &[&str]) -> String {
    match what {
        ["items"] => items(state, now),
        ["features"] => features(state, now),
        ["leases"] => leases(state),
        ["devices"] => devices(state),
        ["pools"] => pools(state, now),
        ["denials"] => {
            let rows = state.denial_rows(&DenialFilter::default(), Page::ALL).rows;
            let row = |row: &tenure_leasing::DenialRow| {
                assert_eq!(state.denial_row(row.denied.id).as_ref(), Some(row));
                let recovered =
                    row.recovered.map_or(String::new(), |at| format!(", recovered {}", since(at)));
                let Denied { id, feature, reason, holder, .. } = &row.denied;
                format!("{id} {feature} {} for {}{recovered}\n", reason.code(), holder.host.value)
            };
            rows.iter().map(row).collect()
        }
        ["users"] => {
            state.users().map(|user| format!("{} {:?}\n", user.name, user.roles)).collect()
        }
        ["property", key] => {
            let row = state.property(key).expect("a property");
            let value = match row.value {
                PropertyValue::Flag(flag) => flag.to_string(),
                PropertyValue::Number(number) => number.to_string(),
                PropertyValue::Word(word) => word,
            };
            format!("{key} = {value}{}\n", if row.is_set { " (set)" } else { "" })
        }
        ["queue"] => {
            let row = |row: &tenure_leasing::TicketRow| {
                assert_eq!(state.ticket_row(row.id, now).as_ref(), Some(row));
                let names: Vec<&str> = row.features.iter().map(|f| f.name.as_str()).collect();
                let expected = row.expected.map_or("unknown".to_owned(), since);
                let place = match &row.offer {
                    Some((leases, until)) => {
                        format!("{} offered until {}", leases.len(), since(*until))
                    }
                    None => format!("{} ahead, expected {expected}", row.ahead),
                };
                format!(
                    "T{} {} for {}: {place}\n",
                    row.id.0,
                    names.join(" + "),
                    row.holder.host.value
                )
            };
            state.ticket_rows(None, Page::ALL, now).rows.iter().map(row).collect()
        }
        ["reservations"] => reservations(state),
        ["left", feature] => format!("left {:?}\n", state.units_left(feature, now)),
        _ => panic!("{what:?} can't be shown"),
    }
}

fn reservations(state: &Leasing) -> String {
    let mut out = String::new();
    for standing in state.reservation_groups() {
        for (one, standings) in standing.group.reservations.iter().zip(&standing.entries) {
            for (entry, standing_of) in one.entries.iter().zip(standings) {
                let tenure_leasing::EntryStanding { satisfiable, reserved, used, idle, waiting } =
                    standing_of;
                let pool =
                    entry.pool.as_ref().map_or(String::new(), |pool| format!(" from {pool}"));
                let short = if *satisfiable { "" } else { " unsatisfiable" };
                let waiting =
                    if *waiting > 0 { format!(" ({waiting} waiting)") } else { String::new() };
                let (group, host) = (standing.group.label(), &one.host);
                let (feature, version, count) = (&entry.feature, entry.version, entry.count);
                let _ = writeln!(
                    out,
                    "{group} {host} {feature} {version} x{count}{pool}: {reserved} reserved, {used} used, {idle} idle{waiting}{short}"
                );
            }
        }
    }
    out
}

fn items(state: &Leasing, now: Now) -> String {
    let rows = state.item_rows(now);
    let row = |row: &tenure_leasing::ItemRow| {
        let free = row.free.map_or("any".to_owned(), |free| free.to_string());
        let item = &row.item;
        let (id, feature, version) = (&item.id, &item.feature, item.version);
        format!("{id} {feature} {version} {}: used {}, free {free}\n", row.state.word(), row.used)
    };
    rows.iter().map(row).collect()
}

/// One line for each item in a pool: `name item used/allotted of target`.
fn pools(state: &Leasing, now: Now) -> String {
    let number = |count: Option<u64>| count.map_or("any".to_owned(), |count| count.to_string());
    let mut out = String::new();
    for pool in state.pool_rows(now) {
        for slice in pool.slices.iter().filter(|slice| slice.short > 0) {
            let (name, feature, amount) = (&pool.name, &slice.feature, &slice.amount);
            let _ = writeln!(out, "{name} {feature} {amount} is short by {}", slice.short);
        }
        for row in &pool.items {
            let (used, allotted, target) = (row.used, number(row.allotted), number(row.target));
            let kind = if pool.kind == PoolKind::Leaving { " leaving" } else { "" };
            let status = if row.status == PoolStatus::Normal { "" } else { row.status.word() };
            let line = format!(
                "{}{kind} {} {used}/{allotted} of {target} {status}",
                pool.name, row.item.id
            );
            let _ = writeln!(out, "{}", line.trim_end());
        }
    }
    out
}

fn features(state: &Leasing, now: Now) -> String {
    let number = |count: Option<u64>| count.map_or("any".to_owned(), |count| count.to_string());
    let expiry = |at: Option<Time>| at.map_or("never".to_owned(), since);
    let rows = state.feature_rows(now).into_iter().map(|row| {
        let (total, available) = (number(row.total), number(row.available));
        format!(
            "{} {} total {total} used {} available {available} overdraft {}/{} borrowed {} ends {} to {}\n",
            row.name, row.version, row.used, row.overdraft_used, number(row.overdraft), row.borrowed,
            expiry(row.first_expiry), expiry(row.last_expiry),
        )
    });
    let sums = state.feature_summaries(now).into_iter().map(|sum| {
        let versions: Vec<String> = sum.versions.iter().map(ToString::to_string).collect();
        let all = &sum.all;
        let (name, versions) = (&all.name, versions.join(" "));
        format!(
            "{name} ({versions}) total {} used {} leases {}\n",
            number(all.total),
            all.used,
            sum.leases
        )
    });
    rows.chain(sums).collect()
}

fn leases(state: &Leasing) -> String {
    let rows = state.lease_rows(&LeaseFilter::default(), LeaseOrder::OldestFirst, Page::ALL).rows;
    let row = |row: &LeaseRow| {
        let LeaseRow { id, feature, version, count, .. } = row;
        let user = row.holder.user.as_ref().map_or(String::new(), |user| format!("/{user}"));
        let (host, until) = (&row.holder.host.value, since(row.expires));
        let (seats, dropped) = (self::seats(&row.seats), if row.dropped { " dropped" } else { "" });
        format!(
            "L{} {feature} {version} x{count}{seats} {host}{user} until {until}{dropped}\n",
            id.0
        )
    };
    rows.iter().map(row).collect()
}

fn devices(state: &Leasing) -> String {
    let rows = state.device_rows(None, Page::ALL).rows;
    let row = |row: &tenure_leasing::DeviceRow| {
        let (host, features, users) =
            (&row.host.value, row.features.join(" "), row.users.join(" "));
        format!("{host}: {} leases, {} seats of {features} by {users}\n", row.leases, row.seats)
    };
    rows.iter().map(row).collect()
}
