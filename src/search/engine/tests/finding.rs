//! What customers type and what they find.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::catalog::filter::{SortKey, SortStep};

#[test]
fn words_are_found_however_they_are_written() {
    let engine = shop([
        product(1, "T-Shirt striped"),
        product(2, "Drill XR-1234"),
        product(3, "Café crème bowl"),
        product(4, "Stereo headset"),
        product(5, "Smørrebrød board"),
        product(6, "Batteries, four"),
    ]);
    for (text, expected) in [
        ("tshirt", 1),
        ("t shirt", 1),
        ("T-SHIRTS", 1),
        ("xr 1234", 2),
        ("xr1234", 2),
        ("XR_1234", 2),
        ("cafe creme", 3),
        ("head set", 4),
        ("smorrebrod", 5),
        ("battery", 6),
        ("batt", 6),
    ] {
        assert_eq!(ids(&search(&engine, text)).first(), Some(&expected), "{text}");
    }
    assert!(
        ids(&search(&engine, "xr 1235")).first() != Some(&2)
            || search(&engine, "xr 1235").understood.complete == 0
    );
}

#[test]
fn a_misspelt_word_is_found_and_the_right_one_proposed() {
    let engine = shop([product(1, "Porcelain teapot"), product(2, "Oak table")]);
    for text in [
        "porcelian teapot",
        "porcelan teapot",
        "procelain teapot",
        "porcelain taepot",
    ] {
        let found = search(&engine, text);
        assert_eq!(ids(&found).first(), Some(&1), "{text}");
        assert_eq!(
            found.understood.did_you_mean.as_deref(),
            Some("porcelain teapot"),
            "{text}"
        );
    }
    assert_eq!(search(&engine, "porcelain teapot").understood.did_you_mean, None);
    assert!(
        ids(&search(&engine, "oka")).is_empty(),
        "short words must be right"
    );
}

#[test]
fn in_a_compound_only_what_is_misspelt_is_put_right() {
    let engine = shop([product(1, "Coffee table oak"), product(2, "Kitchen lamp")]);
    for (text, right) in [
        ("cofee-table", "coffee-table"),
        ("coffee-tabel oak", "coffee-table oak"),
        ("kitchne-tabel", "kitchen-table"),
        ("kitchne-tabel cofee-tabel", "kitchen-table coffee-table"),
        ("Ö-kitchne/tabel!", "Ö-kitchen/table!"),
    ] {
        let found = search(&engine, text).understood.did_you_mean;
        assert_eq!(found.as_deref(), Some(right), "{text}");
    }
    assert_eq!(search(&engine, "coffee-table").understood.did_you_mean, None);
}

#[test]
fn a_compound_of_a_hundred_pieces_is_not_more_work_than_eight_words() {
    let engine = shop([product(1, "1 x 1"), product(2, "x 1 x")]);
    let found = search(&engine, &"1x".repeat(100));
    assert!(
        found.understood.words.len() <= MOST_WORDS,
        "{:?}",
        found.understood.words
    );
    assert_eq!(ids(&found).len(), 2);
}

#[test]
fn the_article_number_comes_first() {
    let named = |id, name: &str, sku: &str| Document {
        sku: Some(sku.to_owned()),
        ..product(id, name)
    };
    let engine = shop([
        named(1, "AB-12 case for AB 12", "CASE-1"),
        named(2, "Lamp", "AB-12"),
        named(3, "AB-12 cover", "COVER-9"),
    ]);
    assert_eq!(ids(&search(&engine, "ab-12")).first(), Some(&2));
    assert_eq!(ids(&search(&engine, "AB12")).first(), Some(&2));
    assert_eq!(ids(&search(&engine, "case 1")).first(), Some(&1));
}

#[test]
fn phrases_stand_together_and_minus_words_are_not_there() {
    let engine = shop([
        product(1, "Red oak table"),
        product(2, "Oak red table"),
        product(3, "Red table"),
    ]);
    assert_eq!(ids(&search(&engine, "\"red oak\"")), [1]);
    let mut without = ids(&search(&engine, "table -oak"));
    without.sort_unstable();
    assert_eq!(without, [3]);
    assert_eq!(search(&engine, "-oak").total, 1);
    assert_eq!(search(&engine, "table -\"red oak\"").total, 2);
}

#[test]
fn all_words_come_first_and_what_nobody_holds_is_said() {
    let engine = shop([
        product(1, "Blue glass vase"),
        product(2, "Blue bowl"),
        product(3, "Clear vase"),
    ]);
    let found = search(&engine, "blue vase");
    assert_eq!((ids(&found).first(), found.understood.complete), (Some(&1), 1));
    assert_eq!(found.total, 3, "near ones follow");
    let found = search(&engine, "vase zzzz");
    assert_eq!(
        (found.understood.complete, found.understood.dropped),
        (0, vec!["zzzz".to_owned()])
    );
    let sorted = Asked {
        text: "blue vase".to_owned(),
        sort: vec![SortStep {
            key: SortKey::Name,
            descending: false,
        }],
        limit: 10,
        ..Asked::default()
    };
    assert_eq!(
        ids(&engine.search(&sorted).unwrap()),
        [1],
        "a sorted list holds what holds all words"
    );
}

#[test]
fn synonyms_stand_in_one_way_or_both_ways() {
    let engine = shop([
        product(1, "Grey couch"),
        product(2, "Television set"),
        product(3, "Sofa bed"),
    ]);
    let mut synonyms = Synonyms::default();
    synonyms.add_group(&["sofa", "couch"]);
    synonyms.add_one_way("telly", "television set");
    assert!(ids(&search(&engine, "telly")).is_empty());
    engine.set_synonyms(synonyms);
    assert_eq!(ids(&search(&engine, "sofa")), [3, 1], "the word itself first");
    let found = search(&engine, "telly");
    assert_eq!(
        (ids(&found), found.understood.synonyms),
        (vec![2], vec!["television set".to_owned()])
    );
    assert!(ids(&search(&engine, "television")) == [2] && ids(&search(&engine, "set")) == [2]);
}

#[test]
fn what_the_shop_prefers_decides_between_equals() {
    let engine = shop([
        Document {
            stock: 0,
            ..product(1, "Oak stool")
        },
        product(2, "Oak stool"),
        Document {
            popularity: 500.0,
            ..product(3, "Oak stool")
        },
    ]);
    assert_eq!(ids(&search(&engine, "oak stool")), [3, 2, 1]);
}

#[test]
fn a_hit_is_explained_and_its_words_are_marked() {
    let engine = shop([product(1, "Café tables, round")]);
    let asked = Asked {
        text: "cafe table rou".to_owned(),
        limit: 1,
        explain: true,
        ..Asked::default()
    };
    let found = engine.search(&asked).unwrap();
    let parts = found.hits[0]
        .explanation
        .as_ref()
        .map(|reason| reason.parts.iter().map(|part| part.name).collect::<Vec<_>>());
    assert_eq!(
        parts.unwrap(),
        ["tier", "word", "word", "word", "standing", "shop", "score"]
    );
    let text = "Round Café tables";
    let marked: Vec<&str> = found
        .highlighter
        .ranges(text)
        .into_iter()
        .map(|range| &text[range])
        .collect();
    assert_eq!(marked, ["Rou", "Café", "tables"]);
}

#[test]
fn hostile_texts_are_only_texts() {
    let engine = shop((1..200).map(|id| product(id, &format!("Lamp {id} shade and stand"))));
    let long = "lamp ".repeat(5_000);
    let many: String = (0..100).map(|word| format!("word{word} ")).collect();
    for text in [
        long.as_str(),
        &many,
        "\"\"\"",
        "-",
        "-\"",
        "\u{0}\u{1}lamp\u{1}shade",
        "lamp AND (OR) NOT ~2 ^3 [a TO b] *",
        "ＬＡＭＰ",
        "𝓛amp \u{202E} \u{FEFF}",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "'; DROP TABLE products; --",
        "",
    ] {
        let asked = Asked {
            text: text.to_owned(),
            limit: usize::MAX,
            offset: usize::MAX,
            facets: true,
            ..Asked::default()
        };
        engine.search(&asked).unwrap();
        engine.suggest(text, 5).unwrap();
    }
    assert!(search(&engine, "\u{1}lamp").total >= 199);
}

#[test]
fn the_beginning_of_a_word_is_completed() {
    let branded = |id, name: &str, brand: &str| Document {
        brand: Some(facet(brand)),
        categories: vec![facet("Lamps & Light")],
        ..product(id, name)
    };
    let engine = shop([
        branded(1, "Lantern brass", "Lantana"),
        branded(2, "Lantern steel", "Other"),
        branded(3, "Landing mat", "Other"),
    ]);
    let found = engine.suggest("brass lan", 5).unwrap();
    assert_eq!(found.completions, ["brass lantern", "brass landing"]);
    assert_eq!(found.products.first(), Some(&1));
    let found = engine.suggest("la", 5).unwrap();
    assert_eq!(found.categories, [facet("Lamps & Light")]);
    assert_eq!(found.brands, [facet("Lantana")]);
    assert!(found.products.is_empty(), "two letters say nothing of products");
    assert_eq!(engine.suggest("lantern ", 5).unwrap(), Suggestions::default());
}

proptest! {
    #[test]
    fn whatever_is_misspelt_and_joined_is_only_text(pieces in proptest::collection::vec(
        proptest::sample::select(vec!["kitchne", "tabel", "cofee", "lamp", "Ö", "1", "x", "-", "/", " ", "\"", "-", "\u{ad}", "灯"]),
        0..24,
    )) {
        static SHOP: LazyLock<Engine> =
            LazyLock::new(|| shop([product(1, "Coffee table 1x"), product(2, "Kitchen lamp")]));
        let text = pieces.concat();
        let asked = Asked { text: text.clone(), limit: 10, ..Asked::default() };
        prop_assert!(SHOP.search(&asked).is_ok(), "{text}");
        prop_assert!(SHOP.suggest(&text, 5).is_ok(), "{text}");
    }
}
