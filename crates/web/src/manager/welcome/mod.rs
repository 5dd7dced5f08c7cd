//! From the first start to the first seat: a license, a checkout, colleagues; and what is missing of it.
//!
//! Kept here: every step is done from this page, and says when it is done; examples carry the real names and addresses.
//! Deliberately not here: whether an update fits or a seat is granted (the server).

mod sample;

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};
use tenure_api::{
    CheckoutRequest, ContainerAnswer, DesiredFeature, FeatureSummary, OfficeStatus, Page,
    PreviewAnswer, Property, Status, SyncRound, User,
};
use tenure_document::{Holder, HostId, HostIdType};

use self::sample::{Reach, Samples};
use super::ferry::{NotApplied, apply, exchanged, taken};
use crate::backend::Trouble;
use crate::component::{Badge, Notice, Tone, When};
use crate::form::Form;
use crate::icon::Icon;
use crate::site::{refusal, show};
use crate::staff::{Answer, Asked, Desk, Member, Pages, Sent};
use crate::words;

/// The pages of this room.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/welcome", get(front))
        .route("/welcome/update", post(update))
        .route("/welcome/sync", post(sync))
        .route("/welcome/try", post(try_out))
}

/// Features named on the page.
const FEATURES_SHOWN: u32 = 20;

#[derive(Template)]
#[template(path = "manager/welcome/front.html")]
struct FrontPage {
    desk: Desk,
    notice: Option<Notice>,
    typed: String,
    action: &'static str,
    serial: String,
    licensed: bool,
    office: Option<String>,
    features: Vec<Named>,
    more: u64,
    chosen: String,
    samples: Samples,
    tried: Option<Tried>,
    leases: u64,
    suspended: bool,
    users: Option<u64>,
    may_carry: bool,
    may_admin: bool,
}

impl FrontPage {
    /// Steps that are done, of three.
    fn done(&self) -> usize {
        let colleagues = self.users.is_some_and(|users| users > 1);
        [self.licensed, self.leases > 0, colleagues].into_iter().filter(|done| *done).count()
    }

    fn of_license(&self) -> Badge {
        match self.licensed {
            true => Badge::new(Tone::Good, "Done"),
            false => Badge::new(Tone::Wait, "To do"),
        }
    }

    fn of_seat(&self) -> Badge {
        match (self.leases > 0, self.licensed) {
            (true, _) => Badge::new(Tone::Good, "Done"),
            (false, true) => Badge::new(Tone::Wait, "To do"),
            (false, false) => Badge::new(Tone::Idle, "After the license"),
        }
    }
}

/// A feature, and this page with it in the examples.
struct Named {
    name: String,
    href: String,
}

impl Named {
    fn of(name: &str) -> Self {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("feature", name);
        Self { name: name.to_owned(), href: format!("/welcome?{}#step-2", query.finish()) }
    }
}

/// What a trial found.
struct Tried {
    feature: String,
    badge: Badge,
    text: String,
    until: Option<When>,
}

/// What the form or the last act left.
#[derive(Default)]
struct Said {
    notice: Option<Notice>,
    typed: String,
    tried: Option<Tried>,
}

/// `GET /welcome`.
async fn front(me: Member, asked: Asked) -> Answer {
    page(&me, StatusCode::OK, asked.text("feature"), Said::default()).await
}

async fn page(me: &Member, status: StatusCode, chosen: &str, said: Said) -> Answer {
    let may_admin = me.may("admin");
    let features = format!("/api/v1/features/summary?size={FEATURES_SHOWN}");
    let users = async {
        match may_admin {
            true => me.get::<Page<User>>("/api/v1/users?size=1").await.ok().map(|page| page.total),
            false => None,
        }
    };
    let (container, office, found, state, root, users) = tokio::join!(
        me.get::<ContainerAnswer>("/api/v1/container"),
        me.get::<OfficeStatus>("/api/v1/office"),
        me.get::<Page<FeatureSummary>>(&features),
        me.get::<Status>("/api/v1/status"),
        me.get::<Page<Property>>("/api/v1/properties?q=publisher.root"),
        users,
    );
    let (container, found, state) = (container?, found?, state?);
    let names: Vec<String> = found.items.iter().map(|one| one.name.clone()).collect();
    let first = names.iter().find(|name| *name == chosen).or(names.first());
    let version = found.items.iter().find(|one| Some(&one.name) == first);
    let version = version.and_then(|one| one.versions.last()).map(ToString::to_string);
    let root = root?.items.iter().find_map(|one| one.value.as_str().map(str::to_owned));
    let samples = Samples::of(
        Reach::of(me),
        first.map_or("cad", String::as_str),
        version.as_deref().unwrap_or("1.0"),
        root.as_deref().unwrap_or_default(),
    );
    let page = FrontPage {
        desk: me.desk("Welcome"),
        notice: said.notice,
        typed: said.typed,
        action: "/welcome/update",
        serial: container.serial,
        licensed: container.certified && found.total > 0,
        office: office?.address,
        chosen: first.cloned().unwrap_or_default(),
        more: found.total.saturating_sub(names.len() as u64),
        features: names.iter().map(|name| Named::of(name)).collect(),
        samples,
        tried: said.tried,
        leases: state.leases,
        suspended: state.suspended,
        users,
        may_carry: me.may("offline"),
        may_admin,
    };
    Ok(show(status, &page))
}

/// `POST /welcome/update`.
async fn update(Sent { me, form }: Sent) -> Answer {
    me.must("offline")?;
    match apply(&me, &form).await {
        Ok(answer) => Ok(me.done(taken(&answer), "/welcome")),
        Err(NotApplied::Elsewhere(page)) => Ok(*page),
        Err(NotApplied::Said(status, notice)) => {
            let typed = form.text("text").to_owned();
            page(&me, status, "", Said { notice: Some(*notice), typed, tried: None }).await
        }
    }
}

/// `POST /welcome/sync`.
async fn sync(Sent { me, .. }: Sent) -> Answer {
    let answer: Result<SyncRound, Trouble> = me.api().post_empty("/api/v1/office/sync", "").await;
    match answer {
        Ok(round) => Ok(me.done(exchanged(&round), "/welcome")),
        Err(trouble) => refused(&me, &trouble, "").await,
    }
}

async fn refused(me: &Member, trouble: &Trouble, chosen: &str) -> Answer {
    match trouble.status() {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(me.sorry(trouble)),
        status => {
            let said = Said { notice: Some(refusal(trouble)), ..Said::default() };
            page(me, status, chosen, said).await
        }
    }
}

/// A checkout as an application of this person would ask for it.
fn trial(me: &Member, form: &Form) -> CheckoutRequest {
    let any = tenure_document::Version { major: 0, minor: 0, patch: 0 };
    let host = HostId { kind: HostIdType::String, value: "trial-of-the-manager".to_owned() };
    let holder = Holder { user: Some(me.name().to_owned()), ..Holder::of(host) };
    CheckoutRequest::new(holder, vec![DesiredFeature::new(form.text("feature"), any, 1)])
}

/// `POST /welcome/try`: asks what a checkout would give. Nothing is consumed.
async fn try_out(Sent { me, form }: Sent) -> Answer {
    let asked = trial(&me, &form);
    let answer: Result<PreviewAnswer, Trouble> =
        me.api().post("/api/v1/previews", &asked, "").await;
    let chosen = form.text("feature");
    match answer {
        Ok(answer) => {
            let tried = answer.features.into_iter().next().map(|row| Tried {
                badge: match row.granted {
                    0 => Badge::new(Tone::Bad, words::plain(&row.code)),
                    _ => Badge::new(Tone::Good, "A seat would be granted"),
                },
                text: row.explanation,
                until: row.expires_at.map(When),
                feature: row.feature,
            });
            page(&me, StatusCode::OK, chosen, Said { tried, ..Said::default() }).await
        }
        Err(trouble) => refused(&me, &trouble, chosen).await,
    }
}
