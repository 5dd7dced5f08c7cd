//! Just enough Markdown for the checks: headings, tables, links, code spans.
//!
//! Understands what the documents of this project use and nothing more; fenced
//! blocks are recognized so that their contents are not taken for prose.

/// A table: its header cells and its rows, every cell trimmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Rows with the line (from 1) they stand in.
    pub rows: Vec<(usize, Vec<String>)>,
}

impl Table {
    /// The first table after the heading whose text is `heading`.
    pub fn under(text: &str, heading: &str) -> Option<Table> {
        let is_heading =
            |line: &str| line.starts_with('#') && line.trim_start_matches('#').trim() == heading;
        let mut lines = text.lines().enumerate().skip_while(|(_, line)| !is_heading(line)).skip(1);
        let first = lines.find(|(_, line)| line.starts_with('|') || line.starts_with('#'))?;
        if !first.1.starts_with('|') {
            return None;
        }
        let rows = lines
            .take_while(|(_, line)| line.starts_with('|'))
            .filter(|(_, line)| !line.starts_with("|-") && !line.starts_with("| -"))
            .map(|(index, line)| (index + 1, cells(line)))
            .collect();
        Some(Table { rows })
    }
}

fn cells(line: &str) -> Vec<String> {
    let inner = line.trim().trim_start_matches('|').trim_end_matches('|');
    inner.split('|').map(|cell| cell.trim().to_owned()).collect()
}

/// The code spans (between single backticks) of a text.
pub fn code_spans(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// A link `[text](target)` with the line (from 1) it stands in; fenced blocks are skipped.
pub fn links(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (number, line) in prose(text) {
        for (at, _) in line.match_indices("](") {
            if let Some(length) = line[at + 2..].find(')') {
                found.push((number, &line[at + 2..at + 2 + length]));
            }
        }
    }
    found
}

/// The lines outside fenced blocks, numbered from 1.
pub fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        (!fenced && !fence).then_some((index + 1, line))
    })
}

/// The anchors that headings make, as code hosts build them.
pub fn anchors(text: &str) -> Vec<String> {
    let heading = |(_, line): (usize, &str)| {
        line.starts_with('#').then(|| anchor(line.trim_start_matches('#').trim()))
    };
    prose(text).filter_map(heading).collect()
}

fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# A\ntext `x` [b](B.md#c-d)\n## Arrows\nwords\n\n\
        | crate | may use |\n|---|---|\n| `a` | `b`, `c` |\n| b | |\n\nafter\n\
        ```\n[no](link)\n# no heading\n```\n";

    #[test]
    fn a_table_is_read_under_its_heading() {
        let table = Table::under(TEXT, "Arrows").map(|table| table.rows);
        let row = |line, cells: [&str; 2]| (line, cells.map(str::to_owned).to_vec());
        assert_eq!(table, Some(vec![row(8, ["`a`", "`b`, `c`"]), row(9, ["b", ""])]));
        assert_eq!(Table::under(TEXT, "Absent"), None);
        assert_eq!(Table::under("# A\n## B\n| x |\n", "A"), None);
    }

    #[test]
    fn links_spans_and_anchors() {
        assert_eq!(links(TEXT), [(2, "B.md#c-d")]);
        assert_eq!(code_spans("a `b` c `d`"), ["b", "d"]);
        assert_eq!(anchors(TEXT), ["a", "arrows"]);
        assert_eq!(anchor("Keys, seats & `leases`"), "keys-seats--leases");
    }
}
