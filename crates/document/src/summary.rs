//! What a document says, as lines for people: `Name: value`.
//!
//! Invariants: made from the payload alone, the same lines for the same payload, so that the
//! summary in a file can be compared with the signed truth; no line holds control characters.
//! Not here: whether the document is signed, and its full content (`inspect.rs`).

use crate::{
    certificate::Certificate,
    context::{BindingLevel, Context, Receipt},
    envelope::Envelope,
    holder::breaks_lines,
    host_key::{HostCheck, HostKey},
    ids::ContainerId,
    item::Item,
    keyset::Keyset,
    lease::Lease,
    payload::Payload,
    revocation::Revocation,
    statements::{LeaseRequest, Pool, TimeStatement, Usage},
    strict,
    terms::{Count, Expiry},
    time::Time,
    transfer::{
        Direction, Move, MoveState, Transfer, TransferReceipt, TransferRefusal, TransferRequest,
    },
    update::{Op, Update},
};

/// Most items or operations that are listed one by one.
const MOST_LISTED: usize = 20;

/// The lines, without any claim that they are signed; a single line when the payload cannot be
/// read.
pub fn summarize(envelope: &Envelope) -> Vec<String> {
    let readers: [fn(&Envelope) -> Option<Lines>; 17] = [
        lines_of::<Keyset>,
        lines_of::<Certificate>,
        lines_of::<Pool>,
        lines_of::<Update>,
        lines_of::<Context>,
        lines_of::<Receipt>,
        lines_of::<TransferRequest>,
        lines_of::<Transfer>,
        lines_of::<TransferReceipt>,
        lines_of::<TransferRefusal>,
        lines_of::<Lease>,
        lines_of::<LeaseRequest>,
        lines_of::<Revocation>,
        lines_of::<TimeStatement>,
        lines_of::<HostKey>,
        lines_of::<HostCheck>,
        lines_of::<Usage>,
    ];
    let lines = readers.iter().find_map(|read| read(envelope));
    let unreadable = || vec!["Content: cannot be read by this version".to_owned()];
    lines.map_or_else(unreadable, |Lines(lines)| lines)
}

/// Reads the payload as one type and describes it; nothing when it is of another type.
fn lines_of<P: Payload + Describe>(envelope: &Envelope) -> Option<Lines> {
    if envelope.payload_type != P::TYPE {
        return None;
    }
    let payload: P = strict::read(&envelope.payload, P::LIMITS).ok()?;
    let mut lines = Lines(Vec::new());
    payload.describe(&mut lines);
    Some(lines)
}

/// The lines so far.
struct Lines(Vec<String>);

impl Lines {
    fn add(&mut self, name: &str, value: impl ToString) {
        let value = value.to_string();
        let plain: String =
            value.chars().map(|c| if breaks_lines(c) { ' ' } else { c }).take(200).collect();
        self.0.push(format!("{name}: {plain}"));
    }

    fn container(&mut self, name: &str, id: ContainerId, generation: u32) {
        self.add(name, format!("{} (generation {generation})", id.serial()));
    }

    fn until(&mut self, name: &str, end: Option<Time>) {
        self.add(name, end.map_or_else(|| "no end".to_owned(), |end| end.to_string()));
    }

    fn listed<T>(&mut self, all: &[T], line: impl Fn(&mut Lines, &T)) {
        all.iter().take(MOST_LISTED).for_each(|one| line(self, one));
        if all.len() > MOST_LISTED {
            self.add("And", format!("{} more", all.len() - MOST_LISTED));
        }
    }
}

trait Describe {
    fn describe(&self, lines: &mut Lines);
}

fn item_line(item: &Item) -> String {
    let count = match item.count {
        Count::Counted(count) => format!("{count} seats"),
        Count::Uncounted => "uncounted".to_owned(),
    };
    let end = match item.expiry {
        Expiry::Permanent => "permanent".to_owned(),
        Expiry::At(end) => format!("until {end}"),
    };
    let mut line = format!("{} {}, {count}, {end} ({})", item.feature, item.version, item.id);
    if item.checkpoint_days > 0 {
        line += &format!(", seen every {} days", item.checkpoint_days);
    }
    if item.moves.is_some() {
        line += ", may move";
    }
    line
}

/// How much a request asks for.
fn asked(count: u64) -> String {
    if count == 0 { "all".into() } else { count.to_string() }
}

fn move_line(step: &Move) -> String {
    let way = match step.direction {
        Direction::Out => "to",
        Direction::In => "from",
    };
    let state = match step.state {
        MoveState::Sent => "on its way",
        MoveState::Received => "received",
        MoveState::Refunded => "refused, and back",
        MoveState::Credited => "credited",
    };
    let count = match step.count {
        Count::Counted(count) => count.to_string(),
        Count::Uncounted => "all".to_owned(),
    };
    format!("{count} of {} {way} {}, {state}", step.item_id, step.other.serial())
}

impl Describe for Keyset {
    fn describe(&self, lines: &mut Lines) {
        lines.add("Publisher", &self.publisher);
        lines.add("Key set", self.version);
        lines.add("Root", self.root.pin());
        let root = (self.root.threshold, self.root.keys.len());
        lines.add("Root keys", format!("{} of {} must sign", root.0, root.1));
        lines.add("Issued", self.issued);
        lines.listed(&self.keys, |lines, record| {
            let until = record.sign_until;
            lines.add("Key", format!("{} {}, signs until {until}", record.role, record.id));
        });
    }
}

impl Describe for Certificate {
    fn describe(&self, lines: &mut Lines) {
        lines.container("Container", self.container, self.generation);
        lines.add("Name", &self.name);
        lines.add("Signs", self.uses.join(", "));
        lines.add("Valid from", self.not_before);
        lines.until("Valid until", self.not_after);
    }
}

impl Describe for Pool {
    fn describe(&self, lines: &mut Lines) {
        lines.add("Server", self.server.serial());
        lines.add("Issued", self.issued);
        lines.until("Valid until", self.valid_until);
        lines.listed(&self.items, |lines, item| lines.add("Item", item_line(item)));
    }
}

impl Describe for Update {
    fn describe(&self, lines: &mut Lines) {
        lines.container("Container", self.id, self.generation);
        lines.add("Operations", format!("{} to {}", self.from_sequence + 1, self.to_sequence));
        lines.add("Issued", self.issued);
        lines.until("Apply until", self.expires);
        lines.listed(&self.ops, |lines, numbered| match &numbered.op {
            Op::Add { item } => lines.add("Add", item_line(item)),
            Op::Replace { item } => lines.add("Replace", item_line(item)),
            Op::Withdraw { item_id, count: None } => lines.add("Withdraw", item_id),
            Op::Withdraw { item_id, count: Some(count) } => {
                lines.add("Withdraw", format!("{count} of {item_id}"));
            }
            Op::Certify { .. } => lines.add("Certify", "a certificate"),
            Op::Refund { nonce } => lines.add("Refund", format!("transfer {nonce}")),
            Op::Settle { nonce } => lines.add("Settle", format!("transfer {nonce}")),
        });
        if self.attachments.pool.is_some() {
            lines.add("Brings", "a pool document");
        }
    }
}

impl Describe for Context {
    fn describe(&self, lines: &mut Lines) {
        lines.container("Container", self.id, self.generation);
        lines.add("Name", &self.name);
        lines.add("Sequence", self.sequence);
        lines.add("Made", self.at);
        lines.listed(&self.items, |lines, item| {
            lines.add("Holds", format!("{} {} ({})", item.feature, item.version, item.id));
        });
        lines.listed(&self.transfers, |lines, open| {
            lines.add("Asked for", format!("{} of {}", asked(open.count), open.item_id));
        });
        lines.listed(&self.moves, |lines, step| lines.add("Moved", move_line(step)));
        if let Some(level) = &self.binding {
            let BindingLevel { matched, total, threshold, anchored } = level;
            let anchor = if *anchored { ", anchored in hardware" } else { "" };
            lines.add("Binding", format!("{matched} of {total}, {threshold} needed{anchor}"));
        }
        if self.vouch.is_some() {
            lines.add("New key", "with the word of the key before");
        }
    }
}

impl Describe for Receipt {
    fn describe(&self, lines: &mut Lines) {
        lines.container("Container", self.id, self.generation);
        lines.add("Sequence", self.sequence);
        lines.add("Results", self.results.len());
        lines.add("Made", self.at);
    }
}

impl Describe for TransferRequest {
    fn describe(&self, lines: &mut Lines) {
        lines.container("Target", self.target, self.generation);
        lines.add("Wants", format!("{} of {}", asked(self.count), self.item_id));
        lines.add("Made", self.at);
    }
}

impl Describe for Transfer {
    fn describe(&self, lines: &mut Lines) {
        lines.container("Source", self.source, self.generation);
        lines.add("Target", self.target.serial());
        lines.add("Item", item_line(&self.item));
        lines.add("Steps so far", self.provenance.len().saturating_sub(1));
        lines.add("Made", self.at);
    }
}

impl Describe for TransferReceipt {
    fn describe(&self, lines: &mut Lines) {
        lines.container("Target", self.target, self.generation);
        lines.add("Made", self.at);
    }
}

impl Describe for TransferRefusal {
    fn describe(&self, lines: &mut Lines) {
        lines.container("Target", self.target, self.generation);
        lines.add("Reason", &self.reason);
        lines.add("Made", self.at);
    }
}

impl Describe for Lease {
    fn describe(&self, lines: &mut Lines) {
        lines.add("Lease", self.id);
        lines.add("Server", self.server.serial());
        lines.add("Holder", &self.holder.host);
        lines.add("Feature", format!("{} {}, {} seats", self.feature, self.version, self.count));
        lines.add("Issued", self.issued);
        lines.add("Expires", self.expires);
    }
}

impl Describe for LeaseRequest {
    fn describe(&self, lines: &mut Lines) {
        lines.add("Server", self.server.serial());
        lines.add("Holder", &self.holder.host);
        lines.add("Feature", format!("{} {}, {} seats", self.feature, self.version, self.count));
        lines.add("Made", self.at);
    }
}

impl Describe for Revocation {
    fn describe(&self, lines: &mut Lines) {
        lines.add("Revocation list", self.sequence);
        lines.add("Issued", self.issued);
        lines.listed(&self.keys, |lines, key| lines.add("Key", key));
        lines.listed(&self.containers, |lines, entry| {
            lines.container("Container", entry.container, entry.generation);
        });
    }
}

impl Describe for TimeStatement {
    fn describe(&self, lines: &mut Lines) {
        lines.add("Container", self.container.serial());
        lines.add("Time", self.time);
    }
}

impl Describe for HostKey {
    fn describe(&self, lines: &mut Lines) {
        lines.add("Key", &self.id);
        lines.add("Host", &self.host);
        lines.add("Product", &self.product);
        lines.add("Users", self.users);
        lines.until("Expires", self.expires);
        lines.add("Offline", self.offline);
    }
}

impl Describe for HostCheck {
    fn describe(&self, lines: &mut Lines) {
        lines.add("Key", &self.key);
        lines.add("Host", &self.host);
        lines.add("Valid", if self.valid { "yes" } else { "no" });
        self.reason.iter().for_each(|reason| lines.add("Reason", reason));
        lines.add("Answered", self.at);
    }
}

impl Describe for Usage {
    fn describe(&self, lines: &mut Lines) {
        lines.container("Server", self.server, self.generation);
        lines.add("Entries", format!("{} to {}", self.from_sequence, self.to_sequence));
        lines.add("Intervals", self.intervals.len());
        lines.add("Totals", self.totals.len());
        lines.add("Made", self.at);
    }
}
