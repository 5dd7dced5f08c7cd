//! Files with models: reading one, and writing it in its usual form.
//!
//! Deliberately not here: what the text means (leasing).

use super::output::Output;
use crate::exit::{Failure, Kind};
use clap::Args;
use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};
use tenure_leasing::{MODEL_BYTES_MAX, format_model};

/// A file with a model.
#[derive(Debug, Clone, Args)]
pub struct ModelFile {
    /// File with the model's text; `-`: standard input.
    file: PathBuf,
}

impl ModelFile {
    /// How faults name it.
    pub fn name(&self) -> String {
        match self.is_input() {
            true => "standard input".to_owned(),
            false => self.file.display().to_string(),
        }
    }

    fn is_input(&self) -> bool {
        self.file == Path::new("-")
    }
}

/// The text.
///
/// # Errors
/// The file can't be read, is too large, or is not UTF-8.
pub fn read(file: &ModelFile) -> anyhow::Result<String> {
    let unreadable = |error| Failure::fault(format!("can't read {}: {error}", file.name()));
    let most = MODEL_BYTES_MAX as u64;
    let mut bytes = Vec::new();
    let read = match file.is_input() {
        true => std::io::stdin().lock().take(most + 1).read_to_end(&mut bytes),
        false => {
            let open = fs::File::open(&file.file).map_err(unreadable)?;
            open.take(most + 1).read_to_end(&mut bytes)
        }
    };
    read.map_err(unreadable)?;
    if bytes.len() as u64 > most {
        let message =
            format!("{} has more than {most} bytes, the most a model may have", file.name());
        return Err(Failure::usage(message).into());
    }
    String::from_utf8(bytes)
        .map_err(|_| Failure::usage(format!("{} is not UTF-8", file.name())).into())
}

/// `model fmt`
///
/// # Errors
/// The text is not well formed, or the file can't be written.
pub fn format(out: &Output, file: &ModelFile, write: bool, check: bool) -> anyhow::Result<()> {
    let text = read(file)?;
    let formatted = format_model(&text).map_err(|faults| {
        let shown: Vec<String> = faults.iter().map(|fault| fault.render(&file.name())).collect();
        let message = format!("{} is not well formed\n{}", file.name(), shown.join("\n"));
        Failure { code: Some("model-invalid".to_owned()), ..Failure::usage(message) }
    })?;
    if check {
        return match formatted == text {
            true => Ok(()),
            false => {
                let message = format!("{} is not in its usual form", file.name());
                Err(Failure::new(Kind::CheckFailed, message)
                    .hint("`tenure admin model fmt --write FILE` changes it")
                    .into())
            }
        };
    }
    if write && !file.is_input() {
        if formatted != text {
            replace(&file.file, &formatted)?;
        }
        return Ok(());
    }
    out.line(formatted.trim_end())
}

/// Writes beside the file and renames: a crash leaves the one or the other.
fn replace(file: &Path, text: &str) -> anyhow::Result<()> {
    let beside = file.with_extension("formatted");
    let written = fs::write(&beside, text).and_then(|()| {
        fs::set_permissions(&beside, fs::metadata(file)?.permissions())?;
        fs::rename(&beside, file)
    });
    written.map_err(|error| {
        let _ = fs::remove_file(&beside);
        Failure::fault(format!("can't write {}: {error}", file.display())).into()
    })
}
