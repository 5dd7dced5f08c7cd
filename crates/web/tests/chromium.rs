//! Pages in a real browser: headless Chromium, driven over WebDriver.
//!
//! Needs `chromium` and `chromedriver`, Debian packages chromium and chromium-driver. Where they are missing these
//! tests say so and pass, except in continuous integration (`CI` is set), where they fail: nobody shall believe
//! that pages were looked at which were not.

#[path = "chromium/window.rs"]
mod window;

#[path = "chromium/faults.rs"]
mod faults;
#[path = "support/sample.rs"]
mod sample;
#[path = "support/world.rs"]
mod world;

#[path = "chromium/carry.rs"]
mod carry;
#[path = "chromium/looks.rs"]
mod looks;
#[path = "chromium/staff_looks.rs"]
mod staff_looks;
#[path = "chromium/week.rs"]
mod week;
