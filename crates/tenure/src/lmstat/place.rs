//! `-c`: which servers are meant, in the ways such tools are told.
//!
//! `port@host`, `@host` (the usual port) and plain addresses; `,` between servers that stand for one another, `:`
//! between those that don't. Deliberately not here: license files on this machine. There are none.

use super::words;

/// The port when none is named.
const USUAL_PORT: u16 = 7070;

/// Where one server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Host name, as a report shows it.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Addresses to try, in this order.
    pub addresses: Vec<String>,
}

/// The servers of a path: outside those that are reported apart, inside those that stand for one another.
///
/// # Errors
/// What is wrong with it.
pub fn places(path: &str, insecure_http: bool) -> Result<Vec<Vec<Place>>, String> {
    // An address has colons of its own.
    let apart: Vec<&str> = if path.contains("://") { vec![path] } else { split_ports(path) };
    apart
        .into_iter()
        .map(|group| group.split(',').map(|one| place(one.trim(), insecure_http)).collect())
        .collect()
}

/// Splits at the colons that are not inside `[…]`.
fn split_ports(path: &str) -> Vec<&str> {
    let (mut parts, mut begin, mut inside) = (Vec::new(), 0, false);
    for (at, c) in path.char_indices() {
        match c {
            '[' => inside = true,
            ']' => inside = false,
            ':' if !inside => {
                parts.push(&path[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&path[begin..]);
    parts.retain(|part| !part.is_empty());
    parts
}

fn place(text: &str, insecure_http: bool) -> Result<Place, String> {
    let wrong = || {
        format!(
            "`{text}` names no server: write PORT@HOST, or an address such as https://licenses.example:7070"
        )
    };
    if text.contains("://") {
        return of_address(text).ok_or_else(wrong);
    }
    let (port, host) = text.split_once('@').ok_or_else(wrong)?;
    let port = if port.is_empty() { USUAL_PORT } else { port.parse().map_err(|_| wrong())? };
    if host.is_empty() || host.contains(['/', '@', '?', '#', ' ']) {
        return Err(wrong());
    }
    let (plain, safe) = (format!("http://{host}:{port}"), format!("https://{host}:{port}"));
    // A token must not cross a network in the clear unless that was said to be all right.
    let addresses = match (is_this_machine(host), insecure_http) {
        (true, _) => vec![plain, safe],
        (false, true) => vec![safe, plain],
        (false, false) => vec![safe],
    };
    Ok(Place { host: shown(host), port, addresses })
}

/// A server by its address, as `--server` and a data folder name it.
pub fn of_address(address: &str) -> Option<Place> {
    let address = address.trim_end_matches('/');
    let (usual, rest) = match (address.strip_prefix("https://"), address.strip_prefix("http://")) {
        (Some(rest), _) => (443, rest),
        (None, Some(rest)) => (80, rest),
        (None, None) => return None,
    };
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
        _ => (rest, usual),
    };
    let fits = !host.is_empty() && !host.contains(['/', '@', '?', '#', ' ']);
    fits.then(|| Place { host: shown(host), port, addresses: vec![address.to_owned()] })
}

fn is_this_machine(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn shown(host: &str) -> String {
    match host {
        "[::1]" => "localhost".to_owned(),
        _ => words::host(host.trim_start_matches('[').trim_end_matches(']')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(path: &str, insecure: bool, expected: Expect) {
        let shown = match places(path, insecure) {
            Ok(apart) => apart
                .iter()
                .map(|group| {
                    let group: Vec<String> = group
                        .iter()
                        .map(|one| format!("{}@{} {}", one.port, one.host, one.addresses.join(" ")))
                        .collect();
                    group.join(" + ")
                })
                .collect::<Vec<_>>()
                .join("\n"),
            Err(why) => why,
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn servers_as_such_tools_name_them() {
        check(
            "27002@srv1.example.org",
            false,
            expect!["27002@srv1.example.org https://srv1.example.org:27002"],
        );
        check(
            "27002@srv1.example.org",
            true,
            expect![
                "27002@srv1.example.org https://srv1.example.org:27002 http://srv1.example.org:27002"
            ],
        );
        check(
            "@localhost",
            false,
            expect!["7070@localhost http://localhost:7070 https://localhost:7070"],
        );
        check(
            "1@127.0.0.1,2@[::1]:3@b",
            false,
            expect![[r#"
            1@127.0.0.1 http://127.0.0.1:1 https://127.0.0.1:1 + 2@localhost http://[::1]:2 https://[::1]:2
            3@b https://b:3"#]],
        );
        check(
            "https://licenses.example,http://127.0.0.1:7070/",
            false,
            expect![
                "443@licenses.example https://licenses.example + 7070@127.0.0.1 http://127.0.0.1:7070"
            ],
        );
        check("http://[::1]", false, expect!["80@localhost http://[::1]"]);
        check(
            "/opt/lic/license.dat",
            false,
            expect![
                "`/opt/lic/license.dat` names no server: write PORT@HOST, or an address such as https://licenses.example:7070"
            ],
        );
        check(
            "port@host",
            false,
            expect![
                "`port@host` names no server: write PORT@HOST, or an address such as https://licenses.example:7070"
            ],
        );
        check(
            "7070@",
            false,
            expect![
                "`7070@` names no server: write PORT@HOST, or an address such as https://licenses.example:7070"
            ],
        );
        check(
            "7070@a/b",
            false,
            expect![
                "`7070@a/b` names no server: write PORT@HOST, or an address such as https://licenses.example:7070"
            ],
        );
        check(
            "https://host:port",
            false,
            expect![
                "`https://host:port` names no server: write PORT@HOST, or an address such as https://licenses.example:7070"
            ],
        );
    }
}
