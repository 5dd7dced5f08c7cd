//! Laws of the language, over models that chance wrote.

use proptest::prelude::*;
use tenure_document::{HostId, HostIdType, MachineKind};
use tenure_leasing::{Asker, Dictionary, DictionaryValue, Model, PoolSpec, format_model};

use super::written::model;

/// Puts white space and comments where spaces are, outside of texts.
fn spaced(text: &str, spaces: &[u8]) -> String {
    let (mut out, mut quoted, mut escaped) = (String::new(), false, false);
    let mut spaces = spaces.iter().cycle();
    for c in text.chars() {
        match c {
            ' ' if !quoted => out.push_str(match spaces.next().unwrap_or(&0) % 12 {
                0 => "\n",
                1 => "\n\n\n",
                2 => " // a comment\n",
                3 => "\n\t// on its own line \n",
                4 => " /* within */ ",
                5 => "\n/* two\n   lines */\n",
                6 => "\r\n",
                7 => " /**//* twice */ // thrice\n\n",
                _ => " ",
            }),
            c => {
                quoted ^= c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                out.push(c);
            }
        }
    }
    out
}

/// Pools without the lines they stand on.
fn shape(model: &Model) -> Vec<PoolSpec> {
    let mut pools = model.pools().to_vec();
    for pool in &mut pools {
        pool.line = 0;
        pool.slices.iter_mut().for_each(|slice| slice.line = 0);
    }
    pools
}

fn ink(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fn asker() -> impl Strategy<Value = (HostId, Option<String>, Option<String>, u8, Dictionary, u8)> {
    let text = prop_oneof![
        6 => (0..6_u8).prop_map(|n| format!("n{n}")),
        1 => Just("a \"quoted\" \\ text // no comment".to_owned()),
    ];
    let kind = prop_oneof![
        3 => Just(HostIdType::String),
        1 => Just(HostIdType::Ethernet),
        1 => Just(HostIdType::User),
    ];
    let value = prop_oneof![
        text.clone().prop_map(DictionaryValue::One),
        prop::collection::vec(text.clone(), 0..3).prop_map(DictionaryValue::Many),
    ];
    let dictionary =
        prop::collection::btree_map((0..3_u8).prop_map(|n| format!("k{n}")), value, 0..3);
    let host = (kind, text.clone());
    let user = prop::option::of(text.clone());
    let name = prop::option::of(text);
    (host, user, name, 0..4_u8, dictionary, 0..8_u8).prop_map(
        |((kind, value), user, name, machine, dictionary, groups)| {
            let host = HostId::new(kind, value).expect("a host ID");
            (host, user, name, machine, dictionary, groups)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn formatting_changes_white_space_only_and_only_once(
        text in model(),
        spaces in prop::collection::vec(any::<u8>(), 1..40),
    ) {
        let text = spaced(&text, &spaces);
        let read = Model::parse(&text).map_err(|faults| TestCaseError::fail(faults[0].render("m")))?;
        let once = format_model(&text).expect("well formed");
        prop_assert_eq!(ink(&once), ink(&text));
        prop_assert_eq!(format_model(&once), Ok(once.clone()));
        let again = Model::parse(&once).map_err(|faults| TestCaseError::fail(faults[0].render("m")))?;
        prop_assert_eq!(shape(&again), shape(&read));
        let rules = |model: &Model| {
            let rules = model.rules().iter();
            rules.map(|rule| (rule.uses.clone(), rule.action)).collect::<Vec<_>>()
        };
        prop_assert_eq!(rules(&again), rules(&read));
    }

    #[test]
    fn the_index_never_changes_a_judgement(
        text in model(),
        askers in prop::collection::vec(asker(), 1..8),
    ) {
        let model = Model::parse(&text).map_err(|faults| TestCaseError::fail(faults[0].render("m")))?;
        for (host, user, name, machine, dictionary, groups) in &askers {
            let kinds = [
                MachineKind::Physical,
                MachineKind::Virtual,
                MachineKind::Container,
                MachineKind::Unknown,
            ];
            let member = |group: &str| {
                let number: u8 = group.trim_start_matches('g').parse().expect("a number");
                groups >> number & 1 == 1
            };
            let asker = Asker {
                host,
                user: user.as_deref(),
                name: name.as_deref(),
                kind: kinds[usize::from(*machine)],
                groups: &member,
                dictionary,
            };
            prop_assert_eq!(model.judge(&asker), model.judge_plainly(&asker));
        }
    }

    #[test]
    fn cut_and_doubled_texts_never_panic_and_tell_where(
        text in model(),
        spaces in prop::collection::vec(any::<u8>(), 1..40),
        cut in any::<prop::sample::Index>(),
        twice in any::<prop::sample::Index>(),
        stray in "[{}()\"',:*%!&|/x0-9é\n]{0,3}",
    ) {
        let text = spaced(&text, &spaces);
        let at = |index: prop::sample::Index| {
            let place = index.index(text.len());
            (0..=place).rev().find(|place| text.is_char_boundary(*place)).unwrap_or(0)
        };
        let (cut, twice) = (at(cut), at(twice));
        let broken = format!("{}{stray}{}", &text[..cut], &text[twice..]);
        if let Err(faults) = Model::parse(&broken) {
            prop_assert!(!faults.is_empty());
            for fault in &faults {
                let line = broken.split('\n').nth(fault.line as usize - 1);
                prop_assert!(line.is_some(), "{}", fault.render("m"));
                prop_assert!(fault.column as usize <= line.unwrap_or("").chars().count() + 1);
                let _ = fault.render("m");
            }
        }
        if let Ok(formatted) = format_model(&broken) {
            prop_assert_eq!(format_model(&formatted), Ok(formatted));
        }
    }
}
