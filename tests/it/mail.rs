//! Mail: links that people get by it, and servers that do not take it.

mod command;
mod forgotten;
mod outbox;

use vitrine::config::{MailTls, Settings};

use crate::helpers::mail_server::MailServer;
use crate::helpers::{Answer, Browser, Shop, eventually};

const ORIGIN: &str = "https://shop.example";
const FORGOTTEN: &str = "/login/forgotten";
const NEW: &str = "another lamp over the sea";

/// Another process of the shop, whose mail this server takes.
async fn mailing(shop: &Shop, server: &MailServer, change: impl FnOnce(&mut Settings)) -> Shop {
    let port = server.port;
    shop.beside(|settings| {
        settings.server.public_url = Some(ORIGIN.parse().unwrap());
        settings.mail.host = Some("127.0.0.1".to_owned());
        settings.mail.port = port;
        settings.mail.tls = MailTls::None;
        settings.mail.from = Some("lamps@shop.example".to_owned());
        settings.mail.retry_first_ms = 50;
        change(settings);
    })
    .await
}

/// Asks for a link, as from the page.
async fn ask(shop: &Shop, email: &str) -> Answer {
    Browser::new(shop)
        .submit(FORGOTTEN, FORGOTTEN, &[("email", email)])
        .await
}

/// Sets a name and a password by a link.
async fn follow<'a>(shop: &'a Shop, link: &str, name: &str, password: &str) -> (Answer, Browser<'a>) {
    let mut browser = Browser::new(shop);
    let token = link.split_once("token=").unwrap().1;
    let fields = [("token", token), ("name", name), ("password", password)];
    (browser.post("/account/link", &fields).await, browser)
}

async fn waiting(shop: &Shop) -> i64 {
    shop.count("SELECT COUNT(*) AS count FROM mails").await
}

/// Nothing waits any more.
async fn await_end(shop: &Shop) {
    eventually("all mails are dealt with", async || waiting(shop).await == 0).await;
}

async fn counted(shop: &Shop, result: &str) -> u64 {
    shop.metric(&format!("mails_total{{result=\"{result}\"}}")).await
}
