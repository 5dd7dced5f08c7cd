//! Facts about a requester, as the requester tells them: what rules may ask for.
//!
//! Invariants: a value that is one text is stored as a plain string, as it has been since the first release; several
//! texts are an array. Limits stand in one place. Deliberately not here: what a rule makes of a fact (model).

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The most entries of a dictionary or of selectors.
const ENTRIES_MAX: usize = 64;
/// The most texts of one value.
const TEXTS_MAX: usize = 64;
/// The longest text, in bytes.
const TEXT_MAX: usize = 1_024;
/// The largest dictionary, in bytes: each feature of a request is recorded with it.
const DICTIONARY_MAX: usize = 16 * 1_024;
/// The largest selectors, in bytes.
const SELECTORS_MAX: usize = 4 * 1_024;

/// Facts by key.
pub type Dictionary = BTreeMap<String, DictionaryValue>;

/// What is said under one key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum DictionaryValue {
    /// One text. Numbers come as their text.
    One(String),
    /// Several texts; a rule that asks for one of them is content.
    Many(Vec<String>),
}

impl DictionaryValue {
    /// The texts, in the order told.
    pub fn texts(&self) -> &[String] {
        match self {
            DictionaryValue::One(text) => std::slice::from_ref(text),
            DictionaryValue::Many(texts) => texts,
        }
    }
}

impl From<&str> for DictionaryValue {
    fn from(text: &str) -> DictionaryValue {
        DictionaryValue::One(text.to_owned())
    }
}

/// Refuses a dictionary that is too large or carries control characters.
pub(crate) fn check_dictionary(dictionary: &Dictionary) -> Result<(), String> {
    if dictionary.values().any(|value| value.texts().len() > TEXTS_MAX) {
        return bad(format!("dictionary: at most {TEXTS_MAX} texts under one key"));
    }
    let texts =
        dictionary.iter().flat_map(|(key, value)| std::iter::once(key).chain(value.texts()));
    check_texts("dictionary", (dictionary.len(), DICTIONARY_MAX), texts)
}

/// Refuses selectors that are too many, too long or carry control characters.
pub(crate) fn check_selectors(selectors: &BTreeMap<String, String>) -> Result<(), String> {
    let texts = selectors.iter().flat_map(|(key, value)| [key, value]);
    check_texts("selectors", (selectors.len(), SELECTORS_MAX), texts)
}

fn check_texts<'a>(
    what: &str,
    (entries, size_max): (usize, usize),
    texts: impl Iterator<Item = &'a String>,
) -> Result<(), String> {
    if entries > ENTRIES_MAX {
        return bad(format!("{what}: at most {ENTRIES_MAX} entries"));
    }
    let mut size = 0;
    for text in texts {
        if text.len() > TEXT_MAX || text.chars().any(char::is_control) {
            return bad(format!("{what}: at most {TEXT_MAX} bytes each, no control characters"));
        }
        size += text.len();
    }
    if size > size_max {
        return bad(format!("{what}: at most {size_max} bytes in all, keys and texts"));
    }
    Ok(())
}

fn bad(message: String) -> Result<(), String> {
    Err(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_text_is_stored_as_ever_and_several_as_an_array() {
        let dictionary = Dictionary::from([
            ("dept".to_owned(), "design".into()),
            ("sites".to_owned(), DictionaryValue::Many(vec!["a".into(), "b".into()])),
        ]);
        let stored = serde_json::to_string(&dictionary).expect("it can be stored");
        assert_eq!(stored, r#"{"dept":"design","sites":["a","b"]}"#);
        assert_eq!(serde_json::from_str::<Dictionary>(&stored).expect("and read"), dictionary);
    }

    #[test]
    fn what_is_too_large_is_refused_with_the_limit() {
        let check =
            |value: DictionaryValue| check_dictionary(&Dictionary::from([("k".to_owned(), value)]));
        assert_eq!(check("v".into()), Ok(()));
        assert!(check(DictionaryValue::Many(vec![String::new(); 65])).is_err());
        assert!(check(DictionaryValue::Many(vec!["\u{7}".into()])).is_err());
        assert!(check(DictionaryValue::One("x".repeat(1_025))).is_err());
        let many: Dictionary = (0..65).map(|key| (key.to_string(), "v".into())).collect();
        assert!(check_dictionary(&many).is_err());
    }

    #[test]
    fn all_of_it_together_has_a_largest_size_too() {
        let texts = |count: usize| vec!["x".repeat(1_000); count];
        let check = |count| {
            let value = DictionaryValue::Many(texts(count));
            check_dictionary(&Dictionary::from([("k".to_owned(), value)]))
        };
        assert_eq!(check(16), Ok(()));
        let refused = Err("dictionary: at most 16384 bytes in all, keys and texts".to_owned());
        assert_eq!(check(17), refused);
        let selectors = |count: usize| texts(count).into_iter().enumerate();
        let check = |count| {
            check_selectors(&selectors(count).map(|(no, text)| (no.to_string(), text)).collect())
        };
        assert_eq!(check(4), Ok(()));
        let refused = Err("selectors: at most 4096 bytes in all, keys and texts".to_owned());
        assert_eq!(check(5), refused);
    }
}
