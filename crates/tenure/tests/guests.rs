//! One license server and guests made of namespaces, each with processes, a network and a machine of its own: what counts as
//! one seat, what is forbidden to guests, and what people are shown of it.
//!
//! Where namespaces or virtual networks are not permitted the test says so and shows nothing.

#[path = "support/guests.rs"]
mod guests;
#[path = "support/machine.rs"]
mod machine;
mod program;

use guests::Talking;
use machine::{Machine, may_mount};
use program::{Served, Site, tenure};
use std::{io::Read as _, process::Command};
use tenure_sdk::{MachineKind, Tenure};
use tenure_vault::LinuxMachine;

const ITEMS: &str = r#"[
    {"id":"desk","feature":"desk","version":"1.0","count":3,"seat_basis":"session","expiry":"2060-12-31"},
    {"id":"metal","feature":"metal","version":"1.0","count":9,"virtual":"deny","expiry":"2060-12-31"}]"#;

/// The part of an application, played by this very program in a guest: takes a seat of what it is told to, says what came
/// of it, and keeps it until its input ends. Does nothing where it is not told to.
#[test]
fn an_application_in_a_guest() {
    let Ok(server) = std::env::var("GUEST_SERVER") else { return };
    let pin = std::env::var("GUEST_PIN").unwrap();
    let feature = std::env::var("GUEST_FEATURE").unwrap();
    let tenure = Tenure::connect(&server).root(&pin).open().unwrap();
    let seat = match tenure.checkout(&feature, "1.0") {
        Ok(seat) => seat,
        Err(error) => return println!("application denied {}", error.code()),
    };
    let lease = seat.lease().expect("a lease");
    println!("application has seat {} {}", lease.seats[0].first, lease.code);
    let _ = std::io::stdin().read_to_string(&mut String::new());
    drop(seat);
    println!("application done");
}

/// A network that the server and all guests have a cable to.
struct House {
    keeper: Talking,
    guests: u8,
}

/// A guest with a network, as long as it lives.
struct Guest {
    keeper: Talking,
    machine: Machine,
    server: String,
}

fn at(network: u32, line: &str) -> bool {
    let mut command = Command::new("nsenter");
    command.args(["-t", &network.to_string(), "-n"]).args(line.split_whitespace());
    command.status().is_ok_and(|status| status.success())
}

/// Starts a namespace that lives until its input ends.
fn kept(flags: &[&str]) -> Option<Talking> {
    let mut command = Command::new("unshare");
    command.args(flags).args(["sh", "-c", "ip link set lo up && echo ready && exec cat"]);
    let mut keeper = Talking::start(&mut command);
    keeper.hears("ready").map(|_| keeper)
}

impl House {
    fn new() -> Option<House> {
        Command::new("ip").arg("-V").output().expect("ip (package iproute2) is installed");
        let keeper = may_mount().then(|| kept(&["-n"])).flatten();
        if keeper.is_none() {
            eprintln!(
                "SKIPPED: networks of their own are not permitted here, no guests were tried"
            );
        }
        Some(House { keeper: keeper?, guests: 0 })
    }

    fn server(&self, site: &Site) -> Served {
        let mut command = Command::new("nsenter");
        command.args([
            "-t",
            &self.keeper.id().to_string(),
            "-n",
            tenure().get_program().to_str().unwrap(),
        ]);
        command.args(["server", "run", "--listen", "0.0.0.0:7070", "--insecure-http", "--data"]);
        command.arg(site.data());
        for number in 1..=4 {
            command.args(["--allow-host", &format!("10.99.{number}.1")]);
        }
        Served::from(&mut command)
    }

    /// A guest with a cable to the server.
    fn guest(&mut self, machine: Machine) -> Option<Guest> {
        self.guests += 1;
        let (number, house) = (self.guests, self.keeper.id());
        let keeper = kept(&["-n", "-u"])?;
        let guest = keeper.id();
        let cable = format!("ip link add v{number} type veth peer name e0 netns {guest}");
        let is_wired = at(house, &cable)
            && at(house, &format!("ip addr add 10.99.{number}.1/30 dev v{number}"))
            && at(house, &format!("ip link set v{number} up"))
            && at(guest, &format!("ip addr add 10.99.{number}.2/30 dev e0"))
            && at(guest, "ip link set e0 up");
        if !is_wired {
            eprintln!("SKIPPED: virtual networks are not permitted here, no guests were tried");
            return None;
        }
        Some(Guest { keeper, machine, server: format!("http://10.99.{number}.1:7070") })
    }
}

impl Guest {
    /// An application in it, in a terminal session or at the machine itself.
    fn runs(&self, pin: &str, feature: &str, session: Option<&str>) -> (Talking, String) {
        let program = std::env::current_exe().unwrap();
        let line = "--exact an_application_in_a_guest --nocapture --test-threads=1";
        // What this machine's own session manager says is not true of the guest.
        let alone = "if [ -d /run/systemd/sessions ]; then mount -t tmpfs none /run/systemd/sessions; fi && ";
        let mounts = self.machine.mounts();
        let script = format!("{alone}{mounts}exec {} {line}", program.display());
        let mut command = Command::new("nsenter");
        command.args(["-t", &self.keeper.id().to_string(), "-n", "-u"]);
        command.args(["unshare", "-m", "-p", "--kill-child", "--mount-proc", "sh", "-c", &script]);
        for name in ["SSH_CONNECTION", "XDG_SESSION_ID", "XRDP_SESSION"] {
            command.env_remove(name);
        }
        if let Some(session) = session {
            command.env("SSH_CONNECTION", session);
        }
        command.env("USER", "ann").env("GUEST_SERVER", &self.server);
        let mut running =
            Talking::start(command.env("GUEST_PIN", pin).env("GUEST_FEATURE", feature));
        let said = running.hears("application ").expect("what came of it");
        (running, said)
    }
}

#[test]
fn machines_guests_and_terminal_sessions_are_one_seat_each() {
    let Some(mut house) = House::new() else { return };
    let site = Site::licensed(ITEMS);
    let Some(metal) = house.guest(Machine::number(1)) else { return };
    let Some(guest) = house.guest(Machine::guest(2)) else { return };
    let server = house.server(&site);
    let keys = site.publisher(&["keys", "show", "--json", "--dir", &site.path("keys")]).json();
    let pin = keys["root"]["pin"].as_str().expect("the pin");

    const SSH: &str = "192.0.2.7 50000 10.0.0.1 22";
    let (first, said) = metal.runs(pin, "desk", None);
    assert_eq!(said, "has seat 1 granted");
    let (again, said) = metal.runs(pin, "desk", None);
    assert_eq!(said, "has seat 1 shared-seat", "two programs of one machine");
    let (remote, said) = metal.runs(pin, "desk", Some(SSH));
    assert_eq!(said, "has seat 2 granted", "a terminal session of it");
    let (other, said) = guest.runs(pin, "desk", None);
    assert_eq!(said, "has seat 3 granted", "a guest");
    let (_, said) = guest.runs(pin, "desk", Some(SSH));
    assert_eq!(said, "denied no-seats");

    // Shown to people: on the command line and to monitors.
    let devices = admin(&house, &site, &["--json", "devices", "list"]).json();
    let mut kinds: Vec<&str> = devices["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["kind"].as_str())
        .collect();
    kinds.sort_unstable();
    // What runs in a container of a runtime can't be shown another machine than that.
    let is_contained = LinuxMachine::this().kind() == MachineKind::Container;
    assert_eq!(kinds, if is_contained { ["container"; 2] } else { ["physical", "virtual"] });
    let leases = admin(&house, &site, &["leases", "list"]).ok();
    assert_eq!(leases.matches(" session remote-").count(), 1, "{leases}");

    // The seat is free when the last of its station ends.
    first.end();
    assert_eq!(guest.runs(pin, "desk", Some(SSH)).1, "denied no-seats");
    again.end();
    let (last, said) = guest.runs(pin, "desk", Some(SSH));
    assert_eq!(said, "has seat 1 granted");

    assert_eq!(guest.runs(pin, "metal", None).1, "denied virtual-not-allowed");
    let (on_metal, said) = metal.runs(pin, "metal", None);
    let expected = if is_contained { "denied virtual-not-allowed" } else { "has seat 1 granted" };
    assert_eq!(said, expected);
    for running in [remote, other, last, on_metal] {
        running.end();
    }
    drop(server);
}

/// `tenure admin` on the server's own machine.
fn admin(house: &House, site: &Site, arguments: &[&str]) -> program::Ended {
    let mut command = Command::new("nsenter");
    command.args([
        "-t",
        &house.keeper.id().to_string(),
        "-n",
        tenure().get_program().to_str().unwrap(),
    ]);
    program::ended(command.args(["admin", "--data", &site.data()]).args(arguments))
}
