//! A license carried by pages of the real programs: `tenure office run` and `tenure device serve`, asked as a browser
//! without scripts asks.
//!
//! Deliberately not here: what pages look like and how they keep strangers out; `tenure-web` has those tests, also in a
//! real browser.

#[path = "support/desk.rs"]
mod desk;
mod program;

use desk::Desk;
use program::{Served, tenure};
use serde_json::{Value, json};
use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

/// One visitor: keeps its cookie, sends forms.
struct Visitor<'s> {
    site: &'s Served,
    cookie: String,
    page: String,
}

impl<'s> Visitor<'s> {
    fn of(site: &'s Served) -> Self {
        Self { site, cookie: String::new(), page: String::new() }
    }

    /// One request and the redirects that follow.
    fn ask(&mut self, request: &str, headers: &str, body: &str) -> &mut Self {
        let mut stream = TcpStream::connect(self.site.address()).expect("a connection");
        let head = format!(
            "{request} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncookie: {}\r\n{headers}content-length: {}\r\n\r\n",
            self.site.address(),
            self.cookie,
            body.len()
        );
        stream.write_all(head.as_bytes()).expect("written");
        stream.write_all(body.as_bytes()).expect("written");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (head, page) = answer.split_once("\r\n\r\n").expect("a head");
        let header =
            |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
        if let Some(cookie) = header("set-cookie: ") {
            self.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        }
        self.page = page.to_owned();
        match header("location: ") {
            Some(to) => self.ask(&format!("GET {to}"), "", ""),
            None => self,
        }
    }

    fn open(&mut self, path: &str) -> &mut Self {
        self.ask(&format!("GET {path}"), "", "")
    }

    fn form(&mut self, path: &str, fields: &[(&str, &str)]) -> &mut Self {
        let escape =
            |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let pairs: Vec<_> =
            fields.iter().map(|(name, value)| format!("{name}={}", escape(value))).collect();
        let origin = format!(
            "origin: http://{}\r\ncontent-type: application/x-www-form-urlencoded\r\n",
            self.site.address()
        );
        self.ask(&format!("POST {path}"), &origin, &pairs.join("&"))
    }

    /// A form that the browser sends from a page of another site: without a cookie, without an origin to speak of.
    fn form_from_elsewhere(&mut self, path: &str, fields: &[(&str, &str)]) -> &mut Self {
        let escape =
            |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let pairs: Vec<_> =
            fields.iter().map(|(name, value)| format!("{name}={}", escape(value))).collect();
        let headers = "origin: null\r\nsec-fetch-site: cross-site\r\n\
                       content-type: application/x-www-form-urlencoded\r\n";
        self.ask(&format!("POST {path}"), headers, &pairs.join("&"))
    }

    /// Agrees with what the check shows.
    fn activate(&mut self) -> &mut Self {
        let sent = ["csrf", "once", "shown", "context"].map(|name| (name, self.field(name)));
        let sent = sent.each_ref().map(|(name, value)| (*name, value.as_str()));
        self.form("/portal/activate", &sent)
    }

    #[track_caller]
    fn says(&mut self, words: &str) -> &mut Self {
        assert!(self.page.contains(words), "“{words}” is missing:\n{}", self.page);
        self
    }

    /// A hidden field.
    #[track_caller]
    fn field(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let at = self.page.find(&start).unwrap_or_else(|| panic!("no {name}:\n{}", self.page));
        let value = &self.page[at + start.len()..];
        value[..value.find('"').expect("its end")].to_owned()
    }
}

/// A call of the staff.
fn staff(office: &Served, token: &str, request: &str, body: &Value) -> Value {
    let mut visitor = Visitor::of(office);
    let key: String = request.chars().filter(char::is_ascii_alphanumeric).collect();
    let headers = format!(
        "authorization: Bearer {token}\r\ncontent-type: application/json\r\nidempotency-key: {key}\r\n"
    );
    let answer = visitor.ask(request, &headers, &body.to_string()).page.clone();
    serde_json::from_str(&answer).unwrap_or_else(|_| panic!("{request}: {answer}"))
}

/// An entitlement of ten of one product; its activation ID.
fn sell(office: &Served, token: &str) -> String {
    let model = json!({"terms": {"validity": {"subscription": {"days": 365}}}});
    staff(office, token, "PUT /api/v1/license-models/subscription", &model);
    let product =
        json!({"description": "CAD Suite", "features": [{"feature": "cad", "version": "4.2"}]});
    staff(office, token, "PUT /api/v1/products/cad@4.2", &product);
    let customer =
        staff(office, token, "POST /api/v1/customers", &json!({"name": "<b>Smith & Sons</b>"}));
    let lines = json!([{"product": "cad@4.2", "license_model": "subscription", "quantity": 10}]);
    let order = json!({"customer": customer["id"], "order": "4711", "lines": lines});
    let sold = staff(office, token, "POST /api/v1/entitlements", &order);
    sold["activation_id"].as_str().unwrap_or_else(|| panic!("{sold}")).to_owned()
}

struct House {
    office: Served,
    device: Served,
    serial: String,
    desk: Desk,
}

fn house() -> House {
    let desk = Desk::with_keys();
    desk.ok("office init --data office --keys keys");
    let made = desk.ok("device init --dir device --keyset keys/keyset.tnr --name press");
    let at = |line: &str| {
        let mut command = tenure();
        command.args(line.split_whitespace()).current_dir(desk.folder.path());
        Served::from(&mut command)
    };
    let office = at("office run --listen 127.0.0.1:0 --data office --keys keys");
    let device =
        at(&format!("device serve --listen 127.0.0.1:0 --dir device --office {}", office.url));
    let serial = made.split_whitespace().next().expect("a serial").to_owned();
    House { office, device, serial, desk }
}

#[test]
fn a_ferry_and_a_bridge_by_pages() {
    let House { office, device, serial, desk } = house();
    let activation_id = sell(&office, desk.read("office/admin.token").trim());
    let line = format!("take-{activation_id}-1");

    let mut technician = Visitor::of(&device);
    technician.open("/").says("Sign in to this device");
    technician.form("/sign-in", &[("token", desk.read("device/agent.token").trim())]);
    let device_csrf = technician.says("Nothing here yet").field("csrf");
    technician.open(&format!("/containers/{serial}/context")).says("qr-dark");
    let context = technician.open(&format!("/containers/{serial}/context.tnr")).page.clone();

    let mut customer = Visitor::of(&office);
    customer.form("/portal/enter", &[("ids", &activation_id.to_lowercase())]);
    let csrf = customer.says("CAD Suite").says("&#60;b&#62;Smith &#38; Sons").field("csrf");
    customer
        .form("/portal/licenses", &[("csrf", &csrf), (&line, "2")])
        .says("Which device gets them?");
    customer.form("/portal/device", &[("csrf", &csrf), ("text", &context)]).says("Is this right?");
    customer.activate();
    customer.says("The licenses are reserved for this device").says("press");
    let path = format!("/portal/containers/{serial}");
    let update = customer.form(&format!("{path}/update"), &[("csrf", &csrf)]).page.clone();

    let apply = format!("/containers/{serial}/update");
    technician
        .form(&apply, &[("csrf", &device_csrf), ("text", &update)])
        .says("The update is applied");
    technician.open("/").says("Ready to use");
    let receipt = technician.open(&format!("/containers/{serial}/receipt.tnr")).page.clone();
    Visitor::of(&office)
        .form("/portal/receipt", &[("text", &receipt)])
        .says("The office has the receipt");
    customer.open(&path).says("The device is up to date").says("In the device");

    technician.open(&format!("/containers/{serial}/bridge")).says("Ready to cross");
    let bridge = ["context", "return_to", "state"].map(|name| (name, technician.field(name)));
    let mut bridge: Vec<_> = bridge.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut browser = Visitor::of(&office);
    browser.form_from_elsewhere("/portal/bridge", &bridge).says("Nothing waits for this device");
    bridge.push(("ids", &activation_id));
    let csrf = browser.form("/portal/bridge/activate", &bridge).says("CAD Suite").field("csrf");
    browser.form("/portal/licenses", &[("csrf", &csrf), (&line, "1")]).says("Is this right?");
    browser.activate();
    let (state, update) = (browser.field("state"), browser.field("update"));
    let mut elsewhere = Visitor::of(&device);
    elsewhere.form_from_elsewhere("/bridge/update", &[("state", &state), ("update", &update)]);
    elsewhere.says("The update is applied");
    let receipt = ["receipt", "return_to", "state"].map(|name| (name, elsewhere.field(name)));
    let receipt: Vec<_> = receipt.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.form_from_elsewhere("/portal/bridge", &receipt).says("The circle is closed");
    device.stop();
    office.stop();
}
