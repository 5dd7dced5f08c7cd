//! Instants that readers ask for: fields for date and time, spans, and ways such as "yesterday".
//!
//! Kept here: an instant travels as RFC 3339 in UTC; without a script a field is in UTC and says so, with one it is in
//! the reader's zone, and "yesterday" is the reader's. What cannot be read is said at its field and asked of nobody.
//! Deliberately not here: the time of day. It is the server's.

use std::time::Duration;

use askama::Template;
use askama::filters::HtmlSafe;
use serde::Deserialize;
use tenure_document::Time;

use super::listing::Asked;
use super::member::Member;
use crate::component::When;
use crate::icon::Icon;

/// Seconds of a day.
const DAY: i64 = 86_400;

/// A field for one instant.
#[derive(Debug, Clone, Template)]
#[template(path = "staff/moment/field.html")]
pub(crate) struct Moment {
    name: &'static str,
    label: &'static str,
    pub(crate) at: Option<Time>,
    fault: Option<String>,
}

impl HtmlSafe for Moment {}

impl Moment {
    /// As the address has it.
    pub(crate) fn asked(asked: &Asked, name: &'static str, label: &'static str) -> Self {
        let typed = asked.text(name);
        let at = instant(typed);
        let fault = (at.is_none() && !typed.is_empty()).then(|| {
            format!("{typed:?} is no time. Write it in UTC, such as 2026-11-22T09:00:00Z.")
        });
        Self { name, label, at, fault }
    }

    fn is_wrong(&self) -> bool {
        self.fault.is_some()
    }

    /// What a field for date and time takes.
    fn shown(&self) -> String {
        let exact = self.at.map(|at| at.to_string()).unwrap_or_default();
        let seconds = exact.get(..19).unwrap_or_default();
        seconds.strip_suffix(":00").unwrap_or(seconds).to_owned()
    }
}

/// A sentence of the server; the instants in it are shown as everywhere, in the reader's zone.
#[derive(Debug, Clone, Template)]
#[template(
    source = "{% for (text, at) in self.parts() %}{{ text }}{% if let Some(at) = at %}{{ at }}{% endif %}{% endfor %}",
    ext = "html"
)]
pub(crate) struct Sentence(pub(crate) String);

impl HtmlSafe for Sentence {}

impl Sentence {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Texts, and the instant that follows on each.
    fn parts(&self) -> Vec<(&str, Option<When>)> {
        let mut parts = Vec::new();
        let (mut rest, mut from) = (self.0.as_str(), 0);
        while let Some(found) = rest.get(from..).and_then(|text| text.find('Z')) {
            let end = from + found + 1;
            from = end;
            // RFC 3339 in UTC has 20 characters, 24 with milliseconds.
            let starts = [24, 20].into_iter().filter_map(|length| end.checked_sub(length));
            let mut instants = starts.filter_map(|start| {
                let at: Time = rest.get(start..end)?.parse().ok()?;
                Some((start, at))
            });
            if let Some((start, at)) = instants.next() {
                parts.push((&rest[..start], Some(When(at))));
                (rest, from) = (&rest[end..], 0);
            }
        }
        parts.push((rest, None));
        parts
    }
}

/// RFC 3339; without seconds or zone it is taken as UTC.
pub(crate) fn instant(text: &str) -> Option<Time> {
    let text = text.trim().replacen(' ', "T", 1);
    let zoned = if text.ends_with(['Z', 'z']) { text.to_uppercase() } else { format!("{text}Z") };
    let with_seconds = format!("{}:00Z", zoned.trim_end_matches('Z'));
    zoned.parse().or_else(|_| with_seconds.parse()).ok()
}

/// From when until when; both ends may be open.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    pub(crate) from: Moment,
    pub(crate) to: Moment,
}

impl Span {
    /// As the address has it.
    pub(crate) fn asked(asked: &Asked) -> Self {
        let from = Moment::asked(asked, "from", "From");
        let mut to = Moment::asked(asked, "to", "Until");
        if let (Some(begins), Some(ends)) = (from.at, to.at)
            && begins >= ends
        {
            to.at = None;
            to.fault =
                Some("This is before the beginning. It is not taken into account.".to_owned());
        }
        Self { from, to }
    }

    /// `&from=…&to=…`, as far as they are known, for the API.
    pub(crate) fn query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, moment) in [("from", &self.from), ("to", &self.to)] {
            if let Some(at) = moment.at {
                query.append_pair(name, &at.to_string());
            }
        }
        match query.finish() {
            query if query.is_empty() => query,
            query => format!("&{query}"),
        }
    }
}

/// A way to an instant or a span; the script moves it into the reader's zone.
#[derive(Debug, Clone)]
pub(crate) struct Way {
    pub(crate) words: &'static str,
    pub(crate) href: String,
    /// What the script reads, such as `yesterday 12:00`.
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
    pub(crate) at: &'static str,
    pub(crate) current: bool,
}

/// Several of them.
#[derive(Debug, Clone, Template)]
#[template(path = "staff/moment/ways.html")]
pub(crate) struct Ways {
    label: &'static str,
    ways: Vec<Way>,
}

impl HtmlSafe for Ways {}

/// The server's time of day; none where it does not say, which spoils no page.
pub(crate) async fn now(me: &Member) -> Option<Time> {
    /// What the status of a license server and that of an office have in common.
    #[derive(Deserialize)]
    struct Status {
        now: Time,
    }
    let status: Result<Status, _> = me.api().get("/api/v1/status").await;
    status.ok().map(|status| status.now)
}

/// The instant of words such as `monday 09:00`, in UTC, seen from `now`; a word alone is midnight.
fn of_words(words: &str, now: Time) -> Option<Time> {
    let (day, time) = words.split_once(' ').unwrap_or((words, "00:00"));
    let (hour, minute) = time.split_once(':')?;
    let today = now.as_seconds().div_euclid(DAY);
    // The first day of all was a Thursday.
    let since_monday = (today + 3).rem_euclid(7);
    let day = match day {
        "today" => today,
        "yesterday" => today - 1,
        "monday" => today - if since_monday == 0 { 7 } else { since_monday },
        days => today - days.strip_suffix("-days")?.parse::<i64>().ok()?,
    };
    let seconds = day * DAY + hour.parse::<i64>().ok()? * 3_600 + minute.parse::<i64>().ok()? * 60;
    Some(Time::from_millis(seconds.checked_mul(1_000)?))
}

/// Ways to spans of a story, which may be short: the last hour and the last 24 besides those of a list.
pub(crate) fn recent(asked: &Asked, now: Option<Time>, open: &'static str) -> Ways {
    let mut ways = spans(asked, now, open);
    for (place, (words, hours)) in [("Last hour", 1), ("Last 24 hours", 24)].into_iter().enumerate()
    {
        let Some(now) = now else { break };
        let from = now.minus(Duration::from_secs(hours * 3_600)).as_seconds();
        let from = Time::from_millis(from.saturating_mul(1_000)).to_string();
        let href = asked.with(&[("from", &from), ("to", "")]);
        let current = asked.text("from") == from && asked.text("to").is_empty();
        ways.ways.insert(place + 1, Way { words, href, from: "", to: "", at: "", current });
    }
    ways
}

/// Ways to spans of a list: all of it, today, yesterday, the last seven days.
pub(crate) fn spans(asked: &Asked, now: Option<Time>, open: &'static str) -> Ways {
    let (from, to) = (asked.text("from"), asked.text("to"));
    let mut ways = vec![Way {
        words: open,
        href: asked.with(&[("from", ""), ("to", "")]),
        from: "",
        to: "",
        at: "",
        current: from.is_empty() && to.is_empty(),
    }];
    let known = [
        ("Today", "today", ""),
        ("Yesterday", "yesterday", "today"),
        ("Last 7 days", "7-days", ""),
        ("Last 30 days", "30-days", ""),
    ];
    for (words, begins, ends) in known {
        let Some(now) = now else { break };
        let text = |words| of_words(words, now).map(|at| at.to_string()).unwrap_or_default();
        let (from, to) = (text(begins), if ends.is_empty() { String::new() } else { text(ends) });
        let current = asked.text("from") == from && asked.text("to") == to;
        let href = asked.with(&[("from", &from), ("to", &to)]);
        ways.push(Way { words, href, from: begins, to: ends, at: "", current });
    }
    Ways { label: "Time", ways }
}

/// Ways to instants people ask for.
pub(crate) fn instants(asked: &Asked, now: Option<Time>) -> Ways {
    let Some(now) = now else { return Ways { label: "Often asked", ways: Vec::new() } };
    let hour_ago = now.minus(Duration::from_secs(3_600)).as_seconds();
    let hour_ago = Time::from_millis(hour_ago.saturating_mul(1_000)).to_string();
    let way = |words, at: String, by: &'static str| {
        let href = asked.with(&[("at", &at)]);
        Way { words, href, from: "", to: "", at: by, current: asked.text("at") == at }
    };
    let mut ways = vec![way("An hour ago", hour_ago, "")];
    for (words, at) in [
        ("This morning, 9:00", "today 09:00"),
        ("Yesterday noon", "yesterday 12:00"),
        ("Last Monday, 9:00", "monday 09:00"),
    ] {
        let found = of_words(at, now).filter(|at| *at <= now);
        ways.extend(found.map(|found| way(words, found.to_string(), at)));
    }
    Ways { label: "Often asked", ways }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Time {
        text.parse().expect("a time")
    }

    #[test]
    fn instants_as_people_and_browsers_write_them() {
        for (typed, at) in [
            ("2026-11-22T09:00:00Z", Some("2026-11-22T09:00:00Z")),
            ("2026-11-22T09:00:05.250Z", Some("2026-11-22T09:00:05.250Z")),
            ("2026-11-22T09:00", Some("2026-11-22T09:00:00Z")),
            ("2026-11-22 09:00", Some("2026-11-22T09:00:00Z")),
            ("2026-11-22 09:00:05", Some("2026-11-22T09:00:05Z")),
            ("2026-11-22t09:00z", Some("2026-11-22T09:00:00Z")),
            ("yesterday", None),
            ("2026-11-31T09:00", None),
            ("", None),
        ] {
            assert_eq!(instant(typed), at.map(time), "{typed}");
        }
    }

    #[test]
    fn instants_in_sentences() {
        let said = |text: &str| Sentence(text.to_owned()).to_string();
        assert_eq!(said("no Zebra in Zürich <b>"), "no Zebra in Zürich &#60;b&#62;");
        assert_eq!(
            said("ZZ until 2026-11-22T18:20:10Z (L-1), or 2026-11-22T18:20:10.250Z"),
            "ZZ until <time datetime=\"2026-11-22T18:20:10Z\">22 Nov 2026, 18:20 UTC</time> (L-1), or \
             <time datetime=\"2026-11-22T18:20:10.250Z\">22 Nov 2026, 18:20 UTC</time>"
        );
    }

    #[test]
    fn days_in_words() {
        for (now, words, at) in [
            ("2026-11-22T17:00:00Z", "today 09:00", "2026-11-22T09:00:00Z"),
            ("2026-11-22T17:00:00Z", "yesterday 12:00", "2026-11-21T12:00:00Z"),
            ("2026-11-22T17:00:00Z", "monday 09:00", "2026-11-16T09:00:00Z"),
            ("2026-11-23T08:00:00Z", "monday 09:00", "2026-11-16T09:00:00Z"),
            ("2026-11-24T08:00:00Z", "monday 09:00", "2026-11-23T09:00:00Z"),
            ("2026-03-01T00:00:00Z", "yesterday", "2026-02-28T00:00:00Z"),
            ("2026-11-22T17:00:00Z", "7-days", "2026-11-15T00:00:00Z"),
        ] {
            assert_eq!(of_words(words, time(now)), Some(time(at)), "{now} {words}");
        }
    }
}
