//! Everything that is not exactly the proved answer to this request is refused as forged.

use expect_test::{Expect, expect};
use tenure_api::ChainAnswer;
use tenure_document::{Bytes, Envelope, Hash, Lease, Version};
use tenure_sdk::session::Reply;
use tenure_sdk::{Error, SeatState, Why};

use crate::publisher::{Publisher, server_key};
use crate::server::{FakeServer, PUBLISHER, SERVER, State, holder, seal_in_batch};

/// A checkout from a server that cheats; the code of the outcome.
fn outcome(cheat: impl FnOnce(&mut State)) -> String {
    let server = FakeServer::new();
    cheat(&mut server.state());
    let tenure = server.client().open().unwrap();
    match tenure.checkout("cad", "2.0") {
        Ok(_) => "granted".into(),
        Err(Error::Forged(forged)) => forged.code.into(),
        Err(other) => format!("not forged: {other}"),
    }
}

fn check(cases: &[(&str, String)], expected: Expect) {
    let lines: String = cases.iter().map(|(case, code)| format!("{case}: {code}\n")).collect();
    expected.assert_eq(&lines);
}

#[test]
fn leases_signed_by_the_server_that_say_something_else() {
    let lie = |lie: fn(&mut Lease)| outcome(|state| state.lie = Some(lie));
    check(
        &[
            ("the truth", lie(|_| ())),
            ("another holder", lie(|lease| lease.holder = holder("bob"))),
            ("another host", lie(|lease| lease.holder.host.value = "ws15".into())),
            ("another owner", lie(|lease| lease.holder.owner = Some("x".into()))),
            ("another feature", lie(|lease| lease.feature = "cam".into())),
            ("a lower version", lie(|lease| lease.version = Version::new(1, 9, 0))),
            ("fewer seats", lie(|lease| lease.count = 0)),
            ("more seats", lie(|lease| lease.count = 2)),
            ("another nonce", lie(|lease| lease.nonce = Some(Bytes(vec![0; 16])))),
            ("no nonce", lie(|lease| lease.nonce = None)),
            ("another request", lie(|lease| lease.request = Some(Hash::of(b"x")))),
            ("no request", lie(|lease| lease.request = None)),
            ("another lease ID", lie(|lease| lease.id.0 += 1)),
            ("another server", lie(|lease| lease.server.0 = [8; 16])),
            (
                "bound to a key",
                lie(|lease| {
                    lease.client_key =
                        Some(tenure_document::Signer::public(&server_key(3)).clone());
                }),
            ),
            ("ends before it begins", lie(|lease| lease.expires = lease.issued)),
            (
                "issued before the certificate",
                lie(|lease| {
                    lease.issued = "2025-01-01T00:00:00Z".parse().unwrap();
                }),
            ),
        ],
        expect![[r#"
            the truth: granted
            another holder: wrong-holder
            another host: wrong-holder
            another owner: wrong-holder
            another feature: wrong-feature
            a lower version: wrong-feature
            fewer seats: wrong-feature
            more seats: wrong-feature
            another nonce: wrong-nonce
            no nonce: wrong-nonce
            another request: wrong-request
            no request: wrong-request
            another lease ID: wrong-lease
            another server: wrong-server
            bound to a key: wrong-key
            ends before it begins: wrong-term
            issued before the certificate: outside-window
        "#]],
    );
}

#[test]
fn documents_changed_on_the_way() {
    fn on_document(change: fn(&str) -> String) -> impl Fn(&mut Reply) {
        move |reply| {
            if let Reply::Checkout(answer) = reply {
                answer.leases[0].document = change(&answer.leases[0].document);
            }
        }
    }
    fn envelope(text: &str, change: impl FnOnce(&mut Envelope)) -> String {
        let mut envelope = Envelope::parse(text.as_bytes()).unwrap();
        change(&mut envelope);
        envelope.to_json()
    }
    macro_rules! changed {
        ($change:expr) => {
            outcome(|state| state.tamper = Some(|reply| on_document($change)(reply)))
        };
    }
    check(
        &[
            ("one bit of the payload", changed!(|text| envelope(text, |e| e.payload[100] ^= 1))),
            (
                "one bit of the signature",
                changed!(|text| envelope(text, |e| e.signatures[0].sig[5] ^= 1)),
            ),
            (
                "one bit of the path",
                changed!(|text| envelope(text, |e| {
                    e.signatures[0].batch.as_mut().unwrap().path[0].0[0] ^= 1;
                })),
            ),
            (
                "another place in the batch",
                changed!(|text| envelope(text, |e| {
                    e.signatures[0].batch.as_mut().unwrap().index = 0;
                })),
            ),
            (
                "another ledger sequence",
                changed!(|text| envelope(text, |e| {
                    e.signatures[0].batch.as_mut().unwrap().sequence += 1;
                })),
            ),
            ("no batch", changed!(|text| envelope(text, |e| e.signatures[0].batch = None))),
            ("no signature", changed!(|text| envelope(text, |e| e.signatures.clear()))),
            (
                "another type",
                changed!(|text| envelope(text, |e| {
                    e.payload_type = "application/vnd.tenure.context.v1+json".into();
                })),
            ),
            ("half of it", changed!(|text| text[..text.len() / 2].to_owned())),
            ("nothing", changed!(|_| String::new())),
            ("trailing data", changed!(|text| format!("{text} x"))),
        ],
        expect![[r#"
            one bit of the payload: bad-signature
            one bit of the signature: bad-signature
            one bit of the path: bad-signature
            another place in the batch: bad-signature
            another ledger sequence: bad-signature
            no batch: wrong-algorithm
            no signature: no-signature
            another type: wrong-algorithm
            half of it: malformed-envelope
            nothing: malformed-envelope
            trailing data: trailing-data
        "#]],
    );
}

#[test]
fn leases_signed_by_somebody_else() {
    check(
        &[
            ("a key of its own", outcome(|state| state.identity = server_key(10))),
            (
                "another publisher's chain",
                outcome(|state| {
                    let other = Publisher::new(16);
                    let certificate = other.certificate(SERVER, &state.identity);
                    state.chain.keysets = vec![other.keyset_envelope().to_json()];
                    state.chain.certificate = Some(other.seal_certificate(&certificate).to_json());
                }),
            ),
            (
                "another publisher's certificate",
                outcome(|state| {
                    let other = Publisher::new(16);
                    let certificate = other.certificate(SERVER, &state.identity);
                    state.chain.certificate = Some(other.seal_certificate(&certificate).to_json());
                }),
            ),
            (
                "a certificate signed by the issuer key",
                outcome(|state| {
                    let certificate = PUBLISHER.certificate(SERVER, &state.identity);
                    let sealed = tenure_document::seal(&certificate, &[&PUBLISHER.issuer]);
                    state.chain.certificate = Some(sealed.to_json());
                }),
            ),
            (
                "a certificate of another container",
                outcome(|state| {
                    let other = tenure_document::ContainerId([8; 16]);
                    let certificate = PUBLISHER.certificate(other, &state.identity);
                    state.chain.certificate =
                        Some(PUBLISHER.seal_certificate(&certificate).to_json());
                }),
            ),
            (
                "a certificate that is not for leases",
                outcome(|state| {
                    let mut certificate = PUBLISHER.certificate(SERVER, &state.identity);
                    certificate.uses.retain(|name| name != "lease");
                    state.chain.certificate =
                        Some(PUBLISHER.seal_certificate(&certificate).to_json());
                }),
            ),
            (
                "a certificate that is over",
                outcome(|state| {
                    let mut certificate = PUBLISHER.certificate(SERVER, &state.identity);
                    certificate.not_after = Some("2026-06-01T00:00:00Z".parse().unwrap());
                    state.chain.certificate =
                        Some(PUBLISHER.seal_certificate(&certificate).to_json());
                }),
            ),
            (
                "a revoked container",
                outcome(|state| {
                    let container =
                        tenure_document::RevokedContainer { container: SERVER, generation: 1 };
                    let list = revocation(1, vec![container]);
                    state.chain.revocation = Some(PUBLISHER.seal_revocation(&list).to_json());
                }),
            ),
            (
                "a key set below the root's threshold",
                outcome(|state| {
                    let one = tenure_document::seal(&PUBLISHER.keyset, &[&PUBLISHER.root[0]]);
                    state.chain.keysets = vec![one.to_json()];
                }),
            ),
            ("no key set", outcome(|state| state.chain.keysets.clear())),
            ("no certificate", outcome(|state| state.chain.certificate = None)),
        ],
        expect![[r#"
            a key of its own: bad-signature
            another publisher's chain: wrong-root
            another publisher's certificate: unknown-key
            a certificate signed by the issuer key: wrong-role
            a certificate of another container: wrong-server
            a certificate that is not for leases: out-of-scope
            a certificate that is over: outside-window
            a revoked container: revoked-container
            a key set below the root's threshold: below-threshold
            no key set: no-keyset
            no certificate: no-chain
        "#]],
    );
}

fn revocation(
    sequence: u64,
    containers: Vec<tenure_document::RevokedContainer>,
) -> tenure_document::Revocation {
    let issued = "2026-11-01T00:00:00Z".parse().unwrap();
    tenure_document::Revocation { sequence, issued, keys: Vec::new(), containers }
}

#[test]
fn a_forged_renewal_ends_the_seat() {
    let server = FakeServer::new();
    let tenure = server.client().open().unwrap();
    let seat = tenure.checkout("cad", "2.0").unwrap();
    server.state().lie = Some(|lease| lease.nonce = None);
    server.seen();
    server.pass(&tenure, 200);
    assert!(matches!(seat.state(), SeatState::Ended(Why::Forged(f)) if f.code == "wrong-nonce"));
    assert_eq!(
        server.seen(),
        "renew chain",
        "the chain is fetched once before it counts as forged"
    );
}

#[test]
fn an_old_renewal_cannot_be_played_back() {
    let server = FakeServer::new();
    let tenure = server.client().open().unwrap();
    let seat = tenure.checkout("cad", "2.0").unwrap();
    server.state().tamper = Some(|reply| {
        static FIRST: std::sync::Mutex<Option<String>> = std::sync::Mutex::new(None);
        if let Reply::Renewed(answer) = reply
            && let Some(grant) = &mut answer.renewals[0].lease
        {
            let mut first = FIRST.lock().unwrap();
            grant.document = first.get_or_insert_with(|| grant.document.clone()).clone();
        }
    });
    server.pass(&tenure, 140);
    assert!(seat.is_usable());
    server.pass(&tenure, 140);
    assert!(matches!(seat.state(), SeatState::Ended(Why::Forged(f)) if f.code == "wrong-nonce"));
}

#[test]
fn a_certificate_renewed_while_the_client_runs_is_fetched() {
    let server = FakeServer::new();
    let tenure = server.client().open().unwrap();
    let seat = tenure.checkout("cad", "2.0").unwrap();
    {
        let mut state = server.state();
        state.identity = server_key(11);
        let certificate = PUBLISHER.certificate(SERVER, &state.identity);
        state.chain.certificate = Some(PUBLISHER.seal_certificate(&certificate).to_json());
    }
    server.seen();
    server.pass(&tenure, 140);
    assert!(seat.is_usable());
    assert_eq!(server.seen(), "renew chain");
}

#[test]
fn what_a_chain_has_revoked_stays_revoked() {
    let server = FakeServer::new();
    let clean = server.state().chain.clone();
    let list =
        revocation(2, vec![tenure_document::RevokedContainer { container: SERVER, generation: 1 }]);
    let revoked = ChainAnswer {
        revocation: Some(PUBLISHER.seal_revocation(&list).to_json()),
        ..clean.clone()
    };
    let other = ChainAnswer {
        revocation: Some(PUBLISHER.seal_revocation(&revocation(3, vec![])).to_json()),
        ..clean.clone()
    };
    let (root, at) = (PUBLISHER.pin(), crate::publisher::now());
    use tenure_sdk::proof::Authority;
    let known = Authority::establish(root, clean.clone(), None, at).unwrap();
    let code = |chain| Authority::establish(root, chain, Some(&known), at).err().map(|f| f.code);
    assert_eq!(code(clean.clone()), None);
    assert_eq!(code(revoked), Some("revoked-container"));
    // A client that has seen a newer list is not talked out of it by leaving it away.
    let newer = Authority::establish(root, other, None, at).unwrap();
    let kept = Authority::establish(root, clean, Some(&newer), at).unwrap();
    assert!(kept.chain().revocation.is_some());
}

#[test]
fn a_lease_of_this_server_for_another_request_does_not_verify_as_this_one() {
    let server = FakeServer::new();
    let tenure = server.client().open().unwrap();
    let seat = tenure.checkout("cad", "2.0").unwrap();
    let mut lease = seat.lease().unwrap();
    lease.expires = lease.expires.plus(std::time::Duration::from_secs(1));
    let resigned = seal_in_batch(&lease, &server.state().identity, 99);
    let chain = server.state().chain.clone();
    let known = tenure_sdk::proof::Authority::establish(PUBLISHER.pin(), chain, None, server.now());
    assert_eq!(known.unwrap().lease(&resigned, server.now()).unwrap().id, lease.id);
}
