//! The shop's pages of text: in forms, for programs, at their addresses, at the foot of every page, in the history.

mod customers;

use awc::http::Method;
use serde_json::{Value, json};

use crate::helpers::{Answer, Browser, Shop, changed, html};
use crate::history::{actions, undo_each};
use crate::on_both_databases;

on_both_databases!(
    programs_add_read_replace_and_delete_pages_of_text,
    every_fault_of_a_page_is_told_and_there_are_not_more_than_every_foot_can_link,
    hostile_markup_is_text_on_the_page_and_in_the_preview,
    a_refused_form_keeps_every_word_and_two_people_do_not_overwrite_each_other,
    the_history_brings_back_what_was_deleted_and_changed,
);

const PAGES: &str = "/api/admin/pages";

async fn add(shop: &Shop, body: &Value) -> Value {
    let made = shop.admin(Method::POST, PAGES, &[], Some(body)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.json()
}

async fn put(shop: &Shop, page: &Value, body: &Value) -> Answer {
    let own = format!("{PAGES}/{}", page["page_id"]);
    let version = format!("\"v{}\"", page["version"]);
    shop.admin(Method::PUT, &own, &[("if-match", &version)], Some(body))
        .await
}

/// The addresses at the foot of a page.
fn foot(page: &str) -> Vec<String> {
    let (_, foot) = page
        .split_once("<footer")
        .unwrap_or_else(|| panic!("no foot: {page}"));
    let links = html::tags(foot).into_iter().filter(|tag| tag.name == "a");
    links
        .filter_map(|link| link.attribute("href").map(str::to_owned))
        .filter(|address| address.starts_with("/pages"))
        .collect()
}

async fn programs_add_read_replace_and_delete_pages_of_text(shop: Shop) {
    let body = json!({"title": " About  us ", "body": "We are\r\n*two* people."});
    let key = [("idempotency-key", "about-1")];
    let made = shop.admin(Method::POST, PAGES, &key, Some(&body)).await;
    assert_eq!(
        (made.status, made.header("etag")),
        (201, "\"v1\""),
        "{}",
        made.text
    );
    let page = made.json();
    assert_eq!(page["title"], "About us");
    assert_eq!(page["slug"], "about-us");
    assert_eq!(page["body"], "We are\n*two* people.");
    assert_eq!(
        (&page["position"], &page["is_published"]),
        (&json!(0), &json!(true))
    );
    let own = made.header("location").to_owned();
    let again = shop.admin(Method::POST, PAGES, &key, Some(&body)).await;
    assert_eq!((again.status, again.json()), (201, page.clone()));
    assert_eq!(again.header("idempotent-replayed"), "true");

    // What was read can be sent back, and changes nothing.
    let seen = shop.read(&own).await;
    let same = put(&shop, &page, &seen.json()).await;
    assert_eq!(
        (same.status, same.header("etag")),
        (200, "\"v1\""),
        "{}",
        same.text
    );
    let next = json!({"title": "Who we are", "body": "Three.", "position": 5});
    let stale = shop
        .admin(Method::PUT, &own, &[("if-match", "\"v9\"")], Some(&next))
        .await;
    assert_eq!(stale.status, 412);
    let missing = shop.admin(Method::PUT, &own, &[], Some(&next)).await;
    assert_eq!(missing.status, 428);
    let changed = put(&shop, &page, &next).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    assert_eq!(changed.json()["version"], 2);
    assert_eq!(
        changed.json()["slug"],
        "about-us",
        "an address that was not sent stays"
    );

    add(&shop, &json!({"title": "Contact", "body": "Write."})).await;
    let list = shop.read(PAGES).await.json();
    let titles: Vec<&str> = list["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|page| page["title"].as_str().unwrap())
        .collect();
    assert_eq!(titles, ["Contact", "Who we are"], "by place");
    let gone = shop
        .admin(Method::DELETE, &own, &[("if-match", "\"v2\"")], None)
        .await;
    assert_eq!(gone.status, 204, "{}", gone.text);
    assert_eq!(shop.read(&own).await.status, 404);
    assert_eq!(shop.fresh("/pages/about-us").await.status, 404);
}

async fn every_fault_of_a_page_is_told_and_there_are_not_more_than_every_foot_can_link(shop: Shop) {
    add(&shop, &json!({"title": "About", "body": "Us."})).await;
    for (body, pointers) in [
        (json!({}), vec!["/title", "/body"]),
        (json!({"title": "About", "body": "x"}), vec!["/title"]),
        (
            json!({"title": "Us", "slug": "about", "body": "x"}),
            vec!["/slug"],
        ),
        (
            json!({"title": "x".repeat(81), "slug": "No Slug", "body": "y".repeat(16_001), "position": "first"}),
            vec!["/title", "/body", "/slug", "/position"],
        ),
        (
            json!({"title": 1, "body": "x\u{202e}", "is_published": "perhaps", "more": 2}),
            vec!["/more", "/title", "/is_published"],
        ),
        (json!({"title": "T", "body": "x\u{202e}"}), vec!["/body"]),
        (
            json!({"title": "T", "body": "x", "former_slugs": []}),
            vec!["/former_slugs"],
        ),
    ] {
        let refused = shop.admin(Method::POST, PAGES, &[], Some(&body)).await;
        let told = refused.json()["errors"].as_array().unwrap().clone();
        let told: Vec<&str> = told
            .iter()
            .map(|fault| fault["pointer"].as_str().unwrap())
            .collect();
        assert_eq!((refused.status, told), (422, pointers), "{body}");
    }
    for number in 2..=20 {
        add(&shop, &json!({"title": format!("Page {number}"), "body": "x"})).await;
    }
    let refused = shop
        .admin(
            Method::POST,
            PAGES,
            &[],
            Some(&json!({"title": "One more", "body": "x"})),
        )
        .await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    assert_eq!(refused.json()["errors"][0]["code"], "too_many");
}

async fn hostile_markup_is_text_on_the_page_and_in_the_preview(shop: Shop) {
    let hostile = "</title><script>alert(1)</script>\"'\u{2028}";
    let body = format!(
        "{hostile}\n\n# {hostile}\n\n> {hostile}\n\n- <img src=x onerror=alert(1)>\n- [a](javascript:alert(1))\n- [b](//evil.example)\n\n\
         ![pixel](https://evil.example/pixel.png)\n\n[fine](/products)\n\n```\n{hostile}\n```\n\n<div style=\"x\" onclick=\"y\">\n"
    );
    let mut olive = Browser::of_owner(&shop).await;
    let typed = [("title", hostile), ("slug", "hostile"), ("body", body.as_str())];
    let looked = olive
        .submit(
            "/admin/pages/new",
            "/admin/pages",
            &[&typed[..], &[("intent", "preview")]].concat(),
        )
        .await;
    assert_eq!(looked.status, 200, "{}", looked.text);
    assert!(
        html::text(&looked.text).contains("Not saved yet"),
        "{}",
        looked.text
    );
    let saved = olive.submit("/admin/pages/new", "/admin/pages", &typed).await;
    assert_eq!(saved.status, 303, "{}", saved.text);
    let page = shop.fresh("/pages/hostile").await;
    assert_eq!(page.status, 200);
    let list = olive.open("/admin/pages").await;
    let home = shop.fresh("/").await;
    for (what, text) in [
        ("page", &page.text),
        ("preview", &looked.text),
        ("list", &list.text),
        ("home", &home.text),
    ] {
        html::assert_is_ours(text, what);
        assert!(text.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{what}");
        assert!(
            !text.contains("javascript:alert(1)\"") && !text.contains("src=\"https://evil"),
            "{what}"
        );
    }
    assert!(
        page.text.contains("<a href=\"/products\">fine</a>"),
        "{}",
        page.text
    );
    assert!(
        page.header("content-security-policy")
            .contains("default-src 'none'")
    );
}

async fn a_refused_form_keeps_every_word_and_two_people_do_not_overwrite_each_other(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    let typed = [
        ("title", "  "),
        ("body", "\n<b>Words</b>\n\n    kept"),
        ("slug", "No Slug"),
        ("position", "first"),
    ];
    let refused = olive.submit("/admin/pages/new", "/admin/pages", &typed).await;
    assert_eq!(refused.status, 422);
    html::assert_is_ours(&refused.text, "refused");
    let kept = html::form(&refused.text, "/admin/pages");
    for (name, value) in typed {
        assert!(
            kept.contains(&(name.to_owned(), value.to_owned())),
            "{name} was lost: {kept:?}"
        );
    }
    let made = add(&shop, &json!({"title": "About", "body": "Us."})).await;
    olive.catch_up().await;
    let own = format!("/admin/pages/{}", made["page_id"]);
    let opened = html::form(&olive.open(&own).await.text, &own);
    let first = changed(opened.clone(), &[("body", "Us two.")]);
    assert_eq!(olive.post_fields(&own, &first).await.status, 303);
    let second = changed(opened, &[("title", "Who")]);
    let conflict = olive.post_fields(&own, &second).await;
    assert_eq!(conflict.status, 409);
    html::assert_is_ours(&conflict.text, "conflict");
    let said = html::text(&conflict.text);
    assert!(said.contains("Text is now “Us two.”"), "{said}");
    let question = format!("{own}/delete");
    let asked = html::form(&olive.open(&question).await.text, &question);
    let again = html::form(&conflict.text, &own);
    assert!(
        again.contains(&("title".to_owned(), "Who".to_owned())),
        "{again:?}"
    );
    assert_eq!(olive.post_fields(&own, &again).await.status, 303);
    let overtaken = olive.post_fields(&question, &asked).await;
    assert_eq!(overtaken.status, 409, "{}", overtaken.text);
    let decided = html::form(&overtaken.text, &question);
    let gone = olive.post_fields(&question, &decided).await;
    assert_eq!(
        (gone.status, gone.header("location")),
        (303, "/admin/pages?notice=page-removed")
    );
    assert_eq!(shop.read(PAGES).await.json()["data"], json!([]));
}

async fn the_history_brings_back_what_was_deleted_and_changed(shop: Shop) {
    let made = add(&shop, &json!({"title": "About", "body": "Us."})).await;
    let own = format!("{PAGES}/{}", made["page_id"]);
    let other = json!({"title": "About", "slug": "who", "body": "Them.", "is_published": false});
    assert_eq!(put(&shop, &made, &other).await.status, 200);
    let changed_at = shop.head().await;
    shop.admin(Method::DELETE, &own, &[("if-match", "\"v2\"")], None)
        .await;
    let deleted_at = shop.head().await;
    undo_each(&shop, [deleted_at, changed_at]).await;
    let back = shop.read(&own).await.json();
    for (field, value) in [
        ("page_id", &made["page_id"]),
        ("body", &json!("Us.")),
        ("slug", &json!("about")),
        ("is_published", &json!(true)),
    ] {
        assert_eq!(&back[field], value, "{field}");
    }
    let actions = actions(&shop, "page", &made["page_id"]).await;
    assert_eq!(actions, ["created", "updated", "deleted", "restored", "updated"]);
    let mut olive = Browser::of_owner(&shop).await;
    let page = olive
        .open(&format!("/admin/history?page={}", made["page_id"]))
        .await;
    let said = html::text(&page.text);
    for words in ["About", "Text", "Visible in the shop"] {
        assert!(said.contains(words), "{words}: {said}");
    }
}
