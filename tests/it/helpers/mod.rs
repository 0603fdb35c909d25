//! A running shop per test: its own database, its own port, stopped when dropped.

#[cfg(feature = "passkeys")]
pub mod authenticator;
mod browser;
#[cfg(feature = "s3")]
pub mod bucket;
pub mod certificate;
mod contract;
pub mod html;
mod http;
pub mod live;
pub mod mail_server;
pub mod receiver;
pub mod redis;
#[cfg(feature = "mysql")]
pub mod servers;
mod serving;
pub mod xml;

use std::future::Future;
use std::time::{Duration, Instant};

use awc::http::Method;
use secrecy::ExposeSecret;
use serde_json::Value;
use tempfile::TempDir;
use vitrine::config::Settings;
#[cfg(feature = "mysql")]
use vitrine::config::{CacheBackend, RealtimeBackend};
use vitrine::db::{Actor, Origin};
use vitrine::startup::{Application, Shop as Parts, StopHandle};

pub use browser::{Browser, EMAIL, PASSWORD, changed};
pub use http::{Answer, send, send_to};
use http::{client, exchange};
pub use serving::Serving;

/// Nothing in a test takes longer unless it never ends: all tests share the replicas, and one of them copies a large shop.
const PATIENCE: Duration = Duration::from_secs(60);

/// A shop that answers on loopback.
pub struct Shop {
    pub parts: Parts,
    pub base: String,
    pub ops: String,
    /// An API key with every scope.
    pub key: String,
    pub folder: TempDir,
    pub stop: StopHandle,
    client: awc::Client,
}

impl Shop {
    pub async fn on_sqlite() -> Shop {
        Shop::on_sqlite_with(|_| {}).await
    }

    /// With other settings than the defaults.
    pub async fn on_sqlite_with(change: impl FnOnce(&mut Settings)) -> Shop {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = settings(&folder);
        settings.database.primary = format!("sqlite:{}", folder.path().join("shop.db").display()).into();
        change(&mut settings);
        Shop::start(Parts::open(settings).await.unwrap(), folder).await
    }

    /// A fresh database on the MariaDB primary, read from its replicas, with Redis between nodes. `None`, loudly, without
    /// servers.
    #[cfg(feature = "mysql")]
    pub async fn on_mariadb() -> Option<Shop> {
        Shop::on_mariadb_with(|_| {}).await
    }

    #[cfg(feature = "mysql")]
    pub async fn on_mariadb_with(change: impl FnOnce(&mut Settings)) -> Option<Shop> {
        let servers = servers::Servers::find()?;
        let database = servers.create_database();
        let folder = tempfile::tempdir().unwrap();
        let mut settings = settings(&folder);
        settings.database.primary = format!("{}/{database}", servers.primary).into();
        settings.database.replicas = servers
            .replicas
            .iter()
            .map(|server| format!("{server}/{database}").into())
            .collect();
        if let Some(redis) = redis::shared_redis() {
            settings.cache.backend = CacheBackend::Redis;
            settings.cache.redis_url = redis.clone().into();
            settings.realtime.backend = RealtimeBackend::Redis;
            settings.realtime.redis_url = redis.into();
        }
        change(&mut settings);
        let parts = Parts::open(settings).await.unwrap();
        servers.await_replicas(&database).await;
        Some(Shop::start(parts, folder).await)
    }

    /// Another process on the same database.
    pub async fn beside(&self, change: impl FnOnce(&mut Settings)) -> Shop {
        let mut settings = self.parts.settings.clone();
        change(&mut settings);
        Shop::start(Parts::open(settings).await.unwrap(), tempfile::tempdir().unwrap()).await
    }

    async fn start(parts: Parts, folder: TempDir) -> Shop {
        let application = Application::of(parts.clone()).unwrap();
        let base = format!("http://127.0.0.1:{}", application.port());
        let ops = format!("http://127.0.0.1:{}", application.ops_port());
        let stop = application.handle();
        actix_web::rt::spawn(application.run());
        let key = make_key(&parts, "admin").await;
        let shop = Shop {
            parts,
            base,
            ops,
            key,
            folder,
            stop,
            client: client(),
        };
        shop.await_index().await;
        shop
    }

    /// Until then the database finds, other words and in another order.
    async fn await_index(&self) {
        let features = &self.parts.settings.features;
        if !(features.search && features.catalog) {
            return;
        }
        eventually("the search index answers", async || {
            self.operator(Method::GET, "/search").await.json()["phase"] == "ready"
        })
        .await;
    }

    /// A request with a body that is not JSON.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Answer {
        let request = self.client.request(method, format!("{}{path}", self.base));
        exchange(&self.parts.settings.features, request, headers, body).await
    }

    /// A request to the port of operators.
    pub async fn operator(&self, method: Method, path: &str) -> Answer {
        exchange(
            &self.parts.settings.features,
            self.client.request(method, format!("{}{path}", self.ops)),
            &[],
            None,
        )
        .await
    }

    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        self.ask(method, path, headers, body.map(ToString::to_string))
            .await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await
    }

    /// A read that has seen every write.
    pub async fn fresh(&self, path: &str) -> Answer {
        self.send(
            Method::GET,
            path,
            &[("x-min-change-seq", &self.head().await)],
            None,
        )
        .await
    }

    /// What the owner's key reads, as new as every write.
    pub async fn read(&self, path: &str) -> Answer {
        let head = self.head().await;
        self.admin(Method::GET, path, &[("x-min-change-seq", &head)], None)
            .await
    }

    /// The newest position of the change log.
    pub async fn head(&self) -> String {
        self.parts.db.primary_head().await.unwrap().seq.to_string()
    }

    /// With the owner's key.
    pub async fn admin(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        let bearer = format!("Bearer {}", self.key);
        let mut all = vec![("authorization", bearer.as_str())];
        all.extend_from_slice(headers);
        self.send(method, path, &all, body).await
    }

    /// Makes a product that must be accepted.
    pub async fn create(&self, body: &Value) -> Value {
        let answer = self
            .admin(Method::POST, "/api/admin/products", &[], Some(body))
            .await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.json()
    }

    /// Changes some fields of a product whatever its version is; the change must be accepted.
    pub async fn amend(&self, product_id: &Value, body: &Value) -> Answer {
        let own = format!("/api/admin/products/{product_id}");
        let seen = self
            .admin(
                Method::GET,
                &own,
                &[("x-min-change-seq", &self.head().await)],
                None,
            )
            .await;
        let answer = self
            .admin(
                Method::PATCH,
                &own,
                &[("if-match", seen.header("etag"))],
                Some(body),
            )
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer
    }

    /// What operators see.
    pub async fn metrics(&self) -> String {
        self.operator(Method::GET, "/metrics").await.text
    }

    /// The value of one series.
    pub async fn metric(&self, series: &str) -> u64 {
        let text = self.metrics().await;
        let value = text
            .lines()
            .find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        value
            .unwrap_or_else(|| panic!("{series} is missing:\n{text}"))
            .parse()
            .unwrap()
    }

    /// A statement on the primary, as somebody with access to the database would run it.
    pub async fn sql(&self, statement: impl Into<String>) {
        use diesel::RunQueryDsl;
        let statement = statement.into();
        let run = move |connection: &mut _| Ok(diesel::sql_query(&statement).execute(connection)?);
        self.parts.db.unlogged("test", run).await.unwrap();
    }

    /// What a `SELECT COUNT(*) AS count` finds on the primary.
    pub async fn count(&self, query: impl Into<String>) -> i64 {
        use diesel::RunQueryDsl;
        let query = query.into();
        let run =
            move |connection: &mut _| Ok(diesel::sql_query(&query).get_result::<Count>(connection)?.count);
        if self.parts.is_on_sqlite() {
            // A reader sees what is committed, and waits for no writer.
            return self.parts.db.read("test", run).await.unwrap().value;
        }
        self.parts.db.unlogged("test", run).await.unwrap()
    }

    /// The executable, working on this shop's database.
    pub fn vitrine(&self, arguments: &[&str]) -> std::process::Command {
        let settings = &self.parts.settings;
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_vitrine"));
        let replicas: Vec<_> = settings
            .database
            .replicas
            .iter()
            .map(|url| url.expose_secret())
            .collect();
        command
            .args(arguments)
            .env(
                "VITRINE__DATABASE__PRIMARY",
                settings.database.primary.expose_secret(),
            )
            .env("VITRINE__DATABASE__REPLICAS", replicas.join(","))
            .env(
                "VITRINE__MEDIA__STORE",
                format!("file:{}", settings.media.store.display()),
            )
            .env(
                "VITRINE__SEARCH__PATH",
                settings.search.path.clone().unwrap_or_default(),
            )
            .env("VITRINE__SERVER__PORT", "0")
            .env("VITRINE__SERVER__OPS_PORT", "0")
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped());
        command
    }
}

/// Another database of the same kind, without a table.
pub fn empty_database(shop: &Shop) -> String {
    #[cfg(feature = "mysql")]
    if !shop.parts.is_on_sqlite() {
        let servers = servers::Servers::find().unwrap();
        return format!("{}/{}", servers.primary, servers.create_database());
    }
    format!("sqlite:{}", shop.folder.path().join("empty.db").display())
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    count: i64,
}

impl Drop for Shop {
    fn drop(&mut self) {
        let stop = self.stop.clone();
        actix_web::rt::spawn(async move { stop.stop().await });
    }
}

pub async fn make_key(parts: &Parts, scope: &str) -> String {
    use vitrine::accounts::NewKey;
    let origin = Origin {
        actor: Actor::System,
        request_id: "test".to_owned(),
        batch: None,
    };
    let new = NewKey::parse("test", scope, "", vitrine::db::Moment::now()).unwrap();
    parts
        .accounts
        .create_key(origin, new)
        .await
        .unwrap()
        .secret
        .expose()
        .to_owned()
}

/// Says once what was not tested, past the test runner, which keeps what passing tests print to itself.
pub fn skipped(why: &str) {
    use std::io::Write;
    static SAID: std::sync::Mutex<Vec<String>> = std::sync::Mutex::new(Vec::new());
    let mut said = SAID.lock().unwrap();
    if !said.iter().any(|known| known == why) {
        writeln!(std::io::stderr(), "SKIPPED: {why}").unwrap();
        said.push(why.to_owned());
    }
}

/// Waits for something that becomes true by itself.
pub async fn eventually<F: Future<Output = bool>>(what: &str, mut is_true: impl FnMut() -> F) {
    let deadline = Instant::now() + PATIENCE;
    while !is_true().await {
        assert!(Instant::now() < deadline, "it never came about that {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests learn from the environment where their servers are"
)]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

pub fn settings(folder: &TempDir) -> Settings {
    let mut settings = Settings::load(None).unwrap();
    settings.server.port = 0;
    settings.server.ops_port = 0;
    // All tests run at once, on whatever machine: who waits for a connection is not the subject.
    settings.database.acquire_ms = 10_000;
    settings.database.frozen_ms = 15_000;
    settings.database.query_ms = 20_000;
    settings.server.workers = 1;
    settings.media.store = folder.path().join("media");
    settings.search.path = None;
    // All of a test comes from one address.
    settings.limits.lift();
    settings
}
