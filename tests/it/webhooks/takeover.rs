//! The process that delivers ends, gently or not, and another one goes on: nothing is lost, nothing is told out of order.

use std::collections::BTreeSet;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use vitrine::db::lease::BEAT;

use super::{hook, lamp, to_loopback};
use crate::helpers::receiver::Receiver;
use crate::helpers::{Shop, eventually};

/// Another process of the shop, ended when dropped.
pub(super) struct Process(Child);

impl Process {
    fn beside(shop: &Shop) -> Process {
        Process::with(shop, &[("VITRINE__WEBHOOKS__ALLOW_HTTP", "true")])
    }

    /// One that reaches this machine, with these variables.
    pub(super) fn with(shop: &Shop, variables: &[(&str, &str)]) -> Process {
        let mut command: Command = shop.vitrine(&["serve", "--port", "0", "--no-demo"]);
        let child = command
            .envs(variables.iter().copied())
            .env("VITRINE__SERVER__OPS_PORT", "0")
            .env("VITRINE__WEBHOOKS__ALLOWED_NETWORKS", "127.0.0.0/8,::1")
            .env("VITRINE__WEBHOOKS__RETRY_FIRST_MS", "50")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Process(child)
    }

    /// As if its machine lost its power.
    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// In this process nobody delivers until the other one is dead.
async fn a_killed_node_is_replaced(shop: Shop) {
    let receiver = Receiver::open();
    hook(&shop, &receiver.url, &["product.price"]).await;
    let ids = [lamp(&shop, "One").await, lamp(&shop, "Two").await];
    let mut other = Process::beside(&shop);
    let mut price = 100;
    let mut write = async || {
        price += 1;
        for id in &ids {
            shop.amend(id, &json!({"price": format!("{price}.00")})).await;
        }
    };
    // Until the other one has been at it for a while.
    let mut written = 0;
    while receiver.received().len() < 6 {
        write().await;
        written += 1;
        assert!(written < 2_000, "the other process delivers nothing");
    }
    for _ in 0..10 {
        write().await;
    }
    other.kill();
    for _ in 0..10 {
        write().await;
    }
    written += 20;
    let heir = shop.beside(|settings| settings.webhooks.deliver = true).await;
    let distinct = || {
        let received = receiver.received();
        received
            .iter()
            .map(|message| message.id().to_owned())
            .collect::<BTreeSet<_>>()
            .len()
    };
    eventually("everything has arrived", async || distinct() == 2 * written).await;
    for id in &ids {
        let all = receiver.received();
        let own = all.iter().filter(|message| message.body["data"]["id"] == *id);
        let prices: Vec<_> = own
            .map(|message| message.body["data"]["offer"]["price"].as_str().unwrap())
            .collect();
        assert!(prices.is_sorted(), "{prices:?}");
    }
    drop(heir);
}

fn idle(settings: &mut vitrine::config::Settings) {
    to_loopback(settings);
    settings.webhooks.deliver = false;
}

#[actix_web::test]
async fn on_sqlite_a_killed_node_is_replaced_and_nothing_is_lost() {
    a_killed_node_is_replaced(Shop::on_sqlite_with(idle).await).await;
}

#[cfg(feature = "mysql")]
#[actix_web::test]
async fn on_mariadb_a_killed_node_is_replaced_and_nothing_is_lost() {
    if let Some(shop) = Shop::on_mariadb_with(idle).await {
        a_killed_node_is_replaced(shop).await;
    }
}

/// As after a restore from a backup that is older than the first webhook, which came with what was shipped behind it.
#[actix_web::test]
async fn where_nobody_knows_what_was_told_everything_is_to_be_read_anew() {
    let shop = Shop::on_sqlite_with(idle).await;
    let receiver = Receiver::open();
    hook(&shop, &receiver.url, &["product.price"]).await;
    shop.sql("DELETE FROM follower_positions WHERE follower = 'webhooks'")
        .await;
    let _heir = shop.beside(|settings| settings.webhooks.deliver = true).await;
    let told = receiver.await_messages(1).await;
    assert_eq!(told[0].kind(), "resync");
}

/// Two processes that may deliver: one does.
#[actix_web::test]
async fn of_two_nodes_one_delivers() {
    let shop = Shop::on_sqlite_with(to_loopback).await;
    let _other = shop.beside(|_| {}).await;
    let receiver = Receiver::open();
    hook(&shop, &receiver.url, &["product.price"]).await;
    let id = lamp(&shop, "Lamp").await;
    for price in 1..=50 {
        shop.amend(&id, &json!({"price": format!("{price}.00")})).await;
    }
    receiver.await_messages(50).await;
    // Whoever told them, too, would be at it by now.
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(receiver.received().len(), 50, "each once");
}

/// Who ends in order gives the work away. Another node that saw its last beat would else wait for eight seconds after that, which
/// is at least six after the end.
async fn a_node_that_stops_in_order_is_replaced_at_once(shop: Shop) {
    let receiver = Receiver::open();
    hook(&shop, &receiver.url, &["product.price"]).await;
    let id = lamp(&shop, "Lamp").await;
    shop.amend(&id, &json!({"price": "1.00"})).await;
    receiver.await_messages(1).await;
    let heir = shop.beside(|_| {}).await;
    let held = async || {
        let leases = "SELECT COUNT(*) AS count FROM leases WHERE lease = 'webhooks'";
        heir.count(leases).await
    };
    // By then the heir knows that somebody is at it.
    tokio::time::sleep(BEAT * 2).await;
    assert_eq!(held().await, 1);
    shop.stop.stop().await;
    let ended = Instant::now();
    heir.amend(&id, &json!({"price": "2.00"})).await;
    receiver.await_messages(2).await;
    assert!(ended.elapsed() < Duration::from_secs(5), "{:?}", ended.elapsed());
    heir.parts.webhooks.close().await;
    assert_eq!(held().await, 0);
    let told = receiver.received();
    let told = told.iter().map(|message| &message.body["data"]["offer"]["price"]);
    assert_eq!(told.collect::<Vec<_>>(), ["1.00", "2.00"], "each once");
}

#[actix_web::test]
async fn on_sqlite_a_node_that_stops_in_order_is_replaced_at_once() {
    a_node_that_stops_in_order_is_replaced_at_once(Shop::on_sqlite_with(to_loopback).await).await;
}

#[cfg(feature = "mysql")]
#[actix_web::test]
async fn on_mariadb_a_node_that_stops_in_order_is_replaced_at_once() {
    if let Some(shop) = Shop::on_mariadb_with(to_loopback).await {
        a_node_that_stops_in_order_is_replaced_at_once(shop).await;
    }
}
