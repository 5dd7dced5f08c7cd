//! Syntax of `tenure.toml`: TOML whose dotted paths are keys of `keys.rs`, nothing else.
//!
//! Invariant: an unknown key or a value of the wrong shape is refused with file, line and, where a near miss
//! exists, a suggestion; all of them in one go would be noise, the first one is named.
//! Deliberately not here: what values mean; they stay text until `layers.rs` resolves them.

use super::{layers::Layer, nearest::nearest, table::Key};
use crate::exit::Failure;
use std::path::Path;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// Longest file accepted; a configuration is a page, not a book.
const LARGEST_FILE: u64 = 256 * 1024;

/// Reads a configuration file.
///
/// # Errors
/// It can't be read, is no TOML, or holds a key nobody knows.
pub fn read_file(path: &Path, keys: &'static [Key]) -> Result<Layer, Failure> {
    let size = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?.len();
    if size > LARGEST_FILE {
        return Err(Failure::usage(format!(
            "{}: {size} bytes are too many for a configuration file",
            path.display()
        )));
    }
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
    parse(&text, &path.display().to_string(), keys)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::fault(format!("can't read configuration {}: {error}", path.display()))
}

/// Reads the text of a configuration file; `name` is used in messages.
fn parse(text: &str, name: &str, keys: &'static [Key]) -> Result<Layer, Failure> {
    let source = Source { text, name, keys };
    let table = DeTable::parse(text).map_err(|error| {
        let at = source.place(error.span().map_or(0, |span| span.start));
        Failure::usage(format!("{at}: {}", error.message()))
    })?;
    let mut layer = Layer::default();
    source.walk("", table.get_ref(), &mut layer)?;
    Ok(layer)
}

struct Source<'a> {
    text: &'a str,
    name: &'a str,
    keys: &'static [Key],
}

impl Source<'_> {
    fn walk(&self, prefix: &str, table: &DeTable<'_>, layer: &mut Layer) -> Result<(), Failure> {
        for (key, value) in table.iter() {
            let name = if prefix.is_empty() {
                key.get_ref().to_string()
            } else {
                format!("{prefix}.{}", key.get_ref())
            };
            let at = self.place(key.span().start);
            let is_section =
                self.keys.iter().any(|known| known.name.starts_with(&format!("{name}.")));
            match value.get_ref() {
                DeValue::Table(inner) if is_section => self.walk(&name, inner, layer)?,
                scalar if self.keys.iter().any(|known| known.name == name) => {
                    layer.set(
                        &name,
                        plain_text(scalar).ok_or_else(|| self.wrong_shape(&at, &name))?,
                        at,
                    );
                }
                _ => return Err(self.unknown(&at, &name)),
            }
        }
        Ok(())
    }

    /// `file:line` of a byte offset.
    fn place(&self, offset: usize) -> String {
        let line = self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1;
        format!("{}:{line}", self.name)
    }

    fn wrong_shape(&self, at: &str, name: &str) -> Failure {
        let kind = self
            .keys
            .iter()
            .find(|known| known.name == name)
            .map_or("another value", |known| known.kind);
        Failure::usage(format!("{at}: {name}: expected {kind}"))
    }

    fn unknown(&self, at: &str, name: &str) -> Failure {
        let sections = self
            .keys
            .iter()
            .filter_map(|known| known.name.split_once('.'))
            .map(|(section, _)| section);
        let suggestion = nearest(name, self.keys.iter().map(|known| known.name).chain(sections));
        Failure::usage(format!("{at}: unknown key `{name}`")).hint(suggestion.map_or_else(
            || "`tenure config reference` lists all keys".to_owned(),
            |near| format!("did you mean `{near}`?"),
        ))
    }
}

/// The text of a scalar or of a list of texts.
fn plain_text(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Boolean(flag) => Some(flag.to_string()),
        DeValue::Array(list) => {
            let texts: Option<Vec<String>> =
                list.iter().map(Spanned::get_ref).map(|item| plain_text(item)).collect();
            texts.map(|texts| texts.join(","))
        }
        DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Table(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Layers, SERVER, Settings},
        *,
    };
    use expect_test::{Expect, expect};

    #[expect(clippy::needless_pass_by_value, reason = "expectations read best as values")]
    fn check(text: &str, expected: Expect) {
        let settings = parse(text, "tenure.toml", SERVER.keys)
            .and_then(|file| Settings::resolve(&Layers { file, ..Layers::default() }));
        let shown = match settings {
            Ok(settings) => format!(
                "listen {} hosts {:?} tls {:?} connections {} log {:?}",
                settings.listen,
                settings.allowed_hosts.0,
                settings.tls_certificate,
                settings.max_connections.0,
                settings.log_format
            ),
            Err(failure) => format!("{failure} ({})", failure.hint.as_deref().unwrap_or_default()),
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn files() {
        check("", expect!["listen 127.0.0.1:7070 hosts [] tls None connections 20000 log Text"]);
        check(
            "listen = \"0.0.0.0:7171\"\nallowed_hosts = [\"lic.example\", \"lic2.example\"]\n[tls]\ncertificate = \"c.pem\"\n",
            expect![[
                r#"listen 0.0.0.0:7171 hosts ["lic.example", "lic2.example"] tls Some("c.pem") connections 20000 log Text"#
            ]],
        );
        check(
            "listen = 7070",
            expect![
                "tenure.toml:1: listen: `7070` is not ADDRESS:PORT, such as 127.0.0.1:7070 or [::1]:7070 (expected address:port)"
            ],
        );
        check(
            "\nlisten = \"7070\"",
            expect![
                "tenure.toml:2: listen: `7070` is not ADDRESS:PORT, such as 127.0.0.1:7070 or [::1]:7070 (expected address:port)"
            ],
        );
        check(
            "lisen = \"127.0.0.1:1\"",
            expect!["tenure.toml:1: unknown key `lisen` (did you mean `listen`?)"],
        );
        check(
            "[tls]\ncertificat = \"c.pem\"",
            expect![
                "tenure.toml:2: unknown key `tls.certificat` (did you mean `tls.certificate`?)"
            ],
        );
        check(
            "[logs]\nformat = \"json\"",
            expect!["tenure.toml:1: unknown key `logs` (did you mean `log`?)"],
        );
        check(
            "[tls.certificate]\nx = 1",
            expect!["tenure.toml:1: tls.certificate: expected path ()"],
        );
        check(
            "[limits]\nconnections = 0",
            expect![
                "tenure.toml:2: limits.connections: `0` is not a whole number from 1 to 1000000 (expected number, 1 to 1000000)"
            ],
        );
        check(
            "[limits]\nconnections = 1.5",
            expect!["tenure.toml:2: limits.connections: expected number, 1 to 1000000 ()"],
        );
        check(
            "[[[",
            expect![
                "tenure.toml:1: unquoted keys cannot be empty, expected letters, numbers, `-`, `_` ()"
            ],
        );
        check(
            "listen = \"127.0.0.1:1\"\nlisten = \"127.0.0.1:2\"",
            expect!["tenure.toml:2: duplicate key ()"],
        );
    }
}
