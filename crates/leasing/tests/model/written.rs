//! Models as chance writes them: well formed, with all the words of the language.

use proptest::prelude::*;

/// Names of pools, in the order of their first mention.
pub const POOLS: [&str; 4] = ["p0", "p1", "p2", "p3"];

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => (0..6_u8).prop_map(|n| format!("n{n}")),
        1 => (0..6_u8).prop_map(|n| format!("~/^n{n}/")),
        1 => (0..3_u8).prop_map(|n| format!("~/[{n}4]$/")),
        1 => Just("a \"quoted\" \\ text // no comment".to_owned()),
    ]
}

fn names() -> impl Strategy<Value = String> {
    prop::collection::vec(name().prop_map(|name| quoted(&name)), 1..4)
        .prop_map(|names| names.join(" , "))
}

fn host_ids() -> impl Strategy<Value = String> {
    let typed = (name(), prop_oneof![Just(""), Just("/ETHERNET"), Just("/USER"), Just("/STRING")]);
    let one = typed.prop_map(|(name, kind)| match (name.starts_with("~/"), kind) {
        (true, "") => quoted(&name),
        (true, kind) => quoted(&format!("{}{kind}", name.trim_end_matches('/'))),
        (false, "") => quoted(&name.replace('/', "-")),
        (false, kind) => quoted(&format!("{name}{kind}")),
    });
    prop::collection::vec(one, 1..4).prop_map(|ids| ids.join(","))
}

fn test() -> impl Strategy<Value = String> {
    let pair = (0..3_u8, prop_oneof![Just("*".to_owned()), name().prop_map(|name| quoted(&name))]);
    let pairs =
        prop::collection::vec(pair.prop_map(|(key, value)| format!("\"k{key}\" : {value}")), 1..3);
    prop_oneof![
        2 => host_ids().prop_map(|ids| format!("hostid ( {ids} )")),
        1 => names().prop_map(|names| format!("hostname ( {names} )")),
        1 => prop_oneof![Just("virtual"), Just("PHYSICAL"), Just("~/al$/")]
            .prop_map(|kind| format!("hosttype ( \"{kind}\" )")),
        2 => names().prop_map(|names| format!("user ( {names} )")),
        1 => (0..3_u8).prop_map(|n| format!("group ( \"g{n}\" )")),
        2 => pairs.prop_map(|pairs| format!("dictionary ( {} )", pairs.join(" , "))),
        1 => Just("any ( )".to_owned()),
    ]
}

/// A condition.
pub fn condition() -> impl Strategy<Value = String> {
    test().prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} and {b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} || {b}")),
            inner.clone().prop_map(|a| format!("not ( {a} )")),
            inner.prop_map(|a| format!("! ( {a} )")),
        ]
    })
}

fn pool() -> impl Strategy<Value = String> {
    let amount = prop_oneof![
        (0..9_u8).prop_map(|n| n.to_string()),
        (0..101_u8).prop_map(|n| format!("{n} %")),
        Just("remainder".to_owned()),
    ];
    let terms = prop_oneof![
        Just(""),
        Just("max 3"),
        Just("vendor string matches \"~/x/\" max 1"),
        Just("product name matches \"p\" activation ID matches \"a\""),
    ];
    let version = prop_oneof![Just("1"), Just("2.0"), Just("2.1.3"), Just("0")];
    let slice = (0..3_u8, version, amount, terms).prop_map(|(feature, version, amount, terms)| {
        format!("\"f{feature}\" {version} {amount} {terms}")
    });
    (0..POOLS.len(), prop::collection::vec(slice, 0..4)).prop_map(|(pool, slices)| {
        format!("partition \"{}\" {{ {} }}", POOLS[pool], slices.join(" "))
    })
}

fn rule() -> impl Strategy<Value = String> {
    let used = prop::sample::subsequence(vec!["p0", "p1", "p2", "default"], 0..3);
    let uses = used.prop_map(|pools| match pools.is_empty() {
        true => String::new(),
        false => format!("use \"{}\"", pools.join("\" , \"")),
    });
    let spec = prop_oneof![
        3 => Just(""),
        1 => Just("without requested features { all from \"p1\" , \"p0\" }"),
        1 => Just("without requested features { \"f1\" 1.0 2 \"f2\" 1.0 50 % }"),
    ];
    let action =
        prop_oneof![2 => Just(""), 3 => Just("continue"), 2 => Just("accept"), 1 => Just("deny")];
    (condition(), uses, spec, action)
        .prop_map(|(on, uses, spec, action)| format!("on {on} {{ {uses} {spec} {action} }}"))
}

/// A whole model; its tokens have spaces between them.
pub fn model() -> impl Strategy<Value = String> {
    let pools = prop::collection::vec(pool(), 0..5);
    let rules = prop::collection::vec(rule(), 0..12);
    (pools, rules).prop_map(|(pools, rules)| {
        // Every pool that a rule may use is there.
        let all = POOLS.map(|pool| format!("partition \"{pool}\" {{ }}")).join(" ");
        let rules = rules.join(" ");
        format!("model \"m\" {{ partitions {{ {} {all} }} {rules} }}", pools.join(" "))
    })
}
