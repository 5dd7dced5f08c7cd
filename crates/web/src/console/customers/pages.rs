//! The list of customers, one of them with what it has, and being forgotten.
//!
//! Kept here: a customer that was forgotten has no name on any page and nothing left to change; forgetting asks first
//! and says what stays. Deliberately not here: entering and changing one (`form`), all that it has (entitlements,
//! containers).

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::Page;
use tenure_api::office::{ContainerRow, Customer, EntitlementRow, Reason};

use crate::address::segment;
use crate::component::{Badge, Link, Notice, Share, Tone, When};
use crate::icon::Icon;
use crate::site::show;
use crate::staff::{Answer, Asked, Column, Desk, List, Member, Question, Sent, sheet};
use crate::words;

const COLUMNS: &[Column] = &[
    Column::text("Customer"),
    Column::text("Number"),
    Column::text("Contact"),
    Column::figure("Entitlements"),
    Column::text("Entered"),
];
const API: &str = "/api/v1/customers";
/// Rows of what a customer has that are shown on its page.
const SHOWN: usize = 20;

/// The page of a customer.
pub(super) fn page_of(id: &str) -> String {
    format!("/console/customers/{}", segment(id))
}

/// Its name, or that it has none any more.
fn name(customer: &Customer) -> String {
    match customer.forgotten_at {
        Some(_) => "Forgotten customer".to_owned(),
        None => customer.name.clone(),
    }
}

#[derive(Template)]
#[template(path = "console/customers/list.html")]
struct ListPage {
    desk: Desk,
    list: List,
    rows: Vec<Row>,
    may: bool,
}

struct Row {
    href: String,
    name: String,
    reference: String,
    customer: Customer,
    contact: String,
}

fn row(customer: Customer) -> Row {
    let first = customer.contacts.first();
    let contact = first.map(|one| match one.email.as_str() {
        "" => one.name.clone(),
        email => format!("{} <{email}>", one.name),
    });
    Row {
        href: page_of(&customer.id),
        name: name(&customer),
        reference: customer.reference.clone().unwrap_or_default(),
        contact: contact.unwrap_or_default(),
        customer,
    }
}

/// `GET /console/customers`.
pub(super) async fn list(me: Member, asked: Asked) -> Answer {
    let found: Page<Customer> = me.get(&asked.to_api(&me, API, &[])).await?;
    let page = ListPage {
        desk: me.desk("Customers"),
        list: List::new(&me, &asked, COLUMNS, found.total),
        rows: found.items.into_iter().map(row).collect(),
        may: me.may("fulfil"),
    };
    Ok(show(StatusCode::OK, &page))
}

/// `GET /console/customers.csv`.
pub(super) async fn file(me: Member, asked: Asked) -> Answer {
    let found: Vec<Customer> =
        me.all(API, &asked.filters(&[])).await.map_err(|trouble| me.sorry(&trouble))?;
    let heads = ["number", "reference", "name", "contacts", "entitlements", "entered", "forgotten"];
    let rows = found.into_iter().map(|one| {
        let contacts = one.contacts.iter().map(|one| format!("{} <{}>", one.name, one.email));
        [
            one.id.clone(),
            one.reference.clone().unwrap_or_default(),
            one.name.clone(),
            contacts.collect::<Vec<_>>().join("; "),
            one.entitlements.to_string(),
            one.created_at.to_string(),
            one.forgotten_at.map(|at| at.to_string()).unwrap_or_default(),
        ]
    });
    Ok(sheet("customers.csv", &heads, rows))
}

#[derive(Template)]
#[template(path = "console/customers/one.html")]
struct DetailPage {
    desk: Desk,
    customer: Customer,
    here: String,
    entitlements: Vec<Bought>,
    bought_total: u64,
    containers: Vec<Holding>,
    held_total: u64,
    may: bool,
    may_forget: bool,
}

struct Bought {
    href: String,
    row: EntitlementRow,
    badge: Badge,
    share: Share,
}

struct Holding {
    row: ContainerRow,
    kind: &'static str,
    badge: Badge,
}

/// The customer that an address names.
pub(super) async fn found(me: &Member, id: &str) -> Result<Customer, Response> {
    match me.api().get(&format!("{API}/{}", segment(id))).await {
        Ok(customer) => Ok(customer),
        Err(trouble) if matches!(trouble.status().as_u16(), 400 | 404 | 422) => {
            let (href, words) = ("/console/customers", "All customers");
            let back = Link { href: href.to_owned(), words: words.to_owned() };
            Err(me.nothing(&trouble.detail(), back))
        }
        Err(trouble) => Err(me.sorry(&trouble)),
    }
}

/// `GET /console/customers/{id}`.
pub(super) async fn detail(me: Member, Path(id): Path<String>) -> Answer {
    let query = format!("customer={}&size={SHOWN}", segment(&id));
    let (entitlements, containers) =
        (format!("/api/v1/entitlements?{query}"), format!("/api/v1/containers?{query}"));
    let (customer, entitlements, containers) = tokio::join!(
        found(&me, &id),
        me.get::<Page<EntitlementRow>>(&entitlements),
        me.get::<Page<ContainerRow>>(&containers),
    );
    let (customer, entitlements, containers) = (customer?, entitlements?, containers?);
    let bought = entitlements.items.into_iter().map(|row| Bought {
        href: format!("/console/entitlements/{}", segment(&row.activation_id)),
        badge: words::entitlement(row.state),
        share: Share::new(row.active, row.bought),
        row,
    });
    let held = containers.items.into_iter().map(|row| Holding {
        kind: words::kind(row.kind),
        badge: words::container(row.state),
        row,
    });
    let page = DetailPage {
        desk: me.desk(name(&customer)),
        here: page_of(&customer.id),
        entitlements: bought.collect(),
        bought_total: entitlements.total,
        containers: held.collect(),
        held_total: containers.total,
        may: me.may("fulfil") && customer.forgotten_at.is_none(),
        may_forget: me.may("admin") && customer.forgotten_at.is_none(),
        customer,
    };
    Ok(show(StatusCode::OK, &page))
}

fn question(customer: &Customer) -> Question {
    let here = page_of(&customer.id);
    let title = format!("Forget {}?", name(customer));
    let ask = Question::grave(title, format!("{here}/forget"), "Erase it for ever", here);
    Question {
        text: format!("{}, entered {}.", customer.id, When(customer.created_at).day()),
        points: vec![
            "Erased, here and in the journal: name, reference, contacts and notes. This can't be undone.".into(),
            "It stays: the number, what was bought, and which containers hold it. Licenses go on working.".into(),
            "Its activation IDs work as before. Suspend or withdraw the entitlements if they shall not.".into(),
            "Backups made before this moment still hold the data until you let them go.".into(),
        ],
        ..ask
    }
}

/// `GET …/forget`: asks.
pub(super) async fn ask_forget(me: Member, Path(id): Path<String>) -> Answer {
    me.must("admin")?;
    Ok(question(&found(&me, &id).await?).page(&me))
}

/// `POST …/forget`.
pub(super) async fn forget(Path(id): Path<String>, Sent { me, form }: Sent) -> Answer {
    me.must("admin")?;
    let customer = found(&me, &id).await?;
    let path = format!("{API}/{}/forget", segment(&customer.id));
    let once = form.text("once");
    match me.api().post::<_, Customer>(&path, &Reason::default(), once).await {
        Ok(customer) => {
            let title = format!("{} is forgotten", customer.id);
            let notice = Notice::new(Tone::Good, title, "Its number and what it bought stay.");
            Ok(me.done(notice, &page_of(&customer.id)))
        }
        Err(trouble) if trouble.status() == StatusCode::FORBIDDEN => Err(me.sorry(&trouble)),
        Err(trouble) => Ok(question(&customer).again(&form, &trouble).page(&me)),
    }
}
