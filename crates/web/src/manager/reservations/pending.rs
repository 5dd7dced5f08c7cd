//! The pending list of a group: entries are added, changed and deleted in it, then it is submitted together.
//!
//! Kept here: nothing typed is lost by a refusal; who was overtaken by somebody else sees both and decides.

use axum::extract::Path;
use axum::http::StatusCode;
use tenure_api::{ReservationGroup, ReservationGroupRequest};

use super::draft::Draft;
use super::entry::{API, Entry, Typed, entries};
use super::group::{Shown, found, group_page, href};
use super::unfit;
use crate::address::segment;
use crate::backend::Trouble;
use crate::component::{Notice, Tone};
use crate::form::Form;
use crate::site::{refusal, see_other};
use crate::staff::draft::TooLong;
use crate::staff::{Answer, Asked, Member, Sent};
use crate::words::so_many;

/// `POST /reservations/{id}`: one act on the pending list.
pub(super) async fn act(Path(id): Path<String>, asked: Asked, Sent { me, form }: Sent) -> Answer {
    let group = found(&me, &id).await?;
    let mut draft = Draft::of(&me, &group.id).unwrap_or_default();
    if draft.changes.is_empty() {
        draft.revision = group.revision;
    }
    let here = href(&group.id);
    let back = format!("{here}#pending");
    match form.text("act") {
        "add" => {
            let mut typed = Typed::sent(&form);
            let Some(entry) = typed.read() else {
                let shown = Shown { typed: Some(typed), ..wrong("Nothing was added") };
                return group_page(&me, &asked, group, shown).await;
            };
            draft.changes.push(super::draft::Change::Add(entry));
        }
        "edit" | "delete" => match chosen(&group, &form) {
            Err(notice) => return overtaken(&me, &asked, group, notice).await,
            Ok(chosen) if chosen.is_empty() => {
                let text = "Mark the entries that shall go, then press the button again.";
                let notice = Notice::new(Tone::Tell, "No entry is marked", text);
                return Ok(me.done(notice, &here));
            }
            Ok(chosen) if form.text("act") == "delete" => {
                chosen.into_iter().for_each(|(_, entry)| draft.delete(entry));
            }
            Ok(mut chosen) => {
                let mut typed = Typed::sent(&form);
                let (place, was) = chosen.swap_remove(0);
                let Some(now) = typed.read() else {
                    let shown =
                        Shown { editing: Some((place, typed)), ..wrong("Nothing was changed") };
                    return group_page(&me, &asked, group, shown).await;
                };
                draft.edit(was, now);
            }
        },
        "rename" => {
            let name = form.text("name").to_owned();
            draft.rename(Some(name).filter(|name| !name.is_empty()));
        }
        "undo" => {
            if let Ok(place) = form.text("place").parse::<usize>()
                && place < draft.changes.len()
            {
                draft.changes.remove(place);
            }
        }
        "discard" => draft.changes.clear(),
        _ => return Ok(see_other(&here)),
    }
    match draft.keep(&me, &group.id) {
        Ok(()) => Ok(see_other(&back)),
        Err(TooLong) => {
            let notice = Notice::new(Tone::Bad, "The list is full", TooLong.to_string());
            Ok(me.done(notice, &here))
        }
    }
}

/// A form in which something is wrong.
fn wrong(title: &str) -> Shown {
    let text = "See what is said at the fields below.";
    let notice = Some(Notice::new(Tone::Bad, title, text));
    Shown { status: StatusCode::UNPROCESSABLE_ENTITY, notice, ..Shown::default() }
}

/// The entries at the places that a form names, as long as the group is the one that was seen.
fn chosen(group: &ReservationGroup, form: &Form) -> Result<Vec<(usize, Entry)>, Notice> {
    if form.text("revision").parse() != Ok(group.revision) {
        let text = "The group is shown as it is now. Look again, then repeat what you did.";
        return Err(Notice::new(Tone::Wait, "Somebody else has changed this group", text));
    }
    let all = entries(&ReservationGroupRequest::from(group.clone()));
    let places = form.every("place").filter_map(|place| place.parse::<usize>().ok());
    Ok(places.filter_map(|place| Some((place, all.get(place)?.clone()))).collect())
}

/// The page with what there is now.
async fn overtaken(me: &Member, asked: &Asked, group: ReservationGroup, notice: Notice) -> Answer {
    let status = StatusCode::PRECONDITION_FAILED;
    group_page(me, asked, group, Shown { status, notice: Some(notice), ..Shown::default() }).await
}

fn both() -> Notice {
    let text = "Nothing of yours was submitted. Below stand the group as it is now, and your pending list. Put your \
                changes on top of it, or discard them.";
    Notice::new(Tone::Wait, "Somebody else was faster", text)
}

/// Whether seats that others hold stay with them, as the form says.
pub(super) fn keeps(form: &Form) -> bool {
    form.text("keep") == "yes"
}

/// `POST /reservations/{id}/submit`: all of it, or nothing.
pub(super) async fn submit(
    Path(id): Path<String>,
    asked: Asked,
    Sent { me, form }: Sent,
) -> Answer {
    let group = found(&me, &id).await?;
    let Some(draft) = Draft::of(&me, &group.id) else {
        let notice =
            Notice::new(Tone::Tell, "Nothing is pending", "It may have been submitted before.");
        return Ok(me.done(notice, &href(&group.id)));
    };
    if draft.revision != group.revision {
        return overtaken(&me, &asked, group, both()).await;
    }
    let (posting, _) = draft.applied(&ReservationGroupRequest::from(group.clone()));
    let keep = keeps(&form);
    let path = format!("{API}/{}?keep_leases={keep}", segment(&group.id));
    let answer = me.api().put::<_, ReservationGroup>(&path, &posting, Some(draft.revision)).await;
    match answer {
        Ok(changed) => {
            Draft::forget(&me, &group.id);
            Ok(me.done(kept(&changed, draft.changes.len()), &href(&group.id)))
        }
        Err(trouble) if matches!(trouble.status().as_u16(), 401 | 403) => Err(me.sorry(&trouble)),
        Err(trouble) if trouble.status() == StatusCode::PRECONDITION_FAILED => {
            let group = found(&me, &id).await?;
            overtaken(&me, &asked, group, both()).await
        }
        Err(trouble) => {
            let shown = Shown { keep: Some(keep), ..refused(&trouble, &draft.added()) };
            group_page(&me, &asked, group, shown).await
        }
    }
}

/// What to show when the server says no.
pub(super) fn refused(trouble: &Trouble, own: &[Entry]) -> Shown {
    let unfit = unfit::entries(trouble).to_vec();
    let notice = if unfit.is_empty() { refusal(trouble) } else { unfit::notice(&unfit, own) };
    Shown { status: trouble.status(), notice: Some(notice), unfit, ..Shown::default() }
}

/// What a group keeps now.
pub(super) fn kept(group: &ReservationGroup, changes: usize) -> Notice {
    let all = || group.reservations.iter().flat_map(|one| &one.reservation_entries);
    let reserved: u64 = all().map(|entry| entry.reserved).sum();
    let waiting: u64 = all().map(|entry| entry.waiting).sum();
    let mut text = format!("The group keeps {}.", so_many(reserved, "seat", "seats"));
    if waiting > 0 {
        text.push_str(&format!(
            " {waiting} of them are still held by others and come back when their leases end."
        ));
    }
    let title = format!("Done: {}", so_many(changes as u64, "change", "changes"));
    Notice::new(Tone::Good, title, text)
}

/// `POST /reservations/{id}/rebase`: the pending list on top of what somebody else has made of the group.
pub(super) async fn rebase(Path(id): Path<String>, Sent { me, .. }: Sent) -> Answer {
    let group = found(&me, &id).await?;
    let mut draft = Draft::of(&me, &group.id).unwrap_or_default();
    let (_, lost) = draft.applied(&ReservationGroupRequest::from(group.clone()));
    draft.changes.retain(|change| !lost.contains(change));
    draft.revision = group.revision;
    if draft.keep(&me, &group.id).is_err() {
        return Ok(see_other(&href(&group.id)));
    }
    let notice = match lost.as_slice() {
        [] => Notice::new(
            Tone::Good,
            "Your changes fit on top",
            "Look at them once more, then submit them.",
        ),
        lost => {
            let words: Vec<String> = lost.iter().map(|change| change.words()).collect();
            let text = format!("What they were about is no longer there: {}.", words.join("; "));
            Notice::new(Tone::Wait, "Some of your changes are gone", text)
        }
    };
    Ok(me.done(notice, &href(&group.id)))
}
