//! A web application that is licensed by the name of its host: nothing but the standard library and this crate.
//!
//! ```text
//! tenure office host-key issue app.example.com --product notes --customer C-000001 --users 25 --folder licenses
//! TENURE_ROOT=root.pin cargo run -p tenure-sdk --example web -- licenses app.example.com [ADDRESS:PORT]
//! ```
//!
//! It serves at once, whether or not the publisher can be reached; the check goes on in the background. When the
//! publisher has taken the license away, or the key blocks users beyond its limit, its pages say so instead.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};

use tenure_sdk::{HostLicense, HostState, HostStatus};

/// Compiled in, as a product has it.
const PRODUCT: &str = "notes";

fn main() {
    if let Err(error) = run() {
        eprintln!("web can't start: {error}");
        std::process::exit(1);
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap_or("licenses".to_owned());
    let host = arguments.next().unwrap_or("localhost".to_owned());
    let address = arguments.next().unwrap_or("127.0.0.1:8080".to_owned());
    let pin =
        std::fs::read_to_string(std::env::var("TENURE_ROOT").unwrap_or("root.pin".to_owned()))?;

    let license = HostLicense::open(folder, host)
        .root(&pin)
        .product(PRODUCT)
        .revision(env!("CARGO_PKG_VERSION"))
        .on_change(|status| eprintln!("license: {status}"))
        .start()?;
    let listener = TcpListener::bind(address)?;
    println!("listening on http://{}", listener.local_addr()?);
    for stream in listener.incoming() {
        // A visitor who goes away is no reason to stop.
        let _ = answer(stream?, &license.status());
    }
    Ok(())
}

fn answer(mut stream: TcpStream, status: &HostStatus) -> std::io::Result<()> {
    let mut line = String::new();
    BufReader::new(stream.try_clone()?).read_line(&mut line)?;
    let (code, text) = match &status.state {
        _ if !status.is_usable() => ("403 Forbidden", status.to_string()),
        HostState::OverLimit { tell: true, .. } => ("200 OK", format!("Your notes. ({status}.)")),
        _ => ("200 OK", "Your notes.".to_owned()),
    };
    write!(
        stream,
        "HTTP/1.1 {code}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}\n",
        text.len() + 1
    )
}
