//! How the story is printed: numbered steps, who, and what happened; then where the server is and what to try.
//!
//! Deliberately not here: what happens (`applications.rs`).

use crate::exit::Failure;
use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

/// The story so far.
pub struct Story {
    step: u32,
    program: String,
}

impl Story {
    /// The heading.
    pub fn begin(folder: &Path) -> anyhow::Result<Story> {
        let story = Story { step: 0, program: program() };
        story.print(&format!(
            "Tenure demo: real keys, real files, real HTTP, all in {}\n",
            folder.display()
        ))?;
        Ok(story)
    }

    /// A heading in between.
    pub fn chapter(&self, title: &str) -> anyhow::Result<()> {
        self.print(&format!("\n{title}\n"))
    }

    /// One step.
    pub fn tell(&mut self, who: &str, what: &str) -> anyhow::Result<()> {
        self.step += 1;
        self.print(&format!("{:>4}  {who:<14}  {what}\n", self.step))
    }

    /// More about the last step.
    pub fn explain(&self, text: &str) -> anyhow::Result<()> {
        self.print(&format!("{:20}  {text}\n", ""))
    }

    /// Where the server is, three commands that can be copied, and the pages with what opens them.
    pub fn end(&self, url: &str, data: &Path, once: bool, pages: &[Door]) -> anyhow::Result<()> {
        let admin = format!("{} admin --data {}", self.program, data.display());
        let now = if once { "was serving at" } else { "serving at" };
        let then = if once {
            "without --once it goes on, and you try in another terminal:"
        } else {
            "try in another terminal:"
        };
        self.print(&format!(
            "\n{now} {url}\n{then}\n  {admin} features\n  {admin} denials\n  {admin} checkout viewer --user me\n"
        ))?;
        if !once {
            self.print("or open in a browser, and make yourself an administrator with the one-time token beside it:\n")?;
            for Door { address, whose, token } in pages {
                self.print(&format!("  {address:<32} {whose:<22} {token}\n"))?;
            }
            self.print("Ctrl-C ends the demo; what it made in a temporary folder goes with it\n")?;
        }
        Ok(())
    }

    fn print(&self, text: &str) -> anyhow::Result<()> {
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        stdout.flush()?;
        Ok(())
    }
}

/// Pages that a person can open, and the one-time token that makes the first administrator there.
pub struct Door {
    pub address: String,
    pub whose: &'static str,
    pub token: String,
}

/// The step did not go as told: the demo is broken, and says where.
pub fn unexpected(step: &str, what: impl std::fmt::Display) -> anyhow::Error {
    Failure::fault(format!("{step}: expected otherwise: {what}")).into()
}

/// How this program can be called from here: as it was, if that is a path, shortened to the present folder.
fn program() -> String {
    let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"));
    match std::env::current_exe() {
        Ok(path) => match path.strip_prefix(&here) {
            Ok(inside) => inside.display().to_string(),
            Err(_) => path.display().to_string(),
        },
        Err(_) => "tenure".to_owned(),
    }
}
