//! The room `settings`: of a license server's own pages, and of a manager that stands apart.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tenure_api::TlsTrust;
use tenure_web::{Fleet, Keeps, ManagerSettings, ServerPlace, SiteOptions, manager};

use crate::browser::{Browser, Seen};
use crate::world::{ADMIN, PASSWORD, World};

/// A disk for settings, which can be full.
#[derive(Clone, Default)]
struct Disk(Arc<Mutex<(ManagerSettings, bool)>>);

impl Keeps for Disk {
    fn keep(&self, settings: &ManagerSettings) -> Result<(), String> {
        let mut disk = self.0.lock().expect("whole");
        if disk.1 {
            return Err("The disk is full.".to_owned());
        }
        disk.0 = settings.clone();
        Ok(())
    }
}

impl Disk {
    fn settings(&self) -> ManagerSettings {
        self.0.lock().expect("whole").0.clone()
    }
}

const KEY: &str = "the-key-of-the-owner";

/// A manager that stands apart, over these servers.
fn apart(servers: &[(&str, &str)]) -> (Browser, Disk) {
    let disk = Disk::default();
    let place = |(name, address): &(&str, &str)| ServerPlace {
        name: (*name).to_owned(),
        ..ServerPlace::at(*address)
    };
    let settings = ManagerSettings {
        servers: servers.iter().map(place).collect(),
        ..ManagerSettings::default()
    };
    let keeper = Box::new(disk.clone());
    let fleet = Fleet::new(settings, TlsTrust::System, KEY.to_owned(), keeper).expect("servers");
    let fleet = Arc::new(fleet);
    let options = SiteOptions { fleet: Some(fleet.clone()), ..SiteOptions::default() };
    (Browser::over(manager(fleet, options).expect("randomness")), disk)
}

async fn log_in(browser: &mut Browser, server: &str) -> Seen {
    let fields = [("name", ADMIN), ("password", PASSWORD), ("server", server)];
    browser.form("/login", &fields).await.is(200).says("Log out")
}

#[tokio::test]
async fn pages_of_a_server_keep_the_size_of_lists_in_the_browser() {
    let world = World::licensed("[]").await;
    let mut browser = Browser::over(world.pages());
    browser.open("/settings").await.says("Log in");
    let mut browser = crate::enter(&world, ADMIN).await;
    let csrf = browser.open("/settings").await.is(200).says("value=\"50\"").field("csrf");
    let fill = |rows| [("csrf", csrf.as_str()), ("rows", rows), ("drop_devices", "yes")];
    for wrong in ["0", "201", "many", ""] {
        browser.form("/settings", &fill(wrong)).await.is(422).says("a number from 1 to 200");
    }
    browser.form("/settings", &fill("20")).await.is(200).says("Saved").says("value=\"20\"");
    browser.open("/settings").await.does_not_say("Saved").says("checked");
    browser.form("/settings", &fill("20")[..2]).await.does_not_say("checked");
    let mut other = crate::enter(&world, ADMIN).await;
    other.open("/settings").await.says("value=\"50\"").says("checked");
    for path in ["/servers", "/settings/servers/new", "/settings/servers/0"] {
        browser.open(path).await.is(200).says("serves these pages itself");
    }
}

#[tokio::test]
async fn about_tells_what_support_asks_for_also_when_the_server_is_gone() {
    let mut world = World::licensed("[]").await;
    let mut browser = crate::enter(&world, ADMIN).await;
    let agent = [("user-agent", "Brow<b>ser/1"), ("accept-language", "de-AT")];
    let seen = browser.open_from("/about", &agent).await.is(200).says("Plant-7").says("Ready");
    seen.says(&format!("Tenure {}", env!("CARGO_PKG_VERSION")))
        .says("Brow&#60;b&#62;ser/1")
        .says("de-AT")
        .says("T-");
    world.kill();
    browser.open_from("/about", &agent).await.is(200).says("No answer").says("nothing listens");
    browser.open("/settings").await.is(200).says("Allow device drop");
}

#[tokio::test]
async fn servers_are_seen_at_a_glance_and_gone_to_with_a_login_each() {
    let (north, mut south) = tokio::join!(World::busy(), World::licensed("[]"));
    let hangs = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let hanging = format!("http://{}", hangs.local_addr().expect("bound"));
    let (mut browser, _) =
        apart(&[("North <b>", &north.url), ("South", &south.url), ("Far", &hanging)]);
    browser.open("/servers").await.says("Choose one to log in to").does_not_say("North <b>");
    browser.open("/account").await.says("Log in").says("to North &#60;b&#62;");
    log_in(&mut browser, "0").await;
    let seen = browser.open("/servers").await.is(200).says("Ready").says("gave no answer within");
    seen.says("8 of 15").says("Log in to see");
    log_in(&mut browser, "1").await;
    browser.open("/about").await.says(&south.url);
    let csrf = browser.open("/servers").await.says("Shown now").says("Show<span").field("csrf");
    let to = |server| [("csrf", csrf.as_str()), ("server", server)];
    browser.form("/servers/switch", &to("0")).await.is(200);
    browser.open("/about").await.says(&north.url);
    browser.form("/servers/switch", &to("7")).await.says("License servers");
    browser.form("/servers/switch", &to("1")).await;
    south.kill();
    browser.open("/account").await.is(200);
    browser.open("/servers").await.says("Not reachable").says("nothing listens there");
    browser.form("/servers/switch", &to("2")).await.says("Log in").says("to Far");
}

#[tokio::test]
async fn a_form_acts_on_the_server_that_its_page_showed_or_not_at_all() {
    let (north, south) = tokio::join!(World::licensed("[]"), World::licensed("[]"));
    let (mut browser, _) = apart(&[("North", &north.url), ("South", &south.url)]);
    log_in(&mut browser, "0").await;
    log_in(&mut browser, "1").await;
    let of_south = browser.open("/suspend").await.says("Suspend grants").field("csrf");
    let suspend = [("csrf", of_south.as_str()), ("reason", "maintenance")];
    let switch = [("csrf", of_south.as_str()), ("server", "0")];
    for to_north in ["/servers/switch", "/login?server=0"] {
        match to_north {
            "/servers/switch" => browser.form(to_north, &switch).await.is(200),
            _ => browser.open(to_north).await.is(200),
        };
        let seen = browser.form("/suspend", &suspend).await.is(409);
        let seen = seen.says("This page shows South").says("you have gone to North");
        assert_eq!(seen.link("To the license servers"), "/servers");
        browser.open("/suspend").await.says("The server grants");
        browser.form("/servers/switch", &[switch[0], ("server", "1")]).await.is(200);
    }
    browser.form("/suspend", &suspend).await.is(200).says("Grants are suspended");
    assert_eq!(north.must("GET", "/api/v1/status", Value::Null).await["suspended"], false);
}

#[tokio::test]
async fn settings_of_a_manager_are_for_who_administers_a_server_or_has_its_key() {
    let world = World::licensed("[]").await;
    world.user("rita", &["read"]).await;
    let (mut browser, disk) = apart(&[("North", &world.url)]);
    let locked =
        |seen: Seen| seen.is(200).says("Unlock the settings").does_not_say("Add a license");
    locked(browser.open("/settings").await);
    let fields = [("name", "rita"), ("password", PASSWORD)];
    browser.form("/login", &fields).await.says("Log out");
    let csrf = locked(browser.open("/settings").await).field("csrf");
    let rows = [("csrf", csrf.as_str()), ("rows", "20")];
    browser.form("/settings", &rows).await.is(403).says("You may not change these settings");
    let host = [("csrf", csrf.as_str()), ("host", "evil.example"), ("port", "1")];
    for path in ["/settings/servers/new", "/settings/servers/0"] {
        browser.form(path, &host).await.is(403);
    }
    browser.form("/settings/servers/0/remove", &rows).await.says("You may not change");
    assert_eq!(disk.settings(), ManagerSettings::default(), "nothing was kept");

    browser.form("/settings/unlock", &[("key", "")]).await.is(403).says("This is not the key");
    browser.form("/settings/unlock", &[("key", KEY)]).await.is(200).says("Add a license server");
    browser.open("/account").await.is(200).says("rita");
    let csrf = browser.open("/settings").await.field("csrf");
    let rows = [("csrf", csrf.as_str()), ("rows", "20")];
    disk.0.lock().expect("whole").1 = true;
    browser.form("/settings", &rows).await.is(500).says("The disk is full").says("value=\"20\"");
    let host = [("csrf", csrf.as_str()), ("host", "b.example"), ("port", "1"), ("https", "yes")];
    let seen = browser.form("/settings/servers/new", &host).await.is(422).says("The disk is full");
    assert!(seen.html.contains("value=\"b.example\""), "what was typed stays");
    disk.0.lock().expect("whole").1 = false;
    browser.form("/settings/servers/new", &host).await.is(200).says("b.example:1 is on the list");
    browser.form("/settings", &rows).await.is(200).says("The settings are saved");
    let ManagerSettings { rows, drop_devices, servers } = disk.settings();
    assert_eq!((rows, drop_devices, servers.len()), (20, false, 2));

    let mut admin = browser.stranger();
    log_in(&mut admin, "0").await;
    admin.open("/settings").await.says("Add a license server").says("value=\"20\"");
}
