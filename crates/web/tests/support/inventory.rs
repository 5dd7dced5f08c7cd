//! All routes of a site, read out of its sources: a page that is added is guarded from its first day.
//!
//! Kept here: routes are written as `.route("/path", get(…).post(…))` in the rooms, and as `{prefix}/path` in what both
//! sites share; whatever else would mount something is told. Deliberately not here: what is asked of the routes.

use std::fs;
use std::path::Path;

/// One path with what it takes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    pub path: String,
    pub get: bool,
    pub post: bool,
}

impl Route {
    /// The path with `value` in place of every parameter.
    pub fn with(&self, value: &str) -> String {
        let mut filled = String::new();
        let mut rest = self.path.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            filled.push_str(value);
            rest = after.split_once('}').map_or("", |(_, rest)| rest);
        }
        filled + rest
    }
}

/// The routes of `manager` or `console`, by path.
pub fn routes(site: &str) -> Vec<Route> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let prefix = if site == "console" { "/console" } else { "" };
    let mut texts = vec![read(&sources.join("staff/door.rs"))];
    collect(&sources.join(site), &mut texts);
    let mut found: Vec<Route> = texts.iter().flat_map(|text| of_text(text, prefix)).collect();
    found.sort();
    for pair in found.windows(2) {
        assert_ne!(pair[0].path, pair[1].path, "written twice");
    }
    assert!(found.len() > 10, "the sources are read");
    found
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn collect(folder: &Path, texts: &mut Vec<String>) {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => collect(&path, texts),
            false => texts.push(read(&path)),
        }
    }
}

fn of_text(text: &str, prefix: &str) -> Vec<Route> {
    for other in [".nest(", ".route_service(", ".fallback(", " any(", ".put(", ".delete_service("] {
        let text = text.replace("me.api()", "");
        assert!(!text.contains(&format!("Router::new(){other}")), "{other} is not seen here");
    }
    text.split(".route(").skip(1).map(|call| of_call(text, call, prefix)).collect()
}

/// What stands between the parentheses of a call, of which `call` is the rest of the file.
fn of_call(text: &str, call: &str, prefix: &str) -> Route {
    let mut depth = 1;
    let end = call.char_indices().find(|(_, c)| {
        depth += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        depth == 0
    });
    let inside = &call[..end.expect("a call ends").0];
    let (first, methods) = inside.split_once(',').unwrap_or_else(|| panic!("no path in {inside}"));
    // A name for a path that several routes begin with: `let one = "/things/{id}"`.
    let named = |name: &str| {
        let constant = format!("const {name}: &str = \"");
        let (_, literal) =
            text.split_once(&format!("let {name} = \"")).or_else(|| text.split_once(&constant))?;
        Some(literal.split_once('"')?.0.to_owned())
    };
    let path = match first.split_once('"') {
        Some((_, literal)) => literal.split_once('"').expect("a literal ends").0.to_owned(),
        None => named(first.trim()).unwrap_or_else(|| panic!("no path in {inside}")),
    };
    let path = match path.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
        Some(("prefix", rest)) => format!("{prefix}{rest}"),
        Some((name, rest)) => format!("{}{rest}", named(name).expect("a name with a path")),
        None => path,
    };
    let takes = |method: &str| {
        let call = format!("{method}(");
        methods.match_indices(&call).any(|(at, _)| {
            let before = methods[..at].chars().next_back().unwrap_or(' ');
            !before.is_alphanumeric() && before != '_'
        })
    };
    // In what is put together by `format!` braces stand twice.
    let path = path.replace("{prefix}", prefix).replace("{{", "{").replace("}}", "}");
    let route = Route { path, get: takes("get"), post: takes("post") };
    assert!(route.get || route.post, "neither get nor post: {inside}");
    route
}
