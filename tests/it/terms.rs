//! What products are sorted and described by: the owner's pages for it, and what follows for products, addresses and
//! the change log.

mod forms;

use awc::http::Method;
use serde_json::{Value, json};
use vitrine::db::{Change, Seq, changes};

use crate::helpers::{Answer, Browser, Shop, html};
use crate::on_both_databases;

on_both_databases!(
    a_category_below_another_is_listed_with_it,
    a_rename_takes_its_products_along_and_forgets_no_address,
    a_merge_moves_products_and_what_stands_below,
    no_merge_makes_the_tree_too_deep,
    an_attribute_keeps_its_values_in_kind,
    lists_are_narrowed_by_attributes,
);

pub const CATEGORIES: &str = "/admin/categories";
pub const TAGS: &str = "/admin/tags";
pub const ATTRIBUTES: &str = "/admin/attributes";

/// Fills the form for a new one of a list; its own address.
pub async fn make(olive: &mut Browser<'_>, list: &str, fields: &[(&str, &str)]) -> String {
    let made = olive.submit(&format!("{list}/new"), list, fields).await;
    assert_eq!(made.status, 303, "{}", html::text(&made.text));
    let own = made.header("location").strip_suffix("?notice=added");
    own.expect("what was made has a page").to_owned()
}

pub fn id_of(own: &str) -> &str {
    own.rsplit('/').next().unwrap()
}

/// A page as a customer sees it who has seen every write.
pub async fn visit(shop: &Shop, path: &str) -> Answer {
    let seen = format!("vitrine_seq={}", shop.head().await);
    shop.send(Method::GET, path, &[("cookie", &seen)], None).await
}

/// The names of the products that a filter finds, sorted.
pub async fn found(shop: &Shop, query: &str) -> Vec<String> {
    let answer = shop.fresh(&format!("/api/v1/products?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text);
    let listed = answer.json();
    let products = listed["data"].as_array().unwrap().iter();
    let mut names: Vec<String> = products
        .map(|product| product["name"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

/// What the log tells of one kind of thing; the log itself is whole.
pub async fn log_of(shop: &Shop, entity: &str) -> Vec<Change> {
    let verified = shop.parts.db.unlogged("test", changes::verify).await.unwrap();
    assert!(verified.is_ok(), "{verified:?}");
    let all = |connection: &mut _| changes::after(connection, Seq(0), 10_000);
    let mut rows = shop.parts.db.unlogged("test", all).await.unwrap();
    rows.retain(|row| row.entity == entity);
    rows
}

pub fn after(change: &Change) -> Value {
    serde_json::from_str(change.state_after.as_deref().unwrap()).unwrap()
}

pub async fn product(shop: &Shop, id: &Value) -> Value {
    shop.fresh(&format!("/api/v1/products/{id}")).await.json()
}

pub async fn a_category_below_another_is_listed_with_it(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    let home = make(&mut olive, CATEGORIES, &[("name", "Home"), ("position", "20")]).await;
    let lamps = make(
        &mut olive,
        CATEGORIES,
        &[("name", "Lamps"), ("parent", id_of(&home))],
    )
    .await;
    make(&mut olive, CATEGORIES, &[("name", "Garden"), ("position", "30")]).await;
    for (name, category) in [("Bowl", "Home"), ("Lantern", "Lamps"), ("Rake", "Garden")] {
        shop.create(&json!({"name": name, "price": "1.00", "category": category}))
            .await;
    }
    assert_eq!(found(&shop, "category=home").await, ["Bowl", "Lantern"]);
    assert_eq!(found(&shop, "category=lamps").await, ["Lantern"]);
    let page = visit(&shop, "/categories/home").await.text;
    assert!(page.contains("Lantern") && page.contains("Bowl") && !page.contains("Rake"));

    // The list has the order of the tree, the child indented.
    let list = olive.open(CATEGORIES).await;
    html::assert_is_ours(&list.text, CATEGORIES);
    let rows: Vec<_> = html::tags(&list.text)
        .iter()
        .filter_map(|tag| tag.attribute("class").filter(|class| class.starts_with("what")))
        .map(str::to_owned)
        .collect();
    assert_eq!(rows, ["what depth-0", "what depth-1", "what depth-0"]);

    let refused = olive
        .submit(&home, &home, &[("parent", id_of(&lamps)), ("name", "House")])
        .await;
    assert_eq!(refused.status, 422);
    assert!(html::text(&refused.text).contains("must not be this category or one below it"));
    assert!(html::form(&refused.text, &home).contains(&("name".to_owned(), "House".to_owned())));
    // An id of another kind names nothing here.
    let wrong = olive.open(&format!("/admin/brands/{}", id_of(&home))).await;
    assert_eq!(wrong.status, 404);
}

pub async fn a_rename_takes_its_products_along_and_forgets_no_address(shop: Shop) {
    for name in ["Arc", "Bow", "Cone"] {
        shop.create(&json!({"name": name, "price": "1.00", "category": "Lamps"}))
            .await;
    }
    let mut olive = Browser::of_owner(&shop).await;
    let own = format!("{CATEGORIES}/1");
    let saved = olive
        .submit(&own, &own, &[("name", "Lights"), ("slug", "lights")])
        .await;
    assert_eq!(saved.header("location"), format!("{own}?notice=saved"));

    let old = visit(&shop, "/categories/lamps").await;
    assert_eq!((old.status, old.header("location")), (301, "/categories/lights"));
    assert_eq!(visit(&shop, "/categories/lights").await.status, 200);
    for name in ["lights", "Lights", "lamps", "Lamps"] {
        let found = found(&shop, &format!("category={name}")).await;
        assert_eq!(found, ["Arc", "Bow", "Cone"], "{name}");
    }
    let later = shop
        .create(&json!({"name": "Disc", "price": "1.00", "category": "lamps"}))
        .await;
    assert_eq!(later["category"], "Lights", "the old name still means it");

    let moved: Vec<Change> = log_of(&shop, "product")
        .await
        .into_iter()
        .filter(|row| row.action == "updated")
        .collect();
    assert_eq!(moved.len(), 3);
    for row in &moved {
        assert_eq!((row.actor.as_str(), row.version), ("user:1", 2));
        assert_eq!(after(row)["category"], "Lights");
    }
    let terms = log_of(&shop, "category").await;
    let actions: Vec<_> = terms.iter().map(|row| row.action.as_str()).collect();
    assert_eq!(
        actions,
        ["created", "updated"],
        "no second one was made of the old name"
    );
    // Saved again as it is, nothing happens.
    let head = shop.head().await;
    let same = olive.submit(&own, &own, &[]).await;
    assert_eq!(same.header("location"), format!("{own}?notice=unchanged"));
    assert_eq!(shop.head().await, head);
}

pub async fn a_merge_moves_products_and_what_stands_below(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    let lamps = make(&mut olive, CATEGORIES, &[("name", "Lamps")]).await;
    let desk = make(
        &mut olive,
        CATEGORIES,
        &[("name", "Desk lamps"), ("parent", id_of(&lamps))],
    )
    .await;
    let lights = make(&mut olive, CATEGORIES, &[("name", "Lights")]).await;
    let mut ids = Vec::new();
    for (name, category) in [("Arc", "Lamps"), ("Bow", "Desk lamps"), ("Cone", "Lights")] {
        let body = json!({"name": name, "price": "1.00", "category": category, "tags": ["fresh", "new"]});
        ids.push(shop.create(&body).await["product_id"].clone());
    }
    let (page, action) = (format!("{lamps}/merge"), format!("{lamps}/merge"));
    let below = olive.submit(&page, &action, &[("into", id_of(&desk))]).await;
    assert_eq!(below.status, 422);
    assert!(html::text(&below.text).contains("must not be the one that goes away, or one below it"));
    let unsaid = olive.submit(&page, &action, &[]).await;
    assert_eq!(unsaid.status, 422, "the first choice is none");
    html::assert_is_ours(&unsaid.text, &page);

    let merged = olive.submit(&page, &action, &[("into", id_of(&lights))]).await;
    assert_eq!(merged.header("location"), format!("{lights}?notice=merged"));
    assert_eq!(olive.open(&lamps).await.status, 404);
    let old = visit(&shop, "/categories/lamps").await;
    assert_eq!((old.status, old.header("location")), (301, "/categories/lights"));
    assert_eq!(found(&shop, "category=lights").await, ["Arc", "Bow", "Cone"]);
    assert_eq!(product(&shop, &ids[0]).await["category"], "Lights");
    // Each change in the log starts where the one before it ended, also that of the one below.
    let terms = log_of(&shop, "category").await;
    let of_desk: Vec<_> = terms
        .iter()
        .filter(|row| row.entity_id.to_string() == id_of(&desk))
        .collect();
    let moved = of_desk.last().unwrap();
    assert_eq!((moved.action.as_str(), moved.version), ("updated", 2));
    assert_eq!(after(moved)["parent_id"].to_string(), id_of(&lights));

    // Of two tags on one product one is left.
    let tags = shop.fresh("/api/v1/tags").await.json();
    let tag = |name: &str| {
        let all = tags["data"].as_array().unwrap().iter();
        let mut named = all.filter(|tag| tag["name"] == name);
        format!("{TAGS}/{}", named.next().unwrap()["tag_id"])
    };
    let action = format!("{}/merge", tag("fresh"));
    let merged = olive
        .submit(&action, &action, &[("into", id_of(&tag("new")))])
        .await;
    assert_eq!(merged.status, 303, "{}", html::text(&merged.text));
    assert_eq!(product(&shop, &ids[0]).await["tags"], json!(["new"]));
    assert_eq!(found(&shop, "tag=fresh").await, ["Arc", "Bow", "Cone"]);
    let log = log_of(&shop, "product").await;
    assert_eq!(log.iter().filter(|row| row.action == "updated").count(), 4);
}

async fn an_attribute_keeps_its_values_in_kind(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    let height = [("name", "Height"), ("kind", "number"), ("unit", "cm")];
    make(&mut olive, ATTRIBUTES, &height).await;
    let wood = [
        ("name", "Wood"),
        ("kind", "choice"),
        ("choices", "Oak\r\nBeech\r\nAsh"),
    ];
    let wood = make(&mut olive, ATTRIBUTES, &wood).await;
    let table = json!({"name": "Table", "price": "1.00", "attributes": {"height": 72.5, "wood": "oak"}});
    let made = shop.create(&table).await;
    assert_eq!(made["attributes"], json!({"height": 72.5, "wood": "Oak"}));

    for (key, value) in [
        ("height", json!("tall")),
        ("height", json!(1.2345)),
        ("wood", json!("Pine")),
        ("depth", json!(1)),
    ] {
        let body = json!({"name": "Chair", "price": "1.00", "attributes": {key: value}});
        let refused = shop
            .admin(Method::POST, "/api/admin/products", &[], Some(&body))
            .await;
        let pointer = &refused.json()["errors"][0]["pointer"];
        assert_eq!(
            (refused.status, pointer),
            (422, &json!(format!("/attributes/{key}"))),
            "{value}"
        );
    }

    let refused = olive.submit(&wood, &wood, &[("choices", "Beech\r\nAsh")]).await;
    assert_eq!(refused.status, 422);
    let said = html::text(&refused.text);
    assert!(said.contains("lacks “Oak”, which products have"), "{said}");
    let fewer = olive
        .submit(&wood, &wood, &[("choices", "Ash\r\nOak"), ("name", "Timber")])
        .await;
    assert_eq!(fewer.header("location"), format!("{wood}?notice=saved"));
    let page = olive.open(&format!("{wood}?notice=saved")).await;
    html::assert_is_ours(&page.text, &wood);
    let fields = html::form(&page.text, &wood);
    assert!(fields.contains(&("choices".to_owned(), "Ash\nOak".to_owned())));
    assert!(
        !fields.iter().any(|(name, _)| name == "kind" || name == "key"),
        "they never change"
    );
    assert!(olive.open(ATTRIBUTES).await.text.contains("Choice: Ash, Oak"));
    let actions: Vec<String> = log_of(&shop, "attribute")
        .await
        .into_iter()
        .map(|row| row.action)
        .collect();
    assert_eq!(actions, ["created", "created", "updated"]);
}

pub async fn lists_are_narrowed_by_attributes(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    for (name, kind, choices) in [
        ("Height", "number", ""),
        ("Wood", "choice", "Oak\nBeech"),
        ("Foldable", "yes_no", ""),
    ] {
        let fields = [("name", name), ("kind", kind), ("choices", choices)];
        make(&mut olive, ATTRIBUTES, &fields).await;
    }
    for (name, attributes) in [
        ("High", json!({"height": 110, "wood": "Oak", "foldable": false})),
        (
            "Middle",
            json!({"height": 72.5, "wood": "Beech", "foldable": true}),
        ),
        ("Low", json!({"height": 9, "wood": "Oak"})),
    ] {
        shop.create(&json!({"name": name, "price": "1.00", "attributes": attributes}))
            .await;
    }
    for (query, names) in [
        ("attr.wood=oak", &["High", "Low"][..]),
        ("attr.wood=oak&attr.wood=beech", &["High", "Low", "Middle"]),
        ("attr.wood=Oak&attr.height.max=100", &["Low"]),
        ("attr.height.min=72.5", &["High", "Middle"]),
        ("attr.height.min=9.001&attr.height.max=110", &["High", "Middle"]),
        ("attr.height=72.5", &["Middle"]),
        ("attr.foldable=yes", &["Middle"]),
    ] {
        assert_eq!(found(&shop, query).await, names, "{query}");
    }
    let refused = shop.get("/api/v1/products?attr.height.min=tall").await;
    assert_eq!(refused.status, 400);
}

async fn no_merge_makes_the_tree_too_deep(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    let mut above = String::new();
    for name in ["One", "Two", "Three", "Four", "Five"] {
        let fields = [("name", name), ("parent", id_of(&above))];
        above = make(&mut olive, CATEGORIES, &fields).await;
    }
    let deeper = [("name", "Six"), ("parent", id_of(&above))];
    let refused = olive
        .submit(&format!("{CATEGORIES}/new"), CATEGORIES, &deeper)
        .await;
    assert_eq!(refused.status, 422);
    let side = make(&mut olive, CATEGORIES, &[("name", "Side")]).await;
    let fields = [("name", "Below"), ("parent", id_of(&side))];
    let below = make(&mut olive, CATEGORIES, &fields).await;
    let action = format!("{side}/merge");
    let refused = olive.submit(&action, &action, &[("into", id_of(&above))]).await;
    assert_eq!(refused.status, 422);
    assert!(html::text(&refused.text).contains("would make more than 5 levels"));
    // What has nothing below it fits.
    let action = format!("{below}/merge");
    let merged = olive.submit(&action, &action, &[("into", id_of(&above))]).await;
    assert_eq!(merged.status, 303);
}
