//! Files of a shared folder: what is written is read, and everything that XML and names can do against a reader.

use expect_test::{Expect, expect};
use tenure_api::folder::{
    Asked, ClientName, ClientSettings, FolderAnswer, FolderRequest, REQUEST_MAX, RequestFault,
    XmlFault, read_license, read_path_file, read_registration, unwrapped, write_license,
    write_path_file, write_registration,
};
use tenure_document::{Bytes, Hash, SeedSigner, Signer as _, Time};

fn name() -> ClientName {
    ClientName::new("ann", [7; 16], "ws14")
}

fn signer(seed: u8) -> SeedSigner {
    SeedSigner::ed25519(&[seed; 32]).expect("a seed")
}

fn now() -> Time {
    "2026-11-22T12:00:00Z".parse().expect("a time")
}

const CHECKOUT: &str = r#"{"holder":{"host":{"type":"STRING","value":"ws14"},"user":"ann <&>"},"features":[{"name":"c\"a'd<","version":"2.0","count":3}]}"#;

fn request(asked: Asked) -> FolderRequest {
    FolderRequest::signed((name(), asked), "key-1", Bytes(vec![9; 16]), &signer(1), now())
}

fn checkout() -> FolderRequest {
    request(Asked::Checkout(CHECKOUT.into()))
}

#[test]
fn every_action_is_read_as_it_was_written() {
    let (id, token) = ("L-0000000000001".to_owned(), "abc_DEF-123".to_owned());
    for asked in [
        Asked::Chain,
        Asked::Checkout(CHECKOUT.into()),
        Asked::Renew(br#"{"renewals":[{"lease":"L-0000000000001","token":"t"}]}"#.to_vec()),
        Asked::Release { lease: id.clone(), token: token.clone() },
        Asked::Poll {
            ticket: "T-1".into(),
            token: token.clone(),
            nonce: Bytes(vec![1; 16]),
            wait: 20,
        },
        Asked::Cancel { ticket: "T-1".into(), token },
        Asked::Consume(br#"{"feature":"render"}"#.to_vec()),
        Asked::Undo { usage: "U-1".into(), body: br#"{"token":"t"}"#.to_vec() },
        Asked::ReportUsage(br#"{"records":[]}"#.to_vec()),
    ] {
        let request = request(asked);
        let text = request.write().expect("it can be written");
        assert_eq!(FolderRequest::read(&name(), text.as_bytes()), Ok(request), "{text}");
        let marked = format!("\u{feff}{}", text.replace('\n', "\r\n"));
        FolderRequest::read(&name(), marked.as_bytes())
            .expect("marks of other systems are no harm");
    }
}

#[test]
fn a_request_can_be_read_by_people() {
    expect![[r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <TenureRequest version="1">
          <User>ann</User>
          <ClientID>07070707070707070707070707070707</ClientID>
          <Computer>ws14</Computer>
          <Action>checkout</Action>
          <Summary>
            <Feature name="c&quot;a'd&lt;" version="2.0" count="3"/>
          </Summary>
          <Time>2026-11-22T12:00:00Z</Time>
          <Nonce>CQkJCQkJCQkJCQkJCQkJCQ</Nonce>
          <IdempotencyKey>key-1</IdempotencyKey>
          <Body>{&quot;holder&quot;:{&quot;host&quot;:{&quot;type&quot;:&quot;STRING&quot;,&quot;value&quot;:&quot;ws14&quot;},&quot;user&quot;:&quot;ann &lt;&amp;&gt;&quot;},&quot;features&quot;:[{&quot;name&quot;:&quot;c\&quot;a'd&lt;&quot;,&quot;version&quot;:&quot;2.0&quot;,&quot;count&quot;:3}]}</Body>
        "#]]
    .assert_eq(&checkout().write().expect("it can be written").split("  <Key>").next().map(str::to_owned).unwrap_or_default());
}

#[test]
fn a_file_of_another_name_or_key_is_none() {
    let text = checkout().write().expect("it can be written");
    let other = ClientName::new("bob", [7; 16], "ws14");
    assert_eq!(FolderRequest::read(&other, text.as_bytes()), Err(RequestFault::WrongName));
    let key = |seed| Bytes::from(signer(seed).public().bytes()).to_string();
    for (from, to) in [
        (key(1), key(2)),
        ("<IdempotencyKey>key-1".into(), "<IdempotencyKey>key-2".into()),
        ("12:00:00Z".into(), "12:00:01Z".into()),
        ("ann &lt;".into(), "eve &lt;".into()),
    ] {
        let forged = text.replace(&from, &to);
        assert_ne!(forged, text, "{from}");
        assert_eq!(
            FolderRequest::read(&name(), forged.as_bytes()),
            Err(RequestFault::BadSignature)
        );
    }
}

/// Reads a request after a change.
fn attack(change: impl FnOnce(&str) -> String, expected: Expect) {
    let text = checkout().write().expect("it can be written");
    let changed = change(&text);
    assert_ne!(changed, text);
    let fault = FolderRequest::read(&name(), changed.as_bytes()).expect_err("it is no request");
    expected.assert_eq(&format!("{}: {fault}", fault.code()));
}

fn inside(text: &str, more: &str) -> String {
    text.replace("  <Time>", &format!("{more}  <Time>"))
}

#[test]
fn document_types_entities_and_everything_that_fetches_or_expands_is_refused() {
    let doctype = |inner: &str| {
        let head = format!("<!DOCTYPE TenureRequest [{inner}]>\n<TenureRequest");
        move |text: &str| text.replace("<TenureRequest", &head)
    };
    let laughs: String = (1..10)
        .map(|at| format!("<!ENTITY l{at} \"{}\">", format!("&l{};", at - 1).repeat(10)))
        .collect();
    attack(
        doctype(&laughs),
        expect!["forbidden-xml: a document type may not stand in such a file"],
    );
    let blow_up = format!("<!ENTITY a \"{}\">", "a".repeat(20_000));
    attack(
        doctype(&blow_up),
        expect!["forbidden-xml: a document type may not stand in such a file"],
    );
    attack(
        doctype("<!ENTITY x SYSTEM \"file:///etc/passwd\">"),
        expect!["forbidden-xml: a document type may not stand in such a file"],
    );
    attack(
        |text| text.replace("ann</User>", "&x;</User>"),
        expect!["malformed-xml: line 3, column 9: unknown entity reference 'x'"],
    );
    attack(
        |text| inside(text, "<xi:include href=\"file:///etc/passwd\"/>"),
        expect!["malformed-xml: line 10, column 2: an unknown namespace prefix 'xi'"],
    );
    attack(
        |text| inside(text, "<a xmlns=\"http://www.w3.org/2001/XInclude\"/>"),
        expect!["forbidden-xml: a namespace may not stand in such a file"],
    );
    attack(
        |text| inside(text, "<?xml-stylesheet href=\"file:///etc/passwd\"?>"),
        expect!["forbidden-xml: a processing instruction may not stand in such a file"],
    );
    attack(
        |text| format!("{text}<?php system('id') ?>"),
        expect![
            "unfinished: it is not complete: a processing instruction may not stand in such a file"
        ],
    );
    attack(
        |text| text.replace("<?xml version", "<?xmlx version"),
        expect!["forbidden-xml: a processing instruction may not stand in such a file"],
    );
    attack(
        |text| inside(text, "<!-- hidden -->"),
        expect!["forbidden-xml: a comment may not stand in such a file"],
    );
    attack(
        |text| inside(text, "<Token><![CDATA[x]]></Token>"),
        expect!["forbidden-xml: a CDATA section may not stand in such a file"],
    );
}

#[test]
fn size_depth_and_number_have_limits() {
    attack(
        |text| inside(text, &"x".repeat(REQUEST_MAX)),
        expect!["too-large: more than the 65536 bytes that such a file may have"],
    );
    attack(
        |text| inside(text, &("<a>".repeat(9_000) + &"</a>".repeat(9_000))),
        expect!["too-deep: elements stand more than 16 deep in each other"],
    );
    attack(
        |text| inside(text, &"<a>".repeat(20_000)),
        expect!["too-deep: elements stand more than 16 deep in each other"],
    );
    let many: String = (0..10_000).map(|at| format!(" a{at}=''")).collect();
    attack(
        |text| text.replace("<TenureRequest", &format!("<TenureRequest{}", &many[..60_000])),
        expect!["forbidden-xml: a tag of so many attributes may not stand in such a file"],
    );
    attack(
        |text| inside(text, &"<a/>".repeat(15_000)),
        expect!["malformed-xml: line 1, column 1: nodes limit reached"],
    );
}

#[test]
fn other_encodings_second_roots_and_unknown_or_doubled_elements_are_refused() {
    attack(|text| text.replace("UTF-8", "UTF-7"), expect!["not-utf8: it is not UTF-8 text"]);
    attack(|text| text.replace("UTF-8", "utf-16"), expect!["not-utf8: it is not UTF-8 text"]);
    attack(
        |text| format!("{text}<TenureRequest version=\"1\"></TenureRequest>"),
        expect!["malformed-xml: line 17, column 1: unknown token"],
    );
    attack(
        |text| text.replace("TenureRequest", "TenureAnswer"),
        expect!["unfinished: it is not complete: `TenureAnswer` does not belong there"],
    );
    attack(
        |text| text.replace("version=\"1\">", "version=\"2\">"),
        expect![
            "bad-element: `TenureRequest`: `version` must be `1`, and no other attribute be there"
        ],
    );
    attack(
        |text| inside(text, "<Admin>yes</Admin>"),
        expect!["unexpected-element: `Admin` does not belong there"],
    );
    attack(
        |text| inside(text, "<User>eve</User>"),
        expect!["repeated-element: `User` stands there twice"],
    );
    attack(
        |text| text.replace("<User>", "<User admin=\"yes\">"),
        expect!["unexpected-element: `admin` does not belong there"],
    );
    attack(
        |text| inside(text, "text"),
        expect!["unexpected-element: `text` does not belong there"],
    );
    attack(
        |text| text.replace("<Action>checkout", "<Action>login"),
        expect![
            "bad-element: `Action`: expected one of chain, checkout, renew, release, poll, cancel, consume, undo, report-usage"
        ],
    );
    attack(
        |text| text.replace("<Action>checkout", "<Action>release"),
        expect!["missing-element: `Subject` is missing"],
    );
    attack(
        |text| text.replace("count=\"3\"", "count=\"1\""),
        expect!["bad-element: `Summary`: it says something else than the body"],
    );
    attack(
        |text| text.replace("<User>ann", "<User>../ann"),
        expect!["bad-element: `ClientID`: the parts make no name of a file"],
    );
    let utf16: Vec<u8> = checkout()
        .write()
        .expect("it can be written")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let fault = FolderRequest::read(&name(), &utf16).expect_err("no UTF-8");
    assert_eq!(fault.code(), "unfinished");
}

#[test]
fn a_subject_can_not_leave_its_path() {
    for subject in ["../../users", "L-1?x=1", "L-1/renewal", "", "L 1", &"x".repeat(65)] {
        let asked = Asked::Release { lease: subject.into(), token: "t".into() };
        let text = request(asked).write().expect("it can be written");
        let fault = FolderRequest::read(&name(), text.as_bytes()).expect_err(subject);
        assert_eq!(fault.code(), "bad-element", "{subject}");
    }
}

/// Wherever a slow writer has come to, its file is unfinished and nothing else; a finished one is never called so.
#[test]
fn every_beginning_of_a_request_is_unfinished() {
    let text = checkout().write().expect("it can be written");
    let end = text.trim_end().len();
    for at in 0..end {
        match FolderRequest::read(&name(), &text.as_bytes()[..at]) {
            Err(RequestFault::Unfinished(_)) => {}
            other => panic!("{at}: {other:?}"),
        }
    }
    for at in end..=text.len() {
        FolderRequest::read(&name(), &text.as_bytes()[..at]).expect("whole");
    }
}

fn answer() -> FolderAnswer {
    let body = br#"{"leases":[{"id":"L-0000000000001","feature":"cad","version":"2.0","count":1,"seats":[7],"expires_at":"2026-11-22T12:15:00Z"}],"denials":[]}"#;
    let asked = (&name(), Hash::of(b"file"), Bytes(vec![9; 16]));
    FolderAnswer::to(asked, (201, None, body.to_vec()), now()).signed(&signer(5))
}

#[test]
fn an_answer_is_read_as_it_was_written_and_belongs_to_one_file() {
    let text = answer().write().expect("it can be written");
    assert!(text.contains(r#"<Lease id="L-0000000000001" feature="cad" version="2.0" count="1" seats="7" until="2026-11-22T12:15:00Z"/>"#), "{text}");
    let read = FolderAnswer::read(text.as_bytes()).expect("it can be read");
    assert_eq!(read, answer());
    assert!(read.is_signed_by(signer(5).public()));
    assert!(!read.is_signed_by(signer(6).public()));
    let file = checkout();
    let bytes = file.write().expect("it can be written");
    let to = |hash, nonce: u8| {
        FolderAnswer::to(
            (&name(), hash, Bytes(vec![nonce; 16])),
            (200, None, b"{}".to_vec()),
            now(),
        )
    };
    assert!(to(Hash::of(bytes.as_bytes()), 9).answers(&file, bytes.as_bytes()));
    assert!(!to(Hash::of(bytes.as_bytes()), 8).answers(&file, bytes.as_bytes()));
    assert!(!to(Hash::of(b"another"), 9).answers(&file, bytes.as_bytes()));
    for (from, to) in [
        ("<Status>201", "<Status>200"),
        ("12:00:00Z</Time>", "12:00:01Z</Time>"),
        ("ann</User>", "eve</User>"),
        ("&quot;denials&quot;", "&quot;Denials&quot;"),
        ("  <Summary>", "  <RetryAfter>1</RetryAfter>\n  <Summary>"),
    ] {
        let changed = text.replace(from, to);
        assert_ne!(changed, text, "{from}");
        let read = FolderAnswer::read(changed.as_bytes()).expect("it can be read");
        assert!(!read.is_signed_by(signer(5).public()), "{from}");
    }
    let lying = text.replace("until=\"2026", "until=\"2036");
    assert!(matches!(FolderAnswer::read(lying.as_bytes()), Err(XmlFault::BadValue { .. })));
    for at in 0..text.trim_end().len() {
        let part = &text.as_bytes()[..at];
        assert!(FolderAnswer::read(part).is_err() && FolderAnswer::is_unfinished(part), "{at}");
    }
}

#[test]
fn license_and_registration_hold_their_document_as_it_is() {
    let armored =
        "-----BEGIN TENURE UPDATE-----\nfor: a & b <c>\n\nAAAA\n-----END TENURE UPDATE-----\n";
    assert_eq!(read_license(write_license(armored).as_bytes()).as_deref(), Ok(armored));
    assert_eq!(read_registration(write_registration(armored).as_bytes()).as_deref(), Ok(armored));
    assert_eq!(unwrapped(write_license(armored).as_bytes()), Ok(Some(armored.to_owned())));
    assert_eq!(unwrapped(armored.as_bytes()), Ok(None));
    assert!(read_license(write_registration(armored).as_bytes()).is_err());
    let entity = write_license(armored).replace("<TenureLicense", "<!DOCTYPE x><TenureLicense");
    assert!(matches!(unwrapped(entity.as_bytes()), Err(XmlFault::Forbidden(_))));
    let path = std::path::Path::new("/srv/li & cense");
    assert_eq!(read_path_file(write_path_file(path).as_bytes()).as_deref(), Ok(path));
    let relative = write_path_file(std::path::Path::new("../x"));
    assert!(read_path_file(relative.as_bytes()).is_err());
}

fn settings(text: &str, expected: Expect) {
    let shown = match ClientSettings::read(text.as_bytes()) {
        Ok(settings) => {
            assert_eq!(ClientSettings::read(settings.write().as_bytes()), Ok(settings.clone()));
            format!("{} {:?} {:?}", settings.folder.display(), settings.root, settings.user)
        }
        Err(fault) => fault.to_string(),
    };
    expected.assert_eq(&shown);
}

#[test]
fn settings_of_a_client_are_plain_text() {
    settings("folder = /mnt/license\n", expect!["/mnt/license None None"]);
    settings("/mnt/li cense\n", expect!["/mnt/li cense None None"]);
    settings(
        "\u{feff}# mine\r\nfolder=/mnt/a=b\r\nroot = root:abc\r\nuser = ann\r\n",
        expect![[r#"/mnt/a=b Some("root:abc") Some("ann")"#]],
    );
    settings("", expect!["no line `folder = PATH` names the shared directory"]);
    settings(
        "folder = /a\nfoldr = /b\n",
        expect![
            "line 2: expected `folder = PATH`, `root = PIN` or `user = NAME`, found `foldr = /b`"
        ],
    );
    settings("folder = /a\nfolder = /b\n", expect!["line 2: `folder` stands there twice"]);
    settings(
        "folder =\n",
        expect![
            "line 1: expected `folder = PATH`, `root = PIN` or `user = NAME`, found `folder =`"
        ],
    );
    settings(
        "<PathLicenseFile/>",
        expect![
            "line 1: expected `folder = PATH`, `root = PIN` or `user = NAME`, found `<PathLicenseFile/>`"
        ],
    );
}
