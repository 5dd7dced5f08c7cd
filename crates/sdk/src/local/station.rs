//! What one seat counts on this machine, and that one station never counts twice.
//!
//! A station is the machine, or one terminal session of it. Where an item's seats count sessions, devices or users, all
//! that the same station (or user) asks for shares one seat; the seat's file says whose it is. What the station holds of
//! a license server is noted in the device folder, by a file that is locked as long as the lease is held, so that other
//! processes of the station ask the server first and share that seat instead of taking one here.
//!
//! Not here: the order of search (`search`), what the license server counts (it decides for itself).

use tenure_api::DesiredFeature;
use tenure_document::{Capacity, Holder, Item, SeatBasis};
use tenure_vault::{DeviceError, DeviceFolder, HeldSeat, Seats};

/// Which seats are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// Those that this station has already: sharing them costs nothing.
    Shared,
    /// Any.
    Any,
}

/// Whose a seat of this basis is; none where every checkout has its own.
fn name_of(basis: SeatBasis, holder: &Holder) -> Option<String> {
    let part = |kind: &str, name: &Option<String>| {
        name.as_ref().map_or_else(|| "machine".to_owned(), |name| format!("{kind} {name}"))
    };
    match basis {
        SeatBasis::Process => None,
        SeatBasis::Session => Some(part("session", &holder.session)),
        SeatBasis::Device => Some("machine".to_owned()),
        // Without a named user the machine stands for it, as at a license server.
        SeatBasis::User => Some(part("user", &holder.user)),
    }
}

/// How many seats an item has, overdraft included.
pub(super) fn seats_of(item: &Item) -> Capacity {
    item.capacity().plus(item.overdraft_seats())
}

/// The name of one of several seats that a station has; other processes of it share them in the same order.
fn numbered(name: &str, number: u32) -> String {
    match number {
        1 => name.to_owned(),
        _ => format!("{name}\n{number}"),
    }
}

/// As many seats as are wanted, fewer where these will do, or none at all.
pub(super) fn take(
    seats: &Seats,
    item: &Item,
    wanted: &DesiredFeature,
    holder: &Holder,
    which: Which,
) -> Result<Option<Vec<HeldSeat>>, DeviceError> {
    let only_shared = which == Which::Shared;
    let name = name_of(item.seat_basis, holder);
    let capacity = match (item.exclusive, seats_of(item)) {
        (true, _) => 1,
        (false, Capacity::Limited(seats)) => seats,
        (false, Capacity::Unlimited) if only_shared => return Ok(None),
        (false, Capacity::Unlimited) => return Ok(Some(Vec::new())),
    };
    let name = name.filter(|_| !item.exclusive);
    if only_shared && name.is_none() {
        return Ok(None);
    }
    let mut held = Vec::new();
    for number in 1..=wanted.count {
        let seat = match &name {
            Some(name) => seats.join(&item.id, capacity, &numbered(name, number), only_shared)?,
            None => seats.take(&item.id, capacity)?,
        };
        match seat {
            Some(seat) => held.push(seat),
            None if wanted.partial && !held.is_empty() => break,
            None => return Ok(None),
        }
    }
    Ok(Some(held))
}

/// What a note says of a seat that was found to be the process's own: sharing it is not possible.
const OWN: &str = "own";

/// What this station holds of license servers, as its processes note it in a device folder.
pub(crate) struct Notes {
    seats: Seats,
    station: String,
}

impl Notes {
    /// The notes of a folder; none where there is no such folder.
    pub(super) fn of(folder: &std::path::Path, root: &str, holder: &Holder) -> Option<Notes> {
        let seats = DeviceFolder::open(folder).ok()?.network_seats();
        let station = name_of(SeatBasis::Session, holder)?;
        Some(Notes { seats, station: format!("{root}\n{}\n{station}", holder.host) })
    }

    /// Notes that this process holds a feature of a license server, until what is given is dropped. What can't be noted
    /// is not: then a station may count twice, and nobody is kept from working.
    pub(crate) fn hold(&self, feature: &str) -> Option<HeldSeat> {
        let name = self.name(feature);
        let is_first = self.seats.word(&name).ok().flatten().is_none();
        let seat = self.seats.share(&name).ok().flatten();
        if let Some(seat) = seat.as_ref().filter(|_| is_first) {
            // What was found out of an earlier seat may be true no longer.
            seat.mark("");
        }
        seat
    }

    /// Whether a process of this station holds the feature of a license server, in a seat that may be shared.
    pub(crate) fn may_share(&self, feature: &str) -> bool {
        let word = self.seats.word(&self.name(feature)).ok().flatten();
        word.is_some_and(|word| word != OWN)
    }

    /// The seat that was shared turned out to be a new one: such seats are each process's own.
    pub(crate) fn is_own(&self, feature: &str) {
        if let Some(seat) = self.hold(feature) {
            seat.mark(OWN);
        }
    }

    fn name(&self, feature: &str) -> String {
        format!("{}\n{feature}", self.station)
    }
}
