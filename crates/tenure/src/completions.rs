//! `tenure completions SHELL`: text for a shell to load.
//!
//! Deliberately not here: where a shell looks for it; the help says how to load it.

use clap::{Args, Command, ValueEnum};
use clap_complete::Shell;
use std::io::Write as _;

/// Load with, for example, `source <(tenure completions bash)`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell.
    shell: Known,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Known {
    Bash,
    Zsh,
    Fish,
}

/// Prints the completions of `command`.
///
/// # Errors
/// Standard output can't be written.
pub fn run(args: &CompletionsArgs, mut command: Command) -> anyhow::Result<()> {
    let shell = match args.shell {
        Known::Bash => Shell::Bash,
        Known::Zsh => Shell::Zsh,
        Known::Fish => Shell::Fish,
    };
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut command, "tenure", &mut text);
    std::io::stdout().write_all(&text)?;
    Ok(())
}
