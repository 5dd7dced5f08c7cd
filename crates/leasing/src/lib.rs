//! What a license server decides: items, seats, holders, leases, metering, denials, properties, users.
//!
//! One state, [`Leasing`], one way to ask, [`Command`], one way to change, [`Event`]: `decide` is pure and answers with
//! events or a [`Refusal`], `apply` folds events into the state, `due` says what time has brought about.
//! Never more live seats than count and overdraft allow, never two live leases with one seat number, and the state is
//! always the fold of its events.
//!
//! Deliberately not here: clocks, randomness, files, HTTP, signatures, password hashing, lease tokens (all at the edge).

mod access;
mod account;
mod account_of;
mod actor;
mod administration;
mod allocation;
mod apply;
mod asked;
mod candidates;
mod checkout;
mod claims;
mod decide;
mod denial;
mod denial_ring;
mod desired;
mod device_set;
mod dictionary;
mod draft;
mod endings;
mod event;
mod event_text;
mod excess;
mod explain;
mod explanation;
mod fold_bin;
mod fold_lease;
mod fold_queue;
mod group;
mod ids;
mod lease;
mod lease_set;
mod metering;
mod model;
mod model_admin;
mod model_book;
mod model_check;
mod model_preview;
mod nearest;
mod newcomers;
mod offers;
mod paper;
mod placement;
mod placing;
mod plan;
mod planning;
mod plenty;
mod pool;
mod preview;
mod property;
mod queue;
mod records;
mod refusal;
mod renewal;
mod reporting;
mod request;
mod reservation;
mod reservation_admin;
mod reservation_draft;
mod reservation_fold;
mod reserved;
mod seats;
mod series;
mod series_fold;
mod shares;
mod slots;
mod snapshot;
mod state;
mod stock;
mod stored;
mod stranded;
mod table;
mod term;
mod text;
mod ticket;
mod timeline;
mod unasked;
mod usage_book;
mod usage_report;
mod views;
mod waiting;
mod what_if;
mod who;

pub use account::{ClientKey, Role, User};
pub use actor::{Actor, Ending, TicketEnd};
pub use asked::Asked;
pub use denial::{DenialReason, Denied, PoolTried, Remedy};
pub use dictionary::{Dictionary, DictionaryValue};
pub use event::{
    Batched, Consumed, DeviceDropped, Event, Granted, ModelDeleted, ModelSet, Offered, Part,
    Renewed, UsageBatch, UsagePart,
};
pub use explanation::{Explained, Explanation, RuleSeen, RulesSeen, SourceSeen};
pub use group::NamedSeat;
pub use ids::{DenialId, ReservationGroupId, TicketId, UsageId};
pub use model::{
    Action, Amount, Asker, Checked, DEFAULT, Diagnostic, FeatureSpec, Filters, Known,
    MODEL_BYTES_MAX, Model, Pattern, PoolRef, PoolSpec, Rule, Severity, Short, SliceSpec, Verdict,
    check_model, format_model,
};
pub use model_book::{ModelVersion, RuleCited};
pub use model_check::Surroundings;
pub use model_preview::ModelPreview;
pub use preview::{PreviewOutcome, PreviewRow};
pub use property::{PropertyKind, PropertyValue};
pub use refusal::{LeaseRefusal, Refusal};
pub use reporting::UsageDue;
pub use request::{
    BatchEntry, Cancel, Checkout, Claim, Command, Consume, ConsumeBatch, DeviceSet, FeatureRequest,
    Release, Renew, ReservationChange, Undo, UserChange,
};
pub use reservation::{
    EntryPosting, Reservation, ReservationEntry, ReservationGroup, ReservationPosting, Unfit,
    UnfitEntry,
};
pub use series::By;
pub use state::{Leasing, Suspension};
pub use term::{BorrowLimit, Granularity, Now, RECLAIM_MARGIN_MS};
pub use ticket::{Queued, Unqueued};
pub use timeline::{Holding, Subject, Timeline, TimelineRow};
pub use usage_report::UsageReport;
pub use views::{
    DenialCounts, DenialFilter, DenialRow, DeviceRow, EntryStanding, FeatureRow, FeatureSummary,
    ItemRow, ItemState, LeaseFilter, LeaseOrder, LeaseRow, Listing, Page, PoolItemRow, PoolKind,
    PoolRow, PoolStatus, PropertyRow, ReservationStanding, SliceRow, Status, TicketRow, UsageRow,
};
pub use what_if::{
    Compared, FeatureEffect, GroupBy, GroupEffect, Level, Outcomes, PoolEffect, Recorded,
    RequestExample, WhatIf, WhatIfOptions, WhatIfReport,
};
