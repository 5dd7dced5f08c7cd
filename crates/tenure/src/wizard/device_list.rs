//! The list of a run over many devices, as a spreadsheet writes it: one row for each device.
//!
//! ```csv
//! name,device,token_file,serial,activation_ids,take
//! press 7,http://10.0.0.7:7090,tokens/press7,,7GX4K-…,
//! press 8,/mnt/press8/tenure,,T-XXXX-XXXX-XXXX,,7GX4K-…/2=3
//! ```
//! Invariants: columns are found by name, `name` and `device` are needed; several IDs stand in one cell, divided by
//! blanks; all faults of a list are told at once, with their lines, before anything is done. Pure.
//! Deliberately not here: reading files, doing it.

use super::wishes::Wish;
use crate::exit::Failure;

/// Most devices of one run.
const ROWS_MAX: usize = 10_000;
const COLUMNS: [&str; 6] = ["name", "device", "token_file", "serial", "activation_ids", "take"];
/// Most faults that are told.
const FAULTS_MAX: usize = 20;

/// One device of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// What people call it; also the name of its park folder.
    pub name: String,
    /// Its folder, or the address of its agent.
    pub device: String,
    /// File with the agent's token.
    pub token_file: Option<String>,
    /// The container, where it has several.
    pub serial: Option<String>,
    /// What it shall hold.
    pub wishes: Vec<Wish>,
}

/// Reads a list.
///
/// # Errors
/// All that is wrong with it, line by line.
pub fn read(text: &str) -> Result<Vec<Listed>, Failure> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut faults = Vec::new();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .delimiter(delimiter(text))
        .from_reader(text.as_bytes());
    let mut records = reader.records();
    let head = match records.next() {
        Some(Ok(head)) => head,
        _ => return Err(wrong(&["the list is empty".to_owned()])),
    };
    let names: Vec<String> = head.iter().map(str::to_lowercase).collect();
    if !names.iter().any(|name| COLUMNS.contains(&name.as_str())) {
        // Perhaps another file, even a secret one: its line is not shown.
        return Err(wrong(&["line 1: it names none of the columns of such a list".to_owned()]));
    }
    for name in names.iter().filter(|name| !COLUMNS.contains(&name.as_str())) {
        faults.push(format!(
            "line 1: there is no column `{name}`; the columns are {}",
            COLUMNS.join(", ")
        ));
    }
    for needed in ["name", "device"] {
        if !names.iter().any(|name| name == needed) {
            faults.push(format!("line 1: the column `{needed}` is missing"));
        }
    }
    if !faults.is_empty() {
        return Err(wrong(&faults));
    }
    let mut listed: Vec<Listed> = Vec::new();
    for record in records {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                faults.push(error.to_string());
                break;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |name: &str| -> &str {
            let place = names.iter().position(|known| known == name);
            place.and_then(|place| record.get(place)).unwrap_or_default()
        };
        match row(cell) {
            Ok(one) if listed.iter().any(|known| known.name == one.name) => {
                faults.push(format!("line {line}: the name `{}` is there twice", one.name));
            }
            Ok(one) => listed.push(one),
            Err(fault) => faults.push(format!("line {line}: {fault}")),
        }
        if listed.len() > ROWS_MAX {
            faults.push(format!("the list is longer than {ROWS_MAX} devices: divide it"));
            break;
        }
    }
    match (faults.is_empty(), listed.is_empty()) {
        (false, _) => Err(wrong(&faults)),
        (true, true) => Err(wrong(&["the list has no devices".to_owned()])),
        (true, false) => Ok(listed),
    }
}

fn row<'a>(cell: impl Fn(&str) -> &'a str) -> Result<Listed, String> {
    let given = |name: &str| Some(cell(name).to_owned()).filter(|text| !text.is_empty());
    let name = given("name").ok_or("the name is missing")?;
    // Names become folders of a park.
    let is_plain = name.chars().count() <= 100
        && !name.starts_with('.')
        && !name.chars().any(|c| c.is_control() || "/\\:".contains(c));
    if !is_plain {
        return Err(format!(
            "the name `{}` has more than 100 characters, begins with a dot, or has one of / \\ : in it",
            name.chars().take(40).filter(|c| !c.is_control()).collect::<String>()
        ));
    }
    let device =
        given("device").ok_or("the device is missing: its folder, or the address of its agent")?;
    let mut wishes = Vec::new();
    for text in cell("activation_ids").split_whitespace().chain(cell("take").split_whitespace()) {
        wishes.push(text.parse::<Wish>()?);
    }
    let serial = given("serial");
    Ok(Listed { name, device, token_file: given("token_file"), serial, wishes })
}

/// Comma, semicolon or tab, whichever the first line has most of.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    let count = |sign: u8| first.bytes().filter(|byte| *byte == sign).count();
    [b',', b';', b'\t'].into_iter().max_by_key(|sign| (count(*sign), *sign == b',')).unwrap_or(b',')
}

fn wrong(faults: &[String]) -> Failure {
    let shown = faults.iter().take(FAULTS_MAX).cloned().collect::<Vec<_>>().join("\n  ");
    let more = match faults.len().saturating_sub(FAULTS_MAX) {
        0 => String::new(),
        more => format!("\n  and {more} more"),
    };
    Failure::usage(format!("the list can't be used:\n  {shown}{more}"))
        .hint("nothing was done; the first line names the columns: name,device,token_file,serial,activation_ids,take")
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn a_list_as_a_spreadsheet_writes_it() {
        let id = tenure_document::ActivationId::from_entropy([7; 15]).to_string();
        let text = format!(
            "\u{feff}Name;Device;activation_ids;take\r\n\"press 7\";http://10.0.0.7:7090;{id};\r\npress 8;press8;;{id}/2=3 {id}/1\r\n"
        );
        let listed = read(&text).unwrap();
        let shown: Vec<String> = listed
            .iter()
            .map(|one| {
                let wishes: Vec<String> =
                    one.wishes.iter().map(|wish| wish.to_string().replace(&id, "ID")).collect();
                format!("{} at {}: {}", one.name, one.device, wishes.join(" "))
            })
            .collect();
        expect!["press 7 at http://10.0.0.7:7090: ID\npress 8 at press8: ID/2=3 ID/1=1"]
            .assert_eq(&shown.join("\n"));
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let fault = |text: &str| read(text).unwrap_err().message;
        expect![[r#"
            the list can't be used:
              the list is empty"#]]
        .assert_eq(&fault(""));
        expect![[r#"
            the list can't be used:
              line 1: there is no column `host`; the columns are name, device, token_file, serial, activation_ids, take
              line 1: the column `device` is missing"#]]
        .assert_eq(&fault("name,host\na,b\n"));
        expect![[r#"
            the list can't be used:
              line 1: it names none of the columns of such a list"#]]
        .assert_eq(&fault("correct horse battery staple\n"));
        expect![[r#"
            the list can't be used:
              line 3: the name `a` is there twice
              line 4: the name `../x` has more than 100 characters, begins with a dot, or has one of / \ : in it
              line 5: the name is missing
              line 6: the device is missing: its folder, or the address of its agent
              line 7: "XXXXX" is not an activation ID: it has five groups of five characters, such as XXXXX-XXXXX-XXXXX-XXXXX-XXXXX; these are 5"#]].assert_eq(&fault(
            "name,device,take\na,b,\na,c,\n../x,d,\n,e,\nf,,\ng,h,XXXXX\n",
        ));
    }
}
