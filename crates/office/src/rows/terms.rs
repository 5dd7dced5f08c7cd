//! Terms on the wire and in the state: the same members on both sides.
//!
//! Kept here: a change of single members is merged into a model's terms as RFC 7396 says, and what comes out is read as
//! strictly as terms that are written in full. Deliberately not here: whether terms make sense (issuing).

use serde_json::{Map, Value};
use tenure_api::office::{
    Begins, LicenseTerms, MoveTerms, ReturnTerms, TermsChange, Tolerance, UsageTerms, Validity,
};
use tenure_issuing::office as state;
use tenure_shell::problem::{Code, Refused};

/// Terms on the wire.
pub(crate) fn wire(terms: &state::Terms) -> LicenseTerms {
    LicenseTerms {
        validity: wire_validity(terms.validity),
        containers: terms.containers.clone(),
        usage: wire_usage(&terms.usage),
        checkpoint_days: Some(terms.checkpoint_days).filter(|days| *days > 0),
        moves: terms.moves.map(|moves| MoveTerms {
            times: moves.times,
            days_between: moves.days_between,
            within_account: moves.within_account,
            hop_only: moves.hop_only,
        }),
        returns: ReturnTerms {
            allowed: terms.returns.allowed,
            cool_down_days: terms.returns.cool_down_days,
        },
        binding: terms.binding.map(wire_tolerance),
    }
}

/// Terms of the state.
pub(crate) fn read(terms: LicenseTerms) -> state::Terms {
    state::Terms {
        validity: read_validity(terms.validity),
        containers: terms.containers,
        usage: read_usage(terms.usage),
        checkpoint_days: terms.checkpoint_days.unwrap_or_default(),
        moves: terms.moves.map(|moves| state::Moves {
            times: moves.times,
            days_between: moves.days_between,
            within_account: moves.within_account,
            hop_only: moves.hop_only,
        }),
        returns: state::Returns {
            allowed: terms.returns.allowed,
            cool_down_days: terms.returns.cool_down_days,
        },
        binding: terms.binding.map(read_tolerance),
    }
}

/// A model's terms with single members changed; nothing where nothing changes.
///
/// # Errors
/// The member that is not understood.
pub(crate) fn merged(
    terms: &state::Terms,
    change: &TermsChange,
) -> Result<Option<state::Terms>, Refused> {
    if change.is_empty() {
        return Ok(None);
    }
    let Ok(Value::Object(mut whole)) = serde_json::to_value(wire(terms)) else {
        return Err(Code::Internal.says("The terms can't be written."));
    };
    merge(&mut whole, &change.0);
    let read_terms: LicenseTerms = serde_json::from_value(Value::Object(whole))
        .map_err(|fault| Code::MalformedRequest.says(format!("`terms`: {fault}.")))?;
    Ok(Some(read(read_terms)))
}

fn merge(whole: &mut Map<String, Value>, change: &Map<String, Value>) {
    for (name, value) in change {
        match (value, whole.get_mut(name)) {
            (Value::Null, _) => {
                whole.remove(name);
            }
            // One of several kinds of validity or use replaces another: only plain members are merged.
            (Value::Object(change), Some(Value::Object(inner)))
                if matches!(name.as_str(), "usage" | "returns" | "moves") =>
            {
                merge(inner, change);
            }
            (value, _) => {
                whole.insert(name.clone(), value.clone());
            }
        }
    }
}

pub(crate) fn wire_usage(usage: &state::UsageTerms) -> UsageTerms {
    UsageTerms {
        kind: usage.kind,
        seat_basis: usage.seat_basis,
        overdraft: usage.overdraft,
        exclusive: usage.exclusive,
        borrow_max_seconds: usage.borrow_max_seconds,
        borrow_interval_seconds: usage.borrow_interval_seconds,
        grace_days: usage.grace_days,
        enforcement: usage.enforcement,
        virtual_machines: usage.virtual_machines,
        min_named_user_days: usage.min_named_user_days,
    }
}

pub(crate) fn read_usage(usage: UsageTerms) -> state::UsageTerms {
    state::UsageTerms {
        kind: usage.kind,
        seat_basis: usage.seat_basis,
        overdraft: usage.overdraft,
        exclusive: usage.exclusive,
        borrow_max_seconds: usage.borrow_max_seconds,
        borrow_interval_seconds: usage.borrow_interval_seconds,
        grace_days: usage.grace_days,
        enforcement: usage.enforcement,
        virtual_machines: usage.virtual_machines,
        min_named_user_days: usage.min_named_user_days,
    }
}

pub(crate) fn wire_tolerance(tolerance: state::Tolerance) -> Tolerance {
    match tolerance {
        state::Tolerance::Loose => Tolerance::Loose,
        state::Tolerance::Medium => Tolerance::Medium,
        state::Tolerance::Strict => Tolerance::Strict,
    }
}

pub(crate) fn read_tolerance(tolerance: Tolerance) -> state::Tolerance {
    match tolerance {
        Tolerance::Loose => state::Tolerance::Loose,
        Tolerance::Medium => state::Tolerance::Medium,
        Tolerance::Strict => state::Tolerance::Strict,
    }
}

fn wire_validity(validity: state::Validity) -> Validity {
    match validity {
        state::Validity::Perpetual => Validity::Perpetual,
        state::Validity::Subscription { days, from } => {
            Validity::Subscription { days, from: wire_begins(from) }
        }
        state::Validity::Trial { days, from } => Validity::Trial { days, from: wire_begins(from) },
        state::Validity::Until(at) => Validity::Until(at),
    }
}

fn read_validity(validity: Validity) -> state::Validity {
    match validity {
        Validity::Perpetual => state::Validity::Perpetual,
        Validity::Subscription { days, from } => {
            state::Validity::Subscription { days, from: read_begins(from) }
        }
        Validity::Trial { days, from } => state::Validity::Trial { days, from: read_begins(from) },
        Validity::Until(at) => state::Validity::Until(at),
    }
}

fn wire_begins(from: state::Begins) -> Begins {
    match from {
        state::Begins::Order => Begins::Order,
        state::Begins::FirstActivation => Begins::FirstActivation,
        state::Begins::Activation => Begins::Activation,
    }
}

fn read_begins(from: Begins) -> state::Begins {
    match from {
        Begins::Order => state::Begins::Order,
        Begins::FirstActivation => state::Begins::FirstActivation,
        Begins::Activation => state::Begins::Activation,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(model: &str, change: &str, expected: Expect) {
        let model: LicenseTerms = serde_json::from_str(model).expect("terms");
        let change: TermsChange = serde_json::from_str(change).expect("a change");
        let shown = match merged(&read(model), &change) {
            Ok(None) => "as the model".to_owned(),
            Ok(Some(terms)) => serde_json::to_string(&terms).expect("terms can be written"),
            Err(refused) => refused.into_problem().detail,
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn single_members_of_a_model_change_for_one_line() {
        let model = r#"{"validity":{"subscription":{"days":365}},"usage":{"grace_days":14,"overdraft":{"count":2}}}"#;
        check(model, "{}", expect!["as the model"]);
        check(
            model,
            r#"{"usage":{"overdraft":{"percent":10}}}"#,
            expect![[
                r#"{"validity":{"subscription":{"days":365,"from":"order"}},"usage":{"overdraft":{"percent":10},"grace_days":14}}"#
            ]],
        );
        check(
            model,
            r#"{"validity":"perpetual","usage":{"grace_days":null}}"#,
            expect![[r#"{"usage":{"overdraft":{"count":2}}}"#]],
        );
        check(
            model,
            r#"{"usage":{"grace":3}}"#,
            expect![
                "`terms`: unknown field `grace`, expected one of `kind`, `seat_basis`, `overdraft`, `exclusive`, `borrow_max_seconds`, `borrow_interval_seconds`, `grace_days`, `enforcement`, `virtual`, `min_named_user_days`."
            ],
        );
    }

    #[test]
    fn terms_come_back_as_they_went() {
        let written = r#"{"validity":{"trial":{"days":30,"from":"first-activation"}},"containers":["bound","portable"],"usage":{"kind":{"metered":{"reusable":true,"undo_seconds":60}},"seat_basis":"user","overdraft":"unlimited","exclusive":true,"borrow_max_seconds":0,"borrow_interval_seconds":900,"grace_days":3,"enforcement":"warn","virtual":"deny","min_named_user_days":7},"checkpoint_days":30,"moves":{"times":3,"days_between":1,"within_account":true,"hop_only":true},"returns":{"allowed":false,"cool_down_days":5},"binding":"strict"}"#;
        let terms: LicenseTerms = serde_json::from_str(written).expect("terms");
        assert_eq!(serde_json::to_string(&wire(&read(terms))).expect("written"), written);
    }
}
