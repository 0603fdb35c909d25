//! The tables of proposals as Diesel sees them. Must not know what any column means to a shop.

use diesel::table;

table! {
    use diesel::sql_types::*;
    use crate::db::types::MomentSql;

    submissions (submission_id) {
        submission_id -> Integer,
        author -> Text,
        product_id -> Nullable<Integer>,
        state -> Text,
        typed -> Text,
        proposed -> Nullable<Text>,
        base -> Nullable<Text>,
        version -> Integer,
        created_at -> MomentSql,
        updated_at -> MomentSql,
        submitted_at -> Nullable<MomentSql>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::MomentSql;

    submission_messages (message_id) {
        message_id -> Integer,
        submission_id -> Integer,
        author -> Text,
        step -> Text,
        body -> Nullable<Text>,
        created_at -> MomentSql,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::MomentSql;

    submission_notices (notice_id) {
        notice_id -> Integer,
        user_id -> Integer,
        submission_id -> Integer,
        step -> Text,
        created_at -> MomentSql,
        read_at -> Nullable<MomentSql>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::MomentSql;

    submission_pictures (picture_id) {
        picture_id -> Integer,
        submission_id -> Integer,
        author -> Text,
        address -> Text,
        width -> Integer,
        height -> Integer,
        created_at -> MomentSql,
        content -> Nullable<Binary>,
    }
}

table! {
    use diesel::sql_types::Integer;
    use crate::db::types::MomentSql;

    submission_trust (user_id) {
        user_id -> Integer,
        since -> MomentSql,
    }
}
