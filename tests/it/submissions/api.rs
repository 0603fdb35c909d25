//! Proposals by the API and the command line: the same engine.

use awc::http::Method;
use serde_json::{Value, json};

use crate::helpers::{Answer, Shop, make_key};
use crate::on_both_databases;

on_both_databases!(
    programs_propose_decide_and_repeat_themselves_safely,
    a_body_with_what_cannot_be_proposed_is_refused_by_name,
    the_command_line_lists_shows_approves_and_refuses,
);

const OWN: &str = "/api/v1/submissions";
const QUEUE: &str = "/api/admin/submissions";

async fn propose(shop: &Shop, name: &str) -> Value {
    let body = json!({"product": {"name": name, "price": "39.90", "tags": ["gift"], "stock_quantity": 2}});
    let made = shop.admin(Method::POST, OWN, &[], Some(&body)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.json()
}

async fn decide(shop: &Shop, id: &Value, verb: &str, etag: &str, body: Value) -> Answer {
    let path = format!("{QUEUE}/{id}/{verb}");
    shop.admin(Method::POST, &path, &[("if-match", etag)], Some(&body))
        .await
}

async fn programs_propose_decide_and_repeat_themselves_safely(shop: Shop) {
    let body = json!({"product": {"name": "Moon lamp", "price": "39.90"}, "message": "Ours."});
    let key = [("idempotency-key", "once")];
    let first = shop.admin(Method::POST, OWN, &key, Some(&body)).await;
    let again = shop.admin(Method::POST, OWN, &key, Some(&body)).await;
    assert_eq!((first.status, again.status), (201, 201), "{}", first.text);
    assert_eq!(
        (first.json(), again.header("idempotent-replayed")),
        (again.json(), "true")
    );
    let made = first.json();
    let id = &made["submission_id"];
    let own = format!("{OWN}/{id}");
    assert_eq!(first.header("location"), own);
    assert_eq!(
        (&made["state"], &made["version"]),
        (&json!("submitted"), &json!(2))
    );

    let other = make_key(&shop.parts, "catalog:write").await;
    let bearer = format!("Bearer {other}");
    let refused = shop
        .send(Method::GET, &own, &[("authorization", &bearer)], None)
        .await;
    assert_eq!(refused.status, 403, "{}", refused.text);

    let missing = shop.admin(Method::PUT, &own, &[], Some(&body)).await;
    assert_eq!(missing.status, 428);
    let changed = json!({"product": {"name": "Moon lamp", "price": "35"}, "message": "Cheaper."});
    let changed = shop
        .admin(Method::PUT, &own, &[("if-match", "\"v2\"")], Some(&changed))
        .await;
    assert_eq!(
        (changed.status, changed.header("etag")),
        (200, "\"v3\""),
        "{}",
        changed.text
    );
    let stale = decide(&shop, id, "approve", "\"v2\"", json!({})).await;
    assert_eq!(
        (stale.status, stale.header("etag")),
        (412, "\"v3\""),
        "nobody approves what was not seen"
    );

    let asked = decide(
        &shop,
        id,
        "request-changes",
        "\"v3\"",
        json!({"message": "Colour?"}),
    )
    .await;
    assert_eq!(asked.json()["state"], "changes_requested", "{}", asked.text);
    assert_eq!(
        decide(&shop, id, "approve", "\"v4\"", json!({})).await.status,
        409
    );
    let answered = json!({"product": {"name": "Blue moon lamp", "price": "35"}});
    let answered = shop
        .admin(Method::PUT, &own, &[("if-match", "\"v4\"")], Some(&answered))
        .await;
    assert_eq!(answered.status, 200, "{}", answered.text);
    let approved = decide(&shop, id, "approve", "\"v5\"", json!({})).await;
    assert_eq!(approved.status, 200, "{}", approved.text);
    let product = shop
        .fresh(&format!("/api/v1/products/{}", approved.json()["product_id"]))
        .await
        .json();
    assert_eq!(
        (&product["name"], &product["price"]),
        (&json!("Blue moon lamp"), &json!("35.00"))
    );

    let seen = shop
        .admin(
            Method::GET,
            &own,
            &[("x-min-change-seq", approved.header("x-change-seq"))],
            None,
        )
        .await;
    let said: Vec<Value> = seen.json()["conversation"].as_array().unwrap().clone();
    let steps: Vec<&str> = said.iter().map(|said| said["step"].as_str().unwrap()).collect();
    assert_eq!(
        steps,
        [
            "submitted",
            "submitted",
            "changes_requested",
            "submitted",
            "approved"
        ]
    );

    let withdrawn = propose(&shop, "Sun lamp").await;
    let path = format!("{OWN}/{}/withdraw", withdrawn["submission_id"]);
    let answer = shop
        .admin(Method::POST, &path, &[("if-match", "\"v2\"")], Some(&json!({})))
        .await;
    assert_eq!(answer.json()["state"], "withdrawn", "{}", answer.text);
    let draft = json!({"product": {"price": "soon"}, "draft": true});
    let draft = shop.admin(Method::POST, OWN, &[], Some(&draft)).await.json();
    let path = format!("{OWN}/{}/withdraw", draft["submission_id"]);
    let gone = shop
        .admin(Method::POST, &path, &[("if-match", "\"v1\"")], Some(&json!({})))
        .await;
    assert_eq!(gone.status, 204, "{}", gone.text);

    for name in ["One", "Two", "Three"] {
        propose(&shop, name).await;
    }
    let seq = shop.head().await;
    let fresh = [("x-min-change-seq", seq.as_str())];
    let page = shop
        .admin(
            Method::GET,
            &format!("{QUEUE}?state=submitted&limit=2"),
            &fresh,
            None,
        )
        .await
        .json();
    let names = |page: &Value| -> Vec<Value> {
        page["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["name"].clone())
            .collect()
    };
    assert_eq!(names(&page), ["Three", "Two"]);
    let next = page["links"]["next"].as_str().unwrap();
    let page = shop.admin(Method::GET, next, &fresh, None).await.json();
    assert_eq!(
        (names(&page), &page["meta"]["has_more"]),
        (vec![json!("One")], &json!(false))
    );
    let wrong = shop
        .admin(Method::GET, &format!("{QUEUE}?state=draft"), &[], None)
        .await;
    assert_eq!(wrong.status, 400, "drafts are nobody's business");
}

async fn a_body_with_what_cannot_be_proposed_is_refused_by_name(shop: Shop) {
    for field in [
        "is_active",
        "slug",
        "sale",
        "publish_at",
        "image_url",
        "version",
        "created_at",
        "role",
    ] {
        let body = json!({"product": {"name": "Lamp", "price": "1.00", field: null}});
        let answer = shop.admin(Method::POST, OWN, &[], Some(&body)).await;
        assert_eq!(answer.status, 422, "{field}");
        let pointer = format!("/product/{field}");
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{}", answer.text);
    }
    let body = json!({"product": {"name": "", "price": -1, "stock_quantity": 1.5}, "author": "user:1"});
    let answer = shop.admin(Method::POST, OWN, &[], Some(&body)).await;
    assert_eq!(
        answer.json()["errors"][0]["pointer"],
        "/author",
        "{}",
        answer.text
    );
    let body = json!({"product": {"name": "", "price": -1, "stock_quantity": 1.5}});
    let answer = shop.admin(Method::POST, OWN, &[], Some(&body)).await.json();
    let mut pointers: Vec<&str> = answer["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| fault["pointer"].as_str().unwrap())
        .collect();
    pointers.sort_unstable();
    assert_eq!(
        pointers,
        ["/product/name", "/product/price", "/product/stock_quantity"]
    );
    assert_eq!(shop.count("SELECT COUNT(*) AS count FROM submissions").await, 0);
}

async fn the_command_line_lists_shows_approves_and_refuses(shop: Shop) {
    let (first, second) = (
        propose(&shop, "Moon lamp").await,
        propose(&shop, "Sun lamp").await,
    );
    let run = |arguments: &[&str]| {
        let output = shop.vitrine(arguments).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (
            output.status.success(),
            text(&output.stdout),
            text(&output.stderr),
        )
    };
    let (first, second) = (
        first["submission_id"].to_string(),
        second["submission_id"].to_string(),
    );
    let (worked, listed, told) = run(&["submission", "list"]);
    assert!(
        worked && listed.contains("Moon lamp") && listed.ends_with("proposals=2\n"),
        "{listed}{told}"
    );
    let (worked, shown, told) = run(&["submission", "show", &first]);
    assert!(
        worked && shown.contains("price: (empty) -> 39.90"),
        "{shown}{told}"
    );
    let (worked, approved, told) = run(&["submission", "approve", &first]);
    assert!(
        worked && approved.starts_with("approved by change "),
        "{approved}{told}"
    );
    let (worked, _, told) = run(&["submission", "approve", &first]);
    assert!(!worked && told.contains("cannot be approved now"), "{told}");
    let (worked, refused, told) = run(&["submission", "refuse", &second, "--reason", "Too bright"]);
    assert!(
        worked && refused.starts_with("refused by change "),
        "{refused}{told}"
    );
    let (worked, shown, told) = run(&["submission", "show", &second]);
    assert!(worked && shown.contains("Too bright"), "{shown}{told}");
    assert_eq!(
        shop.count("SELECT COUNT(*) AS count FROM products WHERE name = 'Moon lamp'")
            .await,
        1
    );
}
