//! The shop as its users meet it: every contract over HTTP, on SQLite and on MariaDB with two replicas.
#![cfg(test)]
// SQLite is always there to test with; the tests on MariaDB come on top of it.
#![cfg(feature = "sqlite")]

mod helpers;

mod accounts;
mod architecture;
mod authorisation;
mod backup;
mod buying;
mod cache;
mod cache_redis;
mod change_log;
mod clock;
mod conditions;
mod cors;
mod deploy;
mod edge;
mod export;
mod features;
mod feeds;
mod filter_form;
mod follow;
mod history;
mod hostile;
mod import;
mod life;
mod limits;
mod lists;
mod live;
#[cfg(feature = "mail")]
mod mail;
mod migrations;
#[cfg(feature = "mysql")]
mod monitoring;
mod openapi;
mod owner;
mod partition;
mod people;
mod problems;
mod process;
#[path = "../chaos/relay.rs"]
#[expect(dead_code, reason = "the other suite slows cables and moves them, too")]
mod relay;
mod removal;
mod rest;
mod rollout;
mod router;
mod rules;
mod same_everywhere;
mod search;
mod search_insight;
mod search_rules;
mod stock;
mod submissions;
mod suggest;
mod system;
mod term_lists;
mod terms;
mod text_pages;
mod topology;
mod wake_ups;
mod webhooks;
mod writes;

/// Makes two tests of one contract: `sqlite::name` and `mariadb::name`.
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[actix_web::test]
            async fn $name() {
                super::$name(crate::helpers::Shop::on_sqlite().await).await;
            })+
        }
        #[cfg(feature = "mysql")]
        mod mariadb {
            $(#[actix_web::test]
            async fn $name() {
                if let Some(shop) = crate::helpers::Shop::on_mariadb().await {
                    super::$name(shop).await;
                }
            })+
        }
    };
}
pub(crate) use on_both_databases;
