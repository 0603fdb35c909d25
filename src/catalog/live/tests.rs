//! Each kind of change of a product, as the public hears of it or does not.

use super::super::model::TermTree;
use super::super::model::tests::{category, product};
use super::low::low_stock;
use super::*;

fn change(action: Action, before: Option<&Product>, after: Option<&Product>) -> Change {
    let text = |product: &Product| serde_json::to_string(product).unwrap();
    Change {
        seq: 9,
        at: Moment::now(),
        actor: "user:1".to_owned(),
        request_id: String::new(),
        entity: Entity::Product.name().to_owned(),
        entity_id: 7,
        version: 2,
        action: action.name().to_owned(),
        state_before: before.map(text),
        state_after: after.map(text),
        batch: None,
        undo_of: None,
        prev_hash: String::new(),
        hash: String::new(),
    }
}

fn categories() -> Categories {
    let tree = TermTree::new(vec![
        category(1, "Light", None),
        category(2, "Lamps", Some(1)),
        category(3, "Vases", None),
    ]);
    Categories {
        visible: tree.clone(),
        all: tree,
    }
}

fn heard(action: Action, before: Option<&Product>, after: Option<&Product>) -> Option<LiveEvent> {
    of_product(&change(action, before, after), &categories(), "EUR")
}

fn lamp() -> Product {
    Product {
        category: Some("Lamps".to_owned()),
        is_active: true,
        description: Some("Long ".repeat(1000)),
        ..product("Lamp", "24.90")
    }
}

fn next(before: &Product, change: impl FnOnce(&mut Product)) -> Product {
    let mut after = Product {
        version: before.version + 1,
        updated_at: Moment::now(),
        ..before.clone()
    };
    change(&mut after);
    after
}

#[test]
fn an_event_names_the_smallest_thing_that_changed() {
    let lamp = lamp();
    let soon = Moment::now().plus_seconds(60);
    type Edit = fn(&mut Product);
    let table: [(Edit, &str); 5] = [
        (|p| p.stock_quantity = 0, "product.stock"),
        (|p| p.price = Money::parse("1").unwrap(), "product.price"),
        (|p| p.name = "Desk lamp".to_owned(), "product.updated"),
        (
            |p| {
                p.stock_quantity = 0;
                p.price = Money::parse("1").unwrap();
            },
            "product.updated",
        ),
        (|p| p.category = None, "product.updated"),
    ];
    for (edit, kind) in table {
        let event = heard(Action::Updated, Some(&lamp), Some(&next(&lamp, edit))).unwrap();
        assert_eq!(event.kind, kind);
        assert_eq!(event.topics[..2], ["product:7", "products"]);
        assert_eq!(event.topics[2..], ["category:lamps", "category:light"]);
        assert!(event.data.to_string().len() < 400, "{}", event.data);
    }
    let hidden = next(&lamp, |p| p.is_active = false);
    let planned = next(&lamp, |p| p.publish_at = Some(soon));
    let deleted = next(&lamp, |p| p.deleted_at = Some(Moment::now()));
    for gone in [&hidden, &planned, &deleted] {
        let event = heard(Action::Updated, Some(&lamp), Some(gone)).unwrap();
        assert_eq!(event.kind, "product.removed");
        assert_eq!(event.data, json!({ "id": 7, "slug": "slug" }));
        let back = heard(
            Action::Restored,
            Some(gone),
            Some(&next(gone, |p| *p = lamp.clone())),
        )
        .unwrap();
        assert_eq!(back.kind, "product.created");
    }
    assert_eq!(
        heard(Action::Created, None, Some(&lamp)).unwrap().kind,
        "product.created"
    );
    let due = Product {
        publish_at: Some(Moment::now()),
        ..lamp.clone()
    };
    assert_eq!(
        heard(Action::Published, Some(&due), Some(&due)).unwrap().kind,
        "product.created"
    );
    assert_eq!(
        heard(Action::SaleStarted, Some(&lamp), Some(&lamp)).unwrap().kind,
        "product.price"
    );
}

#[test]
fn nothing_of_a_hidden_product_leaves() {
    let secret = Product {
        is_active: false,
        ..lamp()
    };
    let deleted = Product {
        deleted_at: Some(Moment::now()),
        ..lamp()
    };
    let planned = Product {
        publish_at: Some(Moment::now().plus_seconds(60)),
        ..lamp()
    };
    for hidden in [&secret, &deleted, &planned] {
        let dearer = next(hidden, |p| p.price = Money::parse("1").unwrap());
        assert_eq!(heard(Action::Updated, Some(hidden), Some(&dearer)), None);
        assert_eq!(heard(Action::Created, None, Some(hidden)), None);
    }
    // What goes out of sight is told as it was, not as it has become.
    let renamed = next(&lamp(), |p| {
        p.is_active = false;
        p.slug = "canary".to_owned();
        p.category = Some("Vases".to_owned());
        p.name = "canary".to_owned();
    });
    let event = heard(Action::Updated, Some(&lamp()), Some(&renamed)).unwrap();
    let told = format!("{event:?}");
    assert!(!told.contains("canary") && !told.contains("vases"), "{told}");
}

#[test]
fn a_product_that_moves_is_told_in_both_categories() {
    let lamp = lamp();
    let moved = next(&lamp, |p| p.category = Some("Vases".to_owned()));
    let event = heard(Action::Updated, Some(&lamp), Some(&moved)).unwrap();
    assert_eq!(
        event.topics[2..],
        ["category:lamps", "category:light", "category:vases"]
    );
}

#[test]
fn a_category_without_products_is_not_spoken_of() {
    let hidden = Categories {
        visible: TermTree::default(),
        ..categories()
    };
    let term = category(2, "Lamps", Some(1));
    let renamed = Term {
        name: "Lights".to_owned(),
        ..term.clone()
    };
    let mut change = change(Action::Updated, None, None);
    change.entity_id = 2;
    change.state_before = Some(serde_json::to_string(&term).unwrap());
    change.state_after = Some(serde_json::to_string(&renamed).unwrap());
    assert_eq!(of_category(&change, Some(&hidden), &hidden), None);
    let event = of_category(&change, Some(&categories()), &categories()).unwrap();
    assert_eq!(
        (event.kind, &event.data["name"]),
        ("category.updated", &json!("Lights"))
    );
    change.state_after = None;
    for before in [Some(&categories()), None] {
        let event = of_category(&change, before, &hidden).unwrap();
        assert_eq!(
            (event.kind, event.data),
            ("category.removed", json!({"id": 2, "slug": term.slug}))
        );
    }
}

#[test]
fn topics_are_read_strictly() {
    let public = |name: &str| Some(Topic::Public(name.to_owned()));
    for (name, topic) in [
        ("products", public("products")),
        ("product:7", public("product:7")),
        ("product:007", public("product:7")),
        ("category:desk-lamps", public("category:desk-lamps")),
        ("admin:changes", Some(Topic::Owners("admin:changes".to_owned()))),
        ("admin:stock", Some(Topic::Owners("admin:stock".to_owned()))),
        ("", None),
        ("Products", None),
        ("products:", None),
        ("product:0", None),
        ("product:-7", None),
        ("product:+7", None),
        ("product:99999999999", None),
        ("category:", None),
        ("category:Desk Lamps", None),
        ("category:desk:lamps", None),
        ("admin:*", None),
        ("admin:", None),
    ] {
        assert_eq!(Topic::read(name), topic, "{name}");
    }
}

#[test]
fn a_product_runs_low_when_its_stock_falls_to_the_threshold_and_not_again_below_it() {
    let falls = |from: i32, to: i32, threshold: i32| {
        let before = next(&lamp(), |lamp| lamp.stock_quantity = from);
        let after = next(&before, |lamp| lamp.stock_quantity = to);
        let change = change(Action::Updated, Some(&before), Some(&after));
        low_stock(&change, threshold).map(|low| low.stock_quantity)
    };
    assert_eq!(falls(4, 3, 3), Some(3));
    assert_eq!(falls(100, 0, 3), Some(0));
    for (from, to, threshold) in [(5, 4, 3), (3, 2, 3), (3, 3, 3), (2, 9, 3), (4, 3, 0)] {
        assert_eq!(falls(from, to, threshold), None, "{from} to {to} at {threshold}");
    }
    let before = next(&lamp(), |lamp| lamp.stock_quantity = 9);
    let hidden = next(&before, |lamp| {
        lamp.stock_quantity = 1;
        lamp.is_active = false;
    });
    assert_eq!(
        low_stock(&change(Action::Updated, Some(&before), Some(&hidden)), 3),
        None
    );
    assert_eq!(low_stock(&change(Action::Created, None, Some(&lamp())), 3), None);
    assert_eq!(low_stock(&change(Action::Deleted, Some(&before), None), 3), None);
}
