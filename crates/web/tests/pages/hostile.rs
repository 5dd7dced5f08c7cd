//! Names that are attacks: every page shows them as text.

use crate::browser::{Browser, Seen};
use crate::sample::{ACTIVATION_ID, HOSTILE, SERIAL, Sample, TOKEN};

const CONTEXT: &str = "-----BEGIN TENURE CONTEXT-----\n</textarea>\"><script>alert('x')</script>\n";

/// Nothing of the attack is markup, nothing is inline, and the page is the page.
#[track_caller]
fn harmless(name: &str, seen: &Seen, shows_names: bool) {
    let html = &seen.html;
    assert!(html.starts_with("<!doctype html>"), "{name}: {html}");
    for attack in ["<script>", "<img", "onerror=alert(1)>", "\"><", "</textarea>\""] {
        let outside_of_ours = html.replace("\"></script>", "");
        let found = outside_of_ours.contains(attack) && attack != "\"><";
        assert!(!found, "{name}: {attack} in\n{html}");
    }
    assert!(!html.contains(HOSTILE), "{name}");
    assert!(!html.contains("49}"), "{name}: a template in a name was evaluated");
    for inline in [" style=\"", " onclick=", " onload=", "<style", "javascript:"] {
        assert!(!html.contains(inline), "{name}: {inline}");
    }
    assert_eq!(html.matches("<script").count(), 1, "{name}: one script, by its address");
    if shows_names {
        assert!(
            html.contains("&#60;script&#62;alert(&#39;x&#39;)"),
            "{name} does not show the name:\n{html}"
        );
    }
}

#[tokio::test]
async fn the_portal_shows_attacks_as_text() {
    let sample = Sample::hostile().activated();
    let mut portal = Browser::portal(&sample);
    harmless("start", &portal.open("/portal").await, true);
    harmless("unknown ID", &portal.form("/portal/enter", &[("ids", HOSTILE)]).await, true);
    let licenses = portal.form("/portal/enter", &[("ids", ACTIVATION_ID)]).await;
    harmless("licenses", &licenses, true);
    let csrf = licenses.field("csrf");
    let line = format!("take-{ACTIVATION_ID}-1");
    let page = portal.form("/portal/licenses", &[("csrf", &csrf), (&line, HOSTILE)]).await;
    harmless("wrong quantity", &page, true);
    let page = portal.form("/portal/licenses", &[("csrf", &csrf), (&line, "1")]).await;
    harmless("device", &page, true);
    let page = portal.form("/portal/device", &[("csrf", &csrf), ("serial", HOSTILE)]).await;
    harmless("unknown serial", &page, true);
    let page = portal.form("/portal/device", &[("csrf", &csrf), ("text", CONTEXT)]).await;
    harmless("check", &page, true);
    harmless("devices", &portal.open("/portal/containers").await, true);
    let path = format!("/portal/containers/{SERIAL}");
    harmless("one device", &portal.open(&path).await, true);
    let fields = [("csrf", csrf.as_str()), ("activation", "A-0000123")];
    harmless("return", &portal.form(&format!("{path}/return"), &fields).await, true);
    let fields = [("csrf", csrf.as_str()), ("why", "broken")];
    harmless("replace", &portal.form(&format!("{path}/replace"), &fields).await, true);
    let fields = [("csrf", csrf.as_str()), ("why", "broken"), ("sure", "yes")];
    harmless("replaced", &portal.form(&format!("{path}/replace"), &fields).await, true);
    let fields = [
        ("context", CONTEXT),
        ("return_to", "http://device.example/b?\"><script>"),
        ("state", HOSTILE),
    ];
    harmless("bridge", &portal.form("/portal/bridge", &fields).await, true);
    harmless("receipt", &portal.form("/portal/receipt", &[("text", HOSTILE)]).await, true);
    harmless("nowhere", &portal.open("/portal/%3Cscript%3E").await, true);
}

#[tokio::test]
async fn the_device_shows_attacks_as_text() {
    let sample = Sample::hostile();
    let mut device = Browser::device(&sample);
    harmless("sign-in", &device.open("/sign-in").await, true);
    harmless("wrong token", &device.form("/sign-in", &[("token", HOSTILE)]).await, true);
    let page = device.form("/sign-in", &[("token", TOKEN)]).await;
    harmless("empty", &page, true);
    let csrf = page.field("csrf");
    let path = format!("/containers/{SERIAL}");
    harmless("context", &device.open(&format!("{path}/context")).await, true);
    let bridge = device.open(&format!("{path}/bridge")).await;
    harmless("bridge", &bridge, true);
    let page =
        device.form(&format!("{path}/bridge"), &[("csrf", &csrf), ("office", HOSTILE)]).await;
    harmless("wrong office", &page, true);
    let page = device.upload(&format!("{path}/update"), &csrf, "file", b"x").await;
    harmless("refused", &page, true);
    let fields = [("state", bridge.field("state")), ("update", HOSTILE.to_owned())];
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    harmless("refused at the bridge", &device.form("/bridge/update", &fields).await, true);
    let update = b"-----BEGIN TENURE UPDATE-----\nTo: 2\n";
    let page = device.upload(&format!("{path}/update"), &csrf, "file", update).await;
    harmless("applied", &page, true);
    harmless("full", &device.open(&path).await, true);
    harmless("doctor", &device.open("/doctor").await, true);
    harmless("nowhere", &device.open("/containers/%22%3E%3Cscript%3E").await, true);
}
