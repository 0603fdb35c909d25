use super::*;
use crate::accounts::password::WAITING;
use crate::accounts::{Credential, OneTimeToken, Principal};
use crate::db::{Seq, changes};
use crate::web::permission::Permission;

async fn principal(shop: &Shop, signed_in: &SignedIn) -> Option<Principal> {
    let credential = Credential::Session(signed_in.token.clone());
    shop.accounts.authenticate(credential).await.unwrap()
}

#[actix_web::test]
async fn v6_4_1_the_set_up_link_works_once_and_only_the_newest() {
    let shop = Shop::new();
    let old = shop.accounts.setup_link().await.unwrap().unwrap();
    let newest = shop.accounts.setup_link().await.unwrap().unwrap();
    let stranger = OneTimeToken::generate().unwrap();
    for refused in [&old, &stranger] {
        assert_eq!(
            shop.accounts.check_setup(refused).await.unwrap_err().code(),
            "setup_link_invalid"
        );
    }
    let first = shop
        .accounts
        .set_up_owner(&newest, owner(), "r1".to_owned())
        .await
        .unwrap();
    assert!(principal(&shop, &first).await.is_some());
    let second = shop
        .accounts
        .set_up_owner(&newest, owner(), "r2".to_owned())
        .await;
    assert_eq!(second.unwrap_err().code(), "already_set_up");
    assert!(shop.accounts.setup_link().await.unwrap().is_none());
}

#[actix_web::test]
async fn two_set_ups_at_once_make_one_owner() {
    let shop = Shop::new();
    let token = shop.accounts.setup_link().await.unwrap().unwrap();
    let other = NewUser::owner("Bob", "bob@example.com", PASSWORD, "Shop").unwrap();
    let (one, two) = tokio::join!(
        shop.accounts.set_up_owner(&token, owner(), "r1".to_owned()),
        shop.accounts.set_up_owner(&token, other, "r2".to_owned()),
    );
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    assert_eq!(shop.accounts.list_users().await.unwrap().len(), 1);
}

#[actix_web::test]
async fn v7_4_3_who_is_signed_out_meanwhile_sets_no_password() {
    let (shop, signed_in) = Shop::with_owner().await;
    let Some(Principal::User { user_id, session, .. }) = principal(&shop, &signed_in).await else {
        panic!("nobody is signed in")
    };
    let go_on = shop.accounts.0.passwords.occupy(0);
    let change =
        shop.accounts
            .change_password(cli(), (user_id, &session), (PASSWORD, "blue lamp under the sea"));
    let sign_out = async {
        shop.accounts
            .end_sessions(Actor::Cli, user_id, None)
            .await
            .unwrap();
        go_on();
    };
    let (changed, ()) = tokio::join!(change, sign_out);
    assert_eq!(changed.unwrap_err().status(), 401);
    shop.sign_in(EMAIL, PASSWORD, None).await;
}

/// Five tries at once would make the sixth wait: nobody has looked at these.
#[actix_web::test]
async fn v6_3_1_a_try_that_finds_no_free_thread_counts_for_nothing() {
    let (shop, _) = Shop::with_owner().await;
    let from = Some("203.0.113.1".parse().unwrap());
    let sign_in = || shop.accounts.sign_in(EMAIL, PASSWORD, None, from);
    let empty = shop.accounts.0.passwords.occupy(WAITING);
    for _ in 0..10 {
        assert_eq!(sign_in().await.unwrap_err().status(), 503);
    }
    empty();
    assert!(sign_in().await.is_ok());
    assert!(sign_in().await.is_ok());
    for _ in 0..5 {
        let wrong = shop.accounts.sign_in(EMAIL, "another", None, from).await;
        assert_eq!(wrong.unwrap_err().status(), 401);
    }
    assert_eq!(sign_in().await.unwrap_err().status(), 429);
}

#[actix_web::test]
async fn user_enumeration_wrong_password_unknown_address_and_disabled_account_fail_alike() {
    let (shop, _) = Shop::with_owner().await;
    let accounts = &shop.accounts;
    assert!(
        accounts
            .sign_in(" ANN@example.com ", PASSWORD, None, None)
            .await
            .is_ok()
    );
    let mut messages = Vec::new();
    for (email, password) in [
        (EMAIL, "wrong"),
        ("bob@example.com", PASSWORD),
        ("no address", PASSWORD),
        (EMAIL, ""),
    ] {
        messages.push(accounts.sign_in(email, password, None, None).await.unwrap_err());
    }
    shop.disable_ann().await;
    messages.push(accounts.sign_in(EMAIL, PASSWORD, None, None).await.unwrap_err());
    for error in messages {
        assert_eq!(error.status(), 401);
        assert_eq!(error.to_string(), "The e-mail address or the password is wrong.");
    }
}

#[actix_web::test]
async fn v7_2_4_signing_in_again_replaces_the_session_and_signing_out_ends_it() {
    let (shop, first) = Shop::with_owner().await;
    let second = shop.sign_in(EMAIL, PASSWORD, Some(first.token.clone())).await;
    assert_ne!(first.token, second.token);
    assert!(principal(&shop, &first).await.is_none());
    let Some(Principal::User { session, .. }) = principal(&shop, &second).await else {
        panic!("not signed in");
    };
    shop.accounts.sign_out(session).await.unwrap();
    assert!(principal(&shop, &second).await.is_none());
}

#[actix_web::test]
async fn v7_4_2_v7_4_3_a_password_reset_and_a_disabling_end_all_sessions() {
    let (shop, session) = Shop::with_owner().await;
    let new = "a new password for Ann";
    let password = crate::accounts::Password::parse(new, &[]).unwrap();
    shop.accounts
        .reset_password(cli(), email(), password)
        .await
        .unwrap();
    assert!(principal(&shop, &session).await.is_none());
    assert!(shop.accounts.sign_in(EMAIL, PASSWORD, None, None).await.is_err());

    let session = shop.sign_in(EMAIL, new, None).await;
    shop.disable_ann().await;
    assert!(principal(&shop, &session).await.is_none());
}

#[actix_web::test]
async fn an_email_address_has_one_account() {
    let (shop, _) = Shop::with_owner().await;
    let twin = NewUser::owner("Ann", "ANN@EXAMPLE.COM", PASSWORD, "Shop").unwrap();
    let error = shop.accounts.create_user(cli(), twin).await.unwrap_err();
    assert_eq!(
        (error.code(), error.to_string().contains("e-mail")),
        ("invalid_fields", true)
    );
    let nobody = Email::parse("nobody@example.com").unwrap();
    assert_eq!(
        shop.accounts
            .reset_password(
                cli(),
                nobody,
                crate::accounts::Password::parse(PASSWORD, &[]).unwrap()
            )
            .await
            .unwrap_err()
            .status(),
        404
    );
}

#[actix_web::test]
async fn a_key_holds_its_scopes_until_it_is_revoked() {
    let shop = Shop::new();
    let made = shop.key("catalog:read").await;
    let credential = || Credential::Key(made.secret.clone());
    let found = shop.accounts.authenticate(credential()).await.unwrap().unwrap();
    assert!(found.may(Permission::ReadCatalog) && !found.may(Permission::WriteCatalog));
    assert!(shop.accounts.list_keys().await.unwrap()[0].last_used_at.is_some());

    shop.accounts.revoke_key(cli(), made.key.key_id).await.unwrap();
    assert!(shop.accounts.authenticate(credential()).await.unwrap().is_none());
    shop.accounts.revoke_key(cli(), made.key.key_id).await.unwrap();
    assert_eq!(
        shop.accounts.revoke_key(cli(), 99).await.unwrap_err().status(),
        404
    );
    assert_eq!(shop.accounts.list_keys().await.unwrap()[0].version, 2);
}

#[actix_web::test]
async fn the_change_log_names_neither_people_nor_secrets() {
    let (shop, signed_in) = Shop::with_owner().await;
    let key = shop.key("admin").await;
    shop.disable_ann().await;
    shop.accounts.revoke_key(cli(), key.key.key_id).await.unwrap();
    let log = shop
        .router
        .read("test", |connection| changes::after(connection, Seq(0), 100))
        .await
        .unwrap()
        .value;
    let actions: Vec<_> = log
        .iter()
        .map(|change| (change.entity.as_str(), change.action.as_str()))
        .collect();
    assert_eq!(
        actions,
        [
            ("user", "created"),
            ("key", "created"),
            ("user", "created"),
            ("user", "updated"),
            ("key", "updated")
        ]
    );
    let text = format!("{log:?}");
    for secret in [
        "Ann",
        EMAIL,
        "argon2",
        "stock sync",
        key.secret.expose(),
        &key.secret.hash(),
        signed_in.token.expose(),
    ] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
}
