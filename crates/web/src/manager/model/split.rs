//! Splitting the seats of a feature without knowing the language: a form that writes the text.
//!
//! Kept here: what it writes is a draft like any other, shown, checked and tried before anything changes; a form that
//! can't be meant is told at once, with everything typed still there. Deliberately not here: the text (splitting).

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::Extension;
use axum::http::StatusCode;
use tenure_api::{FeatureSummary, Page};

use super::draft::{Draft, Drafts};
use super::reading::{draft_of, in_force};
use super::splitting::{Amount, Part, Split, Who};
use crate::component::{Notice, Tone};
use crate::form::Form;
use crate::icon::Icon;
use crate::site::show;
use crate::staff::{Answer, Asked, Desk, Member, Sent};
use crate::words::so_many;

/// Most pools of one form, most names of a list, most features to choose from.
const ROWS_MAX: usize = 20;
const NAMES_MAX: usize = 2_000;
const FEATURES_MAX: u32 = 200;

/// Kinds of people, by their word in the form.
const KINDS: &[(&str, &str)] = &[
    ("user", "these users"),
    ("group", "members of these reservation groups"),
    ("hostname", "devices of these names"),
    ("hostid", "devices of these host IDs"),
    ("said", "who say this in their dictionary"),
    ("any", "everybody"),
    ("nobody", "only whom reservations name"),
];

/// How much, by its word in the form.
const UNITS: &[(&str, &str)] =
    &[("percent", "% of all"), ("seats", "seats"), ("rest", "all that is left")];

/// A pool as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Row {
    pool: String,
    amount: String,
    unit: String,
    max: String,
    kind: String,
    names: String,
    key: String,
}

impl Row {
    fn new() -> Self {
        Self { unit: "percent".to_owned(), kind: "user".to_owned(), ..Self::default() }
    }

    fn of(form: &Form, number: usize) -> Self {
        let text = |name: &str| form.text(&format!("{name}-{number}")).to_owned();
        Self {
            pool: text("pool"),
            amount: text("amount"),
            unit: text("unit"),
            max: text("max"),
            kind: text("kind"),
            names: text("names"),
            key: text("key"),
        }
    }

    fn is_empty(&self) -> bool {
        [&self.pool, &self.amount, &self.names, &self.key].iter().all(|text| text.is_empty())
    }
}

#[derive(Template)]
#[template(path = "manager/model/split.html")]
struct SplitPage {
    desk: Desk,
    notice: Option<Notice>,
    features: Vec<FeatureSummary>,
    /// There are more features than can be chosen from.
    types_feature: bool,
    feature: String,
    rows: Vec<Row>,
    may_add: bool,
    /// What there is to add to, in words; none where there is nothing.
    present: Option<String>,
    draft: String,
    adds: bool,
    with_default: bool,
    refuses_others: bool,
}

/// What was filled in.
struct Typed {
    feature: String,
    rows: Vec<Row>,
    draft: Option<u64>,
    adds: bool,
    with_default: bool,
    refuses_others: bool,
}

impl Typed {
    fn of(form: &Form) -> Self {
        let count = form.text("rows").parse().unwrap_or(2_usize).clamp(1, ROWS_MAX);
        Self {
            feature: form.text("feature").to_owned(),
            rows: (1..=count).map(|number| Row::of(form, number)).collect(),
            draft: form.text("draft").parse().ok(),
            adds: form.text("base") != "new",
            with_default: form.text("with_default") == "yes",
            refuses_others: form.text("refuses_others") == "yes",
        }
    }
}

/// `GET /model/split`, `?feature=&draft=`.
pub(super) async fn ask(me: Member, drafts: Extension<Drafts>, asked: Asked) -> Answer {
    let typed = Typed {
        feature: asked.text("feature").to_owned(),
        rows: vec![
            Row::new(),
            Row { unit: "rest".to_owned(), kind: "any".to_owned(), ..Row::new() },
        ],
        draft: asked.text("draft").parse().ok(),
        adds: true,
        with_default: true,
        refuses_others: false,
    };
    page(&me, &drafts, typed, None).await
}

async fn page(me: &Member, drafts: &Drafts, typed: Typed, notice: Option<Notice>) -> Answer {
    let path = format!("/api/v1/features/summary?size={FEATURES_MAX}&sort=name");
    let (found, present) =
        tokio::join!(me.get::<Page<FeatureSummary>>(&path), present(me, drafts, typed.draft));
    let (found, present) = (found?, present?);
    let status = match &notice {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let page = SplitPage {
        desk: me.desk("Split seats between pools"),
        notice,
        types_feature: found.total > u64::from(FEATURES_MAX),
        features: found.items,
        feature: typed.feature,
        may_add: typed.rows.len() < ROWS_MAX,
        rows: typed.rows,
        present: present.map(|present| present.words),
        draft: typed.draft.map(|id| id.to_string()).unwrap_or_default(),
        adds: typed.adds,
        with_default: typed.with_default,
        refuses_others: typed.refuses_others,
    };
    Ok(show(status, &page))
}

/// A text that a split can be added to.
struct Present {
    words: String,
    text: String,
}

async fn present(
    me: &Member,
    drafts: &Drafts,
    draft: Option<u64>,
) -> Result<Option<Present>, axum::response::Response> {
    if let Some(id) = draft {
        let draft = draft_of(me, drafts, id).await?;
        let words = format!("the text of draft {id}");
        return Ok(Some(Present { words, text: draft.text.to_string() }));
    }
    let model = in_force(me).await?;
    Ok(model.map(|model| Present {
        words: format!("the model in force, version {}", model.version.version),
        text: model.text,
    }))
}

/// `POST /model/split`: the text as a draft, or one line more in the form.
pub(super) async fn make(drafts: Extension<Drafts>, Sent { me, form }: Sent) -> Answer {
    let mut typed = Typed::of(&form);
    if form.text("act") == "more" {
        if typed.rows.len() < ROWS_MAX {
            typed.rows.push(Row::new());
        }
        let mut answer = page(&me, &drafts, typed, None).await?;
        *answer.status_mut() = StatusCode::OK;
        return Ok(answer);
    }
    let again = |typed, why: String| {
        let notice = Notice::new(Tone::Bad, "Something is missing", why);
        page(&me, &drafts, typed, Some(notice))
    };
    let feature = match feature_of(&me, &typed.feature).await {
        Ok(feature) => feature,
        Err(why) => return again(typed, why).await,
    };
    let parts = match parts(&typed.rows) {
        Ok(parts) => parts,
        Err(why) => return again(typed, why).await,
    };
    let split = Split {
        feature: feature.name.clone(),
        version: feature.versions.first().map_or("1.0".to_owned(), ToString::to_string),
        parts,
        with_default: typed.with_default,
        refuses_others: typed.refuses_others,
    };
    let present = if typed.adds { present(&me, &drafts, typed.draft).await? } else { None };
    let Some(text) = split.text(present.as_ref().map(|present| present.text.as_str())) else {
        let why = "The present text has errors, so nothing can be added to it. Mend them first, or write a new text.";
        return again(typed, why.to_owned()).await;
    };
    let base = match typed.draft {
        Some(id) => draft_of(&me, &drafts, id).await?.base,
        None => in_force(&me).await?.map(|model| model.version.version),
    };
    let from = format!("Seats of {} split between pools", feature.name);
    let id = drafts.add(&me, Draft { text: text.into(), base, from });
    let told = "This is the text your answers make. Nothing has changed yet: see below what a check says, then try it.";
    let notice = Notice::new(Tone::Good, "The text is written", told)
        .then(format!("/model/what-if/new?draft={id}"), "Try it on last week's requests");
    Ok(me.done(notice, &format!("/model/draft/{id}")))
}

/// The feature that is split.
async fn feature_of(me: &Member, name: &str) -> Result<FeatureSummary, String> {
    if name.is_empty() {
        return Err("Choose the feature whose seats are to be split.".to_owned());
    }
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("q", name).finish();
    let path = format!("/api/v1/features/summary?size=1000&{query}");
    let found: Page<FeatureSummary> =
        me.api().get(&path).await.map_err(|trouble| trouble.detail())?;
    let found = found.items.into_iter().find(|row| row.name == name);
    found.ok_or_else(|| {
        let short: String = name.chars().take(80).collect();
        format!("This server has no license for “{short}”. Write it as it stands under Features.")
    })
}

/// What was typed as pools; a line that was left empty is none.
fn parts(rows: &[Row]) -> Result<Vec<Part>, String> {
    let mut named = BTreeSet::new();
    let mut parts = Vec::new();
    let (mut percent, mut rests) = (0, 0);
    for (place, row) in rows.iter().enumerate().filter(|(_, row)| !row.is_empty()) {
        let part = part(row, named.contains(&row.pool))
            .map_err(|why| format!("Pool {}: {why}", place + 1))?;
        named.insert(row.pool.clone());
        match part.amount {
            Amount::Percent(share) => percent += share,
            Amount::Rest => rests += 1,
            _ => {}
        }
        parts.push(part);
    }
    if parts.is_empty() {
        return Err("Name at least one pool and say how many seats it gets.".to_owned());
    }
    if percent > 100 {
        return Err(format!(
            "Together the pools get {percent} % of the seats. Give at most 100 %."
        ));
    }
    if rests > 1 {
        return Err("Only one pool can get all that is left.".to_owned());
    }
    Ok(parts)
}

fn part(row: &Row, is_named: bool) -> Result<Part, String> {
    if row.pool.is_empty() {
        return Err("give it a name.".to_owned());
    }
    if ["default", "reservations"].contains(&row.pool.as_str()) {
        return Err(
            "default and reservations are names of the server's own. Choose another.".to_owned()
        );
    }
    if row.pool.chars().count() > 256 || row.pool.chars().any(char::is_control) {
        return Err("a name has 1 to 256 characters on one line.".to_owned());
    }
    let count = row.amount.trim_end_matches('%').trim();
    let amount = match (row.unit.as_str(), count) {
        ("rest", _) => Amount::Rest,
        (_, "") if is_named => Amount::Named,
        ("seats", count) => count
            .parse()
            .ok()
            .filter(|count| (1..=1_000_000_000).contains(count))
            .map(Amount::Seats)
            .ok_or("say how many seats it gets, a whole number.")?,
        (_, count) => count
            .parse()
            .ok()
            .filter(|share| (1..=100).contains(share))
            .map(Amount::Percent)
            .ok_or("say how many percent it gets, from 1 to 100.")?,
    };
    let amount = if is_named && row.unit == "rest" { Amount::Named } else { amount };
    let max = match row.max.as_str() {
        "" => None,
        text => Some(
            text.parse()
                .ok()
                .filter(|max| (1..=1_000_000).contains(max))
                .ok_or("the most for one device is a whole number, or empty.")?,
        ),
    };
    Ok(Part { pool: row.pool.clone(), amount, max, who: who(row)? })
}

fn who(row: &Row) -> Result<Who, String> {
    if matches!(row.kind.as_str(), "any" | "nobody") {
        return Ok(if row.kind == "any" { Who::Everybody } else { Who::Nobody });
    }
    let names: BTreeSet<&str> =
        row.names.split(['\n', ',']).map(str::trim).filter(|name| !name.is_empty()).collect();
    if names.is_empty() {
        return Err("name who may take from it, or choose everybody.".to_owned());
    }
    if names.len() > NAMES_MAX {
        let many = so_many(names.len() as u64, "name", "names");
        return Err(format!(
            "{many} are too many here. Make a reservation group of them and name the group."
        ));
    }
    if let Some(name) = names.iter().find(|name| name.chars().any(char::is_control)) {
        let shown: String = name.chars().filter(|c| !c.is_control()).take(40).collect();
        return Err(format!("“{shown}” has characters that can't stand in a name."));
    }
    let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
    Ok(match row.kind.as_str() {
        "group" => Who::Groups(names),
        "hostname" => Who::HostNames(names),
        "hostid" => Who::HostIds(names),
        "said" if row.key.is_empty() => {
            return Err("name the key of the dictionary, for example dept.".to_owned());
        }
        "said" => Who::Said(row.key.clone(), names),
        _ => Who::Users(names),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(pool: &str, amount: &str, unit: &str, kind: &str, names: &str) -> Row {
        let [pool, amount, unit, kind, names] =
            [pool, amount, unit, kind, names].map(str::to_owned);
        Row { pool, amount, unit, kind, names, ..Row::default() }
    }

    #[test]
    fn what_is_typed_is_a_split() {
        let found = parts(&[
            row("design", "60 %", "percent", "user", "bob, ann\n\nann"),
            row("", "", "percent", "user", ""),
            row("design", "", "percent", "group", "g"),
            row("rest", "", "rest", "any", ""),
        ])
        .expect("a split");
        let users = ["ann", "bob"].map(str::to_owned).to_vec();
        assert_eq!((found[0].amount, &found[0].who), (Amount::Percent(60), &Who::Users(users)));
        assert_eq!(found[1].amount, Amount::Named);
        assert_eq!((found[2].amount, &found[2].who), (Amount::Rest, &Who::Everybody));
    }

    #[test]
    fn what_can_not_be_meant_is_told() {
        let fault = |rows: &[Row]| parts(rows).expect_err("a fault");
        let told = [
            fault(&[]),
            fault(&[row("", "3", "seats", "any", "")]),
            fault(&[row("default", "3", "seats", "any", "")]),
            fault(&[row("a", "", "seats", "any", "")]),
            fault(&[row("a", "101", "percent", "any", "")]),
            fault(&[row("a", "60", "percent", "any", ""), row("b", "50", "percent", "any", "")]),
            fault(&[row("a", "", "rest", "any", ""), row("b", "", "rest", "any", "")]),
            fault(&[row("a", "3", "seats", "user", " ,\n")]),
            fault(&[row("a", "3", "seats", "said", "x")]),
        ];
        expect_test::expect![[r#"
            Name at least one pool and say how many seats it gets.
            Pool 1: give it a name.
            Pool 1: default and reservations are names of the server's own. Choose another.
            Pool 1: say how many seats it gets, a whole number.
            Pool 1: say how many percent it gets, from 1 to 100.
            Together the pools get 110 % of the seats. Give at most 100 %.
            Only one pool can get all that is left.
            Pool 1: name who may take from it, or choose everybody.
            Pool 1: name the key of the dictionary, for example dept."#]]
        .assert_eq(&told.join("\n"));
    }
}
