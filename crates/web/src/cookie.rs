//! Cookies: three lines to read one, and the one way to set one.
//!
//! Every cookie is `SameSite=Strict; HttpOnly; Path=/`, and under TLS also `Secure` with a `__Host-` name, which
//! no neighbouring host can set for us.

use axum::http::HeaderMap;
use axum::http::header::{COOKIE, HeaderValue};

/// How cookies are named and guarded here.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Jar {
    /// The pages are served over TLS.
    pub(crate) secure: bool,
}

impl Jar {
    fn full_name(self, name: &str) -> String {
        if self.secure { format!("__Host-{name}") } else { name.to_owned() }
    }

    /// The value a browser sent; the first one counts.
    pub(crate) fn read<'h>(self, headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
        let full_name = self.full_name(name);
        let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
        let pairs = lines.flat_map(|line| line.split(';')).map(str::trim);
        pairs
            .filter_map(|pair| pair.split_once('='))
            .find(|(found, _)| *found == full_name)
            .map(|(_, value)| value)
    }

    /// The `Set-Cookie` line. `value` is ours: base64url or a word. Without `seconds` it ends with the browser.
    pub(crate) fn set(self, name: &str, value: &str, seconds: Option<u64>) -> Option<HeaderValue> {
        let name = self.full_name(name);
        let secure = if self.secure { "; Secure" } else { "" };
        let age = seconds.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
        let line = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{age}");
        HeaderValue::from_str(&line).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("a=1; tenure=x=y;b"));
        headers.append(COOKIE, HeaderValue::from_static("__Host-tenure=z"));
        assert_eq!(Jar { secure: false }.read(&headers, "tenure"), Some("x=y"));
        assert_eq!(Jar { secure: true }.read(&headers, "tenure"), Some("z"));
        assert_eq!(Jar { secure: false }.read(&headers, "b"), None);
    }

    #[test]
    fn setting() {
        let line = |secure, seconds| Jar { secure }.set("tenure", "v", seconds).expect("a header");
        assert_eq!(line(false, None), "tenure=v; Path=/; HttpOnly; SameSite=Strict");
        assert_eq!(
            line(true, Some(5)),
            "__Host-tenure=v; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=5"
        );
        assert!(Jar { secure: false }.set("tenure", "a\nb", None).is_none());
    }
}
