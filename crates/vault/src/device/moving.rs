//! Transfers between containers and new generations, on an open container.
//!
//! Invariants: what goes out is written before it is handed out, and handing it out again gives the same bytes; units
//! that are in use or used up on this machine stay.
//! Deliberately not here: the rules of transfers (the container's).

use crate::{
    chance::random_bytes,
    device::{error::DeviceError, open::OpenContainer},
    key_file::SecretKey,
    signer::KeyAlgorithm,
};
use tenure_container::{Reading, open_answer, open_request, open_transfer};
use tenure_document::{Bytes, Capacity, Hash, OpenTransfer, armor, read_document, summarize};

impl OpenContainer {
    /// Asks for `count` units of an item of another container (0: all there is); gives the signed request.
    ///
    /// # Errors
    /// [`DeviceError::Transfer`]; nothing changes then.
    pub fn request_transfer(
        &mut self,
        item_id: &str,
        count: u64,
        now: Reading,
    ) -> Result<String, DeviceError> {
        let nonce = Bytes(random_bytes::<16>()?.to_vec());
        let signer = self.signer()?;
        let now = self.reading(now);
        let events = self.state().request(&nonce, item_id, count, &signer, now)?;
        self.play(&events, |_| ())?;
        self.paper(&nonce)
    }

    /// The requests of this container that are still open.
    pub fn open_requests(&self) -> Vec<OpenTransfer> {
        self.state().open_requests()
    }

    /// Gives away what a request asks for; gives the signed transfer, the same each time.
    ///
    /// # Errors
    /// [`DeviceError::Document`], [`DeviceError::Transfer`]; nothing changes then.
    pub fn send_transfer(&mut self, request: &[u8], now: Reading) -> Result<String, DeviceError> {
        let envelope = read_document(request)?;
        let opened = open_request(&self.state().trust()?, &envelope, self.time(now))?;
        let (nonce, item_id) = (opened.request().nonce.clone(), opened.request().item_id.clone());
        let (kept, signer) = (self.in_use(&item_id)?, self.signer()?);
        let now = self.reading(now);
        let events = self.state().send(&opened, kept, &signer, now)?;
        self.play(&events, |_| ())?;
        self.paper(&nonce)
    }

    /// Takes what a transfer brings; gives the signed receipt, the same each time.
    ///
    /// # Errors
    /// As [`OpenContainer::send_transfer`]; the request stays open.
    pub fn accept_transfer(
        &mut self,
        transfer: &[u8],
        now: Reading,
    ) -> Result<String, DeviceError> {
        let envelope = read_document(transfer)?;
        let opened = open_transfer(&self.state().trust()?, &envelope, self.time(now))?;
        let (nonce, item_id) = (opened.transfer().nonce.clone(), opened.transfer().item.id.clone());
        let signer = self.signer()?;
        let now = self.reading(now);
        let events = self.state().accept(&opened, &signer, now)?;
        let text = envelope.to_json();
        self.play(&events, |evidence| evidence.accepted(&item_id, &text))?;
        self.paper(&nonce)
    }

    /// Gives up a request for ever, so that the source may have its item back; gives the signed refusal.
    ///
    /// # Errors
    /// [`DeviceError::Transfer`]; nothing changes then.
    pub fn refuse_transfer(
        &mut self,
        nonce: &Bytes,
        reason: &str,
        now: Reading,
    ) -> Result<String, DeviceError> {
        let signer = self.signer()?;
        let now = self.reading(now);
        let events = self.state().refuse(nonce, reason, &signer, now)?;
        self.play(&events, |_| ())?;
        self.paper(nonce)
    }

    /// Ends a transfer of this container by the target's receipt (true) or its refusal (false).
    ///
    /// # Errors
    /// As [`OpenContainer::send_transfer`].
    pub fn settle_transfer(&mut self, answer: &[u8], now: Reading) -> Result<bool, DeviceError> {
        let envelope = read_document(answer)?;
        let trust = self.state().trust()?;
        let opened = open_answer(&trust, self.state(), &envelope, self.time(now))?;
        let events = self.state().settle(&opened)?;
        self.play(&events, |_| ())?;
        Ok(opened.is_receipt())
    }

    /// Begins the next generation: a new key, vouched for by the one before. Gives the number.
    ///
    /// # Errors
    /// [`DeviceError::Vault`].
    pub fn regenerate(&mut self) -> Result<u32, DeviceError> {
        let key = SecretKey::generate(KeyAlgorithm::Ed25519)?;
        let ratchet = Hash::of(&random_bytes::<32>()?);
        let before = self.signer()?;
        let events = self.state().regenerate(key.public(), ratchet, Some(&before));
        self.play_with_key(&events, key.seed())?;
        Ok(self.state().generation())
    }

    /// Units of an item that must stay: consumed, or held by processes of this machine.
    fn in_use(&self, item_id: &str) -> Result<u64, DeviceError> {
        let Some(item) = self.state().item(item_id) else { return Ok(0) };
        let seats = match item.capacity().plus(item.overdraft_seats()) {
            Capacity::Limited(seats) => self.seats().held(item_id, seats)?,
            Capacity::Unlimited => 0,
        };
        Ok(self.consumed(item_id).max(seats))
    }

    /// What this container last said about a transfer, in its text form.
    fn paper(&self, nonce: &Bytes) -> Result<String, DeviceError> {
        let text = self.state().transfer_paper(nonce).unwrap_or_default();
        let envelope = read_document(text.as_bytes())?;
        Ok(armor(&envelope, &summarize(&envelope)))
    }
}
