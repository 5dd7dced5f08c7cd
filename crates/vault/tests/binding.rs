//! When a key comes back from a machine, and what is said when it does not.

#[path = "support/machine.rs"]
mod machine;

use expect_test::{Expect, expect};
use machine::MadeUp;
use tenure_document::Tolerance;
use tenure_vault::{Binding, BindingReport, SecretBytes, random_bytes};

fn key() -> SecretBytes {
    SecretBytes::new(random_bytes::<32>().unwrap().to_vec())
}

/// One line for each trait, then the sums.
fn shown(report: &BindingReport) -> String {
    let lines = report
        .traits
        .iter()
        .map(|line| format!("{} {} {}\n", line.status.name(), line.weight, line.kind));
    let sums = format!("{} of {}, needs {}", report.matched, report.total, report.threshold);
    lines.collect::<String>() + &sums
}

fn check(made: &MadeUp, binding: &Binding, expected: Expect) {
    expected.assert_eq(&shown(&binding.open(&made.machine()).report));
}

#[test]
fn another_machine_gets_no_key_and_this_one_does() {
    let (here, there) = (MadeUp::press(), MadeUp::press());
    there
        .put("sys/class/dmi/id/product_uuid", "aaaabbbb-0043-3510-8052-b4c04f4d4e31\n")
        .put("sys/class/dmi/id/board_serial", "CN7016343B00KZ\n")
        .put("etc/machine-id", "aaaa19c7c4c5404aaa1f6d2a48adfda4\n")
        .put("sys/class/net/enp1s0/address", "3c:ec:ef:01:02:13\n")
        .put("sys/class/net/enp2s0/address", "3c:ec:ef:01:02:14\n")
        .put("sys/devices/pci0000:00/block/sda/device/wwid", "naa.5002538d40878f99\n");
    for tolerance in [Tolerance::Loose, Tolerance::Medium, Tolerance::Strict] {
        let key = key();
        let binding = Binding::new(&key, &here.machine(), tolerance).unwrap();
        let opened = binding.open(&here.machine()).key.expect("the machine it was bound to");
        assert_eq!(opened.expose(), key.expose());
        assert!(binding.open(&there.machine()).key.is_none(), "{tolerance:?}");
        // What is stored names nothing of the machine.
        let stored = serde_json::to_string(&binding).unwrap();
        for value in ["4c4c4544", "3c:ec", "press-7", "3d1219"] {
            assert!(!stored.contains(value), "{value}");
        }
    }
    let binding = Binding::new(&key(), &here.machine(), Tolerance::Medium).unwrap();
    check(
        &there,
        &binding,
        expect![[r#"
            matched 1 cpu-model
            matched 1 root-filesystem
            matched 1 host-name
            changed 3 product-uuid
            changed 3 board-serial
            changed 3 disk-serial
            changed 2 mac-address
            changed 2 mac-address
            changed 2 machine-id
            3 of 18, needs 11"#]],
    );
}

/// One change of the machine each, what the report says of it, and under which tolerances the key still comes back.
#[test]
fn each_change_is_named() {
    type Change = fn(&MadeUp);
    let changes: [(&str, Change); 9] = [
        ("nothing", |_| {}),
        ("a new board", |made| {
            made.put("sys/class/dmi/id/product_uuid", "aaaabbbb-0043-3510-8052-b4c04f4d4e31")
                .put("sys/class/dmi/id/board_serial", "CN7016343B00KZ");
        }),
        ("a new disk, installed anew", |made| {
            made.put("sys/devices/pci0000:00/block/sda/device/wwid", "naa.50025388888")
                .put("etc/machine-id", "aaaa19c7c4c5404aaa1f6d2a48adfda4")
                .drop("dev/disk/by-uuid/0a1b2c3d-aaaa-bbbb-cccc-0123456789ab")
                .link("dev/disk/by-uuid/ffff0000-aaaa-bbbb-cccc-0123456789ab", "../../sda2");
        }),
        ("a network card taken out", |made| {
            made.drop("sys/class/net/enp2s0");
        }),
        ("a network card put in", |made| {
            made.card("enp3s0", "3c:ec:ef:01:02:07");
        }),
        ("another processor", |made| {
            made.put("proc/cpuinfo", "vendor_id : GenuineIntel\nmodel : 9\n");
        }),
        ("renamed", |made| {
            made.put("proc/sys/kernel/hostname", "press-8");
        }),
        ("firmware reset", |made| {
            made.put("sys/class/dmi/id/board_serial", "To be filled by O.E.M.");
        }),
        ("everything but the system disk", |made| {
            made.put("sys/class/dmi/id/product_uuid", "aaaabbbb-0043-3510-8052-b4c04f4d4e31")
                .put("sys/class/dmi/id/board_serial", "CN7016343B00KZ")
                .put("sys/class/net/enp1s0/address", "3c:ec:ef:01:02:13")
                .put("sys/class/net/enp2s0/address", "3c:ec:ef:01:02:14")
                .put("proc/cpuinfo", "vendor_id : GenuineIntel\nmodel : 9\n");
        }),
    ];
    let mut lines = String::new();
    for (name, change) in changes {
        let made = MadeUp::press();
        let before = made.machine();
        change(&made);
        let now = made.machine();
        let mut opens = Vec::new();
        let mut said = String::new();
        for tolerance in [Tolerance::Loose, Tolerance::Medium, Tolerance::Strict] {
            let opening = Binding::new(&key(), &before, tolerance).unwrap().open(&now);
            assert_eq!(opening.key.is_some(), opening.report.opens(), "{name}");
            opens.push(if opening.key.is_some() { tolerance_name(tolerance) } else { "-" });
            let changed =
                opening.report.traits.iter().filter(|line| line.status.name() != "matched");
            let changed = changed.map(|line| format!(" {} {},", line.kind, line.status.name()));
            said = format!(
                "{} of {}:{}",
                opening.report.matched,
                opening.report.total,
                changed.collect::<String>()
            );
        }
        lines += &format!("{name}: {said} {}\n", opens.join(" "));
    }
    expect![[r#"
        nothing: 18 of 18: loose medium strict
        a new board: 12 of 18: product-uuid changed, board-serial changed, loose medium -
        a new disk, installed anew: 12 of 18: disk-serial changed, machine-id changed, root-filesystem changed, loose medium -
        a network card taken out: 16 of 18: mac-address absent, loose medium strict
        a network card put in: 18 of 18: mac-address new, loose medium strict
        another processor: 17 of 18: cpu-model changed, loose medium strict
        renamed: 17 of 18: host-name changed, loose medium strict
        firmware reset: 15 of 18: board-serial absent, loose medium strict
        everything but the system disk: 7 of 18: product-uuid changed, board-serial changed, mac-address changed, mac-address changed, cpu-model changed, - - -
    "#]]
    .assert_eq(&lines);
}

#[test]
fn marks_tell_values_apart_within_a_container_only() {
    let made = MadeUp::press();
    let one = Binding::new(&key(), &made.machine(), Tolerance::Medium).unwrap();
    let two = Binding::new(&key(), &made.machine(), Tolerance::Medium).unwrap();
    let marks = |binding: &Binding| -> Vec<String> {
        let report = binding.open(&made.machine()).report;
        report.traits.iter().filter_map(|line| line.mark.as_ref().map(|m| m.to_string())).collect()
    };
    assert_eq!(marks(&one), marks(&one));
    assert!(marks(&one).iter().all(|mark| !marks(&two).contains(mark)));
}

fn tolerance_name(tolerance: Tolerance) -> &'static str {
    match tolerance {
        Tolerance::Loose => "loose",
        Tolerance::Medium => "medium",
        Tolerance::Strict => "strict",
    }
}
