//! Pictures of the pages of people who log in, over the real program: for eyes.
//!
//! `cargo run -p tenure-web --example look -- WORLD [--out FOLDER] [PATH…]` with WORLD one of fresh, licensed, busy,
//! office, office-fresh. Without paths the pages are served until Ctrl-C, to be clicked; address and login are
//! printed. With paths each page is pictured at 360 and 1440 px, light and dark. Build the program first:
//! `cargo build -p tenure`.

#[path = "../tests/support/sample.rs"]
#[allow(dead_code, reason = "the window can show the samples too")]
mod sample;
#[path = "../tests/chromium/window.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod window;
#[path = "../tests/support/world.rs"]
mod world;

use std::path::PathBuf;

use base64::Engine as _;
use serde_json::{Value, json};
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
        "busy" => World::busy().await,
        "office" => World::office().await,
        "office-fresh" => World::fresh_office(),
        other => panic!("{other} is no world: fresh, licensed, busy, office or office-fresh"),
    };
    let port = serve(world.pages()).await;
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
