//! The license servers that a manager of its own reaches, and its settings: what is kept between two starts.
//!
//! Kept here: a server has a number that is never given to another address, so that no login ever goes to a server it
//! was not made at; what is shown as set is on disk; settings can be changed while no server answers, by whoever has
//! the key that the program wrote for its owner. Deliberately not here: files.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::Request;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use tenure_api::{Problem, TlsTrust};

use crate::backend::{Answering, Backend, Destination};
use crate::remote::{Remote, RemoteOptions, said};

/// Rows on a page of a list, unless somebody chose otherwise.
pub(crate) const ROWS: u32 = 50;
/// Most rows on a page: what a browser still shows at once, within 200 kB.
pub(crate) const ROWS_MAX: u32 = 200;
/// Most servers.
const SERVERS_MAX: usize = 50;
/// Longest name of one, in characters.
const NAME_MAX: usize = 80;
/// Longest text of certificates.
const CERTIFICATES_MAX: usize = 256 * 1024;

/// The settings of a manager, as its file has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ManagerSettings {
    /// Rows on a page of a list, 1 to 200.
    pub rows: u32,
    /// The pages offer to drop devices, to whom may do so.
    pub drop_devices: bool,
    /// The license servers, the first one shown first.
    pub servers: Vec<ServerPlace>,
}

impl Default for ManagerSettings {
    fn default() -> Self {
        Self { rows: ROWS, drop_devices: true, servers: Vec::new() }
    }
}

/// Where a license server is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerPlace {
    /// What people call it.
    pub name: String,
    /// `http://host:port` or `https://host:port`.
    pub address: String,
    /// Certificates to believe instead of the usual ones, in PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
}

impl ServerPlace {
    /// A server called by its address.
    pub fn at(address: impl Into<String>) -> Self {
        let address = address.into().trim_end_matches('/').to_owned();
        let name = address.rsplit("//").next().unwrap_or_default().to_owned();
        Self { name, address, certificate: None }
    }
}

/// Keeps settings for the next start.
pub trait Keeps: Send + Sync + 'static {
    /// Writes them; blocks until they are safe.
    ///
    /// # Errors
    /// What went wrong, for people.
    fn keep(&self, settings: &ManagerSettings) -> Result<(), String>;
}

/// How the reader wants lists, and which grave acts are offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct View {
    pub(crate) rows: u32,
    pub(crate) drop_devices: bool,
}

impl View {
    /// Out of a cookie; what makes no sense is as usual.
    pub(crate) fn of(word: &str) -> Self {
        let (rows, drop) = word.split_once('-').unwrap_or((word, ""));
        let rows = rows.parse().unwrap_or(ROWS).clamp(1, ROWS_MAX);
        Self { rows, drop_devices: drop != "keep" }
    }

    /// As it stands in a cookie.
    pub(crate) fn word(self) -> String {
        let drop = if self.drop_devices { "drop" } else { "keep" };
        format!("{}-{drop}", self.rows)
    }
}

/// The servers and settings of a manager of its own.
pub struct Fleet {
    roster: RwLock<Roster>,
    keeper: Box<dyn Keeps>,
    key: String,
    trust: TlsTrust,
}

struct Roster {
    view: View,
    members: Vec<Listed>,
    /// The number that the next server gets.
    next: usize,
}

struct Listed {
    number: usize,
    place: ServerPlace,
    remote: Arc<Remote>,
}

impl fmt::Debug for Fleet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fleet").finish_non_exhaustive()
    }
}

impl Fleet {
    /// The servers of the settings. `trust` is for those without certificates of their own; whoever has `key` may
    /// change settings without being logged in anywhere.
    ///
    /// # Errors
    /// What in the settings makes no sense.
    pub fn new(
        settings: ManagerSettings,
        trust: TlsTrust,
        key: String,
        keeper: Box<dyn Keeps>,
    ) -> Result<Self, String> {
        let rows = settings.rows;
        if !(1..=ROWS_MAX).contains(&rows) {
            return Err(format!("rows = {rows} must be 1 to {ROWS_MAX}"));
        }
        if settings.servers.len() > SERVERS_MAX {
            return Err(format!("there may be {SERVERS_MAX} servers"));
        }
        let mut members: Vec<Listed> = Vec::new();
        for place in settings.servers {
            check_name(&place.name, members.iter().map(|one| one.place.name.as_str()))?;
            let remote = reach(&place, &trust)?;
            members.push(Listed { number: members.len(), place, remote });
        }
        let view = View { rows, drop_devices: settings.drop_devices };
        let next = members.len();
        Ok(Self { roster: RwLock::new(Roster { view, members, next }), keeper, key, trust })
    }

    /// Whether this is the key of the program's owner.
    pub(crate) fn is_opened_by(&self, key: &str) -> bool {
        !self.key.is_empty() && bool::from(self.key.as_bytes().ct_eq(key.as_bytes()))
    }

    pub(crate) fn view(&self) -> View {
        self.read().view
    }

    /// The servers by their numbers, in their order.
    pub(crate) fn servers(&self) -> Vec<(usize, ServerPlace)> {
        self.read().members.iter().map(|one| (one.number, one.place.clone())).collect()
    }

    pub(crate) fn server(&self, number: usize) -> Option<ServerPlace> {
        self.read().find(number).map(|one| one.place.clone())
    }

    /// This server, or the first one where it is no longer there.
    pub(crate) fn or_first(&self, number: usize) -> usize {
        let roster = self.read();
        match (roster.find(number), roster.members.first()) {
            (None, Some(first)) => first.number,
            _ => number,
        }
    }

    /// Sets how lists are shown. Blocks.
    pub(crate) fn set_view(&self, view: View) -> Result<(), String> {
        let mut roster = self.write();
        self.keep(view, roster.members.iter().map(|one| &one.place))?;
        roster.view = view;
        Ok(())
    }

    /// Adds a server, or puts it in the place of another; its number. Blocks.
    pub(crate) fn put(&self, instead: Option<usize>, place: ServerPlace) -> Result<usize, String> {
        let remote = reach(&place, &self.trust)?;
        let mut roster = self.write();
        let at = match instead {
            Some(number) => {
                let found = roster.members.iter().position(|one| one.number == number);
                Some(found.ok_or("This server was taken off the list meanwhile.")?)
            }
            None if roster.members.len() >= SERVERS_MAX => {
                return Err(format!("There may be {SERVERS_MAX} servers."));
            }
            None => None,
        };
        let others = roster.members.iter().enumerate().filter(|(place, _)| Some(*place) != at);
        check_name(&place.name, others.map(|(_, one)| one.place.name.as_str()))?;
        // Logins belong to an address, and to who is believed there.
        let number = match at.and_then(|at| roster.members.get(at)) {
            Some(old)
                if old.place.address == place.address
                    && old.place.certificate == place.certificate =>
            {
                old.number
            }
            _ => roster.next,
        };
        let mut places: Vec<&ServerPlace> = roster.members.iter().map(|one| &one.place).collect();
        match at {
            Some(at) => places[at] = &place,
            None => places.push(&place),
        }
        self.keep(roster.view, places.into_iter())?;
        roster.next = roster.next.max(number + 1);
        let member = Listed { number, place, remote };
        match at.and_then(|at| roster.members.get_mut(at)) {
            Some(old) => *old = member,
            None => roster.members.push(member),
        }
        Ok(number)
    }

    /// Takes a server off the list. Blocks.
    pub(crate) fn remove(&self, number: usize) -> Result<(), String> {
        let mut roster = self.write();
        let left = roster.members.iter().filter(|one| one.number != number);
        self.keep(roster.view, left.map(|one| &one.place))?;
        roster.members.retain(|one| one.number != number);
        Ok(())
    }

    fn keep<'p>(
        &self,
        view: View,
        places: impl Iterator<Item = &'p ServerPlace>,
    ) -> Result<(), String> {
        let View { rows, drop_devices } = view;
        self.keeper.keep(&ManagerSettings {
            rows,
            drop_devices,
            servers: places.cloned().collect(),
        })
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Roster> {
        self.roster.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Roster> {
        self.roster.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Roster {
    fn find(&self, number: usize) -> Option<&Listed> {
        self.members.iter().find(|one| one.number == number)
    }
}

fn check_name<'n>(name: &str, others: impl Iterator<Item = &'n str>) -> Result<(), String> {
    if name.trim().is_empty() {
        return Err("Give the server a name.".to_owned());
    }
    if name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        return Err(format!("A name has at most {NAME_MAX} characters, in one line."));
    }
    let mut others = others;
    match others.any(|other| other == name) {
        true => Err(format!("Another server is called “{name}” already.")),
        false => Ok(()),
    }
}

fn reach(place: &ServerPlace, usual: &TlsTrust) -> Result<Arc<Remote>, String> {
    if place.certificate.as_ref().is_some_and(|pem| pem.len() > CERTIFICATES_MAX) {
        return Err(format!("Certificates may have {} KiB.", CERTIFICATES_MAX / 1024));
    }
    let mut options = RemoteOptions::new(&place.address);
    options.connect_timeout = Duration::from_secs(3);
    options.trust = match &place.certificate {
        Some(pem) => TlsTrust::Roots(pem.clone()),
        None => usual.clone(),
    };
    let remote = Remote::new(options).map_err(|error| format!("{}: {error}.", place.address))?;
    Ok(Arc::new(remote))
}

impl Backend for Fleet {
    fn call(&self, request: Request<Bytes>) -> Answering<'_> {
        let to = request.extensions().get().copied().unwrap_or(Destination(0));
        let remote = self.read().find(to.0).map(|one| one.remote.clone());
        Box::pin(async move {
            match remote {
                Some(remote) => remote.call(request).await,
                None => said(Problem::new(
                    404,
                    "server-not-listed",
                    "There is no such server",
                    "It was taken off the list of servers, or none was put on it yet.",
                )),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Clone, Default)]
    struct Disk(Arc<Mutex<(Vec<ManagerSettings>, bool)>>);

    impl Keeps for Disk {
        fn keep(&self, settings: &ManagerSettings) -> Result<(), String> {
            let mut disk = self.0.lock().expect("whole");
            if disk.1 {
                return Err("the disk is full".to_owned());
            }
            disk.0.push(settings.clone());
            Ok(())
        }
    }

    fn fleet(addresses: &[&str]) -> (Fleet, Disk) {
        let disk = Disk::default();
        let servers = addresses.iter().map(|address| ServerPlace::at(*address)).collect();
        let settings = ManagerSettings { servers, ..ManagerSettings::default() };
        let fleet = Fleet::new(settings, TlsTrust::System, "key".into(), Box::new(disk.clone()));
        (fleet.expect("servers"), disk)
    }

    fn listed(fleet: &Fleet) -> Vec<(usize, String)> {
        fleet.servers().into_iter().map(|(number, place)| (number, place.name)).collect()
    }

    #[test]
    fn a_number_is_never_given_to_another_address() {
        let (fleet, disk) = fleet(&["http://a:1", "http://b:1/"]);
        assert_eq!(listed(&fleet), [(0, "a:1".into()), (1, "b:1".into())]);
        let renamed = ServerPlace { name: "A".into(), ..ServerPlace::at("http://a:1") };
        assert_eq!(fleet.put(Some(0), renamed), Ok(0), "a name is no address");
        assert_eq!(fleet.put(Some(1), ServerPlace::at("http://c:1")), Ok(2));
        assert_eq!(listed(&fleet), [(0, "A".into()), (2, "c:1".into())]);
        fleet.remove(2).expect("removed");
        assert_eq!(fleet.put(None, ServerPlace::at("http://b:1")), Ok(3));
        assert_eq!((fleet.or_first(2), fleet.or_first(3)), (0, 3));
        assert!(fleet.put(Some(2), ServerPlace::at("http://d:1")).is_err(), "it is gone");
        let kept = disk.0.lock().expect("whole").0.last().cloned().expect("settings");
        let names: Vec<String> = kept.servers.into_iter().map(|place| place.name).collect();
        assert_eq!(names, ["A", "b:1"]);
    }

    #[test]
    fn what_makes_no_sense_or_can_not_be_kept_changes_nothing() {
        let (fleet, disk) = fleet(&["http://a:1"]);
        let named = |name: &str, address: &str| ServerPlace {
            name: name.into(),
            ..ServerPlace::at(address)
        };
        for (place, why) in [
            (named("a:1", "http://b:1"), "called “a:1” already"),
            (named(" ", "http://b:1"), "Give the server a name"),
            (named("two\nlines", "http://b:1"), "in one line"),
            (named("b", "b:1"), "write http://host:port"),
            (named("b", "http://b:1/path"), "write http://host:port"),
        ] {
            let said = fleet.put(None, place).expect_err("refused");
            assert!(said.contains(why), "{said}");
        }
        let pem = ServerPlace { certificate: Some("no PEM".into()), ..named("b", "https://b:1") };
        assert!(fleet.put(None, pem).expect_err("refused").contains("certificate"));
        disk.0.lock().expect("whole").1 = true;
        assert!(fleet.put(None, named("b", "http://b:1")).is_err());
        assert!(fleet.remove(0).is_err());
        assert!(fleet.set_view(View { rows: 20, drop_devices: false }).is_err());
        assert_eq!(listed(&fleet), [(0, "a:1".into())]);
        assert_eq!(fleet.view(), View { rows: ROWS, drop_devices: true });
    }

    #[test]
    fn the_key_opens_and_an_empty_one_does_not() {
        let (fleet, _) = fleet(&[]);
        assert!(fleet.is_opened_by("key"));
        assert!(!fleet.is_opened_by("kez") && !fleet.is_opened_by(""));
        assert_eq!(fleet.or_first(7), 7, "where there is none, none is first");
    }

    #[test]
    fn a_view_in_a_cookie() {
        for view in [View { rows: 20, drop_devices: false }, View { rows: 200, drop_devices: true }]
        {
            assert_eq!(View::of(&view.word()), view);
        }
        assert_eq!(View::of(""), View { rows: ROWS, drop_devices: true });
        assert_eq!(View::of("9999-keep"), View { rows: ROWS_MAX, drop_devices: false });
        assert_eq!(View::of("-3"), View { rows: ROWS, drop_devices: true });
    }
}
