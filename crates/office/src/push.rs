//! An update for a container that is not there: with nothing but its serial.
//!
//! Kept here: what is pending becomes operations first, then it is signed; a certificate that is due is made before the
//! decision. Deliberately not here: the way from the books to a signed update (`issue`).

use tenure_api::office::IssuedUpdate;
use tenure_document::{ContainerId, KeyRecord};
use tenure_issuing::office::{Asker, Command, ContainerCommand, Office};
use tenure_ledger::Idempotency;
use tenure_shell::problem::Refused;

use crate::app::App;
use crate::issue;

/// Everything that is pending for a container, as a signed update.
pub(crate) async fn push(
    app: &App,
    id: ContainerId,
    by: Asker,
    idempotency: Option<Idempotency>,
) -> Result<IssuedUpdate, Refused> {
    let due =
        move |office: &Office, with: &KeyRecord, now| office.certificate_due_for(id, with, now);
    let certificate = issue::certificate(app, due).await?;
    let command = ContainerCommand::Push { by, id, certificate };
    app.submit(Command::Container(command), idempotency).await?;
    issue::issued(app, id, None, None).await
}
