//! The commands `history` and `undo`.

use serde_json::json;

use super::{newest, product};
use crate::helpers::Shop;
use crate::on_both_databases;

on_both_databases!(
    the_commands_tell_what_happened_and_take_it_back,
    a_fork_is_a_change_that_gives_the_history_another_name,
);

/// Whether a command went well, and what it said.
fn run(shop: &Shop, arguments: &[&str]) -> (bool, String, String) {
    let output = shop.vitrine(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

async fn the_commands_tell_what_happened_and_take_it_back(shop: Shop) {
    let made = shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    let id = &made["product_id"];
    shop.create(&json!({"name": "Vase", "price": "1.00"})).await;
    shop.amend(id, &json!({"price": "2.00", "brand": "Windward"}))
        .await;
    let seq = newest(&shop).await.to_string();
    let (well, told, _) = run(&shop, &["history", "--product", &id.to_string()]);
    assert!(well && !told.contains("Vase"), "{told}");
    let expected = format!(
        "updated product {id} \"Lamp\" by key:1\n    brand: (empty) -> Windward\n    price: 1.00 -> 2.00\n"
    );
    assert!(
        told.starts_with(&format!("{seq} ")) && told.contains(&expected),
        "{told}"
    );
    assert_eq!(run(&shop, &["history", "--limit", "1"]).1.lines().count(), 3);
    assert!(run(&shop, &["history", "--by", "key:1"]).1.contains("Vase"));
    assert!(!run(&shop, &["history", "--by", "Olive"]).0);

    shop.amend(id, &json!({"price": "3.00"})).await;
    let (well, _, said) = run(&shop, &["undo", &seq]);
    assert!(
        !well && said.contains("price: was 1.00, became 2.00, is now 3.00"),
        "{said}"
    );
    assert!(said.contains("--version 3 --keep price"), "{said}");
    let stale = run(&shop, &["undo", &seq, "--version", "2", "--put-back", "price"]);
    assert!(!stale.0 && stale.2.contains("--version 3"), "{}", stale.2);
    let (well, told, said) = run(&shop, &["undo", &seq, "--version", "3", "--put-back", "price"]);
    assert!(well && told.starts_with("undone by change "), "{told}{said}");
    let now = product(&shop, id).await;
    assert_eq!((&now["price"], &now["brand"]), (&json!("1.00"), &json!(null)));
    assert!(run(&shop, &["undo", &seq]).1.contains("nothing to do"));
    assert!(
        run(&shop, &["history", "--limit", "1"])
            .1
            .contains(&format!("by cli, undoes {seq}"))
    );
    let (well, _, said) = run(&shop, &["undo", "999"]);
    assert!(!well && said.contains("no such change"), "{said}");
    let (well, _, said) = run(&shop, &["undo", "--batch", "none"]);
    assert!(!well && said.contains("no such batch"), "{said}");
    assert_eq!(shop.vitrine(&["undo"]).output().unwrap().status.code(), Some(2));
}

async fn a_fork_is_a_change_that_gives_the_history_another_name(shop: Shop) {
    shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    let first = shop.parts.db.primary_head().await.unwrap();
    // Twice does no harm.
    for _ in 0..2 {
        let before = shop.parts.db.primary_head().await.unwrap();
        let (well, told, said) = run(&shop, &["db", "fork"]);
        let after = shop.parts.db.primary_head().await.unwrap();
        assert!(
            well && told.contains(&format!("change {} on", after.seq)),
            "{told}{said}"
        );
        assert_eq!(after.seq, before.seq + 1);
        assert_ne!(after.epoch, before.epoch);
        let told = run(&shop, &["history", "--limit", "1"]).1;
        assert!(told.contains("forked history 0 by cli"), "{told}");
        assert!(
            told.contains(&format!("epoch: {} -> {}", before.epoch, after.epoch)),
            "{told}"
        );
    }
    let (well, _, said) = run(&shop, &["undo", &(first.seq + 1).to_string()]);
    assert!(!well && said.contains("a backup of it may have it"), "{said}");
    assert!(run(&shop, &["audit", "verify"]).0);
    assert!(shop.fresh("/products/lamp").await.text.contains("Lamp"));
}
