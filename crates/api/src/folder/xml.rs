//! Strict reading of small XML files, and escaped writing.
//!
//! Invariants: limits come before parsing; one root, elements of known names only, each at most once unless its kind is
//! a list; no document type, entity beyond the five, comment, processing instruction, namespace or CDATA section: none is
//! needed, so none is there to be misread. What was written is read back as the same text.

use roxmltree::{Document, Node, NodeType, ParsingOptions};

/// How deep elements may stand in each other.
const DEPTH_MAX: usize = 16;
/// How long one tag may be, attributes included.
const TAG_MAX: usize = 4096;
/// How many elements and texts a file may have.
const NODES_MAX: u32 = 8192;

/// What is wrong with an XML file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XmlFault {
    /// More bytes than such a file may have.
    #[error("more than the {limit} bytes that such a file may have")]
    TooLarge {
        /// The most.
        limit: usize,
    },
    /// Another encoding than UTF-8, or none.
    #[error("it is not UTF-8 text")]
    NotUtf8,
    /// Not XML.
    #[error("line {line}, column {column}: {why}")]
    Malformed {
        /// Line, from 1.
        line: u32,
        /// Column, from 1.
        column: u32,
        /// What the parser says.
        why: String,
    },
    /// A part of XML that such files do without.
    #[error("{0} may not stand in such a file")]
    Forbidden(&'static str),
    /// Elements within elements within elements.
    #[error("elements stand more than {DEPTH_MAX} deep in each other")]
    TooDeep,
    /// An element, attribute or text that does not belong there.
    #[error("`{0}` does not belong there")]
    Unexpected(String),
    /// The same element again.
    #[error("`{0}` stands there twice")]
    Repeated(String),
    /// An element that must be there.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// An element whose text can't be what it stands for.
    #[error("`{element}`: {why}")]
    BadValue {
        /// The element.
        element: String,
        /// What is expected.
        why: String,
    },
}

impl XmlFault {
    /// Stable kebab-case word.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "too-large",
            Self::NotUtf8 => "not-utf8",
            Self::Malformed { .. } => "malformed-xml",
            Self::Forbidden(_) => "forbidden-xml",
            Self::TooDeep => "too-deep",
            Self::Unexpected(_) => "unexpected-element",
            Self::Repeated(_) => "repeated-element",
            Self::Missing(_) => "missing-element",
            Self::BadValue { .. } => "bad-element",
        }
    }

    pub(crate) fn bad(element: &str, why: impl Into<String>) -> Self {
        Self::BadValue { element: element.to_owned(), why: why.into() }
    }
}

/// One element: text, or elements within it.
#[derive(Debug)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    text: String,
    inner: Vec<Element>,
}

/// Whether a file whose root is called so has been written to its end.
pub(crate) fn is_whole(bytes: &[u8], root: &str) -> bool {
    bytes.trim_ascii_end().ends_with(format!("</{root}>").as_bytes())
}

/// Reads a file of one root element, version 1.
pub(crate) fn read(bytes: &[u8], limit: usize, root: &'static str) -> Result<Element, XmlFault> {
    if bytes.len() > limit {
        return Err(XmlFault::TooLarge { limit });
    }
    let text = std::str::from_utf8(bytes).map_err(|_| XmlFault::NotUtf8)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    look_over(text)?;
    let options =
        ParsingOptions { allow_dtd: false, nodes_limit: NODES_MAX, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|error| {
        let at = error.pos();
        let why = error.to_string();
        // The parser ends its sentence with the place.
        let why = why.rsplit_once(" at ").map_or(why.as_str(), |(why, _)| why).to_owned();
        XmlFault::Malformed { line: at.row, column: at.col, why }
    })?;
    if document.root().children().count() != 1 {
        return Err(XmlFault::Forbidden("a processing instruction"));
    }
    let element = element(document.root_element())?;
    if element.name != root {
        return Err(XmlFault::Unexpected(element.name));
    }
    match element.attributes.as_slice() {
        [(name, version)] if name == "version" && version == "1" => Ok(element),
        _ => Err(XmlFault::bad(root, "`version` must be `1`, and no other attribute be there")),
    }
}

/// What can be refused before a parser sees it.
fn look_over(text: &str) -> Result<(), XmlFault> {
    let body = match text.strip_prefix("<?xml") {
        Some(rest) => {
            let (declaration, rest) =
                rest.split_once("?>").ok_or(XmlFault::Forbidden("a processing instruction"))?;
            let told = declaration.to_ascii_lowercase();
            if told.contains("encoding") && !told.contains("utf-8") {
                return Err(XmlFault::NotUtf8);
            }
            rest
        }
        None => text,
    };
    let mut depth = 0_usize;
    let mut rest = body;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        match rest.as_bytes().first() {
            Some(b'!') if rest.starts_with("!--") => return Err(XmlFault::Forbidden("a comment")),
            Some(b'!') if rest.starts_with("![") => {
                return Err(XmlFault::Forbidden("a CDATA section"));
            }
            Some(b'!') => return Err(XmlFault::Forbidden("a document type")),
            Some(b'?') => return Err(XmlFault::Forbidden("a processing instruction")),
            Some(b'/') => depth = depth.saturating_sub(1),
            _ => {
                let Some(end) = tag_end(rest) else { return Ok(()) };
                if end > TAG_MAX {
                    return Err(XmlFault::Forbidden("a tag of so many attributes"));
                }
                if !rest[..end].ends_with('/') {
                    depth += 1;
                }
                if depth > DEPTH_MAX {
                    return Err(XmlFault::TooDeep);
                }
                rest = &rest[end..];
            }
        }
    }
    Ok(())
}

/// Where a tag ends; an angle bracket within quotes is none. Without an end the parser will say what is wrong.
fn tag_end(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// Recursion is bounded by `look_over`.
fn element(node: Node<'_, '_>) -> Result<Element, XmlFault> {
    let name = node.tag_name().name().to_owned();
    if node.tag_name().namespace().is_some() || node.namespaces().len() > 0 {
        return Err(XmlFault::Forbidden("a namespace"));
    }
    let attributes = node.attributes().map(|one| (one.name().to_owned(), one.value().to_owned()));
    let mut element =
        Element { name, attributes: attributes.collect(), text: String::new(), inner: Vec::new() };
    for child in node.children() {
        match child.node_type() {
            NodeType::Element => element.inner.push(self::element(child)?),
            NodeType::Text => element.text.push_str(child.text().unwrap_or_default()),
            _ => return Err(XmlFault::Forbidden("a comment")),
        }
    }
    if !element.inner.is_empty() && !element.text.trim().is_empty() {
        return Err(XmlFault::Unexpected(element.text.trim().chars().take(40).collect()));
    }
    Ok(element)
}

impl Element {
    /// Its elements, to be taken one by one.
    pub(crate) fn members(self) -> Members {
        Members(self.inner)
    }

    /// Its text; elements and attributes are too much.
    pub(crate) fn plain(self) -> Result<String, XmlFault> {
        match (self.inner.into_iter().next(), self.attributes.into_iter().next()) {
            (Some(inner), _) => Err(XmlFault::Unexpected(inner.name)),
            (_, Some((name, _))) => Err(XmlFault::Unexpected(name)),
            _ => Ok(self.text),
        }
    }

    /// Its elements, as a list.
    pub(crate) fn list(self) -> Vec<Element> {
        self.inner
    }

    /// No text and nothing within.
    pub(crate) fn is_bare(&self) -> bool {
        self.inner.is_empty() && self.text.is_empty()
    }
}

/// Elements that are taken by name; what is left over was not expected.
pub(crate) struct Members(Vec<Element>);

impl Members {
    /// An element that may be there, once.
    pub(crate) fn element(&mut self, name: &str) -> Result<Option<Element>, XmlFault> {
        let Some(at) = self.0.iter().position(|one| one.name == name) else { return Ok(None) };
        let found = self.0.remove(at);
        match self.0.iter().any(|one| one.name == name) {
            true => Err(XmlFault::Repeated(name.to_owned())),
            false => Ok(Some(found)),
        }
    }

    /// Text that may be there.
    pub(crate) fn maybe(&mut self, name: &str) -> Result<Option<String>, XmlFault> {
        self.element(name)?.map(Element::plain).transpose()
    }

    /// Text that must be there.
    pub(crate) fn text(&mut self, name: &'static str) -> Result<String, XmlFault> {
        self.maybe(name)?.ok_or(XmlFault::Missing(name))
    }

    /// A value that must be there.
    pub(crate) fn value<T: std::str::FromStr>(
        &mut self,
        name: &'static str,
        expected: &str,
    ) -> Result<T, XmlFault> {
        let text = self.text(name)?;
        text.parse().map_err(|_| XmlFault::bad(name, format!("expected {expected}")))
    }

    /// Nothing is left.
    pub(crate) fn end(self) -> Result<(), XmlFault> {
        match self.0.into_iter().next() {
            Some(left) => Err(XmlFault::Unexpected(left.name)),
            None => Ok(()),
        }
    }
}

/// An XML file under construction.
pub(crate) struct Out(String);

impl Out {
    pub(crate) fn new(root: &str) -> Self {
        Self(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} version=\"1\">\n"))
    }

    /// One element with text.
    pub(crate) fn text(&mut self, name: &str, text: &str) {
        self.0.push_str(&format!("  <{name}>"));
        escape(text, "\n", &mut self.0);
        self.0.push_str(&format!("</{name}>\n"));
    }

    /// One element with text, where there is some.
    pub(crate) fn maybe(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    /// A list of bare elements with attributes; none without any.
    pub(crate) fn list(
        &mut self,
        name: &str,
        lines: &[(&'static str, Vec<(&'static str, String)>)],
    ) {
        if lines.is_empty() {
            return;
        }
        self.0.push_str(&format!("  <{name}>\n"));
        for (element, attributes) in lines {
            self.0.push_str(&format!("    <{element}"));
            for (attribute, value) in attributes {
                self.0.push_str(&format!(" {attribute}=\""));
                escape(value, "&#xA;", &mut self.0);
                self.0.push('"');
            }
            self.0.push_str("/>\n");
        }
        self.0.push_str(&format!("  </{name}>\n"));
    }

    pub(crate) fn end(mut self, root: &str) -> String {
        self.0.push_str(&format!("</{root}>\n"));
        self.0
    }
}

/// Appends text so that it is read back as it is, except that what XML can't hold becomes U+FFFD. In attributes a bare
/// line break would be read back as a space.
fn escape(text: &str, line_break: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#xD;"),
            '\t' => out.push_str("&#x9;"),
            '\n' => out.push_str(line_break),
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
}
