//! The usual form of a text.

use expect_test::{Expect, expect};
use tenure_leasing::format_model;

fn check(text: &str, expected: Expect) {
    let formatted = format_model(text).expect("well formed");
    assert_eq!(format_model(&formatted).as_deref(), Ok(formatted.as_str()));
    expected.assert_eq(&formatted);
}

#[test]
fn one_thing_a_line_and_comments_where_they_were() {
    check(
        r#"// Site A
model "site-a"{ // the model
  partitions{partition "design"{"cad" 3.0 60 % "sim" 1.2 4 max 2 vendor  string matches "~/^eu/"}
    partition "empty" { }


    // who learns
    partition "interns" /* for now */ { "cad" 3.0 remainder // what is left
      // nothing else
    } }

  on dictionary ( "dept" : "design" , "x":* )and not hosttype("kiosk"){use "design","default" accept}
  on not(user("a")or(user("b"))) || !any(){without requested features{all from "interns"} continue}
  on user("c") { without requested features { "cad" 1.0 1 "sim" 0 2 } deny }
  /* the
     rest */
  on any() { }
}
// end"#,
        expect![[r#"
            // Site A
            model "site-a" { // the model
              partitions {
                partition "design" {
                  "cad" 3.0 60%
                  "sim" 1.2 4 max 2 vendor string matches "~/^eu/"
                }
                partition "empty" {}

                // who learns
                partition "interns" /* for now */ {
                  "cad" 3.0 remainder // what is left
                  // nothing else
                }
              }

              on dictionary("dept":"design", "x":*) and not hosttype("kiosk") {
                use "design", "default"
                accept
              }
              on not (user("a") or (user("b"))) || !any() {
                without requested features {
                  all from "interns"
                }
                continue
              }
              on user("c") {
                without requested features {
                  "cad" 1.0 1
                  "sim" 0 2
                }
                deny
              }
              /* the
                 rest */
              on any() {}
            }
            // end
        "#]],
    );
}

#[test]
fn long_lists_go_on_in_the_next_line() {
    let names: Vec<String> = (0..30).map(|n| format!("\"workstation-{n}\"")).collect();
    let text = format!(
        "model \"m\" {{ on hostid({}) or user(\"ann\") and hostname(\"a rather long name\", \"another\") {{ deny }} }}",
        names.join(",")
    );
    check(
        &text,
        expect![[r#"
        model "m" {
          on hostid("workstation-0", "workstation-1", "workstation-2", "workstation-3", "workstation-4",
            "workstation-5", "workstation-6", "workstation-7", "workstation-8", "workstation-9",
            "workstation-10", "workstation-11", "workstation-12", "workstation-13", "workstation-14",
            "workstation-15", "workstation-16", "workstation-17", "workstation-18", "workstation-19",
            "workstation-20", "workstation-21", "workstation-22", "workstation-23", "workstation-24",
            "workstation-25", "workstation-26", "workstation-27", "workstation-28", "workstation-29")
            or user("ann") and hostname("a rather long name", "another") {
            deny
          }
        }
    "#]],
    );
}

#[test]
fn names_and_numbers_are_not_looked_at_but_form_is() {
    check(
        "model \"m\" { on any() { use \"nowhere\" } }",
        expect![[r#"
        model "m" {
          on any() {
            use "nowhere"
          }
        }
    "#]],
    );
    let faults = format_model("model \"m\" { on { } }").err().unwrap_or_default();
    assert_eq!(faults.len(), 1);
    assert!(format_model(&" ".repeat(1_000_000)).is_err());
}
