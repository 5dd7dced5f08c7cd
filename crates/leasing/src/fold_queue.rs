//! How tickets come, are offered seats and go: the part of `apply` that touches the queue, and its stored form.
//!
//! Invariants: an offer begins leases like a grant does; what is stored is each ticket once, lines and indices follow
//! from them. Deliberately not here: any choice.

use crate::actor::TicketEnd;
use crate::event::Offered;
use crate::ids::{No, TicketId};
use crate::queue::{Pace, Queue};
use crate::request::Checkout;
use crate::state::Leasing;
use crate::stock::Feature;
use crate::ticket::{Offer, Queued, Settled, Ticket, Unqueued};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tenure_document::{LeaseId, Time};

/// The queue as it is stored.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct QueueRecord {
    next: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tickets: Vec<Ticket>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    settled: Vec<(TicketId, Settled)>,
    /// How fast the lines move, by feature.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    paces: BTreeMap<String, Pace>,
}

impl Leasing {
    pub(crate) fn begin_waiting(&mut self, queued: &Queued) {
        let wants = self.wants_of(&queued.asked);
        self.queue.add(Ticket { queued: queued.clone(), offer: None }, &wants);
    }

    pub(crate) fn begin_offer(&mut self, offered: &Offered) {
        for granted in &offered.leases {
            self.begin_lease(granted);
        }
        let leases = offered.leases.iter().map(|granted| granted.lease).collect();
        let wants = self.wants_of_ticket(offered.ticket);
        let offer = Offer { until: offered.until, leases };
        self.queue.offer(offered.ticket, &wants, offer, offered.at);
    }

    pub(crate) fn claim(&mut self, id: TicketId, leases: &[LeaseId], at: Time) {
        let retry = self.settings.denial_retry_seconds;
        for lease in leases {
            let Some(lease) = self.leases.get(lease) else { continue };
            let feature = self.features.get(lease.feature).map(|feature| feature.name.to_string());
            if let Some((holder, feature)) = self.holder(lease).zip(feature) {
                self.denials.recover(&holder, &feature, at, retry);
            }
        }
        self.queue.settle(id, &[], |ticket| Settled {
            how: TicketEnd::Claimed,
            leases: leases.to_vec(),
            denials: Vec::new(),
            request: ticket.queued.asked.request,
        });
    }

    pub(crate) fn end_waiting(&mut self, unqueued: &Unqueued) {
        let Unqueued { ticket, how, denials, .. } = unqueued;
        let wants = self.wants_of_ticket(*ticket);
        self.queue.settle(*ticket, &wants, |_| Settled {
            how: *how,
            leases: Vec::new(),
            denials: denials.clone(),
            request: None,
        });
    }

    /// The features that a ticket waits for, each once, and how many seats of each.
    fn wants_of(&mut self, asked: &Checkout) -> Vec<(No<Feature>, u64)> {
        let mut wants: BTreeMap<No<Feature>, u64> = BTreeMap::new();
        for feature in &asked.features {
            *wants.entry(self.feature_no(&feature.name)).or_default() += u64::from(feature.count);
        }
        wants.into_iter().collect()
    }

    fn wants_of_ticket(&mut self, id: TicketId) -> Vec<(No<Feature>, u64)> {
        let asked = self.queue.tickets.get(&id).map(|ticket| ticket.queued.asked.clone());
        asked.map_or_else(Vec::new, |asked| self.wants_of(&asked))
    }

    pub(crate) fn queue_record(&self) -> QueueRecord {
        let Queue { next, tickets, settled, lines, .. } = &self.queue;
        let paces = lines.iter().filter(|(_, line)| line.pace != Pace::default());
        let pace = |(no, line): (&No<Feature>, &crate::queue::Line)| {
            Some((self.features.get(*no)?.name.to_string(), line.pace))
        };
        QueueRecord {
            next: next.0,
            tickets: tickets.values().cloned().collect(),
            settled: settled.iter().cloned().collect(),
            paces: paces.filter_map(pace).collect(),
        }
    }

    pub(crate) fn restore_queue(&mut self, record: QueueRecord) {
        for (feature, pace) in record.paces {
            let no = self.feature_no(&feature);
            self.queue.lines.entry(no).or_default().pace = pace;
        }
        for ticket in record.tickets {
            let wants = self.wants_of(&ticket.queued.asked);
            self.queue.add(ticket, &wants);
        }
        self.queue.settled = record.settled.into();
        self.queue.next = TicketId(record.next.max(1));
    }
}
