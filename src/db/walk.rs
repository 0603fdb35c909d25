//! The products, read by an index that is named. Must not know why one is chosen.
//!
//! A list is fast when it walks the index of its order and stops after a page. Whether that pays is known to whoever
//! writes the list, and guessed badly by the databases: MariaDB takes any range of more than a quarter of the table for
//! half of it, and then enters the index at its begin (27 ms for the dearest 25 of 100,000 products up to some price,
//! instead of 0.4); SQLite sorts what a range leaves.

use diesel::internal::table_macro::{FromClause, SelectStatement};
use diesel::query_builder::{AsQuery, AstPass, QueryFragment, QueryId};
use diesel::query_source::{AppearsInFromClause, Never, Once};
use diesel::{QueryResult, QuerySource, SelectableExpression, Table};

use super::connection::{AnyConnection, MultiBackend};
use super::schema::{product_attributes, product_popularity, product_tags, products};

/// `products` in FROM, with or without the index that must be used.
#[derive(Debug, Clone, Copy)]
pub struct Products {
    /// Words behind the table's name: before the index, the index, and after it.
    hint: [&'static str; 3],
}

impl Products {
    /// The database chooses.
    pub fn by_any_index() -> Products {
        Products { hint: [""; 3] }
    }

    pub fn is_by_any_index(&self) -> bool {
        self.hint == [""; 3]
    }

    /// Only this index may be used. SQLite refuses a query whose conditions leave no use for it.
    pub fn by_index(connection: &AnyConnection, index: &'static str) -> Products {
        let hint = match connection {
            #[cfg(feature = "mysql")]
            AnyConnection::Mysql(_) => [" FORCE INDEX (", index, ")"],
            #[cfg(feature = "sqlite")]
            AnyConnection::Sqlite(_) => [" INDEXED BY ", index, ""],
        };
        Products { hint }
    }

    /// Only the ids may be looked up.
    pub fn by_primary_key(connection: &AnyConnection) -> Products {
        let hint = match connection {
            #[cfg(feature = "mysql")]
            AnyConnection::Mysql(_) => [" FORCE INDEX (", "PRIMARY", ")"],
            #[cfg(feature = "sqlite")]
            AnyConnection::Sqlite(_) => [" NOT INDEXED", "", ""],
        };
        Products { hint }
    }
}

impl QueryFragment<MultiBackend> for Products {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        out.push_identifier("products")?;
        self.hint.iter().for_each(|words| out.push_sql(words));
        Ok(())
    }
}

impl QueryId for Products {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QuerySource for Products {
    type FromClause = Products;
    type DefaultSelection = <products::table as QuerySource>::DefaultSelection;

    fn from_clause(&self) -> Products {
        *self
    }

    fn default_selection(&self) -> Self::DefaultSelection {
        products::table.default_selection()
    }
}

impl AsQuery for Products {
    type SqlType = products::SqlType;
    type Query = SelectStatement<FromClause<Products>>;

    fn as_query(self) -> Self::Query {
        SelectStatement::simple(self)
    }
}

impl Table for Products {
    type PrimaryKey = <products::table as Table>::PrimaryKey;
    type AllColumns = <products::table as Table>::AllColumns;

    fn primary_key(&self) -> Self::PrimaryKey {
        products::table.primary_key()
    }

    fn all_columns() -> Self::AllColumns {
        products::table::all_columns()
    }
}

impl AppearsInFromClause<products::table> for Products {
    type Count = Once;
}

/// Tables that a condition on products looks into.
macro_rules! looked_into {
    ($($table:ident),*) => { $(
        impl AppearsInFromClause<$table::table> for Products {
            type Count = Never;
        }
    )* };
}

/// Columns that lists ask for.
macro_rules! selectable {
    ($($column:ident),*) => { $(
        impl SelectableExpression<Products> for products::$column {}
    )* };
}

looked_into!(product_tags, product_attributes, product_popularity);
selectable!(
    product_id,
    name,
    description,
    price,
    category,
    stock_quantity,
    image_url,
    created_at,
    updated_at,
    is_active,
    name_key,
    slug,
    sku,
    sku_key,
    brand,
    version,
    deleted_at,
    image_alt,
    more_images,
    tags,
    attributes,
    sale_price,
    sale_starts_at,
    sale_ends_at,
    publish_at,
    current_price,
    reduced_since,
    prior_price,
    next_moment_at,
    buy_url
);
