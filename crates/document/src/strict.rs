//! The strict JSON reader through which every signed or signing byte goes.
//!
//! Invariants: the size is checked before anything is read; a first pass that keeps nothing but
//! the member names of the open objects refuses duplicates, depth, long strings, long lists,
//! numbers that are not integers and trailing data; only then is the typed value built.
//! Not here: what members a type has (serde's derives refuse unknown ones), that they stand in objects (`objects`).

use std::{borrow::Cow, cell::RefCell, collections::BTreeSet, fmt};

use serde::{
    Deserialize,
    de::{self, DeserializeOwned, DeserializeSeed, MapAccess, SeqAccess, Visitor},
};

use crate::{error::DocumentError, objects};

/// Longest document in bytes, armor included.
pub(crate) const LARGEST_DOCUMENT: usize = 1 << 20;
/// Largest magnitude of a number: what every language reads exactly.
pub(crate) const LARGEST_INTEGER: u64 = (1 << 53) - 1;

/// What a JSON text may hold at most.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of the whole text.
    pub size: usize,
    /// Levels of objects and lists, the outermost counted.
    pub depth: usize,
    /// Bytes of one string or member name.
    pub string: usize,
    /// Elements of one list or members of one object.
    pub elements: usize,
}

impl Limits {
    /// The limits of a payload.
    pub const PAYLOAD: Limits =
        Limits { size: LARGEST_DOCUMENT, depth: 16, string: 64 * 1024, elements: 10_000 };
    /// The limits of a payload that brings documents along: what shows where a transfer's item came from.
    pub const CARRIER: Limits = Limits { string: 256 * 1024, ..Limits::PAYLOAD };
    /// The limits of what holds documents as long as any: an envelope, whose payload is one string, and an update with
    /// its pool or revocation list.
    pub const ENVELOPE: Limits = Limits { string: LARGEST_DOCUMENT, ..Limits::PAYLOAD };
}

/// Reads a typed value, refusing everything that two readers might understand differently.
///
/// # Errors
/// `too-large`, `too-deep`, `string-too-long`, `too-many-elements`, `duplicate-member`,
/// `not-an-integer`, `trailing-data`, `unknown-member`, `malformed-payload`.
pub fn read<T: DeserializeOwned>(text: &[u8], limits: Limits) -> Result<T, DocumentError> {
    check(text, limits)?;
    objects::read(text).map_err(|error| shape_error(&error))
}

/// The first pass alone.
pub(crate) fn check(text: &[u8], limits: Limits) -> Result<(), DocumentError> {
    if text.len() > limits.size {
        return Err(DocumentError::TooLarge { size: text.len(), limit: limits.size });
    }
    let fault = RefCell::new(None);
    let mut reader = serde_json::Deserializer::from_slice(text);
    let pass = Pass { limits: &limits, fault: &fault, depth: 0 };
    let outcome = pass.deserialize(&mut reader);
    if let Some(found) = fault.take() {
        return Err(found);
    }
    outcome.map_err(|error| DocumentError::MalformedPayload(error.to_string()))?;
    reader.end().map_err(|_| DocumentError::TrailingData)
}

/// Sorts the message of a derived reader into its code.
pub(crate) fn shape_error(error: &serde_json::Error) -> DocumentError {
    let message = error.to_string();
    match message.strip_prefix("unknown field ") {
        Some(rest) => DocumentError::UnknownMember(rest.to_owned()),
        None => DocumentError::MalformedPayload(message),
    }
}

/// Walks over one value and keeps nothing of it.
#[derive(Clone, Copy)]
struct Pass<'a> {
    limits: &'a Limits,
    fault: &'a RefCell<Option<DocumentError>>,
    depth: usize,
}

impl Pass<'_> {
    /// Remembers the typed reason; serde carries only text.
    fn refuse<E: de::Error>(&self, fault: DocumentError) -> E {
        let error = E::custom(&fault);
        self.fault.replace(Some(fault));
        error
    }

    fn not_an_integer<E: de::Error>(&self) -> E {
        let why = "a number in the document is not an integer between -(2^53-1) and 2^53-1";
        self.refuse(DocumentError::NotAnInteger(why.into()))
    }

    fn deeper<E: de::Error>(self) -> Result<Self, E> {
        if self.depth == self.limits.depth {
            return Err(self.refuse(DocumentError::TooDeep));
        }
        Ok(Pass { depth: self.depth + 1, ..self })
    }

    fn string<E: de::Error>(&self, text: &str) -> Result<(), E> {
        if text.len() > self.limits.string {
            return Err(self.refuse(DocumentError::StringTooLong));
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Pass<'_> {
    type Value = ();

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Pass<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<(), E> {
        if number > LARGEST_INTEGER {
            return Err(self.not_an_integer());
        }
        Ok(())
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<(), E> {
        self.visit_u64(number.unsigned_abs())
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<(), E> {
        Err(self.not_an_integer())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        self.string(text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        let mut count = 0;
        while elements.next_element_seed(inner)?.is_some() {
            count += 1;
            if count > self.limits.elements {
                return Err(self.refuse(DocumentError::TooManyElements));
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        let mut seen = Names::default();
        while let Some(Name(name)) = members.next_key()? {
            self.string(&name)?;
            if seen.count() == self.limits.elements {
                return Err(self.refuse(DocumentError::TooManyElements));
            }
            if seen.contains(&name) {
                let shown = name.chars().take(40).collect();
                return Err(self.refuse(DocumentError::DuplicateMember(shown)));
            }
            seen.insert(name);
            members.next_value_seed(inner)?;
        }
        Ok(())
    }
}

/// The names of one object: the first few in a list, which is faster than any set, the rest in a
/// set, so that many of them cost no square.
#[derive(Default)]
struct Names<'de> {
    few: Vec<Cow<'de, str>>,
    more: BTreeSet<Cow<'de, str>>,
}

impl<'de> Names<'de> {
    const FEW: usize = 32;

    fn count(&self) -> usize {
        self.few.len() + self.more.len()
    }

    fn contains(&self, name: &str) -> bool {
        self.few.iter().any(|known| known == name) || self.more.contains(name)
    }

    fn insert(&mut self, name: Cow<'de, str>) {
        if self.few.len() < Self::FEW {
            self.few.push(name);
        } else {
            self.more.insert(name);
        }
    }
}

/// A member name; serde_json hands it over unescaped, so `"a"` and `"\u0061"` are the same.
struct Name<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Name<'de>, D::Error> {
        struct NameVisitor;
        impl<'de> Visitor<'de> for NameVisitor {
            type Value = Name<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a member name")
            }
            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(name)))
            }
            fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }
        deserializer.deserialize_str(NameVisitor)
    }
}
