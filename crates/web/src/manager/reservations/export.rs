//! Groups as files: JSON that can be imported unchanged, and the entries of one group as a table.
//!
//! Kept here: what is exported is what the API exports, unchanged. Deliberately not here: importing it.

use axum::extract::Path;
use serde::Serialize;
use tenure_api::ReservationImport;

use super::entry::API;
use super::group::found;
use crate::address::segment;
use crate::download::document_file;
use crate::staff::{Answer, Member, sheet};

/// `GET /reservations/export`: all groups.
pub(super) async fn all(me: Member) -> Answer {
    let groups: ReservationImport = me.get(&format!("{API}/export")).await?;
    Ok(document_file("reservations.json", pretty(&groups)))
}

/// `GET /reservations/{id}/export`: one group.
pub(super) async fn one(me: Member, Path(id): Path<String>) -> Answer {
    let group = found(&me, &id).await?;
    let path = format!("{API}/export?group={}", segment(&group.id));
    let groups: ReservationImport = me.get(&path).await?;
    Ok(document_file(
        &format!("reservations-{}.json", group.name.unwrap_or(group.id)),
        pretty(&groups),
    ))
}

fn pretty(what: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(what).unwrap_or_default();
    text.push('\n');
    text
}

/// `GET /reservations/{id}/entries.csv`.
pub(super) async fn entries(me: Member, Path(id): Path<String>) -> Answer {
    let group = found(&me, &id).await?;
    let name = group.name.unwrap_or_else(|| group.id.clone());
    let heads = [
        "group",
        "host",
        "host_type",
        "feature",
        "version",
        "pool",
        "wanted",
        "reserved",
        "used",
        "idle",
        "waiting",
        "status",
    ];
    let mut rows = Vec::new();
    for one in &group.reservations {
        for entry in &one.reservation_entries {
            let figures =
                [entry.feature_count, entry.reserved, entry.used, entry.idle, entry.waiting];
            let mut row = vec![
                name.clone(),
                one.host_id.value.clone(),
                one.host_id.kind.name().to_owned(),
                entry.feature_name.clone(),
                entry.feature_version.to_string(),
                entry.pool.clone().unwrap_or_default(),
            ];
            row.extend(figures.map(|figure| figure.to_string()));
            row.push(entry.status.clone());
            rows.push(row);
        }
    }
    Ok(sheet("reservation-entries.csv", &heads, rows))
}
