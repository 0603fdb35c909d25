//! The owner's words: synonyms and redirects, in forms, for programs, in the history.

use awc::http::Method;
use serde_json::{Value, json};

use crate::helpers::{Browser, Shop, changed, html};
use crate::history::{actions, undo_each};
use crate::on_both_databases;

on_both_databases!(
    programs_add_read_replace_and_delete_synonyms_and_redirects,
    a_query_has_one_rule_and_every_fault_is_told,
    the_owner_sees_what_a_rule_would_do_before_it_is_saved,
    a_refused_rule_keeps_every_word_and_two_people_do_not_overwrite_each_other,
    a_redirect_leads_a_search_to_its_page_until_it_is_undone,
    the_history_brings_back_what_was_deleted_and_changed,
);

const SYNONYMS: &str = "/api/admin/search/synonyms";
const REDIRECTS: &str = "/api/admin/search/redirects";

async fn add(shop: &Shop, family: &str, body: &Value) -> Value {
    let made = shop.admin(Method::POST, family, &[], Some(body)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.json()
}

async fn programs_add_read_replace_and_delete_synonyms_and_redirects(shop: Shop) {
    let body = json!({"query": "Settee", "words": ["sofa", " two  seater ", "Sofa"]});
    let key = [("idempotency-key", "settee-1")];
    let made = shop.admin(Method::POST, SYNONYMS, &key, Some(&body)).await;
    assert_eq!(
        (made.status, made.header("etag")),
        (201, "\"v1\""),
        "{}",
        made.text
    );
    let synonym = made.json();
    assert_eq!(synonym["words"], json!(["sofa", "two seater"]));
    assert_eq!(synonym["kind"], "two_way");
    let own = made.header("location").to_owned();
    let again = shop.admin(Method::POST, SYNONYMS, &key, Some(&body)).await;
    assert_eq!((again.status, again.json()), (201, synonym.clone()));
    assert_eq!(again.header("idempotent-replayed"), "true");

    // What was read can be sent back, and changes nothing.
    let seen = shop.read(&own).await;
    let same = shop
        .admin(
            Method::PUT,
            &own,
            &[("if-match", seen.header("etag"))],
            Some(&seen.json()),
        )
        .await;
    assert_eq!(
        (same.status, same.header("etag")),
        (200, "\"v1\""),
        "{}",
        same.text
    );
    let narrower = json!({"query": "Settee", "words": ["sofa"], "kind": "one_way"});
    let stale = shop
        .admin(Method::PUT, &own, &[("if-match", "\"v9\"")], Some(&narrower))
        .await;
    assert_eq!(stale.status, 412);
    let missing = shop.admin(Method::PUT, &own, &[], Some(&narrower)).await;
    assert_eq!(missing.status, 428);
    let changed = shop
        .admin(Method::PUT, &own, &[("if-match", "\"v1\"")], Some(&narrower))
        .await;
    assert_eq!(
        (changed.status, changed.json()["version"].clone()),
        (200, json!(2))
    );

    let redirect = add(
        &shop,
        REDIRECTS,
        &json!({"query": "gift card", "target": "/products?tag=gift"}),
    )
    .await;
    let list = shop.read(SYNONYMS).await.json();
    assert_eq!(
        list["data"].as_array().unwrap().len(),
        1,
        "a redirect is no synonym"
    );
    let as_synonym = format!("{SYNONYMS}/{}", redirect["redirect_id"]);
    assert_eq!(shop.read(&as_synonym).await.status, 404);
    let gone = shop
        .admin(Method::DELETE, &own, &[("if-match", "\"v2\"")], None)
        .await;
    assert_eq!(gone.status, 204, "{}", gone.text);
    assert_eq!(shop.read(&own).await.status, 404);
}

async fn a_query_has_one_rule_and_every_fault_is_told(shop: Shop) {
    add(&shop, SYNONYMS, &json!({"query": "Café", "words": ["coffee"]})).await;
    for (family, body, pointers) in [
        (REDIRECTS, json!({"query": "CAFE", "target": "/"}), vec!["/query"]),
        (SYNONYMS, json!({}), vec!["/query", "/words"]),
        (SYNONYMS, json!({"query": "a", "words": ["A"]}), vec!["/words"]),
        (
            SYNONYMS,
            json!({"query": "x".repeat(101), "words": ["y".repeat(61)]}),
            vec!["/query", "/words", "/words"],
        ),
        (
            SYNONYMS,
            json!({"query": "a", "words": "b", "kind": 1, "more": 2}),
            vec!["/more", "/kind", "/words"],
        ),
        (
            SYNONYMS,
            json!({"query": "a", "words": ["b"], "kind": "redirect"}),
            vec!["/kind"],
        ),
        (
            REDIRECTS,
            json!({"query": "?!", "target": "//evil.example"}),
            vec!["/query", "/target"],
        ),
        (
            REDIRECTS,
            json!({"query": "a", "target": "/search?q=a"}),
            vec!["/target"],
        ),
    ] {
        let refused = shop.admin(Method::POST, family, &[], Some(&body)).await;
        let told: Vec<Value> = refused.json()["errors"].as_array().unwrap().clone();
        let told: Vec<&str> = told
            .iter()
            .map(|fault| fault["pointer"].as_str().unwrap())
            .collect();
        assert_eq!((refused.status, told), (422, pointers), "{body}");
    }
}

async fn the_owner_sees_what_a_rule_would_do_before_it_is_saved(shop: Shop) {
    for name in ["Green sofa", "Blue sofa", "Lamp"] {
        shop.create(&json!({"name": name, "price": "9.00", "category": "Home"}))
            .await;
    }
    let mut olive = Browser::of_owner(&shop).await;
    let family = "/admin/search/synonyms";
    let page = format!("{family}/new?query=settee");
    let fields = html::form(&olive.open(&page).await.text, family);
    assert!(
        fields.contains(&("query".to_owned(), "settee".to_owned())),
        "{fields:?}"
    );
    let typed = changed(fields, &[("words", "sofa"), ("intent", "preview")]);
    let looked = olive.post_fields(family, &typed).await;
    assert_eq!(looked.status, 200);
    html::assert_is_ours(&looked.text, "preview");
    let said = html::text(&looked.text);
    for words in [
        "“settee” alone finds 0 products",
        "“sofa” alone finds 2 products",
        "Green sofa",
        "Blue sofa",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(
        shop.read(SYNONYMS).await.json()["data"],
        json!([]),
        "nothing is saved by looking"
    );
    let mut typed = changed(html::form(&looked.text, family), &[]);
    typed.retain(|(name, _)| name != "intent");
    let saved = olive.post_fields(family, &typed).await;
    assert_eq!(
        (saved.status, saved.header("location")),
        (303, "/admin/search/synonyms?notice=rule-saved")
    );
    assert_eq!(
        shop.read(SYNONYMS).await.json()["data"][0]["words"],
        json!(["sofa"])
    );

    let family = "/admin/search/redirects";
    for (target, said) in [
        ("/categories/home", "“Home”"),
        ("/categories/nowhere", "There is no such page at the moment"),
        ("/products?sort=price", "/products?sort=price"),
    ] {
        let typed = [("query", "furniture"), ("target", target), ("intent", "preview")];
        let looked = olive.submit(&format!("{family}/new"), family, &typed).await;
        assert_eq!(looked.status, 200);
        assert!(
            html::text(&looked.text).contains(said),
            "{target}: {}",
            html::text(&looked.text)
        );
    }
}

async fn a_refused_rule_keeps_every_word_and_two_people_do_not_overwrite_each_other(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    let family = "/admin/search/synonyms";
    let typed = [
        ("query", "  "),
        ("words", "\n<b>sofa</b>\ncouch"),
        ("kind", "one_way"),
    ];
    let refused = olive.submit(&format!("{family}/new"), family, &typed).await;
    assert_eq!(refused.status, 422);
    html::assert_is_ours(&refused.text, "refused");
    let kept = html::form(&refused.text, family);
    for (name, value) in typed {
        assert!(
            kept.contains(&(name.to_owned(), value.to_owned())),
            "{name} was lost: {kept:?}"
        );
    }
    let made = add(&shop, SYNONYMS, &json!({"query": "settee", "words": ["sofa"]})).await;
    olive.catch_up().await;
    let own = format!("{family}/{}", made["synonym_id"]);
    let opened = html::form(&olive.open(&own).await.text, &own);
    let first = changed(opened.clone(), &[("words", "couch")]);
    assert_eq!(olive.post_fields(&own, &first).await.status, 303);
    let second = changed(opened.clone(), &[("kind", "one_way")]);
    let conflict = olive.post_fields(&own, &second).await;
    assert_eq!(conflict.status, 409);
    html::assert_is_ours(&conflict.text, "conflict");
    let said = html::text(&conflict.text);
    assert!(
        said.contains("Other words is now “couch”") && said.contains("How is now “Both ways”"),
        "{said}"
    );
    let question = format!("{own}/delete");
    let asked = html::form(&olive.open(&question).await.text, &question);
    let meanwhile = changed(html::form(&conflict.text, &own), &[("words", "bench")]);
    assert_eq!(olive.post_fields(&own, &meanwhile).await.status, 303);
    let overtaken = olive.post_fields(&question, &asked).await;
    assert_eq!(overtaken.status, 409, "{}", overtaken.text);
    let again = html::form(&overtaken.text, &question);
    assert_eq!(olive.post_fields(&question, &again).await.status, 303);
    assert_eq!(shop.read(SYNONYMS).await.json()["data"], json!([]));
}

async fn a_redirect_leads_a_search_to_its_page_until_it_is_undone(shop: Shop) {
    shop.create(&json!({"name": "Lamp", "price": "9.00", "category": "Home"}))
        .await;
    add(
        &shop,
        REDIRECTS,
        &json!({"query": "Gift card", "target": "/categories/home"}),
    )
    .await;
    let asked = shop.fresh("/search?q=GIFT++Card").await;
    assert_eq!(
        (asked.status, asked.header("location")),
        (302, "/categories/home")
    );
    assert_eq!(shop.fresh("/search?q=gift").await.status, 200);
    assert_eq!(
        shop.fresh("/search?q=gift+card&in_stock=true").await.status,
        200,
        "a list that is narrowed stays"
    );
    let seq = shop.head().await;
    let undo = format!("/api/admin/changes/{seq}/undo");
    let undone = shop.admin(Method::POST, &undo, &[], Some(&json!({}))).await;
    assert_eq!(
        (undone.status, undone.json()["entity"].clone()),
        (200, json!("redirect")),
        "{}",
        undone.text
    );
    assert_eq!(shop.fresh("/search?q=gift+card").await.status, 200);
}

async fn the_history_brings_back_what_was_deleted_and_changed(shop: Shop) {
    let made = add(&shop, SYNONYMS, &json!({"query": "settee", "words": ["sofa"]})).await;
    let own = format!("{SYNONYMS}/{}", made["synonym_id"]);
    let other = json!({"query": "settee", "words": ["couch"]});
    shop.admin(Method::PUT, &own, &[("if-match", "\"v1\"")], Some(&other))
        .await;
    let changed_at = shop.head().await;
    shop.admin(Method::DELETE, &own, &[("if-match", "\"v2\"")], None)
        .await;
    let deleted_at = shop.head().await;
    undo_each(&shop, [deleted_at, changed_at]).await;
    let back = shop.read(&own).await.json();
    assert_eq!(
        (back["words"].clone(), back["synonym_id"].clone()),
        (json!(["sofa"]), made["synonym_id"].clone())
    );
    let actions = actions(&shop, "synonym", &made["synonym_id"]).await;
    assert_eq!(actions, ["created", "updated", "deleted", "restored", "updated"]);
    let mut olive = Browser::of_owner(&shop).await;
    let page = olive
        .open(&format!("/admin/history?synonym={}", made["synonym_id"]))
        .await;
    assert!(html::text(&page.text).contains("settee"), "{}", page.text);
}
