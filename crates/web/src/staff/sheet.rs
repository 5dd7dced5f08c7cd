//! A table as a file of comma separated values.
//!
//! Kept here: a cell that a spreadsheet would run as a formula is made a text (OWASP, CSV injection); lines end as
//! RFC 4180 says. Deliberately not here: which columns a list has.

use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;

use crate::download::document_file;

/// Answers with a file called `name`, ending in `.csv`.
pub(crate) fn sheet<R, C>(name: &str, heads: &[&str], rows: R) -> Response
where
    R: IntoIterator<Item = C>,
    C: IntoIterator<Item = String>,
{
    let mut text = String::new();
    line(&mut text, heads.iter().map(|head| (*head).to_owned()));
    for row in rows {
        line(&mut text, row);
    }
    let mut response = document_file(name, text);
    let kind = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

fn line(text: &mut String, cells: impl IntoIterator<Item = String>) {
    for (place, cell) in cells.into_iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        push_cell(text, &cell);
    }
    text.push_str("\r\n");
}

fn push_cell(text: &mut String, cell: &str) {
    let is_number = cell.parse::<f64>().is_ok();
    let would_run = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number;
    let guard = if would_run { "'" } else { "" };
    if would_run || cell.contains([',', '"', '\n', '\r']) || cell.trim() != cell {
        text.push('"');
        text.push_str(guard);
        text.push_str(&cell.replace('"', "\"\""));
        text.push('"');
    } else {
        text.push_str(cell);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells() {
        for (cell, written) in [
            ("cad", "cad"),
            ("", ""),
            ("-12.5", "-12.5"),
            ("a,b", "\"a,b\""),
            ("say \"x\"", "\"say \"\"x\"\"\""),
            ("=1+2", "\"'=1+2\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("-cmd|' /C calc'!A0", "\"'-cmd|' /C calc'!A0\""),
            ("+49 30 1234", "\"'+49 30 1234\""),
            ("two\nlines", "\"two\nlines\""),
            (" space", "\" space\""),
        ] {
            let mut text = String::new();
            push_cell(&mut text, cell);
            assert_eq!(text, written);
        }
    }
}
