//! The file that a client writes: `User-ClientID-Computer.in.xml`.
//!
//! Invariants: the parts tell the name of the file, so a copied file is none; the signature is the client's own key's over
//! the same bytes as a signed HTTP request (`signature::signed_bytes`), so whoever may write into the folder can't act
//! for somebody else; what can be read in it (`Summary`) follows from what is signed.
//! Deliberately not here: which keys and dates are accepted.

use tenure_document::{Bytes, Hash, PublicKey, Signer, Time};

use super::asked::Asked;
use super::name::ClientName;
use super::summary::{self, SUMMARY};
use super::xml::{Members, Out, XmlFault, is_whole, read};
use crate::signature::signed_bytes;

/// The largest request.
pub const REQUEST_MAX: usize = 64 * 1024;
const ROOT: &str = "TenureRequest";
const ID_MAX: usize = 64;
const TOKEN_MAX: usize = 128;
const NONCE_MAX: usize = 64;
const KEY_LENGTH_MAX: usize = 255;

/// A request as it was read or is about to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct FolderRequest {
    /// Whose it is: the name of its file.
    pub name: ClientName,
    /// What it asks.
    pub asked: Asked,
    /// When it was signed, as it was signed.
    pub date: String,
    /// Drawn for this file; the answer repeats it.
    pub nonce: Bytes,
    /// Makes a repeat harmless.
    pub idempotency_key: String,
    /// The client's key.
    pub key: PublicKey,
    /// Its signature over the request.
    pub signature: Bytes,
}

/// Why a file is no request, or not yet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestFault {
    /// It ends before its end: its writer may not be done yet.
    #[error("it is not complete: {0}")]
    Unfinished(XmlFault),
    /// It can't be read.
    #[error("{0}")]
    Unreadable(XmlFault),
    /// Its parts tell another name than the file has.
    #[error("User, ClientID and Computer are not those of the file's name")]
    WrongName,
    /// The signature is not the key's over this request.
    #[error("the signature does not fit the request")]
    BadSignature,
}

impl RequestFault {
    /// Stable kebab-case word.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unfinished(_) => "unfinished",
            Self::Unreadable(fault) => fault.code(),
            Self::WrongName => "wrong-name",
            Self::BadSignature => "bad-signature",
        }
    }
}

impl FolderRequest {
    /// A request, signed.
    pub fn signed(
        (name, asked): (ClientName, Asked),
        idempotency_key: &str,
        nonce: Bytes,
        signer: &dyn Signer,
        now: Time,
    ) -> Self {
        let date = now.to_string();
        let (method, path) = (asked.method(), asked.path());
        let message = signed_bytes(method, &path, &date, idempotency_key, asked.body());
        let (signature, key) = (signer.sign(&message).into(), signer.public().clone());
        let idempotency_key = idempotency_key.to_owned();
        Self { name, asked, date, nonce, idempotency_key, key, signature }
    }

    /// The text of the file.
    ///
    /// # Errors
    /// [`XmlFault::TooLarge`]; or the body is not such that XML can hold it unchanged.
    pub fn write(&self) -> Result<String, XmlFault> {
        let mut out = Out::new(ROOT);
        out.text("User", self.name.user());
        out.text("ClientID", self.name.id());
        out.text("Computer", self.name.computer());
        out.text("Action", self.asked.action());
        out.maybe("Subject", self.asked.subject());
        if let Asked::Poll { wait, nonce, .. } = &self.asked {
            out.text("Wait", &wait.to_string());
            out.text("LeaseNonce", &nonce.to_string());
        }
        out.maybe("Token", self.asked.token());
        out.list(SUMMARY, &summary::of_request(&self.asked));
        out.text("Time", &self.date);
        out.text("Nonce", &self.nonce.to_string());
        out.text("IdempotencyKey", &self.idempotency_key);
        if !self.asked.body().is_empty() {
            let body = std::str::from_utf8(self.asked.body()).map_err(|_| XmlFault::NotUtf8)?;
            if body.contains(|c: char| c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}')) {
                return Err(XmlFault::bad("Body", "a character that XML can't hold"));
            }
            out.text("Body", body);
        }
        out.text("Key", &Bytes::from(self.key.bytes()).to_string());
        out.text("Signature", &self.signature.to_string());
        let text = out.end(ROOT);
        match text.len() > REQUEST_MAX {
            true => Err(XmlFault::TooLarge { limit: REQUEST_MAX }),
            false => Ok(text),
        }
    }

    /// Reads the file of this name, and proves that its key has signed it.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn read(file: &ClientName, bytes: &[u8]) -> Result<Self, RequestFault> {
        let request = Self::parse(bytes).map_err(|fault| match fault {
            XmlFault::TooLarge { .. } => RequestFault::Unreadable(fault),
            // Whatever it looks like now, the end may make sense of it.
            fault if !is_whole(bytes, ROOT) => RequestFault::Unfinished(fault),
            fault => RequestFault::Unreadable(fault),
        })?;
        if request.name != *file {
            return Err(RequestFault::WrongName);
        }
        let Self { asked, date, idempotency_key, key, signature, .. } = &request;
        let message =
            signed_bytes(asked.method(), &asked.path(), date, idempotency_key, asked.body());
        match key.verifies(&message, &signature.0) {
            true => Ok(request),
            false => Err(RequestFault::BadSignature),
        }
    }

    fn parse(bytes: &[u8]) -> Result<Self, XmlFault> {
        let mut members = read(bytes, REQUEST_MAX, ROOT)?.members();
        let user = members.text("User")?;
        let id = members.text("ClientID")?;
        let computer = members.text("Computer")?;
        let name = ClientName::of_parts(&user, &id, &computer)
            .ok_or_else(|| XmlFault::bad("ClientID", "the parts make no name of a file"))?;
        let asked = asked(&mut members)?;
        let summary = members.element(SUMMARY)?;
        summary::check(summary, &summary::of_request(&asked))?;
        let date = members.text("Time")?;
        let nonce: Bytes = members.value("Nonce", "bytes as base64url")?;
        if !(8..=NONCE_MAX).contains(&nonce.0.len()) {
            return Err(XmlFault::bad("Nonce", format!("expected 8 to {NONCE_MAX} bytes")));
        }
        let idempotency_key = members.text("IdempotencyKey")?;
        let is_key = |key: &str| key.bytes().all(|byte| byte.is_ascii_graphic());
        if !(1..=KEY_LENGTH_MAX).contains(&idempotency_key.len()) || !is_key(&idempotency_key) {
            return Err(XmlFault::bad("IdempotencyKey", "expected 1 to 255 visible characters"));
        }
        let key: Bytes = members.value("Key", "an Ed25519 key as base64url")?;
        let key = <[u8; 32]>::try_from(key.0).ok().and_then(|key| PublicKey::ed25519(&key).ok());
        let key = key.ok_or_else(|| XmlFault::bad("Key", "expected an Ed25519 key"))?;
        let signature = members.value("Signature", "bytes as base64url")?;
        members.end()?;
        Ok(Self { name, asked, date, nonce, idempotency_key, key, signature })
    }

    /// What an answer must name to be the answer to this file.
    pub fn hash_of(file: &[u8]) -> Hash {
        Hash::of(file)
    }
}

fn asked(members: &mut Members) -> Result<Asked, XmlFault> {
    let action = members.text("Action")?;
    Ok(match action.as_str() {
        "chain" => Asked::Chain,
        "checkout" => Asked::Checkout(body(members)?),
        "renew" => Asked::Renew(body(members)?),
        "release" => Asked::Release { lease: subject(members)?, token: token(members)? },
        "poll" => Asked::Poll {
            ticket: subject(members)?,
            token: token(members)?,
            nonce: members.value("LeaseNonce", "bytes as base64url")?,
            wait: members.value("Wait", "a number of seconds")?,
        },
        "cancel" => Asked::Cancel { ticket: subject(members)?, token: token(members)? },
        "consume" => Asked::Consume(body(members)?),
        "undo" => Asked::Undo { usage: subject(members)?, body: body(members)? },
        "report-usage" => Asked::ReportUsage(body(members)?),
        _ => {
            let actions =
                "chain, checkout, renew, release, poll, cancel, consume, undo, report-usage";
            return Err(XmlFault::bad("Action", format!("expected one of {actions}")));
        }
    })
}

fn body(members: &mut Members) -> Result<Vec<u8>, XmlFault> {
    let body = members.text("Body")?;
    match body.is_empty() {
        true => Err(XmlFault::bad("Body", "expected JSON")),
        false => Ok(body.into_bytes()),
    }
}

/// An ID that can stand in a path.
fn subject(members: &mut Members) -> Result<String, XmlFault> {
    let subject = members.text("Subject")?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    match (1..=ID_MAX).contains(&subject.len()) && subject.bytes().all(is_plain) {
        true => Ok(subject),
        false => Err(XmlFault::bad("Subject", "expected an ID such as L-0000000000001")),
    }
}

fn token(members: &mut Members) -> Result<String, XmlFault> {
    let token = members.text("Token")?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    match (1..=TOKEN_MAX).contains(&token.len()) && token.bytes().all(is_plain) {
        true => Ok(token),
        false => Err(XmlFault::bad("Token", "expected the token that came with the grant")),
    }
}
