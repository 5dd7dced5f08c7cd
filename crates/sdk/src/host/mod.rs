//! Who this process is, where the application does not say so itself.
//!
//! The host ID is a hash of the machine ID, so the machine's own number does not leave it; without
//! one it is the host name. The kind of machine and the terminal session are found out by the
//! platform (`linux`, `windows`, `macos`): all of them are compiled everywhere, so that none rots.
//! A publisher that needs more passes its own holder. What is said here is a note, not a proof.

mod linux;
mod macos;
mod platform;
mod windows;

use linux::Linux;
use macos::MacOs;
use platform::{Platform, nonempty};
use windows::Windows;

use tenure_document::{Hash, Holder, HostId, HostIdType};

/// The holder that stands for this user, session and process on this machine.
pub fn this_machine() -> Holder {
    let variable = |name: &str| std::env::var(name).ok();
    match std::env::consts::OS {
        "windows" => holder_on(&Windows(&variable)),
        "macos" => holder_on(&MacOs(&variable)),
        _ => holder_on(&Linux::this(&variable)),
    }
}

fn holder_on(platform: &dyn Platform) -> Holder {
    let host_name = nonempty(platform.host_name());
    let mut holder = Holder::of(host_id(platform.machine_id(), host_name.clone()));
    holder.user = nonempty(platform.user());
    holder.session = nonempty(platform.session());
    holder.process = Some(std::process::id().to_string());
    holder.name = host_name;
    holder.kind = platform.kind();
    holder
}

/// The host ID of a machine.
fn host_id(machine_id: Option<String>, host_name: Option<String>) -> HostId {
    let value = match machine_id {
        Some(id) => {
            // Salted, so that nobody can look the machine's own number up by its hash.
            let hash = Hash::of(format!("TENURE-HOST-V1\n{id}").as_bytes()).to_string();
            hash.chars().take(22).collect()
        }
        None => host_name.unwrap_or_else(|| "localhost".to_owned()),
    };
    HostId { kind: HostIdType::String, value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    #[test]
    fn this_machine_has_a_stable_name_that_is_not_its_own_number() {
        let holder = this_machine();
        assert_eq!(holder.host, this_machine().host);
        assert!(HostId::new(holder.host.kind, holder.host.value.clone()).is_ok());
        let variable = |_: &str| None;
        if let Some(id) = Linux::this(&variable).machine_id() {
            assert!(!id.contains(&holder.host.value));
        }
    }

    fn check(platform: &dyn Platform, expected: &Expect) {
        let Holder { host, user, session, name, kind, .. } = holder_on(platform);
        expected.assert_eq(&format!("{host} {user:?} {session:?} {name:?} {kind:?}"));
    }

    #[test]
    fn what_windows_and_macos_say_by_their_environment() {
        let rdp = |name: &str| {
            let said =
                [("COMPUTERNAME", "TS01"), ("USERNAME", "ann"), ("SESSIONNAME", "RDP-Tcp#5")];
            said.into_iter().find(|(one, _)| *one == name).map(|(_, value)| value.to_owned())
        };
        let expected =
            expect![[r#"TS01/STRING Some("ann") Some("RDP-Tcp#5") Some("TS01") Unknown"#]];
        check(&Windows(&rdp), &expected);
        let console =
            |name: &str| if name == "SESSIONNAME" { Some("Console".to_owned()) } else { rdp(name) };
        check(
            &Windows(&console),
            &expect![[r#"TS01/STRING Some("ann") None Some("TS01") Unknown"#]],
        );
        let ssh = |name: &str| {
            (name == "SSH_CONNECTION").then(|| "10.0.0.7 50000 10.0.0.1 22".to_owned())
        };
        check(
            &MacOs(&ssh),
            &expect![[r#"localhost/STRING None Some("remote-DZFDPx0uORPd") None Unknown"#]],
        );
    }
}
