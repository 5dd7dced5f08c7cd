//! A license server made of wire types only, with a month of use behind it: fifty features, some scarce, some idle.
//!
//! For what a real server shows only after weeks: charts full of figures, licenses that end, an office that does not
//! answer. Everybody is let in as an administrator. Nothing is stored, and the figures are the same every time.

#![allow(dead_code, reason = "each test program uses its part")]

use std::sync::Arc;

use axum::extract::Query;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tenure_document::Time;
use tenure_web::{InProcess, SiteOptions, manager};

const NOW: i64 = 1_795_181_100_000; // Friday, 2026-11-20T13:25:00Z
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

const NAMES: [&str; 10] = [
    "cad",
    "assembly",
    "render",
    "simulation",
    "drafting",
    "routing",
    "cam-5-axis",
    "viewer",
    "library",
    "translator",
];

/// The manager over this server.
pub fn pages() -> Router {
    pages_of(server())
}

/// The manager over this server with more to answer.
pub fn pages_of(server: Router) -> Router {
    let options = SiteOptions { title: "Plant 7".to_owned(), ..SiteOptions::default() };
    manager(Arc::new(InProcess::new(server)), options).expect("randomness")
}

/// The server's API, as far as the dashboard asks.
pub fn server() -> Router {
    Router::new()
        .route("/api/v1/login", post(|| async { Json(login()) }))
        .route("/api/v1/status", get(|| async { Json(status()) }))
        .route("/api/v1/container", get(|| async { Json(container()) }))
        .route("/api/v1/office", get(|| async { Json(office()) }))
        .route("/api/v1/overview", get(|Query(asked)| async move { Json(overview(&asked)) }))
        .route("/api/v1/usage/history", get(|Query(asked)| async move { Json(history(&asked)) }))
}

type Asked = BTreeMap<String, String>;

fn instant(millis: i64) -> String {
    Time::from_millis(millis).to_string()
}

fn login() -> Value {
    json!({"token": "sample", "name": "ann.admin", "roles": ["admin"], "expires_at": instant(NOW + DAY)})
}

fn status() -> Value {
    json!({
        "suspended": false, "now": instant(NOW), "sequence": 1_284_311, "leases": 3_119,
        "head": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "alarms": ["the clock jumped from 2026-11-22T03:00:00Z to 2026-11-22T03:04:10Z"],
    })
}

fn container() -> Value {
    json!({
        "id": "1A58N2MAHA58N2MAHA58N2MAHA", "serial": "T-4N8K-Q2WX-7HJC", "name": "Plant 7", "generation": 1,
        "sequence": 61, "history_hash": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "keyset_version": 1,
        "revocation_sequence": 0, "items": 58, "time_high_water": instant(NOW), "certified": true,
    })
}

fn office() -> Value {
    json!({
        "address": "https://licensing.acme.example", "polls": true, "interval_seconds": 3600, "failures": 3,
        "last": {"at": instant(NOW - HOUR), "outcome": "failed", "applied": 0, "receipt_taken": false,
            "code": "unreachable", "detail": "licensing.acme.example does not answer; the server asks again in an hour."},
    })
}

/// Seats of a feature, and how much of them is in use at an hour: a working day with a dip at noon.
fn seats(feature: usize) -> u64 {
    [50, 12, 4, 500, 120, 8, 2, 1_000, 40, 25][feature % 10] * (1 + feature as u64 / 10)
}

fn level(feature: usize, at: i64) -> u64 {
    let hour = (at / HOUR).rem_euclid(24) as u64;
    let weekday = (at / DAY + 3).rem_euclid(7);
    let shape = [0, 0, 0, 0, 0, 1, 4, 12, 30, 48, 50, 46, 30, 44, 50, 48, 40, 22, 9, 4, 2, 1, 0, 0];
    let share = shape[hour as usize] * if weekday >= 5 { 1 } else { 8 } / 8;
    let noise =
        (at / HOUR).unsigned_abs().wrapping_mul(2_654_435_761).wrapping_add(feature as u64 * 97)
            % 13;
    let wanted =
        seats(feature) * share * (40 + (feature as u64 * 37) % 80) / 5_000 + noise * share / 300;
    wanted.min(seats(feature))
}

fn name(feature: usize) -> String {
    match feature / 10 {
        0 => NAMES[feature % 10].to_owned(),
        edition => format!("{}-{edition}", NAMES[feature % 10]),
    }
}

fn stretch(asked: &Asked) -> i64 {
    if asked.get("by").is_some_and(|by| by == "hour") { HOUR } else { DAY }
}

fn peak(feature: usize, from: i64, length: i64) -> u64 {
    let hours = (from..(from + length).min(NOW)).step_by(HOUR as usize);
    hours.map(|at| level(feature, at)).max().unwrap_or(0)
}

fn denied(feature: usize, from: i64, length: i64) -> u64 {
    let full = peak(feature, from, length) == seats(feature);
    if full { 1 + (from / HOUR).unsigned_abs() % 5 } else { 0 }
}

fn overview(asked: &Asked) -> Value {
    let length = stretch(asked);
    let count: i64 = asked.get("last").and_then(|last| last.parse().ok()).unwrap_or(24);
    let open = NOW / length;
    let begins: Vec<i64> = (open - count + 1..=open).map(|index| index * length).collect();
    let features: Vec<Value> =
        (0..50).map(|feature| of_feature(feature, &begins, length)).collect();
    let ending = |(id, feature, days, grace): (&str, &str, i64, i64)| {
        let (ends, usable) = (instant(NOW + days * DAY), instant(NOW + (days + grace) * DAY));
        let state = if days < 0 { "in-grace" } else { "live" };
        json!({"id": id, "feature": feature, "version": "2026.1", "count": 12, "ends_at": ends, "usable_until": usable, "state": state})
    };
    let ends = [
        ("I-7", "routing", -2, 7),
        ("I-3", "assembly", 5, 0),
        ("I-9", "render", 39, 30),
        ("I-1", "cad", 58, 0),
    ];
    json!({
        "at": instant(NOW), "by": if length == HOUR { "hour" } else { "day" },
        "stretches": begins.iter().map(|at| instant(*at)).collect::<Vec<_>>(),
        "leases": 3_119, "devices": 842, "waiting": 3, "features": features,
        "denials": [
            {"reason": "no-seats", "day": 48, "week": 212}, {"reason": "reserved-for-others", "day": 9, "week": 31},
            {"reason": "denied-by-rule", "day": 4, "week": 20}, {"reason": "version-too-low", "day": 0, "week": 3},
            {"reason": "unknown-feature", "day": 1, "week": 1},
        ],
        "ending": ends.map(ending), "ending_total": 4,
    })
}

fn of_feature(feature: usize, begins: &[i64], length: i64) -> Value {
    let total = seats(feature);
    let used = match feature {
        2 => total,
        20 => total - total / 20,
        _ => level(feature, NOW - HOUR),
    };
    let kept = if feature % 4 == 1 { (total / 6).min(total - used) } else { 0 };
    // Half a year ago nobody knew of the newest features.
    let known = |at: i64| feature < 45 || at > NOW - 2 * DAY;
    let levels: Vec<Value> = begins
        .iter()
        .map(|at| if known(*at) { json!(peak(feature, *at, length)) } else { Value::Null })
        .collect();
    let refused: u64 = begins.iter().map(|at| denied(feature, *at, length)).sum();
    let mut found = json!({
        "name": name(feature), "used": used, "reserved": kept, "reserved_idle": kept, "overdraft": 0,
        "overdraft_used": 0, "metered": feature % 10 == 3, "waiting": if feature == 2 { 3 } else { 0 },
        "denied": refused, "levels": levels,
    });
    if feature % 10 != 8 {
        found["total"] = json!(total);
        found["available"] = json!(total - used - kept);
    }
    found
}

fn history(asked: &Asked) -> Value {
    let length = stretch(asked);
    let wanted = asked.get("feature").cloned().unwrap_or_default();
    let feature = (0..50).find(|feature| name(*feature) == wanted).unwrap_or(0);
    let from: Time = asked.get("from").and_then(|from| from.parse().ok()).unwrap_or(Time::EPOCH);
    let begins = from.as_millis() / length * length + length * if feature == 5 { 9 } else { 0 };
    let rows: Vec<Value> = (begins..=NOW)
        .step_by(length as usize)
        .map(|at| {
            let (used, to) = (peak(feature, at, length), (at + length).min(NOW));
            json!({
                "from": instant(at), "to": instant(to), "used_peak": used,
                "used_seconds": used * ((to - at) / 1_000).unsigned_abs() * 4 / 5, "used_last": used,
                "reserved_peak": if feature % 4 == 1 { seats(feature) / 6 } else { 0 }, "reserved_seconds": 0,
                "granted": used * 2, "denied": denied(feature, at, length), "queued": if feature == 2 { used % 3 } else { 0 },
                "consumed": used, "undone": 0,
            })
        })
        .collect();
    json!({"feature": wanted, "pools": [], "by": if length == HOUR { "hour" } else { "day" }, "rows": rows})
}
