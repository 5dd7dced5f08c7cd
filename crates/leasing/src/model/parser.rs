//! From tokens to syntax: recursive descent that goes on behind a fault, so that all faults of a file come at once.
//!
//! Invariants: never panics, whatever the text; linear time; nesting is bounded, so the stack is; one mistake gives one
//! fault, as far as that can be known. Notes where lines begin, for the formatter.
//! Deliberately not here: conditions (parse_condition), what names mean (compile).

use super::cursor::{Parsed, Parser, Skip};
use super::diagnostic::Fault;
use super::lexer::{Kind, Lexed};
use super::parse_condition::condition;
use super::syntax::{
    Action, Amount, Attribute, Condition, File, Match, Pool, Rule, Slice, Spec, Text,
};
use crate::nearest::nearest;

/// The words that may follow the amount of a slice.
const TERMS: [&str; 6] = ["max", "vendor", "product", "activation", "partition", "on"];

/// The syntax of a text, and the places of its lines.
pub(crate) fn parse(text: &str, lexed: &mut Lexed) -> (File, Vec<usize>) {
    let faults = std::mem::take(&mut lexed.faults);
    let mut parser = Parser { text, tokens: &lexed.tokens, at: 0, faults, lines: Vec::new() };
    let mut file = File::default();
    let _ = parser.file(&mut file);
    let Parser { faults, lines, .. } = parser;
    lexed.faults = faults;
    (file, lines)
}

impl Parser<'_> {
    fn file(&mut self, file: &mut File) -> Parsed<()> {
        self.line();
        self.expect_word("model")?;
        file.name = Some(self.expect_text("the model's name")?);
        self.expect(Kind::OpenBrace)?;
        if self.is_word("partitions") {
            self.line();
            self.step();
            if self.pools(&mut file.pools).is_err() {
                self.skip_to(&["on"]);
            }
        }
        while !self.is_end() && self.peek().kind != Kind::CloseBrace {
            if self.is_word("on") {
                match self.rule() {
                    Ok(rule) => file.rules.push(rule),
                    Err(Skip) => self.skip_to(&["on"]),
                }
                continue;
            }
            self.no_rule();
            self.step();
            self.skip_to(&["on"]);
        }
        self.line();
        self.expect(Kind::CloseBrace)?;
        if self.peek().kind != Kind::End {
            let span = self.peek().span;
            let fault = Fault::new("behind-the-end", span, "the model has ended before this");
            let twice = self.is_word("model");
            let help = match twice {
                true => "a file holds exactly one model",
                false => "is there a `}` too many above?",
            };
            self.fault(fault.expected("the end of the file").help(help));
        }
        Ok(())
    }

    /// Something else stands where a rule should begin.
    fn no_rule(&mut self) {
        if self.is_word("partitions") || self.is_word("partition") {
            let span = self.peek().span;
            let message = "pools stand once, before the rules";
            self.fault(Fault::new("late-pools", span, message).expected("`on` or `}`"));
        } else {
            self.unexpected("a rule that begins with `on`, or `}`", &["on", "partitions"]);
        }
    }

    /// Goes on to one of these words at the beginning of something, or to the last brace of the file.
    fn skip_to(&mut self, words: &[&str]) {
        while !self.is_end() && !words.iter().any(|word| self.is_word(word)) {
            let last = self.at + 2 >= self.tokens.len();
            if last && self.peek().kind == Kind::CloseBrace {
                return;
            }
            self.step();
        }
    }

    fn pools(&mut self, pools: &mut Vec<Pool>) -> Parsed<()> {
        self.expect(Kind::OpenBrace)?;
        while !self.is_end() && self.peek().kind != Kind::CloseBrace {
            if self.is_word("on") {
                return Err(self.unexpected("`partition`, or `}` before the rules", &[]));
            }
            self.line();
            if !self.accept_word("partition") {
                self.unexpected("`partition` or `}`", &["partition"]);
                self.step();
                if self.peek().kind != Kind::Text {
                    self.skip_to(&["partition", "on"]);
                    continue;
                }
            }
            match self.pool() {
                Ok(pool) => pools.push(pool),
                Err(Skip) => self.skip_to(&["partition", "on"]),
            }
        }
        self.line();
        self.expect(Kind::CloseBrace)?;
        Ok(())
    }

    fn pool(&mut self) -> Parsed<Pool> {
        let name = self.expect_text("the pool's name")?;
        self.expect(Kind::OpenBrace)?;
        let mut slices = Vec::new();
        self.slices(&mut slices);
        self.line();
        self.expect(Kind::CloseBrace)?;
        Ok(Pool { name, slices })
    }

    /// Slices up to the brace that ends them.
    fn slices(&mut self, slices: &mut Vec<Slice>) {
        while !self.is_end() && self.peek().kind != Kind::CloseBrace {
            if ["partition", "on"].iter().any(|word| self.is_word(word)) {
                return;
            }
            self.line();
            let start = self.at;
            match self.slice() {
                Ok(slice) => slices.push(slice),
                Err(Skip) => self.skip_slice(start),
            }
        }
    }

    /// Goes on to a text with a number behind it, which looks like the next slice.
    fn skip_slice(&mut self, start: usize) {
        if self.at == start {
            self.step();
        }
        while !self.is_end() && self.peek().kind != Kind::CloseBrace {
            let slice = self.peek().kind == Kind::Text && self.behind() == Some(Kind::Number);
            if slice || self.is_word("partition") || self.is_word("on") {
                return;
            }
            self.step();
        }
    }

    fn slice(&mut self) -> Parsed<Slice> {
        let feature = match self.is_bare_feature() {
            true => self.bare_feature(),
            false => self.expect_text("a feature's name")?,
        };
        if self.peek().kind != Kind::Number {
            return Err(self.unexpected("a version such as 1.0", &[]));
        }
        let version = self.step().span;
        let amount = self.amount()?;
        let mut slice =
            Slice { version, amount, max: None, matches: Vec::new(), span: feature.span, feature };
        while self.peek().kind == Kind::Word
            && !self.is_word("partition")
            && !self.is_word("on")
            && !self.is_bare_feature()
        {
            if self.term(&mut slice).is_err() {
                self.skip_slice(self.at);
                break;
            }
        }
        slice.span = slice.span.to(self.last_span());
        Ok(slice)
    }

    /// A feature's name without quotes: a word before a number that is not near to any word that may stand here.
    fn is_bare_feature(&self) -> bool {
        let word = self.peek();
        word.kind == Kind::Word
            && self.behind() == Some(Kind::Number)
            && nearest(self.written(word), TERMS.into_iter()).is_none()
    }

    fn bare_feature(&mut self) -> Text {
        // The fault is told, and the slice is read on.
        let _ = self.expect_text("a feature's name");
        let word = self.step();
        Text { value: self.written(word).to_owned(), span: word.span }
    }

    fn amount(&mut self) -> Parsed<Amount> {
        const EXPECTED: &str = "a count, a percentage such as 60% or `remainder`";
        if self.accept_word("remainder") {
            return Ok(Amount::Remainder);
        }
        if self.peek().kind != Kind::Number {
            return Err(self.unexpected(EXPECTED, &["remainder"]));
        }
        let number = self.step().span;
        Ok(if self.accept(Kind::Percent) { Amount::Percent(number) } else { Amount::Count(number) })
    }

    /// What may stand behind the amount: `max` or a match.
    fn term(&mut self, slice: &mut Slice) -> Parsed<()> {
        let start = self.peek().span;
        if self.accept_word("max") {
            if slice.max.is_some() {
                self.fault(Fault::new("twice", start, "`max` stands twice in this slice"));
            }
            slice.max = Some(self.expect(Kind::Number)?.span);
            return Ok(());
        }
        let attributes = [
            ("vendor", "string", Attribute::VendorString),
            ("product", "name", Attribute::ProductName),
            ("activation", "ID", Attribute::ActivationId),
        ];
        let found = attributes.iter().find(|(first, _, _)| self.is_word(first));
        let Some((_, second, attribute)) = found else {
            let expected = "`max`, `vendor string`, `product name`, `activation ID`, the next \
                            slice or `}`";
            return Err(self.unexpected(expected, &TERMS));
        };
        self.step();
        self.expect_word(second)?;
        self.expect_word("matches")?;
        let pattern = self.expect_text("what it must match")?;
        let span = start.to(pattern.span);
        if slice.matches.iter().any(|other| other.attribute == *attribute) {
            let message = "the same is matched twice in this slice";
            self.fault(Fault::new("twice", span, message));
        }
        slice.matches.push(Match { attribute: *attribute, pattern });
        Ok(())
    }

    fn rule(&mut self) -> Parsed<Rule> {
        self.line();
        let start = self.step().span;
        let condition = condition(self);
        if condition.is_err() {
            self.skip_until(|kind| matches!(kind, Kind::OpenBrace | Kind::CloseBrace));
        }
        if self.peek().kind != Kind::OpenBrace {
            condition?;
            return Err(self.unexpected("`and`, `or` or `{`", &["and", "or"]));
        }
        self.step();
        // What is wrong in one half of a rule does not hide what is wrong in the other.
        let condition = condition.unwrap_or(Condition::Any);
        let span = start.to(self.last_span());
        let mut rule = Rule { condition, uses: Vec::new(), spec: None, action: None, span };
        if self.body(&mut rule).is_err() {
            self.skip_until(|kind| kind == Kind::CloseBrace);
            self.accept(Kind::CloseBrace);
        }
        rule.span = start.to(self.last_span());
        Ok(rule)
    }

    /// Goes on to such a token, within this rule.
    fn skip_until(&mut self, wanted: fn(Kind) -> bool) {
        let mut depth = 0_usize;
        while !self.is_end() && !self.is_word("on") {
            match self.peek().kind {
                kind if depth == 0 && wanted(kind) => return,
                Kind::OpenBrace => depth += 1,
                Kind::CloseBrace => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.step();
        }
    }

    fn body(&mut self, rule: &mut Rule) -> Parsed<()> {
        if self.is_word("use") {
            self.line();
            self.step();
            rule.uses = self.texts("a pool's name")?;
        }
        if self.is_word("without") {
            rule.spec = Some(self.spec()?);
        }
        const ACTIONS: [(&str, Action); 3] =
            [("accept", Action::Accept), ("deny", Action::Deny), ("continue", Action::Continue)];
        if let Some((_, found)) = ACTIONS.iter().find(|(word, _)| self.is_word(word)) {
            self.line();
            self.step();
            rule.action = Some(*found);
        }
        self.line();
        if self.peek().kind != Kind::CloseBrace {
            return Err(self.late_part(rule));
        }
        self.step();
        Ok(())
    }

    /// Something stands in a rule that should stand before, or not at all.
    fn late_part(&mut self, rule: &Rule) -> Skip {
        let (uses, spec) = (!rule.uses.is_empty(), rule.spec.is_some());
        let action = rule.action.is_some();
        let mut open = Vec::new();
        if !uses && !spec && !action {
            open.push("use");
        }
        if !spec && !action {
            open.push("without");
        }
        if !action {
            open.extend(["accept", "deny", "continue"]);
        }
        let listed: Vec<String> = open.iter().map(|word| format!("`{word}`")).collect();
        let expected = match listed.is_empty() {
            true => "`}`".to_owned(),
            false => format!("{} or `}}`", listed.join(", ")),
        };
        let early = [(self.is_word("use"), "use"), (self.is_word("without"), "without")];
        let skip = self.unexpected(&expected, &open);
        if let (Some((_, word)), Some(fault)) =
            (early.iter().find(|(is, _)| *is), self.faults.last_mut())
        {
            fault.help = Some(format!(
                "the order is `use`, `without requested features`, then the action; `{word}` comes \
                 once"
            ));
        }
        skip
    }

    fn spec(&mut self) -> Parsed<Spec> {
        self.line();
        self.step();
        self.expect_word("requested")?;
        self.expect_word("features")?;
        self.expect(Kind::OpenBrace)?;
        let spec = if self.is_word("all") {
            self.line();
            self.step();
            self.expect_word("from")?;
            Spec::AllFrom(self.texts("a pool's name")?)
        } else {
            let mut slices = Vec::new();
            self.slices(&mut slices);
            Spec::Slices(slices)
        };
        self.line();
        self.expect(Kind::CloseBrace)?;
        Ok(spec)
    }
}
