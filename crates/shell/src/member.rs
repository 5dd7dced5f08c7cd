//! Names the member of a JSON text that stands at a byte offset: `features[0].count`.
//!
//! serde_json tells line and column of what it refused; people think in members. Kept here: linear time, no
//! recursion, no panic on any bytes: text that is not JSON gives the path as far as it could be followed.
//! Deliberately not here: any judgement about the text.

/// The offset of a line and column as serde_json counts them (line from 1, column = bytes read in the line).
pub fn offset(text: &[u8], line: usize, column: usize) -> usize {
    let before: usize = text
        .split_inclusive(|byte| *byte == b'\n')
        .take(line.saturating_sub(1))
        .map(<[u8]>::len)
        .sum();
    (before + column).min(text.len())
}

enum Open {
    /// In an object: the member whose value is being read.
    Object(Option<String>),
    /// In an array: the index of the element being read.
    Array(usize),
}

/// The path of the member whose value holds, or ends just before, the offset. Empty at the top.
pub fn member_at(text: &[u8], offset: usize) -> String {
    let text = &text[..offset.min(text.len())];
    let mut open: Vec<Open> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        match text[at] {
            b'{' => open.push(Open::Object(None)),
            b'[' => open.push(Open::Array(0)),
            // A value is refused when it is complete: a bracket that closes at the very end still names it.
            b'}' | b']' if at + 1 < text.len() => {
                open.pop();
            }
            b',' => match open.last_mut() {
                Some(Open::Object(member)) => *member = None,
                Some(Open::Array(index)) => *index += 1,
                None => {}
            },
            b'"' => {
                let end = string_end(text, at + 1);
                if let Some(Open::Object(member @ None)) = open.last_mut() {
                    *member = Some(String::from_utf8_lossy(&text[at + 1..end]).into_owned());
                }
                at = end;
            }
            _ => {}
        }
        at += 1;
    }
    path(&open)
}

fn string_end(text: &[u8], from: usize) -> usize {
    let mut at = from;
    while at < text.len() && text[at] != b'"' {
        at += if text[at] == b'\\' { 2 } else { 1 };
    }
    at.min(text.len())
}

fn path(open: &[Open]) -> String {
    let mut out = String::new();
    for level in open {
        match level {
            Open::Object(Some(member)) => {
                if !out.is_empty() {
                    out.push('.');
                }
                out.extend(member.chars().filter(|c| !c.is_control()).take(64));
            }
            Open::Object(None) => {}
            Open::Array(index) => out.push_str(&format!("[{index}]")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, until: &str, expected: &str) {
        let offset = text.find(until).map_or(text.len(), |start| start + until.len());
        assert_eq!(member_at(text.as_bytes(), offset), expected, "{text} until {until}");
    }

    #[test]
    fn the_path_of_a_value() {
        let text = r#"{"holder":{"host":{"type":"STRING","value":"a,b]"}},"features":[{"name":"cad"},{"name":"x","count":-1}]}"#;
        check(text, "STRING\"", "holder.host.type");
        check(text, "a,b]\"", "holder.host.value");
        check(text, "\"cad\"", "features[0].name");
        check(text, "-1", "features[1].count");
        check(text, "-1}", "features[1].count");
        check(text, "{\"holder\":", "holder");
        check("[1,2", "2", "[1]");
        check("", "", "");
        check("{\"a\\\"b\":1", "1", "a\\\"b");
        check("]]}},,\"", "\"", "");
    }

    #[test]
    fn offsets_of_lines_and_columns() {
        let text = b"{\n \"a\": 1,\n \"b\": x}";
        assert_eq!(offset(text, 1, 1), 1);
        assert_eq!(offset(text, 3, 7), 18);
        assert_eq!(offset(text, 99, 99), text.len());
    }
}
