//! Tests that the database answers the shop's queries from the indexes that migrations/README.md names.

use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
#[cfg(feature = "sqlite")]
use diesel::sql_types::Integer;
use diesel::sql_types::Text;

use super::lists;
use super::rows::CardRow;
use crate::catalog::filter::{ProductFilter, Scope, Sort};
use crate::catalog::text::{self, TextQuery};
use crate::catalog::{Catalog, CatalogRules, Extent, ImportMode, ImportRow, ProductEdit, ProductInput};
use crate::db::connection::{Access, ConnectionManager};
use crate::db::schema::{product_slugs, products};
use crate::db::{Actor, AnyConnection, DatabaseUrl, Limits, MultiBackend, Origin, Router, migrate};
use crate::metrics::Metrics;
use crate::web::paging::{Page, PageRequest, Position};

/// `EXPLAIN` in front of a query, with the columns that the backend answers with.
struct Explain<Q, Columns> {
    words: &'static str,
    query: Q,
    columns: std::marker::PhantomData<Columns>,
}

impl<Q, Columns> Explain<Q, Columns> {
    fn new(words: &'static str, query: Q) -> Self {
        Explain {
            words,
            query,
            columns: std::marker::PhantomData,
        }
    }
}

impl<Q, Columns> QueryId for Explain<Q, Columns> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q, Columns> Query for Explain<Q, Columns> {
    type SqlType = Columns;
}

impl<Q, Columns> RunQueryDsl<AnyConnection> for Explain<Q, Columns> {}

impl<Q: QueryFragment<MultiBackend>, Columns> QueryFragment<MultiBackend> for Explain<Q, Columns> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        out.push_sql(self.words);
        self.query.walk_ast(out.reborrow())
    }
}

/// The plan in one text, in the words of the backend.
fn plan<Q: QueryFragment<MultiBackend>>(connection: &mut AnyConnection, query: Q) -> String {
    match connection {
        #[cfg(feature = "sqlite")]
        AnyConnection::Sqlite(_) => {
            let steps: Vec<(i32, i32, i32, String)> =
                Explain::<Q, (Integer, Integer, Integer, Text)>::new("EXPLAIN QUERY PLAN ", query)
                    .load(connection)
                    .expect("a plan");
            steps
                .into_iter()
                .map(|step| step.3)
                .collect::<Vec<_>>()
                .join("\n")
        }
        #[cfg(feature = "mysql")]
        AnyConnection::Mysql(_) => Explain::<Q, Text>::new("EXPLAIN FORMAT=JSON ", query)
            .get_result(connection)
            .expect("a plan"),
    }
}

/// 3,000 products in 30 categories, one in ten of them hidden: enough that a plan by index is worth it.
async fn filled(url: &DatabaseUrl) -> AnyConnection {
    migrate::migrate(url).expect("migrates");
    let limits = Limits {
        pool_size: 2,
        acquire: std::time::Duration::from_secs(5),
        query: std::time::Duration::from_secs(20),
    };
    let router = Router::new(url.clone(), vec![], limits, Metrics::new().database());
    let catalog = Catalog::new(
        router,
        CatalogRules {
            currency: "EUR".to_owned(),
            image_hosts: vec![],
        },
    );
    let rows: Vec<ImportRow> = (0..3_000).map(row).collect();
    let mut rest = rows.as_slice();
    while !rest.is_empty() {
        let origin = Origin {
            actor: Actor::System,
            request_id: "fill".to_owned(),
            batch: None,
        };
        let done = catalog
            .import_batch(origin, rest.into(), ImportMode::Write)
            .await
            .expect("imports")
            .value
            .len();
        rest = &rest[done..];
    }
    let manager = ConnectionManager::new(url.clone(), Access::ReadWrite, std::time::Duration::from_secs(20));
    let mut connection = manager.establish().expect("connects");
    let statistics = if url.sqlite_file().is_some() {
        "ANALYZE"
    } else {
        "ANALYZE TABLE products"
    };
    diesel::sql_query(statistics)
        .execute(&mut connection)
        .expect("analyses");
    connection
}

fn row(number: i32) -> ImportRow {
    let mut input = ProductInput::default();
    for (field, value) in [
        ("name", format!("Lamp {number}")),
        ("sku", format!("L-{number}")),
        ("price", format!("{}.99", number % 700)),
        ("category", format!("Category {}", number % 30)),
        ("is_active", (number % 10 != 0).to_string()),
    ] {
        assert!(input.set(field, &value));
    }
    ImportRow {
        edit: ProductEdit::parse(input, Extent::Partial).expect("valid"),
        created_at: crate::catalog::created_at(&format!("20{:02}-01-01", number % 25)).ok(),
    }
}

fn list_plan(
    connection: &mut AnyConnection,
    filter: &ProductFilter,
    sort: &str,
    page: &PageRequest,
) -> String {
    let sort = Sort::parse(Some(sort)).expect("a sort");
    let query = lists::query(connection, filter, &sort, page).expect("a query");
    plan(connection, query.select(CardRow::as_select()))
}

fn check(connection: &mut AnyConnection) {
    let everything = ProductFilter::default();
    let kept = ProductFilter {
        scope: Scope::Kept,
        ..ProductFilter::default()
    };
    let category = ProductFilter {
        categories: vec!["category-3".to_owned()],
        ..ProductFilter::default()
    };
    let first = PageRequest::default();
    for (filter, sort, index) in [
        (&everything, "newest", "products_shown_newest"),
        (&everything, "price", "products_shown_price"),
        (&everything, "-price", "products_shown_price"),
        (&everything, "name", "products_shown_name"),
        (&kept, "newest", "products_kept_newest"),
    ] {
        let found = list_plan(connection, filter, sort, &first);
        assert!(found.contains(index), "{sort} does not use {index}:\n{found}");
        assert!(!sorts(&found), "{sort} sorts rows:\n{found}");
        let page: Page<_> = lists::cards(
            connection,
            filter,
            &Sort::parse(Some(sort)).expect("a sort"),
            &first,
        )
        .expect("a page");
        let second = PageRequest {
            position: Position::Cursor(page.next.expect("more rows")),
            ..PageRequest::default()
        };
        let found = list_plan(connection, filter, sort, &second);
        assert!(
            found.contains(index) && !sorts(&found),
            "the next page by {sort} does not use {index}:\n{found}"
        );
    }
    let found = list_plan(connection, &category, "newest", &first);
    assert!(
        found.contains("products_category_newest") && !sorts(&found),
        "a category's list reads the whole table:\n{found}"
    );
    let text = ProductFilter {
        text: TextQuery::parse("lamp 17"),
        ..ProductFilter::default()
    };
    let found = list_plan(connection, &text, "newest", &first);
    assert!(
        found.contains("products_text") || found.contains("fulltext"),
        "a text search does not use the full-text index:\n{found}"
    );
    let found = plan(
        connection,
        products::table
            .filter(products::slug.eq("lamp-17"))
            .select(products::product_id),
    );
    assert!(found.contains("products_slug"), "{found}");
    let found = plan(
        connection,
        products::table
            .filter(products::sku_key.eq(text::sku_key("l-17")))
            .select(products::product_id),
    );
    assert!(found.contains("products_sku_key"), "{found}");
    let found = plan(
        connection,
        products::table
            .filter(products::name_key.eq("lamp 17"))
            .select(products::product_id),
    );
    assert!(found.contains("products_name_key"), "{found}");
    let found = plan(
        connection,
        product_slugs::table
            .filter(product_slugs::product_id.eq(17))
            .select(product_slugs::slug),
    );
    assert!(found.contains("product_slugs_product_id"), "{found}");
}

fn sorts(plan: &str) -> bool {
    plan.contains("TEMP B-TREE") || plan.contains("filesort") || plan.contains("\"using_filesort\": true")
}

#[cfg(feature = "sqlite")]
#[actix_web::test]
async fn sqlite_answers_lists_from_their_indexes() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = DatabaseUrl::Sqlite(folder.path().join("shop.db"));
    check(&mut filled(&url).await);
}

#[cfg(feature = "mysql")]
#[actix_web::test]
async fn mariadb_answers_lists_from_their_indexes() {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests learn from the environment where their servers are"
    )]
    let server = std::env::var("VITRINE_TEST_MYSQL_PRIMARY").ok();
    let Some(server) = server else {
        eprintln!("SKIPPED: VITRINE_TEST_MYSQL_PRIMARY names no MariaDB; `make test` starts one");
        return;
    };
    let name = format!("vitrine_explain_{}", std::process::id());
    let manager = ConnectionManager::new(
        DatabaseUrl::Mysql(format!("{server}/mysql")),
        Access::ReadWrite,
        std::time::Duration::from_secs(5),
    );
    diesel::sql_query(format!("CREATE DATABASE {name}"))
        .execute(&mut manager.establish().expect("connects"))
        .expect("creates");
    check(&mut filled(&DatabaseUrl::Mysql(format!("{server}/{name}"))).await);
}
