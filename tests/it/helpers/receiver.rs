//! A program that is told by webhooks: keeps what it was sent and answers as the test wants.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::http::StatusCode;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use parking_lot::Mutex;
use serde_json::Value;
use sha2::Sha256;

use super::eventually;

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Message {
    pub headers: BTreeMap<String, String>,
    pub text: String,
    pub body: Value,
    pub came: Instant,
}

impl Message {
    pub fn kind(&self) -> &str {
        self.body["type"].as_str().unwrap()
    }

    pub fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    /// As a receiver checks it, by the words of the specification.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        let timestamp = &self.headers["webhook-timestamp"];
        mac.update(format!("{}.{timestamp}.{}", self.id(), self.text).as_bytes());
        let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        self.headers["webhook-signature"]
            .split(' ')
            .any(|signature| signature == expected)
    }
}

/// How one request is answered.
#[derive(Clone, Copy, Debug)]
pub enum Reaction {
    Status(u16),
    /// 503, and when to come back.
    Later(&'static str),
    /// To itself, somewhere else.
    Redirect,
    /// Longer than anybody waits.
    Silence,
}

#[derive(Default)]
struct Book {
    received: Vec<Message>,
    /// For the next requests; afterwards `always`, and without that 204.
    next: VecDeque<Reaction>,
    always: Option<Reaction>,
}

/// Listens on loopback until it is dropped.
pub struct Receiver {
    pub url: String,
    book: Arc<Mutex<Book>>,
    server: actix_web::dev::ServerHandle,
}

impl Receiver {
    pub fn open() -> Receiver {
        let book: Arc<Mutex<Book>> = Arc::default();
        let shared = web::Data::from(Arc::clone(&book));
        let app = move || App::new().app_data(shared.clone()).default_service(web::to(take));
        let server = HttpServer::new(app)
            .workers(1)
            .disable_signals()
            .shutdown_timeout(0)
            .bind("127.0.0.1:0")
            .unwrap();
        let address = server.addrs()[0];
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Receiver {
            url: format!("http://{address}/hook?of=shop"),
            book,
            server: handle,
        }
    }

    pub fn next(&self, reactions: impl IntoIterator<Item = Reaction>) {
        self.book.lock().next.extend(reactions);
    }

    pub fn always(&self, reaction: Option<Reaction>) {
        self.book.lock().always = reaction;
    }

    pub fn received(&self) -> Vec<Message> {
        self.book.lock().received.clone()
    }

    /// The messages of the shop, once there are so many.
    pub async fn await_messages(&self, count: usize) -> Vec<Message> {
        eventually("the messages arrive", async || self.received().len() >= count).await;
        self.received()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        actix_web::rt::spawn(self.server.stop(false));
    }
}

async fn take(request: HttpRequest, book: web::Data<Mutex<Book>>, body: String) -> HttpResponse {
    let headers = request.headers().iter();
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    let reaction = {
        let mut book = book.lock();
        book.received.push(Message {
            headers: headers.collect(),
            body: serde_json::from_str(&body).unwrap_or_default(),
            text: body,
            came: Instant::now(),
        });
        book.next.pop_front().or(book.always)
    };
    match reaction.unwrap_or(Reaction::Status(204)) {
        Reaction::Status(status) => HttpResponse::build(StatusCode::from_u16(status).unwrap()).finish(),
        Reaction::Later(when) => HttpResponse::ServiceUnavailable()
            .insert_header(("retry-after", when))
            .finish(),
        Reaction::Redirect => HttpResponse::TemporaryRedirect()
            .insert_header(("location", "/elsewhere"))
            .finish(),
        Reaction::Silence => {
            tokio::time::sleep(Duration::from_secs(600)).await;
            HttpResponse::Ok().finish()
        }
    }
}
