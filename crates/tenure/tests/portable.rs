//! A portable container over guests made of namespaces: one at a time, taken over after a silence, closed when shared,
//! carried by transfers; on an image behind a loop device and on a folder mounted for all.
//!
//! Where mounts or loop devices are not permitted the tests say so and show nothing.

#[path = "support/desk.rs"]
mod desk;
#[path = "support/guests.rs"]
mod guests;
#[path = "support/machine.rs"]
mod machine;
mod program;

use desk::Desk;
use guests::{Bed, Guest, Medium, Talking};
use machine::{Machine, copy_folder, may_mount};
use rustix::process::Signal;
use std::{io::Read as _, time::Duration};
use tenure_sdk::{SeatState, Tenure};

const ITEMS: &str =
    r#"[{"id":"motion","feature":"motion","version":"2.0","count":2,"expiry":"2060-12-31"}]"#;

/// The part of an application, played by this very program in a guest: takes a seat, says so, and keeps it until its input
/// ends. Does nothing where it is not told to.
#[test]
fn an_application_in_a_guest() {
    let Ok(dir) = std::env::var("GUEST_DIR") else { return };
    let pin = std::env::var("GUEST_PIN").unwrap();
    let tenure = Tenure::local(dir).root(&pin).open().unwrap();
    let seat = match tenure.checkout("motion", "1.0") {
        Ok(seat) => seat,
        Err(error) => return println!("application denied {}", error.code()),
    };
    println!("application holds");
    let notices = seat.notices();
    while std::env::var_os("GUEST_WATCHES").is_some() {
        if let SeatState::Ended(why) = seat.state() {
            return println!("application ended {}", why.code());
        }
        let _ = notices.recv_timeout(Duration::from_millis(200));
    }
    let _ = std::io::stdin().read_to_string(&mut String::new());
    drop(seat);
    println!("application done");
}

/// A stick with a licensed container, and two guests.
struct House {
    desk: Desk,
    bed: Bed,
    pin: String,
    one: Guest,
    two: Guest,
}

impl House {
    fn on(medium: Medium) -> Option<House> {
        if !may_mount() {
            return None;
        }
        let desk = Desk::new();
        let made = desk
            .ok("keys init --dir keys --publisher Acme --roots 1 --threshold 1 --no-passphrase");
        let pin = made.lines().find_map(|line| line.strip_prefix("root pin: ")).unwrap().to_owned();
        let bed = Bed::plug(medium, desk.folder.path())?;
        let (one, two) = (bed.guest(Machine::number(1)), bed.guest(Machine::guest(2)));
        let house = House { desk, bed, pin, one, two };
        let keyset = house.desk.path("keys/keyset.tnr").display().to_string();
        let init = format!("init --portable {} --keyset {keyset}", house.dir());
        let init = house.device(&house.one, 0, &init);
        if init.stderr.contains("[unknown-medium]") {
            eprintln!("SKIPPED: {medium:?} lies on nothing that can be told from another medium");
            return None;
        }
        assert!(init.stderr.contains("it is bound to its medium by "), "{}", init.stderr);
        init.ok();
        house.license(&house.two, &house.dir(), ITEMS);
        Some(house)
    }

    fn dir(&self) -> String {
        self.bed.stick.join("tenure").display().to_string()
    }

    /// Issues items to a container from a machine.
    fn license(&self, machine: &Guest, dir: &str, items: &str) {
        let [context, update] =
            ["context.tnr", "update.tnr"].map(|name| self.desk.path(name).display().to_string());
        self.desk.write("items.json", items);
        self.device(machine, 0, &format!("context --dir {dir} -o {context}")).ok();
        let items = if items.is_empty() { "" } else { "--items items.json" };
        self.desk.ok(&format!("issue --keys keys --context context.tnr {items} -o update.tnr"));
        self.device(machine, 0, &format!("apply --dir {dir} {update}")).ok();
    }

    fn device(&self, guest: &Guest, later: u64, line: &str) -> program::Ended {
        guest.run(later, &format!("device {line}"))
    }

    /// What `device show` says in a guest: what it holds, or the code of the refusal.
    fn shows(&self, machine: &Guest, later: u64) -> String {
        let shown = self.device(machine, later, &format!("show --dir {}", self.dir()));
        match shown.code {
            0 => "opens".to_owned(),
            3 => {
                let first = shown.stderr.lines().next().unwrap_or_default();
                first
                    .rsplit_once('[')
                    .map_or(first, |(_, code)| code.trim_end_matches(']'))
                    .to_owned()
            }
            code => panic!("{code}: {}", shown.stderr),
        }
    }

    /// An application in a guest.
    fn application(&self, guest: &Guest, later: u64, watches: bool) -> Talking {
        let program = std::env::current_exe().unwrap();
        let line = ["--exact", "an_application_in_a_guest", "--nocapture", "--test-threads=1"];
        let mut command = guest.command(later, &program, &line);
        command.env("GUEST_DIR", self.dir()).env("GUEST_PIN", &self.pin);
        if watches {
            command.env("GUEST_WATCHES", "1");
        }
        Talking::start(&mut command)
    }
}

fn one_guest_at_a_time(medium: Medium) {
    let Some(house) = House::on(medium) else { return };
    let (one, two) = (&house.one, &house.two);
    // One call after the other, here and there.
    assert_eq!([house.shows(one, 0), house.shows(two, 0), house.shows(one, 0)], ["opens"; 3]);
    let mut held = house.application(one, 0, false);
    assert!(held.hears("application holds").is_some());
    assert_eq!(house.shows(two, 0), "in-use-elsewhere");
    let mut denied = house.application(two, 0, false);
    assert_eq!(denied.hears("application denied").as_deref(), Some("in-use-elsewhere"));
    assert_eq!(house.shows(one, 0), "opens", "other programs of the same guest go on");
    let listed = house.device(two, 0, &format!("list --json --dir {}", house.dir())).json();
    assert_eq!(listed["containers"][0]["fault"], "in-use-elsewhere");
    let doctor = house.device(two, 0, &format!("doctor --dir {}", house.dir()));
    assert!(
        doctor.stdout.contains("advice: end the programs that use it there"),
        "{}",
        doctor.stdout
    );
    held.end();
    assert_eq!(house.shows(two, 0), "opens");

    // Unplugged without an end: after a minute of silence it is free for the other one.
    let mut held = house.application(one, 0, false);
    assert!(held.hears("application holds").is_some());
    Talking::signal(held.inside(), Signal::KILL);
    drop(held);
    assert_eq!(house.shows(two, 0), "in-use-elsewhere");
    assert_eq!(house.shows(two, 40), "in-use-elsewhere");
    assert_eq!(house.shows(two, 90), "opens");
    assert_eq!(house.shows(one, 0), "opens");
}

#[test]
fn one_guest_at_a_time_over_an_image() {
    one_guest_at_a_time(Medium::Image);
}

#[test]
fn one_guest_at_a_time_over_a_folder() {
    one_guest_at_a_time(Medium::Folder);
}

#[test]
fn a_medium_in_two_guests_at_once_is_closed_for_both() {
    let Some(house) = House::on(Medium::Image) else { return };
    let (one, two) = (&house.one, &house.two);
    let mut first = house.application(one, 0, true);
    assert!(first.hears("application holds").is_some());
    // The guest is stopped; the medium goes to the other one while it sleeps.
    let stopped = first.inside();
    Talking::signal(stopped, Signal::STOP);
    assert_eq!(house.shows(two, 0), "in-use-elsewhere");
    let mut second = house.application(two, 90, true);
    assert!(second.hears("application holds").is_some());
    Talking::signal(stopped, Signal::CONT);
    assert_eq!(first.hears("application ended").as_deref(), Some("shared"));
    assert_eq!(second.hears("application ended").as_deref(), Some("shared"));
    // Closed for both, until one has had it to itself for five minutes.
    assert_eq!([house.shows(one, 100), house.shows(two, 100)], ["shared"; 2]);
    assert_eq!([house.shows(two, 300), house.shows(one, 300)], ["shared"; 2]);
    let refused = house.device(two, 310, &format!("context --dir {}", house.dir())).fails(3);
    assert!(refused.contains("hint: pass the medium through to one guest only"), "{refused}");
    assert_eq!(house.shows(two, 700), "opens");
    assert_eq!(house.shows(one, 700), "opens");
}

#[test]
fn copied_files_do_not_open_beside_their_medium() {
    let Some(house) = House::on(Medium::Image) else { return };
    // From inside a guest, as the medium is seen there only.
    let there = house.desk.path("copy");
    let script = ["-c".to_owned(), format!("cp -a {} {}", house.dir(), there.display())];
    let line: Vec<&str> = script.iter().map(String::as_str).collect();
    let copied = program::ended(&mut house.one.command(0, "sh".as_ref(), &line));
    copied.ok();
    let show = format!("show --dir {}", there.display());
    let refused = house.device(&house.one, 0, &show).fails(3);
    assert!(refused.contains("[not-this-medium]"), "{refused}");
    copy_folder(&there, &house.desk.path("again"));
    let doctor = house.device(&house.one, 0, &format!("doctor --dir {}", there.display()));
    assert_eq!(doctor.code, 1);
    assert!(doctor.stdout.contains("changed     3  medium-filesystem"), "{}", doctor.stdout);
}

#[test]
fn items_travel_over_a_stick_and_are_only_carried_there() {
    let Some(house) = House::on(Medium::Image) else { return };
    let (press, robot) = (house.bed.guest(Machine::number(7)), house.bed.guest(Machine::number(8)));
    let item = r#"[{"id":"drive","feature":"drive","version":"1.0","count":3,"expiry":"2060-12-31","moves":{"hop_only":true,"times":1}}]"#;
    let path = |name: &str| house.desk.path(name).display().to_string();
    let keyset = path("keys/keyset.tnr");
    for (machine, name, items) in [(&press, "press", item), (&robot, "robot", "")] {
        let init = format!("init --dir {} --keyset {keyset}", path(name));
        house.device(machine, 0, &init).ok();
        house.license(machine, &path(name), items);
    }
    let stick = house.dir();
    let [request, transfer, receipt] = ["q.tnr", "t.tnr", "r.tnr"].map(path);
    let moved = |(from, source): (&Guest, &str), (to, target): (&Guest, &str)| {
        let ask = format!("transfer request drive --count 2 --dir {target} -o {request}");
        house.device(to, 0, &ask).ok();
        let send = format!("transfer send {request} --dir {source} -o {transfer}");
        let sent = house.device(from, 0, &send);
        if sent.code != 0 {
            return sent.stderr;
        }
        let accept = format!("transfer accept {transfer} --dir {target} -o {receipt}");
        house.device(to, 0, &accept).ok();
        house.device(from, 0, &format!("transfer confirm {receipt} --dir {source}")).ok()
    };
    let at = |machine: &Guest, dir: &str| {
        let shown = house.device(machine, 0, &format!("show --json --dir {dir}")).json();
        let items = shown["items"].as_array().unwrap().clone();
        let drive = items.iter().find(|item| item["id"] == "drive").cloned().unwrap_or_default();
        format!("{} {}", drive["count"], drive["reason"])
    };
    let direct = moved((&press, &path("press")), (&robot, &path("robot")));
    assert!(direct.contains("[hop-only]"), "{direct}");
    // Onto the stick at the press, off it at the robot.
    moved((&press, &path("press")), (&press, &stick));
    assert_eq!([at(&press, &path("press")), at(&press, &stick)], ["1 null", "2 \"carried\""]);
    moved((&robot, &stick), (&robot, &path("robot")));
    assert_eq!([at(&robot, &path("robot")), at(&robot, &stick)], ["2 null", "null null"]);
}
