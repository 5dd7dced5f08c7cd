//! How to check out, in lines that can be copied: the SDK and plain HTTP, with this server's own names.
//!
//! Kept here: whatever a feature is called, the lines are what they seem: texts are quoted as Rust and as the shell
//! want it. Deliberately not here: escaping for the page (the template).

use crate::staff::Member;

/// How other machines reach the server.
pub(super) struct Reach {
    /// The address to ask for seats.
    pub(super) address: String,
    /// Only this machine reaches it by that address.
    pub(super) is_loopback: bool,
}

impl Reach {
    /// By the address at which the pages reach it, or the reader reached them where they are its own.
    pub(super) fn of(me: &Member) -> Self {
        let place = me.site.fleet().and_then(|fleet| fleet.server(me.inside.holds.at));
        let address = place.map_or_else(|| me.inside.visit.origin.clone(), |place| place.address);
        let is_loopback = is_loopback(&address);
        Self { address, is_loopback }
    }
}

fn is_loopback(address: &str) -> bool {
    let host = address.split("://").nth(1).unwrap_or(address);
    let host = host.split('/').next().unwrap_or_default();
    ["localhost", "127.", "[::1]"].iter().any(|one| host.starts_with(one))
}

/// The lines.
pub(super) struct Samples {
    pub(super) reach: Reach,
    pub(super) rust: String,
    pub(super) curl: String,
}

impl Samples {
    pub(super) fn of(reach: Reach, feature: &str, version: &str, root: &str) -> Self {
        let address = &reach.address;
        let rust = format!(
            "use tenure_sdk::Tenure;\n\n\
             let tenure = Tenure::connect({address:?})\n    .root({root:?})\n    .open()?;\n\
             let seat = tenure.checkout({feature:?}, {version:?})?; // a denial says why, and what would help\n\
             while seat.is_usable() {{\n    // work; the seat is renewed in the background\n}}\n\
             drop(seat); // given back"
        );
        let asked = serde_json::json!({
            "holder": {"host": {"type": "STRING", "value": "my-machine"}, "user": "me"},
            "features": [{"name": feature, "version": version}],
        });
        let curl = format!(
            "curl -s {} -H 'Content-Type: application/json' -d {}",
            quoted(&format!("{address}/api/v1/leases")),
            quoted(&asked.to_string()),
        );
        Self { reach, rust, curl }
    }
}

/// As one word of a shell.
fn quoted(text: &str) -> String {
    let harmless = |c: char| c.is_ascii_alphanumeric() || "/:.-_".contains(c);
    if !text.is_empty() && text.chars().all(harmless) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_stay_texts() {
        let reach = Reach { address: "http://127.0.0.1:7070".to_owned(), is_loopback: true };
        let samples = Samples::of(reach, "a'; rm -rf / #\"\n", "1.0", "root:x");
        assert!(samples.curl.contains("'\\''; rm -rf / #"), "{}", samples.curl);
        assert!(!samples.curl.contains('\n'), "{}", samples.curl);
        assert!(
            samples.rust.contains(r#"checkout("a'; rm -rf / #\"\n", "1.0")"#),
            "{}",
            samples.rust
        );
    }

    #[test]
    fn loopback_addresses() {
        for address in ["http://127.0.0.1:7070", "https://localhost", "http://[::1]:1"] {
            assert!(is_loopback(address), "{address}");
        }
        for address in ["http://10.0.0.5:7070", "https://licenses.example.com"] {
            assert!(!is_loopback(address), "{address}");
        }
    }
}
