//! What is wanted, as people write it: devices, features, and the key that makes a request count once.
//!
//! Deliberately not here: what becomes of the request.

use crate::exit::Failure;
use tenure_api::{DesiredFeature, Dictionary, DictionaryValue};
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

/// Reads KEY=VALUE.
pub fn fact(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("a fact is written KEY=VALUE".to_owned()),
    }
}

/// Facts as a request tells them: a key that comes again has several values.
pub fn dictionary(facts: &[(String, String)]) -> Dictionary {
    let mut dictionary = Dictionary::new();
    for (key, value) in facts {
        let told = match dictionary.remove(key) {
            None => value.clone().into(),
            Some(DictionaryValue::One(first)) => vec![first, value.clone()].into(),
            Some(DictionaryValue::Many(mut texts)) => {
                texts.push(value.clone());
                texts.into()
            }
        };
        dictionary.insert(key.clone(), told);
    }
    dictionary
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
    fn a_fact_told_again_has_several_values() {
        let told =
            ["dept=design", "site=a=b", "dept=sales"].map(|text| fact(text).expect("a fact"));
        let said = serde_json::to_string(&dictionary(&told)).expect("it can be sent");
        assert_eq!(said, r#"{"dept":["design","sales"],"site":"a=b"}"#);
        assert!(fact("dept").is_err() && fact("=x").is_err());
    }

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
