//! Terms as sentences, for people who did not choose them.
//!
//! Kept here: every term that matters is said, the defaults too, in the order in which somebody would ask.
//! Deliberately not here: the short form for lists, which the API gives (`summary`).

use tenure_api::office::{Begins, LicenseTerms, MoveTerms, Tolerance, UsageTerms, Validity};
use tenure_document::{ContainerKind, Enforcement, Kind, Overdraft, Permission, SeatBasis};

use crate::component::When;
use crate::span;
use crate::words::so_many;

/// The terms, a sentence for each thing that somebody would ask.
pub(super) fn sentences(terms: &LicenseTerms) -> Vec<String> {
    let mut said = vec![lasting(terms.validity), place(terms)];
    said.extend(usage(&terms.usage));
    if let Some(days) = terms.checkpoint_days {
        said.push(format!(
            "The device must meet the office {}; otherwise use stops until it does.",
            span::every(u64::from(days) * 86_400)
        ));
    }
    if let Some(tolerance) = terms.binding {
        said.push(format!(
            "On a bound device, at least {} of its recognized parts must stay as they were.",
            match tolerance {
                Tolerance::Loose => "40 %",
                Tolerance::Medium => "60 %",
                Tolerance::Strict => "80 %",
            }
        ));
    }
    said.push(returns(terms));
    said.push(terms.moves.as_ref().map_or_else(
        || "It stays in its container: to another one it goes through the office only.".to_owned(),
        moved,
    ));
    said
}

fn days_of(days: u32) -> String {
    so_many(days.into(), "day", "days")
}

fn lasting(validity: Validity) -> String {
    let from = |from| match from {
        Begins::Order => "counted from the order or the start it names",
        Begins::FirstActivation => "counted from the first activation",
        Begins::Activation => "counted from each activation by itself",
    };
    match validity {
        Validity::Perpetual => "It may be used for ever.".to_owned(),
        Validity::Subscription { days, from: begins } => {
            format!("It may be used for {}, {}.", days_of(days), from(begins))
        }
        Validity::Trial { days, from: begins } => format!(
            "It may be tried for {}, {}, once in each container.",
            days_of(days),
            from(begins)
        ),
        Validity::Until(at) => format!("It may be used until {}.", When(at).day()),
    }
}

fn place(terms: &LicenseTerms) -> String {
    let kind = |kind: &ContainerKind| match kind {
        ContainerKind::Server => "license servers (floating)",
        ContainerKind::Bound => "devices (node-locked)",
        ContainerKind::Portable => "portable containers",
        ContainerKind::Unbound => "containers bound to nothing",
    };
    let place = match terms.containers.as_slice() {
        [] => "any container".to_owned(),
        some => some.iter().map(kind).collect::<Vec<_>>().join(" and "),
    };
    match terms.usage.virtual_machines {
        Permission::Allow => format!("It lives in {place}, virtual machines included."),
        Permission::Deny => format!("It lives in {place}, never on a virtual machine."),
    }
}

/// How it is used and counted.
pub(super) fn usage(usage: &UsageTerms) -> Vec<String> {
    let mut said = vec![counted(usage)];
    if usage.exclusive {
        said.push("One holder at a time keeps everybody else out.".to_owned());
    }
    let beyond = match usage.enforcement {
        Enforcement::Block => "A request beyond that is denied",
        Enforcement::Warn => "A request beyond that is granted with a warning",
        Enforcement::Record => "A request beyond that is granted and recorded",
    };
    said.push(match usage.overdraft {
        Overdraft::None => format!("{}.", beyond.replace("that", "the count")),
        Overdraft::Count(by) => {
            format!("Use may exceed the count by {by}. {beyond}.")
        }
        Overdraft::Percent(by) => format!("Use may exceed the count by {by} %. {beyond}."),
        Overdraft::Unlimited => "Use may exceed the count without limit.".to_owned(),
    });
    if usage.grace_days > 0 {
        said.push(format!("After its end it works for {} of grace.", days_of(usage.grace_days)));
    }
    said.push(match usage.borrow_max_seconds {
        None => {
            "Whether and how long it may be borrowed is a setting of the license server.".to_owned()
        }
        Some(0) => "It may not be borrowed.".to_owned(),
        Some(seconds) => format!("It may be borrowed for at most {}.", length(seconds)),
    });
    if let Some(seconds) = usage.borrow_interval_seconds {
        said.push(format!("A seat is leased for {} at a time.", length(seconds)));
    }
    if usage.min_named_user_days > 0 {
        said.push(format!(
            "A seat stays with its named user for {}.",
            days_of(usage.min_named_user_days)
        ));
    }
    said
}

fn counted(usage: &UsageTerms) -> String {
    match usage.kind {
        Kind::Concurrent => match usage.seat_basis {
            SeatBasis::Process => "Every checkout takes a seat and gives it back.",
            SeatBasis::Session => "Each machine or terminal session takes one seat.",
            SeatBasis::Device => "Each device takes one seat.",
            SeatBasis::User => "Each named user takes one seat.",
        }
        .to_owned(),
        Kind::Metered { reusable, undo_seconds } => {
            let gone = if reusable { "come back when they are returned" } else { "are gone then" };
            let undo = match undo_seconds {
                0 => String::new(),
                seconds => format!("; a consumption can be undone within {}", length(seconds)),
            };
            format!("Units are consumed by use and {gone}{undo}.")
        }
    }
}

fn returns(terms: &LicenseTerms) -> String {
    match (terms.returns.allowed, terms.returns.cool_down_days) {
        (false, _) => "The customer can't return it.".to_owned(),
        (true, None) => {
            "The customer may return it; its units are free again after the wait of the office's policy.".to_owned()
        }
        (true, Some(0)) => {
            "The customer may return it; its units are free again with the receipt.".to_owned()
        }
        (true, Some(days)) => format!(
            "The customer may return it; its units are free again {} after the receipt.",
            days_of(days)
        ),
    }
}

fn moved(moves: &MoveTerms) -> String {
    let mut said = "It may be moved to another container without the office".to_owned();
    if moves.within_account {
        said += ", within the same customer";
    }
    if moves.hop_only {
        said += ", through portable containers only";
    }
    match moves.times {
        None => {}
        Some(1) => said += ", once before it must come back",
        Some(times) => said += &format!(", {times} times before it must come back"),
    }
    if moves.days_between > 0 {
        said += &format!(", with {} between", days_of(moves.days_between));
    }
    said + "."
}

fn length(seconds: u64) -> String {
    for (each, one, many) in
        [(86_400, "day", "days"), (3_600, "hour", "hours"), (60, "minute", "minutes")]
    {
        if seconds.is_multiple_of(each) {
            return so_many(seconds / each, one, many);
        }
    }
    so_many(seconds, "second", "seconds")
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(terms: &str, expected: Expect) {
        let terms = serde_json::from_str(terms).expect("terms");
        expected.assert_eq(&sentences(&terms).join("\n"));
    }

    #[test]
    fn terms_in_sentences() {
        check(
            "{}",
            expect![[r#"
            It may be used for ever.
            It lives in any container, virtual machines included.
            Every checkout takes a seat and gives it back.
            A request beyond the count is denied.
            Whether and how long it may be borrowed is a setting of the license server.
            The customer may return it; its units are free again after the wait of the office's policy.
            It stays in its container: to another one it goes through the office only."#]],
        );
        check(
            r#"{"validity":{"subscription":{"days":365}},"containers":["server"],"checkpoint_days":30,
                "usage":{"overdraft":{"percent":10},"borrow_max_seconds":604800,"grace_days":14,"seat_basis":"user",
                "min_named_user_days":7,"enforcement":"warn","virtual":"deny"},"binding":"medium",
                "returns":{"allowed":true,"cool_down_days":1},
                "moves":{"times":3,"within_account":true,"days_between":2}}"#,
            expect![[r#"
                It may be used for 365 days, counted from the order or the start it names.
                It lives in license servers (floating), never on a virtual machine.
                Each named user takes one seat.
                Use may exceed the count by 10 %. A request beyond that is granted with a warning.
                After its end it works for 14 days of grace.
                It may be borrowed for at most 7 days.
                A seat stays with its named user for 7 days.
                The device must meet the office every 30 days; otherwise use stops until it does.
                On a bound device, at least 60 % of its recognized parts must stay as they were.
                The customer may return it; its units are free again 1 day after the receipt.
                It may be moved to another container without the office, within the same customer, 3 times before it must come back, with 2 days between."#]],
        );
        check(
            r#"{"validity":{"trial":{"days":1,"from":"activation"}},"containers":["bound","portable"],
                "usage":{"kind":{"metered":{"reusable":false,"undo_seconds":90}},"exclusive":true,
                "overdraft":"unlimited","borrow_max_seconds":0,"borrow_interval_seconds":7200},
                "returns":{"allowed":false},"moves":{"times":1,"hop_only":true}}"#,
            expect![[r#"
                It may be tried for 1 day, counted from each activation by itself, once in each container.
                It lives in devices (node-locked) and portable containers, virtual machines included.
                Units are consumed by use and are gone then; a consumption can be undone within 90 seconds.
                One holder at a time keeps everybody else out.
                Use may exceed the count without limit.
                It may not be borrowed.
                A seat is leased for 2 hours at a time.
                The customer can't return it.
                It may be moved to another container without the office, through portable containers only, once before it must come back."#]],
        );
    }
}
