//! Models from the command line: without a server, and on one.
//!
//! Deliberately not here: what a model does; the tests of leasing and server have that.

mod program;

use program::{Site, ended, run, tenure};
use std::{fs, process::Stdio};

const ITEMS: &str =
    r#"[{"id":"cad","feature":"cad","version":"2.0","count":8,"expiry":"permanent"}]"#;

const PUNE: &str = "model \"world\" {\n  partitions {\n    partition \"0800 - PUNE\" {\n      \"cad\" 1.0 3\n    }\n    partition \"0800 - PUNE\" {\n      \"cad\" 1.0 2\n    }\n    partition \"2200 - NECKARSULM\" {\n      \"cad\" 1.0 3\n    }\n    partition \"4600 - BRUSSELS\" {\n      \"cad\" 1.0 2\n    }\n    partition \"1400 - KASSEL\" {\n      \"cad\" 1.0 1\n    }\n  }\n  on dictionary(\"site\":\"pune\") {\n    use \"0800 - PUNE\"\n    accept\n  }\n  on any() {\n    deny\n  }\n}\n";

fn file(folder: &tempfile::TempDir, name: &str, text: &str) -> String {
    let path = folder.path().join(name);
    fs::write(&path, text).expect("a file");
    path.display().to_string()
}

#[test]
fn texts_are_checked_and_formatted_without_a_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let good = file(&folder, "good.model", PUNE);
    let check = run(&["admin", "model", "check", "--offline", &good]).ok();
    assert!(check.contains("can be used; 4 pools, 2 rules, 3 warnings"), "{check}");

    let bad = file(&folder, "bad.model", "model \"m\" {\n  on usr(\"a\") { accpet }\n}\n");
    let refused = run(&["admin", "model", "check", "--offline", &bad]);
    assert_eq!(refused.code, 2);
    for said in ["bad.model:2:6", "did you mean `user`?", "did you mean `accept`?"] {
        assert!(refused.stdout.contains(said), "{refused:?}");
    }
    assert!(refused.stderr.contains("2 errors"), "{refused:?}");
    let json = run(&["admin", "--json", "model", "check", "--offline", &good]).json();
    assert_eq!(json["usable"], true);

    let untidy = file(&folder, "untidy.model", "model \"m\" { // kept\n on any(){deny}}");
    run(&["admin", "model", "fmt", "--check", &untidy]).fails(1);
    let tidy = "model \"m\" { // kept\n  on any() {\n    deny\n  }\n}\n";
    assert_eq!(run(&["admin", "model", "fmt", &untidy]).ok(), tidy);
    run(&["admin", "model", "fmt", "--write", &untidy]).ok();
    assert_eq!(fs::read_to_string(&untidy).expect("the file"), tidy);
    run(&["admin", "model", "fmt", "--check", &untidy]).ok();
    let faults = run(&["admin", "model", "fmt", &bad]).fails(2);
    assert!(faults.contains("bad.model:2:6"), "{faults}");
    let large = file(&folder, "large.model", &" ".repeat(1_000_000));
    assert!(run(&["admin", "model", "fmt", &large]).fails(2).contains("921600"));
    let piped = fs::File::open(&good).expect("the file");
    let piped = ended(
        tenure().args(["admin", "model", "check", "--offline", "-"]).stdin(Stdio::from(piped)),
    );
    assert!(piped.ok().contains("standard input: can be used"));
}

#[test]
fn a_model_is_set_shown_compared_and_rolled_back_on_a_server() {
    let site = Site::licensed(ITEMS);
    let _server = site.serve(&[]);
    let data = site.data();
    let at = |arguments: &[&str]| run(&[&["admin", "--data", &data], arguments].concat());
    let model = file(&site.folder, "world.model", PUNE);
    assert!(at(&["model", "history"]).ok().contains("no model was ever set"));
    at(&["model", "show"]).fails(3);

    let check = at(&["model", "check", &model]).ok();
    for said in ["gets 0 of 2 seats", "gets 0 of 1 seats", "world.model:13:7"] {
        assert!(check.contains(said), "{check}");
    }
    let preview = at(&["model", "preview", &model]).ok();
    assert!(preview.contains("every lease would go on"), "{preview}");
    let set = at(&["model", "set", &model, "--note", "as agreed"]).ok();
    assert!(set.contains("in force as version 1: 4 pools, 2 rules"), "{set}");
    assert_eq!(at(&["model", "show"]).ok(), PUNE);

    let pools = at(&["--json", "pools"]).json();
    let rows = pools["items"].as_array().expect("rows").iter();
    let said: Vec<String> = rows
        .map(|row| {
            let has = row["items"].as_array().expect("items").iter();
            let has: u64 = has.filter_map(|item| item["allotted"].as_u64()).sum();
            format!("{} {has} short {}", row["name"].as_str().unwrap_or("?"), row["short"])
        })
        .collect();
    let expected = [
        "0800 - PUNE 5 short 0",
        "2200 - NECKARSULM 3 short 0",
        "4600 - BRUSSELS 0 short 2",
        "1400 - KASSEL 0 short 1",
        "default 0 short 0",
    ];
    assert_eq!(said, expected);
    assert!(at(&["pools"]).ok().contains("3 + 2"));

    let taken = at(&["checkout", "cad:5", "--host", "ws1", "--say", "site=pune"]).ok();
    assert!(taken.contains("cad"), "{taken}");
    at(&["checkout", "cad", "--host", "ws2", "--say", "site=pune"]).fails(3);
    let denied = at(&["checkout", "cad", "--host", "ws3"]).fails(3);
    assert!(denied.contains("denied-by-rule"), "{denied}");

    let closed =
        file(&site.folder, "closed.model", "model \"closed\" {\n  on any() {\n    deny\n  }\n}\n");
    let preview = at(&["model", "preview", &closed]).ok();
    assert!(preview.contains("1 lease would no longer be renewed"), "{preview}");
    at(&["model", "set", &closed]).ok();
    assert!(at(&["pools"]).ok().contains("leaving"));
    let diff = at(&["model", "diff"]).ok();
    assert!(diff.contains("-model \"world\" {") && diff.contains("+model \"closed\" {"), "{diff}");
    let back = at(&["model", "rollback", "1"]).ok();
    assert!(back.contains("in force as version 3"), "{back}");
    let history = at(&["model", "history"]).ok();
    assert!(history.contains("as agreed") && history.contains("back to version 1"), "{history}");
    at(&["model", "delete"]).ok();
    let faulty = file(&site.folder, "faulty.model", "model \"m\" { on any() { use \"x\" } }");
    let refused = at(&["model", "set", &faulty]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.stdout.contains("faulty.model:1:28"), "{refused:?}");
}
