//! The checkout as the checks see it: every text file once, Rust files scanned,
//! manifests parsed, the tables of `docs/ARCHITECTURE.md` at hand.
//!
//! Read once at the start; checks are functions of this value and open no files
//! themselves, so that their tests can build a small tree from strings.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::markdown::{Table, code_spans};
use crate::rust_source::RustFile;

/// Folders that hold no source: build output and the history.
const SKIPPED_FOLDERS: [&str; 4] = ["target", ".git", "node_modules", "corpus"];
/// A file above this size is data and is not read.
const TEXT_LIMIT: u64 = 2 << 20;

/// Everything that is checked.
#[derive(Debug, Default)]
pub struct Tree {
    /// Rust files by path order.
    pub rust: Vec<RustFile>,
    /// Every other UTF-8 text file: path to text.
    pub texts: BTreeMap<String, String>,
    /// Every path, also of files that are not text.
    pub paths: Vec<String>,
}

impl Tree {
    /// Reads the checkout at `root`.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn read(root: &Path) -> Result<Tree> {
        let mut tree = Tree::default();
        let mut folders = vec![PathBuf::new()];
        while let Some(folder) = folders.pop() {
            let full = root.join(&folder);
            let entries =
                fs::read_dir(&full).with_context(|| format!("cannot list {}", full.display()))?;
            for entry in entries {
                let entry = entry?;
                let path = folder.join(entry.file_name());
                let name = entry.file_name().to_string_lossy().into_owned();
                let kind = entry.file_type()?;
                if kind.is_dir() && !SKIPPED_FOLDERS.contains(&name.as_str()) {
                    folders.push(path);
                } else if kind.is_file() {
                    tree.take(root, &path, entry.metadata()?.len());
                }
            }
        }
        tree.rust.sort_by(|a, b| a.path.cmp(&b.path));
        tree.paths.sort();
        Ok(tree)
    }

    /// A tree made of `(path, text)` pairs, for tests of the checks.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Tree {
        let mut tree = Tree::default();
        for (path, text) in files {
            tree.add((*path).to_owned(), (*text).to_owned());
        }
        tree
    }

    fn take(&mut self, root: &Path, path: &Path, size: u64) {
        let name = path.to_string_lossy().replace('\\', "/");
        if name.ends_with(".log") {
            return;
        }
        match fs::read_to_string(root.join(path)) {
            Ok(text) if size <= TEXT_LIMIT => self.add(name, text),
            _ => self.paths.push(name),
        }
    }

    fn add(&mut self, path: String, text: String) {
        self.paths.push(path.clone());
        if path.ends_with(".rs") {
            self.rust.push(RustFile::new(path, text));
        } else {
            self.texts.insert(path, text);
        }
    }

    /// The text of a file, empty when it does not exist.
    pub fn text(&self, path: &str) -> &str {
        let rust = || self.rust.iter().find(|file| file.path == path).map(|file| &*file.text);
        self.texts.get(path).map(String::as_str).or_else(rust).unwrap_or("")
    }

    /// Whether a file or folder of this name exists.
    pub fn exists(&self, path: &str) -> bool {
        let folder = format!("{}/", path.trim_end_matches('/'));
        self.paths.iter().any(|known| known == path || known.starts_with(&folder))
    }

    /// The names of the folders in `crates/`.
    pub fn crates(&self) -> Vec<&str> {
        let manifests = self.texts.keys().filter_map(|path| path.strip_suffix("/Cargo.toml"));
        let names = manifests.filter_map(|folder| folder.strip_prefix("crates/"));
        names.filter(|name| !name.contains('/')).collect()
    }

    /// The crates of floors 1 and 2: values in, values out.
    pub fn pure_crates(&self) -> Vec<String> {
        let rows = self.architecture("Floors").map_or(Vec::new(), |table| table.rows);
        let cells = rows.iter().map(|(_, cells)| cells);
        let pure =
            cells.filter(|cells| cells.get(1).is_some_and(|floor| floor == "1" || floor == "2"));
        pure.flat_map(|cells| code_spans(&cells[0])).map(str::to_owned).collect()
    }

    /// The table under the heading `heading` of docs/ARCHITECTURE.md.
    pub fn architecture(&self, heading: &str) -> Option<Table> {
        Table::under(self.text(ARCHITECTURE), heading)
    }
}

/// Where the tables stand that the checks compare the tree with.
pub const ARCHITECTURE: &str = "docs/ARCHITECTURE.md";
