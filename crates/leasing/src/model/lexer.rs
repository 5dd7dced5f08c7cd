//! Words, texts, numbers and signs of a model, and its comments.
//!
//! Invariants: one pass, linear time; every byte belongs to a token, a comment, white space or a fault; a faulty text
//! still is a text, so that one mistake is one fault. Deliberately not here: what may follow what (parser).

use super::diagnostic::{FAULTS_MAX, Fault};
use super::span::Span;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Letters, digits, `_` and `-`, beginning with a letter.
    Word,
    /// `"…"`
    Text,
    /// Digits, perhaps with points between them; letters in it are a fault, later.
    Number,
    OpenBrace,
    CloseBrace,
    Open,
    Close,
    Comma,
    Colon,
    Star,
    Percent,
    And,
    Or,
    Not,
    /// The end of the file.
    End,
}

impl Kind {
    /// How a fault names it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Word => "a word",
            Kind::Text => "a text in double quotes",
            Kind::Number => "a number",
            Kind::OpenBrace => "`{`",
            Kind::CloseBrace => "`}`",
            Kind::Open => "`(`",
            Kind::Close => "`)`",
            Kind::Comma => "`,`",
            Kind::Colon => "`:`",
            Kind::Star => "`*`",
            Kind::Percent => "`%`",
            Kind::And => "`&&`",
            Kind::Or => "`||`",
            Kind::Not => "`!`",
            Kind::End => "the end of the file",
        }
    }
}

/// One token.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) span: Span,
}

/// One comment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Comment {
    pub(crate) span: Span,
    /// Goes on to the end of the line.
    pub(crate) line: bool,
    /// The token behind it.
    pub(crate) before: usize,
}

/// A text taken apart.
#[derive(Debug, Default)]
pub(crate) struct Lexed {
    /// The last one is [`Kind::End`].
    pub(crate) tokens: Vec<Token>,
    pub(crate) comments: Vec<Comment>,
    pub(crate) faults: Vec<Fault>,
}

/// Takes a text apart.
pub(crate) fn lex(text: &str) -> Lexed {
    // Some editors put a mark of the encoding in front.
    let at = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let mut lexer = Lexer { text, bytes: text.as_bytes(), at, out: Lexed::default() };
    while lexer.next() {}
    let end = lexer.span(text.len());
    lexer.out.tokens.push(Token { kind: Kind::End, span: end });
    lexer.out
}

/// The value of a text token: without quotes and escapes. Faulty escapes stay as they are.
pub(crate) fn unescape(token: &str) -> String {
    let inner = token.get(1..).unwrap_or("");
    let inner = inner.strip_suffix(['"', '\'']).unwrap_or(inner);
    if !inner.contains('\\') {
        return inner.to_owned();
    }
    let mut value = String::with_capacity(inner.len());
    let mut chars = inner.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some(next @ ('"' | '\\'))) => {
                value.push(*next);
                chars.next();
            }
            _ => value.push(c),
        }
    }
    value
}

struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    out: Lexed,
}

impl Lexer<'_> {
    fn fault(&mut self, fault: Fault) {
        if self.out.faults.len() < FAULTS_MAX {
            self.out.faults.push(fault);
        }
    }

    /// From `start` to where the lexer stands.
    fn span(&self, start: usize) -> Span {
        let small = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span { start: small(start), end: small(self.at) }
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn next(&mut self) -> bool {
        while self.at < self.bytes.len() && self.peek(0).is_ascii_whitespace()
            || matches!(self.peek(0), 0x0b | 0x0c)
        {
            self.at += 1;
        }
        if self.at >= self.bytes.len() {
            return false;
        }
        let two = (self.peek(0), self.peek(1));
        match two {
            (b'/', b'/') => self.line_comment(),
            (b'/', b'*') => self.block_comment(),
            (b'"', _) => self.text(b'"'),
            (b'\'', _) => self.text(b'\''),
            (b'0'..=b'9', _) => {
                self.take(Kind::Number, |byte| byte.is_ascii_alphanumeric() || byte == b'.')
            }
            (b'a'..=b'z' | b'A'..=b'Z' | b'_', _) => self.take(Kind::Word, |byte| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
            }),
            (b'&', b'&') => self.sign(Kind::And, 2),
            (b'|', b'|') => self.sign(Kind::Or, 2),
            _ => self.single(two.0),
        }
        true
    }

    fn single(&mut self, byte: u8) {
        let kind = match byte {
            b'{' => Kind::OpenBrace,
            b'}' => Kind::CloseBrace,
            b'(' => Kind::Open,
            b')' => Kind::Close,
            b',' => Kind::Comma,
            b':' => Kind::Colon,
            b'*' => Kind::Star,
            b'%' => Kind::Percent,
            b'!' => Kind::Not,
            _ => return self.stray(),
        };
        self.sign(kind, 1);
    }

    fn sign(&mut self, kind: Kind, length: usize) {
        let start = self.at;
        self.at += length;
        self.out.tokens.push(Token { kind, span: self.span(start) });
    }

    fn take(&mut self, kind: Kind, belongs: fn(u8) -> bool) {
        let start = self.at;
        while belongs(self.peek(0)) {
            self.at += 1;
        }
        self.out.tokens.push(Token { kind, span: self.span(start) });
    }

    /// Characters that begin nothing, as many as there are.
    fn stray(&mut self) {
        let start = self.at;
        let known = |c: char| {
            c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || "_{}(),:*%!\"'/".contains(c)
        };
        let rest = &self.text[start..];
        let length = rest.char_indices().skip(1).find(|(_, c)| known(*c)).map(|(at, _)| at);
        self.at += length.unwrap_or(rest.len());
        let shown: String = self.text[start..self.at].chars().take(20).collect();
        let fault = Fault::new(
            "unknown-character",
            self.span(start),
            format!("{shown:?} means nothing here"),
        );
        self.fault(match shown.as_str() {
            "&" => fault.help("write `and` or `&&`"),
            "|" => fault.help("write `or` or `||`"),
            "#" => fault.help("comments begin with `//`"),
            ";" => fault.help("nothing is ended with `;`: leave it out"),
            "“" | "”" | "„" => fault.help("use straight double quotes: \""),
            _ => fault,
        });
    }

    fn line_comment(&mut self) {
        let start = self.at;
        let length = self.text[start..].find('\n').unwrap_or(self.text.len() - start);
        self.at += length;
        self.comment(start, true);
    }

    fn block_comment(&mut self) {
        let start = self.at;
        match self.text[start + 2..].find("*/") {
            Some(length) => self.at += length + 4,
            None => {
                self.at = self.text.len();
                let opening = Span { end: self.span(start).start + 2, ..self.span(start) };
                let fault = Fault::new("open-comment", opening, "the comment is never closed");
                self.fault(fault.expected("`*/` at its end"));
            }
        }
        self.comment(start, false);
    }

    fn comment(&mut self, start: usize, line: bool) {
        let before = self.out.tokens.len();
        self.out.comments.push(Comment { span: self.span(start), line, before });
    }

    fn text(&mut self, quote: u8) {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek(0) {
                b'\n' | b'\r' => break self.open_text(start),
                0 if self.at >= self.bytes.len() => break self.open_text(start),
                b'\\' => self.escape(),
                byte if byte == quote => {
                    self.at += 1;
                    break;
                }
                byte => {
                    if byte.is_ascii_control() && byte != b'\t' {
                        self.control();
                    }
                    self.at += 1;
                }
            }
        }
        let span = self.span(start);
        if quote == b'\'' {
            let fault = Fault::new("wrong-quotes", span, "texts stand in double quotes");
            let inner = self.text[span.range()].trim_matches('\'');
            let shown: String = inner.chars().take(60).collect();
            self.fault(fault.help(format!("write \"{shown}\"")));
        }
        self.out.tokens.push(Token { kind: Kind::Text, span });
    }

    fn open_text(&mut self, start: usize) {
        let fault = Fault::new("open-text", self.span(start), "the text is not closed on its line");
        self.fault(fault.expected("`\"` at its end"));
    }

    fn escape(&mut self) {
        let start = self.at;
        let next = self.text[start + 1..].chars().next();
        match next {
            Some('"' | '\\') => self.at += 2,
            Some(c) if c != '\n' && c != '\r' => {
                self.at += 1 + c.len_utf8();
                let message = format!("`\\{}` is no escape", c.escape_debug());
                let fault = Fault::new("unknown-escape", self.span(start), message);
                let help = "a backslash is written twice, also in regular expressions: `\\\\`";
                self.fault(fault.expected("`\\\"` or `\\\\`").help(help));
            }
            _ => self.at += 1,
        }
    }

    fn control(&mut self) {
        let start = self.at;
        let here = Span { start: self.span(start).start, end: self.span(start).start + 1 };
        let message = "a text must not hold control characters";
        self.fault(Fault::new("control-character", here, message));
    }
}
