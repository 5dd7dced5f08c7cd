//! Fields of forms: what was typed, what a field means, and what is wrong with it, in one place.
//!
//! Kept here: whatever was refused, what was typed is still there; a fault stands at the field it is about; every field
//! says what it does. Deliberately not here: which fields a form has, what the API makes of them.

use askama::Template;
use askama::filters::HtmlSafe;
use tenure_document::Time;

use super::decided::sentence;
use crate::backend::Trouble;
use crate::component::{Notice, Tone};
use crate::form::Form;
use crate::icon::Icon;
use crate::site::refusal;
use crate::words::plain;

/// What makes an instant out of a day (UTC).
const BEGINS: &str = "T00:00:00Z";
const ENDS: &str = "T23:59:59.999Z";

/// The day that begins at an instant; any other instant whole.
pub(crate) fn day_begun(at: Time) -> String {
    day(at, BEGINS)
}

/// The day that ends at an instant; any other instant whole.
pub(crate) fn day_ended(at: Time) -> String {
    day(at, ENDS)
}

fn day(at: Time, rest: &str) -> String {
    let exact = at.to_string();
    exact.strip_suffix(rest).map(str::to_owned).unwrap_or(exact)
}

/// What a form holds: as it was typed, or as the thing is that is changed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Typed {
    pairs: Vec<(String, String)>,
    faults: Vec<(String, String)>,
}

impl Typed {
    /// What was typed into a form.
    pub(crate) fn of(form: &Form) -> Self {
        let pairs = form.with_prefix("").map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self { pairs: pairs.collect(), faults: Vec::new() }
    }

    /// The text of a field; empty where there is none.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.pairs.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }

    /// The text of a field, where it is not empty.
    pub(crate) fn some(&self, name: &str) -> Option<String> {
        Some(self.text(name)).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// All values of a field of choices.
    pub(crate) fn every<'t>(&'t self, name: &'t str) -> impl Iterator<Item = &'t str> {
        self.pairs.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Whether a choice was made.
    pub(crate) fn has(&self, name: &str, value: &str) -> bool {
        self.every(name).any(|found| found == value)
    }

    /// Puts one more value into a field.
    pub(crate) fn put(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.pairs.push((name.into(), value.into()));
    }

    /// The same with one more value.
    #[must_use]
    pub(crate) fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.put(name, value);
        self
    }

    /// Says what is wrong with a field.
    pub(crate) fn fault(&mut self, name: impl Into<String>, problem: impl Into<String>) {
        self.faults.push((name.into(), problem.into()));
    }

    /// Whether nothing is wrong so far.
    pub(crate) fn is_right(&self) -> bool {
        self.faults.is_empty()
    }

    /// A number, where one was typed; what is none is a fault.
    pub(crate) fn number<N: std::str::FromStr>(&mut self, name: &str) -> Option<N> {
        let text = self.some(name)?;
        let read = text.parse().ok();
        if read.is_none() {
            self.fault(name, "This must be a whole number, and not below zero.");
        }
        read
    }

    /// A day as the instant at which it begins (UTC), or a time; what is neither is a fault.
    pub(crate) fn day_begins(&mut self, name: &str) -> Option<Time> {
        self.instant(name, BEGINS)
    }

    /// A day as the instant at which it ends (UTC), or a time; what is neither is a fault.
    pub(crate) fn day_ends(&mut self, name: &str) -> Option<Time> {
        self.instant(name, ENDS)
    }

    fn instant(&mut self, name: &str, rest: &str) -> Option<Time> {
        let text = self.some(name)?;
        let read = text.parse().or_else(|_| format!("{text}{rest}").parse()).ok();
        if read.is_none() {
            self.fault(name, "This must be a day such as 2027-12-31.");
        }
        read
    }

    /// What the head of the page says when fields are wrong here already.
    pub(crate) fn notice(&self) -> Notice {
        let text = match self.faults.as_slice() {
            [(_, one)] => one.clone(),
            several => format!("{} fields are wrong; each says what is.", several.len()),
        };
        Notice::new(Tone::Bad, "Nothing was saved yet", text)
    }

    /// What the head of the page says after the API refused; a fault that names a member is put at its field, whose
    /// name `field` tells by the member's.
    pub(crate) fn refused(&mut self, trouble: &Trouble, field: impl Fn(&str) -> String) -> Notice {
        let detail = trouble.detail();
        // A detail is a sentence: the member it begins with has a capital.
        let named = detail.split_once(": ").filter(|(member, _)| !member.contains(' '));
        let Some((member, problem)) = named else {
            return refusal(trouble);
        };
        let mut member = member.to_owned();
        if let Some(first) = member.get_mut(0..1) {
            first.make_ascii_lowercase();
        }
        let problem = sentence(problem);
        let text = format!("{}: {problem}", words(&member));
        self.fault(field(&member), problem);
        Notice::new(Tone::Bad, "Nothing was saved yet", text)
    }

    /// Why a form that was opened at another revision of its thing is not saved; `here` is the thing's page.
    pub(crate) fn overtaken(&self, revision: u32, here: &str) -> Option<Notice> {
        if self.text("revision") == revision.to_string() {
            return None;
        }
        let text = "Somebody else saved a change while this form was open. Nothing of yours was saved; it still stands \
                    below. Look at what is there now, then load the form again.";
        let notice = Notice::new(Tone::Bad, "It was changed in the meantime", text);
        Some(notice.then(here, "Look at it as it is now"))
    }

    /// A field with what was typed into it and what is wrong with it.
    pub(crate) fn field(&self, name: impl Into<String>, label: impl Into<String>) -> Field {
        let name = name.into();
        let wrong = self.faults.iter().find(|(found, _)| *found == name);
        Field {
            label: label.into(),
            value: self.text(&name).to_owned(),
            hint: String::new(),
            wrong: wrong.map(|(_, problem)| problem.clone()),
            kind: Kind::Text,
            required: false,
            whole: false,
            name,
        }
    }

    /// A field whose choices are made of `(value, words, note)`; one is chosen by what was typed.
    pub(crate) fn choice(
        &self,
        name: impl Into<String>,
        label: impl Into<String>,
        choices: &[(&str, &str, &str)],
    ) -> Field {
        let mut field = self.field(name, label);
        let chosen = |value: &str| self.has(&field.name, value);
        let choices = choices.iter().map(|(value, words, note)| Choice {
            value: (*value).to_owned(),
            words: (*words).to_owned(),
            note: (*note).to_owned(),
            chosen: chosen(value),
        });
        field.kind = Kind::Select(choices.collect());
        field
    }
}

/// The last part of a member's name, for people.
fn words(member: &str) -> String {
    let last = member.rsplit('.').next().unwrap_or(member);
    plain(&last.replace('_', "-"))
}

/// A field of a form.
#[derive(Debug, Clone, Template)]
#[template(path = "console/field.html")]
pub(crate) struct Field {
    pub(crate) name: String,
    label: String,
    value: String,
    hint: String,
    wrong: Option<String>,
    kind: Kind,
    required: bool,
    whole: bool,
}

impl HtmlSafe for Field {}

#[derive(Debug, Clone)]
enum Kind {
    Text,
    Id,
    Number { least: u64, most: u64 },
    Day,
    Area,
    Select(Vec<Choice>),
    Radio(Vec<Choice>),
    Ticks(Vec<Choice>),
    Suggested(&'static str),
}

/// One of several.
#[derive(Debug, Clone)]
pub(crate) struct Choice {
    value: String,
    words: String,
    note: String,
    chosen: bool,
}

impl Field {
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    #[must_use]
    pub(crate) fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// It takes the whole width of its form.
    #[must_use]
    pub(crate) fn whole(mut self) -> Self {
        self.whole = true;
        self
    }

    #[must_use]
    pub(crate) fn id(mut self) -> Self {
        self.kind = Kind::Id;
        self
    }

    #[must_use]
    pub(crate) fn number(mut self, least: u64, most: u64) -> Self {
        self.kind = Kind::Number { least, most };
        self
    }

    /// A day. A field for days would lose a time of day that is there already: that one stays a text.
    #[must_use]
    pub(crate) fn day(mut self) -> Self {
        if !self.value.contains('T') {
            self.kind = Kind::Day;
        }
        self
    }

    #[must_use]
    pub(crate) fn area(mut self) -> Self {
        self.kind = Kind::Area;
        self.whole()
    }

    /// A text with suggestions out of the `<datalist>` with this ID.
    #[must_use]
    pub(crate) fn suggested(mut self, list: &'static str) -> Self {
        self.kind = Kind::Suggested(list);
        self
    }

    /// Its choices stand one below the other, each with its note.
    #[must_use]
    pub(crate) fn radio(mut self) -> Self {
        if let Kind::Select(choices) = self.kind {
            self.kind = Kind::Radio(choices);
        }
        self.whole()
    }

    /// Several of its choices can be made.
    #[must_use]
    pub(crate) fn ticks(mut self) -> Self {
        if let Kind::Select(choices) = self.kind {
            self.kind = Kind::Ticks(choices);
        }
        self.whole()
    }

    /// What describes it for those who do not see it.
    fn described(&self) -> String {
        match (&self.wrong, self.hint.is_empty()) {
            (Some(_), true) => format!("{}-wrong", self.name),
            (Some(_), false) => format!("{0}-wrong {0}-hint", self.name),
            (None, _) => format!("{}-hint", self.name),
        }
    }

    fn is_described(&self) -> bool {
        self.wrong.is_some() || !self.hint.is_empty()
    }
}

/// A part of a long form.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) title: &'static str,
    pub(crate) text: &'static str,
    pub(crate) fields: Vec<Field>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_escape_what_was_typed_and_keep_it() {
        let hostile = "\"><script>alert('1')</script>";
        let mut typed = Typed::default().with("name", hostile).with("days", "ten");
        typed.fault("name", hostile);
        assert_eq!(typed.number::<u32>("days"), None);
        assert!(!typed.is_right());
        let kinds = [
            typed.field("name", hostile).hint(hostile),
            typed.field("name", hostile).area(),
            typed.choice("name", hostile, &[(hostile, hostile, hostile)]),
            typed.choice("name", hostile, &[(hostile, hostile, hostile)]).radio(),
            typed.choice("name", hostile, &[(hostile, hostile, hostile)]).ticks(),
        ];
        for field in kinds {
            let html = field.to_string();
            assert!(!html.contains("<script") && html.contains("alert("), "{html}");
            assert!(html.contains("aria-invalid"), "{html}");
        }
        assert!(typed.field("days", "Days").number(1, 9).to_string().contains("value=\"ten\""));
    }

    #[test]
    fn a_refusal_stands_at_the_field_it_is_about() {
        let refused = |detail: &str| {
            let problem = tenure_api::Problem::new(422, "bad-value", "Refused", detail);
            let mut typed = Typed::default().with("email-0", "x");
            let notice = typed.refused(&Trouble::Problem(Box::new(problem)), |member| {
                member.replace("contacts[0].email", "email-0")
            });
            (typed.field("email-0", "E-mail").to_string(), notice)
        };
        let (field, notice) = refused("Contacts[0].email: is not an address.");
        assert!(field.contains("Is not an address."), "{field}");
        assert_eq!(notice.text, "Email: Is not an address.");
        let (field, notice) = refused("There is no customer: ask for another one.");
        assert!(!field.contains("aria-invalid"), "{field}");
        assert_eq!(notice.text, "There is no customer: ask for another one.");
    }

    #[test]
    fn days_begin_and_end() {
        let mut typed = Typed::default().with("day", "2027-12-31").with("odd", "soon");
        let told = |at: Option<Time>| at.map(|at| at.to_string());
        assert_eq!(told(typed.day_begins("day")).as_deref(), Some("2027-12-31T00:00:00Z"));
        assert_eq!(told(typed.day_ends("day")).as_deref(), Some("2027-12-31T23:59:59.999Z"));
        assert_eq!(typed.day_ends("none"), None);
        assert!(typed.is_right());
        assert_eq!(typed.day_ends("odd"), None);
        assert!(!typed.is_right());
    }
}
