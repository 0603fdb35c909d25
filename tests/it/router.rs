//! Reads go to replicas, writes to the primary, and operators can see it.

use awc::http::Method;

use crate::helpers::{Shop, send};
use crate::on_both_databases;

on_both_databases!(operators_see_health_and_metrics_on_a_port_of_their_own);

async fn operators_see_health_and_metrics_on_a_port_of_their_own(shop: Shop) {
    for path in ["livez", "readyz", "startupz", "healthz", "readyz?verbose"] {
        for method in [Method::GET, Method::HEAD] {
            assert_eq!(
                send(method, &format!("{}/{path}", shop.ops), &[], None)
                    .await
                    .status,
                200,
                "{path}"
            );
        }
    }
    let seq = shop.parts.db.primary_head().await.unwrap().seq;
    for number in 0..300 {
        assert_eq!(shop.get(&format!("/nothing-{number}")).await.status, 404);
    }
    let metrics = send(Method::GET, &format!("{}/metrics", shop.ops), &[], None)
        .await
        .text;
    for expected in [
        "http_server_request_duration_seconds_count{http_route=\"/products/{slug}\"",
        "db_client_connection_count{db_node=\"primary\",state=\"used\"}",
        "db_client_connection_count{db_node=\"replica-2\",state=\"idle\"}",
        "db_client_connection_wait_seconds_count{db_node=\"replica-1\"}",
        "router_decisions_total{target=\"primary\",reason=\"write\"}",
        "panics_total 0",
        "build_info{",
        "process_resident_memory_bytes",
        &format!("change_log_seq {seq}"),
    ] {
        assert!(metrics.contains(expected), "{expected} is missing:\n{metrics}");
    }
    assert!(!metrics.contains("nothing-1"), "a made-up address is a label");
    assert_eq!(
        shop.get("/metrics").await.status,
        404,
        "metrics are not for the public"
    );
}

#[cfg(feature = "mysql")]
mod servers {
    use awc::http::Method;
    use diesel::RunQueryDsl;
    use diesel::sql_types::Text;
    use serde_json::json;

    use crate::helpers::{Shop, connect, send, variable};

    #[derive(diesel::QueryableByName)]
    struct Variable {
        #[diesel(sql_type = Text, column_name = "Value")]
        value: String,
    }

    /// A counter of a server. Other tests use the servers too, so counters can only be compared from below.
    fn counter(server: &str, name: &str) -> u64 {
        let rows: Vec<Variable> = diesel::sql_query(format!("SHOW GLOBAL STATUS LIKE '{name}'"))
            .load(&mut connect(&format!("{server}/mysql")))
            .unwrap();
        rows[0].value.parse().unwrap()
    }

    #[actix_web::test]
    async fn reads_arrive_at_the_replicas_and_writes_at_the_primary() {
        let Some(shop) = Shop::on_mariadb().await else {
            return;
        };
        let replicas: Vec<String> = variable("VITRINE_TEST_MYSQL_REPLICA_ADMINS")
            .unwrap()
            .split(',')
            .map(str::to_owned)
            .collect();
        let primary = variable("VITRINE_TEST_MYSQL_PRIMARY_ADMIN").unwrap();
        let made = shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
        let seq = shop.parts.db.primary_head().await.unwrap().seq.to_string();
        let before: Vec<u64> = replicas
            .iter()
            .map(|server| counter(server, "Com_select"))
            .collect();
        let inserts = counter(&primary, "Com_insert");
        for _ in 0..40 {
            let read = shop
                .send(
                    Method::GET,
                    &format!("/api/v1/products/{}", made["product_id"]),
                    &[("x-min-change-seq", &seq)],
                    None,
                )
                .await;
            assert_eq!(read.status, 200);
        }
        for _ in 0..5 {
            shop.create(&json!({"name": "Vase", "price": "1.00"})).await;
        }
        for (server, before) in replicas.iter().zip(before) {
            assert!(
                counter(server, "Com_select") >= before + 10,
                "a replica was left out"
            );
        }
        assert!(
            counter(&primary, "Com_insert") >= inserts + 10,
            "a product and its change per write"
        );
        let metrics = send(Method::GET, &format!("{}/metrics", shop.ops), &[], None)
            .await
            .text;
        let decided = |line: &str| {
            let found = metrics
                .lines()
                .find_map(|found| found.strip_prefix(line))
                .unwrap_or_else(|| panic!("{line} is missing:\n{metrics}"));
            found.trim().parse::<u64>().unwrap()
        };
        assert!(decided("router_decisions_total{target=\"replica\",reason=\"fresh\"}") >= 30);
        assert!(decided("router_decisions_total{target=\"primary\",reason=\"write\"}") >= 6);
    }

    #[actix_web::test]
    async fn a_replica_refuses_writes_and_a_dead_or_empty_one_costs_no_read() {
        let Some(shop) = Shop::on_mariadb().await else {
            return;
        };
        use secrecy::ExposeSecret;
        use vitrine::db::connection::{Access, ConnectionManager};
        let url = vitrine::db::DatabaseUrl::parse(shop.parts.settings.database.replicas[0].expose_secret())
            .unwrap();
        let manager = ConnectionManager::new(url, Access::ReadOnly, std::time::Duration::from_secs(5));
        let refused =
            diesel::sql_query("UPDATE change_head SET seq = 99").execute(&mut manager.establish().unwrap());
        assert!(refused.is_err());
        let mut settings = shop.parts.settings.clone();
        let replica = variable("VITRINE_TEST_MYSQL_REPLICAS")
            .unwrap()
            .split(',')
            .next()
            .unwrap()
            .to_owned();
        let dead = "mysql://vitrine:vitrine@127.0.0.1:1/none".to_owned();
        // The second one answers, but the shop's tables have not arrived there.
        settings.database.replicas = vec![dead.into(), format!("{replica}/mysql").into()];
        let parts = vitrine::startup::Shop::open(settings).await.unwrap();
        for _ in 0..10 {
            parts.db.ping().await.unwrap();
        }
    }
}
