//! The running shop: two servers, one for everybody and one for operators, and how they stop.

use std::any::Any;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{Extensions, Server};
use actix_web::middleware::from_fn;
use actix_web::rt::net::TcpStream;
use actix_web::{App, HttpServer, web};
use tokio::sync::mpsc;

use super::backups::Backups;
use super::endpoints::{api_document, endpoints, mount};
use super::ports::{bind_ops, first, taken};
use super::stop::{Signals, StopHandle, stop_on_signal};
use super::{Shop, coherence, limits, live, search, warm_up, write_through};
use crate::accounts::Accounts;
use crate::cache::{self, Cache, Hits};
use crate::catalog::{Catalog, clock};
use crate::config::{Feature, Features, ServerSettings, Settings};
use crate::db::{LARGEST_POOL, Router, monitor};
use crate::error::Result;
use crate::health::Health;
use crate::metrics::Metrics;
use crate::notices::Notices;
use crate::realtime::{self, Line, Live, Realtime};
use crate::search::{Insight, keep::Index};
use crate::web::guard::{self, Headers};
use crate::web::limits::Gate;
use crate::web::site::Site;
use crate::web::{cors, edge, position, problem};
use crate::webhooks::Webhooks;

/// Time for the head of a request; longer than the idle time of load balancers between two requests.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
const KEEP_ALIVE: Duration = Duration::from_secs(15);
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// Blocking threads beside those that wait for a database: pictures, searches.
const OTHER_THREADS: usize = 8;

/// A shop with its sockets bound; connections wait until it runs.
pub struct Application {
    shop: Server,
    ops: Server,
    address: SocketAddr,
    ops_address: SocketAddr,
    stop: StopHandle,
    signals: Signals,
    realtime: Realtime,
    live: Live,
    webhooks: Webhooks,
    /// Where there is somebody to read them.
    notices: Option<Notices>,
    /// Where people come who are written to.
    writers: Option<Accounts>,
    catalog: Catalog,
    insight: Insight,
    cache: Cache,
    site: Site,
    announced: mpsc::Receiver<write_through::Changed>,
    db: Router,
    metrics: Metrics,
    warms_up: bool,
    backups: Backups,
    index: Option<Index>,
    index_wait: Duration,
}

impl Application {
    /// Opens the database and binds the sockets. Port 0 takes any free one.
    pub async fn build(settings: Settings) -> Result<Self> {
        Self::of(Shop::open(settings).await?)
    }

    /// The same for a shop that is open already.
    pub fn of(shop: Shop) -> Result<Self> {
        let (shop, index) = search::join(shop);
        let mut health = Health::new(shop.db.clone(), shop.metrics.clone());
        if let Some(index) = index.clone() {
            health.tell("search_index", move || search::word(&index));
        }
        let index_wait = Duration::from_secs(shop.settings.search.startup_wait_s);
        let settings = shop.settings.server.clone();
        let (realtime, db) = (shop.realtime.clone(), shop.db.clone());
        let (catalog, insight, cache) = (shop.catalog.clone(), shop.insight.clone(), shop.cache.clone());
        let (live, webhooks) = (shop.live.clone(), shop.webhooks.clone());
        let has_people = shop.settings.features.has(Feature::Admin);
        let notices = has_people.then(|| shop.notices.clone());
        let writers = has_people.then(|| shop.accounts.clone());
        let (counted, site) = (shop.metrics.clone(), Site::new(&shop.settings));
        let (announce, announced) = write_through::queue();
        coherence::tell_of_writes(&db, cache.clone(), announce);
        let with_metrics = shop.settings.features.has(Feature::Metrics);
        let backups = Backups::new(&shop.settings, db.clone(), shop.media.clone(), counted.clone());
        let (server, address) = bind_shop(shop, index.clone())?;
        let (ops, ops_address) = bind_ops(&settings, health.clone(), with_metrics, index.clone())?;
        let drain = Duration::from_secs(settings.drain_s);
        let stop = StopHandle {
            health,
            drain,
            live: live.clone(),
            webhooks: webhooks.clone(),
            shop: server.handle(),
            ops: ops.handle(),
        };
        Ok(Self {
            shop: server,
            ops,
            address,
            ops_address,
            stop,
            signals: Signals::listen()?,
            realtime,
            live,
            webhooks,
            notices,
            writers,
            catalog,
            insight,
            cache,
            site,
            announced,
            db,
            metrics: counted,
            warms_up: false,
            backups,
            index,
            index_wait,
        })
    }

    /// Not ready before it has looked at its own first pages.
    pub fn warming_up(self) -> Self {
        self.stop.health.warm_up(true);
        Self {
            warms_up: true,
            ..self
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn ops_address(&self) -> SocketAddr {
        self.ops_address
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn ops_port(&self) -> u16 {
        self.ops_address.port()
    }

    /// Stops the running application from elsewhere.
    pub fn handle(&self) -> StopHandle {
        self.stop.clone()
    }

    /// Answers until SIGTERM, SIGINT or the handle stops it.
    pub async fn run(self) -> io::Result<()> {
        let health = self.stop.health.clone();
        let (address, site, cache) = (self.address, self.site.clone(), self.cache.clone());
        let awaited = self.index.clone();
        let warm_up = actix_web::rt::spawn(async move {
            if self.warms_up {
                let pages = warm_up::run(address, site, cache);
                let index = search::await_ready(awaited, self.index_wait);
                futures_util::future::join(pages, index).await;
                health.warm_up(false);
            }
        });
        let index = self.index.map(|index| tokio::spawn(index.run()));
        let signals = tokio::spawn(stop_on_signal(self.stop, self.signals));
        let nodes = tokio::spawn(monitor::watch(self.db.clone()));
        let audit = self
            .realtime
            .db()
            .map(|db| tokio::spawn(realtime::audit(db.clone(), self.metrics)));
        let live = self.realtime.db().map(|_| tokio::spawn(self.live.clone().run()));
        let webhooks = actix_web::rt::spawn(self.webhooks.run());
        let notices = self.notices.map(|notices| tokio::spawn(notices.run()));
        let mails = self.writers.map(|accounts| tokio::spawn(accounts.send_mail()));
        let wake_ups = tokio::spawn(self.realtime.clone().exchange());
        let viewers = tokio::spawn(realtime::share_viewers(self.realtime.clone(), self.live.clone()));
        let changes = tokio::spawn(realtime::report(self.realtime, self.db.clone()));
        let kept = tokio::spawn(coherence::run(self.db.clone(), self.cache.clone()));
        let made = write_through::run(self.cache, self.catalog.clone(), self.site, self.announced);
        let made = actix_web::rt::spawn(made);
        let moments = tokio::spawn(clock::run(self.catalog.clone()));
        let backups = tokio::spawn(self.backups.run());
        let views = tokio::spawn(clock::store_views(self.catalog.clone()));
        let searches = tokio::spawn(self.insight.clone().run());
        let (shop, ops) = futures_util::future::join(self.shop, self.ops).await;
        let always = [
            warm_up, signals, nodes, changes, kept, made, webhooks, wake_ups, viewers, moments, views,
            searches, backups,
        ];
        let some = [audit, live, notices, mails, index].into_iter().flatten();
        for task in always.into_iter().chain(some) {
            task.abort();
        }
        // Views that were counted since are lost only if no database answers any more.
        if let Err(error) = self.catalog.store_views().await {
            tracing::warn!(%error, "the last counted views could not be stored");
        }
        if let Err(error) = self.insight.store().await {
            tracing::warn!(%error, "the last counted searches could not be stored");
        }
        shop.and(ops)
    }
}

fn bind_shop(shop: Shop, index: Option<Index>) -> Result<(Server, SocketAddr)> {
    let Shop {
        settings,
        metrics,
        db,
        catalog,
        accounts,
        cache,
        insight,
        submissions,
        notices,
        media,
        realtime: _,
        live,
        webhooks,
        is_new: _,
    } = shop;
    let site = Site::new(&settings);
    let features = settings.features;
    announce(&metrics, &features);
    let headers = Headers::new(&site)?;
    let limits = limits::limits(&settings, &site, &headers, &cache, &metrics);
    let headers = web::Data::new(headers);
    let document = web::Data::new(api_document(&site)?);
    let doorkeeper = web::Data::new(live::doorkeeper(&settings, &accounts));
    let (site, metrics, db) = (web::Data::new(site), web::Data::new(metrics), web::Data::new(db));
    let (catalog, accounts) = (web::Data::new(catalog), web::Data::new(accounts));
    let (live, webhooks) = (web::Data::new(live), web::Data::new(webhooks));
    let hits = Hits(cache.memory().cloned());
    let (gate, limits) = (Gate(limits.clone()), web::Data::new(limits));
    let (cache, media) = (web::Data::new(cache), web::Data::new(media));
    let (insight, index) = (web::Data::new(insight), web::Data::new(index));
    let (submissions, notices) = (web::Data::new(submissions), web::Data::new(notices));
    let app = move || {
        App::new()
            .app_data(headers.clone())
            .app_data(site.clone())
            .app_data(metrics.clone())
            .app_data(db.clone())
            .app_data(catalog.clone())
            .app_data(accounts.clone())
            .app_data(cache.clone())
            .app_data(insight.clone())
            .app_data(index.clone())
            .app_data(submissions.clone())
            .app_data(notices.clone())
            .app_data(media.clone())
            .app_data(document.clone())
            .app_data(live.clone())
            .app_data(webhooks.clone())
            .app_data(doorkeeper.clone())
            .app_data(limits.clone())
            // The last one is the outermost.
            .wrap(from_fn(cache::answer))
            .wrap(from_fn(position::follow))
            .wrap(from_fn(guard::admit))
            .wrap(from_fn(problem::render))
            .wrap(from_fn(guard::dress))
            .wrap(from_fn(edge::observe))
            .wrap(gate.clone())
            .wrap(from_fn(cors::share))
            .wrap(hits.clone())
            .configure(|config| mount(config, &features))
            .default_service(web::to(problem::nowhere))
    };
    let mut server = HttpServer::new(app)
        .client_request_timeout(HEAD_TIMEOUT)
        .client_disconnect_timeout(DISCONNECT_TIMEOUT)
        .keep_alive(KEEP_ALIVE)
        .shutdown_timeout(settings.server.shutdown_grace_s)
        .worker_max_blocking_threads(blocking_threads(&settings))
        .disable_signals();
    if features.has(Feature::Realtime) {
        server = server.on_connect(keep_line);
    }
    if settings.server.workers > 0 {
        server = server.workers(settings.server.workers);
    }
    let ServerSettings { host, port, .. } = &settings.server;
    let server = server
        .bind((host.as_str(), *port))
        .map_err(|error| taken("port", host, *port, &error))?;
    let address = first(&server.addrs())?;
    Ok((server.run(), address))
}

/// Lets live sessions hang up on a client that stops reading.
fn keep_line(connection: &dyn Any, data: &mut Extensions) {
    if let Some(line) = connection.downcast_ref::<TcpStream>().and_then(Line::of) {
        data.insert(line);
    }
}

/// Every series of an address exists before its first request.
fn announce(metrics: &Metrics, features: &Features) {
    for endpoint in endpoints().iter().filter(|endpoint| endpoint.is_on(features)) {
        let pattern: Arc<str> = endpoint.pattern.into();
        for method in endpoint.methods() {
            metrics.announce_route(Arc::clone(&pattern), edge::label(method));
        }
    }
}

/// A worker may have every connection of every node in use at once, also after the pools were enlarged.
fn blocking_threads(settings: &Settings) -> usize {
    let pool = settings.database.pool_size.max(LARGEST_POOL) as usize;
    let nodes = 3 + settings.database.replicas.len();
    pool.saturating_mul(nodes).saturating_add(OTHER_THREADS)
}
