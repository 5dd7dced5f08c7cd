//! Pictures of the pages of people who log in, over the real program: for eyes.
//!
//! `cargo run -p tenure-web --example look -- WORLD [--out FOLDER] [PATH…]` with WORLD one of fresh, licensed, busy,
//! several (a manager of its own, over three servers), office, trading, office-fresh. Without paths the pages are served
//! until Ctrl-C, to be clicked; address and login are
//! printed. With paths each page is pictured at 360 and 1440 px, light and dark. Build the program first:
//! `cargo build -p tenure`.

#[path = "../tests/support/sample.rs"]
mod sample;
#[path = "../tests/support/trade.rs"]
mod trade;
#[path = "../tests/chromium/window.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod window;
#[path = "../tests/support/world.rs"]
mod world;

use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use serde_json::{Value, json};
use tenure_api::TlsTrust;
use tenure_web::{Fleet, Keeps, ManagerSettings, ServerPlace, SiteOptions, manager};
use window::{Window, Wish, serve};
use world::{ADMIN, PASSWORD, World};

#[tokio::main]
async fn main() {
    let mut words = std::env::args().skip(1);
    let wish = words.next().unwrap_or_else(|| "busy".to_owned());
    let (mut out, mut paths) = (PathBuf::from("."), Vec::new());
    while let Some(word) = words.next() {
        match word.as_str() {
            "--out" => out = words.next().expect("a folder after --out").into(),
            _ => paths.push(word),
        }
    }
    let world = match wish.as_str() {
        "fresh" => World::fresh(),
        "licensed" => World::licensed(world::ITEMS).await,
        "busy" | "several" => World::busy().await,
        "office" => World::office().await,
        "trading" => trade::trading().await,
        "office-fresh" => World::fresh_office(),
        other => {
            panic!(
                "{other} is no world: fresh, licensed, busy, several, office, trading or office-fresh"
            )
        }
    };
    // An activation ID is known only once it is made.
    for path in paths.iter_mut().filter(|path| path.contains("ENTITLEMENT")) {
        let found = world.must("GET", "/api/v1/entitlements?q=PO-2026-40", Value::Null).await;
        let id = found["items"][0]["activation_id"].as_str().expect("an ID");
        *path = path.replace("ENTITLEMENT", id);
    }
    let beside = World::fresh();
    let pages = match wish.as_str() {
        "several" => several(&[
            ("Plant 7", &world.url),
            ("Plant 8, just installed", &beside.url),
            ("Plant 9", "http://127.0.0.1:1"),
        ]),
        _ => world.pages(),
    };
    let port = serve(pages).await;
    let site = format!("http://127.0.0.1:{port}");
    println!("{site}  name {ADMIN}  password {PASSWORD}  (the program itself: {})", world.url);
    if paths.is_empty() {
        tokio::signal::ctrl_c().await.expect("a signal");
        return;
    }
    for (width, dark) in [(360, false), (1_440, false), (360, true), (1_440, true)] {
        let wish = Wish { width, dark, scripts: true };
        let window = Window::empty(wish).await.expect("chromium and chromedriver");
        if world.has_admin() {
            window.go(&format!("{site}{}", world.door())).await;
            window.types("name", ADMIN).await;
            window.types("password", PASSWORD).await;
            window.press("Log in").await;
            window.sees("Log out").await;
        }
        for path in &paths {
            window.go(&format!("{site}{path}")).await;
            let theme = if dark { "dark" } else { "light" };
            let name: String =
                path.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
            let file = out.join(format!("{}-{width}-{theme}.png", name.trim_matches('-')));
            let whole = json!({"captureBeyondViewport": true, "format": "png"});
            let cdp = window.driver.cdp();
            let picture: Value =
                cdp.send_raw("Page.captureScreenshot", whole).await.expect("a picture");
            let text = picture["data"].as_str().expect("base64");
            let bytes = base64::engine::general_purpose::STANDARD.decode(text).expect("base64");
            std::fs::write(&file, bytes).expect("the disk");
            println!("{}", file.display());
        }
        window.close().await;
    }
}

/// Settings that are gone with the program.
struct Nowhere;

impl Keeps for Nowhere {
    fn keep(&self, _: &ManagerSettings) -> Result<(), String> {
        Ok(())
    }
}

fn several(servers: &[(&str, &str)]) -> axum::Router {
    let place = |(name, address): &(&str, &str)| ServerPlace {
        name: (*name).to_owned(),
        ..ServerPlace::at(*address)
    };
    let servers = servers.iter().map(place).collect();
    let settings = ManagerSettings { servers, ..ManagerSettings::default() };
    let fleet = Fleet::new(settings, TlsTrust::System, "key".to_owned(), Box::new(Nowhere));
    let fleet = Arc::new(fleet.expect("servers"));
    let options = SiteOptions { fleet: Some(fleet.clone()), ..SiteOptions::default() };
    manager(fleet, options).expect("randomness")
}
