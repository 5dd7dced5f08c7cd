//! Writing files that are too long to be held in memory.
//!
//! Invariant: what is written is whole or not there, and the owner's alone; what was there stays until then.
//! Deliberately not here: documents, which are short (`paper`).

use anyhow::Context as _;
use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::Path,
};

/// Writes a file piece by piece. A device or pipe, which can't be replaced, gets the pieces as they are.
///
/// # Errors
/// It can't be written; what `pieces` says.
pub fn write<T>(
    path: &Path,
    pieces: impl FnOnce(&mut dyn Write) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let cant = || format!("writing {}", path.display());
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        let mut out = BufWriter::new(File::create(path).with_context(cant)?);
        let written = pieces(&mut out)?;
        out.flush().with_context(cant)?;
        return Ok(written);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut beside = tempfile::Builder::new();
    beside.prefix(".").suffix(".new");
    let beside = beside.tempfile_in(folder.unwrap_or(Path::new("."))).with_context(cant)?;
    let mut out = BufWriter::new(beside);
    let written = pieces(&mut out)?;
    let beside = out.into_inner().map_err(io::IntoInnerError::into_error).with_context(cant)?;
    beside.as_file().sync_all().with_context(cant)?;
    beside.persist(path).map_err(|error| error.error).with_context(cant)?;
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    use std::io::Read as _;

    fn half_written(out: &mut dyn Write) -> anyhow::Result<()> {
        out.write_all(b"the first half")?;
        anyhow::bail!("the rest can't be read")
    }

    #[test]
    fn what_is_written_by_half_is_not_there() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("export");
        assert!(write(&path, half_written).is_err());
        assert!(!path.exists());
        fs::write(&path, "the former one")?;
        assert!(write(&path, half_written).is_err());
        assert_eq!(fs::read_to_string(&path)?, "the former one");
        write(&path, |out| Ok(out.write_all(b"the new one")?))?;
        assert_eq!(fs::read_to_string(&path)?, "the new one");
        assert_eq!(fs::read_dir(folder.path())?.count(), 1, "nothing is left beside it");
        Ok(())
    }

    #[test]
    fn a_pipe_is_written_to_and_stays() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("pipe");
        mknodat(CWD, &path, FileType::Fifo, Mode::RWXU, 0)?;
        let mut reader = File::options().read(true).write(true).open(&path)?;
        write(&path, |out| Ok(out.write_all(b"line")?))?;
        let mut line = [0; 4];
        reader.read_exact(&mut line)?;
        assert_eq!(&line, b"line");
        assert!(!fs::metadata(&path)?.is_file());
        Ok(())
    }
}
