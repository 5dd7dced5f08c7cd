//! What is wanted, as people write it: devices, features, and the key that makes a request count once.
//!
//! Deliberately not here: what becomes of the request.

use crate::exit::Failure;
use tenure_api::DesiredFeature;
use tenure_document::{HostId, HostIdType};

/// Reads VALUE or VALUE/TYPE.
pub fn host_id(text: &str) -> Result<HostId, String> {
    let typed = text
        .rsplit_once('/')
        .and_then(|(value, kind)| Some((value, kind.parse::<HostIdType>().ok()?)));
    let (value, kind) = typed.unwrap_or((text, HostIdType::String));
    HostId::new(kind, value).map_err(|error| error.to_string())
}

/// Reads NAME[@VERSION][:COUNT].
pub fn desired_feature(text: &str) -> Result<DesiredFeature, String> {
    let (rest, count) = match text.rsplit_once(':') {
        Some((rest, count)) => (
            rest,
            count
                .parse()
                .ok()
                .filter(|count| *count > 0)
                .ok_or_else(|| format!("`{count}` is no number of seats"))?,
        ),
        None => (text, 1),
    };
    let (name, version) = rest.split_once('@').unwrap_or((rest, "0"));
    if name.is_empty() {
        return Err("a feature needs a name: NAME[@VERSION][:COUNT]".to_owned());
    }
    let version = version.parse().map_err(|_| format!("`{version}` is no version"))?;
    Ok(DesiredFeature::new(name, version, count))
}

/// The named host, else this machine by its name.
pub fn host_or_this_machine(host: Option<&HostId>) -> anyhow::Result<HostId> {
    if let Some(host) = host {
        return Ok(host.clone());
    }
    let names = rustix::system::uname();
    let name = names.nodename().to_string_lossy();
    HostId::new(HostIdType::String, name.as_ref()).map_err(|error| {
        Failure::usage(format!("this machine's name can't be used: {error}"))
            .hint("name one with --host")
            .into()
    })
}

/// A key under which one request counts once, however often it is sent.
pub fn new_key() -> anyhow::Result<String> {
    crate::chance::idempotency_key()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_and_devices_as_people_write_them() {
        let cad = desired_feature("cad@2.0:3");
        assert_eq!(
            cad.as_ref().map(|f| (f.name.as_str(), f.version.to_string(), f.count)),
            Ok(("cad", "2.0".to_owned(), 3))
        );
        assert_eq!(desired_feature("cad").map(|f| (f.count, f.name)), Ok((1, "cad".to_owned())));
        assert!(
            desired_feature("cad:0").is_err()
                && desired_feature("cad@x").is_err()
                && desired_feature("@1").is_err()
        );
        assert_eq!(
            host_id("02:42/ETHERNET").map(|h| (h.kind, h.value)),
            Ok((HostIdType::Ethernet, "02:42".to_owned()))
        );
        assert_eq!(
            host_id("a/b").map(|h| (h.kind, h.value)),
            Ok((HostIdType::String, "a/b".to_owned()))
        );
    }
}
