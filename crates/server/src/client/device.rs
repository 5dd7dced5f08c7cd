//! Device set: `PUT /api/v1/devices/{type}/{value}/features` makes a device hold exactly a list.
//!
//! Kept here: what was granted, kept, released and denied is told apart in one answer. Deliberately not here:
//! which of it happens (one decision of the leasing floor).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::{DeviceSetAnswer, DeviceSetRequest, KeptLease};
use tenure_document::{Holder, HostId, KeyId, LeaseId};
use tenure_leasing::{Checkout, Command, DeviceSet, Event, LeaseFilter, LeaseOrder, Page};
use tenure_shell::answer::json;
use tenure_shell::extract::{NoQuery, Path, Query};
use tenure_shell::problem::{Code, Refused};

use crate::answer::{Numbers, granted};
use crate::app::App;
use crate::call::Call;
use crate::client::checkout::{dictionary, feature_request, granularity, principal};
use crate::refusal::denial_answer;

/// Make a device hold exactly this list; an empty list lets the server decide.
#[utoipa::path(
    put, path = "/api/v1/devices/{type}/{value}/features", tag = "client", operation_id = "set_device_features",
    params(
        ("type" = String, Path, description = "Host ID type, for example STRING"),
        ("value" = String, Path, description = "Host ID value"),
    ),
    request_body = DeviceSetRequest,
    responses((status = 200, description = "What changed and what is refused", body = DeviceSetAnswer)),
)]
pub(crate) async fn set(
    State(app): State<App>,
    Path((kind, value)): Path<(String, String)>,
    Query(NoQuery {}): Query<NoQuery>,
    call: Call,
) -> Result<Response, Refused> {
    let request: DeviceSetRequest = call.json()?;
    let holder = Holder {
        host: host_id(&kind, &value)?,
        user: request.user,
        session: None,
        process: None,
        owner: request.owner,
        name: request.name,
        kind: request.kind.unwrap_or_default(),
    };
    let idempotency = call.idempotency(|| principal(&holder))?;
    let host = holder.host.clone();
    let wanted = Checkout {
        borrow_seconds: request.borrow.map(tenure_api::Seconds::get),
        granularity: request.granularity.map(granularity),
        dictionary: dictionary(request.dictionary),
        selectors: request.selectors,
        nonce: request.nonce,
        request: call.request_hash(),
        signed_by: call.signed_by,
        ..Checkout::new(holder, request.features.into_iter().map(feature_request).collect())
    };
    let outcome = app.submit(Command::SetDevice(DeviceSet { wanted }), idempotency).await?;

    let mut answer =
        DeviceSetAnswer { leases: vec![], kept: vec![], released: vec![], denials: vec![] };
    let mut numbers = Numbers::default();
    for (index, event) in outcome.events.iter().enumerate() {
        match event {
            Event::Granted(lease) => {
                answer.leases.push(granted(&app.tokens, &outcome, (index, lease), &mut numbers));
            }
            Event::Denied(denied) => answer.denials.push(denial_answer(denied)),
            Event::Released { lease, .. } => answer.released.push(*lease),
            _ => {}
        }
    }
    answer.denials = app.with_reason(answer.denials).await;
    let new: Vec<LeaseId> = answer.leases.iter().map(|lease| lease.id).collect();
    answer.kept = kept(&app, host, new, call.signed_by).await?;
    Ok(json(StatusCode::OK, &answer))
}

/// What the device holds now and held before. A host ID is only a claim: the token of a kept lease is told to
/// the key that holds it and to nobody else.
async fn kept(
    app: &App,
    host: HostId,
    new: Vec<LeaseId>,
    key: Option<KeyId>,
) -> Result<Vec<KeptLease>, Refused> {
    let rows = app
        .query(move |leasing, _| {
            let filter = LeaseFilter { host: Some(host), ..LeaseFilter::default() };
            leasing.lease_rows(&filter, LeaseOrder::OldestFirst, Page::ALL).rows
        })
        .await?;
    Ok(rows
        .into_iter()
        .filter(|row| !new.contains(&row.id) && !row.dropped)
        .map(|row| KeptLease {
            token: match key.is_some() && row.signed_by == key {
                true => app.tokens.token(&row.id.to_string()),
                false => String::new(),
            },
            id: row.id,
            feature: row.feature,
            version: row.version,
            count: row.count,
            expires_at: row.expires,
            renew_after: row.renew_after,
        })
        .collect())
}

/// A host ID of a path.
pub(crate) fn host_id(kind: &str, value: &str) -> Result<HostId, Refused> {
    let kind = kind.parse().map_err(|_| {
        Code::NotFound
            .says(format!("`{}` is not a host ID type.", kind.chars().take(40).collect::<String>()))
    })?;
    HostId::new(kind, value).map_err(|fault| Code::BadValue.says(fault.to_string()))
}
