//! The cable between a node and Redis is cut: news arrive by the poll, and when it is whole again nothing was lost and nothing comes
//! twice.

use vitrine::config::RealtimeBackend;

use super::resume::{products, write};
use crate::helpers::Shop;
use crate::helpers::live::{Client, Page};
use crate::helpers::redis::RedisServer;
use crate::relay::{Cable, Relay};

/// A relay has a runtime of its own, which neither begins nor ends on a thread of another one.
struct Line(Option<Relay>);

impl Line {
    fn to(port: u16) -> Line {
        let made = std::thread::spawn(move || Relay::to(port));
        Line(Some(made.join().unwrap()))
    }

    fn relay(&self) -> &Relay {
        self.0.as_ref().unwrap()
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let relay = self.0.take();
        std::thread::spawn(move || drop(relay)).join().unwrap();
    }
}

async fn hear(client: &mut Client, page: &mut Page, until: i64) {
    while page.position() < until {
        page.take(&client.event().await);
    }
}

#[actix_web::test]
async fn on_sqlite_a_cut_cable_to_redis_costs_time_and_nothing_else() {
    let Some(redis) = RedisServer::start().await else {
        return;
    };
    let url = redis.url.clone();
    let one = Shop::on_sqlite_with(|settings| {
        settings.realtime.backend = RealtimeBackend::Redis;
        settings.realtime.redis_url = url.into();
    })
    .await;
    a_cut_cable(one, &redis).await;
}

#[cfg(feature = "mysql")]
#[actix_web::test]
async fn on_mariadb_a_cut_cable_to_redis_costs_time_and_nothing_else() {
    let Some(redis) = RedisServer::start().await else {
        return;
    };
    let url = redis.url.clone();
    let one = Shop::on_mariadb_with(|settings| {
        settings.realtime.backend = RealtimeBackend::Redis;
        settings.realtime.redis_url = url.into();
    });
    if let Some(one) = one.await {
        a_cut_cable(one, &redis).await;
    }
}

async fn a_cut_cable(one: Shop, redis: &RedisServer) {
    let line = Line::to(redis.url.rsplit(':').next().unwrap().parse().unwrap());
    let through = format!("redis://127.0.0.1:{}", line.relay().port);
    let two = one
        .beside(|settings| settings.realtime.redis_url = through.into())
        .await;
    let ids = products(&one).await;
    let since: i64 = one.head().await.parse().unwrap();
    let mut clients = [Client::of(&one).await, Client::of(&two).await];
    let mut pages = [Page::default(), Page::default()];
    for client in &mut clients {
        let epoch = client.epoch.clone();
        let answer = client.resume(&["products"], &epoch, since).await;
        assert_eq!(answer["op"], "subscribed");
    }
    let mut until = since;
    for cable in [Cable::Whole, Cable::Cut, Cable::Whole] {
        line.relay().set(cable);
        for _ in 0..20 {
            until = write(&one, &ids).await;
            until = until.max(write(&two, &ids).await);
        }
        for (client, page) in clients.iter_mut().zip(&mut pages) {
            hear(client, page, until).await;
        }
    }
    // What the cut held back comes through now; it must not be told again.
    until = write(&one, &ids).await;
    for (client, page) in clients.iter_mut().zip(&mut pages) {
        hear(client, page, until).await;
        assert_eq!(page.seen, (since + 1..=until).collect::<Vec<_>>());
    }
}
