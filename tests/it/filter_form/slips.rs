//! What a form says when something about it is wrong: a slip, a list with nothing in it, what it does not know.

use super::{FORM, chips, products, stock_up, visit};
use crate::helpers::{Shop, html};
use crate::on_both_databases;

on_both_databases!(
    a_slip_is_told_in_words_and_loses_nothing,
    an_empty_list_says_what_to_leave_out,
    pages_ignore_what_they_do_not_know,
);

async fn a_slip_is_told_in_words_and_loses_nothing(shop: Shop) {
    stock_up(&shop).await;
    let slips =
        "min_price=cheap&attr.height.max=tall&created_since=yesterday&brand=Zeal&max_price=50&sort=sideways";
    let page = visit(&shop, &format!("/products?{slips}")).await;
    assert_eq!(page.status, 400);
    let text = html::text(&page.text);
    for words in [
        "4 things need your attention",
        "Minimum price is not a decimal number such as 19.99.",
        "Height to must be a number such as 12.5.",
        "New since must be a date",
        "Sort by must be one of those in the list.",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(
        !text.contains('`') && !text.contains("min_price") && !text.contains("attr."),
        "{text}"
    );
    let fields = html::form_by(&page.text, FORM, "get");
    for (name, value) in [
        ("min_price", "cheap"),
        ("attr.height.max", "tall"),
        ("created_since", "yesterday"),
        ("brand", "Zeal"),
        ("max_price", "50"),
    ] {
        assert!(
            fields.contains(&(name.to_owned(), value.to_owned())),
            "{name} was lost: {fields:?}"
        );
    }
    for tag in html::tags(&page.text)
        .iter()
        .filter(|tag| tag.attribute("aria-invalid").is_some())
    {
        let told = tag.attribute("aria-describedby").unwrap();
        assert!(page.text.contains(&format!("id=\"{told}\"")), "{told}");
        assert!(
            page.text
                .contains(&format!("href=\"#{}\"", tag.attribute("id").unwrap()))
        );
    }
    let (_, way) = page.text.split_once("<a class=\"button\" href=\"").unwrap();
    let way = html::unescape(way.split('"').next().unwrap());
    assert_eq!(way, "/products?brand=Zeal&max_price=50");
    assert_eq!(products(&visit(&shop, &way).await), ["Shelf"]);
}

async fn an_empty_list_says_what_to_leave_out(shop: Shop) {
    stock_up(&shop).await;
    let page = visit(
        &shop,
        "/products?category=tables&brand=Zeal&attr.wood=Beech&min_price=2",
    )
    .await;
    assert_eq!((page.status, products(&page).len()), (200, 0));
    let text = html::text(&page.text);
    assert!(
        text.contains("Without “By Zeal”: 1 product") && text.contains("Without “Wood: Beech”: 1 product"),
        "{text}"
    );
    assert!(
        !text.contains("Without “From"),
        "that would lead to another empty list: {text}"
    );
    let (_, content) = page.text.split_once("<div class=\"empty\">").unwrap();
    let content = content.split("</main>").next().unwrap();
    let tags = html::tags(&format!("<div>{content}"));
    let links: Vec<&str> = tags.iter().filter_map(|tag| tag.attribute("href")).collect();
    assert_eq!(links.len(), 4, "{links:?}");
    for link in links {
        assert!(
            !products(&visit(&shop, link).await).is_empty(),
            "{link} leads nowhere"
        );
    }
}

async fn pages_ignore_what_they_do_not_know(shop: Shop) {
    stock_up(&shop).await;
    for query in [
        "utm_source=x",
        "attr.nothing=1",
        "attr.wood.about=1",
        "attr.=1",
        "brand=&page=",
        "status=hidden",
    ] {
        let page = visit(&shop, &format!("/products?sort=name&{query}")).await;
        assert_eq!((page.status, chips(&page).len()), (200, 0), "{query}");
        assert_eq!(products(&page), ["Desk", "Shelf", "Table"], "{query}");
    }
    assert_eq!(shop.get("/api/v1/products?attr.nothing=1").await.status, 400);
    for query in ["page=0", "page=99", "page=x", "after=x"] {
        let page = visit(&shop, &format!("/products?brand=Zeal&{query}")).await;
        assert_eq!(page.status, 400, "{query}");
        assert!(
            html::text(&page.text).contains("There is no such page of this list."),
            "{query}"
        );
        assert!(page.text.contains("href=\"/products?brand=Zeal\""), "{query}");
    }
}
