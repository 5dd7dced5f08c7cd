//! Licenses carried to a device by pages alone: as files, over the bridge, and without scripts.

use std::fs;

use crate::sample::{ACTIVATION_ID, SERIAL, Sample, TOKEN};
use crate::window::{DESK, Window, Wish};

async fn activate(window: &Window, context: &str) {
    window.go(&format!("{}/portal", window.portal)).await;
    window.types("ids", &ACTIVATION_ID.to_lowercase()).await;
    window.press("Show my licenses").await;
    window.types(&format!("take-{ACTIVATION_ID}-1"), "2").await;
    window.press("Go on to the device").await;
    window.types("file", context).await;
    window.press("Read the file").await;
    window.sees("Is this right?").await;
    window.press("Activate on this device").await;
    window.sees("The licenses are reserved for this device").await;
}

async fn sign_in(window: &Window) {
    window.go(&window.device).await;
    window.types("token", TOKEN).await;
    window.press("Sign in").await;
    window.sees("Apply an update").await;
}

async fn a_whole_ferry(wish: Wish) {
    let sample = Sample::new();
    let Some(window) = Window::open(wish, &sample).await else { return };
    sign_in(&window).await;
    window.sees("Nothing here yet").await;
    window.press("Context file").await;
    let context = window.downloaded(".context.tnr").await;

    activate(&window, &context.to_string_lossy()).await;
    window.press("Download the update").await;
    let update = window.downloaded(".update.tnr").await;

    window.go(&window.device).await;
    window.types("file", &update.to_string_lossy()).await;
    window.press("Apply it").await;
    window.sees("2 changes applied").await;
    window.press("Download the receipt").await;
    let receipt = window.downloaded(".receipt.tnr").await;
    window.press("See the licenses").await;
    window.sees("Ready to use").await;

    window.go(&format!("{}/portal/receipt", window.portal)).await;
    window.types("file", &receipt.to_string_lossy()).await;
    window.press("Hand it in").await;
    window.sees("Thank you. The office has the receipt").await;
    window.go(&format!("{}/portal/containers/{SERIAL}", window.portal)).await;
    window.sees("The device is up to date").await;
    window.close().await;
}

#[tokio::test]
async fn a_ferry_by_files() {
    a_whole_ferry(DESK).await;
}

#[tokio::test]
async fn a_ferry_by_files_without_scripts_on_a_phone() {
    a_whole_ferry(Wish { width: 360, scripts: false, ..DESK }).await;
}

#[tokio::test]
async fn the_bridge_carries_there_and_back() {
    let sample = Sample::new();
    let Some(window) = Window::open(DESK, &sample).await else { return };
    sign_in(&window).await;
    window.press("Bridge to the office").await;
    window.press("Go to the office").await;
    window.sees("Nothing waits for this device").await;
    window.types("ids", ACTIVATION_ID).await;
    window.press("Show my licenses").await;
    window.types(&format!("take-{ACTIVATION_ID}-1"), "1").await;
    window.press("Go on to the device").await;
    window.press("Activate on this device").await;
    window.press("Carry it to the device").await;
    window.sees("2 changes applied").await;
    window.press("Carry the receipt to the office").await;
    window.sees("The circle is closed").await;
    window.press("Back to the device").await;
    window.sees("Ready to use").await;
    window.close().await;
}

#[tokio::test]
async fn a_picture_of_the_screen_introduces_the_device() {
    let sample = Sample::new();
    let Some(window) = Window::open(DESK, &sample).await else { return };
    sign_in(&window).await;
    window.press("Show the QR code").await;
    window.sees("As a file").await;
    let picture = window.folder.path().join("photo.png");
    fs::write(&picture, window.driver.screenshot_as_png().await.expect("a picture"))
        .expect("the disk");
    window.go(&format!("{}/portal", window.portal)).await;
    window.types("ids", ACTIVATION_ID).await;
    window.press("Show my licenses").await;
    window.types(&format!("take-{ACTIVATION_ID}-1"), "1").await;
    window.press("Go on to the device").await;
    window.types("photo", &picture.to_string_lossy()).await;
    window.press("Read the photograph").await;
    window.sees("Is this right?").await;
    window.close().await;
}
