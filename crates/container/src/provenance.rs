//! Where an item of a transfer came from, shown by signed documents, and whether its policy let it come this way.
//!
//! Invariants: the chain begins with the publisher's update for the first source and has one step per transfer, each
//! signed by a certified container; no step names more, or other terms, than the one before; both sides check the
//! policy as the publisher signed it.
//! Deliberately not here: whether this container takes the item (accept, send).

use crate::{stock::Lot, transfer_fault::TransferFault};
use std::time::Duration;
use tenure_document::{
    Certificate, ContainerKind, Count, Item, Limits, MOST_MOVES, Moves, Op, Payload, Time,
    Transfer, Trust, Update, Verified, read_document, read_json,
};

const DAY: Duration = Duration::from_secs(86_400);

/// A container that an item was, is or will be in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stop {
    pub(crate) kind: ContainerKind,
    pub(crate) account: Option<String>,
}

impl Stop {
    pub(crate) fn of(certificate: &Certificate) -> Stop {
        Stop { kind: certificate.kind, account: certificate.account.clone() }
    }
}

/// The steps of an item: where from, and when.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Travel {
    pub(crate) stops: Vec<Stop>,
    pub(crate) at: Vec<Time>,
}

impl Travel {
    /// The steps of a lot, which were verified when it came.
    pub(crate) fn of(lot: &Lot) -> Travel {
        let mut travel = Travel::default();
        for text in &lot.steps {
            let Ok(step) = read::<Transfer>(text) else { continue };
            let Ok(certificate) = read::<Certificate>(&step.certificate) else { continue };
            travel.stops.push(Stop::of(&certificate));
            travel.at.push(step.at);
        }
        travel
    }

    /// Whether the policy lets an item with these steps, the last of them to `target`, be there.
    pub(crate) fn check(
        &self,
        item: &str,
        moves: &Moves,
        target: &Stop,
    ) -> Result<(), TransferFault> {
        let item = || item.to_owned();
        if self.at.len() > MOST_MOVES {
            return Err(TransferFault::TooFar(item()));
        }
        let targets = self.stops.iter().skip(1).chain([target]);
        let mut counted: Vec<Time> = Vec::new();
        for ((source, target), at) in self.stops.iter().zip(targets).zip(&self.at) {
            let portable = |stop: &Stop| stop.kind == ContainerKind::Portable;
            if moves.within_account
                && (source.account.is_none() || source.account != target.account)
            {
                return Err(TransferFault::OtherAccount(item()));
            }
            if moves.hop_only && !portable(source) && !portable(target) {
                return Err(TransferFault::HopOnly(item()));
            }
            if moves.hop_only && portable(target) {
                continue;
            }
            let again = counted.last().map(|last| (*last, last.plus(DAY * moves.days_between)));
            // Without a wait the clocks of two containers need not agree.
            if let Some((last, again)) = again
                && moves.days_between > 0
                && *at < again
            {
                return Err(TransferFault::TooSoon { item: item(), last, again });
            }
            counted.push(*at);
        }
        match moves.times {
            Some(times) if counted.len() > times as usize => {
                Err(TransferFault::TooOften { item: item(), times })
            }
            _ => Ok(()),
        }
    }
}

/// Reads a document that was verified before, or whose text is to be shown only.
pub(crate) fn read<P: Payload>(text: &str) -> Result<P, TransferFault> {
    Ok(read_json(&read_document(text.as_bytes())?.payload, P::LIMITS)?)
}

/// The item as the update made it: by its last operation about it.
pub(crate) fn item_of<'a>(update: &'a Update, id: &str) -> Option<&'a Item> {
    update.ops.iter().rev().find_map(|numbered| match &numbered.op {
        Op::Add { item } | Op::Replace { item } if item.id == id => Some(item),
        _ => None,
    })
}

/// Whether `part` is no more than `whole`, under the same terms.
pub(crate) fn is_part(part: &Item, whole: &Item) -> bool {
    let fits = match (part.count, whole.count) {
        (Count::Counted(part), Count::Counted(whole)) => part <= whole,
        (part, whole) => part == whole,
    };
    fits && part.has_terms_of(whole)
}

/// Checks every document that a transfer brings; gives its steps.
pub(crate) fn verify(
    trust: &Trust,
    transfer: &Transfer,
    at: Time,
) -> Result<Travel, TransferFault> {
    let bad = |why: &str| TransferFault::BadProvenance(why.into());
    let Some((origin, steps)) = transfer.provenance.split_first() else {
        return Err(bad("it brings no documents"));
    };
    if steps.len() > MOST_MOVES {
        return Err(TransferFault::TooFar(transfer.item.id.clone()));
    }
    let origin = trust.verify::<Update>(&read_document(origin.as_bytes())?, at)?;
    let whole = item_of(&origin, &transfer.item.id)
        .ok_or_else(|| bad("the publisher's update does not hold the item"))?;
    if whole.moves.is_none() {
        return Err(TransferFault::NotMovable(whole.id.clone()));
    }
    let mut travel = Travel::default();
    let (mut holder, mut whole) = ((origin.id, Some(origin.generation)), whole.clone());
    for text in steps {
        let (step, certificate) = verify_step(trust, text, at)?;
        let from = (step.source, step.generation);
        if holder.0 != from.0 || holder.1.is_some_and(|generation| generation != from.1) {
            return Err(bad("a step does not begin where the one before it ended"));
        }
        if !step.provenance.is_empty() || !is_part(&step.item, &whole) {
            return Err(bad("a step moves more, or something else, than there was"));
        }
        travel.stops.push(Stop::of(&certificate));
        travel.at.push(step.at);
        holder = (step.target, None);
        whole = step.item.clone();
        if travel.at.len() == steps.len() {
            let bare = Transfer { provenance: Vec::new(), ..transfer.clone() };
            return if *step == bare { Ok(travel) } else { Err(bad("its last step is another")) };
        }
    }
    Err(bad("it brings no step"))
}

fn verify_step(
    trust: &Trust,
    text: &str,
    at: Time,
) -> Result<(Verified<Transfer>, Verified<Certificate>), TransferFault> {
    let envelope = read_document(text.as_bytes())?;
    let certificate = brought_certificate(trust, &envelope.payload, at)?;
    Ok((trust.verify_by::<Transfer>(&envelope, &certificate, at)?, certificate))
}

/// The certificate that a document brings for its own signer: signed itself, it may be read before that document.
pub(crate) fn brought_certificate(
    trust: &Trust,
    payload: &[u8],
    at: Time,
) -> Result<Verified<Certificate>, TransferFault> {
    #[derive(serde::Deserialize)]
    struct CertificateOnly {
        certificate: String,
    }
    let brought: CertificateOnly = read_json(payload, Limits::CARRIER)?;
    let envelope = read_document(brought.certificate.as_bytes())?;
    Ok(trust.verify_certificate(&envelope, at)?)
}
