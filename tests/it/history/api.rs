//! One change, over the API.

use awc::http::Method;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{content, full, history, newest, product, undo};
use crate::helpers::{Browser, Shop, make_key};
use crate::on_both_databases;

on_both_databases!(
    an_undone_change_puts_every_field_back_and_can_be_undone_itself,
    what_was_changed_since_is_shown_three_ways_and_stays_until_somebody_decides,
    a_decision_about_another_version_counts_for_nothing,
    what_was_made_goes_and_what_was_deleted_comes_back,
    what_cannot_be_undone_says_why,
    what_cannot_be_any_more_is_refused_and_changes_nothing,
    of_fifty_undos_at_once_one_has_an_effect,
    a_repeated_undo_with_a_key_is_answered_the_same,
);

async fn an_undone_change_puts_every_field_back_and_can_be_undone_itself(shop: Shop) {
    let made = shop.create(&full("Lamp")).await;
    let id = &made["product_id"];
    let every_field = json!({
        "name": "Moon lamp", "slug": "moon", "sku": null, "brand": "Saltmeadow", "description": null, "price": "25.00", "sale": null,
        "category": "Lighting", "tags": [], "stock_quantity": 0, "images": [], "publish_at": null, "is_active": false,
    });
    shop.amend(id, &every_field).await;
    let changed = product(&shop, id).await;
    let seq = newest(&shop).await;

    let undone = undo(&shop, seq, &json!({})).await;
    assert_eq!(undone.status, 200, "{}", undone.text);
    let expected =
        json!({"undo_of": seq, "outcome": "undone", "entity": "product", "entity_id": id, "version": 3});
    assert_eq!(undone.json(), expected);
    let mut back = product(&shop, id).await;
    // A reduction that ended has begun anew, so customers are told the lowest price since.
    assert_eq!(back["prior_price"], "15.00");
    back["prior_price"] = made["prior_price"].clone();
    assert_eq!(content(&back), content(&made));
    let row = &history(&shop, &format!("product={id}")).await[0];
    assert_eq!(
        (&row["undo_of"], &row["action"]),
        (&json!(seq), &json!("updated"))
    );
    assert_eq!(row["seq"].to_string(), undone.header("x-change-seq"));

    let again = undo(&shop, row["seq"].as_i64().unwrap(), &json!({})).await;
    assert_eq!(again.json()["outcome"], "undone");
    let redone = product(&shop, id).await;
    assert_eq!(content(&redone), content(&changed));
    // The change stands again, so it can be undone again.
    assert_eq!(undo(&shop, seq, &json!({})).await.json()["outcome"], "undone");
    assert_eq!(product(&shop, id).await["name"], "Lamp");
    // However often somebody changes their mind.
    for _ in 0..6 {
        let latest = newest(&shop).await;
        assert_eq!(undo(&shop, latest, &json!({})).await.json()["outcome"], "undone");
    }
    assert_eq!(product(&shop, id).await["name"], "Lamp");
    assert_eq!(undo(&shop, seq, &json!({})).await.json()["outcome"], "already");
}

async fn what_was_changed_since_is_shown_three_ways_and_stays_until_somebody_decides(shop: Shop) {
    let made = shop.create(&full("Lamp")).await;
    let id = &made["product_id"];
    shop.amend(id, &json!({"price": "25.00", "stock_quantity": 3, "brand": null}))
        .await;
    let seq = newest(&shop).await;
    shop.amend(id, &json!({"price": "30.00", "name": "Moon lamp"}))
        .await;

    let refused = undo(&shop, seq, &json!({})).await;
    let problem = refused.json();
    assert_eq!(
        (refused.status, problem["code"].as_str()),
        (409, Some("moved_on")),
        "{problem}"
    );
    let merge = json!({"version": 3, "fields": [
        {"field": "brand", "was": "Windward", "became": null, "now": null},
        {"field": "price", "was": "20.00", "became": "25.00", "now": "30.00"},
        {"field": "stock_quantity", "was": 7, "became": 3, "now": 3},
    ]});
    assert_eq!(problem["merge"], merge);
    assert_eq!(
        product(&shop, id).await["version"],
        3,
        "nothing is written before somebody decides"
    );

    for (fields, code) in [
        (json!({"stock_quantity": "keep"}), "moved_on"),
        (json!({"price": "keep", "name": "put_back"}), "invalid_fields"),
        (json!({"price": "perhaps"}), "invalid_fields"),
    ] {
        let answer = undo(&shop, seq, &json!({"version": 3, "fields": fields})).await;
        assert_eq!(answer.json()["code"], code, "{fields}");
    }
    let all_kept = json!({"price": "keep", "brand": "keep", "stock_quantity": "keep"});
    let kept = undo(&shop, seq, &json!({"version": 3, "fields": all_kept})).await;
    assert_eq!(kept.json()["outcome"], "kept");

    let decided = json!({"version": 3, "fields": {"price": "keep", "stock_quantity": "put_back"}});
    assert_eq!(undo(&shop, seq, &decided).await.json()["outcome"], "undone");
    let now = product(&shop, id).await;
    assert_eq!(
        [&now["price"], &now["stock_quantity"], &now["brand"], &now["name"]],
        [
            &json!("30.00"),
            &json!(7),
            &json!("Windward"),
            &json!("Moon lamp")
        ]
    );
}

async fn a_decision_about_another_version_counts_for_nothing(shop: Shop) {
    let made = shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    let id = &made["product_id"];
    for price in ["2.00", "3.00"] {
        shop.amend(id, &json!({"price": price})).await;
    }
    let seq = newest(&shop).await - 1;
    shop.amend(id, &json!({"price": "4.00"})).await;
    let stale = json!({"version": 3, "fields": {"price": "put_back"}});
    let answer = undo(&shop, seq, &stale).await;
    assert_eq!(answer.status, 409);
    assert_eq!(answer.json()["merge"]["version"], 4);
    assert_eq!(answer.json()["merge"]["fields"][0]["now"], "4.00");
    assert_eq!(product(&shop, id).await["price"], "4.00");
    for body in [
        json!({"version": 4}),
        json!({"fields": {}}),
        json!({"version": "4", "fields": {}}),
        json!({"price": "keep"}),
    ] {
        assert_eq!(undo(&shop, seq, &body).await.status, 422, "{body}");
    }
    let seen = json!({"version": 4, "fields": {"price": "put_back"}});
    assert_eq!(undo(&shop, seq, &seen).await.json()["outcome"], "undone");
    assert_eq!(product(&shop, id).await["price"], "1.00");
}

async fn what_was_made_goes_and_what_was_deleted_comes_back(shop: Shop) {
    let made = shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    let id = &made["product_id"];
    let creation = newest(&shop).await;
    assert_eq!(
        undo(&shop, creation, &json!({})).await.json()["outcome"],
        "undone"
    );
    let gone = product(&shop, id).await;
    assert!(gone["deleted_at"].is_string());
    let deletion = newest(&shop).await;
    // What was made and taken away is restored by undoing either.
    assert_eq!(
        undo(&shop, creation, &json!({})).await.json()["outcome"],
        "already"
    );
    assert_eq!(
        undo(&shop, deletion, &json!({})).await.json()["outcome"],
        "undone"
    );
    assert_eq!(product(&shop, id).await.get("deleted_at"), None);

    // Work that went into it since is not thrown away with it.
    shop.amend(id, &json!({"description": "Hours of work."})).await;
    let asked = undo(&shop, creation, &json!({})).await;
    assert_eq!(asked.status, 409);
    let field = &asked.json()["merge"]["fields"][0];
    assert_eq!(
        (&field["field"], &field["now"]),
        (&json!("description"), &json!("Hours of work."))
    );
    let version = &asked.json()["merge"]["version"];
    let kept = json!({"version": version, "fields": {"description": "keep"}});
    assert_eq!(undo(&shop, creation, &kept).await.json()["outcome"], "kept");
    let all = json!({"version": version, "fields": {"description": "put_back"}});
    assert_eq!(undo(&shop, creation, &all).await.json()["outcome"], "undone");
    assert!(product(&shop, id).await["deleted_at"].is_string());

    let own = format!("/api/admin/products/{id}");
    let tag = format!("\"v{}\"", product(&shop, id).await["version"]);
    let restored = shop
        .admin(
            Method::POST,
            &format!("{own}/restore"),
            &[("if-match", &tag)],
            None,
        )
        .await;
    assert_eq!(restored.status, 200);
    let restoration = newest(&shop).await;
    assert_eq!(
        undo(&shop, restoration, &json!({})).await.json()["outcome"],
        "undone"
    );
    assert!(product(&shop, id).await["deleted_at"].is_string());
}

async fn what_cannot_be_undone_says_why(shop: Shop) {
    let mut owner = Browser::of_owner(&shop).await;
    // Later than the product is there, however slow that is.
    let soon = vitrine::db::Moment::now().plus_seconds(5).to_rfc3339();
    let sale = json!({"price": "1.00", "starts_at": soon, "ends_at": null});
    let body = json!({"name": "Lamp", "price": "2.00", "category": "Lamps", "sale": sale});
    let id = shop.create(&body).await["product_id"].clone();
    crate::helpers::eventually("the sale starts", || async {
        history(&shop, "actor=clock").await.len() == 1
    })
    .await;
    owner
        .submit(
            "/admin/categories/new",
            "/admin/categories",
            &[("name", "Lights")],
        )
        .await;
    // A write that is tried once more may leave a number out.
    let term = async |slug| {
        let id = format!("SELECT CAST(term_id AS SIGNED) AS count FROM terms WHERE slug = '{slug}'");
        shop.count(&id).await
    };
    let (lamps, lights) = (term("lamps").await, term("lights").await);
    let merge = format!("/admin/categories/{lights}/merge");
    let merged = owner
        .submit(&merge, &merge, &[("into", &lamps.to_string())])
        .await;
    assert_eq!(merged.status, 303, "{}", merged.text);
    let (of_lamps, of_lights) = (format!("category={lamps}"), format!("category={lights}"));
    for (query, code, what) in [
        ("actor=clock", "not_undoable", "A moment came"),
        (&of_lamps, "in_use", "is in use"),
        (&of_lights, "not_undoable", "A merge cannot be undone"),
        ("actor=system&limit=100", "not_undoable", "accounts and keys"),
    ] {
        let rows = history(&shop, query).await;
        let row = if query == of_lamps {
            rows.last()
        } else {
            rows.first()
        };
        let seq = row.unwrap()["seq"].as_i64().unwrap();
        let refused = undo(&shop, seq, &json!({})).await;
        let problem = refused.json();
        assert_eq!((refused.status, &problem["code"]), (409, &json!(code)), "{query}");
        assert!(problem["detail"].as_str().unwrap().contains(what), "{problem}");
    }
    for seq in ["999999", "0", "-1", "x", "99999999999999999999"] {
        let address = format!("/api/admin/changes/{seq}/undo");
        let answer = shop.admin(Method::POST, &address, &[], Some(&json!({}))).await;
        assert_eq!(answer.status, 404, "{seq}");
    }
    let reader = format!("Bearer {}", make_key(&shop.parts, "catalog:read").await);
    let forbidden = shop
        .send(
            Method::POST,
            "/api/admin/changes/1/undo",
            &[("authorization", &reader)],
            Some(&json!({})),
        )
        .await;
    assert_eq!(forbidden.status, 403);
    assert_eq!(product(&shop, &id).await["version"], 1);
}

async fn what_cannot_be_any_more_is_refused_and_changes_nothing(shop: Shop) {
    let made = shop
        .create(&json!({"name": "Lamp", "price": "2.00", "sku": "L-1"}))
        .await;
    let id = &made["product_id"];
    shop.amend(id, &json!({"sku": "L-2", "price": "9.00"})).await;
    let change = newest(&shop).await;
    // The number went to another product meanwhile.
    shop.create(&json!({"name": "Vase", "price": "1.00", "sku": "L-1"}))
        .await;
    let before = shop.head().await;
    let refused = undo(&shop, change, &json!({})).await;
    assert_eq!(
        (refused.status, &refused.json()["errors"][0]["pointer"]),
        (422, &json!("/sku")),
        "{}",
        refused.text
    );
    // A sale below the price that was put back would be none.
    shop.amend(
        id,
        &json!({"sale": {"price": "5.00", "starts_at": null, "ends_at": null}}),
    )
    .await;
    let body = json!({"version": 3, "fields": {"sku": "keep"}});
    let refused = undo(&shop, change, &body).await;
    assert_eq!(
        (refused.status, &refused.json()["errors"][0]["pointer"]),
        (422, &json!("/sale/price")),
        "{}",
        refused.text
    );
    shop.amend(id, &json!({"sale": null})).await;
    let body = json!({"version": 4, "fields": {"sku": "keep"}});
    assert_eq!(undo(&shop, change, &body).await.json()["outcome"], "undone");
    let now = product(&shop, id).await;
    assert_eq!((&now["sku"], &now["price"]), (&json!("L-2"), &json!("2.00")));
    assert_ne!(shop.head().await, before);

    // Deleted meanwhile: a deleted product is not changed under the owner's hands.
    let tag = format!("\"v{}\"", now["version"]);
    shop.amend(id, &json!({"name": "Moon lamp"})).await;
    let change = newest(&shop).await;
    let own = format!("/api/admin/products/{id}");
    let tag_after = format!("\"v{}\"", now["version"].as_i64().unwrap() + 1);
    assert_eq!(
        shop.admin(Method::DELETE, &own, &[("if-match", &tag)], None)
            .await
            .status,
        412
    );
    assert_eq!(
        shop.admin(Method::DELETE, &own, &[("if-match", &tag_after)], None)
            .await
            .status,
        204
    );
    let refused = undo(&shop, change, &json!({})).await;
    assert!(
        refused.status == 409 && refused.text.contains("restore it first"),
        "{}",
        refused.text
    );
}

async fn of_fifty_undos_at_once_one_has_an_effect(shop: Shop) {
    let made = shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    shop.amend(&made["product_id"], &json!({"price": "2.00"})).await;
    let seq = newest(&shop).await;
    let empty = json!({});
    let answers = join_all((0..50).map(|_| undo(&shop, seq, &empty))).await;
    let outcomes: Vec<Value> = answers
        .iter()
        .map(|answer| answer.json()["outcome"].clone())
        .collect();
    assert_eq!(
        outcomes.iter().filter(|outcome| **outcome == "undone").count(),
        1,
        "{outcomes:?}"
    );
    assert_eq!(
        outcomes.iter().filter(|outcome| **outcome == "already").count(),
        49,
        "{outcomes:?}"
    );
    let now = product(&shop, &made["product_id"]).await;
    assert_eq!((&now["price"], &now["version"]), (&json!("1.00"), &json!(3)));
}

async fn a_repeated_undo_with_a_key_is_answered_the_same(shop: Shop) {
    let made = shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    shop.amend(&made["product_id"], &json!({"price": "2.00"})).await;
    let address = format!("/api/admin/changes/{}/undo", newest(&shop).await);
    let key = [("idempotency-key", "once")];
    let first = shop.admin(Method::POST, &address, &key, Some(&json!({}))).await;
    let second = shop.admin(Method::POST, &address, &key, Some(&json!({}))).await;
    assert_eq!(
        (
            first.header("idempotent-replayed"),
            second.header("idempotent-replayed")
        ),
        ("", "true")
    );
    assert_eq!(
        (&first.text, first.header("x-change-seq")),
        (&second.text, second.header("x-change-seq"))
    );
    assert_eq!(first.json()["outcome"], "undone");
    let other = shop
        .admin(Method::POST, "/api/admin/changes/1/undo", &key, Some(&json!({})))
        .await;
    assert_eq!(other.json()["code"], "idempotency_key_reused");
}
