//! The settings file of a manager, and the key of its owner beside it.
//!
//! Invariants: both are owner-only; a file that can't be read as settings stops the start and is never overwritten; the
//! key is made anew at each start and goes with it.
//! Deliberately not here: what the settings mean (`tenure_web`).

use crate::{chance, exit::Failure};
use anyhow::Context as _;
use std::{
    fs,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};
use tenure_vault::write_atomic;
use tenure_web::{Keeps, ManagerSettings};

const SETTINGS: &str = "manager.toml";
/// More is not written by the pages.
const FILE_MAX: u64 = 16 << 20;
const HEAD: &str =
    "# Written by the pages of `tenure manager`; changed by hand while it is stopped.\n";

/// Where settings are kept.
#[derive(Debug, Clone)]
pub struct SettingsFile(PathBuf);

impl SettingsFile {
    /// The file that was named, or the usual one; its folder is made.
    ///
    /// # Errors
    /// There is no usual place, or the folder can't be made.
    pub fn at(named: Option<PathBuf>) -> anyhow::Result<SettingsFile> {
        let path = match named {
            Some(path) => path,
            None => usual().ok_or_else(|| {
                Failure::usage("neither HOME nor XDG_CONFIG_HOME is set")
                    .hint("name a file with --settings")
            })?,
        };
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)
                .with_context(|| format!("making {}", folder.display()))?;
        }
        Ok(SettingsFile(path))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The file with the key.
    pub fn key_file(&self) -> PathBuf {
        self.0.with_extension("key")
    }

    /// The settings; the usual ones when there is no file yet.
    ///
    /// # Errors
    /// The file can't be read, or says what no settings say.
    pub fn read(&self) -> anyhow::Result<ManagerSettings> {
        let path = self.0.display();
        match fs::metadata(&self.0) {
            Ok(found) if found.len() > FILE_MAX => {
                return Err(Failure::usage(format!("{path} is too large for settings")).into());
            }
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(ManagerSettings::default());
            }
            Err(error) => return Err(Failure::fault(format!("can't read {path}: {error}")).into()),
        }
        let text = fs::read_to_string(&self.0)
            .map_err(|error| Failure::fault(format!("can't read {path}: {error}")))?;
        Ok(toml::from_str(&text).map_err(|error| Failure::usage(format!("{path}: {error}")))?)
    }

    /// A new key in its file.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn fresh_key(&self) -> anyhow::Result<String> {
        let key = chance::idempotency_key()?;
        write_atomic(&self.key_file(), format!("{key}\n").as_bytes(), 0o600)?;
        Ok(key)
    }

    /// Takes the key away; it opens nothing any more.
    pub fn remove_key(&self) {
        let _ = fs::remove_file(self.key_file());
    }
}

impl Keeps for SettingsFile {
    fn keep(&self, settings: &ManagerSettings) -> Result<(), String> {
        let text = toml::to_string_pretty(settings)
            .map_err(|error| format!("The settings can't be written: {error}."))?;
        write_atomic(&self.0, format!("{HEAD}{text}").as_bytes(), 0o600).map_err(|error| {
            tracing::error!(%error, "the settings of the manager were not kept");
            format!("{} can't be written: {error}.", self.0.display())
        })
    }
}

fn usual() -> Option<PathBuf> {
    let folder = std::env::var_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".config")))?;
    Some(folder.join("tenure").join(SETTINGS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use std::os::unix::fs::PermissionsExt as _;
    use tenure_web::ServerPlace;

    #[test]
    fn settings_are_read_as_they_were_written_and_a_spoiled_file_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let file =
            SettingsFile::at(Some(folder.path().join("deep/er/manager.toml"))).expect("a file");
        assert_eq!(file.read().expect("none yet"), ManagerSettings::default());
        let settings = ManagerSettings {
            rows: 20,
            drop_devices: false,
            servers: vec![
                ServerPlace::at("http://127.0.0.1:7070"),
                ServerPlace {
                    name: "Building \"7\"".into(),
                    certificate: Some("-----BEGIN CERTIFICATE-----\n".into()),
                    ..ServerPlace::at("https://b.example:7070")
                },
            ],
        };
        file.keep(&settings).expect("kept");
        assert_eq!(file.read().expect("settings"), settings);
        let key = file.fresh_key().expect("a key");
        assert!(key.len() >= 22, "{key}");
        for path in [file.path().to_owned(), file.key_file()] {
            let mode = fs::metadata(path).expect("written").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        expect![[r#"
            # Written by the pages of `tenure manager`; changed by hand while it is stopped.
            rows = 20
            drop_devices = false

            [[servers]]
            name = "127.0.0.1:7070"
            address = "http://127.0.0.1:7070"

            [[servers]]
            name = 'Building "7"'
            address = "https://b.example:7070"
            certificate = """
            -----BEGIN CERTIFICATE-----
            """
        "#]]
        .assert_eq(&fs::read_to_string(file.path()).expect("text"));
        fs::write(file.path(), "rows = 20\nserver = 1\n").expect("spoiled");
        let said = file.read().expect_err("no settings").to_string();
        assert!(said.contains("unknown field `server`"), "{said}");
        file.remove_key();
        assert!(!file.key_file().exists());
    }
}
