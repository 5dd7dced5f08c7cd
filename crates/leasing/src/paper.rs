//! The lease document of an event: what the holder keeps and any verifier reads.
//!
//! Invariants: made of the event and of what never changes about a lease, so that the same event gives the same document
//! as long as the lease lives. Deliberately not here: the envelope and its signature (ledger, server).

use crate::event::{Event, Granted, Renewed};
use crate::lease::{Lease, LeasePart};
use crate::seats::joined;
use crate::state::Leasing;
use tenure_document::{LeaseText, SeatRange};

impl Leasing {
    /// The payload bytes of the lease document that an event gives rise to, right after it was applied: of grants and
    /// renewals only.
    pub fn document(&self, event: &Event) -> Option<Vec<u8>> {
        match event {
            Event::Granted(granted) => Some(self.granted_paper(granted)),
            Event::Renewed(renewed) => self.renewed_paper(renewed),
            _ => None,
        }
    }

    fn granted_paper(&self, granted: &Granted) -> Vec<u8> {
        let text = LeaseText {
            id: granted.lease,
            server: self.container.id(),
            holder: &granted.holder,
            feature: &granted.feature,
            version: granted.version,
            count: granted.count,
            seats: &joined(granted.parts.iter().flat_map(|part| part.seats.iter().copied())),
            items: &distinct(granted.parts.iter().map(|part| part.item.as_str())),
            issued: granted.at,
            expires: granted.expires,
            renew_after: granted.renew_after,
            client_key: granted.client_key.as_ref(),
            nonce: granted.nonce.as_ref(),
            request: granted.request,
            sequence: granted.sequence,
            code: &granted.code,
            borrowed: granted.borrow_seconds.is_some(),
        };
        text.payload_bytes()
    }

    fn renewed_paper(&self, renewed: &Renewed) -> Option<Vec<u8>> {
        let lease = self.leases.get(&renewed.lease)?;
        let text = LeaseText {
            id: lease.id,
            server: self.container.id(),
            holder: &self.holder(lease)?,
            feature: &self.features.get(lease.feature)?.name,
            version: lease.version,
            count: count_of(lease),
            seats: &self.seats_of(lease),
            items: &self.items_of(lease),
            issued: renewed.at,
            expires: renewed.expires,
            renew_after: renewed.renew_after,
            client_key: self.signer(lease).and_then(|signer| signer.client_key.as_ref()),
            nonce: renewed.nonce.as_ref(),
            request: renewed.request,
            sequence: renewed.sequence,
            code: "renewed",
            borrowed: lease.borrow_seconds.is_some(),
        };
        Some(text.payload_bytes())
    }

    /// The seat numbers of a lease; of a shared part the first ones of its group.
    pub(crate) fn seats_of(&self, lease: &Lease) -> Vec<SeatRange> {
        let seats = |part: &LeasePart| match lease.group_of(part) {
            None => part.seats.runs().to_vec(),
            Some(key) => {
                self.groups.get(&key).map_or(Vec::new(), |group| group.seats.split(part.count).0)
            }
        };
        joined(lease.parts.as_slice().iter().flat_map(seats))
    }

    /// The items that the seats of a lease come from.
    pub(crate) fn items_of(&self, lease: &Lease) -> Vec<String> {
        let parts = lease.parts.as_slice().iter();
        distinct(parts.filter_map(|part| Some(self.shelves.get(part.shelf)?.item.id.clone())))
    }
}

/// Items in their order; seats of one item may come from several pools.
fn distinct<S: PartialEq>(items: impl Iterator<Item = S>) -> Vec<S> {
    let mut distinct = Vec::with_capacity(1);
    for item in items {
        if !distinct.contains(&item) {
            distinct.push(item);
        }
    }
    distinct
}

/// How many seats a lease has.
pub(crate) fn count_of(lease: &Lease) -> u32 {
    lease.parts.as_slice().iter().map(|part| part.count).sum()
}
