//! What is said about a container, and the file with all that waits for it.
//!
//! Kept here: what was typed stays when the API refuses it; nothing pending is no error page but a notice at the
//! container. Deliberately not here: what is ruled about a container that is lost, copied or restored (`rulings`).

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::office::{ContainerChange, ContainerDetail, IssuedUpdate, Tolerance};

use super::pages::{API, found, page_of};
use crate::address::segment;
use crate::component::{Notice, Tone};
use crate::download::document_file;
use crate::site::{refusal, show};
use crate::staff::{Answer, Desk, Member, Sent};

#[derive(Template)]
#[template(path = "console/containers/edit.html")]
struct EditPage {
    desk: Desk,
    notice: Option<Notice>,
    here: String,
    customer: String,
    tolerance: String,
    anchored: bool,
}

fn edit_page(
    me: &Member,
    found: &ContainerDetail,
    status: StatusCode,
    notice: Option<Notice>,
    (customer, tolerance, anchored): (String, String, bool),
) -> Response {
    let desk = me.desk(format!("Change {}", found.container.serial));
    let here = page_of(&found.container.serial);
    show(status, &EditPage { desk, notice, here, customer, tolerance, anchored })
}

/// `GET …/edit`.
pub(super) async fn edit(me: Member, Path(serial): Path<String>) -> Answer {
    let found = found(&me, &serial).await?;
    let now = (
        found.container.customer.clone().unwrap_or_default(),
        found.tolerance.map(Tolerance::word).unwrap_or_default().to_owned(),
        found.container.anchored,
    );
    Ok(edit_page(&me, &found, StatusCode::OK, None, now))
}

/// `POST …/edit`.
pub(super) async fn change(Path(serial): Path<String>, Sent { me, form }: Sent) -> Answer {
    let found = found(&me, &serial).await?;
    let anchored = form.text("anchored") == "yes";
    let tolerance = match form.text("tolerance") {
        "loose" => Some(Tolerance::Loose),
        "medium" => Some(Tolerance::Medium),
        "strict" => Some(Tolerance::Strict),
        _ => None,
    };
    let asked = ContainerChange {
        customer: Some(form.text("customer").to_owned()),
        tolerance,
        anchored: Some(anchored),
    };
    let path = format!("{API}/{}", segment(&found.container.serial));
    match me.api().patch::<_, ContainerDetail>(&path, &asked).await {
        Ok(_) => {
            let notice = Notice::new(Tone::Good, "It is changed", "");
            Ok(me.done(notice, &page_of(&found.container.serial)))
        }
        Err(trouble) => {
            let text = |name: &str| form.text(name).to_owned();
            let typed = (text("customer"), text("tolerance"), anchored);
            Ok(edit_page(&me, &found, trouble.status(), Some(refusal(&trouble)), typed))
        }
    }
}

/// `POST …/update.tnr`: the file with all that is pending, to be carried to the device.
pub(super) async fn update(Path(serial): Path<String>, Sent { me, form }: Sent) -> Answer {
    let path = format!("{API}/{}/update", segment(&serial));
    match me.api().post_empty::<IssuedUpdate>(&path, form.text("once")).await {
        Ok(issued) => Ok(document_file(&issued.file_name, issued.update)),
        Err(trouble) if trouble.status() == StatusCode::CONFLICT => {
            Ok(me.done(refusal(&trouble), &page_of(&serial)))
        }
        Err(trouble) => Err(me.sorry(&trouble)),
    }
}
