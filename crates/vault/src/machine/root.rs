//! Bounded reading below a root folder: the real one, or a made-up tree in tests.
//!
//! Invariants: no more than a few kilobytes of any file are read; what is missing, unreadable or not text is nothing.
//! Deliberately not here: what the files mean.

use std::{
    fs::{self, File},
    io::{ErrorKind, Read as _},
    path::{Path, PathBuf},
};

/// The most that is read of a list such as the mount table.
const TEXT_MAX: u64 = 256 * 1024;
/// The most that one value has.
const LINE_MAX: usize = 512;

pub(super) struct Root(PathBuf);

impl Root {
    pub(super) fn new(root: &Path) -> Root {
        Root(root.to_owned())
    }

    /// Where an absolute path of the machine lies.
    pub(super) fn place(&self, path: impl AsRef<Path>) -> PathBuf {
        let path = path.as_ref();
        self.0.join(path.strip_prefix("/").unwrap_or(path))
    }

    pub(super) fn exists(&self, path: &str) -> bool {
        self.place(path).exists()
    }

    /// The whole text of a file.
    pub(super) fn text(&self, path: impl AsRef<Path>) -> Option<String> {
        read(&self.place(path))
    }

    /// The first line of a file that holds one value.
    pub(super) fn line(&self, path: impl AsRef<Path>) -> Option<String> {
        line(&self.place(path))
    }

    /// True when it is there and this user may not read it.
    pub(super) fn is_forbidden(&self, path: &str) -> bool {
        File::open(self.place(path)).is_err_and(|error| error.kind() == ErrorKind::PermissionDenied)
    }

    /// Where a link leads, as it stands there.
    pub(super) fn link(&self, path: &str) -> Option<String> {
        fs::read_link(self.place(path)).ok()?.into_os_string().into_string().ok()
    }

    /// The number that the kernel gives the file system of a folder; none where it gives none, and below a made-up root.
    pub(super) fn filesystem_id(&self, folder: &Path) -> Option<u64> {
        if self.0 != Path::new("/") {
            return None;
        }
        rustix::fs::statvfs(folder).ok().map(|stat| stat.f_fsid).filter(|id| *id != 0)
    }

    /// The names in a folder, in order.
    pub(super) fn names(&self, path: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.place(path)) else { return Vec::new() };
        let mut names: Vec<String> =
            entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        names
    }

    /// The file or folder behind a name, with all links followed; still below the root.
    pub(super) fn resolve(&self, path: impl AsRef<Path>) -> Option<PathBuf> {
        let real = self.place(path).canonicalize().ok()?;
        real.starts_with(self.0.canonicalize().ok()?).then_some(real)
    }
}

/// The first line of a file at a real place: without white space around it and the NUL bytes of device trees.
pub(super) fn line(place: &Path) -> Option<String> {
    let text = read(place)?;
    let line = text.trim_matches(['\0', ' ', '\t', '\n', '\r']).lines().next()?.trim();
    (!line.is_empty() && line.len() <= LINE_MAX).then(|| line.to_owned())
}

fn read(place: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    File::open(place).ok()?.take(TEXT_MAX).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
