//! The file that the server writes: `User-ClientID-Computer.out.xml`.
//!
//! Invariants: it names the hash of the very file it answers and repeats its nonce; all of it but the summary for people
//! is signed with the key of the server's certificate, so an answer that was changed, swapped or kept from earlier is
//! found out, and a refusal can't be invented. Leases in it are proved once more, like those that come over HTTP.
//! Deliberately not here: where the client has the certificate from.

use tenure_document::{Bytes, Hash, PublicKey, Signer, Time};

use super::name::ClientName;
use super::request::FolderRequest;
use super::summary::{self, SUMMARY};
use super::xml::{Out, XmlFault, is_whole, read};

/// The largest answer: a chain of key lists takes some room.
pub const ANSWER_MAX: usize = 2 * 1024 * 1024;
const ROOT: &str = "TenureAnswer";

/// An answer as it was read or is about to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct FolderAnswer {
    /// Whose request it answers.
    pub name: ClientName,
    /// Hash of the request's file.
    pub request: Hash,
    /// The request's nonce.
    pub nonce: Bytes,
    /// When it was given.
    pub time: Time,
    /// The status of the same answer over HTTP.
    pub status: u16,
    /// Seconds after which to ask again.
    pub retry_after: Option<u64>,
    /// The JSON of the same answer over HTTP.
    pub body: Vec<u8>,
    /// The server's signature.
    pub signature: Bytes,
}

impl FolderAnswer {
    /// An answer to a request, without signature yet.
    pub fn to(
        request: (&ClientName, Hash, Bytes),
        (status, retry_after, body): (u16, Option<u64>, Vec<u8>),
        time: Time,
    ) -> Self {
        let (name, request, nonce) = request;
        let (name, signature) = (name.clone(), Bytes(Vec::new()));
        Self { name, request, nonce, time, status, retry_after, body, signature }
    }

    /// The same, signed.
    #[must_use]
    pub fn signed(mut self, signer: &dyn Signer) -> Self {
        self.signature = signer.sign(&self.message()).into();
        self
    }

    /// Whether this key has signed it.
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        key.verifies(&self.message(), &self.signature.0)
    }

    /// Whether it answers this file.
    pub fn answers(&self, request: &FolderRequest, file: &[u8]) -> bool {
        self.name == request.name
            && self.nonce == request.nonce
            && self.request == FolderRequest::hash_of(file)
    }

    fn message(&self) -> Vec<u8> {
        let Self { request, nonce, time, status, .. } = self;
        let after = self.retry_after.map(|after| after.to_string()).unwrap_or_default();
        let head = format!(
            "TENURE-FOLDER-ANSWER-V1\n{}\n{request}\n{nonce}\n{time}\n{status}\n{after}\n",
            self.name
        );
        [head.as_bytes(), Hash::of(&self.body).as_bytes()].concat()
    }

    /// The text of the file.
    ///
    /// # Errors
    /// The body is too large, or no text.
    pub fn write(&self) -> Result<String, XmlFault> {
        let body = std::str::from_utf8(&self.body).map_err(|_| XmlFault::NotUtf8)?;
        let mut out = Out::new(ROOT);
        out.text("User", self.name.user());
        out.text("ClientID", self.name.id());
        out.text("Computer", self.name.computer());
        out.text("Request", &self.request.to_string());
        out.text("Nonce", &self.nonce.to_string());
        out.text("Time", &self.time.to_string());
        out.text("Status", &self.status.to_string());
        out.maybe("RetryAfter", self.retry_after.map(|after| after.to_string()).as_deref());
        out.list(SUMMARY, &summary::of_answer(&self.body));
        out.text("Body", body);
        out.text("Signature", &self.signature.to_string());
        let text = out.end(ROOT);
        match text.len() > ANSWER_MAX {
            true => Err(XmlFault::TooLarge { limit: ANSWER_MAX }),
            false => Ok(text),
        }
    }

    /// Reads a file. Who signed it must be asked apart ([`FolderAnswer::is_signed_by`]).
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn read(bytes: &[u8]) -> Result<Self, XmlFault> {
        let mut members = read(bytes, ANSWER_MAX, ROOT)?.members();
        let user = members.text("User")?;
        let id = members.text("ClientID")?;
        let computer = members.text("Computer")?;
        let name = ClientName::of_parts(&user, &id, &computer)
            .ok_or_else(|| XmlFault::bad("ClientID", "the parts make no name of a file"))?;
        let request = members.value("Request", "a hash")?;
        let nonce = members.value("Nonce", "bytes as base64url")?;
        let time = members.value("Time", "a time")?;
        let status = members.value("Status", "a number")?;
        let retry_after = members.maybe("RetryAfter")?.map(|text| text.parse()).transpose();
        let retry_after =
            retry_after.map_err(|_| XmlFault::bad("RetryAfter", "expected a number of seconds"))?;
        let summary = members.element(SUMMARY)?;
        let body = members.text("Body")?.into_bytes();
        summary::check(summary, &summary::of_answer(&body))?;
        let signature = members.value("Signature", "bytes as base64url")?;
        members.end()?;
        Ok(Self { name, request, nonce, time, status, retry_after, body, signature })
    }

    /// Whether a file that can't be read may still be written on.
    pub fn is_unfinished(bytes: &[u8]) -> bool {
        bytes.len() <= ANSWER_MAX && !is_whole(bytes, ROOT)
    }
}
