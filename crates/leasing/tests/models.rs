//! The models of a server: changing them while seats are in use, their history, and what one would do before it is put
//! in force.

mod script;

use expect_test::expect;
use script::{Stage, check};
use tenure_leasing::{Command, DenialFilter, Page, RuleCited};

#[test]
fn reservations_that_would_lose_what_is_kept_for_them_are_told_before() {
    let mut stage = Stage::new();
    let text = |pool: &str, count: u32| {
        format!("model \"m\" {{ partitions {{ partition \"{pool}\" {{ \"cad\" 1.0 {count} }} }} }}")
    };
    let set = |text| Command::SetModel {
        by: "eve".to_owned(),
        text,
        keep_leases: false,
        note: None,
        expected: None,
    };
    stage.line("item cad 1.0 x4");
    stage.play(&set(text("a", 1))).expect("a model");
    stage.line("reserve team ws1 cad x3");
    let preview = |text: Option<String>| {
        let preview = stage.state.preview_model(text.as_deref(), false, stage.now());
        let unfit = preview.expect("a model").unfit;
        let told = unfit.iter().map(|one| {
            format!("{} {} {} {}", one.group, one.host, one.why.code(), one.why.left(3))
        });
        told.collect::<Vec<_>>()
    };
    assert_eq!(preview(Some(text("a", 1))), [""; 0]);
    assert_eq!(preview(Some(text("a", 3))), ["team ws1/STRING too-many 1"]);
    assert_eq!(preview(None), [""; 0]);
}

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
        expected: None,
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

#[test]
fn a_renewal_that_the_new_model_would_not_give_is_refused_unless_leases_are_kept() {
    let before = "item cad 1.0 x6
         model partitions { partition 'a' { 'cad' 1.0 3 } partition 'b' { 'cad' 1.0 2 } } on user('ann') { use 'a' } on user('bob') { use 'b' }
         wa/ann checkout cad x2; wb/bob checkout cad dict=team:red; ws1 checkout cad; ws2/mallory set cad, cad; show pools";
    let model = "partitions { partition 'a' { 'cad' 1.0 1 } partition 'c' { 'cad' 1.0 1 } } \
         on user('mallory') { deny } on dictionary('team':'red') { use 'c' } on user('ann') { use 'a' }";
    check(
        &format!(
            "{before}; model {model}; renew L1 L2 L3 L4; wa/ann checkout cad; show pools; release L2; show pools"
        ),
        expect![[r#"
            model-set
            L1 granted cad 1.0 x2 from i1/a[1-2] until +0:15:00
            L2 granted cad 1.0 x1 from i1/b[3] until +0:15:00
            L3 granted cad 1.0 x1 from i1[4] until +0:15:00
            D-1 no-seats: 1 of "cad" wanted, 0 of 1 free; wait-until +0:15:02
            D-2 no-seats: 1 of "cad" wanted, 0 of 1 free; wait-until +0:15:02
            a i1 2/3 of 3
            b i1 1/2 of 2
            default i1 1/1 of 1
            model-set
            L1 not renewed: pool-shrunk
            L2 not renewed: pool-not-given
            renewed L3 until +0:15:00
            L4 not renewed: lease-unknown
            D-3 no-seats: 1 of "cad" wanted, 0 of 1 free; wait-until +0:15:02
            a i1 2/2 of 1 over
            c i1 0/1 of 1
            b leaving i1 1/1 of 0 over
            default i1 1/2 of 4 waiting
            released L2
            a i1 2/2 of 1 over
            c i1 0/1 of 1
            default i1 1/3 of 4 waiting
        "#]],
    );
    check(
        &format!(
            "{before}; model keep {model}; renew L1 L2 L3 L4; wa/ann checkout cad; show pools"
        ),
        expect![[r#"
            model-set
            L1 granted cad 1.0 x2 from i1/a[1-2] until +0:15:00
            L2 granted cad 1.0 x1 from i1/b[3] until +0:15:00
            L3 granted cad 1.0 x1 from i1[4] until +0:15:00
            D-1 no-seats: 1 of "cad" wanted, 0 of 1 free; wait-until +0:15:02
            D-2 no-seats: 1 of "cad" wanted, 0 of 1 free; wait-until +0:15:02
            a i1 2/3 of 3
            b i1 1/2 of 2
            default i1 1/1 of 1
            model-set
            renewed L1 until +0:15:00
            renewed L2 until +0:15:00
            renewed L3 until +0:15:00
            L4 not renewed: lease-unknown
            D-3 no-seats: 1 of "cad" wanted, 0 of 1 free; wait-until +0:15:02
            a i1 2/2 of 1 over
            c i1 0/1 of 1
            b leaving i1 1/1 of 0 over
            default i1 1/2 of 4 waiting
        "#]],
    );
    check(
        &format!("{before}; model-; renew L1 L2 L3; show pools; +15m; +3s; show pools"),
        expect![[r#"
            model-set
            L1 granted cad 1.0 x2 from i1/a[1-2] until +0:15:00
            L2 granted cad 1.0 x1 from i1/b[3] until +0:15:00
            L3 granted cad 1.0 x1 from i1[4] until +0:15:00
            D-1 no-seats: 1 of "cad" wanted, 0 of 1 free; wait-until +0:15:02
            D-2 no-seats: 1 of "cad" wanted, 0 of 1 free; wait-until +0:15:02
            a i1 2/3 of 3
            b i1 1/2 of 2
            default i1 1/1 of 1
            model-deleted
            L1 not renewed: pool-not-given
            L2 not renewed: pool-not-given
            renewed L3 until +0:15:00
            a leaving i1 2/2 of 0 over
            b leaving i1 1/1 of 0 over
            default i1 1/3 of 6 waiting
            expired L1, L2, L3
            default i1 0/6 of 6
        "#]],
    );
    check(
        &format!("{before}; model- keep; renew L1 L2 L3; show pools; model-"),
        expect![[r#"
        model-set
        L1 granted cad 1.0 x2 from i1/a[1-2] until +0:15:00
        L2 granted cad 1.0 x1 from i1/b[3] until +0:15:00
        L3 granted cad 1.0 x1 from i1[4] until +0:15:00
        D-1 no-seats: 1 of "cad" wanted, 0 of 1 free; wait-until +0:15:02
        D-2 no-seats: 1 of "cad" wanted, 0 of 1 free; wait-until +0:15:02
        a i1 2/3 of 3
        b i1 1/2 of 2
        default i1 1/1 of 1
        model-deleted
        renewed L1 until +0:15:00
        renewed L2 until +0:15:00
        renewed L3 until +0:15:00
        a leaving i1 2/2 of 0 over
        b leaving i1 1/1 of 0 over
        default i1 1/3 of 6 waiting
        refused no-model: there is no model in force
    "#]],
    );
}

#[test]
fn a_model_that_is_none_changes_nothing() {
    check(
        "item cad 1.0 x2; model partitions { partition 'a' { 'cad' 1.0 2 } on any( { use 'b' }; model-
         model on any() { deny }; model on any() { deny }; w1 checkout cad; model- ; w1 checkout cad; show pools",
        expect![[r#"
            refused model-invalid: the model has 3 fault(s); the first: line 1: `on` can't stand here
            refused no-model: there is no model in force
            model-set
            nothing
            D-1 denied-by-rule: line 1 of model 1 denies "cad"; ask the administrator of this license server
            model-deleted
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            default i1 1/2 of 2
        "#]],
    );
}

#[test]
fn who_decided_on_another_version_changes_nothing() {
    let mut stage = Stage::new();
    let text = |pool: &str| format!("model \"{pool}\" {{ }}");
    let set = |pool: &str, expected| Command::SetModel {
        by: "eve".to_owned(),
        text: text(pool),
        keep_leases: false,
        note: None,
        expected,
    };
    let delete =
        |expected| Command::DeleteModel { by: "eve".to_owned(), keep_leases: false, expected };
    stage.line("item cad 1.0 x4");
    let mut tried = |command: &Command| match stage.play(command) {
        Ok(events) => format!("{} event", events.len()),
        Err(refusal) => refusal.to_string(),
    };
    let told = [
        tried(&set("a", Some(1))),
        tried(&set("a", Some(0))),
        tried(&set("b", Some(0))),
        tried(&set("b", Some(1))),
        tried(&delete(Some(1))),
        tried(&delete(Some(2))),
        tried(&set("c", None)),
    ];
    expect![[r#"
        the model was changed: version 1 was expected, 0 is in force; look at it again
        1 event
        the model was changed: version 0 was expected, 1 is in force; look at it again
        1 event
        the model was changed: version 1 was expected, 2 is in force; look at it again
        1 event
        1 event"#]]
    .assert_eq(&told.join("\n"));
}

#[test]
fn what_a_rule_gives_without_a_request_goes_on_under_the_next_model() {
    check(
        "item cad 2.0 x2
         model partitions { partition 'b' { 'cad' 2.0 2 } } on hostid('kiosk') { without requested features { all from 'b' } accept }
         kiosk checkout
         model partitions { partition 'b' { 'cad' 2.0 2 } partition 'c' { 'cad' 2.0 0 } } on hostid('kiosk') { without requested features { all from 'b' } accept }
         renew L1
         model partitions { partition 'b' { 'cad' 2.0 1 } partition 'c' { 'cad' 2.0 1 } } on hostid('kiosk') { without requested features { all from 'c' } accept }
         renew L1",
        expect![[r#"
            model-set
            L1 granted cad 2.0 x2 from i1/b[1-2] until +0:15:00
            model-set
            renewed L1 until +0:15:00
            model-set
            refused pool-not-given: L1: the model in force does not give the holder pool "b"
        "#]],
    );
}

#[test]
fn a_kept_seat_follows_its_user_to_the_pool_that_a_model_gives() {
    // What is kept elsewhere is given up for the new seat: nobody is in the way of itself, or has two.
    check(
        "item usr 1.0 x1 basis=user named=7; a/ann checkout usr; release L1
         model partitions { partition 'p' { 'usr' 1.0 1 } } on any() { use 'p' }
         a/ann checkout usr; b/bob checkout usr; release L2; b/ann checkout usr; show pools",
        expect![[r#"
            L1 granted usr 1.0 x1 from i1[1] until +0:15:00
            released L1
            model-set
            expired the seat of i1 kept for ann
            L2 granted usr 1.0 x1 from i1/p[1] until +0:15:00
            D-1 no-seats: 1 of "usr" wanted, 0 of 1 free; wait-until +0:15:02
            released L2
            L3 shared-seat usr 1.0 x1 from i1/p[1] until +0:15:00
            p i1 1/1 of 1
            default i1 0/0 of 0
        "#]],
    );
    check(
        "item usr 1.0 x2 basis=user named=7; a/ann checkout usr; release L1
         model partitions { partition 'p' { 'usr' 1.0 1 } partition 'q' { 'usr' 1.0 1 } } \
           on user('ann') { use 'p' } on any() { use 'q' }
         a/ann checkout usr; b/bob checkout usr; show pools",
        expect![[r#"
            L1 granted usr 1.0 x1 from i1[1] until +0:15:00
            released L1
            model-set
            expired the seat of i1 kept for ann
            L2 granted usr 1.0 x1 from i1/p[1] until +0:15:00
            L3 granted usr 1.0 x1 from i1/q[2] until +0:15:00
            p i1 1/1 of 1
            q i1 1/1 of 1
            default i1 0/0 of 0
        "#]],
    );
    // Who gets none keeps what it had; who may use it where it is takes it up again there.
    check(
        "item usr 1.0 x2 basis=user named=7; a/ann checkout usr; release L1
         model partitions { partition 'p' { 'usr' 1.0 1 } } on any() { use 'p' }
         a/ann checkout usr x3; a/ann checkout usr 2.0
         model partitions { partition 'p' { 'usr' 1.0 1 } } on any() { use 'p', 'default' }
         a/ann checkout usr; show pools",
        expect![[r#"
            L1 granted usr 1.0 x1 from i1[1] until +0:15:00
            released L1
            model-set
            D-1 no-seats: 3 of "usr" wanted, 1 of 1 free; ask for at most 1
            D-2 version-too-low: the license for "usr" does not cover version 2.0; version 1.0 is free
            model-set
            L2 shared-seat usr 1.0 x1 from i1[1] until +0:15:00
            p i1 0/1 of 1
            default i1 1/1 of 1
        "#]],
    );
    // A seat of another item does not free it.
    check(
        "item usr 1.0 x1 basis=user named=7; a/ann checkout usr; release L1; item usr 2.0 x1
         model partitions { partition 'p' { 'usr' 2.0 1 } } on any() { use 'p' }
         a/ann checkout usr; show pools",
        expect![[r#"
            L1 granted usr 1.0 x1 from i1[1] until +0:15:00
            released L1
            model-set
            L2 granted usr 2.0 x1 from i2/p[2] until +0:15:00
            p i2 1/1 of 1
            default i1 1/1 of 1
            default i2 0/0 of 0
        "#]],
    );
}
