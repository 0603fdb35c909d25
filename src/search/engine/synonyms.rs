//! The owner's words that mean others, looked up when a search is read: the index knows nothing of them.
//! Must not know tantivy.

use std::collections::HashMap;

use super::words;

/// Most words in one side of a synonym.
const LONGEST: usize = 4;

#[derive(Debug, Clone, Default)]
pub struct Synonyms {
    /// Folded words by what was typed, folded.
    means: HashMap<String, Vec<Vec<String>>>,
}

impl Synonyms {
    /// "sofa" is also "couch", not the other way round. Empty sides and those longer than four words are left out.
    pub fn add_one_way(&mut self, typed: &str, meant: &str) {
        let (typed, meant) = (words_of(typed), words_of(meant));
        let usable = |side: &[String]| (1..=LONGEST).contains(&side.len());
        if usable(&typed) && usable(&meant) && typed != meant {
            let others = self.means.entry(typed.join(" ")).or_default();
            if !others.contains(&meant) {
                others.push(meant);
            }
        }
    }

    /// Each of them is also all the others.
    pub fn add_group(&mut self, group: &[&str]) {
        for typed in group {
            for meant in group {
                self.add_one_way(typed, meant);
            }
        }
    }

    /// What these words also mean.
    pub(super) fn of(&self, typed: &str) -> &[Vec<String>] {
        self.means.get(typed).map_or(&[], Vec::as_slice)
    }
}

fn words_of(text: &str) -> Vec<String> {
    words::words(text).into_iter().map(|word| word.text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_way_is_one_way_and_a_group_is_all_ways() {
        let mut synonyms = Synonyms::default();
        synonyms.add_one_way("Telly", "television set");
        synonyms.add_group(&["sofa", "couch"]);
        synonyms.add_one_way("", "nothing");
        assert_eq!(synonyms.of("telly"), [["television", "set"]]);
        assert!(synonyms.of("television set").is_empty());
        assert_eq!(synonyms.of("couch"), [["sofa"]]);
        assert_eq!(synonyms.of("sofa"), [["couch"]]);
    }
}
