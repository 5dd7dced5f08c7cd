//! What keeps strangers out: origins, tokens, sessions, headers.

use std::sync::Arc;

use axum::http::StatusCode;
use tenure_web::{InProcess, SiteOptions, portal};

use crate::browser::Browser;
use crate::sample::{ACTIVATION_ID, SERIAL, Sample, TOKEN};

/// Every path that changes something by the authority of a session.
fn session_posts() -> (Vec<String>, Vec<String>) {
    let portal =
        ["/portal/add", "/portal/leave", "/portal/licenses", "/portal/device", "/portal/activate"];
    let per_container =
        ["update", "return", "replace"].map(|what| format!("/portal/containers/{SERIAL}/{what}"));
    let portal = portal.map(str::to_owned).into_iter().chain(per_container).collect();
    let device = vec![
        "/sign-out".to_owned(),
        format!("/containers/{SERIAL}/update"),
        format!("/containers/{SERIAL}/bridge"),
    ];
    (portal, device)
}

#[tokio::test]
async fn a_form_needs_the_token_of_its_session_and_an_origin_of_ours() {
    let sample = Sample::new().activated();
    let mut portal = Browser::inside_portal(&sample).await;
    let mut device = Browser::inside_device(&sample).await;
    let mut other = Browser::inside_portal(&sample).await;
    let others_token = other.open("/portal/licenses").await.field("csrf");
    let (portal_posts, device_posts) = session_posts();
    for (browser, paths) in [(&mut portal, portal_posts), (&mut device, device_posts)] {
        for path in paths {
            for fields in [vec![], vec![("csrf", "wrong")], vec![("csrf", others_token.as_str())]] {
                let seen = browser.form(&path, &fields).await;
                assert_eq!(seen.status, StatusCode::FORBIDDEN, "{path}");
                seen.says("This page is out of date");
            }
            for headers in [
                [("origin", "https://evil.example")],
                [("origin", "null")],
                [("sec-fetch-site", "cross-site")],
                [("sec-fetch-site", "same-site")],
            ] {
                let seen = browser.form_from(&path, &[("csrf", "any")], &headers).await;
                assert_eq!(seen.status, StatusCode::FORBIDDEN, "{path} {headers:?}");
                seen.says("This came from another site");
            }
        }
    }
}

#[tokio::test]
async fn without_a_session_one_is_sent_to_the_door() {
    let sample = Sample::new().activated();
    let (portal_posts, device_posts) = session_posts();
    let mut portal = Browser::portal(&sample);
    portal.open("/").await.is(200).says("Activate your licenses");
    let gets = ["/portal/licenses", "/portal/device", "/portal/containers"].map(str::to_owned);
    for path in gets.into_iter().chain([format!("/portal/containers/{SERIAL}")]) {
        portal.open(&path).await.says("Please enter your activation ID again");
    }
    for path in portal_posts {
        portal.form(&path, &[]).await.says("Please enter your activation ID again");
    }
    let mut device = Browser::device(&sample);
    let files = ["", "/context", "/context.tnr", "/receipt.tnr", "/bridge"];
    let gets = files.map(|rest| format!("/containers/{SERIAL}{rest}"));
    for path in gets.into_iter().chain(["/".to_owned(), "/doctor".to_owned()]) {
        device.open(&path).await.says("Sign in to this device");
    }
    for path in device_posts {
        device.form(&path, &[]).await.says("Sign in to this device");
    }
}

#[tokio::test]
async fn a_link_from_another_site_asks_once_more() {
    let mut portal = Browser::portal(&Sample::new());
    let headers = [("sec-fetch-site", "cross-site")];
    let seen = portal.open_from("/portal/containers?x=%22%3E&lt;script", &headers).await;
    assert_eq!(seen.status, StatusCode::OK);
    let seen = seen.says("0; url=/portal/containers");
    assert!(!seen.html.contains("<script"), "{}", seen.html);
}

#[tokio::test]
async fn forms_without_a_session_need_an_origin_of_ours_too() {
    let sample = Sample::new();
    let foreign = [("sec-fetch-site", "cross-site")];
    let mut portal = Browser::portal(&sample);
    for path in ["/portal/enter", "/portal/receipt", "/portal/bridge/activate", "/theme"] {
        let seen = portal.form_from(path, &[("ids", ACTIVATION_ID)], &foreign).await;
        assert_eq!(seen.status, StatusCode::FORBIDDEN, "{path}");
    }
    let mut device = Browser::device(&sample);
    let seen = device.form_from("/sign-in", &[("token", TOKEN)], &foreign).await;
    assert_eq!(seen.status, StatusCode::FORBIDDEN);
    assert!(device.cookie("tenure_device").is_none());
}

#[tokio::test]
async fn a_session_is_new_at_every_entry_and_ends_when_left() {
    let sample = Sample::new();
    let mut portal = Browser::inside_portal(&sample).await;
    let first = portal.cookie("tenure_portal").expect("a session").to_owned();
    assert_eq!(first.len(), 43, "256 bits");
    portal.form("/portal/enter", &[("ids", ACTIVATION_ID)]).await.says("Bought");
    let second = portal.cookie("tenure_portal").expect("a session").to_owned();
    assert_ne!(first, second);
    let csrf = portal.open("/portal/licenses").await.field("csrf");
    portal.form("/portal/leave", &[("csrf", &csrf)]).await.says("Activate your licenses");
    assert!(portal.cookie("tenure_portal").is_none());
    for old in [first, second] {
        let mut thief = portal.stranger();
        thief.keep("tenure_portal", &old);
        thief.open("/portal/licenses").await.says("Please enter your activation ID again");
    }
}

#[tokio::test]
async fn a_wrong_token_opens_no_session() {
    let mut device = Browser::device(&Sample::new());
    for token in ["", "wrong", &"x".repeat(600), "a\nb"] {
        let seen = device.form("/sign-in", &[("token", token)]).await;
        assert!(seen.status.is_client_error() || seen.status.is_server_error(), "{token}");
        assert!(device.cookie("tenure_device").is_none());
    }
}

#[tokio::test]
async fn an_update_over_the_bridge_needs_the_nonce_of_this_device() {
    let sample = Sample::new();
    let mut device = Browser::inside_device(&sample).await;
    for state in ["", "wrong"] {
        let fields = [("state", state), ("update", "-----BEGIN TENURE UPDATE-----\nTo: 1\n")];
        let seen = device.form("/bridge/update", &fields).await;
        assert_eq!(seen.status, StatusCode::FORBIDDEN);
        seen.says("This bridge is no longer open");
    }
    let mut portal = Browser::portal(&sample);
    for back in ["", "javascript:alert(1)", "https://a b/", "//evil.example"] {
        let fields =
            [("context", "-----BEGIN TENURE CONTEXT-----"), ("return_to", back), ("state", "s")];
        portal.form("/portal/bridge", &fields).await.says("The bridge did not hold");
    }
}

#[tokio::test]
async fn every_answer_has_its_headers() {
    let sample = Sample::new().activated();
    let mut portal = Browser::inside_portal(&sample).await;
    let style = portal.open("/portal/licenses").await;
    let at = style.html.find("/assets/tenure-").expect("a style sheet");
    let style = style.html[at..].split('"').next().expect("its path").to_owned();
    let paths = [
        "/portal",
        "/portal/licenses",
        "/portal/receipt",
        "/portal/nowhere",
        style.as_str(),
        "/assets/none.css",
    ];
    for path in paths {
        let headers = portal.open(path).await.headers;
        let policy = headers["content-security-policy"].to_str().expect("ASCII");
        assert!(
            policy.starts_with("default-src 'none'; style-src 'self'; script-src 'self'"),
            "{path}"
        );
        assert!(!policy.contains("unsafe"), "{path}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["referrer-policy"], "same-origin", "{path}");
        let kept = headers["cache-control"].to_str().expect("ASCII");
        match path == style {
            true => assert_eq!(kept, "public, max-age=31536000, immutable"),
            false => assert_eq!(kept, "no-store", "{path}"),
        }
    }
}

#[tokio::test]
async fn cookies_are_strict_and_under_tls_secure() {
    use axum::body::Body;
    use axum::http::Request;
    use tower::ServiceExt;

    for (secure, expected) in [
        (false, "; Path=/; HttpOnly; SameSite=Strict"),
        (true, "; Path=/; HttpOnly; SameSite=Strict; Secure"),
    ] {
        let options = SiteOptions { secure, ..SiteOptions::default() };
        let backend = Arc::new(InProcess::new(Sample::new().office()));
        let router = portal(backend, options).expect("randomness");
        let request = Request::post("/portal/enter")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(format!("ids={ACTIVATION_ID}")))
            .expect("a request");
        let answer = router.oneshot(request).await.expect("infallible");
        let cookie = answer.headers()["set-cookie"].to_str().expect("ASCII");
        assert!(cookie.ends_with(expected), "{cookie}");
        assert_eq!(cookie.starts_with("__Host-tenure_portal="), secure, "{cookie}");
    }
}

#[tokio::test]
async fn no_activation_id_stands_in_an_address() {
    let sample = Sample::new().activated();
    let mut portal = Browser::inside_portal(&sample).await;
    for path in ["/portal/licenses", "/portal/containers", &format!("/portal/containers/{SERIAL}")]
    {
        let html = portal.open(path).await.html;
        for link in ["href=\"", "action=\""] {
            let targets = html.split(link).skip(1).filter_map(|rest| rest.split('"').next());
            for target in targets {
                assert!(!target.contains(ACTIVATION_ID), "{target}");
                assert!(target.starts_with('/') || target.starts_with('#'), "{target}");
            }
        }
    }
}
