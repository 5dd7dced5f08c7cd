//! Normal forms of values, and the values that say nothing: what bad firmware fills in, what every machine has alike.
//!
//! Invariants: the same fact read twice gives the same text, whatever its case and spacing; a value that many machines
//! share is none.
//! Deliberately not here: where values come from.

/// Texts that firmware of many makers carries instead of a serial number, in their normal form.
const PLACEHOLDERS: [&str; 30] = [
    "to be filled by o.e.m.",
    "to be filled by oem",
    "to be filled by o.e.m",
    "default string",
    "default_string",
    "system serial number",
    "system product name",
    "base board serial number",
    "board serial number",
    "chassis serial number",
    "serial number",
    "board serial",
    "serial",
    "not specified",
    "not applicable",
    "not available",
    "not settable",
    "n/a",
    "na",
    "none",
    "null",
    "nil",
    "empty",
    "unknown",
    "undefined",
    "invalid",
    "o.e.m.",
    "oem",
    "filled by oem",
    "type2 - board serial number",
];

/// Parts of values that virtual hardware has alike everywhere.
const SHARED: [&str; 3] = ["qm0000", "to be filled", "drive-scsi"];

/// UUIDs that firmware kits ship with.
const KNOWN_UUIDS: [&str; 4] = [
    "03000200-0400-0500-0006-000700080009",
    "12345678-1234-5678-90ab-cddeefaabbcc",
    "00020003-0004-0005-0006-000700080009",
    "ffffffff-ffff-ffff-ffff-000000000000",
];

/// A serial number in its normal form; none where it says nothing.
pub(super) fn serial(text: &str) -> Option<String> {
    let value = plain(text);
    let said = PLACEHOLDERS.contains(&value.as_str())
        || SHARED.iter().any(|part| value.contains(part))
        || is_counting(&value);
    (!said && says_something(&value)).then_some(value)
}

/// A UUID in its normal form; none where it is one of those that many machines have.
pub(super) fn uuid(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    let digits = digits.to_ascii_lowercase();
    let is_uuid = digits.len() == 32
        && text.trim().chars().all(|c| c.is_ascii_hexdigit() || matches!(c, '-' | '{' | '}'));
    if !is_uuid || repeats(&digits) {
        return None;
    }
    let at = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    let uuid = format!("{}-{}-{}-{}-{}", at(0, 8), at(8, 12), at(12, 16), at(16, 20), at(20, 32));
    (!KNOWN_UUIDS.contains(&uuid.as_str())).then_some(uuid)
}

/// An ID of 32 hexadecimal digits; none where it is not set.
pub(super) fn machine_id(text: &str) -> Option<String> {
    uuid(text).map(|id| id.replace('-', ""))
}

/// A host name without its domain, which changes with the network; none where it is nobody's.
pub(super) fn host_name(text: &str) -> Option<String> {
    let value = plain(text);
    let name = value.split('.').next().unwrap_or_default();
    let nobody = matches!(name, "" | "localhost" | "(none)" | "debian" | "ubuntu" | "raspberrypi");
    (!nobody).then(|| name.to_owned())
}

/// Lower case, single spaces, no control characters.
pub(super) fn plain(text: &str) -> String {
    let printable: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    printable.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// At least four letters or digits, not all the same.
fn says_something(value: &str) -> bool {
    let core: Vec<char> = value.chars().filter(|c| c.is_alphanumeric()).collect();
    let digits = value.strip_prefix("0x").unwrap_or(value);
    core.len() >= 4 && !repeats(&core.iter().collect::<String>()) && !repeats(digits)
}

/// `0123456789`, `123456789` and the like.
fn is_counting(value: &str) -> bool {
    let digits: Vec<u8> = value.bytes().filter(u8::is_ascii_alphanumeric).collect();
    let up = digits.windows(2).all(|pair| (pair[0] - b'0' + 1) % 10 == pair[1].wrapping_sub(b'0'));
    digits.iter().all(u8::is_ascii_digit) && up
}

/// One or two characters over and over: `0000`, `ffff`, `fefefefe`.
fn repeats(value: &str) -> bool {
    let bytes = value.as_bytes();
    bytes.len() < 2 || bytes.iter().zip(bytes.iter().skip(2)).all(|(one, after)| one == after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(read: fn(&str) -> Option<String>, lines: &[&str], expected: &Expect) {
        let shown: Vec<String> = lines
            .iter()
            .map(|line| format!("{line:?}: {}", read(line).unwrap_or("-".into())))
            .collect();
        expected.assert_eq(&shown.join("\n"));
    }

    #[test]
    fn serial_numbers() {
        check(
            serial,
            &[
                " S21NNXAG  812345 ",
                "naa.5002538d40878f8e",
                "T10.ATA     Samsung SSD 850   S21NNXAG812345",
                "To be filled by O.E.M.",
                "TO BE FILLED BY O.E.M. ",
                "Default string",
                "System Serial Number",
                "None",
                "N/A",
                "0",
                "00000000",
                "0x0000000000000000",
                "................",
                "xxxxxxxxxx",
                "0123456789",
                "1234567890",
                "123-456-789",
                "QEMU HARDDISK QM00001",
                "",
                "abc",
                "CN7016343B00KQ",
            ],
            &expect![[r#"
                " S21NNXAG  812345 ": s21nnxag 812345
                "naa.5002538d40878f8e": naa.5002538d40878f8e
                "T10.ATA     Samsung SSD 850   S21NNXAG812345": t10.ata samsung ssd 850 s21nnxag812345
                "To be filled by O.E.M.": -
                "TO BE FILLED BY O.E.M. ": -
                "Default string": -
                "System Serial Number": -
                "None": -
                "N/A": -
                "0": -
                "00000000": -
                "0x0000000000000000": -
                "................": -
                "xxxxxxxxxx": -
                "0123456789": -
                "1234567890": -
                "123-456-789": -
                "QEMU HARDDISK QM00001": -
                "": -
                "abc": -
                "CN7016343B00KQ": cn7016343b00kq"#]],
        );
    }

    #[test]
    fn uuids_and_machine_ids() {
        check(
            uuid,
            &[
                "4C4C4544-0043-3510-8052-B4C04F4D4E31",
                "{4c4c4544-0043-3510-8052-b4c04f4d4e31}",
                "00000000-0000-0000-0000-000000000000",
                "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
                "fefefefe-fefe-fefe-fefe-fefefefefefe",
                "03000200-0400-0500-0006-000700080009",
                "Not Settable",
                "4C4C4544-0043-3510-8052",
            ],
            &expect![[r#"
                "4C4C4544-0043-3510-8052-B4C04F4D4E31": 4c4c4544-0043-3510-8052-b4c04f4d4e31
                "{4c4c4544-0043-3510-8052-b4c04f4d4e31}": 4c4c4544-0043-3510-8052-b4c04f4d4e31
                "00000000-0000-0000-0000-000000000000": -
                "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF": -
                "fefefefe-fefe-fefe-fefe-fefefefefefe": -
                "03000200-0400-0500-0006-000700080009": -
                "Not Settable": -
                "4C4C4544-0043-3510-8052": -"#]],
        );
        check(
            machine_id,
            &["3d1219c7c4c5404aaa1f6d2a48adfda4", "uninitialized", "0000000000000000"],
            &expect![[r#"
                "3d1219c7c4c5404aaa1f6d2a48adfda4": 3d1219c7c4c5404aaa1f6d2a48adfda4
                "uninitialized": -
                "0000000000000000": -"#]],
        );
    }

    #[test]
    fn host_names() {
        check(
            host_name,
            &["Press-7.plant.example", "localhost", "localhost.localdomain", "(none)", "x"],
            &expect![[r#"
                "Press-7.plant.example": press-7
                "localhost": -
                "localhost.localdomain": -
                "(none)": -
                "x": x"#]],
        );
    }
}
