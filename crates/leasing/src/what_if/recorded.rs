//! A recorded event as a replay reads it: only as much of it as matters, at a fraction of the cost.
//!
//! Invariants: reads whatever [`Event`] reads; what a replay has no use for is passed over unread. The stored tag comes
//! first, so that the events of everyday life are read straight into their shape; all others go the usual way.
//! Deliberately not here: checks of hashes and signatures (ledger).

use crate::actor::Actor;
use crate::asked::Asked;
use crate::denial::Denied;
use crate::dictionary::Dictionary;
use crate::event::{Event, Granted, Part};
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;
use tenure_document::{Hash, Holder, KeyId, LeaseId, Time, Version};

/// A recorded event for [`WhatIf`](super::WhatIf).
#[derive(Debug, Clone, PartialEq)]
pub enum Recorded {
    /// What a replay goes by. Nonces and the end of a grant are left out.
    Event(Box<Event>),
    /// A lease was renewed.
    Renewed(LeaseId),
    /// Nothing that matters to a replay: users, keys.
    PassedOver,
}

impl From<Event> for Recorded {
    fn from(event: Event) -> Recorded {
        match event {
            Event::Renewed(renewed) => Recorded::Renewed(renewed.lease),
            Event::NotRenewed { .. } | Event::NotReleased { .. } => Recorded::PassedOver,
            event => Recorded::Event(Box::new(event)),
        }
    }
}

impl Recorded {
    /// Leases that a request left as they are, or would have: one that asked for more than one renewal.
    pub(super) fn gone_on(&self, several: bool) -> &[LeaseId] {
        match self {
            Recorded::Renewed(lease) if several => std::slice::from_ref(lease),
            Recorded::Event(event) => match &**event {
                Event::Denied(Denied { asked: Some(asked), .. }) => &asked.kept,
                _ => &[],
            },
            _ => &[],
        }
    }
}

/// What of a grant matters.
#[derive(Deserialize)]
struct Grant {
    lease: LeaseId,
    at: Time,
    holder: Holder,
    feature: String,
    version: Version,
    count: u32,
    parts: Vec<Part>,
    #[serde(default)]
    borrow_seconds: Option<u64>,
    #[serde(default)]
    dictionary: Dictionary,
    #[serde(default)]
    asked: Option<Box<Asked>>,
    #[serde(default)]
    signed_by: Option<KeyId>,
    #[serde(default)]
    client_key: Option<IgnoredAny>,
}

/// Stands for a client's key, which is not worth reading: nobody else takes such a lease over.
const SOME_KEY: KeyId = KeyId(Hash::ZERO);

impl Grant {
    fn event(self) -> Event {
        let Grant { lease, at, holder, feature, version, count, parts, .. } = self;
        Event::Granted(Granted {
            lease,
            at,
            expires: Time::LATEST,
            renew_after: at,
            holder,
            feature,
            version,
            count,
            parts,
            code: "".into(),
            sequence: 0,
            borrow_seconds: self.borrow_seconds,
            shortened_by: None,
            granularity: None,
            dictionary: self.dictionary,
            client_key: None,
            signed_by: self.signed_by.or(self.client_key.map(|_| SOME_KEY)),
            nonce: None,
            request: None,
            asked: self.asked,
            rule: None,
        })
    }
}

/// What of a return or a renewal matters.
#[derive(Deserialize)]
struct Return {
    lease: LeaseId,
}

/// What of an expiry matters.
#[derive(Deserialize)]
struct Expiry {
    #[serde(default)]
    leases: Vec<LeaseId>,
    #[serde(default)]
    named: Vec<crate::group::NamedSeat>,
}

impl<'de> Deserialize<'de> for Recorded {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Recorded, D::Error> {
        deserializer.deserialize_map(OfEvent)
    }
}

struct OfEvent;

impl<'de> Visitor<'de> for OfEvent {
    type Value = Recorded;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Recorded, A::Error> {
        let Some(Key(first)) = map.next_key()? else {
            return Err(A::Error::custom("an event has a type"));
        };
        if first != "type" {
            return Event::deserialize(MapAccessDeserializer::new(Tagged::key(first, map)))
                .map(Recorded::from);
        }
        let Key(tag) = map.next_value()?;
        let event = match tag.as_ref() {
            "granted" => Grant::deserialize(MapAccessDeserializer::new(map))?.event(),
            "released" => {
                let Return { lease } = Return::deserialize(MapAccessDeserializer::new(map))?;
                Event::Released { lease, by: Actor::Holder, reason: None }
            }
            "expired" => {
                let Expiry { leases, named } =
                    Expiry::deserialize(MapAccessDeserializer::new(map))?;
                Event::Expired { leases, named }
            }
            "denied" => Event::Denied(Deserialize::deserialize(MapAccessDeserializer::new(map))?),
            "consumed" => {
                Event::Consumed(Deserialize::deserialize(MapAccessDeserializer::new(map))?)
            }
            "renewed" => {
                let Return { lease } = Return::deserialize(MapAccessDeserializer::new(map))?;
                return Ok(Recorded::Renewed(lease));
            }
            "not-renewed" | "not-released" | "user-set" | "user-deleted" | "client-key-added"
            | "client-key-revoked" => {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                return Ok(Recorded::PassedOver);
            }
            _ => {
                return Event::deserialize(MapAccessDeserializer::new(Tagged::tag(tag, map)))
                    .map(Recorded::from);
            }
        };
        Ok(Recorded::Event(Box::new(event)))
    }
}

/// A short text, borrowed where that is possible.
struct Key<'de>(std::borrow::Cow<'de, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Key<'de>, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(text.into()))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Key<'de>, E> {
                Ok(Key(text.to_owned().into()))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// A map of which the beginning was read already, as if it had not been.
struct Tagged<'de, A> {
    key: Option<std::borrow::Cow<'de, str>>,
    value: Option<std::borrow::Cow<'de, str>>,
    rest: A,
}

impl<'de, A> Tagged<'de, A> {
    fn tag(tag: std::borrow::Cow<'de, str>, rest: A) -> Tagged<'de, A> {
        Tagged { key: Some("type".into()), value: Some(tag), rest }
    }

    fn key(key: std::borrow::Cow<'de, str>, rest: A) -> Tagged<'de, A> {
        Tagged { key: Some(key), value: None, rest }
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Tagged<'de, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        match self.key.take() {
            Some(key) => seed.deserialize(key.into_deserializer()).map(Some),
            None => self.rest.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        match self.value.take() {
            Some(value) => seed.deserialize(value.into_deserializer()),
            None => self.rest.next_value_seed(seed),
        }
    }
}
