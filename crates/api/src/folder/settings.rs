//! The small files beside the manager and the client: license, registration, path, and the client's settings.
//!
//! Invariants: license and registration hold a signed document in its armored form, as it is, so that it can be taken out
//! by hand and nothing around it is believed; the client's settings are plain text that a person can write.

use std::path::{Path, PathBuf};

use super::xml::{Out, XmlFault, read};

/// What the publisher sends: an update within XML.
pub const LICENSE_FILE: &str = "License.xml";
/// What the customer sends: the container's context within XML.
pub const REGISTRATION_FILE: &str = "Registration.xml";
/// Where the shared directory is.
pub const PATH_FILE: &str = "PathLicenseFile.xml";

const LICENSE: &str = "TenureLicense";
const REGISTRATION: &str = "TenureRegistration";
const PATH: &str = "PathLicenseFile";
/// Room for the largest document in its armored form.
const DOCUMENT_MAX: usize = 2 * 1024 * 1024;
const PATH_MAX: usize = 16 * 1024;
const SETTINGS_MAX: usize = 16 * 1024;

/// The text of `License.xml` around an armored update.
pub fn write_license(armored: &str) -> String {
    wrapped(LICENSE, armored)
}

/// The armored update of a `License.xml`.
///
/// # Errors
/// What is wrong with the file.
pub fn read_license(bytes: &[u8]) -> Result<String, XmlFault> {
    document(bytes, LICENSE)
}

/// The text of `Registration.xml` around an armored context.
pub fn write_registration(armored: &str) -> String {
    wrapped(REGISTRATION, armored)
}

/// The armored context of a `Registration.xml`.
///
/// # Errors
/// What is wrong with the file.
pub fn read_registration(bytes: &[u8]) -> Result<String, XmlFault> {
    document(bytes, REGISTRATION)
}

/// The document within either file; nothing where the bytes are neither.
///
/// # Errors
/// It is one of the two, and something is wrong with it.
pub fn unwrapped(bytes: &[u8]) -> Result<Option<String>, XmlFault> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(256)]).into_owned();
    match (head.contains("<TenureLicense"), head.contains("<TenureRegistration")) {
        (true, _) => read_license(bytes).map(Some),
        (_, true) => read_registration(bytes).map(Some),
        _ => Ok(None),
    }
}

fn wrapped(root: &str, armored: &str) -> String {
    let mut out = Out::new(root);
    out.text("Document", &format!("\n{armored}"));
    out.end(root)
}

fn document(bytes: &[u8], root: &'static str) -> Result<String, XmlFault> {
    let mut members = read(bytes, DOCUMENT_MAX, root)?.members();
    let document = members.text("Document")?;
    members.end()?;
    match document.trim() {
        "" => Err(XmlFault::bad("Document", "expected a document from BEGIN to END")),
        document => Ok(format!("{document}\n")),
    }
}

/// The text of `PathLicenseFile.xml`.
pub fn write_path_file(shared: &Path) -> String {
    let mut out = Out::new(PATH);
    out.text("Path", &shared.to_string_lossy());
    out.end(PATH)
}

/// The shared directory that a `PathLicenseFile.xml` names.
///
/// # Errors
/// What is wrong with the file.
pub fn read_path_file(bytes: &[u8]) -> Result<PathBuf, XmlFault> {
    let mut members = read(bytes, PATH_MAX, PATH)?.members();
    let path = members.text("Path")?;
    members.end()?;
    let path = PathBuf::from(path.trim());
    match path.is_absolute() {
        true => Ok(path),
        false => {
            Err(XmlFault::bad("Path", "expected a path from the root on, such as /srv/license"))
        }
    }
}

/// What a client keeps in its plain-text settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientSettings {
    /// The shared directory.
    pub folder: PathBuf,
    /// The publisher's root pin, where the application has none of its own.
    pub root: Option<String>,
    /// The user name, where it is not the operating system's.
    pub user: Option<String>,
}

/// What is wrong with a client's settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientSettingsFault {
    /// Longer than a page.
    #[error("more than the {SETTINGS_MAX} bytes that settings may have")]
    TooLarge,
    /// No text.
    #[error("it is not UTF-8 text")]
    NotUtf8,
    /// A line that means nothing.
    #[error(
        "line {line}: expected `folder = PATH`, `root = PIN` or `user = NAME`, found `{found}`"
    )]
    UnknownLine {
        /// Which, from 1.
        line: usize,
        /// What stands there.
        found: String,
    },
    /// The same setting again.
    #[error("line {line}: `{name}` stands there twice")]
    Repeated {
        /// Which, from 1.
        line: usize,
        /// The setting.
        name: String,
    },
    /// The one thing that must be there.
    #[error("no line `folder = PATH` names the shared directory")]
    NoFolder,
}

impl ClientSettings {
    /// Reads the text: lines `name = value`, or the bare path of the shared directory. `#` begins a comment line.
    ///
    /// # Errors
    /// The first line that means nothing.
    pub fn read(bytes: &[u8]) -> Result<Self, ClientSettingsFault> {
        if bytes.len() > SETTINGS_MAX {
            return Err(ClientSettingsFault::TooLarge);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| ClientSettingsFault::NotUtf8)?;
        let (mut folder, mut root, mut user) = (None, None, None);
        let lines = text.strip_prefix('\u{feff}').unwrap_or(text).lines().map(str::trim);
        for (at, line) in lines.enumerate().filter(|(_, line)| !line.is_empty()) {
            if line.starts_with('#') {
                continue;
            }
            let (name, value) = match line.split_once('=') {
                Some((name, value)) => (name.trim(), value.trim()),
                None if line.starts_with(['/', '\\']) => ("folder", line),
                None => (line, ""),
            };
            let slot = match name {
                "folder" => &mut folder,
                "root" => &mut root,
                "user" => &mut user,
                _ => return Err(unknown(at, line)),
            };
            if value.is_empty() {
                return Err(unknown(at, line));
            }
            if slot.replace(value.to_owned()).is_some() {
                let name = name.to_owned();
                return Err(ClientSettingsFault::Repeated { line: at + 1, name });
            }
        }
        let folder = folder.ok_or(ClientSettingsFault::NoFolder)?.into();
        Ok(Self { folder, root, user })
    }

    /// The text of the file.
    pub fn write(&self) -> String {
        let mut text = "# Where this computer finds its licenses.\n".to_owned();
        text.push_str(&format!("folder = {}\n", self.folder.display()));
        for (name, value) in [("root", &self.root), ("user", &self.user)] {
            if let Some(value) = value {
                text.push_str(&format!("{name} = {value}\n"));
            }
        }
        text
    }
}

fn unknown(at: usize, line: &str) -> ClientSettingsFault {
    ClientSettingsFault::UnknownLine { line: at + 1, found: line.chars().take(60).collect() }
}
