//! A running shop per test: its own database, its own port, stopped when dropped.

use awc::http::Method;
use awc::http::header::HeaderMap;
use secrecy::SecretString;
use serde_json::Value;
use tempfile::TempDir;
use vitrine::config::Settings;
use vitrine::db::{Actor, Origin};
use vitrine::startup::{Application, Shop as Parts, StopHandle};

/// A shop that answers on loopback.
pub struct Shop {
    pub parts: Parts,
    pub base: String,
    pub ops: String,
    /// An API key with every scope.
    pub key: String,
    pub folder: TempDir,
    stop: StopHandle,
}

/// An answer, read to its end.
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Shop {
    pub async fn on_sqlite() -> Shop {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = settings(&folder);
        settings.database.primary =
            SecretString::from(format!("sqlite:{}", folder.path().join("shop.db").display()));
        Shop::start(settings, folder).await
    }

    /// A fresh database on the MariaDB primary, read from its replicas. `None`, loudly, without servers.
    #[cfg(feature = "mysql")]
    pub async fn on_mariadb() -> Option<Shop> {
        let primary = variable("VITRINE_TEST_MYSQL_PRIMARY");
        let Some(primary) = primary else {
            assert!(
                variable("VITRINE_TEST_REQUIRE_SERVICES").is_none(),
                "VITRINE_TEST_MYSQL_PRIMARY names no MariaDB"
            );
            eprintln!("SKIPPED: VITRINE_TEST_MYSQL_PRIMARY names no MariaDB; `make test` starts one");
            return None;
        };
        let mut random = [0_u8; 6];
        getrandom::fill(&mut random).unwrap();
        let name = format!("it_{}", hex::encode(random));
        execute(&format!("{primary}/mysql"), &format!("CREATE DATABASE {name}"));
        let folder = tempfile::tempdir().unwrap();
        let mut settings = settings(&folder);
        let at = |server: &str| SecretString::from(format!("{server}/{name}"));
        let primary = at(&primary);
        settings.database.primary = primary;
        settings.database.replicas = variable("VITRINE_TEST_MYSQL_REPLICAS")
            .unwrap()
            .split(',')
            .map(at)
            .collect();
        let replicas: Vec<String> = variable("VITRINE_TEST_MYSQL_REPLICAS")?
            .split(',')
            .map(|server| format!("{server}/{name}"))
            .collect();
        let shop = Shop::start(settings, folder).await;
        let seq = shop.parts.db.primary_head().await.unwrap().seq;
        for replica in &replicas {
            wait_for(replica, seq).await;
        }
        Some(shop)
    }

    async fn start(settings: Settings, folder: TempDir) -> Shop {
        let parts = Parts::open(settings).await.unwrap();
        let application = Application::of(parts.clone()).unwrap();
        let base = format!("http://127.0.0.1:{}", application.port());
        let ops = format!("http://127.0.0.1:{}", application.ops_port());
        let stop = application.handle();
        actix_web::rt::spawn(application.run());
        let key = make_key(&parts, "admin").await;
        Shop {
            parts,
            base,
            ops,
            key,
            folder,
            stop,
        }
    }

    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        send(
            method,
            &format!("{}{path}", self.base),
            headers,
            body.map(ToString::to_string),
        )
        .await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await
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
}

impl Drop for Shop {
    fn drop(&mut self) {
        let stop = self.stop.clone();
        actix_web::rt::spawn(async move { stop.stop().await });
    }
}

pub async fn make_key(parts: &Parts, scope: &str) -> String {
    use vitrine::accounts::{KeyName, Scopes};
    let origin = Origin {
        actor: Actor::System,
        request_id: "test".to_owned(),
        batch: None,
    };
    let (name, scopes) = (KeyName::parse("test").unwrap(), Scopes::parse(scope).unwrap());
    parts
        .accounts
        .create_key(origin, name, scopes)
        .await
        .unwrap()
        .secret
        .expose()
        .to_owned()
}

pub async fn send(method: Method, url: &str, headers: &[(&str, &str)], body: Option<String>) -> Answer {
    let client = awc::Client::builder()
        .disable_redirects()
        .timeout(std::time::Duration::from_secs(30))
        .finish();
    let mut request = client.request(method, url);
    for header in headers {
        request = request.append_header(*header);
    }
    let sent = match body {
        Some(body) => {
            let typed = headers.iter().any(|(name, _)| *name == "content-type");
            if !typed {
                request = request.insert_header(("content-type", "application/json"));
            }
            request.send_body(body).await
        }
        None => request.send().await,
    };
    let mut response = sent.unwrap_or_else(|error| panic!("{url}: {error}"));
    let body = response.body().limit(16 * 1024 * 1024).await.unwrap();
    Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        text: String::from_utf8(body.to_vec()).unwrap(),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests learn from the environment where their servers are"
)]
#[cfg(feature = "mysql")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Runs one statement on a server.
#[cfg(feature = "mysql")]
pub fn execute(url: &str, statement: &str) {
    use diesel::RunQueryDsl;
    diesel::sql_query(statement).execute(&mut connect(url)).unwrap();
}

#[cfg(feature = "mysql")]
pub fn connect(url: &str) -> vitrine::db::AnyConnection {
    use vitrine::db::DatabaseUrl;
    use vitrine::db::connection::{Access, ConnectionManager};
    let url = DatabaseUrl::parse(url).unwrap();
    ConnectionManager::new(url, Access::ReadWrite, std::time::Duration::from_secs(10))
        .establish()
        .unwrap()
}

/// Waits until a replica has seen a position; a new database takes it a moment.
#[cfg(feature = "mysql")]
async fn wait_for(replica: &str, seq: i64) {
    use vitrine::db::connection::{Access, ConnectionManager};
    let url = vitrine::db::DatabaseUrl::parse(replica).unwrap();
    let manager = ConnectionManager::new(url, Access::ReadOnly, std::time::Duration::from_secs(5));
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    let seen = || vitrine::db::changes::head(&mut manager.establish().ok()?).ok();
    while seen().is_none_or(|head| head.seq < seq) {
        assert!(
            std::time::Instant::now() < deadline,
            "{replica} does not replicate"
        );
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

fn settings(folder: &TempDir) -> Settings {
    let mut settings = Settings::load(None).unwrap();
    settings.server.port = 0;
    settings.server.ops_port = 0;
    settings.server.workers = 1;
    settings.media.store = folder.path().join("media");
    settings
}
