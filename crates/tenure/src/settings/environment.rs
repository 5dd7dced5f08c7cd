//! `TENURE_…` variables as a layer of the configuration.
//!
//! Invariant: a variable that starts with `TENURE_` and names no key is refused like an unknown key in the file.
//! Deliberately not here: reading the process's environment; it comes in as a value.

use super::{
    keys::SERVER,
    layers::Layer,
    nearest::nearest,
    office_keys::OFFICE,
    table::{Key, Table},
};
use crate::exit::Failure;
use std::{collections::BTreeMap, ffi::OsString};

/// Variables of the environment that are no configuration keys but mean something to a command.
const OTHER_VARIABLES: &[&str] = &[
    "TENURE_PASSPHRASE_FILE",
    "TENURE_CONFIG",
    "TENURE_DATA",
    "TENURE_KEYS",
    "TENURE_SERVER",
    "TENURE_TOKEN_FILE",
    "TENURE_CA",
    "TENURE_OFFICE_DATA",
    "TENURE_OFFICE_CONFIG",
    "TENURE_OFFICE",
    "TENURE_DEVICE",
    "TENURE_LICENSE_FILE",
    "TENURE_MANAGER_SETTINGS",
    "TENURE_FOLDER_SETTINGS",
];

/// Reads the variables of a table from `variables`; those of other tables mean something elsewhere.
///
/// # Errors
/// A variable that begins with `TENURE_` names no key of any table; the value of one that does is no text.
pub fn read_environment(
    variables: impl Iterator<Item = (OsString, OsString)>,
    table: &Table,
) -> Result<Layer, Failure> {
    let names = names_of(table);
    let others: Vec<_> = [&SERVER, &OFFICE].map(names_of).into();
    let mut layer = Layer::default();
    let variables = variables.map(|(name, text)| (name.to_string_lossy().into_owned(), text));
    for (name, text) in variables.filter(|(name, _)| name.starts_with("TENURE_")) {
        let is_elsewhere = || others.iter().any(|names| names.contains_key(&name));
        if OTHER_VARIABLES.contains(&name.as_str()) || !names.contains_key(&name) && is_elsewhere()
        {
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
        let text = text.into_string().map_err(|_| {
            Failure::usage(format!("the value of environment variable {name} is not UTF-8"))
        })?;
        layer.set(key.name, text, format!("environment variable {name}"));
    }
    Ok(layer)
}

fn names_of(table: &Table) -> BTreeMap<String, &'static Key> {
    table.keys.iter().map(|key| (table.environment(key), key)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{keys::Settings, layers::Layers};
    use super::*;
    use expect_test::expect;
    use std::os::unix::ffi::OsStringExt as _;

    #[test]
    fn flags_beat_environment_beats_file() -> Result<(), Failure> {
        let mut layers = Layers::default();
        layers.file.set("listen", "127.0.0.1:1", "tenure.toml:1");
        layers.file.set("log.filter", "warn", "tenure.toml:2");
        layers.environment = read_environment(
            [("TENURE_LISTEN".into(), "127.0.0.1:2".into())].into_iter(),
            &SERVER,
        )?;
        assert_eq!(Settings::resolve(&layers)?.listen.port(), 2);
        layers.flags.set("listen", "127.0.0.1:3", "--listen");
        let settings = Settings::resolve(&layers)?;
        assert_eq!((settings.listen.port(), settings.log_filter.0.as_str()), (3, "warn"));
        Ok(())
    }

    #[test]
    fn variables_of_an_office_mean_nothing_to_a_server() -> Result<(), Failure> {
        let variables = || {
            [("TENURE_OFFICE_LISTEN", "127.0.0.1:4"), ("TENURE_LISTEN", "127.0.0.1:5")]
                .map(|(name, text)| (name.into(), text.into()))
                .into_iter()
        };
        let of = |table| -> Result<Option<String>, Failure> {
            let environment = read_environment(variables(), table)?;
            let layers = Layers { environment, ..Layers::default() };
            Ok(layers.set("listen").map(|(text, _)| text.to_owned()))
        };
        assert_eq!(of(&SERVER)?.as_deref(), Some("127.0.0.1:5"));
        assert_eq!(of(&OFFICE)?.as_deref(), Some("127.0.0.1:4"));
        Ok(())
    }

    #[test]
    fn variables_that_make_no_sense_are_refused() {
        let check = |name: &[u8], text: &[u8], expected: expect_test::Expect| {
            let variable = [name, text].map(|part| OsString::from_vec(part.to_vec()));
            let refused = read_environment([variable.into()].into_iter(), &SERVER);
            expected.assert_eq(
                &refused
                    .map(|_| String::new())
                    .unwrap_or_else(|f| format!("{f}; {}", f.hint.as_deref().unwrap_or_default())),
            );
        };
        check(
            b"TENURE_LISTN",
            b"x",
            expect![
                "environment variable TENURE_LISTN is no configuration key; did you mean TENURE_LISTEN?"
            ],
        );
        check(
            b"TENURE_LISTEN",
            b"\xff",
            expect!["the value of environment variable TENURE_LISTEN is not UTF-8; "],
        );
        check(b"TENURE_DATA", b"/\xff", expect![""]);
        check(b"FOO", b"\xff", expect![""]);
        check(b"FOO\xff", b"x", expect![""]);
    }
}
