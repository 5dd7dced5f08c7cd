//! Pages over the sample office and device, asked for as a browser asks: forms, cookies, redirects.
//!
//! Each file is one concern: `walk` the sequences people click, `guard` what keeps strangers out, `hostile` what
//! a page makes of names that are attacks.

#[path = "support/browser.rs"]
mod browser;
#[path = "support/sample.rs"]
mod sample;

#[path = "pages/guard.rs"]
mod guard;
#[path = "pages/hostile.rs"]
mod hostile;
#[path = "pages/walk.rs"]
mod walk;
