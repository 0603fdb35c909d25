//! The list of tables, read from the `table!` declarations. Must not repeat them.

use diesel::sql_types::{BigInt, Binary, Bool, Double, Integer, Nullable, SqlType, Text, is_nullable};
use diesel::{Column as DieselColumn, Expression, Table as DieselTable};

use super::value::Kind;
use super::{Column, Table};
use crate::db::schema;
use crate::db::types::{MomentSql, MoneySql};

/// What a type of the schema is in a file.
trait Kept {
    const KIND: Kind;
}

macro_rules! kept {
    ($($sql_type:ty => $kind:ident),+ $(,)?) => { $(
        impl Kept for $sql_type {
            const KIND: Kind = Kind::$kind;
        }
    )+ };
}

kept! {
    Integer => Integer,
    BigInt => Integer,
    Bool => Bool,
    Double => Double,
    Text => Text,
    Binary => Bytes,
    MomentSql => Moment,
    MoneySql => Money,
}

impl<T: Kept + SqlType<IsNull = is_nullable::NotNull>> Kept for Nullable<T> {
    const KIND: Kind = T::KIND;
}

/// A tuple of columns, as `table!` makes it.
trait Columns {
    fn list() -> Vec<Column>;
}

fn column<C>() -> Column
where
    C: DieselColumn + Expression,
    C::SqlType: Kept,
{
    Column {
        name: C::NAME.to_owned(),
        kind: <C::SqlType as Kept>::KIND,
    }
}

macro_rules! tuples_of_columns {
    () => {};
    ($first:ident $($rest:ident)*) => {
        impl<$first, $($rest),*> Columns for ($first, $($rest,)*)
        where
            $first: DieselColumn + Expression,
            <$first as Expression>::SqlType: Kept,
            $($rest: DieselColumn + Expression, <$rest as Expression>::SqlType: Kept,)*
        {
            fn list() -> Vec<Column> {
                vec![column::<$first>(), $(column::<$rest>()),*]
            }
        }
        tuples_of_columns!($($rest)*);
    };
}

tuples_of_columns!(A B C D E F G H I J K L M N O P Q R S T U V W X Y Z Aa Ab Ac Ad Ae Af);

macro_rules! tables {
    ($($table:ident ($($key:ident),+)),+ $(,)?) => {
        vec![$(Table {
            name: stringify!($table).to_owned(),
            key: vec![$(schema::$table::$key::NAME.to_owned()),+],
            columns: <<schema::$table::table as DieselTable>::AllColumns as Columns>::list(),
        }),+]
    };
}

/// Every table that holds data. The change log comes first and its head last: a log without a head is the rest of a load
/// that did not finish.
pub fn all() -> Vec<Table> {
    tables![
        changes(seq),
        schema_floor(schema_floor_id),
        terms(term_id),
        term_aliases(taxonomy, alias),
        attributes(attribute_id),
        products(product_id),
        product_slugs(slug),
        product_tags(term_id, product_id),
        product_attributes(attribute_id, product_id),
        product_popularity(product_id),
        price_changes(product_id, since),
        clock_changes(product_id, moment),
        users(user_id),
        sessions(session_hash),
        setup_tokens(setup_token_id),
        one_time_tokens(token_hash),
        sign_in_marks(mark),
        second_factors(user_id),
        recovery_codes(code_hash),
        passkeys(passkey_id),
        api_keys(key_id),
        idempotency_keys(actor, idempotency_key),
        search_rules(rule_id),
        text_pages(page_id),
        search_queries(day, query),
        webhooks(webhook_id),
        webhook_deliveries(delivery_id),
        inbox(notice_id),
        notices(notice_id),
        submissions(submission_id),
        submission_messages(message_id),
        submission_notices(notice_id),
        submission_pictures(picture_id),
        submission_trust(user_id),
        follower_positions(follower),
        change_head(change_head_id),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_what_the_schema_says() {
        let tables = all();
        let products = tables.iter().find(|table| table.name == "products").unwrap();
        assert_eq!(products.columns.len(), 30);
        assert_eq!(products.position("sale_price"), Some(21));
        assert_eq!(products.columns[3].kind, Kind::Money);
        assert_eq!(products.columns[22].kind, Kind::Moment);
    }
}
