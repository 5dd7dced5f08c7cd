//! The groups as administrators of license servers know them, and which of the server's own groups stand in each.
//!
//! Kept here: every group of the server stands somewhere, one that is not known here among the general ones.
//! Deliberately not here: which properties there are (the server), their names and fields (`field`).

/// A group of properties.
#[derive(Debug)]
pub(super) struct Group {
    /// Its word in addresses.
    pub(super) word: &'static str,
    pub(super) title: &'static str,
    pub(super) about: &'static str,
    /// The groups of the server that are in it.
    of: &'static [&'static str],
}

pub(super) static GROUPS: [Group; 7] = [
    Group {
        word: "general",
        title: "General",
        about: "Who waits for seats and how long, and what happens when a device is dropped.",
        of: &["queue", "device"],
    },
    Group {
        word: "license-generation",
        title: "License generation",
        about: "How long the leases run that this server gives out, and to whom. It only tightens what the licenses allow.",
        of: &["lease", "borrow"],
    },
    Group {
        word: "security",
        title: "Security",
        about: "Who may look, how long a login lasts, and whether requests must be signed.",
        of: &["security"],
    },
    Group {
        word: "capability-polling",
        title: "Capability polling",
        about: "Whether and how often the server asks the publisher’s office for updates by itself.",
        of: &["polling"],
    },
    Group {
        word: "server-sync",
        title: "Server sync",
        about: "What the server tells the office after an exchange.",
        of: &["sync"],
    },
    Group {
        word: "logging",
        title: "Logging",
        about: "What is kept for display. The journal keeps everything in any case.",
        of: &["denials"],
    },
    Group {
        word: "local-server",
        title: "Local server",
        about: "What this server is. Addresses, certificates, the office’s address and log lines stand in tenure.toml in its data folder: they take a restart.",
        of: &["server", "publisher"],
    },
];

/// Where a group of the server stands; one that is not known here is general.
pub(super) fn group_of(group: &str) -> &'static Group {
    GROUPS.iter().find(|one| one.of.contains(&group)).unwrap_or(&GROUPS[0])
}

/// The word of a group, or of the first.
pub(super) fn word(asked: &str) -> &'static str {
    GROUPS.iter().find(|one| one.word == asked).unwrap_or(&GROUPS[0]).word
}
