//! Reads go to replicas, writes to the primary, a read that must be new is new, and operators can see all of it.

use awc::http::Method;

use crate::helpers::Shop;
use crate::on_both_databases;

on_both_databases!(v13_4_5_api9_operators_see_health_and_metrics_on_a_port_of_their_own);

async fn v13_4_5_api9_operators_see_health_and_metrics_on_a_port_of_their_own(shop: Shop) {
    for path in ["/livez", "/readyz", "/startupz", "/healthz"] {
        for method in [Method::GET, Method::HEAD] {
            let answer = shop.operator(method.clone(), path).await;
            let expected = if method == Method::HEAD { "" } else { "ok\n" };
            assert_eq!(
                (answer.status, answer.text.as_str()),
                (200, expected),
                "{method} {path}"
            );
            assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        }
        assert_eq!(shop.get(path).await.status, 404, "{path} is not for the public");
    }
    let verbose = shop.operator(Method::GET, "/readyz?verbose").await;
    assert_eq!(
        verbose.text,
        "database: ok\nkept_answers: none\nwarmed_up: ok\nnot_draining: ok\nsearch_index: ok\nok\n"
    );
    let metrics = shop.operator(Method::GET, "/metrics").await;
    assert!(
        metrics
            .header("content-type")
            .starts_with("application/openmetrics-text")
    );
    assert!(
        metrics
            .text
            .contains(&format!("\nchange_log_seq {}\n", shop.head().await)),
        "{}",
        metrics.text
    );
    for node in ["primary", "replica-1", "replica-2"] {
        assert!(
            metrics
                .text
                .contains(&format!("db_client_connection_count{{db_node=\"{node}\"")),
            "{node} is no node"
        );
    }
    assert_eq!(shop.operator(Method::HEAD, "/metrics").await.status, 200);
    assert_eq!(
        shop.get("/metrics").await.status,
        404,
        "metrics are not for the public"
    );
}

#[cfg(feature = "mysql")]
mod servers {
    use std::time::Duration;

    use diesel::RunQueryDsl;
    use secrecy::ExposeSecret;
    use serde_json::{Value, json};
    use tokio::sync::{Mutex, MutexGuard};
    use vitrine::db::connection::{Access, ConnectionManager};
    use vitrine::db::{DatabaseUrl, Seq};

    use crate::helpers::servers::{Servers, counter, execute};
    use crate::helpers::{Browser, Shop, eventually};

    const ANY: &str = "router_decisions_total{target=\"replica\",reason=\"any\"}";
    const FRESH: &str = "router_decisions_total{target=\"replica\",reason=\"fresh\"}";
    const STALE: &str = "router_decisions_total{target=\"primary\",reason=\"stale_replica\"}";
    const WRITE: &str = "router_decisions_total{target=\"primary\",reason=\"write\"}";

    /// All tests share the servers: who stops a replica, or counts on all of them, is alone among the tests here.
    static REPLICATION: Mutex<()> = Mutex::const_new(());

    async fn alone() -> Option<(MutexGuard<'static, ()>, Servers, Shop)> {
        let servers = Servers::find()?;
        let alone = REPLICATION.lock().await;
        // Without followers of the change log, which read as well, and without answers that need no database.
        let shop = Shop::on_mariadb_with(|settings| {
            settings.features.realtime = false;
            settings.features.cache = false;
        })
        .await?;
        Some((alone, servers, shop))
    }

    #[actix_web::test]
    async fn reads_arrive_at_the_replicas_and_writes_at_the_primary() {
        let Some((_alone, servers, shop)) = alone().await else {
            return;
        };
        let made = shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
        let path = format!("/api/v1/products/{}", made["product_id"]);
        eventually("the replicas have the lamp", || async {
            shop.fresh(&path).await.status == 200 && shop.get(&path).await.status == 200
        })
        .await;
        let selects: Vec<u64> = servers
            .replica_admins
            .iter()
            .map(|server| counter(server, "Com_select"))
            .collect();
        let (written, decided, any) = (
            counter(&servers.primary_admin, "Com_insert"),
            shop.metric(WRITE).await,
            shop.metric(ANY).await,
        );
        for _ in 0..40 {
            assert_eq!(shop.get(&path).await.status, 200);
        }
        for _ in 0..5 {
            shop.create(&json!({"name": "Vase", "price": "1.00"})).await;
        }
        for (server, before) in servers.replica_admins.iter().zip(selects) {
            assert!(
                counter(server, "Com_select") >= before + 10,
                "a replica was left out"
            );
        }
        assert!(
            counter(&servers.primary_admin, "Com_insert") >= written + 10,
            "a product and its change per write"
        );
        assert_eq!(shop.metric(WRITE).await, decided + 5);
        assert!(shop.metric(ANY).await >= any + 40);
    }

    #[actix_web::test]
    async fn a_replica_refuses_writes_by_itself() {
        let Some(shop) = Shop::on_mariadb().await else {
            return;
        };
        let url = DatabaseUrl::parse(shop.parts.settings.database.replicas[0].expose_secret()).unwrap();
        let manager = ConnectionManager::new(url, Access::ReadOnly, Duration::from_secs(5));
        let sql = "UPDATE change_head SET seq = 99";
        let refused = diesel::sql_query(sql).execute(&mut manager.establish().unwrap());
        assert!(refused.is_err());
        // The session refuses as well, also where the server would not: here it is opened on the primary.
        let url = DatabaseUrl::parse(shop.parts.settings.database.primary.expose_secret()).unwrap();
        let manager = ConnectionManager::new(url, Access::ReadOnly, Duration::from_secs(5));
        let refused = diesel::sql_query(sql).execute(&mut manager.establish().unwrap());
        assert!(refused.unwrap_err().to_string().contains("READ ONLY"));
    }

    /// Starts replication again, whatever happened in between.
    struct Stopped<'a>(&'a Servers);

    impl Stopped<'_> {
        fn stop_only(servers: &Servers, replica: usize) -> Stopped<'_> {
            let server = &servers.replica_admins[replica];
            execute(&format!("{server}/mysql"), "STOP SLAVE SQL_THREAD");
            Stopped(servers)
        }

        fn stop(servers: &Servers) -> Stopped<'_> {
            for server in &servers.replica_admins {
                execute(&format!("{server}/mysql"), "STOP REPLICA SQL_THREAD");
            }
            Stopped(servers)
        }
    }

    impl Drop for Stopped<'_> {
        fn drop(&mut self) {
            for server in &self.0.replica_admins {
                execute(&format!("{server}/mysql"), "START REPLICA SQL_THREAD");
            }
        }
    }

    #[actix_web::test]
    async fn a_read_that_must_be_new_is_new_while_the_replicas_stand_still() {
        let Some((_alone, servers, shop)) = alone().await else {
            return;
        };
        let made = shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
        let path = format!("/api/v1/products/{}", made["product_id"]);
        let before = shop.head().await;
        for replica in &shop.parts.settings.database.replicas {
            eventually("the replica has the lamp", || async {
                seen(replica.expose_secret()) >= Seq(before.parse().unwrap())
            })
            .await;
        }
        let stopped = Stopped::stop(&servers);
        shop.amend(&made["product_id"], &json!({"price": "2.00"})).await;
        let (stale, fresh) = (shop.metric(STALE).await, shop.metric(FRESH).await);
        for _ in 0..10 {
            assert_eq!(
                shop.fresh(&path).await.json()["price"],
                "2.00",
                "a read went back in time"
            );
            assert_eq!(
                shop.get(&path).await.json()["price"],
                "1.00",
                "a replica that stands still answers whoever asks for nothing newer"
            );
        }
        // From below: the shop's clock may have looked for its moments meanwhile.
        assert!(
            shop.metric(STALE).await >= stale + 10,
            "each such read is counted"
        );
        let read = async |seq: &str| -> Value {
            shop.send(awc::http::Method::GET, &path, &[("x-min-change-seq", seq)], None)
                .await
                .json()
        };
        for _ in 0..5 {
            assert_eq!(
                read(&before).await["price"],
                "1.00",
                "what a replica has seen, it may answer"
            );
        }
        assert_eq!(shop.metric(FRESH).await, fresh + 5);
        drop(stopped);
        eventually("the replicas follow again", || async {
            shop.get(&path).await.json()["price"] == "2.00"
        })
        .await;
    }

    #[actix_web::test]
    async fn time_never_runs_backwards_for_a_signed_in_person_or_a_program_that_says_where_it_stands() {
        let Some((_alone, servers, shop)) = alone().await else {
            return;
        };
        let made = shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
        let mut olive = Browser::of_owner(&shop).await;
        for replica in &shop.parts.settings.database.replicas {
            let newest = Seq(shop.head().await.parse().unwrap());
            eventually("the replica has the lamp", || async {
                seen(replica.expose_secret()) >= newest
            })
            .await;
        }
        // From here on one replica is ahead of the other.
        let _stopped = Stopped::stop_only(&servers, 0);
        shop.amend(&made["product_id"], &json!({"price": "2.00"})).await;
        // Pages of the other one, sooner or later.
        while !olive_sees(&mut olive, "2.00").await {}
        for _ in 0..12 {
            assert!(olive_sees(&mut olive, "2.00").await, "time ran backwards");
        }
        let path = format!("/api/v1/products/{}", made["product_id"]);
        let (mut position, mut price) = ("0".to_owned(), String::new());
        for _ in 0..24 {
            let headers = [("x-min-change-seq", position.as_str())];
            let answer = shop.send(awc::http::Method::GET, &path, &headers, None).await;
            let now = answer.json()["price"].as_str().unwrap().to_owned();
            assert!(now >= price, "{now} after {price}");
            (position, price) = (answer.header("x-change-seq").to_owned(), now);
        }
        assert_eq!(price, "2.00");
    }

    async fn olive_sees(olive: &mut Browser<'_>, price: &str) -> bool {
        let page = olive.open("/products/lamp").await;
        assert_eq!(page.status, 200, "{}", page.text);
        page.text.contains(price)
    }

    fn seen(url: &str) -> Seq {
        let manager = ConnectionManager::new(
            DatabaseUrl::parse(url).unwrap(),
            Access::ReadOnly,
            Duration::from_secs(5),
        );
        Seq(vitrine::db::changes::head(&mut manager.establish().unwrap())
            .unwrap()
            .seq)
    }

    #[actix_web::test]
    async fn whoever_asks_the_node_of_a_write_sees_it_while_the_replicas_stand_still() {
        let Some((_alone, servers, uncached)) = alone().await else {
            return;
        };
        let shop = uncached.beside(|settings| settings.features.cache = true).await;
        crate::cache::keeping(&shop).await;
        let made = shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
        let path = format!("/api/v1/products/{}", made["product_id"]);
        let stopped = Stopped::stop(&servers);
        for price in ["2.00", "3.00"] {
            shop.amend(&made["product_id"], &json!({ "price": price })).await;
            for _ in 0..3 {
                assert_eq!(shop.get(&path).await.json()["price"], price);
                assert!(shop.get("/products").await.text.contains(price));
            }
        }
        drop(stopped);
    }

    #[actix_web::test]
    async fn a_dead_or_empty_replica_costs_no_read() {
        let (Some(servers), Some(shop)) = (Servers::find(), Shop::on_mariadb().await) else {
            return;
        };
        shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
        let limping = shop
            .beside(|settings| {
                // The second one answers, but the shop's tables have not arrived there.
                settings.database.replicas = vec![
                    "mysql://vitrine:vitrine@127.0.0.1:1/none".into(),
                    format!("{}/mysql", servers.replicas[0]).into(),
                ];
            })
            .await;
        for path in [
            "/",
            "/api/v1/products",
            "/products/lamp",
            "/search?q=lamp",
            "/api/v1/products/1",
        ] {
            for _ in 0..4 {
                let answer = limping.get(path).await;
                assert!(
                    answer.status == 200 && answer.text.contains("Lamp"),
                    "{path}: {} {}",
                    answer.status,
                    answer.text
                );
            }
        }
        assert_eq!(
            limping.operator(awc::http::Method::GET, "/readyz").await.status,
            200
        );
        assert!(
            limping
                .metric("router_decisions_total{target=\"primary\",reason=\"no_healthy_replica\"}")
                .await
                > 0
        );
    }
}
