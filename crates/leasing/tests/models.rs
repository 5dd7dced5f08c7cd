//! The models of a server: their history, and what one would do before it is put in force.

mod script;

use script::Stage;
use tenure_leasing::{Command, DenialFilter, Page, RuleCited};

#[test]
fn every_version_of_the_model_is_known_and_what_it_would_do_is_told_before() {
    let mut stage = Stage::new();
    let text = |pool: &str, count: u32| {
        format!(
            "model \"m\" {{ partitions {{ partition \"{pool}\" {{ \"cad\" 1.0 {count} }} }}\n\
             on user(\"ann\") {{ use \"{pool}\" }}\n }}"
        )
    };
    let set = |by: &str, text: String, note: Option<&str>| Command::SetModel {
        by: by.to_owned(),
        text,
        keep_leases: false,
        note: note.map(str::to_owned),
    };
    stage.line("item cad 1.0 x4");
    stage.play(&set("eve", text("a", 3), Some("first"))).expect("a model");
    stage.line("w1/ann checkout cad x2");
    stage.line("w2 checkout cad");
    let preview = |stage: &Stage, text: Option<String>, keep| {
        let preview = stage.state.preview_model(text.as_deref(), keep, stage.now());
        let preview = preview.expect("a model");
        let ending = preview.leases.iter().map(|(row, why)| format!("{} {}", row.id.0, why.code()));
        let pools = preview.after.iter().map(|row| row.name.clone());
        (preview.ending, ending.collect::<Vec<_>>(), pools.collect::<Vec<_>>().join(" "))
    };
    assert_eq!(
        preview(&stage, Some(text("b", 3)), false),
        (1, vec!["1 pool-not-given".to_owned()], "b a default".to_owned()),
    );
    assert_eq!(
        preview(&stage, Some(text("a", 4)), false),
        (1, vec!["2 pool-shrunk".to_owned()], "a default".to_owned()),
    );
    assert_eq!(preview(&stage, Some(text("b", 3)), true), (0, vec![], "b a default".to_owned()));
    assert_eq!(preview(&stage, None, false).1, ["1 pool-not-given"]);
    assert!(stage.state.preview_model(Some("model"), false, stage.now()).is_err());
    stage.line("+1m");
    stage.play(&set("ann", text("b", 1), None)).expect("a model");
    stage.line("w3/ann checkout cad x9");
    stage.line("model-");
    for stage in [&stage, &stage.restored()] {
        let versions = stage.state.model_versions().map(|version| {
            let ended = (version.until.is_some(), version.deleted_by.as_deref());
            (version.version, version.by.as_str(), version.note.as_deref(), ended)
        });
        let told: Vec<_> = versions.collect();
        let first = (1, "eve", Some("first"), (true, None));
        assert_eq!(told, [first, (2, "ann", None, (true, Some("root")))]);
        let rule = RuleCited { model: 1, line: 2 };
        let cited = stage.state.rule_text(rule).expect("the text of the first model is kept");
        assert_eq!(cited, "on user(\"ann\") { use \"a\" }");
        let denials = DenialFilter::default();
        let denials = stage.state.denial_rows(&denials, Page::ALL).rows;
        assert_eq!(denials[0].denied.rule, Some(RuleCited { model: 2, ..rule }));
        assert!(stage.state.model().is_none() && stage.state.model_version().is_none());
    }
    stage.close();
}
