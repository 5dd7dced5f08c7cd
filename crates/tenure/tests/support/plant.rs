//! A publisher with a running office, and devices in reach: the real program, real files, loopback between them.
//!
//! Invariants: staff asks over HTTP as everybody does; a device's container is bound to nothing, because the machine of
//! the test may show too little of itself; what was started here is ended here.
//! Deliberately not here: how documents travel; that is what tests show.
#![allow(dead_code, reason = "each test binary uses its part")]

use crate::program::{Ended, Served, ended, run, tenure};
use std::{
    cell::{Cell, RefCell},
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};
use tenure_api::office::{Decided, EntitlementRequest, LineRequest};
use tenure_api::{ClientOptions, Credential, OfficeClient};

/// A publisher's office, its keys, and a place for devices.
pub struct Plant {
    pub folder: tempfile::TempDir,
    office: RefCell<Option<Served>>,
    calls: Cell<u32>,
    customer: String,
}

impl Plant {
    /// With keys, a running office, a product under a yearly model, and a customer.
    pub fn new() -> Plant {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (office, calls, customer) = (RefCell::new(None), Cell::new(0), String::new());
        let mut plant = Plant { folder, office, calls, customer };
        let keys = plant.path("keys");
        run(&[
            "keys",
            "init",
            "--dir",
            &keys,
            "--publisher",
            "Example Publisher",
            "--roots",
            "1",
            "--threshold",
            "1",
            "--no-passphrase",
        ])
        .ok();
        run(&["office", "init", "--data", &plant.path("office"), "--keys", &keys]).ok();
        plant.open();
        let staff = plant.staff();
        let product =
            serde_json::json!({"description": "Press control", "features": [{"feature": "press"}]});
        staff.set_product("press@2.0", &of(product)).expect("a product");
        let yearly = serde_json::json!({"terms": {
            "validity": {"subscription": {"days": 365}}, "moves": {"times": 9}}});
        staff.set_license_model("yearly", &of(yearly)).expect("a license model");
        let customer = of(serde_json::json!({"name": "Works Ltd"}));
        plant.customer = staff.create_customer(&customer, &plant.key()).expect("a customer").id;
        plant
    }

    /// Starts the office.
    pub fn open(&self) {
        self.open_by(&mut tenure());
    }

    /// Starts the office with a prepared command.
    pub fn open_by(&self, command: &mut Command) {
        let (data, keys) = (self.path("office"), self.path("keys"));
        let served = Served::from(command.args([
            "office",
            "run",
            "--listen",
            "127.0.0.1:0",
            "--log",
            "error",
            "--data",
            &data,
            "--keys",
            &keys,
        ]));
        *self.office.borrow_mut() = Some(served);
    }

    /// Ends the office as a power cut does.
    pub fn cut(&self) {
        if let Some(office) = self.office.borrow_mut().take() {
            office.kill();
        }
    }

    /// Where the office is; after its end, where it was.
    pub fn url(&self) -> String {
        self.office
            .borrow()
            .as_ref()
            .map_or_else(|| "http://127.0.0.1:9".to_owned(), |office| office.url.clone())
    }

    /// The owner of the office's machine.
    pub fn staff(&self) -> OfficeClient {
        let token = fs::read_to_string(self.path("office/admin.token")).expect("the owner's token");
        let mut options = ClientOptions::new(self.url());
        options.credential = Credential::Bearer(token.trim().to_owned());
        OfficeClient::new(options).expect("a client")
    }

    /// Anybody.
    pub fn anybody(&self) -> OfficeClient {
        OfficeClient::new(ClientOptions::new(self.url())).expect("a client")
    }

    /// Sells so many presses; the activation ID.
    pub fn sell(&self, quantity: u32) -> String {
        let line: LineRequest = of(serde_json::json!({
            "product": "press@2.0", "license_model": "yearly", "quantity": quantity}));
        let key = self.key();
        let request: EntitlementRequest =
            of(serde_json::json!({"customer": self.customer, "order": key, "lines": [line]}));
        match self.staff().create_entitlement(&request, &key).expect("an entitlement") {
            Decided::Done(made) => made.activation_id,
            Decided::Waiting(row) => panic!("it waits for a second person: {row:?}"),
        }
    }

    /// Makes a device; its serial.
    pub fn device(&self, name: &str) -> String {
        let (dir, keyset) = (self.path(name), self.path("keys/keyset.tnr"));
        let made = run(&[
            "device", "init", "--dir", &dir, "--keyset", &keyset, "--name", name, "--kind",
            "unbound",
        ]);
        made.ok().trim().to_owned()
    }

    /// Makes a device whose container is bound to this machine; none where that shows too little of itself.
    pub fn bound_device(&self, name: &str) -> Option<String> {
        let (dir, keyset) = (self.path(name), self.path("keys/keyset.tnr"));
        let made = run(&["device", "init", "--dir", &dir, "--keyset", &keyset, "--name", name]);
        if made.stderr.contains("[too-few-traits]") {
            eprintln!("SKIPPED: this machine shows too little of itself to bind a container to it");
            return None;
        }
        Some(made.ok().trim().to_owned())
    }

    /// `tenure device WHAT --dir NAME …`.
    pub fn at(&self, name: &str, what: &str, more: &[&str]) -> Ended {
        let dir = self.path(name);
        run(&[&["device", what, "--dir", &dir], more].concat())
    }

    /// Starts the agent of a device; the file with its token.
    pub fn agent(&self, name: &str) -> (Served, String) {
        let dir = self.path(name);
        let served = Served::from(tenure().args([
            "device",
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--log",
            "error",
            "--dir",
            &dir,
        ]));
        (served, self.path(&format!("{name}/agent.token")))
    }

    /// `tenure wizard …` in the plant's folder.
    pub fn wizard(&self, arguments: &[&str]) -> Ended {
        let mut command = tenure();
        command.arg("wizard").args(arguments).current_dir(self.folder.path());
        // This user's own containers are not in the play.
        ended(command.env("XDG_DATA_HOME", self.folder.path()))
    }

    /// What a device holds, and how far its history goes: `press 2 @3`.
    pub fn holds(&self, name: &str) -> String {
        let shown = self.at(name, "show", &["--json"]).json();
        let mut features: Vec<String> = shown["items"]
            .as_array()
            .expect("items")
            .iter()
            .map(|item| format!("{} {}", item["feature"].as_str().expect("a name"), item["count"]))
            .collect();
        features.sort();
        features.push(format!("@{}", shown["container"]["sequence"]));
        features.join(" ")
    }

    /// Bought, active, on the way back and free of the first line of an activation ID.
    pub fn books(&self, id: &str) -> String {
        let made = self.staff().entitlement(id).expect("the entitlement");
        let line = &made.lines[0];
        let activations = self.activations(id);
        format!(
            "bought {} active {} free {} [{}]",
            line.bought, line.active, line.free, activations
        )
    }

    /// The activations of an ID, with their states.
    pub fn activations(&self, id: &str) -> String {
        let request = of(serde_json::json!({"activation_ids": [id]}));
        let answer = self.anybody().look_up(&request).expect("the look-up");
        let all = answer
            .entitlements
            .iter()
            .flat_map(|one| &one.lines)
            .flat_map(|line| &line.activations);
        let all: Vec<String> =
            all.map(|one| format!("{} {}", one.quantity, one.state.word())).collect();
        all.join(", ")
    }

    /// Has the office decided to activate so many in a container that it knows.
    pub fn assign(&self, id: &str, serial: &str, quantity: u32) {
        let request = of(serde_json::json!({
            "serial": serial, "activation_id": id, "line": 1, "quantity": quantity}));
        self.staff().assign(&request, &self.key()).expect("an activation");
    }

    /// An exchange by hand: a context file becomes an update file.
    pub fn exchange(&self, context: &str, update: &str) -> Result<(), String> {
        let bytes = fs::read(self.path(context)).expect("the context");
        let issued = self
            .anybody()
            .exchange(bytes, &self.key())
            .map_err(|error| format!("{} {error}", error.code()))?;
        fs::write(self.path(update), issued.update).expect("the update");
        Ok(())
    }

    /// A path in the plant's folder.
    pub fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// A text file in the plant's folder.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// A whole folder, copied: a disk image, or a stick in another machine.
    pub fn copy(&self, from: &str, to: &str) {
        let to = PathBuf::from(self.path(to));
        if to.exists() {
            fs::remove_dir_all(&to).expect("the old copy goes");
        }
        copy_folder(Path::new(&self.path(from)), &to);
    }

    /// A fresh idempotency key.
    pub fn key(&self) -> String {
        self.calls.set(self.calls.get() + 1);
        format!("call-{}", self.calls.get())
    }
}

/// A wire type from JSON.
pub fn of<T: serde::de::DeserializeOwned>(value: serde_json::Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error}: {value}"))
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir(to).expect("a folder");
    let mode = fs::metadata(from).expect("a folder").permissions().mode();
    fs::set_permissions(to, fs::Permissions::from_mode(mode)).expect("permission bits");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        match entry.file_type().expect("its type").is_dir() {
            true => copy_folder(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), &target).expect("a file")),
        }
    }
}

/// The first line of what a failed command said, without what differs from run to run.
pub fn first_line(said: &str) -> String {
    crate::desk::plain(said.lines().next().unwrap_or_default())
}
