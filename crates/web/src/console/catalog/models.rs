//! License models: the list, one of them read back in sentences, its form, and the end of its sale.
//!
//! Kept here: the form can be checked before it is saved, and is read back then; nobody overwrites what somebody else
//! changed in the meantime; a new model never overwrites one that is there.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::Page;
use tenure_api::office::{LicenseModel, LicenseModelRequest, LicenseTerms};

use super::super::field::{Field, Group, Typed};
use super::tabs::{Part, Tabs};
use super::{model_form, plain_terms};
use crate::address::segment;
use crate::backend::Trouble;
use crate::component::{Badge, Link, Notice, Tone};
use crate::icon::Icon;
use crate::site::{refusal, show};
use crate::staff::{Answer, Asked, Column, Desk, List, Member, Question, Sent, sheet};

const COLUMNS: &[Column] =
    &[Column::sorted("License model", "name"), Column::text("Terms"), Column::text("State")];
const API: &str = "/api/v1/license-models";

/// The page of a license model.
pub(super) fn page_of(name: &str) -> String {
    format!("/console/catalog/models/{}", segment(name))
}

#[derive(Template)]
#[template(path = "console/catalog/models.html")]
struct ListPage {
    desk: Desk,
    tabs: Tabs,
    list: List,
    rows: Vec<(LicenseModel, String, Badge)>,
    may: bool,
}

fn badge(model: &LicenseModel) -> Badge {
    match model.retired {
        true => Badge::new(Tone::Idle, "Retired"),
        false => Badge::new(Tone::Good, "Sold under"),
    }
}

/// `GET /console/catalog/models`.
pub(super) async fn list(me: Member, asked: Asked) -> Answer {
    let found: Page<LicenseModel> = me.get(&asked.to_api(&me, API, &[])).await?;
    let list = List::new(&me, &asked, COLUMNS, found.total);
    let rows = found.items.into_iter().map(|one| {
        let (href, badge) = (page_of(&one.name), badge(&one));
        (one, href, badge)
    });
    let rows = rows.collect();
    let (desk, may) = (me.desk("License models"), me.may("catalog"));
    Ok(show(StatusCode::OK, &ListPage { desk, tabs: Tabs(Part::Models), list, rows, may }))
}

/// `GET /console/catalog/models.csv`.
pub(super) async fn file(me: Member, asked: Asked) -> Answer {
    let found: Vec<LicenseModel> =
        me.all(API, &asked.filters(&[])).await.map_err(|trouble| me.sorry(&trouble))?;
    let heads = ["license_model", "description", "terms", "retired", "revision"];
    let rows = found.into_iter().map(|one| {
        let retired = if one.retired { "yes" } else { "no" };
        [one.name, one.description, one.summary, retired.to_owned(), one.revision.to_string()]
    });
    Ok(sheet("license-models.csv", &heads, rows))
}

#[derive(Template)]
#[template(path = "console/catalog/model.html")]
struct DetailPage {
    desk: Desk,
    model: LicenseModel,
    badge: Badge,
    here: String,
    sentences: Vec<String>,
    json: String,
    may: bool,
}

async fn found(me: &Member, name: &str) -> Result<LicenseModel, Response> {
    match me.api().get(&format!("{API}/{}", segment(name))).await {
        Ok(model) => Ok(model),
        Err(trouble) if trouble.status() == StatusCode::NOT_FOUND => {
            let (href, words) = ("/console/catalog/models", "All license models");
            let back = Link { href: href.to_owned(), words: words.to_owned() };
            Err(me.nothing(&trouble.detail(), back))
        }
        Err(trouble) => Err(me.sorry(&trouble)),
    }
}

/// `GET /console/catalog/models/{name}`.
pub(super) async fn detail(me: Member, Path(name): Path<String>) -> Answer {
    let model = found(&me, &name).await?;
    let page = DetailPage {
        desk: me.desk(model.name.clone()),
        badge: badge(&model),
        here: page_of(&model.name),
        sentences: plain_terms::sentences(&model.terms),
        json: serde_json::to_string_pretty(&model.terms).unwrap_or_default(),
        may: me.may("catalog"),
        model,
    };
    Ok(show(StatusCode::OK, &page))
}

#[derive(Template)]
#[template(path = "console/catalog/model_form.html")]
struct FormPage {
    desk: Desk,
    notice: Option<Notice>,
    action: String,
    back: Link,
    is_new: bool,
    head: Vec<Field>,
    groups: Vec<Group>,
    sentences: Vec<String>,
    revision: String,
}

fn page(
    me: &Member,
    status: StatusCode,
    name: Option<&str>,
    typed: &Typed,
    (notice, sentences): (Option<Notice>, Vec<String>),
) -> Response {
    let mut head = Vec::new();
    if name.is_none() {
        let hint = "As in subscription-1y. It stays for ever, and orders name it.";
        head.push(typed.field("name", "Name").id().required().hint(hint));
    }
    head.push(typed.field("description", "Description").whole().hint("For the staff."));
    let back = name.map_or_else(|| "/console/catalog/models".to_owned(), page_of);
    let page = FormPage {
        desk: me.desk(
            name.map_or_else(|| "New license model".to_owned(), |name| format!("Change {name}")),
        ),
        notice,
        action: match name {
            Some(name) => format!("{}/edit", page_of(name)),
            None => "/console/catalog/models/new".to_owned(),
        },
        back: Link { href: back, words: "Leave it".to_owned() },
        is_new: name.is_none(),
        head,
        groups: model_form::groups(typed),
        sentences,
        revision: typed.text("revision").to_owned(),
    };
    show(status, &page)
}

/// `GET /console/catalog/models/new`: as another one, where `like` names it.
pub(super) async fn new(me: Member, asked: Asked) -> Answer {
    me.must("catalog")?;
    let terms = match asked.text("like") {
        "" => LicenseTerms::default(),
        like => found(&me, like).await?.terms,
    };
    Ok(page(&me, StatusCode::OK, None, &model_form::typed(&terms), (None, Vec::new())))
}

/// `GET …/edit`.
pub(super) async fn edit(me: Member, Path(name): Path<String>) -> Answer {
    me.must("catalog")?;
    let model = found(&me, &name).await?;
    let typed = model_form::typed(&model.terms)
        .with("description", model.description.as_str())
        .with("revision", model.revision.to_string());
    Ok(page(&me, StatusCode::OK, Some(&model.name), &typed, (None, Vec::new())))
}

/// `POST /console/catalog/models/new`.
pub(super) async fn make(Sent { me, form }: Sent) -> Answer {
    me.must("catalog")?;
    let mut typed = Typed::of(&form);
    let name = typed.text("name").to_owned();
    if name.is_empty() {
        typed.fault("name", "Give it a name.");
    }
    let there: Result<LicenseModel, Trouble> =
        me.api().get(&format!("{API}/{}", segment(&name))).await;
    if !name.is_empty() && there.is_ok() {
        let text = "Change that one, or give the new one another name.";
        let title = format!("There is a license model {name} already");
        let notice = Notice::new(Tone::Bad, title, text).then(page_of(&name), "Look at it");
        return Ok(page(&me, StatusCode::CONFLICT, None, &typed, (Some(notice), Vec::new())));
    }
    save(&me, typed, None, &name).await
}

/// `POST …/edit`.
pub(super) async fn change(Path(name): Path<String>, Sent { me, form }: Sent) -> Answer {
    me.must("catalog")?;
    let model = found(&me, &name).await?;
    let typed = Typed::of(&form);
    if let Some(notice) = typed.overtaken(model.revision, &page_of(&model.name)) {
        let said = (Some(notice), Vec::new());
        return Ok(page(&me, StatusCode::CONFLICT, Some(&model.name), &typed, said));
    }
    save(&me, typed, Some(&model.name), &model.name).await
}

async fn save(me: &Member, mut typed: Typed, before: Option<&str>, name: &str) -> Answer {
    let terms = model_form::read(&mut typed);
    if !typed.is_right() {
        let said = (Some(typed.notice()), Vec::new());
        return Ok(page(me, StatusCode::UNPROCESSABLE_ENTITY, before, &typed, said));
    }
    if typed.has("act", "check") {
        let said = (None, plain_terms::sentences(&terms));
        return Ok(page(me, StatusCode::OK, before, &typed, said));
    }
    let asked = LicenseModelRequest { description: typed.text("description").to_owned(), terms };
    match me.api().put::<_, LicenseModel>(&format!("{API}/{}", segment(name)), &asked, None).await {
        Ok(saved) => {
            let text = match before {
                Some(_) => "It holds for what is sold from now on; what was sold keeps its terms.",
                None => "Orders can name it from now on.",
            };
            let notice = Notice::new(Tone::Good, format!("{} is saved", saved.name), text);
            Ok(me.done(notice, &page_of(&saved.name)))
        }
        Err(trouble) if trouble.status() == StatusCode::FORBIDDEN => Err(me.sorry(&trouble)),
        Err(trouble) => {
            let notice = typed.refused(&trouble, field_of);
            Ok(page(me, trouble.status(), before, &typed, (Some(notice), Vec::new())))
        }
    }
}

/// The field of a member that the API names.
fn field_of(member: &str) -> String {
    match member.strip_prefix("terms.").unwrap_or(member) {
        "usage.overdraft" => "overdraft_by",
        "usage.kind" | "usage.undo_seconds" => "undo",
        other => other,
    }
    .to_owned()
}

fn question(model: &LicenseModel) -> Question {
    let here = page_of(&model.name);
    let title = format!("Sell under {} no more?", model.name);
    let ask = Question::grave(title, format!("{here}/retire"), "Retire it", here);
    Question {
        text: model.summary.clone(),
        points: vec![
            "New orders can't name it any more, neither here nor by imports or the API.".into(),
            "Whoever bought under it keeps these terms.".into(),
            "You can sell under it again later: change it and save.".into(),
        ],
        ..ask
    }
}

/// `GET …/retire`: asks.
pub(super) async fn ask_retire(me: Member, Path(name): Path<String>) -> Answer {
    me.must("catalog")?;
    Ok(question(&found(&me, &name).await?).page(&me))
}

/// `POST …/retire`.
pub(super) async fn retire(Path(name): Path<String>, Sent { me, .. }: Sent) -> Answer {
    me.must("catalog")?;
    let model = found(&me, &name).await?;
    match me.api().delete::<()>(&format!("{API}/{}", segment(&model.name)), None).await {
        Ok(()) => {
            let title = format!("Nothing is sold under {} any more", model.name);
            let notice = Notice::new(Tone::Good, title, "Who bought under it keeps its terms.");
            Ok(me.done(notice, &page_of(&model.name)))
        }
        Err(trouble) if trouble.status() == StatusCode::FORBIDDEN => Err(me.sorry(&trouble)),
        Err(trouble) => {
            Ok(Question { notice: Some(refusal(&trouble)), ..question(&model) }.page(&me))
        }
    }
}
