//! Deciding the steps of a transfer: ask, send, accept or refuse, settle.
//!
//! Invariants: a step taken before is a success without events; the source's units leave in the event that holds the
//! transfer's bytes, the target's come in the event that holds its receipt; a nonce is credited once and only while it
//! is open; the source has its units back on the target's refusal or the office's ruling, by nothing else, ever.
//! Deliberately not here: signatures of others (`transfer_open`); what events do to the state (moving).

use crate::{
    clock::Reading,
    event::ContainerEvent,
    moving::{COUNT_MAX, units},
    provenance::{Stop, Travel, is_part, item_of, read},
    state::Container,
    stock::{LOTS_MAX, Lot},
    transfer_fault::TransferFault,
    transfer_open::{Answer, OpenedAnswer, OpenedRequest, OpenedTransfer},
};
use tenure_document::{
    Bytes, Certificate, ContainerKind, Count, Envelope, Hash, Item, MoveState, Payload, Signer,
    Time, Transfer, TransferReceipt, TransferRefusal, TransferRequest, Update, seal,
};

/// The most requests that wait at a time.
const OPEN_MAX: usize = 64;
/// The most transfers that the office has not booked.
const MOVES_MAX: usize = 1_000;
/// The longest document inside another one, as the format has it.
const CARRIED_MAX: usize = 256 * 1024;
/// The longest transfer: its file form is a third longer and must stay a document.
const TRANSFER_MAX: usize = 760 * 1024;

impl Container {
    /// Asks for `count` units of an item (0: all there is) with a fresh `nonce` of at least 16 random bytes.
    ///
    /// The request to hand on is [`Container::transfer_paper`].
    ///
    /// # Errors
    /// [`TransferFault`]; nothing changes then.
    pub fn request(
        &self,
        nonce: &Bytes,
        item_id: &str,
        count: u64,
        signer: &dyn Signer,
        now: Reading,
    ) -> Result<Vec<ContainerEvent>, TransferFault> {
        let (certificate, text) = self.takes_part()?;
        let transfers = &self.transfers;
        if let Some(asked) = transfers.asked.get(nonce) {
            let same = asked.item_id == item_id && asked.count == count;
            return if same { Ok(Vec::new()) } else { Err(TransferFault::BadNonce) };
        }
        let used = transfers.came.contains_key(nonce)
            || transfers.refused.contains_key(nonce)
            || transfers.out.contains_key(nonce)
            || transfers.spent.contains(nonce);
        if used || !(16..=64).contains(&nonce.0.len()) {
            return Err(TransferFault::BadNonce);
        }
        if transfers.asked.len() >= OPEN_MAX {
            return Err(TransferFault::TooManyOpen(OPEN_MAX));
        }
        self.check_moves()?;
        let request = TransferRequest {
            target: self.id,
            generation: self.generation,
            certificate: text.to_owned(),
            nonce: nonce.clone(),
            item_id: item_id.to_owned(),
            count,
            at: self.signing_time(&certificate, now),
        };
        let document = seal(&request, &[signer]).to_json();
        let (nonce, item_id) = (nonce.clone(), item_id.to_owned());
        Ok(vec![ContainerEvent::TransferRequested { nonce, item_id, count, document }])
    }

    /// Gives away what a request asks for. `kept` units of the item must stay: in use, or used up.
    ///
    /// The transfer to hand on is [`Container::transfer_paper`]; sending again gives the same bytes.
    ///
    /// # Errors
    /// [`TransferFault`]; nothing changes then.
    pub fn send(
        &self,
        opened: &OpenedRequest,
        kept: u64,
        signer: &dyn Signer,
        now: Reading,
    ) -> Result<Vec<ContainerEvent>, TransferFault> {
        let request = &opened.request;
        if let Some(out) = self.transfers.out.get(&request.nonce) {
            let same = out.target == request.target && out.item.id == request.item_id;
            return match (same, out.state) {
                (true, MoveState::Sent) => Ok(Vec::new()),
                _ => Err(TransferFault::AlreadySettled),
            };
        }
        if self.transfers.spent.contains(&request.nonce) {
            return Err(TransferFault::AlreadySettled);
        }
        let (certificate, text) = self.takes_part()?;
        if request.target == self.id {
            return Err(TransferFault::OwnRequest);
        }
        if opened.target.kind == ContainerKind::Unbound {
            return Err(TransferFault::TrialContainer(request.target.serial()));
        }
        self.check_moves()?;
        let (lot, part) = self.choose(request, kept)?;
        let at = self.signing_time(&certificate, now);
        let item = Item { count: part.count, ..part.item };
        self.check_policy(&item, &part.lot, &opened.target, at, &certificate)?;
        let bare = Transfer {
            source: self.id,
            generation: self.generation,
            certificate: text.to_owned(),
            sequence: self.sequence,
            target: request.target,
            nonce: request.nonce.clone(),
            item: item.clone(),
            provenance: Vec::new(),
            at,
        };
        let sealed = self.with_provenance(bare, &part.lot, signer)?;
        Ok(vec![ContainerEvent::TransferSent {
            nonce: request.nonce.clone(),
            target: request.target,
            certificate: request.certificate.clone(),
            item,
            lot,
            transfer: Hash::of(&sealed.payload),
            document: sealed.to_json(),
        }])
    }

    /// Takes what a transfer brings. The receipt to hand back is [`Container::transfer_paper`].
    ///
    /// # Errors
    /// [`TransferFault`]; nothing changes then, and the request stays open.
    pub fn accept(
        &self,
        opened: &OpenedTransfer,
        signer: &dyn Signer,
        now: Reading,
    ) -> Result<Vec<ContainerEvent>, TransferFault> {
        let OpenedTransfer { transfer, hash, travel } = opened;
        if transfer.target != self.id {
            let (ours, theirs) = (self.id, transfer.target);
            return Err(TransferFault::WrongContainer { ours, theirs });
        }
        if let Some(came) = self.transfers.came.get(&transfer.nonce) {
            let same = came.transfer == *hash;
            return if same { Ok(Vec::new()) } else { Err(TransferFault::OtherTransfer) };
        }
        if self.transfers.refused.contains_key(&transfer.nonce) {
            return Err(TransferFault::AlreadyRefused);
        }
        let Some(asked) = self.transfers.asked.get(&transfer.nonce) else {
            return Err(TransferFault::UnknownNonce);
        };
        let (certificate, _) = self.takes_part()?;
        let item = &transfer.item;
        if item.id != asked.item_id || (asked.count > 0 && units(item.count) > asked.count) {
            let shown = |count: u64| if count == 0 { "all".into() } else { count.to_string() };
            return Err(TransferFault::NotAskedFor {
                found: format!("{} of {:?}", shown(units(item.count)), item.id),
                asked: format!("{} of {:?}", shown(asked.count), asked.item_id),
            });
        }
        let moves = item.moves.ok_or_else(|| TransferFault::NotMovable(item.id.clone()))?;
        travel.check(&item.id, &moves, &Stop::of(&certificate))?;
        self.check_room(item)?;
        let receipt = TransferReceipt {
            target: self.id,
            generation: self.generation,
            nonce: transfer.nonce.clone(),
            transfer: *hash,
            at: self.signing_time(&certificate, now),
        };
        Ok(vec![ContainerEvent::TransferCredited {
            nonce: transfer.nonce.clone(),
            source: transfer.source,
            item: item.clone(),
            transfer: *hash,
            provenance: transfer.provenance.clone(),
            receipt: seal(&receipt, &[signer]).to_json(),
        }])
    }

    /// Gives up an own request for ever, so that the source may have its item back: a transfer that fulfils it will
    /// never be accepted. The refusal to hand back is [`Container::transfer_paper`].
    ///
    /// # Errors
    /// [`TransferFault`]; nothing changes then.
    pub fn refuse(
        &self,
        nonce: &Bytes,
        reason: &str,
        signer: &dyn Signer,
        now: Reading,
    ) -> Result<Vec<ContainerEvent>, TransferFault> {
        if self.transfers.refused.contains_key(nonce) {
            return Ok(Vec::new());
        }
        if self.transfers.came.contains_key(nonce) {
            return Err(TransferFault::AlreadyCredited);
        }
        if !self.transfers.asked.contains_key(nonce) {
            return Err(TransferFault::UnknownNonce);
        }
        let certificate = self.own_certificate().ok_or(TransferFault::NotCertified)?;
        let refusal = TransferRefusal {
            target: self.id,
            generation: self.generation,
            nonce: nonce.clone(),
            reason: reason.chars().filter(|c| !c.is_control()).take(200).collect(),
            transfer: None,
            at: self.signing_time(&certificate, now),
        };
        let document = seal(&refusal, &[signer]).to_json();
        Ok(vec![ContainerEvent::TransferRefused { nonce: nonce.clone(), document }])
    }

    /// The refusal of a transfer that comes too late: its request was fulfilled by another one, or given up. Changes
    /// nothing, because that transfer can never be accepted any more.
    ///
    /// # Errors
    /// [`TransferFault`]: this very transfer was accepted, or still can be.
    pub fn turn_down(
        &self,
        opened: &OpenedTransfer,
        signer: &dyn Signer,
        now: Reading,
    ) -> Result<Envelope, TransferFault> {
        let OpenedTransfer { transfer, hash, .. } = opened;
        if transfer.target != self.id {
            let (ours, theirs) = (self.id, transfer.target);
            return Err(TransferFault::WrongContainer { ours, theirs });
        }
        let transfers = &self.transfers;
        match transfers.came.get(&transfer.nonce) {
            Some(came) if came.transfer == *hash => return Err(TransferFault::AlreadyCredited),
            None if !transfers.refused.contains_key(&transfer.nonce) => {
                return Err(TransferFault::UnknownNonce);
            }
            _ => {}
        }
        let certificate = self.own_certificate().ok_or(TransferFault::NotCertified)?;
        let refusal = TransferRefusal {
            target: self.id,
            generation: self.generation,
            nonce: transfer.nonce.clone(),
            reason: "fulfilled otherwise, or given up".into(),
            transfer: Some(*hash),
            at: self.signing_time(&certificate, now),
        };
        Ok(seal(&refusal, &[signer]))
    }

    /// Ends a transfer of this container by the target's answer: its receipt, or its refusal, which brings the units
    /// back.
    ///
    /// # Errors
    /// [`TransferFault`]; nothing changes then.
    pub fn settle(&self, opened: &OpenedAnswer) -> Result<Vec<ContainerEvent>, TransferFault> {
        let nonce = opened.nonce();
        let out = self.transfers.out.get(nonce).ok_or(TransferFault::UnknownTransfer)?;
        let (target, wanted) = match &opened.answer {
            Answer::Receipt(receipt) if receipt.transfer != out.transfer => {
                return Err(TransferFault::OtherTransfer);
            }
            Answer::Refusal(refusal) if refusal.transfer.is_some_and(|it| it != out.transfer) => {
                return Err(TransferFault::OtherTransfer);
            }
            Answer::Receipt(receipt) => (receipt.target, MoveState::Received),
            Answer::Refusal(refusal) => (refusal.target, MoveState::Refunded),
        };
        if target != out.target {
            return Err(TransferFault::Contradiction);
        }
        match out.state {
            state if state == wanted => Ok(Vec::new()),
            MoveState::Sent if out.surrendered => Err(TransferFault::LeftToOffice),
            MoveState::Sent if wanted == MoveState::Received => {
                Ok(vec![ContainerEvent::TransferReceived { nonce: nonce.clone() }])
            }
            MoveState::Sent => Ok(vec![ContainerEvent::TransferRefunded { nonce: nonce.clone() }]),
            _ => Err(TransferFault::Contradiction),
        }
    }

    /// The own certificate, as it was verified when it came.
    pub(crate) fn own_certificate(&self) -> Option<Certificate> {
        self.certificate.as_deref().and_then(|text| read(text).ok())
    }

    /// Whether this container takes part in transfers; gives its certificate.
    fn takes_part(&self) -> Result<(Certificate, &str), TransferFault> {
        if self.revoked {
            return Err(TransferFault::Revoked);
        }
        if self.kind == ContainerKind::Unbound {
            return Err(TransferFault::TrialContainer(self.id.serial()));
        }
        let certificate = self.own_certificate().ok_or(TransferFault::NotCertified)?;
        let text = self.certificate.as_deref().ok_or(TransferFault::NotCertified)?;
        if certificate.uses.iter().any(|name| name == Transfer::NAME) {
            Ok((certificate, text))
        } else {
            Err(TransferFault::NotCertified)
        }
    }

    fn check_moves(&self) -> Result<(), TransferFault> {
        let unbooked = self.transfers.moves().len();
        if unbooked < MOVES_MAX { Ok(()) } else { Err(TransferFault::TooManyMoves(unbooked)) }
    }

    /// The office made the certificate by its own clock: what is signed under it is not older.
    fn signing_time(&self, certificate: &Certificate, now: Reading) -> Time {
        self.rights(now).items.max(certificate.not_before)
    }

    /// The units to send: from the lot with the shortest way that has enough of them.
    fn choose(
        &self,
        request: &TransferRequest,
        kept: u64,
    ) -> Result<(Option<usize>, Part), TransferFault> {
        let id = &request.item_id;
        let Some(item) = self.items.get(id) else {
            let names: Vec<&str> = self.items.keys().take(20).map(String::as_str).collect();
            let held = if names.is_empty() { "nothing".into() } else { names.join(", ") };
            return Err(TransferFault::NotHeld { item: id.clone(), held });
        };
        if item.moves.is_none() {
            return Err(TransferFault::NotMovable(id.clone()));
        }
        let held = units(item.count);
        let free = held.saturating_sub(kept);
        let wanted = match (item.count, request.count) {
            (Count::Uncounted, 0) if kept == 0 => 0,
            (Count::Uncounted, _) => return Err(TransferFault::Uncounted(id.clone())),
            (Count::Counted(_), 0) => free,
            (Count::Counted(_), wanted) => wanted,
        };
        if item.count != Count::Uncounted && (wanted == 0 || wanted > free) {
            return Err(TransferFault::NotEnough { item: id.clone(), wanted, free, kept });
        }
        let parts = self.parts(item);
        let fits = |part: &&(Option<usize>, Lot)| part.1.count >= wanted;
        let Some((place, lot)) = parts.iter().filter(fits).min_by_key(|part| part.1.steps.len())
        else {
            let largest = parts.iter().map(|(_, lot)| lot.count).max().unwrap_or_default();
            return Err(match largest {
                0 => TransferFault::NoOrigin(id.clone()),
                largest => TransferFault::SeveralLots { item: id.clone(), largest },
            });
        };
        let count = match item.count {
            Count::Uncounted => Count::Uncounted,
            // Not beyond the item's own count, which is a u32.
            Count::Counted(_) => Count::Counted(u32::try_from(wanted).unwrap_or(u32::MAX)),
        };
        Ok((*place, Part { item: item.clone(), count, lot: lot.clone() }))
    }

    /// The item's units by where they came from, each with what can be shown for it.
    fn parts(&self, item: &Item) -> Vec<(Option<usize>, Lot)> {
        let came = self.stock.came(&item.id);
        let rest = units(item.count).saturating_sub(came.iter().map(|lot| lot.count).sum());
        let mut parts = Vec::new();
        if let Some(origin) = self.stock.own(&item.id)
            && let Some(update) = self.stock.document(&origin)
            && let Ok(update) = read::<Update>(update)
            && let Some(whole) = item_of(&update, &item.id).filter(|whole| item.has_terms_of(whole))
        {
            let count = rest.min(units(whole.count));
            parts.push((None, Lot { count, origin, steps: Vec::new() }));
        }
        let whole = |lot: &&Lot| {
            let last = lot.steps.last().and_then(|step| read::<Transfer>(step).ok());
            last.is_some_and(|step| {
                is_part(&Item { count: step.item.count, ..item.clone() }, &step.item)
            })
        };
        let came = came.iter().enumerate().filter(|(_, lot)| whole(lot));
        parts.extend(came.map(|(place, lot)| (Some(place), lot.clone())));
        parts.retain(|(_, lot)| lot.count > 0 || item.count == Count::Uncounted);
        parts
    }

    /// The policy, with the step that is about to be taken.
    fn check_policy(
        &self,
        item: &Item,
        lot: &Lot,
        target: &Stop,
        at: Time,
        own: &Certificate,
    ) -> Result<(), TransferFault> {
        let moves = item.moves.ok_or_else(|| TransferFault::NotMovable(item.id.clone()))?;
        let mut travel = Travel::of(lot);
        travel.stops.push(Stop::of(own));
        travel.at.push(at);
        travel.check(&item.id, &moves, target)
    }

    /// The signed transfer: the step signed by itself, and then with everything that leads to it.
    fn with_provenance(
        &self,
        bare: Transfer,
        lot: &Lot,
        signer: &dyn Signer,
    ) -> Result<Envelope, TransferFault> {
        let too_large = || TransferFault::OriginTooLarge(bare.item.id.clone());
        let origin = self.stock.document(&lot.origin);
        let origin = origin.ok_or_else(|| TransferFault::NoOrigin(bare.item.id.clone()))?;
        let step = seal(&bare, &[signer]).to_json();
        let mut provenance = vec![origin.to_owned()];
        provenance.extend(lot.steps.iter().cloned());
        provenance.push(step);
        if provenance.iter().any(|text| text.len() > CARRIED_MAX) {
            return Err(too_large());
        }
        let sealed = seal(&Transfer { provenance, ..bare.clone() }, &[signer]);
        // Base64 makes it a third longer.
        if sealed.payload.len() / 3 * 4 > TRANSFER_MAX { Err(too_large()) } else { Ok(sealed) }
    }

    /// Whether the item finds room here: next to what is there, or with it.
    fn check_room(&self, item: &Item) -> Result<(), TransferFault> {
        let most = crate::history::ITEMS_MAX;
        let Some(held) = self.items.get(&item.id) else {
            let full = self.items.len() >= most;
            return match full {
                true => Err(TransferFault::TooMany(format!("the container holds {most} items"))),
                false => Ok(()),
            };
        };
        if item.count == Count::Uncounted || !item.has_terms_of(held) {
            return Err(TransferFault::OtherTerms(item.id.clone()));
        }
        if units(held.count) + units(item.count) > COUNT_MAX {
            let why = format!("there would be more than {COUNT_MAX} of item {:?}", item.id);
            return Err(TransferFault::TooMany(why));
        }
        if self.stock.came(&item.id).len() >= LOTS_MAX {
            let why = format!("the units of item {:?} came in {LOTS_MAX} transfers", item.id);
            return Err(TransferFault::TooMany(why));
        }
        Ok(())
    }
}

/// What is about to leave.
struct Part {
    item: Item,
    count: Count,
    lot: Lot,
}
