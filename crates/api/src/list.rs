//! Lists: what may be asked of every list and how every list answers.
//!
//! Pages are counted from 1. Filtering and sorting happen in the server.

use serde::{Deserialize, Serialize};
use tenure_document::Time;
use utoipa::{IntoParams, ToSchema};

/// Rows on a page unless asked otherwise.
pub const DEFAULT_SIZE: u32 = 50;
/// Most rows on a page.
pub const MAX_SIZE: u32 = 1_000;

/// The query of a list: what every list takes, with what is searched by `q`, and the filters of this one. Others are
/// refused, not passed over.
macro_rules! list_query {
    ($(#[$about:meta])* $name:ident { $(#[$searched:meta])* q, $($(#[$filter:meta])* $member:ident: $type:ty,)* }) => {
        $(#[$about])*
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema, IntoParams)]
        #[serde(deny_unknown_fields)]
        #[into_params(parameter_in = Query)]
        pub struct $name {
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
            $(#[$searched])*
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub q: Option<String>,
            $(
                $(#[$filter])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $member: $type,
            )*
        }
    };
}

pub(crate) use list_query;

list_query! {
    /// Query of a list whose rows have a feature and a time.
    ListQuery {
        /// Only rows that contain this text.
        q,
        /// Only rows of this feature.
        feature: Option<String>,
        /// Only rows at or after this instant.
        #[param(value_type = Option<String>, format = DateTime)]
        #[schema(value_type = Option<String>, format = DateTime)]
        from: Option<Time>,
        /// Only rows before this instant.
        #[param(value_type = Option<String>, format = DateTime)]
        #[schema(value_type = Option<String>, format = DateTime)]
        to: Option<Time>,
    }
}

list_query! {
    /// Query of a list whose rows have a feature.
    FeatureListQuery {
        /// Only rows that contain this text.
        q,
        /// Only rows of this feature.
        feature: Option<String>,
    }
}

list_query! {
    /// Query of a list that is only searched.
    PageQuery {
        /// Only rows that contain this text.
        q,
    }
}

impl From<FeatureListQuery> for ListQuery {
    fn from(query: FeatureListQuery) -> Self {
        let FeatureListQuery { page, size, sort, q, feature } = query;
        Self { page, size, sort, q, feature, from: None, to: None }
    }
}

impl From<PageQuery> for ListQuery {
    fn from(query: PageQuery) -> Self {
        let PageQuery { page, size, sort, q } = query;
        Self { page, size, sort, q, ..Self::default() }
    }
}

list_query! {
    /// Query of the list of denials.
    DenialQuery {
        /// Only rows that contain this text: in ID, feature, reason, device, user or alias.
        q,
        /// Only rows of this feature.
        feature: Option<String>,
        /// Only rows with this denial code.
        reason: Option<String>,
        /// Only rows at or after this instant.
        #[param(value_type = Option<String>, format = DateTime)]
        #[schema(value_type = Option<String>, format = DateTime)]
        from: Option<Time>,
        /// Only rows before this instant.
        #[param(value_type = Option<String>, format = DateTime)]
        #[schema(value_type = Option<String>, format = DateTime)]
        to: Option<Time>,
    }
}

impl From<DenialQuery> for ListQuery {
    /// The query of any list; the reason is left to the caller.
    fn from(query: DenialQuery) -> Self {
        let DenialQuery { page, size, sort, q, feature, reason: _, from, to } = query;
        Self { page, size, sort, q, feature, from, to }
    }
}

impl ListQuery {
    /// The page asked for, at least 1.
    pub fn page(&self) -> u32 {
        self.page.unwrap_or(1).max(1)
    }

    /// The page size asked for, within bounds.
    pub fn size(&self) -> u32 {
        self.size.unwrap_or(DEFAULT_SIZE).clamp(1, MAX_SIZE)
    }

    /// The member to sort by and whether descending.
    pub fn sort(&self) -> Option<(&str, bool)> {
        let sort = self.sort.as_deref()?;
        Some(match sort.strip_prefix('-') {
            Some(member) => (member, true),
            None => (sort, false),
        })
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The rows of this page.
    pub items: Vec<T>,
    /// Page, from 1.
    pub page: u32,
    /// Rows on a full page.
    pub size: u32,
    /// Rows on all pages.
    pub total: u64,
}

impl<T> Page<T> {
    /// The page of `query` out of all `rows`, already filtered and sorted.
    pub fn cut(rows: impl IntoIterator<Item = T>, query: &ListQuery) -> Self {
        let (page, size) = (query.page(), query.size());
        let first = u64::from(page - 1) * u64::from(size);
        let mut items = Vec::new();
        let mut total = 0u64;
        for row in rows {
            if total >= first && items.len() < size as usize {
                items.push(row);
            }
            total += 1;
        }
        Self { items, page, size, total }
    }

    /// The same page with other rows in place of these.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(f).collect(),
            page: self.page,
            size: self.size,
            total: self.total,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_cut_from_one() {
        let query =
            |page, size| ListQuery { page: Some(page), size: Some(size), ..ListQuery::default() };
        let second = Page::cut(0..7, &query(2, 3));
        assert_eq!(
            (second.items, second.page, second.size, second.total),
            (vec![3, 4, 5], 2, 3, 7)
        );
        assert_eq!(Page::cut(0..7, &query(3, 3)).items, vec![6]);
        assert_eq!(Page::cut(0..7, &query(4, 3)).items, Vec::<i32>::new());
        assert_eq!(Page::cut(0..7, &query(0, 0)).size, 1);
        assert_eq!(Page::cut(0..7, &query(u32::MAX, u32::MAX)).total, 7);
    }
}
