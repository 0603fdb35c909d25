//! Accounts over a real SQLite file: the context, and the guard with its routes.
#![cfg(feature = "sqlite")]

mod context;
mod http;
mod pages;

use std::path::PathBuf;

use super::{Accounts, Email, Entrance, NewKey, NewUser, Role, SignedIn};
use crate::config::Settings;
use crate::db::{Actor, DatabaseUrl, Limits, Moment, Origin, Router, migrate};
use crate::metrics::Metrics;

const PASSWORD: &str = "green lamp over the sea";
const EMAIL: &str = "ann@example.com";

/// A fresh database in a folder of its own, removed at the end.
struct Shop {
    accounts: Accounts,
    router: Router,
    folder: PathBuf,
}

impl Shop {
    fn new() -> Self {
        let unique = super::SessionToken::generate().unwrap().hash();
        let folder = std::env::temp_dir().join(format!("vitrine-accounts-{unique}"));
        let url = || DatabaseUrl::Sqlite(folder.join("shop.db"));
        migrate::migrate(&url()).unwrap();
        let router = Router::new(url(), Vec::new(), Limits::patient(), Metrics::new().database());
        let accounts = Accounts::new(router.clone(), &Settings::load(None).unwrap());
        Self {
            accounts,
            router,
            folder,
        }
    }

    async fn with_owner() -> (Self, SignedIn) {
        let shop = Self::new();
        let token = shop.accounts.setup_link().await.unwrap().unwrap();
        let signed_in = shop
            .accounts
            .set_up_owner(&token, owner(), "r1".to_owned())
            .await
            .unwrap();
        (shop, signed_in)
    }

    /// Shuts the first owner out, with another one in office.
    async fn disable_ann(&self) {
        self.signed_in_as(Role::Owner).await;
        self.accounts.disable_user(cli(), 1).await.unwrap();
    }

    /// Somebody with this role, signed in.
    async fn signed_in_as(&self, role: Role) -> SignedIn {
        let email = format!("{role}@example.com");
        let user = NewUser {
            role,
            ..NewUser::owner("Bob", &email, PASSWORD, "Shop").unwrap()
        };
        self.accounts.create_user(cli(), user).await.unwrap();
        self.sign_in(&email, PASSWORD, None).await
    }

    /// With a password that is enough.
    async fn sign_in(&self, email: &str, password: &str, previous: Option<super::SessionToken>) -> SignedIn {
        match self
            .accounts
            .sign_in(email, password, previous, None)
            .await
            .unwrap()
        {
            Entrance::SignedIn(signed_in) => signed_in,
            Entrance::SecondStep(_) => panic!("a second factor is asked for"),
        }
    }

    async fn key(&self, scopes: &str) -> super::NewApiKey {
        let new = NewKey::parse("stock sync", scopes, "", Moment::now()).unwrap();
        self.accounts.create_key(cli(), new).await.unwrap()
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        // What is left over lies in the folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn owner() -> NewUser {
    NewUser::owner("Ann", EMAIL, PASSWORD, "Shop").unwrap()
}

fn email() -> Email {
    Email::parse(EMAIL).unwrap()
}

fn cli() -> Origin {
    Origin {
        actor: Actor::Cli,
        request_id: "cli".to_owned(),
        batch: None,
    }
}
