//! What goes through a shared folder: names of files, requests and answers as XML, and the small settings files.
//!
//! A request is one call of the client plane in another frame: the same action, body, idempotency key and signature as
//! over HTTP (`signature`), so that the server has one way of granting only. An answer is signed by the server and names
//! the very file it answers. Kept here: strict reading within limits (64 KiB, 16 deep, one root, nothing that XML can
//! fetch or expand), names from which a path can be built safely. Schema: docs/folder.xsd.
//! Deliberately not here: reading directories, deciding, proving leases.

mod answer;
mod asked;
mod name;
mod request;
mod settings;
mod summary;
mod xml;

pub use answer::{ANSWER_MAX, FolderAnswer};
pub use asked::Asked;
pub use name::{ANSWER_END, ClientName, REQUEST_END, TEMPORARY_END, TEMPORARY_START, is_temporary};
pub use request::{FolderRequest, REQUEST_MAX, RequestFault};
pub use settings::{
    ClientSettings, ClientSettingsFault, LICENSE_FILE, PATH_FILE, REGISTRATION_FILE, read_license,
    read_path_file, read_registration, unwrapped, write_license, write_path_file,
    write_registration,
};
pub use xml::XmlFault;
