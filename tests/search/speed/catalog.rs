//! Products by number: the same ones in every run, with words as unequal as those of a real shop. The commonest word of
//! names is in about 3 products of 100, the rarest of 40,000 in a few of a million.

use fastrand::Rng;
use vitrine::search::engine::{AttributeValue, Document, Facet};

const WORDS: usize = 40_000;
const BRANDS: usize = 2_000;
const TAGS: usize = 500;
const ROOTS: usize = 20;
/// Below each category, twice.
const BRANCHES: [usize; 2] = [8, 5];
const COLOURS: [&str; 12] = [
    "red", "blue", "green", "black", "white", "grey", "yellow", "pink", "brown", "orange", "purple", "silver",
];
const MATERIALS: [&str; 10] = [
    "cotton", "wool", "steel", "oak", "glass", "paper", "leather", "copper", "linen", "zinc",
];

pub struct Catalog {
    words: Vec<String>,
    /// Rising: up to where a number between 0 and 1 means the word.
    bounds: Vec<f64>,
    brands: Vec<Facet>,
    tags: Vec<Facet>,
    /// Leaves, each with all that stands above it, root first.
    paths: Vec<Vec<Facet>>,
}

impl Catalog {
    pub fn new() -> Catalog {
        let mut rng = Rng::with_seed(1);
        let mut words: Vec<String> = Vec::with_capacity(WORDS);
        let mut known = std::collections::HashSet::new();
        while words.len() < WORDS {
            let word = word(&mut rng);
            if known.insert(word.clone()) {
                words.push(word);
            }
        }
        let shares: Vec<f64> = (0..WORDS).map(|rank| (rank as f64 + 10.0).powf(-0.9)).collect();
        let total: f64 = shares.iter().sum();
        let mut bound = 0.0;
        let bounds = shares.iter().map(|share| {
            bound += share / total;
            bound
        });
        let bounds = bounds.collect();
        let mut named = |count: usize| (0..count).map(|_| facet(&word(&mut rng))).collect::<Vec<_>>();
        let (brands, tags) = (named(BRANDS), named(TAGS));
        let mut paths: Vec<Vec<Facet>> = named(ROOTS).into_iter().map(|root| vec![root]).collect();
        for count in BRANCHES {
            let below = paths.iter().flat_map(|path| {
                let children = named(count).into_iter();
                let longer = children.map(|child| [path.as_slice(), &[child]].concat());
                longer.collect::<Vec<_>>()
            });
            paths = below.collect();
        }
        Catalog {
            words,
            bounds,
            brands,
            tags,
            paths,
        }
    }

    pub fn product(&self, number: usize) -> Document {
        let mut rng = Rng::with_seed(number as u64 + 1_000);
        let length = rng.usize(3..=6);
        let mut name = self.text(&mut rng, length);
        let sku = format!("{}-{number}", ["XR", "KV", "MB", "QT"][number % 4]);
        if number.is_multiple_of(3) {
            name = format!("{name} {sku}");
        }
        // A few brands make most things.
        let brand = (rng.f64().powi(3) * BRANDS as f64) as usize;
        Document {
            product_id: number as i32 + 1,
            version: 1,
            name_key: name.to_lowercase(),
            name,
            sku: Some(sku),
            brand: Some(self.brands[brand].clone()),
            description: Some(self.text(&mut rng, 30)),
            categories: self.paths[rng.usize(..self.paths.len())].clone(),
            tags: (0..3).map(|_| self.tags[rng.usize(..TAGS)].clone()).collect(),
            attributes: vec![
                ("colour".to_owned(), chosen(&mut rng, &COLOURS)),
                ("material".to_owned(), chosen(&mut rng, &MATERIALS)),
                (
                    "weight".to_owned(),
                    AttributeValue::Number(rng.i64(1..5_000) * 1_000),
                ),
            ],
            price: rng.i64(100..100_000),
            on_sale: rng.u8(..10) == 0,
            stock: rng.i32(-5..50).max(0),
            created_at: 1_600_000_000_000_000 + number as i64 * 1_000_000,
            popularity: rng.f64() * 20.0,
        }
    }

    fn text(&self, rng: &mut Rng, words: usize) -> String {
        let words: Vec<&str> = (0..words).map(|_| self.word(rng)).collect();
        words.join(" ")
    }

    fn word(&self, rng: &mut Rng) -> &str {
        let at = rng.f64();
        let rank = self.bounds.partition_point(|bound| *bound < at);
        &self.words[rank.min(WORDS - 1)]
    }
}

fn word(rng: &mut Rng) -> String {
    let mut word = String::new();
    for _ in 0..rng.usize(2..=4) {
        word.push(char::from(*rng.choice(b"bcdfghklmnprstvwz").unwrap()));
        word.push(char::from(*rng.choice(b"aeiou").unwrap()));
        if rng.u8(..3) == 0 {
            word.push(char::from(*rng.choice(b"lmnrst").unwrap()));
        }
    }
    word
}

fn chosen(rng: &mut Rng, among: &[&str]) -> AttributeValue {
    AttributeValue::Text(facet(among[rng.usize(..among.len())]))
}

fn facet(label: &str) -> Facet {
    Facet {
        key: label.to_owned(),
        label: label.to_owned(),
    }
}
