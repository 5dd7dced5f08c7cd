//! Posting to servers of others, at addresses that users entered: web hooks.
//!
//! Invariants: the addresses that a name leads to are checked where the connection is made, so a name that changes in
//! between helps nobody; addresses of this machine and of private networks are refused unless they were allowed; no
//! redirect is followed, no proxy asked, nothing of the answer but its status is kept.
//! Deliberately not here: what is sent, when it is sent again.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{Connector, NextTimeout, TcpConnector};

use super::distrust::{distrust, tls_fault};
use super::error::ApiError;
use super::tls::{TlsConnector, TlsTrust, client_config};

/// Sends to servers of others.
#[derive(Clone, Debug)]
pub struct Outgoing {
    agent: ureq::Agent,
}

impl Outgoing {
    /// With so much time for each request in all; private addresses only when allowed.
    ///
    /// # Errors
    /// [`ApiError::Setup`] when the certificates can't be used.
    pub fn new(
        trust: &TlsTrust,
        timeout: Duration,
        private_addresses: bool,
    ) -> Result<Self, ApiError> {
        let config = client_config(trust).map_err(ApiError::Setup)?;
        let connector = ().chain(TcpConnector::default()).chain(TlsConnector { config });
        let settings = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections(0)
            .proxy(None)
            .user_agent(concat!("tenure/", env!("CARGO_PKG_VERSION")))
            .timeout_global(Some(timeout))
            .build();
        let resolver = Checked { inner: DefaultResolver::default(), private_addresses };
        Ok(Self { agent: ureq::Agent::with_parts(settings, connector, resolver) })
    }

    /// Posts JSON; the status of the answer.
    ///
    /// # Errors
    /// [`ApiError::Unreachable`] when no answer came, [`ApiError::Setup`] when the address makes no sense.
    pub fn post_json(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<u16, ApiError> {
        let mut request = ureq::http::Request::post(url).header("Content-Type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request
            .body(body)
            .map_err(|error| ApiError::Setup(format!("the request can't be sent: {error}")))?;
        let response = self.agent.run(request).map_err(|error| ApiError::Unreachable {
            address: url.to_owned(),
            reason: tls_fault(&error).and_then(distrust).unwrap_or_else(|| error.to_string()),
        })?;
        Ok(response.status().as_u16())
    }
}

/// Looks names up and refuses where they must not lead.
#[derive(Debug)]
struct Checked {
    inner: DefaultResolver,
    private_addresses: bool,
}

impl Resolver for Checked {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.inner.resolve(uri, config, timeout)?;
        let private = found.iter().find(|address| !is_public(address.ip()));
        match private {
            Some(address) if !self.private_addresses => {
                let why = format!("{} is not an address of the public internet", address.ip());
                Err(ureq::Error::Io(io::Error::new(io::ErrorKind::PermissionDenied, why)))
            }
            _ => Ok(found),
        }
    }
}

/// Whether an address is one of the public internet.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation();
    // This network, carrier-grade NAT, protocol assignments, benchmarking, reserved.
    let reserved = a == 0
        || a == 100 && (64..=127).contains(&b)
        || (a, b, c) == (192, 0, 0)
        || a == 198 && (18..=19).contains(&b)
        || a >= 240;
    !special && !reserved
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        // IPv4 in its forms: mapped, translated (NAT64), 6to4.
        [0, 0, 0, 0, 0, 0xffff, high, low] => embedded(high, low),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        [0x2002, high, low, ..] => embedded(high, low),
        // Teredo, ORCHID, documentation.
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => false,
        // Only what is assigned for global unicast.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_public_internet() {
        for public in ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1"] {
            assert!(is_public(public.parse().expect("an address")), "{public}");
        }
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "192.0.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:c0a8:101::1",
            "::127.0.0.1",
        ] {
            assert!(!is_public(private.parse().expect("an address")), "{private}");
        }
    }

    #[test]
    fn a_private_address_is_refused_before_anything_is_sent() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/hook", listener.local_addr().expect("bound"));
        let trust = TlsTrust::Pin(tenure_document::Hash::ZERO);
        let outgoing =
            Outgoing::new(&trust, Duration::from_secs(5), false).expect("no certificates needed");
        let refused = outgoing.post_json(&url, &[], b"{}").expect_err("refused");
        assert!(refused.to_string().contains("not an address of the public internet"), "{refused}");
        listener.set_nonblocking(true).expect("set");
        assert!(listener.accept().is_err(), "nobody came");
    }
}
