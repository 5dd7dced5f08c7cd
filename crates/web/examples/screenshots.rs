//! The pictures of README and docs/MANAGER.md, made out of `tenure demo` as anybody can start it.
//!
//! `cargo build -p tenure`, then `cargo run -p tenure-web --example screenshots -- docs/images`. The demo runs in a
//! temporary folder on free ports and ends with this program.

#[path = "../tests/support/sample.rs"]
mod sample;
#[path = "../tests/chromium/window.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod window;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use base64::Engine as _;
use serde_json::{Value, json};
use window::{Window, Wish};

const NAME: &str = "ann";
const PASSWORD: &str = "correct horse battery";

/// Which page becomes which picture: of the license server.
const SERVER: [(&str, &str, u32, bool); 7] = [
    ("dashboard", "/", 1_280, false),
    ("dashboard-dark", "/", 1_280, true),
    ("dashboard-phone", "/", 390, false),
    ("feature", "/features/cad", 1_280, false),
    ("denials", "/denials", 1_280, false),
    ("history", "/history/feature/cad", 1_280, false),
    ("updates", "/offline", 1_280, false),
];

/// And of the office.
const OFFICE: [(&str, &str, u32, bool); 2] =
    [("console", "/console", 1_280, false), ("containers", "/console/containers", 1_280, false)];

/// A demo that ends with this program.
struct Demo {
    child: Child,
    /// Address and one-time token of the license server, and of the office.
    doors: Vec<(String, String)>,
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _reaped = self.child.wait();
    }
}

fn program() -> PathBuf {
    let own = std::env::current_exe().expect("this program's own path");
    let named = std::env::var_os("TENURE_PROGRAM").map(PathBuf::from);
    let beside = || own.ancestors().map(|folder| folder.join("tenure")).find(|file| file.is_file());
    named.or_else(beside).expect("the program: `cargo build -p tenure`, or TENURE_PROGRAM")
}

fn demo() -> Demo {
    let mut child = Command::new(program())
        .args(["demo", "--listen", "127.0.0.1:0"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the demo starts");
    let output = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut doors = Vec::new();
    for line in output.lines().map_while(Result::ok) {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let (Some(address), Some(token)) = (words.first(), words.last())
            && address.starts_with("http://")
        {
            doors.push(((*address).to_owned(), (*token).to_owned()));
        }
        if line.starts_with("Ctrl-C") {
            break;
        }
    }
    assert_eq!(doors.len(), 2, "the demo names two doors");
    Demo { child, doors }
}

async fn picture(window: &Window, file: &Path) {
    let wish = json!({"format": "png", "captureBeyondViewport": false});
    let cdp = window.driver.cdp();
    let picture: Value = cdp.send_raw("Page.captureScreenshot", wish).await.expect("a picture");
    let text = picture["data"].as_str().expect("base64");
    let bytes = base64::engine::general_purpose::STANDARD.decode(text).expect("base64");
    std::fs::write(file, bytes).expect("the disk");
    println!("{}", file.display());
}

/// Pictures of one site; the administrator is made at the first visit.
async fn pictures(folder: &Path, door: &(String, String), pages: &[(&str, &str, u32, bool)]) {
    let site = door.0.trim_end_matches("/console");
    let prefix = door.0.strip_prefix(site).unwrap_or_default();
    for (place, (name, path, width, dark)) in pages.iter().enumerate() {
        let wish = Wish { width: *width, dark: *dark, scripts: true };
        let window = Window::empty(wish).await.expect("chromium and chromedriver");
        if place == 0 {
            window.go(&format!("{site}{prefix}/setup")).await;
            window.types("token", &door.1).await;
            window.types("name", NAME).await;
            window.types("password", PASSWORD).await;
            window.types("repeated", PASSWORD).await;
            window.press("Make the administrator").await;
        } else {
            window.go(&format!("{site}{prefix}/login")).await;
            window.types("name", NAME).await;
            window.types("password", PASSWORD).await;
            window.press("Log in").await;
        }
        window.sees("Log out").await;
        window.go(&format!("{site}{path}")).await;
        window.sees("Log out").await;
        picture(&window, &folder.join(format!("{name}.png"))).await;
        window.close().await;
    }
}

#[tokio::main]
async fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "docs/images".to_owned()));
    std::fs::create_dir_all(&folder).expect("the folder");
    let demo = demo();
    pictures(&folder, &demo.doors[0], &SERVER).await;
    pictures(&folder, &demo.doors[1], &OFFICE).await;
}
