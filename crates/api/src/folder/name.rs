//! Names of files in a shared folder: `User-ClientID-Computer.in.xml` and `….out.xml`.
//!
//! Invariants: a name that was read can be printed and is the same again; it has no separator, no control character, no
//! character beyond ASCII, does not begin with a dot or a space, is no device of Windows; the client ID is 128 bits of
//! chance, so that no two clients share a file, however close to each other they start.

use std::fmt;

/// End of a request's name.
pub const REQUEST_END: &str = ".in.xml";
/// End of an answer's name.
pub const ANSWER_END: &str = ".out.xml";
/// Files under construction begin with this. A name that begins with a dot is hidden from people and from the scan.
pub const TEMPORARY_START: &str = ".tenure-";
/// And end with this.
pub const TEMPORARY_END: &str = ".tmp";

/// The longest name before its end.
const STEM_MAX: usize = 120;
/// The longest user and computer.
const PART_MAX: usize = 43;
/// Hexadecimal characters of a client ID.
const ID_LENGTH: usize = 32;
/// Names that Windows keeps for devices, whatever follows a dot.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// Who exchanges files: user, client ID and computer, as the names of the files tell.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientName {
    stem: String,
    id_at: usize,
}

impl ClientName {
    /// The name of a client. What can't stand in the name of a file becomes `_`.
    pub fn new(user: &str, id: [u8; 16], computer: &str) -> Self {
        let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
        let made = |hyphen: char| {
            let (user, computer) = (clean(user, hyphen), clean(computer, hyphen));
            Self { id_at: user.len() + 1, stem: format!("{user}-{id}-{computer}") }
        };
        let name = made('-');
        // A user's name that itself looks like a client ID would be read in two ways.
        if Self::of_stem(&name.stem).as_ref() == Some(&name) { name } else { made('_') }
    }

    /// Reads the name of a request's file; nothing else is one.
    pub fn of_request(file: &str) -> Option<Self> {
        Self::of_stem(file.strip_suffix(REQUEST_END)?)
    }

    /// Reads the name of an answer's file.
    pub fn of_answer(file: &str) -> Option<Self> {
        Self::of_stem(file.strip_suffix(ANSWER_END)?)
    }

    /// From the three parts as a file tells them.
    pub(crate) fn of_parts(user: &str, id: &str, computer: &str) -> Option<Self> {
        let name = Self::of_stem(&format!("{user}-{id}-{computer}"))?;
        (name.user() == user && name.id() == id && name.computer() == computer).then_some(name)
    }

    fn of_stem(stem: &str) -> Option<Self> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_. -".contains(&byte);
        if stem.len() > STEM_MAX || !stem.bytes().all(allowed) || !is_plain(stem) {
            return None;
        }
        let bytes = stem.as_bytes();
        let is_id = |at: &usize| {
            let id = &bytes[*at..*at + ID_LENGTH];
            bytes[*at - 1] == b'-'
                && bytes[*at + ID_LENGTH] == b'-'
                && id.iter().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte))
        };
        let mut found = (2..stem.len().checked_sub(ID_LENGTH + 1)?).filter(is_id);
        let id_at = found.next()?;
        // Two readings are none.
        found.next().is_none().then(|| Self { stem: stem.to_owned(), id_at })
    }

    /// The user.
    pub fn user(&self) -> &str {
        &self.stem[..self.id_at - 1]
    }

    /// The client ID: 32 hexadecimal characters.
    pub fn id(&self) -> &str {
        &self.stem[self.id_at..self.id_at + ID_LENGTH]
    }

    /// The computer.
    pub fn computer(&self) -> &str {
        &self.stem[self.id_at + ID_LENGTH + 1..]
    }

    /// File of the request.
    pub fn request_file(&self) -> String {
        format!("{}{REQUEST_END}", self.stem)
    }

    /// File of the answer.
    pub fn answer_file(&self) -> String {
        format!("{}{ANSWER_END}", self.stem)
    }
}

impl fmt::Display for ClientName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.stem)
    }
}

impl fmt::Debug for ClientName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClientName({})", self.stem)
    }
}

/// Whether a file is one under construction: of a writer that may have died meanwhile.
pub fn is_temporary(file: &str) -> bool {
    let middle =
        file.strip_prefix(TEMPORARY_START).and_then(|rest| rest.strip_suffix(TEMPORARY_END));
    middle
        .is_some_and(|id| id.len() == ID_LENGTH && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Begins and ends as a name may on every system.
fn is_plain(stem: &str) -> bool {
    let first = stem.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let numbered = first.strip_prefix("com").or_else(|| first.strip_prefix("lpt"));
    let device = DEVICES.contains(&first.as_str())
        || numbered
            .is_some_and(|number| number.len() == 1 && number.as_bytes()[0].is_ascii_digit());
    !device && !stem.starts_with(['.', ' ', '-']) && !stem.ends_with(['.', ' ', '-'])
}

/// A part of a name.
fn clean(text: &str, hyphen: char) -> String {
    let allowed = |c: char| match c {
        '-' => hyphen,
        c if c.is_ascii_alphanumeric() || "_. ".contains(c) => c,
        _ => '_',
    };
    let part: String = text.chars().take(PART_MAX).map(allowed).collect();
    let part = part.trim_matches(['.', ' ', '-']);
    match part {
        "" => "unknown".to_owned(),
        part if is_plain(part) => part.to_owned(),
        part => part.chars().take(PART_MAX - 1).fold("_".to_owned(), |all, c| all + &c.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "00112233445566778899aabbccddeeff";

    fn id() -> [u8; 16] {
        std::array::from_fn(|at| u8::try_from(at * 17).unwrap_or_default())
    }

    #[test]
    fn people_and_computers_become_names_that_are_read_as_they_were_written() {
        for (user, computer, stem) in [
            ("ann", "ws14", format!("ann-{ID}-ws14")),
            ("Ann Lee", "WS-14.example", format!("Ann Lee-{ID}-WS-14.example")),
            ("DOM\\ann", "ws/14", format!("DOM_ann-{ID}-ws_14")),
            ("jörg", "..", format!("j_rg-{ID}-unknown")),
            ("", "", format!("unknown-{ID}-unknown")),
            ("con", "nul.x", format!("_con-{ID}-_nul.x")),
            ("-x-", " y.", format!("x-{ID}-y")),
            (
                &format!("a-{ID}-b"),
                "c",
                format!("a_{ID}_b-{ID}-c").replace(
                    &format!("{ID}_b"),
                    &ID.chars().chain("_b".chars()).take(41).collect::<String>(),
                ),
            ),
        ] {
            let name = ClientName::new(user, id(), computer);
            assert_eq!(name.to_string(), stem);
            assert_eq!(ClientName::of_request(&name.request_file()), Some(name.clone()), "{stem}");
            assert_eq!(ClientName::of_answer(&name.answer_file()), Some(name.clone()), "{stem}");
            assert_eq!(name.id(), ID);
            assert!(name.request_file().len() <= STEM_MAX + REQUEST_END.len());
            let again = ClientName::of_parts(name.user(), name.id(), name.computer());
            assert_eq!(again, Some(name));
        }
        let long = "x".repeat(300);
        let name = ClientName::new(&long, id(), &long);
        assert_eq!(ClientName::of_request(&name.request_file()), Some(name));
    }

    #[test]
    fn nothing_else_is_a_name() {
        for file in [
            format!("../ann-{ID}-ws14.in.xml"),
            format!("a/b-{ID}-ws14.in.xml"),
            format!("a\\b-{ID}-ws14.in.xml"),
            format!("ann\0-{ID}-ws14.in.xml"),
            format!("ann\n-{ID}-ws14.in.xml"),
            format!("änn-{ID}-ws14.in.xml"),
            format!("a\u{308}nn-{ID}-ws14.in.xml"),
            format!(".ann-{ID}-ws14.in.xml"),
            format!(" ann-{ID}-ws14.in.xml"),
            format!("ann-{ID}-ws14 .in.xml"),
            format!("ann-{ID}-ws14..in.xml"),
            format!("ann-{ID}-.in.xml"),
            format!("-{ID}-ws14.in.xml"),
            format!("ann-{}-ws14.in.xml", ID.to_uppercase()),
            format!("ann-{}-ws14.in.xml", &ID[1..]),
            format!("ann-{ID}-{ID}-ws14.in.xml"),
            format!("con-{ID}.x-ws14.in.xml"),
            format!("con.x-{ID}-ws14.in.xml"),
            format!("ann-{ID}-ws14.IN.XML"),
            format!("ann-{ID}-ws14.out.xml"),
            format!("ann-{ID}-{}.in.xml", "x".repeat(100)),
            "CON.in.xml".to_owned(),
            ".in.xml".to_owned(),
            "license.html".to_owned(),
            "ann-1700000000-ws14.in.xml".to_owned(),
        ] {
            assert_eq!(ClientName::of_request(&file), None, "{file:?}");
        }
        assert!(is_temporary(&format!(".tenure-{ID}.tmp")));
        for file in [".tenure-.tmp", "tenure.lock", ".tenure-x.tmp", ".tenure-../../x.tmp"] {
            assert!(!is_temporary(file), "{file}");
        }
    }
}
