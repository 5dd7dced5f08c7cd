//! What pages load: one style sheet, one script, one icon, out of the program itself.
//!
//! The path of an asset carries the hash of its content, so that browsers may keep it for a year and a new
//! release is never shown with an old style. Nothing is fetched from anywhere else.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

/// One file with its path.
pub(crate) struct Asset {
    name: String,
    kind: &'static str,
    bytes: &'static [u8],
}

impl Asset {
    fn new(stem: &str, ending: &str, kind: &'static str, bytes: &'static [u8]) -> Self {
        let hash = Sha256::digest(bytes);
        let short: String = hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        Self { name: format!("{stem}-{short}.{ending}"), kind, bytes }
    }

    /// Where the page finds it.
    pub(crate) fn path(&self) -> String {
        format!("/assets/{}", self.name)
    }
}

/// All assets.
pub(crate) struct Assets {
    pub(crate) style: Asset,
    pub(crate) script: Asset,
    pub(crate) icon: Asset,
}

/// The assets of this build.
pub(crate) static ASSETS: LazyLock<Assets> = LazyLock::new(|| Assets {
    style: Asset::new("tenure", "css", "text/css; charset=utf-8", STYLE.as_bytes()),
    script: Asset::new("tenure", "js", "text/javascript; charset=utf-8", SCRIPT.as_bytes()),
    icon: Asset::new("icon", "svg", "image/svg+xml", include_bytes!("../assets/icon.svg")),
});

/// One sheet out of several sources: tokens and ground first, then components.
const STYLE: &str = concat!(
    include_str!("../assets/css/ground.css"),
    include_str!("../assets/css/desk.css"),
    include_str!("../assets/css/holding.css"),
    include_str!("../assets/css/chart.css"),
    include_str!("../assets/css/dashboard.css"),
    include_str!("../assets/css/editor.css"),
    include_str!("../assets/css/moment.css"),
    include_str!("../assets/css/entry.css"),
    include_str!("../assets/css/form.css"),
    include_str!("../assets/css/settings.css"),
);

/// One script out of several sources; each is a function of its own.
const SCRIPT: &str = concat!(
    include_str!("../assets/js/ground.js"),
    include_str!("../assets/js/desk.js"),
    include_str!("../assets/js/chart.js"),
    include_str!("../assets/js/fresh.js"),
    include_str!("../assets/js/editor.js"),
    include_str!("../assets/js/watch.js"),
    include_str!("../assets/js/moment.js"),
);

/// `GET /assets/{name}`.
pub(crate) async fn asset(Path(name): Path<String>) -> Response {
    let Assets { style, script, icon } = &*ASSETS;
    match [style, script, icon].into_iter().find(|asset| asset.name == name) {
        Some(asset) => answer(asset),
        None => (StatusCode::NOT_FOUND, "There is no such asset.").into_response(),
    }
}

fn answer(asset: &'static Asset) -> Response {
    let headers: [(HeaderName, HeaderValue); 2] = [
        (CONTENT_TYPE, HeaderValue::from_static(asset.kind)),
        (CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
    ];
    (headers, asset.bytes).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The declarations between the braces that follow `selector`.
    fn block(selector: &str) -> Vec<&'static str> {
        let start = STYLE.find(selector).expect("the selector") + selector.len();
        let body = &STYLE[start..];
        let open = body.find('{').expect("a block");
        let close = body.find('}').expect("its end");
        body[open + 1..close].lines().map(str::trim).filter(|line| !line.is_empty()).collect()
    }

    #[test]
    fn the_dark_theme_by_choice_is_the_dark_theme_by_system() {
        assert_eq!(block(":root:not([data-theme=\"light\"])"), block(":root[data-theme=\"dark\"]"));
    }

    /// Relative luminance as WCAG 2 defines it.
    fn luminance(color: &str) -> f64 {
        let channel = |at: usize| {
            let byte = u8::from_str_radix(&color[at..at + 2], 16).expect("#rrggbb");
            let value = f64::from(byte) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    fn contrast(one: &str, other: &str) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn text_and_marks_have_enough_contrast_in_both_themes() {
        const TEXT: f64 = 4.5;
        const MARK: f64 = 3.0;
        let pairs = [
            ("ink", "paper", TEXT),
            ("ink", "sunken", TEXT),
            ("ink-soft", "paper", TEXT),
            ("ink-soft", "surface", TEXT),
            ("ink-soft", "sunken", TEXT),
            ("accent", "surface", TEXT),
            ("accent", "paper", TEXT),
            ("accent", "accent-wash", TEXT),
            ("on-accent", "accent", TEXT),
            ("on-accent", "accent-deep", TEXT),
            ("good", "good-wash", TEXT),
            ("wait", "wait-wash", TEXT),
            ("bad", "bad-wash", TEXT),
            ("bad", "surface", TEXT),
            ("tell", "tell-wash", TEXT),
            ("idle", "idle-wash", TEXT),
            ("ink", "bad-wash", TEXT),
            ("ink", "wait-wash", TEXT),
            ("edge", "surface", MARK),
            ("edge", "sunken", MARK),
            ("focus", "surface", MARK),
            ("focus", "paper", MARK),
        ];
        for selector in [":root", ":root[data-theme=\"dark\"]"] {
            let lines = block(selector).join(" ");
            let color = |name: &str| {
                let key = format!("--{name}: #");
                let at = lines.find(&key).unwrap_or_else(|| panic!("{name}")) + key.len() - 1;
                lines[at..at + 7].to_owned()
            };
            for (front, back, least) in pairs {
                let found = contrast(&color(front), &color(back));
                assert!(found >= least, "{selector} {front} on {back}: {found:.2}");
            }
        }
    }

    #[test]
    fn nothing_is_loaded_from_elsewhere() {
        for text in [STYLE, SCRIPT] {
            for word in ["http:", "https:", "url(", "@import", "//cdn", "eval(", "innerHTML"] {
                assert!(!text.contains(word), "{word}");
            }
        }
    }
}
