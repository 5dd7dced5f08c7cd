//! An office and a device agent made of wire types only: enough of both for every page to be seen and clicked.
//!
//! It books one purchase, one device and its updates, and refuses what pages must be able to show refused. With
//! hostile names every text that a stranger could have chosen is an attack on the page that shows it.

#![allow(dead_code, reason = "each test program uses its part")]

use std::sync::{Arc, Mutex, MutexGuard};

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tenure_api::Problem;

pub const ACTIVATION_ID: &str = "K7Q2M-9XW4T-3PZ8R-V6HJD-C5NB0";
pub const SERIAL: &str = "T-4N8K-Q2WX-7HJC";
pub const TOKEN: &str = "sample-token-of-the-agent";
const SINCE: &str = "2026-11-20T08:30:00Z";

/// What an attacker writes wherever he is asked for a name.
pub const HOSTILE: &str =
    "\"><script>alert('x')</script><img src=x onerror=alert(1)>{{7*7}}&amp;\u{202e}";

#[derive(Clone)]
pub struct Sample {
    books: Arc<Mutex<Books>>,
    hostile: bool,
}

#[derive(Default)]
struct Books {
    active: u64,
    /// Changes issued, changes the office knows to be applied, changes the device has applied.
    issued: u64,
    acknowledged: u64,
    applied: u64,
    returning: bool,
    lost: bool,
}

impl Sample {
    pub fn new() -> Self {
        Self { books: Arc::default(), hostile: false }
    }

    pub fn hostile() -> Self {
        Self { hostile: true, ..Self::new() }
    }

    /// As after a first activation that nobody confirmed.
    pub fn activated(self) -> Self {
        {
            let mut books = self.books();
            (books.active, books.issued) = (2, 3);
        }
        self
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn name(&self, plain: &str) -> String {
        if self.hostile { format!("{plain} {HOSTILE}") } else { plain.to_owned() }
    }

    /// The title of the sites.
    pub fn title(&self) -> String {
        self.name("Acme Instruments")
    }

    pub fn office(&self) -> Router {
        Router::new()
            .route("/api/v1/portal/look-up", post(look_up))
            .route("/api/v1/portal/containers", post(containers))
            .route("/api/v1/portal/activations", post(activate))
            .route("/api/v1/portal/push", post(push))
            .route("/api/v1/portal/returns", post(returned))
            .route("/api/v1/portal/replacements", post(replaced))
            .route("/api/v1/contexts/read", post(read))
            .route("/api/v1/exchange", post(exchange))
            .route("/api/v1/receipts", post(receipt))
            .with_state(self.clone())
    }

    pub fn agent(&self) -> Router {
        Router::new()
            .route("/api/v1/containers", get(device_list))
            .route("/api/v1/containers/{serial}", get(device_one))
            .route("/api/v1/containers/{serial}/context", get(device_context))
            .route("/api/v1/containers/{serial}/receipt", get(device_receipt))
            .route("/api/v1/containers/{serial}/update", post(device_update))
            .route("/api/v1/doctor", get(doctor))
            .with_state(self.clone())
    }
}

fn problem(status: u16, code: &str, title: &str, detail: &str) -> Response {
    let code_of = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    (code_of, Json(Problem::new(status, code, title, detail))).into_response()
}

fn ids(body: &Value) -> Vec<String> {
    let ids = body["activation_ids"].as_array().cloned().unwrap_or_default();
    ids.iter().filter_map(|id| id.as_str().map(str::to_owned)).collect()
}

fn is_known(id: &str) -> bool {
    id.to_ascii_uppercase() == ACTIVATION_ID
}

async fn look_up(State(sample): State<Sample>, Json(body): Json<Value>) -> Response {
    let (known, unknown): (Vec<_>, Vec<_>) = ids(&body).into_iter().partition(|id| is_known(id));
    if known.is_empty() {
        return problem(
            404,
            "not-found",
            "There is no such thing",
            "The activation ID is not known.",
        );
    }
    let active = sample.books().active;
    let entitlements = known.first().map(|_| {
        json!({
            "activation_id": ACTIVATION_ID, "state": "active",
            "customer": sample.name("Brückner Werkzeugbau GmbH"),
            "activate_until": "2027-06-30T22:00:00Z",
            "lines": [
                {
                    "line": 1, "product": sample.name("cad-suite@4.2"), "description": sample.name("CAD Suite Professional"),
                    "summary": sample.name("Subscription, floating"), "bought": 10, "active": active, "free": 10 - active,
                    "ends": "2027-11-30T00:00:00Z", "container_kinds": ["server", "bound"], "returnable": true,
                },
                {
                    "line": 2, "product": "post-processor@1.0", "description": "Post processor for 5-axis mills",
                    "summary": "Perpetual", "bought": 3, "active": 1, "in_return": 1, "free": 1, "returnable": true,
                },
                {
                    "line": 3, "product": "simulation@2.1", "description": "", "summary": "Metered, 500 runs",
                    "bought": 500, "active": 500, "free": 0, "returnable": false,
                },
            ],
        })
    });
    Json(json!({"entitlements": entitlements.into_iter().collect::<Vec<_>>(), "unknown": unknown}))
        .into_response()
}

fn activation(
    sample: &Sample,
    number: &str,
    product: &str,
    line: u32,
    quantity: u64,
    state: &str,
) -> Value {
    json!({
        "activation": number, "activation_id": ACTIVATION_ID, "line": line, "product": sample.name(product),
        "serial": SERIAL, "quantity": quantity, "state": state, "since": SINCE,
    })
}

async fn containers(State(sample): State<Sample>, Json(body): Json<Value>) -> Json<Value> {
    let books = sample.books();
    if !ids(&body).iter().any(|id| is_known(id)) || books.active == 0 || books.lost {
        return Json(json!({"containers": []}));
    }
    let state = match (books.returning, books.acknowledged == books.issued) {
        (true, _) => "return-asked",
        (false, true) => "confirmed",
        (false, false) => "delivered",
    };
    Json(json!({"containers": [{
        "serial": SERIAL, "name": sample.name("Milling cell 7"), "kind": "bound",
        "state": "known", "last_contact": SINCE,
        "pending": books.issued - books.acknowledged,
        "activations": [
            activation(&sample, "A-0000123", "cad-suite@4.2", 1, books.active, state),
            activation(&sample, "A-0000098", "post-processor@1.0", 2, 1, "cooling-down"),
        ],
        "moves": [
            {"nonce": sample.name("n-1"), "item": sample.name("A-0000098.0"), "count": 1, "from": "T-9C3D-5FGH-2KMN", "to": SERIAL, "state": "arrived", "at": SINCE},
            {"nonce": "n-2", "item": "A-0000123.0", "count": 1, "from": SERIAL, "state": "in-transit"},
        ],
    }]}))
}

fn update_text(to: u64) -> String {
    format!("-----BEGIN TENURE UPDATE-----\nTo: {to}\n-----END TENURE UPDATE-----\n")
}

fn issued(sample: &Sample) -> Response {
    let books = sample.books();
    Json(json!({
        "serial": SERIAL, "update": update_text(books.issued), "file_name": format!("{SERIAL}.update.tnr"),
        "from_sequence": books.acknowledged, "to_sequence": books.issued,
        "summary": [sample.name("Adds 2 x cad-suite@4.2"), "Adds 1 x post-processor@1.0"],
    }))
    .into_response()
}

async fn activate(State(sample): State<Sample>, Json(body): Json<Value>) -> Response {
    let context = body["context"].as_str().unwrap_or_default();
    let serial = body["serial"].as_str().unwrap_or_default();
    if !context.contains("TENURE") && serial != SERIAL {
        return problem(
            422,
            "bad-document",
            "This is no context",
            "Give the context of the device.",
        );
    }
    let quantity: u64 = body["choices"]
        .as_array()
        .map(|choices| choices.iter().filter_map(|one| one["quantity"].as_u64()).sum())
        .unwrap_or_default();
    {
        let mut books = sample.books();
        if books.active + quantity > 10 {
            let free = 10 - books.active;
            return problem(
                409,
                "not-free",
                "Not so many are free",
                &format!("Only {free} are left."),
            );
        }
        books.active += quantity;
        books.issued += 2;
    }
    issued(&sample)
}

async fn push(State(sample): State<Sample>, Json(body): Json<Value>) -> Response {
    match body["serial"].as_str() == Some(SERIAL) && body["activation_id"] == ACTIVATION_ID {
        true => issued(&sample),
        false => problem(404, "not-found", "There is no such container", ""),
    }
}

async fn returned(State(sample): State<Sample>, Json(body): Json<Value>) -> Response {
    if body["activation"] != "A-0000123" {
        return problem(404, "not-found", "There is no such activation", "");
    }
    {
        let mut books = sample.books();
        (books.returning, books.issued) = (true, books.issued + 1);
    }
    issued(&sample)
}

async fn replaced(State(sample): State<Sample>, Json(body): Json<Value>) -> Response {
    if body["why"] == "broken" {
        let detail = sample.name(
            "Two devices were replaced this year already. Ask your vendor to approve another one.",
        );
        return problem(409, "replacement-quota", "Too many replacements", &detail);
    }
    sample.books().lost = true;
    let explanation = "Its licenses are free again.";
    Json(json!({"serial": SERIAL, "state": "lost", "explanation": explanation})).into_response()
}

async fn read(State(sample): State<Sample>, body: String) -> Response {
    if !body.contains("TENURE CONTEXT") && !body.starts_with("TENURE:") {
        let detail = "It does not begin like a document of Tenure. Choose the file that the device made, or photograph its code.";
        return problem(422, "bad-document", "This is no context", detail);
    }
    Json(json!({
        "context": body, "serial": SERIAL, "name": sample.name("Milling cell 7"), "kind": "bound", "items": 0, "at": SINCE,
        "summary": [sample.name("Container: Milling cell 7")],
    }))
    .into_response()
}

async fn exchange(State(sample): State<Sample>, body: String) -> Response {
    match body.contains("TENURE CONTEXT") {
        true => issued(&sample),
        false => problem(422, "bad-document", "This is no context", "Begin again at the device."),
    }
}

async fn receipt(State(sample): State<Sample>, body: String) -> Response {
    let Some(sequence) = body.lines().find_map(|line| line.strip_prefix("Applied: ")?.parse().ok())
    else {
        return problem(
            422,
            "bad-document",
            "This is no receipt",
            "Choose the file that the device made after the update.",
        );
    };
    let mut books = sample.books();
    let already = sequence <= books.acknowledged;
    books.acknowledged = books.acknowledged.max(sequence);
    Json(json!({
        "serial": SERIAL, "sequence": sequence, "already_known": already, "confirmed": ["A-0000123"], "returned": [],
        "outstanding": books.issued - books.acknowledged,
    }))
    .into_response()
}

fn is_signed_in(headers: &HeaderMap) -> bool {
    headers.get("authorization").is_some_and(|line| line == &format!("Bearer {TOKEN}"))
}

fn refuse() -> Response {
    problem(401, "unauthenticated", "Sign in first", "The token is wrong.")
}

fn device_row(sample: &Sample) -> Value {
    let applied = sample.books().applied;
    json!({
        "serial": SERIAL, "id": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "name": sample.name("Milling cell 7"), "kind": "bound",
        "generation": 1, "sequence": applied, "history_hash": "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",
        "items": if applied > 0 { 4 } else { 0 }, "publisher": sample.name("Acme Instruments"), "open": true,
        "last_contact": if applied > 0 { Some(SINCE) } else { None },
    })
}

async fn device_list(State(sample): State<Sample>, headers: HeaderMap) -> Response {
    if !is_signed_in(&headers) {
        return refuse();
    }
    Json(json!({"containers": [device_row(&sample)]})).into_response()
}

async fn device_one(
    State(sample): State<Sample>,
    Path(serial): Path<String>,
    headers: HeaderMap,
) -> Response {
    if !is_signed_in(&headers) {
        return refuse();
    }
    if serial != SERIAL {
        return problem(404, "not-found", "There is no such container", "");
    }
    let items = [
        ("cad-suite", "4.2", json!(2), true, None, "CAD Suite Professional"),
        ("post-5axis", "1.0", json!(1), true, Some("grace"), "Post processor"),
        ("simulation", "2.1", json!(500), false, Some("expired"), "Simulation"),
        ("viewer", "1.0", json!("uncounted"), false, Some("not-started"), "Viewer"),
    ];
    let applied = sample.books().applied;
    let items: Vec<Value> = items
        .iter()
        .filter(|_| applied > 0)
        .map(|(feature, version, count, usable, reason, product)| {
            json!({
                "id": "A-0000123.0", "feature": sample.name(feature), "version": version, "count": count, "consumed": 12,
                "product": sample.name(product), "ends": "2027-11-30T00:00:00Z", "usable": usable, "reason": reason,
                "contact_before": "2027-01-15T00:00:00Z",
            })
        })
        .collect();
    let moves = json!([{"nonce": sample.name("Zk3"), "direction": "out", "item": "A-0000123.0", "count": 1}]);
    let moves = if applied > 0 { moves } else { json!([]) };
    Json(json!({"container": device_row(&sample), "items": items, "moves": moves})).into_response()
}

async fn device_context(
    State(sample): State<Sample>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    if !is_signed_in(&headers) {
        return refuse();
    }
    if query.as_deref() == Some("form=qr") {
        let letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let long: String = letters.chars().cycle().take(1_150).collect();
        return format!("TENURE:{long}").into_response();
    }
    let applied = sample.books().applied;
    let name = sample.name("Milling cell 7");
    format!("-----BEGIN TENURE CONTEXT-----\nContainer: {name}\nSequence: {applied}\n-----END TENURE CONTEXT-----\n")
        .into_response()
}

fn receipt_text(applied: u64) -> String {
    format!("-----BEGIN TENURE RECEIPT-----\nApplied: {applied}\n-----END TENURE RECEIPT-----\n")
}

async fn device_receipt(State(sample): State<Sample>, headers: HeaderMap) -> Response {
    if !is_signed_in(&headers) {
        return refuse();
    }
    match sample.books().applied {
        0 => problem(
            404,
            "not-found",
            "There is no receipt yet",
            "Apply an update first; its receipt can then be fetched at any time.",
        ),
        applied => receipt_text(applied).into_response(),
    }
}

async fn device_update(State(sample): State<Sample>, headers: HeaderMap, body: String) -> Response {
    if !is_signed_in(&headers) {
        return refuse();
    }
    let Some(to) = body.lines().find_map(|line| line.strip_prefix("To: ")?.parse::<u64>().ok())
    else {
        let detail = sample.name("The update names another container.");
        return problem(409, "wrong-container", "This update is for another container", &detail);
    };
    let mut books = sample.books();
    let already = to <= books.applied;
    let results: Vec<Value> = (books.applied + 1..=to)
        .map(|n| json!({"sequence": n, "op_id": format!("op-{n}"), "result": "applied"}))
        .collect();
    books.applied = books.applied.max(to);
    Json(json!({
        "already_applied": already, "sequence": to, "history_hash": "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",
        "results": results, "receipt": receipt_text(to),
    }))
    .into_response()
}

async fn doctor(State(sample): State<Sample>, headers: HeaderMap) -> Response {
    if !is_signed_in(&headers) {
        return refuse();
    }
    Json(json!({
        "machine": "physical", "evidence": [sample.name("DMI names a main board"), "no hypervisor bit"],
        "containers": [{
            "serial": SERIAL, "name": sample.name("Milling cell 7"), "matched": 11, "total": 14, "threshold": 9,
            "traits": [
                {"kind": "dmi-product-uuid", "weight": 3, "status": "matched"},
                {"kind": "board-serial", "weight": 3, "status": "matched"},
                {"kind": "disk-serial", "weight": 3, "status": "changed"},
                {"kind": "mac", "weight": 2, "status": "matched"},
                {"kind": "machine-id", "weight": 2, "status": "matched"},
                {"kind": sample.name("host-name"), "weight": 1, "status": "matched"},
            ],
            "advice": [sample.name("The system disk was changed. In three days the container gets used to it by itself.")],
        }],
    }))
    .into_response()
}
