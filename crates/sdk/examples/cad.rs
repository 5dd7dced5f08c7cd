//! The common case: an application that needs one seat while it runs.
//!
//! ```text
//! TENURE_SERVER=http://127.0.0.1:7070 TENURE_ROOT=root.pin \
//!     cargo run -p tenure-sdk --example cad -- [FEATURE [VERSION [SECONDS]]]
//! ```
//!
//! It checks a seat out, works for some seconds while the seat is renewed in the background, says
//! what happens to the seat meanwhile, and gives it back. Ctrl-C in between is harmless: the lease
//! ends by itself.

use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use tenure_sdk::{Error, Notice, OnLoss, Tenure};

fn main() {
    if let Err(error) = run() {
        // The explanation and the nearest remedy come from the license server.
        eprintln!("cad can't start: {error}");
        std::process::exit(1);
    }
}

fn run() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let feature = arguments.next().unwrap_or("cad".to_owned());
    let version = arguments.next().unwrap_or("0".to_owned());
    let seconds = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(10);

    let tenure = Tenure::connect(&setting("TENURE_SERVER", "http://127.0.0.1:7070"))
        .root(&root_pin()?)
        .on_loss(OnLoss::Grace(Duration::from_secs(3_600)))
        .open()?;
    let seat = tenure.checkout(&feature, &version)?;
    if let Some(lease) = seat.lease() {
        let (version, until, id) = (lease.version, lease.expires, lease.id);
        println!("{feature} {version} is ours until {until} (lease {id})");
    }

    let notices = seat.notices();
    for _ in 0..seconds {
        if !seat.is_usable() {
            break;
        }
        // The application's work goes here; a notice interrupts it.
        match notices.recv_timeout(Duration::from_secs(1)) {
            Ok(notice) => tell(&notice),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
    }

    seat.give_back()?; // Dropping the seat does the same, silently.
    println!("given back");
    Ok(())
}

/// What a person at the application should know.
fn tell(notice: &Notice) {
    match notice {
        Notice::Renewed { until } => println!("renewed until {until}"),
        Notice::Lost { until: Some(until) } => println!("no server: work may go on until {until}"),
        Notice::Lost { until: None } => println!("no server: work goes on"),
        Notice::Refused { until, problem } => println!("save before {until}: {problem}"),
        Notice::Ended(why) => println!("the seat is gone: {why}"),
    }
}

/// A product compiles its pin in, with include_str!("root.pin"); this example reads it.
fn root_pin() -> Result<String, Error> {
    let pin = setting("TENURE_ROOT", "root.pin");
    if pin.starts_with("root:") {
        return Ok(pin);
    }
    std::fs::read_to_string(&pin).map_err(|error| Error::Setup(format!("{pin}: {error}")))
}

fn setting(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or(default.to_owned())
}
