//! The papers that lie in a park folder, or in memory where there is none: contexts, updates, receipts of containers.
//!
//! Invariants: a paper is known by what it says, so files may be put there by hand and have any name; a file of another
//! container is never written over; what is written is whole. What a paper says is not believed here: containers and
//! offices verify signatures, this only sorts.
//! Deliberately not here: the file STATE (`state`), what comes next (`plan`).

use super::{
    advice,
    plan::{Standing, Stretch},
};
use crate::{exit::Failure, explain};
use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};
use tenure_document::{
    ContainerKind, Context, DocumentError, Envelope, Payload, Receipt, Time, Update, read_document,
    read_json,
};
use tenure_vault::write_atomic;

/// Somewhat more than the largest document.
const LARGEST_FILE: u64 = 2 * 1024 * 1024;
/// More files than any park folder has.
const FILES_MAX: usize = 1000;

/// What kind of paper it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What a container is.
    Context,
    /// What it shall become.
    Update,
    /// What it has become.
    Receipt,
}

impl Kind {
    /// The name of its file.
    pub fn file_name(self) -> &'static str {
        match self {
            Kind::Context => "context.tnr",
            Kind::Update => "update.tnr",
            Kind::Receipt => "receipt.tnr",
        }
    }
}

/// One paper.
#[derive(Debug, Clone)]
pub struct Paper {
    /// Where it lies; none in memory.
    pub file: Option<String>,
    /// The document as it is.
    pub bytes: Vec<u8>,
    /// What it says.
    pub says: Says,
}

/// What a paper says of itself.
#[derive(Debug, Clone)]
pub struct Says {
    /// Context, update or receipt.
    pub kind: Kind,
    /// The container.
    pub serial: String,
    /// Its generation.
    pub generation: u32,
    /// The operation after which an update begins; as `to` for the others.
    pub from: u64,
    /// The last operation.
    pub to: u64,
    /// When it was made.
    pub at: Time,
    /// Name and kind of the container, where a context tells them.
    pub container: Option<(String, ContainerKind)>,
}

impl Paper {
    /// Where the container stood when this was made.
    pub fn standing(&self) -> Standing {
        let Says { serial, generation, to, .. } = &self.says;
        Standing { serial: serial.clone(), generation: *generation, sequence: *to }
    }

    /// The stretch of an update.
    pub fn stretch(&self) -> Stretch {
        let Says { serial, generation, from, to, .. } = &self.says;
        Stretch { serial: serial.clone(), generation: *generation, from: *from, to: *to }
    }
}

/// All papers at hand.
#[derive(Debug, Default)]
pub struct Pile {
    folder: Option<PathBuf>,
    papers: Vec<Paper>,
    /// Files that look like papers and are none, and why.
    pub unreadable: Vec<(String, String)>,
}

impl Pile {
    /// The papers of a folder, which is made where there is none; an empty pile where none is named.
    ///
    /// # Errors
    /// The folder can't be made or read.
    pub fn of(folder: Option<&Path>) -> Result<Pile, Failure> {
        let Some(folder) = folder else { return Ok(Pile::default()) };
        let cant = |error: std::io::Error| {
            Failure::fault(format!("can't use the folder {}: {error}", folder.display()))
        };
        fs::create_dir_all(folder).map_err(cant)?;
        let mut pile = Pile { folder: Some(folder.to_owned()), ..Pile::default() };
        let mut names: Vec<String> = fs::read_dir(folder)
            .map_err(cant)?
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| name.to_lowercase().ends_with(".tnr") && !name.starts_with('.'))
            .take(FILES_MAX)
            .collect();
        names.sort();
        for name in names {
            pile.take_in(folder, name);
        }
        Ok(pile)
    }

    fn take_in(&mut self, folder: &Path, name: String) {
        let mut bytes = Vec::new();
        let opened = fs::File::open(folder.join(&name));
        let read = opened.and_then(|file| file.take(LARGEST_FILE).read_to_end(&mut bytes));
        match read {
            Err(error) => self.unreadable.push((name, error.to_string())),
            Ok(0) => self.unreadable.push((name, "it is empty: copy it again".to_owned())),
            Ok(_) => match says(&bytes) {
                Ok(Some(says)) => self.papers.push(Paper { file: Some(name), bytes, says }),
                Ok(None) => {}
                Err(error) => {
                    let why = format!("{error} [{}]: copy it again", error.code());
                    self.unreadable.push((name, why));
                }
            },
        }
    }

    /// The serials of all containers that papers are of.
    pub fn serials(&self) -> Vec<String> {
        let mut serials: Vec<String> =
            self.papers.iter().map(|paper| paper.says.serial.clone()).collect();
        serials.sort();
        serials.dedup();
        serials
    }

    /// The newest paper of a kind of one container.
    pub fn newest(&self, kind: Kind, serial: &str) -> Option<&Paper> {
        let of = |paper: &&Paper| paper.says.kind == kind && paper.says.serial == serial;
        let age = |paper: &&Paper| (paper.says.generation, paper.says.to, paper.says.at);
        self.papers.iter().filter(of).max_by_key(age)
    }

    /// The first paper of another container than this.
    pub fn foreign(&self, serial: &str) -> Option<&Paper> {
        self.papers.iter().find(|paper| paper.says.serial != serial)
    }

    /// Adds a paper that was just made or answered, and writes it where there is a folder.
    ///
    /// # Errors
    /// It is no such paper of this container; it can't be written.
    pub fn put(&mut self, kind: Kind, serial: &str, text: &str) -> Result<&Paper, Failure> {
        let says = says(text.as_bytes()).map_err(explain::document)?;
        let says = says.filter(|says| says.kind == kind && says.serial == serial);
        let says = says.ok_or_else(|| {
            Failure::refused(
                "wrong-container",
                format!("what was answered is no {} of {serial}", kind.file_name()),
            )
        })?;
        let file = match &self.folder {
            None => None,
            Some(folder) => {
                let name = self.name_for(kind, serial);
                write_atomic(&folder.join(&name), text.as_bytes(), 0o644)
                    .map_err(explain::vault)?;
                Some(name)
            }
        };
        let is_replaced =
            |paper: &Paper| paper.file == file && (file.is_some() || paper.says.kind == kind);
        self.papers.retain(|paper| !is_replaced(paper));
        self.papers.push(Paper { file, bytes: text.as_bytes().to_vec(), says });
        Ok(&self.papers[self.papers.len() - 1])
    }

    /// Adds a paper that somebody brought, whichever of the three it is.
    ///
    /// # Errors
    /// It is none of them, or damaged; it can't be written.
    pub fn bring(&mut self, bytes: &[u8]) -> Result<&Paper, Failure> {
        let says = says(bytes).map_err(explain::document)?.ok_or_else(|| {
            Failure::refused("wrong-type", "this is neither a context nor an update nor a receipt")
        });
        let says = says.map_err(advice::with)?;
        self.put(says.kind, &says.serial, &String::from_utf8_lossy(bytes))
    }

    /// The usual name, unless the paper of another container lies under it.
    fn name_for(&self, kind: Kind, serial: &str) -> String {
        let usual = kind.file_name();
        let is_taken = self
            .papers
            .iter()
            .any(|paper| paper.file.as_deref() == Some(usual) && paper.says.serial != serial);
        if is_taken { format!("{serial}.{usual}") } else { usual.to_owned() }
    }
}

/// What a document says of itself; none where it is none of the three.
fn says(bytes: &[u8]) -> Result<Option<Says>, DocumentError> {
    let envelope = read_document(bytes)?;
    let kind = envelope.payload_type.as_str();
    if kind == Context::TYPE {
        let paper: Context = payload(&envelope)?;
        return Ok(Some(Says {
            kind: Kind::Context,
            serial: paper.id.serial(),
            generation: paper.generation,
            from: paper.sequence,
            to: paper.sequence,
            at: paper.at,
            container: Some((paper.name, paper.kind)),
        }));
    }
    if kind == Update::TYPE {
        let paper: Update = payload(&envelope)?;
        return Ok(Some(Says {
            kind: Kind::Update,
            serial: paper.id.serial(),
            generation: paper.generation,
            from: paper.from_sequence,
            to: paper.to_sequence,
            at: paper.issued,
            container: None,
        }));
    }
    if kind == Receipt::TYPE {
        let paper: Receipt = payload(&envelope)?;
        return Ok(Some(Says {
            kind: Kind::Receipt,
            serial: paper.id.serial(),
            generation: paper.generation,
            from: paper.sequence,
            to: paper.sequence,
            at: paper.at,
            container: None,
        }));
    }
    Ok(None)
}

fn payload<P: Payload>(envelope: &Envelope) -> Result<P, DocumentError> {
    read_json(&envelope.payload, P::LIMITS)
}
