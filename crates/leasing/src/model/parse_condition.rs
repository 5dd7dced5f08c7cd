//! Conditions of rules: `and` binds closer than `or`, `not` closest; parentheses group.
//!
//! Invariants: as of the parser; at most [`DEPTH_MAX`] parentheses within one another.

use super::cursor::{Parsed, Parser, Skip};
use super::diagnostic::Fault;
use super::lexer::Kind;
use super::syntax::{About, Condition, Text};

/// The deepest nesting of parentheses.
const DEPTH_MAX: usize = 64;

/// The words that begin a test.
const TESTS: [&str; 7] = ["hostid", "hostname", "hosttype", "user", "group", "dictionary", "any"];

/// A condition.
pub(crate) fn condition(parser: &mut Parser<'_>) -> Parsed<Condition> {
    alternatives(parser, 0)
}

fn alternatives(parser: &mut Parser<'_>, depth: usize) -> Parsed<Condition> {
    let mut all = vec![conjunction(parser, depth)?];
    while parser.accept(Kind::Or) || parser.accept_word("or") {
        all.push(conjunction(parser, depth)?);
    }
    Ok(single(all, Condition::One))
}

fn conjunction(parser: &mut Parser<'_>, depth: usize) -> Parsed<Condition> {
    let mut all = vec![negation(parser, depth)?];
    while parser.accept(Kind::And) || parser.accept_word("and") {
        all.push(negation(parser, depth)?);
    }
    Ok(single(all, Condition::All))
}

fn single(mut all: Vec<Condition>, make: fn(Vec<Condition>) -> Condition) -> Condition {
    if all.len() == 1 { all.swap_remove(0) } else { make(all) }
}

fn negation(parser: &mut Parser<'_>, depth: usize) -> Parsed<Condition> {
    if parser.accept(Kind::Not) || parser.accept_word("not") {
        return Ok(Condition::Not(Box::new(positive(parser, depth)?)));
    }
    positive(parser, depth)
}

fn positive(parser: &mut Parser<'_>, depth: usize) -> Parsed<Condition> {
    if parser.peek().kind != Kind::Open {
        return test(parser);
    }
    let open = parser.step();
    if depth >= DEPTH_MAX {
        let message = format!("more than {DEPTH_MAX} parentheses within one another");
        parser.fault(Fault::new("too-deep", open.span, message));
        return Err(Skip);
    }
    let inner = alternatives(parser, depth + 1)?;
    if parser.peek().kind != Kind::Close {
        return Err(parser.unexpected("`)`, `and` or `or`", &["and", "or"]));
    }
    parser.step();
    Ok(inner)
}

fn test(parser: &mut Parser<'_>) -> Parsed<Condition> {
    let token = parser.peek();
    let about = match parser.written(token) {
        "hostid" => Some(About::HostId),
        "hostname" => Some(About::HostName),
        "hosttype" => Some(About::HostType),
        "user" => Some(About::User),
        "group" => Some(About::Group),
        "dictionary" | "any" => None,
        _ => {
            let expected = "a test: hostid, hostname, hosttype, user, group, dictionary or any";
            let skip = parser.unexpected(expected, &TESTS);
            return skip_test(parser).ok_or(skip);
        }
    };
    let any = parser.is_word("any");
    parser.step();
    parser.expect(Kind::Open)?;
    let condition = match about {
        Some(about) => {
            let mut texts = vec![parser.expect_text(what(about))?];
            while parser.accept(Kind::Comma) {
                texts.push(parser.expect_text(what(about))?);
            }
            Condition::Test { about, texts }
        }
        None if any => Condition::Any,
        None => dictionary(parser)?,
    };
    if parser.peek().kind != Kind::Close {
        let expected = if any { "`)`" } else { "`,` or `)`" };
        return Err(parser.unexpected(expected, &[]));
    }
    parser.step();
    Ok(condition)
}

/// Goes on behind something that looks like a test, so that the rest of the condition is read too.
fn skip_test(parser: &mut Parser<'_>) -> Option<Condition> {
    if parser.peek().kind != Kind::Word || parser.behind() != Some(Kind::Open) {
        return None;
    }
    while !matches!(
        parser.peek().kind,
        Kind::Close | Kind::OpenBrace | Kind::CloseBrace | Kind::End
    ) {
        parser.step();
    }
    parser.accept(Kind::Close).then_some(Condition::Any)
}

fn what(about: About) -> &'static str {
    match about {
        About::HostId => "a host ID such as \"ws14\" or \"02:42/ETHERNET\"",
        About::HostName => "a host's name",
        About::HostType => "a host type such as \"virtual\"",
        About::User => "a user's name",
        About::Group => "the name of a reservation group",
    }
}

fn dictionary(parser: &mut Parser<'_>) -> Parsed<Condition> {
    let mut pairs = vec![pair(parser)?];
    while parser.accept(Kind::Comma) {
        pairs.push(pair(parser)?);
    }
    Ok(Condition::Dictionary(pairs))
}

fn pair(parser: &mut Parser<'_>) -> Parsed<(Text, Option<Text>)> {
    let key = parser.expect_text("a key of the dictionary")?;
    parser.expect(Kind::Colon)?;
    if parser.accept(Kind::Star) {
        return Ok((key, None));
    }
    if parser.peek().kind != Kind::Text {
        return Err(parser.unexpected("a value in double quotes, or `*` for any", &[]));
    }
    Ok((key, Some(parser.expect_text("a value")?)))
}
