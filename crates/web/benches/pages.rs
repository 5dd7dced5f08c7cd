//! How long each page takes and how large it is, on a license server with 50 features, 10,000 devices and 100,000
//! leases: `cargo build --release -p tenure`, then `TENURE_PROGRAM=target/release/tenure cargo bench -p tenure-web`.
//!
//! Measured is what a browser waits for: one request over loopback to the program that serves its own pages. The
//! figure to hold is 100 ms and 200 kB a page; the program says so and ends with code 1 where a page is over it.

#[path = "../tests/support/world.rs"]
mod world;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use serde_json::json;
use world::{ADMIN, PASSWORD, World};

const FEATURES: usize = 50;
const DEVICES: usize = 10_000;
const OF_A_DEVICE: usize = 10;
const ROUNDS: usize = 20;
const LONGEST: Duration = Duration::from_millis(100);
const LARGEST: usize = 200_000;

/// Pages of lists and of single things; what they are about is made by `fill`.
const PATHS: [&str; 30] = [
    "/",
    "/features",
    "/features?q=f2&sort=-used",
    "/features/summary",
    "/features/items",
    "/features/f07",
    "/leases",
    "/leases?size=200&page=300",
    "/leases?feature=f07&q=u77",
    "/devices",
    "/devices?size=200&sort=-seats",
    "/devices/STRING/ws-00077",
    "/queue",
    "/pools",
    "/model",
    "/reservations",
    "/history",
    "/history?at=2099-01-01T00:00:00Z",
    "/history/device/STRING/ws-00077",
    "/history/feature/f07",
    "/denials",
    "/journal",
    "/offline",
    "/client-keys",
    "/properties",
    "/users",
    "/welcome",
    "/settings",
    "/about",
    "/account",
];

#[tokio::main]
#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
async fn main() -> ExitCode {
    let world = World::licensed(&items()).await;
    fill(&world).await;
    let mut site = Site { address: world.url.replace("http://", ""), cookie: String::new() };
    let login = format!("name={ADMIN}&password={}", PASSWORD.replace(' ', "+"));
    site.ask("POST", "/login", &login);
    let mut is_right = true;
    println!("{:<42} {:>9} {:>9} {:>9}", "page", "median", "worst", "kB");
    for path in PATHS {
        let mut times = Vec::with_capacity(ROUNDS);
        let mut size = 0;
        let mut status = 0;
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            let (found, body) = site.ask("GET", path, "");
            times.push(begun.elapsed());
            (status, size) = (found, body.len());
        }
        times.sort_unstable();
        let (median, worst) = (times[ROUNDS / 2], times[ROUNDS - 1]);
        let fits = status == 200 && median <= LONGEST && size <= LARGEST;
        is_right &= fits;
        let remark = if fits { "" } else { "   OVER, or no page" };
        let kb = size as f64 / 1000.0;
        println!("{path:<42} {median:>9.1?} {worst:>9.1?} {kb:>9.1} {status}{remark}");
    }
    if is_right { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn items() -> String {
    let item = |n: usize| {
        json!({"id": format!("i{n:02}"), "feature": format!("f{n:02}"), "version": "1.0", "count": 3000,
            "expiry": "2099-12-31", "product": format!("suite-{n:02}@1.0")})
    };
    json!((0..FEATURES).map(item).collect::<Vec<_>>()).to_string()
}

/// Every device takes ten features; some are refused more than there is.
async fn fill(world: &World) {
    for first in (0..DEVICES).step_by(50) {
        let asked = (first..first + 50).map(|device| async move {
            let wanted = (0..OF_A_DEVICE).map(|n| format!("f{:02}", (device + n * 5) % FEATURES));
            let wanted: Vec<_> =
                wanted.map(|name| json!({"name": name, "version": "1.0"})).collect();
            let body = json!({
                "holder": {"host": {"type": "string", "value": format!("ws-{device:05}")}, "user": format!("u{}", device % 2_000)},
                "features": wanted,
            });
            world.must("POST", "/api/v1/leases", body).await;
        });
        together(asked).await;
    }
    for n in 0..200 {
        let (status, _) = world.ask_out(&format!("late{n}"), "ws-late", "f07", "9.0").await;
        assert_eq!(status, 409, "there is no such version");
    }
}

/// Runs them side by side on this task.
async fn together<F: Future<Output = ()>>(all: impl Iterator<Item = F>) {
    let mut waiting: Vec<_> = all.map(Box::pin).collect();
    std::future::poll_fn(|context| {
        waiting.retain_mut(|one| one.as_mut().poll(context).is_pending());
        if waiting.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}

struct Site {
    address: String,
    cookie: String,
}

impl Site {
    fn ask(&mut self, method: &str, path: &str, form: &str) -> (u16, Vec<u8>) {
        let mut stream = TcpStream::connect(&self.address).expect("a connection");
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {0}\r\norigin: http://{0}\r\ncookie: {1}\r\nconnection: close\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {2}\r\n\r\n{form}",
            self.address,
            self.cookie,
            form.len()
        );
        stream.write_all(head.as_bytes()).expect("written");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        if let Some(line) = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")) {
            self.cookie = line.split(';').next().unwrap_or_default().to_owned();
        }
        let status = head.get(9..12).and_then(|code| code.parse().ok()).unwrap_or(0);
        (status, answer.split_off(end + 4))
    }
}
