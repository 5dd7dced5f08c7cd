//! Opening the papers of a transfer: all the work on signatures, done before the container is asked.
//!
//! Invariants: a request and a transfer bring their signer's certificate, which is signed itself and thus read first;
//! an answer is judged by the certificate that the request brought; the container's own trust decides.
//! Deliberately not here: whether the step is taken (send, accept, settle).

use crate::{
    provenance::{Stop, Travel, brought_certificate, verify},
    state::Container,
    transfer_fault::TransferFault,
};
use tenure_document::{
    Bytes, DocumentError, Envelope, Hash, Limits, Payload, Time, Transfer, TransferReceipt,
    TransferRefusal, TransferRequest, Trust, read_document, read_json,
};

/// A request whose signatures hold.
#[derive(Debug, Clone)]
pub struct OpenedRequest {
    pub(crate) request: TransferRequest,
    pub(crate) target: Stop,
}

/// A transfer whose signatures hold, and those of everything that shows where its item came from.
#[derive(Debug, Clone)]
pub struct OpenedTransfer {
    pub(crate) transfer: Transfer,
    pub(crate) hash: Hash,
    pub(crate) travel: Travel,
}

/// An answer to a transfer of this container, its signature right.
#[derive(Debug, Clone)]
pub struct OpenedAnswer {
    pub(crate) answer: Answer,
}

#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Receipt(TransferReceipt),
    Refusal(TransferRefusal),
}

impl OpenedRequest {
    /// The request.
    pub fn request(&self) -> &TransferRequest {
        &self.request
    }
}

impl OpenedTransfer {
    /// The transfer.
    pub fn transfer(&self) -> &Transfer {
        &self.transfer
    }
}

impl OpenedAnswer {
    /// The transfer that it answers.
    pub fn nonce(&self) -> &Bytes {
        match &self.answer {
            Answer::Receipt(receipt) => &receipt.nonce,
            Answer::Refusal(refusal) => &refusal.nonce,
        }
    }

    /// True when the target has the item, false when it never will.
    pub fn is_receipt(&self) -> bool {
        matches!(self.answer, Answer::Receipt(_))
    }
}

/// Checks the signatures of a request. `trust` is the container's, `at` the time its rights are judged by.
///
/// # Errors
/// [`TransferFault::Unverified`].
pub fn open_request(
    trust: &Trust,
    envelope: &Envelope,
    at: Time,
) -> Result<OpenedRequest, TransferFault> {
    check_type::<TransferRequest>(envelope)?;
    let certificate = brought_certificate(trust, &envelope.payload, at)?;
    let request = trust.verify_by::<TransferRequest>(envelope, &certificate, at)?;
    Ok(OpenedRequest { request: request.into_inner(), target: Stop::of(&certificate) })
}

/// Checks the signatures of a transfer and of the documents it brings.
///
/// # Errors
/// [`TransferFault::Unverified`], [`TransferFault::BadProvenance`] and what the item's policy refuses.
pub fn open_transfer(
    trust: &Trust,
    envelope: &Envelope,
    at: Time,
) -> Result<OpenedTransfer, TransferFault> {
    check_type::<Transfer>(envelope)?;
    let certificate = brought_certificate(trust, &envelope.payload, at)?;
    let transfer = trust.verify_by::<Transfer>(envelope, &certificate, at)?;
    let travel = verify(trust, &transfer, at)?;
    Ok(OpenedTransfer { hash: transfer.payload_hash(), transfer: transfer.into_inner(), travel })
}

/// Checks the signature of a receipt or a refusal of one of this container's transfers.
///
/// # Errors
/// [`TransferFault::UnknownTransfer`] when it answers none, [`TransferFault::Unverified`].
pub fn open_answer(
    trust: &Trust,
    container: &Container,
    envelope: &Envelope,
    at: Time,
) -> Result<OpenedAnswer, TransferFault> {
    #[derive(serde::Deserialize)]
    struct NonceOnly {
        nonce: Bytes,
    }
    if envelope.payload_type != TransferRefusal::TYPE {
        check_type::<TransferReceipt>(envelope)?;
    }
    // Only chooses the certificate: nothing is believed yet.
    let NonceOnly { nonce } = read_json(&envelope.payload, Limits::PAYLOAD)?;
    let transfers = &container.transfers;
    let out = match transfers.out.get(&nonce) {
        Some(out) => out,
        None if transfers.spent.contains(&nonce) => return Err(TransferFault::AlreadySettled),
        None => return Err(TransferFault::UnknownTransfer),
    };
    let certificate = trust.verify_certificate(&read_document(out.certificate.as_bytes())?, at)?;
    let answer = if envelope.payload_type == TransferRefusal::TYPE {
        Answer::Refusal(
            trust.verify_by::<TransferRefusal>(envelope, &certificate, at)?.into_inner(),
        )
    } else {
        Answer::Receipt(
            trust.verify_by::<TransferReceipt>(envelope, &certificate, at)?.into_inner(),
        )
    };
    Ok(OpenedAnswer { answer })
}

/// Said before a signature is looked at: somebody picked the wrong file.
fn check_type<P: Payload>(envelope: &Envelope) -> Result<(), TransferFault> {
    if envelope.payload_type == P::TYPE {
        return Ok(());
    }
    let (expected, found) = (P::TYPE.to_owned(), envelope.payload_type.clone());
    Err(DocumentError::WrongType { expected, found }.into())
}
