//! The form over the lists that customers see: it offers what is there, loses nothing, and leads out of empty lists.

mod slips;

use serde_json::json;

use crate::helpers::{Answer, Browser, Shop, html};
use crate::on_both_databases;

on_both_databases!(
    a_form_offers_what_its_list_has,
    a_large_shop_offers_what_it_has,
    a_form_that_is_sent_back_means_the_same_list,
    each_chip_takes_away_itself_and_nothing_else,
);

const FORM: &str = "/products#found";

/// Two categories, two brands, attributes of each kind.
async fn stock_up(shop: &Shop) {
    let mut olive = Browser::of_owner(shop).await;
    for (name, kind, unit, choices) in [
        ("Wood", "choice", "", "Oak\nBeech\nPine"),
        ("Height", "number", "cm", ""),
        ("Foldable", "yes_no", "", ""),
        ("Origin", "text", "", ""),
    ] {
        let fields = [
            ("name", name),
            ("kind", kind),
            ("unit", unit),
            ("choices", choices),
        ];
        let made = olive
            .submit("/admin/attributes/new", "/admin/attributes", &fields)
            .await;
        assert_eq!(made.status, 303, "{}", made.text);
    }
    for (name, price, category, brand, tags, attributes) in [
        (
            "Table",
            "90.00",
            "Tables",
            "Zeal",
            json!(["gift"]),
            json!({"wood": "Oak", "height": 72.5, "foldable": true, "origin": "Jura"}),
        ),
        (
            "Desk",
            "120.00",
            "Tables",
            "Élan",
            json!([]),
            json!({"wood": "Beech", "height": 75}),
        ),
        (
            "Shelf",
            "40.00",
            "Shelves",
            "Zeal",
            json!(["new"]),
            json!({"wood": "Beech", "height": 180}),
        ),
    ] {
        let body = json!({"name": name, "price": price, "category": category, "brand": brand, "tags": tags,
            "attributes": attributes, "stock_quantity": 1});
        shop.create(&body).await;
    }
    // What customers cannot see is not offered to them.
    let hidden = json!({"name": "Hidden", "price": "1.00", "category": "Tables", "brand": "Unseen",
        "attributes": {"wood": "Pine"}, "is_active": false});
    shop.create(&hidden).await;
}

/// A page as a customer sees it who has seen every write.
async fn visit(shop: &Shop, path: &str) -> Answer {
    let page = shop.fresh(path).await;
    html::assert_is_ours(&page.text, path);
    page
}

/// The values that the form offers under a name, in their order.
fn offered(page: &Answer, name: &str) -> Vec<String> {
    let tags = html::tags(&page.text);
    let (mut values, mut open) = (Vec::new(), false);
    for tag in &tags {
        let is_named = tag.attribute("name") == Some(name);
        match (tag.name.as_str(), tag.attribute("type")) {
            ("select", _) => open = is_named,
            ("option", _) if open => values.extend(tag.attribute("value")),
            ("input", Some("checkbox")) if is_named => values.extend(tag.attribute("value")),
            _ => {}
        }
    }
    values.retain(|value| !value.is_empty());
    values.into_iter().map(str::to_owned).collect()
}

fn products(page: &Answer) -> Vec<String> {
    let tags = html::tags(&page.text);
    let is_name = |tag: &html::Tag| tag.attribute("class") == Some("card-name");
    let names = (0..tags.len()).filter(|at| is_name(&tags[*at]));
    // What was searched for is marked in it.
    let name = |at: usize| {
        let marked = tags[at + 1..].iter().take_while(|tag| tag.name == "mark");
        let texts = marked.map(|tag| tag.text.as_str());
        [tags[at].text.as_str()].into_iter().chain(texts).collect()
    };
    names.map(name).collect()
}

/// Where each chip leads, by its words.
fn chips(page: &Answer) -> Vec<(String, String)> {
    let Some((_, group)) = page.text.split_once("aria-label=\"Filters in use\"") else {
        return Vec::new();
    };
    let group = group.split("<a class=\"clear\"").next().unwrap();
    let links = group
        .split("<a class=\"chip\"")
        .skip(1)
        .map(|link| format!("<a{link}"));
    let chip = |link: String| {
        let tags = html::tags(&link);
        let words = html::text(&link).replace("Remove filter: ", "");
        (words, tags.first().unwrap().attribute("href").unwrap().to_owned())
    };
    links.map(chip).collect()
}

async fn a_form_offers_what_its_list_has(shop: Shop) {
    stock_up(&shop).await;
    let all = visit(&shop, "/products").await;
    assert_eq!(offered(&all, "brand"), ["Élan", "Zeal"]);
    assert_eq!(offered(&all, "tag"), ["gift", "new"]);
    assert_eq!(offered(&all, "attr.wood"), ["Oak", "Beech"]);
    assert_eq!(offered(&all, "attr.foldable"), ["Yes"]);
    assert_eq!(
        offered(&all, "attr.origin"),
        ["Jura"],
        "texts are there to be chosen"
    );
    assert!(html::text(&all.text).contains("Between 72.5 and 180 cm"));
    let shelves = visit(&shop, "/categories/shelves").await;
    assert_eq!(offered(&shelves, "brand"), ["Zeal"]);
    assert_eq!(offered(&shelves, "attr.wood"), ["Beech"]);
    assert!(
        !shelves.text.contains("name=\"attr.height.min\""),
        "one height is no choice"
    );
    // What is in use can be changed for another; the rest is what is left.
    let zeal = visit(&shop, "/products?brand=zeal&category=Tables").await;
    assert_eq!(products(&zeal), ["Table"]);
    assert_eq!(offered(&zeal, "brand"), ["Élan", "Zeal"]);
    assert_eq!(offered(&zeal, "attr.wood"), ["Oak"]);
    // A change is seen at once.
    shop.create(&json!({"name": "Lamp", "price": "1.00", "brand": "Ahorn"}))
        .await;
    assert_eq!(
        offered(&visit(&shop, "/products").await, "brand"),
        ["Ahorn", "Élan", "Zeal"]
    );
}

async fn a_large_shop_offers_what_it_has(shop: Shop) {
    stock_up(&shop).await;
    let digits = "(SELECT 0 d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5)";
    let slug = if shop.parts.is_on_sqlite() {
        "'s' || a.d || b.d || c.d || e.d"
    } else {
        "CONCAT('s', a.d, b.d, c.d, e.d)"
    };
    let insert = format!(
        "INSERT INTO products (name, name_key, slug, price, stock_quantity, is_active, version, created_at, updated_at) \
         SELECT 'Vase', 'vase', {slug}, 1, 0, 1, 1, '2026-01-01 00:00:00', '2026-01-01 00:00:00' \
         FROM {digits} a, {digits} b, {digits} c, {digits} e"
    );
    shop.sql(insert).await;
    shop.create(&json!({"name": "Newest", "price": "1.00"})).await;
    let all = visit(&shop, "/products").await;
    assert_eq!(offered(&all, "brand"), ["Élan", "Zeal"]);
    assert_eq!(offered(&all, "tag"), ["gift", "new"]);
    assert_eq!(offered(&all, "attr.foldable"), ["Yes"]);
    assert!(html::text(&all.text).contains("Between 72.5 and 180 cm"));
    let shelves = visit(&shop, "/categories/shelves").await;
    assert_eq!(
        offered(&shelves, "brand"),
        ["Zeal"],
        "a small category knows its own"
    );
    // What many products have is met on the way, what few have is looked up: the same are found.
    for many in [
        "INSERT INTO product_attributes (attribute_id, product_id, value_key, value_number) SELECT attribute_id, product_id, \
         'oak', NULL FROM attributes, products WHERE attribute_key = 'wood' AND products.name = 'Vase'",
        "INSERT INTO product_attributes (attribute_id, product_id, value_key, value_number) SELECT attribute_id, product_id, \
         '50', 50000 FROM attributes, products WHERE attribute_key = 'height' AND products.name = 'Vase'",
        "INSERT INTO product_tags (term_id, product_id) SELECT term_id, product_id FROM terms, products \
         WHERE taxonomy = 'tag' AND terms.name = 'gift' AND products.name = 'Vase'",
    ] {
        shop.sql(many.to_owned()).await;
    }
    shop.create(&json!({"name": "Later", "price": "1.00"})).await;
    for (query, found) in [
        ("attr.wood=oak", 1297),
        ("attr.wood=oak&attr.wood=beech", 1299),
        ("tag=gift", 1297),
        ("tag=gift&tag=new&attr.height.max=72.5", 1297),
        ("attr.height.max=50&attr.wood=oak&in_stock=false", 1296),
        ("attr.height.min=60&tag=gift", 1),
        ("attr.wood=oak&tag=gift&category=tables", 1),
    ] {
        let answer = shop.fresh(&format!("/api/v1/products?total=true&{query}")).await;
        assert_eq!(answer.json()["meta"]["total"], found, "{query}");
    }
    // More brands than a list to choose from holds: they are typed.
    let brands =
        (0..60).map(|number| format!("SELECT 'Brand {number}' n, 'brand {number:02}' k, 'brand-{number}' s"));
    let brands = brands.collect::<Vec<_>>().join(" UNION ALL ");
    shop.sql(format!(
        "INSERT INTO terms (taxonomy, name, name_key, slug, created_at, updated_at) \
         SELECT 'brand', n, k, s, '2026-01-01 00:00:00', '2026-01-01 00:00:00' FROM ({brands}) b"
    ))
    .await;
    let brand = if shop.parts.is_on_sqlite() {
        "'Brand ' || (product_id % 60)"
    } else {
        "CONCAT('Brand ', product_id % 60)"
    };
    shop.sql(format!("UPDATE products SET brand = {brand} WHERE name = 'Vase'"))
        .await;
    shop.create(&json!({"name": "Another", "price": "1.00"})).await;
    // An index follows the log, which knows of none of these.
    let shop = shop.beside(|settings| settings.features.search = false).await;
    let many = visit(&shop, "/products?brand=Zeal&brand=Brand+7").await;
    let field = |name: &str| {
        html::tags(&many.text)
            .into_iter()
            .find(|tag| tag.attribute("id") == Some(name))
            .unwrap()
    };
    assert_eq!(field("field-brand").attribute("value"), Some("Zeal"));
    assert_eq!(field("field-brand").attribute("list"), Some("field-brand-list"));
    assert!(
        many.text
            .contains("<input type=\"hidden\" name=\"brand\" value=\"Brand 7\">")
    );
}

/// A filter of everything that there is.
const EVERYTHING: &str = "category=tables&category=shelves&brand=zeal&brand=Nobody&tag=gift&tag=new&attr.wood=oak&attr.wood=Beech\
    &attr.height.min=1&attr.height.max=200&attr.foldable=yes&attr.origin=Jura&q=table&min_price=1&max_price=500&in_stock=true\
    &on_sale=false&created_since=2000-01-01T10%3A00%3A00Z&created_until=2037-01-01&min_popularity=0&sort=-price%2Cname";

async fn a_form_that_is_sent_back_means_the_same_list(shop: Shop) {
    stock_up(&shop).await;
    let path = format!("/products?{EVERYTHING}");
    let page = visit(&shop, &path).await;
    assert_eq!(products(&page), ["Table"], "{}", html::text(&page.text));
    assert_eq!(chips(&page).len(), 20);
    let fields = html::form_by(&page.text, FORM, "get");
    let again = visit(
        &shop,
        &format!("/products?{}", serde_urlencoded::to_string(&fields).unwrap()),
    )
    .await;
    let words = |page: &Answer| {
        let mut words: Vec<String> = chips(page)
            .into_iter()
            .map(|(words, _)| words.to_lowercase())
            .collect();
        words.sort();
        words
    };
    assert_eq!(words(&again), words(&page));
    assert_eq!(products(&again), ["Table"]);
    // One more choice keeps all others.
    let more = [fields, vec![("attr.wood".to_owned(), "Pine".to_owned())]].concat();
    let more = visit(
        &shop,
        &format!("/products?{}", serde_urlencoded::to_string(&more).unwrap()),
    )
    .await;
    assert_eq!(chips(&more).len(), 21);
}

async fn each_chip_takes_away_itself_and_nothing_else(shop: Shop) {
    stock_up(&shop).await;
    let page = visit(&shop, &format!("/products?{EVERYTHING}")).await;
    let all: Vec<String> = chips(&page).into_iter().map(|(words, _)| words).collect();
    assert!(
        [
            "By Zeal",
            "#gift",
            "Wood: Oak",
            "Height from 1 cm",
            "Height up to 200 cm",
            "Foldable: Yes",
            "From €1.00",
            "Not on sale"
        ]
        .iter()
        .all(|words| all.iter().any(|chip| chip == words)),
        "{all:?}"
    );
    for (words, address) in chips(&page) {
        let left: Vec<String> = chips(&visit(&shop, &address).await)
            .into_iter()
            .map(|(words, _)| words)
            .collect();
        let others: Vec<&String> = all.iter().filter(|other| **other != words).collect();
        assert_eq!(left.iter().collect::<Vec<_>>(), others, "without {words}");
        assert!(address.ends_with("&sort=-price%2Cname"), "{address}");
    }
}
