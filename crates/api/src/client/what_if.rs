//! The calls about what-ifs. Methods name their route and nothing more.

use super::connection::{Call, Client, segment};
use super::error::ApiError;
use crate::what_if::{WhatIfJob, WhatIfRequest};

impl Client {
    /// `POST /api/v1/model/what-if`
    pub fn begin_what_if(&self, request: &WhatIfRequest) -> Result<WhatIfJob, ApiError> {
        self.read(Call::new("POST", "/api/v1/model/what-if").json(request)?)
    }

    /// `GET /api/v1/model/what-if/{id}`
    pub fn what_if(&self, id: &str) -> Result<WhatIfJob, ApiError> {
        self.read(Call::new("GET", format!("/api/v1/model/what-if/{}", segment(id))))
    }

    /// `DELETE /api/v1/model/what-if/{id}`
    pub fn cancel_what_if(&self, id: &str) -> Result<(), ApiError> {
        self.done(Call::new("DELETE", format!("/api/v1/model/what-if/{}", segment(id))))
    }
}
