//! The import over a real SQLite file.
#![cfg(feature = "sqlite")]

mod places;
mod round_trip;
mod shop;

use std::io::Cursor;
use std::path::Path;

use proptest::prelude::*;
use shop::{Shop, Told, columns, origin, paths};

use super::{Format, Summary, demo};
use crate::catalog::ImportMode;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89";

#[actix_web::test]
async fn a_spreadsheet_comes_in_and_comes_in_again() {
    let shop = Shop::new();
    let file = "\u{feff} ID , Name,SKU,Price,Stock,Category,is_active\r\n\
                1,\"Lamp, \"\"tall\"\"\",L-1,19.90,3,Lamps,yes\r\n\
                \r\n\
                2,\"Two\nlines\",L-2,5,,lamps,no\r\n";
    let (summary, told) = shop.import(file).await;
    assert_eq!(summary, "rows=2 created=2 changed=0 same=0 refused=0");
    assert_eq!((told.unknown, told.rows), (vec!["id".to_owned()], 2));
    let (summary, _) = shop.import(file).await;
    assert_eq!(summary, "rows=2 created=0 changed=0 same=2 refused=0");
}

#[actix_web::test]
async fn blank_cells_and_missing_columns_leave_a_product_as_it_is() {
    let shop = Shop::new();
    shop.import("sku,name,price,brand,stock_quantity\nA,Lamp,1.00,Oak,7\n")
        .await;
    let (summary, _) = shop.import("sku,name,price,brand\na,,2.50,\n").await;
    assert_eq!(summary, "rows=1 created=0 changed=1 same=0 refused=0");
    let products = shop.products().await;
    let lamp = &products[0];
    assert_eq!(
        (lamp.name.as_str(), lamp.brand.as_deref(), lamp.stock_quantity),
        ("Lamp", Some("Oak"), 7)
    );
    assert_eq!(lamp.price.to_string(), "2.50");
}

#[actix_web::test]
async fn a_second_row_about_a_product_is_refused_unless_the_first_was() {
    let shop = Shop::new();
    let file = "sku,slug,name,price\n\
                A,,Lamp,1.00\n\
                a,,Lamp again,1.00\n\
                B,desk,Desk,\n\
                B,desk,Desk,2.00\n\
                C,desk,Other desk,2.00\n\
                ,,Vase,3.00\n\
                ,,vase,4.00\n";
    let (summary, told) = shop.import(file).await;
    assert_eq!(summary, "rows=7 created=3 changed=0 same=0 refused=4");
    assert_eq!(
        columns(&told),
        [(3, "sku"), (4, "price"), (6, "slug"), (8, "name")]
    );
    assert!(told.refused[0].2.contains("row 2 "), "{told:?}");
    let (summary, told) = shop.import(file).await;
    assert_eq!(summary, "rows=7 created=0 changed=0 same=3 refused=4");
    assert_eq!(columns(&told)[1], (5, "sku"), "the desk has a price now");
}

#[actix_web::test]
async fn broken_rows_are_told_and_the_others_come_in() {
    let shop = Shop::new();
    let mut file = b"name,price,category\nShort,1\nLong,1,a,b\nLatin-1 \xE9,1,a\nGood,1,a\n".to_vec();
    file.extend_from_slice(b"Open,1,\"a\nSwallowed,1,b\n");
    let (summary, told) = shop.try_import(&file, ImportMode::Write).await;
    assert_eq!(
        summary.unwrap().to_string(),
        "rows=5 created=1 changed=0 same=0 refused=4"
    );
    assert_eq!(columns(&told), [(2, "row"), (3, "row"), (4, "row"), (6, "row")]);
    assert!(told.refused[3].2.contains("quotation mark"), "{told:?}");
}

#[actix_web::test]
async fn files_that_are_no_product_lists_are_refused_with_a_reason() {
    let shop = Shop::new();
    for (file, reason) in [
        (&b""[..], "empty"),
        (b"1,2,3\n", "it is: 1, 2, 3."),
        (b"name;price\nLamp;1\n", "semicolons"),
        (b"name\tprice\nLamp\t1\n", "tabs"),
        (b"<?xml version=\"1.0\"?>\n<rss/>", "XML"),
        (b"[{\"name\": \"Lamp\"}]", "one object per line"),
        (b"name,price,Price\nLamp,1,2\n", "\"price\" twice"),
        (b"\xFF\xFEn\0a\0m\0e\0", "UTF-16"),
        (b"name,pr\xE9x\n", "UTF-8"),
    ] {
        let (summary, _) = shop.try_import(file, ImportMode::Write).await;
        let told = summary.unwrap_err().chain();
        assert!(told.contains(reason), "{told}");
    }
    let endless = format!("name,price\nLamp,1\nOpen,\"{}", "x\n".repeat(1_000_000));
    let (summary, _) = shop.try_import(endless.as_bytes(), ImportMode::Write).await;
    assert!(summary.unwrap_err().chain().contains("row 3 is longer"));
    assert_eq!(shop.products().await.len(), 1, "what stood before it came in");
}

#[actix_web::test]
async fn json_lines_are_judged_line_by_line() {
    let shop = Shop::new();
    let long = format!("{{\"name\": \"{}\"}}", "x".repeat(2 * 1024 * 1024));
    let file = format!(
        "{{\"name\": \"Lamp\", \"price\": \"19.90\", \"stock_quantity\": 3, \"rating\": [\"a\"], \"tags\": [\"b\"], \"brand\": null}}\n\
         \n\
         {{\"name\": [\"Lamp\"], \"price\": \"1\"}}\n\
         [1]\n\
         {{\"name\":\n\
         {long}\n\
         {{\"name\": \"Desk\", \"price\": 120.5, \"is_active\": false, \"currency\": \"USD\"}}\n\
         {{\"name\": \"Vase\", \"price\": 12, \"currency\": \"eur\"}}"
    );
    let (summary, told) = shop.import(&file).await;
    assert_eq!(summary, "rows=7 created=2 changed=0 same=0 refused=5");
    assert_eq!(told.unknown, ["rating"]);
    assert_eq!(
        columns(&told),
        [(3, "name"), (4, "row"), (5, "row"), (6, "row"), (7, "currency")]
    );
}

#[actix_web::test]
async fn a_picture_comes_in_with_its_row_or_the_row_does_not_come_in() {
    let shop = Shop::new();
    std::fs::create_dir(shop.folder.path().join("images")).unwrap();
    std::fs::write(shop.folder.path().join("images/lamp.png"), PNG).unwrap();
    std::fs::write(shop.folder.path().join("evil.png"), "<svg onload='x'/>").unwrap();
    let file = "sku,name,price,image_url,image_file\n\
                A,Lamp,1,/static/old.jpg,images/lamp.png\n\
                B,Bad,1,,evil.png\n\
                C,Gone,1,,none.png\n\
                D,Out,1,,../../etc/passwd\n\
                B,Good,1,,images/lamp.png\n";
    let (rehearsed, _) = shop.try_import(file.as_bytes(), ImportMode::Rehearse).await;
    let expected = "rows=5 created=2 changed=0 same=0 refused=3";
    assert_eq!(rehearsed.unwrap().to_string(), expected);
    assert!(!shop.folder.path().join("media").exists() && shop.products().await.is_empty());
    let (summary, told) = shop.import(file).await;
    assert_eq!(summary, expected);
    assert_eq!(
        columns(&told),
        [(3, "image_file"), (4, "image_file"), (5, "image_file")]
    );
    for product in shop.products().await {
        let address = product.image_url().unwrap();
        assert!(
            address.starts_with("/media/") && address.ends_with("/original.png"),
            "{address}"
        );
    }
    let (summary, _) = shop.import(file).await;
    assert_eq!(summary, "rows=5 created=0 changed=0 same=2 refused=3");
}

#[actix_web::test]
async fn rows_of_another_currency_wait_for_a_word_from_the_owner() {
    let shop = Shop::new();
    let file = "name,price,currency\nLamp,1.00,USD\nDesk,2.00,\n";
    let (summary, told) = shop.import(file).await;
    assert_eq!(summary, "rows=2 created=1 changed=0 same=0 refused=1");
    assert!(told.refused[0].2.contains("--assume-currency"));
    let mut import = shop.import_of(ImportMode::Write);
    import.assume_currency = true;
    let summary = import
        .run(Cursor::new(file), Some(Format::Csv), &mut Told::default())
        .await;
    assert_eq!(
        summary.unwrap().to_string(),
        "rows=2 created=1 changed=0 same=1 refused=0"
    );
}

#[actix_web::test]
async fn the_demo_shop_comes_in_once() {
    let shop = Shop::new();
    let first = demo::seed(&shop.catalog, &shop.media).await.unwrap();
    assert!(first.created >= 60 && first.created == first.rows, "{first}");
    let again = demo::seed(&shop.catalog, &shop.media).await.unwrap();
    assert_eq!((again.same, again.rows), (first.rows, first.rows));
}

/// Files as other tools and careless people write them: an answer for every row, a reason for every file, no panic.
#[actix_web::test]
async fn every_file_of_the_data_folder_is_accounted_for() {
    for folder in [
        "../shared/data/imports",
        "../shared/data/hostile/csv-spectrum/csvs",
    ] {
        if !Path::new(folder).exists() {
            eprintln!("SKIPPED: {folder} is not here");
            continue;
        }
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let shop = Shop::new();
            let file = std::fs::read(&path).unwrap();
            let (summary, told) = shop.try_import(&file, ImportMode::Write).await;
            if let Ok(Summary {
                rows,
                created,
                changed,
                same,
                refused,
            }) = summary
            {
                assert_eq!(created + changed + same + refused, rows, "{}", path.display());
                assert!(told.refused.len() as u64 >= refused, "{}", path.display());
            }
        }
    }
}

/// Rows that are known by number, and perhaps address, or by name; each has a name and a price, good or bad.
fn any_file() -> impl Strategy<Value = String> {
    let one_of = |values: &[&'static str]| prop::sample::select(values.to_vec());
    let row = (
        (
            one_of(&["Lamp", "lamp", "Läm,p", "x\ny", "\"q\"", "\u{202e}", "=1+1"]),
            one_of(&["", "A", "a", "B-1"]),
            one_of(&["", "s-1", "s-2", "No slug"]),
        ),
        one_of(&["1", "2.50", "-1", "1,299.00"]),
        one_of(&["", "Lamps", "lamps", "Tables"]),
        one_of(&["", "7", "1.5"]),
        one_of(&["", "yes", "0", "perhaps"]),
    );
    prop::collection::vec(row, 0..12).prop_map(|rows| {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let header = ["name", "sku", "slug", "price", "category", "stock", "is_active"];
        writer.write_record(header).unwrap();
        for ((name, sku, slug), price, category, stock, is_active) in rows {
            let slug = if sku.is_empty() { "" } else { slug };
            writer
                .write_record([name, sku, slug, price, category, stock, is_active])
                .unwrap();
        }
        String::from_utf8(writer.into_inner().unwrap()).unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_file_imported_twice_changes_nothing_the_second_time(file in any_file()) {
        actix_web::rt::System::new().block_on(async {
            let shop = Shop::new();
            let (rehearsed, _) = shop.try_import(file.as_bytes(), ImportMode::Rehearse).await;
            let (first, told) = shop.try_import(file.as_bytes(), ImportMode::Write).await;
            let (again, told_again) = shop.try_import(file.as_bytes(), ImportMode::Write).await;
            let (rehearsed, first, again) = (rehearsed.unwrap(), first.unwrap(), again.unwrap());
            prop_assert_eq!(first.created + first.changed + first.same + first.refused, first.rows);
            prop_assert_eq!(rehearsed, first, "a rehearsal of one batch tells the truth");
            prop_assert_eq!(&told.refused, &told_again.refused);
            prop_assert_eq!(again.created + again.changed, 0, "{}", again);
            Ok(())
        })?;
    }
}
