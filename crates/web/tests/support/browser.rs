//! As much of a browser as plain forms need: it keeps cookies, follows redirects and sends what is in the form.

#![allow(dead_code, reason = "each test program uses its part")]

use axum::Router;
use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use std::sync::Arc;
use tenure_web::{InProcess, SiteOptions, device, portal};
use tower::ServiceExt;

use crate::sample::{ACTIVATION_ID, Sample, TOKEN};

pub const HOST_NAME: &str = "office.example";

/// A page as it came.
pub struct Seen {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub html: String,
}

impl Seen {
    /// The address that a link with these words leads to.
    #[track_caller]
    pub fn link(&self, words: &str) -> String {
        let at = self.html.find(&format!(">{words}</a>"));
        let at = at.unwrap_or_else(|| panic!("no link “{words}”:\n{}", self.html));
        let start = self.html[..at].rfind("href=\"").expect("an address") + 6;
        let end = start + self.html[start..].find('"').expect("its end");
        self.html[start..end].replace("&#38;", "&")
    }

    /// The first address that begins so.
    #[track_caller]
    pub fn link_to(&self, start: &str) -> String {
        let from = format!("href=\"{start}");
        let at = self.html.find(&from);
        let at = at.unwrap_or_else(|| panic!("no link to {start}:\n{}", self.html)) + 6;
        let end = at + self.html[at..].find('"').expect("its end");
        self.html[at..end].replace("&#38;", "&")
    }

    /// The token of the session that the page was made for.
    pub fn csrf(&self) -> Option<String> {
        let start = "name=\"csrf\" value=\"";
        let at = self.html.find(start)? + start.len();
        let end = at + self.html[at..].find('"')?;
        Some(self.html[at..end].to_owned())
    }

    #[track_caller]
    pub fn does_not_say(self, words: &str) -> Self {
        assert!(!self.html.contains(words), "“{words}” is there:\n{}", self.html);
        self
    }

    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.html);
        self
    }

    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        assert!(self.html.contains(words), "“{words}” is missing, {}:\n{}", self.status, self.html);
        self
    }

    /// The value of the first hidden field of this name.
    #[track_caller]
    pub fn field(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let at =
            self.html.find(&start).unwrap_or_else(|| panic!("no field {name}:\n{}", self.html));
        let value = &self.html[at + start.len()..];
        let value = &value[..value.find('"').expect("the end of the value")];
        value
            .replace("&#38;", "&")
            .replace("&#60;", "<")
            .replace("&#62;", ">")
            .replace("&#34;", "\"")
    }
}

pub struct Browser {
    router: Router,
    cookies: Vec<(String, String)>,
}

impl Browser {
    pub fn portal(sample: &Sample) -> Self {
        let options = SiteOptions { title: sample.title(), ..SiteOptions::default() };
        let backend = Arc::new(InProcess::new(sample.office()));
        Self { router: portal(backend, options).expect("randomness"), cookies: Vec::new() }
    }

    pub fn device(sample: &Sample) -> Self {
        let options = SiteOptions {
            title: sample.title(),
            office: Some("https://office.example".to_owned()),
            ..SiteOptions::default()
        };
        let backend = Arc::new(InProcess::new(sample.agent()));
        Self { router: device(backend, options).expect("randomness"), cookies: Vec::new() }
    }

    /// A window on any pages, without cookies.
    pub fn over(router: Router) -> Self {
        Self { router, cookies: Vec::new() }
    }

    /// A portal with the activation ID entered.
    pub async fn inside_portal(sample: &Sample) -> Self {
        let mut browser = Self::portal(sample);
        browser.form("/portal/enter", &[("ids", ACTIVATION_ID)]).await.says("Bought");
        browser
    }

    /// A device with the technician signed in.
    pub async fn inside_device(sample: &Sample) -> Self {
        let mut browser = Self::device(sample);
        browser.form("/sign-in", &[("token", TOKEN)]).await.says("Apply an update");
        browser
    }

    /// Another window on the same site that has no cookies.
    pub fn stranger(&self) -> Self {
        Self { router: self.router.clone(), cookies: Vec::new() }
    }

    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Takes a cookie from elsewhere.
    pub fn keep(&mut self, name: &str, value: &str) {
        self.cookies.push((name.to_owned(), value.to_owned()));
    }

    pub async fn open(&mut self, path: &str) -> Seen {
        self.ask(Method::GET, path, &[], None).await
    }

    pub async fn open_from(&mut self, path: &str, headers: &[(&str, &str)]) -> Seen {
        self.ask(Method::GET, path, headers, None).await
    }

    pub async fn form(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let body = encoded(fields);
        self.ask(Method::POST, path, &[], Some(("application/x-www-form-urlencoded", body))).await
    }

    pub async fn form_from(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Seen {
        let body = encoded(fields);
        self.ask(Method::POST, path, headers, Some(("application/x-www-form-urlencoded", body)))
            .await
    }

    /// The same with values that were made.
    pub async fn send(&mut self, path: &str, fields: &[(&str, String)]) -> Seen {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.form(path, &fields).await
    }

    /// The answer to a form itself, wherever it leads.
    pub async fn form_once(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let body = encoded(fields);
        let body = Some(("application/x-www-form-urlencoded", body));
        self.once(Method::POST, path, &[], body).await
    }

    /// The answer to an address itself, wherever it leads.
    pub async fn open_once(&mut self, path: &str) -> Seen {
        self.once(Method::GET, path, &[], None).await
    }

    /// A form with one file.
    pub async fn upload(&mut self, path: &str, csrf: &str, name: &str, bytes: &[u8]) -> Seen {
        let mut body = format!(
            "--B\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{csrf}\r\n--B\r\nContent-Disposition: \
             form-data; name=\"{name}\"; filename=\"x.tnr\"\r\nContent-Type: application/octet-stream\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--B--\r\n");
        self.ask(Method::POST, path, &[], Some(("multipart/form-data; boundary=B", body))).await
    }

    /// A form with fields and one file.
    pub async fn send_file(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        (name, bytes): (&str, &[u8]),
    ) -> Seen {
        let mut body = Vec::new();
        for (field, value) in fields {
            let head = format!("--B\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n");
            body.extend_from_slice(format!("{head}{value}\r\n").as_bytes());
        }
        let head = format!(
            "--B\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"x\"\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--B--\r\n");
        self.ask(Method::POST, path, &[], Some(("multipart/form-data; boundary=B", body))).await
    }

    /// Sends one request and follows the redirects.
    async fn ask(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<(&str, Vec<u8>)>,
    ) -> Seen {
        let mut seen = self.once(method, path, headers, body).await;
        for _ in 0..5 {
            let Some(to) =
                seen.headers.get(LOCATION).filter(|_| seen.status == StatusCode::SEE_OTHER)
            else {
                break;
            };
            let to = to.to_str().expect("ASCII").to_owned();
            seen = self.once(Method::GET, &to, &[], None).await;
        }
        seen
    }

    async fn once(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<(&str, Vec<u8>)>,
    ) -> Seen {
        let mut request = Request::builder().method(method).uri(path).header(HOST, HOST_NAME);
        let cookies: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies.join("; "));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match body {
            Some((kind, bytes)) => {
                request = request.header(CONTENT_TYPE, kind);
                Body::from(bytes)
            }
            None => Body::empty(),
        };
        let request = request.body(body).expect("a request");
        let answer = self.router.clone().oneshot(request).await.expect("infallible");
        let (parts, body) = answer.into_parts();
        for line in parts.headers.get_all(SET_COOKIE) {
            let line = line.to_str().expect("ASCII");
            let (name, rest) = line.split_once('=').expect("a cookie");
            let value = rest.split(';').next().unwrap_or_default().to_owned();
            self.cookies.retain(|(found, _)| found != name);
            if !line.contains("Max-Age=0") {
                self.cookies.push((name.to_owned(), value));
            }
        }
        let bytes = body.collect().await.expect("a body").to_bytes();
        Seen {
            status: parts.status,
            headers: parts.headers,
            html: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }
}

fn encoded(fields: &[(&str, &str)]) -> Vec<u8> {
    let escape = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let pairs: Vec<_> =
        fields.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
    pairs.join("&").into_bytes()
}
