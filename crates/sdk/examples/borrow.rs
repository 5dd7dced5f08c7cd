//! Work without a network: borrow, use off line, give back early.
//!
//! ```text
//! export TENURE_SERVER=http://127.0.0.1:7070 TENURE_ROOT=root.pin
//! cargo run -p tenure-sdk --example borrow -- take cad 2.0 7   # on line: borrow for 7 days
//! cargo run -p tenure-sdk --example borrow -- use cad 2.0      # needs no server
//! cargo run -p tenure-sdk --example borrow -- list
//! cargo run -p tenure-sdk --example borrow -- return           # on line: give everything back
//! ```
//!
//! Borrowed leases are kept in the application's own folder (`TENURE_FOLDER`, default
//! `borrowed`), readable by this user only, and verified again each time they are used.

use std::time::Duration;

use tenure_sdk::{Error, SeatState, Tenure};

fn main() {
    if let Err(error) = run() {
        eprintln!("{error}");
        std::process::exit(1);
    }
}

fn run() -> Result<(), Error> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["take", feature, version, days] => take(&open()?, feature, version, days),
        ["use", feature, version] => work(&open()?, feature, version),
        ["list"] => list(&open()?),
        ["return"] => give_back(&open()?),
        _ => {
            let usage = "take FEATURE VERSION DAYS | use FEATURE VERSION | list | return";
            Err(Error::Setup(usage.to_owned()))
        }
    }
}

/// Opening sends nothing, so it works without a network.
fn open() -> Result<Tenure, Error> {
    Tenure::connect(&setting("TENURE_SERVER", "http://127.0.0.1:7070"))
        .root(&root_pin()?)
        .folder(setting("TENURE_FOLDER", "borrowed"))
        .open()
}

fn take(tenure: &Tenure, feature: &str, version: &str, days: &str) -> Result<(), Error> {
    let days = days.parse().map_err(|_| Error::Setup(format!("`{days}` is no number of days")))?;
    let length = Duration::from_secs(86_400).saturating_mul(days);
    let seat = tenure.request(feature, version).borrow_for(length).checkout()?;
    if let Some(lease) = seat.lease() {
        println!("{feature} {} is borrowed until {}", lease.version, lease.expires);
    }
    Ok(()) // Dropping a borrowed seat does not give it back.
}

fn work(tenure: &Tenure, feature: &str, version: &str) -> Result<(), Error> {
    // A lease borrowed here is used before the server is asked.
    let seat = tenure.checkout(feature, version)?;
    match seat.state() {
        SeatState::Held { until } if seat.is_borrowed() => println!("borrowed until {until}"),
        SeatState::Held { until } => println!("leased from the server until {until}"),
        other => println!("not usable: {other:?}"),
    }
    if tenure.clock_set_back()? {
        println!("this machine's clock is behind what it was; borrowed time runs all the same");
    }
    Ok(())
}

fn list(tenure: &Tenure) -> Result<(), Error> {
    for lease in tenure.borrowed()? {
        println!("{}  {} {}  until {}", lease.id, lease.feature, lease.version, lease.until);
    }
    Ok(())
}

fn give_back(tenure: &Tenure) -> Result<(), Error> {
    for lease in tenure.borrowed()? {
        tenure.return_borrowed(lease.id)?;
        println!("{} {} is given back", lease.feature, lease.version);
    }
    Ok(())
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
