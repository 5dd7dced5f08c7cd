//! `tenure admin status|health|properties|suspend|resume|host-ids`: the server itself.
//!
//! Deliberately not here: starting and stopping it (`crate::serve`).

use super::{
    connect::Connection,
    list::ListFlags,
    output::{Column, Output, host, instant},
    problem::failure,
};
use crate::exit::Failure;
use clap::{Args, Subcommand};
use serde_json::Value;
use tenure_api::{HealthStatus, PropertiesChange, Status};

/// What the server does by default.
#[derive(Debug, Subcommand)]
pub enum PropertiesCommand {
    /// All properties with value and default.
    List(ListFlags),
    /// Change properties: NAME=VALUE …; an empty value returns to the default.
    Set {
        /// NAME=VALUE, any number of them.
        #[arg(required = true, value_parser = assignment)]
        changes: Vec<(String, Value)>,
    },
}

impl From<ListFlags> for PropertiesCommand {
    fn from(flags: ListFlags) -> PropertiesCommand {
        PropertiesCommand::List(flags)
    }
}

/// Why grants stop.
#[derive(Debug, Args)]
pub struct SuspendArgs {
    /// Shown to everybody who is refused meanwhile.
    #[arg(long, default_value = "")]
    reason: String,
}

/// `properties …`
pub fn properties(
    at: &Connection,
    out: &Output,
    command: &PropertiesCommand,
) -> anyhow::Result<()> {
    let client = at.client()?;
    let page = match command {
        PropertiesCommand::List(flags) => client.properties(&flags.list()),
        PropertiesCommand::Set { changes } => {
            client.set_properties(&PropertiesChange(changes.iter().cloned().collect()))
        }
    };
    let columns = [
        Column::Text("property"),
        Column::Text("value"),
        Column::Text("default"),
        Column::Text("editable"),
        Column::Text("meaning"),
    ];
    out.page(&page.map_err(failure)?, &columns, "no such property", |row| {
        let editable = if row.editable { "yes" } else { "no" };
        vec![
            row.name.clone(),
            plain(&row.value),
            plain(&row.default),
            editable.to_owned(),
            row.description.clone(),
        ]
    })
}

/// `host-ids`
pub fn host_ids(at: &Connection, out: &Output) -> anyhow::Result<()> {
    let ids = at.client()?.host_ids().map_err(failure)?;
    let shown: Vec<String> = ids.host_ids.iter().map(host).collect();
    out.said(&ids, &shown.join("\n"))
}

/// `suspend`
pub fn suspend(at: &Connection, out: &Output, args: &SuspendArgs) -> anyhow::Result<()> {
    let status = at.client()?.suspend(&args.reason).map_err(failure)?;
    show(out, &status)
}

/// `resume`
pub fn resume(at: &Connection, out: &Output) -> anyhow::Result<()> {
    let status = at.client()?.resume().map_err(failure)?;
    show(out, &status)
}

/// `status`
pub fn status(at: &Connection, out: &Output) -> anyhow::Result<()> {
    let status = at.client()?.status().map_err(failure)?;
    show(out, &status)
}

fn show(out: &Output, status: &Status) -> anyhow::Result<()> {
    if out.is_json() {
        return out.value(status);
    }
    let grants = match (&status.degraded, status.suspended) {
        (Some(why), _) => format!("no: {why}"),
        (None, true) => {
            format!("suspended: {}", status.reason.as_deref().unwrap_or("no reason given"))
        }
        (None, false) => "yes".to_owned(),
    };
    let alarms =
        if status.alarms.is_empty() { "none".to_owned() } else { status.alarms.join("; ") };
    out.facts(&[
        ("grants", grants),
        ("live leases", status.leases.to_string()),
        ("ledger entry", status.sequence.to_string()),
        ("ledger head", status.head.to_string()),
        ("ledger time", instant(status.now)),
        ("alarms", alarms),
    ])
}

/// `health`
pub fn health(at: &Connection, out: &Output) -> anyhow::Result<()> {
    let health = at.anonymous()?.health().map_err(failure)?;
    let word = serde_json::to_value(health.status)?;
    let word = word.as_str().unwrap_or("unknown").to_owned();
    match (health.status, &health.reason) {
        (HealthStatus::Ok, None) => out.said(&health, &word),
        (HealthStatus::Ok, Some(reason)) => out.said(&health, &format!("{word}: {reason}")),
        (HealthStatus::Degraded | HealthStatus::Stopping, reason) => {
            let reason = reason.as_deref().unwrap_or("no reason given");
            out.said(&health, &format!("{word}: {reason}"))?;
            Err(Failure::fault(format!("the server can't grant: {reason}")).into())
        }
    }
}

/// A JSON value as people write it: texts without quotes.
pub fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Reads NAME=VALUE: JSON where it is JSON, else text; nothing returns to the default.
pub fn assignment(text: &str) -> Result<(String, Value), String> {
    let (name, value) =
        text.split_once('=').ok_or_else(|| format!("`{text}` is not NAME=VALUE"))?;
    let value = match value {
        "" => Value::Null,
        value => serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned())),
    };
    Ok((name.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments_keep_their_types() {
        assert_eq!(assignment("a=5"), Ok(("a".to_owned(), Value::from(5))));
        assert_eq!(assignment("a=true"), Ok(("a".to_owned(), Value::from(true))));
        assert_eq!(assignment("a=b c"), Ok(("a".to_owned(), Value::from("b c"))));
        assert_eq!(assignment("a="), Ok(("a".to_owned(), Value::Null)));
        assert!(assignment("a").is_err());
    }
}
