//! One entitlement: its activation ID with what the customer is told, its lines, orders and activations.
//!
//! Kept here: the text for the customer is ready to be sent; what can be done with a line stands at the line.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::Page;
use tenure_api::office::{ActivationRow, Customer, Entitlement, EntitlementLine, EntitlementState};

use crate::address::segment;
use crate::component::{Badge, Link, Share, When};
use crate::icon::Icon;
use crate::site::show;
use crate::staff::{Answer, Desk, Member};
use crate::words;

const API: &str = "/api/v1/entitlements";
/// Activations that are shown on the page.
const SHOWN: usize = 20;

/// The page of an entitlement.
pub(super) fn page_of(id: &str) -> String {
    format!("/console/entitlements/{}", segment(id))
}

/// Where the API has it.
pub(super) fn api_of(id: &str) -> String {
    format!("{API}/{}", segment(id))
}

#[derive(Template)]
#[template(path = "console/entitlements/one.html")]
struct DetailPage {
    desk: Desk,
    one: Entitlement,
    here: String,
    badge: Badge,
    customer: Link,
    portal: String,
    letter: String,
    mail: String,
    lines: Vec<LineRow>,
    activations: Vec<Activated>,
    activated_total: u64,
    may: bool,
    is_active: bool,
    is_suspended: bool,
}

struct LineRow {
    line: EntitlementLine,
    share: Share,
    acts: Vec<Link>,
}

struct Activated {
    row: ActivationRow,
    badge: Badge,
}

/// The entitlement that an address names.
pub(super) async fn found(me: &Member, id: &str) -> Result<Entitlement, Response> {
    match me.api().get(&api_of(id)).await {
        Ok(one) => Ok(one),
        Err(trouble) if matches!(trouble.status().as_u16(), 400 | 404 | 422) => {
            let (href, words) = ("/console/entitlements", "All entitlements");
            let back = Link { href: href.to_owned(), words: words.to_owned() };
            Err(me.nothing(&trouble.detail(), back))
        }
        Err(trouble) => Err(me.sorry(&trouble)),
    }
}

fn line_row(here: &str, line: EntitlementLine, may: bool) -> LineRow {
    let mut acts = Vec::new();
    let mut act = |word: &str, words: &str| {
        let href = format!("{here}/lines/{}/{word}", line.line);
        acts.push(Link { href, words: words.to_owned() });
    };
    if may {
        if line.ends.is_some() {
            act("extend", "Extend");
        }
        if !line.upgrades_to.is_empty() {
            act("upgrade", "Upgrade");
        }
        act("replace", "Replace");
        if line.free > 0 {
            act("reduce", "Reduce");
        }
    }
    LineRow { share: Share::new(line.active, line.bought), acts, line }
}

/// What the customer is told, ready to be sent.
fn letter(one: &Entitlement, portal: &str) -> String {
    let mut text = String::new();
    if !one.customer_name.is_empty() {
        text += &format!("{}\n\n", one.customer_name);
    }
    text += &format!(
        "Your licenses are ready.\n\nActivation ID:  {}\nActivate here:  {portal}\n\n",
        one.activation_id
    );
    for line in &one.lines {
        text += &format!("- {} x {} ({})", line.bought, line.product, line.summary);
        if let Some(ends) = line.ends {
            text += &format!(", until {}", When(ends).day());
        }
        text += "\n";
    }
    if let Some(until) = one.activate_until {
        text += &format!("\nPlease activate before {}.\n", When(until).day());
    }
    text += "\nOpen the address, enter the activation ID, and choose how many licenses go to which device. \
             Devices without a network take a file; the page leads you through it.\n\n\
             Keep the activation ID as you would a password: whoever has it can activate your licenses.\n";
    text
}

/// The letter as a message to the first contact with an address.
fn mail(customer: Option<&Customer>, letter: &str) -> String {
    let contacts = customer.map(|customer| customer.contacts.as_slice()).unwrap_or_default();
    let to = contacts.iter().map(|one| one.email.as_str()).find(|email| !email.is_empty());
    let lines = letter.replace('\n', "\r\n");
    let (to, body) = (segment(to.unwrap_or_default()), segment(&lines));
    format!("mailto:{to}?subject={}&body={body}", segment("Your licenses"))
}

/// `GET /console/entitlements/{id}`.
pub(super) async fn detail(me: Member, Path(id): Path<String>) -> Answer {
    let one = found(&me, &id).await?;
    let api = me.api();
    let customer = format!("/api/v1/customers/{}", segment(&one.customer));
    let activations =
        format!("/api/v1/activations?activation_id={}&size={SHOWN}", segment(&one.activation_id));
    let (customer, activations) =
        tokio::join!(api.get::<Customer>(&customer), me.get::<Page<ActivationRow>>(&activations));
    let activations = activations?;
    let portal = format!("{}/portal", me.inside.visit.origin);
    let letter = letter(&one, &portal);
    let activated = activations
        .items
        .into_iter()
        .map(|row| Activated { badge: words::activation(row.state), row });
    let name = match one.customer_name.as_str() {
        "" => one.customer.clone(),
        name => name.to_owned(),
    };
    let may = me.may("fulfil") && one.state != EntitlementState::Withdrawn;
    let here = page_of(&one.activation_id);
    let page = DetailPage {
        desk: me.desk(format!("Entitlement {}", one.activation_id)),
        badge: words::entitlement(one.state),
        customer: Link {
            href: format!("/console/customers/{}", segment(&one.customer)),
            words: name,
        },
        mail: mail(customer.ok().as_ref(), &letter),
        portal,
        letter,
        lines: one.lines.iter().map(|line| line_row(&here, line.clone(), may)).collect(),
        activations: activated.collect(),
        activated_total: activations.total,
        may,
        is_active: one.state == EntitlementState::Active,
        is_suspended: one.state == EntitlementState::Suspended,
        here,
        one,
    };
    Ok(show(StatusCode::OK, &page))
}
