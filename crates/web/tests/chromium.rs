//! Pages in a real browser: headless Chromium, driven over WebDriver.
//!
//! Needs `chromium` and `chromedriver`, Debian packages chromium and chromium-driver. Where they are missing these
//! tests say so and pass, except in continuous integration (`CI` is set), where they fail: nobody shall believe
//! that pages were looked at which were not.

#[path = "chromium/window.rs"]
mod window;

#[path = "support/sample.rs"]
mod sample;

#[path = "chromium/carry.rs"]
mod carry;
#[path = "chromium/looks.rs"]
mod looks;
