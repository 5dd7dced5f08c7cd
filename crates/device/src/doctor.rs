//! What is wrong with a container, and what to do about it: the words of `doctor`.
//!
//! Kept here: each fault has an advice that its reader can follow; kinds and weights of traits, never values.
//! Deliberately not here: finding out (the vault does), printing.

use tenure_api::device::{DoctorContainer, DoctorTrait};
use tenure_container::{LEASE_TOLERANCE_MS, Reading};
use tenure_document::{ContainerKind, Time};
use tenure_vault::{
    BindingReport, DeviceError, DeviceFolder, Drift, Listed, Machine, OpenContainer, TraitStatus,
};

/// One container of a folder.
pub(crate) fn container(
    folder: &DeviceFolder,
    one: &Listed,
    machine: &Machine,
    now: Reading,
) -> DoctorContainer {
    let mut found = nothing_found(&one.serial, &one.name);
    match folder.container(&one.serial, machine, now) {
        Ok(open) => opened(&mut found, &open, now),
        Err(error) => closed(&mut found, &error),
    }
    found
}

/// A container whose file can't be read.
pub(crate) fn damaged(serial: &str, error: &DeviceError) -> DoctorContainer {
    let mut found = nothing_found(serial, "");
    closed(&mut found, error);
    found
}

fn nothing_found(serial: &str, name: &str) -> DoctorContainer {
    DoctorContainer {
        serial: serial.to_owned(),
        name: name.to_owned(),
        matched: None,
        total: None,
        threshold: None,
        traits: Vec::new(),
        faults: Vec::new(),
        advice: Vec::new(),
    }
}

fn opened(found: &mut DoctorContainer, open: &OpenContainer, now: Reading) {
    match open.report() {
        Some(report) if open.state().kind() == ContainerKind::Portable => {
            traits(found, report);
            found.advice.push(
                "it is bound to its medium, not to this machine: one machine or guest uses it at a time".into(),
            );
        }
        Some(report) => {
            traits(found, report);
            if let Some(drift) = open.drift().filter(|_| !report.is_full()) {
                changed(found, report, drift, open.time(now));
            }
        }
        None => found.advice.push(
            "it is bound to no machine: keep its folder safe, a copy of it works anywhere".into(),
        ),
    }
    if open.has_healed() {
        found.advice.push("it bound itself to the changed machine just now; nothing to do".into());
    }
    clock(found, open, now);
    let state = open.state();
    if state.is_revoked() {
        found.faults.push("the publisher has revoked it: nothing in it may be used".into());
        found.advice.push("ask the publisher why; a new container can take its place".into());
    }
    if open.older_taken() > 0 {
        found.faults.push(format!(
            "its newest copy on disk was damaged {} so far, the one before it was taken",
            times(open.older_taken())
        ));
        found
            .advice
            .push("check the disk; send a context, the publisher will see an older state".into());
    }
    if state.certificate().is_none() {
        found.advice.push("it has no licenses yet: send its context to the publisher".into());
    }
}

/// The machine fits, and not in everything.
fn changed(found: &mut DoctorContainer, report: &BindingReport, drift: Drift, now: Time) {
    found.faults.push(format!(
        "parts of the machine have changed: {} of {} points match, {} are needed, so {} more may change",
        report.matched,
        report.total,
        report.threshold,
        report.margin().unwrap_or(0)
    ));
    found.advice.push(match drift.heals_at {
        _ if drift.is_too_far() => format!(
            "{} of {} points are gone since the publisher last answered: send a context and apply the update that \
             comes back, then it binds itself to this machine",
            drift.gone, drift.total
        ),
        Some(at) if at > now => {
            format!("it binds itself to the changed machine at {at}, if nothing else changes until then")
        }
        _ => "it binds itself to the changed machine when it is next opened".into(),
    });
}

fn closed(found: &mut DoctorContainer, error: &DeviceError) {
    found.faults.push(error.to_string());
    match error {
        DeviceError::NotThisMachine { report, .. } => {
            traits(found, report);
            found.advice.push(
                "put back the parts that changed, or use the machine it was made on; else have the publisher replace \
                 it: make a new container and ask for the licenses of this one"
                    .into(),
            );
        }
        DeviceError::NotThisMedium { report, .. } => {
            traits(found, report);
            found.advice.push(
                "use the medium it was made on, plugged in whole: a copy of the files does not open, nor does a folder \
                 that a host shares with its guest; else have the publisher replace it"
                    .into(),
            );
        }
        DeviceError::InUseElsewhere { .. } => found.advice.push(
            "end the programs that use it there, or wait: what was unplugged without an end is free after a minute"
                .into(),
        ),
        DeviceError::Shared { .. } => found.advice.push(
            "unplug it from all machines and guests but one, there wait five minutes and ask again".into(),
        ),
        DeviceError::OtherVersion { .. } => found.advice.push(
            "install the newest version of the program that uses it; do not bring back a backup, nothing is lost".into(),
        ),
        DeviceError::Damaged { .. } => found.advice.push("check the disk".into()),
        _ => {}
    }
}

fn traits(found: &mut DoctorContainer, report: &BindingReport) {
    found.matched = Some(report.matched);
    found.total = Some(report.total);
    found.threshold = Some(report.threshold);
    found.traits = report
        .traits
        .iter()
        .map(|line| DoctorTrait {
            kind: line.kind.name().to_owned(),
            weight: line.weight,
            status: line.status.name().to_owned(),
        })
        .collect();
    if report.traits.iter().any(|line| line.status == TraitStatus::Unreadable) {
        found.advice.push(
            "this user may not read some of the machine's traits: run it as the user that made the container".into(),
        );
    }
}

fn clock(found: &mut DoctorContainer, open: &OpenContainer, now: Reading) {
    let behind_ms = open.rights(now).behind_ms;
    if behind_ms <= LEASE_TOLERANCE_MS {
        return;
    }
    found.faults.push(format!(
        "the clock shows {}, {} before the latest time that this container knows of",
        now.wall,
        length(behind_ms)
    ));
    found.advice.push(
        "set the clock right; if it is right, take an update on line: it brings the time, signed"
            .into(),
    );
}

fn length(millis: i64) -> String {
    match millis / 60_000 {
        minutes if minutes < 120 => format!("{minutes} minutes"),
        minutes if minutes < 48 * 60 => format!("{} hours", minutes / 60),
        minutes => format!("{} days", minutes / (24 * 60)),
    }
}

fn times(number: u32) -> String {
    if number == 1 { "once".to_owned() } else { format!("{number} times") }
}
