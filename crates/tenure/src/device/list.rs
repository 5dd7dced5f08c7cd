//! `tenure device list|show`: what containers there are, and what is in them.
//!
//! Deliberately not here: how well the machine fits (`doctor`).

use super::place::{Place, chosen, warn_if_older};
use crate::{
    admin::output::{Column, Output, instant_or},
    exit::Failure,
    explain,
};
use clap::Args;
use tenure_api::device::{DeviceContainer, DeviceContainers, DeviceItem};
use tenure_document::Count;

/// The containers of this device.
#[derive(Debug, Args)]
pub struct ListArgs {
    #[command(flatten)]
    place: Place,
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
}

/// One container with its content.
#[derive(Debug, Args)]
pub struct ShowArgs {
    #[command(flatten)]
    place: Place,
    /// The container, where there are several.
    #[arg(value_name = "SERIAL")]
    serial: Option<String>,
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
}

impl ListArgs {
    /// Carries out the command.
    ///
    /// # Errors
    /// The folder can't be read; a container is damaged.
    pub fn run(self) -> anyhow::Result<()> {
        let output = Output::new(self.json);
        let device = self.place.device()?;
        let containers = device.containers().map_err(explain::device)?;
        let damaged = device.folder().damaged().map_err(explain::device)?;
        for (serial, error) in &damaged {
            note!("{serial}: {error}");
        }
        if containers.is_empty() && damaged.is_empty() && !self.json {
            let folder = device.folder().path().display();
            return output.line(&format!(
                "there are no containers in {folder}; make one with: tenure device init --keyset FILE; or name another folder with --dir"
            ));
        }
        containers.iter().for_each(|one| warn_if_older(&device, &one.serial));
        show(output, containers)?;
        match damaged.len() {
            0 => Ok(()),
            1 => Err(Failure::corrupt("one container is damaged").into()),
            more => Err(Failure::corrupt(format!("{more} containers are damaged")).into()),
        }
    }
}

fn show(output: Output, containers: Vec<DeviceContainer>) -> anyhow::Result<()> {
    if output.is_json() {
        return output.value(&DeviceContainers { containers });
    }
    const COLUMNS: [Column; 6] = [
        Column::Text("SERIAL"),
        Column::Text("NAME"),
        Column::Text("KIND"),
        Column::Number("ITEMS"),
        Column::Number("OPERATION"),
        Column::Text("STATE"),
    ];
    output.rows(&COLUMNS, containers.iter().map(row))
}

fn row(one: &DeviceContainer) -> Vec<String> {
    let state = one.fault.clone().unwrap_or_else(|| "open".to_owned());
    vec![
        one.serial.clone(),
        one.name.clone(),
        format!("{:?}", one.kind).to_lowercase(),
        if one.open { one.items.to_string() } else { "?".to_owned() },
        one.sequence.to_string(),
        state,
    ]
}

impl ShowArgs {
    /// Carries out the command.
    ///
    /// # Errors
    /// The container does not open.
    pub fn run(self) -> anyhow::Result<()> {
        let output = Output::new(self.json);
        let device = self.place.device()?;
        let serial = chosen(&device, self.serial.as_deref())?;
        warn_if_older(&device, &serial);
        let detail = device.detail(&serial).map_err(explain::device)?;
        if self.json {
            return output.value(&detail);
        }
        let one = &detail.container;
        output.facts(&[
            ("container", one.serial.clone()),
            ("name", one.name.clone()),
            ("publisher", one.publisher.clone().unwrap_or_default()),
            ("generation", one.generation.to_string()),
            ("operation", one.sequence.to_string()),
        ])?;
        if detail.items.is_empty() {
            return output.line("it holds nothing yet: send its context to the publisher");
        }
        const COLUMNS: [Column; 6] = [
            Column::Text("ITEM"),
            Column::Text("FEATURE"),
            Column::Text("VERSION"),
            Column::Number("COUNT"),
            Column::Text("ENDS"),
            Column::Text("USABLE"),
        ];
        output.rows(&COLUMNS, detail.items.iter().map(item))
    }
}

fn item(item: &DeviceItem) -> Vec<String> {
    let count = match item.count {
        Count::Counted(count) if item.consumed > 0 => {
            format!("{} of {count}", u64::from(count).saturating_sub(item.consumed))
        }
        Count::Counted(count) => count.to_string(),
        Count::Uncounted => "∞".to_owned(),
    };
    vec![
        item.id.clone(),
        item.feature.clone(),
        item.version.to_string(),
        count,
        instant_or(item.ends, "never"),
        item.reason.clone().unwrap_or_else(|| "yes".to_owned()),
    ]
}
