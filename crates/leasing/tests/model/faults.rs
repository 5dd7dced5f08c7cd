//! Everything that can be wrong with a text, and how it is told.

use expect_test::{Expect, expect};
use tenure_leasing::{MODEL_BYTES_MAX, Model};

/// Each fault in one line: place, code, message; what was expected; help.
fn check(text: &str, expected: Expect) {
    let said = match Model::parse(text) {
        Ok(model) => format!("fine: {}\n", model.name()),
        Err(faults) => faults
            .iter()
            .map(|fault| {
                let place = format!("{}:{}", fault.line, fault.column);
                let expected = fault.expected.iter().map(|text| format!("\n    expected {text}"));
                let help = fault.help.iter().map(|text| format!("\n    {text}"));
                let more: String = expected.chain(help).collect();
                format!("{place} {} {}{more}\n", fault.code, fault.message)
            })
            .collect(),
    };
    expected.assert_eq(&said);
}

#[test]
fn all_faults_of_a_file_come_at_once() {
    check(
        r#"model "site-a" {
  partitions {
    partition "design" {
      "cad" 3.0 60
      "sim" 1.x 4
      cam 2.0 5
      "cut" 2.0 150%
      "bend" 1.0
      "weld" 1.0 3 maxx 2
    }
    partion "interns" { "cad" 3.0 remainder }
    partition "default" { }
  }
  on hostidd("ws1") { use "design" accept }
  on hostid("ws1/ETHERNTE") { use "desing" accpet }
  on user("~/(/") { deny use "design" }
  on user("a") and { deny }
}
"#,
        expect![[r#"
            5:13 bad-version this is no version
                expected a version such as 2.0 or 2.1.3
            6:7 unexpected `cam` can't stand here
                expected a feature's name in double quotes
                write "cam"
            7:17 bad-number this number can't be used here
                expected a whole number of percent from 0 to 100
            9:7 unexpected "weld" can't stand here
                expected a count, a percentage such as 60% or `remainder`
            9:20 unexpected `maxx` can't stand here
                expected `max`, `vendor string`, `product name`, `activation ID`, the next slice or `}`
                did you mean `max`?
            11:5 unexpected `partion` can't stand here
                expected `partition` or `}`
                did you mean `partition`?
            12:15 reserved-name "default" is reserved: a pool can't have this name
                what is in no named pool is in "default" by itself
            14:6 unexpected `hostidd` can't stand here
                expected a test: hostid, hostname, hosttype, user, group, dictionary or any
                did you mean `hostid`?
            15:13 unknown-type there is no host ID type "ETHERNTE"
                did you mean `ETHERNET`?
            15:35 unknown-pool there is no pool "desing" in this model
                did you mean `design`?
            15:44 unexpected `accpet` can't stand here
                expected `without`, `accept`, `deny`, `continue` or `}`
                did you mean `accept`?
            16:11 bad-pattern no regular expression: unclosed group
                syntax as in Perl, without look-around and back-references
            16:26 unexpected `use` can't stand here
                expected `}`
                the order is `use`, `without requested features`, then the action; `use` comes once
            17:20 unexpected `{` can't stand here
                expected a test: hostid, hostname, hosttype, user, group, dictionary or any
        "#]],
    );
}

#[test]
fn texts_comments_and_signs() {
    check(
        "model \"m\" {\n  on user('ann') { deny }\n  on user(\"a\\d\") & any() { deny }\n  on user(\"open) { deny }\n}\n/* never",
        expect![[r#"
            2:11 wrong-quotes texts stand in double quotes
                write "ann"
            3:13 unknown-escape `\d` is no escape
                expected `\"` or `\\`
                a backslash is written twice, also in regular expressions: `\\`
            3:18 unknown-character "&" means nothing here
                write `and` or `&&`
            3:20 unexpected `any` can't stand here
                expected `and`, `or` or `{`
                did you mean `and`?
            4:11 open-text the text is not closed on its line
                expected `"` at its end
            5:1 unexpected `}` can't stand here
                expected `,` or `)`
            6:1 open-comment the comment is never closed
                expected `*/` at its end
        "#]],
    );
    check(
        "model “m” { }",
        expect![[r#"
        1:7 unknown-character "“" means nothing here
            use straight double quotes: "
        1:8 unexpected `m` can't stand here
            expected the model's name in double quotes
            write "m"
        1:9 unknown-character "”" means nothing here
            use straight double quotes: "
    "#]],
    );
    check(
        "",
        expect![[r#"
        1:1 unexpected the file ends too early
            expected `model`
    "#]],
    );
    check(
        "// nothing",
        expect![[r#"
        1:11 unexpected the file ends too early
            expected `model`
    "#]],
    );
    check(
        "\u{feff}model \"m\" { }",
        expect![[r#"
        fine: m
    "#]],
    );
    check(
        "model \"m\" { } }",
        expect![[r#"
        1:15 behind-the-end the model has ended before this
            expected the end of the file
            is there a `}` too many above?
    "#]],
    );
    check(
        "model \"m\" { } model \"n\" { }",
        expect![[r#"
        1:15 behind-the-end the model has ended before this
            expected the end of the file
            a file holds exactly one model
    "#]],
    );
    check(
        "model \"reservations\" { on any() { accept } partitions { } }",
        expect![[r#"
        1:7 reserved-name "reservations" is reserved: a model can't have this name
            choose another name
        1:44 late-pools pools stand once, before the rules
            expected `on` or `}`
    "#]],
    );
    check(
        "Model \"m\" { }",
        expect![[r#"
        1:1 unexpected `Model` can't stand here
            expected `model`
            did you mean `model`?
    "#]],
    );
    check(
        "model m { }",
        expect![[r#"
        1:7 unexpected `m` can't stand here
            expected the model's name in double quotes
            write "m"
    "#]],
    );
}

#[test]
fn what_is_too_much_is_refused() {
    check(
        &" ".repeat(MODEL_BYTES_MAX + 1),
        expect![[r#"
        1:1 too-large the model has 921601 bytes, at most 921600 are allowed
    "#]],
    );
    let deep = format!("model \"m\" {{ on {}any(){} {{ }} }}", "(".repeat(65), ")".repeat(65));
    check(
        &deep,
        expect![[r#"
        1:80 too-deep more than 64 parentheses within one another
    "#]],
    );
    let fine = format!("model \"m\" {{ on {}any(){} {{ }} }}", "(".repeat(64), ")".repeat(64));
    check(
        &fine,
        expect![[r#"
        fine: m
    "#]],
    );
    let faults = Model::parse(&format!("model \"m\" {{ {} }}", "on x() { } ".repeat(1_000)));
    assert_eq!(faults.err().map(|faults| faults.len()), Some(100));
}

#[test]
fn a_fault_is_shown_with_its_line_and_a_caret() {
    let show = |text: &str, expected: Expect| {
        let faults = Model::parse(text).err().unwrap_or_default();
        let shown: Vec<String> =
            faults.iter().map(|fault| fault.render("site.model") + "\n").collect();
        expected.assert_eq(&shown.concat());
    };
    show(
        "model \"m\" {\n\ton hostidd(\"ws1\") { accept }\n}",
        expect![[r#"
            error[unexpected]: `hostidd` can't stand here
             --> site.model:2:5
              |
            2 |  on hostidd("ws1") { accept }
              |     ^^^^^^^ expected a test: hostid, hostname, hosttype, user, group, dictionary or any
              |
              = help: did you mean `hostid`?
        "#]],
    );
    show(
        "model \"m\" {\n  on user(\"ännä\") { use \"x\" accept }\n",
        expect![[r#"
            error[unknown-pool]: there is no pool "x" in this model
             --> site.model:2:25
              |
            2 |   on user("ännä") { use "x" accept }
              |                         ^^^
            error[unexpected]: the file ends too early
             --> site.model:3:1
              |
            3 |
              | ^ expected `}`
              |
              = help: the `{` of line 1 is not closed
        "#]],
    );
    let long = format!("model \"m\" {{ {} on x() {{ }} {} }}", " ".repeat(500), " ".repeat(500));
    show(
        &long,
        expect![[r#"
            error[unexpected]: `x` can't stand here
             --> site.model:1:517
              |
             ::: 
            1 | ...                       on x() { }                                                                                             …
              |                              ^ expected a test: hostid, hostname, hosttype, user, group, dictionary or any
        "#]],
    );
}
