//! The import command against real files, and killed in the middle.

use std::io::Write;
use std::path::Path;
use std::process::Output;

use crate::helpers::{Shop, skipped};
use crate::on_both_databases;

on_both_databases!(
    the_shop_of_the_data_folder_comes_in_with_its_pictures,
    the_path_of_a_category_becomes_the_tree_and_moves_nothing_that_stands,
    an_import_killed_in_the_middle_leaves_whole_batches_and_finishes_when_run_again,
);

const SHOP: &str = "../shared/data/shop/products.csv";

fn last_line(output: &Output) -> String {
    String::from_utf8(output.stdout.clone())
        .unwrap()
        .lines()
        .last()
        .unwrap_or_default()
        .to_owned()
}

async fn the_shop_of_the_data_folder_comes_in_with_its_pictures(shop: Shop) {
    if !Path::new(SHOP).exists() {
        skipped(&format!("{SHOP} is not here"));
        return;
    }
    let dry = shop.vitrine(&["import", SHOP, "--dry-run"]).output().unwrap();
    assert_eq!(last_line(&dry), "rows=100 created=99 changed=0 same=0 refused=1");
    let first = shop.vitrine(&["import", SHOP]).output().unwrap();
    assert_eq!(
        last_line(&first),
        "rows=100 created=99 changed=0 same=0 refused=1"
    );
    let told = String::from_utf8(first.stderr).unwrap();
    assert!(
        told.contains("row 84, column sku, value \"ROBOT-VACUUM\": row 83 of this file"),
        "{told}"
    );
    let again = shop.vitrine(&["import", SHOP]).output().unwrap();
    assert_eq!(
        last_line(&again),
        "rows=100 created=0 changed=0 same=99 refused=1"
    );
    let seq = shop.parts.db.primary_head().await.unwrap().seq.to_string();
    let fresh = [("x-min-change-seq", seq.as_str())];
    let list = shop
        .send(awc::http::Method::GET, "/api/v1/products?limit=100", &fresh, None)
        .await
        .json();
    let pictures: Vec<&str> = list["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|product| product["image_url"].as_str().unwrap())
        .collect();
    assert!(pictures.len() > 80);
    let head = shop.send(awc::http::Method::HEAD, pictures[0], &[], None).await;
    assert!(head.status == 200 && head.header("content-type").starts_with("image/"));
}

async fn the_path_of_a_category_becomes_the_tree_and_moves_nothing_that_stands(shop: Shop) {
    let file = shop.folder.path().join("paths.csv");
    let import = |text: &str, more: &[&str]| {
        std::fs::write(&file, text).unwrap();
        let arguments = [&["import", file.to_str().unwrap()], more].concat();
        shop.vitrine(&arguments).output().unwrap()
    };
    let first =
        "sku,name,price,category_path\nA,Arc,1.00,Home > Lamps > Desk lamps\nB,Bowl,1.00,Home > Bowls\n";
    let dry = import(first, &["--dry-run"]);
    assert_eq!(last_line(&dry), "rows=2 created=2 changed=0 same=0 refused=0");
    let terms = || shop.count("SELECT COUNT(*) AS count FROM terms");
    assert_eq!(terms().await, 0, "a dry run makes none");
    import(first, &[]);
    let page = shop
        .fresh("/api/v1/products?category=home&sort=name")
        .await
        .json();
    let names: Vec<_> = page["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|product| &product["name"])
        .collect();
    assert_eq!(names, ["Arc", "Bowl"]);
    let logged = "SELECT COUNT(*) AS count FROM changes WHERE entity = 'category' AND action = 'created' AND batch IS NOT NULL";
    assert_eq!(shop.count(logged).await, 4, "each with its change");

    let second = "sku,name,price,category,category_path\nC,Cone,1.00,Lamps,Garden > Lamps > Party\nD,Disc,1.00,Lamps,Home > Light\n";
    let told = import(second, &[]);
    assert_eq!(last_line(&told), "rows=2 created=1 changed=0 same=0 refused=1");
    let told = String::from_utf8(told.stderr).unwrap();
    for line in [
        "category \"Lamps\" stays below \"Home\"; the file has it below \"Garden\"",
        "row 3, column category_path, value \"Home > Light\": does not name “Lamps”, which is the category of the row",
    ] {
        assert!(told.contains(line), "{told}");
    }
    assert_eq!(terms().await, 4, "neither Garden nor Party nor Light");
}

async fn an_import_killed_in_the_middle_leaves_whole_batches_and_finishes_when_run_again(shop: Shop) {
    const ROWS: i64 = 2_000;
    let file = shop.folder.path().join("many.jsonl");
    let mut lines = std::fs::File::create(&file).unwrap();
    for number in 0..ROWS {
        writeln!(
            lines,
            "{{\"sku\":\"S-{number}\",\"name\":\"Lamp {number}\",\"price\":\"1.00\"}}"
        )
        .unwrap();
    }
    let file = file.to_str().unwrap();
    let mut killed = shop.vitrine(&["import", file]).spawn().unwrap();
    let count = || shop.count("SELECT COUNT(*) AS count FROM products");
    while count().await == 0 {
        assert!(
            killed.try_wait().unwrap().is_none(),
            "it ended before it could be killed"
        );
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    let imported = count().await;
    assert!(imported > 0 && imported < ROWS, "{imported}");
    let logged = shop
        .count("SELECT COUNT(*) AS count FROM changes WHERE entity = 'product'")
        .await;
    assert_eq!(logged, imported, "a change for each product");
    let whole = shop.vitrine(&["audit", "verify"]).output().unwrap();
    assert!(
        whole.status.success(),
        "{}",
        String::from_utf8_lossy(&whole.stderr)
    );
    let finished = shop.vitrine(&["import", file]).output().unwrap();
    let expected = format!(
        "rows={ROWS} created={} changed=0 same={imported} refused=0",
        ROWS - imported
    );
    assert_eq!(last_line(&finished), expected);
    let verified = shop.vitrine(&["audit", "verify"]).output().unwrap();
    assert!(verified.status.success());
}
