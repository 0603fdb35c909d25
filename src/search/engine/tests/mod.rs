//! The engine as others use it: what goes in, what is found, what is counted.

mod carried;
mod counts;
mod demo;
mod disk;
mod finding;

use super::*;

/// A product with nothing but a name.
pub(super) fn product(product_id: i32, name: &str) -> Document {
    Document {
        product_id,
        version: 1,
        name: name.to_owned(),
        sku: None,
        brand: None,
        description: None,
        categories: Vec::new(),
        tags: Vec::new(),
        attributes: Vec::new(),
        price: 1_000,
        on_sale: false,
        stock: 5,
        created_at: 0,
        popularity: 0.0,
        name_key: name.to_lowercase(),
    }
}

pub(super) fn facet(label: &str) -> Facet {
    Facet {
        key: label.to_lowercase(),
        label: label.to_owned(),
    }
}

pub(super) fn mark(seq: i64) -> Mark {
    Mark {
        epoch: "epoch".to_owned(),
        seq,
        hash: "hash".to_owned(),
    }
}

/// Memory for a writer in tests: the least there is.
pub(super) fn budget() -> Budget {
    Budget {
        writer_bytes: 15_000_000,
        ..Budget::default()
    }
}

pub(super) fn shop(products: impl IntoIterator<Item = Document>) -> Engine {
    let (engine, _) = Engine::open(None, budget(), Weights::default()).unwrap();
    put(&engine, products);
    engine
}

pub(super) fn put(engine: &Engine, products: impl IntoIterator<Item = Document>) {
    let entries = products.into_iter().map(|product| Entry::Put(Box::new(product)));
    engine.apply(entries.collect()).unwrap();
    engine.commit(&mark(1)).unwrap();
}

pub(super) fn search(engine: &Engine, text: &str) -> Found {
    let asked = Asked {
        text: text.to_owned(),
        limit: 50,
        ..Asked::default()
    };
    engine.search(&asked).unwrap()
}

pub(super) fn ids(found: &Found) -> Vec<i32> {
    found.hits.iter().map(|hit| hit.product_id).collect()
}
