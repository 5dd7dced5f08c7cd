//! Orders that wait for a second person.
//!
//! Invariants: a question holds the order itself, so that what is approved is what was asked; nobody answers a question
//! of their own; each ends once: approved, rejected, withdrawn or lapsed.
//! Deliberately not here: which orders need approval (`gate`), carrying them out (decide).

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use tenure_document::Time;

/// How many that ended are kept for people to look at.
const ENDED_MAX: usize = 1_000;

/// The running number of a question.
pub type ApprovalNo = u64;

/// Why an order needs a second person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "kebab-case", deny_unknown_fields)]
pub enum WhyAsked {
    /// More units than the publisher lets one person issue at once.
    AboveThreshold {
        /// The units.
        units: u64,
        /// The most without approval.
        threshold: u64,
    },
    /// More units than the user may issue in a day.
    AboveQuota {
        /// The units with those issued today.
        units: u64,
        /// The most in a day.
        quota: u64,
    },
    /// A key list or a revocation list.
    Publishing,
    /// A key is taken for a container's without the word of the one before.
    ForcedRebind,
    /// More replacements than the policy allows.
    BeyondReplacements {
        /// The sentence that says it.
        text: String,
    },
}

impl WhyAsked {
    /// The stable name.
    pub fn code(&self) -> &'static str {
        match self {
            WhyAsked::AboveThreshold { .. } => "above-threshold",
            WhyAsked::AboveQuota { .. } => "above-quota",
            WhyAsked::Publishing => "publishing",
            WhyAsked::ForcedRebind => "forced-rebind",
            WhyAsked::BeyondReplacements { .. } => "beyond-replacements",
        }
    }
}

impl std::fmt::Display for WhyAsked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            WhyAsked::AboveThreshold { units, threshold } => {
                write!(f, "{units} units are more than one person may issue at once ({threshold})")
            }
            WhyAsked::AboveQuota { units, quota } => {
                write!(f, "it would make {units} units today, the quota is {quota}")
            }
            WhyAsked::Publishing => f.write_str("key and revocation lists need a second person"),
            WhyAsked::ForcedRebind => {
                f.write_str("a key is taken for the container's without the word of its old key")
            }
            WhyAsked::BeyondReplacements { text } => f.write_str(text),
        }
    }
}

/// A question that is open. `C` is the order: a command of the office.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question<C> {
    /// Its number, from 1.
    pub no: ApprovalNo,
    /// Who asked.
    pub by: String,
    /// What shall be done.
    pub command: Box<C>,
    /// Why it needs a second person.
    pub why: WhyAsked,
    /// When it was asked.
    pub asked: Time,
    /// It lapses then.
    pub until: Time,
}

/// How a question ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "kebab-case", deny_unknown_fields)]
pub enum AnswerGiven {
    /// It was approved and carried out.
    Approved {
        /// By whom.
        by: String,
    },
    /// It was rejected, or taken back by who asked.
    Rejected {
        /// By whom.
        by: String,
        /// Why, where said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Nobody answered in time.
    Lapsed,
}

/// A question that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ended {
    /// Its number.
    pub no: ApprovalNo,
    /// Who asked.
    pub by: String,
    /// How it ended.
    pub answer: AnswerGiven,
    /// When.
    pub at: Time,
}

/// An order about approvals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum ApprovalCommand {
    /// Let it be done.
    Approve {
        /// By whom.
        by: String,
        /// Which.
        no: ApprovalNo,
    },
    /// Don't; whoever asked may take it back that way.
    Reject {
        /// By whom.
        by: String,
        /// Which.
        no: ApprovalNo,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

/// A question ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalEnded {
    /// Which.
    pub no: ApprovalNo,
    /// How.
    pub answer: AnswerGiven,
}

/// The open questions and the last that ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approvals<C> {
    next: ApprovalNo,
    open: BTreeMap<ApprovalNo, Question<C>>,
    ended: VecDeque<Ended>,
}

impl<C> Default for Approvals<C> {
    fn default() -> Approvals<C> {
        Approvals { next: 1, open: BTreeMap::new(), ended: VecDeque::new() }
    }
}

impl<C> Approvals<C> {
    /// One that is open.
    pub fn get(&self, no: ApprovalNo) -> Option<&Question<C>> {
        self.open.get(&no)
    }

    /// The open ones, oldest first.
    pub fn open(&self) -> impl ExactSizeIterator<Item = &Question<C>> {
        self.open.values()
    }

    /// The last that ended, newest first.
    pub fn ended(&self) -> impl Iterator<Item = &Ended> {
        self.ended.iter().rev()
    }

    /// Whether it was ever asked, and ended.
    pub fn has_ended(&self, no: ApprovalNo) -> bool {
        no < self.next && no > 0 && !self.open.contains_key(&no)
    }

    /// The number of the next question.
    pub(crate) fn next(&self) -> ApprovalNo {
        self.next
    }

    /// Those that have lapsed.
    pub(crate) fn lapsed(&self, now: Time) -> impl Iterator<Item = ApprovalNo> {
        self.open.values().filter(move |one| one.until <= now).map(|one| one.no)
    }

    pub(crate) fn ask(&mut self, question: Question<C>) {
        self.next = self.next.max(question.no + 1);
        self.open.insert(question.no, question);
    }

    pub(crate) fn end(&mut self, event: &ApprovalEnded, at: Time) {
        let Some(question) = self.open.remove(&event.no) else { return };
        if self.ended.len() == ENDED_MAX {
            self.ended.pop_front();
        }
        let (no, by) = (question.no, question.by);
        self.ended.push_back(Ended { no, by, answer: event.answer.clone(), at });
    }
}
