//! Asking a second person, and what comes of the answer.
//!
//! Invariants: what is approved is decided at the time of the approval, on the state of then, with the name of who asked;
//! if it can't be done any more, the approval is refused with that reason and the question stays.
//! Deliberately not here: which orders are asked about (gate), which is the same order (again).

use super::again::is_again;
use super::approvals::{
    AnswerGiven, ApprovalCommand, ApprovalEnded, ApprovalNo, Question, WhyAsked,
};
use super::people::Role;
use super::refusal::StaffRefusal;
use crate::office::command::Command;
use crate::office::event::Event;
use crate::office::refusal::Refusal;
use crate::office::state::Office;
use std::time::Duration;
use tenure_document::Time;

const DAY: Duration = Duration::from_secs(86_400);
/// The longest reason, in characters.
const REASON_MAX: usize = 1_000;
/// The most questions that are open at once.
const OPEN_MAX: usize = 1_000;

impl Office {
    /// Puts an order before a second person.
    pub(crate) fn ask_approval(
        &self,
        by: String,
        command: &Command,
        why: WhyAsked,
        now: Time,
    ) -> Result<Vec<Event>, Refusal> {
        if self.open_question(&by, command).is_some() {
            return Ok(Vec::new());
        }
        if self.approvals.open().len() >= OPEN_MAX {
            let problem = format!("{OPEN_MAX} wait already: answer some first");
            return Err(StaffRefusal::BadValue { member: "approvals:", problem }.into());
        }
        Ok(vec![Event::ApprovalAsked(Question {
            no: self.approvals.next(),
            by,
            command: Box::new(command.clone()),
            why,
            asked: now,
            until: now.plus(DAY * self.policies.approval_days),
        })])
    }

    /// The open question that holds this order of this user, whatever was drawn for it.
    pub fn open_question(&self, by: &str, command: &Command) -> Option<ApprovalNo> {
        let mut open = self.approvals.open();
        open.find(|one| one.by == by && is_again(command, &one.command)).map(|one| one.no)
    }

    pub(crate) fn decide_approval(
        &self,
        command: &ApprovalCommand,
        now: Time,
    ) -> Result<Vec<Event>, Refusal> {
        match command {
            ApprovalCommand::Approve { by, no } => {
                let question = self.question(*no)?;
                if question.by == *by {
                    return Err(StaffRefusal::OwnQuestion { by: by.clone() }.into());
                }
                self.check_approver(by, question)?;
                let mut events = self.carry_out(&question.command, true, now)?;
                let answer = AnswerGiven::Approved { by: by.clone() };
                events.insert(0, Event::ApprovalEnded(ApprovalEnded { no: *no, answer }));
                Ok(events)
            }
            ApprovalCommand::Reject { by, no, reason } => {
                let question = self.question(*no)?;
                if question.by != *by {
                    self.check_approver(by, question)?;
                }
                let length = reason.as_ref().map_or(0, |reason| reason.chars().count());
                if length > REASON_MAX {
                    let problem =
                        format!("must have at most {REASON_MAX} characters, not {length}");
                    return Err(StaffRefusal::BadValue { member: "the reason", problem }.into());
                }
                let answer = AnswerGiven::Rejected { by: by.clone(), reason: reason.clone() };
                Ok(vec![Event::ApprovalEnded(ApprovalEnded { no: *no, answer })])
            }
        }
    }

    fn question(&self, no: ApprovalNo) -> Result<&Question<Command>, StaffRefusal> {
        let ended = self.approvals.has_ended(no);
        self.approvals.get(no).ok_or(StaffRefusal::ApprovalUnknown { no, ended })
    }

    /// Key lists and rebinding are answered by who has the role for keys, the rest by administrators.
    fn check_approver(&self, by: &str, question: &Question<Command>) -> Result<(), StaffRefusal> {
        let needs = match question.why {
            WhyAsked::Publishing | WhyAsked::ForcedRebind => Role::Keys,
            _ => Role::Admin,
        };
        if self.people.get(by).is_some_and(|user| user.may(needs)) {
            return Ok(());
        }
        let needs = match needs {
            Role::Keys => "the role keys or admin",
            _ => "the role admin",
        };
        Err(StaffRefusal::MayNotApprove { by: by.to_owned(), needs })
    }

    /// Questions that nobody answered in time.
    pub(crate) fn lapsed_approvals(&self, now: Time) -> Vec<Event> {
        let answer = AnswerGiven::Lapsed;
        let lapsed = self.approvals.lapsed(now);
        lapsed
            .map(|no| Event::ApprovalEnded(ApprovalEnded { no, answer: answer.clone() }))
            .collect()
    }
}
