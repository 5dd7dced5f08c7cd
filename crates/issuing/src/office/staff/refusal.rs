//! Why an order about users, policies or approvals is not carried out.
//!
//! Invariants: codes are stable; the sentence says what would do.
//! Deliberately not here: the checks.

use super::approvals::ApprovalNo;

/// Nothing was changed, because of this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StaffRefusal {
    /// A value is out of its limits.
    #[error("{member} {problem}")]
    BadValue {
        /// Which member.
        member: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// There is a user of that name.
    #[error("there is a user {name:?} already; choose another name")]
    UserExists {
        /// The name.
        name: String,
    },
    /// There is none.
    #[error("there is no user {name:?}")]
    UserUnknown {
        /// The name.
        name: String,
    },
    /// Nobody would be left who may administer.
    #[error("this user is the last administrator: make another one first")]
    LastAdmin,
    /// There is no such question.
    #[error("there is no question {no} that waits for approval{}", if *.ended { ": it has ended" } else { "" })]
    ApprovalUnknown {
        /// Which.
        no: ApprovalNo,
        /// It was there.
        ended: bool,
    },
    /// Whoever asked can't approve.
    #[error("user {by:?} asked this; somebody else must approve it")]
    OwnQuestion {
        /// Who.
        by: String,
    },
    /// The user may not approve.
    #[error("user {by:?} may not approve this: {needs} is needed")]
    MayNotApprove {
        /// Who.
        by: String,
        /// Which role is needed.
        needs: &'static str,
    },
    /// The published document is older than the one there is.
    #[error("{what} {number} is not newer than the one that is published ({published})")]
    NotNewer {
        /// What.
        what: &'static str,
        /// Its number.
        number: u64,
        /// The number of the newest.
        published: u64,
    },
    /// A key list with another root leaves one out.
    #[error(
        "key list {version} has another root than the one that is published ({published}): publish those between first"
    )]
    KeysetGap {
        /// Its version.
        version: u64,
        /// The version of the newest.
        published: u64,
    },
    /// A revocation list lacks what the one before held.
    #[error("revocation list {sequence} lacks {what}, which the one before holds: lists only grow")]
    ListShrinks {
        /// Its sequence.
        sequence: u64,
        /// What is missing.
        what: String,
    },
}

impl StaffRefusal {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            StaffRefusal::BadValue { .. } => "bad-value",
            StaffRefusal::UserExists { .. } => "user-exists",
            StaffRefusal::UserUnknown { .. } => "user-unknown",
            StaffRefusal::LastAdmin => "last-admin",
            StaffRefusal::ApprovalUnknown { .. } => "approval-unknown",
            StaffRefusal::OwnQuestion { .. } => "own-question",
            StaffRefusal::MayNotApprove { .. } => "may-not-approve",
            StaffRefusal::NotNewer { .. } => "not-newer",
            StaffRefusal::KeysetGap { .. } => "keyset-gap",
            StaffRefusal::ListShrinks { .. } => "list-shrinks",
        }
    }
}
