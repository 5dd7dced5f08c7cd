//! Whether a form comes from our own page: origin check and CSRF token.
//!
//! Both are asked of every change by a cookie. The token is an HMAC of the visitor's cookie under a key that
//! lives as long as the process, so it needs no table and holds before a session exists. It names the server whose page
//! carries it, so that a form can be kept from acting on another one.

use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The key under which tokens are made.
#[derive(Clone)]
pub(crate) struct Seal([u8; 32]);

impl Seal {
    pub(crate) fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// The token for a visitor, on pages of this server.
    pub(crate) fn token(&self, visitor: &str, server: usize) -> String {
        let mut mac = match <Hmac<Sha256> as KeyInit>::new_from_slice(&self.0) {
            Ok(mac) => mac,
            // HMAC takes keys of any length.
            Err(_) => return String::new(),
        };
        mac.update(format!("tenure form\0{server}\0").as_bytes());
        mac.update(visitor.as_bytes());
        format!("{server}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }

    /// The server whose page a token stands on; none where it was not made for this visitor.
    pub(crate) fn server(&self, visitor: &str, token: &str) -> Option<usize> {
        let server = token.split_once('.')?.0.parse().ok()?;
        let right = self.token(visitor, server);
        let fits = !visitor.is_empty() && bool::from(right.as_bytes().ct_eq(token.as_bytes()));
        fits.then_some(server)
    }
}

/// Whether a browser says that this comes from another site. Programs that say nothing have no cookies to misuse.
pub(crate) fn is_foreign(headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let own = |origin: &str| {
        let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
    };
    let foreign_origin =
        headers.get_all(ORIGIN).iter().any(|origin| !origin.to_str().is_ok_and(own));
    let foreign_site = headers
        .get_all("sec-fetch-site")
        .iter()
        .any(|site| !matches!(site.as_bytes(), b"same-origin" | b"none"));
    foreign_origin || foreign_site
}

/// The origin of an address that a person or a form gave: `http(s)://host[:port]`, in lower case.
/// `None` when it is anything else: other schemes, user names, spaces.
pub fn origin_of(address: &str) -> Option<String> {
    let (scheme, rest) = address.trim().split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    if !matches!(scheme.as_str(), "http" | "https") {
        return None;
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (name, port) = match authority.strip_prefix('[') {
        Some(inside) => {
            let end = inside.find(']')?;
            let name_fits =
                inside[..end].bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':');
            (name_fits && end > 1).then_some(authority.split_at(end + 2))?
        }
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let name_fits = !name.is_empty()
        && name.len() <= 255
        && (name.starts_with('[')
            || name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte)));
    let port_fits = port.is_empty()
        || port.strip_prefix(':').is_some_and(|digits| {
            digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.parse::<u16>().is_ok()
        });
    (name_fits && port_fits).then(|| format!("{scheme}://{}", authority.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    #[test]
    fn a_token_fits_its_visitor_only_and_names_its_server() {
        let seal = Seal::new([7; 32]);
        let token = seal.token("ann", 3);
        assert_eq!(seal.server("ann", &token), Some(3));
        assert_eq!(seal.server("ann", &token.replacen('3', "4", 1)), None);
        assert_eq!(seal.server("bob", &token), None);
        assert_eq!(seal.server("ann", ""), None);
        assert_eq!(seal.server("", &seal.token("", 3)), None);
        assert_eq!(Seal::new([8; 32]).server("ann", &token), None);
    }

    #[test]
    fn foreign_forms() {
        let check = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static("office.example:7080"));
            for (name, value) in pairs {
                headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
            is_foreign(&headers)
        };
        assert!(!check(&[]));
        assert!(!check(&[("origin", "https://office.example:7080")]));
        assert!(!check(&[("sec-fetch-site", "same-origin")]));
        assert!(!check(&[("sec-fetch-site", "none")]));
        assert!(check(&[("origin", "null")]));
        assert!(check(&[("origin", "https://office.example")]));
        assert!(check(&[("origin", "https://evil.example:7080")]));
        assert!(check(&[("sec-fetch-site", "same-site")]));
        assert!(check(&[
            ("origin", "https://office.example:7080"),
            ("sec-fetch-site", "cross-site")
        ]));
    }

    #[test]
    fn origins() {
        for (address, origin) in [
            ("https://Office.Example/portal?x", Some("https://office.example")),
            ("http://127.0.0.1:7080", Some("http://127.0.0.1:7080")),
            ("http://[::1]:7090/", Some("http://[::1]:7090")),
            ("  https://a-b_c.example:1#x ", Some("https://a-b_c.example:1")),
            ("javascript:alert(1)", None),
            ("javascript://office.example/%0aalert(1)", None),
            ("ftp://office.example", None),
            ("https://user@office.example", None),
            ("https://user:1@office.example", None),
            ("https://", None),
            ("https:///x", None),
            ("https://a b", None),
            ("https://a'; script-src *", None),
            ("https://a:+1", None),
            ("https://a:70000", None),
            ("https://[::1", None),
            ("https://[x]", None),
            ("office.example", None),
        ] {
            assert_eq!(origin_of(address).as_deref(), origin, "{address}");
        }
    }
}
