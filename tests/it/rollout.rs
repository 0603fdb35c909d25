//! While a new version is rolled out, the one before works on the new tables; and it knows when it cannot.

use awc::http::Method;
use serde_json::json;

use crate::helpers::{Answer, Shop, html};
use crate::on_both_databases;

on_both_databases!(
    this_version_works_on_a_database_to_which_the_next_one_has_added,
    this_version_refuses_a_database_from_which_the_next_one_has_taken,
    a_newer_database_is_migrated_by_the_newer_program_only,
);

const NEXT: &str = "20991231000000";

/// What a migration of the next version does, that only adds.
async fn expand(shop: &Shop) {
    for statement in [
        "ALTER TABLE products ADD COLUMN of_the_next VARCHAR(40) NULL",
        "CREATE TABLE of_the_next (id INTEGER NOT NULL PRIMARY KEY, product_id INTEGER NOT NULL)",
        &format!("INSERT INTO __diesel_schema_migrations (version) VALUES ('{NEXT}')"),
    ] {
        shop.sql(statement).await;
    }
}

/// The life of a product: made, shown, found, changed, sold, deleted, brought back.
pub async fn lives(shop: &Shop) {
    let made = shop
        .create(
            &json!({"name": "Rollout lamp", "price": "10.00", "category": "Lamps", "tags": ["new"],
            "sku": "R-1", "stock_quantity": 5}),
        )
        .await;
    let (id, slug) = (&made["product_id"], made["slug"].as_str().unwrap());
    for path in [
        format!("/products/{slug}"),
        "/products?category=Lamps".to_owned(),
        "/products?q=rollout".to_owned(),
        "/categories/lamps".to_owned(),
    ] {
        let page = shop.fresh(&path).await;
        assert!(
            page.status == 200 && html::unmarked(&page.text).contains("Rollout lamp"),
            "{path}"
        );
    }
    let changed = shop
        .amend(id, &json!({"price": "12.50", "category": "Lights"}))
        .await;
    assert_eq!(changed.json()["price"], "12.50");
    let stock = format!("/api/admin/products/{id}/stock");
    let sold = shop
        .admin(Method::POST, &stock, &[], Some(&json!({"delta": -2})))
        .await;
    assert_eq!(
        (sold.status, &sold.json()["stock_quantity"]),
        (200, &json!(3)),
        "{}",
        sold.text
    );
    let own = format!("/api/admin/products/{id}");
    let etag = sold.header("etag").to_owned();
    let gone = shop
        .admin(Method::DELETE, &own, &[("if-match", &etag)], None)
        .await;
    assert!(gone.status < 300, "{}", gone.text);
    assert_eq!(shop.fresh(&format!("/api/v1/products/{id}")).await.status, 404);
    let refused: Answer = shop
        .admin(
            Method::POST,
            "/api/admin/products",
            &[],
            Some(&json!({"name": "", "price": "1"})),
        )
        .await;
    assert_eq!(refused.status, 422);
    let changes = shop.admin(Method::GET, "/api/admin/changes", &[], None).await;
    assert_eq!(changes.status, 200, "{}", changes.text);
}

async fn this_version_works_on_a_database_to_which_the_next_one_has_added(shop: Shop) {
    expand(&shop).await;
    // Both what runs already and what is started meanwhile.
    lives(&shop).await;
    let restarted = shop.beside(|_| {}).await;
    assert_eq!(restarted.get("/products").await.status, 200);
    let audit = restarted.vitrine(&["audit", "verify"]).output().unwrap();
    assert!(
        audit.status.success(),
        "{}",
        String::from_utf8_lossy(&audit.stderr)
    );
}

async fn this_version_refuses_a_database_from_which_the_next_one_has_taken(shop: Shop) {
    expand(&shop).await;
    shop.sql(format!("UPDATE schema_floor SET stamp = '{NEXT}'"))
        .await;
    for command in [&["serve"][..], &["user", "list"], &["migrate"]] {
        let output = shop.vitrine(command).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(78), "{command:?}: {said}");
        assert!(said.contains(NEXT) && said.contains("newer program"), "{said}");
    }
}

async fn a_newer_database_is_migrated_by_the_newer_program_only(shop: Shop) {
    expand(&shop).await;
    for arguments in [&["migrate"][..], &["migrate", "--check"], &["migrate", "--down"]] {
        let output = shop.vitrine(arguments).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            output.status.code() == Some(78) && said.contains(NEXT),
            "{arguments:?}: {said}"
        );
    }
}

/// The rights that README and `vitrine db topology` give to the two accounts.
#[cfg(feature = "mysql")]
#[actix_web::test]
async fn the_shop_works_without_the_right_to_change_tables_or_the_log() {
    use diesel::connection::SimpleConnection;

    use crate::helpers::servers::{Servers, connect, execute};

    let Some(servers) = Servers::find() else { return };
    let mut user_url = String::new();
    let shop = Shop::on_mariadb_with(|settings| {
        use secrecy::ExposeSecret;
        let url = settings.database.primary.expose_secret().to_owned();
        let database = url.rsplit('/').next().unwrap();
        let (user, migrator) = (format!("u{}", &database[3..]), format!("m{}", &database[3..]));
        let admin = format!("{}/mysql", servers.primary_admin);
        for statement in [
            format!("CREATE USER {user}@'127.0.0.1' IDENTIFIED BY 'pw'"),
            format!("CREATE USER {migrator}@'127.0.0.1' IDENTIFIED BY 'pw'"),
            format!("GRANT SELECT ON {database}.* TO {user}@'127.0.0.1'"),
            format!(
                "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES ON {database}.* \
                 TO {migrator}@'127.0.0.1' WITH GRANT OPTION"
            ),
        ] {
            execute(&admin, &statement);
        }
        let server = servers.primary.rsplit('@').next().unwrap();
        user_url = format!("mysql://{user}:pw@{server}/{database}");
        settings.database.primary = user_url.clone().into();
        settings.database.migrate_url = Some(format!("mysql://{migrator}:pw@{server}/{database}").into());
    })
    .await
    .unwrap();
    lives(&shop).await;
    let restarted = shop.beside(|settings| settings.database.migrate_url = None).await;
    assert_eq!(restarted.get("/products").await.status, 200);
    let mut connection = connect(&user_url);
    for forbidden in [
        "UPDATE changes SET actor = 'nobody'",
        "DELETE FROM changes",
        "CREATE TABLE mine (id INT)",
        "ALTER TABLE products ADD COLUMN mine INT NULL",
        "DROP TABLE products",
        "TRUNCATE TABLE product_tags",
        "UPDATE schema_floor SET stamp = ''",
    ] {
        let refused = connection.batch_execute(forbidden).unwrap_err().to_string();
        assert!(refused.contains("command denied"), "{forbidden}: {refused}");
    }
}

/// A snapshot is of the rows; a table that changed its shape since then cannot be read in it any more.
#[cfg(feature = "mysql")]
#[actix_web::test]
async fn a_read_that_a_migration_overtakes_is_read_again() {
    use std::sync::atomic::{AtomicBool, Ordering};

    use diesel::RunQueryDsl;
    use secrecy::ExposeSecret;

    use crate::helpers::servers::execute;

    let Some(shop) = Shop::on_mariadb().await else {
        return;
    };
    let primary = shop.parts.settings.database.primary.clone();
    let nodes = vec![primary.clone(), primary.clone()];
    let shop = shop.beside(|settings| settings.database.replicas = nodes).await;
    let overtaken = AtomicBool::new(false);
    let read = move |connection: &mut vitrine::db::AnyConnection| {
        if !overtaken.swap(true, Ordering::Relaxed) {
            let later = "ALTER TABLE products ADD COLUMN later INT NULL, ADD KEY products_later (later)";
            execute(primary.expose_secret(), later);
        }
        Ok(diesel::sql_query("SELECT product_id FROM products").execute(connection)?)
    };
    shop.parts.db.read("test", read).await.unwrap();
}
