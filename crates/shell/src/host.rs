//! Which host names this server answers to, and which origins may change its state.
//!
//! Kept here: a request without `Host`, with two of them, or with a name outside the allow-list gets 421
//! before any routing (DNS rebinding); a state-changing request that a browser sends from another site gets
//! 403 (cross-site request forgery). Deliberately not here: CORS. There is none.

use std::net::{IpAddr, SocketAddr};

use axum::http::header::{HOST, HeaderMap, HeaderValue, ORIGIN};
use axum::http::{Method, Uri};

/// The allow-list for `Host`.
#[derive(Debug, Clone, Default)]
pub struct Hosts {
    names: Vec<String>,
    any_address: bool,
}

impl Hosts {
    /// The loopback names, always allowed.
    pub fn loopback() -> Self {
        let names = ["localhost", "127.0.0.1", "[::1]"].map(str::to_owned).to_vec();
        Self { names, any_address: false }
    }

    /// Allows one more name, without a port.
    #[must_use]
    pub fn and(mut self, name: &str) -> Self {
        self.names.push(name.trim_end_matches('.').to_ascii_lowercase());
        self
    }

    /// Allows the address a listener is bound to. A listener on all addresses allows every address literal:
    /// a rebinding page always comes with a name.
    #[must_use]
    pub fn and_address(mut self, address: SocketAddr) -> Self {
        if address.ip().is_unspecified() {
            self.any_address = true;
            return self;
        }
        let name = match address.ip() {
            IpAddr::V4(v4) => v4.to_string(),
            IpAddr::V6(v6) => format!("[{v6}]"),
        };
        self.and(&name)
    }

    fn allows(&self, host: &str) -> bool {
        let Some(name) = name_of(host) else {
            return false;
        };
        let name = name.strip_suffix('.').unwrap_or(name);
        self.names.iter().any(|allowed| allowed.eq_ignore_ascii_case(name))
            || self.any_address && is_address(name)
    }

    /// The host a request is for.
    ///
    /// # Errors
    /// When the header is missing, doubled, malformed, or names a host this server is not.
    pub fn check<'r>(&self, headers: &'r HeaderMap, uri: &Uri) -> Result<&'r str, Misdirected> {
        let mut hosts = headers.get_all(HOST).iter();
        let host = hosts.next().ok_or(Misdirected::NoHost)?;
        if hosts.next().is_some() {
            return Err(Misdirected::TwoHosts);
        }
        let host = host.to_str().map_err(|_| Misdirected::Unknown)?;
        let in_target = uri.authority().is_none_or(|authority| self.allows(authority.as_str()));
        if self.allows(host) && in_target { Ok(host) } else { Err(Misdirected::Unknown) }
    }
}

/// Why a request is for somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misdirected {
    /// No `Host` header.
    NoHost,
    /// More than one.
    TwoHosts,
    /// It names another server, or nothing.
    Unknown,
}

/// Whether requests can name this host: a name or an address, IPv6 in brackets, without scheme, port or path.
pub fn is_host_name(text: &str) -> bool {
    name_of(text) == Some(text)
}

/// The host name of `host[:port]`; `None` when the port is not a number or the name holds what no name holds.
fn name_of(host: &str) -> Option<&str> {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => host.split_at(rest.find(']')? + 2),
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    let port_fits = port.is_empty()
        || port.strip_prefix(':').is_some_and(|digits| digits.parse::<u16>().is_ok());
    let name_fits =
        name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte));
    (port_fits && name_fits && !name.is_empty()).then_some(name)
}

fn is_address(name: &str) -> bool {
    let name = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(name);
    name.parse::<IpAddr>().is_ok()
}

/// Whether the method changes state.
pub fn changes_state(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE)
}

/// Whether a browser sends this from a page of another site. `host` is the checked `Host`.
pub fn is_cross_site(headers: &HeaderMap, host: &str) -> bool {
    let foreign_origin = headers.get_all(ORIGIN).iter().any(|origin| !is_own(origin, host));
    let foreign_site = headers
        .get_all("sec-fetch-site")
        .iter()
        .any(|site| !matches!(site.as_bytes(), b"same-origin" | b"none"));
    foreign_origin || foreign_site
}

fn is_own(origin: &HeaderValue, host: &str) -> bool {
    let authority = origin.to_str().ok().and_then(|origin| {
        origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"))
    });
    authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_ports() {
        let hosts = Hosts::loopback()
            .and("Licenses.Example.com.")
            .and_address(([10, 0, 0, 5], 7070).into());
        for good in [
            "localhost",
            "LOCALHOST:7070",
            "127.0.0.1:1",
            "[::1]",
            "[::1]:80",
            "licenses.example.com:443",
            "licenses.example.com.",
            "10.0.0.5:7070",
        ] {
            assert!(hosts.allows(good), "{good}");
        }
        for bad in [
            "",
            "evil.example",
            "localhost.evil.example",
            "localhost:70700",
            "localhost:80@evil",
            "localhost:",
            "evil@localhost",
            "10.0.0.6",
            "[::1",
            "[::2]",
            "127.0.0.1:x",
            ":80",
            "localhost/..",
            "127.1",
        ] {
            assert!(!hosts.allows(bad), "{bad}");
        }
    }

    #[test]
    fn a_host_name_has_neither_scheme_nor_port_nor_path() {
        for good in ["licenses", "Licenses.Example.com.", "10.0.0.5", "[::1]", "a_b"] {
            assert!(is_host_name(good), "{good}");
        }
        for bad in
            ["", "http://x/", "http://x", "x:7070", "x/", "*.example", "a b", "::1", "[::1", "ä"]
        {
            assert!(!is_host_name(bad), "{bad}");
        }
    }

    #[test]
    fn a_listener_on_all_addresses_takes_any_address_and_no_name() {
        let hosts = Hosts::loopback().and_address(([0, 0, 0, 0], 7070).into());
        assert!(hosts.allows("192.168.7.9:7070"));
        assert!(hosts.allows("[fe80::1]:7070"));
        assert!(!hosts.allows("evil.example:7070"));
    }

    #[test]
    fn origins() {
        let check = |name: &'static str, value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(value));
            is_cross_site(&headers, "localhost:7070")
        };
        assert!(!is_cross_site(&HeaderMap::new(), "localhost:7070"));
        assert!(!check("origin", "http://localhost:7070"));
        assert!(!check("sec-fetch-site", "same-origin"));
        assert!(!check("sec-fetch-site", "none"));
        for foreign in
            ["null", "http://evil.example", "http://localhost:8080", "file://", "http://localhost"]
        {
            assert!(check("origin", foreign), "{foreign}");
        }
        assert!(check("sec-fetch-site", "cross-site"));
        assert!(check("sec-fetch-site", "same-site"));
    }
}
