//! Which terminal session of the machine a program runs in: none at the machine itself, one name for each session of a
//! terminal server.
//!
//! Invariants: whoever sits at the machine's own screen and keyboard, and every service, is the machine and no session;
//! the control group, which a user can't choose, goes before the environment, which it can; a name is short and plain.
//! Deliberately not here: what a session counts (leasing); other operating systems (sdk).

use super::root::Root;
use tenure_document::Hash;

/// Reads one variable of the environment.
pub type Variable<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What the kernel shows where nobody has logged in.
const NO_AUDIT_SESSION: u32 = u32::MAX;
/// The seat of the machine's own screen and keyboard.
const OWN_SEAT: &str = "seat0";

pub(super) fn session(root: &Root, variable: Variable<'_>) -> Option<String> {
    let id = scope(root).or_else(|| variable("XDG_SESSION_ID").filter(|id| is_plain(id)));
    if let Some(id) = id
        && let Some(noted) = root.text(format!("/run/systemd/sessions/{id}"))
    {
        return is_terminal(&noted).then(|| format!("logind-{id}"));
    }
    // Without a session manager: what the remote shell or desktop leaves behind.
    let from_afar = variable("SSH_CONNECTION").or_else(|| {
        variable("XRDP_SESSION").map(|number| format!("{number} {:?}", variable("DISPLAY")))
    })?;
    let audit = root.line("/proc/self/sessionid").and_then(|number| number.parse().ok());
    Some(match audit.filter(|number: &u32| *number != NO_AUDIT_SESSION) {
        Some(number) => format!("audit-{number}"),
        // The addresses in it are nobody's business.
        None => format!("remote-{}", short(&from_afar)),
    })
}

/// The session that the control group of this process belongs to.
fn scope(root: &Root) -> Option<String> {
    let groups = root.text("/proc/self/cgroup")?;
    let scopes = groups.split(['/', '\n']).filter_map(|part| {
        part.strip_prefix("session-").and_then(|rest| rest.strip_suffix(".scope"))
    });
    scopes.map(str::to_owned).find(|id| is_plain(id))
}

/// Whether what the session manager noted is a person's session away from the machine's own seat.
fn is_terminal(noted: &str) -> bool {
    let value = |name: &str| {
        let lines = noted.lines().filter_map(|line| line.split_once('='));
        lines.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value.trim())
    };
    let is_person = value("CLASS").is_none_or(|class| class.starts_with("user"));
    is_person && value("SEAT").unwrap_or_default() != OWN_SEAT
}

fn is_plain(id: &str) -> bool {
    (1..=32).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn short(text: &str) -> String {
    Hash::of(format!("TENURE-SESSION-V1\n{text}").as_bytes()).to_string().chars().take(12).collect()
}
