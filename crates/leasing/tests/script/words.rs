//! How the things of a script are written: holders, features, lengths of time, items, keys.

use std::collections::BTreeMap;
use tenure_document::{
    Count, Enforcement, Expiry, Hash, Holder, HostId, HostIdType, Item, KeyId, Kind, MachineKind,
    Overdraft, Permission, PublicKey, SeatBasis, SeedSigner, Signer, Time, Version,
};
use tenure_leasing::{
    Checkout, DictionaryValue, EntryPosting, FeatureRequest, Granularity, ReservationPosting,
};

/// 2026-01-05T08:00:00Z.
pub const START: i64 = 1_767_600_000_000;

/// `10s`, `15m`, `2h`, `3d` in milliseconds; `-` before it for the past.
pub fn length(text: &str) -> i64 {
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let text = text.strip_prefix('+').unwrap_or(text);
    let (number, unit) = text.split_at(text.len() - 1);
    let number: i64 = number.parse().unwrap_or_else(|_| panic!("{text:?} is not a length of time"));
    let unit = match unit {
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => panic!("{text:?} is not a length of time"),
    };
    sign * number * unit
}

fn seconds(text: &str) -> u64 {
    u64::try_from(length(text) / 1_000).expect("not in the past")
}

fn time(text: &str) -> Time {
    Time::from_millis(START + length(text))
}

/// `x5`
pub fn count(text: &str) -> Option<u32> {
    text.strip_prefix('x').and_then(|number| number.parse().ok())
}

/// `host/user/session#process@owner~kind`
pub fn holder(text: &str) -> Holder {
    let (text, kind) = text.split_once('~').map_or((text, ""), |(text, kind)| (text, kind));
    let (text, owner) = text.split_once('@').map_or((text, None), |(a, b)| (a, Some(b)));
    let (text, process) = text.split_once('#').map_or((text, None), |(a, b)| (a, Some(b)));
    let mut names = text.split('/');
    let host = names.next().expect("a host");
    let mut name = || names.next().filter(|name| !name.is_empty()).map(str::to_owned);
    Holder {
        user: name(),
        session: name(),
        process: process.map(str::to_owned),
        owner: owner.map(str::to_owned),
        name: None,
        kind: match kind {
            "virtual" => MachineKind::Virtual,
            "container" => MachineKind::Container,
            "physical" => MachineKind::Physical,
            _ => MachineKind::Unknown,
        },
        host: HostId::new(HostIdType::String, host).expect("a host"),
    }
}

/// `cad 1.0 x2 partial, sim 2.0 all borrow=3d by=day sel=site:a dict=k:v key=k1 client=k1`
pub fn checkout(holder: Holder, words: &[&str]) -> Checkout {
    let mut asked = Checkout::new(holder, Vec::new());
    let mut fresh = true;
    for word in words {
        let (word, last) = word.strip_suffix(',').map_or((*word, false), |word| (word, true));
        if !word.is_empty() && !option(&mut asked, word) {
            feature(&mut asked.features, word, fresh);
            fresh = false;
        }
        fresh |= last;
    }
    asked
}

/// `HOST cad 1.0 x2, sim pool=p | @USER cad`
pub fn posting(name: &str, words: &[&str]) -> ReservationPosting {
    let reservations = words.split(|word| *word == "|").map(|words| {
        let (host, words) = words.split_first().expect("a host");
        let (kind, host) = match host.strip_prefix('@') {
            Some(user) => (HostIdType::User, user),
            None => (HostIdType::String, *host),
        };
        let mut entries: Vec<EntryPosting> = Vec::new();
        let mut fresh = true;
        for word in words {
            let (word, last) = word.strip_suffix(',').map_or((*word, false), |word| (word, true));
            if word.is_empty() {
                // A comma that stands alone.
            } else if fresh {
                let (feature, version) = (word.to_owned(), Version::ANY);
                entries.push(EntryPosting { feature, version, count: 1, pool: None });
            } else if let Some(entry) = entries.last_mut() {
                match (word.split_once('='), count(word), word.parse::<Version>()) {
                    (Some(("pool", pool)), _, _) => entry.pool = Some(pool.to_owned()),
                    (_, Some(count), _) => entry.count = u64::from(count),
                    (_, None, Ok(version)) => entry.version = version,
                    _ => panic!("{word:?} says nothing about an entry"),
                }
            }
            fresh = last;
        }
        (HostId::new(kind, host).expect("a host"), entries)
    });
    ReservationPosting { name: Some(name.to_owned()), reservations: reservations.collect() }
}

fn feature(features: &mut Vec<FeatureRequest>, word: &str, fresh: bool) {
    if fresh {
        features.push(FeatureRequest::new(word, Version::ANY, 1));
        return;
    }
    let feature = features.last_mut().expect("a feature");
    match (word, count(word), word.parse::<Version>()) {
        ("partial", _, _) => feature.partial = true,
        (_, Some(count), _) => feature.count = count,
        (_, None, Ok(version)) => feature.version = version,
        _ => panic!("{word:?} says nothing about a feature"),
    }
}

fn option(asked: &mut Checkout, word: &str) -> bool {
    let pair = |text: &str| {
        let (key, value) = text.split_once(':').expect("key:value");
        BTreeMap::from([(key.to_owned(), value.to_owned())])
    };
    // Several values of one key: `dict=k:v|w`; several keys: `dict=k:v;l:w`.
    let dictionary = |text: &str| {
        let entry = |text: &str| {
            let (key, value) = text.split_once(':').expect("key:value");
            let value = match value.split('|').map(str::to_owned).collect::<Vec<_>>() {
                texts if texts.len() > 1 => DictionaryValue::Many(texts),
                _ => value.into(),
            };
            (key.to_owned(), value)
        };
        text.split(';').map(entry).collect()
    };
    match word.split_once('=') {
        None if word == "all" => asked.all = true,
        Some(("borrow", length)) => asked.borrow_seconds = Some(seconds(length)),
        Some(("wait", length)) => asked.wait_seconds = Some(seconds(length)),
        Some(("by", unit)) => asked.granularity = Granularity::from_word(unit),
        Some(("sel", text)) => asked.selectors = pair(text),
        Some(("dict", text)) => asked.dictionary = dictionary(text),
        Some(("key", name)) => asked.signed_by = Some(key_id(name)),
        Some(("client", name)) => asked.client_key = Some(public_key(name)),
        _ => return false,
    }
    true
}

/// `cad 2.0 x5 id=i1 overdraft=2 expiry=+3d …`, put onto `item`.
pub fn item(item: &mut Item, words: &[&str]) {
    for word in words {
        if let Some(count) = count(word) {
            item.count = Count::Counted(count);
            continue;
        }
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        match key {
            "uncounted" => item.count = Count::Uncounted,
            "id" => item.id = value.to_owned(),
            "overdraft" => item.overdraft = overdraft(value),
            "start" => item.start = Some(time(value)),
            "expiry" => item.expiry = Expiry::At(time(value)),
            "grace" => item.grace_days = value.parse().expect("days"),
            "basis" => item.seat_basis = basis(value),
            "exclusive" => item.exclusive = true,
            "virtual" => item.virtual_machines = Permission::Deny,
            "warn" => item.enforcement = Enforcement::Warn,
            "record" => item.enforcement = Enforcement::Record,
            "block" => item.enforcement = Enforcement::Block,
            "borrow-max" => item.borrow_max_seconds = Some(seconds(value)),
            "borrow-interval" => item.borrow_interval_seconds = Some(seconds(value)),
            "metered" => {
                item.kind = Kind::Metered { reusable: false, undo_seconds: seconds(value) }
            }
            "reusable" => item.kind = Kind::Metered { reusable: true, undo_seconds: 0 },
            "checkpoint" => item.checkpoint_days = value.parse().expect("days"),
            "named" => item.min_named_user_days = value.parse().expect("days"),
            "sel" => {
                let (key, value) = value.split_once(':').expect("key:value");
                item.selectors = BTreeMap::from([(key.to_owned(), value.to_owned())]);
            }
            _ => match word.parse() {
                Ok(version) => item.version = version,
                Err(_) => panic!("{word:?} says nothing about an item"),
            },
        }
    }
}

fn overdraft(text: &str) -> Overdraft {
    match (text, text.strip_suffix('%')) {
        ("unlimited", _) => Overdraft::Unlimited,
        (_, Some(percent)) => Overdraft::Percent(percent.parse().expect("percent")),
        (seats, None) => Overdraft::Count(seats.parse().expect("seats")),
    }
}

fn basis(text: &str) -> SeatBasis {
    match text {
        "process" => SeatBasis::Process,
        "session" => SeatBasis::Session,
        "device" => SeatBasis::Device,
        "user" => SeatBasis::User,
        _ => panic!("{text:?} is not a seat basis"),
    }
}

/// The identity of the key of this name.
pub fn key_id(name: &str) -> KeyId {
    public_key(name).id()
}

/// The public key of this name.
pub fn public_key(name: &str) -> PublicKey {
    signer(name).public().clone()
}

/// Who signs with the key of this name.
pub fn signer(name: &str) -> SeedSigner {
    let Hash(seed) = Hash::of(name.as_bytes());
    SeedSigner::ed25519(&seed).expect("a key")
}
