//! Precedence: values of flags, environment and file, each with the place it came from.
//!
//! Invariant: the strongest layer that has a key decides; flags, then environment, then file.
//! Deliberately not here: what the keys are and mean (`keys.rs`).

use super::value::Value;
use crate::exit::Failure;
use std::collections::BTreeMap;

/// A text with the place it stands, for messages.
#[derive(Debug, Clone)]
struct Entry {
    text: String,
    origin: String,
}

/// The values of one source.
#[derive(Debug, Clone, Default)]
pub struct Layer(BTreeMap<String, Entry>);

impl Layer {
    /// Adds a value; a later one for the same key wins.
    pub fn set(&mut self, key: &str, text: impl Into<String>, origin: impl Into<String>) {
        self.0.insert(key.to_owned(), Entry { text: text.into(), origin: origin.into() });
    }
}

/// All sources, strongest first.
#[derive(Debug, Clone, Default)]
pub struct Layers {
    /// Command line.
    pub flags: Layer,
    /// `TENURE_…` variables.
    pub environment: Layer,
    /// `tenure.toml`.
    pub file: Layer,
}

impl Layers {
    /// The value of a key from the strongest source that has it, else the default.
    pub(super) fn value<T: Value>(&self, key: &str, default: &str) -> Result<T, Failure> {
        let entry = [&self.flags, &self.environment, &self.file]
            .into_iter()
            .find_map(|layer| layer.0.get(key));
        let (text, origin) = entry
            .map_or((default, "default"), |entry| (entry.text.as_str(), entry.origin.as_str()));
        T::parse(text).map_err(|problem| {
            Failure::usage(format!("{origin}: {key}: {problem}"))
                .hint(format!("expected {}", T::TYPE))
        })
    }

    /// The text of a key in the strongest source that has it, and which source that is.
    pub fn set(&self, key: &str) -> Option<(&str, &str)> {
        let entry = [&self.flags, &self.environment, &self.file]
            .into_iter()
            .find_map(|layer| layer.0.get(key))?;
        Some((&entry.text, &entry.origin))
    }
}
