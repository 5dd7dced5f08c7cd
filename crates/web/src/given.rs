//! A document as a person gives it: a file, a photograph of a QR code, or pasted text.
//!
//! Kept here: one of the three, found out by looking at the bytes and not at which field was used; pictures are
//! read in a thread of their own, few at a time, because that is the one expensive thing a visitor can ask for.

use axum::body::Bytes;
use tokio::sync::Semaphore;

use crate::form::Form;
use crate::qr::{PictureFault, is_picture, read_picture};

/// Pictures read at the same time.
const READERS: usize = 2;
static READING: Semaphore = Semaphore::const_new(READERS);

/// Why a form holds no document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum GivenFault {
    #[error("Nothing was chosen. Choose a file, take a photograph, or paste the text.")]
    Nothing,
    #[error("{}", sentence(.0))]
    Picture(PictureFault),
    #[error("The file is neither a text nor a PNG or JPEG picture. Files of Tenure end in .tnr.")]
    NotText,
}

fn sentence(fault: &PictureFault) -> String {
    let mut text = format!("{fault}.");
    if let Some(first) = text.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    text
}

/// The text of the document in the fields `file`, `photo` or `text`.
pub(crate) async fn document(form: &Form) -> Result<String, GivenFault> {
    if let Some(bytes) = form.file("file").or_else(|| form.file("photo")) {
        return of_bytes(bytes.clone()).await;
    }
    match form.text("text") {
        "" => Err(GivenFault::Nothing),
        text => Ok(text.to_owned()),
    }
}

async fn of_bytes(bytes: Bytes) -> Result<String, GivenFault> {
    if !is_picture(&bytes) {
        return String::from_utf8(bytes.to_vec()).map_err(|_| GivenFault::NotText);
    }
    let Ok(_reader) = READING.acquire().await else {
        return Err(GivenFault::Nothing);
    };
    let read = tokio::task::spawn_blocking(move || read_picture(&bytes)).await;
    read.unwrap_or(Err(PictureFault::Damaged)).map_err(GivenFault::Picture)
}
