//! Adding a license server to the list, changing where it is, taking it off.
//!
//! Kept here: none of it asks a server, so a wrong address can always be mended.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::authority::may_change;
use super::preferences::{locked, unkept};
use crate::component::{Link, Notice, Tone};
use crate::fleet::ServerPlace;
use crate::form::Form;
use crate::site::{Posted, Visit, see_other, show};
use crate::staff::{Desk, Pages, Staff};

/// The usual port of a license server.
const USUAL_PORT: &str = "7070";

#[derive(Template)]
#[template(path = "manager/settings/place.html")]
struct PlacePage {
    desk: Desk,
    notice: Option<Notice>,
    /// None adds one.
    number: Option<usize>,
    typed: Typed,
}

/// The form as it was typed.
#[derive(Default)]
struct Typed {
    name: String,
    host: String,
    port: String,
    https: bool,
    certificate: String,
}

impl Typed {
    fn of(form: &Form) -> Self {
        Self {
            name: form.text("name").to_owned(),
            host: form.text("host").to_owned(),
            port: form.text("port").to_owned(),
            https: form.text("https") == "yes",
            certificate: form.text("certificate").to_owned(),
        }
    }

    fn of_place(place: ServerPlace) -> Self {
        let https = place.address.starts_with("https://");
        let rest = place.address.rsplit("//").next().unwrap_or_default();
        let usual = if https { "443" } else { "80" };
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port),
            _ => (rest, usual),
        };
        let certificate = place.certificate.unwrap_or_default();
        let (host, port) = (host.to_owned(), port.to_owned());
        Self { name: place.name, host, port, https, certificate }
    }

    /// The place that is meant, or what is wrong.
    fn place(&self) -> Result<ServerPlace, &'static str> {
        let host = self.host.trim_end_matches('/');
        if host.is_empty() || host.contains(['/', '@', '?', '#', ' ', '"']) {
            return Err("Enter the host name alone, such as licenses.example.com.");
        }
        let port = if self.port.is_empty() { USUAL_PORT } else { &self.port };
        let port = port.parse::<u16>().ok().filter(|port| *port > 0);
        let port = port.ok_or("Enter a port from 1 to 65535.")?;
        let scheme = if self.https { "https" } else { "http" };
        // An IPv6 address has colons of its own.
        let is_bare_v6 = host.contains(':') && !host.starts_with('[');
        let host = if is_bare_v6 { format!("[{host}]") } else { host.to_owned() };
        let address = format!("{scheme}://{host}:{port}");
        let name = if self.name.is_empty() { format!("{host}:{port}") } else { self.name.clone() };
        let certificate = Some(self.certificate.clone()).filter(|pem| !pem.is_empty());
        Ok(ServerPlace { name, address, certificate })
    }

    /// Names and passwords would cross a network in the clear.
    fn is_open(&self) -> bool {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        let here = host.eq_ignore_ascii_case("localhost")
            || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        !self.https && !here
    }
}

fn render(
    site: &Pages,
    visit: &Visit<Staff>,
    number: Option<usize>,
    typed: Typed,
    fault: Option<(StatusCode, Notice)>,
) -> Response {
    let shown = visit.holds.as_ref().map_or(0, |staff| staff.at);
    let title = if number.is_some() { "Change a license server" } else { "Add a license server" };
    let desk = Desk::of(site, visit, shown, title);
    let (status, notice) = match fault {
        Some((status, notice)) => (status, Some(notice)),
        None => (StatusCode::OK, None),
    };
    show(status, &PlacePage { desk, notice, number, typed })
}

/// `GET /settings/servers/new`
pub(super) async fn new(State(site): State<Pages>, visit: Visit<Staff>) -> Response {
    if !may_change(&site, &visit) {
        return see_other("/settings");
    }
    let typed = Typed { port: USUAL_PORT.to_owned(), https: true, ..Typed::default() };
    render(&site, &visit, None, typed, None)
}

/// `GET /settings/servers/{number}`
pub(super) async fn edit(
    State(site): State<Pages>,
    Path(number): Path<usize>,
    visit: Visit<Staff>,
) -> Response {
    let place = site.fleet().and_then(|fleet| fleet.server(number));
    match place {
        Some(place) if may_change(&site, &visit) => {
            render(&site, &visit, Some(number), Typed::of_place(place), None)
        }
        _ => see_other("/settings"),
    }
}

/// `POST /settings/servers/new`
pub(super) async fn add(State(site): State<Pages>, posted: Posted<Staff>) -> Response {
    put(&site, posted, None).await
}

/// `POST /settings/servers/{number}`
pub(super) async fn change(
    State(site): State<Pages>,
    Path(number): Path<usize>,
    posted: Posted<Staff>,
) -> Response {
    put(&site, posted, Some(number)).await
}

async fn put(site: &Pages, posted: Posted<Staff>, number: Option<usize>) -> Response {
    let Posted { inside, form } = posted;
    let (visit, typed) = (&inside.visit, Typed::of(&form));
    let Some(fleet) = site.fleet().cloned() else { return see_other("/settings") };
    if !may_change(site, visit) {
        return render(site, visit, number, typed, Some((StatusCode::FORBIDDEN, locked())));
    }
    let wrong = |why: &str| {
        let notice = Notice::new(Tone::Bad, "Nothing was changed", why);
        Some((StatusCode::UNPROCESSABLE_ENTITY, notice))
    };
    let place = match typed.place() {
        Ok(place) => place,
        Err(why) => {
            let fault = wrong(why);
            return render(site, visit, number, typed, fault);
        }
    };
    let name = place.name.clone();
    let kept = tokio::task::spawn_blocking(move || fleet.put(number, place)).await;
    match kept {
        Ok(Ok(now)) => {
            let notice = match typed.is_open() {
                false => Notice::new(Tone::Good, format!("{name} is on the list"), ""),
                true => {
                    let text = "It is reached without HTTPS: names and passwords cross the network \
                                in the clear.";
                    Notice::new(Tone::Wait, format!("{name} is on the list"), text)
                }
            };
            site.change_of(visit, |staff| {
                staff.flash = Some(notice);
                // Whoever was at the old address is now at the new one, and logs in there.
                if number == Some(staff.at) {
                    staff.at = now;
                }
            });
            see_other("/servers")
        }
        Ok(Err(why)) => {
            let fault = wrong(&why);
            render(site, visit, number, typed, fault)
        }
        Err(_) => {
            let fault = Some((StatusCode::INTERNAL_SERVER_ERROR, unkept(None)));
            render(site, visit, number, typed, fault)
        }
    }
}

#[derive(Template)]
#[template(path = "manager/settings/remove.html")]
struct RemovePage {
    desk: Desk,
    number: usize,
    name: String,
    back: Link,
}

/// `GET /settings/servers/{number}/remove`
pub(super) async fn ask(
    State(site): State<Pages>,
    Path(number): Path<usize>,
    visit: Visit<Staff>,
) -> Response {
    let place = site.fleet().and_then(|fleet| fleet.server(number));
    let Some(place) = place.filter(|_| may_change(&site, &visit)) else {
        return see_other("/settings");
    };
    let shown = visit.holds.as_ref().map_or(0, |staff| staff.at);
    let desk = Desk::of(&site, &visit, shown, &format!("Take “{}” off the list?", place.name));
    let back = Link { href: "/settings".to_owned(), words: "Don’t do it".to_owned() };
    show(StatusCode::OK, &RemovePage { desk, number, name: place.name, back })
}

/// `POST /settings/servers/{number}/remove`
pub(super) async fn remove(
    State(site): State<Pages>,
    Path(number): Path<usize>,
    posted: Posted<Staff>,
) -> Response {
    let visit = &posted.inside.visit;
    let Some(fleet) = site.fleet().cloned() else { return see_other("/settings") };
    let notice = match may_change(&site, visit) {
        false => locked(),
        true => match tokio::task::spawn_blocking(move || fleet.remove(number)).await {
            Ok(Ok(())) => {
                let text = "Nothing changed on the server itself.";
                Notice::new(Tone::Good, "The server is off the list", text)
            }
            failed => unkept(failed.ok().and_then(Result::err)),
        },
    };
    site.change_of(visit, |staff| staff.flash = Some(notice));
    see_other("/settings")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(host: &str, port: &str, https: bool) -> Typed {
        let (host, port) = (host.to_owned(), port.to_owned());
        Typed { host, port, https, ..Typed::default() }
    }

    #[test]
    fn a_host_and_a_port_make_an_address_and_back() {
        for (host, port, https, address) in [
            ("licenses.example", "443", true, "https://licenses.example:443"),
            ("127.0.0.1", "", false, "http://127.0.0.1:7070"),
            ("::1", "7070", false, "http://[::1]:7070"),
            ("[::1]", "7070", false, "http://[::1]:7070"),
        ] {
            let place = typed(host, port, https).place().expect("a place");
            assert_eq!(place.address, address);
            let again = Typed::of_place(place.clone());
            assert_eq!(again.place().map(|place| place.address), Ok(address.to_owned()));
        }
        for (host, port) in [("", "1"), ("http://a", "1"), ("a b", "1"), ("a", "0"), ("a", "70707")]
        {
            assert!(typed(host, port, true).place().is_err(), "{host} {port}");
        }
        let usual = Typed::of_place(ServerPlace::at("https://licenses.example"));
        assert_eq!((usual.host.as_str(), usual.port.as_str()), ("licenses.example", "443"));
    }

    #[test]
    fn only_this_machine_is_reached_without_a_warning() {
        assert!(typed("licenses.example", "1", false).is_open());
        for closed in
            [typed("localhost", "1", false), typed("[::1]", "1", false), typed("a", "1", true)]
        {
            assert!(!closed.is_open(), "{}", closed.host);
        }
    }
}
