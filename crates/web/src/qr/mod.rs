//! QR codes: made for contexts, read from photographs.
//!
//! Deliberately not here: what the text of a code means (`tenure_document`).

mod make;
mod picture;

pub use make::{QrFault, QrImage};
pub use picture::{PictureFault, is_picture, read_picture};
