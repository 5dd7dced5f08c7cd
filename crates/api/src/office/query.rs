//! Query of the office's lists: what every list takes, and what narrows it.
//!
//! One type for all lists, as on the license server; a list that has no such member answers that it does not take it.

use serde::{Deserialize, Serialize};
use tenure_document::Time;
use utoipa::{IntoParams, ToSchema};

use crate::list::ListQuery;

/// Query of a list of the office.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OfficeQuery {
    /// Page, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1)]
    pub page: Option<u32>,
    /// Rows on a page, 1 to 1000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 1000)]
    pub size: Option<u32>,
    /// Member to sort by; `-` before it for descending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
    /// Only rows that contain this text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    /// Only rows of this customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(example = "C-000042")]
    pub customer: Option<String>,
    /// Only rows of this activation ID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activation_id: Option<String>,
    /// Only rows of this container, by its serial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(example = "T-XXXX-XXXX-XXXX")]
    pub container: Option<String>,
    /// Only rows of this product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// Only rows in this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Only rows at or after this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<String>, format = DateTime)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Time>,
    /// Only rows before this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<String>, format = DateTime)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub to: Option<Time>,
    /// Only rows with something that ends within so many days from now, and has not ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(maximum = 36500)]
    pub ends_within_days: Option<u32>,
}

impl OfficeQuery {
    /// The part that every list takes.
    pub fn list(&self) -> ListQuery {
        ListQuery {
            page: self.page,
            size: self.size,
            sort: self.sort.clone(),
            q: self.q.clone(),
            feature: None,
            from: self.from,
            to: self.to,
        }
    }

    /// The members that are set, by name, in the order of the struct.
    pub fn pairs(&self) -> [(&'static str, Option<String>); 12] {
        [
            ("page", self.page.map(|page| page.to_string())),
            ("size", self.size.map(|size| size.to_string())),
            ("sort", self.sort.clone()),
            ("q", self.q.clone()),
            ("customer", self.customer.clone()),
            ("activation_id", self.activation_id.clone()),
            ("container", self.container.clone()),
            ("product", self.product.clone()),
            ("state", self.state.clone()),
            ("from", self.from.map(|at| at.to_string())),
            ("to", self.to.map(|at| at.to_string())),
            ("ends_within_days", self.ends_within_days.map(|days| days.to_string())),
        ]
    }
}
