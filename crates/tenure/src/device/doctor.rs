//! `tenure device doctor`: which traits of the machine match, which changed, how far from closed each container is.
//!
//! Invariants: kinds and weights of traits, never values; the exit code says whether something is wrong.
//! Deliberately not here: finding out.

use super::place::Place;
use crate::{
    admin::output::Output,
    exit::{Failure, Kind},
    explain,
};
use clap::Args;
use tenure_api::device::DoctorContainer;
use tenure_document::MachineKind;

/// Look at the machine and its containers.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    #[command(flatten)]
    place: Place,
    /// One container only.
    #[arg(value_name = "SERIAL")]
    serial: Option<String>,
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
}

impl DoctorArgs {
    /// Carries out the command; ends with 1 where something is wrong.
    ///
    /// # Errors
    /// The folder can't be read; a container has a fault.
    pub fn run(self) -> anyhow::Result<()> {
        let output = Output::new(self.json);
        let device = self.place.device()?;
        let mut answer = device.doctor().map_err(explain::device)?;
        if let Some(serial) = &self.serial {
            let serial = device.folder().listed(serial).map_err(explain::device)?.serial;
            answer.containers.retain(|one| one.serial == serial);
        }
        if self.json {
            output.value(&answer)?;
        } else {
            let machine = match answer.machine {
                MachineKind::Physical => "this is hardware",
                MachineKind::Virtual => "this is a virtual machine",
                MachineKind::Container => "this is a container of a container runtime",
                MachineKind::Unknown => "it can't be told whether this is hardware",
            };
            output.line(machine)?;
            answer.evidence.iter().try_for_each(|why| output.line(&format!("  {why}")))?;
            answer.containers.iter().try_for_each(|one| output.line(&shown(one)))?;
        }
        let faulty = answer.containers.iter().filter(|one| !one.faults.is_empty()).count();
        match faulty {
            0 => Ok(()),
            1 => Err(Failure::new(Kind::CheckFailed, "one container has a fault").into()),
            more => {
                Err(Failure::new(Kind::CheckFailed, format!("{more} containers have faults"))
                    .into())
            }
        }
    }
}

/// One container as a paragraph.
fn shown(one: &DoctorContainer) -> String {
    let mut lines = vec![String::new(), format!("container {} ({:?})", one.serial, one.name)];
    if let (Some(matched), Some(total), Some(threshold)) = (one.matched, one.total, one.threshold) {
        let state = if matched >= threshold { "opens" } else { "does not open" };
        lines.push(format!(
            "  it {state}: {matched} of {total} points match, {threshold} are needed"
        ));
    }
    lines.extend(
        one.traits
            .iter()
            .map(|line| format!("    {:<10} {:>2}  {}", line.status, line.weight, line.kind)),
    );
    lines.extend(one.faults.iter().map(|fault| format!("  fault: {fault}")));
    lines.extend(one.advice.iter().map(|advice| format!("  advice: {advice}")));
    if one.faults.is_empty() {
        lines.push("  nothing is wrong".to_owned());
    }
    lines.join("\n")
}
