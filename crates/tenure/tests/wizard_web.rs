//! `tenure wizard --web`: the wizard as a page, asked as a browser without scripts asks.
//!
//! Deliberately not here: the steps of an exchange (wizard.rs), what pages look like.

#[path = "support/desk.rs"]
mod desk;
#[path = "support/plant.rs"]
mod plant;
mod program;
#[path = "support/visitor.rs"]
mod visitor;

use plant::Plant;
use program::{Served, ended, tenure};
use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};
use visitor::Visitor;

/// A wizard with its page, and the address that opens it.
fn wizard(plant: &Plant, arguments: &[&str]) -> (Served, String) {
    let mut command = tenure();
    command.args(["wizard", "--web"]).args(arguments).current_dir(plant.folder.path());
    // Nobody's own containers.
    command.env("HOME", plant.path("nobody")).env_remove("XDG_DATA_HOME");
    let mut served = Served::from(&mut command);
    let line = served.next_line();
    let address = path_of(&served, &line);
    (served, address)
}

/// The path of an address that the wizard prints.
fn path_of(served: &Served, line: &str) -> String {
    let address = line.strip_prefix("open ").unwrap_or_else(|| panic!("no address: {line}"));
    address.strip_prefix(&served.url).expect("its own address").to_owned()
}

/// Somebody who has opened it.
fn guest(served: &Served, address: &str) -> Visitor {
    let mut guest = Visitor::of(served.address());
    guest.open(address).says("Licenses for a device");
    guest
}

/// The serial of a new device.
fn device(plant: &Plant, name: &str) -> String {
    plant.device(name).split_whitespace().next().expect("a serial").to_owned()
}

#[test]
fn a_whole_exchange_in_one_go() {
    let plant = Plant::new();
    let (id, serial) = (plant.sell(3), device(&plant, "press"));
    let (served, address) = wizard(&plant, &["--device", "press", "--office", &plant.url()]);
    let mut guest = guest(&served, &address);
    guest.open("/nowhere").says("There is no such page");
    guest.open("/").says(&serial).says("press");
    let asked = |ids: &str, go: &str| {
        [("serial", serial.clone()), ("ids", ids.to_owned()), ("go", go.to_owned())]
    };
    let choose = |guest: &mut Visitor, ids: &str, go: &str| {
        let fields = asked(ids, go);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        guest.open("/").send("/choose", &fields);
    };
    choose(&mut guest, "", "choose");
    guest.says("There is no activation ID yet");
    choose(&mut guest, "ABCDE-FGHIJ", "choose");
    guest.says("delivery note");
    // The first contact brings the container's certificate; then there is nothing more.
    choose(&mut guest, "", "ready");
    guest.says("The device is up to date").says("Certifies the container");
    choose(&mut guest, "", "ready");
    guest.says("The office has nothing new for this device");
    choose(&mut guest, &id.to_lowercase(), "choose");
    guest.says("What shall the device hold?").says("Press control");
    let line = format!("take-{id}/1");
    let fields = |count: &'static str| [("serial", serial.as_str()), (line.as_str(), count)];
    guest.send("/run", &fields("9")).says("The exchange stopped").says("3 free of 3");
    choose(&mut guest, &id, "choose");
    guest.send("/run", &fields("2")).says("The device is up to date");
    guest.says("the office knows").says("Update applied");
    assert_eq!(plant.books(&id), "bought 3 active 2 free 1 [2 confirmed]");
    // What it holds already counts: the same again takes nothing.
    choose(&mut guest, &id, "choose");
    guest.says("value=\"2\"").send("/run", &fields("2")).says("nothing new");
    assert_eq!(plant.books(&id), "bought 3 active 2 free 1 [2 confirmed]");
    served.stop();
}

#[test]
fn files_are_carried_between_two_wizards() {
    let plant = Plant::new();
    let (id, serial) = (plant.sell(2), device(&plant, "press"));
    let fetch = |visitor: &mut Visitor, kind: &str| {
        visitor.open(&format!("/papers/{kind}.tnr?serial={serial}")).page.clone()
    };
    let (at_device, address) = wizard(&plant, &["--device", "press", "--park", "stick"]);
    let mut technician = guest(&at_device, &address);
    let fields = [("serial", serial.as_str()), ("ids", ""), ("go", "carry")];
    technician.says("None is named: files are carried").send("/choose", &fields);
    technician.says("The context is ready to be carried");
    let context = fetch(&mut technician, "context");
    assert!(context.starts_with("-----BEGIN TENURE CONTEXT"), "{context}");
    // Where the office can be reached, there is no device.
    let (at_office, address) = wizard(&plant, &["--office", &plant.url()]);
    let mut clerk = guest(&at_office, &address);
    clerk.says("No device is here").upload("/papers", "nonsense").says("not a Tenure document");
    clerk.open("/").upload("/papers", &context).says("The context is here");
    clerk.says("known by its context file").says(&serial);
    let take = format!("take-{id}/1");
    clerk.send("/run", &[("serial", serial.as_str()), (take.as_str(), "1")]);
    clerk.says("The update is ready to be carried");
    let update = fetch(&mut clerk, "update");
    // Another day: the wizard at the device was started again in between.
    at_device.stop();
    let (at_device, address) = wizard(&plant, &["--device", "press", "--park", "stick"]);
    let mut technician = guest(&at_device, &address);
    technician.says("Files at hand").upload("/papers", &update);
    technician.says("The update is applied").says("Take the receipt back");
    let receipt = fetch(&mut technician, "receipt");
    clerk.open("/").upload("/papers", &receipt).says("the office knows");
    assert_eq!(plant.books(&id), "bought 2 active 1 free 1 [1 confirmed]");
    technician.open("/papers/update.tnr?serial=T-1").keeps_quiet_of("BEGIN");
    at_device.stop();
    at_office.stop();
}

#[test]
fn many_devices_from_a_list() {
    let plant = Plant::new();
    let id = plant.sell(5);
    device(&plant, "press");
    device(&plant, "lathe");
    let (served, address) = wizard(&plant, &["--office", &plant.url()]);
    let mut guest = guest(&served, &address);
    guest.open("/devices").says("Many devices in one run");
    guest.upload("/devices", "name,host\na,b\n").says("there is no column");
    let head = "name,device,activation_ids\n";
    let list = format!("{head}=one,press,{id}\ntwo,lathe,{id}\nthree,gone,{id}\n");
    guest.upload("/devices", &list).says("of 3 devices");
    while guest.page.contains("loads itself again") {
        guest.open("/devices");
    }
    guest.says("3 of 3 devices").says("Done").says("there are no containers in").says("Refused");
    assert_eq!(plant.books(&id), "bought 5 active 2 free 3 [1 confirmed, 1 confirmed]");
    let report = guest.open("/devices/report.csv").page.clone();
    assert!(report.starts_with("name,serial,result,code,what,next"), "{report}");
    assert!(report.contains("three,,refused,no-container,"), "{report}");
    assert!(!report.contains("\n=one"), "a name must not become a formula: {report}");
    served.stop();
}

#[test]
fn it_opens_by_its_address_once_and_on_this_machine_only() {
    let plant = Plant::new();
    device(&plant, "press");
    let (mut served, address) = wizard(&plant, &["--device", "press"]);
    let mut stranger = Visitor::of(served.address());
    stranger.open("/").says("The wizard is closed here");
    stranger.open("/enter?token=guess").says("This address does not open");
    let mut first = guest(&served, &address);
    first.open("/").says("press");
    // Without the form's own token, or from another site, nothing is done.
    first.form("/office", &[("address", "http://127.0.0.1:1")]).says("out of date");
    let elsewhere =
        "origin: http://evil.example\r\ncontent-type: application/x-www-form-urlencoded\r\n";
    assert_eq!(first.ask("POST /office", elsewhere, "address=x").status, 403);
    first.open("/").says("None is named");
    stranger.open(&address).says("This address does not open");
    let line = served.next_line();
    let next = path_of(&served, &line);
    assert_ne!(next, address);
    guest(&served, &next).says("press");
    let mut stream = TcpStream::connect(served.address()).unwrap();
    let request = b"GET / HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n";
    stream.write_all(request).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 421"), "{answer}");
    served.stop();
    let refused = ended(tenure().args(["wizard", "--web", "--listen", "0.0.0.0:0"])).fails(2);
    assert!(refused.contains("can be reached from other machines"), "{refused}");
}
