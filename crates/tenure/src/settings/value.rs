//! The types of configuration values: each parses from one text and can't hold nonsense afterwards.
//!
//! Deliberately not here: where the text came from (`layers.rs`) and which keys exist (`keys.rs`).

use crate::logs::{self, Format};
use std::{net::SocketAddr, path::PathBuf, time::Duration};
use tenure_api::client::server_address;
use tenure_shell::host::is_host_name;

/// A type that a configuration value can have.
pub trait Value: Sized {
    /// What the reference table calls it.
    const TYPE: &'static str;
    /// Reads the value.
    ///
    /// # Errors
    /// A sentence that completes "key: ".
    fn parse(text: &str) -> Result<Self, String>;
}

impl Value for SocketAddr {
    const TYPE: &'static str = "address:port";
    fn parse(text: &str) -> Result<Self, String> {
        let numeric = text.replacen("localhost:", "127.0.0.1:", 1);
        numeric.parse().map_err(|_| {
            format!("`{text}` is not ADDRESS:PORT, such as 127.0.0.1:7070 or [::1]:7070")
        })
    }
}

impl Value for PathBuf {
    const TYPE: &'static str = "path";
    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("a path can't be empty".to_owned());
        }
        Ok(PathBuf::from(text))
    }
}

impl Value for bool {
    const TYPE: &'static str = "true or false";
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "true" | "1" | "yes" => Ok(true),
            "false" | "0" | "no" => Ok(false),
            _ => Err(format!("`{text}` is neither true nor false")),
        }
    }
}

impl Value for Format {
    const TYPE: &'static str = "text or json";
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Format::Text),
            "json" => Ok(Format::Json),
            _ => Err(format!("`{text}` is neither text nor json")),
        }
    }
}

/// Which log lines appear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter(pub String);

impl Value for Filter {
    const TYPE: &'static str = "level or filter";
    fn parse(text: &str) -> Result<Self, String> {
        logs::filter(text).map(|_| Filter(text.to_owned()))
    }
}

/// The address of a server, without a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerAddress(pub String);

impl Value for ServerAddress {
    const TYPE: &'static str = "http://host:port or https://host:port";
    fn parse(text: &str) -> Result<Self, String> {
        server_address(text).map(|address| ServerAddress(address.to_owned()))
    }
}

/// Names by which requests name a host: comma-separated; a list in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostNames(pub Vec<String>);

impl Value for HostNames {
    const TYPE: &'static str = "list of host names";
    fn parse(text: &str) -> Result<Self, String> {
        let names = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        names.map(host_name).collect::<Result<_, _>>().map(HostNames)
    }
}

/// One of them.
///
/// # Errors
/// It is none, in words.
pub fn host_name(text: &str) -> Result<String, String> {
    match is_host_name(text) {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "`{text}` is not a host name: write it without scheme, port or path, such as licenses.example.com"
        )),
    }
}

/// A count from 1 to one million.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount(pub u32);

impl Value for Amount {
    const TYPE: &'static str = "number, 1 to 1000000";
    fn parse(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(number @ 1..=1_000_000) => Ok(Amount(number)),
            _ => Err(format!("`{text}` is not a whole number from 1 to 1000000")),
        }
    }
}

/// A duration in whole seconds, from one second to a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seconds(pub Duration);

impl Value for Seconds {
    const TYPE: &'static str = "seconds, 1 to 86400";
    fn parse(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(seconds @ 1..=86_400_u64) => Ok(Seconds(Duration::from_secs(seconds))),
            _ => Err(format!("`{text}` is not a whole number of seconds from 1 to 86400")),
        }
    }
}

/// A value that may be absent; it has no default.
impl<T: Value> Value for Option<T> {
    const TYPE: &'static str = T::TYPE;
    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() { Ok(None) } else { T::parse(text).map(Some) }
    }
}
