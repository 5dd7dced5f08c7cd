//! The one door to all decisions: from a command to the events it leads to, and what time brings about by itself.
//!
//! Invariants: pure: state, command and instant give the same answer always; what is due at an instant is applied before
//! commands of that instant are decided, and is empty when asked again often enough after it was applied.
//! Deliberately not here: the decisions.

use crate::administration;
use crate::claims::{cancel, claim};
use crate::device_set::set_device;
use crate::event::Event;
use crate::group::NamedSeat;
use crate::lease::{GroupKey, SeatKey};
use crate::metering;
use crate::model_admin;
use crate::offers;
use crate::refusal::Refusal;
use crate::renewal::{release, renew};
use crate::reporting;
use crate::request::Command;
use crate::reservation_admin::change_reservations;
use crate::state::Leasing;
use crate::term::{Now, RECLAIM_MARGIN_MS, later};
use crate::waiting::checkout;
use tenure_document::{LeaseId, Time};

/// The most leases in one event.
const EXPIRED_MAX: usize = 10_000;

impl Leasing {
    /// Decides a command without changing anything. No events: there is nothing to change.
    ///
    /// # Errors
    /// The answer is no, and nothing is recorded. A denied seat is not an error: it is an event.
    pub fn decide(&self, command: &Command, now: Now) -> Result<Vec<Event>, Refusal> {
        match command {
            Command::Checkout(asked) => checkout(self, asked, now),
            Command::Renew(renewals) => renew(self, renewals, now),
            Command::Release(releases) => release(self, releases),
            Command::Claim(asked) => claim(self, asked, now),
            Command::Cancel(asked) => cancel(self, asked, now),
            Command::SetDevice(set) => set_device(self, set, now),
            Command::Consume(asked) => metering::consume(self, asked, now),
            Command::ConsumeBatch(batch) => metering::consume_batch(self, batch, now),
            Command::Undo(asked) => metering::undo(self, asked, now),
            Command::ApplyUpdate(update) => {
                let events = self.container.decide_update(update, now.reading)?;
                Ok(events.into_iter().map(Event::Container).collect())
            }
            Command::Tick => Ok(Vec::new()),
            _ => self.decide_administration(command, now),
        }
    }

    fn decide_administration(&self, command: &Command, now: Now) -> Result<Vec<Event>, Refusal> {
        match command {
            Command::SetProperties { by, changes } => {
                administration::set_properties(self, by, changes)
            }
            Command::CreateUser { by, name, password_hash, roles } => {
                administration::create_user(self, by, (name, password_hash, roles), now)
            }
            Command::ChangeUser { by, name, change } => {
                administration::change_user(self, by, name, change, now)
            }
            Command::DeleteUser { by, name } => administration::delete_user(self, by, name),
            Command::AddClientKey { by, key } => administration::add_client_key(self, by, key, now),
            Command::RevokeClientKey { by, id } => administration::revoke_client_key(self, by, *id),
            Command::DropDevice { by, host, reason } => {
                administration::drop_device(self, by, (host, reason.as_deref()), now)
            }
            Command::ChangeReservations { by, change } => {
                change_reservations(self, by, change, now)
            }
            Command::Suspend { by, reason } => administration::suspend(self, by, reason.as_deref()),
            Command::Resume { by } => administration::resume(self, by),
            Command::SetModel { by, text, keep_leases, note, expected } => {
                model_admin::unchanged_since(self, *expected)?;
                model_admin::set_model(self, by, (text, *keep_leases, note.as_deref()), now)
            }
            Command::DeleteModel { by, keep_leases, expected } => {
                model_admin::unchanged_since(self, *expected)?;
                model_admin::delete_model(self, by, *keep_leases, now)
            }
            Command::Reconcile { evidence, lease } => {
                administration::reconcile(self, evidence, *lease, now)
            }
            Command::RecordUsage { by, after, report } => {
                reporting::record(self, by, *after, report, now)
            }
            Command::UsageTaken { to_sequence } => Ok(reporting::taken(self, *to_sequence)),
            Command::RecordArchive { by, begins, folder } => {
                administration::record_archive(by, *begins, folder)
            }
            _ => Ok(Vec::new()),
        }
    }

    /// What falls due by now without anybody asking: first what ends, then who is served by it. To be asked again after
    /// it was applied, until there is nothing more.
    pub fn due(&self, now: Now) -> Vec<Event> {
        let time = self.container.decide_time(now.reading);
        let mut events: Vec<Event> = time.into_iter().map(Event::Container).collect();
        let ended = self.ended_by(later(now.at, -RECLAIM_MARGIN_MS));
        let chunks = ended.chunks(EXPIRED_MAX);
        events.extend(
            chunks.map(|leases| Event::Expired { leases: leases.to_vec(), named: Vec::new() }),
        );
        let kept = self.kept_seats.iter().take_while(|(until, _)| *until <= now.at);
        let mut named = self.named_seats(kept.map(|(_, place)| *place));
        named.sort();
        if !named.is_empty() {
            events.push(Event::Expired { leases: Vec::new(), named });
        }
        events.extend(self.placing_due(now));
        if events.is_empty() { offers::due(self, now) } else { events }
    }

    /// Pools are filled anew when items begin or end, by the time that is certain.
    fn placing_due(&self, now: Now) -> Option<Event> {
        self.may_need_placing()
            .then(|| self.container.rights(now.reading).items)
            .and_then(|at| self.must_place(at).then_some(Event::Placed { at }))
    }

    /// The leases that ended by then, soonest first.
    fn ended_by(&self, at: Time) -> Vec<LeaseId> {
        let features = self.first_ends.iter().take_while(|(first, _)| *first <= at);
        let mut ended: Vec<(Time, LeaseId)> = features
            .filter_map(|(_, no)| self.features.get(*no))
            .flat_map(|feature| feature.ends.iter().take_while(|(end, _)| *end <= at).copied())
            .collect();
        ended.sort_unstable();
        ended.into_iter().map(|(_, lease)| lease).collect()
    }

    /// Seats that are kept for named users, as events name them.
    pub(crate) fn named_seats(&self, places: impl IntoIterator<Item = GroupKey>) -> Vec<NamedSeat> {
        places.into_iter().filter_map(|place| self.named_seat(place)).collect()
    }

    fn named_seat(&self, GroupKey { shelf, key, pool }: GroupKey) -> Option<NamedSeat> {
        let item = self.shelves.get(shelf)?.item.id.clone();
        let (user, host) = match key {
            SeatKey::User(user) => (self.names.get(user).map(|name| name.0.to_string()), None),
            SeatKey::Device(device) | SeatKey::Session(device, _) => {
                (None, self.devices.get(device).map(|device| device.host()))
            }
        };
        Some(NamedSeat { item, user, host, pool: self.stored_pool(pool) })
    }
}
