//! How far a misspelt key is from a known one.

/// Whether two keys differ by at most two typed characters (Levenshtein distance).
pub fn within_two_edits(left: &str, right: &str) -> bool {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, l) in left.chars().enumerate() {
        let mut diagonal = line;
        let mut before = line + 1;
        let mut next = vec![before];
        for (r, above) in right.iter().zip(row.iter().skip(1)) {
            let cost = usize::from(l != *r);
            before = (diagonal + cost).min(above + 1).min(before + 1);
            diagonal = *above;
            next.push(before);
        }
        row = next;
    }
    row.last().is_some_and(|distance| *distance <= 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_typed_characters_are_near() {
        for (left, right, near) in [
            ("server.port", "server.port", true),
            ("server.prot", "server.port", true),
            ("server.por", "server.port", true),
            ("server.ports2", "server.port", true),
            ("server.host", "server.port", true),
            ("server.workers", "server.port", false),
            ("", "abc", false),
        ] {
            assert_eq!(within_two_edits(left, right), near, "{left} {right}");
        }
    }
}
