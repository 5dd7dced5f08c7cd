//! What is told about models that can be used.

use expect_test::{Expect, expect};
use std::collections::{BTreeMap, BTreeSet};
use tenure_document::Version;
use tenure_leasing::{Known, Model, Short, check_model};

fn check(text: &str, known: bool, expected: Expect) {
    let cad = ("cad".to_owned(), Version::new(3, 0, 0));
    let short = |model: &Model| {
        let slices = model.pools().iter().flat_map(|pool| &pool.slices);
        let short = slices.filter(|slice| slice.line == 4);
        short.map(|slice| Short { order: slice.order, stated: 7, given: 2 }).collect()
    };
    let server = Known {
        features: BTreeMap::from([cad]),
        groups: BTreeSet::from(["designers".to_owned()]),
        short: &short,
    };
    let checked = check_model(text, known.then_some(&server));
    let said = checked.findings.iter().map(|fault| {
        let help = fault.help.iter().map(|text| format!("\n    {text}")).collect::<String>();
        let (line, column, word) = (fault.line, fault.column, fault.severity.word());
        format!("{line}:{column} {word} {} {}{help}\n", fault.code, fault.message)
    });
    let said: String = said.collect();
    let usable = if checked.model.is_some() { "usable\n" } else { "refused\n" };
    expected.assert_eq(&(said + usable));
}

const ODD: &str = r#"model "m" {
  partitions {
    partition "a" {
      "cad" 3.0 7
      "cad" 3.0 1
      "cda" 1.0 4
      "cad" 4.0 1
    }
    partition "b" { }
  }
  on hosttype("kiosk", "Virtual", "~/al$/") { use "a", "default", "a" accept }
  on user("ann") or group("desingers") { use "a" continue }
  on user("ann") { deny }
  on user("ann") { use "a" deny }
  on not any() { accept }
  on hostname("x") or any() { accept }
  on user("bob") { without requested features { "nut" 1.0 1 } accept }
}
"#;

#[test]
fn odd_models_are_told_about_without_a_server() {
    check(
        ODD,
        false,
        expect![[r#"
        5:7 warning twice "cad" stands twice in this pool
            both count; write their sum
        9:15 warning unused-pool no rule uses the pool "b"
            its seats can be had by reservations only
        9:15 warning empty-pool the pool "b" has no slices
        11:15 warning unknown-host-type no machine has the host type "kiosk"
        11:67 warning twice "a" is named twice; the first place counts
        14:3 warning unreachable never reached: the rule of line 13 ends for the same requesters
        14:24 warning no-effect `use` has no effect in a rule that denies
        15:3 warning never-matches this condition is never true
        17:3 warning unreachable never reached: the rule of line 16 ends for everybody
        usable
    "#]],
    );
}

#[test]
fn a_server_knows_features_groups_and_how_short_pools_would_be() {
    check(
        ODD,
        true,
        expect![[r#"
            4:7 warning short gets 2 of 7 seats of "cad"
            5:7 warning twice "cad" stands twice in this pool
                both count; write their sum
            6:7 warning unknown-feature the server has no feature "cda"
                did you mean `cad`?
            7:7 warning version-too-high "cad" has no version 4.0 or higher here
                the highest version is 3.0
            9:15 warning unused-pool no rule uses the pool "b"
                its seats can be had by reservations only
            9:15 warning empty-pool the pool "b" has no slices
            11:15 warning unknown-host-type no machine has the host type "kiosk"
            11:67 warning twice "a" is named twice; the first place counts
            12:27 warning unknown-group there is no reservation group "desingers"
                did you mean `designers`?
            14:3 warning unreachable never reached: the rule of line 13 ends for the same requesters
            14:24 warning no-effect `use` has no effect in a rule that denies
            15:3 warning never-matches this condition is never true
            17:3 warning unreachable never reached: the rule of line 16 ends for everybody
            17:49 warning unknown-feature the server has no feature "nut"
            usable
        "#]],
    );
}

#[test]
fn a_faulty_model_gives_its_faults_only() {
    check(
        "model \"m\" { on any() { use \"x\" } on any() { deny } }",
        true,
        expect![[r#"
        1:28 error unknown-pool there is no pool "x" in this model
        refused
    "#]],
    );
    check(
        "model \"m\" { on any() { deny } }",
        true,
        expect![[r#"
        usable
    "#]],
    );
}
