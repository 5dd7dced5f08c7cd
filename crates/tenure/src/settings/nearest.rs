//! "Did you mean": the known name that a mistyped one is nearest to.
//!
//! Deliberately not here: which names are known.

/// The known name that differs least from `name`, if it is near enough to be what was meant.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = known.map(|candidate| (distance(name, candidate), candidate)).min()?;
    let last = |text: &str| text.rsplit('.').next().unwrap_or(text).to_owned();
    let same_ending = last(name) == last(near.1);
    (same_ending || near.0 <= 2 + name.len() / 8).then_some(near.1)
}

/// Edit distance of two short texts.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, l) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, r) in right.iter().enumerate() {
            let substituted = diagonal + usize::from(l != *r);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}
