//! Where the categories of a file stand in the shop.

use super::{Shop, columns};
use crate::catalog::Elsewhere;

#[actix_web::test]
async fn a_path_makes_the_categories_that_are_missing_and_moves_none() {
    let shop = Shop::new();
    let file = "sku,name,price,category,category_path\n\
                A,Lamp,1.00,,Home > Lamps>Desk lamps\n\
                B,Bowl,1.00,Kitchen,Home > Kitchen > Bowls > Big\n\
                C,Loose,1.00,Loose,\n\
                D,Arc,1.00,lamps, > HOME >  > Lamps\n";
    let (summary, told) = shop.import(file).await;
    assert_eq!(summary, "rows=4 created=4 changed=0 same=0 refused=0", "{told:?}");
    let tree = [
        "Home",
        "Home / Kitchen",
        "Home / Lamps",
        "Home / Lamps / Desk lamps",
        "Loose",
    ];
    assert_eq!(shop.tree().await, tree);
    let mut categories: Vec<_> = shop
        .products()
        .await
        .into_iter()
        .map(|product| (product.sku, product.category))
        .collect();
    categories.sort();
    let categories: Vec<_> = categories
        .iter()
        .map(|(_, category)| category.as_deref().unwrap())
        .collect();
    assert_eq!(categories, ["Desk lamps", "Kitchen", "Loose", "Lamps"]);
    let (summary, _) = shop.import(file).await;
    assert_eq!(summary, "rows=4 created=0 changed=0 same=4 refused=0");

    let lines = r#"{"sku": "E", "name": "Rake", "price": "1.00", "category_path": ["Garden", "Tools > sharp", "Loose"]}
{"sku": "F", "name": "Pot", "price": "1.00", "category_path": ["Garden", "Loose", "Pots"]}
{"sku": "G", "name": "Pan", "price": "1.00", "category_path": []}"#;
    let (summary, told) = shop.import(lines).await;
    assert_eq!(summary, "rows=3 created=3 changed=0 same=0 refused=0", "{told:?}");
    // What stands above one that exists is not made, and that one stays.
    let tree = [&tree[..], &["Loose / Pots"]].concat();
    assert_eq!(shop.tree().await, tree);
    let loose = Elsewhere {
        category: "Loose".to_owned(),
        said: "Garden".to_owned(),
        stands_below: None,
    };
    assert_eq!(told.elsewhere, [loose]);
}

#[actix_web::test]
async fn a_path_that_cannot_be_meant_is_refused_and_makes_nothing() {
    let shop = Shop::new();
    shop.import("name,price,category_path\nDeep,1.00,1 > 2 > 3 > 4\n")
        .await;
    let before = shop.tree().await;
    let file = "name,price,category,category_path\n\
                Other,1.00,Lamps,Home > Light\n\
                Twice,1.00,,Home > Lamps > home\n\
                Deep,1.00,,a > b > c > d > e > f\n\
                Deeper,1.00,,3 > 4 > 5 > 6\n\
                Hidden,1.00,,a\u{202e}b > c\n";
    let (summary, told) = shop.import(file).await;
    assert_eq!(summary, "rows=5 created=0 changed=0 same=0 refused=5");
    let expected = [2, 3, 4, 5, 6].map(|row| (row, "category_path"));
    assert_eq!(columns(&told), expected);
    for (place, reason) in [
        "does not name “Lamps”",
        "names “home” twice",
        "at most 5 levels",
        "more than 5 levels",
        "U+202E",
    ]
    .iter()
    .enumerate()
    {
        assert!(told.refused[place].2.contains(reason), "{told:?}");
    }
    assert_eq!(shop.tree().await, before);
}
