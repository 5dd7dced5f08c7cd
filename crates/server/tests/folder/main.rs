//! The shared folder on the real engine: files in a real directory, time by hand.
//!
//! Each file is a conversation about one part. Nothing sleeps: a test calls the scan and waits until it is answered.

#[path = "../support/app.rs"]
mod app;
#[path = "../support/house.rs"]
mod house;

mod application;
mod attacks;
mod cycle;
mod desk;
mod flood;
mod queue;
mod servers;
