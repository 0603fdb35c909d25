//! The tables as Diesel sees them: one schema for both databases. Must not know what any column means to a shop.

mod access;
mod deliveries;
mod proposals;

use diesel::{allow_tables_to_appear_in_same_query, table};

pub use access::{
    api_keys, one_time_tokens, passkeys, recovery_codes, second_factors, sessions, setup_tokens,
    sign_in_marks,
};
pub use deliveries::{inbox, leases, mails, notices, webhook_deliveries, webhooks};
pub use proposals::{
    submission_messages, submission_notices, submission_pictures, submission_trust, submissions,
};

table! {
    change_head (change_head_id) {
        change_head_id -> Integer,
        epoch -> Text,
        seq -> BigInt,
        hash -> Text,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::MomentSql;

    follower_positions (follower) {
        follower -> Text,
        epoch -> Text,
        seq -> BigInt,
        hash -> Text,
        updated_at -> MomentSql,
    }
}

table! {
    schema_floor (schema_floor_id) {
        schema_floor_id -> Integer,
        stamp -> Text,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::MomentSql;

    changes (seq) {
        seq -> BigInt,
        at -> MomentSql,
        actor -> Text,
        request_id -> Text,
        entity -> Text,
        entity_id -> Integer,
        version -> Integer,
        action -> Text,
        state_before -> Nullable<Text>,
        state_after -> Nullable<Text>,
        batch -> Nullable<Text>,
        undo_of -> Nullable<BigInt>,
        prev_hash -> Text,
        hash -> Text,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::MomentSql;

    heartbeat (heartbeat_id) {
        heartbeat_id -> Integer,
        beat_at -> MomentSql,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::MomentSql;

    terms (term_id) {
        term_id -> Integer,
        taxonomy -> Text,
        name -> Text,
        name_key -> Text,
        slug -> Text,
        parent_id -> Nullable<Integer>,
        position -> Integer,
        description -> Nullable<Text>,
        image_url -> Nullable<Text>,
        version -> Integer,
        created_at -> MomentSql,
        updated_at -> MomentSql,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::MomentSql;

    term_aliases (taxonomy, alias) {
        taxonomy -> Text,
        alias -> Text,
        term_id -> Integer,
        created_at -> MomentSql,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::MomentSql;

    attributes (attribute_id) {
        attribute_id -> Integer,
        attribute_key -> Text,
        name -> Text,
        kind -> Text,
        unit -> Nullable<Text>,
        choices -> Nullable<Text>,
        position -> Integer,
        version -> Integer,
        created_at -> MomentSql,
        updated_at -> MomentSql,
    }
}

table! {
    use diesel::sql_types::{Bool, Integer, Nullable, Text};
    use crate::db::types::{MomentSql, MoneySql};

    products (product_id) {
        product_id -> Integer,
        name -> Text,
        description -> Nullable<Text>,
        price -> MoneySql,
        category -> Nullable<Text>,
        stock_quantity -> Integer,
        image_url -> Nullable<Text>,
        created_at -> MomentSql,
        updated_at -> MomentSql,
        is_active -> Bool,
        name_key -> Text,
        slug -> Text,
        sku -> Nullable<Text>,
        sku_key -> Nullable<Text>,
        brand -> Nullable<Text>,
        version -> Integer,
        deleted_at -> Nullable<MomentSql>,
        image_alt -> Nullable<Text>,
        more_images -> Nullable<Text>,
        tags -> Nullable<Text>,
        attributes -> Nullable<Text>,
        sale_price -> Nullable<MoneySql>,
        sale_starts_at -> Nullable<MomentSql>,
        sale_ends_at -> Nullable<MomentSql>,
        publish_at -> Nullable<MomentSql>,
        current_price -> MoneySql,
        reduced_since -> Nullable<MomentSql>,
        prior_price -> Nullable<MoneySql>,
        next_moment_at -> Nullable<MomentSql>,
        buy_url -> Nullable<Text>,
    }
}

table! {
    product_tags (term_id, product_id) {
        term_id -> Integer,
        product_id -> Integer,
    }
}

table! {
    product_attributes (attribute_id, product_id) {
        attribute_id -> Integer,
        product_id -> Integer,
        value_key -> Text,
        value_number -> Nullable<BigInt>,
    }
}

table! {
    product_popularity (product_id) {
        product_id -> Integer,
        category -> Nullable<Text>,
        score -> Double,
    }
}

table! {
    use diesel::sql_types::{Integer};
    use crate::db::types::{MomentSql, MoneySql};

    price_changes (product_id, since) {
        product_id -> Integer,
        since -> MomentSql,
        price -> MoneySql,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::MomentSql;

    clock_changes (product_id, moment) {
        product_id -> Integer,
        moment -> MomentSql,
        seq -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::MomentSql;

    product_slugs (slug) {
        slug -> Text,
        product_id -> Integer,
        created_at -> MomentSql,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::MomentSql;

    users (user_id) {
        user_id -> Integer,
        email -> Text,
        name -> Text,
        password_hash -> Text,
        role -> Text,
        version -> Integer,
        created_at -> MomentSql,
        updated_at -> MomentSql,
        disabled_at -> Nullable<MomentSql>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::MomentSql;

    idempotency_keys (actor, idempotency_key) {
        actor -> Text,
        idempotency_key -> Text,
        fingerprint -> Text,
        body -> Text,
        seq -> BigInt,
        created_at -> MomentSql,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::MomentSql;

    search_rules (rule_id) {
        rule_id -> Integer,
        kind -> Text,
        query -> Text,
        query_key -> Text,
        words -> Nullable<Text>,
        target -> Nullable<Text>,
        version -> Integer,
        created_at -> MomentSql,
        updated_at -> MomentSql,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::MomentSql;

    text_pages (page_id) {
        page_id -> Integer,
        slug -> Text,
        former_slugs -> Nullable<Text>,
        title -> Text,
        body -> Text,
        position -> Integer,
        is_published -> Bool,
        version -> Integer,
        created_at -> MomentSql,
        updated_at -> MomentSql,
    }
}

table! {
    search_queries (day, query) {
        day -> Text,
        query -> Text,
        searches -> Integer,
        in_vain -> Integer,
        clicks -> Integer,
    }
}

allow_tables_to_appear_in_same_query!(
    products,
    product_slugs,
    terms,
    product_tags,
    product_attributes,
    product_popularity
);
allow_tables_to_appear_in_same_query!(users, sessions);
