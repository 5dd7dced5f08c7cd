//! What is wrong with the server, in plain words with what to do; and how it stands when nothing is.
//!
//! Kept here: every alarm leads somewhere; what stops grants stands first. Deliberately not here: finding out, which
//! the server does.

use tenure_api::{ContainerAnswer, OfficeStatus, Status, SyncOutcome};

use crate::chart::Amount;
use crate::component::{Badge, Notice, Tone, When};

/// What must be looked at, the gravest first.
pub(super) fn notices(
    status: &Status,
    container: &ContainerAnswer,
    office: &OfficeStatus,
) -> Vec<Notice> {
    let mut notices = Vec::new();
    if let Some(why) = &status.degraded {
        let text = format!(
            "{why}. Leases that are out go on, new ones are refused. Make room on the disk or put it right, then \
             start the server again; nothing that was granted is lost."
        );
        notices.push(Notice::new(
            Tone::Bad,
            "The ledger can't be written: nothing is granted",
            text,
        ));
    }
    if status.suspended {
        let reason = status.reason.as_deref().unwrap_or("No reason was given.");
        let text = format!("{reason} Leases that are out are renewed and returned as ever.");
        let notice = Notice::new(Tone::Bad, "Granting is suspended by an administrator", text);
        notices.push(notice.then("/properties", "Resume it"));
    }
    if !container.certified && container.items > 0 {
        let text = "It holds licenses, but no certificate to sign leases with, so applications would not accept them. \
                    An update from the publisher's office brings it.";
        let notice = Notice::new(Tone::Bad, "This server has no certificate yet", text);
        notices.push(notice.then("/offline", "Get an update"));
    }
    if office.failures > 0
        && let Some(notice) = office_notice(office)
    {
        notices.push(notice);
    }
    notices.extend(
        status.alarms.iter().map(|alarm| Notice::new(Tone::Wait, sentence(alarm), advice(alarm))),
    );
    notices
}

fn office_notice(office: &OfficeStatus) -> Option<Notice> {
    let last = office.last.as_ref().filter(|last| last.outcome == SyncOutcome::Failed)?;
    let times = match office.failures {
        1 => "The last exchange with the office failed".to_owned(),
        times => format!("The last {times} exchanges with the office failed"),
    };
    let detail = last.detail.as_deref().unwrap_or("The server tries again by itself.");
    let text = format!(
        "{detail} Licenses that are here go on until they end; new ones and changes do not arrive meanwhile."
    );
    Some(
        Notice::new(Tone::Wait, times, text)
            .then("/offline", "Look at it, or carry an update as a file"),
    )
}

/// With a capital, and instants as people write them.
fn sentence(alarm: &str) -> String {
    let word = |word: &str| match word.parse() {
        Ok(at) => When(at).words(),
        Err(_) => word.to_owned(),
    };
    let words: Vec<String> = alarm.trim_end_matches('.').split(' ').map(word).collect();
    let words = words.join(" ");
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => format!("{}{}", first.to_uppercase(), letters.as_str()),
        None => String::new(),
    }
}

/// What to do about an alarm of the server.
fn advice(alarm: &str) -> &'static str {
    let about = |words: &str| alarm.contains(words);
    match () {
        () if about("the clock is") => {
            "Set this machine's clock right and let it keep time by itself (NTP). Licenses end by the later of both times."
        }
        () if about("the clock jumped") || about("the clock showed") => {
            "Check that this machine keeps time by itself (NTP). Leases are safe; the jump stays in the journal. This \
             message goes after a day."
        }
        () if about("nothing was recorded") => {
            "The server or its machine stood still in that time. If that was planned there is nothing to do; this \
             message goes after a day."
        }
        () if about("found to be behind") => {
            "It was probably restored from a backup. Leave it running: it grants again when every lease that it can't \
             know of has ended."
        }
        () if about("archive") => {
            "Grants go on. Check that the archive's folder exists, has room and may be written; it is tried again by \
             itself."
        }
        () => "Grants go on unless another message says otherwise.",
    }
}

/// A line of the card on health.
pub(super) struct Fact {
    pub(super) name: &'static str,
    pub(super) badge: Badge,
    pub(super) text: String,
    pub(super) when: Option<When>,
    pub(super) href: &'static str,
}

/// How the server stands.
pub(super) fn facts(
    status: &Status,
    container: &ContainerAnswer,
    office: &OfficeStatus,
) -> Vec<Fact> {
    let certified = match (container.certified, container.items) {
        (true, _) => Badge::new(Tone::Good, "In order"),
        (false, 0) => Badge::new(Tone::Idle, "Empty"),
        (false, _) => Badge::new(Tone::Bad, "No certificate"),
    };
    let grants = match (&status.degraded, status.suspended) {
        (Some(_), _) => Badge::new(Tone::Bad, "Can't be written"),
        (None, true) => Badge::new(Tone::Wait, "Suspended"),
        (None, false) => Badge::new(Tone::Good, "In order"),
    };
    let clock = match status.alarms.iter().any(|alarm| alarm.contains("clock")) {
        true => Badge::new(Tone::Wait, "Look at it"),
        false => Badge::new(Tone::Good, "In order"),
    };
    vec![
        Fact {
            name: "Container",
            badge: certified,
            text: format!(
                "{} {} with {}",
                container.name,
                container.serial,
                crate::words::so_many(container.items.into(), "item", "items")
            ),
            when: None,
            href: "/offline",
        },
        Fact {
            name: "Ledger",
            badge: grants,
            text: match status.sequence {
                1 => "1 entry".to_owned(),
                count => format!("{} entries", Amount::from(count)),
            },
            when: None,
            href: "/journal",
        },
        Fact {
            name: "Clock",
            badge: clock,
            text: String::new(),
            when: Some(When(status.now)),
            href: "/journal",
        },
        office_fact(office),
    ]
}

fn office_fact(office: &OfficeStatus) -> Fact {
    let (badge, text) = match (&office.address, &office.last) {
        (None, _) => (Badge::new(Tone::Idle, "Not connected"), "Updates come as files".to_owned()),
        (Some(address), None) => (Badge::new(Tone::Tell, "Not asked yet"), address.clone()),
        (Some(address), Some(last)) => {
            let badge = match last.outcome {
                SyncOutcome::Updated => Badge::new(Tone::Good, "Updated"),
                SyncOutcome::InStep => Badge::new(Tone::Good, "In step"),
                SyncOutcome::Failed => Badge::new(Tone::Wait, "Last exchange failed"),
            };
            (badge, address.clone())
        }
    };
    let when = office.last.as_ref().map(|last| When(last.at));
    Fact { name: "Publisher's office", badge, text, when, href: "/offline" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alarms_are_sentences_and_lead_somewhere() {
        let known = [
            "the clock is 90 s behind the time that is certain",
            "the clock jumped from 2026-01-01T00:00:00Z to 2026-01-02T00:00:00Z",
            "the clock showed 2026-01-01T00:00:00Z at start, after an entry of 2026-01-02T00:00:00Z",
            "nothing was recorded from 2026-01-01T00:00:00Z to 2026-01-02T00:00:00Z",
            "the ledger was found to be behind: nothing new is granted until 2026-01-02T00:00:00Z",
        ];
        for alarm in known {
            assert_ne!(advice(alarm), advice("something else"), "{alarm}");
            assert!(sentence(alarm).starts_with(char::is_uppercase), "{alarm}");
        }
        assert_eq!(
            sentence("nothing was recorded from 2026-01-01T00:00:00Z to 2026-01-02T12:30:00Z"),
            "Nothing was recorded from 1 Jan 2026, 00:00 UTC to 2 Jan 2026, 12:30 UTC"
        );
        assert_eq!(sentence(""), "");
        assert_eq!(sentence("österreich."), "Österreich");
    }
}
