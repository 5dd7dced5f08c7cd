//! A text as a QR code: as SVG for pages, as half blocks for terminals.
//!
//! Kept here: the smallest code that holds the text, with the quiet zone that readers need; four modules of it,
//! as the standard asks. Error correction is the lowest: a screen is not scratched, and fewer modules are easier
//! to photograph.

use std::fmt;

use askama::filters::HtmlSafe;
use qrcode::types::Color;
use qrcode::{EcLevel, QrCode};

/// Modules of white on each side.
const QUIET: usize = 4;

/// The text does not fit: a code holds 4,296 characters of capitals and digits, or 2,953 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is more than one QR code holds; carry it as a file")]
pub struct QrFault;

/// A code, drawn as often as wanted.
#[derive(Debug, Clone)]
pub struct QrImage {
    width: usize,
    dark: Vec<bool>,
}

impl QrImage {
    /// Makes the code of a text.
    ///
    /// # Errors
    /// The text is longer than one code holds.
    pub fn of(text: &str) -> Result<Self, QrFault> {
        let code = QrCode::with_error_correction_level(text.as_bytes(), EcLevel::L)
            .map_err(|_| QrFault)?;
        let width = code.width();
        let dark = code.into_colors().into_iter().map(|color| color == Color::Dark).collect();
        Ok(Self { width, dark })
    }

    /// Modules on one side, without the quiet zone.
    pub fn modules(&self) -> usize {
        self.width
    }

    fn is_dark(&self, x: usize, y: usize) -> bool {
        let inside = |at: usize| at.checked_sub(QUIET).filter(|at| *at < self.width);
        match (inside(x), inside(y)) {
            (Some(x), Some(y)) => self.dark.get(y * self.width + x).copied().unwrap_or(false),
            _ => false,
        }
    }

    /// Modules on one side with the quiet zone.
    fn side(&self) -> usize {
        self.width + 2 * QUIET
    }

    /// For a terminal: two modules per character, dark on light whatever the terminal's colors are.
    pub fn terminal(&self) -> String {
        let mut text = String::new();
        for y in (0..self.side()).step_by(2) {
            text.push_str("\u{1b}[38;5;16;48;5;231m");
            for x in 0..self.side() {
                text.push(match (self.is_dark(x, y), self.is_dark(x, y + 1)) {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (false, false) => ' ',
                });
            }
            text.push_str("\u{1b}[0m\n");
        }
        text
    }

    /// For a terminal without colors, light on dark.
    pub fn plain_terminal(&self) -> String {
        let mut text = String::new();
        for y in (0..self.side()).step_by(2) {
            for x in 0..self.side() {
                let below = self.is_dark(x, y + 1) || y + 1 >= self.side();
                text.push(match (self.is_dark(x, y), below) {
                    (true, true) => ' ',
                    (true, false) => '▄',
                    (false, true) => '▀',
                    (false, false) => '█',
                });
            }
            text.push('\n');
        }
        text
    }

    /// Gray pixels, `scale` to a module; for tests of reading and for pictures.
    pub fn pixels(&self, scale: usize) -> (usize, Vec<u8>) {
        let side = self.side() * scale;
        let pixel = |at: usize| {
            let dark = self.is_dark((at % side) / scale, (at / side) / scale);
            if dark { 0 } else { 255 }
        };
        (side, (0..side * side).map(pixel).collect())
    }
}

/// An SVG without any style of its own: the style sheet gives the colors.
impl fmt::Display for QrImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = self.side();
        write!(
            f,
            r#"<svg viewBox="0 0 {side} {side}" role="img" aria-label="QR code of the context"><rect class="qr-light" width="{side}" height="{side}"/><path class="qr-dark" d=""#
        )?;
        for y in 0..side {
            let mut x = 0;
            while x < side {
                let run = (x..side).take_while(|x| self.is_dark(*x, y)).count();
                if run > 0 {
                    write!(f, "M{x} {y}h{run}v1h-{run}z")?;
                }
                x += run.max(1);
            }
        }
        f.write_str(r#""/></svg>"#)
    }
}

/// Numbers and constants only.
impl HtmlSafe for QrImage {}
