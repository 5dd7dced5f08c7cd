//! Query of the office's lists: what every list takes, and what narrows it.
//!
//! One type for all lists, as on the license server; a list that has no such member answers that it does not take it.

use serde::{Deserialize, Serialize};
use tenure_document::Time;
use utoipa::{IntoParams, ToSchema};

use crate::list::{ListQuery, list_query};

list_query! {
    /// Query of a list of the office.
    OfficeQuery {
        /// Only rows that contain this text.
        q,
        /// Only rows of this customer.
        #[param(example = "C-000042")]
        customer: Option<String>,
        /// Only rows of this activation ID.
        activation_id: Option<String>,
        /// Only rows of this container, by its serial.
        #[param(example = "T-XXXX-XXXX-XXXX")]
        container: Option<String>,
        /// Only rows of this product.
        product: Option<String>,
        /// Only rows in this state.
        state: Option<String>,
        /// Only rows at or after this instant.
        #[param(value_type = Option<String>, format = DateTime)]
        #[schema(value_type = Option<String>, format = DateTime)]
        from: Option<Time>,
        /// Only rows before this instant.
        #[param(value_type = Option<String>, format = DateTime)]
        #[schema(value_type = Option<String>, format = DateTime)]
        to: Option<Time>,
        /// Only rows with something that ends within so many days from now, and has not ended.
        #[param(maximum = 36500)]
        ends_within_days: Option<u32>,
    }
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
