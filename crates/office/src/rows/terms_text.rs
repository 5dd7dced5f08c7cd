//! Terms in a few words, for people who choose or look at a line.
//!
//! Kept here: only what differs from the defaults is said. Deliberately not here: languages other than English.

use tenure_document::{ContainerKind, Enforcement, Kind, Moves, Overdraft, Permission, SeatBasis};
use tenure_issuing::office::{Begins, Terms, UsageTerms, Validity};

/// The terms in a few words, such as `365 days from the order, license servers only, 10 % overdraft`.
pub(crate) fn summary(terms: &Terms) -> String {
    let mut words = vec![validity(terms.validity)];
    if !terms.containers.is_empty() {
        let kinds: Vec<&str> = terms.containers.iter().copied().map(kind).collect();
        words.push(format!("{} only", kinds.join(" or ")));
    }
    usage(&terms.usage, &mut words);
    if terms.checkpoint_days > 0 {
        words.push(format!("must meet the office every {}", count(terms.checkpoint_days, "day")));
    }
    match &terms.moves {
        None => {}
        Some(moves) => words.push(moved(moves)),
    }
    if !terms.returns.allowed {
        words.push("no returns".to_owned());
    }
    words.join(", ")
}

/// A kind of container for people.
pub(crate) fn kind(kind: ContainerKind) -> &'static str {
    match kind {
        ContainerKind::Server => "license servers",
        ContainerKind::Bound => "devices",
        ContainerKind::Portable => "portable containers",
        ContainerKind::Unbound => "unbound containers",
    }
}

fn validity(validity: Validity) -> String {
    match validity {
        Validity::Perpetual => "perpetual".to_owned(),
        Validity::Subscription { days, from } => {
            format!("{} from {}", count(days, "day"), begins(from))
        }
        Validity::Trial { days, from } => {
            format!("trial of {} from {}", count(days, "day"), begins(from))
        }
        Validity::Until(at) => format!("until {at}"),
    }
}

fn begins(from: Begins) -> &'static str {
    match from {
        Begins::Order => "the order",
        Begins::FirstActivation => "the first activation",
        Begins::Activation => "each activation",
    }
}

fn usage(usage: &UsageTerms, words: &mut Vec<String>) {
    if let Kind::Metered { reusable, .. } = usage.kind {
        words.push(if reusable { "metered, reusable" } else { "metered" }.to_owned());
    }
    match usage.seat_basis {
        SeatBasis::Process => {}
        SeatBasis::Session => words.push("one seat per session".to_owned()),
        SeatBasis::Device => words.push("one seat per device".to_owned()),
        SeatBasis::User => words.push("named users".to_owned()),
    }
    match usage.overdraft {
        Overdraft::None => {}
        Overdraft::Count(seats) => words.push(format!("overdraft of {seats}")),
        Overdraft::Percent(percent) => words.push(format!("{percent} % overdraft")),
        Overdraft::Unlimited => words.push("unlimited overdraft".to_owned()),
    }
    match usage.enforcement {
        Enforcement::Block => {}
        Enforcement::Warn => words.push("warns beyond the count".to_owned()),
        Enforcement::Record => words.push("records beyond the count".to_owned()),
    }
    if usage.exclusive {
        words.push("one holder at a time".to_owned());
    }
    match usage.borrow_max_seconds {
        None => {}
        Some(0) => words.push("no borrowing".to_owned()),
        Some(seconds) => words.push(format!("borrowed for at most {}", length(seconds))),
    }
    if usage.grace_days > 0 {
        words.push(format!("{} of grace", count(usage.grace_days, "day")));
    }
    if usage.virtual_machines == Permission::Deny {
        words.push("no virtual machines".to_owned());
    }
}

fn moved(moves: &Moves) -> String {
    let mut words = match moves.times {
        None => "may move".to_owned(),
        Some(times) => format!("may move {}", count(times, "time")),
    };
    if moves.hop_only {
        words += " through portable containers only";
    }
    if moves.within_account {
        words += " within the customer";
    }
    if moves.days_between > 0 {
        words += &format!(" with {} between", count(moves.days_between, "day"));
    }
    words
}

fn count(number: u32, unit: &str) -> String {
    match number {
        1 => format!("1 {unit}"),
        _ => format!("{number} {unit}s"),
    }
}

fn length(seconds: u64) -> String {
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let fits = units.iter().find(|(size, _)| seconds.is_multiple_of(*size));
    let (number, unit) = fits.map_or((seconds, "second"), |(size, unit)| (seconds / size, *unit));
    count(u32::try_from(number).unwrap_or(u32::MAX), unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(terms: &str, expected: Expect) {
        expected.assert_eq(&summary(&serde_json::from_str(terms).expect("terms")));
    }

    #[test]
    fn terms_in_a_few_words() {
        check("{}", expect!["perpetual"]);
        check(
            r#"{"validity":{"subscription":{"days":365}},"containers":["server"],"usage":{"overdraft":{"percent":10},"borrow_max_seconds":604800,"grace_days":14}}"#,
            expect![
                "365 days from the order, license servers only, 10 % overdraft, borrowed for at most 7 days, 14 days of grace"
            ],
        );
        check(
            r#"{"validity":{"trial":{"days":1,"from":"activation"}},"containers":["bound","portable"],"usage":{"seat_basis":"user","virtual":"deny","borrow_max_seconds":0},"checkpoint_days":30,"moves":{"times":1,"hop_only":true,"days_between":2},"returns":{"allowed":false}}"#,
            expect![
                "trial of 1 day from each activation, devices or portable containers only, named users, no borrowing, no virtual machines, must meet the office every 30 days, may move 1 time through portable containers only with 2 days between, no returns"
            ],
        );
        check(
            r#"{"validity":{"until":"2027-12-31T00:00:00Z"},"usage":{"kind":{"metered":{"reusable":true,"undo_seconds":0}},"exclusive":true,"enforcement":"record","overdraft":"unlimited"}}"#,
            expect![
                "until 2027-12-31T00:00:00Z, metered, reusable, unlimited overdraft, records beyond the count, one holder at a time"
            ],
        );
    }
}
