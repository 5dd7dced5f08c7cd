//! Which container is meant: a table.
//!
//! Invariant: no container is guessed where there are several. Deliberately not here: the questions themselves.

use super::*;
use crate::wizard::talk::Kept;
use expect_test::expect;
use serde_json::json;
use tenure_document::ContainerId;

fn serials() -> Vec<String> {
    (1..=3).map(|number| ContainerId([number; 16]).serial()).collect()
}

fn device(has: &[usize]) -> Vec<DeviceContainer> {
    has.iter()
        .map(|place| {
            serde_json::from_value(json!({"serial": serials()[*place], "id": ContainerId([1; 16]), "name": "press",
                "kind": "bound", "generation": 0, "sequence": 3, "history_hash": tenure_document::Hash::ZERO, "items": 2,
                "open": true}))
            .expect("a container")
        })
        .collect()
}

#[test]
fn the_container_that_is_meant() {
    let mut shown = String::new();
    let mut try_one = |what: &str, has: &[usize], named: Option<usize>, parked: &[usize]| {
        let parked: Vec<String> = parked.iter().map(|place| serials()[*place].clone()).collect();
        let named = named.map(|place| serials()[place].clone());
        let found = container(&device(has), named.as_deref(), &parked, &mut Kept::default());
        let said = match found {
            Ok(one) => {
                format!("{}", serials().iter().position(|serial| *serial == one.serial).unwrap())
            }
            Err(failure) => failure.code.clone().unwrap_or_else(|| failure.to_string()),
        };
        shown += &format!("{what}: {said}\n");
    };
    try_one("the only one", &[0], None, &[]);
    try_one("the one of the papers", &[0, 1], None, &[1]);
    try_one("the one named", &[0, 1], Some(0), &[1]);
    try_one("one of several, and nobody to ask", &[0, 1], None, &[]);
    try_one("papers of another device", &[0], None, &[2]);
    try_one("named, and not there", &[0], Some(2), &[]);
    try_one("none there", &[], None, &[]);
    expect![[r#"
        the only one: 0
        the one of the papers: 1
        the one named: 0
        one of several, and nobody to ask: the device has several containers; say which one is meant
        papers of another device: wrong-container
        named, and not there: no-container
        none there: no-container
    "#]]
    .assert_eq(&shown);
}
