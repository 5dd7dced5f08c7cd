//! The folder of a manager: license, registration and path beside the data of its license server.
//!
//! ```text
//! DIR/
//!   License.xml          what the publisher sent
//!   Registration.xml     what the customer sends
//!   PathLicenseFile.xml  where the shared directory is
//!   data/                the license server's own folder
//! ```
//! Invariants: files are written whole; what is read is within limits; the license is applied by the same code as every
//! update, so a copied or changed one is refused there, and does not take the place of a good one before; one that the license server is beyond keeps nobody from a seat,
//! whatever became of the key that signed it.
//! Deliberately not here: serving (`server`).

use crate::{
    exit::{Failure, Kind},
    explain,
    folder::{DataFolder, is_begun, quiet_options},
    offline::{self, paper},
};
use std::path::{Path, PathBuf};
use tenure_api::folder::{
    LICENSE_FILE, PATH_FILE, REGISTRATION_FILE, XmlFault, read_license, read_path_file,
    write_license, write_path_file, write_registration,
};
use tenure_document::{Context, Payload, Update, read_json};
use tenure_leasing::{Command, PropertyValue};
use tenure_vault::{create_owner_only_folder, write_atomic};

/// A lease runs for half an hour and is renewed in its middle: every quarter of an hour, as clients always did.
const TERMS: [(&str, u64); 3] = [
    ("lease.floating-seconds", 1800),
    ("lease.renew-percent", 50),
    ("lease.renew-jitter-percent", 2),
];

/// The folder of a manager.
pub struct Home(PathBuf);

impl Home {
    pub fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// The license server's data folder.
    pub fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    /// Makes the license server unless it is there, and gives `Registration.xml`.
    ///
    /// # Errors
    /// There is no server yet, and no key list to make one with.
    pub fn register(&self, keyset: Option<&Path>, name: &str) -> anyhow::Result<PathBuf> {
        if !is_begun(&self.data())? {
            let keyset = keyset.ok_or_else(|| {
                Failure::usage("there is no license server in this folder yet")
                    .hint("name the publisher's key list with --keyset, and one is made")
            })?;
            create_owner_only_folder(&self.0).map_err(explain::vault)?;
            offline::init_server(&self.data(), keyset, name)?;
            self.set_terms()?;
        }
        let context = offline::context(&self.data())?;
        self.put(REGISTRATION_FILE, &write_registration(&context))
    }

    /// Puts an update into `License.xml`.
    ///
    /// # Errors
    /// It is no document; the license server is not there, or would refuse it.
    pub fn license(&self, update: &Path) -> anyhow::Result<PathBuf> {
        self.check_registered()?;
        let update = paper::read(&paper::read_file(update)?)?;
        offline::check(&self.data(), &update)?;
        self.put(LICENSE_FILE, &write_license(&paper::armored(&update)))
    }

    /// Applies `License.xml`, where it is new.
    ///
    /// # Errors
    /// There is none, it can't be read, or it is refused.
    pub fn apply(&self) -> anyhow::Result<()> {
        self.check_registered()?;
        let path = self.0.join(LICENSE_FILE);
        if !path.exists() {
            return Err(Failure::refused(
                "no-license",
                format!("{} is missing: the manager starts with a valid license only", path.display()),
            )
            .hint(
                "send Registration.xml (tenure folder-server register DIR) to the publisher, and put the answer here \
                 (tenure folder-server license DIR FILE)",
            )
            .into());
        }
        let bytes = std::fs::read(&path)
            .map_err(|error| Failure::fault(format!("can't read {}: {error}", path.display())))?;
        let update = read_license(&bytes).map_err(|fault| unreadable(&path, &fault))?;
        let failure = match offline::apply(&self.data(), &update) {
            Ok(()) => return Ok(()),
            Err(error) => error.downcast::<Failure>()?,
        };
        // Of a past that did not come to be, a person has to hear.
        let is_told = failure.kind == Kind::Refused && failure.code.as_deref() != Some("fork");
        if is_told && self.is_past(&update).unwrap_or(false) {
            note!(
                "{} is not applied, nor need it be, the license server is beyond it: {failure}",
                path.display()
            );
            return Ok(());
        }
        let hint = "ask the publisher for a new License.xml, and send it a new Registration.xml";
        Err(Failure { hint: failure.hint.or(Some(hint.to_owned())), ..failure }.into())
    }

    fn check_registered(&self) -> anyhow::Result<()> {
        if self.data().exists() {
            return Ok(());
        }
        let why = format!("there is no license server in {} yet", self.0.display());
        let hint = "begin with: tenure folder-server register DIR --keyset FILE";
        Err(Failure::refused("no-server", why).hint(hint).into())
    }

    /// Whether an update is of the container's past. It is read unproved: nothing of it is applied, so nothing of it
    /// need be believed, and keys of back then may be revoked or run out by now.
    fn is_past(&self, update: &str) -> anyhow::Result<bool> {
        let update: Update = claimed(update)?;
        let held: Context = claimed(&offline::context(&self.data())?)?;
        let is_licensed = held.sequence > 0 || !held.items.is_empty();
        let goes_to = (update.generation, update.to_sequence);
        Ok(update.id == held.id && is_licensed && goes_to <= (held.generation, held.sequence))
    }

    /// The shared directory: the one that is named, which is remembered, or the remembered one.
    ///
    /// # Errors
    /// None is named, or the file can't be read.
    pub fn shared(&self, named: Option<&Path>) -> anyhow::Result<PathBuf> {
        if let Some(named) = named {
            let named = std::path::absolute(named)?;
            self.put(PATH_FILE, &write_path_file(&named))?;
            return Ok(named);
        }
        let path = self.0.join(PATH_FILE);
        let bytes = std::fs::read(&path).map_err(|error| {
            Failure::usage(format!("can't read {}: {error}", path.display()))
                .hint("name the shared directory once with --shared PATH")
        })?;
        Ok(read_path_file(&bytes).map_err(|fault| unreadable(&path, &fault))?)
    }

    fn put(&self, file: &str, text: &str) -> anyhow::Result<PathBuf> {
        let path = self.0.join(file);
        write_atomic(&path, text.as_bytes(), 0o644).map_err(explain::vault)?;
        Ok(path)
    }

    fn set_terms(&self) -> anyhow::Result<()> {
        let folder = DataFolder::open(&self.data())?;
        let engine = folder.engine(quiet_options())?;
        let value =
            |(key, value): (&str, u64)| (key.to_owned(), Some(PropertyValue::Number(value)));
        let by = "folder-server".to_owned();
        let set = Command::SetProperties { by, changes: TERMS.map(value).into_iter().collect() };
        let done = engine.submit_blocking(set, None);
        engine.stop();
        done.map(drop)
            .map_err(|error| Failure::fault(format!("setting the terms: {error:?}")).into())
    }
}

/// What a document says of itself.
fn claimed<P: Payload>(document: &str) -> anyhow::Result<P> {
    let envelope = paper::read(document.as_bytes())?;
    read_json(&envelope.payload, P::LIMITS).map_err(|fault| explain::document(fault).into())
}

fn unreadable(path: &Path, fault: &XmlFault) -> Failure {
    Failure::refused(fault.code(), format!("{}: {fault}", path.display()))
}
