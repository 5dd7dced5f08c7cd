//! Devices that hold something: list, one with its leases, drop.
//!
//! Kept here: a device that holds nothing is unknown. Deliberately not here: when the seats of a dropped device
//! come back (the leasing floor).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use tenure_api::{DeviceDetail, DeviceRow, FeatureListQuery, ListQuery, Page};
use tenure_leasing::{Command, Event, LeaseFilter, LeaseOrder, Refusal};
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::extract::{NoQuery, Path, Query};
use tenure_shell::list::{Sorter, page};
use tenure_shell::problem::Refused;

use crate::access::{DropDevice, Read};
use crate::app::App;
use crate::client::device::host_id;
use crate::refusal::refused;
use crate::row::{device_row, lease_row};
use crate::wire::DeviceDropAnswer;

/// Query of a drop.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DropQuery {
    /// For the journal.
    reason: Option<String>,
}

/// Devices with what they hold.
#[utoipa::path(
    get, path = "/api/v1/devices", tag = "devices", operation_id = "list_devices", params(FeatureListQuery),
    responses((status = 200, description = "A page of devices", body = Page<DeviceRow>)),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn list(
    State(app): State<App>,
    _permit: Permit<Read>,
    Query(query): Query<FeatureListQuery>,
) -> Result<Response, Refused> {
    let query = ListQuery::from(query);
    let rows = app.query(|leasing, _| leasing.device_rows(None, tenure_leasing::Page::ALL)).await?;
    Ok(json(StatusCode::OK, &paged(rows.rows, &query)?))
}

/// The page of devices that is asked for, now or of a past instant.
pub(crate) fn paged(
    rows: Vec<tenure_leasing::DeviceRow>,
    query: &ListQuery,
) -> Result<Page<DeviceRow>, Refused> {
    let wanted = query.feature.clone();
    let rows = rows.into_iter().map(device_row);
    let rows = rows
        .filter(|row| wanted.as_ref().is_none_or(|wanted| row.features.contains(wanted)))
        .collect();
    const SORTERS: &[Sorter<DeviceRow>] = &[
        ("host", |row| row.host.value.as_str().into()),
        ("name", |row| row.name.as_deref().into()),
        ("leases", |row| u64::from(row.leases).into()),
        ("seats", |row| row.seats.into()),
        ("expires_at", |row| row.expires_at.into()),
        ("last_seen", |row| row.last_seen.into()),
    ];
    page(rows, query, SORTERS, |row: &DeviceRow| {
        let mut texts = vec![row.host.value.as_str(), row.name.as_deref().unwrap_or_default()];
        texts.extend(row.users.iter().map(String::as_str));
        texts
    })
}

/// One device with its leases.
#[utoipa::path(
    get, path = "/api/v1/devices/{type}/{value}", tag = "devices", operation_id = "show_device",
    params(
        ("type" = String, Path, description = "Host ID type, for example STRING"),
        ("value" = String, Path, description = "Host ID value"),
    ),
    responses((status = 200, description = "The device", body = DeviceDetail)),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn detail(
    State(app): State<App>,
    _permit: Permit<Read>,
    Path((kind, value)): Path<(String, String)>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    let host = host_id(&kind, &value)?;
    let wanted = host.clone();
    let found = app
        .query(move |leasing, _| {
            let row = leasing.device_row(&wanted)?;
            let filter = LeaseFilter { host: Some(wanted), ..LeaseFilter::default() };
            let all = tenure_leasing::Page::ALL;
            Some((row, leasing.lease_rows(&filter, LeaseOrder::OldestFirst, all).rows))
        })
        .await?;
    let (row, leases) = found.ok_or_else(|| refused(Refusal::DeviceUnknown { host }))?;
    let leases = leases.into_iter().map(lease_row).collect();
    Ok(json(StatusCode::OK, &DeviceDetail { device: device_row(row), leases }))
}

/// Take a device's leases away; its seats come back after the cool-down.
#[utoipa::path(
    delete, path = "/api/v1/devices/{type}/{value}", tag = "devices", operation_id = "drop_device",
    params(
        ("type" = String, Path, description = "Host ID type, for example STRING"),
        ("value" = String, Path, description = "Host ID value"),
        DropQuery,
    ),
    responses((status = 200, description = "The leases that ended", body = DeviceDropAnswer)),
    security(("bearer" = ["drop-device"])),
)]
pub(crate) async fn drop(
    State(app): State<App>,
    permit: Permit<DropDevice>,
    Path((kind, value)): Path<(String, String)>,
    Query(query): Query<DropQuery>,
) -> Result<Response, Refused> {
    let host = host_id(&kind, &value)?;
    let command = Command::DropDevice { by: permit.by(), host, reason: query.reason };
    let outcome = app.submit(command, None).await?;
    let released = outcome.events.iter().flat_map(|event| match event {
        Event::DeviceDropped(dropped) => dropped.leases.clone(),
        _ => Vec::new(),
    });
    Ok(json(StatusCode::OK, &DeviceDropAnswer { released: released.collect() }))
}
