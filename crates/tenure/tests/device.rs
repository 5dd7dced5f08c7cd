//! `tenure device …` as people use it: the real program and real files, on machines made up by mounting files over those
//! of the real one.
//!
//! Where such mounts are not permitted the tests of moving machines say so and show nothing.

#[path = "support/desk.rs"]
mod desk;
#[path = "support/machine.rs"]
mod machine;
mod program;

use desk::{Desk, plain, text};
use expect_test::expect;
use machine::{Machine, copy_folder, may_mount};
use program::{Served, ended, tenure};
use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf, process::Command};

const ITEMS: &str = r#"[{"id":"motion","feature":"motion","version":"2.0","count":1,"expiry":"2060-12-31"},
    {"id":"vision","feature":"vision","version":"1.0","count":3,"expiry":"2036-12-31"}]"#;

/// A desk with keys and a device whose container is bound to nothing: the machine of the test may show too little.
fn device() -> Desk {
    let desk = Desk::with_keys();
    desk.write("items.json", ITEMS);
    let made =
        desk.ok("device init --dir device --keyset keys/keyset.tnr --name press --kind unbound");
    assert!(made.starts_with("T-"), "{made}");
    desk
}

#[test]
fn from_init_to_the_receipt() {
    let desk = device();
    desk.ok("device context --dir device -o context.tnr");
    desk.ok("issue --keys keys --context context.tnr --items items.json -o update.tnr");
    expect!["T-SERIAL: applied 3 operations; the container is at operation 3"]
        .assert_eq(&plain(&desk.ok("device apply --dir device update.tnr --receipt receipt.tnr")));
    assert!(desk.read("receipt.tnr").starts_with("-----BEGIN TENURE RECEIPT-----"));
    expect!["T-SERIAL: already applied; the container is at operation 3"]
        .assert_eq(&plain(&desk.ok("device apply --dir device update.tnr")));
    let shown = desk.ok("device show --dir device");
    assert!(shown.contains("motion") && shown.contains("2036-12-31"), "{shown}");
    let listed = desk.ok("device list --dir device --json");
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(
        (&listed["containers"][0]["items"], &listed["containers"][0]["open"]),
        (&2.into(), &true.into())
    );
    assert!(desk.ok("device receipt --dir device").starts_with("-----BEGIN TENURE RECEIPT-----"));
    assert!(desk.ok("device context --dir device --qr-text").starts_with("TENURE:"));
    assert!(desk.ok("device doctor --dir device").contains("nothing is wrong"));
}

#[test]
fn of_a_damaged_container_everybody_is_told() {
    let desk = device();
    desk.ok("device context --dir device -o context.tnr");
    desk.ok("issue --keys keys --context context.tnr --items items.json -o update.tnr");
    desk.ok("device apply --dir device update.tnr");
    let file = fs::read_dir(desk.path("device"))
        .expect("the device's folder")
        .map(|entry| entry.expect("a file").path())
        .find(|path| path.extension().is_some_and(|extension| extension == "container"))
        .expect("a container");
    let serial = file.file_stem().expect("its serial").to_string_lossy().into_owned();
    let whole = fs::read(&file).expect("the container");
    let told = |commands: [&str; 3]| {
        let told = |command: &&str| {
            let output = desk.run(&format!("device {command} --dir device"));
            let code = output.status.code().expect("it ended by itself");
            let said = text(&output.stderr).replace(&serial, "T-SERIAL");
            format!("{command}: {code} {}", plain(&said))
        };
        commands.iter().map(told).collect::<Vec<_>>().join("\n")
    };
    let slot = u64::from_be_bytes(whole[16..24].try_into().expect("eight bytes"));
    let slot = usize::try_from(slot).expect("a size");
    let newest = [4096 + 200, 4096 + slot + 200].into_iter().find(|at| {
        let mut damaged = whole.clone();
        damaged[*at] ^= 0x40;
        fs::write(&file, damaged).expect("it is ours");
        !told(["show", "show", "show"]).contains("show: 0 \n")
    });
    assert!(newest.is_some(), "one of the two copies is the newest");
    expect![[r#"
        show: 0 warning: the newest copy of T-SERIAL on disk was damaged, and the one before it was taken: the publisher may see that it went back; `tenure device doctor` says what to do
        list: 0 warning: the newest copy of T-SERIAL on disk was damaged, and the one before it was taken: the publisher may see that it went back; `tenure device doctor` says what to do
        context: 0 warning: the newest copy of T-SERIAL on disk was damaged, and the one before it was taken: the publisher may see that it went back; `tenure device doctor` says what to do"#]].assert_eq(&told(["show", "list", "context"]));
    fs::write(&file, &whole[..10]).expect("it is ours");
    expect![[r#"
        show: 5 error: device/T-SERIAL.container is damaged: its head is missing [damaged]
          hint: bring back a backup of it, or have the container replaced as broken
        list: 5 T-SERIAL: device/T-SERIAL.container is damaged: its head is missing
        error: one container is damaged
        context: 5 error: device/T-SERIAL.container is damaged: its head is missing [damaged]
          hint: bring back a backup of it, or have the container replaced as broken"#]]
    .assert_eq(&told(["show", "list", "context"]));
}

#[test]
fn files_that_must_not_be_applied_and_commands_that_make_no_sense() {
    let desk = device();
    desk.ok("device context --dir device -o context.tnr");
    desk.ok("issue --keys keys --context context.tnr --items items.json -o update.tnr");
    let good = desk.read("update.tnr");
    desk.write("truncated.tnr", &good[..good.len() / 2]);
    desk.write("empty.tnr", "");
    desk.ok("device init --dir other --keyset keys/keyset.tnr --kind unbound");
    let mut shown = String::new();
    for line in [
        "device apply --dir device truncated.tnr",
        "device apply --dir device empty.tnr",
        "device apply --dir device context.tnr",
        "device apply --dir device missing.tnr",
        "device apply --dir other update.tnr",
        "device context --dir missing",
        "device context --dir device T-0000-0000-0000",
        "device init --dir device --keyset context.tnr",
    ] {
        let failure = desk.fails(line);
        let first = failure.lines().next().unwrap().to_owned();
        shown += &format!("{line}: {}\n", plain(&first));
    }
    expect![[r#"
        device apply --dir device truncated.tnr: 3 error: the text form of the document is damaged: the END line is missing; get the file again from its sender [malformed-armor]
        device apply --dir device empty.tnr: 3 error: this is not a Tenure document: EOF while parsing a value at line 1 column 0; get the file again from its sender [malformed-envelope]
        device apply --dir device context.tnr: 3 error: this is a context, not an update [wrong-type]
        device apply --dir device missing.tnr: 4 error: can't read missing.tnr: No such file or directory (os error 2)
        device apply --dir other update.tnr: 3 error: the file is for container T-SERIAL, this device has T-SERIAL [wrong-container]
        device context --dir missing: 3 error: there are no containers in missing [no-container]
        device context --dir device T-0000-0000-0000: 3 error: there is no container T-SERIAL in device [no-container]
        device init --dir device --keyset context.tnr: 3 error: context.tnr: this is a context, not a key list [wrong-type]
    "#]].assert_eq(&shown);
    // What to do is said too, with the serial to look for.
    expect!["hint: look for the file that was made for T-SERIAL; `tenure inspect FILE` says whose a file is"]
        .assert_eq(plain(&desk.fails("device apply --dir other update.tnr")).lines().nth(1).unwrap().trim());
    desk.ok("device init --dir device --keyset keys/keyset.tnr --kind unbound");
    let failure = desk.fails("device context --dir device");
    assert!(failure.contains("several containers"), "{failure}");
    desk.ok("device apply --dir device update.tnr");
}

#[test]
fn a_folder_without_containers_is_said_to_have_none() {
    let desk = device();
    fs::create_dir(desk.path("other")).expect("a folder");
    fs::set_permissions(desk.path("other"), fs::Permissions::from_mode(0o700)).unwrap();
    let said = desk.ok("device list --dir other");
    assert!(said.starts_with("there are no containers in other; make one with"), "{said}");
}

#[test]
fn the_agent_serves_with_its_token_only() {
    let desk = device();
    let path = desk.path("device");
    let start = || {
        Served::from(
            tenure().args(["device", "serve", "--listen", "127.0.0.1:0", "--dir"]).arg(&path),
        )
    };
    let served = start();
    let token = fs::read_to_string(path.join("agent.token")).expect("the token's file");
    let options = |credential| {
        let mut options = tenure_api::ClientOptions::new(served.url.as_str());
        options.credential = credential;
        options
    };
    let client = |credential| tenure_api::DeviceClient::new(options(credential)).expect("a client");
    let owner = client(tenure_api::Credential::Bearer(token.trim().to_owned()));
    let containers = owner.containers().expect("the list");
    let context = owner.context(&containers[0].serial).expect("the context");
    desk.write("context.tnr", &context);
    desk.ok("issue --keys keys --context context.tnr --items items.json -o update.tnr");
    let update = desk.read("update.tnr").into_bytes();
    let answer = owner.apply_update(&containers[0].serial, update).expect("applied");
    assert_eq!(answer.sequence, 3);
    assert!(owner.doctor().expect("the doctor").containers[0].faults.is_empty());
    let nobody = client(tenure_api::Credential::None);
    assert_eq!(nobody.containers().unwrap_err().code(), "login-required");
    // The command line works beside it, another agent does not, and the token stays over a restart.
    assert!(desk.ok("device list --dir device").contains("open"));
    let second =
        ended(tenure().args(["device", "serve", "--listen", "127.0.0.1:0", "--dir"]).arg(&path))
            .fails(3);
    assert!(second.contains("[folder-in-use]") && second.contains("one agent"), "{second}");
    served.stop();
    let served = start();
    assert_eq!(fs::read_to_string(path.join("agent.token")).unwrap(), token);
    served.stop();
    let refused =
        ended(tenure().args(["device", "serve", "--listen", "0.0.0.0:0", "--dir"]).arg(&path));
    assert!(refused.fails(2).contains("insecure"));
}

/// As on a medium that knows no owners, where every file is open to others.
#[test]
fn the_agents_token_may_be_elsewhere() {
    let desk = device();
    let path = desk.path("device");
    desk.write("device/agent.token", &"x".repeat(43));
    fs::set_permissions(path.join("agent.token"), fs::Permissions::from_mode(0o644)).unwrap();
    let serve = || {
        let mut serve = tenure();
        serve.args(["device", "serve", "--listen", "127.0.0.1:0", "--dir"]).arg(&path);
        serve
    };
    let refused = ended(&mut serve());
    assert!(refused.fails(3).contains("agent.token"));
    let kept = desk.path("press.token");
    for _ in 0..2 {
        let served = Served::from(serve().arg("--token-file").arg(&kept));
        let token = fs::read_to_string(&kept).expect("the token's file");
        let mut options = tenure_api::ClientOptions::new(served.url.as_str());
        options.credential = tenure_api::Credential::Bearer(token.trim().to_owned());
        let owner = tenure_api::DeviceClient::new(options).expect("a client");
        assert_eq!(owner.containers().expect("the list").len(), 1);
        served.stop();
    }
}

#[test]
fn a_device_asks_the_publishers_office_by_itself() {
    let desk = device();
    desk.ok("office init --data office --keys keys");
    let office = ["office", "run", "--listen", "127.0.0.1:0", "--data"];
    let keys = desk.path("keys");
    let served =
        Served::from(tenure().args(office).arg(desk.path("office")).arg("--keys").arg(&keys));
    let pull = format!("device pull --dir device --attempts 2 --office {}", served.url);
    let first = desk.ok(&pull);
    assert!(first.contains(": applied ") && !first.contains("did not arrive"), "{first}");
    let again = desk.ok(&pull);
    assert!(again.contains(": nothing new; the container is at operation 1"), "{again}");
    assert!(desk.ok("device doctor --dir device").contains("nothing is wrong"));
    let serial = desk.ok("device list --dir device --json");
    let serial: serde_json::Value = serde_json::from_str(&serial).unwrap();
    let serial = serial["containers"][0]["serial"].as_str().unwrap().to_owned();
    assert!(desk.ok(&format!("{pull} {serial}")).starts_with(&serial));
    served.stop();
    let failure = desk.fails("device pull --dir device --attempts 1 --office http://127.0.0.1:9");
    assert!(failure.starts_with("4 ") && failure.contains("unreachable"), "{failure}");
}

/// Runs the program on a machine.
fn run(machine: &Machine, desk: &Desk, line: &str) -> program::Ended {
    let script = format!("{}exec {} {line}", machine.mounts(), env!("CARGO_BIN_EXE_tenure"));
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", &script]).current_dir(desk.folder.path());
    ended(command.env("TENURE_PASSPHRASE_FILE", desk.path("passphrase")))
}

#[test]
fn a_container_moves_within_its_tolerance_and_not_to_another_machine() {
    if !may_mount() {
        return;
    }
    let desk = Desk::with_keys();
    desk.write("items.json", ITEMS);
    let (here, there) = (Machine::number(7), Machine::number(8));
    let made = run(&here, &desk, "device init --dir device --keyset keys/keyset.tnr --name press");
    assert!(made.stderr.contains("it is bound to this machine"), "{}", made.stderr);
    made.ok();
    run(&here, &desk, "device context --dir device -o context.tnr").ok();
    desk.ok("issue --keys keys --context context.tnr --items items.json -o update.tnr");
    run(&here, &desk, "device apply --dir device update.tnr").ok();
    assert!(run(&here, &desk, "device doctor --dir device").ok().contains("nothing is wrong"));

    copy_folder(&desk.path("device"), &desk.path("stolen"));
    let refused = run(&there, &desk, "device show --dir stolen").fails(3);
    assert!(refused.contains("[not-this-machine]"), "{refused}");
    let doctor = run(&there, &desk, "device doctor --dir stolen");
    assert_eq!(doctor.code, 1);
    for line in
        ["changed     3  product-uuid", "changed     3  board-serial", "changed     2  mac-address"]
    {
        assert!(doctor.stdout.contains(line), "{}", doctor.stdout);
    }
    // A new board in the same machine is within the tolerance, and the doctor says so.
    here.put("class/dmi/id/board_serial", "CN7016343B00FF");
    assert!(run(&here, &desk, "device show --dir device").ok().contains("motion"));
    let doctor = run(&here, &desk, "device doctor --dir device");
    assert!(doctor.stdout.contains("changed     3  board-serial"), "{}", doctor.stdout);
    assert!(
        doctor.stdout.contains("it binds itself to the changed machine at"),
        "{}",
        doctor.stdout
    );
}

#[test]
fn an_item_moves_from_device_to_device_by_files() {
    if !may_mount() {
        return;
    }
    let desk = Desk::with_keys();
    let item = r#"[{"id":"motion","feature":"motion","version":"2.0","count":3,"expiry":"2060-12-31","moves":{"times":2}}]"#;
    desk.write("items.json", item);
    let (source, target) = (Machine::number(7), Machine::number(8));
    for (machine, name) in [(&source, "source"), (&target, "target")] {
        run(machine, &desk, &format!("device init --dir {name} --keyset keys/keyset.tnr")).ok();
        run(machine, &desk, &format!("device context --dir {name} -o {name}.ctx")).ok();
        let items = if name == "source" { "--items items.json" } else { "" };
        desk.ok(&format!("issue --keys keys --context {name}.ctx {items} -o {name}.tnr"));
        run(machine, &desk, &format!("device apply --dir {name} {name}.tnr")).ok();
    }
    let asked = "device transfer request motion --count 2 --dir target -o request.tnr";
    run(&target, &desk, asked).ok();
    let send = "device transfer send request.tnr --dir source -o transfer.tnr";
    run(&source, &desk, send).ok();
    let sent = desk.read("transfer.tnr");
    run(&source, &desk, send).ok();
    assert_eq!(desk.read("transfer.tnr"), sent, "the same bytes");
    run(&target, &desk, "device transfer accept transfer.tnr --dir target -o receipt.tnr").ok();
    let done = run(&source, &desk, "device transfer confirm receipt.tnr --dir source").ok();
    assert_eq!(done.trim(), "the target has it; the transfer is done");
    let held = |machine: &Machine, name: &str| {
        let shown = run(machine, &desk, &format!("device show --json --dir {name}")).json();
        shown["items"][0]["count"].as_u64().unwrap()
    };
    assert_eq!((held(&source, "source"), held(&target, "target")), (1, 2));
    let late = run(&target, &desk, "device transfer refuse request.tnr --dir target");
    assert_eq!(late.code, 3, "what was taken can't be refused: {}", late.stderr);
}

#[test]
fn a_clock_set_back_and_forward_again_does_not_kill_a_license() {
    let arch = std::env::consts::ARCH;
    let library = PathBuf::from(format!("/usr/lib/{arch}-linux-gnu/faketime/libfaketimeMT.so.1"));
    if !library.exists() {
        eprintln!("SKIPPED: libfaketime is not installed, clock jumps were not tried");
        return;
    }
    let desk = device();
    let ends = desk.ok("device context --dir device -o context.tnr");
    assert!(ends.is_empty());
    desk.ok("issue --keys keys --context context.tnr --items items.json -o update.tnr");
    desk.ok("device apply --dir device update.tnr");
    let usable = |offset: &str| {
        let mut command = tenure();
        command
            .args(["device", "show", "--json", "--dir", "device"])
            .current_dir(desk.folder.path())
            .env("LD_PRELOAD", &library)
            .env("FAKETIME", offset)
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        let shown = ended(&mut command).json();
        let item = |place: usize| {
            let item = &shown["items"][place];
            (item["id"].as_str().unwrap().to_owned(), item["usable"].as_bool().unwrap())
        };
        (item(0).1, item(1).1)
    };
    assert_eq!(usable("+0d"), (true, true));
    assert_eq!(usable("-400d"), (true, true), "set back: judged at the latest time known");
    assert_eq!(usable("+7300d"), (true, false), "twenty years on, the dated one has ended");
    assert_eq!(usable("+0d"), (true, true), "put right again, it is there again");
    let doctor = desk.run("device doctor --dir device");
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(said.contains("before the latest time that this container knows of"), "{said}");
}
