//! Asks license servers what a report tells of them.
//!
//! Kept here: a server that does not answer is a state, not an error; lists are read whole, page by page; a lease or
//! ticket that moves between two pages is told once. Deliberately not here: words and text.

use super::place::Place;
use super::report::{
    Block, Fault, Feature, Held, Item, Queued, Report, Reserved, Server, State, Told, Who,
};
use super::text::numbers;
use super::words;
use std::collections::BTreeSet;
use tenure_api::{
    ApiError, Client, FeatureRow, HealthStatus, LeaseRow, ListQuery, Page, ReservationEntry,
    TicketRow,
};
use tenure_document::{Holder, Time, Version};

/// Most rows on a page, so that there are few.
const PAGE: u32 = 1_000;
/// Most pages of a list: a server that never ends is no reason never to end.
const PAGES_MAX: u32 = 1_000;

/// What is wanted of the server that is asked.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Its features, with who has what.
    pub features: bool,
    /// Its items.
    pub items: bool,
    /// Of one feature only, whatever the case of its letters.
    pub only: Option<String>,
}

/// Asks servers that stand for one another; the first that answers is asked for everything.
pub fn report(
    places: &[Place],
    wanted: &Wanted,
    now: Time,
    client: impl Fn(&str) -> Result<Client, ApiError>,
) -> (Report, Option<ApiError>) {
    let (mut servers, mut told, mut first_error) = (Vec::new(), None, None);
    for Place { host, port, addresses } in places {
        let state = match reach(addresses, &client) {
            Ok((version, _)) if told.is_some() => State::Up { version, master: false },
            Ok((version, client)) => match tell(&client, wanted, now) {
                Ok(all) => {
                    told = Some(all);
                    State::Up { version, master: true }
                }
                Err(error) => {
                    let fault = fault(&error);
                    first_error.get_or_insert(error);
                    State::Down(fault)
                }
            },
            Err(error) => {
                let fault = fault(&error);
                first_error.get_or_insert(error);
                State::Down(fault)
            }
        };
        servers.push(Server { host: host.clone(), port: *port, state });
    }
    (Report { now, servers, told }, first_error)
}

/// The version of whoever answers at the first address that does. No token travels before that is known.
fn reach(
    addresses: &[String],
    client: &impl Fn(&str) -> Result<Client, ApiError>,
) -> Result<(String, Client), ApiError> {
    let mut first = None;
    for address in addresses {
        let reached = client(address).and_then(|client| {
            let anonymous = client.with_credential(tenure_api::Credential::None);
            Ok((numbers(&anonymous.version()?.version), client))
        });
        match reached {
            Ok(reached) => return Ok(reached),
            Err(error) => drop(first.get_or_insert(error)),
        }
    }
    Err(first.unwrap_or_else(|| ApiError::Setup("no address to ask".to_owned())))
}

fn fault(error: &ApiError) -> Fault {
    match error {
        ApiError::Unsent { reason, .. } if reason.contains("refused") => Fault::Refused,
        ApiError::Refused(problem) if matches!(problem.status, 401 | 403) => Fault::NotAllowed,
        ApiError::Refused(_) | ApiError::Garbled { .. } => Fault::Garbled,
        _ => Fault::Silent,
    }
}

fn tell(client: &Client, wanted: &Wanted, now: Time) -> Result<Told, ApiError> {
    let mut told = Told {
        container: client.container()?.serial,
        grants: client.health().is_ok_and(|health| health.status == HealthStatus::Ok),
        ..Told::default()
    };
    if wanted.items {
        let rows = all(|list| client.items(list), &ListQuery::default())?;
        let rows = rows.into_iter().filter(|row| wanted.includes(&row.feature));
        told.items = rows
            .map(|row| Item {
                feature: words::feature(&row.feature),
                version: row.version,
                count: row.count.unwrap_or(0),
                expiry: row.expiry,
            })
            .collect();
    }
    if wanted.features {
        told.features = features(client, wanted, now)?;
    }
    Ok(told)
}

impl Wanted {
    fn includes(&self, feature: &str) -> bool {
        self.only.as_ref().is_none_or(|only| {
            feature.eq_ignore_ascii_case(only) || words::feature(feature).eq_ignore_ascii_case(only)
        })
    }
}

fn features(client: &Client, wanted: &Wanted, now: Time) -> Result<Vec<Feature>, ApiError> {
    let list = ListQuery { sort: Some("name".to_owned()), ..ListQuery::default() };
    let mut features: Vec<(String, Feature)> = Vec::new();
    for row in all(|list| client.features(list), &list)? {
        if wanted.includes(&row.name) {
            add(&mut features, row);
        }
    }
    // One feature is asked for by the name it has; a list of all of them is not asked for 1,000 times.
    let narrow = match &features[..] {
        [(name, _)] => ListQuery { feature: Some(name.clone()), ..ListQuery::default() },
        _ => ListQuery::default(),
    };
    let mut seen = BTreeSet::new();
    for row in all(|list| client.leases(list), &narrow)? {
        if seen.insert(row.id)
            && let Some(feature) = find(&mut features, &row.feature)
        {
            block(feature, row.version).held.push(held(&row, now));
        }
    }
    let mut seen = BTreeSet::new();
    for row in all(|list| client.queue(list), &narrow)? {
        // Seats that are held for a ticket are leases already.
        if row.state == "waiting" && seen.insert(row.id.clone()) {
            queue(&mut features, &row);
        }
    }
    for group in all(|list| client.reservation_groups(list), &ListQuery::default())? {
        for reservation in client.reservation_group(&group.id)?.reservations {
            for entry in reservation.reservation_entries {
                if let Some(feature) = find(&mut features, &entry.feature_name) {
                    let whom = words::reserved_for(&reservation.host_id);
                    reserve(feature, &entry, whom);
                }
            }
        }
    }
    Ok(features.into_iter().map(|(_, feature)| feature).collect())
}

fn find<'f>(features: &'f mut [(String, Feature)], name: &str) -> Option<&'f mut Feature> {
    features.iter_mut().find(|(known, _)| known == name).map(|(_, feature)| feature)
}

fn add(features: &mut Vec<(String, Feature)>, row: FeatureRow) {
    if find(features, &row.name).is_none() {
        let name = words::feature(&row.name);
        let feature = Feature { name, issued: Some(0), ..Feature::default() };
        features.push((row.name.clone(), feature));
    }
    let Some(feature) = find(features, &row.name) else { return };
    feature.issued = feature.issued.zip(row.total).map(|(sum, more)| sum.saturating_add(more));
    feature.used = feature.used.saturating_add(row.used);
    block(feature, row.version).expiry = row.first_expiry;
}

fn block(feature: &mut Feature, version: Version) -> &mut Block {
    let at = match feature.versions.iter().position(|block| block.version == version) {
        Some(at) => at,
        None => {
            feature.versions.push(Block { version, ..Block::default() });
            feature.versions.len() - 1
        }
    };
    &mut feature.versions[at]
}

/// The block of the lowest version that will do.
fn block_for(feature: &mut Feature, least: Version) -> &mut Block {
    let fits =
        feature.versions.iter().map(|block| block.version).filter(|version| *version >= least);
    let version = fits.min().unwrap_or(least);
    block(feature, version)
}

fn who(holder: &Holder) -> Who {
    Who { user: words::user(holder), host: words::machine(holder), display: words::display(holder) }
}

fn held(row: &LeaseRow, now: Time) -> Held {
    let linger = row.borrowed.then(|| {
        (row.expires_at.since(now).as_secs(), row.expires_at.since(row.granted_at).as_secs())
    });
    Held {
        who: who(&row.holder),
        handle: row.id.0,
        start: row.granted_at,
        count: row.count,
        linger,
    }
}

fn queue(features: &mut [(String, Feature)], row: &TicketRow) {
    // The running number of a ticket, in the base that it is written in, is no number for these programs: what
    // stays of it tells lines apart all the same.
    let handle = row.id.bytes().fold(0_u64, |sum, byte| (sum * 31 + u64::from(byte)) % 1_000_000);
    for wanted in &row.features {
        if let Some(feature) = find(features, &wanted.name) {
            let queued = Queued {
                who: who(&row.holder),
                asked: wanted.version,
                handle,
                count: wanted.count,
            };
            block_for(feature, wanted.version).queued.push(queued);
        }
    }
}

fn reserve(feature: &mut Feature, entry: &ReservationEntry, whom: String) {
    // What others still hold of it is in use already.
    let count = entry.idle.saturating_sub(entry.waiting);
    if count == 0 {
        return;
    }
    let kept = &mut block_for(feature, entry.feature_version).reserved;
    match kept.iter_mut().find(|kept| kept.whom == whom) {
        Some(kept) => kept.count += count,
        None => kept.push(Reserved { count, whom }),
    }
}

/// All rows of a list.
fn all<T>(
    page: impl Fn(&ListQuery) -> Result<Page<T>, ApiError>,
    query: &ListQuery,
) -> Result<Vec<T>, ApiError> {
    let mut rows = Vec::new();
    for number in 1..=PAGES_MAX {
        let answer = page(&ListQuery { page: Some(number), size: Some(PAGE), ..query.clone() })?;
        let is_last = answer.items.len() < PAGE as usize;
        rows.extend(answer.items);
        if is_last {
            break;
        }
    }
    Ok(rows)
}
