//! The tables of webhooks, the leases behind which they are told, notices for people, and mail, as Diesel sees them. Must not know
//! what any column means to a shop.

use diesel::table;

table! {
    use diesel::sql_types::*;
    use crate::db::types::MomentSql;

    webhooks (webhook_id) {
        webhook_id -> Integer,
        url -> Text,
        types -> Text,
        is_active -> Bool,
        secret -> Text,
        version -> Integer,
        created_at -> MomentSql,
        updated_at -> MomentSql,
        former_secret -> Nullable<Text>,
        former_until -> Nullable<MomentSql>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::MomentSql;

    webhook_deliveries (delivery_id) {
        delivery_id -> Integer,
        webhook_id -> Integer,
        message_id -> Text,
        subject -> Text,
        kind -> Text,
        body -> Text,
        state -> Text,
        attempts -> Integer,
        due_at -> MomentSql,
        created_at -> MomentSql,
        tried_at -> Nullable<MomentSql>,
        answer -> Nullable<Text>,
    }
}

table! {
    leases (lease) {
        lease -> Text,
        holder -> Text,
        beats -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::MomentSql;

    notices (notice_id) {
        notice_id -> Integer,
        user_id -> Integer,
        change_hash -> Text,
        product_id -> Integer,
        name -> Text,
        stock_quantity -> Integer,
        created_at -> MomentSql,
        read_at -> Nullable<MomentSql>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::MomentSql;

    inbox (notice_id) {
        notice_id -> Integer,
        user_id -> Integer,
        change_hash -> Text,
        kind -> Text,
        subject_id -> Integer,
        data -> Text,
        created_at -> MomentSql,
        read_at -> Nullable<MomentSql>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::MomentSql;

    mails (mail_id) {
        mail_id -> Integer,
        kind -> Text,
        address -> Text,
        attempts -> Integer,
        due_at -> MomentSql,
        created_at -> MomentSql,
    }
}
