//! The back office of a publisher: catalog, customers, entitlements, activations; pure.
//!
//! A [`Command`] is decided into [`Event`]s, and an event changes the [`Office`]; the shell stores the events between the
//! two. Invariants: never more units in containers than were bought, minus what is credibly back; an event carries every
//! number that was given, so that the answer needs no second look.
//! Deliberately not here: files, keys, signing, HTTP, accounts' passwords (the shell's).

// Values.
mod asker;
mod numbers;
mod terms;
mod text;

// What is sold, to whom, and what was bought.
mod activations;
mod catalog;
mod customers;
mod entitlements;
mod line;

// Containers, people, web hooks, host keys, use, published documents: each with its own files.
mod fleet;
mod hooks;
mod host_keys;
mod papers;
mod staff;
mod usage;

// What is asked, and what happened.
mod activation_command;
mod activation_refusal;
mod catalog_refusal;
mod command;
mod entitlement_command;
mod entitlement_refusal;
mod event;
mod import_command;
mod refusal;

// The state and how it changes.
mod activation_fold;
mod apply;
mod entitlement_fold;
mod items;
mod snapshot;
mod state;

// Decisions.
mod activation_decide;
mod catalog_decide;
mod customer_decide;
mod decide;
mod entitlement_decide;
mod import_decide;
mod line_decide;
mod publish_decide;
mod work;

// What goes in and out as lists.
pub mod export;
pub mod import;

// What can be read.
mod lists;
mod look_up;
mod page;

#[cfg(test)]
mod tests;

pub use activation_command::{
    Activated, ActivationCommand, ActivationPart, CameBack, Choice, Issued, ReturnAsked, Target,
};
pub use activation_refusal::ActivationRefusal;
pub use activations::{Activation, ActivationState, Activations, Step};
pub use asker::Asker;
pub use catalog::{
    Catalog, CatalogCommand, LicenseModel, LicenseModelSet, Product, ProductFeature, ProductKey,
    ProductSet, Relation, RelationChanged, RelationKind,
};
pub use catalog_refusal::{CatalogRefusal, CustomerRefusal};
pub use command::Command;
pub use customers::{
    Contact, Customer, CustomerChange, CustomerCommand, CustomerFacts, CustomerForgotten,
    CustomerSet, Customers,
};
pub use entitlement_command::{
    EntitlementChange, EntitlementChanged, EntitlementCommand, EntitlementMade, EntitlementOrdered,
    EntitlementTurned, Extension, LineExtended, LineReduced, LineReplaced, OrderAsked, Replacement,
};
pub use entitlement_refusal::EntitlementRefusal;
pub use entitlements::{Entitlement, EntitlementState, Entitlements, OrderTaken};
pub use event::Event;
pub use fleet::book::Fleet;
pub use fleet::container::{ContainerState, Lineage, OfficeContainer, Proposal, Sight, Succession};
pub use fleet::history::{History, Purpose};
pub use fleet::moves::{
    Booked, BookedState, Carried, CaughtUp, ClaimAccepted, MoveBook, MoveReported, RefundRuled,
    Removed, Shortfall,
};
pub use fleet::orders::{
    Acknowledged, ContainerCommand, ContainerDescribed, ContainerGone, ContainerMet, ContextTaken,
    Description, Exchange, Gone, IssuedWork, OpsIssued, ReceiptIn, Regenerated, Ruled, Ruling,
    SuccessorProposed,
};
pub use fleet::refusal::FleetRefusal;
pub use fleet::views::{ContainerFilter, Outstanding};
pub use hooks::book::{
    Delivered, Delivery, DeliveryAttempted, DeliveryNo, FAILING_MAX, Hook, HookDeleted, HookNo,
    HookSet, HookTested, SCHEDULE, WebhookCommand, Webhooks,
};
pub use hooks::refusal::HookRefusal;
pub use host_keys::book::{HostGroup, HostKeyRecord, HostKeys, HostTerms};
pub use host_keys::check::HostCheckFound;
pub use host_keys::command::{
    HostCheckAsked, HostKeyCommand, HostKeyMade, HostKeyOrder, HostKeyRevoked, HostKeysAdded,
    HostKeysChanged, HostKeysIssued, HostLimitReached, HostTermsChange, HostUserSeen,
};
pub use host_keys::refusal::HostKeyRefusal;
pub use host_keys::users::{HostDay, HostUsers};
pub use host_keys::views::{HostKeyFilter, HostKeyState};
pub use import_command::{Import, ImportChange, ImportStep};
pub use line::{Line, LineAsked, LineOrdered, Sold, SoldPaper};
pub use lists::{ActivationFilter, EntitlementFilter};
pub use look_up::{LineLookedUp, LookedUp};
pub use numbers::{ActivationNo, BadNumber, CustomerId, HostGroupId};
pub use page::{Listing, Page};
pub use papers::{KeysetPublished, Papers, PublishCommand, RevocationPublished};
pub use refusal::Refusal;
pub use staff::approvals::{
    AnswerGiven, ApprovalCommand, ApprovalEnded, ApprovalNo, Approvals, Ended, Question, WhyAsked,
};
pub use staff::people::{People, PeopleCommand, Role, User, UserChange, UserDeleted, UserSet};
pub use staff::policy::{
    OnOddity, Policies, PoliciesChanged, PolicyChange, PolicyCommand, Registration,
};
pub use staff::refusal::StaffRefusal;
pub use state::{Office, OfficeBirth, Publisher};
pub use terms::{Begins, Moves, Returns, Terms, Tolerance, UsageTerms, Validity};
pub use usage::book::{Continuity, Reported, UsageBook, UsageIn, UsageRow, UsageTaken};
pub use usage::refusal::UsageRefusal;
pub use work::Work;
