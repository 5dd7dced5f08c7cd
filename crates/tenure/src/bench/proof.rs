//! Are the leases under load real documents? A sample of them is verified like an application would: from the pinned
//! root through keyset and certificate to the lease, with nonce.
//!
//! Deliberately not here: verification itself (`tenure_document`); this only feeds it.

use anyhow::{Context as _, bail};
use std::net::SocketAddr;
use tenure_api::{ChainAnswer, CheckoutAnswer, Client, ClientOptions};
use tenure_document::{Certificate, Envelope, Lease, RootPin, Trust, Verified};

use crate::clock;

/// What a verifier needs to know of one server.
pub struct Proof {
    trust: Trust,
    certificate: Verified<Certificate>,
}

impl Proof {
    /// Fetches the chain of a server and verifies it against the pinned root.
    ///
    /// # Errors
    /// The server does not answer, or the chain does not lead to the root.
    pub fn fetch(address: SocketAddr, root: &RootPin) -> anyhow::Result<Proof> {
        let chain: ChainAnswer =
            Client::new(ClientOptions::new(format!("http://{address}")))?.chain()?;
        let mut trust = Trust::pin(*root);
        for keyset in &chain.keysets {
            trust.adopt_keyset(&Envelope::parse(keyset.as_bytes())?)?;
        }
        let certificate = chain.certificate.context("the server has no certificate")?;
        let certificate =
            trust.verify_certificate(&Envelope::parse(certificate.as_bytes())?, clock::wall())?;
        Ok(Proof { trust, certificate })
    }

    /// Verifies the first lease of a checkout's answer.
    ///
    /// # Errors
    /// It is not what it claims to be.
    pub fn verify(&self, answer: &[u8]) -> anyhow::Result<()> {
        let answer: CheckoutAnswer = serde_json::from_slice(answer)?;
        let Some(grant) = answer.leases.first() else { bail!("an answer without a lease") };
        let envelope = Envelope::parse(grant.document.as_bytes())?;
        let lease: Verified<Lease> =
            self.trust.verify_by(&envelope, &self.certificate, clock::wall())?;
        if lease.id != grant.id || lease.expires != grant.expires_at || lease.nonce.is_none() {
            bail!("the document says something else than the answer around it");
        }
        Ok(())
    }
}
