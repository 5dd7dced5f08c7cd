//! `TENURE_…` variables as a layer of the configuration.
//!
//! Invariant: a variable that starts with `TENURE_` and names no key is refused like an unknown key in the file.
//! Deliberately not here: reading the process's environment; it comes in as a value.

use super::{
    keys::{KEYS, Key},
    layers::Layer,
    nearest::nearest,
};
use crate::exit::Failure;
use std::collections::BTreeMap;

/// Variables of the environment that are no configuration keys but mean something to a command.
const OTHER_VARIABLES: &[&str] = &[
    "TENURE_PASSPHRASE_FILE",
    "TENURE_CONFIG",
    "TENURE_DATA",
    "TENURE_KEYS",
    "TENURE_SERVER",
    "TENURE_TOKEN_FILE",
    "TENURE_CA",
];

/// Reads all `TENURE_…` variables from `variables`.
///
/// # Errors
/// A variable names no key.
pub fn read_environment(
    variables: impl Iterator<Item = (String, String)>,
) -> Result<Layer, Failure> {
    let names: BTreeMap<String, &Key> = KEYS.iter().map(|key| (key.environment(), key)).collect();
    let mut layer = Layer::default();
    for (name, text) in variables.filter(|(name, _)| name.starts_with("TENURE_")) {
        if OTHER_VARIABLES.contains(&name.as_str()) {
            continue;
        }
        let Some(key) = names.get(&name) else {
            let known = names.keys().map(String::as_str).chain(OTHER_VARIABLES.iter().copied());
            let suggestion = nearest(&name, known).map(|near| format!("did you mean {near}?"));
            return Err(Failure::usage(format!(
                "environment variable {name} is no configuration key"
            ))
            .hint(suggestion.unwrap_or_else(|| "`tenure config reference` lists all".to_owned())));
        };
        layer.set(key.name, text, format!("environment variable {name}"));
    }
    Ok(layer)
}

#[cfg(test)]
mod tests {
    use super::super::{keys::Settings, layers::Layers};
    use super::*;
    use expect_test::expect;

    #[test]
    fn flags_beat_environment_beats_file() -> Result<(), Failure> {
        let mut layers = Layers::default();
        layers.file.set("listen", "127.0.0.1:1", "tenure.toml:1");
        layers.file.set("log.filter", "warn", "tenure.toml:2");
        layers.environment =
            read_environment([("TENURE_LISTEN".to_owned(), "127.0.0.1:2".to_owned())].into_iter())?;
        assert_eq!(Settings::resolve(&layers)?.listen.port(), 2);
        layers.flags.set("listen", "127.0.0.1:3", "--listen");
        let settings = Settings::resolve(&layers)?;
        assert_eq!((settings.listen.port(), settings.log_filter.as_str()), (3, "warn"));
        Ok(())
    }

    #[test]
    fn unknown_variables_are_refused() {
        let refused = read_environment([("TENURE_LISTN".to_owned(), "x".to_owned())].into_iter());
        expect![
            "environment variable TENURE_LISTN is no configuration key; did you mean TENURE_LISTEN?"
        ]
        .assert_eq(
            &refused
                .map(|_| String::new())
                .unwrap_or_else(|f| format!("{f}; {}", f.hint.as_deref().unwrap_or_default())),
        );
    }
}
