//! Activation IDs: one text each, read as people type them, and every usual typing error is found.

use expect_test::{Expect, expect};
use proptest::prelude::*;
use tenure_document::ActivationId;

const ALPHABET: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

fn check(texts: &[&str], expected: Expect) {
    let shown = texts.iter().map(|text| match text.parse::<ActivationId>() {
        Ok(id) => format!("{text} -> {id}\n"),
        Err(error) => format!("{text} -> {}: {error}\n", error.code()),
    });
    expected.assert_eq(&shown.collect::<String>());
}

#[test]
fn they_are_read_as_people_type_them() {
    let id = ActivationId::from_entropy(*b"fifteen bytes!!");
    let text = id.to_string();
    let look_alikes = text.replace('0', "o").replace('1', "l").to_lowercase();
    check(
        &[
            &text,
            &text.replace('-', ""),
            &text.replace('-', " - "),
            &look_alikes,
            &text[..24],
            &format!("{text}0"),
            &text.replacen('C', "U", 1),
            &text.replacen('C', "D", 1),
            &text.replacen('C', "É", 1),
            "",
            &"0".repeat(81),
        ],
        expect![[r#"
            CSMPC-X35CN-Q20RK-SEHJQ-6891Z -> CSMPC-X35CN-Q20RK-SEHJQ-6891Z
            CSMPCX35CNQ20RKSEHJQ6891Z -> CSMPC-X35CN-Q20RK-SEHJQ-6891Z
            CSMPC - X35CN - Q20RK - SEHJQ - 6891Z -> CSMPC-X35CN-Q20RK-SEHJQ-6891Z
            csmpc-x35cn-q2ork-sehjq-689lz -> CSMPC-X35CN-Q20RK-SEHJQ-6891Z
            CSMPC-X35CN-Q20RK-SEHJQ- -> bad-value: "CSMPC-X35CN-Q20RK-SEHJQ-" is not an activation ID: it has five groups of five characters, such as XXXXX-XXXXX-XXXXX-XXXXX-XXXXX; these are 20
            CSMPC-X35CN-Q20RK-SEHJQ-6891Z0 -> bad-value: "CSMPC-X35CN-Q20RK-SEHJQ-6891Z0" is not an activation ID: it has five groups of five characters, such as XXXXX-XXXXX-XXXXX-XXXXX-XXXXX; these are 26
            USMPC-X35CN-Q20RK-SEHJQ-6891Z -> bad-value: "USMPC-X35CN-Q20RK-SEHJQ-6891Z" is not an activation ID: 'U' is no letter or digit that occurs in one
            DSMPC-X35CN-Q20RK-SEHJQ-6891Z -> bad-value: "DSMPC-X35CN-Q20RK-SEHJQ-6891Z" is not an activation ID: its check character does not fit; look for a typing error
            ÉSMPC-X35CN-Q20RK-SEHJQ-6891Z -> bad-value: "ÉSMPC-X35CN-Q20RK-SEHJQ-6891Z" is not an activation ID: 'É' is no letter or digit that occurs in one
             -> bad-value: "" is not an activation ID: it has five groups of five characters, such as XXXXX-XXXXX-XXXXX-XXXXX-XXXXX; these are 0
            000000000000000000000000000000000000000000000000000000000000000000000000000000000 -> bad-value: "0000000000000000000000000000000000000000" is not an activation ID: it has five groups of five characters, such as XXXXX-XXXXX-XXXXX-XXXXX-XXXXX
        "#]],
    );
    let json = serde_json::to_string(&id).unwrap();
    assert_eq!(json, format!("\"{text}\""));
    assert_eq!(serde_json::from_str::<ActivationId>(&json).unwrap(), id);
}

/// Every text of the ID with one character replaced, and with two swapped.
fn mistyped(text: &str) -> impl Iterator<Item = String> {
    let characters: Vec<char> = text.chars().collect();
    let places: Vec<usize> = (0..characters.len()).filter(|at| characters[*at] != '-').collect();
    let (all, pairs) = (characters.clone(), places.clone());
    let single = places.clone().into_iter().flat_map(move |place| {
        let characters = characters.clone();
        ALPHABET.chars().map(move |other| {
            let mut wrong = characters.clone();
            wrong[place] = other;
            wrong.into_iter().collect::<String>()
        })
    });
    let swapped = pairs.into_iter().flat_map(move |first| {
        let all = all.clone();
        places.clone().into_iter().map(move |second| {
            let mut wrong = all.clone();
            wrong.swap(first, second);
            wrong.into_iter().collect::<String>()
        })
    });
    single.chain(swapped)
}

proptest! {
    #[test]
    fn each_has_one_text(entropy: [u8; 15]) {
        let id = ActivationId::from_entropy(entropy);
        let text = id.to_string();
        prop_assert_eq!(text.len(), 29);
        prop_assert!(text.chars().all(|c| c == '-' || ALPHABET.contains(c)), "{}", text);
        prop_assert_eq!(text.parse::<ActivationId>(), Ok(id));
    }

    #[test]
    fn every_wrong_character_and_every_swap_is_found(entropy: [u8; 15]) {
        let text = ActivationId::from_entropy(entropy).to_string();
        for wrong in mistyped(&text) {
            prop_assert_eq!(wrong.parse::<ActivationId>().is_ok(), wrong == text, "{}", wrong);
        }
    }

    #[test]
    fn no_text_brings_it_down(text in "\\PC{0,90}") {
        let _ = text.parse::<ActivationId>();
    }
}
