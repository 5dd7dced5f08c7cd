//! `tenure admin model`: the text that says who may take which seats, and what another text would do.
//!
//! `fmt` and `check --offline` need no server. Invariants: a faulty text is told whole, each fault with its line and a
//! caret, and never reaches the state.
//! Deliberately not here: the language (leasing).

use super::{
    connect::Connection,
    list::ListFlags,
    model_file::{ModelFile, format, read},
    output::{Column, Output, instant, instant_or},
    pools::pool_rows,
    problem::failure,
    what_if,
};
use crate::exit::Failure;
use clap::{Args, Subcommand};
use tenure_api::{
    ApiError, Client, ModelAnswer, ModelCheck, ModelFinding, ModelPreview, ModelRequest,
    RollbackRequest,
};
use tenure_leasing::check_model;
use tenure_server::model_check;

/// What to do with the model.
#[derive(Debug, Subcommand)]
pub enum ModelCommand {
    /// The text of the model in force, or of an earlier version.
    Show {
        /// Number of a version; the one in force by default.
        version: Option<u64>,
    },
    /// Tell everything that is wrong with a text, or was hardly meant; changes nothing.
    Check {
        #[command(flatten)]
        file: ModelFile,
        /// Without a server: features and groups are not looked at.
        #[arg(long)]
        offline: bool,
    },
    /// Tell what a text would do if it were put in force now; changes nothing.
    Preview {
        #[command(flatten)]
        file: ModelFile,
        /// As with `set --keep-leases`.
        #[arg(long)]
        keep_leases: bool,
    },
    /// Put a text in force.
    Set(SetArgs),
    /// Have no model any more; what comes back falls to the default pool.
    Delete {
        /// Leases of its pools go on being renewed.
        #[arg(long)]
        keep_leases: bool,
    },
    /// Write a text in its usual form; comments stay.
    Fmt {
        #[command(flatten)]
        file: ModelFile,
        /// Change the file instead of printing.
        #[arg(short, long, conflicts_with = "check")]
        write: bool,
        /// Print nothing; exit code 1 when the file is not in its usual form.
        #[arg(long)]
        check: bool,
    },
    /// Replay recorded requests against a text: what would be denied, what would not; changes nothing.
    WhatIf(what_if::WhatIfArgs),
    /// All versions, the newest first.
    History(ListFlags),
    /// What changed from one version to another.
    Diff {
        /// The older version; the one before the newer by default.
        from: Option<u64>,
        /// The newer version; the last one by default.
        to: Option<u64>,
    },
    /// Put an earlier version in force again.
    Rollback {
        /// Which.
        version: u64,
        /// Leases that it would not give go on being renewed.
        #[arg(long)]
        keep_leases: bool,
        /// What to say about it in the history.
        #[arg(long)]
        note: Option<String>,
    },
}

/// A text to put in force.
#[derive(Debug, Args)]
pub struct SetArgs {
    #[command(flatten)]
    file: ModelFile,
    /// Leases that it would not give go on being renewed.
    #[arg(long)]
    keep_leases: bool,
    /// What to say about it in the history.
    #[arg(long)]
    note: Option<String>,
}

/// Carries out the command.
pub fn run(at: &Connection, out: &Output, command: &ModelCommand) -> anyhow::Result<()> {
    match command {
        ModelCommand::WhatIf(args) => what_if::run(at, out, args),
        ModelCommand::Show { version } => show(&at.client()?, out, *version),
        ModelCommand::Check { file, offline } => check(at, out, file, *offline),
        ModelCommand::Preview { file, keep_leases } => {
            let request = ModelRequest { keep_leases: *keep_leases, ..request(file)? };
            let preview = at.patient_client()?.preview_model(&request);
            preview_told(out, &preview.map_err(|error| told(out, error))?)
        }
        ModelCommand::Set(args) => set(at, out, args),
        ModelCommand::Delete { keep_leases } => {
            at.client()?.delete_model(*keep_leases).map_err(failure)?;
            out.said(&serde_json::json!({"deleted": true}), "no model is in force any more")
        }
        ModelCommand::Fmt { file, write, check } => format(out, file, *write, *check),
        ModelCommand::History(flags) => history(at, out, flags),
        ModelCommand::Diff { from, to } => {
            let diff = at.client()?.model_diff(*from, *to).map_err(failure)?;
            match (out.is_json(), diff.unified.is_empty()) {
                (true, _) => out.value(&diff),
                (false, true) => {
                    out.line(&format!("versions {} and {} are alike", diff.from, diff.to))
                }
                (false, false) => out.line(diff.unified.trim_end()),
            }
        }
        ModelCommand::Rollback { version, keep_leases, note } => {
            let request = RollbackRequest {
                version: *version,
                keep_leases: *keep_leases,
                note: note.clone(),
            };
            let answer = at.patient_client()?.roll_back_model(&request).map_err(failure)?;
            in_force(out, &answer)
        }
    }
}

fn request(file: &ModelFile) -> anyhow::Result<ModelRequest> {
    Ok(ModelRequest { text: read(file)?, keep_leases: false, note: None, file: Some(file.name()) })
}

fn show(client: &Client, out: &Output, version: Option<u64>) -> anyhow::Result<()> {
    let model = match version {
        None => client.model(),
        Some(version) => client.model_version(version),
    };
    let model = model.map_err(failure)?;
    if out.is_json() { out.value(&model) } else { out.line(model.text.trim_end()) }
}

fn check(at: &Connection, out: &Output, file: &ModelFile, offline: bool) -> anyhow::Result<()> {
    let request = request(file)?;
    let checked = match offline {
        false => at.patient_client()?.check_model(&request).map_err(failure)?,
        true => check_here(&request.text, &file.name()),
    };
    if out.is_json() {
        out.value(&checked)?;
    } else {
        show_findings(out, &checked.findings)?;
        let warnings = count(checked.findings.len(), "warning", "warnings");
        if checked.usable {
            let (pools, rules) = (checked.pools, checked.rules);
            out.line(&format!(
                "{}: can be used; {pools} pools, {rules} rules, {warnings}",
                file.name()
            ))?;
        }
    }
    match checked.usable {
        true => Ok(()),
        false => Err(faulty(&file.name(), checked.findings.len()).into()),
    }
}

/// The check without a server.
fn check_here(text: &str, name: &str) -> ModelCheck {
    model_check(&check_model(text, None), name)
}

fn show_findings(out: &Output, findings: &[ModelFinding]) -> anyhow::Result<()> {
    for finding in findings {
        out.line(&format!("{}\n", finding.shown))?;
    }
    Ok(())
}

fn faulty(name: &str, faults: usize) -> Failure {
    let message = format!("{name} is no model: {}", count(faults, "error", "errors"));
    Failure { code: Some("model-invalid".to_owned()), ..Failure::usage(message) }
}

fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// The failure of a call that may have brought faults of a text.
fn told(out: &Output, error: ApiError) -> Failure {
    if let Some(problem) = error.problem() {
        let told = match out.is_json() {
            true if !problem.findings.is_empty() => out.value(problem),
            _ => show_findings(out, &problem.findings),
        };
        if let Err(error) = told {
            return Failure::fault(error.to_string());
        }
    }
    failure(error)
}

fn set(at: &Connection, out: &Output, args: &SetArgs) -> anyhow::Result<()> {
    let SetArgs { file, keep_leases, note } = args;
    let request = ModelRequest { keep_leases: *keep_leases, note: note.clone(), ..request(file)? };
    let answer = at.patient_client()?.set_model(&request).map_err(|error| told(out, error))?;
    if !out.is_json() {
        show_findings(out, &answer.findings)?;
    }
    in_force(out, &answer)
}

fn in_force(out: &Output, answer: &ModelAnswer) -> anyhow::Result<()> {
    let ModelAnswer { version, name, pools, rules, .. } = answer;
    let sentence = format!(
        "{name:?} is in force as version {}: {pools} pools, {rules} rules",
        version.version
    );
    out.said(answer, &sentence)
}

fn preview_told(out: &Output, preview: &ModelPreview) -> anyhow::Result<()> {
    if out.is_json() {
        return out.value(preview);
    }
    show_findings(out, &preview.findings)?;
    out.line("now")?;
    pool_rows(out, &preview.before)?;
    out.line("\nthen")?;
    pool_rows(out, &preview.after)?;
    if preview.ending == 0 {
        return out.line("\nevery lease would go on");
    }
    out.line(&format!(
        "\n{} would no longer be renewed",
        count(preview.ending as usize, "lease", "leases")
    ))?;
    use Column::{Number, Text};
    let columns = [
        Text("lease"),
        Text("holder"),
        Text("feature"),
        Number("count"),
        Text("until"),
        Text("why"),
    ];
    out.rows(
        &columns,
        preview.leases.iter().map(|lease| {
            vec![
                lease.id.to_string(),
                lease.holder.clone(),
                lease.feature.clone(),
                lease.count.to_string(),
                instant(lease.expires_at),
                lease.explanation.clone(),
            ]
        }),
    )
}

fn history(at: &Connection, out: &Output, flags: &ListFlags) -> anyhow::Result<()> {
    let page = at.client()?.model_history(&flags.list()).map_err(failure)?;
    use Column::{Number, Text};
    let columns = [
        Number("version"),
        Text("set at"),
        Text("by"),
        Number("bytes"),
        Text("until"),
        Text("note"),
    ];
    out.page(
        &page,
        &columns,
        &flags.or_none_fit("no model was ever set. Write one and `tenure admin model set FILE`."),
        |row| {
            let deleted = row.deleted_by.as_ref().map(|by| format!(" deleted by {by}"));
            vec![
                row.version.to_string(),
                instant(row.at),
                row.by.clone(),
                row.bytes.to_string(),
                instant_or(row.until, "in force") + &deleted.unwrap_or_default(),
                row.note.clone().unwrap_or_default(),
            ]
        },
    )
}
