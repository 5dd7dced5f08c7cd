//! How something is used and counted, as a form: of a license model, or of one feature of a product.
//!
//! Kept here: terms put into fields and read back are the same terms; lengths are typed in the unit people think in.
//! Deliberately not here: what the API refuses (it names the member, which is the field's name).

use tenure_api::office::UsageTerms;
use tenure_document::{Enforcement, Kind, Overdraft, Permission, SeatBasis};

use super::super::field::{Field, Group, Typed};

const KINDS: [(&str, &str, &str); 3] = [
    (
        "concurrent",
        "Seats",
        "Somebody holds a seat while working and gives it back: floating or per machine.",
    ),
    ("metered", "Metered", "Units are consumed by use and are gone: pages, hours, parts."),
    (
        "reusable",
        "Metered, reusable",
        "Units are consumed and come back when the application returns them.",
    ),
];
const BASES: [(&str, &str, &str); 4] = [
    ("process", "Every checkout takes a seat", ""),
    ("session", "One seat for each machine or terminal session", ""),
    ("device", "One seat for each device", ""),
    ("user", "One seat for each named user", ""),
];
const OVERDRAFTS: [(&str, &str, &str); 4] = [
    ("none", "No: the count is the count", ""),
    ("count", "Yes, by so many seats", ""),
    ("percent", "Yes, by so many percent", ""),
    ("unlimited", "Yes, without limit", ""),
];
const ENFORCEMENTS: [(&str, &str, &str); 3] = [
    ("block", "It is denied", ""),
    ("warn", "It is granted, and people are warned", ""),
    ("record", "It is granted, and only recorded", ""),
];
const VIRTUAL: [(&str, &str, &str); 2] = [("allow", "Allowed", ""), ("deny", "Not allowed", "")];
const UNITS: [(&str, &str, u64); 4] = [
    ("days", "days", 86_400),
    ("hours", "hours", 3_600),
    ("minutes", "minutes", 60),
    ("seconds", "seconds", 1),
];
const BORROW: &str = "usage.borrow_max_seconds";
const INTERVAL: &str = "usage.borrow_interval_seconds";

/// Puts terms into fields.
pub(super) fn put(typed: &mut Typed, usage: &UsageTerms) {
    let (kind, undo) = match usage.kind {
        Kind::Concurrent => ("concurrent", 0),
        Kind::Metered { reusable: false, undo_seconds } => ("metered", undo_seconds),
        Kind::Metered { reusable: true, undo_seconds } => ("reusable", undo_seconds),
    };
    typed.put("usage.kind", kind);
    if undo > 0 {
        put_length(typed, "undo", undo);
    }
    typed.put("usage.seat_basis", basis_word(usage.seat_basis));
    let (overdraft, by) = match usage.overdraft {
        Overdraft::None => ("none", None),
        Overdraft::Count(by) => ("count", Some(by)),
        Overdraft::Percent(by) => ("percent", Some(by)),
        Overdraft::Unlimited => ("unlimited", None),
    };
    typed.put("usage.overdraft", overdraft);
    if let Some(by) = by {
        typed.put("overdraft_by", by.to_string());
    }
    let enforcement = match usage.enforcement {
        Enforcement::Block => "block",
        Enforcement::Warn => "warn",
        Enforcement::Record => "record",
    };
    typed.put("usage.enforcement", enforcement);
    let machines = match usage.virtual_machines {
        Permission::Allow => "allow",
        Permission::Deny => "deny",
    };
    typed.put("usage.virtual", machines);
    if usage.exclusive {
        typed.put("usage.exclusive", "yes");
    }
    match usage.borrow_max_seconds {
        None => typed.put("borrow", "server"),
        Some(0) => typed.put("borrow", "none"),
        Some(seconds) => {
            typed.put("borrow", "most");
            put_length(typed, BORROW, seconds);
        }
    }
    if let Some(seconds) = usage.borrow_interval_seconds {
        put_length(typed, INTERVAL, seconds);
    }
    for (name, days) in [
        ("usage.grace_days", usage.grace_days),
        ("usage.min_named_user_days", usage.min_named_user_days),
    ] {
        if days > 0 {
            typed.put(name, days.to_string());
        }
    }
}

fn basis_word(basis: SeatBasis) -> &'static str {
    match basis {
        SeatBasis::Process => "process",
        SeatBasis::Session => "session",
        SeatBasis::Device => "device",
        SeatBasis::User => "user",
    }
}

fn put_length(typed: &mut Typed, name: &str, seconds: u64) {
    let fits = UNITS.iter().find(|(_, _, each)| seconds > 0 && seconds.is_multiple_of(*each));
    let (unit, _, each) = fits.copied().unwrap_or(UNITS[3]);
    typed.put(name, (seconds / each).to_string());
    typed.put(format!("{name}-unit"), unit);
}

fn length(typed: &mut Typed, name: &str) -> Option<u64> {
    let number: u64 = typed.number(name)?;
    let unit = typed.text(&format!("{name}-unit"));
    let each = UNITS.iter().find(|(word, _, _)| *word == unit).map_or(1, |(_, _, each)| *each);
    Some(number.saturating_mul(each))
}

/// Reads terms out of fields; what is wrong is said at its field.
pub(super) fn read(typed: &mut Typed) -> UsageTerms {
    let undo_seconds = length(typed, "undo").unwrap_or(0);
    let kind = match typed.text("usage.kind") {
        "metered" => Kind::Metered { reusable: false, undo_seconds },
        "reusable" => Kind::Metered { reusable: true, undo_seconds },
        _ => Kind::Concurrent,
    };
    let seat_basis = match typed.text("usage.seat_basis") {
        "session" => SeatBasis::Session,
        "device" => SeatBasis::Device,
        "user" => SeatBasis::User,
        _ => SeatBasis::Process,
    };
    let by = typed.number("overdraft_by");
    let overdraft = match (typed.text("usage.overdraft"), by) {
        ("count", Some(by)) => Overdraft::Count(by),
        ("percent", Some(by)) => Overdraft::Percent(by),
        ("unlimited", _) => Overdraft::Unlimited,
        ("count" | "percent", None) => {
            typed.fault("overdraft_by", "Say by how much use may exceed the count.");
            Overdraft::None
        }
        _ => Overdraft::None,
    };
    let borrow_max_seconds = match typed.text("borrow") {
        "none" => Some(0),
        "most" => {
            let most = length(typed, BORROW);
            if most.is_none() && typed.is_right() {
                typed.fault(BORROW, "Say for how long it may be borrowed at most.");
            }
            most
        }
        _ => None,
    };
    UsageTerms {
        kind,
        seat_basis,
        overdraft,
        exclusive: typed.has("usage.exclusive", "yes"),
        borrow_max_seconds,
        borrow_interval_seconds: length(typed, INTERVAL),
        grace_days: typed.number("usage.grace_days").unwrap_or(0),
        enforcement: match typed.text("usage.enforcement") {
            "warn" => Enforcement::Warn,
            "record" => Enforcement::Record,
            _ => Enforcement::Block,
        },
        virtual_machines: match typed.text("usage.virtual") {
            "deny" => Permission::Deny,
            _ => Permission::Allow,
        },
        min_named_user_days: typed.number("usage.min_named_user_days").unwrap_or(0),
    }
}

/// The fields.
pub(super) fn groups(typed: &Typed) -> [Group; 3] {
    let counting = Group {
        title: "How it is counted",
        text: "What somebody takes when the application starts.",
        fields: vec![
            typed.choice("usage.kind", "Kind", &KINDS).radio(),
            typed.choice("usage.seat_basis", "What takes a seat", &BASES).hint("Only for seats."),
            typed
                .choice(
                    "usage.exclusive",
                    "Exclusive",
                    &[(
                        "yes",
                        "One holder at a time",
                        "Whoever has it keeps everybody else out, however many seats there are.",
                    )],
                )
                .ticks(),
            typed
                .field("undo", "A consumption can be undone within")
                .number(0, 100_000_000)
                .hint("Only for metered. Empty: never."),
            unit(typed, "undo", "Undo: unit"),
        ],
    };
    let beyond = Group {
        title: "Beyond the count, and after the end",
        text: "What happens when more is asked for than was bought.",
        fields: vec![
            typed
                .choice("usage.overdraft", "May use exceed the count?", &OVERDRAFTS)
                .hint("An overdraft is granted and told; the customer is never stopped in it."),
            typed
                .field("overdraft_by", "By how much")
                .number(0, 10_000_000)
                .hint("Seats or percent, as chosen."),
            typed.choice("usage.enforcement", "A request beyond that", &ENFORCEMENTS),
            typed
                .field("usage.grace_days", "Days of grace after the end")
                .number(0, 36_500)
                .hint("Use goes on for so long, with a warning. Empty: none."),
        ],
    };
    let taking = Group {
        title: "Taking it along",
        text: "A borrowed seat works without the license server until its end.",
        fields: vec![
            typed.choice(
                "borrow",
                "May seats be borrowed?",
                &[
                    ("server", "As the license server is set", ""),
                    ("none", "No", ""),
                    ("most", "Yes, for so long at most", ""),
                ],
            ),
            typed.field(BORROW, "At most").number(1, 1_000_000_000),
            unit(typed, BORROW, "Borrowing: unit"),
            typed.field(INTERVAL, "Length of a seat's lease").number(1, 1_000_000_000).hint(
                "Unless the application asks for another. Empty: as the license server is set.",
            ),
            unit(typed, INTERVAL, "Lease: unit"),
            typed
                .field("usage.min_named_user_days", "Days a seat stays with its named user")
                .number(0, 36_500)
                .hint("Only for named users. Empty: it can be given on at once."),
            typed.choice("usage.virtual", "On virtual machines", &VIRTUAL),
        ],
    };
    [counting, beyond, taking]
}

fn unit(typed: &Typed, name: &str, label: &str) -> Field {
    let units = UNITS.map(|(word, words, _)| (word, words, ""));
    typed.choice(format!("{name}-unit"), label, &units)
}
