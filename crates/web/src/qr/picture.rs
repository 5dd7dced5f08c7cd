//! The text of a QR code in a photograph.
//!
//! Kept here: the kind is told by the first bytes, never by a name; width and height are checked in the header,
//! before a pixel is decoded; decoding has a bound on memory; the work for one picture is bounded. Deliberately
//! not here: formats that cameras of phones don't send to a browser.

use std::io::Cursor;

use image::imageops::FilterType;
use image::{GrayImage, ImageFormat, ImageReader, Limits};
use rqrr::PreparedImage;

/// Longest side of a picture, in pixels.
const SIDE_MAX: u32 = 16_384;
/// Most pixels of a picture: 50 megapixels, the largest of common phones.
const PIXELS_MAX: u64 = 50_000_000;
/// Most bytes that a decoder may take.
const MEMORY_MAX: u64 = 256 << 20;
/// Longest side that is looked at; larger pictures are made smaller first.
const LOOKED_AT: [u32; 3] = [1_600, 2_400, 800];
/// Most candidates that are decoded in one picture.
const CODES_MAX: usize = 8;

/// Why a picture gave no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PictureFault {
    /// Neither PNG nor JPEG.
    #[error(
        "this is not a PNG or JPEG picture; photograph the code again, or upload the file instead"
    )]
    Kind,
    /// Larger than anything that is decoded.
    #[error("the picture has too many pixels; send a smaller one")]
    TooLarge,
    /// It ends early, or its bytes are damaged.
    #[error("the picture is damaged; photograph the code again")]
    Damaged,
    /// No code in it.
    #[error(
        "no QR code was found in the picture; hold the camera straight over the whole code, with its white edge, \
         in good light"
    )]
    NoCode,
    /// A code is there, but can't be read.
    #[error(
        "there is a QR code in the picture, but it is not sharp enough to be read; go closer and hold still"
    )]
    Unreadable,
}

/// Whether these bytes begin like a picture that can be read.
pub fn is_picture(bytes: &[u8]) -> bool {
    kind(bytes).is_some()
}

fn kind(bytes: &[u8]) -> Option<ImageFormat> {
    match bytes {
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some(ImageFormat::Png),
        [0xff, 0xd8, 0xff, ..] => Some(ImageFormat::Jpeg),
        _ => None,
    }
}

/// The text of the QR code in a PNG or JPEG picture. Takes up to a few seconds of one processor: call it where
/// that does no harm.
///
/// # Errors
/// What is wrong with the picture, in words for the person who took it.
pub fn read_picture(bytes: &[u8]) -> Result<String, PictureFault> {
    let picture = decode(bytes)?;
    let mut seen = false;
    let longest = picture.width().max(picture.height());
    for (n, side) in LOOKED_AT.into_iter().enumerate() {
        // The first look takes the picture as it is when it is small.
        if n > 0 && longest <= side {
            continue;
        }
        let looked_at = if longest > side { shrink(&picture, side) } else { picture.clone() };
        match look(looked_at) {
            Look::Text(text) => return Ok(text),
            Look::Seen => seen = true,
            Look::Nothing => {}
        }
    }
    Err(if seen { PictureFault::Unreadable } else { PictureFault::NoCode })
}

fn decode(bytes: &[u8]) -> Result<GrayImage, PictureFault> {
    let format = kind(bytes).ok_or(PictureFault::Kind)?;
    let reader = || ImageReader::with_format(Cursor::new(bytes), format);
    let (width, height) = reader().into_dimensions().map_err(|_| PictureFault::Damaged)?;
    let pixels = u64::from(width) * u64::from(height);
    if width > SIDE_MAX || height > SIDE_MAX || pixels > PIXELS_MAX {
        return Err(PictureFault::TooLarge);
    }
    if pixels == 0 {
        return Err(PictureFault::Damaged);
    }
    let mut reader = reader();
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(MEMORY_MAX);
    reader.limits(limits);
    reader.decode().map(|picture| picture.into_luma8()).map_err(|_| PictureFault::Damaged)
}

fn shrink(picture: &GrayImage, side: u32) -> GrayImage {
    let longest = u64::from(picture.width().max(picture.height()));
    let scaled = |length: u32| {
        u32::try_from(u64::from(length) * u64::from(side) / longest.max(1)).unwrap_or(side).max(1)
    };
    let (width, height) = (scaled(picture.width()), scaled(picture.height()));
    image::imageops::resize(picture, width, height, FilterType::Triangle)
}

enum Look {
    Text(String),
    Seen,
    Nothing,
}

fn look(picture: GrayImage) -> Look {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let pixels = picture.into_raw();
    let mut prepared = PreparedImage::prepare_from_greyscale(width, height, |x, y| {
        pixels.get(y * width + x).copied().unwrap_or(255)
    });
    let grids = prepared.detect_grids();
    let mut answer = Look::Nothing;
    for grid in grids.iter().take(CODES_MAX) {
        match grid.decode() {
            Ok((_, text)) => return Look::Text(text),
            Err(_) => answer = Look::Seen,
        }
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::qr::QrImage;
    use image::{DynamicImage, ImageBuffer, Luma};

    fn picture(text: &str, scale: usize) -> GrayImage {
        let (side, pixels) = QrImage::of(text).expect("it fits").pixels(scale);
        let side = u32::try_from(side).expect("small");
        ImageBuffer::from_raw(side, side, pixels).expect("square")
    }

    fn encoded(picture: GrayImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::from(picture).write_to(&mut bytes, format).expect("memory");
        bytes.into_inner()
    }

    /// Capitals and digits, as the text of a context.
    fn text(length: usize) -> String {
        let letters = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
        let spread = (0..length).map(|n| letters[(n * 31 + n / 7) % letters.len()] as char);
        format!("TENURE:{}", spread.collect::<String>())
    }

    #[test]
    fn codes_of_every_size_are_read_back() {
        for length in [10, 300, 1_200, 2_400, 4_000, 4_289] {
            let text = text(length);
            let png = encoded(picture(&text, 6), ImageFormat::Png);
            assert_eq!(read_picture(&png), Ok(text), "{length}");
        }
        assert!(QrImage::of(&text(4_290)).is_err(), "more than one code holds");
    }

    /// As a phone sees a screen: turned, tilted, unevenly lit, noisy, compressed.
    fn photograph(code: &GrayImage, width: u32, height: u32) -> GrayImage {
        let side = f64::from(code.width());
        let mut noise = 12_345_u32;
        ImageBuffer::from_fn(width, height, |x, y| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (u, v) =
                (f64::from(x) / f64::from(width) - 0.5, f64::from(y) / f64::from(height) - 0.5);
            let depth = 1.0 + 0.18 * u + 0.1 * v;
            let (sin, cos) = 0.12_f64.sin_cos();
            let (a, b) = ((u * cos - v * sin) / depth, (u * sin + v * cos) / depth);
            let at = |c: f64| ((c * 1.25 + 0.5) * side).floor();
            let (cx, cy) = (at(a), at(b));
            let inside = (0.0..side).contains(&cx) && (0.0..side).contains(&cy);
            let white =
                if inside { f64::from(code.get_pixel(cx as u32, cy as u32)[0]) } else { 205.0 };
            let lit = 40.0 + white * (0.55 + 0.25 * u) + f64::from(noise >> 27);
            Luma([lit.clamp(0.0, 255.0) as u8])
        })
    }

    #[test]
    fn a_tilted_noisy_photograph_is_read() {
        for length in [60, 600, 1_500] {
            let text = text(length);
            let photo = photograph(&picture(&text, 10), 3_000, 2_600);
            let jpeg = encoded(photo, ImageFormat::Jpeg);
            assert_eq!(read_picture(&jpeg), Ok(text), "{length}");
        }
    }

    #[test]
    fn pictures_without_a_text() {
        let blank = ImageBuffer::from_pixel(300, 200, Luma([250_u8]));
        let png = encoded(blank, ImageFormat::Png);
        assert_eq!(read_picture(&png), Err(PictureFault::NoCode));
        assert_eq!(read_picture(&png[..png.len() / 2]), Err(PictureFault::Damaged));
        for text in [&b""[..], b"GIF89a....", b"-----BEGIN TENURE CONTEXT-----", b"<svg/>"] {
            assert_eq!(read_picture(text), Err(PictureFault::Kind));
            assert!(!is_picture(text));
        }
        let mut scratched = picture(&text(300), 6);
        for (x, y, pixel) in scratched.enumerate_pixels_mut() {
            if (x / 6 + y / 6) % 3 == 0 && x > 70 && y > 70 {
                pixel[0] = 255 - pixel[0];
            }
        }
        let unreadable = read_picture(&encoded(scratched, ImageFormat::Png));
        assert!(matches!(unreadable, Err(PictureFault::Unreadable | PictureFault::NoCode)));
    }

    #[test]
    fn a_huge_picture_is_refused_by_its_header() {
        let mut png = encoded(ImageBuffer::from_pixel(8, 8, Luma([0_u8])), ImageFormat::Png);
        // The header's width and height; its checksum is made to fit again.
        png[16..24].copy_from_slice(&[0, 0, 0x30, 0, 0, 0, 0x30, 0]);
        let checksum = crc(&png[12..29]);
        png[29..33].copy_from_slice(&checksum.to_be_bytes());
        assert_eq!(read_picture(&png), Err(PictureFault::TooLarge));
    }

    fn crc(bytes: &[u8]) -> u32 {
        let mut crc = u32::MAX;
        for byte in bytes {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
            }
        }
        !crc
    }
}
