//! What makes the client believe a lease: the chain from the pinned root down to the document.
//!
//! Root pin -> keyset -> certificate of the server -> signed ledger entry -> inclusion of the
//! lease -> this request (nonce, request hash, holder, feature). Nothing outside the signed
//! documents is believed except the token, which is no claim. Signed instants count as lower
//! bounds of the present, so a clock that lags can't make an old chain look valid.
//! No clock and no network here.

use tenure_api::{ChainAnswer, DesiredFeature};
use tenure_document::{
    Bytes, Certificate, Envelope, Hash, Holder, Lease, LeaseId, PublicKey, RootPin, Time, Trust,
    Verified, Version,
};

use crate::error::Forged;

/// A server that the pinned root vouches for.
#[derive(Clone)]
pub struct Authority {
    trust: Trust,
    certificate: Verified<Certificate>,
    chain: ChainAnswer,
    not_before: Time,
}

impl Authority {
    /// Verifies a server's chain against the pinned root. What an earlier chain has proved
    /// (keyset version, revocations) is kept and never goes down.
    ///
    /// # Errors
    /// The first link that does not hold.
    pub fn establish(
        root: RootPin,
        chain: ChainAnswer,
        earlier: Option<&Authority>,
        wall: Time,
    ) -> Result<Authority, Forged> {
        let (trust, chain) = highest(root, chain, earlier, wall)?;
        let certificate = chain.certificate.as_deref().ok_or_else(|| {
            Forged::new(
                "no-chain",
                "the server has no certificate yet: its administrator must apply the publisher's \
                 first update",
            )
        })?;
        let signed = issued(&trust).max(earlier.map_or(Time::EARLIEST, |known| known.not_before));
        let certificate = Envelope::parse(certificate.as_bytes())?;
        let certificate = trust.verify_certificate(&certificate, wall.max(signed))?;
        if certificate.container != chain.server {
            return Err(Forged::new("wrong-server", "the certificate belongs to another server"));
        }
        let not_before = signed.max(certificate.not_before);
        Ok(Authority { trust, certificate, chain, not_before })
    }

    /// What a kept chain proves, which may be another server's, with what this one has proved: keys and revocations are
    /// the publisher's.
    pub(crate) fn beside(&self, chain: ChainAnswer, wall: Time) -> Result<Authority, Forged> {
        if chain.server == self.certificate.container {
            return Ok(self.clone());
        }
        Authority::establish(self.trust.root(), chain, Some(self), wall)
    }

    /// The documents behind this authority, to be kept on disk.
    pub fn chain(&self) -> &ChainAnswer {
        &self.chain
    }

    /// The server's certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Verifies a lease document of this server, whoever it is for.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn lease(&self, document: &str, wall: Time) -> Result<Verified<Lease>, Forged> {
        let envelope = Envelope::parse(document.as_bytes())?;
        let at = wall.max(self.not_before);
        let lease: Verified<Lease> = self.trust.verify_by(&envelope, &self.certificate, at)?;
        if lease.server != self.certificate.container {
            return Err(Forged::new("wrong-server", "the lease names another server"));
        }
        if lease.expires <= lease.issued || lease.renew_after < lease.issued {
            return Err(Forged::new("wrong-term", "the lease ends before it begins"));
        }
        Ok(lease)
    }
}

/// The higher of what the chain and what an earlier chain has proved, key set and list each for
/// itself: a server that lags behind is judged by what the client knows already.
fn highest(
    root: RootPin,
    mut chain: ChainAnswer,
    earlier: Option<&Authority>,
    wall: Time,
) -> Result<(Trust, ChainAnswer), Forged> {
    let mut trust = Trust::pin(root);
    for keyset in &chain.keysets {
        trust.adopt_keyset(&Envelope::parse(keyset.as_bytes())?)?;
    }
    let mut known = None;
    if let Some(earlier) = earlier {
        known = earlier.chain.revocation.clone();
        if earlier.trust.keyset_version() > trust.keyset_version() {
            trust = earlier.trust.clone();
            chain.keysets.clone_from(&earlier.chain.keysets);
        }
    }
    let offered = chain.revocation.take();
    let at = wall.max(issued(&trust));
    let mut adopt = |text: &String| -> Result<(), Forged> {
        trust.adopt_revocation(&Envelope::parse(text.as_bytes())?, at)?;
        Ok(())
    };
    // Lists are adopted in rising order; the one that turns out older is left aside.
    let first = known.as_ref().map(&mut adopt);
    let second = offered.as_ref().map(&mut adopt);
    chain.revocation = match (first, second) {
        (_, Some(Ok(()))) => offered,
        (Some(Ok(())), _) => known,
        (_, Some(Err(forged))) | (Some(Err(forged)), None) => return Err(forged),
        (None, None) => None,
    };
    Ok((trust, chain))
}

/// The latest instant that the publisher has signed.
fn issued(trust: &Trust) -> Time {
    let keyset = trust.keyset().map_or(Time::EARLIEST, |keyset| keyset.issued);
    keyset.max(trust.revocation().map_or(Time::EARLIEST, |list| list.issued))
}

/// What a lease must say to be the answer to one request.
#[derive(Clone, Debug)]
pub struct Expected<'a> {
    /// Who asked.
    pub holder: &'a Holder,
    /// What was asked; empty when the server was to decide.
    pub features: &'a [DesiredFeature],
    /// The lease, when it is a renewal.
    pub renewed: Option<&'a Lease>,
    /// The nonce of the request.
    pub nonce: &'a Bytes,
    /// The hash of the request's body.
    pub request: Hash,
    /// The key that the request was bound to.
    pub client_key: Option<&'a PublicKey>,
}

impl Expected<'_> {
    /// Checks that `lease` is what was asked for.
    ///
    /// # Errors
    /// The first member that differs.
    pub fn check(&self, lease: &Lease, id: LeaseId) -> Result<(), Forged> {
        if lease.id != id {
            return Err(Forged::new("wrong-lease", "the document is of another lease"));
        }
        if lease.nonce.as_ref() != Some(self.nonce) {
            return Err(Forged::new("wrong-nonce", "the document answers another request"));
        }
        if lease.request != Some(self.request) {
            return Err(Forged::new("wrong-request", "the document answers another request body"));
        }
        if !same_holder(&lease.holder, self.holder) {
            return Err(Forged::new("wrong-holder", "the document is for another holder"));
        }
        if lease.client_key.as_ref() != self.client_key {
            return Err(Forged::new("wrong-key", "the document is bound to another client key"));
        }
        match self.renewed {
            Some(before) => check_renewed(lease, before),
            None => check_wanted(lease, self.features),
        }
    }
}

/// The alias and the kind of machine are notes for people; everything else must be the same.
pub(crate) fn same_holder(one: &Holder, other: &Holder) -> bool {
    one.host == other.host
        && one.user == other.user
        && one.session == other.session
        && one.process == other.process
        && one.owner == other.owner
}

/// Whether a lease of `version` and `count` seats gives what was wanted.
pub(crate) fn gives(lease: &Lease, feature: &str, version: Version, count: u32) -> bool {
    lease.feature == feature && lease.version >= version && lease.count >= count
}

fn check_wanted(lease: &Lease, features: &[DesiredFeature]) -> Result<(), Forged> {
    let answers = |wanted: &DesiredFeature| {
        let least = if wanted.partial { 1 } else { wanted.count };
        gives(lease, &wanted.name, wanted.version, least) && lease.count <= wanted.count
    };
    if features.is_empty() || features.iter().any(answers) {
        return Ok(());
    }
    Err(Forged::new("wrong-feature", "the document grants what was not asked for"))
}

fn check_renewed(lease: &Lease, before: &Lease) -> Result<(), Forged> {
    if lease.id != before.id || lease.server != before.server {
        return Err(Forged::new("wrong-lease", "the document renews another lease"));
    }
    if !gives(lease, &before.feature, before.version, before.count) {
        return Err(Forged::new("wrong-feature", "the renewal gives less than the lease"));
    }
    if lease.issued < before.issued {
        return Err(Forged::new("wrong-term", "the renewal is older than the lease"));
    }
    Ok(())
}
