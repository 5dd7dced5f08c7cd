//! What is wrong with a page as it is shown: cut off, or against the rules of accessibility.
//!
//! With `TENURE_SCREENSHOTS=FOLDER` a picture of each page is kept, for eyes.

use serde_json::{Value, json};

use crate::window::{Window, Wish};

const AXE: &str = include_str!("../axe/axe.min.js");
const FINDINGS: &str = "
    const done = arguments[arguments.length - 1];
    axe.run(document, {resultTypes: ['violations']}).then(function (found) {
        done(found.violations.map(function (one) {
            return {impact: one.impact, id: one.id, help: one.help, where: one.nodes.map(function (node) { return node.html; })};
        }));
    }, function (error) { done([{impact: 'critical', id: 'axe', help: String(error), where: []}]); });";
/// Wider than the window: what it is.
const CUT_OFF: &str = "
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) { return []; }
    return Array.from(document.querySelectorAll('body *'))
        .filter(function (one) { return one.getBoundingClientRect().right > width + 1; })
        .map(function (one) { return one.outerHTML.slice(0, 120); });";

/// Adds what is wrong with the page that is shown.
pub async fn check(window: &Window, wish: Wish, name: &str, faults: &mut Vec<String>) {
    let cut_off =
        window.driver.execute(CUT_OFF, Vec::new()).await.expect("a script").json().clone();
    if cut_off != json!([]) {
        faults.push(format!("{name}: wider than {} px: {cut_off}", wish.width));
    }
    window.driver.execute(AXE, Vec::new()).await.expect("axe-core loads");
    let found = window.driver.execute_async(FINDINGS, Vec::new()).await.expect("axe-core runs");
    for one in found.json().as_array().expect("a list") {
        let grave = matches!(one["impact"].as_str(), Some("serious" | "critical" | "moderate"));
        if grave {
            faults.push(format!("{name}: {one}"));
        }
    }
    if let Some(folder) = std::env::var_os("TENURE_SCREENSHOTS") {
        let theme = if wish.dark { "dark" } else { "light" };
        let path = std::path::Path::new(&folder).join(format!("{name}-{}-{theme}.png", wish.width));
        let whole = json!({"captureBeyondViewport": true, "format": "png"});
        let picture: Value =
            window.driver.cdp().send_raw("Page.captureScreenshot", whole).await.expect("a picture");
        let text = picture["data"].as_str().expect("base64").to_owned();
        let bytes = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, text)
            .expect("base64");
        std::fs::write(path, bytes).expect("the disk");
    }
}
