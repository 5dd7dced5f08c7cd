//! Changes of one line: longer, upgraded, replaced, fewer.
//!
//! Kept here: each form says what happens in the containers that hold something of the line.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use tenure_api::office::{
    Entitlement, EntitlementLine, ExtendRequest, LineReplaceRequest, ReduceRequest, UpgradeRequest,
};

use super::super::field::Typed;
use super::act::{Act, done, sent};
use super::catalog::Catalog;
use super::detail::{api_of, found, page_of};
use super::line_fields::{terms, terms_field};
use crate::component::{Link, Notice, When};
use crate::staff::{Answer, Member, Sent};

const NEXT_CONTACT: &str = "Containers that hold something of the line get the change with their next update; nobody \
                            has to look for them.";

/// A line of an entitlement, for an act on it.
struct Place {
    one: Entitlement,
    line: EntitlementLine,
}

type Which = Path<(String, String)>;

impl Place {
    async fn found(me: &Member, (id, number): &(String, String)) -> Result<Self, Response> {
        let one = found(me, id).await?;
        match one.lines.iter().find(|line| line.line.to_string() == *number).cloned() {
            Some(line) => Ok(Self { one, line }),
            None => {
                let href = page_of(&one.activation_id);
                let back = Link { href, words: "The entitlement".to_owned() };
                Err(me.nothing(&format!("The entitlement has no line {number}."), back))
            }
        }
    }

    fn act(&self, title: &str, word: &str, button: &'static str) -> Act {
        let here = page_of(&self.one.activation_id);
        let Self { one, line } = self;
        let ends = line.ends.map(|at| format!(", until {}", When(at).day())).unwrap_or_default();
        Act {
            title: title.to_owned(),
            text: format!(
                "{} × {} ({}{ends}), line {} of {}.",
                line.bought, line.product, line.summary, line.line, one.activation_id
            ),
            points: vec![NEXT_CONTACT.to_owned()],
            fields: Vec::new(),
            suggestions: Vec::new(),
            action: format!("{here}/lines/{}/{word}", line.line),
            button,
            grave: false,
            back: Link { href: here, words: "Leave it".to_owned() },
        }
    }

    fn api(&self, word: &str) -> String {
        format!("{}/lines/{}/{word}", api_of(&self.one.activation_id), self.line.line)
    }

    /// Sends an act; what is refused comes back as `again` makes it.
    async fn send<B: Serialize>(
        &self,
        me: &Member,
        (word, asked, notice): (&str, &B, Notice),
        mut typed: Typed,
        again: impl FnOnce(&Typed) -> Act,
    ) -> Answer {
        if !typed.is_right() {
            let said = (StatusCode::UNPROCESSABLE_ENTITY, Some(typed.notice()));
            return Ok(again(&typed).page(me, said, &typed));
        }
        match sent(me, &self.api(word), asked, (typed.text("once"), notice)).await {
            Ok(answer) => Ok(answer),
            Err(trouble) if trouble.status() == StatusCode::FORBIDDEN => Err(me.sorry(&trouble)),
            Err(trouble) => {
                let notice = typed.refused(&trouble, str::to_owned);
                Ok(again(&typed).page(me, (trouble.status(), Some(notice)), &typed))
            }
        }
    }

    fn extension(&self, typed: &Typed) -> Act {
        let mut act = self.act("Let a line be used longer", "extend", "Extend it");
        act.fields = vec![
            typed
                .choice(
                    "how",
                    "How",
                    &[
                        (
                            "days",
                            "By so many days",
                            "After its end, or from now where it has ended.",
                        ),
                        ("ends", "Until a day", "It ends with that day (UTC)."),
                    ],
                )
                .radio(),
            typed.field("days", "Days").number(1, 36_500).hint("365 is a year."),
            typed.field("ends", "Last day").day(),
        ];
        act
    }

    fn upgrade(&self, typed: &Typed, catalog: &Catalog) -> Act {
        let mut act = self.act("Upgrade a line", "upgrade", "Upgrade it");
        let choices: Vec<(&str, &str, &str)> =
            self.line.upgrades_to.iter().map(|one| (one.as_str(), one.as_str(), "")).collect();
        act.points.insert(
            0,
            "All units of the line become the new product; the activation ID stays.".to_owned(),
        );
        act.fields = vec![
            typed
                .choice("product", "To", &choices)
                .hint("What the catalog says it can be upgraded to."),
            catalog.model(typed, "license_model", "The same license model as before"),
        ];
        act.suggestions = catalog.suggestions();
        act
    }

    fn replacement(&self, typed: &Typed, catalog: &Catalog) -> Act {
        let mut act = self.act("Put something else in a line's place", "replace", "Replace it");
        act.grave = true;
        act.points.insert(
            0,
            "What the customer has of the line is taken away and the new one comes in its place."
                .to_owned(),
        );
        act.fields = vec![
            catalog.product(typed, "product", "Choose a product"),
            catalog.model(typed, "license_model", "Choose a license model"),
            typed
                .field("ends", "Last day")
                .day()
                .hint("With that day (UTC). Empty: as before, or by the new validity."),
            terms_field(typed, "terms"),
        ];
        act.suggestions = catalog.suggestions();
        act
    }

    fn reduction(&self, typed: &Typed) -> Act {
        let mut act = self.act("Take units off a line", "reduce", "Take them off");
        act.grave = true;
        act.points = vec![
            format!(
                "Only free units can be taken off: {} of {} are free.",
                self.line.free, self.line.bought
            ),
            "Units that are active must be returned or withdrawn first.".to_owned(),
        ];
        act.fields = vec![
            typed.field("quantity", "How many").number(1, self.line.free.max(1)).required(),
            typed.field("reason", "Reason, for the audit"),
        ];
        act
    }
}

/// `GET …/extend`.
pub(super) async fn ask_extend(me: Member, Path(which): Which) -> Answer {
    me.must("fulfil")?;
    let place = Place::found(&me, &which).await?;
    let typed = Typed::default().with("how", "days").with("days", "365");
    Ok(place.extension(&typed).page(&me, (StatusCode::OK, None), &typed))
}

/// `POST …/extend`.
pub(super) async fn extend(Path(which): Which, Sent { me, form }: Sent) -> Answer {
    me.must("fulfil")?;
    let place = Place::found(&me, &which).await?;
    let mut typed = Typed::of(&form);
    let until = typed.has("how", "ends");
    let asked = match until {
        true => ExtendRequest { ends: typed.day_ends("ends"), days: None },
        false => ExtendRequest { ends: None, days: typed.number("days") },
    };
    if asked == ExtendRequest::default() && typed.is_right() {
        match until {
            true => typed.fault("ends", "Say the last day."),
            false => typed.fault("days", "Say how many days."),
        }
    }
    let notice = done("The line ends later", NEXT_CONTACT);
    place.send(&me, ("extend", &asked, notice), typed, |typed| place.extension(typed)).await
}

/// `GET …/upgrade`.
pub(super) async fn ask_upgrade(me: Member, Path(which): Which) -> Answer {
    me.must("fulfil")?;
    let (place, catalog) = tokio::join!(Place::found(&me, &which), Catalog::read(&me));
    let (place, catalog, typed) = (place?, catalog?, Typed::default());
    Ok(place.upgrade(&typed, &catalog).page(&me, (StatusCode::OK, None), &typed))
}

/// `POST …/upgrade`.
pub(super) async fn upgrade(Path(which): Which, Sent { me, form }: Sent) -> Answer {
    me.must("fulfil")?;
    let (place, catalog) = tokio::join!(Place::found(&me, &which), Catalog::read(&me));
    let (place, catalog, typed) = (place?, catalog?, Typed::of(&form));
    let asked = UpgradeRequest {
        product: typed.text("product").to_owned(),
        license_model: typed.some("license_model"),
    };
    let notice = done(format!("The line is {} now", asked.product), NEXT_CONTACT);
    let again = |typed: &Typed| place.upgrade(typed, &catalog);
    place.send(&me, ("upgrade", &asked, notice), typed, again).await
}

/// `GET …/replace`.
pub(super) async fn ask_replace(me: Member, Path(which): Which) -> Answer {
    me.must("fulfil")?;
    let (place, catalog) = tokio::join!(Place::found(&me, &which), Catalog::read(&me));
    let (place, catalog) = (place?, catalog?);
    let typed = Typed::default()
        .with("product", place.line.product.as_str())
        .with("license_model", place.line.license_model.as_str());
    Ok(place.replacement(&typed, &catalog).page(&me, (StatusCode::OK, None), &typed))
}

/// `POST …/replace`.
pub(super) async fn replace(Path(which): Which, Sent { me, form }: Sent) -> Answer {
    me.must("fulfil")?;
    let (place, catalog) = tokio::join!(Place::found(&me, &which), Catalog::read(&me));
    let (place, catalog, mut typed) = (place?, catalog?, Typed::of(&form));
    for (name, fault) in
        [("product", "Choose a product."), ("license_model", "Choose a license model.")]
    {
        if typed.text(name).is_empty() {
            typed.fault(name, fault);
        }
    }
    let asked = LineReplaceRequest {
        product: typed.text("product").to_owned(),
        license_model: typed.text("license_model").to_owned(),
        terms: terms(&mut typed, "terms"),
        ends: typed.day_ends("ends"),
    };
    let notice = done(format!("The line is {} now", asked.product), NEXT_CONTACT);
    let again = |typed: &Typed| place.replacement(typed, &catalog);
    place.send(&me, ("replace", &asked, notice), typed, again).await
}

/// `GET …/reduce`.
pub(super) async fn ask_reduce(me: Member, Path(which): Which) -> Answer {
    me.must("fulfil")?;
    let place = Place::found(&me, &which).await?;
    let typed = Typed::default();
    Ok(place.reduction(&typed).page(&me, (StatusCode::OK, None), &typed))
}

/// `POST …/reduce`.
pub(super) async fn reduce(Path(which): Which, Sent { me, form }: Sent) -> Answer {
    me.must("fulfil")?;
    let place = Place::found(&me, &which).await?;
    let mut typed = Typed::of(&form);
    let quantity: Option<u32> = typed.number("quantity");
    if quantity.is_none() && typed.is_right() {
        typed.fault("quantity", "Say how many.");
    }
    let asked =
        ReduceRequest { quantity: quantity.unwrap_or(0), reason: typed.text("reason").to_owned() };
    let notice = done("The units are taken off", "The others stay as they are.");
    place.send(&me, ("reduce", &asked, notice), typed, |typed| place.reduction(typed)).await
}
