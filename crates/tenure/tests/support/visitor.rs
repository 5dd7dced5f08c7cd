//! Somebody at a browser without scripts: keeps cookies, sends forms, follows where it is led.
//!
//! Deliberately not here: what a page should say.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
    net::TcpStream,
};

/// One visitor of one site.
pub struct Visitor {
    /// `host:port` of the site.
    pub address: String,
    cookies: BTreeMap<String, String>,
    /// Of the last answer.
    pub status: u16,
    /// The last page.
    pub page: String,
    /// Where it is.
    pub path: String,
}

impl Visitor {
    /// A visitor who has not been there yet.
    pub fn of(address: &str) -> Visitor {
        Visitor {
            address: address.to_owned(),
            cookies: BTreeMap::new(),
            status: 0,
            page: String::new(),
            path: String::new(),
        }
    }

    /// One request and the redirects that follow.
    pub fn ask(&mut self, request: &str, headers: &str, body: &str) -> &mut Self {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let head = format!(
            "{request} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\naccept: text/html\r\ncookie: {}\r\n{headers}content-length: {}\r\n\r\n",
            self.address,
            cookies.join("; "),
            body.len()
        );
        let mut stream = TcpStream::connect(&self.address).expect("a connection");
        stream.write_all(head.as_bytes()).expect("written");
        stream.write_all(body.as_bytes()).expect("written");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (head, page) = answer.split_once("\r\n\r\n").expect("a head");
        for line in head.lines().filter_map(|line| line.strip_prefix("set-cookie: ")) {
            let pair = line.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("a cookie");
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        self.status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        self.page = page.to_owned();
        self.path = request.split(' ').nth(1).unwrap_or_default().to_owned();
        match head.lines().find_map(|line| line.strip_prefix("location: ")) {
            Some(to) => {
                let to = to.to_owned();
                self.ask(&format!("GET {to}"), "", "")
            }
            None => self,
        }
    }

    /// Opens a page.
    pub fn open(&mut self, path: &str) -> &mut Self {
        self.ask(&format!("GET {path}"), "", "")
    }

    /// Sends a form of a page of this site.
    pub fn form(&mut self, path: &str, fields: &[(&str, &str)]) -> &mut Self {
        let escape =
            |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let pairs: Vec<_> =
            fields.iter().map(|(name, value)| format!("{name}={}", escape(value))).collect();
        let headers = format!(
            "origin: http://{}\r\ncontent-type: application/x-www-form-urlencoded\r\n",
            self.address
        );
        self.ask(&format!("POST {path}"), &headers, &pairs.join("&"))
    }

    /// The same with the token that the last page has.
    pub fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> &mut Self {
        let csrf = self.field("csrf");
        let fields = [&[("csrf", csrf.as_str())], fields].concat();
        self.form(path, &fields)
    }

    /// Sends a form with a file, and the token that the last page has.
    pub fn upload(&mut self, path: &str, file: &str) -> &mut Self {
        let part = |head: &str, body: &str| {
            format!("--B\r\ncontent-disposition: form-data; {head}\r\n\r\n{body}\r\n")
        };
        let body = part("name=\"csrf\"", &self.field("csrf"))
            + &part("name=\"file\"; filename=\"file\"", file)
            + "--B--\r\n";
        let headers = format!(
            "origin: http://{}\r\ncontent-type: multipart/form-data; boundary=B\r\n",
            self.address
        );
        self.ask(&format!("POST {path}"), &headers, &body)
    }

    /// The last page must have these words.
    #[track_caller]
    pub fn says(&mut self, words: &str) -> &mut Self {
        assert!(
            self.page.contains(words),
            "“{words}” is missing at {} ({}):\n{}",
            self.path,
            self.status,
            self.page
        );
        self
    }

    /// The last page must not have these words.
    #[track_caller]
    pub fn keeps_quiet_of(&mut self, words: &str) -> &mut Self {
        assert!(!self.page.contains(words), "“{words}” stands at {}:\n{}", self.path, self.page);
        self
    }

    /// A hidden field of the last page.
    #[track_caller]
    pub fn field(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let at = self.page.find(&start).unwrap_or_else(|| panic!("no {name}:\n{}", self.page));
        let value = &self.page[at + start.len()..];
        value[..value.find('"').expect("its end")].to_owned()
    }
}
