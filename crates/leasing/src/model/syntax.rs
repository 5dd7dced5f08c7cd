//! A model as it is written: what the parser makes of the tokens.
//!
//! Every part knows its place. Deliberately not here: what names and patterns mean (compile), how it is written again
//! (format, which works on the tokens).

use super::span::Span;

/// A whole file.
#[derive(Debug, Default)]
pub(crate) struct File {
    pub(crate) name: Option<Text>,
    pub(crate) pools: Vec<Pool>,
    pub(crate) rules: Vec<Rule>,
}

/// A text without quotes and escapes.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    pub(crate) value: String,
    pub(crate) span: Span,
}

/// `partition "…" { … }`
#[derive(Debug)]
pub(crate) struct Pool {
    pub(crate) name: Text,
    pub(crate) slices: Vec<Slice>,
}

/// `"cad" 3.0 60% max 2 vendor string matches "…"`
#[derive(Debug)]
pub(crate) struct Slice {
    pub(crate) feature: Text,
    pub(crate) version: Span,
    pub(crate) amount: Amount,
    pub(crate) max: Option<Span>,
    pub(crate) matches: Vec<Match>,
    pub(crate) span: Span,
}

/// How many, as written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Amount {
    Count(Span),
    Percent(Span),
    Remainder,
}

/// What a slice may be filtered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attribute {
    VendorString,
    ProductName,
    ActivationId,
}

/// `product name matches "…"`
#[derive(Debug)]
pub(crate) struct Match {
    pub(crate) attribute: Attribute,
    pub(crate) pattern: Text,
}

/// `on … { … }`
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) condition: Condition,
    pub(crate) uses: Vec<Text>,
    pub(crate) spec: Option<Spec>,
    pub(crate) action: Option<Action>,
    pub(crate) span: Span,
}

/// When a rule matches.
#[derive(Debug)]
pub(crate) enum Condition {
    Any,
    Test { about: About, texts: Vec<Text> },
    Dictionary(Vec<(Text, Option<Text>)>),
    Not(Box<Condition>),
    All(Vec<Condition>),
    One(Vec<Condition>),
}

/// What a test with plain texts asks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    HostId,
    HostName,
    HostType,
    User,
    Group,
}

/// `without requested features { … }`
#[derive(Debug)]
pub(crate) enum Spec {
    AllFrom(Vec<Text>),
    Slices(Vec<Slice>),
}

/// What becomes of a request that a rule matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// The rules end here; the pools gathered so far are what the requester may take from.
    Accept,
    /// The request is refused.
    Deny,
    /// Later rules may add pools. Also what a rule without an action does.
    Continue,
}
