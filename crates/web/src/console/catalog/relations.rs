//! How products follow one another: upgrades that can be sold, products that take the place of others.
//!
//! Kept here: taking a relation away asks first and says what it does to orders. Deliberately not here: whether the
//! products are there (the API).

use askama::Template;
use axum::http::StatusCode;
use tenure_api::Page;
use tenure_api::office::{Product, ProductRelation, RelationKind};

use super::super::field::{Field, Typed};
use super::products::page_of;
use super::tabs::{Part, Tabs};
use crate::component::{Badge, Link, Notice, Tone};
use crate::icon::Icon;
use crate::site::{refusal, show};
use crate::staff::{Answer, Asked, Column, Desk, List, Member, Question, Sent};

const COLUMNS: &[Column] = &[
    Column::text("Earlier product"),
    Column::text("How"),
    Column::text("Later product"),
    Column::text(""),
];
const API: &str = "/api/v1/product-relations";
const HERE: &str = "/console/catalog/relations";
const KINDS: [(&str, &str, &str); 2] = [
    (
        "upgrade",
        "can be upgraded to",
        "A line of the earlier product can be upgraded in an entitlement.",
    ),
    ("replaces", "is replaced by", "The later one is sold in its place."),
];

#[derive(Template)]
#[template(path = "console/catalog/relations.html")]
struct ListPage {
    desk: Desk,
    tabs: Tabs,
    notice: Option<Notice>,
    list: List,
    rows: Vec<Row>,
    fields: [Field; 3],
    products: Vec<String>,
    may: bool,
}

struct Row {
    from: Link,
    kind: Badge,
    to: Link,
    remove: String,
}

fn words(kind: RelationKind) -> &'static str {
    match kind {
        RelationKind::Upgrade => "can be upgraded to",
        RelationKind::Replaces => "is replaced by",
    }
}

fn query(one: &ProductRelation) -> String {
    form_urlencoded::Serializer::new(String::new())
        .append_pair("kind", one.kind.word())
        .append_pair("from", &one.from)
        .append_pair("to", &one.to)
        .finish()
}

fn row(one: &ProductRelation) -> Row {
    let link = |product: &String| Link { href: page_of(product), words: product.clone() };
    Row {
        from: link(&one.from),
        kind: Badge::new(Tone::Tell, words(one.kind)),
        to: link(&one.to),
        remove: format!("{HERE}/remove?{}", query(one)),
    }
}

async fn page(
    me: &Member,
    asked: &Asked,
    status: StatusCode,
    (typed, notice): (&Typed, Option<Notice>),
) -> Answer {
    let path = asked.to_api(me, API, &[]);
    let (found, products) = tokio::join!(
        me.get::<Page<ProductRelation>>(&path),
        me.get::<Page<Product>>("/api/v1/products?size=500")
    );
    let (found, products) = (found?, products?);
    let fields = [
        typed.field("from", "Earlier product").suggested("products").required(),
        typed.choice("kind", "How", &KINDS),
        typed.field("to", "Later product").suggested("products").required(),
    ];
    let page = ListPage {
        desk: me.desk("Relations of products"),
        tabs: Tabs(Part::Relations),
        notice,
        list: List::new(me, asked, COLUMNS, found.total),
        rows: found.items.iter().map(row).collect(),
        fields,
        products: products.items.into_iter().map(|one| one.product).collect(),
        may: me.may("catalog"),
    };
    Ok(show(status, &page))
}

/// `GET /console/catalog/relations`.
pub(super) async fn list(me: Member, asked: Asked) -> Answer {
    let typed = Typed::default().with("from", asked.text("from")).with("kind", "upgrade");
    page(&me, &asked, StatusCode::OK, (&typed, None)).await
}

/// What a form or an address names.
fn named(kind: &str, from: &str, to: &str) -> ProductRelation {
    let kind = match kind {
        "replaces" => RelationKind::Replaces,
        _ => RelationKind::Upgrade,
    };
    ProductRelation { kind, from: from.to_owned(), to: to.to_owned() }
}

/// `POST /console/catalog/relations`.
pub(super) async fn relate(asked: Asked, Sent { me, form }: Sent) -> Answer {
    me.must("catalog")?;
    let mut typed = Typed::of(&form);
    let one = named(form.text("kind"), form.text("from"), form.text("to"));
    match me.api().post::<_, ProductRelation>(API, &one, "").await {
        Ok(one) => {
            let title = format!("{} {} {}", one.from, words(one.kind), one.to);
            Ok(me.done(Notice::new(Tone::Good, title, ""), HERE))
        }
        Err(trouble) if trouble.status() == StatusCode::FORBIDDEN => Err(me.sorry(&trouble)),
        Err(trouble) => {
            let notice = typed.refused(&trouble, str::to_owned);
            page(&me, &asked, trouble.status(), (&typed, Some(notice))).await
        }
    }
}

fn question(one: &ProductRelation) -> Question {
    let title = format!("Forget that {} {} {}?", one.from, words(one.kind), one.to);
    let point = match one.kind {
        RelationKind::Upgrade => {
            "Lines of the earlier product can't be upgraded to the later one any more."
        }
        RelationKind::Replaces => {
            "Nothing says any more that the later product is sold in its place."
        }
    };
    let ask = Question::grave(title, format!("{HERE}/remove"), "Take it out", HERE);
    Question {
        points: vec![point.into(), "What was upgraded already stays as it is.".into()],
        fields: vec![
            ("kind".to_owned(), one.kind.word().to_owned()),
            ("from".to_owned(), one.from.clone()),
            ("to".to_owned(), one.to.clone()),
        ],
        ..ask
    }
}

/// `GET /console/catalog/relations/remove`: asks.
pub(super) async fn ask_remove(me: Member, asked: Asked) -> Answer {
    me.must("catalog")?;
    Ok(question(&named(asked.text("kind"), asked.text("from"), asked.text("to"))).page(&me))
}

/// `POST /console/catalog/relations/remove`.
pub(super) async fn remove(Sent { me, form }: Sent) -> Answer {
    me.must("catalog")?;
    let one = named(form.text("kind"), form.text("from"), form.text("to"));
    match me.api().delete::<()>(&format!("{API}?{}", query(&one)), None).await {
        Ok(()) => Ok(me.done(Notice::new(Tone::Good, "The relation is gone", ""), HERE)),
        Err(trouble) if trouble.status() == StatusCode::FORBIDDEN => Err(me.sorry(&trouble)),
        Err(trouble) => {
            Ok(Question { notice: Some(refusal(&trouble)), ..question(&one) }.page(&me))
        }
    }
}
