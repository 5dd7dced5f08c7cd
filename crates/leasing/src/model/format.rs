//! A model written as everybody writes it: one thing a line, indented by its braces, comments where they were.
//!
//! Works on tokens, so nothing but white space changes. Invariants: formatting twice changes nothing more; every other
//! character of the text stays, in its order. Deliberately not here: what names mean; a text need only be well formed.

use super::compile::MODEL_BYTES_MAX;
use super::diagnostic::{Diagnostic, diagnose};
use super::lexer::{Comment, Kind, Lexed, Token, lex};
use super::parser::parse;
use std::collections::BTreeSet;

/// Lists and conditions go on in a new line from here.
const WIDTH: usize = 100;
const INDENT: &str = "  ";

/// The text in its usual form.
///
/// # Errors
/// What is not well formed; names and numbers are not looked at.
pub fn format_model(text: &str) -> Result<String, Vec<Diagnostic>> {
    if text.len() > MODEL_BYTES_MAX {
        return super::compiled::Model::parse(text).map(|_| String::new());
    }
    let mut lexed = lex(text);
    let (_, lines) = parse(text, &mut lexed);
    if !lexed.faults.is_empty() {
        return Err(diagnose(text, lexed.faults));
    }
    let mut writer = Writer::new(text, &lexed, lines.into_iter().collect());
    for (place, token) in lexed.tokens.iter().enumerate() {
        writer.comments(place);
        if token.kind != Kind::End {
            writer.token(place, *token);
        }
    }
    Ok(writer.finish())
}

struct Writer<'a> {
    text: &'a str,
    tokens: &'a [Token],
    comments: std::iter::Peekable<std::slice::Iter<'a, Comment>>,
    /// The tokens that begin a line.
    lines: BTreeSet<usize>,
    out: String,
    line: String,
    depth: usize,
    /// Where the last thing that was written ended in the text.
    behind: usize,
    /// The last thing written was an opening brace.
    opened: bool,
    /// A comment to the end of the line was written.
    must_end: bool,
    /// A comment stands between the last token and the next.
    commented: bool,
}

impl<'a> Writer<'a> {
    fn new(text: &'a str, lexed: &'a Lexed, lines: BTreeSet<usize>) -> Writer<'a> {
        Writer {
            text,
            tokens: &lexed.tokens,
            comments: lexed.comments.iter().peekable(),
            lines,
            out: String::with_capacity(text.len()),
            line: String::new(),
            depth: 0,
            behind: 0,
            opened: true,
            must_end: false,
            commented: false,
        }
    }

    fn finish(mut self) -> String {
        self.end_line();
        self.out
    }

    /// The comments before a token.
    fn comments(&mut self, place: usize) {
        self.commented = false;
        while let Some(comment) = self.comments.next_if(|comment| comment.before == place) {
            let range = comment.span.range();
            let between = &self.text[self.behind.min(range.start)..range.start];
            let own_line = between.contains('\n') || self.line.is_empty() || self.must_end;
            let closes = place >= self.tokens.len() - 1;
            if own_line {
                let goes_on = !self.lines.contains(&place) && !closes;
                self.begin_line(range.start, usize::from(goes_on));
            } else {
                self.line.push(' ');
            }
            let written = self.text[range.clone()].trim_end().replace('\r', "");
            self.line.push_str(&written);
            self.behind = range.end;
            self.must_end = comment.line;
            self.opened = false;
            self.commented = true;
        }
    }

    fn token(&mut self, place: usize, token: Token) {
        let range = token.span.range();
        let written = &self.text[range.clone()];
        let last = place.checked_sub(1).and_then(|before| self.tokens.get(before)).copied();
        let empty = token.kind == Kind::CloseBrace
            && !self.commented
            && last.is_some_and(|last| last.kind == Kind::OpenBrace);
        if token.kind == Kind::CloseBrace {
            self.depth = self.depth.saturating_sub(1);
        }
        if !empty && self.lines.contains(&place) {
            let before = if token.kind == Kind::CloseBrace { self.behind } else { range.start };
            self.begin_line(before, 0);
        } else if self.must_end || self.is_too_long(place) {
            self.begin_line(self.behind, 1);
        } else if !empty && !self.line.is_empty() && self.is_apart(last, token) {
            self.line.push(' ');
        }
        self.line.push_str(written);
        self.behind = range.end;
        self.must_end = false;
        self.opened = token.kind == Kind::OpenBrace;
        if self.opened {
            self.depth += 1;
        }
    }

    /// Ends the line and indents the next; a blank line stays where the text has one before `next`.
    fn begin_line(&mut self, next: usize, deeper: usize) {
        let between = self.text.get(self.behind..next).unwrap_or("");
        let blank = between.bytes().filter(|byte| *byte == b'\n').count() > 1;
        let first = self.out.is_empty() && self.line.is_empty();
        let opened = self.opened;
        self.end_line();
        if blank && !opened && !first {
            self.out.push('\n');
        }
        self.line.push_str(&INDENT.repeat(self.depth + deeper));
    }

    fn end_line(&mut self) {
        let line = self.line.trim_end();
        if !line.is_empty() {
            self.out.push_str(line);
            self.out.push('\n');
        }
        self.line.clear();
        self.must_end = false;
    }

    /// True when a space belongs between two tokens.
    fn is_apart(&self, last: Option<Token>, token: Token) -> bool {
        let Some(last) = last else { return false };
        if self.commented {
            return true;
        }
        let opens = matches!(last.kind, Kind::Open | Kind::Colon | Kind::Not);
        let closes = matches!(token.kind, Kind::Close | Kind::Comma | Kind::Colon | Kind::Percent);
        let called = token.kind == Kind::Open && self.is_test(last);
        !(opens || closes || called)
    }

    fn is_test(&self, last: Token) -> bool {
        let word = &self.text[last.span.range()];
        last.kind == Kind::Word && !["and", "or", "not", "on"].contains(&word)
    }

    /// True when a line may be broken before this token: behind a comma, before `and` and `or`.
    fn may_break(&self, place: usize) -> bool {
        let kind = |place: usize| self.tokens.get(place).map(|token| token.kind);
        let word = || self.tokens.get(place).map(|token| &self.text[token.span.range()]);
        place > 0 && kind(place - 1) == Some(Kind::Comma)
            || matches!(kind(place), Some(Kind::And | Kind::Or))
            || kind(place) == Some(Kind::Word) && matches!(word(), Some("and" | "or"))
    }

    /// True when what comes up to the next place to break would not fit into the line.
    fn is_too_long(&self, place: usize) -> bool {
        if !self.may_break(place) {
            return false;
        }
        let line = self.line.rsplit('\n').next().unwrap_or("");
        let mut width = line.chars().count();
        for (next, token) in self.tokens.iter().enumerate().skip(place) {
            let goes_on = next == place || !self.lines.contains(&next) && !self.may_break(next);
            if !goes_on || width > WIDTH {
                break;
            }
            width += 1 + self.text[token.span.range()].chars().count();
        }
        width > WIDTH
    }
}
