//! Every page of portal and device on a phone and on a desk, light and dark: nothing is cut off, axe-core finds
//! nothing serious.

use crate::faults::check;
use crate::sample::{ACTIVATION_ID, SERIAL, Sample, TOKEN};
use crate::window::{Window, Wish};

/// Walks over all pages; each is checked when it has come.
async fn every_page(width: u32, dark: bool) {
    let wish = Wish { width, dark, scripts: true };
    let sample = Sample::new();
    let Some(window) = Window::open(wish, &sample).await else { return };
    let mut faults = Vec::new();
    let portal = |path: &str| format!("{}{path}", window.portal);
    let device = |path: &str| format!("{}{path}", window.device);
    let container = format!("/portal/containers/{SERIAL}");
    macro_rules! look {
        ($name:expr, $words:expr) => {
            window.sees($words).await;
            check(&window, wish, $name, &mut faults).await;
        };
    }
    window.go(&portal("/portal")).await;
    look!("start", "Activate your licenses");
    window.types("ids", "NO-SUCH-ID").await;
    window.press("Show my licenses").await;
    look!("start-unknown", "is not known");
    window.go(&portal("/portal")).await;
    window.types("ids", ACTIVATION_ID).await;
    window.press("Show my licenses").await;
    look!("licenses", "CAD Suite Professional");
    window.press("Go on to the device").await;
    look!("licenses-none", "Nothing is chosen yet");
    window.go(&portal("/portal/containers")).await;
    look!("devices-none", "No device yet");
    window.go(&portal("/portal/licenses")).await;
    window.types(&format!("take-{ACTIVATION_ID}-1"), "2").await;
    window.press("Go on to the device").await;
    look!("device", "Which device gets them?");
    window.types("text", "-----BEGIN TENURE CONTEXT-----").await;
    window.press("Read the text").await;
    look!("check", "Is this right?");
    window.press("Activate on this device").await;
    look!("container-activated", "The licenses are reserved for this device");
    window.go(&portal("/portal/containers")).await;
    look!("devices", "Milling cell 7");
    window.go(&portal(&container)).await;
    window.press("Return").await;
    look!("return", "Return this license?");
    window.go(&portal(&container)).await;
    window.sees("Is the device lost or broken?").await.click().await.expect("it opens");
    window.press("It is broken").await;
    look!("replace", "Report this device as broken?");
    window.press("Give it up").await;
    look!("replace-refused", "Too many replacements");
    window.go(&portal("/portal/receipt")).await;
    look!("receipt", "Hand in a receipt");
    window.go(&portal("/portal/nowhere")).await;
    look!("nowhere", "There is no such page");

    window.go(&device("/")).await;
    look!("sign-in", "Sign in to this device");
    window.types("token", TOKEN).await;
    window.press("Sign in").await;
    look!("device-empty", "Nothing here yet");
    window.go(&device(&format!("/containers/{SERIAL}/context"))).await;
    look!("context", "As a file");
    window.go(&device("/doctor")).await;
    look!("doctor", "points match");
    window.go(&device(&format!("/containers/{SERIAL}/bridge"))).await;
    look!("bridge", "Ready to cross");
    window.press("Go to the office").await;
    look!("bridge-office", "The update for your device is ready");
    window.press("Carry it to the device").await;
    look!("bridge-applied", "One more step");
    window.press("Carry the receipt to the office").await;
    look!("bridge-done", "The circle is closed");
    window.go(&device("/")).await;
    look!("device-full", "Ready to use");
    window.close().await;
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn on_a_phone_in_light() {
    every_page(360, false).await;
}

#[tokio::test]
async fn on_a_phone_in_the_dark() {
    every_page(360, true).await;
}

#[tokio::test]
async fn on_a_desk_in_light() {
    every_page(1_440, false).await;
}

#[tokio::test]
async fn on_a_desk_in_the_dark() {
    every_page(1_440, true).await;
}
