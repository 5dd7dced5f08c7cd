//! What is wrong in a model, and where: one value for terminals, JSON and pages.
//!
//! Invariants: a diagnostic is whole without the file it speaks of and its size is bounded, whatever a line's length;
//! lines and columns count from 1, columns in characters. Deliberately not here: what is wrong (parser, compile, check).

use super::span::Span;
use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};

/// The most faults that are told at once.
pub(crate) const FAULTS_MAX: usize = 100;
/// The most characters of a line that are shown.
const LINE_MAX: usize = 160;
/// Characters shown before the fault in a longer line.
const BEFORE: usize = 60;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The model is refused.
    Error,
    /// The model would work, perhaps not as meant.
    Warning,
}

impl Severity {
    /// The written name.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

/// One thing that is wrong in a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// A stable kebab-case word.
    pub code: &'static str,
    /// What is wrong, in one line.
    pub message: String,
    /// Line, from 1.
    pub line: u32,
    /// Column of the first wrong character, from 1.
    pub column: u32,
    /// The line; of a very long one the part around the fault.
    pub text: String,
    /// The wrong characters, as places in `text`: first, and how many (at least one, even behind the end).
    pub caret: (u32, u32),
    /// What would have been right there.
    pub expected: Option<String>,
    /// What to do, for example `did you mean "hostid"?`.
    pub help: Option<String>,
}

impl Diagnostic {
    /// The diagnostic as people read it, with the line and a caret below it.
    pub fn render(&self, file: &str) -> String {
        let bytes = |place: u32| {
            let at = self.text.char_indices().nth(place as usize);
            at.map_or(self.text.len(), |(at, _)| at)
        };
        let span = bytes(self.caret.0)..bytes(self.caret.0 + self.caret.1);
        let label = self.expected.as_ref().map(|expected| format!("expected {expected}"));
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut caret = AnnotationKind::Primary.span(span);
        if let Some(label) = &label {
            caret = caret.label(label);
        }
        let snippet = Snippet::source(self.text.as_str()).line_start(self.line as usize);
        let title = level.primary_title(&self.message).id(self.code);
        let mut group = if self.caret.0 + 1 == self.column {
            title.element(snippet.path(file).annotation(caret))
        } else {
            // A part of a long line: the place is not where the caret stands.
            let place = Origin::path(file).line(self.line as usize);
            let place = place.char_column(self.column as usize);
            title.element(place).element(snippet.annotation(caret))
        };
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help));
        }
        Renderer::plain().render(&[group])
    }
}

/// A fault before its place is looked up.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) severity: Severity,
    pub(crate) code: &'static str,
    pub(crate) span: Span,
    pub(crate) message: String,
    pub(crate) expected: Option<String>,
    pub(crate) help: Option<String>,
}

impl Fault {
    pub(crate) fn new(code: &'static str, span: Span, message: impl Into<String>) -> Fault {
        let message = message.into();
        Fault { severity: Severity::Error, code, span, message, expected: None, help: None }
    }

    pub(crate) fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Fault {
        Fault { severity: Severity::Warning, ..Fault::new(code, span, message) }
    }

    pub(crate) fn expected(mut self, expected: impl Into<String>) -> Fault {
        self.expected = Some(expected.into());
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Fault {
        self.help = Some(help.into());
        self
    }

    /// Suggests a near miss, if there is one.
    pub(crate) fn did_you_mean(self, near: Option<&str>) -> Fault {
        match near {
            Some(near) => self.help(format!("did you mean `{near}`?")),
            None => self,
        }
    }
}

/// The faults with their places, in the order of the text.
pub(crate) fn diagnose(text: &str, mut faults: Vec<Fault>) -> Vec<Diagnostic> {
    faults.sort_by_key(|fault| fault.span.start);
    faults.truncate(FAULTS_MAX);
    let lines = Lines::of(text);
    faults.into_iter().map(|fault| lines.diagnostic(fault)).collect()
}

/// Where the lines of a text begin.
pub(crate) struct Lines<'a> {
    text: &'a str,
    starts: Vec<u32>,
}

impl<'a> Lines<'a> {
    pub(crate) fn of(text: &'a str) -> Lines<'a> {
        let behind = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let behind = behind.map(|(at, _)| u32::try_from(at + 1).unwrap_or(u32::MAX));
        Lines { text, starts: std::iter::once(0).chain(behind).collect() }
    }

    /// The line of a byte, from 1.
    pub(crate) fn line(&self, at: u32) -> u32 {
        u32::try_from(self.starts.partition_point(|start| *start <= at)).unwrap_or(u32::MAX)
    }

    fn diagnostic(&self, fault: Fault) -> Diagnostic {
        let line = self.line(fault.span.start);
        let start = self.starts.get(line as usize - 1).copied().unwrap_or(0) as usize;
        let whole = self.text[start..].split('\n').next().unwrap_or("").trim_end_matches('\r');
        let first = (fault.span.start as usize - start).min(whole.len());
        let last = (fault.span.end as usize).saturating_sub(start).clamp(first, whole.len());
        let column = whole[..first].chars().count();
        let length = whole[first..last].chars().count().max(1);
        let (text, caret) = part(whole, column, length);
        let Fault { severity, code, message, expected, help, .. } = fault;
        let column = u32::try_from(column + 1).unwrap_or(u32::MAX);
        Diagnostic { severity, code, message, line, column, text, caret, expected, help }
    }
}

/// The part of a line that is shown, and the place of the caret in it.
fn part(whole: &str, column: usize, length: usize) -> (String, (u32, u32)) {
    let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    // Controls would move the caret, or worse; a tab is as wide as the space that replaces it.
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    if whole.len() <= LINE_MAX {
        return (whole.chars().map(plain).collect(), (small(column), small(length)));
    }
    let skipped = column.saturating_sub(BEFORE);
    let mut shown: String = whole.chars().skip(skipped).take(LINE_MAX).map(plain).collect();
    let caret = column - skipped + usize::from(skipped > 0);
    if skipped > 0 {
        shown.insert(0, '…');
    }
    if whole.chars().nth(skipped + LINE_MAX).is_some() {
        shown.push('…');
    }
    let room = shown.chars().count().saturating_sub(caret).max(1);
    (shown, (small(caret), small(length.min(room))))
}
