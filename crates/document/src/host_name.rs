//! Host names as host keys are bound to them: one written form for each host, and which host a key covers.
//!
//! Invariants: canonical: lower case, A-labels, no trailing dot, addresses as the internet standards write them; at most
//! one wildcard, the whole left-most label, with two labels after it at least; what a document holds is refused unless it
//! is canonical already. A name of the machine itself (`localhost`, `127.0.0.1`) covers nothing else.
//! Not here: asking what a name leads to; ports, paths and users, which are no part of a host.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::error::DocumentError;

/// Longest name, in bytes, without a trailing dot.
const NAME_MAX: usize = 253;
/// Longest label, in bytes.
const LABEL_MAX: usize = 63;
/// Longest text that is looked at.
const TEXT_MAX: usize = 1_000;
/// Labels that must follow a wildcard.
const BELOW_WILDCARD_MIN: usize = 2;

/// A host: a name, a wildcard for one label below a name, or an address.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostName(Box<str>);

impl HostName {
    /// The written form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it stands for every name with one more label.
    pub fn is_wildcard(&self) -> bool {
        self.0.starts_with("*.")
    }

    /// Whether it names the machine itself, for development: keys for it count nobody and are valid nowhere else.
    pub fn is_development(&self) -> bool {
        match self.0.parse::<IpAddr>() {
            Ok(address) => address.is_loopback(),
            Err(_) => &*self.0 == "localhost" || self.0.ends_with(".localhost"),
        }
    }

    /// Whether a key for this host is a key for `host` too: the same, or one label below a wildcard.
    pub fn covers(&self, host: &HostName) -> bool {
        if self == host {
            return true;
        }
        let (Some(below), false) = (self.0.strip_prefix("*."), host.is_wildcard()) else {
            return false;
        };
        host.0.split_once('.').is_some_and(|(_, rest)| rest == below)
    }

    /// The name of the license file for this host, which every file system takes: `+` stands for `*`, and addresses with
    /// colons stand in brackets with hyphens for them. No two hosts have the same.
    pub fn file_name(&self) -> String {
        if self.0.contains(':') {
            return format!("[{}].txt", self.0.replace(':', "-"));
        }
        format!("{}.txt", self.0.replacen('*', "+", 1))
    }
}

impl FromStr for HostName {
    type Err = DocumentError;

    /// Reads a host as people write it, and brings it into its written form.
    fn from_str(text: &str) -> Result<HostName, DocumentError> {
        canonical(text.trim()).map(|text| HostName(text.into())).map_err(|why| {
            let shown: String = text.chars().filter(|c| !c.is_control()).take(80).collect();
            DocumentError::BadValue(format!("{shown:?} is not a host: {why}"))
        })
    }
}

fn canonical(text: &str) -> Result<String, String> {
    let no = |why: &str| Err(why.to_owned());
    match () {
        () if text.is_empty() => return no("it is empty"),
        () if text.len() > TEXT_MAX => return no("it is too long"),
        () if text.contains("://") => return no("leave out the scheme and what follows the host"),
        () if text.contains('@') => return no("leave out the user"),
        () if text.contains(['/', '?', '#', '\\']) => return no("leave out what follows the host"),
        () if text.chars().any(|c| c.is_whitespace() || c.is_control()) => {
            return no("it holds a space or a character that can't be shown");
        }
        () => {}
    }
    if let Some(inner) = text.strip_prefix('[') {
        let Some(inner) = inner.strip_suffix(']') else {
            return no("leave out the port after the address");
        };
        return inner.parse().map(address_v6).map_err(|_| "it is no IPv6 address".to_owned());
    }
    if let Ok(address) = text.parse::<Ipv6Addr>() {
        return Ok(address_v6(address));
    }
    if text.contains('%') {
        return no("an address must not have a zone, and a name no percent signs");
    }
    if text.contains(':') {
        return no("leave out the port");
    }
    if let Ok(address) = text.parse::<Ipv4Addr>() {
        return Ok(address.to_string());
    }
    let (wildcard, rest) = match text.strip_prefix("*.") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    if rest.contains('*') {
        return no("* may only be the whole left-most label, as in *.example.com");
    }
    let name = name(rest)?;
    if !wildcard {
        return Ok(name);
    }
    if name.split('.').count() < BELOW_WILDCARD_MIN {
        return no("a wildcard needs two labels after it, as in *.example.com");
    }
    Ok(format!("*.{name}"))
}

fn address_v6(address: Ipv6Addr) -> String {
    match address.to_ipv4_mapped() {
        Some(v4) => v4.to_string(),
        None => address.to_string(),
    }
}

/// A name without a wildcard.
fn name(text: &str) -> Result<String, String> {
    let lower = text.to_ascii_lowercase();
    let plain = lower.is_ascii() && !lower.split('.').any(|label| label.starts_with("xn--"));
    let name = match plain {
        true => lower,
        false => Uts46::new()
            .to_ascii(text.as_bytes(), AsciiDenyList::EMPTY, Hyphens::Allow, DnsLength::Ignore)
            .map_err(|_| "it is no international name (IDNA)".to_owned())?
            .into_owned(),
    };
    let name = name.strip_suffix('.').unwrap_or(&name);
    if name.len() > NAME_MAX {
        return Err(format!("it has more than {NAME_MAX} characters"));
    }
    name.split('.').try_for_each(check_label)?;
    let last = name.rsplit('.').next().unwrap_or_default();
    let hex = last.strip_prefix("0x").is_some_and(|hex| hex.bytes().all(|c| c.is_ascii_hexdigit()));
    if hex || last.bytes().all(|c| c.is_ascii_digit()) {
        return Err("it looks like an address and is none; write 192.0.2.1".to_owned());
    }
    Ok(name.to_owned())
}

fn check_label(label: &str) -> Result<(), String> {
    // Underscores are in no host name by the book, and in those of many machines.
    let right = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
    match () {
        () if label.is_empty() => {
            Err("two dots follow each other, or it begins with one".to_owned())
        }
        () if label.len() > LABEL_MAX => {
            Err(format!("one of its labels has more than {LABEL_MAX} characters"))
        }
        () if !label.bytes().all(right) => {
            Err("names have letters, digits, hyphens and dots".to_owned())
        }
        () if label.starts_with('-') || label.ends_with('-') => {
            Err("a label must not begin or end with a hyphen".to_owned())
        }
        () if label.get(2..4) == Some("--") && !label.starts_with("xn--") => {
            Err("two hyphens in third place are kept for A-labels (xn--)".to_owned())
        }
        () => Ok(()),
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for HostName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for HostName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<HostName, D::Error> {
        let text = String::deserialize(deserializer)?;
        let host: HostName = text.parse().map_err(de::Error::custom)?;
        if *host.0 == *text {
            return Ok(host);
        }
        Err(de::Error::custom(format!("the host {text:?} must be written {host:?}")))
    }
}
