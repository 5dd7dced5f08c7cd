//! The known name that a mistyped one is nearest to.
//!
//! Invariants: bounded work however many names there are; a name is suggested only if most of it is right.
//! Deliberately not here: which names are known.

/// The most names that are compared.
const NAMES_LOOKED_AT: usize = 1_000;
/// Longer names are compared with none.
const LONGEST: usize = 64;

/// The known name that differs in case only, or by one or two characters.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    let near = known
        .filter(|known| known.len() <= LONGEST && known.len().abs_diff(name.len()) <= 2)
        .take(NAMES_LOOKED_AT)
        .map(|known| (distance(&known.to_lowercase(), &name), known))
        .filter(|(distance, known)| *distance <= 2 && *distance * 3 <= known.len());
    near.min().map(|(_, known)| known)
}

/// How many characters must be changed, added, left out or swapped with their neighbor.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut above: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut next = vec![i + 1; b.len() + 1];
        for j in 0..b.len() {
            let changed = row[j] + usize::from(a[i] != b[j]);
            next[j + 1] = changed.min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                next[j + 1] = next[j + 1].min(above[j - 1] + 1);
            }
        }
        above = std::mem::replace(&mut row, next);
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_and_a_far_one_is_not_suggested() {
        let check = |name: &str| nearest(name, ["hostid", "hostname", "user"].into_iter());
        assert_eq!(check("hostidd"), Some("hostid"));
        assert_eq!(check("HostName"), Some("hostname"));
        assert_eq!(check("usr"), Some("user"));
        assert_eq!(check("hotsid"), Some("hostid"));
        assert_eq!(nearest("cda", ["cad"].into_iter()), Some("cad"));
        assert_eq!(check("ip"), None);
        assert_eq!(check(&"h".repeat(1_000_000)), None);
    }
}
