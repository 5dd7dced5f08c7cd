//! The office's side of an exchange: what is available, an update for a context or a serial, a receipt taken in.
//!
//! Invariants: what gets no answer is asked again a few times with the same bytes and the same key, so that nothing
//! happens twice; what is chosen is chosen once, also over several runs: its key is made of the context and the choices.
//! Deliberately not here: what to choose (`wishes`).

use super::{
    advice,
    wishes::{self, Target, Wish},
};
use crate::{chance, exit::Failure};
use std::time::Duration;
use tenure_api::office::{
    IssuedUpdate, LookUpAnswer, LookUpRequest, PortalActivation, PortalActivationRequest,
    PortalPushRequest, ReceiptAnswer,
};
use tenure_api::{ApiError, ClientOptions, OfficeClient, TlsTrust};
use tenure_document::Hash;

/// How often something without an answer is asked.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(300);
const PAUSE_MAX: Duration = Duration::from_secs(20);
/// A line shows no more of its activations.
const SHOWN_MAX: usize = 100;

/// An office.
#[derive(Clone)]
pub struct OfficeSide {
    client: OfficeClient,
}

impl OfficeSide {
    /// The office at an address. Nothing is sent yet.
    ///
    /// # Errors
    /// The address makes no sense.
    pub fn at(address: &str, trust: TlsTrust) -> Result<OfficeSide, Failure> {
        let mut options = ClientOptions::new(address.trim_end_matches('/'));
        options.trust = trust;
        // An update with many items takes the office a moment.
        options.timeout = Duration::from_secs(60);
        let client = OfficeClient::new(options).map_err(|error| advice::call(&error))?;
        Ok(OfficeSide { client })
    }

    /// What stands under activation IDs.
    ///
    /// # Errors
    /// One is unknown; no answer.
    pub fn look_up(&self, wishes: &[Wish]) -> Result<LookUpAnswer, Failure> {
        let answer = insist(|| self.client.look_up(&request(wishes)))?;
        match answer.unknown.first() {
            None => Ok(answer),
            Some(unknown) => {
                let why = format!("the office knows no activation ID {unknown}");
                Err(advice::with(Failure::refused("no-entitlement", why)))
            }
        }
    }

    /// An update for a context, after what is wished for was activated.
    ///
    /// # Errors
    /// What is wished for can't be had; the container is out of step; no answer.
    pub fn update_for(
        &self,
        context: &str,
        wishes: &[Wish],
        target: &Target,
    ) -> Result<IssuedUpdate, Failure> {
        let choices = self.choices(wishes, target)?;
        if choices.is_empty() {
            let key = fresh_key()?;
            return insist(|| self.client.exchange(context.as_bytes().to_vec(), &key));
        }
        let request =
            PortalActivationRequest { choices, context: Some(context.to_owned()), serial: None };
        let key = key_of(&request)?;
        insist(|| self.client.activate(&request, &key))
    }

    /// An update with nothing but the serial, after what is wished for was activated.
    ///
    /// # Errors
    /// As [`OfficeSide::update_for`]; nothing of the IDs is in such a container.
    pub fn push(&self, wishes: &[Wish], target: &Target) -> Result<IssuedUpdate, Failure> {
        let choices = self.choices(wishes, target)?;
        let key = fresh_key()?;
        if choices.is_empty() {
            let activation_id = wishes.first().map(|wish| wish.id.clone()).unwrap_or_default();
            let request = PortalPushRequest { activation_id, serial: target.serial.clone() };
            return insist(|| self.client.portal_push(&request, &key));
        }
        let serial = Some(target.serial.clone());
        let request = PortalActivationRequest { choices, context: None, serial };
        insist(|| self.client.activate(&request, &key))
    }

    /// Hands a receipt over.
    ///
    /// # Errors
    /// The office does not know the container; no answer.
    pub fn hand_over(&self, receipt: &[u8]) -> Result<ReceiptAnswer, Failure> {
        let key = fresh_key()?;
        insist(|| self.client.take_receipt(receipt.to_vec(), &key))
    }

    fn choices(
        &self,
        wishes: &[Wish],
        target: &Target,
    ) -> Result<Vec<tenure_api::office::Choice>, Failure> {
        if wishes.is_empty() {
            return Ok(Vec::new());
        }
        let answer = self.look_up(wishes)?;
        wishes::choices(wishes, &answer, &self.held(&answer, wishes)?, target)
    }

    /// What containers hold, where a line's own list is cut off.
    fn held(
        &self,
        answer: &LookUpAnswer,
        wishes: &[Wish],
    ) -> Result<Vec<PortalActivation>, Failure> {
        let mut lines = answer.entitlements.iter().flat_map(|one| &one.lines);
        if lines.all(|line| line.activations.len() < SHOWN_MAX) {
            return Ok(Vec::new());
        }
        let answer = insist(|| self.client.portal_containers(&request(wishes)))?;
        Ok(answer.containers.into_iter().flat_map(|one| one.activations).collect())
    }
}

fn request(wishes: &[Wish]) -> LookUpRequest {
    let mut ids: Vec<String> = wishes.iter().map(|wish| wish.id.clone()).collect();
    ids.sort();
    ids.dedup();
    LookUpRequest { activation_ids: ids }
}

/// The key of choices for a context: a run that got no answer and a later one are the same request.
fn key_of(request: &PortalActivationRequest) -> Result<String, Failure> {
    let bytes = serde_json::to_vec(request)
        .map_err(|error| Failure::fault(format!("the request can't be written: {error}")))?;
    Ok(Hash::of(&bytes).to_string())
}

fn fresh_key() -> Result<String, Failure> {
    chance::idempotency_key().map_err(|error| Failure::fault(error.to_string()))
}

/// Asks again while there is no answer, at the office's pace or at growing intervals.
fn insist<T>(ask: impl Fn() -> Result<T, ApiError>) -> Result<T, Failure> {
    let mut pause = PAUSE;
    for _ in 1..ATTEMPTS {
        match ask() {
            Err(error) if error.is_fault() => {
                let wait = error.retry_after().unwrap_or(pause);
                if wait > PAUSE_MAX {
                    return Err(advice::call(&error));
                }
                std::thread::sleep(wait);
                pause *= 2;
            }
            done => return done.map_err(|error| advice::call(&error)),
        }
    }
    ask().map_err(|error| advice::call(&error))
}
