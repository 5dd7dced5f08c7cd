//! Where the passphrase of the publisher's keys comes from: a file for scripts, the terminal for people.
//!
//! Invariants: never an argument or an environment variable with the passphrase itself (both show in process lists);
//! asked for at most once per command, and only when a sealed key is really needed.
//! Deliberately not here: what is sealed with it.

use crate::{exit::Failure, explain};
use std::{cell::OnceCell, env, io::IsTerminal as _, path::PathBuf};
use tenure_vault::{SecretBytes, read_owner_only};

/// Names the file that holds the passphrase.
const FILE_VARIABLE: &str = "TENURE_PASSPHRASE_FILE";
const LONGEST: u64 = 4096;
const SHORTEST: usize = 8;

/// The passphrase, once it was asked for.
#[derive(Default)]
pub struct Passphrase(OnceCell<SecretBytes>);

impl Passphrase {
    /// The passphrase of keys that exist.
    ///
    /// # Errors
    /// There is no file and no terminal.
    pub fn ask(&self) -> anyhow::Result<&SecretBytes> {
        self.get(|| prompt("Passphrase of the publisher keys: "))
    }

    /// The passphrase for new keys: typed twice, or from the file.
    ///
    /// # Errors
    /// As [`Passphrase::ask`]; too short; the two differ.
    pub fn choose(&self) -> anyhow::Result<&SecretBytes> {
        let chosen = self.get(|| {
            let first = prompt("New passphrase for the publisher keys: ")?;
            let again = prompt("The same again: ")?;
            if first.expose() != again.expose() {
                return Err(Failure::usage("the two passphrases differ").into());
            }
            Ok(first)
        })?;
        if chosen.len() < SHORTEST {
            let why = format!("a passphrase has at least {SHORTEST} characters");
            return Err(Failure::usage(why).into());
        }
        Ok(chosen)
    }

    fn get(
        &self,
        prompt: impl FnOnce() -> anyhow::Result<SecretBytes>,
    ) -> anyhow::Result<&SecretBytes> {
        if self.0.get().is_none() {
            let found = match env::var_os(FILE_VARIABLE) {
                Some(path) => from_file(PathBuf::from(path))?,
                None => prompt()?,
            };
            let _ = self.0.set(found);
        }
        self.0.get().ok_or_else(|| Failure::fault("no passphrase").into())
    }
}

fn from_file(path: PathBuf) -> anyhow::Result<SecretBytes> {
    let text = read_owner_only(&path, LONGEST).map_err(explain::vault)?;
    let line = text.expose().strip_suffix(b"\n").unwrap_or(text.expose());
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.is_empty() {
        return Err(Failure::usage(format!("{} is empty", path.display())).into());
    }
    Ok(SecretBytes::new(line.to_vec()))
}

fn prompt(text: &str) -> anyhow::Result<SecretBytes> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::usage("the publisher keys are sealed with a passphrase, and there is no terminal to ask for it")
            .hint(format!("name an owner-only file that holds it: {FILE_VARIABLE}=FILE"))
            .into());
    }
    let typed = rpassword::prompt_password(text)
        .map_err(|error| Failure::fault(format!("can't read the passphrase: {error}")))?;
    Ok(SecretBytes::new(typed.into_bytes()))
}
