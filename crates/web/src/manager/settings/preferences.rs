//! Page size and dropping of devices; and the list of servers, to be looked at and changed.
//!
//! Kept here: of a manager of its own they are for everybody and in its file; of the pages of a license server they
//! are the reader's and in the browser.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::authority::may_change;
use crate::component::{Notice, Tone};
use crate::fleet::{ROWS_MAX, View};
use crate::icon::Icon;
use crate::site::{Entered, Posted, Visit, see_other, show};
use crate::staff::{Desk, Pages, Staff};

#[derive(Template)]
#[template(path = "manager/settings/settings.html")]
struct SettingsPage {
    desk: Desk,
    notice: Option<Notice>,
    rows: String,
    rows_fault: Option<String>,
    drop_devices: bool,
    /// The servers of a manager of its own.
    fleet: Option<FleetPart>,
    origin: String,
}

impl SettingsPage {
    /// Whether they can only be looked at.
    fn is_locked(&self) -> bool {
        self.fleet.as_ref().is_some_and(|fleet| !fleet.may_change)
    }
}

struct FleetPart {
    may_change: bool,
    servers: Vec<Place>,
}

struct Place {
    number: usize,
    name: String,
    address: String,
    is_shown: bool,
}

/// What was typed, when it is shown again.
struct Typed {
    rows: String,
    rows_fault: Option<String>,
    drop_devices: bool,
}

/// `GET /settings`
pub(super) async fn page(State(site): State<Pages>, visit: Visit<Staff>) -> Response {
    let is_nobody = visit.holds.as_ref().is_none_or(|staff| staff.account().is_none());
    if site.fleet().is_none() && is_nobody {
        return site.ended(&visit);
    }
    render(&site, &visit, StatusCode::OK, None, None)
}

fn render(
    site: &Pages,
    visit: &Visit<Staff>,
    status: StatusCode,
    notice: Option<Notice>,
    typed: Option<Typed>,
) -> Response {
    let shown = visit.holds.as_ref().map_or(0, |staff| staff.at);
    let View { rows, drop_devices } = visit.view;
    let Typed { rows, rows_fault, drop_devices } =
        typed.unwrap_or(Typed { rows: rows.to_string(), rows_fault: None, drop_devices });
    let fleet = site.fleet().map(|fleet| FleetPart {
        may_change: may_change(site, visit),
        servers: fleet
            .servers()
            .into_iter()
            .map(|(number, place)| Place {
                number,
                name: place.name,
                address: place.address,
                is_shown: number == shown,
            })
            .collect(),
    });
    let desk = Desk::of(site, visit, shown, "Settings");
    let origin = visit.origin.clone();
    show(status, &SettingsPage { desk, notice, rows, rows_fault, drop_devices, fleet, origin })
}

/// `POST /settings`
pub(super) async fn save(State(site): State<Pages>, posted: Posted<Staff>) -> Response {
    let Posted { inside, form } = posted;
    let visit = &inside.visit;
    let drop_devices = form.text("drop_devices") == "yes";
    let rows = match form.text("rows").parse() {
        Ok(rows) if (1..=ROWS_MAX).contains(&rows) => rows,
        _ => {
            let rows_fault = Some(format!("Enter a number from 1 to {ROWS_MAX}."));
            let rows = form.text("rows").to_owned();
            let typed = Some(Typed { rows, rows_fault, drop_devices });
            return render(&site, visit, StatusCode::UNPROCESSABLE_ENTITY, None, typed);
        }
    };
    let view = View { rows, drop_devices };
    let saved = "Lists have this size from now on, on this browser.";
    let Some(fleet) = site.fleet().cloned() else {
        site.change_of(visit, |staff| staff.flash = Some(Notice::new(Tone::Good, "Saved", saved)));
        return site.keep_view(view, "/settings");
    };
    if !may_change(&site, visit) {
        return render(&site, visit, StatusCode::FORBIDDEN, Some(locked()), None);
    }
    let kept = tokio::task::spawn_blocking(move || fleet.set_view(view)).await;
    match kept {
        Ok(Ok(())) => {
            let text = "They hold for everybody who uses this license manager.";
            let notice = Notice::new(Tone::Good, "The settings are saved", text);
            site.change_of(visit, |staff| staff.flash = Some(notice));
            see_other("/settings")
        }
        failed => {
            let typed = Typed { rows: rows.to_string(), rows_fault: None, drop_devices };
            let notice = Some(unkept(failed.ok().and_then(Result::err)));
            render(&site, visit, StatusCode::INTERNAL_SERVER_ERROR, notice, Some(typed))
        }
    }
}

/// `POST /settings/unlock`: the key of the manager's owner opens a session that may change settings.
pub(super) async fn unlock(
    State(site): State<Pages>,
    Entered { visit, form }: Entered<Staff>,
) -> Response {
    let Some(fleet) = site.fleet() else { return see_other("/settings") };
    if !fleet.is_opened_by(form.text("key")) {
        let text = "It stands in the file that the program named when it was started. Take the \
                    one of this start: each start makes a new one.";
        let notice = Notice::new(Tone::Bad, "This is not the key", text);
        return render(&site, &visit, StatusCode::FORBIDDEN, Some(notice), None);
    }
    let staff = visit.holds.clone().unwrap_or_else(Staff::nowhere);
    site.open(&visit, Staff { keeps: true, ..staff }, "/settings")
}

/// Why nothing was changed, for who may not.
pub(super) fn locked() -> Notice {
    let text = "Log in to a license server as an administrator, or enter the key of this license \
                manager below.";
    Notice::new(Tone::Bad, "You may not change these settings", text)
}

/// Why nothing was changed, where it could not be kept.
pub(super) fn unkept(why: Option<String>) -> Notice {
    let why = why.unwrap_or_else(|| "The program broke off. Its log says why.".to_owned());
    Notice::new(Tone::Bad, "Nothing was changed", why)
}
