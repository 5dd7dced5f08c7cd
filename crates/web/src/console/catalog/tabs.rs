//! The parts of the catalog as tabs: products, license models, relations.
//!
//! Kept here: the part that is shown is the only one that says so. Deliberately not here: what stands in a part.

use askama::Template;
use askama::filters::HtmlSafe;

/// Which part of the catalog is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Products,
    Models,
    Relations,
}

/// The ways between the parts.
#[derive(Debug, Clone, Copy, Template)]
#[template(
    source = "<ul class=\"tabs\"><li><a href=\"/console/catalog\"{% if self.is(Part::Products) %} aria-current=\"page\"{% endif %}>Products</a></li><li><a href=\"/console/catalog/models\"{% if self.is(Part::Models) %} aria-current=\"page\"{% endif %}>License models</a></li><li><a href=\"/console/catalog/relations\"{% if self.is(Part::Relations) %} aria-current=\"page\"{% endif %}>Relations</a></li></ul>",
    ext = "html"
)]
pub(super) struct Tabs(pub(super) Part);

impl HtmlSafe for Tabs {}

impl Tabs {
    fn is(self, part: Part) -> bool {
        self.0 == part
    }
}
