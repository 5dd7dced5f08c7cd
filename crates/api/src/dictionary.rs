//! Facts about a requester in requests: texts, numbers, or several of them.
//!
//! A number counts as its text, so that a rule finds `4` whether it was sent as `4` or `"4"`. What a rule makes of a
//! fact is the server's business.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// Facts by key.
pub type Dictionary = BTreeMap<String, DictionaryValue>;

/// What is said under one key: a text, a whole number, or an array of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum DictionaryValue {
    /// One text.
    One(String),
    /// Several texts.
    Many(Vec<String>),
}

impl From<&str> for DictionaryValue {
    fn from(text: &str) -> Self {
        Self::One(text.to_owned())
    }
}

impl From<String> for DictionaryValue {
    fn from(text: String) -> Self {
        Self::One(text)
    }
}

impl From<i64> for DictionaryValue {
    fn from(number: i64) -> Self {
        Self::One(number.to_string())
    }
}

impl<T: Into<String>> From<Vec<T>> for DictionaryValue {
    fn from(texts: Vec<T>) -> Self {
        Self::Many(texts.into_iter().map(Into::into).collect())
    }
}

impl<'de> Deserialize<'de> for DictionaryValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = DictionaryValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, a whole number or an array of them")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<DictionaryValue, E> {
        Ok(DictionaryValue::One(text.to_owned()))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<DictionaryValue, E> {
        Ok(DictionaryValue::One(text))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<DictionaryValue, E> {
        Ok(DictionaryValue::One(number.to_string()))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<DictionaryValue, E> {
        Ok(DictionaryValue::One(number.to_string()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut texts: A) -> Result<DictionaryValue, A::Error> {
        let mut many = Vec::new();
        while let Some(Text(text)) = texts.next_element()? {
            many.push(text);
        }
        Ok(DictionaryValue::Many(many))
    }
}

/// One text of an array.
struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl Visitor<'_> for TextVisitor {
            type Value = Text;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or a whole number")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text, E> {
                Ok(Text(text.to_owned()))
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Text, E> {
                Ok(Text(number.to_string()))
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Text, E> {
                Ok(Text(number.to_string()))
            }
        }
        deserializer.deserialize_any(TextVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_as_their_texts_and_arrays_hold_one_level() {
        let check = |json: &str| {
            serde_json::from_str::<DictionaryValue>(json)
                .map(|value| serde_json::to_string(&value).expect("it can be written"))
                .map_err(|fault| fault.to_string())
        };
        for (json, said) in [
            (r#""design""#, r#""design""#),
            ("-4", r#""-4""#),
            ("18446744073709551615", r#""18446744073709551615""#),
            (r#"["a",4]"#, r#"["a","4"]"#),
            ("[]", "[]"),
        ] {
            assert_eq!(check(json).as_deref(), Ok(said), "{json}");
        }
        for json in ["1.5", "true", "null", r#"{"a":"b"}"#, r#"[["a"]]"#, "[null]"] {
            assert!(check(json).is_err(), "{json}");
        }
    }
}
