//! What counts as a trait of a machine, and what a machine is taken for.

#[path = "support/machine.rs"]
mod machine;

use expect_test::{Expect, expect};
use machine::MadeUp;
use tenure_document::Tolerance;
use tenure_vault::{Binding, LinuxMachine, Machine, SecretBytes, TraitStatus, random_bytes};

/// Kinds of traits with their number, and what the machine is taken for.
fn shown(machine: &Machine) -> String {
    let mut lines = vec![format!("{:?}", machine.kind)];
    lines.extend(machine.evidence.iter().map(|why| format!("  because {why}")));
    let mut kinds: Vec<_> = machine.traits().iter().map(|one| one.kind()).collect();
    kinds.dedup();
    for kind in kinds {
        let count = machine.traits().iter().filter(|one| one.kind() == kind).count();
        lines.push(format!("{count} x {kind} of {}", kind.weight()));
    }
    lines.push(format!("{} in all", machine.weight()));
    lines.join("\n")
}

fn check(made: &MadeUp, expected: Expect) {
    expected.assert_eq(&shown(&made.machine()));
}

#[test]
fn a_controller_on_the_plant_floor() {
    check(
        &MadeUp::press(),
        expect![[r#"
            Physical
              because the firmware names the maker "example controls inc."
            1 x product-uuid of 3
            1 x board-serial of 3
            1 x disk-serial of 3
            2 x mac-address of 2
            1 x machine-id of 2
            1 x cpu-model of 1
            1 x root-filesystem of 1
            1 x host-name of 1
            18 in all"#]],
    );
}

#[test]
fn a_guest_counts_its_uuid_once_and_more() {
    check(
        &MadeUp::guest(),
        expect![[r#"
            Virtual
              because the firmware names "qemu" (sys_vendor)
              because the firmware names "standard pc (q35 + ich9, 2009)" (product_name)
            1 x disk-serial of 3
            2 x mac-address of 2
            1 x machine-id of 2
            1 x vm-uuid of 4
            1 x cpu-model of 1
            1 x root-filesystem of 1
            1 x host-name of 1
            16 in all"#]],
    );
}

#[test]
fn bad_firmware_and_software_addresses_are_no_traits() {
    let made = MadeUp::press();
    made.put("sys/class/dmi/id/product_uuid", "03000200-0400-0500-0006-000700080009\n")
        .put("sys/class/dmi/id/board_serial", "To be filled by O.E.M.\n")
        .put("etc/machine-id", "uninitialized\n")
        .put("proc/sys/kernel/hostname", "localhost\n")
        .put("sys/devices/pci0000:00/block/sda/device/wwid", "t10.ATA QEMU HARDDISK QM00001\n")
        .put("sys/class/net/enp1s0/address", "02:42:ac:11:00:02\n")
        .put("sys/class/net/enp2s0/addr_assign_type", "3\n");
    made.put("sys/class/net/docker0/address", "3c:ec:ef:01:02:05\n");
    made.put("sys/devices/pci0000:00/usb1/1-1/dock/vendor", "\n");
    made.card("enx00", "3c:ec:ef:01:02:06");
    made.link("sys/class/net/enx00/device", "../../../devices/pci0000:00/usb1/1-1/dock");
    check(
        &made,
        expect![[r#"
            Physical
              because the firmware names the maker "example controls inc."
            1 x cpu-model of 1
            1 x root-filesystem of 1
            2 in all"#]],
    );
}

#[test]
fn what_a_machine_is_taken_for() {
    let made = MadeUp::guest();
    made.put(".dockerenv", "").put("proc/self/cgroup", "0::/kubepods/besteffort/pod1\n");
    let machine = made.machine();
    let first = shown(&machine);
    assert!(first.starts_with("Container\n  because there is a file /.dockerenv\n"), "{first}");
    assert!(first.contains("kubepods") && first.contains("qemu"), "{first}");
    assert!(first.contains("vm-uuid"), "a container in a guest still sees the guest: {first}");

    let cases: [(&str, &[(&str, &str)]); 8] = [
        ("nothing to be seen", &[]),
        ("flag", &[("proc/cpuinfo", "processor : 0\nflags : fpu hypervisor sse\n")]),
        (
            "hyper-v",
            &[
                ("sys/class/dmi/id/sys_vendor", "Microsoft Corporation"),
                ("sys/class/dmi/id/product_name", "Virtual Machine"),
            ],
        ),
        ("surface", &[("sys/class/dmi/id/sys_vendor", "Microsoft Corporation")]),
        (
            "cloud",
            &[
                ("sys/class/dmi/id/sys_vendor", "Amazon EC2"),
                ("sys/class/dmi/id/product_name", "m7i.large"),
            ],
        ),
        (
            "cloud metal",
            &[
                ("sys/class/dmi/id/sys_vendor", "Amazon EC2"),
                ("sys/class/dmi/id/product_name", "m7i.metal"),
            ],
        ),
        (
            "xen owner",
            &[
                ("sys/hypervisor/type", "xen"),
                ("proc/xen/capabilities", "control_d"),
                ("sys/class/dmi/id/sys_vendor", "Example"),
            ],
        ),
        ("board", &[("proc/device-tree/model", "Example Single Board 4 Rev 1.1\0")]),
    ];
    let mut lines = String::new();
    for (name, files) in cases {
        let made = MadeUp::empty();
        files.iter().for_each(|(path, text)| {
            made.put(path, text);
        });
        let machine = made.machine();
        lines += &format!("{name}: {:?} {}\n", machine.kind, machine.evidence.join("; "));
    }
    expect![[r#"
        nothing to be seen: Unknown 
        flag: Virtual the processor says that it is a hypervisor's
        hyper-v: Virtual the firmware names "virtual machine" (product_name)
        surface: Physical the firmware names the maker "microsoft corporation"
        cloud: Virtual the firmware names "amazon ec2" (sys_vendor)
        cloud metal: Physical the firmware names the maker "amazon ec2"
        xen owner: Physical the firmware names the maker "example"
        board: Physical the device tree names the model "example single board 4 rev 1.1"
    "#]]
    .assert_eq(&lines);
}

#[test]
fn disks_are_found_below_encryption_volumes_and_mirrors() {
    let made = MadeUp::press();
    made.disk("sdb", "8:18", "naa.5002538d40878f90");
    made.put("sys/devices/virtual/block/dm-0/dm/name", "root\n");
    made.link(
        "sys/devices/virtual/block/dm-0/slaves/sda2",
        "../../../../pci0000:00/block/sda/sda2",
    );
    made.link(
        "sys/devices/virtual/block/dm-0/slaves/sdb2",
        "../../../../pci0000:00/block/sdb/sdb2",
    );
    made.link("sys/dev/block/253:0", "../../devices/virtual/block/dm-0");
    made.put("proc/self/mountinfo", "26 1 253:0 / / rw - ext4 /dev/mapper/root rw\n");
    let disks = |made: &MadeUp| shown(&made.machine()).contains("2 x disk-serial of 3");
    assert!(disks(&made));
    // A file system with a number of its own names its device.
    made.put("proc/self/mountinfo", "26 1 0:29 / / rw - btrfs /dev/mapper/root rw\n");
    made.put("dev/dm-0", "").link("dev/mapper/root", "../dm-0");
    made.link("sys/class/block/dm-0", "../../devices/virtual/block/dm-0");
    assert!(disks(&made));
}

#[test]
fn the_same_machine_written_differently_is_the_same() {
    let made = MadeUp::press();
    let key = SecretBytes::new(random_bytes::<32>().unwrap().to_vec());
    let binding = Binding::new(&key, &made.machine(), Tolerance::Strict).unwrap();
    made.put("sys/class/dmi/id/product_uuid", "  4C4C4544-0043-3510-8052-B4C04F4D4E31 ")
        .put("sys/class/dmi/id/board_serial", "/7qx3/cn7016343b00kq/")
        .put("proc/sys/kernel/hostname", "PRESS-7.plant.example")
        .put("sys/class/net/enp1s0/address", "3C:EC:EF:01:02:03");
    let microcode = std::fs::read_to_string(made.root().join("proc/cpuinfo")).unwrap();
    made.put("proc/cpuinfo", &microcode.replace("0xf0", "0xf8"));
    let report = binding.open(&made.machine()).report;
    assert!(report.is_full(), "{:?}", report.traits);
    assert!(report.traits.iter().all(|line| line.status == TraitStatus::Matched));
}

#[test]
fn reading_the_real_machine_never_fails() {
    use tenure_vault::TraitReader as _;
    let machine = tenure_vault::LinuxMachine::this().read();
    assert_eq!(machine, tenure_vault::LinuxMachine::this().read());
    assert!(!format!("{machine:?}").contains("3d1219"), "values have no printed form");
}

/// The terminal session of a process with these variables, in this control group, where the session manager has noted
/// this of session 7.
fn session(group: &str, noted: Option<&str>, variables: &[(&str, &str)]) -> String {
    let made = MadeUp::press();
    made.put("proc/self/cgroup", group).put("proc/self/sessionid", "4294967295");
    if let Some(noted) = noted {
        made.put("run/systemd/sessions/7", noted);
    }
    let variable = |name: &str| {
        variables.iter().find(|(one, _)| *one == name).map(|(_, value)| (*value).to_owned())
    };
    LinuxMachine::under(made.root()).session(&variable).unwrap_or_else(|| "-".to_owned())
}

#[test]
fn terminal_sessions_are_those_away_from_the_machine_itself() {
    const SCOPE: &str = "0::/user.slice/user-1000.slice/session-7.scope\n";
    const SERVICE: &str = "0::/system.slice/press.service\n";
    const ID: (&str, &str) = ("XDG_SESSION_ID", "7");
    const SSH: (&str, &str) = ("SSH_CONNECTION", "10.0.0.7 50000 10.0.0.1 22");
    let remote = Some("UID=1000\nREMOTE=1\nTYPE=tty\nCLASS=user\nSCOPE=session-7.scope\n");
    let mut shown = String::new();
    for (what, group, noted, variables) in [
        ("ssh", SCOPE, remote, &[SSH][..]),
        ("a program of the user's service manager", SERVICE, remote, &[ID]),
        ("a service", SERVICE, remote, &[]),
        ("the screen", SCOPE, Some("SEAT=seat0\nTYPE=wayland\nCLASS=user\n"), &[]),
        ("a second seat", SCOPE, Some("SEAT=seat1\nTYPE=x11\nCLASS=user\n"), &[]),
        ("a timed job", SCOPE, Some("TYPE=unspecified\nCLASS=background\n"), &[]),
        ("ssh inside the screen's session", SCOPE, Some("SEAT=seat0\nCLASS=user\n"), &[SSH]),
        ("no session manager", SERVICE, None, &[SSH]),
        ("no session manager, another connection", SERVICE, None, &[("SSH_CONNECTION", "x")]),
        ("no session manager, a remote desktop", SERVICE, None, &[("XRDP_SESSION", "1")]),
        ("a bad name", SERVICE, remote, &[("XDG_SESSION_ID", "../7")]),
        ("nothing at all", "", None, &[]),
    ] {
        shown += &format!("{what}: {}\n", session(group, noted, variables));
    }
    expect![[r#"
        ssh: logind-7
        a program of the user's service manager: logind-7
        a service: -
        the screen: -
        a second seat: logind-7
        a timed job: -
        ssh inside the screen's session: -
        no session manager: remote-DZFDPx0uORPd
        no session manager, another connection: remote-siFIHGwGa4Fb
        no session manager, a remote desktop: remote-h1oM-5FUII36
        a bad name: -
        nothing at all: -
    "#]]
    .assert_eq(&shown);
}
