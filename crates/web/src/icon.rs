//! The icons, drawn by hand on a grid of 24: no font, no sprite, no request.
//!
//! Kept here: an icon never stands alone: a word is beside it, or a label for those who do not see it; no icon is without
//! its drawing, because one line names both. Deliberately not here: sizes and colors, which the style sheet gives.

use std::fmt;

use askama::filters::HtmlSafe;

/// Icons by name, each with its drawing.
macro_rules! icons {
    ($($name:ident $drawing:literal)+) => {
        /// A drawing.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Icon {
            $($name),+
        }

        impl Icon {
            const fn drawing(self) -> &'static str {
                match self {
                    $(Self::$name => $drawing),+
                }
            }
        }
    };
}

icons! {
    Arrow r#"<path d="M5 12h14M13 6l6 6-6 6"/>"#
    Bad r#"<path d="M8 2.5h8L21.5 8v8L16 21.5H8L2.5 16V8z"/><path d="M9 9l6 6M15 9l-6 6"/>"#
    Book r#"<path d="M5 3.5h12.5a1.5 1.5 0 0 1 1.5 1.5v15.5H6.5A1.5 1.5 0 0 1 5 19z"/><path d="M5 19a1.5 1.5 0 0 1 1.5-1.5H19M9 7.5h6M9 11h6"/>"#
    Box r#"<path d="M12 2.5l8.5 4.75v9.5L12 21.5l-8.5-4.75v-9.5z"/><path d="M3.5 7.25L12 12l8.5-4.75M12 12v9.5"/>"#
    Camera r#"<path d="M3 8.5A1.5 1.5 0 0 1 4.5 7H8l1.5-2.5h5L16 7h3.5A1.5 1.5 0 0 1 21 8.5v9a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 17.5z"/><circle cx="12" cy="13" r="3.5"/>"#
    Chart r#"<path d="M3.5 3.5v17h17"/><path d="M8 16.5v-5M12.5 16.5v-9M17 16.5v-3"/>"#
    Chip r#"<rect x="6" y="6" width="12" height="12" rx="2"/><path d="M10 10h4v4h-4zM9 2.5V6M15 2.5V6M9 18v3.5M15 18v3.5M2.5 9H6M2.5 15H6M18 9h3.5M18 15h3.5"/>"#
    Clock r#"<circle cx="12" cy="12" r="9.5"/><path d="M12 6.5V12H8"/>"#
    Dark r#"<path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z"/>"#
    Done r#"<circle cx="12" cy="12" r="9.5"/><path d="M7.5 12.5l3 3 6-6.5"/>"#
    Down r#"<path d="M12 3.5v11M7 10l5 5 5-5M4 19.5h16"/>"#
    File r#"<path d="M6 2.5h8L19 7.5v14H6z"/><path d="M14 2.5v5h5M9 12.5h7M9 16.5h7"/>"#
    Gear r#"<circle cx="12" cy="12" r="3.25"/><path d="M12 2.5v3M12 18.5v3M2.5 12h3M18.5 12h3M5.3 5.3l2.1 2.1M16.6 16.6l2.1 2.1M5.3 18.7l2.1-2.1M16.6 7.4l2.1-2.1"/>"#
    Hook r#"<circle cx="7" cy="17" r="3.5"/><circle cx="17" cy="17" r="3.5"/><circle cx="12" cy="7" r="3.5"/><path d="M10.5 10.2L8.5 14M13.5 10.2l2 3.8M10.5 17h3"/>"#
    Idle r#"<circle cx="12" cy="12" r="9.5" stroke-dasharray="3.2 2.77"/><path d="M8 12h8"/>"#
    Key r#"<circle cx="8" cy="15.5" r="4.5"/><path d="M11.2 12.3L20 3.5M16 7.5l3 3M13.5 10l2 2"/>"#
    Light r#"<circle cx="12" cy="12" r="4"/><path d="M12 2.5v2.5M12 19v2.5M2.5 12H5M19 12h2.5M5.3 5.3L7 7M17 17l1.7 1.7M18.7 5.3L17 7M7 17l-1.7 1.7"/>"#
    List r#"<path d="M8.5 6h12M8.5 12h12M8.5 18h12M3.5 6h.01M3.5 12h.01M3.5 18h.01"/>"#
    Lock r#"<rect x="4.5" y="10.5" width="15" height="10.5" rx="2"/><path d="M8 10.5V7a4 4 0 0 1 8 0v3.5M12 14.5v2.5"/>"#
    Menu r#"<path d="M3.5 6h17M3.5 12h17M3.5 18h17"/>"#
    Order r#"<path d="M6 2.5h12v19l-3-2-3 2-3-2-3 2z"/><path d="M9 7.5h6M9 11.5h6"/>"#
    Paste r#"<path d="M8.5 4.5H6a1.5 1.5 0 0 0-1.5 1.5v14A1.5 1.5 0 0 0 6 21.5h12a1.5 1.5 0 0 0 1.5-1.5V6A1.5 1.5 0 0 0 18 4.5h-2.5"/><rect x="8.5" y="2.5" width="7" height="4" rx="1"/><path d="M8.5 12h7M8.5 16h4.5"/>"#
    People r#"<circle cx="9" cy="8" r="3.75"/><path d="M2.5 20c0-4 2.8-6 6.5-6s6.50 2 6.50 6M15.50 4.600a3.75 3.75 0 0 1 0 6.800M17.50 14.300c2.50.70 4 2.60 4 5.70"/>"#
    Person r#"<circle cx="12" cy="8" r="4.25"/><path d="M4 21c0-4.50 3.30-7 8-7s8 2.50 8 7"/>"#
    Pin r#"<path d="M12 21.500c-4.50-5-7-8.50-7-12a7 7 0 0 1 14 0c0 3.50-2.50 7-7 12z"/><circle cx="12" cy="9.50" r="2.50"/>"#
    Pool r#"<ellipse cx="12" cy="5.50" rx="8.50" ry="3"/><path d="M3.50 5.500v13c0 1.70 3.80 3 8.50 3s8.50-1.30 8.50-3v-13M3.50 12c0 1.70 3.80 3 8.50 3s8.50-1.30 8.50-3"/>"#
    Pulse r#"<path d="M2.5 12h4.5l2.5-7 4.5 14 2.5-7h5"/>"#
    Qr r#"<path d="M3.5 3.5h6v6h-6zM14.5 3.5h6v6h-6zM3.5 14.5h6v6h-6zM14.5 14.5h2.5v2.5h-2.5zM20.5 14.5v.01M20.5 20.5h-3M14.5 20.5v.01M20.5 17.5v.01"/>"#
    Queue r#"<circle cx="4.50" cy="12" r="2"/><circle cx="11" cy="12" r="2"/><path d="M15.50 12h6M18.50 8.500L22 12l-3.50 3.50"/>"#
    Search r#"<circle cx="10.5" cy="10.5" r="7"/><path d="M15.5 15.5l5.5 5.5"/>"#
    Shield r#"<path d="M12 2.500l8 3v6c0 5-3.40 8.50-8 10-4.60-1.50-8-5-8-10v-6z"/><path d="M8.50 12l2.50 2.50 4.50-5"/>"#
    Swap r#"<path d="M4 8h15M15 4l4 4-4 4M20 16H5M9 12l-4 4 4 4"/>"#
    System r#"<rect x="2.5" y="4" width="19" height="13" rx="1.5"/><path d="M8.5 20.5h7M12 17v3.5"/>"#
    Tell r#"<circle cx="12" cy="12" r="9.5"/><path d="M12 11v6M12 7.5v.01"/>"#
    Up r#"<path d="M12 15V4M7 8.5l5-5 5 5M4 14.5v5h16v-5"/>"#
    Wait r#"<circle cx="12" cy="12" r="9.5"/><path d="M12 6.5V12l3.5 2.5"/>"#
    Warn r#"<path d="M12 3L22 20.5H2z"/><path d="M12 9.5v5M12 17.5v.01"/>"#
}

impl fmt::Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let drawing = self.drawing();
        write!(
            f,
            r#"<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{drawing}</svg>"#
        )
    }
}

/// It is made of constants only.
impl HtmlSafe for Icon {}
