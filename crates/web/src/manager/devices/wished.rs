//! Setting what a device shall hold: exactly a list, all at once.
//!
//! Kept here: what can't be read is said at its line, and the list stays as it was typed; sent as it came, it changes
//! nothing. Deliberately not here: which leases it reaches (`reach`), who renews afterwards; that is the application
//! on the device.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::{
    DesiredFeature, DeviceDetail, DeviceSetAnswer, DeviceSetRequest, Dictionary, Seconds,
};
use tenure_document::HostId;

use super::one::{api_path, find, host};
use super::reach;
use crate::component::{Notice, Tone};
use crate::icon::Icon;
use crate::manager::holding::device_href;
use crate::shown::mark;
use crate::site::{refusal, show};
use crate::staff::{Answer, Desk, Member, Sent};
use crate::words;

#[derive(Template)]
#[template(path = "manager/devices/set.html")]
struct SetPage {
    desk: Desk,
    href: String,
    value: String,
    notice: Option<Notice>,
    beyond: Option<Notice>,
    refused: Vec<String>,
    /// The mark of the leases that were said to be taken away; empty where none was.
    sure: String,
    typed: Typed,
}

/// What is said above the form.
#[derive(Default)]
struct Said {
    status: StatusCode,
    notice: Option<Notice>,
    refused: Vec<String>,
    sure: String,
}

/// The form as it was typed, and what is wrong with it.
#[derive(Debug, Default)]
struct Typed {
    list: String,
    list_fault: Option<String>,
    user: String,
    borrow: String,
    borrow_fault: Option<String>,
}

/// `GET /devices/{type}/{value}/set`.
pub(super) async fn ask(me: Member, Path((kind, value)): Path<(String, String)>) -> Answer {
    me.must("drop-device")?;
    let host = host(&me, &kind, &value)?;
    let detail = find(&me, &host).await?;
    let typed = detail.as_ref().map(as_it_is).unwrap_or_default();
    Ok(page(&me, &host, detail.as_ref(), Said::default(), typed))
}

fn page(
    me: &Member,
    host: &HostId,
    detail: Option<&DeviceDetail>,
    said: Said,
    typed: Typed,
) -> Response {
    let desk = me.desk(format!("Set what {} holds", host.value));
    let (href, value) = (device_href(host), host.value.clone());
    let Said { status, notice, refused, sure } = said;
    let beyond = detail.and_then(reach::beyond);
    show(status, &SetPage { desk, href, value, notice, beyond, refused, sure, typed })
}

/// The form that would change nothing.
fn as_it_is(detail: &DeviceDetail) -> Typed {
    let (list, borrow) = reach::present(detail);
    let user = match detail.device.users.as_slice() {
        [only] => only.clone(),
        _ => String::new(),
    };
    Typed { list, user, borrow, ..Typed::default() }
}

/// Reads `NAME[@VERSION][:COUNT]`, one a line.
fn read(list: &str) -> Result<Vec<DesiredFeature>, String> {
    let lines = list.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty());
    let read = lines.map(|(number, line)| {
        desired(line).map_err(|fault| format!("Line {}: {fault}", number + 1))
    });
    read.collect()
}

fn desired(line: &str) -> Result<DesiredFeature, String> {
    let (rest, count) = match line.rsplit_once(':') {
        Some((rest, count)) => {
            let count = count.trim().parse().ok().filter(|count| *count > 0);
            (rest, count.ok_or("after the colon stands a number of seats, at least 1.")?)
        }
        None => (line, 1),
    };
    let (name, version) = rest.split_once('@').unwrap_or((rest, "0"));
    let version = version.trim().parse();
    let version = version.map_err(|_| "after the @ stands a version such as 2.0.".to_owned())?;
    match name.trim() {
        "" => Err("a feature needs a name: NAME, NAME@VERSION or NAME@VERSION:COUNT.".to_owned()),
        name => Ok(DesiredFeature::new(name, version, count)),
    }
}

/// `POST /devices/{type}/{value}/set`.
pub(super) async fn set(
    Path((kind, value)): Path<(String, String)>,
    Sent { me, form }: Sent,
) -> Answer {
    // Whoever gives its list speaks for the device: the API lets everybody, these pages don't.
    me.must("drop-device")?;
    let host = host(&me, &kind, &value)?;
    let mut typed = Typed {
        list: form.whole("list").to_owned(),
        user: form.text("user").to_owned(),
        borrow: form.text("borrow").to_owned(),
        ..Typed::default()
    };
    let detail = find(&me, &host).await?;
    let features = read(&typed.list).map_err(|fault| typed.list_fault = Some(fault));
    let borrow: Result<Option<Seconds>, ()> = match typed.borrow.as_str() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| {
            let fault = "Write a length of time such as 8h, 7d or 2w.";
            typed.borrow_fault = Some(fault.to_owned());
        }),
    };
    let (Ok(features), Ok(borrow)) = (features, borrow) else {
        let said = Said { status: StatusCode::UNPROCESSABLE_ENTITY, ..Said::default() };
        return Ok(page(&me, &host, detail.as_ref(), said, typed));
    };
    let lost = detail.as_ref().map(|detail| reach::lost(detail, borrow)).unwrap_or_default();
    let ids: Vec<String> = lost.iter().map(|lease| lease.id.to_string()).collect();
    if !lost.is_empty() && form.text("sure") != mark(&ids) {
        let (status, notice) = (StatusCode::CONFLICT, Some(reach::question(&lost)));
        let said = Said { status, notice, sure: mark(&ids), ..Said::default() };
        return Ok(page(&me, &host, detail.as_ref(), said, typed));
    }
    let request = DeviceSetRequest {
        features,
        user: (!typed.user.is_empty()).then(|| typed.user.clone()),
        owner: None,
        name: None,
        kind: None,
        borrow,
        granularity: None,
        dictionary: Dictionary::new(),
        selectors: BTreeMap::new(),
        nonce: None,
    };
    let path = format!("{}/features", api_path(&host));
    match me.api().put::<_, DeviceSetAnswer>(&path, &request, None).await {
        Ok(answer) => answered(&me, &host, typed, &answer).await,
        Err(trouble) if trouble.status() == StatusCode::UNAUTHORIZED => Err(me.sorry(&trouble)),
        Err(trouble) => {
            let (status, notice) = (trouble.status(), Some(refusal(&trouble)));
            Ok(page(&me, &host, detail.as_ref(), Said { status, notice, ..Said::default() }, typed))
        }
    }
}

async fn answered(me: &Member, host: &HostId, typed: Typed, answer: &DeviceSetAnswer) -> Answer {
    let many = |count: usize, what: &str| match count {
        0 => None,
        count => Some(format!("{} {what}", words::so_many(count as u64, "lease", "leases"))),
    };
    let parts = [
        many(answer.leases.len(), "granted"),
        many(answer.kept.len(), "kept"),
        many(answer.released.len(), "taken away"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let done = if parts.is_empty() { "Nothing changed".to_owned() } else { parts.join(", ") };
    if answer.denials.is_empty() {
        let text = "The application on the device renews what it holds; what nobody renews ends by itself.";
        return Ok(me.done(Notice::new(Tone::Good, done, text), &device_href(host)));
    }
    let text = format!("{done}. The list below can be sent again.");
    let notice = Notice::new(Tone::Bad, "Not all of it could be granted", text);
    let refused = answer.denials.iter();
    let refused = refused.map(|denial| format!("{}: {}", denial.feature, denial.explanation));
    let (status, notice, refused) = (StatusCode::CONFLICT, Some(notice), refused.collect());
    let detail = find(me, host).await?;
    Ok(page(me, host, detail.as_ref(), Said { status, notice, refused, ..Said::default() }, typed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(list: &str, expected: &str) {
        let read = match read(list) {
            Ok(features) => features
                .iter()
                .map(|one| format!("{} {} x{}", one.name, one.version, one.count))
                .collect::<Vec<_>>()
                .join(", "),
            Err(fault) => fault,
        };
        assert_eq!(read, expected, "{list}");
    }

    #[test]
    fn lists_as_people_write_them() {
        check("", "");
        check("cad\n\n  sim@2.0:3  ", "cad 0 x1, sim 2.0 x3");
        check("cad:2", "cad 0 x2");
        check("cad\nsim:0", "Line 2: after the colon stands a number of seats, at least 1.");
        check("cad:x", "Line 1: after the colon stands a number of seats, at least 1.");
        check("cad@new", "Line 1: after the @ stands a version such as 2.0.");
        check("@1", "Line 1: a feature needs a name: NAME, NAME@VERSION or NAME@VERSION:COUNT.");
    }
}
