//! What databases hold, compared.

use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Text};
use vitrine::db::tables::{Table, snapshot};
use vitrine::db::{DatabaseUrl, Router};

use crate::helpers::Shop;

#[derive(diesel::QueryableByName)]
struct Found {
    #[diesel(sql_type = Text)]
    text: String,
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Each table with its number of rows and a sum over them, but for the head, which has another epoch.
pub fn digests(url: &str) -> Vec<(String, u64, String)> {
    let url = DatabaseUrl::parse(url).unwrap();
    let digests = snapshot(&url, |snapshot| {
        let mut tables = snapshot.tables()?;
        tables.retain(|table| table.name != "change_head");
        let digest = |table: Table| {
            let digest = snapshot.each_page(&table, |_| Ok(()))?;
            Ok((table.name, digest.rows, digest.to_hex()))
        };
        tables.into_iter().map(digest).collect()
    });
    digests.unwrap()
}

/// Every product is as its last change in the log left it, and the log has no change of a product that is not there.
pub async fn agree_with_log(db: &Router) {
    let disagreeing = "SELECT COUNT(*) AS count FROM products p LEFT JOIN changes c ON c.seq = \
         (SELECT MAX(seq) FROM changes WHERE entity = 'product' AND entity_id = p.product_id) \
         WHERE c.seq IS NULL OR c.version <> p.version \
         OR c.state_after NOT LIKE CONCAT('%\"stock_quantity\":', p.stock_quantity, ',%')";
    let lost = "SELECT COUNT(*) AS count FROM changes c LEFT JOIN products p ON p.product_id = c.entity_id \
         WHERE c.entity = 'product' AND p.product_id IS NULL";
    let beyond = "SELECT COUNT(*) AS count FROM changes c JOIN change_head h ON c.seq > h.seq";
    for query in [disagreeing, lost, beyond] {
        let count =
            move |connection: &mut _| Ok(diesel::sql_query(query).get_result::<Count>(connection)?.count);
        assert_eq!(db.read("test", count).await.unwrap().value, 0, "{query}");
    }
}

/// `table column` of everything in the shop's database.
pub async fn columns_of(shop: &Shop) -> Vec<String> {
    let query = if shop.parts.is_on_sqlite() {
        "SELECT t.name || ' ' || c.name AS text FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'"
    } else {
        "SELECT CONCAT(table_name, ' ', column_name) AS text FROM information_schema.columns WHERE table_schema = DATABASE()"
    };
    let columns = move |connection: &mut _| Ok(diesel::sql_query(query).load::<Found>(connection)?);
    let found = shop.parts.db.unlogged("test", columns).await.unwrap();
    found.into_iter().map(|found| found.text).collect()
}
