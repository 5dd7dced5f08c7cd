//! The terms of an item in words.
//!
//! Kept here: what an item does not write has its default, which is said too where an administrator would ask;
//! terms that this release does not know are on the page as they were written.

use serde_json::Value;
use tenure_document::{Enforcement, Item, Kind, Moves, Overdraft, Permission, SeatBasis};

use crate::manager::explained::length;
use crate::words;

/// Name and value of each term.
pub(super) fn terms(written: &Value) -> Vec<(&'static str, String)> {
    match serde_json::from_value::<Item>(written.clone()) {
        Ok(item) => of_item(&item),
        Err(_) => Vec::new(),
    }
}

fn of_item(item: &Item) -> Vec<(&'static str, String)> {
    let mut terms = vec![
        ("Counting", kind(item.kind)),
        ("One seat per", seat_basis(item.seat_basis).to_owned()),
        ("Overdraft", overdraft(item.overdraft)),
        ("Beyond all seats", enforcement(item.enforcement).to_owned()),
        ("Borrowing", borrowing(item)),
        ("Virtual machines", permission(item.virtual_machines).to_owned()),
        ("Days of grace", days(item.grace_days, "None")),
        ("Word from the publisher", days(item.checkpoint_days, "Not needed")),
        ("Moves on site", moves(item.moves.as_ref())),
    ];
    if item.exclusive {
        terms.push(("Exclusive", "At most one holder at a time".to_owned()));
    }
    if item.min_named_user_days > 0 {
        terms.push(("A user keeps the seat", days(item.min_named_user_days, "")));
    }
    if let Some(tolerance) = item.binding {
        terms.push(("Binding to the machine", words::plain(&format!("{tolerance:?}"))));
    }
    let texts = [
        ("Product", Some(&item.product)),
        ("Activation ID", item.activation_id.as_ref()),
        ("Entitlement", item.entitlement_id.as_ref()),
        ("Vendor string", Some(&item.vendor_string)),
        ("Issuer", item.issuer.as_ref()),
        ("Notice", item.notice.as_ref()),
        ("Serial number", item.serial.as_ref()),
    ];
    let texts = texts.into_iter().filter_map(|(name, text)| Some((name, text?.clone())));
    terms.extend(texts.filter(|(_, text)| !text.is_empty()));
    if !item.selectors.is_empty() {
        let pairs = item.selectors.iter().map(|(key, value)| format!("{key}={value}"));
        terms.push(("Selectors", pairs.collect::<Vec<_>>().join(", ")));
    }
    terms
}

fn kind(kind: Kind) -> String {
    match kind {
        Kind::Concurrent => "Seats, held and given back".to_owned(),
        Kind::Metered { reusable, undo_seconds } => {
            let back = if reusable { "units come back" } else { "units are used up" };
            match undo_seconds {
                0 => format!("Metered: {back}, can't be undone"),
                seconds => format!("Metered: {back}, can be undone for {}", length(seconds)),
            }
        }
    }
}

const fn seat_basis(basis: SeatBasis) -> &'static str {
    match basis {
        SeatBasis::Process => "Checkout: every process takes one",
        SeatBasis::Session => "Session: one for all on the same terminal session",
        SeatBasis::Device => "Device: one for all on the same device",
        SeatBasis::User => "User: one for all of the same user",
    }
}

fn overdraft(overdraft: Overdraft) -> String {
    match overdraft {
        Overdraft::None => "None".to_owned(),
        Overdraft::Count(count) => words::so_many(count.into(), "seat", "seats"),
        Overdraft::Percent(percent) => format!("{percent} % of the count"),
        Overdraft::Unlimited => "No limit".to_owned(),
    }
}

const fn enforcement(enforcement: Enforcement) -> &'static str {
    match enforcement {
        Enforcement::Block => "Denied",
        Enforcement::Warn => "Granted with a warning",
        Enforcement::Record => "Granted and recorded",
    }
}

fn borrowing(item: &Item) -> String {
    let longest = match item.borrow_max_seconds {
        Some(0) => return "Not allowed".to_owned(),
        Some(seconds) => format!("For {} at most", length(seconds)),
        None => "As long as the server's setting allows".to_owned(),
    };
    match item.borrow_interval_seconds {
        Some(seconds) => {
            format!("{longest}; leases last {} unless asked for longer", length(seconds))
        }
        None => longest,
    }
}

const fn permission(permission: Permission) -> &'static str {
    match permission {
        Permission::Allow => "Allowed",
        Permission::Deny => "Not allowed",
    }
}

fn days(days: u32, none: &str) -> String {
    match days {
        0 => none.to_owned(),
        days => words::so_many(days.into(), "day", "days"),
    }
}

fn moves(moves: Option<&Moves>) -> String {
    let Some(moves) = moves else { return "Not without the publisher".to_owned() };
    let mut text = match moves.times {
        Some(times) => words::so_many(times.into(), "time", "times"),
        None => "Any number of times".to_owned(),
    };
    if moves.days_between > 0 {
        text.push_str(&format!(", {} apart", days(moves.days_between, "")));
    }
    if moves.within_account {
        text.push_str(", within the same account");
    }
    if moves.hop_only {
        text.push_str(", by removable media only");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn all_terms_have_words() {
        let item = json!({
            "id": "I-1", "feature": "cad", "version": "2.0", "count": 10, "expiry": "2027-01-01T00:00:00Z",
            "kind": {"metered": {"reusable": true, "undo_seconds": 3600}}, "overdraft": {"percent": 10},
            "seat_basis": "user", "exclusive": true, "borrow_max_seconds": 604_800, "grace_days": 14,
            "virtual": "deny", "enforcement": "warn", "min_named_user_days": 30, "checkpoint_days": 90,
            "moves": {"times": 2, "days_between": 1, "within_account": true}, "binding": "strict",
            "vendor_string": "<b>", "product": "suite@3", "selectors": {"site": "north"}
        });
        let terms = terms(&item);
        let text: Vec<String> =
            terms.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        expect_test::expect![[r#"
            Counting: Metered: units come back, can be undone for 1 hour
            One seat per: User: one for all of the same user
            Overdraft: 10 % of the count
            Beyond all seats: Granted with a warning
            Borrowing: For 1 week at most
            Virtual machines: Not allowed
            Days of grace: 14 days
            Word from the publisher: 90 days
            Moves on site: 2 times, 1 day apart, within the same account
            Exclusive: At most one holder at a time
            A user keeps the seat: 30 days
            Binding to the machine: Strict
            Product: suite@3
            Vendor string: <b>
            Selectors: site=north"#]]
        .assert_eq(&text.join("\n"));
    }
}
