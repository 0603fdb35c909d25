//! The document that describes the API, its page, and its examples. That answers keep to it is checked at every request
//! of every test (`helpers/contract.rs`).

use std::collections::BTreeSet;

use awc::http::Method;
use serde_json::{Value, json};
use vitrine::config::{Features, Role, Settings};

use crate::helpers::{Answer, Shop, html, make_key};
use crate::on_both_databases;

on_both_databases!(every_example_works_with_the_scope_that_it_names);

/// An operation of a document.
struct Operation<'a> {
    path: &'a str,
    method: &'a str,
    value: &'a Value,
}

impl Operation<'_> {
    fn row(&self) -> String {
        format!("{} {}", self.method.to_uppercase(), self.path)
    }

    fn scope(&self) -> Option<&str> {
        self.value["security"][0]["key"][0].as_str()
    }

    fn examples(&self) -> impl Iterator<Item = &str> {
        let samples = self.value["x-codeSamples"].as_array().unwrap();
        samples.iter().map(|sample| sample["source"].as_str().unwrap())
    }

    /// What the examples get: the first promise that is a yes.
    fn success(&self) -> u16 {
        let statuses = self.value["responses"].as_object().unwrap().keys();
        statuses.map(|status| status.parse().unwrap()).min().unwrap()
    }
}

fn operations(document: &Value) -> Vec<Operation<'_>> {
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, value) in methods.as_object().unwrap() {
            all.push(Operation { path, method, value });
        }
    }
    all
}

#[actix_web::test]
async fn the_document_is_whole() {
    let shop = Shop::on_sqlite().await;
    let answer = shop.get("/openapi.json").await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, "application/json; charset=utf-8")
    );
    let document = answer.json();
    assert_eq!(document["openapi"], "3.1.0");
    let tags: Vec<_> = document["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| &tag["name"])
        .collect();
    let mut ids = BTreeSet::new();
    for operation in operations(&document) {
        let (row, value) = (operation.row(), operation.value);
        assert!(ids.insert(value["operationId"].as_str().unwrap()), "{row}");
        assert!(
            tags.contains(&&value["tags"][0]) && value["summary"].as_str().unwrap().len() > 5,
            "{row}"
        );
        assert!(operation.examples().next().is_some(), "{row} has no example");
        assert!(operation.success() < 300, "{row}");
        let placeholders = operation.path.split(['{', '}']).skip(1).step_by(2);
        let parameters = value["parameters"].as_array().unwrap().iter();
        let in_path = parameters.clone().filter(|parameter| parameter["in"] == "path");
        assert!(
            in_path
                .map(|parameter| parameter["name"].as_str().unwrap())
                .eq(placeholders),
            "{row}"
        );
        let names: BTreeSet<_> = parameters
            .clone()
            .map(|one| (one["in"].as_str(), one["name"].as_str()))
            .collect();
        assert_eq!(names.len(), parameters.len(), "{row} names a parameter twice");
    }
    let mut references = BTreeSet::new();
    collect_references(&document, &mut references);
    for reference in &references {
        assert!(
            document.pointer(&reference[1..]).is_some(),
            "{reference} leads nowhere"
        );
    }
    for kind in ["schemas", "responses"] {
        for name in document["components"][kind].as_object().unwrap().keys() {
            let reference = format!("#/components/{kind}/{name}");
            assert!(references.contains(&reference), "nothing uses {reference}");
        }
    }
}

fn collect_references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|field| collect_references(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_references(item, found)),
        _ => {}
    }
}

#[actix_web::test]
async fn what_is_switched_off_is_not_described() {
    let all = Settings::load(None).unwrap().features;
    for (features, inside, outside) in [
        (all.narrowed_to(Role::Catalog), "/api/v1/search", "admin"),
        (
            all.narrowed_to(Role::Admin),
            "/api/admin/products",
            "/api/v1/products",
        ),
        (
            Features { search: false, ..all },
            "/api/v1/products",
            "/api/v1/search",
        ),
    ] {
        let shop = Shop::on_sqlite_with(|settings| settings.features = features).await;
        let document = shop.get("/openapi.json").await.text;
        assert!(
            document.contains(inside) && !document.contains(outside),
            "{features:?}: {document}"
        );
        let page = shop.get("/docs").await.text;
        assert!(
            page.contains(inside) && !page.contains(&format!("<code>{outside}")),
            "{features:?}"
        );
    }
}

#[actix_web::test]
async fn the_executable_prints_what_the_shop_serves() {
    let shop = Shop::on_sqlite().await;
    let printed = shop.vitrine(&["openapi"]).output().unwrap();
    let printed: Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!(printed, shop.get("/openapi.json").await.json());
}

#[actix_web::test]
async fn the_page_shows_every_operation_and_every_shape() {
    let shop = Shop::on_sqlite().await;
    let document = shop.get("/openapi.json").await.json();
    let page = shop.get("/docs").await;
    assert_eq!(page.status, 200);
    html::assert_is_ours(&page.text, "/docs");
    let page = page
        .text
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    for operation in operations(&document) {
        let id = operation.value["operationId"].as_str().unwrap();
        assert!(page.contains(&format!("id=\"{id}\"")), "{id}");
        for parameter in operation.value["parameters"].as_array().unwrap() {
            let name = parameter["name"].as_str().unwrap();
            assert!(page.contains(&format!("<code>{name}</code>")), "{name} of {id}");
        }
        for example in operation.examples() {
            assert!(page.contains(example), "{example}");
        }
    }
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(page.contains(&format!("id=\"shape-{name}\"")), "{name}");
    }
    assert!(page.contains(&format!("SHOP={}", shop.base)));
}

/// In the demo shop each example gets the answer that its operation promises, with a key of the scope that it names and
/// of no weaker one.
async fn every_example_works_with_the_scope_that_it_names(shop: Shop) {
    vitrine::exchange::demo::seed(&shop.parts.catalog, &shop.parts.media)
        .await
        .unwrap();
    // One example restores what was deleted before.
    let deleted = shop
        .admin(
            Method::DELETE,
            "/api/admin/products/2",
            &[("if-match", "\"v1\"")],
            None,
        )
        .await;
    assert_eq!(deleted.status, 204, "{}", deleted.text);
    // Others read, change and delete what the owner says that searches mean.
    for (path, body) in [
        ("synonyms", json!({"query": "settee", "words": ["sofa"]})),
        ("synonyms", json!({"query": "torch", "words": ["lantern"]})),
        ("redirects", json!({"query": "gift card", "target": "/products"})),
        ("redirects", json!({"query": "opening hours", "target": "/"})),
    ] {
        let path = format!("/api/admin/search/{path}");
        let made = shop.admin(Method::POST, &path, &[], Some(&body)).await;
        assert_eq!(made.status, 201, "{}", made.text);
    }
    let scopes = ["catalog:read", "catalog:write", "admin"];
    let mut keys = Vec::new();
    for scope in scopes {
        keys.push(make_key(&shop.parts, scope).await);
    }
    // Others go on with proposals, of which the first is a draft.
    let bearer = format!("Bearer {}", keys[2]);
    for place in 1..=6 {
        let body = json!({"product": {"name": "Lamp", "price": "5.00"}, "draft": place == 1});
        let headers = [("authorization", bearer.as_str())];
        let made = shop
            .send(Method::POST, "/api/v1/submissions", &headers, Some(&body))
            .await;
        assert_eq!(
            (made.status, &made.json()["submission_id"]),
            (201, &json!(place)),
            "{}",
            made.text
        );
    }
    // Others change, delete and renew webhooks, which are off: nobody out there is called.
    for _ in 1..=3 {
        let body = json!({"url": "https://shop.example/hooks", "is_active": false});
        let made = shop
            .admin(Method::POST, "/api/admin/webhooks", &[], Some(&body))
            .await;
        assert_eq!(made.status, 201, "{}", made.text);
    }
    let picture = json!({"content": crate::submissions::PIXEL});
    let headers = [("authorization", bearer.as_str())];
    let path = "/api/v1/submissions/6/pictures";
    let kept = shop.send(Method::POST, path, &headers, Some(&picture)).await;
    assert_eq!(kept.status, 201, "{}", kept.text);
    let document = shop.get("/openapi.json").await.json();
    for operation in operations(&document) {
        let strength = scopes.iter().position(|scope| operation.scope() == Some(scope));
        assert_eq!(
            strength.is_some(),
            operation.scope().is_some(),
            "{}",
            operation.row()
        );
        for example in operation.examples() {
            if let Some(weaker) = strength.and_then(|strength| strength.checked_sub(1)) {
                let refused = run(&shop, example, &keys[weaker]).await;
                assert_eq!(refused.status, 403, "{example} with {}", scopes[weaker]);
            }
            let answer = run(&shop, example, &keys[strength.unwrap_or(0)]).await;
            assert_eq!(answer.status, operation.success(), "{example}\n{}", answer.text);
        }
    }
}

/// Does what curl would do, against this shop; a read sees every write.
async fn run(shop: &Shop, example: &str, key: &str) -> Answer {
    let example = example.replace("$SHOP", &shop.base).replace("$KEY", key);
    let words = words(&example);
    assert_eq!(words[0], "curl", "{example}");
    let (mut method, mut target, mut headers, mut body) = (Method::GET, "", Vec::new(), None);
    let mut rest = words[1..].iter().map(String::as_str);
    while let Some(word) = rest.next() {
        match word {
            "-X" => method = rest.next().unwrap().parse().unwrap(),
            "-H" => headers.push(rest.next().unwrap().split_once(": ").unwrap()),
            "-d" => body = rest.next().map(str::to_owned),
            address => target = address.strip_prefix(&shop.base).unwrap(),
        }
    }
    let head = shop.head().await;
    if method == Method::GET {
        headers.push(("x-min-change-seq", &head));
    }
    shop.ask(method, target, &headers, body).await
}

/// The words of a command line as a shell reads them: quotes of both kinds, backslashes, lines that go on.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut characters = line.replace("\\\n", " ").chars().collect::<Vec<_>>().into_iter();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), character) if open == character => quote = None,
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, '\\') => word.get_or_insert_default().extend(characters.next()),
            (None, space) if space.is_whitespace() => words.extend(word.take()),
            (_, other) => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    words
}

#[test]
fn a_command_line_is_read_as_a_shell_would() {
    let line = "curl -X PUT \"http://x/?a=1&b=2\" \\\n  -d '{\"a\": \"it'\\''s\"}'";
    assert_eq!(
        words(line),
        [
            "curl",
            "-X",
            "PUT",
            "http://x/?a=1&b=2",
            "-d",
            "{\"a\": \"it's\"}"
        ]
    );
}
