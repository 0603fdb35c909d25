//! Filters, counts and sorts against the plain reading of the same rules.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::catalog::filter::{SortKey, SortStep};
use crate::catalog::finder::{AttributeNarrow, Narrow};

const WORDS: [&str; 4] = ["lamp", "oak", "red", "chair"];
const LABELS: [&str; 3] = ["A", "B", "C"];

fn products() -> impl Strategy<Value = Vec<Document>> {
    let one = (
        proptest::sample::subsequence(&WORDS[..], 1..=3),
        0..3usize,
        proptest::sample::subsequence(&LABELS[..], 0..=2),
        0..3usize,
        (1..60i64, -1..2i32, any::<bool>(), 0..5i64, 0..4u8),
        proptest::option::of(-3..3i64),
    );
    proptest::collection::vec(one, 1..40).prop_map(|all| {
        let products = (1..)
            .zip(all)
            .map(|(id, (words, category, tags, colour, rest, number))| {
                let (price, stock, on_sale, created_at, popularity) = rest;
                let mut attributes = vec![("colour".to_owned(), AttributeValue::Text(facet(LABELS[colour])))];
                attributes
                    .extend(number.map(|number| ("size".to_owned(), AttributeValue::Number(number * 1_000))));
                Document {
                    categories: vec![facet("Root"), facet(LABELS[category])],
                    brand: (category > 0).then(|| facet(LABELS[colour])),
                    tags: tags.into_iter().map(facet).collect(),
                    attributes,
                    price: price * 100,
                    stock,
                    on_sale,
                    created_at,
                    popularity: popularity.into(),
                    ..product(id, &words.join(" "))
                }
            });
        products.collect()
    })
}

fn narrows() -> impl Strategy<Value = Narrow> {
    let keys = || {
        proptest::collection::vec(
            proptest::sample::select(vec!["a", "b", "c"]).prop_map(str::to_owned),
            0..2,
        )
    };
    let sizes = proptest::option::of((-2..2i64, -2..3i64));
    (
        keys(),
        keys(),
        keys(),
        keys(),
        sizes,
        (
            proptest::option::of(0..50i64),
            proptest::option::of(any::<bool>()),
            proptest::option::of(any::<bool>()),
            proptest::option::of(0..4i64),
        ),
    )
        .prop_map(
            |(categories, brands, tags, colours, sizes, (price, in_stock, on_sale, since))| {
                let colour = AttributeNarrow {
                    values: colours.clone(),
                    ..AttributeNarrow::default()
                };
                let size = sizes.map(|(min, max)| AttributeNarrow {
                    min: Some(min * 1_000),
                    max: Some(max * 1_000),
                    ..AttributeNarrow::default()
                });
                let colour = (!colours.is_empty()).then(|| ("colour".to_owned(), colour));
                Narrow {
                    categories,
                    brands,
                    tags,
                    attributes: colour
                        .into_iter()
                        .chain(size.map(|size| ("size".to_owned(), size)))
                        .collect(),
                    min_price: price.map(|price| price * 100),
                    in_stock,
                    on_sale,
                    created_since: since,
                    ..Narrow::default()
                }
            },
        )
}

/// The filters by their names, each with what it says of a product.
fn checks(narrow: &Narrow, product: &Document) -> Vec<(&'static str, bool)> {
    let any = |asked: &[String], own: Vec<&Facet>| {
        asked.is_empty() || own.iter().any(|facet| asked.contains(&facet.key))
    };
    let colour = product.attributes.iter().filter_map(|(_, value)| match value {
        AttributeValue::Text(text) => Some(text),
        AttributeValue::Number(_) => None,
    });
    let sizes: Vec<i64> = product
        .attributes
        .iter()
        .filter_map(|(_, value)| match value {
            AttributeValue::Number(number) => Some(*number),
            AttributeValue::Text(_) => None,
        })
        .collect();
    let asked = |key: &str| {
        narrow
            .attributes
            .iter()
            .find(|(own, _)| own == key)
            .map(|(_, asked)| asked)
    };
    vec![
        (
            "categories",
            any(&narrow.categories, product.categories.iter().collect()),
        ),
        ("brands", any(&narrow.brands, product.brand.iter().collect())),
        ("tags", any(&narrow.tags, product.tags.iter().collect())),
        (
            "colour",
            asked("colour").is_none_or(|asked| any(&asked.values, colour.collect())),
        ),
        (
            "size",
            asked("size").is_none_or(|asked| {
                sizes
                    .iter()
                    .any(|size| asked.min <= Some(*size) && Some(*size) <= asked.max)
            }),
        ),
        (
            "price",
            narrow.min_price.is_none_or(|least| product.price >= least),
        ),
        (
            "stock",
            narrow.in_stock.is_none_or(|wanted| (product.stock > 0) == wanted),
        ),
        (
            "sale",
            narrow.on_sale.is_none_or(|wanted| product.on_sale == wanted),
        ),
        (
            "created",
            narrow
                .created_since
                .is_none_or(|since| product.created_at >= since),
        ),
    ]
}

/// What would be left if this filter were not.
fn left_without<'a>(own: &str, narrow: &Narrow, products: &'a [Document]) -> Vec<&'a Document> {
    let holds = |product: &&Document| {
        checks(narrow, product)
            .iter()
            .all(|(name, holds)| *holds || *name == own)
    };
    products.iter().filter(holds).collect()
}

fn counted<'a>(facets: impl Iterator<Item = &'a Facet>) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    facets.for_each(|facet| *counts.entry(facet.key.as_str()).or_default() += 1);
    counts
}

fn answered(counts: &[Count]) -> BTreeMap<&str, usize> {
    counts
        .iter()
        .map(|count| (count.facet.key.as_str(), count.count))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn counts_are_right_and_each_without_its_own_filter(
        products in products(),
        removed in proptest::collection::vec(1..40i32, 0..4),
        narrow in narrows(),
        with_word in any::<bool>(),
        halves in any::<bool>(),
    ) {
        let engine = shop(products.iter().take(if halves { products.len() / 2 } else { 0 }).cloned());
        put(&engine, products.clone());
        engine.apply(removed.iter().map(|id| Entry::Remove(*id)).collect()).unwrap();
        engine.commit(&mark(2)).unwrap();
        let matching = |product: &Document| {
            !removed.contains(&product.product_id) && (!with_word || product.name.contains("oak"))
        };
        let matched: Vec<Document> = products.into_iter().filter(matching).collect();
        let asked = Asked {
            text: if with_word { "oak ".to_owned() } else { String::new() },
            narrow: narrow.clone(),
            facets: true,
            limit: 100,
            sort: vec![SortStep { key: SortKey::Price, descending: true }, SortStep { key: SortKey::Name, descending: false }],
            ..Asked::default()
        };
        let found = engine.search(&asked).unwrap();
        let mut expected = left_without("nothing", &narrow, &matched);
        expected.sort_by(|left, right| {
            let by_price = right.price.cmp(&left.price);
            by_price.then_with(|| left.name_key.cmp(&right.name_key)).then_with(|| right.product_id.cmp(&left.product_id))
        });
        let expected: Vec<i32> = expected.iter().map(|product| product.product_id).collect();
        prop_assert_eq!(ids(&found), expected.clone());
        prop_assert_eq!(found.total, expected.len());
        let left = |own| left_without(own, &narrow, &matched);
        let facets = &found.facets;
        prop_assert_eq!(answered(&facets.categories), counted(left("categories").iter().flat_map(|it| &it.categories)));
        prop_assert_eq!(answered(&facets.brands), counted(left("brands").iter().filter_map(|it| it.brand.as_ref())));
        prop_assert_eq!(answered(&facets.tags), counted(left("tags").iter().flat_map(|it| &it.tags)));
        let colours = facets.attributes.iter().find(|counts| counts.key == "colour");
        let colours = colours.map_or(&[] as &[Count], |counts| counts.values.as_slice());
        let own = left("colour");
        let own = own.iter().flat_map(|it| &it.attributes).filter_map(|(_, value)| match value {
            AttributeValue::Text(text) => Some(text),
            AttributeValue::Number(_) => None,
        });
        prop_assert_eq!(answered(colours), counted(own));
        let sizes: Vec<i64> = left("size").iter().flat_map(|it| &it.attributes).filter_map(|(_, value)| match value {
            AttributeValue::Number(number) => Some(*number),
            AttributeValue::Text(_) => None,
        }).collect();
        let range = facets.attributes.iter().find(|counts| counts.key == "size").and_then(|counts| counts.range);
        prop_assert_eq!(range, sizes.iter().copied().min().zip(sizes.iter().copied().max()));
        prop_assert_eq!(facets.in_stock, left("stock").iter().filter(|it| it.stock > 0).count());
        prop_assert_eq!(facets.on_sale, left("sale").iter().filter(|it| it.on_sale).count());
        let prices: Vec<i64> = left("price").iter().map(|it| it.price).collect();
        prop_assert_eq!(facets.prices.range, prices.iter().copied().min().zip(prices.iter().copied().max()));
        prop_assert_eq!(facets.prices.bands.iter().map(|band| band.count).sum::<usize>(), prices.len());
    }
}
