//! Problems as pages: what a browser gets where no page stands, or where the server can answer none.
//!
//! Kept here: nobody who types an address meets a text for programs; the page needs no session and asks nothing.
//! Deliberately not here: problems of the API, which stay as they are, and those that a page shows itself.

use askama::Template;
use tenure_api::Problem;

use crate::component::Link;
use crate::console::CONSOLE;
use crate::device::DEVICE;
use crate::frame::{Area, ErrorPage, Frame, Theme};
use crate::icon::Icon;
use crate::manager::MANAGER;
use crate::wizard::WIZARD;

/// A problem for whoever opened an address of a license server.
pub fn manager_problem(problem: &Problem) -> String {
    page(&MANAGER, "/", "To the start", problem)
}

/// A problem for whoever opened an address of an office: most likely a customer.
pub fn office_problem(problem: &Problem) -> String {
    page(&CONSOLE, "/portal", "To the portal", problem)
}

/// A problem for whoever opened an address of a device.
pub fn device_problem(problem: &Problem) -> String {
    page(&DEVICE, "/", "To the start", problem)
}

/// A problem for whoever opened an address of the wizard's page.
pub fn wizard_problem(problem: &Problem) -> String {
    page(&WIZARD, "/", "To the start", problem)
}

fn page(area: &'static Area, href: &str, words: &str, problem: &Problem) -> String {
    let (title, text) = said(problem);
    let icon = match problem.status {
        404 => Icon::Search,
        403 => Icon::Lock,
        429 | 503 => Icon::Wait,
        _ => Icon::Warn,
    };
    let frame = Frame {
        title,
        site: String::new(),
        area,
        path: "/".to_owned(),
        theme: Theme::System,
        csrf: String::new(),
        inside: false,
    };
    let next = Link { href: href.to_owned(), words: words.to_owned() };
    let html = ErrorPage { frame, icon, text, next }.render();
    html.unwrap_or_else(|_| "The page can't be shown.".to_owned())
}

/// What happened and what to do, for people.
fn said(problem: &Problem) -> (String, String) {
    let (title, text) = match problem.code.as_str() {
        "no-such-path" => (
            "There is no such page",
            "The address may be mistyped, or what it showed is gone.".to_owned(),
        ),
        "method-not-allowed" => (
            "This is no page to open",
            "The address belongs to a form. Go to the start and find the page with the form."
                .to_owned(),
        ),
        "misdirected" => (
            "The server does not answer to this name",
            format!("{} Until then, open it by a name or address that it knows.", problem.detail),
        ),
        "overloaded" => (
            "The server has too much to do",
            "Nothing is lost. Wait a moment and load the page again.".to_owned(),
        ),
        _ => (problem.title.as_str(), problem.detail.clone()),
    };
    let title = if title.is_empty() { "This did not work" } else { title };
    (title.to_owned(), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_become_pages_with_a_way_on_and_without_a_session() {
        let hostile = "</p><script>alert(1)</script>";
        for (status, code, words) in [
            (404, "no-such-path", "There is no such page"),
            (405, "method-not-allowed", "This is no page to open"),
            (421, "misdirected", "does not answer to this name"),
            (503, "overloaded", "too much to do"),
            (418, "new-code", "A title"),
        ] {
            let problem = Problem::new(status, code, "A title", hostile);
            let pages = [manager_problem, office_problem, device_problem, wizard_problem];
            for html in pages.map(|page| page(&problem)) {
                assert!(html.starts_with("<!doctype html>") && html.contains(words), "{html}");
                assert!(!html.contains(hostile) && !html.contains("csrf"), "{html}");
                assert_eq!(html.matches("<script").count(), 1, "{html}");
            }
        }
    }
}
