//! What a visitor of the portal has entered so far.
//!
//! Kept here: bounds. Activation IDs are few, a context carried over the bridge is small; otherwise sessions
//! would be a way to fill the memory of the office.

use std::sync::Arc;

use axum::http::StatusCode;
use tenure_api::office::{
    Choice, LookUpAnswer, LookUpRequest, PortalContainer, PortalContainers, PortalEntitlement,
};

use crate::backend::{Api, Trouble};
use crate::site::Site;

/// The portal as its handlers see it.
pub(crate) type Portal = Site<Visitor>;

/// Most activation IDs of one visitor.
pub(crate) const IDS_MAX: usize = 20;
/// Longest text that is looked up as one activation ID.
const ID_TEXT_MAX: usize = 64;
/// Longest context that is kept for the bridge.
pub(crate) const CARRY_MAX: usize = 64 << 10;

/// What the session holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Visitor {
    /// Activation IDs in their written form.
    pub(crate) ids: Vec<String>,
    /// What was chosen for a device.
    pub(crate) basket: Vec<Choice>,
    /// The device at the other end of the bridge.
    pub(crate) carry: Option<Arc<Carry>>,
}

/// A device that waits for an update in the same browser.
#[derive(Debug)]
pub(crate) struct Carry {
    pub(crate) context: String,
    /// Where the update is posted to.
    pub(crate) back: String,
    /// The origin of that address.
    pub(crate) origin: String,
    /// What the device gave to know its own again.
    pub(crate) state: String,
}

/// The activation IDs in a text: one per line, or separated by commas, semicolons or, when they are written
/// with hyphens, by spaces. Each comes once.
pub(crate) fn ids_in(text: &str) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    let mut add = |id: &str| {
        let id: String = id.trim().chars().take(ID_TEXT_MAX).collect();
        if !id.is_empty() && !ids.contains(&id) && ids.len() < IDS_MAX {
            ids.push(id);
        }
    };
    for part in text.split(['\n', '\r', ',', ';']) {
        let words: Vec<&str> = part.split_whitespace().collect();
        let whole = |word: &&str| word.chars().filter(char::is_ascii_alphanumeric).count() >= 25;
        match words.iter().all(whole) {
            true => words.into_iter().for_each(&mut add),
            false => add(&words.join("-")),
        }
    }
    ids
}

/// What stands under the IDs. Where none is known the office says that there is nothing: an answer, and no trouble.
pub(crate) async fn look_up(api: &Api<'_>, ids: &[String]) -> Result<LookUpAnswer, Trouble> {
    let asked = LookUpRequest { activation_ids: ids.to_vec() };
    match api.post("/api/v1/portal/look-up", &asked, "").await {
        Err(trouble) if trouble.status() == StatusCode::NOT_FOUND => {
            Ok(LookUpAnswer { entitlements: Vec::new(), unknown: ids.to_vec() })
        }
        answer => answer,
    }
}

/// The containers that hold something of the IDs.
pub(crate) async fn containers(
    api: &Api<'_>,
    ids: &[String],
) -> Result<Vec<PortalContainer>, Trouble> {
    let asked = LookUpRequest { activation_ids: ids.to_vec() };
    match api.post("/api/v1/portal/containers", &asked, "").await {
        Ok(PortalContainers { containers, .. }) => Ok(containers),
        Err(trouble) if trouble.status() == StatusCode::NOT_FOUND => Ok(Vec::new()),
        Err(trouble) => Err(trouble),
    }
}

/// What was chosen, with what it is called.
#[derive(Debug, Clone)]
pub(crate) struct Chosen {
    pub(crate) product: String,
    pub(crate) description: String,
    pub(crate) summary: String,
    pub(crate) quantity: u32,
    pub(crate) kinds: Vec<tenure_document::ContainerKind>,
}

/// The basket with its names; lines that are gone are left out.
pub(crate) fn chosen(basket: &[Choice], entitlements: &[PortalEntitlement]) -> Vec<Chosen> {
    let line = |choice: &Choice| {
        let entitlement =
            entitlements.iter().find(|one| one.activation_id == choice.activation_id)?;
        let line = entitlement.lines.iter().find(|line| line.line == choice.line)?;
        Some(Chosen {
            product: line.product.clone(),
            description: line.description.clone(),
            summary: line.summary.clone(),
            quantity: choice.quantity,
            kinds: line.container_kinds.clone(),
        })
    };
    basket.iter().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_as_people_paste_them() {
        let (one, two) = ("K7Q2M-9XW4T-3PZ8R-V6HJD-C5NB0", "A1B2C-D3E4F-G5H6J-K7M8N-P9Q0R");
        let check = |text: &str, ids: &[&str]| assert_eq!(ids_in(text), ids, "{text}");
        check("", &[]);
        check(&format!(" {one}\r\n\r\n{two}\n{one}"), &[one, two]);
        check(&format!("{one}, {two};"), &[one, two]);
        check(&format!("{one} {two}"), &[one, two]);
        check("K7Q2M 9XW4T 3PZ8R V6HJD C5NB0", &[one]);
        check("wrong", &["wrong"]);
        assert_eq!(ids_in(&"x".repeat(1_000))[0].len(), ID_TEXT_MAX);
        let many: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        assert_eq!(ids_in(&many.join("\n")).len(), IDS_MAX);
    }
}
