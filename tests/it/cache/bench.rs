//! A node without a server: the cache in front of an answer that a test makes as it likes, and a log that moves only when
//! the test says so. What an answer shows is the position at which it was read.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::body::to_bytes;
use actix_web::http::Method;
use actix_web::http::header::HeaderMap;
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::web::Bytes;
use actix_web::{App, HttpRequest, web};
use diesel::RunQueryDsl;
use futures_util::future::LocalBoxFuture;
use tempfile::TempDir;
use vitrine::cache;
use vitrine::config::Settings;
use vitrine::db::connection::{Access, ConnectionManager};
use vitrine::db::reader::Dependence;
use vitrine::db::{AnyConnection, DatabaseUrl, Router, Seq, Tag, changes};
use vitrine::error::Result;
use vitrine::metrics::{CacheLayer, CacheResult};
use vitrine::startup::Shop as Parts;
use vitrine::web::extract::MinSeq;
use vitrine::web::position;
use vitrine::web::respond::{self, CachePolicy, Reply};

use crate::helpers::settings;

/// What the answers of these tests depend on.
pub const LAMP: &str = "lamp";

const WRITE: &str = "UPDATE change_head SET seq = seq + 1";

/// A database that several nodes may work on.
pub struct Place {
    pub settings: Settings,
    folder: TempDir,
}

impl Place {
    /// An empty shop.
    pub async fn new() -> Place {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = settings(&folder);
        settings.database.primary = url(&folder, "shop").into();
        Parts::open(settings.clone()).await.unwrap();
        Place { folder, settings }
    }

    /// A node of it that knows the log up to its end. Its answers show where they were read.
    pub async fn node(&self, change: impl FnOnce(&mut Settings)) -> Node {
        self.node_with(change, |db, request, _| Box::pin(read(db, request)))
            .await
    }

    /// The same with other answers; each is told how many were made before.
    pub async fn node_with(
        &self,
        change: impl FnOnce(&mut Settings),
        make: impl Fn(Router, HttpRequest, usize) -> LocalBoxFuture<'static, Result<Reply>> + 'static,
    ) -> Node {
        let mut settings = self.settings.clone();
        change(&mut settings);
        let parts = Parts::open(settings).await.unwrap();
        let node = Node {
            parts,
            make: Rc::new(make),
            loads: Arc::default(),
        };
        node.knows_everything().await;
        node
    }

    /// The database as it is now: a replica that gets nothing by itself.
    pub fn copy(&self) -> String {
        let copy = format!("copy-{:x}", fastrand::u64(..));
        let file = self.folder.path().join(format!("{copy}.db"));
        let statement = format!("VACUUM INTO '{}'", file.display());
        execute(&url(&self.folder, "shop"), &statement);
        url(&self.folder, &copy)
    }
}

fn url(folder: &TempDir, name: &str) -> String {
    format!("sqlite:{}", folder.path().join(format!("{name}.db")).display())
}

/// The replica gets the next change.
pub fn replicate(copy: &str) {
    execute(copy, WRITE);
}

fn execute(url: &str, statement: &str) {
    let url = DatabaseUrl::parse(url).unwrap();
    let database = ConnectionManager::new(url, Access::ReadWrite, Duration::from_secs(10));
    diesel::sql_query(statement)
        .execute(&mut database.establish().unwrap())
        .unwrap();
}

type Make = Rc<dyn Fn(Router, HttpRequest, usize) -> LocalBoxFuture<'static, Result<Reply>>>;

/// One node of a shop.
pub struct Node {
    pub parts: Parts,
    make: Make,
    loads: Arc<AtomicUsize>,
}

impl Node {
    /// How many answers were made.
    pub fn loads(&self) -> usize {
        self.loads.load(Ordering::Relaxed)
    }

    pub fn counted(&self, layer: CacheLayer, result: CacheResult) -> u64 {
        self.parts.metrics.cache().requests(layer, result)
    }

    /// How many wait for an answer that another one makes.
    pub fn waiters(&self) -> i64 {
        self.parts.metrics.cache().waiters()
    }

    /// It begins in the history that there is.
    pub async fn knows_everything(&self) {
        let head = self.parts.db.primary_head().await.unwrap();
        let followed = [(Vec::new(), Seq(head.seq))];
        self.parts.cache.begin(&head.epoch, Seq(0), &followed);
    }

    /// It is told that a change at `seq` touched a thing, as of a write of its own.
    pub fn is_told(&self, thing: &str, seq: Seq) {
        let epoch = self.parts.cache.memory().unwrap().changes.epoch();
        self.parts.cache.wrote(&epoch, &[(vec![Tag::named(thing)], seq)]);
    }

    /// It has followed the log up to a change of a thing.
    pub fn follows(&self, thing: &str, seq: Seq) {
        self.parts.cache.followed(&[(vec![Tag::named(thing)], seq)]);
    }

    /// The layers that a request goes through.
    pub async fn serve(&self) -> Served {
        let (make, loads, db) = (
            Rc::clone(&self.make),
            Arc::clone(&self.loads),
            self.parts.db.clone(),
        );
        let answer =
            move |request: HttpRequest| make(db.clone(), request, loads.fetch_add(1, Ordering::Relaxed));
        let app = App::new()
            .app_data(web::Data::new(self.parts.cache.clone()))
            .wrap(from_fn(cache::answer))
            .wrap(from_fn(position::follow))
            .route("/products/{slug}", web::route().to(answer));
        let app = Rc::new(init_service(app).await);
        let ask = move |request: TestRequest| -> LocalBoxFuture<'static, Shown> {
            let app = Rc::clone(&app);
            Box::pin(async move {
                let response = call_service(&*app, request.to_request()).await;
                let (status, headers) = (response.status().as_u16(), response.headers().clone());
                let body = to_bytes(response.into_body()).await.ok().unwrap();
                Shown {
                    status,
                    headers,
                    body,
                }
            })
        };
        Served(Rc::new(ask))
    }
}

/// Something is written; where. Nobody is told.
pub async fn write(db: &Router) -> Seq {
    let write = |connection: &mut AnyConnection| {
        diesel::sql_query(WRITE).execute(connection)?;
        Ok(Seq(changes::head(connection)?.seq))
    };
    // By somebody else: whoever makes an answer meanwhile has no part in it.
    let db = db.clone();
    let written = actix_web::rt::spawn(async move { db.unlogged("test", write).await });
    written.await.unwrap().unwrap()
}

/// Reads where the log stands, as new as the request wants it.
pub async fn read(db: Router, request: HttpRequest) -> Result<Reply> {
    let fresh = MinSeq::of(&request)?;
    let look = |connection: &mut AnyConnection| {
        let depends = Dependence {
            tags: vec![Tag::named(LAMP)],
            until: None,
        };
        Ok((changes::head(connection)?.seq, depends))
    };
    let seq = fresh.confirm(db.read_kept("test", fresh.at_least(), look).await?)?;
    Ok(page(seq.value.to_string()))
}

/// A page that anybody may keep.
pub fn page(body: impl Into<Vec<u8>>) -> Reply {
    respond::bytes("text/plain", body.into(), CachePolicy::Public)
}

/// A node that answers. Cloning shares it.
#[derive(Clone)]
pub struct Served(Rc<dyn Fn(TestRequest) -> LocalBoxFuture<'static, Shown>>);

impl Served {
    pub fn get(&self, headers: &[(&'static str, &str)]) -> LocalBoxFuture<'static, Shown> {
        self.send(Method::GET, headers)
    }

    pub fn send(&self, method: Method, headers: &[(&'static str, &str)]) -> LocalBoxFuture<'static, Shown> {
        let mut request = TestRequest::with_uri("/products/lamp").method(method);
        for header in headers {
            request = request.insert_header(*header);
        }
        (self.0)(request)
    }
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Shown {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Shown {
    /// The position at which it was read.
    pub fn position(&self) -> Seq {
        assert_eq!(self.status, 200, "{self:?}");
        Seq(std::str::from_utf8(&self.body).unwrap().parse().unwrap())
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}
