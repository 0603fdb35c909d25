//! What strangers may try: stored and shown as text, or refused; never a 5xx, never markup.

use awc::http::Method;
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

use crate::helpers::{Answer, Browser, Shop, html, skipped};
use crate::on_both_databases;

on_both_databases!(
    naughty_words_are_kept_and_shown_as_text_or_refused,
    naughty_words_find_nothing_and_break_nothing,
);

const FOLDER: &str = "../shared/data/hostile";

/// The big list of naughty strings; nothing, loudly, where it is not there.
pub fn naughty() -> Vec<String> {
    let Ok(text) = std::fs::read_to_string(format!("{FOLDER}/blns.json")) else {
        skipped(&format!("{FOLDER}/blns.json is not here"));
        return Vec::new();
    };
    let strings: Vec<String> = serde_json::from_str(&text).unwrap();
    assert!(strings.len() > 500);
    strings
}

/// Lists of attacks: cross-site scripting, SQL, paths, header lines.
fn attacks() -> Vec<String> {
    let names = [
        "rsnake-xss",
        "fuzzdb-mysql",
        "directory-traversal",
        "crlfinjection",
    ];
    let read = |name: &&str| {
        let path = format!("{FOLDER}/patt_{name}.txt");
        let bytes = std::fs::read(&path)
            .inspect_err(|_| skipped(&format!("{path} is not here")))
            .unwrap_or_default();
        String::from_utf8_lossy(&bytes)
            .lines()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    names.iter().flat_map(read).collect()
}

/// Whether a string could become markup at all; reading a page through takes longer than making it.
fn has_signs(string: &str) -> bool {
    string.contains(['<', '>', '"', '\'', '&', '='])
}

fn assert_page_is_ours(answer: &Answer, what: &str) {
    assert!(
        answer.header("content-type").starts_with("text/html"),
        "{what}: {}",
        answer.header("content-type")
    );
    html::assert_is_ours(&answer.text, what);
}

async fn naughty_words_are_kept_and_shown_as_text_or_refused(shop: Shop) {
    let owner = Browser::of_owner(&shop).await;
    let cookie = format!("vitrine_sid={}", owner.cookie("vitrine_sid"));
    let (shop, cookie) = (&shop, cookie.as_str());
    stream::iter(naughty())
        .for_each_concurrent(8, |string| async move {
            // All fields at once; where one of them is refused, each by itself.
            let mut kept = keep(shop, &["name", "description", "category"], &string).await;
            if kept.is_none() {
                for field in ["name", "description", "category"] {
                    kept = keep(shop, &[field], &string).await.or(kept);
                }
            }
            if let Some((product, seq)) = kept {
                show(
                    shop,
                    &product,
                    &format!("{cookie}; vitrine_seq={seq}"),
                    has_signs(&string),
                )
                .await;
            }
        })
        .await;
    for path in [
        "/",
        "/products",
        "/products?sort=name",
        "/search?q=script",
        "/admin/products",
    ] {
        let seq = format!("vitrine_seq={}; {cookie}", shop.head().await);
        let page = shop
            .send(
                Method::GET,
                path,
                &[("cookie", &seq), ("accept", "text/html")],
                None,
            )
            .await;
        assert_eq!(page.status, 200, "{path}");
        assert_page_is_ours(&page, path);
    }
    let categories = shop.fresh("/api/v1/categories").await;
    assert_eq!(categories.status, 200);
    categories.json();
}

/// Creates a product with the string in some fields; what is kept is the string, with its white space in order. With it
/// comes the position at which it can be seen.
async fn keep(shop: &Shop, fields: &[&str], string: &str) -> Option<(Value, String)> {
    let mut body = json!({"name": "Lamp", "price": "1.00"});
    for field in fields {
        body[*field] = string.into();
    }
    let answer = shop
        .admin(Method::POST, "/api/admin/products", &[], Some(&body))
        .await;
    assert!(
        answer.header("content-type").contains("json"),
        "{fields:?} {string:?}"
    );
    let kept = answer.json();
    if answer.status != 201 {
        let pointer = kept["errors"][0]["pointer"]
            .as_str()
            .unwrap_or_else(|| panic!("{string:?}: {kept}"));
        assert!(
            answer.status == 422 && fields.contains(&&pointer[1..]),
            "{fields:?} {string:?}: {kept}"
        );
        return None;
    }
    let spaceless = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    // A category may have been there already, in another spelling.
    for field in fields.iter().filter(|field| **field != "category") {
        if kept[*field].is_null() {
            let invisible =
                |c: char| c.is_whitespace() || ('\u{200B}'..='\u{200F}').contains(&c) || c == '\u{FEFF}';
            assert!(string.chars().all(invisible), "{field} {string:?} was lost");
        } else {
            assert_eq!(
                spaceless(kept[*field].as_str().unwrap()),
                spaceless(string),
                "{field} {string:?}"
            );
        }
    }
    Some((kept, answer.header("x-change-seq").to_owned()))
}

/// Looks at a product on its page, in its list and in the owner's form.
async fn show(shop: &Shop, product: &Value, cookie: &str, with_form: bool) {
    let what = product.to_string();
    let open = |path: String| async move {
        shop.send(
            Method::GET,
            &path,
            &[("cookie", cookie), ("accept", "text/html")],
            None,
        )
        .await
    };
    let page = open(format!("/products/{}", product["slug"].as_str().unwrap())).await;
    assert_eq!(page.status, 200, "{what}");
    assert_page_is_ours(&page, &what);
    let facts = html::facts_of(&page.text, "Product").unwrap();
    assert_eq!(
        (&facts["name"], facts.get("category").unwrap_or(&Value::Null)),
        (&product["name"], &product["category"])
    );
    if !product["description"].is_null() {
        assert_eq!(facts["description"], product["description"]);
    }
    let shown = html::text(&page.text);
    for field in ["name", "category"] {
        let kept = product[field].as_str().unwrap_or_default();
        assert!(
            shown.contains(kept),
            "{field} is not on the page of {what}:\n{shown}"
        );
    }
    for line in product["description"].as_str().unwrap_or_default().lines() {
        assert!(
            shown.contains(line.trim()),
            "{line:?} is not on the page of {what}:\n{shown}"
        );
    }
    if !with_form {
        return;
    }
    let own = format!("/admin/products/{}", product["product_id"]);
    let form = open(own.clone()).await;
    assert_page_is_ours(&form, &what);
    let fields = html::form(&form.text, &own);
    for field in ["name", "description", "category"] {
        let kept = product[field].as_str().unwrap_or_default().to_owned();
        assert!(
            fields.contains(&(field.to_owned(), kept)),
            "{field} is not in the form of {what}: {fields:?}"
        );
    }
}

async fn naughty_words_find_nothing_and_break_nothing(shop: Shop) {
    for (name, category) in [("Lamp & shade", "Lamps"), ("O'Neill's \"vase\"", "Vases")] {
        shop.create(&json!({"name": name, "price": "1.00", "category": category}))
            .await;
    }
    let shop = &shop;
    stream::iter(naughty().into_iter().chain(attacks()))
        .for_each_concurrent(8, |string| async move {
            for (path, parameters) in [
                ("/products", ["q", "category", "sort"].as_slice()),
                ("/search", &["q"]),
                ("/api/v1/products", &["q", "category"]),
            ] {
                let pairs: Vec<_> = parameters.iter().map(|name| (*name, string.as_str())).collect();
                let query = serde_urlencoded::to_string(pairs).unwrap();
                let answer = shop.get(&format!("{path}?{query}")).await;
                let what = format!("{path} {parameters:?} {string:?}");
                assert!(
                    matches!(answer.status, 200 | 400),
                    "{what}: {} {}",
                    answer.status,
                    answer.text
                );
                if path.starts_with("/api/") {
                    assert!(answer.header("content-type").contains("json"), "{what}");
                    answer.json();
                } else if has_signs(&string) {
                    assert_page_is_ours(&answer, &what);
                }
            }
        })
        .await;
    let left = shop.count("SELECT COUNT(*) AS count FROM products").await;
    assert_eq!(left, 2, "a question changed the shop");
}

/// As a part of the path: no file, no header, no product comes of it.
#[actix_web::test]
async fn naughty_addresses_lead_nowhere() {
    let shop = &Shop::on_sqlite().await;
    stream::iter(naughty().into_iter().chain(attacks()))
        .for_each_concurrent(8, |string| async move {
            let part = percent_encoding::utf8_percent_encode(&string, percent_encoding::NON_ALPHANUMERIC)
                .to_string();
            for place in ["/products/", "/static/0/", "/media/0/", "/api/v1/products/"] {
                let answer = shop.get(&format!("{place}{part}")).await;
                let what = format!("{place}{part}");
                let is_list = matches!(string.trim_matches('/'), "" | "." | "..");
                assert!(
                    matches!(answer.status, 301 | 400 | 404 | 414) || is_list,
                    "{what}: {}",
                    answer.status
                );
                let target = answer.header("location");
                assert!(
                    target.is_empty() || target.starts_with('/') && !target.starts_with("//"),
                    "{what} leads to {target}"
                );
                assert!(
                    !answer.text.contains("root:") && answer.header("x-injected").is_empty(),
                    "{what}"
                );
                if has_signs(&string) && answer.header("content-type").starts_with("text/html") {
                    assert_page_is_ours(&answer, &what);
                }
            }
        })
        .await;
}
