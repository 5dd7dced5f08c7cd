//! Where a checkout looks, and in which order: a borrowed lease, the containers on this machine, the license server.
//!
//! A station never counts twice: what it holds in one place is shared there, whatever the order says, before a seat is
//! taken in the other.
//!
//! Not here: what each place answers (`local`, `session`).

use tenure_api::DesiredFeature;

use crate::error::{Denied, Error};
use crate::local::{Looked, Which, unknown_feature};
use crate::policy::Search;
use crate::seat::Seat;
use crate::session::Wanted;
use crate::tenure::{Request, Tenure, better};

/// The code of a lease whose seats the station held already.
const SHARED_SEAT: &str = "shared-seat";

impl Request<'_> {
    /// Checks out.
    ///
    /// # Errors
    /// As [`Tenure::checkout`].
    pub fn checkout(self) -> Result<Seat, Error> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let mut local_fault = None;
        if self.wanted.borrow.is_none()
            && let Some(feature) = self.wanted.features.first()
        {
            match self.tenure.borrowed_for(feature) {
                Ok(Some(kept)) => return self.tenure.restore(kept),
                Ok(None) => {}
                Err(error) => local_fault = Some(error),
            }
        }
        let Request { tenure, wanted, .. } = self;
        // What lies on this machine is no answer to a wish to borrow, nor to several wishes at once.
        let feature = match wanted.features.as_slice() {
            [only] if wanted.borrow.is_none() => Some(only.clone()),
            _ => None,
        };
        if let Some(feature) = &feature
            && let Some(seat) = shared(tenure, feature, &wanted)
        {
            return Ok(seat);
        }
        let mut look_here = || match here(tenure, feature.as_ref(), Which::Any) {
            Ok(Some(seat)) => Some(seat),
            Ok(None) => None,
            Err(error) => {
                local_fault = Some(error);
                None
            }
        };
        if matches!(tenure.search, Search::LocalFirst | Search::LocalOnly)
            && let Some(seat) = look_here()
        {
            return Ok(seat);
        }
        if tenure.search == Search::LocalOnly {
            return Err(local_fault.unwrap_or_else(|| match &feature {
                Some(feature) => Error::denied(vec![unknown_feature(feature)]),
                None => {
                    Error::Setup("only a license server lends, or gives several at once".into())
                }
            }));
        }
        let refused = match there(tenure, wanted) {
            Ok(seat) => return Ok(seat),
            Err(error) => error,
        };
        if tenure.search == Search::ServerFirst
            && let Some(seat) = look_here()
        {
            return Ok(seat);
        }
        Err(local_fault.map_or(refused.clone(), |fault| better(refused, fault)))
    }
}

/// A seat that this station has already, in the place that would be asked second.
fn shared(tenure: &Tenure, feature: &DesiredFeature, wanted: &Wanted) -> Option<Seat> {
    let local = tenure.local.as_ref()?;
    match tenure.search {
        Search::ServerFirst => here(tenure, Some(feature), Which::Shared).ok().flatten(),
        Search::LocalFirst => {
            let notes = local.notes().filter(|notes| notes.may_share(&feature.name))?;
            // It may hold one here as well, from a time when the server was away.
            if let Ok(Some(seat)) = here(tenure, Some(feature), Which::Shared) {
                return Some(seat);
            }
            let seat = there(tenure, Wanted { wait: None, ..wanted.clone() }).ok()?;
            if seat.lease().is_some_and(|lease| lease.code == SHARED_SEAT) {
                return Some(seat);
            }
            // A new one: this feature counts processes, so the order of search holds.
            notes.is_own(&feature.name);
            None
        }
        Search::LocalOnly | Search::ServerOnly => None,
    }
}

fn here(
    tenure: &Tenure,
    feature: Option<&DesiredFeature>,
    which: Which,
) -> Result<Option<Seat>, Error> {
    let (Some(local), Some(feature)) = (&tenure.local, feature) else { return Ok(None) };
    match local.look(feature, which)? {
        Looked::Granted(taken) => tenure.seat_here(taken).map(Some),
        Looked::Denied(denials) => Err(Error::denied(denials)),
        Looked::NotHere => Ok(None),
    }
}

fn there(tenure: &Tenure, wanted: Wanted) -> Result<Seat, Error> {
    let (mut seats, denials) = tenure.checkout_many(wanted)?;
    seats.pop().ok_or(Error::Denied(Denied { denials }))
}
