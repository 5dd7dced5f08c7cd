//! Reservations: one method per call.
//!
//! Groups are named by their number or their name. Deliberately not here: what fits; the server decides.

use super::connection::{Call, Client, query, segment};
use super::error::ApiError;
use crate::list::{ListQuery, Page};
use crate::reservations::{
    ReservationCheck, ReservationGroup, ReservationGroupRequest, ReservationGroupRow,
    ReservationImport,
};

const GROUPS: &str = "/api/v1/reservation-groups";

impl Client {
    /// `GET /api/v1/reservation-groups`
    pub fn reservation_groups(
        &self,
        list: &ListQuery,
    ) -> Result<Page<ReservationGroupRow>, ApiError> {
        self.list(GROUPS, list)
    }

    /// `GET /api/v1/reservation-groups/{id}`
    pub fn reservation_group(&self, group: &str) -> Result<ReservationGroup, ApiError> {
        self.read(Call::new("GET", path_of(group)))
    }

    /// `POST /api/v1/reservation-groups`
    pub fn create_reservation_group(
        &self,
        request: &ReservationGroupRequest,
        keep_leases: bool,
    ) -> Result<ReservationGroup, ApiError> {
        let path = format!("{GROUPS}{}", flags(&[("keep_leases", keep_leases)]));
        self.read(Call::new("POST", path).json(request)?)
    }

    /// `PUT /api/v1/reservation-groups/{id}`; `revision`: only if it still has this one.
    pub fn replace_reservation_group(
        &self,
        group: &str,
        request: &ReservationGroupRequest,
        revision: Option<u64>,
        keep_leases: bool,
    ) -> Result<ReservationGroup, ApiError> {
        let path = path_of(group) + &flags(&[("keep_leases", keep_leases)]);
        self.read(Call::new("PUT", path).if_match(revision).json(request)?)
    }

    /// `DELETE /api/v1/reservation-groups/{id}`; `revision`: only if it still has this one.
    pub fn delete_reservation_group(
        &self,
        group: &str,
        revision: Option<u64>,
    ) -> Result<(), ApiError> {
        self.done(Call::new("DELETE", path_of(group)).if_match(revision))
    }

    /// `POST /api/v1/reservation-groups/import`: the groups that are new or changed.
    pub fn import_reservations(
        &self,
        import: &ReservationImport,
        replace: bool,
        keep_leases: bool,
    ) -> Result<Vec<ReservationGroup>, ApiError> {
        let flags = flags(&[("replace", replace), ("keep_leases", keep_leases)]);
        self.read(Call::new("POST", format!("{GROUPS}/import{flags}")).json(import)?)
    }

    /// `POST /api/v1/reservation-groups/check`: what an import would do; changes nothing.
    pub fn check_reservations(
        &self,
        import: &ReservationImport,
        replace: bool,
        keep_leases: bool,
    ) -> Result<ReservationCheck, ApiError> {
        let flags = flags(&[("replace", replace), ("keep_leases", keep_leases)]);
        self.read(Call::new("POST", format!("{GROUPS}/check{flags}")).json(import)?)
    }

    /// `GET /api/v1/reservation-groups/export`: all groups, or the one.
    pub fn export_reservations(&self, group: Option<&str>) -> Result<ReservationImport, ApiError> {
        let query = query(&[("group", group.map(str::to_owned))]);
        self.read(Call::new("GET", format!("{GROUPS}/export{query}")))
    }
}

fn path_of(group: &str) -> String {
    format!("{GROUPS}/{}", segment(group))
}

fn flags(flags: &[(&'static str, bool)]) -> String {
    let set: Vec<_> =
        flags.iter().map(|(name, set)| (*name, set.then(|| "true".to_owned()))).collect();
    query(&set)
}
