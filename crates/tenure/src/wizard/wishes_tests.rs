//! Tables of wishes: how they are written, and what they come to.
//!
//! Invariant: a wish says how many there shall be in all. Deliberately not here: asking the office for them.

use super::*;
use expect_test::{Expect, expect};
use serde_json::json;

fn id() -> String {
    ActivationId::from_entropy([7; 15]).to_string()
}

#[test]
fn how_a_wish_is_written() {
    let shown = |text: &str| {
        let text = text.replace("ID", &id());
        let read = text.parse::<Wish>().map(|wish| wish.to_string());
        match read {
            Ok(wish) => wish.replace(&id(), "ID"),
            Err(why) => format!("refused: {}", why.replace(&id(), "ID")),
        }
    };
    let rows = ["ID", "ID/2", "ID/2=3", "ID=3", "ID/0", "ID/x", "ID/2=0", "XYZ", ""];
    let table: Vec<String> = rows.iter().map(|row| format!("{row:<8} {}", shown(row))).collect();
    expect![[r#"
        ID       ID
        ID/2     ID/2=1
        ID/2=3   ID/2=3
        ID=3     refused: `ID=3` has a quantity and no line; write ID/LINE=QUANTITY
        ID/0     refused: `0` is not a line; write ID/LINE=QUANTITY
        ID/x     refused: `x` is not a line; write ID/LINE=QUANTITY
        ID/2=0   refused: `0` is not a quantity; write ID/LINE=QUANTITY
        XYZ      refused: "XYZ" is not an activation ID: it has five groups of five characters, such as XXXXX-XXXXX-XXXXX-XXXXX-XXXXX; these are 3
                 refused: "" is not an activation ID: it has five groups of five characters, such as XXXXX-XXXXX-XXXXX-XXXXX-XXXXX; these are 0"#]].assert_eq(&table.join("\n"));
    assert_eq!(shown(&id().to_lowercase()), "ID");
}

/// Line 1: 5 bought, 2 free, 2 in T-1; line 2: of bound containers only, none free; line 3: free.
fn answer() -> LookUpAnswer {
    let active = |activation: &str, line: u32, serial: &str, quantity: u32, state: &str| {
        json!({"activation": activation, "activation_id": id(), "line": line, "product": "cad@2.0", "serial": serial,
            "quantity": quantity, "state": state, "since": "2026-11-01T00:00:00Z"})
    };
    serde_json::from_value(json!({"entitlements": [{"activation_id": id(), "state": "active", "customer": "Works", "lines": [
        {"line": 1, "product": "cad@2.0", "bought": 5, "active": 3, "free": 2, "activations": [
            active("A-1", 1, "T-1", 1, "confirmed"), active("A-2", 1, "T-1", 1, "assigned"),
            active("A-3", 1, "T-2", 1, "confirmed"), active("A-4", 1, "T-1", 9, "return-asked")]},
        {"line": 2, "product": "cam@1.0", "bought": 1, "active": 0, "in_return": 1, "free": 0,
            "free_again": "2026-12-01T00:00:00Z", "container_kinds": ["bound"]},
        {"line": 3, "product": "see@1.0", "bought": 1, "active": 0, "free": 1, "container_kinds": ["portable"]}
    ]}]}))
    .expect("an answer")
}

fn check(rows: &[(&str, &str, ContainerKind)], expected: Expect) {
    let mut shown = String::new();
    for (wishes, serial, kind) in rows {
        let read: Vec<Wish> = wishes
            .split_whitespace()
            .map(|word| word.replace("ID", &id()).parse().unwrap())
            .collect();
        let target = Target { serial: (*serial).to_owned(), kind: Some(*kind) };
        let said = match choices(&read, &answer(), &[], &target) {
            Ok(choices) => {
                let all =
                    choices.iter().map(|one| format!("{} of line {}", one.quantity, one.line));
                all.collect::<Vec<_>>().join(", ")
            }
            Err(failure) => failure.to_string().replace(&id(), "ID"),
        };
        shown += &format!("{wishes} for {serial}: {said}\n");
    }
    expected.assert_eq(&shown);
}

#[test]
fn what_is_missing_is_chosen_and_no_more() {
    use ContainerKind::{Bound, Portable};
    check(
        &[
            ("ID/1=1", "T-1", Bound),
            ("ID/1=2", "T-1", Bound),
            ("ID/1=4", "T-1", Bound),
            ("ID/1=5", "T-1", Bound),
            ("ID/1=2", "T-9", Bound),
            ("ID/2", "T-1", Bound),
            ("ID/2", "T-1", Portable),
            ("ID/7", "T-1", Bound),
            ("ID", "T-9", Bound),
            ("ID", "T-9", Portable),
            ("ID", "T-1", Bound),
        ],
        expect![[r#"
            ID/1=1 for T-1: 
            ID/1=2 for T-1: 
            ID/1=4 for T-1: 2 of line 1
            ID/1=5 for T-1: line 1 of ID (cad@2.0): 3 wanted, 2 free of 5 bought; it is in T-1, T-2 [not-free]
            ID/1=2 for T-9: 2 of line 1
            ID/2 for T-1: line 2 of ID (cam@1.0): 1 wanted, 0 free of 1 bought, 1 on the way back, free from 2026-12-01T00:00:00Z [not-free]
            ID/2 for T-1: line 2 of ID (cam@1.0) may not go into a portable container [wrong-container-kind]
            ID/7 for T-1: activation ID ID has no line 7 [no-line]
            ID for T-9: 1 of line 1
            ID for T-9: 1 of line 1, 1 of line 3
            ID for T-1: 
        "#]],
    );
}

#[test]
fn an_id_that_can_not_be_used_now() {
    let mut suspended = answer();
    suspended.entitlements[0].state = EntitlementState::Suspended;
    let wish = vec![id().parse::<Wish>().unwrap()];
    let failure = choices(&wish, &suspended, &[], &Target::default()).unwrap_err();
    assert_eq!(failure.code.as_deref(), Some("entitlement-suspended"));
    assert!(failure.hint.is_some());
}
