//! The owner's pages: nothing typed is ever lost, two editors never overwrite each other, the public sees the result.

use awc::http::Method;
use serde_json::json;

use crate::helpers::{Browser, Shop, changed, html};
use crate::on_both_databases;

on_both_databases!(
    the_owner_creates_changes_deletes_and_restores_by_forms,
    a_refused_form_keeps_every_word_and_names_every_fault,
    a_conflict_shows_both_sides_and_takes_the_chosen_ones,
    an_old_address_leads_to_the_new_one_for_ever,
    the_table_is_searched_filtered_and_turned_by_page,
);

const TABLE: &str = "/admin/products";

async fn the_owner_creates_changes_deletes_and_restores_by_forms(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    let made = olive
        .submit(
            "/admin/products/new",
            TABLE,
            &[
                ("name", "Brass lamp"),
                ("price", "49.9"),
                ("category", "Lamps"),
                ("stock_quantity", "3"),
            ],
        )
        .await;
    let place = made.header("location").to_owned();
    assert_eq!(
        (made.status, place.ends_with("?notice=created")),
        (303, true),
        "{}",
        made.text
    );
    assert_eq!(
        olive.cookie("vitrine_seq"),
        shop.head().await,
        "the browser reads its own write"
    );
    let own = place.split('?').next().unwrap().to_owned();
    let page = olive.open(&place).await;
    assert!(html::text(&page.text).contains("The product is in the shop."));
    html::assert_is_ours(&page.text, "edit");
    for path in [
        "/",
        "/products",
        "/products/brass-lamp",
        "/categories/lamps",
        "/search?q=brass",
    ] {
        let seen = olive.open(path).await;
        assert!(
            seen.status == 200
                && html::text(&seen.text).contains("Brass lamp")
                && seen.text.contains("49.90"),
            "{path}: {}",
            seen.text
        );
    }

    let same = olive.submit(&own, &own, &[]).await;
    assert_eq!(same.header("location"), format!("{own}?notice=unchanged"));
    let saved = olive
        .submit(&own, &own, &[("price", "55"), ("description", "Two\nlines")])
        .await;
    assert_eq!(
        saved.header("location"),
        format!("{own}?notice=saved"),
        "{}",
        saved.text
    );
    assert!(olive.open("/products/brass-lamp").await.text.contains("55.00"));

    let hidden = {
        let opened = olive.open(&own).await;
        let mut fields = html::form(&opened.text, &own);
        fields.retain(|(name, _)| name != "is_active");
        olive.post_fields(&own, &fields).await
    };
    assert_eq!(hidden.status, 303, "{}", hidden.text);
    assert_eq!(olive.open("/products/brass-lamp").await.status, 404);
    olive.submit(&own, &own, &[("is_active", "true")]).await;

    let question = olive.open(&format!("{own}/delete")).await;
    html::assert_is_ours(&question.text, "delete");
    let deleted = olive
        .submit(&format!("{own}/delete"), &format!("{own}/delete"), &[])
        .await;
    assert_eq!(
        deleted.header("location"),
        format!("{own}?notice=deleted"),
        "{}",
        deleted.text
    );
    assert_eq!(olive.open("/products/brass-lamp").await.status, 404);
    assert!(
        olive
            .open(&format!("{TABLE}?status=deleted"))
            .await
            .text
            .contains("Brass lamp")
    );
    let restored = olive.submit(&own, &format!("{own}/restore"), &[]).await;
    assert_eq!(
        restored.header("location"),
        format!("{own}?notice=restored"),
        "{}",
        restored.text
    );
    let back = olive.open("/products/brass-lamp").await;
    assert!(back.status == 200 && back.text.contains("55.00"));

    let log = shop
        .admin(
            Method::GET,
            "/api/admin/changes",
            &[("x-min-change-seq", &shop.head().await)],
            None,
        )
        .await
        .json();
    let actors: Vec<_> = log["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["entity"] == "product")
        .map(|row| row["actor"].clone())
        .collect();
    assert_eq!(actors, vec![json!("user:1"); 6], "people by id only");
}

async fn a_refused_form_keeps_every_word_and_names_every_fault(shop: Shop) {
    shop.create(&json!({"name": "Lamp", "price": "1.00", "sku": "TAKEN"}))
        .await;
    let mut olive = Browser::of_owner(&shop).await;
    let typed = [
        ("name", "  "),
        ("price", "12,50 €"),
        ("stock_quantity", "many"),
        ("slug", "Not A \"Slug\""),
        ("images", "javascript:alert('x')"),
        ("description", "\n  <script>alert(1)</script>\n  & more"),
        ("brand", "Brand & \"Sons\""),
        ("category", "Lamps"),
        ("sku", "S-1"),
    ];
    let refused = olive.submit("/admin/products/new", TABLE, &typed).await;
    assert_eq!(refused.status, 422);
    html::assert_is_ours(&refused.text, "refused");
    let kept = html::form(&refused.text, TABLE);
    for (name, value) in typed {
        assert!(
            kept.contains(&(name.to_owned(), value.to_owned())),
            "{name} was lost: {kept:?}"
        );
    }
    assert!(
        html::text(&refused.text).contains("5 things need your attention"),
        "{}",
        html::text(&refused.text)
    );
    for tag in html::tags(&refused.text)
        .iter()
        .filter(|tag| tag.attribute("aria-invalid").is_some())
    {
        let described = tag.attribute("aria-describedby").unwrap();
        for id in described.split(' ') {
            assert!(
                refused.text.contains(&format!("id=\"{id}\"")),
                "{id} describes nothing"
            );
        }
    }
    // Mended but for what only the database knows.
    let kept = changed(
        kept,
        &[
            ("name", "Other"),
            ("price", "1"),
            ("stock_quantity", "1"),
            ("slug", "lamp"),
            ("images", ""),
            ("sku", "taken"),
        ],
    );
    let refused = olive.post_fields(TABLE, &kept).await;
    assert_eq!(refused.status, 422);
    assert!(
        html::text(&refused.text).contains("2 things need your attention"),
        "{}",
        html::text(&refused.text)
    );
    let kept = changed(html::form(&refused.text, TABLE), &[("slug", ""), ("sku", "")]);
    assert_eq!(olive.post_fields(TABLE, &kept).await.status, 303);

    // An existing product: the version that was opened stays with the refused form.
    let opened = olive
        .submit("/admin/products/1", "/admin/products/1", &[("price", "x")])
        .await;
    let fields = html::form(&opened.text, "/admin/products/1");
    assert!(opened.status == 422 && fields.contains(&("version".to_owned(), "1".to_owned())));
    shop.amend(&json!(1), &json!({"price": "3.00"})).await;
    let conflict = olive
        .post_fields("/admin/products/1", &changed(fields, &[("price", "2.00")]))
        .await;
    assert_eq!(
        conflict.status, 409,
        "the refused form did not forget which version it means"
    );
}

async fn a_conflict_shows_both_sides_and_takes_the_chosen_ones(shop: Shop) {
    let made = shop
        .create(&json!({"name": "Kite", "price": "19.90", "description": "old", "brand": "Wind"}))
        .await;
    let own = format!("{TABLE}/{}", made["product_id"]);
    let mut olive = Browser::of_owner(&shop).await;
    let opened = olive.open(&own).await;
    shop.amend(
        &made["product_id"],
        &json!({"price": "21.50", "description": "theirs <b>"}),
    )
    .await;
    let mine = changed(
        html::form(&opened.text, &own),
        &[("description", "mine <i>"), ("stock_quantity", "7")],
    );
    let conflict = olive.post_fields(&own, &mine).await;
    assert_eq!(conflict.status, 409, "{}", conflict.text);
    html::assert_is_ours(&conflict.text, "conflict");
    let shown = html::text(&conflict.text);
    assert!(
        ["21.50", "19.90", "mine <i>", "theirs <b>"]
            .iter()
            .all(|text| shown.contains(text)),
        "{shown}"
    );
    let fields = html::form(&conflict.text, &own);
    let chosen = |name: &str| {
        fields
            .iter()
            .find(|(found, _)| found == name)
            .map_or("", |(_, value)| value.as_str())
    };
    assert_eq!(
        (
            chosen("keep.price"),
            chosen("keep.description"),
            chosen("keep.stock_quantity")
        ),
        ("theirs", "mine", "mine")
    );
    assert_eq!(chosen("brand"), "Wind", "what agrees is not asked");
    let unseen = shop
        .fresh(&format!("/api/v1/products/{}", made["product_id"]))
        .await
        .json();
    assert_eq!(unseen["description"], "theirs <b>", "nothing was written");

    // A third change while choosing is a conflict again; then both sides are merged.
    shop.amend(&made["product_id"], &json!({"brand": "Sky"})).await;
    let again = olive.post_fields(&own, &fields).await;
    assert_eq!(again.status, 409);
    let saved = olive.post_fields(&own, &html::form(&again.text, &own)).await;
    assert_eq!(saved.status, 303, "{}", saved.text);
    let merged = shop
        .fresh(&format!("/api/v1/products/{}", made["product_id"]))
        .await
        .json();
    let found = ["price", "description", "stock_quantity", "brand"].map(|name| merged[name].clone());
    assert_eq!(found, [json!("21.50"), json!("mine <i>"), json!(7), json!("Sky")]);

    // Deleting a product that changed meanwhile asks once more.
    let question = olive.open(&format!("{own}/delete")).await;
    shop.amend(&made["product_id"], &json!({"price": "1.00"})).await;
    let asked = olive
        .post_fields(
            &format!("{own}/delete"),
            &html::form(&question.text, &format!("{own}/delete")),
        )
        .await;
    assert_eq!(asked.status, 409);
    let done = olive
        .post_fields(
            &format!("{own}/delete"),
            &html::form(&asked.text, &format!("{own}/delete")),
        )
        .await;
    assert_eq!(done.status, 303);
}

pub async fn an_old_address_leads_to_the_new_one_for_ever(shop: Shop) {
    let made = shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    let visit = |path: &'static str| {
        let shop = &shop;
        async move {
            let seen = shop
                .send(
                    Method::GET,
                    path,
                    &[("cookie", &format!("vitrine_seq={}", shop.head().await))],
                    None,
                )
                .await;
            (seen.status, seen.header("location").to_owned())
        }
    };
    for slug in ["second", "third"] {
        shop.amend(&made["product_id"], &json!({"slug": slug})).await;
    }
    for old in ["/products/lamp", "/products/second"] {
        assert_eq!(visit(old).await, (301, "/products/third".to_owned()), "{old}");
    }
    // Nobody else gets an address that once was somebody's.
    let other = shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    assert_eq!(other["slug"], "lamp-2");
    let taken = shop
        .admin(
            Method::POST,
            "/api/admin/products",
            &[],
            Some(&json!({"name": "x", "price": "1.00", "slug": "second"})),
        )
        .await;
    assert_eq!(
        (taken.status, &taken.json()["errors"][0]["code"]),
        (422, &json!("taken"))
    );
    // Its own former address it may take back.
    shop.amend(&made["product_id"], &json!({"slug": "lamp"})).await;
    assert_eq!(visit("/products/lamp").await.0, 200);
    assert_eq!(visit("/products/third").await, (301, "/products/lamp".to_owned()));
    // A hidden product is not there, under any address.
    shop.amend(&made["product_id"], &json!({"is_active": false}))
        .await;
    for path in ["/products/lamp", "/products/third"] {
        assert_eq!(visit(path).await.0, 404, "{path}");
    }
}

pub async fn the_table_is_searched_filtered_and_turned_by_page(shop: Shop) {
    for number in 0..30 {
        let body = json!({"name": format!("Lamp {number:02}"), "price": "1.00", "is_active": number != 5, "sku": format!("A-{number}")});
        shop.create(&body).await;
    }
    shop.create(&json!({"name": "Vase", "price": "1.00"})).await;
    let mut olive = Browser::of_owner(&shop).await;
    let rows = |page: &str| {
        html::tags(page)
            .iter()
            .filter(|tag| tag.attribute("class") == Some("what"))
            .count()
    };
    for (query, count) in [
        ("", 24),
        ("?page=2", 7),
        ("?q=vase", 1),
        ("?q=A-7", 1),
        ("?status=hidden", 1),
        ("?status=active&page=2", 6),
        ("?status=deleted", 0),
        ("?sort=name&page=2", 7),
    ] {
        let page = olive.open(&format!("{TABLE}{query}")).await;
        assert_eq!((page.status, rows(&page.text)), (200, count), "{query}");
        html::assert_is_ours(&page.text, query);
    }
    let first = olive.open(&format!("{TABLE}?sort=name")).await;
    let next = html::tags(&first.text)
        .into_iter()
        .find(|tag| tag.attribute("rel") == Some("next"))
        .unwrap();
    assert_eq!(rows(&olive.open(next.attribute("href").unwrap()).await.text), 7);
    assert_eq!(olive.open(&format!("{TABLE}?colour=red")).await.status, 400);
}
