//! The terms of a license model as a form: every term with what it means.
//!
//! Kept here: terms put into fields and read back are the same terms; what a new model begins with is what most
//! publishers sell first. Deliberately not here: how it is used and counted (`usage_form`).

use tenure_api::office::{Begins, LicenseTerms, MoveTerms, ReturnTerms, Tolerance, Validity};
use tenure_document::ContainerKind;

use super::super::field::{Group, Typed, day_ended};
use super::usage_form;

const VALIDITIES: [(&str, &str, &str); 4] = [
    ("perpetual", "Perpetual", "Bought once, used for ever."),
    ("subscription", "Subscription", "So many days; repeat orders and extensions move the end."),
    ("trial", "Trial", "So many days to try; no container gets the same product for trial twice."),
    ("until", "Until a fixed day", "The same last day for everybody, whenever they bought."),
];
const BEGINNINGS: [(&str, &str, &str); 3] = [
    ("order", "From the order, or the start it names", ""),
    ("first-activation", "From the first activation of the line", ""),
    ("activation", "From each activation (only without returns)", ""),
];
const KINDS: [(&str, ContainerKind, &str, &str); 4] = [
    ("server", ContainerKind::Server, "License servers", "Alone: a floating license."),
    ("bound", ContainerKind::Bound, "Devices", "Alone: node-locked, bound to one machine."),
    (
        "portable",
        ContainerKind::Portable,
        "Portable containers",
        "On removable media that are carried around.",
    ),
    ("unbound", ContainerKind::Unbound, "Containers bound to nothing", "For trials."),
];
const TOLERANCES: [(&str, &str, &str); 4] = [
    ("", "As the container says", ""),
    ("loose", "Loose: much may change (40 % must stay)", ""),
    ("medium", "Medium: some may change (60 % must stay)", ""),
    ("strict", "Strict: little may change (80 % must stay)", ""),
];

/// A form with these terms.
pub(super) fn typed(terms: &LicenseTerms) -> Typed {
    let mut typed = Typed::default();
    let (validity, days) = match terms.validity {
        Validity::Perpetual => ("perpetual", None),
        Validity::Subscription { days, from } => ("subscription", Some((days, from))),
        Validity::Trial { days, from } => ("trial", Some((days, from))),
        Validity::Until(at) => {
            typed.put("until", day_ended(at));
            ("until", None)
        }
    };
    typed.put("validity", validity);
    if let Some((days, from)) = days {
        typed.put("days", days.to_string());
        let from = match from {
            Begins::Order => "order",
            Begins::FirstActivation => "first-activation",
            Begins::Activation => "activation",
        };
        typed.put("begins", from);
    }
    for (word, kind, ..) in KINDS {
        if terms.containers.contains(&kind) {
            typed.put("containers", word);
        }
    }
    if let Some(days) = terms.checkpoint_days {
        typed.put("checkpoint_days", days.to_string());
    }
    typed.put("binding", terms.binding.map_or("", Tolerance::word));
    put_back(&mut typed, terms);
    usage_form::put(&mut typed, &terms.usage);
    typed
}

fn put_back(typed: &mut Typed, terms: &LicenseTerms) {
    if terms.returns.allowed {
        typed.put("returns", "yes");
    }
    if let Some(days) = terms.returns.cool_down_days {
        typed.put("returns.cool_down_days", days.to_string());
    }
    let Some(moves) = terms.moves else { return };
    typed.put("moves", "yes");
    if let Some(times) = moves.times {
        typed.put("moves.times", times.to_string());
    }
    if moves.days_between > 0 {
        typed.put("moves.days_between", moves.days_between.to_string());
    }
    for (name, is) in [("within_account", moves.within_account), ("hop_only", moves.hop_only)] {
        if is {
            typed.put("moves.how", name);
        }
    }
}

/// Reads the terms; what is wrong is said at its field.
pub(super) fn read(typed: &mut Typed) -> LicenseTerms {
    let validity = validity(typed);
    let containers =
        KINDS.iter().filter(|(word, ..)| typed.has("containers", word)).map(|(_, kind, ..)| *kind);
    let containers = containers.collect();
    let checkpoint_days = typed.number("checkpoint_days");
    let cool_down_days = typed.number("returns.cool_down_days");
    let moves = typed.has("moves", "yes").then(|| MoveTerms {
        times: typed.number("moves.times"),
        days_between: typed.number("moves.days_between").unwrap_or(0),
        within_account: typed.has("moves.how", "within_account"),
        hop_only: typed.has("moves.how", "hop_only"),
    });
    LicenseTerms {
        validity,
        containers,
        usage: usage_form::read(typed),
        checkpoint_days,
        moves,
        returns: ReturnTerms { allowed: typed.has("returns", "yes"), cool_down_days },
        binding: match typed.text("binding") {
            "loose" => Some(Tolerance::Loose),
            "medium" => Some(Tolerance::Medium),
            "strict" => Some(Tolerance::Strict),
            _ => None,
        },
    }
}

fn validity(typed: &mut Typed) -> Validity {
    let word = typed.text("validity").to_owned();
    match word.as_str() {
        "subscription" | "trial" => {
            let days: Option<u32> = typed.number("days");
            if days.is_none() && typed.is_right() {
                typed.fault("days", "Say how many days: 365 for a year.");
            }
            let days = days.unwrap_or(0);
            let from = match typed.text("begins") {
                "first-activation" => Begins::FirstActivation,
                "activation" => Begins::Activation,
                _ => Begins::Order,
            };
            match word.as_str() {
                "trial" => Validity::Trial { days, from },
                _ => Validity::Subscription { days, from },
            }
        }
        "until" => match typed.day_ends("until") {
            Some(at) => Validity::Until(at),
            None => {
                if typed.is_right() {
                    typed.fault("until", "Say the last day.");
                }
                Validity::Perpetual
            }
        },
        _ => Validity::Perpetual,
    }
}

/// The fields, group by group.
pub(super) fn groups(typed: &Typed) -> Vec<Group> {
    let lasting = Group {
        title: "How long it may be used",
        text: "",
        fields: vec![
            typed.choice("validity", "Kind", &VALIDITIES).radio(),
            typed
                .field("days", "Days")
                .number(1, 36_500)
                .hint("For subscriptions and trials: 365 is a year."),
            typed.choice("begins", "The days count", &BEGINNINGS),
            typed
                .field("until", "Last day")
                .day()
                .hint("Only for a fixed day; it ends with that day (UTC)."),
        ],
    };
    let place = Group {
        title: "Where it may live",
        text: "A container is what holds licenses: a license server's, a device's, one on removable media.",
        fields: vec![
            typed
                .choice("containers", "Kinds of containers", &KINDS.map(|(word, _, words, note)| (word, words, note)))
                .ticks()
                .hint("None chosen: every kind."),
            typed.field("checkpoint_days", "Must meet the office every so many days").number(1, 36_500).hint("Checkpoint: use stops when the device was not in contact for so long. Empty: it need never come back."),
            typed.choice("binding", "How much of the machine may change", &TOLERANCES),
        ],
    };
    let back = Group {
        title: "Giving back and moving",
        text: "",
        fields: vec![
            typed.choice("returns", "Returns", &[("yes", "The customer may return it", "At the portal. The units are free again after the device's receipt and the wait.")]).ticks(),
            typed.field("returns.cool_down_days", "Free again so many days after the receipt").number(0, 36_500).hint("Empty: as the office's policy says."),
            typed.choice("moves", "Moves", &[("yes", "It may be moved to another container without the office", "From device to device, with a file or a cable.")]).ticks(),
            typed.field("moves.times", "How often before it must come back").number(1, 1_000).hint("Only where it may be moved. Empty: any number."),
            typed.field("moves.days_between", "Days between two moves").number(0, 36_500).hint("Empty: none."),
            typed.choice("moves.how", "How it may be moved", &[
                ("within_account", "Only between containers of the same customer", ""),
                ("hop_only", "Only through portable containers", "They carry it and do not use it."),
            ]).ticks(),
        ],
    };
    let [counting, beyond, taking] = usage_form::groups(typed);
    vec![lasting, place, counting, beyond, taking, back]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(terms: &str) {
        let terms: LicenseTerms = serde_json::from_str(terms).expect("terms");
        let mut form = typed(&terms);
        let back = read(&mut form);
        assert!(form.is_right(), "{form:?}");
        assert_eq!(back, terms);
    }

    #[test]
    fn terms_through_the_form_are_the_same_terms() {
        same("{}");
        same(
            r#"{"validity":{"subscription":{"days":365}},"containers":["server"],
            "usage":{"overdraft":{"percent":10},"borrow_max_seconds":604800,"grace_days":14}}"#,
        );
        same(
            r#"{"validity":{"trial":{"days":1,"from":"activation"}},"containers":["bound","portable"],
            "usage":{"seat_basis":"user","virtual":"deny","borrow_max_seconds":0,"min_named_user_days":30},
            "checkpoint_days":30,"moves":{"times":1,"hop_only":true,"days_between":2},
            "returns":{"allowed":false,"cool_down_days":0},"binding":"strict"}"#,
        );
        same(
            r#"{"validity":{"until":"2027-12-31T00:00:00Z"},"usage":{"kind":{"metered":{"reusable":true,
            "undo_seconds":90}},"exclusive":true,"enforcement":"record","overdraft":"unlimited",
            "borrow_interval_seconds":3601}}"#,
        );
        same(
            r#"{"validity":{"until":"2027-12-31T23:59:59.999Z"},"moves":{},"usage":{"overdraft":{"count":0},
            "enforcement":"warn","kind":{"metered":{"reusable":false,"undo_seconds":0}},"seat_basis":"session"}}"#,
        );
    }

    #[test]
    fn what_is_missing_is_said_at_its_field() {
        for (field, form) in [
            ("days", Typed::default().with("validity", "trial")),
            ("until", Typed::default().with("validity", "until")),
            ("overdraft_by", Typed::default().with("usage.overdraft", "percent")),
            ("usage.borrow_max_seconds", Typed::default().with("borrow", "most")),
            ("checkpoint_days", Typed::default().with("checkpoint_days", "often")),
        ] {
            let mut form = form;
            read(&mut form);
            assert!(!form.is_right(), "{field}");
            assert!(form.field(field, "x").to_string().contains("aria-invalid"), "{field}");
        }
    }
}
