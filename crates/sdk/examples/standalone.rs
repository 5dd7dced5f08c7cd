//! An application on a machine by itself: no license server, no network at all.
//!
//! ```text
//! tenure device init --keyset publisher.tnr        # then context, update, apply
//! TENURE_ROOT=root.pin cargo run -p tenure-sdk --example standalone -- [FEATURE [VERSION]]
//! ```
//!
//! It takes a seat from the container on this machine, says until when it is good, and gives it
//! back. A second copy that is started meanwhile takes the next seat, or is told why there is none.

use tenure_sdk::{Error, SeatState, Tenure};

fn main() {
    if let Err(error) = run() {
        // The reason and what to do about it, in the container's own words.
        eprintln!("standalone can't start: {error}");
        std::process::exit(1);
    }
}

fn run() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let feature = arguments.next().unwrap_or("motion".to_owned());
    let version = arguments.next().unwrap_or("0".to_owned());
    let pin = std::env::var("TENURE_ROOT").unwrap_or("root.pin".to_owned());
    let pin = std::fs::read_to_string(&pin)
        .map_err(|error| Error::Setup(format!("can't read the root pin {pin}: {error}")))?;
    let home = std::env::var("HOME").unwrap_or_default();
    let folder = std::env::var("TENURE_DEVICE").unwrap_or(format!("{home}/.local/share/tenure"));

    let tenure = Tenure::local(folder).root(&pin).open()?;
    let seat = tenure.checkout(&feature, &version)?;
    if let Some(grant) = seat.grant() {
        let until = grant.until.map_or("for ever".to_owned(), |until| format!("until {until}"));
        println!("{feature} {} is ours {until} (container {})", grant.version, grant.serial);
    }
    println!("press Enter to end");
    let _ = std::io::stdin().read_line(&mut String::new());
    if let SeatState::Ended(why) = seat.state() {
        println!("the seat has ended meanwhile: {why}");
    }
    seat.give_back()
}
