//! Deciding orders about users and policies.
//!
//! Invariants: somebody with the role `admin` stays once there was one; every number of a policy lies within limits that
//! make sense; nobody is called as the owner of the machine is in the books.
//! Deliberately not here: passwords, sessions, whether a role allows an order (the shell).

use super::people::{PeopleCommand, Role, User, UserDeleted, UserSet};
use super::policy::{Policies, PoliciesChanged, PolicyChange, PolicyCommand};
use super::refusal::StaffRefusal;
use crate::office::event::Event;
use crate::office::state::Office;
use crate::office::text::check_name;
use tenure_document::Time;

/// The longest hash string, in bytes.
const HASH_MAX: usize = 4_096;
/// The most users.
const USERS_MAX: usize = 1_000;
/// As whom the owner of the office's machine acts, who is no user: a user of that name would lend it a vote.
const OWNER: &str = "local";
/// The longest time of a policy, in days: ten years.
const DAYS_MAX: u32 = 3_650;
/// A certificate that ends lasts for so many contacts of a license server, which ask once a day where none is expected.
const CERTIFICATE_POLLS: u32 = 3;

type Decided = Result<Vec<Event>, StaffRefusal>;

impl Office {
    pub(crate) fn decide_people(&self, command: &PeopleCommand, now: Time) -> Decided {
        match command {
            PeopleCommand::Create { by, name, password_hash, roles, daily_quota } => {
                check_name(name).map_err(|problem| bad("the name", problem))?;
                check_hash(password_hash)?;
                if name == OWNER {
                    let problem =
                        format!("can't be {OWNER:?}: the owner of this machine is called so");
                    return Err(bad("the name", problem));
                }
                if self.people.get(name).is_some() {
                    return Err(StaffRefusal::UserExists { name: name.clone() });
                }
                if self.people.all().len() >= USERS_MAX {
                    let problem = format!("{USERS_MAX} are the most there can be");
                    return Err(bad("users:", problem));
                }
                let user = User {
                    name: name.clone(),
                    password_hash: password_hash.clone(),
                    roles: in_order(roles),
                    daily_quota: *daily_quota,
                    made: now,
                    changed: now,
                };
                Ok(vec![Event::UserSet(UserSet { by: by.clone(), user })])
            }
            PeopleCommand::Change { by, name, change } => {
                let before = self.user(name)?;
                let mut user = before.clone();
                if let Some(hash) = &change.password_hash {
                    check_hash(hash)?;
                    user.password_hash.clone_from(hash);
                }
                if let Some(roles) = &change.roles {
                    user.roles = in_order(roles);
                }
                if let Some(quota) = change.daily_quota {
                    user.daily_quota = quota;
                }
                if user == *before {
                    return Ok(Vec::new());
                }
                if !user.roles.contains(&Role::Admin) {
                    self.check_admin_stays(name)?;
                }
                user.changed = now;
                Ok(vec![Event::UserSet(UserSet { by: by.clone(), user })])
            }
            PeopleCommand::Delete { by, name } => {
                self.user(name)?;
                self.check_admin_stays(name)?;
                Ok(vec![Event::UserDeleted(UserDeleted { by: by.clone(), name: name.clone() })])
            }
        }
    }

    fn user(&self, name: &str) -> Result<&User, StaffRefusal> {
        let unknown = || StaffRefusal::UserUnknown { name: name.chars().take(200).collect() };
        self.people.get(name).ok_or_else(unknown)
    }

    /// Without this user somebody must remain who may administer, unless nobody may now.
    fn check_admin_stays(&self, without: &str) -> Result<(), StaffRefusal> {
        let is_admin = |user: &User| user.roles.contains(&Role::Admin);
        let was = self.people.get(without).is_some_and(is_admin);
        let others = self.people.all().any(|user| user.name != without && is_admin(user));
        if was && !others { Err(StaffRefusal::LastAdmin) } else { Ok(()) }
    }

    pub(crate) fn decide_policy(&self, command: &PolicyCommand) -> Decided {
        let PolicyCommand::Change { by, change } = command;
        check_policies(change)?;
        check_certificate_days(change, &change.applied_to(&self.policies))?;
        if change.applied_to(&self.policies) == self.policies {
            return Ok(Vec::new());
        }
        let before = Some(Box::new(change.undone_to(&self.policies)));
        let (by, change) = (by.clone(), change.clone());
        Ok(vec![Event::PoliciesChanged(PoliciesChanged { by, change, before })])
    }
}

/// A certificate must outlast a contact that comes late and one that is missed.
fn check_certificate_days(change: &PolicyChange, next: &Policies) -> Result<(), StaffRefusal> {
    let days = next.certificate_days;
    let polls = next.server_poll_days.max(1);
    let is_touched = change.certificate_days.is_some() || change.server_poll_days.is_some();
    if !is_touched || days == 0 || days >= polls.saturating_mul(CERTIFICATE_POLLS) {
        return Ok(());
    }
    let problem = format!(
        "must be 0 or at least {CERTIFICATE_POLLS} times server_poll_days ({polls}), not {days}: \
         a license server that is heard from late would serve under a certificate that has ended"
    );
    Err(bad("certificate_days", problem))
}

fn check_policies(change: &PolicyChange) -> Result<(), StaffRefusal> {
    let days = [
        ("cool_down_days", change.cool_down_days, 0),
        ("replacement_period_days", change.replacement_period_days, 1),
        ("replacement_wait_days", change.replacement_wait_days, 0),
        ("approval_days", change.approval_days, 1),
        ("server_poll_days", change.server_poll_days, 0),
        ("device_poll_days", change.device_poll_days, 0),
        ("update_days", change.update_days, 0),
        ("certificate_days", change.certificate_days, 0),
    ];
    for (member, value, least) in days {
        if let Some(value) = value.filter(|value| !(least..=DAYS_MAX).contains(value)) {
            return Err(bad(member, format!("must be {least} to {DAYS_MAX} days, not {value}")));
        }
    }
    let counts = [
        ("replacements", change.replacements, 100),
        ("unclaimed_max", change.unclaimed_max, 1_000_000),
    ];
    for (member, value, most) in counts {
        if let Some(value) = value.filter(|value| *value > most) {
            return Err(bad(member, format!("must be at most {most}, not {value}")));
        }
    }
    Ok(())
}

fn check_hash(hash: &str) -> Result<(), StaffRefusal> {
    if hash.len() <= HASH_MAX {
        return Ok(());
    }
    Err(bad("the password hash", format!("must have at most {HASH_MAX} bytes, not {}", hash.len())))
}

fn bad(member: &'static str, problem: String) -> StaffRefusal {
    StaffRefusal::BadValue { member, problem }
}

/// Roles in order and without doubles; seeing at least.
fn in_order(roles: &[Role]) -> Vec<Role> {
    let mut roles = roles.to_vec();
    roles.sort_unstable();
    roles.dedup();
    if roles.is_empty() {
        roles.push(Role::Viewer);
    }
    roles
}
