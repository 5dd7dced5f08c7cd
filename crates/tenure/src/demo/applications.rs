//! The example applications of the demo: each is a user on a workstation with its own SDK connection.
//!
//! Invariant: each uses nothing but the public SDK, as a licensed application would; the SDK verifies every lease
//! against the pinned root.
//! Deliberately not here: administration.

use super::story::{Story, unexpected};
use std::{path::Path, time::Duration};
use tenure_document::{Holder, HostId, HostIdType};
use tenure_sdk::{Error, Notice, Seat, Tenure};

/// Longest wait for a renewal in the background.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the applications hold when the story is told, so that there is something to look at.
pub struct StillHeld {
    _seats: Vec<Seat>,
    _connections: Vec<Tenure>,
}

/// An office of four.
struct Office<'a> {
    url: &'a str,
    root: &'a str,
    folder: &'a Path,
}

impl Office<'_> {
    fn application(&self, user: &str, host: &str) -> anyhow::Result<Tenure> {
        let mut holder = Holder::of(HostId::new(HostIdType::String, host)?);
        holder.user = Some(user.to_owned());
        // Its own folder, for what it borrows.
        let folder = self.folder.join("applications").join(user);
        Ok(Tenure::connect(self.url).root(self.root).holder(holder).folder(folder).open()?)
    }
}

/// Runs the applications.
///
/// # Errors
/// A step did not go as told.
pub fn run(story: &mut Story, url: &str, root: &str, folder: &Path) -> anyhow::Result<StillHeld> {
    let office = Office { url, root, folder };
    let ann = office.application("ann", "ws-01")?;
    let bob = office.application("bob", "ws-02")?;
    let cleo = office.application("cleo", "ws-03")?;
    let dan = office.application("dan", "ws-04")?;

    let anns = granted(story, &ann, "ann", "cad", "2.0")?;
    let bobs = granted(story, &bob, "bob", "cad", "2.0")?;
    denied(story, &cleo, "cleo", "cad", "2.0")?;
    let cleos = granted(story, &cleo, "cleo", "cad", "1.0")?;
    renewed(story, &anns)?;
    bobs.give_back()?;
    story.tell("bob", "closed the application: the seat is returned")?;
    let dans = granted(story, &dan, "dan", "cad", "2.0")?;

    let first = granted(story, &ann, "ann", "render", "2.0")?;
    let second = granted(story, &bob, "bob", "render", "2.0")?;
    denied(story, &dan, "dan", "render", "2.0")?;
    let view = granted(story, &bob, "bob", "viewer", "2.0")?;
    metered(story, &ann)?;
    borrowed(story, &office)?;
    denied(story, &dan, "dan", "cad", "3.0")?;
    let trial = granted(story, &cleo, "cleo", "step-import", "1.0")?;

    let seats = vec![anns, cleos, dans, first, second, view, trial];
    Ok(StillHeld { _seats: seats, _connections: vec![ann, bob, cleo, dan] })
}

fn granted(
    story: &mut Story,
    app: &Tenure,
    user: &str,
    feature: &str,
    version: &str,
) -> anyhow::Result<Seat> {
    let seat = app.checkout(feature, version)?;
    let lease = seat.lease().ok_or_else(|| unexpected(user, "no lease behind the seat"))?;
    let numbers: Vec<String> = lease.seats.iter().map(|range| range.first.to_string()).collect();
    let seat_text = if numbers.is_empty() {
        "uncounted".to_owned()
    } else {
        format!("seat {}", numbers.join(", "))
    };
    let code = match lease.code.as_str() {
        "granted" => String::new(),
        other => format!(" [{other}]"),
    };
    story.tell(
        user,
        &format!(
            "asked for {feature} {version} or later: granted version {}, {seat_text}{code}",
            lease.version
        ),
    )?;
    Ok(seat)
}

fn denied(
    story: &mut Story,
    app: &Tenure,
    user: &str,
    feature: &str,
    version: &str,
) -> anyhow::Result<()> {
    match app.checkout(feature, version) {
        Err(Error::Denied(denied)) => {
            let denial = denied
                .denials
                .first()
                .ok_or_else(|| unexpected(user, "a denial without a reason"))?;
            story.tell(
                user,
                &format!("asked for {feature} {version} or later: denied [{}]", denial.reason),
            )?;
            story.explain(&denial.explanation)?;
            match &denial.remedy {
                Some(remedy) => story.explain(&format!("remedy: {}", remedy.text)),
                None => Ok(()),
            }
        }
        Err(error) => Err(unexpected(user, error)),
        Ok(_) => Err(unexpected(
            user,
            format!("{feature} {version} was granted although nothing is free"),
        )),
    }
}

fn renewed(story: &mut Story, seat: &Seat) -> anyhow::Result<()> {
    match seat.notices().recv_timeout(PATIENCE) {
        Ok(Notice::Renewed { .. }) => story.tell(
            "ann",
            "her lease is renewed in the background while the application runs: just now",
        ),
        Ok(other) => Err(unexpected("ann", format!("{other:?}"))),
        Err(_) => Err(unexpected("ann", "no renewal in time")),
    }
}

fn metered(story: &mut Story, ann: &Tenure) -> anyhow::Result<()> {
    let left = |remaining: Option<u64>| {
        remaining.map_or_else(|| "unlimited".to_owned(), |left| left.to_string())
    };
    let run = ann.consume("simulation", "1.0", 120)?;
    story
        .tell("ann", &format!("consumed 120 units of simulation, {} left", left(run.remaining)))?;
    let undone = ann.undo(&run)?;
    story.tell("ann", &format!("the run had failed: taken back, {} left", left(undone.remaining)))
}

fn borrowed(story: &mut Story, office: &Office<'_>) -> anyhow::Result<()> {
    let eve = office.application("eve", "laptop-7")?;
    match eve.request("render", "2.0").borrow_for(Duration::from_secs(2 * 86_400)).checkout() {
        Ok(_) => return Err(unexpected("eve", "render was granted although nothing is free")),
        Err(Error::Denied(_)) => {}
        Err(error) => return Err(unexpected("eve", error)),
    }
    let seat =
        eve.request("viewer", "2.0").borrow_for(Duration::from_secs(2 * 86_400)).checkout()?;
    let lease = seat.lease().ok_or_else(|| unexpected("eve", "no lease behind the seat"))?;
    let day = lease.expires.to_string();
    let day = day.split('T').next().unwrap_or_default().to_owned();
    story.tell("eve", &format!("borrowed viewer for two days, until {day}"))?;
    drop((seat, eve));

    let far_away = Office { url: "http://127.0.0.1:1", ..*office };
    let without_network = far_away.application("eve", "laptop-7")?.checkout("viewer", "2.0")?;
    story.tell("eve", "left the network: the application starts from the borrowed lease")?;
    drop(without_network);

    let eve = office.application("eve", "laptop-7")?;
    let kept =
        eve.borrowed()?.pop().ok_or_else(|| unexpected("eve", "the borrowed lease is gone"))?;
    eve.return_borrowed(kept.id)?;
    story.tell("eve", "came back early and returned it")
}
