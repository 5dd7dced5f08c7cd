//! Use of a feature over a day, a week or a month, as a chart: on the dashboard and on the feature's own page.
//!
//! Kept here: the most seats in use in each hour or day stand against what there is now, because what there was then
//! is not counted; metered features show units instead. Deliberately not here: where the chart stands.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::{SeriesBy, Status, UsageBucket, UsageHistory};
use tenure_document::Time;

use crate::chart::{Amount, Hue, Lane, Limit, Look, OverTime, Series, Slot};
use crate::component::Link;
use crate::staff::{Asked, Member};

const HOUR_MS: i64 = 3_600_000;

/// How much time is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Period {
    Day,
    Week,
    Month,
}

impl Period {
    const ALL: [Period; 3] = [Period::Day, Period::Week, Period::Month];

    /// What the address asks for; a day unless it says more.
    pub(super) fn of(asked: &Asked) -> Self {
        let word = asked.text("period");
        Self::ALL.into_iter().find(|period| period.word() == word).unwrap_or(Self::Day)
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// `the last 24 hours`.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Day => "the last 24 hours",
            Self::Week => "the last 7 days",
            Self::Month => "the last 30 days",
        }
    }

    /// The length of its stretches, and how many there are.
    pub(super) fn stretches(self) -> (SeriesBy, u32) {
        match self {
            Self::Day => (SeriesBy::Hour, 24),
            Self::Week => (SeriesBy::Hour, 7 * 24),
            Self::Month => (SeriesBy::Day, 30),
        }
    }

    fn length(self) -> i64 {
        if self.stretches().0 == SeriesBy::Hour { HOUR_MS } else { 24 * HOUR_MS }
    }

    /// The stretch that an instant lies in: the first and the last are drawn whole, however short what is known of
    /// them is.
    fn slot(self, at: Time) -> Slot {
        let from = at.as_millis().div_euclid(self.length()) * self.length();
        Slot { from: Time::from_millis(from), to: Time::from_millis(from + self.length()) }
    }

    /// When its first stretch begins and the one under way ends.
    fn range(self, now: Time) -> (Time, Time) {
        let end = self.slot(now).to;
        let all = i64::from(self.stretches().1) * self.length();
        (Time::from_millis(end.as_millis() - all), end)
    }

    /// Links to the same page with another period.
    pub(super) fn switch(self, asked: &Asked, anchor: &'static str) -> Switch {
        let link = |period: Period| {
            let href = format!("{}{anchor}", asked.with(&[("period", period.word())]));
            let words = match period {
                Self::Day => "Day",
                Self::Week => "Week",
                Self::Month => "Month",
            };
            (Link { href, words: words.to_owned() }, period == self)
        };
        Switch { links: Self::ALL.map(link).to_vec() }
    }
}

/// The choice between periods.
#[derive(Debug, Clone, Template)]
#[template(path = "manager/dashboard/switch.html")]
pub(super) struct Switch {
    links: Vec<(Link, bool)>,
}

impl HtmlSafe for Switch {}

/// What of a feature stands in its chart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown<'f> {
    pub(super) feature: &'f str,
    /// Seats or units that there are now; none: no limit.
    pub(super) total: Option<u64>,
    pub(super) metered: bool,
}

/// The chart of a feature up to `now`, as the server's clock says; the server is asked where that is not known.
pub(super) async fn chart(
    me: &Member,
    shown: Shown<'_>,
    period: Period,
    now: Option<Time>,
) -> Result<OverTime, Response> {
    let now = match now {
        Some(now) => now,
        None => me.get::<Status>("/api/v1/status").await?.now,
    };
    let path = address(shown.feature, period, now);
    let rows = match me.api().get::<UsageHistory>(&path).await {
        Ok(history) => history.rows,
        // Never used, and no item of it can be used now: that is an empty chart.
        Err(trouble) if trouble.status() == StatusCode::NOT_FOUND => Vec::new(),
        Err(trouble) => return Err(me.sorry(&trouble)),
    };
    Ok(drawn(shown, period, now, &rows))
}

fn address(feature: &str, period: Period, now: Time) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("feature", feature);
    query.append_pair("by", period.stretches().0.word());
    query.append_pair("from", &period.range(now).0.to_string());
    format!("/api/v1/usage/history?{}", query.finish())
}

fn drawn(shown: Shown<'_>, period: Period, now: Time, rows: &[UsageBucket]) -> OverTime {
    let column = |of: fn(&UsageBucket) -> u64| {
        rows.iter().map(|row| Some(Amount::from(of(row)))).collect::<Vec<_>>()
    };
    let is_shown = |of: fn(&UsageBucket) -> u64| rows.iter().any(|row| of(row) > 0);
    let series =
        |name: &str, hue, look, values| Series { name: name.to_owned(), hue, look, values };
    let lane = |name: &str, hue, values| Lane { name: name.to_owned(), hue, values };
    let main = match shown.metered {
        true => column(|row| row.consumed.saturating_sub(row.undone)),
        false => column(|row| row.used_peak),
    };
    let name = if shown.metered { "Used up" } else { "In use at most" };
    let mut all = vec![series(name, Hue::Main, Look::Solid, main)];
    let mut further = Vec::new();
    if !shown.metered {
        further.push(("On average".to_owned(), rows.iter().map(average).collect()));
        further.push(("Granted".to_owned(), column(|row| row.granted)));
    }
    if is_shown(|row| row.reserved_peak) {
        all.push(series("Reserved", Hue::Kept, Look::Dashed, column(|row| row.reserved_peak)));
    }
    let mut lanes = vec![lane("Denied", Hue::Denied, column(|row| row.denied))];
    if is_shown(|row| row.queued) {
        lanes.push(lane("Waited", Hue::Waiting, column(|row| row.queued)));
    }
    let unit = if shown.metered { "units" } else { "seats" };
    let limit = shown.total.filter(|_| !shown.metered).map(|total| {
        let at = Amount::from(total);
        Limit { name: format!("{at} {unit} now"), at }
    });
    OverTime {
        id: "over-time".to_owned(),
        title: format!("{} in {}", shown.feature, period.words()),
        unit: if shown.metered { "Units used up" } else { "Seats" }.to_owned(),
        range: period.range(now),
        slots: rows.iter().map(|row| period.slot(row.from)).collect(),
        series: all,
        further,
        limit,
        lanes,
    }
}

/// Seats in use on average; of an instant what was in use then.
fn average(row: &UsageBucket) -> Option<Amount> {
    let seconds = u64::try_from((row.to.as_millis() - row.from.as_millis()) / 1_000).unwrap_or(0);
    Some(match seconds {
        0 => Amount::from(row.used_last),
        seconds => Amount::spread(row.used_seconds, seconds),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(from: &str, to: &str) -> UsageBucket {
        UsageBucket {
            from: from.parse().expect("a time"),
            to: to.parse().expect("a time"),
            used_peak: 4,
            used_seconds: 9_000,
            used_last: 2,
            reserved_peak: 0,
            reserved_seconds: 0,
            granted: 3,
            denied: 1,
            queued: 0,
            consumed: 9,
            undone: 2,
        }
    }

    #[test]
    fn periods_end_with_the_stretch_under_way() {
        let now = "2026-11-22T13:25:00Z".parse().expect("a time");
        let range = |period: Period| {
            let (from, to) = period.range(now);
            format!("{from} {to}")
        };
        assert_eq!(range(Period::Day), "2026-11-21T14:00:00Z 2026-11-22T14:00:00Z");
        assert_eq!(range(Period::Week), "2026-11-15T14:00:00Z 2026-11-22T14:00:00Z");
        assert_eq!(range(Period::Month), "2026-10-24T00:00:00Z 2026-11-23T00:00:00Z");
    }

    #[test]
    fn seats_stand_against_what_there_is_and_units_do_not() {
        let rows = [bucket("2026-11-22T12:00:00Z", "2026-11-22T13:00:00Z")];
        let now = "2026-11-22T12:59:59Z".parse().expect("a time");
        let shown = |metered| Shown { feature: "cad", total: Some(5), metered };
        let seats = drawn(shown(false), Period::Day, now, &rows);
        assert_eq!(seats.series[0].values, [Some(Amount::from(4))]);
        assert_eq!(seats.further[0].1, [Some(Amount::spread(5, 2))]);
        assert!(seats.limit.is_some() && seats.lanes.len() == 1 && seats.series.len() == 1);
        let units = drawn(shown(true), Period::Day, now, &rows);
        assert_eq!(units.series[0].values, [Some(Amount::from(7))]);
        assert!(units.limit.is_none() && units.further.is_empty());
    }

    #[test]
    fn an_instant_has_its_last_figure_as_average() {
        let at = "2026-11-22T12:00:00Z";
        assert_eq!(average(&bucket(at, at)), Some(Amount::from(2)));
    }
}
