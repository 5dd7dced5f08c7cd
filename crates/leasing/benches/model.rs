//! What the model costs: reading the largest text, and asking many rules about one requester.
//!
//! `cargo bench -p tenure-leasing --bench model`. Reading, checking and formatting 900 KB must stay under a second;
//! asking 2,000 rules must stay in the microseconds.

use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use tenure_document::{HostId, HostIdType, MachineKind};
use tenure_leasing::{Asker, Dictionary, MODEL_BYTES_MAX, Model, check_model, format_model};

/// A model of so many pools and rules: rules about departments, machines, labs by expression, users.
fn model(pools: usize, rules: usize) -> String {
    let mut text = String::from("model \"large\" {\n  partitions {\n");
    for pool in 0..pools {
        text.push_str(&format!(
            "    partition \"pool {pool}\" {{ \"cad\" 1.0 2 \"sim\" 2.0 1% }}\n"
        ));
    }
    text.push_str("  }\n");
    for rule in 0..rules {
        let pool = rule % pools.max(1);
        let condition = match rule % 4 {
            0 => format!("dictionary(\"dept\":\"d{rule}\")"),
            1 => format!("hostid(\"ws{rule}\", \"02:42:{rule}/ETHERNET\")"),
            2 => format!("hostname(\"~/^lab{rule}-[0-9]+$/\") and not hosttype(\"container\")"),
            _ => format!("user(\"u{rule}\") or user(\"v{rule}\") and hosttype(\"virtual\")"),
        };
        text.push_str(&format!("  on {condition} {{ use \"pool {pool}\", \"default\" accept }}\n"));
    }
    text + "}\n"
}

/// As large as a text may be.
fn largest() -> String {
    let mut rules = 1_000;
    let mut text = model(1_000, rules);
    while rules < 7_900 {
        let longer = model(1_000, rules + 100);
        if longer.len() > MODEL_BYTES_MAX {
            break;
        }
        (text, rules) = (longer, rules + 100);
    }
    text.push_str(&"// and nothing else\n".repeat((MODEL_BYTES_MAX - text.len()) / 20));
    text
}

fn texts(c: &mut Criterion) {
    let text = largest();
    let mut group = c.benchmark_group(format!("a text of {} KB", text.len() / 1024));
    group.sample_size(10);
    group.bench_function("read", |b| b.iter(|| Model::parse(black_box(&text)).is_ok()));
    group.bench_function("check", |b| b.iter(|| check_model(black_box(&text), None)));
    group.bench_function("format", |b| b.iter(|| format_model(black_box(&text))));
    group.finish();
}

fn rules(c: &mut Criterion) {
    let model = Model::parse(&model(500, 2_000)).expect("a model");
    let none = Dictionary::new();
    let dept = Dictionary::from([("dept".to_owned(), "d1996".into())]);
    let cases = [
        ("nobody in particular", "desk", None, None, &none),
        ("a machine of the last rules", "ws1997", None, None, &none),
        ("a user of the last rules", "desk", Some("u1999"), None, &none),
        ("a laboratory by expression", "desk", None, Some("lab1998-17"), &none),
        ("a department", "desk", Some("ann"), Some("desk 4"), &dept),
    ];
    for (name, group) in [("2,000 rules, 500 pools", true), ("2,000 rules asked one by one", false)]
    {
        let mut benches = c.benchmark_group(name);
        for (case, host, user, alias, dictionary) in cases {
            let host = HostId::new(HostIdType::String, host).expect("a host ID");
            let asker = Asker {
                host: &host,
                user,
                name: alias,
                kind: MachineKind::Virtual,
                groups: &|_| false,
                dictionary,
            };
            benches.bench_function(case, |b| match group {
                true => b.iter(|| model.judge(black_box(&asker))),
                false => b.iter(|| model.judge_plainly(black_box(&asker))),
            });
        }
        benches.finish();
    }
}

criterion_group!(benches, texts, rules);
criterion_main!(benches);
