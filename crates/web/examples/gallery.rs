//! Serves the sites over a sample office, a sample device and a sample license server, to look at: `cargo run -p
//! tenure-web --example gallery`.
//!
//! Addresses are printed; the activation ID and the token of the samples stand beside them. Nothing is stored.

#[path = "../tests/support/plant.rs"]
mod plant;
#[path = "../tests/support/sample.rs"]
mod sample;

use std::sync::Arc;

use sample::{ACTIVATION_ID, Sample, TOKEN};
use tenure_web::{InProcess, SiteOptions, device, portal};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sample = if std::env::args().any(|word| word == "--hostile") {
        Sample::hostile()
    } else {
        Sample::new()
    };
    let office = tokio::net::TcpListener::bind("127.0.0.1:7480").await?;
    let agent = tokio::net::TcpListener::bind("127.0.0.1:7490").await?;
    let server = tokio::net::TcpListener::bind("127.0.0.1:7470").await?;
    let options = SiteOptions { title: "Acme Instruments".to_owned(), ..SiteOptions::default() };
    let pages =
        portal(Arc::new(InProcess::new(sample.office())), options).ok_or("no randomness")?;
    let options = SiteOptions {
        title: "Milling cell 7".to_owned(),
        office: Some("http://localhost:7480".to_owned()),
        ..SiteOptions::default()
    };
    let page = device(Arc::new(InProcess::new(sample.agent())), options).ok_or("no randomness")?;
    println!("portal: http://127.0.0.1:7480/portal   activation ID {ACTIVATION_ID}");
    println!("device: http://127.0.0.1:7490/         token {TOKEN}");
    println!("manager: http://127.0.0.1:7470/         any name and password");
    let served = (axum::serve(office, pages), axum::serve(agent, page));
    let manager = axum::serve(server, plant::pages());
    tokio::try_join!(served.0.into_future(), served.1.into_future(), manager.into_future())?;
    Ok(())
}
