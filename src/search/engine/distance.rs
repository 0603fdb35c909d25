//! How many letters two words differ by: one left out, added, replaced, or two neighbours swapped, each counts one.
//! Must not know anything else.

/// With `is_prefix`, between `typed` and the beginning of `word` that is nearest to it.
pub(super) fn between(typed: &str, word: &str, is_prefix: bool) -> usize {
    let typed: Vec<char> = typed.chars().collect();
    let word: Vec<char> = word.chars().collect();
    // Rows of the table by letters of the word: the last two and the open one.
    let mut above: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=typed.len()).collect();
    let mut least = last.last().copied().unwrap_or_default();
    for (row, letter) in word.iter().enumerate() {
        let mut open = vec![row + 1];
        for (column, other) in typed.iter().enumerate() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX / 2);
            let replaced = at(&last, column) + usize::from(letter != other);
            let mut best = replaced.min(at(&last, column + 1) + 1).min(at(&open, column) + 1);
            let swapped = column > 0
                && row > 0
                && word.get(row - 1) == Some(other)
                && typed.get(column - 1) == Some(letter);
            if swapped {
                best = best.min(at(&above, column - 1) + 1);
            }
            open.push(best);
        }
        above = std::mem::replace(&mut last, open);
        let whole = last.last().copied().unwrap_or_default();
        least = if is_prefix { least.min(whole) } else { whole };
    }
    least
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_slip_counts_one() {
        for (typed, word, expected) in [
            ("table", "table", 0),
            ("tabel", "table", 1),
            ("tble", "table", 1),
            ("taable", "table", 1),
            ("fable", "table", 1),
            ("abtle", "table", 2),
            ("", "abc", 3),
        ] {
            assert_eq!(between(typed, word, false), expected, "{typed} {word}");
        }
        assert_eq!(between("plystat", "playstation", true), 1);
        assert_eq!(between("play", "playstation", true), 0);
    }
}
