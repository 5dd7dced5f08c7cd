//! Suspending, resuming and withdrawing an entitlement: each asks first and says what it does to the customer.
//!
//! Kept here: what takes something away is grave and asks for a reason, resuming does neither; a refusal stands above
//! the same question. Deliberately not here: what a container learns of it and when (the API).

use axum::extract::Path;
use axum::http::StatusCode;
use tenure_api::office::{Entitlement, Reason};

use super::act::{done, sent};
use super::detail::{api_of, found, page_of};
use crate::staff::{Answer, Member, Question, Sent};

/// Which of them.
#[derive(Clone, Copy)]
enum What {
    Suspend,
    Resume,
    Withdraw,
}

impl What {
    const fn word(self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Withdraw => "withdraw",
        }
    }

    fn question(self, one: &Entitlement) -> Question {
        let here = page_of(&one.activation_id);
        let (title, button, points): (_, _, &[&str]) = match self {
            Self::Suspend => (
                "Suspend this entitlement?",
                "Suspend it",
                &[
                    "Nothing new of it is activated, neither at the portal nor by the staff.",
                    "What is active in containers stays and goes on working.",
                    "You can let it go on at any time.",
                ],
            ),
            Self::Resume => (
                "Let this entitlement go on?",
                "Let it go on",
                &["Its free units can be activated again, at the portal and by the staff."],
            ),
            Self::Withdraw => (
                "Withdraw this entitlement for ever?",
                "Withdraw it for ever",
                &[
                    "Nothing of it can be activated any more. This can't be undone.",
                    "Everything active is taken out of its containers with their next update; until then it works.",
                    "A container that never meets the office again keeps it, unless its terms make it meet the office.",
                    "To stop only new activations, suspend it instead.",
                ],
            ),
        };
        let ask = Question::grave(title, format!("{here}/{}", self.word()), button, here);
        let active: u64 = one.lines.iter().map(|line| line.active).sum();
        Question {
            text: format!("{}, {}: {active} active.", one.activation_id, one.customer_name),
            points: points.iter().map(|point| (*point).to_owned()).collect(),
            reason: (!matches!(self, Self::Resume)).then_some("Reason, for the audit"),
            grave: !matches!(self, Self::Resume),
            ..ask
        }
    }

    async fn ask(self, me: Member, id: &str) -> Answer {
        me.must("fulfil")?;
        Ok(self.question(&found(&me, id).await?).page(&me))
    }

    async fn carry_out(self, Sent { me, form }: Sent, id: &str) -> Answer {
        me.must("fulfil")?;
        let one = found(&me, id).await?;
        let notice = match self {
            Self::Suspend => {
                done("The entitlement is suspended", "What is active goes on working.")
            }
            Self::Resume => {
                done("The entitlement goes on", "Its free units can be activated again.")
            }
            Self::Withdraw => done(
                "The entitlement is withdrawn",
                "Its containers lose it with their next update.",
            ),
        };
        let path = format!("{}/{}", api_of(&one.activation_id), self.word());
        let asked = Reason::new(form.text("reason"));
        match sent(&me, &path, &asked, (form.text("once"), notice)).await {
            Ok(answer) => Ok(answer),
            Err(trouble) if trouble.status() == StatusCode::FORBIDDEN => Err(me.sorry(&trouble)),
            Err(trouble) => Ok(self.question(&one).again(&form, &trouble).page(&me)),
        }
    }
}

/// `GET …/suspend`.
pub(super) async fn ask_suspend(me: Member, Path(id): Path<String>) -> Answer {
    What::Suspend.ask(me, &id).await
}

/// `POST …/suspend`.
pub(super) async fn suspend(Path(id): Path<String>, sent: Sent) -> Answer {
    What::Suspend.carry_out(sent, &id).await
}

/// `GET …/resume`.
pub(super) async fn ask_resume(me: Member, Path(id): Path<String>) -> Answer {
    What::Resume.ask(me, &id).await
}

/// `POST …/resume`.
pub(super) async fn resume(Path(id): Path<String>, sent: Sent) -> Answer {
    What::Resume.carry_out(sent, &id).await
}

/// `GET …/withdraw`.
pub(super) async fn ask_withdraw(me: Member, Path(id): Path<String>) -> Answer {
    What::Withdraw.ask(me, &id).await
}

/// `POST …/withdraw`.
pub(super) async fn withdraw(Path(id): Path<String>, sent: Sent) -> Answer {
    What::Withdraw.carry_out(sent, &id).await
}
