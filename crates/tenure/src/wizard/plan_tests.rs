//! Tables of the plan, and plays of it to the end.
//!
//! Facts are written short: `c3` a context at operation 3, `u3-5` an update from 3 to 5, `r5` a receipt, `a5` applied
//! up to 5, `h5` handed over up to 5; after the bar `d5` the device is here, `o` the office; then what is wanted.

use super::*;
use expect_test::{Expect, expect};

fn standing(sequence: u64) -> Standing {
    Standing { serial: "T-1".into(), generation: 0, sequence }
}

struct Facts {
    parked: Parked,
    reach: Reach,
    wanted: Wanted,
}

fn facts(text: &str) -> Facts {
    let mut parked = Parked::default();
    let mut reach = Reach::default();
    let mut wanted = Wanted { receipt: true, ..Wanted::default() };
    for word in text.split_whitespace() {
        let (letter, rest) = word.split_at(1);
        let number = || rest.parse::<u64>();
        match (letter, word) {
            (_, "|") => {}
            (_, "o") => reach.office = true,
            (_, "more") => wanted.more = true,
            (_, "afresh") => wanted.afresh = true,
            (_, "serial") => wanted.push = true,
            (_, "no-receipt") => wanted.receipt = false,
            ("c", _) => parked.context = Some(standing(number().unwrap())),
            ("r", _) => parked.receipt = Some(standing(number().unwrap())),
            ("a", _) => parked.applied = Some(number().unwrap()),
            ("h", _) => parked.handed_over = Some(number().unwrap()),
            ("d", _) => reach.device = Some(standing(number().unwrap())),
            ("u", _) => {
                let (from, to) = rest.split_once('-').unwrap();
                let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
                parked.update = Some(Stretch { serial: "T-1".into(), generation: 0, from, to });
            }
            _ => panic!("{word}?"),
        }
    }
    Facts { parked, reach, wanted }
}

fn check(rows: &[&str], expected: Expect) {
    let mut shown = String::new();
    for row in rows {
        let Facts { parked, reach, wanted } = facts(row);
        let step = next(&parked, &reach, &wanted, Run::default());
        shown += &format!("{row:<34} {step:?}\n");
    }
    expected.assert_eq(&shown);
}

#[test]
fn at_the_device() {
    check(
        &[
            "| d3",
            "c3 | d3",
            "c2 | d3",
            "c3 u3-5 | d3",
            "c3 u3-5 | d3 more",
            "u0-5 | d3",
            "u4-5 | d3",
            "c3 u3-5 | d5",
            "c3 u3-5 | d5 no-receipt",
            "c3 u3-5 r5 | d5",
            "c3 u3-5 r5 h5 | d5",
            "c3 u3-5 | d5 more",
            "c3 u3-5 | d3 afresh",
            "c5 u3-5 r5 | d5",
            "c3 u3-3 | d3",
        ],
        expect![[r#"
            | d3                               TakeContext
            c3 | d3                            End(AskAtOffice)
            c2 | d3                            TakeContext
            c3 u3-5 | d3                       Apply
            c3 u3-5 | d3 more                  Apply
            u0-5 | d3                          Apply
            u4-5 | d3                          TakeContext
            c3 u3-5 | d5                       TakeReceipt
            c3 u3-5 | d5 no-receipt            TakeContext
            c3 u3-5 r5 | d5                    End(HandOverAtOffice)
            c3 u3-5 r5 h5 | d5                 TakeContext
            c3 u3-5 | d5 more                  TakeContext
            c3 u3-5 | d3 afresh                TakeContext
            c5 u3-5 r5 | d5                    End(AskAtOffice)
            c3 u3-3 | d3                       End(AskAtOffice)
        "#]],
    );
}

#[test]
fn at_the_office() {
    check(
        &[
            "| o",
            "| o serial",
            "c3 | o",
            "c3 | o more",
            "c3 u3-5 | o",
            "c3 u3-5 | o more",
            "c3 u3-5 a5 | o",
            "c3 u3-5 r5 | o",
            "c3 u3-5 r5 h5 | o",
            "c3 u3-5 r5 h5 | o more",
            "c5 u3-5 r5 | o",
            "c3 u3-3 | o",
            "u3-5 | o",
            "r5 | o",
        ],
        expect![[r#"
            | o                                End(ContextAtDevice)
            | o serial                         Push
            c3 | o                             Ask
            c3 | o more                        Ask
            c3 u3-5 | o                        End(ApplyAtDevice)
            c3 u3-5 | o more                   Ask
            c3 u3-5 a5 | o                     End(Applied)
            c3 u3-5 r5 | o                     HandOver
            c3 u3-5 r5 h5 | o                  End(Confirmed)
            c3 u3-5 r5 h5 | o more             Ask
            c5 u3-5 r5 | o                     Ask
            c3 u3-3 | o                        Ask
            u3-5 | o                           End(ApplyAtDevice)
            r5 | o                             HandOver
        "#]],
    );
}

#[test]
fn with_neither_and_with_both() {
    check(
        &[
            "|",
            "c3 |",
            "c3 u3-5 |",
            "c3 u3-5 r5 |",
            "| d3 o",
            "c3 | d3 o",
            "c3 u3-5 | d3 o",
            "c3 u3-5 | d5 o",
            "c3 u3-5 r5 | d5 o",
            "c3 u3-5 r5 h5 | d5 o",
            "c3 u3-5 r5 | d5 o more",
        ],
        expect![[r#"
            |                                  End(ContextAtDevice)
            c3 |                               End(AskAtOffice)
            c3 u3-5 |                          End(ApplyAtDevice)
            c3 u3-5 r5 |                       End(HandOverAtOffice)
            | d3 o                             TakeContext
            c3 | d3 o                          Ask
            c3 u3-5 | d3 o                     Apply
            c3 u3-5 | d5 o                     TakeReceipt
            c3 u3-5 r5 | d5 o                  HandOver
            c3 u3-5 r5 h5 | d5 o               TakeContext
            c3 u3-5 r5 | d5 o more             TakeContext
        "#]],
    );
}

#[test]
fn an_update_of_a_generation_that_has_not_begun() {
    let mut facts = facts("u0-2 | d5");
    facts.parked.update.as_mut().unwrap().generation = 1;
    let step = next(&facts.parked, &facts.reach, &facts.wanted, Run::default());
    assert_eq!(step, Step::End(End::NewerGeneration));
    // The other way round the update is of the past.
    facts.reach.device.as_mut().unwrap().generation = 2;
    let step = next(&facts.parked, &facts.reach, &facts.wanted, Run::default());
    assert_eq!(step, Step::TakeContext);
}

/// A device and an office that do what they are asked.
struct Play {
    facts: Facts,
    run: Run,
    /// How far the office would bring the container.
    pending: u64,
    steps: Vec<Step>,
}

impl Play {
    fn run(mut self) -> (Vec<Step>, Facts) {
        loop {
            let Facts { parked, reach, wanted } = &self.facts;
            let step = next(parked, reach, wanted, self.run);
            self.steps.push(step.clone());
            assert!(self.steps.len() < 9, "no end: {:?}", self.steps);
            match step {
                Step::End(_) => return (self.steps, self.facts),
                step => self.take(&step),
            }
        }
    }

    fn take(&mut self, step: &Step) {
        let parked = &mut self.facts.parked;
        let wanted = &self.facts.wanted;
        let device = self.facts.reach.device.as_mut();
        match step {
            Step::TakeContext => {
                parked.context = device.map(|device| device.clone());
                self.run.took = true;
            }
            Step::Ask | Step::Push => {
                let from = parked.context.as_ref().map_or(0, |context| context.sequence);
                let to = if wanted.more { self.pending + 1 } else { self.pending };
                let to = to.max(from);
                parked.update = Some(Stretch { serial: "T-1".into(), generation: 0, from, to });
                self.run.asked = true;
            }
            Step::Apply => {
                let (device, update) = (device.unwrap(), parked.update.as_ref().unwrap());
                device.sequence = update.to.max(device.sequence);
                parked.applied = Some(device.sequence);
                self.run.applied = true;
                self.run.closed |= !wanted.receipt;
            }
            Step::TakeReceipt => parked.receipt = device.map(|device| device.clone()),
            Step::HandOver => {
                parked.handed_over = parked.receipt.as_ref().map(|receipt| receipt.sequence);
                self.run.closed = true;
            }
            Step::End(_) => {}
        }
    }
}

fn play(text: &str, pending: u64) -> (Vec<Step>, Facts) {
    Play { facts: facts(text), run: Run::default(), pending, steps: Vec::new() }.run()
}

#[test]
fn a_bridge_in_one_run() {
    let shown = |text, pending| format!("{:?}", play(text, pending).0);
    expect!["[TakeContext, Ask, Apply, TakeReceipt, HandOver, End(Confirmed)]"]
        .assert_eq(&shown("| d3 o more", 3));
    expect!["[TakeContext, Ask, Apply, End(NothingToDo)]"].assert_eq(&shown("| d3 o", 3));
    expect!["[TakeContext, Ask, Apply, End(Applied)]"]
        .assert_eq(&shown("| d3 o more no-receipt", 3));
    expect!["[Apply, TakeContext, Ask, Apply, TakeReceipt, HandOver, End(Confirmed)]"]
        .assert_eq(&shown("c2 u2-3 | d2 o more", 3));
}

#[test]
fn every_run_ends_and_a_run_with_both_leaves_nothing_to_carry() {
    let at = |letter: &str| -> Vec<String> {
        let all = (2..5).map(|sequence| format!("{letter}{sequence}"));
        all.chain([String::new()]).collect()
    };
    let updates = ["", "u2-2", "u2-3", "u2-4", "u3-4", "u4-4"];
    for context in at("c") {
        for receipt in at("r") {
            for device in at("d") {
                for update in updates {
                    for office in ["", "o"] {
                        for wanted in ["", "more", "no-receipt", "afresh", "more serial"] {
                            let text = format!(
                                "{context} {update} {receipt} | {device} {office} {wanted}"
                            );
                            let (steps, _) = play(&text, 4);
                            let is_carried = matches!(
                                steps.last(),
                                Some(Step::End(
                                    End::ApplyAtDevice
                                        | End::AskAtOffice
                                        | End::HandOverAtOffice
                                        | End::ContextAtDevice
                                ))
                            );
                            let has_both = !device.is_empty() && !office.is_empty();
                            assert!(!(has_both && is_carried), "{text}: {steps:?}");
                        }
                    }
                }
            }
        }
    }
}
