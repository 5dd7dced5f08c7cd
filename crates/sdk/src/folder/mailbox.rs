//! The two files of one client: what it asks, and what it is told.
//!
//! Invariants: a request appears whole, by rename; an answer is read without following links or waiting for a pipe, and
//! within its limit. What else lies there is nobody's business here.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use tenure_api::folder::{ANSWER_MAX, ClientName, FolderAnswer, TEMPORARY_END, TEMPORARY_START};
use tenure_document::Hash;

/// The files of one client in a folder.
pub(crate) struct Mailbox<'a> {
    directory: &'a Path,
    request: PathBuf,
    answer: PathBuf,
}

impl<'a> Mailbox<'a> {
    pub fn new(directory: &'a Path, name: &ClientName) -> Self {
        let request = directory.join(name.request_file());
        Self { directory, request, answer: directory.join(name.answer_file()) }
    }

    /// Writes the request; an answer from before goes.
    pub fn put(&self, bytes: &[u8], drawn: &Hash) -> io::Result<()> {
        self.clear();
        let id: String = drawn.as_bytes()[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        let temporary = self.directory.join(format!("{TEMPORARY_START}{id}{TEMPORARY_END}"));
        let mut file = OpenOptions::new().write(true).create_new(true).open(&temporary)?;
        let written = file.write_all(bytes).and_then(|()| file.sync_all());
        drop(file);
        let put = written.and_then(|()| fs::rename(&temporary, &self.request));
        if put.is_err() {
            // The server removes what stays.
            let _ = fs::remove_file(&temporary);
        }
        put
    }

    /// The answer, if there is one that is the right one. Anything else is passed over.
    pub fn look(&self, is_right: impl Fn(&FolderAnswer) -> bool) -> Option<FolderAnswer> {
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let flags = i32::try_from(flags.bits()).unwrap_or_default();
        // A directory that is away for a moment may be back before patience ends.
        let file = OpenOptions::new().read(true).custom_flags(flags).open(&self.answer).ok()?;
        FolderAnswer::read(&plain(file)?).ok().filter(is_right)
    }

    /// Removes the answer.
    fn clear(&self) {
        // What can't be removed is passed over: it does not answer the next request.
        let _ = fs::remove_file(&self.answer);
    }

    /// Removes both: nobody waits any more.
    pub fn withdraw(&self) {
        let _ = fs::remove_file(&self.request);
        self.clear();
    }
}

/// The bytes of a plain file within the limit.
fn plain(file: File) -> Option<Vec<u8>> {
    let about = file.metadata().ok()?;
    if !about.is_file() || about.len() > ANSWER_MAX as u64 {
        return None;
    }
    let mut bytes = Vec::new();
    file.take(ANSWER_MAX as u64).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}
