//! A desk for tests of the real program: a folder of its own, commands that succeed or fail, output without chance in it.
//!
//! Invariants: the program runs in that folder, sees no terminal, and finds its passphrase in a file.
#![allow(dead_code)]

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    process::{Command, Output},
};
use tempfile::TempDir;

/// A folder to work in, with the passphrase file.
pub struct Desk {
    pub folder: TempDir,
}

impl Desk {
    pub fn new() -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk { folder };
        let passphrase = desk.path("passphrase");
        fs::write(&passphrase, "correct horse battery\n").unwrap();
        fs::set_permissions(&passphrase, fs::Permissions::from_mode(0o600)).unwrap();
        desk
    }

    /// With unsealed keys of a 1-of-1 root: quick, for the tests that are not about keys.
    pub fn with_keys() -> Desk {
        let desk = Desk::new();
        desk.ok("keys init --dir keys --publisher Acme --roots 1 --threshold 1 --no-passphrase");
        desk
    }

    /// And with a server and its context.
    pub fn with_server() -> Desk {
        let desk = Desk::with_keys();
        desk.ok("server init --data data --keyset keys/keyset.tnr --name lab");
        desk.ok("server context --data data -o context.tnr");
        desk
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn run(&self, line: &str) -> Output {
        Command::new(env!("CARGO_BIN_EXE_tenure"))
            .args(line.split_whitespace())
            .current_dir(self.folder.path())
            .env("TENURE_PASSPHRASE_FILE", self.path("passphrase"))
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap()
    }

    /// Standard output of a command that succeeds.
    pub fn ok(&self, line: &str) -> String {
        let output = self.run(line);
        let (out, error) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "{line}\n{out}{error}");
        out
    }

    /// Exit code and standard error of a command that fails.
    pub fn fails(&self, line: &str) -> String {
        let output = self.run(line);
        assert!(!output.status.success(), "{line}\n{}", text(&output.stdout));
        let code = output.status.code().unwrap();
        format!("{code} {}", text(&output.stderr))
    }

    /// Everything that a refused command must leave as it was.
    pub fn ledger_head(&self) -> String {
        self.ok("ledger verify --data data")
    }
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Replaces what differs from run to run: serials, key IDs, pins, times.
pub fn plain(shown: &str) -> String {
    let word = |word: &str| {
        let trimmed = word
            .trim_start_matches("root:")
            .trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_');
        let long = trimmed.len() == 43
            && trimmed.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
        let serial = trimmed.len() == 16 && trimmed.starts_with("T-");
        if serial {
            word.replace(trimmed, "T-SERIAL")
        } else if long {
            word.replace(trimmed, "HASH")
        } else {
            word.to_owned()
        }
    };
    let line = |line: &str| line.split(' ').map(word).collect::<Vec<_>>().join(" ");
    shown.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// Two items that any server takes.
pub const ITEMS: &str = r#"[
    {"id":"cad-2","feature":"cad","version":"2.0","count":5,"expiry":"2099-12-31"},
    {"id":"render","feature":"render","version":"1.0","count":"uncounted","expiry":"permanent"}
]"#;
