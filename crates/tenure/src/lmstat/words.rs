//! Names and times as the parsers of such text take them.
//!
//! Invariants: every word is printable ASCII without a space, so that no name that a client chose can end a line, begin
//! another or shift the words of its own; a host is labels of letters, digits and `-`; no time has a year, a zone or a
//! leading zero where the original has none. Times are UTC.

use tenure_api::ReservedHost;
use tenure_document::{Holder, HostIdType, Time};

const DAY_SECONDS: i64 = 86_400;
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// One word: spaces become `_`, what is not ASCII `?`, and what has no shape goes.
pub fn word(text: &str) -> String {
    let word: String = text.chars().filter_map(shown).collect();
    if word.is_empty() { "-".to_owned() } else { word }
}

fn shown(c: char) -> Option<char> {
    match c {
        c if c.is_control() || is_invisible(c) => None,
        c if c.is_whitespace() => Some('_'),
        c if c.is_ascii_graphic() => Some(c),
        _ => Some('?'),
    }
}

/// Marks of writing direction and joiners: they reorder what a person reads.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A feature's name: a word without `:` and quotes, which end it for some, and no `#` before it.
pub fn feature(name: &str) -> String {
    let word = word(name).replace([':', '"', '\''], "_");
    match word.strip_prefix('#') {
        Some(rest) => format!("_{rest}"),
        None => word,
    }
}

/// A host name.
pub fn host(name: &str) -> String {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect();
    let labels: Vec<&str> = plain.split('.').filter(|label| !label.is_empty()).collect();
    if labels.is_empty() { "unknown".to_owned() } else { labels.join(".") }
}

/// The user of a holder; a workload has its own name for that.
pub fn user(holder: &Holder) -> String {
    let by_type = (holder.host.kind == HostIdType::User).then_some(&holder.host.value);
    word(holder.user.as_ref().or(holder.owner.as_ref()).or(by_type).map_or("", String::as_str))
}

/// The machine of a holder: what people call it, else its ID.
pub fn machine(holder: &Holder) -> String {
    host(holder.name.as_ref().unwrap_or(&holder.host.value))
}

/// Where on the machine: the session, else the process.
pub fn display(holder: &Holder) -> String {
    let place = holder.session.as_ref().or(holder.process.as_ref());
    place.map_or_else(|| "/dev/tty".to_owned(), |place| word(place))
}

/// For whom a reservation is: `HOST ws99`, `USER ann`.
pub fn reserved_for(whom: &ReservedHost) -> String {
    match whom.kind {
        HostIdType::User => format!("USER {}", word(&whom.value)),
        _ => format!("HOST {}", host(&whom.value)),
    }
}

/// `Tue 4/22/2025 11:08`.
pub fn instant(time: Time) -> String {
    let civil = Civil::of(time);
    format!("{} {}/{}/{} {}", civil.weekday, civil.month, civil.day, civil.year, civil.clock(false))
}

/// `Mon 3/16 8:13`, with seconds where they are asked for.
pub fn start(time: Time, seconds: bool) -> String {
    let civil = Civil::of(time);
    format!("{} {}/{} {}", civil.weekday, civil.month, civil.day, civil.clock(seconds))
}

/// `31-dec-2027`; `1-jan-0` where nothing ends.
pub fn expiry(time: Option<Time>) -> String {
    let Some(time) = time else { return "1-jan-0".to_owned() };
    let civil = Civil::of(time);
    format!("{}-{}-{:04}", civil.day, MONTHS[(civil.month as usize + 11) % 12], civil.year)
}

/// A time taken apart.
struct Civil {
    year: u32,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
    weekday: &'static str,
}

impl Civil {
    fn of(time: Time) -> Civil {
        // The text form is RFC 3339 in UTC, with its digits always in the same places.
        let text = time.to_string();
        let part = |from: usize, to: usize| {
            text.get(from..to).and_then(|digits| digits.parse().ok()).unwrap_or_default()
        };
        // The epoch was a Thursday.
        let day = time.as_seconds().div_euclid(DAY_SECONDS) + 3;
        Civil {
            year: part(0, 4),
            month: part(5, 7),
            day: part(8, 10),
            hour: part(11, 13),
            minute: part(14, 16),
            second: part(17, 19),
            weekday: DAYS[day.rem_euclid(7) as usize],
        }
    }

    fn clock(&self, seconds: bool) -> String {
        let Civil { hour, minute, second, .. } = self;
        match seconds {
            true => format!("{hour}:{minute:02}:{second:02}"),
            false => format!("{hour}:{minute:02}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use tenure_document::HostId;

    #[test]
    fn names_stay_one_word_on_their_line() {
        let hostile = [
            "ann",
            "Ann Other",
            "",
            "x\nUsers of cad:  (Total of 999 licenses issued;  Total of 0 licenses in use)",
            "a (v9.9) (s/1 1), start Mon 1/1 1:11",
            "J\u{fc}rgen",
            "\u{202e}nna\u{200b}",
            "DOM\\ann",
            "\u{85}\u{7f}",
        ];
        let shown: Vec<String> = hostile
            .map(|name| format!("{} | {} | {}", word(name), host(name), feature(name)))
            .into();
        expect![[r#"
            ann | ann | ann
            Ann_Other | Ann-Other | Ann_Other
            - | unknown | -
            xUsers_of_cad:__(Total_of_999_licenses_issued;__Total_of_0_licenses_in_use) | x-Users-of-cad----Total-of-999-licenses-issued---Total-of-0-licenses-in-use- | xUsers_of_cad___(Total_of_999_licenses_issued;__Total_of_0_licenses_in_use)
            a_(v9.9)_(s/1_1),_start_Mon_1/1_1:11 | a--v9.9---s-1-1---start-Mon-1-1-1-11 | a_(v9.9)_(s/1_1),_start_Mon_1/1_1_11
            J?rgen | J-rgen | J?rgen
            nna | -nna- | nna
            DOM\ann | DOM-ann | DOM\ann
            - | -- | -"#]]
        .assert_eq(&shown.join("\n"));
        assert_eq!(host(".a..b."), "a.b");
        assert_eq!(feature("#\"cad\""), "__cad_");
    }

    #[test]
    fn times_have_no_zeros_before_them_and_dates_no_month_in_digits() {
        let at = |text: &str| text.parse::<Time>().expect("a time");
        let shown = [
            instant(at("2025-04-22T11:08:59Z")),
            instant(at("2026-03-16T00:05:00Z")),
            start(at("2026-03-16T08:13:07.250Z"), false),
            start(at("2026-03-16T08:13:07.250Z"), true),
            start(at("1969-12-31T23:59:00Z"), false),
            expiry(Some(at("2027-12-31T23:59:59.999Z"))),
            expiry(Some(at("2027-01-02T00:00:00Z"))),
            expiry(None),
        ];
        expect![[r#"
            Tue 4/22/2025 11:08
            Mon 3/16/2026 0:05
            Mon 3/16 8:13
            Mon 3/16 8:13:07
            Wed 12/31 23:59
            31-dec-2027
            2-jan-2027
            1-jan-0"#]]
        .assert_eq(&shown.join("\n"));
    }

    #[test]
    fn a_holder_has_a_user_a_machine_and_a_place_on_it_whatever_it_told() {
        let mut holder =
            Holder::of(HostId::new(HostIdType::Ethernet, "7200014f5df0").expect("an ID"));
        let shown =
            |holder: &Holder| format!("{} {} {}", user(holder), machine(holder), display(holder));
        assert_eq!(shown(&holder), "- 7200014f5df0 /dev/tty");
        holder.owner = Some("batch 7".to_owned());
        holder.process = Some("4711".to_owned());
        assert_eq!(shown(&holder), "batch_7 7200014f5df0 4711");
        holder.user = Some("ann".to_owned());
        holder.name = Some("ws14.example.org".to_owned());
        holder.session = Some("/dev/pts/1".to_owned());
        assert_eq!(shown(&holder), "ann ws14.example.org /dev/pts/1");
    }
}
