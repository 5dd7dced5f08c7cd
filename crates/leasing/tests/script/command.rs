//! What can be played: the line of a script as a command of the license server.
//!
//! A line that is none ends the test. Deliberately not here: lines that look at the state or change what is around it,
//! such as time and items (`stage`); how holders and features are written (`words`).

use std::collections::BTreeMap;
use tenure_document::{Bytes, Hash, LeaseId, Time};
use tenure_leasing::{
    Actor, BatchEntry, Cancel, Claim, ClientKey, Command, Consume, ConsumeBatch, DeviceSet,
    PropertyValue, Release, Renew, Role, TicketId, Undo, UsageId, UsageReport, UserChange,
};

use super::words::{self, START, key_id};

/// The command that a line is, by its first word and the others.
pub fn command(first: &str, rest: &[&str]) -> Command {
    let by = || "root".to_owned();
    let text = |words: &[&str]| (!words.is_empty()).then(|| words.join(" "));
    match (first, rest) {
        ("tick", []) => Command::Tick,
        ("renew", rest) => Command::Renew(renewals(rest)),
        ("release", rest) => Command::Release(releases(rest)),
        ("claim", [ticket, rest @ ..]) => {
            Command::Claim(Claim { ticket: ticket_id(ticket), by: actor(rest), nonce: None })
        }
        ("cancel", [ticket, rest @ ..]) => {
            Command::Cancel(Cancel { ticket: ticket_id(ticket), by: actor(rest), reason: None })
        }
        ("undo", [usage, rest @ ..]) => {
            let usage: UsageId = usage.parse().expect("a usage");
            Command::Undo(Undo { usage, by: actor(rest), reason: None })
        }
        ("drop", [host, rest @ ..]) => {
            Command::DropDevice { by: by(), host: words::holder(host).host, reason: text(rest) }
        }
        ("suspend", rest) => Command::Suspend { by: by(), reason: text(rest) },
        ("report", [after, to, until]) => Command::RecordUsage {
            by: by(),
            after: after.parse().ok(),
            report: UsageReport {
                to_sequence: to.parse().expect("a number"),
                head: Hash::of(to.as_bytes()),
                until: until.parse().expect("a time"),
                document: "{}".to_owned(),
                at: Time::from_millis(0),
                taken: false,
            },
        },
        ("reported", [to]) => Command::UsageTaken { to_sequence: to.parse().expect("a number") },
        ("archived", [begins, folder]) => Command::RecordArchive {
            by: by(),
            begins: begins.parse().expect("a number"),
            folder: (*folder).to_owned(),
        },
        ("resume", []) => Command::Resume { by: by() },
        ("model", rest) => model(by(), rest),
        ("model-", rest) => {
            Command::DeleteModel { by: by(), keep_leases: rest == ["keep"], expected: None }
        }
        ("reconcile", rest) => Command::Reconcile {
            evidence: rest.join(" "),
            lease: rest.first().and_then(|word| word.strip_prefix('L')?.parse().ok()).map(LeaseId),
        },
        ("property", rest) => Command::SetProperties { by: by(), changes: properties(rest) },
        ("user+", [name, rest @ ..]) => Command::CreateUser {
            by: by(),
            name: (*name).to_owned(),
            password_hash: "$argon2id$…".into(),
            roles: roles(rest),
        },
        ("user=", [name, rest @ ..]) => {
            let change = UserChange { password_hash: None, roles: Some(roles(rest)) };
            Command::ChangeUser { by: by(), name: (*name).to_owned(), change }
        }
        ("user-", [name]) => Command::DeleteUser { by: by(), name: (*name).to_owned() },
        ("key+", [name]) => Command::AddClientKey { by: by(), key: client_key(name) },
        ("key-", [name]) => Command::RevokeClientKey { by: by(), id: key_id(name) },
        (holder, ["checkout", rest @ ..]) => {
            Command::Checkout(words::checkout(words::holder(holder), rest))
        }
        (holder, ["set", rest @ ..]) => {
            Command::SetDevice(DeviceSet { wanted: words::checkout(words::holder(holder), rest) })
        }
        (holder, ["consume", rest @ ..]) => Command::Consume(consume(holder, rest)),
        (holder, ["batch", client, first, rest @ ..]) => {
            Command::ConsumeBatch(batch(holder, client, first.parse().expect("a number"), rest))
        }
        _ => panic!("{first:?} {rest:?} is not a line of a script"),
    }
}

/// `[keep] partitions { partition 'a' { 'cad' 1.0 5 } } on any() { use 'a' }`
fn model(by: String, words: &[&str]) -> Command {
    let (keep_leases, words) = match words {
        ["keep", rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    Command::SetModel { by, text: model_text(words), keep_leases, note: None, expected: None }
}

/// The text of a model, which in a script has `'` for `"` and no frame.
pub fn model_text(words: &[&str]) -> String {
    format!("model \"stage\" {{ {} }}", words.join(" ").replace('\'', "\""))
}

fn consume(holder: &str, words: &[&str]) -> Consume {
    let asked = words::checkout(words::holder(holder), words);
    let feature = asked.features.first().expect("a feature");
    Consume {
        feature: feature.name.clone(),
        version: feature.version,
        count: u64::from(feature.count),
        holder: asked.holder,
        selectors: asked.selectors,
        dictionary: asked.dictionary,
        signed_by: asked.signed_by,
    }
}

fn batch(holder: &str, client: &str, first: u64, words: &[&str]) -> ConsumeBatch {
    let asked = words::checkout(words::holder(holder), words);
    let entries = asked.features.iter().zip(0..).map(|(feature, place)| BatchEntry {
        sequence: first.saturating_add(place),
        feature: feature.name.clone(),
        version: feature.version,
        count: u64::from(feature.count),
        used_at: None,
    });
    ConsumeBatch {
        entries: entries.collect(),
        client: client.to_owned(),
        holder: asked.holder,
        signed_by: asked.signed_by,
    }
}

fn leases(words: &[&str]) -> Vec<LeaseId> {
    let numbers = words.iter().filter_map(|word| word.strip_prefix('L'));
    numbers.filter_map(|number| number.parse().ok().map(LeaseId)).collect()
}

fn ticket_id(word: &str) -> TicketId {
    word.strip_prefix('T').and_then(|number| number.parse().ok()).map(TicketId).expect("a ticket")
}

fn actor(words: &[&str]) -> Actor {
    let named = words.iter().find_map(|word| word.split_once('='));
    match named {
        Some(("key", name)) => Actor::Key(key_id(name)),
        Some(("admin", name)) => Actor::Admin(name.to_owned()),
        _ => Actor::Holder,
    }
}

fn renewals(words: &[&str]) -> Vec<Renew> {
    let renew = |lease| Renew { lease, by: actor(words), nonce: None, request: None };
    leases(words).into_iter().map(renew).collect()
}

fn releases(words: &[&str]) -> Vec<Release> {
    let release = |lease| Release { lease, by: actor(words), reason: None };
    leases(words).into_iter().map(release).collect()
}

fn properties(words: &[&str]) -> BTreeMap<String, Option<PropertyValue>> {
    let pairs = words.iter().filter_map(|word| word.split_once('='));
    pairs.map(|(key, value)| (key.to_owned(), property(value))).collect()
}

fn property(value: &str) -> Option<PropertyValue> {
    match (value, value.parse::<u64>()) {
        ("", _) => None,
        ("true" | "false", _) => Some(PropertyValue::Flag(value == "true")),
        (_, Ok(number)) => Some(PropertyValue::Number(number)),
        (word, Err(_)) => Some(PropertyValue::Word(word.to_owned())),
    }
}

fn roles(words: &[&str]) -> Vec<Role> {
    let role = |word: &&str| serde_json::from_value((*word).into()).expect("a role");
    words.iter().map(role).collect()
}

fn client_key(name: &str) -> ClientKey {
    let id = key_id(name);
    let at = Time::from_millis(START);
    let key = Bytes::from(name.as_bytes());
    let (algorithm, name) = ("rsa-2048".to_owned(), name.to_owned());
    ClientKey { id, algorithm, key, name, added: at, revoked: None }
}
