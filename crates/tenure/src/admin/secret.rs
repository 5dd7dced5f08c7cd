//! Passwords: typed without echo, or read from an owner-only file; never arguments, never shown.
//!
//! Deliberately not here: what a good password is; the server says.

use crate::exit::Failure;
use clap::Args;
use std::{fs, os::unix::fs::MetadataExt as _, path::PathBuf};

/// Where a password comes from.
#[derive(Debug, Clone, Args)]
pub struct PasswordFlags {
    /// File with the password on its first line, instead of a prompt; must not be readable by others.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl PasswordFlags {
    /// The password of somebody who has one.
    ///
    /// # Errors
    /// The file can't be read or others can read it; there is no terminal to ask.
    pub fn current(&self, prompt: &str) -> Result<String, Failure> {
        self.of_the_file().unwrap_or_else(|| ask(prompt))
    }

    /// A new password, asked twice.
    ///
    /// # Errors
    /// As [`PasswordFlags::current`]; or the two differ.
    pub fn new_password(&self, prompt: &str) -> Result<String, Failure> {
        if let Some(password) = self.of_the_file() {
            return password;
        }
        let first = ask(prompt)?;
        if ask("the same again: ")? != first {
            return Err(Failure::usage("the two passwords differ"));
        }
        Ok(first)
    }

    fn of_the_file(&self) -> Option<Result<String, Failure>> {
        let file = self.password_file.as_ref()?;
        let name = file.display();
        let read = || {
            let unreadable = |error| Failure::fault(format!("can't read {name}: {error}"));
            if fs::metadata(file).map_err(unreadable)?.mode() & 0o077 != 0 {
                return Err(Failure::usage(format!("{name} can be read by others"))
                    .hint(format!("chmod 600 {name}")));
            }
            let text = fs::read_to_string(file).map_err(unreadable)?;
            Ok(text.lines().next().unwrap_or_default().to_owned())
        };
        Some(read())
    }
}

fn ask(prompt: &str) -> Result<String, Failure> {
    rpassword::prompt_password(prompt).map_err(|error| {
        Failure::usage(format!("no password could be asked for: {error}"))
            .hint("name a file with --password-file")
    })
}

/// A token from a file, or from standard input for `-`.
///
/// # Errors
/// It can't be read or holds none.
pub fn token_from(file: &std::path::Path) -> Result<String, Failure> {
    let text = if file == std::path::Path::new("-") {
        std::io::read_to_string(std::io::stdin())
    } else {
        fs::read_to_string(file)
    };
    let text =
        text.map_err(|error| Failure::fault(format!("can't read {}: {error}", file.display())))?;
    token_in(&text, file)
}

/// The token that was read from a file.
///
/// # Errors
/// It holds anything else.
pub fn token_in(text: &str, file: &std::path::Path) -> Result<String, Failure> {
    let token = text.trim();
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Failure::usage(format!("{} holds no token", file.display())));
    }
    Ok(token.to_owned())
}

impl From<Option<PathBuf>> for PasswordFlags {
    fn from(password_file: Option<PathBuf>) -> PasswordFlags {
        PasswordFlags { password_file }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    #[test]
    fn a_file_that_holds_something_else_holds_no_token() {
        let check = |text: &str, expected: Expect| {
            let read = token_in(text, std::path::Path::new("admin.token"));
            expected.assert_eq(&read.unwrap_or_else(|failure| failure.to_string()));
        };
        check("tsess_aZ09-_.=\n", expect!["tsess_aZ09-_.="]);
        for wrong in ["", " \n", "-----BEGIN KEY-----\nabc\n", "tökén"] {
            check(wrong, expect!["admin.token holds no token"]);
        }
    }
}
