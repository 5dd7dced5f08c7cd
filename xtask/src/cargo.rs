//! The cargo that runs this program, for the programs it starts.

use std::path::Path;
use std::process::Command;

/// `cargo` in the folder `root`.
pub fn cargo(root: &Path) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(root);
    command
}
