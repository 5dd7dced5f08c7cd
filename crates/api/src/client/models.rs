//! The calls about models and pools.
//!
//! Methods name their route and nothing more. Texts travel as `text/plain`: a text of the largest size fits so.

use super::connection::{Call, Client, query};
use super::error::ApiError;
use crate::list::{ListQuery, Page};
use crate::model::{
    ModelAnswer, ModelCheck, ModelDiff, ModelPreview, ModelRequest, ModelVersionRow,
    RollbackRequest,
};
use crate::pools::PoolRow;

impl Client {
    /// `GET /api/v1/model`
    pub fn model(&self) -> Result<ModelAnswer, ApiError> {
        self.read(Call::new("GET", "/api/v1/model"))
    }

    /// `PUT /api/v1/model`
    pub fn set_model(&self, request: &ModelRequest) -> Result<ModelAnswer, ApiError> {
        self.read(text_call("PUT", "/api/v1/model", request))
    }

    /// `DELETE /api/v1/model`
    pub fn delete_model(&self, keep_leases: bool) -> Result<(), ApiError> {
        let keep = keep_leases.then(|| "true".to_owned());
        self.done(Call::new("DELETE", format!("/api/v1/model{}", query(&[("keep_leases", keep)]))))
    }

    /// `POST /api/v1/model/check`
    pub fn check_model(&self, request: &ModelRequest) -> Result<ModelCheck, ApiError> {
        self.read(text_call("POST", "/api/v1/model/check", request))
    }

    /// `POST /api/v1/model/preview`
    pub fn preview_model(&self, request: &ModelRequest) -> Result<ModelPreview, ApiError> {
        self.read(text_call("POST", "/api/v1/model/preview", request))
    }

    /// `GET /api/v1/model/history`
    pub fn model_history(&self, list: &ListQuery) -> Result<Page<ModelVersionRow>, ApiError> {
        self.list("/api/v1/model/history", list)
    }

    /// `GET /api/v1/model/history/{version}`
    pub fn model_version(&self, version: u64) -> Result<ModelAnswer, ApiError> {
        self.read(Call::new("GET", format!("/api/v1/model/history/{version}")))
    }

    /// `GET /api/v1/model/diff`
    pub fn model_diff(&self, from: Option<u64>, to: Option<u64>) -> Result<ModelDiff, ApiError> {
        let number = |number: Option<u64>| number.map(|number| number.to_string());
        let query = query(&[("from", number(from)), ("to", number(to))]);
        self.read(Call::new("GET", format!("/api/v1/model/diff{query}")))
    }

    /// `POST /api/v1/model/rollback`
    pub fn roll_back_model(&self, request: &RollbackRequest) -> Result<ModelAnswer, ApiError> {
        self.read(Call::new("POST", "/api/v1/model/rollback").json(request)?)
    }

    /// `GET /api/v1/pools`
    pub fn pools(&self, list: &ListQuery) -> Result<Page<PoolRow>, ApiError> {
        self.list("/api/v1/pools", list)
    }
}

fn text_call<'a>(method: &'static str, path: &str, request: &ModelRequest) -> Call<'a> {
    let query = query(&[
        ("keep_leases", request.keep_leases.then(|| "true".to_owned())),
        ("note", request.note.clone()),
        ("file", request.file.clone()),
    ]);
    Call::new(method, format!("{path}{query}"))
        .bytes("text/plain; charset=utf-8", request.text.clone().into_bytes())
}
