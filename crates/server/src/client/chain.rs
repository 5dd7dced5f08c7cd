//! `GET /api/v1/chain`: what a client needs, besides its pinned root, to verify leases.
//!
//! Public on purpose: it holds public keys and signed lists only.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::ChainAnswer;
use tenure_shell::answer::json;
use tenure_shell::extract::{NoQuery, Query};
use tenure_shell::problem::Refused;

use crate::app::App;

/// Keysets, the server's certificate and the newest revocation list.
#[utoipa::path(
    get, path = "/api/v1/chain", tag = "client", operation_id = "show_chain",
    responses((status = 200, description = "The chain", body = ChainAnswer)),
)]
pub(crate) async fn chain(
    State(app): State<App>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    let answer = app
        .query(|leasing, _| {
            let container = leasing.container();
            ChainAnswer {
                server: container.id(),
                keysets: container.keysets().to_vec(),
                certificate: container.certificate().map(str::to_owned),
                revocation: container.revocation().map(str::to_owned),
            }
        })
        .await?;
    Ok(json(StatusCode::OK, &answer))
}
