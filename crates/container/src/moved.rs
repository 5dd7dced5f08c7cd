//! What each event of a transfer, and the office's word about it, does to a container.
//!
//! Invariants: units leave the items in the very event that holds the bytes of the transfer, and come in the very
//! event that holds its receipt; a refund happens once, and brings back what the office last made of the item, no more
//! of it than it ordered.
//! Deliberately not here: which of these events may follow (transfer), what is remembered (moving).

use crate::{
    event::ContainerEvent,
    moving::{Asked, Incoming, Outgoing, Refused, Transfers, counted, sum, units},
    state::Container,
    stock::{Lot, Stock},
};
use std::collections::BTreeMap;
use tenure_document::{Bytes, Count, Item, Move, MoveState, OpOutcome, OpenTransfer};

/// Views.
impl Container {
    /// Transfers that the office has not booked, as a context reports them.
    pub fn moves(&self) -> Vec<Move> {
        self.transfers.moves()
    }

    /// How much of an item is here, or would be if all that may come back did; none where there is nothing of it.
    pub fn within_reach(&self, id: &str) -> Option<Count> {
        let held = self.items.get(id).map(|item| item.count);
        let back = self.transfers.may_come_back(id);
        held.map(|held| sum(held, back.map_or(0, units))).or(back)
    }

    /// Requests of this container that are still open.
    pub fn open_requests(&self) -> Vec<OpenTransfer> {
        self.transfers.asked()
    }

    /// What this container last said about a transfer, the same bytes each time: its request, its transfer, its
    /// receipt or its refusal. None when it knows nothing of it, or the transfer is settled.
    pub fn transfer_paper(&self, nonce: &Bytes) -> Option<&str> {
        let Transfers { asked, out, came, refused, .. } = &self.transfers;
        asked
            .get(nonce)
            .map(|asked| asked.document.as_str())
            .or_else(|| out.get(nonce)?.document.as_deref())
            .or_else(|| came.get(nonce).map(|came| came.receipt.as_str()))
            .or_else(|| refused.get(nonce).map(|refused| refused.document.as_str()))
    }
}

/// Changes.
impl Container {
    pub(crate) fn apply_move(&mut self, event: &ContainerEvent) {
        match event {
            ContainerEvent::TransferRequested { nonce, item_id, count, document } => {
                let (item_id, document) = (item_id.clone(), document.clone());
                let asked = Asked { item_id, count: *count, document };
                self.transfers.asked.insert(nonce.clone(), asked);
            }
            ContainerEvent::TransferSent { .. } => self.apply_sent(event),
            ContainerEvent::TransferCredited { .. } => self.apply_credited(event),
            ContainerEvent::TransferRefused { nonce, document } => {
                self.transfers.asked.remove(nonce);
                let number = self.transfers.moved;
                let refused = Refused { document: document.clone(), number };
                self.transfers.refused.insert(nonce.clone(), refused);
            }
            ContainerEvent::TransferReceived { nonce } => self.receive(nonce),
            ContainerEvent::TransferRefunded { nonce } => {
                self.refund(nonce);
            }
            _ => {}
        }
        self.tidy_up();
    }

    fn apply_sent(&mut self, event: &ContainerEvent) {
        let ContainerEvent::TransferSent {
            nonce,
            target,
            certificate,
            item,
            lot,
            transfer,
            document,
        } = event
        else {
            return;
        };
        let count = units(item.count);
        self.debit(item);
        let taken = self.stock.take(&item.id, *lot, count);
        debug_assert!(taken.is_some(), "the event was decided on another state");
        let Some(taken) = taken else { return };
        self.transfers.moved += 1;
        let outgoing = Outgoing {
            target: *target,
            certificate: certificate.clone(),
            item: item.clone(),
            lot: taken,
            transfer: *transfer,
            document: Some(document.clone()),
            state: MoveState::Sent,
            booked: false,
            surrendered: false,
            number: self.transfers.moved,
            void: false,
        };
        self.transfers.out.insert(nonce.clone(), outgoing);
    }

    fn apply_credited(&mut self, event: &ContainerEvent) {
        let ContainerEvent::TransferCredited { nonce, source, item, transfer, provenance, receipt } =
            event
        else {
            return;
        };
        self.transfers.asked.remove(nonce);
        self.transfers.moved += 1;
        let incoming = Incoming {
            source: *source,
            item_id: item.id.clone(),
            count: item.count,
            transfer: *transfer,
            receipt: receipt.clone(),
            booked: false,
            number: self.transfers.moved,
        };
        self.transfers.came.insert(nonce.clone(), incoming);
        if let Some((origin, steps)) = provenance.split_first() {
            let origin = self.stock.keep(origin);
            let lot = Lot { count: units(item.count), origin, steps: steps.to_vec() };
            self.credit(item, lot);
        }
    }

    fn receive(&mut self, nonce: &Bytes) {
        if let Some(out) = self.transfers.out.get_mut(nonce) {
            out.state = MoveState::Received;
            out.document = None;
        }
    }

    /// The item comes back; false when it did before, or never will.
    fn refund(&mut self, nonce: &Bytes) -> bool {
        let Some(out) = self.transfers.out.get_mut(nonce) else { return false };
        if out.state != MoveState::Sent || out.booked {
            return false;
        }
        out.state = MoveState::Refunded;
        out.document = None;
        let (mut item, mut lot, void) = (out.item.clone(), out.lot.clone(), out.void);
        lot.count -= self.transfers.pay(&item.id, lot.count);
        if void || (lot.count == 0 && item.count != Count::Uncounted) {
            return true;
        }
        item.count = counted(lot.count, item.count);
        self.credit(&item, lot);
        true
    }

    /// The office's word about a transfer, an operation of an update.
    pub(crate) fn rule(&mut self, nonce: &Bytes, refund: bool) -> OpOutcome {
        let mut effect = refund && self.refund(nonce);
        if let Some(out) = self.transfers.out.get_mut(nonce)
            && (effect || !refund)
            && !out.booked
        {
            // The office saw the credit: that is as good as the target's receipt.
            if out.state == MoveState::Sent {
                out.state = MoveState::Received;
            }
            (out.booked, out.document, effect) = (true, None, true);
        }
        if let (false, Some(came)) = (refund, self.transfers.came.get_mut(nonce)) {
            effect |= !came.booked;
            came.booked = true;
        }
        if effect { OpOutcome::Applied } else { OpOutcome::NoEffect }
    }

    fn debit(&mut self, item: &Item) {
        let Some(held) = self.items.get_mut(&item.id) else { return };
        match (held.count, item.count) {
            (Count::Counted(before), Count::Counted(gone)) if gone < before => {
                held.count = Count::Counted(before - gone);
            }
            _ => {
                self.items.remove(&item.id);
            }
        }
    }

    fn credit(&mut self, item: &Item, lot: Lot) {
        match self.items.get_mut(&item.id) {
            Some(held) => held.count = sum(held.count, units(item.count)),
            None => {
                self.items.insert(item.id.clone(), item.clone());
            }
        }
        self.stock.put(&item.id, lot);
    }

    /// An update replaced an item that is here or away: the office's number, but for what it has not booked.
    pub(crate) fn adjust(&mut self, item: &Item) {
        let (gone, come) = self.transfers.unbooked(&item.id);
        let left_whole =
            self.transfers.away(&item.id).any(|out| out.item.count == Count::Uncounted);
        self.transfers.replace(item, self.stock.own(&item.id));
        self.transfers.forfeited.remove(&item.id);
        let count = match item.count {
            Count::Uncounted if left_whole => return,
            Count::Uncounted => Count::Uncounted,
            Count::Counted(count) => match (u64::from(count) + come).checked_sub(gone) {
                None | Some(0) => {
                    let short = gone - u64::from(count) - come;
                    self.transfers.forfeited.insert(item.id.clone(), short);
                    self.items.remove(&item.id);
                    return;
                }
                Some(left) => counted(left, item.count),
            },
        };
        self.items.insert(item.id.clone(), Item { count, ..item.clone() });
    }

    /// The items as the office has them in its books: with what left and it has not booked, without what came.
    pub(crate) fn as_booked(&self) -> Vec<Item> {
        let out = self.transfers.out.values().filter(|out| out.is_away() && !out.void);
        let out = out.map(|out| &out.item);
        let known: BTreeMap<&str, &Item> =
            out.chain(self.items.values()).map(|item| (item.id.as_str(), item)).collect();
        let booked = |(id, item): (&str, &Item)| {
            let (gone, come) = self.transfers.unbooked(id);
            let held = self.items.get(id);
            let gone = gone.saturating_sub(self.transfers.forfeited(id));
            let count = held.map_or(0, |held| units(held.count)) + gone;
            match item.count {
                Count::Counted(_) if count > come => {
                    Some(Item { count: counted(count - come, item.count), ..item.clone() })
                }
                Count::Counted(_) => None,
                Count::Uncounted => self.has_uncounted(id).then(|| item.clone()),
            }
        };
        known.into_iter().filter_map(booked).collect()
    }

    /// Whether the office has an uncounted item in its books for this container.
    fn has_uncounted(&self, id: &str) -> bool {
        let mut come = self.transfers.came.values();
        match self.items.contains_key(id) {
            true => !come.any(|came| !came.booked && came.item_id == id),
            false => self.transfers.away(id).any(|out| !out.void),
        }
    }

    /// What this container does with its transfers when it begins a new generation.
    pub(crate) fn surrender(&mut self) {
        self.transfers.asked.clear();
        for out in self.transfers.out.values_mut().filter(|out| out.state == MoveState::Sent) {
            out.surrendered = true;
        }
    }

    pub(crate) fn tidy_up(&mut self) {
        self.transfers.forget();
        let sent = self.transfers.out.values().filter(|out| out.state == MoveState::Sent);
        let stock: &mut Stock = &mut self.stock;
        stock.sweep(sent.map(|out| out.lot.origin));
    }
}
