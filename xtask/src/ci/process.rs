//! Runs one program, passes its output on as it comes, and ends it at its limit.
//!
//! Output is printed line by line so that a log shows what hangs. A program that
//! outlives its limit is killed and counts as failed. Nothing is retried.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// How often an idle program is asked whether it has ended.
const TICK: Duration = Duration::from_millis(50);

/// Runs `command` for at most `limit`; `on_line` sees every line of its output.
/// Answers whether it ended by itself with success.
///
/// # Errors
/// The program cannot be started.
pub fn stream(
    command: &mut Command,
    limit: Duration,
    on_line: &mut dyn FnMut(&str),
) -> Result<bool> {
    println!("$ {}", shown(command));
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", command.get_program().to_string_lossy()))?;
    let (sender, lines) = channel();
    let readers: [Option<Box<dyn Read + Send>>; 2] = [
        child.stdout.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>),
        child.stderr.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>),
    ];
    for pipe in readers.into_iter().flatten() {
        let sender = sender.clone();
        thread::spawn(move || forward(pipe, &sender));
    }
    drop(sender);
    watch(&mut child, &lines, limit, &mut |line| {
        println!("{line}");
        on_line(line);
    })
}

fn forward(pipe: impl Read, sender: &Sender<String>) {
    let mut reader = BufReader::new(pipe);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        if sender.send(text).is_err() {
            return;
        }
        line.clear();
    }
}

fn watch(
    child: &mut Child,
    lines: &Receiver<String>,
    limit: Duration,
    on_line: &mut dyn FnMut(&str),
) -> Result<bool> {
    let start = now();
    let status = loop {
        match lines.recv_timeout(TICK) {
            Ok(line) => on_line(&line),
            Err(RecvTimeoutError::Disconnected) => break child.wait()?,
            // A grandchild may hold the pipes open after the child has ended.
            Err(RecvTimeoutError::Timeout) => {
                if let Some(status) = child.try_wait()? {
                    break status;
                }
            }
        }
        if start.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            on_line(&format!("killed: still running after {} s", limit.as_secs()));
            return Ok(false);
        }
    };
    for line in lines.try_iter() {
        on_line(&line);
    }
    Ok(status.success())
}

/// The command as one would type it, with the variables it sets.
fn shown(command: &Command) -> String {
    let variables = command.get_envs().filter_map(|(name, value)| {
        Some(format!("{}={:?} ", name.to_string_lossy(), value?.to_string_lossy()))
    });
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    format!("{}{}", variables.collect::<String>(), words.join(" "))
}

/// The one clock of this program: it measures how long stages take.
#[expect(clippy::disallowed_methods, reason = "stages are timed and limited")]
pub fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(script: &str, limit: Duration) -> (bool, Vec<String>) {
        let mut lines = Vec::new();
        let mut command = Command::new("sh");
        let ok = stream(command.args(["-c", script]), limit, &mut |line| lines.push(line.into()));
        (ok.expect("sh starts"), lines)
    }

    #[test]
    fn output_and_status_come_back() {
        let long = Duration::from_secs(20);
        assert_eq!(run("echo a; exit 0", long), (true, vec!["a".to_owned()]));
        assert_eq!(run("echo b >&2; exit 3", long), (false, vec!["b".to_owned()]));
    }

    #[test]
    fn a_program_that_hangs_is_ended() {
        let (ok, lines) = run("exec tail -f /dev/null", Duration::from_millis(100));
        assert!(!ok);
        assert_eq!(lines, ["killed: still running after 0 s"]);
    }
}
