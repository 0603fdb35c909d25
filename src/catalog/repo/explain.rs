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
    let router = Router::new(url.clone(), vec![], Limits::patient(), Metrics::new().database());
    let catalog = Catalog::new(
        router,
        CatalogRules {
            low_stock: 3,
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
        ("stock_quantity", (number % 20).to_string()),
        (
            "brand",
            if number % 3 == 0 { "Common" } else { "Rest" }.to_owned(),
        ),
        (
            "tags",
            if number % 100 == 1 {
                "common|rare"
            } else {
                "common"
            }
            .to_owned(),
        ),
    ] {
        assert!(input.set(field, &value), "{field}");
    }
    if number % 8 == 1 {
        assert!(input.set("sale_price", "0.50"));
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
    let (query, limit) = lists::query(connection, filter, &sort, page).expect("a query");
    plan(connection, limit.of(query.select(CardRow::as_select())))
}

/// Lists that customers ask for most, under the names that the snapshots know.
fn lists_of_a_shop() -> Vec<(&'static str, ProductFilter)> {
    let filter = |parameters: &[(&'static str, &'static str)]| {
        ProductFilter::parse(Scope::Visible, parameters.iter().copied()).expect("a filter")
    };
    let prices = [("in_stock", "true"), ("min_price", "100"), ("max_price", "500")];
    let kept = ProductFilter {
        scope: Scope::Kept,
        ..ProductFilter::default()
    };
    vec![
        ("all", filter(&[])),
        ("category", filter(&[("category", "category-3")])),
        (
            "category in stock",
            filter(&[("category", "category-3"), ("in_stock", "true")]),
        ),
        ("in stock, some prices", filter(&prices)),
        (
            "few prices",
            filter(&[("min_price", "100"), ("max_price", "110")]),
        ),
        ("on sale", filter(&[("on_sale", "true")])),
        ("large tag", filter(&[("tag", "common")])),
        ("brand", filter(&[("brand", "Common")])),
        ("kept", kept),
    ]
}

/// How the first page of each list and the one behind it are read, a line each.
fn plans(connection: &mut AnyConnection) -> String {
    let mut lines = String::new();
    let sorts = ["newest", "price", "-price", "name"];
    for (name, filter) in lists_of_a_shop() {
        for sort in sorts.iter().filter(|sort| name != "kept" || **sort == "newest") {
            let first = PageRequest::default();
            let parsed = Sort::parse(Some(sort)).expect("a sort");
            let page: Page<_> = lists::cards(connection, &filter, &parsed, &first).expect("a page");
            let second = page.next.map(|cursor| PageRequest {
                position: Position::Cursor(cursor),
                ..PageRequest::default()
            });
            for (page, which) in [(Some(first), "first"), (second, "next")] {
                let Some(page) = page else { continue };
                let found = in_short(&list_plan(connection, &filter, sort, &page));
                lines.push_str(&format!("{name} by {sort}, {which} page: {found}\n"));
            }
        }
    }
    lines
}

/// A plan without the figures that depend on how the table happens to lie on its pages.
fn in_short(plan: &str) -> String {
    let Ok(plan) = serde_json::from_str::<serde_json::Value>(plan) else {
        return plan.replace('\n', "; ");
    };
    let mut steps = Vec::new();
    collect_steps(&plan, &mut steps);
    steps.join("; ")
}

fn collect_steps(plan: &serde_json::Value, steps: &mut Vec<String>) {
    match plan {
        serde_json::Value::Array(parts) => parts.iter().for_each(|part| collect_steps(part, steps)),
        serde_json::Value::Object(parts) => {
            if let Some(table) = parts.get("table_name").and_then(serde_json::Value::as_str) {
                let word = |key: &str| parts.get(key).map(ToString::to_string).unwrap_or_default();
                let step = format!(
                    "{table} {} {} {}",
                    word("access_type"),
                    word("key"),
                    word("used_key_parts")
                );
                steps.push(step.replace('"', ""));
            }
            for (name, part) in parts {
                if name == "filesort" {
                    steps.push("SORT".to_owned());
                }
                collect_steps(part, steps);
            }
        }
        _ => {}
    }
}

fn check(connection: &mut AnyConnection) {
    let first = PageRequest::default();
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

#[cfg(feature = "sqlite")]
#[actix_web::test]
async fn sqlite_answers_lists_from_their_indexes() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = DatabaseUrl::Sqlite(folder.path().join("shop.db"));
    let mut connection = filled(&url).await;
    insta::assert_snapshot!("sqlite", plans(&mut connection));
    check(&mut connection);
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
    let mut connection = filled(&DatabaseUrl::Mysql(format!("{server}/{name}"))).await;
    insta::assert_snapshot!("mariadb", plans(&mut connection));
    check(&mut connection);
}
