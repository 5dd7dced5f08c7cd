//! What is asked of every route of a site of people who log in.
//!
//! Kept here, once for both sites: nobody without a session, no form without its token and origin, headers on every
//! answer, no form shown that would be refused, and nothing on a page that a stranger wrote as anything but text.

#![allow(dead_code, reason = "each test program uses its part")]

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use axum::http::HeaderMap;

use crate::browser::{Browser, Seen};
use crate::inventory::{Route, routes};
use crate::world::World;

/// A site that is walked over.
pub struct Site {
    pub name: &'static str,
    pub prefix: &'static str,
    pub cookie: &'static str,
}

impl Site {
    fn door(&self) -> String {
        format!("{}/login", self.prefix)
    }

    /// Paths that need no session, by `GET`.
    fn is_open(&self, path: &str) -> bool {
        let rest = path.strip_prefix(self.prefix).unwrap_or(path);
        matches!(rest, "/login" | "/setup" | "/logout") || path.starts_with("/assets/")
    }

    /// Paths whose `POST` needs no session, but an origin of ours.
    fn is_entered(&self, path: &str) -> bool {
        let rest = path.strip_prefix(self.prefix).unwrap_or(path);
        matches!(rest, "/login" | "/setup" | "/theme" | "/settings/unlock")
    }

    fn routes(&self) -> Vec<Route> {
        routes(self.name)
    }

    fn gets(&self) -> impl Iterator<Item = Route> {
        self.routes().into_iter().filter(|route| route.get)
    }

    fn posts(&self) -> impl Iterator<Item = Route> {
        self.routes().into_iter().filter(|route| route.post)
    }
}

async fn sequence(world: &World) -> serde_json::Value {
    world.must("GET", "/health", serde_json::Value::Null).await["sequence"].clone()
}

/// Every page without a session leads to the door, and a session that is not ours opens nothing.
pub async fn nobody_without_a_session(site: &Site, world: &World) {
    let mut guest = Browser::over(world.pages());
    guest.keep(site.cookie, &"A".repeat(43));
    let mut nobody = Browser::over(world.pages());
    for browser in [&mut nobody, &mut guest] {
        for route in site.gets().filter(|route| !site.is_open(&route.path)) {
            let seen = browser.open_once(&route.with("1")).await;
            leads_to_door(site, &route, &seen);
        }
        for route in site.posts().filter(|route| !site.is_entered(&route.path)) {
            let seen = browser.form_once(&route.with("1"), &[("sure", "yes")]).await;
            leads_to_door(site, &route, &seen);
        }
    }
}

fn leads_to_door(site: &Site, route: &Route, seen: &Seen) {
    assert_eq!(seen.status, 303, "{}: {}", route.path, seen.html);
    let to = seen.headers["location"].to_str().expect("ASCII");
    // Without several servers these pages are not there; the settings lead to the door themselves.
    let is_of_fleet = route.path.starts_with("/servers") || route.path.starts_with("/settings/");
    if is_of_fleet && to == "/settings" {
        return;
    }
    assert!(
        to == site.door() || to.starts_with(&format!("{}?", site.door())),
        "{}: {to}",
        route.path
    );
}

/// Every form needs the token of its own session and an origin of ours; otherwise nothing happens.
pub async fn no_form_without_token_and_origin(site: &Site, world: &World, inside: &mut Browser) {
    let mut other = Browser::over(world.pages());
    let others = match other.form(world.door(), &world.credentials()).await.is(200).csrf() {
        Some(token) => token,
        None => panic!("every page of a session has a token"),
    };
    let own = inside.open(&format!("{}/account", site.prefix)).await.field("csrf");
    let before = sequence(world).await;
    for route in site.posts() {
        let path = route.with("1");
        if !site.is_entered(&route.path) {
            for fields in [vec![], vec![("csrf", "wrong")], vec![("csrf", others.as_str())]] {
                let seen = inside.form_once(&path, &fields).await;
                assert_eq!(seen.status, 403, "{path} {fields:?}: {}", seen.html);
                seen.says("This page is out of date");
            }
        }
        for headers in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            let fields = [("csrf", own.as_str()), ("sure", "yes")];
            let seen = inside.form_from(&path, &fields, &[headers]).await;
            assert_eq!(seen.status, 403, "{path} {headers:?}: {}", seen.html);
            seen.says("This came from another site");
        }
    }
    assert_eq!(sequence(world).await, before, "nothing was done");
}

fn guarded(path: &str, headers: &HeaderMap) {
    let policy =
        headers.get("content-security-policy").unwrap_or_else(|| panic!("{path}: no policy"));
    let policy = policy.to_str().expect("ASCII");
    assert!(
        policy.starts_with("default-src 'none'; style-src 'self'; script-src 'self'"),
        "{path}"
    );
    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{path}: {policy}");
    for part in ["frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"] {
        assert!(policy.contains(part), "{path}: {policy}");
    }
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(
            headers.get(name).map(|value| value.as_bytes()),
            Some(value.as_bytes()),
            "{path}: {name}"
        );
    }
    let kept = headers["cache-control"].to_str().expect("ASCII");
    let is_asset = path.starts_with("/assets/tenure-");
    assert_eq!(
        kept,
        if is_asset { "public, max-age=31536000, immutable" } else { "no-store" },
        "{path}"
    );
    assert!(!headers.contains_key("access-control-allow-origin"), "{path}: no CORS");
}

/// Every answer has its headers: pages, files, refusals, redirects, assets.
pub async fn headers_on_every_answer(site: &Site, world: &World, inside: &mut Browser) {
    let page = inside.open(&format!("{}/account", site.prefix)).await;
    let style = page.link_to("/assets/tenure-");
    let mut guest = Browser::over(world.pages());
    for path in [style.as_str(), "/assets/none.css"] {
        guarded(path, &guest.open_once(path).await.headers);
    }
    for route in site.gets() {
        for value in ["1", "%22%3E%3Cscript%3E", "..%2F..%2Fetc"] {
            let path = route.with(value);
            guarded(&path, &guest.open_once(&path).await.headers);
            if !route.path.ends_with("/logout") {
                guarded(&path, &inside.open_once(&path).await.headers);
            }
        }
    }
    for route in site.posts() {
        let path = route.with("1");
        guarded(&path, &inside.form_once(&path, &[]).await.headers);
    }
}

/// What a page must not be, whoever wrote what stands on it.
#[track_caller]
fn harmless(path: &str, seen: &Seen) {
    let html = &seen.html;
    assert!(html.starts_with("<!doctype html>"), "{path} is a page: {html}");
    assert!(html.len() < 200_000, "{path}: {} bytes", html.len());
    for inline in
        [" style=\"", " onclick=", " onload=", " onerror=\"", "<style", "href=\"javascript:"]
    {
        assert!(!html.contains(inline), "{path}: {inline}");
    }
    for attack in ["<script>", "<img src=x", "x onerror=alert(1)>"] {
        assert!(!html.contains(attack), "{path}: {attack} in\n{html}");
    }
    let scripts = html.matches("<script").count();
    assert_eq!(scripts, 1, "{path}: one script, by its address");
}

/// Addresses of our own that a page links to, without fragments.
fn links(html: &str) -> Vec<String> {
    let targets = html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let own = targets.filter(|target| target.starts_with('/') && !target.starts_with("//"));
    let whole = own.map(|target| target.replace("&#38;", "&").replace("&amp;", "&"));
    whole.map(|target| target.split('#').next().unwrap_or_default().to_owned()).collect()
}

/// Addresses that the forms of a page send to.
fn actions(html: &str) -> Vec<String> {
    let forms = html.split("<form").skip(1).filter_map(|rest| rest.split('>').next());
    let posts = forms.filter(|form| form.contains("method=\"post\""));
    let targets = posts.filter_map(|form| form.split("action=\"").nth(1)?.split('"').next());
    let own = targets.map(|target| target.replace("&#38;", "&"));
    own.map(|target| target.split('#').next().unwrap_or_default().to_owned()).collect()
}

/// Which route an address is of: the one with the fewest parameters that fits.
fn route_of<'r>(routes: &'r [Route], address: &str) -> Option<&'r Route> {
    let path = address.split('?').next().unwrap_or_default();
    let fits = |route: &&Route| {
        let (parts, asked): (Vec<_>, Vec<_>) =
            (route.path.split('/').collect(), path.split('/').collect());
        parts.len() == asked.len()
            && parts.iter().zip(&asked).all(|(part, one)| part == one || part.starts_with('{'))
    };
    routes.iter().filter(fits).min_by_key(|route| route.path.matches('{').count())
}

/// What a walk over all links of a site saw.
pub struct Walk {
    /// Pages by address.
    pub pages: BTreeMap<String, Seen>,
    /// Where each form was seen first, by the address it sends to.
    pub forms: BTreeMap<String, String>,
    /// Addresses that are linked, and there is no such page.
    pub missing: BTreeSet<String>,
}

/// Most addresses of one route that are opened.
const PER_ROUTE: usize = 6;

/// Opens every page that can be reached by links, a few of each route, and looks at each.
pub async fn walk(site: &Site, inside: &mut Browser) -> Walk {
    let routes = site.routes();
    let mut waiting: VecDeque<String> =
        site.gets().filter(|route| !route.path.contains('{')).map(|route| route.path).collect();
    let mut opened: BTreeMap<String, usize> = BTreeMap::new();
    let mut known: BTreeSet<String> = waiting.iter().cloned().collect();
    let mut walk =
        Walk { pages: BTreeMap::new(), forms: BTreeMap::new(), missing: BTreeSet::new() };
    while let Some(address) = waiting.pop_front() {
        if address.starts_with("/assets/") || address.ends_with("/logout") {
            continue;
        }
        let Some(route) = route_of(&routes, &address) else {
            walk.missing.insert(address);
            continue;
        };
        let count = opened.entry(route.path.clone()).or_default();
        *count += 1;
        if *count > PER_ROUTE {
            continue;
        }
        let seen = inside.open(&address).await;
        assert!(!seen.status.is_server_error(), "{address}: {} {}", seen.status, seen.html);
        let kind = seen.headers.get("content-type").map(|kind| kind.as_bytes().to_vec());
        if kind.is_some_and(|kind| kind.starts_with(b"text/csv")) {
            no_formulas(&address, &seen.html);
            continue;
        }
        if seen.headers.contains_key("content-disposition") {
            continue;
        }
        harmless(&address, &seen);
        for link in links(&seen.html) {
            let is_ours = link.starts_with(site.prefix);
            if is_ours && known.insert(link.clone()) {
                waiting.push_back(link);
            }
        }
        for action in actions(&seen.html) {
            walk.forms.entry(action).or_insert_with(|| address.clone());
        }
        walk.pages.insert(address, seen);
    }
    walk
}

/// No cell of a file begins as a formula does.
fn no_formulas(address: &str, text: &str) {
    for line in text.lines() {
        for cell in line.split(',') {
            let bare = cell.trim_start_matches('"');
            let is_number = bare.trim_end_matches('"').parse::<f64>().is_ok();
            let would_run = bare.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number;
            assert!(!would_run, "{address}: {cell} in {line}");
        }
    }
}

/// Whoever sees a form may send it: no button leads to a refusal for want of a role.
pub async fn forms_shown_are_allowed(site: &Site, name: &str, inside: &mut Browser) {
    let walked = walk(site, inside).await;
    let csrf = inside.open(&format!("{}/account", site.prefix)).await.field("csrf");
    for (action, page) in &walked.forms {
        if action.ends_with("/logout") || action == "/theme" {
            continue;
        }
        // The token of another session would not be looked at before the role: the API decides that first.
        let seen = inside.form_once(action, &[("csrf", csrf.as_str())]).await;
        assert_ne!(seen.status, 403, "{name}: {page} shows a form to {action}, which is refused");
    }
}

/// What each visitor gets of each route: a table for the eye, under snapshot.
pub async fn table(site: &Site, visitors: &mut [(&'static str, Browser)]) -> String {
    let mut lines = vec![format!(
        "{:<5}{:<60}{}",
        "",
        "",
        visitors.iter().map(|(name, _)| format!("{name:<13}")).collect::<String>().trim_end()
    )];
    let mut tokens = Vec::new();
    for (_, browser) in visitors.iter_mut() {
        let seen = browser.open(&format!("{}/account", site.prefix)).await;
        tokens.push(seen.csrf().unwrap_or_default());
    }
    for route in site.routes() {
        for (method, takes) in [("GET", route.get), ("POST", route.post)] {
            if !takes || route.path.ends_with("/logout") {
                continue;
            }
            let path = route.with("1");
            let mut cells = String::new();
            for ((_, browser), token) in visitors.iter_mut().zip(&tokens) {
                let seen = match method {
                    "GET" => browser.open_once(&path).await,
                    _ => browser.form_once(&path, &[("csrf", token.as_str())]).await,
                };
                cells.push_str(&format!("{:<13}", word(site, &seen)));
            }
            lines.push(format!("{method:<5}{:<60}{}", route.path, cells.trim_end()));
        }
    }
    lines.join("\n") + "\n"
}

/// Which doors are open: what a page says after them is its room's affair.
fn word(site: &Site, seen: &Seen) -> String {
    let to = seen.headers.get("location").and_then(|to| to.to_str().ok()).unwrap_or_default();
    match seen.status.as_u16() {
        303 if to.starts_with(&site.door()) => "door".to_owned(),
        403 if seen.html.contains("This page is out of date") => "token".to_owned(),
        403 => "403".to_owned(),
        // What is not there says nothing of who may do what to it: the API decides that of what is.
        404 => "not there".to_owned(),
        status if status >= 500 => status.to_string(),
        _ => "yes".to_owned(),
    }
}
