//! The tables of sessions, links, keys, second factors, passkeys and tries to sign in as Diesel sees them. Must not know what any column means to a
//! shop.

use diesel::table;

table! {
    use diesel::sql_types::*;
    use crate::db::types::MomentSql;

    sessions (session_hash) {
        session_hash -> Text,
        user_id -> Integer,
        csrf_token -> Text,
        created_at -> MomentSql,
        last_seen_at -> MomentSql,
        expires_at -> MomentSql,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::MomentSql;

    // Programs of the release before keep the set-up link here; goes with the next one.
    setup_tokens (setup_token_id) {
        setup_token_id -> Integer,
        token_hash -> Text,
        created_at -> MomentSql,
        expires_at -> MomentSql,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::MomentSql;

    sign_in_marks (mark) {
        mark -> Text,
        until_at -> MomentSql,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::MomentSql;

    api_keys (key_id) {
        key_id -> Integer,
        name -> Text,
        key_hash -> Text,
        scopes -> Text,
        version -> Integer,
        created_at -> MomentSql,
        revoked_at -> Nullable<MomentSql>,
        last_used_at -> Nullable<MomentSql>,
        expires_at -> Nullable<MomentSql>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::MomentSql;

    one_time_tokens (token_hash) {
        token_hash -> Text,
        purpose -> Text,
        user_id -> Nullable<Integer>,
        created_at -> MomentSql,
        expires_at -> MomentSql,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::MomentSql;

    second_factors (user_id) {
        user_id -> Integer,
        secret -> Text,
        last_step -> BigInt,
        created_at -> MomentSql,
        confirmed_at -> Nullable<MomentSql>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::MomentSql;

    recovery_codes (code_hash) {
        code_hash -> Text,
        user_id -> Integer,
        created_at -> MomentSql,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::MomentSql;

    passkeys (passkey_id) {
        passkey_id -> Integer,
        user_id -> Integer,
        credential_id -> Text,
        public_key -> Text,
        sign_count -> BigInt,
        name -> Text,
        created_at -> MomentSql,
        last_used_at -> Nullable<MomentSql>,
    }
}
