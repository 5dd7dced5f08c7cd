//! The model language: named pools, who may take from them, and in which order.
//!
//! `Model::parse` reads a text, tells everything that is wrong with it at once, and gives a value that never changes;
//! `Model::judge` says which pools a requester may take from. Reading order: lexer, parser, compile, compiled, judge.
//! Deliberately not here: how many seats a pool gets (placement), who is a member of a group (reservations).

mod check;
mod compile;
mod compile_condition;
mod compiled;
mod condition;
mod cursor;
mod diagnostic;
mod format;
mod index;
mod judge;
mod lexer;
mod parse_condition;
mod parser;
mod pattern;
mod patterns;
mod span;
mod syntax;
mod texts;

pub use check::{Checked, Known, Short, check_model};
pub use compile::MODEL_BYTES_MAX;
pub use compiled::{
    Amount, DEFAULT, FeatureSpec, Filters, Model, PoolRef, PoolSpec, Rule, SliceSpec,
};
pub use condition::Asker;
pub use diagnostic::{Diagnostic, Severity};
pub use format::format_model;
pub use judge::Verdict;
pub use pattern::Pattern;
pub use syntax::Action;
