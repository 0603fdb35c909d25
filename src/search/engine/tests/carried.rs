//! What is carried from one commit to the next is what a new index would count.

use super::*;

fn shelf(product_id: i32, version: i32) -> Document {
    let kind = ["lamp", "table", "chair"][(product_id + version) as usize % 3];
    Document {
        version,
        brand: Some(facet(["Zeal", "Ahorn"][product_id as usize % 2])),
        categories: vec![facet("Home"), facet(kind)],
        tags: vec![facet(kind)],
        attributes: vec![(
            "weight".to_owned(),
            AttributeValue::Number(i64::from(product_id % 7) * 1_000),
        )],
        price: 1_000 + i64::from(product_id * 137 % 50) * 100,
        on_sale: version % 2 == 0,
        stock: product_id % 3,
        ..product(product_id, kind)
    }
}

fn counted(engine: &Engine) -> Found {
    let asked = Asked {
        facets: true,
        ..Asked::default()
    };
    engine.search(&asked).unwrap()
}

#[test]
fn counts_of_the_whole_shop_stay_right_through_changes_removals_and_new_terms() {
    let mut stock: std::collections::BTreeMap<i32, Document> = (0..60).map(|id| (id, shelf(id, 1))).collect();
    let engine = shop(stock.values().cloned());
    for round in 2..14 {
        assert_eq!(counted(&engine).total, stock.len());
        let id = round * 7 % 60;
        let mut changed = shelf(id, round);
        if round % 4 == 0 {
            changed.brand = Some(facet(&format!("Brand {round}")));
        }
        stock.insert(id, changed.clone());
        let gone = (round * 11 + 1) % 60;
        stock.remove(&gone);
        engine
            .apply(vec![Entry::Put(Box::new(changed)), Entry::Remove(gone)])
            .unwrap();
        if gone == id {
            stock.remove(&id);
        }
        engine.commit(&mark(round.into())).unwrap();
        let fresh = shop(stock.values().cloned());
        let (carried, made) = (counted(&engine), counted(&fresh));
        assert_eq!(carried.total, made.total, "round {round}");
        assert_eq!(carried.facets, made.facets, "round {round}");
    }
}
