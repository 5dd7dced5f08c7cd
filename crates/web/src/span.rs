//! Spans of time as people write them: `15 minutes`, `7 days`, `1 h 30 min`, or plain seconds.
//!
//! Kept here: what is written by `in_words` is read back as the same number of seconds. Deliberately not here: bounds.

const UNITS: [(u64, &str, &str); 5] = [
    (31_536_000, "year", "years"),
    (86_400, "day", "days"),
    (3_600, "hour", "hours"),
    (60, "minute", "minutes"),
    (1, "second", "seconds"),
];

/// Seconds in words. Years have 365 days.
pub(crate) fn in_words(seconds: u64) -> String {
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (length, one, many) in UNITS {
        let count = rest / length;
        rest %= length;
        match count {
            0 => {}
            1 => parts.push(format!("1 {one}")),
            count => parts.push(format!("{count} {many}")),
        }
    }
    if parts.is_empty() { "0 seconds".to_owned() } else { parts.join(" ") }
}

/// How often something comes again: `every day`, `every 15 minutes`.
pub(crate) fn every(seconds: u64) -> String {
    let span = in_words(seconds);
    let one = span.strip_prefix("1 ").filter(|unit| !unit.contains(' '));
    format!("every {}", one.unwrap_or(&span))
}

/// The seconds that somebody wrote; `None` when it is no span.
pub(crate) fn read(text: &str) -> Option<u64> {
    let text = text.replace(',', " ").to_ascii_lowercase();
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    let mut seconds = 0u64;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let number: u64 = rest.get(..digits)?.parse().ok()?;
        rest = rest.get(digits..)?.trim_start();
        let letters = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
        let length = unit(rest.get(..letters)?)?;
        rest = rest.get(letters..)?.trim_start();
        seconds = seconds.checked_add(number.checked_mul(length)?)?;
    }
    Some(seconds)
}

fn unit(word: &str) -> Option<u64> {
    Some(match word {
        "" | "s" | "sec" | "secs" | "second" | "seconds" => 1,
        "m" | "min" | "mins" | "minute" | "minutes" => 60,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3_600,
        "d" | "day" | "days" => 86_400,
        "w" | "week" | "weeks" => 7 * 86_400,
        "y" | "year" | "years" => 31_536_000,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for seconds in [0, 1, 59, 60, 900, 3_600, 5_400, 86_400, 604_800, 315_360_000, 86_399] {
            assert_eq!(read(&in_words(seconds)), Some(seconds), "{}", in_words(seconds));
        }
        assert_eq!(in_words(5_400), "1 hour 30 minutes");
        assert_eq!(in_words(604_800), "7 days");
        assert_eq!(in_words(0), "0 seconds");
    }

    #[test]
    fn how_often_it_comes_again() {
        assert_eq!(every(86_400), "every day");
        assert_eq!(every(900), "every 15 minutes");
        assert_eq!(every(90_000), "every 1 day 1 hour");
        assert_eq!(every(0), "every 0 seconds");
    }

    #[test]
    fn spans_as_people_write_them() {
        for (text, seconds) in [
            ("900", Some(900)),
            (" 15 min ", Some(900)),
            ("1h30m", Some(5_400)),
            ("1 hour, 30 minutes", Some(5_400)),
            ("2 weeks", Some(1_209_600)),
            ("", None),
            ("soon", None),
            ("5 parsecs", None),
            ("-5", None),
            ("1.5 h", None),
            ("99999999999999999999", None),
            ("99999999999999999 years", None),
            ("٣", None),
        ] {
            assert_eq!(read(text), seconds, "{text}");
        }
    }
}
