//! The shop on partitioned products: everything works as before, and the way back leads to where it began.
#![cfg(feature = "mysql")]

use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Text};
use secrecy::ExposeSecret;
use vitrine::db::AnyConnection;

use crate::helpers::Shop;
use crate::helpers::servers::{Servers, connect};

/// `vitrine db partition --by category` with these arguments: what it said, and its exit code.
fn partition(shop: &Shop, arguments: &[&str]) -> (String, Option<i32>) {
    let mut command = shop.vitrine(&["db", "partition", "--by", "category"]);
    command.args(arguments);
    if let Some(url) = admin_url(shop) {
        // Making triggers beside a binary log takes more rights than the shop has.
        command.env("VITRINE__DATABASE__MIGRATE_URL", url);
    }
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (String::from_utf8(said).unwrap(), output.status.code())
}

fn admin_url(shop: &Shop) -> Option<String> {
    let url = shop.parts.settings.database.primary.expose_secret();
    let name = url.strip_prefix("mysql://")?.rsplit('/').next()?;
    Some(format!("{}/{name}", Servers::find()?.primary_admin))
}

/// A shop where partitioning is possible.
async fn plain() -> Option<Shop> {
    let shop = Shop::on_mariadb().await?;
    Servers::find()?.are_mariadb().then_some(shop)
}

async fn partitioned() -> Option<Shop> {
    let shop = plain().await?;
    let (said, code) = partition(&shop, &["--apply", "--confirmed-backup"]);
    assert_eq!(code, Some(0), "{said}");
    Some(shop)
}

/// Contracts of other files, on a partitioned shop.
macro_rules! on_partitioned_products {
    ($($file:ident: $($name:ident),+;)+) => { $(
        mod $file {
            $(#[actix_web::test]
            async fn $name() {
                if let Some(shop) = super::partitioned().await {
                    crate::$file::$name(shop).await;
                }
            })+
        }
    )+ };
}

on_partitioned_products! {
    lists: filters_narrow_and_values_of_one_filter_are_alternatives, a_walk_loses_and_repeats_nothing_while_products_come_and_go, signs_of_sql_and_of_search_engines_mean_themselves;
    rest: a_product_lives_from_creation_to_restoration, cursors_walk_every_page_there_and_back, pages_show_what_was_written;
    stock: fifty_parallel_deltas_add_up_exactly;
    terms: a_rename_takes_its_products_along_and_forgets_no_address, a_merge_moves_products_and_what_stands_below, lists_are_narrowed_by_attributes;
    writes: fifty_parallel_posts_with_one_idempotency_key_make_one_product, parallel_writes_leave_a_log_without_gaps;
    clock: a_product_appears_when_its_time_has_come, views_are_no_changes_of_the_shop;
    owner: an_old_address_leads_to_the_new_one_for_ever, the_table_is_searched_filtered_and_turned_by_page;
    removal: what_no_product_has_can_be_deleted_and_leads_nowhere;
}

#[derive(diesel::QueryableByName)]
struct Sum {
    #[diesel(sql_type = BigInt)]
    sum: i64,
}

#[derive(diesel::QueryableByName)]
struct Definition {
    #[diesel(sql_type = Text, column_name = "Create Table")]
    text: String,
}

#[derive(diesel::QueryableByName)]
struct Plan {
    #[diesel(sql_type = Text)]
    partitions: String,
    #[diesel(sql_type = Text, column_name = "Extra")]
    extra: String,
}

const TABLES: [&str; 7] = [
    "products",
    "product_slugs",
    "product_tags",
    "product_attributes",
    "product_popularity",
    "price_changes",
    "clock_changes",
];

fn definitions(connection: &mut AnyConnection) -> Vec<String> {
    let of = |table: &&str| {
        let found: Definition = diesel::sql_query(format!("SHOW CREATE TABLE {table}"))
            .get_result(connection)
            .unwrap();
        // The next id to give is no part of the shape.
        let words = found
            .text
            .split(' ')
            .filter(|word| !word.starts_with("AUTO_INCREMENT="));
        words.collect::<Vec<_>>().join(" ")
    };
    TABLES.iter().map(of).collect()
}

/// A number that any change of any row of the products changes.
fn checksum(connection: &mut AnyConnection) -> i64 {
    let query = "SELECT CAST(SUM(CRC32(CONCAT_WS('|', product_id, name, price, IFNULL(category, '-'), slug, sku_key, \
                 created_at, updated_at, current_price, version))) AS SIGNED) AS sum FROM products";
    diesel::sql_query(query)
        .get_result::<Sum>(connection)
        .unwrap()
        .sum
}

fn fill(connection: &mut AnyConnection, products: u32) {
    let row = "CONCAT('Lamp ', seq), (seq % 700) + 0.99, (seq % 700) + 0.99, \
               IF(seq % 50 = 0, NULL, CONCAT('Category ', seq % 100)), NOW(6) - INTERVAL seq SECOND, NOW(6), \
               CONCAT('lamp ', seq), CONCAT('lamp-', seq), CONCAT('L-', seq), CONCAT('l-', seq)";
    let columns =
        "name, price, current_price, category, created_at, updated_at, name_key, slug, sku, sku_key";
    connection
        .batch_execute(&format!(
            "INSERT INTO products ({columns}) SELECT {row} FROM seq_1_to_{products}"
        ))
        .unwrap();
    let scored = "INSERT INTO product_popularity (product_id, category, score) SELECT product_id, category, 0 FROM products";
    connection.batch_execute(scored).unwrap();
}

/// There and back, with as many products as are asked for.
async fn there_and_back(products: u32) {
    let Some(shop) = plain().await else {
        return;
    };
    let mut connection = connect(&admin_url(&shop).unwrap());
    fill(&mut connection, products);
    let (before, rows) = (definitions(&mut connection), checksum(&mut connection));

    let (plan, code) = partition(&shop, &["--plan"]);
    assert!(
        code == Some(0) && plan.contains("What it costs") && plan.contains("product_keys"),
        "{plan}"
    );
    let (refused, code) = partition(&shop, &["--apply"]);
    assert!(
        code == Some(1) && refused.contains("--confirmed-backup"),
        "{refused}"
    );
    assert_eq!(
        definitions(&mut connection),
        before,
        "a plan or a refusal changed something"
    );

    let began = std::time::Instant::now();
    assert_eq!(partition(&shop, &["--apply", "--confirmed-backup"]).1, Some(0));
    let applied = began.elapsed();
    assert_eq!(checksum(&mut connection), rows);
    let list = "EXPLAIN PARTITIONS SELECT name FROM products FORCE INDEX (products_category_newest) \
                WHERE category = 'Category 7' AND is_active = 1 AND deleted_at IS NULL \
                ORDER BY created_at DESC, product_id DESC LIMIT 25";
    let plan: Plan = diesel::sql_query(list).get_result(&mut connection).unwrap();
    assert!(
        !plan.partitions.contains(',') && !plan.extra.contains("filesort"),
        "{} {}",
        plan.partitions,
        plan.extra
    );
    for twice in [
        "INSERT INTO products (name, price, name_key, slug, created_at) VALUES ('x', 1, 'x', 'lamp-7', NOW(6))",
        "UPDATE products SET sku_key = 'l-7' WHERE slug = 'lamp-8'",
        "DELETE FROM products WHERE slug = 'lamp-9'",
    ] {
        connection.batch_execute(twice).expect_err(twice);
    }
    assert_eq!(
        partition(&shop, &["--apply", "--confirmed-backup"]).1,
        Some(0),
        "again"
    );

    let began = std::time::Instant::now();
    assert_eq!(partition(&shop, &["--revert"]).1, Some(0));
    println!(
        "{products} products: there in {applied:?}, back in {:?}",
        began.elapsed()
    );
    assert_eq!(checksum(&mut connection), rows);
    assert_eq!(definitions(&mut connection), before);
    assert_eq!(partition(&shop, &["--revert"]).1, Some(0), "again");
    let left = "SELECT CAST(COUNT(*) AS SIGNED) AS sum FROM information_schema.triggers WHERE trigger_schema = DATABASE()";
    assert_eq!(
        diesel::sql_query(left)
            .get_result::<Sum>(&mut connection)
            .unwrap()
            .sum,
        0
    );
}

#[actix_web::test]
async fn the_way_there_keeps_each_row_and_the_way_back_each_definition() {
    there_and_back(3_000).await;
}

#[actix_web::test]
#[ignore = "takes half a minute: cargo test --test it -- --ignored --nocapture"]
async fn a_hundred_thousand_products_go_there_and_back() {
    there_and_back(100_000).await;
}

#[actix_web::test]
async fn sqlite_is_refused_with_the_reason() {
    let shop = Shop::on_sqlite().await;
    for way in [&["--plan"][..], &["--apply", "--confirmed-backup"], &["--revert"]] {
        let (said, code) = partition(&shop, way);
        assert!(
            code == Some(1) && said.contains("SQLite has no partitions"),
            "{said}"
        );
    }
}

#[actix_web::test]
async fn mysql_is_refused_with_the_reason() {
    let Some(shop) = Shop::on_mariadb().await else {
        return;
    };
    if Servers::find().is_some_and(|servers| servers.are_mariadb()) {
        return crate::helpers::skipped(
            "that MySQL's products are not partitioned: these servers are MariaDB",
        );
    }
    let (said, code) = partition(&shop, &["--plan"]);
    assert!(
        code == Some(1) && said.contains("MySQL has no full text in partitioned tables"),
        "{said}"
    );
}
