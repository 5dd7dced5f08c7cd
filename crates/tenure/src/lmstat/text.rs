//! The text of FlexNet Publisher's status tool, to the byte where programs read it.
//!
//! Two spaces after `:` and `;` of a total, four before a holder, a tab before a reservation, an empty line between
//! blocks: monitors match these by regular expressions, which the tests hold the text against.
//! Deliberately not here: fetching, and cleaning names.

use super::report::{
    Block, Fault, Feature, Held, Item, Queued, Report, Reserved, Server, State, Told, Who,
};
use super::words::{expiry, instant, start};
use std::fmt::Write as _;

/// The vendor daemon's name: there is one, and it is this.
pub const VENDOR: &str = "tenure";

/// Which parts of a report are told.
#[derive(Debug, Clone, Default)]
pub struct Parts {
    /// The vendor daemon.
    pub vendor: bool,
    /// The features.
    pub features: bool,
    /// Of these, only the ones that somebody has or wants something of.
    pub active_only: bool,
    /// The one feature that was asked for, as it was written.
    pub asked_for: Option<String>,
    /// Without who has what.
    pub totals_only: bool,
    /// Starts with their seconds.
    pub seconds: bool,
}

/// What every report begins with.
pub fn head(report: &Report, program: &str) -> String {
    format!(
        "lmutil - Tenure {program}\nFlexible License Manager status on {}\n\n",
        instant(report.now)
    )
}

/// One report after its head.
pub fn report(report: &Report, parts: &Parts) -> String {
    let mut text = String::new();
    let Some((told, master)) = report.told.as_ref().zip(master(report)) else {
        return format!("Error getting status: {}\n", fault(worst(report)));
    };
    let named: Vec<String> =
        report.servers.iter().map(|server| format!("{}@{}", server.port, server.host)).collect();
    let _ = writeln!(text, "License server status: {}", named.join(","));
    let _ = writeln!(text, "    License file(s) on {}: {}:\n", master.host, told.container);
    for server in &report.servers {
        text.push_str(&server_line(server));
    }
    if parts.vendor {
        let state = if told.grants { "UP" } else { "DOWN" };
        let State::Up { version, .. } = &master.state else { return text };
        let _ = writeln!(text, "\nVendor daemon status (on {}):\n", master.host);
        let _ = writeln!(text, "  {VENDOR}: {state} {version}");
    }
    if parts.features {
        text.push_str("\nFeature usage info:\n\n");
        text.push_str(&features(told, master, parts));
    }
    text
}

/// Several reports stand apart by this line.
pub const BETWEEN: &str =
    "----------------------------------------------------------------------------\n";

/// The table of items, which the original reads from a license file.
pub fn items(items: &[Item]) -> String {
    let mut text =
        "NOTE: lmstat -i does not give information from the server,\n      but only reads the \
                    license file.  For this reason,\n      lmstat -a is recommended instead.\n\n"
            .to_owned();
    let mut line = |feature: &str, version: &str, count: &str, expires: &str, vendor: &str| {
        let _ = writeln!(text, "{feature:<31} {version:<11} {count:<12} {expires:<12} {vendor}");
    };
    line("Feature", "Version", "#licenses", "Expires", "Vendor");
    line("_______", "_________", "_________", "__________", "______");
    for Item { feature, version, count, expiry: end } in items {
        line(feature, &version.to_string(), &format!(" {count}"), &expiry(*end), VENDOR);
    }
    text
}

/// `lmstat -v`.
pub fn version(program: &str) -> String {
    format!(
        "lmutil - Tenure {program}\nlmstat {} build 1 {}_{}\n",
        numbers(program),
        std::env::consts::ARCH,
        std::env::consts::OS
    )
}

/// `v0.1.0` of `0.1.0-rc.1`: nothing but numbers and dots.
pub fn numbers(version: &str) -> String {
    let numbers: String = version.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    format!("v{}", if numbers.is_empty() { "0" } else { &numbers })
}

fn master(report: &Report) -> Option<&Server> {
    report.servers.iter().find(|server| matches!(server.state, State::Up { master: true, .. }))
}

/// Of several faults, the one of the first server counts.
pub fn worst(report: &Report) -> Fault {
    let faults = report.servers.iter().find_map(|server| match server.state {
        State::Down(fault) => Some(fault),
        State::Up { .. } => None,
    });
    faults.unwrap_or(Fault::Silent)
}

fn fault(fault: Fault) -> &'static str {
    match fault {
        Fault::Refused => {
            "Cannot connect to license server system. (-15,570:111 \"Connection refused\")"
        }
        Fault::Silent => {
            "Cannot connect to license server system. (-15,570:115 \"Operation now in progress\")"
        }
        Fault::Garbled => "Cannot read data from license server system. (-16,287)",
        Fault::NotAllowed => "You are not a license administrator. (-63,294)",
    }
}

fn server_line(Server { host, state, .. }: &Server) -> String {
    match state {
        State::Up { version, master } => {
            let master = if *master { " (MASTER)" } else { "" };
            format!("{host}: license server UP{master} {version}\n")
        }
        State::Down(why) => format!("{host}: {}\n", fault(*why)),
    }
}

fn features(told: &Told, master: &Server, parts: &Parts) -> String {
    let mut blocks: Vec<String> = told
        .features
        .iter()
        .filter(|feature| !parts.active_only || feature.is_busy())
        .map(|one| feature(one, master, parts))
        .collect();
    if let (true, Some(asked)) = (blocks.is_empty(), &parts.asked_for) {
        blocks.push(format!(
            "Users of {asked}: Cannot get users of {asked}: No such feature exists. (-5,222)\n"
        ));
    }
    blocks.join("\n")
}

fn feature(feature: &Feature, master: &Server, parts: &Parts) -> String {
    let Feature { name, issued, versions, .. } = feature;
    let mut text = match issued {
        Some(issued) => format!(
            "Users of {name}:  (Total of {} issued;  Total of {} in use)\n",
            licenses(*issued),
            licenses(feature.taken())
        ),
        None => format!("Users of {name}:  (Uncounted, node-locked)\n"),
    };
    if parts.totals_only {
        return text;
    }
    let kind = if issued.is_some() { "floating license" } else { "uncounted nodelocked license" };
    for block in versions.iter().filter(|block| !block.is_idle()) {
        let Block { version, expiry: end, reserved, held, queued } = block;
        let _ = writeln!(
            text,
            "\n  \"{name}\" v{version}, vendor: {VENDOR}, expiry: {}\n  {kind}\n",
            expiry(*end)
        );
        for one in reserved {
            text.push_str(&reserved_line(one, master));
        }
        for one in held {
            text.push_str(&held_line(one, &format!("v{version}"), master, parts.seconds));
        }
        for one in queued {
            text.push_str(&queued_line(one, &format!("v{version}"), master));
        }
    }
    text
}

fn licenses(count: u64) -> String {
    format!("{count} license{}", if count == 1 { "" } else { "s" })
}

fn reserved_line(Reserved { count, whom }: &Reserved, master: &Server) -> String {
    let word = if *count == 1 { "RESERVATION" } else { "RESERVATIONs" };
    format!("\t{count} {word} for {whom} ({}/{})\n", master.host, master.port)
}

fn held_line(held: &Held, version: &str, master: &Server, seconds: bool) -> String {
    let Held { who: Who { user, host, display }, handle, count, linger, .. } = held;
    let mut line = format!(
        "    {user} {host} {display} ({version}) ({}/{} {handle}), start {}",
        master.host,
        master.port,
        start(held.start, seconds)
    );
    if *count != 1 {
        let _ = write!(line, ", {count} licenses");
    }
    if let Some((left, whole)) = linger {
        let _ = write!(line, "  (linger: {left} / {whole})");
    }
    line + "\n"
}

fn queued_line(queued: &Queued, version: &str, master: &Server) -> String {
    let Queued { who: Who { user, host, display }, asked, handle, count } = queued;
    format!(
        "    {user} {host} {display} {asked} ({version}) ({}/{} {handle}) queued for {}\n",
        master.host,
        master.port,
        licenses(u64::from(*count))
    )
}
