//! What is asked, by kind: words of products that are there, picked at random.

use fastrand::Rng;

use super::catalog::Catalog;

/// Of each kind.
const QUERIES: usize = 300;

pub struct Kind {
    pub name: &'static str,
    pub texts: Vec<String>,
    /// Words which are spelt wrong: engines that find only what is spelt right are not asked.
    pub is_misspelt: bool,
    /// The last word is only begun.
    pub is_begun: bool,
    /// Counted by category, brand, stock and what else the engine counts.
    pub facets: bool,
    /// Narrowed to two colours, in stock.
    pub is_narrowed: bool,
}

pub struct Queries {
    pub kinds: Vec<Kind>,
    /// As far as somebody has typed.
    pub typed: Vec<String>,
}

impl Queries {
    pub fn new(catalog: &Catalog, size: usize) -> Queries {
        let mut pick = Pick {
            catalog,
            size,
            rng: Rng::with_seed(7),
        };
        let term = texts(|| pick.words(1).join(" "));
        let two = texts(|| pick.words(2).join(" "));
        let begun = texts(|| pick.begun());
        let typo = texts(|| pick.misspelt());
        let two_and_begun = texts(|| format!("{} {}", pick.words(2).join(" "), pick.begun()));
        let eight = texts(|| [pick.words(2), pick.words(3), pick.words(3)].concat().join(" "));
        let typed = texts(|| pick.begun());
        let all = vec![String::new()];
        let counted = |kind: Kind, name| Kind {
            name,
            facets: true,
            ..kind
        };
        let misspelt = |kind: Kind| Kind {
            is_misspelt: true,
            ..kind
        };
        let unfinished = |kind: Kind| Kind {
            is_begun: true,
            ..kind
        };
        let narrowed = |kind: Kind| Kind {
            is_narrowed: true,
            ..kind
        };
        let kinds = vec![
            kind("term", &term),
            kind("two terms", &two),
            unfinished(kind("prefix of 2 to 4 letters", &begun)),
            misspelt(kind("typo", &typo)),
            counted(kind("", &term), "term, facets"),
            counted(kind("", &two), "two terms, facets"),
            counted(unfinished(kind("", &begun)), "prefix, facets"),
            counted(misspelt(kind("", &typo)), "typo, facets"),
            counted(
                unfinished(kind("", &two_and_begun)),
                "two terms and a prefix, facets",
            ),
            counted(kind("", &eight), "eight words, facets"),
            counted(narrowed(kind("", &term)), "term, two filters, facets"),
            counted(kind("", &all), "everything, facets"),
            counted(narrowed(kind("", &all)), "everything, two filters, facets"),
        ];
        Queries { kinds, typed }
    }
}

fn texts(make: impl FnMut() -> String) -> Vec<String> {
    std::iter::repeat_with(make).take(QUERIES).collect()
}

fn kind(name: &'static str, texts: &[String]) -> Kind {
    Kind {
        name,
        texts: texts.to_vec(),
        is_misspelt: false,
        is_begun: false,
        facets: false,
        is_narrowed: false,
    }
}

struct Pick<'a> {
    catalog: &'a Catalog,
    size: usize,
    rng: Rng,
}

impl Pick<'_> {
    /// Of the name of one product.
    fn words(&mut self, count: usize) -> Vec<String> {
        let name = self.catalog.product(self.rng.usize(..self.size)).name;
        let words = name.split(' ').filter(|word| !word.contains('-'));
        words.take(count).map(str::to_owned).collect()
    }

    fn begun(&mut self) -> String {
        let letters = self.rng.usize(2..=4);
        self.words(1).concat().chars().take(letters).collect()
    }

    /// A right word, and one of at least five letters with a wrong one or two that changed places.
    fn misspelt(&mut self) -> String {
        loop {
            let words = self.words(2);
            let mut letters: Vec<char> = words[1].chars().collect();
            if letters.len() < 5 {
                continue;
            }
            let at = self.rng.usize(1..letters.len() - 1);
            match self.rng.bool() {
                true => letters.swap(at, at + 1),
                false => letters[at] = 'x',
            }
            return format!("{} {}", words[0], letters.iter().collect::<String>());
        }
    }
}
