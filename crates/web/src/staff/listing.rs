//! Lists: what was asked for stands in the address, so that every view of a list is a link that can be kept.
//!
//! Kept here: filtering, sorting and paging are the API's; a page of a list shows total, place and size, sortable
//! heads say how they are sorted. Deliberately not here: the cells of a row.

use std::convert::Infallible;

use askama::Template;
use askama::filters::HtmlSafe;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::member::Member;
use crate::fleet::ROWS_MAX;
use crate::icon::Icon;

/// Most members of an address that are looked at.
const PAIRS_MAX: usize = 32;
/// Longest value of one.
const VALUE_MAX: usize = 500;
/// Sizes a reader can choose.
const SIZES: [u32; 3] = [20, 50, 200];

/// What the address of a page asks for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    path: String,
    pairs: Vec<(String, String)>,
}

impl Asked {
    /// The value of a member without surrounding space; empty when it is not there.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.pairs.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value.trim())
    }

    /// Whether a member is there at all.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.pairs.iter().any(|(found, _)| found == name)
    }

    fn number(&self, name: &str) -> Option<u32> {
        self.text(name).parse().ok()
    }

    /// The page, from 1.
    pub(crate) fn page(&self) -> u32 {
        self.number("page").unwrap_or(1).max(1)
    }

    fn size(&self, usual: u32) -> u32 {
        self.number("size").unwrap_or(usual).clamp(1, ROWS_MAX)
    }

    /// The address of a list of the API: page, size, sort and search, and of the other members those that are named.
    pub(crate) fn to_api(&self, me: &Member, path: &str, filters: &[&str]) -> String {
        let page = self.page().to_string();
        let size = self.size(me.rows()).to_string();
        let query = self.filters(filters);
        let between = if query.is_empty() { "" } else { "&" };
        format!("{path}?page={page}&size={size}{between}{query}")
    }

    /// Sort, search and the members named, as the query of the API: for files with all rows.
    pub(crate) fn filters(&self, filters: &[&str]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for name in ["sort", "q"].iter().chain(filters) {
            let value = self.text(name);
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        query.finish()
    }

    /// This address with some members changed; an empty value takes one away. Unless `page` is among them, the list
    /// begins anew.
    pub(crate) fn with(&self, changes: &[(&str, &str)]) -> String {
        let is_changed = |name: &str| name == "page" || changes.iter().any(|(one, _)| *one == name);
        let kept = self.pairs.iter().filter(|(name, _)| !is_changed(name));
        let kept = kept.map(|(name, value)| (name.as_str(), value.as_str()));
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in kept.chain(changes.iter().copied()) {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        match query.finish().as_str() {
            "" => self.path.clone(),
            query => format!("{}?{query}", self.path),
        }
    }

    /// The address of the file with all rows: `.csv` after the path, the same members.
    pub(crate) fn file(&self) -> String {
        let link = self.with(&[("size", "")]);
        match link.split_once('?') {
            Some((path, query)) => format!("{path}.csv?{query}"),
            None => format!("{link}.csv"),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = form_urlencoded::parse(query.as_bytes()).take(PAIRS_MAX);
        let cut = |text: &str| text.chars().take(VALUE_MAX).collect();
        let pairs = pairs.map(|(name, value)| (cut(&name), cut(&value))).collect();
        Ok(Self { path: parts.uri.path().to_owned(), pairs })
    }
}

/// A column of a list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    pub(crate) words: &'static str,
    /// The member of the API that it is sorted by; none is not sortable.
    pub(crate) sort: Option<&'static str>,
    /// It holds figures, which stand at the right.
    pub(crate) figure: bool,
}

impl Column {
    pub(crate) const fn text(words: &'static str) -> Self {
        Self { words, sort: None, figure: false }
    }

    pub(crate) const fn sorted(words: &'static str, sort: &'static str) -> Self {
        Self { words, sort: Some(sort), figure: false }
    }

    pub(crate) const fn figure(words: &'static str) -> Self {
        Self { words, sort: None, figure: true }
    }

    pub(crate) const fn sorted_figure(words: &'static str, sort: &'static str) -> Self {
        Self { words, sort: Some(sort), figure: true }
    }
}

/// A list on a page: its heads, its search field and its pager. The rows are the page's own.
#[derive(Debug, Clone)]
pub(crate) struct List {
    asked: Asked,
    columns: &'static [Column],
    pub(crate) total: u64,
    size: u32,
}

impl List {
    /// `total` counts the rows on all pages, as the API says.
    pub(crate) fn new(me: &Member, asked: &Asked, columns: &'static [Column], total: u64) -> Self {
        Self { asked: asked.clone(), columns, total, size: asked.size(me.rows()) }
    }

    /// Whether a search or a filter may be why nothing is shown.
    pub(crate) fn is_narrowed(&self) -> bool {
        let usual = ["page", "size", "sort", "period"];
        self.asked
            .pairs
            .iter()
            .any(|(name, value)| !usual.contains(&name.as_str()) && !value.trim().is_empty())
    }

    /// The list without search and filters.
    pub(crate) fn whole(&self) -> &str {
        &self.asked.path
    }

    /// The rows of this page, where all rows came at once.
    pub(crate) fn of_page<'r, T>(&self, rows: &'r [T]) -> &'r [T] {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        let page = usize::try_from(self.asked.page()).unwrap_or(usize::MAX);
        let first = (page - 1).saturating_mul(size).min(rows.len());
        &rows[first..first.saturating_add(size).min(rows.len())]
    }

    /// The address of the file with all rows.
    pub(crate) fn file(&self) -> String {
        self.asked.file()
    }

    /// The row of heads, within `<thead>`.
    pub(crate) fn heads(&self) -> Heads {
        let sort = self.asked.text("sort");
        let head = |column: &Column| {
            let state = column.sort.and_then(|member| match sort.strip_prefix('-') {
                Some(found) if found == member => Some("descending"),
                None if sort == member => Some("ascending"),
                _ => None,
            });
            let next = column.sort.map(|member| match state {
                Some("ascending") => format!("-{member}"),
                _ => member.to_owned(),
            });
            Head {
                words: column.words,
                figure: column.figure,
                state,
                href: next.map(|next| self.asked.with(&[("sort", &next)])),
            }
        };
        Heads { heads: self.columns.iter().map(head).collect() }
    }

    /// The search field; `label` says what is searched.
    pub(crate) fn finder(&self, label: &'static str) -> Finder {
        let kept = self.asked.pairs.iter().filter(|(name, _)| name != "q" && name != "page");
        Finder {
            label,
            action: self.asked.path.clone(),
            q: self.asked.text("q").to_owned(),
            kept: kept.cloned().collect(),
            clear: self.asked.with(&[("q", "")]),
        }
    }

    /// A field that narrows the list by one member of the API, exactly; `choices` are offered while typing.
    pub(crate) fn narrow(
        &self,
        member: &'static str,
        label: &'static str,
        choices: Vec<String>,
    ) -> Narrow {
        let kept = self.asked.pairs.iter().filter(|(name, _)| name != member && name != "page");
        Narrow {
            member,
            label,
            action: self.asked.path.clone(),
            value: self.asked.text(member).to_owned(),
            kept: kept.cloned().collect(),
            clear: self.asked.with(&[(member, "")]),
            choices,
        }
    }

    /// Total, place, and the ways to the other pages.
    pub(crate) fn pager(&self) -> Pager {
        let (page, size) = (u64::from(self.asked.page()), u64::from(self.size));
        let last_page = self.total.div_ceil(size).max(1);
        let to = |page: u64| self.asked.with(&[("page", &page.to_string())]);
        let first = (page - 1) * size + 1;
        let sizes = SIZES
            .map(|one| (one, self.asked.with(&[("size", &one.to_string())]), one == self.size));
        Pager {
            total: self.total,
            first: first.min(self.total),
            last: (page * size).min(self.total),
            page,
            last_page,
            beginning: (page > 2).then(|| to(1)),
            previous: (page > 1).then(|| to((page - 1).min(last_page))),
            next: (page < last_page).then(|| to(page + 1)),
            end: (page + 1 < last_page).then(|| to(last_page)),
            sizes: if self.total > u64::from(SIZES[0]) { sizes.to_vec() } else { Vec::new() },
        }
    }
}

#[derive(Debug, Clone)]
struct Head {
    words: &'static str,
    figure: bool,
    state: Option<&'static str>,
    href: Option<String>,
}

/// Heads of a table.
#[derive(Debug, Clone, Template)]
#[template(path = "staff/heads.html")]
pub(crate) struct Heads {
    heads: Vec<Head>,
}

impl HtmlSafe for Heads {}

/// A search field.
#[derive(Debug, Clone, Template)]
#[template(path = "staff/finder.html")]
pub(crate) struct Finder {
    label: &'static str,
    action: String,
    q: String,
    kept: Vec<(String, String)>,
    clear: String,
}

impl HtmlSafe for Finder {}

/// A field for one filter.
#[derive(Debug, Clone, Template)]
#[template(path = "staff/narrow.html")]
pub(crate) struct Narrow {
    member: &'static str,
    label: &'static str,
    action: String,
    value: String,
    kept: Vec<(String, String)>,
    clear: String,
    choices: Vec<String>,
}

impl HtmlSafe for Narrow {}

/// Where in a list the reader is.
#[derive(Debug, Clone, Template)]
#[template(path = "staff/pager.html")]
pub(crate) struct Pager {
    total: u64,
    first: u64,
    last: u64,
    page: u64,
    last_page: u64,
    beginning: Option<String>,
    previous: Option<String>,
    next: Option<String>,
    end: Option<String>,
    sizes: Vec<(u32, String, bool)>,
}

impl HtmlSafe for Pager {}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(address: &str) -> Asked {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let pairs = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Asked { path: path.to_owned(), pairs }
    }

    fn list(address: &str, total: u64) -> List {
        const COLUMNS: &[Column] =
            &[Column::sorted("Name", "name"), Column::sorted_figure("Used", "used")];
        let asked = asked(address);
        let size = asked.size(50);
        List { asked, columns: COLUMNS, total, size }
    }

    #[test]
    fn addresses_keep_what_is_not_changed() {
        let asked = asked("/features?q=a%26b&page=3&sort=-name");
        assert_eq!(asked.with(&[("sort", "used")]), "/features?q=a%26b&sort=used");
        assert_eq!(asked.with(&[("page", "4")]), "/features?q=a%26b&sort=-name&page=4");
        assert_eq!(asked.with(&[("q", ""), ("sort", "")]), "/features");
        assert_eq!(asked.file(), "/features.csv?q=a%26b&sort=-name");
        assert_eq!(asked.filters(&["feature"]), "sort=-name&q=a%26b");
    }

    #[test]
    fn pages_outside_of_a_list_lead_back_into_it() {
        let pager = list("/features?page=9", 120).pager();
        assert_eq!((pager.first, pager.last, pager.last_page), (120, 120, 3));
        assert_eq!(pager.previous.as_deref(), Some("/features?page=3"));
        assert_eq!(pager.next, None);
        let pager = list("/features", 0).pager();
        assert_eq!((pager.first, pager.last, pager.last_page), (0, 0, 1));
        assert!(pager.previous.is_none() && pager.next.is_none() && pager.sizes.is_empty());
        let pager = list("/features?page=4294967295&size=200", u64::MAX).pager();
        assert_eq!(pager.first, 4_294_967_294 * 200 + 1);
    }

    #[test]
    fn rows_that_came_at_once_are_paged_here() {
        let rows: Vec<u32> = (0..45).collect();
        assert_eq!(list("/x?size=20", 45).of_page(&rows), (0..20).collect::<Vec<_>>());
        assert_eq!(list("/x?size=20&page=3", 45).of_page(&rows), (40..45).collect::<Vec<_>>());
        assert!(list("/x?size=20&page=4", 45).of_page(&rows).is_empty());
        assert!(list("/x?page=4294967295", 45).of_page(&rows).is_empty());
    }

    #[test]
    fn heads_say_how_they_are_sorted_and_turn_it_round() {
        let heads = list("/features?sort=name&q=x", 1).heads().heads;
        assert_eq!(heads[0].state, Some("ascending"));
        assert_eq!(heads[0].href.as_deref(), Some("/features?q=x&sort=-name"));
        assert_eq!(heads[1].state, None);
        assert_eq!(heads[1].href.as_deref(), Some("/features?q=x&sort=used"));
    }

    #[test]
    fn lists_say_whether_they_are_narrowed() {
        assert!(!list("/features?page=2&sort=name&size=20&q=", 0).is_narrowed());
        assert!(list("/features?q=x", 0).is_narrowed());
        assert!(list("/leases?feature=cad", 0).is_narrowed());
    }

    #[test]
    fn the_parts_escape_what_stands_in_the_address() {
        let list = list("/features?q=%22%3E%3Cscript%3E&x=%3Cb%3E", 500);
        let narrow = list.narrow("x", "X", vec!["<b>".to_owned()]);
        let html = format!("{}{}{}{narrow}", list.finder("Search"), list.heads(), list.pager());
        assert!(!html.contains("<script>") && !html.contains("<b>"), "{html}");
    }
}
