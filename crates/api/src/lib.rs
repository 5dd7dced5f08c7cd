//! Wire types of the REST APIs of license server, office and device agent, and typed blocking clients for them.
//!
//! Everything the servers and their clients say to each other stands here once: request and answer shapes with their
//! OpenAPI schemas, problem documents, and [`Client`], [`OfficeClient`] and [`DeviceClient`], which the command line,
//! the wizard and the SDK share. What only the office, the agent or the wizard says stands in [`office`], [`device`] and [`wizard`].
//! Requests refuse unknown members; answers tolerate them, so that an old client can talk to a newer server.
//! No decisions live here: what is granted and why is the server's business.

#![forbid(unsafe_code)]

pub mod terms;

pub mod schema;

pub mod dictionary;

pub mod checkout;

pub mod ticket;

pub mod pools;

pub mod model;

pub mod problem;

pub mod renewal;

pub mod usage;

pub mod list;

pub mod rows;

pub mod past;

pub mod overview;

pub mod reservations;

pub mod people;

pub mod server;

pub mod sync;

pub mod signature;

pub mod folder;

pub mod what_if;

pub mod office;

pub mod device;

pub mod wizard;

pub mod client;

pub use checkout::{
    CheckoutAnswer, CheckoutRequest, DenialAnswer, DesiredFeature, DeviceSetAnswer,
    DeviceSetRequest, KeptLease, LeaseGrant, PoolTried, PreviewAnswer, PreviewRow, RemedyAnswer,
};
pub use client::{
    ApiError, Client, ClientOptions, Credential, DeviceClient, OfficeClient, Signing, TlsTrust,
    body_of,
};
pub use dictionary::{Dictionary, DictionaryValue};
pub use list::{DenialQuery, FeatureListQuery, ListQuery, MAX_SIZE, Page, PageQuery};
pub use model::{
    DiffQuery, EndingLease, ModelAnswer, ModelCheck, ModelDiff, ModelFinding, ModelPreview,
    ModelQuery, ModelRequest, ModelVersionRow, RollbackRequest,
};
pub use overview::{DenialsByReason, EndingItem, Overview, OverviewFeature};
pub use past::{
    DenialShown, ExplanationAnswer, FeatureTimeline, GrantShown, HistoryAnswer, HistoryOf,
    HoldingRow, PoolStanding, RuleShown, RulesShown, SeriesBy, SourceShown, TimelineAnswer,
    TimelineRow, UsageBucket, UsageHistory,
};
pub use people::{
    ClientKey, ClientKeyRequest, Login, LoginAnswer, PasswordChange, Role, Setup, SetupState, User,
    UserChange, UserRequest,
};
pub use pools::{PoolItemRow, PoolRow, PoolSliceRow};
pub use problem::Problem;
pub use renewal::{
    ReleaseAnswer, RenewalOutcome, RenewalRequest, Renewals, RenewalsAnswer, WantedRenewal,
};
pub use reservations::{
    Reservation, ReservationCheck, ReservationCheckGroup, ReservationEntry,
    ReservationEntryRequest, ReservationGroup, ReservationGroupRequest, ReservationGroupRow,
    ReservationImport, ReservationRequest, ReservedHost, UnfitEntry,
};
pub use rows::{
    DenialRow, DeviceDetail, DeviceRow, FeatureDetail, FeatureRow, FeatureSummary, ItemRow,
    JournalAudit, JournalCheck, JournalRow, LeaseRow, TicketRow,
};
pub use server::{
    ChainAnswer, ContainerAnswer, Health, HealthStatus, HostIds, PropertiesChange, Property,
    PropertyValues, Status, SuspendRequest, UpdateAnswer, UpdateResult, VersionAnswer,
};
pub use sync::{OfficeStatus, SyncOutcome, SyncRound, UsageReportRow};
pub use terms::{Granularity, Seconds};
pub use ticket::{TicketAnswer, TicketEndAnswer};
pub use usage::{
    BatchRecord, BatchResult, UndoRequest, UsageAnswer, UsageBatchAnswer, UsageBatchRequest,
    UsageRequest,
};
pub use what_if::{
    WhatIfExample, WhatIfFeature, WhatIfGroup, WhatIfJob, WhatIfLevels, WhatIfOutcomes, WhatIfPool,
    WhatIfRequest, WhatIfResult, WhatIfRule, WhatIfState,
};
