//! Every example of docs/MODEL.md, run.

use expect_test::expect_file;
use tenure_leasing::{Command, Model, PoolKind, PoolRow, format_model};

use super::judging::verdict;
use crate::script::Stage;

/// A fenced block: its word, its first line's number, its text.
struct Fence<'a> {
    word: &'a str,
    text: String,
}

fn fences(page: &str) -> Vec<Fence<'_>> {
    let mut fences: Vec<Fence<'_>> = Vec::new();
    let mut open = false;
    for line in page.lines() {
        match line.strip_prefix("```") {
            Some(_) if open => open = false,
            Some(word) => {
                open = true;
                fences.push(Fence { word, text: String::new() });
            }
            None if open => {
                let fence = fences.last_mut().expect("an open fence");
                fence.text.push_str(line);
                fence.text.push('\n');
            }
            None => {}
        }
    }
    assert!(!open, "a fence is not closed");
    fences
}

/// The pools of a model on a server that has these items.
fn pools(model: &Model, items: &str) -> String {
    let mut stage = Stage::new();
    items.lines().for_each(|item| stage.line(&format!("item {item}")));
    let (by, text) = ("root".to_owned(), model.text().to_string());
    let set = Command::SetModel { by, text, keep_leases: false, note: None, expected: None };
    assert!(stage.play(&set).is_ok());
    stage.state.pool_rows(stage.now()).iter().map(pool).collect()
}

fn pool(row: &PoolRow) -> String {
    let slices = row.slices.iter().map(|slice| {
        let given = slice.given.map_or("all".to_owned(), |given| given.to_string());
        let wanted = slice.wanted.map(|wanted| format!(" of {wanted}")).unwrap_or_default();
        let short = if slice.short > 0 { format!(" short {}", slice.short) } else { String::new() };
        format!("{} {} {given}{wanted}{short}", slice.feature, slice.amount)
    });
    let items = row.items.iter().map(|row| {
        let left = row.allotted.map_or("all".to_owned(), |left| left.to_string());
        format!("{} {left}", row.item.feature)
    });
    let parts: Vec<String> = match row.kind {
        PoolKind::Default => items.collect(),
        _ => slices.collect(),
    };
    format!("{}: {}\n", row.name, parts.join(", "))
}

/// The page as it would be if every example said what happens.
fn run(page: &str) -> String {
    let mut out = page.to_owned();
    let (mut model, mut faulty, mut items) = (None, String::new(), String::new());
    for Fence { word, text } in fences(page) {
        let said = match word {
            "model" => {
                let read = Model::parse(&text).unwrap_or_else(|faults| {
                    panic!("{}", faults[0].render("MODEL.md"));
                });
                model = Some(read);
                format_model(&text).expect("well formed")
            }
            "asks" => {
                let model = model.as_ref().expect("a model stands before");
                let askers = text.lines().filter_map(|line| line.split(" -> ").next());
                askers.map(|line| format!("{line} -> {}\n", verdict(model, line))).collect()
            }
            "items" => {
                items.clone_from(&text);
                text.clone()
            }
            "pools" => pools(model.as_ref().expect("a model stands before"), &items),
            "faulty" => {
                faulty.clone_from(&text);
                text.clone()
            }
            "faults" => {
                let faults = Model::parse(&faulty).expect_err("faults");
                let shown = faults.iter().map(|fault| fault.render("site.model") + "\n");
                shown.collect()
            }
            _ => continue,
        };
        let (before, after) = (format!("```{word}\n{text}```"), format!("```{word}\n{said}```"));
        out = out.replace(&before, &after);
    }
    out
}

#[test]
fn every_example_does_what_the_page_says() {
    let page = include_str!("../../../../docs/MODEL.md");
    let words: Vec<&str> = fences(page).iter().map(|fence| fence.word).collect();
    for word in ["model", "asks", "items", "pools", "faults"] {
        assert!(words.contains(&word), "no example of {word}");
    }
    expect_file!["../../../../docs/MODEL.md"].assert_eq(&run(page));
}
