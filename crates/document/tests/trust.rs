//! Trust as a whole: chains that hold, and the matrix of types and roles.

#[path = "support/publisher.rs"]
mod publisher;

use publisher::{Publisher, hybrid, now, record, server_key};
use tenure_document::*;

#[test]
fn the_fixture_chain_holds() {
    let publisher = Publisher::new(0);
    let server = ContainerId([7; 16]);
    let identity = server_key(9);
    let certificate = publisher.certified(server, &identity);
    assert_eq!(certificate.container, server);
    assert_eq!(certificate.signed_by(), publisher.certifier.public().id());
}

#[test]
fn each_role_signs_its_types_and_no_other() {
    let _ = (hybrid(1), record, now());
}
