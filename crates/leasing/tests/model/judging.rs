//! Who may take from which pools.

use expect_test::{Expect, expect};
use tenure_document::{HostId, HostIdType, MachineKind};
use tenure_leasing::{Asker, Dictionary, DictionaryValue, Model, PoolRef};

/// `host[/TYPE] user=… name=… kind=… group=… key:value …`, each line one requester.
pub fn judge(model: &str, askers: &str, expected: Expect) {
    let model = match Model::parse(model) {
        Ok(model) => model,
        Err(faults) => panic!("{}", faults[0].render("model")),
    };
    let lines = askers.lines().map(str::trim).filter(|line| !line.is_empty());
    let said: Vec<String> =
        lines.map(|line| format!("{line} -> {}\n", verdict(&model, line))).collect();
    expected.assert_eq(&said.concat());
}

pub fn verdict(model: &Model, line: &str) -> String {
    let mut words = line.split_whitespace();
    let host = words.next().expect("a host");
    let (value, kind) = host.rsplit_once('/').unwrap_or((host, "STRING"));
    let kind: HostIdType = kind.parse().expect("a type");
    let host = HostId::new(kind, value).expect("a host ID");
    let (mut user, mut name, mut machine, mut groups) = (None, None, MachineKind::Unknown, vec![]);
    let mut dictionary = Dictionary::new();
    for word in words {
        match (word.split_once('='), word.split_once(':')) {
            (Some(("user", text)), _) => user = Some(text),
            (Some(("name", text)), _) => name = Some(text),
            (Some(("group", text)), _) => groups.push(text),
            (Some(("kind", "virtual")), _) => machine = MachineKind::Virtual,
            (Some(("kind", "physical")), _) => machine = MachineKind::Physical,
            (None, Some((key, value))) => {
                let texts: Vec<String> = value.split('|').map(str::to_owned).collect();
                let value = match texts.as_slice() {
                    [one] => DictionaryValue::One(one.clone()),
                    _ => DictionaryValue::Many(texts),
                };
                dictionary.insert(key.to_owned(), value);
            }
            _ => panic!("{word:?} says nothing about a requester"),
        }
    }
    let is_member = |group: &str| groups.contains(&group);
    let asker = Asker {
        host: &host,
        user,
        name,
        kind: machine,
        groups: &is_member,
        dictionary: &dictionary,
    };
    let verdict = model.judge(&asker);
    let pool = |pool: &PoolRef| match pool {
        PoolRef::Default => "default",
        PoolRef::Named(place) => model.pools()[usize::from(*place)].name.as_str(),
    };
    let pools: Vec<&str> = verdict.pools.iter().map(pool).collect();
    let said = if verdict.denied { "denied".to_owned() } else { pools.join(", ") };
    let lines = verdict.rules.iter().filter_map(|rule| model.rule_text(*rule as usize));
    let lines: Vec<String> = lines.map(|(line, _)| line.to_string()).collect();
    let spec = if verdict.spec.is_some() { " +spec" } else { "" };
    match lines.is_empty() {
        true => format!("{said} by no rule"),
        false => format!("{said} by {}{spec}", lines.join(", ")),
    }
}

const POOLS: &str = r#"partitions { partition "a" { } partition "b" { } partition "c" { } }"#;

fn with_rules(rules: &str) -> String {
    format!("model \"m\" {{ {POOLS}\n{rules}\n}}")
}

#[test]
fn the_first_rule_that_accepts_ends() {
    judge(
        &with_rules(
            r#"on dictionary("dept":"design") and not hosttype("kiosk") { use "a", "default" accept }
               on hostid("~/^lab-[0-9]+$/", "0A1B/ETHERNET") { use "b" without requested features { all from "b" } accept }
               on hostname("badbox") || hostid("mallory/USER") { deny }"#,
        ),
        "ws1
         ws1 dept:design
         lab-17
         lab-x
         0A1B/ETHERNET
         0A1B
         ws1 name=badbox
         ws1 user=mallory
         mallory/USER
         mallory
         lab-1 user=mallory",
        expect![[r#"
            ws1 -> default by no rule
            ws1 dept:design -> a, default by 2
            lab-17 -> b by 3 +spec
            lab-x -> default by no rule
            0A1B/ETHERNET -> b by 3 +spec
            0A1B -> default by no rule
            ws1 name=badbox -> denied by 4
            ws1 user=mallory -> denied by 4
            mallory/USER -> denied by 4
            mallory -> default by no rule
            lab-1 user=mallory -> b by 3 +spec
        "#]],
    );
}

#[test]
fn continue_gathers_and_deny_refuses_whatever_was_gathered() {
    judge(
        &with_rules(
            r#"on dictionary("a":*) { use "a" continue }
               on dictionary("b":*) { use "b", "a" }
               on dictionary("c":*) { use "c", "default" accept }
               on dictionary("x":*) { deny }
               on dictionary("y":*) { accept }"#,
        ),
        "ws a:1
         ws b:1
         ws a:1 b:1
         ws a:1 b:1 c:1 x:1
         ws a:1 x:1
         ws a:1 y:1
         ws y:1",
        expect![[r#"
            ws a:1 -> a by 2
            ws b:1 -> b, a by 3
            ws a:1 b:1 -> a, b by 2, 3
            ws a:1 b:1 c:1 x:1 -> a, b, c, default by 2, 3, 4
            ws a:1 x:1 -> denied by 2, 5
            ws a:1 y:1 -> a by 2, 6
            ws y:1 -> default by 6
        "#]],
    );
}

#[test]
fn and_binds_closer_than_or_and_parentheses_group() {
    judge(
        &with_rules(
            r#"on user("u") or user("v") and hosttype("virtual") { use "a" accept }
               on (user("w") || user("x")) && ! hosttype("VIRTUAL") { use "b" accept }
               on not (user("y") or group("g")) { use "c" accept }
               on any() { deny }"#,
        ),
        "ws user=u
         ws user=v
         ws user=v kind=virtual
         ws user=x
         ws user=x kind=virtual
         ws user=y
         ws group=g
         ws",
        expect![[r#"
            ws user=u -> a by 2
            ws user=v -> c by 4
            ws user=v kind=virtual -> a by 2
            ws user=x -> b by 3
            ws user=x kind=virtual -> c by 4
            ws user=y -> denied by 5
            ws group=g -> denied by 5
            ws -> c by 4
        "#]],
    );
}

#[test]
fn an_array_matches_if_it_holds_the_value_and_a_list_if_one_of_it_matches() {
    judge(
        &with_rules(
            r#"on dictionary("dept":"design", "site":"~/^ber/") { use "a" accept }
               on hostname("n1", "~/^lab/") { use "b" accept }
               on hostid("ann") { use "c" accept }"#,
        ),
        "ws dept:sales|design
         ws dept:designer
         ws site:munich|berlin
         ws dept:
         ws name=n1
         ws name=my-lab
         ann
         ws user=ann
         ann/ETHERNET",
        expect![[r#"
            ws dept:sales|design -> a by 2
            ws dept:designer -> default by no rule
            ws site:munich|berlin -> a by 2
            ws dept: -> default by no rule
            ws name=n1 -> b by 3
            ws name=my-lab -> default by no rule
            ann -> c by 4
            ws user=ann -> c by 4
            ann/ETHERNET -> default by no rule
        "#]],
    );
}
