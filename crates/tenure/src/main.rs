//! The `tenure` program: reads the command line and hands over to the command.
//!
//! The composition root of the house: real clock, chance, environment, paths and processes are touched in this crate
//! and nowhere below. Invariants: one TLS provider for the whole process, installed before anything can need it;
//! every error ends in one line on stderr, a hint where there is one, and the exit code of its kind.
//! Deliberately not here: decisions of licensing.

#![deny(clippy::print_stdout, clippy::print_stderr)] // They panic: `say!` and `note!` don't.

#[macro_use]
mod say;

mod admin;
mod bench;
mod chance;
mod cli;
mod clock;
mod completions;
mod config;
mod daemon;
mod demo;
mod device;
mod directory;
mod exit;
mod explain;
mod folder;
mod host_ids;
mod lmstat;
mod logs;
mod manager;
mod office;
mod office_mark;
mod offline;
mod pages;
mod private_key;
mod retention;
mod serve;
mod settings;
mod setup;
mod shared_folder;
mod signals;
mod wizard;

use clap::Parser as _;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Fails only when a provider is installed already, which nothing before this line does.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    match cli::run(cli::Cli::parse()).and_then(|()| Ok(say::all_said()?)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => exit::report(&error),
    }
}
