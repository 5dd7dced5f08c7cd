//! A file of archived entries: a signed head line that says which entries follow, then one line of
//! JSON per entry.
//!
//! Invariants: a stored format. The head line is the server's signed promise of what the file holds:
//! a file that was cut, emptied, renamed or put in from another server is found without any list of
//! files beside it, so files may be copied and gathered freely. Entries are handed out as they stand
//! there: whoever reads them checks them.
//! Not here: which file holds an entry (`archive`), when files are written (`archiving`).

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use tenure_document::{Hash, PublicKey, Time};

use crate::{
    entry::{Entry, EntrySigner, Head},
    fault::{Corruption, Damage, LedgerError},
    line::{export_line, parse_line},
    signed_line,
    whole_file::write_whole,
};

const CONTEXT: &str = "TENURE-LEDGER-SEGMENT-V1";
const FORMAT: &str = "tenure-ledger-segment";
const VERSION: u32 = 1;
const ENDING: &str = ".entries.jsonl";
/// A file ends after this many bytes of entries: small enough to be searched line by line.
const SEGMENT_BYTES: usize = 16 * 1024 * 1024;
/// Longest head line.
const HEAD_MAX: u64 = 4096;
/// Longest line of an entry.
const LINE_MAX: u64 = 512 * 1024 * 1024;

/// The head line: what a file holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Promise {
    format: String,
    v: u32,
    /// The server's key, as a hint.
    key: String,
    /// The first entry.
    pub(crate) first: u64,
    /// The last one.
    pub(crate) last: u64,
    /// Time of the first.
    from: Time,
    /// Time of the last.
    to: Time,
    /// Hash of the entry before the first.
    previous: Hash,
    /// Hash of the last.
    pub(crate) hash: Hash,
}

/// Gathers entries, in order, and writes a file whenever enough have come.
pub(crate) struct SegmentWriter<'a> {
    folder: &'a Path,
    signer: &'a dyn EntrySigner,
    lines: Vec<u8>,
    first: Option<(u64, Time, Hash)>,
}

impl<'a> SegmentWriter<'a> {
    pub(crate) fn new(folder: &'a Path, signer: &'a dyn EntrySigner) -> Self {
        Self { folder, signer, lines: Vec::new(), first: None }
    }

    /// Takes an entry in; true: it was enough, and a file with everything so far is there.
    pub(crate) fn push(&mut self, entry: &Entry) -> Result<bool, LedgerError> {
        let line = export_line(entry)?;
        if line.len() as u64 >= LINE_MAX {
            let text = format!("entry {} is too large", entry.sequence);
            return Err(LedgerError::io("write an archive", text));
        }
        self.first.get_or_insert((entry.sequence, entry.at, entry.previous));
        self.lines.extend_from_slice(line.as_bytes());
        self.lines.push(b'\n');
        let enough = self.lines.len() >= SEGMENT_BYTES;
        if enough {
            self.finish(&entry.head())?;
        }
        Ok(enough)
    }

    /// Writes what has come since the last file, up to the entry of `last`.
    pub(crate) fn finish(&mut self, last: &Head) -> Result<(), LedgerError> {
        let Some((first, from, previous)) = self.first.take() else { return Ok(()) };
        let promise = Promise {
            format: FORMAT.to_owned(),
            v: VERSION,
            key: self.signer.public().id().to_string(),
            first,
            last: last.sequence,
            from,
            to: last.at,
            previous,
            hash: last.hash,
        };
        let mut bytes = signed_line::sign(CONTEXT, &promise, self.signer)
            .map_err(|error| LedgerError::io("write an archive's head as JSON", error))?
            .into_bytes();
        bytes.push(b'\n');
        bytes.append(&mut self.lines);
        write_whole(self.folder, &name(first, last.sequence), &bytes, "write an archive")
    }
}

/// A file of archived entries whose head line is this server's.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) path: PathBuf,
    pub(crate) promise: Promise,
}

impl Segment {
    /// Whether a file's name says that it is one.
    pub(crate) fn is_named(name: &str) -> bool {
        name.ends_with(ENDING)
    }

    /// Reads the head line.
    ///
    /// # Errors
    /// [`LedgerError::WrongArchive`]: it is no such file, or not of the server with this key.
    pub(crate) fn open(path: PathBuf, key: &PublicKey) -> Result<Self, LedgerError> {
        let wrong = |why: String| LedgerError::WrongArchive(format!("{}: {why}", path.display()));
        let (_, head) = open(&path)?;
        let promise: Promise = signed_line::open(CONTEXT, &head, key)
            .map_err(|why| wrong(format!("its first line is refused: {why}")))?;
        if promise.format != FORMAT || promise.v != VERSION {
            return Err(wrong(format!("its format is {} {}", promise.format, promise.v)));
        }
        let named = name(promise.first, promise.last);
        if path.file_name().is_none_or(|found| found != named.as_str()) {
            return Err(wrong(format!("it was renamed; as it was written it is {named}")));
        }
        Ok(Self { path, promise })
    }

    /// Whether the entry is promised to be here.
    pub(crate) fn holds(&self, sequence: u64) -> bool {
        (self.promise.first..=self.promise.last).contains(&sequence)
    }

    /// The entries from `sequence` on.
    pub(crate) fn lines(&self, sequence: u64) -> Result<Lines, LedgerError> {
        let (input, _) = open(&self.path)?;
        let mut lines = Lines {
            input,
            path: self.path.clone(),
            first: self.promise.first,
            last: self.promise.last,
            next: self.promise.first,
            text: Vec::new(),
        };
        while lines.next < sequence && lines.advance()? {}
        Ok(lines)
    }
}

/// A file being read.
#[derive(Debug)]
pub(crate) struct Lines {
    input: BufReader<File>,
    path: PathBuf,
    first: u64,
    last: u64,
    /// The entry that is read next.
    next: u64,
    text: Vec<u8>,
}

impl Lines {
    /// Whether the next entry read is this one, from this file.
    pub(crate) fn stands_at(&self, segment: &Segment, sequence: u64) -> bool {
        self.next == sequence && self.path == segment.path
    }

    /// The next entry, unchecked; none after the last one promised.
    pub(crate) fn entry(&mut self) -> Result<Option<Entry>, LedgerError> {
        if !self.advance()? {
            return Ok(None);
        }
        let parsed = parse_line(&self.text);
        Ok(Some(parsed.map_err(|why| {
            let line = self.next - self.first + 1;
            let detail = format!("{}, line {line}: {why}", self.path.display());
            Corruption::new(self.next - 1, Damage::Unreadable, detail)
        })?))
    }

    fn advance(&mut self) -> Result<bool, LedgerError> {
        if self.next > self.last {
            return Ok(false);
        }
        self.text.clear();
        let reading = |error| LedgerError::io("read its archive", error);
        let line = self.input.by_ref().take(LINE_MAX).read_until(b'\n', &mut self.text);
        line.map_err(reading)?;
        let wrong = |sequence, damage, what: &str| {
            let detail = format!("{} {what}", self.path.display());
            Err(Corruption::new(sequence, damage, detail).into())
        };
        if self.text.pop() != Some(b'\n') {
            return wrong(self.next, Damage::Missing, "ends before it");
        }
        if self.next == self.last && !self.input.fill_buf().map_err(reading)?.is_empty() {
            return wrong(self.last + 1, Damage::Reordered, "goes on after its last entry");
        }
        self.next += 1;
        Ok(true)
    }
}

/// The file after its head line, and that line.
fn open(path: &Path) -> Result<(BufReader<File>, String), LedgerError> {
    let reading = |error| LedgerError::io("read its archive", error);
    // Looked at first: opening a pipe would wait for whoever writes into it.
    if !fs::metadata(path).map_err(reading)?.is_file() {
        let text = format!("{} is not a regular file", path.display());
        return Err(LedgerError::WrongArchive(text));
    }
    let file = File::open(path).map_err(reading)?;
    let mut input = BufReader::with_capacity(256 * 1024, file);
    let mut head = Vec::new();
    input.by_ref().take(HEAD_MAX).read_until(b'\n', &mut head).map_err(reading)?;
    let head = String::from_utf8(head).unwrap_or_default();
    Ok((input, head))
}

fn name(first: u64, last: u64) -> String {
    format!("{first:020}-{last:020}{ENDING}")
}
