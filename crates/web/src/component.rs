//! Parts that many pages use: badge, notice, steps, time, share.
//!
//! Kept here: a part escapes what it is given (each is a template of its own), and says its meaning by a word and
//! a shape, never by color alone. Deliberately not here: which word a state gets (`words`).

use askama::Template;
use askama::filters::HtmlSafe;
use tenure_document::Time;

use crate::icon::Icon;

/// What a thing means for the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// As it should be.
    Good,
    /// Under way, or needs an act soon.
    Wait,
    /// Wrong.
    Bad,
    /// Good to know.
    Tell,
    /// Nothing there, or over.
    Idle,
}

impl Tone {
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Wait => "wait",
            Self::Bad => "bad",
            Self::Tell => "tell",
            Self::Idle => "idle",
        }
    }

    const fn icon(self) -> Icon {
        match self {
            Self::Good => Icon::Done,
            Self::Wait => Icon::Wait,
            Self::Bad => Icon::Bad,
            Self::Tell => Icon::Tell,
            Self::Idle => Icon::Idle,
        }
    }
}

/// A state in one or two words.
#[derive(Debug, Clone, Template)]
#[template(
    source = "<span class=\"badge {{ tone.class() }}\">{{ tone.icon() }}{{ word }}</span>",
    ext = "html"
)]
pub(crate) struct Badge {
    pub(crate) tone: Tone,
    pub(crate) word: String,
}

impl HtmlSafe for Badge {}

impl Badge {
    pub(crate) fn new(tone: Tone, word: impl Into<String>) -> Self {
        Self { tone, word: word.into() }
    }
}

/// A message at the head of a page: what happened, and what to do next.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/notice.html")]
pub(crate) struct Notice {
    pub(crate) tone: Tone,
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) next: Option<Link>,
}

impl HtmlSafe for Notice {}

impl Notice {
    pub(crate) fn new(tone: Tone, title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { tone, title: title.into(), text: text.into(), next: None }
    }

    /// The same with a way on.
    #[must_use]
    pub(crate) fn then(mut self, href: impl Into<String>, words: impl Into<String>) -> Self {
        self.next = Some(Link { href: href.into(), words: words.into() });
        self
    }

    const fn icon(&self) -> Icon {
        match self.tone {
            Tone::Wait => Icon::Warn,
            other => other.icon(),
        }
    }
}

/// A way to another page of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) href: String,
    pub(crate) words: String,
}

/// Where the reader is in a sequence of pages; steps are counted from 1.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/steps.html")]
pub(crate) struct Steps {
    pub(crate) label: &'static str,
    pub(crate) words: &'static [&'static str],
    pub(crate) at: usize,
}

impl HtmlSafe for Steps {}

/// An instant; the script turns it into the reader's zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Template)]
#[template(
    source = "<time datetime=\"{{ self.exact() }}\">{{ self.words() }}</time>",
    ext = "html"
)]
pub(crate) struct When(pub(crate) Time);

impl HtmlSafe for When {}

pub(crate) const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl When {
    fn exact(&self) -> String {
        self.0.to_string()
    }

    /// `22 Nov 2026, 13:05 UTC`, out of RFC 3339.
    pub(crate) fn words(&self) -> String {
        format!("{}, {} UTC", self.day(), self.exact().get(11..16).unwrap_or_default())
    }

    /// `22 Nov 2026`.
    pub(crate) fn day(&self) -> String {
        let exact = self.exact();
        let part = |from: usize, to: usize| exact.get(from..to).unwrap_or_default();
        let month = part(5, 7).parse::<usize>().unwrap_or(1).clamp(1, 12);
        format!("{} {} {}", part(8, 10).trim_start_matches('0'), MONTHS[month - 1], part(0, 4))
    }
}

/// How much of a whole is taken, as a bar; the numbers stand beside it in words.
#[derive(Debug, Clone, Copy, Template)]
#[template(path = "parts/share.html")]
pub(crate) struct Share {
    pub(crate) taken: u64,
    pub(crate) of: u64,
    /// A line across the bar, on the same scale.
    pub(crate) mark: Option<u64>,
}

impl HtmlSafe for Share {}

impl Share {
    pub(crate) fn new(taken: u64, of: u64) -> Self {
        Self { taken, of, mark: None }
    }

    fn taken_percent(&self) -> u64 {
        self.percent(self.taken)
    }

    fn mark_percent(&self) -> Option<u64> {
        self.mark.map(|mark| self.percent(mark))
    }

    fn percent(&self, part: u64) -> u64 {
        match self.of {
            0 => 0,
            of => u64::try_from(u128::from(part.min(of)) * 100 / u128::from(of)).unwrap_or(100),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_escape_what_they_are_given() {
        let hostile = "<script>alert('1')</script>\"&";
        let badge = Badge::new(Tone::Bad, hostile).to_string();
        let notice = Notice::new(Tone::Wait, hostile, hostile).then(hostile, hostile).to_string();
        for html in [badge, notice] {
            assert!(!html.contains("<script"), "{html}");
            assert!(!html.contains("'1'"), "{html}");
        }
    }

    #[test]
    fn instants_in_words() {
        let when = When("2026-02-03T04:05:06Z".parse().expect("a time"));
        assert_eq!(when.words(), "3 Feb 2026, 04:05 UTC");
        assert_eq!(
            when.to_string(),
            "<time datetime=\"2026-02-03T04:05:06Z\">3 Feb 2026, 04:05 UTC</time>"
        );
    }

    #[test]
    fn shares() {
        assert_eq!(Share::new(1, 0).percent(1), 0);
        assert_eq!(Share::new(1, 3).percent(1), 33);
        assert_eq!(Share::new(9, 3).percent(9), 100);
        assert_eq!(Share::new(u64::MAX, u64::MAX).percent(u64::MAX), 100);
    }
}
