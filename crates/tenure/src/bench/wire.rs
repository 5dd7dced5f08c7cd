//! HTTP/1.1 as little as the load client needs: requests of a fixed shape written into one buffer, answers read by
//! scanning for what is wanted.
//!
//! The load client shares the cores with the server it measures, so it spends nothing on generality: no header map,
//! no allocation per request, no JSON tree. Only answers with `content-length` are understood; all of ours have one.
//! Deliberately not here: connections and readiness (`load.rs`), meaning of the answers (`scripts.rs`).

/// One complete answer inside a receive buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Where the body starts in the buffer.
    pub body_start: usize,
    /// Where it ends; the next answer starts here.
    pub body_end: usize,
    /// The server closes the connection after this answer.
    pub closes: bool,
}

/// Looks for one complete answer at the start of `buffer`; `None` while bytes are missing.
///
/// # Errors
/// The bytes are no HTTP/1.1 answer of the known shape.
pub fn read_answer(buffer: &[u8]) -> Result<Option<Answer>, String> {
    let Some(head_end) = find(buffer, b"\r\n\r\n") else {
        return if buffer.len() > 16 * 1024 {
            Err("answer head over 16 KiB".to_owned())
        } else {
            Ok(None)
        };
    };
    let head = &buffer[..head_end];
    let status = head
        .get(9..12)
        .filter(|_| head.starts_with(b"HTTP/1.1 "))
        .and_then(number)
        .and_then(|status| u16::try_from(status).ok())
        .ok_or_else(|| {
            format!(
                "no HTTP/1.1 status line: {}",
                String::from_utf8_lossy(&head[..head.len().min(80)])
            )
        })?;
    let length = header(head, b"content-length").and_then(number);
    let length = match (length, status) {
        (Some(length), _) => {
            usize::try_from(length).map_err(|_| "absurd content-length".to_owned())?
        }
        (None, 204 | 304) => 0,
        (None, _) => return Err("answer without content-length".to_owned()),
    };
    let body_start = head_end + 4;
    let body_end = body_start + length;
    if buffer.len() < body_end {
        return Ok(None);
    }
    let closes =
        header(head, b"connection").is_some_and(|value| value.eq_ignore_ascii_case(b"close"));
    Ok(Some(Answer { status, body_start, body_end, closes }))
}

/// Value of a header, by lower-case name.
fn header<'a>(head: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    head.split(|byte| *byte == b'\n').skip(1).find_map(|line| {
        let colon = line.get(name.len())?;
        (*colon == b':' && line[..name.len()].eq_ignore_ascii_case(name))
            .then(|| line[name.len() + 1..].trim_ascii())
    })
}

/// Decimal digits as a number.
pub fn number(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// First place of `needle` in `haystack`.
pub fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut at = 0;
    while let Some(step) = haystack.get(at..)?.iter().position(|byte| *byte == first) {
        at += step;
        if haystack[at..].starts_with(needle) {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// The text between `"<key>":"` and the next quote; for values that hold no escapes (ids, tokens, times).
pub fn text_field<'a>(body: &'a [u8], key: &str) -> Option<&'a str> {
    let mut pattern = [0_u8; 32];
    let length = key.len() + 4;
    let pattern = pattern.get_mut(..length)?;
    pattern[0] = b'"';
    pattern[1..=key.len()].copy_from_slice(key.as_bytes());
    pattern[key.len() + 1..].copy_from_slice(b"\":\"");
    let start = find(body, pattern)? + length;
    let end = start + body[start..].iter().position(|byte| *byte == b'"')?;
    std::str::from_utf8(&body[start..end]).ok()
}

/// The seat numbers after `"seats":[`: single numbers or `[first,last]` ranges.
pub fn seats(body: &[u8]) -> Vec<(u64, u64)> {
    let mut found = Vec::with_capacity(1);
    let Some(start) = find(body, b"\"seats\":[") else { return found };
    let rest = &body[start + 9..];
    let mut depth = 1_u32;
    let mut current: Option<u64> = None;
    let mut range: Option<u64> = None;
    for byte in rest {
        match byte {
            b'0'..=b'9' => current = Some(current.unwrap_or(0) * 10 + u64::from(byte - b'0')),
            b'[' => depth += 1,
            b',' | b']' => {
                if let Some(value) = current.take() {
                    match (depth, range.take()) {
                        (1, _) => found.push((value, value)),
                        (_, None) => range = Some(value),
                        (_, Some(first)) => found.push((first, value)),
                    }
                }
                if *byte == b']' {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
            }
            _ => break,
        }
    }
    found
}

/// A request whose shape is fixed and whose few places change: built once, copied and patched per use.
#[derive(Debug, Clone)]
pub struct Template {
    bytes: Vec<u8>,
    places: Vec<usize>,
}

/// Width of a patched number.
pub const DIGITS: usize = 10;

impl Template {
    /// A request with a JSON body; each `~~~~~~~~~~` in header lines or body is a place for a number.
    pub fn new(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Template {
        let mut text = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n");
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() {
            text.push_str("content-type: application/json\r\n");
        }
        text.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
        let bytes = text.into_bytes();
        let mark = [b'~'; DIGITS];
        let mut places = Vec::new();
        let mut from = 0;
        while let Some(at) = find(&bytes[from..], &mark) {
            places.push(from + at);
            from += at + DIGITS;
        }
        Template { bytes, places }
    }

    /// Appends the request to `out` with `number` in every place.
    pub fn write(&self, out: &mut Vec<u8>, number: u64) {
        let start = out.len();
        out.extend_from_slice(&self.bytes);
        for place in &self.places {
            let mut rest = number;
            for digit in out[start + place..start + place + DIGITS].iter_mut().rev() {
                *digit = b'0' + u8::try_from(rest % 10).unwrap_or(0);
                rest /= 10;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_when_complete() {
        let answer = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\ncontent-length: 2\r\n\r\n{}HTTP";
        assert_eq!(read_answer(&answer[..answer.len() - 6]), Ok(None));
        assert_eq!(
            read_answer(answer),
            Ok(Some(Answer { status: 201, body_start: 75, body_end: 77, closes: false }))
        );
        assert_eq!(
            read_answer(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n"),
            Ok(Some(Answer { status: 204, body_start: 46, body_end: 46, closes: true }))
        );
        assert!(read_answer(b"SMTP ready\r\n\r\n").is_err());
    }

    #[test]
    fn fields_and_seats_are_found() {
        let body = br#"{"leases":[{"id":"L-0001","seats":[7,[9,12]],"token":"abc","document":"{\"id\":\"x\"}"}]}"#;
        assert_eq!(text_field(body, "id"), Some("L-0001"));
        assert_eq!(text_field(body, "token"), Some("abc"));
        assert_eq!(text_field(body, "absent"), None);
        assert_eq!(seats(body), vec![(7, 7), (9, 12)]);
        assert_eq!(seats(br#"{"seats":[]}"#), vec![]);
    }

    #[test]
    fn templates_are_patched_in_every_place() {
        let template = Template::new(
            "POST",
            "/x",
            &[("idempotency-key", "k~~~~~~~~~~")],
            r#"{"v":"~~~~~~~~~~"}"#,
        );
        let mut out = Vec::new();
        template.write(&mut out, 42);
        let text = String::from_utf8_lossy(&out);
        assert!(text.contains("idempotency-key: k0000000042\r\n"), "{text}");
        assert!(text.ends_with("content-length: 18\r\n\r\n{\"v\":\"0000000042\"}"), "{text}");
    }
}
