//! What makes the client believe a host key and an answer about it: the publisher's documents, from the pinned root on.
//!
//! Invariants: what was proved once (key set, revocations) never goes down; signed instants count as lower bounds of the
//! present, so a clock that lags does not make an old chain look valid. Deliberately not here: where documents come from.

use tenure_api::office::HostCheckPapers;
use tenure_document::{
    Certificate, Envelope, HostCheck, HostKey, Keyset, Payload, Revocation, RootPin, Time, Trust,
    Verified, read_document,
};

use crate::error::Forged;

/// The publisher's documents, verified.
#[derive(Clone)]
pub(crate) struct Prover {
    trust: Trust,
    certificate: Option<Verified<Certificate>>,
}

impl Prover {
    /// From the documents of a license file.
    pub(crate) fn from_documents(
        root: RootPin,
        documents: &[Envelope],
        now: Time,
    ) -> Result<Prover, Forged> {
        let mut prover = Prover { trust: Trust::pin(root), certificate: None };
        let of = |kind: &'static str| documents.iter().filter(move |one| one.payload_type == kind);
        of(Keyset::TYPE).try_for_each(|keyset| prover.trust.adopt_keyset(keyset).map(drop))?;
        of(Revocation::TYPE).try_for_each(|list| prover.adopt_list(list, now))?;
        if let Some(certificate) = of(Certificate::TYPE).next() {
            prover.certify(certificate, now);
        }
        Ok(prover)
    }

    /// Takes newer documents over: all of them or none.
    pub(crate) fn adopt(&mut self, papers: &HostCheckPapers, now: Time) -> Result<(), Forged> {
        let mut next = self.clone();
        for keyset in &papers.keysets {
            let keyset = read_document(keyset.as_bytes())?;
            match next.trust.adopt_keyset(&keyset) {
                // The office names all of them, the ones that are behind us too.
                Ok(_) => {}
                Err(error) if error.code() == "stale-keyset" => {}
                Err(error) => return Err(error.into()),
            }
        }
        if let Some(list) = &papers.revocation {
            let list = read_document(list.as_bytes())?;
            match next.adopt_list(&list, now) {
                Err(error) if error.code != "stale-revocation" => return Err(error),
                _ => {}
            }
        }
        next.certificate = None;
        if let Some(certificate) = &papers.certificate {
            next.certify(&read_document(certificate.as_bytes())?, now);
        }
        *self = next;
        Ok(())
    }

    /// Proves a key.
    pub(crate) fn key(&self, envelope: &Envelope, now: Time) -> Result<Verified<HostKey>, Forged> {
        Ok(self.trust.verify(envelope, self.at(now))?)
    }

    /// Proves an answer: signed by a publisher key, or by one that the publisher certified for it.
    pub(crate) fn answer(&self, document: &str, now: Time) -> Result<Verified<HostCheck>, Forged> {
        let envelope = Envelope::parse(document.as_bytes())?;
        let at = self.at(now);
        if let Some(certificate) = &self.certificate
            && let Ok(answer) = self.trust.verify_by(&envelope, certificate, at)
        {
            return Ok(answer);
        }
        Ok(self.trust.verify(&envelope, at)?)
    }

    fn adopt_list(&mut self, list: &Envelope, now: Time) -> Result<(), Forged> {
        let at = self.at(now);
        self.trust.adopt_revocation(list, at)?;
        Ok(())
    }

    /// A certificate that does not hold is none: a newer one can be asked for.
    fn certify(&mut self, certificate: &Envelope, now: Time) {
        self.certificate = self.trust.verify_certificate(certificate, self.at(now)).ok();
    }

    fn at(&self, now: Time) -> Time {
        self.trust.keyset().map_or(now, |keyset| now.max(keyset.issued))
    }
}
