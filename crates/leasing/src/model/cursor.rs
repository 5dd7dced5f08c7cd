//! The place a parser has come to in its tokens, and how it says what it expected there.
//!
//! Invariants: never beyond the last token; every refusal leaves a fault. Deliberately not here: the grammar (parser,
//! parse_condition).

use super::diagnostic::{FAULTS_MAX, Fault};
use super::lexer::{Kind, Token, unescape};
use super::span::Span;
use super::syntax::Text;
use crate::nearest::nearest;

/// A fault was told; whoever called finds the next place to go on.
pub(crate) struct Skip;

pub(crate) type Parsed<T> = Result<T, Skip>;

/// Reads the tokens of a text.
pub(crate) struct Parser<'a> {
    pub(crate) text: &'a str,
    pub(crate) tokens: &'a [Token],
    pub(crate) at: usize,
    pub(crate) faults: Vec<Fault>,
    /// The tokens that begin a line when the text is formatted.
    pub(crate) lines: Vec<usize>,
}

impl Parser<'_> {
    pub(crate) fn fault(&mut self, fault: Fault) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(fault);
        }
    }

    /// The kind of the token behind the next one.
    pub(crate) fn behind(&self) -> Option<Kind> {
        self.tokens.get(self.at + 1).map(|token| token.kind)
    }

    pub(crate) fn peek(&self) -> Token {
        let last = self.tokens.len().saturating_sub(1);
        let end = Token { kind: Kind::End, span: Span::default() };
        self.tokens.get(self.at.min(last)).copied().unwrap_or(end)
    }

    pub(crate) fn step(&mut self) -> Token {
        let token = self.peek();
        self.at = (self.at + 1).min(self.tokens.len());
        token
    }

    pub(crate) fn last_span(&self) -> Span {
        let last = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        last.map(|token| token.span).unwrap_or_default()
    }

    pub(crate) fn written(&self, token: Token) -> &str {
        self.text.get(token.span.range()).unwrap_or("")
    }

    pub(crate) fn is_word(&self, word: &str) -> bool {
        let token = self.peek();
        token.kind == Kind::Word && self.written(token) == word
    }

    pub(crate) fn is_end(&self) -> bool {
        self.peek().kind == Kind::End || self.faults.len() >= FAULTS_MAX
    }

    /// A line begins here when the text is formatted.
    pub(crate) fn line(&mut self) {
        self.lines.push(self.at);
    }

    /// Takes the word if it is next.
    pub(crate) fn accept_word(&mut self, word: &str) -> bool {
        let is = self.is_word(word);
        if is {
            self.step();
        }
        is
    }

    pub(crate) fn accept(&mut self, kind: Kind) -> bool {
        let is = self.peek().kind == kind;
        if is {
            self.step();
        }
        is
    }

    /// Tells what was expected instead of what is here; `words` are the words that may stand here.
    pub(crate) fn unexpected(&mut self, expected: &str, words: &[&str]) -> Skip {
        let token = self.peek();
        let found = match token.kind {
            Kind::Word => format!("`{}`", clip(self.written(token))),
            Kind::Text | Kind::Number => clip(self.written(token)),
            kind => kind.name().to_owned(),
        };
        let near = match token.kind {
            Kind::Word => nearest(self.written(token), words.iter().copied()),
            _ => None,
        };
        let message = format!("{found} can't stand here");
        let message =
            if token.kind == Kind::End { "the file ends too early".into() } else { message };
        let fault = Fault::new("unexpected", token.span, message).expected(expected);
        let mut fault = fault.did_you_mean(near);
        if token.kind == Kind::End {
            fault.help = self.unclosed();
        }
        self.fault(fault);
        Skip
    }

    /// The innermost brace that is still open at the end of the file.
    fn unclosed(&self) -> Option<String> {
        let mut open = Vec::new();
        for token in self.tokens {
            match token.kind {
                Kind::OpenBrace => open.push(token.span.start as usize),
                Kind::CloseBrace => drop(open.pop()),
                _ => {}
            }
        }
        let before = self.text.get(..open.pop()?)?;
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        Some(format!("the `{{` of line {line} is not closed"))
    }

    pub(crate) fn expect(&mut self, kind: Kind) -> Parsed<Token> {
        if self.peek().kind == kind {
            return Ok(self.step());
        }
        Err(self.unexpected(kind.name(), &[]))
    }

    pub(crate) fn expect_word(&mut self, word: &str) -> Parsed<()> {
        if self.accept_word(word) {
            return Ok(());
        }
        Err(self.unexpected(&format!("`{word}`"), &[word]))
    }

    pub(crate) fn expect_text(&mut self, what: &str) -> Parsed<Text> {
        let token = self.peek();
        if token.kind != Kind::Text {
            let skip = self.unexpected(&format!("{what} in double quotes"), &[]);
            let written = clip(self.written(token));
            if let (Kind::Word | Kind::Number, Some(fault)) = (token.kind, self.faults.last_mut()) {
                fault.help = Some(format!("write \"{written}\""));
            }
            return Err(skip);
        }
        self.step();
        Ok(Text { value: unescape(self.written(token)), span: token.span })
    }

    /// One text, or several with commas between them.
    pub(crate) fn texts(&mut self, what: &str) -> Parsed<Vec<Text>> {
        let mut texts = vec![self.expect_text(what)?];
        while self.accept(Kind::Comma) {
            texts.push(self.expect_text(what)?);
        }
        Ok(texts)
    }
}

/// A piece of the text that is not too long for a message.
fn clip(text: &str) -> String {
    let mut clipped: String = text.chars().take(40).collect();
    if clipped.len() < text.len() {
        clipped.push('…');
    }
    clipped
}
